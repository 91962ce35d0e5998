"""Raise, clear, acknowledge and list. An alert stands once for each object, and ends when what it says ends."""

from collections.abc import Callable, Collection, Mapping
from typing import Final
from uuid import UUID

from mingjian.alerts import store
from mingjian.alerts.errors import (
    ALERT_ACKNOWLEDGED,
    ALERT_CLOSED,
    ALERT_OVER,
    ALERT_UNKNOWN,
    CODE_UNKNOWN,
    NOTE_NEEDED,
)
from mingjian.alerts.model import (
    Acknowledgement,
    Alert,
    Assignment,
    CloseReason,
    Closing,
    Kind,
    Kinds,
    Page,
    Place,
    Recorded,
    What,
)
from mingjian.audit import service as audit
from mingjian.audit.model import Action, Actor, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Transaction

REOPEN_US: Final = 600_000_000
"""What comes back within this is the same alert going on, and nobody is told of its end before it."""
LISTING_LIMIT: Final = 500
_SHOWN: Final = 500
"""Alerts that a timeline gets at most."""
_DAY_US: Final = 86_400_000_000

Detail = Mapping[str, str]


def _every(_object_id: str) -> bool:
    return True


def raise_(tx: Transaction, alert: Alert) -> bool:
    """It is so; whether that is news. While it stands, saying it again changes only the words."""
    before = store.cleared_since(tx, alert.kind.code, alert.kind.object_kind, alert.at_us - REOPEN_US)
    return _raise(tx, alert, before.get(alert.object_id))


def _raise(tx: Transaction, alert: Alert, before: Recorded | None) -> bool:
    if before is not None and store.reopen(tx, before.id, alert.detail):
        if not store.drop_untold(tx, before.id, What.CLEARED):
            _note(tx, before.id, What.RAISED, alert.at_us)
        return False
    kind = alert.kind
    row = Recorded(
        new_id(alert.at_us), kind.code, kind.severity, kind.object_kind, alert.object_id, alert.detail, alert.at_us
    )
    new = store.add(tx, row)
    if new:
        _note(tx, row.id, What.RAISED, alert.at_us)
    return new


def clear(tx: Transaction, kind: Kind, object_id: str, now_us: int) -> None:
    """It is no longer so; nothing happens when nobody said it."""
    found = [one.id for one in store.standing(tx, kind.code, kind.object_kind) if one.object_id == object_id]
    _clear(tx, found, now_us)


def settle(
    tx: Transaction,
    kind: Kind,
    true_now: Mapping[str, Detail],
    now_us: int,
    among: Callable[[str], bool] = _every,
) -> None:
    """Make the alerts of this kind those of `true_now`: object -> what fills the sentences.

    What stands already stays as it is, with the newer words; what is no longer so is cleared. `among` bounds the
    objects that the caller knows about: others are left alone.
    """
    known = {one.object_id: one for one in store.standing(tx, kind.code, kind.object_kind) if among(one.object_id)}
    fresh = [object_id for object_id in true_now if object_id not in known]
    before = store.cleared_since(tx, kind.code, kind.object_kind, now_us - REOPEN_US) if fresh else {}
    for object_id in fresh:
        _raise(tx, Alert(kind, object_id, true_now[object_id], now_us), before.get(object_id))
    for object_id, one in known.items():
        if object_id in true_now and one.detail != true_now[object_id]:
            store.change(tx, one.id, true_now[object_id])
    _clear(tx, [one.id for object_id, one in known.items() if object_id not in true_now], now_us)


def _clear(tx: Transaction, ids: list[UUID], now_us: int) -> None:
    if ids:
        ended = store.clear(tx, ids, now_us)
        store.add_events(tx, [(new_id(now_us), one, What.CLEARED, now_us, now_us + REOPEN_US) for one in ended])


def _note(tx: Transaction, alert_id: UUID, what: What, now_us: int) -> None:
    store.add_events(tx, [(new_id(now_us), alert_id, what, now_us, now_us)])


def acknowledge(tx: Transaction, alert_id: UUID, note: str, *, by: Actor, now_us: int) -> Recorded:
    """Somebody saw it; it stands until what it says is over.

    Raises MingjianError ALERT_UNKNOWN, ALERT_OVER or ALERT_ACKNOWLEDGED.
    """
    found = store.get(tx, alert_id, for_change=True)
    if found is None:
        raise MingjianError(ALERT_UNKNOWN)
    if found.acknowledged is not None:
        raise MingjianError(ALERT_ACKNOWLEDGED, who=found.acknowledged.label)
    if found.cleared_us is not None:
        raise MingjianError(ALERT_OVER)
    note = " ".join(note.split())
    store.acknowledge(tx, alert_id, Acknowledgement(now_us, by.id, by.label, note))
    _note(tx, alert_id, What.ACKNOWLEDGED, now_us)
    detail = {"code": found.code, "about": f"{found.object_kind} {found.object_id}", "note": note}
    audit.record(tx, Entry(Action.ALERT_ACKNOWLEDGED, by, "alert", str(alert_id), detail, now_us))
    return get(tx, alert_id)


def assign(tx: Transaction, alert_id: UUID, to_id: UUID, to_label: str, *, by: Actor, now_us: int) -> Recorded:
    """Somebody is to see to it; who may is the caller's to know. It may be given on to another person.

    Raises MingjianError ALERT_UNKNOWN, ALERT_OVER or ALERT_CLOSED.
    """
    found = _standing(tx, alert_id)
    store.assign(tx, alert_id, Assignment(now_us, by.label, to_id, to_label))
    _note(tx, alert_id, What.ASSIGNED, now_us)
    detail = {"code": found.code, "about": f"{found.object_kind} {found.object_id}", "to": to_label}
    audit.record(tx, Entry(Action.ALERT_ASSIGNED, by, "alert", str(alert_id), detail, now_us))
    return get(tx, alert_id)


def close(tx: Transaction, alert_id: UUID, reason: CloseReason, note: str, *, by: Actor, now_us: int) -> Recorded:
    """Nothing more is to be done about it, and why. Whoever closes has seen it. What is still so needs a note.

    Raises MingjianError ALERT_UNKNOWN, ALERT_CLOSED or NOTE_NEEDED.
    """
    found = _known(tx, alert_id)
    note = " ".join(note.split())
    if not note and (reason is CloseReason.OTHER or found.cleared_us is None):
        raise MingjianError(NOTE_NEEDED)
    if found.acknowledged is None:
        store.acknowledge(tx, alert_id, Acknowledgement(now_us, by.id, by.label, ""))
    store.close(tx, alert_id, Closing(now_us, by.label, reason, note))
    _note(tx, alert_id, What.CLOSED, now_us)
    detail = {
        "code": found.code,
        "about": f"{found.object_kind} {found.object_id}",
        "reason": reason.value,
        "reason_zh": reason.text.zh,
        "reason_en": reason.text.en,
        "note": note,
    }
    audit.record(tx, Entry(Action.ALERT_CLOSED, by, "alert", str(alert_id), detail, now_us))
    return get(tx, alert_id)


def _known(tx: Transaction, alert_id: UUID) -> Recorded:
    found = store.get(tx, alert_id, for_change=True)
    if found is None:
        raise MingjianError(ALERT_UNKNOWN)
    if found.closed is not None:
        raise MingjianError(ALERT_CLOSED, who=found.closed.by_label)
    return found


def _standing(tx: Transaction, alert_id: UUID) -> Recorded:
    found = _known(tx, alert_id)
    if found.cleared_us is not None:
        raise MingjianError(ALERT_OVER)
    return found


def about(tx: Transaction, kind: Kind, since_us: int) -> list[Recorded]:
    """Those of one kind that stand, or ended since then."""
    return store.about(tx, kind.code, since_us)


def get(tx: Transaction, alert_id: UUID) -> Recorded:
    """Raises MingjianError ALERT_UNKNOWN."""
    found = store.get(tx, alert_id)
    if found is None:
        raise MingjianError(ALERT_UNKNOWN)
    return found


def some(tx: Transaction, ids: Collection[UUID]) -> list[Recorded]:
    """Those of `ids` that there are."""
    return store.some(tx, ids)


def standing(tx: Transaction, kind: Kind) -> list[Recorded]:
    """Those of one kind that stand."""
    return store.standing(tx, kind.code, kind.object_kind)


def listing(tx: Transaction, after: Place | None = None, limit: int = 200, *, standing_only: bool = False) -> Page:
    """Those that stand first, newest first; `limit` is cut to 1..LISTING_LIMIT."""
    limit = max(1, min(limit, LISTING_LIMIT))
    found = store.newest(tx, after, limit + 1, standing_only=standing_only)
    last = found[limit - 1] if len(found) > limit else None
    end = Place(last.cleared_us is not None, last.raised_us, last.id) if last else None
    return Page(tuple(found[:limit]), end)


def of_timeline(tx: Transaction, object_kind: str, object_id: str, since_us: int, until_us: int) -> list[Recorded]:
    """What stood about one object between two moments."""
    return store.of_object(tx, object_kind, object_id, since_us, until_us, _SHOWN)


def counts(tx: Transaction) -> tuple[int, int]:
    """How many stand, and how many of those nobody has acknowledged."""
    return store.counts(tx)


def prune(tx: Transaction, keep_days: int, now_us: int) -> int:
    """Forget a batch of what has been over for longer; returns how many, 0 when nothing is left to forget."""
    return store.prune(tx, now_us - keep_days * _DAY_US)


def told(alert: Recorded, kinds: Kinds) -> MingjianError:
    """The alert as the problem that it is; one of another version of the program says so."""
    kind = kinds.get(alert.code)
    if kind is None:
        return MingjianError(CODE_UNKNOWN, code=alert.code)
    error = MingjianError(kind.problem, **alert.detail)
    try:
        _ = (error.what, error.why, error.advice)
    except KeyError:
        return MingjianError(CODE_UNKNOWN, code=alert.code)
    return error
