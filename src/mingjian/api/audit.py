"""The audit log: search, the own trail, export, verification."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, JsonValue

from mingjian.api import basic
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, Moment, Shape, moment_text
from mingjian.audit import keys, model, runs, service
from mingjian.audit.errors import SEARCH_UNREADABLE
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError

router = versioned("audit")

Reader = Annotated[Caller, Depends(Requires(Permission.AUDIT_READ))]
Exporter = Annotated[Caller, Depends(Requires(Permission.AUDIT_EXPORT))]
VerifyAsker = Annotated[Caller, Depends(Requires(Permission.AUDIT_VERIFY))]
OwnSession = Annotated[Caller, Depends(Requires(Permission.SESSION_OWN))]

Before = Annotated[int | None, Query(ge=1, lt=1 << 63)]
PageSize = Annotated[int, Query(ge=1, le=service.LISTING_LIMIT)]
_COLUMNS: Final = (
    "seq", "at", "action", "sentence_zh", "sentence_en", "actor_kind", "actor", "for", "address", "object_kind",
    "object_id", "detail", "digest",
)  # fmt: skip


class AuditActor(Shape):
    """Who acted, as they were called at that time; `stands_for` is whom a deputy stood in for."""

    kind: model.ActorKind
    id: str | None
    label: str
    address: str
    stands_for: str | None


class AuditEntry(Shape):
    """One entry with its sentence in both languages, and its digest in hex."""

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
                        "stands_for": None,
                    },
                    "object_kind": "person",
                    "object_id": "0193498a-7b00-7000-8000-000000000001",
                    "detail": {},
                    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
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
    digest: str | None
    zh: str
    en: str

    @classmethod
    def of(cls, recorded: model.Recorded) -> "AuditEntry":
        shown = _shown(recorded)
        actor, sentence = shown.actor, shown.sentence
        return cls.model_validate(
            {
                "seq": shown.seq,
                "at": shown.at_us,
                "action": shown.action,
                "actor": {
                    "kind": actor.kind,
                    "id": str(actor.id) if actor.id else None,
                    "label": actor.label,
                    "address": actor.address,
                    "stands_for": actor.for_label or None,
                },
                "object_kind": shown.object_kind,
                "object_id": shown.object_id,
                "detail": dict(shown.detail),
                "digest": shown.digest.hex() if shown.digest else None,
                "zh": sentence.zh,
                "en": sentence.en,
            }
        )


def _shown(recorded: model.Recorded) -> model.Recorded:
    """The entry as it may be shown: details name addresses and device types."""
    plain: Any = recorded.detail
    detail: Any = basic.detail(plain)
    return model.Recorded(
        recorded.seq,
        recorded.at_us,
        recorded.action,
        recorded.actor,
        recorded.object_kind,
        recorded.object_id,
        detail,
        recorded.digest,
    )


class AuditPage(Shape):
    """Entries, newest first; `next` is the `before` of the following page, null at the beginning of the log."""

    items: list[AuditEntry]
    next: int | None

    @classmethod
    def of(cls, page: model.Page) -> "AuditPage":
        return cls(items=[AuditEntry.of(recorded) for recorded in page.items], next=page.next)


class AuditAction(Shape):
    """An act that can be in the log, with its sentence; braces stand for what an entry says."""

    code: str
    zh: str
    en: str


class AuditActions(Shape):
    """All of them."""

    items: list[AuditAction]


class AuditFinding(Shape):
    """Something that is not as it was sealed; `seq` is the number of the entry, 0 where it is about none."""

    kind: str
    seq: int
    zh: str
    en: str


class VerificationResult(Shape):
    """What a verification found; the first finding is the first bad entry.

    `head_problem` is the code of what is wrong with the head that is kept beside the database, empty when nothing is.
    """

    whole: bool
    entries: int
    sealed: int
    unsealed: int
    seals: int
    root: str
    found: int
    head_problem: str
    findings: list[AuditFinding]


class Verification(Shape):
    """A verification, from asking to its result."""

    id: UUID
    state: Literal["queued", "running", "done"]
    asked_at: Moment
    asked_by: str
    updated_at: Moment
    ended_at: Moment | None
    done: int
    total: int
    result: VerificationResult | None

    @classmethod
    def of(cls, run: model.Verification) -> "Verification":
        return cls.model_validate(
            {
                "id": run.id,
                "state": run.state.value,
                "asked_at": run.asked_us,
                "asked_by": run.asked_label,
                "updated_at": run.updated_us,
                "ended_at": run.ended_us,
                "done": run.done,
                "total": max(run.total, run.done),
                "result": None if run.result is None else _result(run.result),
            }
        )


def _result(stored: Any) -> dict[str, Any]:
    findings = [{key: one[key] for key in ("kind", "seq", "zh", "en")} for one in stored["findings"]]
    return {**{key: stored[key] for key in VerificationResult.model_fields}, "findings": findings}


class Verifications(Shape):
    """The newest first, and the newest head: note it elsewhere, and nobody can shorten the log unseen.

    `head` is a signed checkpoint (C2SP), null before the first; `key` the public key that verifies it.
    """

    items: list[Verification]
    head: str | None
    key: str | None


def _search(
    person: UUID | None = None,
    action: Annotated[str, Query(max_length=60, pattern=r"^[a-z_.]*$")] = "",
    object_kind: Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$")] = "",
    object_id: Annotated[str, Query(max_length=200, pattern=NO_CONTROLS)] = "",
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Annotated[Moment | None, Query()] = None,
    text: Annotated[str, Query(max_length=100, pattern=NO_CONTROLS)] = "",
) -> model.Search:
    if action and action not in model.BY_CODE:
        raise MingjianError(SEARCH_UNREADABLE)
    return model.Search(person, None, action, object_kind, object_id, from_, to, text.strip())


Wanted = Annotated[model.Search, Depends(_search)]


@router.get("/audit", operation_id="listAudit")
def list_audit(data: Data, _caller: Reader, search: Wanted, before: Before = None, limit: PageSize = 50) -> AuditPage:
    """A page of the log: all of it, or what a person did, an act, an object, a time, a text."""
    with data.read() as tx:
        return AuditPage.of(service.listing(tx, before, limit, search))


@router.get("/audit/actions", operation_id="listAuditActions")
def list_actions(_caller: OwnSession) -> AuditActions:
    """Every act that the log knows."""
    items = [AuditAction(code=one.code, zh=one.sentence.zh, en=one.sentence.en) for one in model.Action]
    return AuditActions(items=items)


@router.get("/session/trail", operation_id="ownTrail")
def own_trail(data: Data, caller: OwnSession, before: Before = None, limit: PageSize = 50) -> AuditPage:
    """What was recorded about your own acts, about acts in your name, and about your account."""
    with data.read() as tx:
        return AuditPage.of(service.listing(tx, before, limit, model.Search(own=caller.person.id)))


@router.get(
    "/audit/export",
    operation_id="exportAudit",
    response_class=Response,
    responses={200: {"content": {"application/jsonl": {}, "text/csv": {}}}},
)
def export_audit(
    context: Context, data: Data, caller: Exporter, search: Wanted, form: Literal["jsonl", "csv"] = "jsonl"
) -> Response:
    """The wanted entries, oldest first, as JSON lines or CSV; recorded before the first byte."""
    with data.write() as tx:
        until = service.begin_export(tx, search, form, caller.actor, caller.visit.now_us)
    entries = map(_shown, service.export(context.database, search, until))
    name = f"audit-{until}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        return StreamingResponse(_csv(entries), headers=headers, media_type="text/csv; charset=utf-8")
    return StreamingResponse(_lines(entries), headers=headers, media_type="application/jsonl")


def _lines(entries: Iterable[model.Recorded]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(_plain(entry), ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(entry: model.Recorded) -> dict[str, Any]:
    actor, sentence = entry.actor, entry.sentence
    return {
        "seq": entry.seq,
        "at": moment_text(entry.at_us),
        "at_us": entry.at_us,
        "action": entry.action,
        "actor": {
            "kind": actor.kind,
            "id": str(actor.id) if actor.id else None,
            "label": actor.label,
            "address": actor.address,
            "for_id": str(actor.for_id) if actor.for_id else None,
            "for_label": actor.for_label,
        },
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "detail": dict(entry.detail),
        "digest": entry.digest.hex() if entry.digest else None,
        "zh": sentence.zh,
        "en": sentence.en,
    }


def _csv(entries: Iterable[model.Recorded]) -> Iterator[str]:
    yield "\ufeff" + _row(_COLUMNS)  # spreadsheets take a file without this mark for another encoding
    for entry in entries:
        actor, sentence = entry.actor, entry.sentence
        yield _row(
            (
                entry.seq,
                moment_text(entry.at_us),
                entry.action,
                sentence.zh,
                sentence.en,
                actor.kind,
                actor.label,
                actor.for_label,
                actor.address,
                entry.object_kind,
                entry.object_id,
                json.dumps(dict(entry.detail), ensure_ascii=False),
                entry.digest.hex() if entry.digest else "",
            )
        )


def _row(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_inert(str(cell)) for cell in cells])
    return written.getvalue()


def _inert(cell: str) -> str:
    # A name that begins like a formula would be computed by the spreadsheet that opens the file.
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@router.get("/audit/verifications", operation_id="listVerifications")
def list_verifications(context: Context, data: Data, _caller: VerifyAsker) -> Verifications:
    """The last verifications, and the newest head of the log."""
    with data.read() as tx:
        found = runs.listing(tx)
    key = head = None
    try:
        verifier = keys.signer(context.data_dir).verifier
        key, known = str(verifier), keys.HeadFile.of(context.data_dir).read(verifier)
        head = known[1] if known else None
    except MingjianError:
        pass  # a verification says what is wrong with them
    return Verifications(items=[Verification.of(run) for run in found], head=head, key=key)


@router.post("/audit/verifications", operation_id="startVerification", status_code=201)
def start_verification(data: Data, caller: VerifyAsker) -> Verification:
    """Compare every entry with its seal; it runs as a job, and this says how far it is."""
    with data.write() as tx:
        return Verification.of(runs.ask(tx, caller.actor, caller.visit.now_us))
