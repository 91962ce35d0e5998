"""The audit log, newest first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, JsonValue

from mingjian.api.deps import Data, Requires
from mingjian.api.schema import TIME_EXAMPLE, Moment, Shape
from mingjian.audit import model, service
from mingjian.identity.permissions import Permission

router = APIRouter(tags=["audit"])


class AuditActor(Shape):
    """Who acted, as they were called at that time."""

    kind: model.ActorKind
    id: str | None
    label: str
    address: str


class AuditEntry(Shape):
    """One entry with its sentence in both languages."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seq": 17,
                    "at": TIME_EXAMPLE,
                    "action": "people.signed_in",
                    "actor": {
                        "kind": "person",
                        "id": "0193498a-7b00-7000-8000-000000000001",
                        "label": "张伟 (zhang.wei)",
                        "address": "127.0.0.1",
                    },
                    "object_kind": "person",
                    "object_id": "0193498a-7b00-7000-8000-000000000001",
                    "detail": {},
                    "zh": "张伟 (zhang.wei) 登录",
                    "en": "张伟 (zhang.wei) signed in",
                }
            ]
        }
    )

    seq: int
    at: Moment
    action: str
    actor: AuditActor
    object_kind: str
    object_id: str
    detail: dict[str, JsonValue]
    zh: str
    en: str

    @classmethod
    def of(cls, recorded: model.Recorded) -> "AuditEntry":
        actor, sentence = recorded.actor, recorded.sentence
        return cls.model_validate(
            {
                "seq": recorded.seq,
                "at": recorded.at_us,
                "action": recorded.action,
                "actor": {
                    "kind": actor.kind,
                    "id": str(actor.id) if actor.id else None,
                    "label": actor.label,
                    "address": actor.address,
                },
                "object_kind": recorded.object_kind,
                "object_id": recorded.object_id,
                "detail": dict(recorded.detail),
                "zh": sentence.zh,
                "en": sentence.en,
            }
        )


class AuditPage(Shape):
    """Entries, newest first; `next` is the `before` of the following page, null at the beginning of the log."""

    items: list[AuditEntry]
    next: int | None


@router.get("/audit", operation_id="listAudit", dependencies=[Depends(Requires(Permission.AUDIT_READ))])
def list_audit(
    data: Data,
    before: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    limit: Annotated[int, Query(ge=1, le=service.LISTING_LIMIT)] = 50,
) -> AuditPage:
    """A page of the log."""
    with data.read() as tx:
        page = service.listing(tx, before, limit)
    return AuditPage(items=[AuditEntry.of(recorded) for recorded in page.items], next=page.next)
