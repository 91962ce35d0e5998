"""Record what happens in the transaction in which it happens, and read the log back."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from weakref import WeakSet

from mingjian.audit import store
from mingjian.audit.errors import AuditMissing, UnfitDetail
from mingjian.audit.model import EVERYTHING, JSON, Action, Actor, Entry, Page, Recorded, Search
from mingjian.kernel.redaction import is_secret_name
from mingjian.storage import news
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.news import Topic

DETAIL_LIMIT: Final = 16_384
"""Bytes of one detail as UTF-8 JSON. Bulk actions record a digest of their content instead of the content."""

LISTING_LIMIT: Final = 200
_EXPORTED_AT_ONCE: Final = 1_000

_USER_INFO: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#]*@", re.IGNORECASE)
_TOPICS: Final[Mapping[str, Topic]] = {
    **dict.fromkeys(("channel", "place", "spot", "system", "organisation", "sign", "registry", "term"), Topic.REGISTRY),
    **dict.fromkeys(("duty_post", "duty_shift", "duty_log", "duty_handover"), Topic.DUTY),
    "hold": Topic.HOLD,
}
"""By the kind of the object that an entry is about. All of these change by people alone, and never unrecorded."""
_NO_CHANGE: Final = frozenset({Action.SNAPSHOT_TAKEN, Action.EVENT_REPORTED, Action.REGISTRY_EXPORTED})
_recorded_in: Final[WeakSet[Transaction]] = WeakSet()


def record(tx: Transaction, entry: Entry) -> int:
    """Add `entry` to the log, durable with everything else of `tx`; returns its sequence number.

    Raises UnfitDetail when the detail is too big, holds a float, or holds something that looks like a secret:
    an entry can never be taken back, so doubt is refused.
    """
    if tx not in _recorded_in:
        store.announce(tx)
    seq = store.append(tx, entry, _canonical(entry.detail))
    _recorded_in.add(tx)
    _tell(tx, entry)
    return seq


def _tell(tx: Transaction, entry: Entry) -> None:
    """Pages that show what is installed, held or served hear that it changed."""
    topic = _TOPICS.get(entry.object_kind)
    if topic is Topic.HOLD:
        news.tell(tx, topic, entry.object_id)
    elif topic is not None and entry.action not in _NO_CHANGE:
        news.tell(tx, topic)


@contextmanager
def audited(database: Database) -> Iterator[Transaction]:
    """A write transaction that commits only if something was recorded in it.

    Raises AuditMissing (and rolls back) otherwise: an effect without an entry must not be possible by forgetting.
    """
    with database.write() as tx:
        yield tx
        if tx not in _recorded_in:
            raise AuditMissing("nothing was recorded in this transaction; call audit.service.record in it")


def listing(tx: Transaction, before: int | None, limit: int, search: Search = EVERYTHING) -> Page:
    """A page of the wanted entries, newest first; `limit` is cut to 1..LISTING_LIMIT."""
    limit = max(1, min(limit, LISTING_LIMIT))
    items = store.newest(tx, search, before, limit + 1)
    more = len(items) > limit
    return Page(items[:limit], items[limit - 1].seq if more else None)


def begin_export(tx: Transaction, search: Search, form: str, by: Actor, now_us: int) -> int:
    """Record that somebody takes entries out of the system; returns the number of the last one that goes."""
    until = store.newest_seq(tx)
    detail: dict[str, JSON] = {"form": form, "until_seq": until, "search": search.as_detail}
    record(tx, Entry(Action.AUDIT_EXPORTED, by, "audit", "", detail, now_us))
    return until


def export(database: Database, search: Search, until: int) -> Iterator[Recorded]:
    """The wanted entries up to that number, oldest first; each thousand is one read of its own."""
    after = 0
    while True:
        with database.read() as tx:
            some = store.oldest(tx, search, after, until, _EXPORTED_AT_ONCE)
        yield from some
        if len(some) < _EXPORTED_AT_ONCE:
            return
        after = some[-1].seq


def _canonical(detail: Mapping[str, JSON]) -> str:
    _refuse_unfit(detail)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(text.encode()) > DETAIL_LIMIT:
        raise UnfitDetail(f"a detail is longer than {DETAIL_LIMIT} bytes; record a digest of its content")
    return text


def _refuse_unfit(value: object) -> None:
    match value:
        case str():
            if _USER_INFO.search(value):
                raise UnfitDetail("a text holds an address with a user name or password in it")
        case bool() | int() | None:
            pass
        case list() | tuple():
            for item in value:
                _refuse_unfit(item)
        case Mapping():
            _refuse_unfit_mapping(value)
        case _:
            raise UnfitDetail(f"a {type(value).__name__} cannot be recorded")


def _refuse_unfit_mapping(mapping: Mapping[object, object]) -> None:
    for key, item in mapping.items():
        if not isinstance(key, str) or is_secret_name(key):
            raise UnfitDetail(f"the key {key!r} cannot be recorded: it is no text or names a secret")
        _refuse_unfit(item)
