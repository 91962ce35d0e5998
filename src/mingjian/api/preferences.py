"""What a person keeps of the own console: walls, tours, tone."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Path
from pydantic import Field, JsonValue

from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import Shape
from mingjian.identity import preferences
from mingjian.identity.permissions import Permission

router = versioned("session")

Own = Annotated[Caller, Depends(Requires(Permission.SESSION_OWN))]
Name = Annotated[str, Path(max_length=64, pattern=r"^[a-z]+$", examples=["walls"])]


class OwnPreference(Shape):
    """A small document of the console's own; 64 kB at most. Empty where nothing was kept."""

    document: Mapping[str, JsonValue] = Field(examples=[{"items": []}])


@router.get("/me/preferences/{name}", operation_id="ownPreference")
def read(name: Name, data: Data, caller: Own) -> OwnPreference:
    """What was kept under this name, at whichever desk."""
    wanted = preferences.named(name)
    with data.read() as tx:
        document = preferences.read(tx, caller.person.id, wanted)
    return OwnPreference.model_validate({"document": document})


@router.put("/me/preferences/{name}", operation_id="keepPreference", status_code=204)
def keep(name: Name, body: OwnPreference, context: Context, caller: Own) -> None:
    """Keep it instead of what was there. How somebody arranges the own console is no act that the log is for."""
    wanted = preferences.named(name)
    with context.database.write() as tx:
        preferences.keep(tx, caller.person.id, wanted, body.document, caller.visit.now_us)
