"""The registry as a tree and as a list, both filtered by what the caller reaches."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict

from mingjian.api import basic
from mingjian.api.deps import Caller, Data, Requires
from mingjian.api.paging import Cursor, Words
from mingjian.api.routing import versioned
from mingjian.api.schema import Shape
from mingjian.identity.permissions import Permission
from mingjian.registry import browsing, kinds, model
from mingjian.registry.territories import full_name, territory

router = versioned("registry")

Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]
KindCode = Literal["organisation", "place", "spot", "channel"]
_EVERY_KIND: tuple[KindCode, ...] = ("organisation", "place", "channel")

Node = Annotated[
    str,
    Query(
        max_length=64,
        pattern=r"^[a-z0-9:-]*$",
        description="A node of the tree: a division's code, or `organisation:`, `place:` or `spot:` and an id",
        examples=["530581"],
    ),
]


class TerritoryNode(Shape):
    """A division that holds something that you reach; `node` opens it. `former`: its code is no longer used."""

    node: str
    code: str
    zh: str
    en: str
    former: bool
    channels: int

    @classmethod
    def of(cls, entry: model.TerritoryEntry, *, whole: bool) -> "TerritoryNode":
        own, full = territory(entry.code), full_name(entry.code)
        short = own is not None and not whole
        return cls(
            node=entry.code,
            code=entry.code,
            zh=own.zh if own is not None and short else full.zh,
            en=own.en if own is not None and short else full.en,
            former=own is None or own.later is not None,
            channels=entry.channels,
        )


class EntryNode(Shape):
    """An organisation, a place, a spot or a channel; `node` opens it where `opens` says that there is something in it.

    `channels` is how many channels below it you reach, null in lists. `above` names what it belongs to, from the top.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node": "place:0193498a-7b00-7000-8000-000000000011",
                    "kind": "place",
                    "id": "0193498a-7b00-7000-8000-000000000011",
                    "name": "腾冲市第一中学",
                    "region_code": "530581",
                    "place_id": "0193498a-7b00-7000-8000-000000000011",
                    "above": ["腾冲市教育体育局"],
                    "channels": 24,
                    "opens": True,
                }
            ]
        }
    )

    node: str
    kind: KindCode
    id: UUID
    name: str
    region_code: str
    region_zh: str
    region_en: str
    place_id: UUID | None
    above: list[str]
    channels: int | None
    opens: bool

    @classmethod
    def of(cls, entry: model.ListEntry, *, listed: bool) -> "EntryNode":
        region = full_name(entry.region_code)
        return cls.model_validate(
            {
                "node": f"{entry.kind.code}:{entry.id}",
                "kind": entry.kind.code,
                "id": entry.id,
                "name": entry.name,
                "region_code": entry.region_code,
                "region_zh": region.zh,
                "region_en": region.en,
                "place_id": entry.place_id,
                "above": list(entry.above) if listed else [],
                "channels": entry.channels,
                "opens": entry.opens,
            }
        )


class Branch(Shape):
    """What is directly below a node; `next` is the `cursor` of the following page of entries."""

    territories: list[TerritoryNode]
    entries: list[EntryNode]
    next: str | None


class Entries(Shape):
    """A page of a list; `next` is the `cursor` of the following one."""

    items: list[EntryNode]
    next: str | None


class SpotKindGroup(Shape):
    """Kinds that people look for together; `spots`: what a camera looks at, not where it stands."""

    code: str
    zh: str
    en: str


class SpotKind(Shape):
    """A kind of place or spot of the texts' taxonomy."""

    code: str
    zh: str
    en: str
    group: SpotKindGroup


class SpotKinds(Shape):
    """Every kind that a place or a spot can be of."""

    items: list[SpotKind]


@router.get("/registry/kinds", operation_id="listKinds", dependencies=[Depends(Requires(Permission.CHANNEL_READ))])
def list_kinds() -> SpotKinds:
    """Kinds of places and spots, as the texts name them; the law is asked by these."""
    names, items = kinds.known(), []
    for one in kinds.grouped():
        group = SpotKindGroup(code=one.code, zh=one.name.zh, en=one.name.en)
        items += [SpotKind(code=code, zh=names[code].zh, en=names[code].en, group=group) for code in one.kinds]
    return SpotKinds(items=items)


@router.get("/registry/tree", operation_id="openBranch")
def open_branch(
    data: Data,
    caller: Reader,
    node: Node = "",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=browsing.LISTING_LIMIT)] = browsing.LISTING_LIMIT,
) -> Branch:
    """What is directly below a node of the tree (territory, organisation, place, spot); where it begins without one."""
    with data.read() as tx:
        found = browsing.branch(tx, caller.reach(Permission.CHANNEL_READ), node, cursor=cursor or None, limit=limit)
    return Branch(
        territories=[TerritoryNode.of(one, whole=not node) for one in found.territories],
        entries=[EntryNode.of(one, listed=False) for one in found.entries],
        next=found.next,
    )


@router.get("/registry/entries", operation_id="listEntries")
def list_entries(
    data: Data,
    caller: Reader,
    q: Words = "",
    kind: Annotated[list[KindCode] | None, Query(max_length=4)] = None,
    under: Node = "",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=browsing.LISTING_LIMIT)] = 50,
) -> Entries:
    """What you reach, by name, pinyin, initials of the pinyin, address or serial number; every word has to be found."""
    with data.read() as tx:
        found = browsing.search(
            tx,
            caller.reach(Permission.CHANNEL_READ),
            query=q,
            kinds={model.EntryKind.coded(one) for one in kind or _EVERY_KIND},
            under=under,
            cursor=cursor or None,
            limit=limit,
            basic=basic.shown(),
        )
    return Entries(items=[EntryNode.of(one, listed=True) for one in found.entries], next=found.next)
