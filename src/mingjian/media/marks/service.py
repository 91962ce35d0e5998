"""Use cases of marks, each in the caller's transaction; placing and removing one have an audit entry."""

from typing import Final
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, MarkId, PersonId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media.marks import store
from mingjian.media.marks.errors import MARK_UNKNOWN, NAME_NEEDED, NOT_YOURS, SPAN_UNFIT
from mingjian.media.marks.model import LONGEST_US, NAME_LIMIT, Mark, Search
from mingjian.registry import service as registry
from mingjian.storage import news
from mingjian.storage.engine import Transaction
from mingjian.storage.news import Topic

SHOWN: Final = 1_000
"""Marks that a timeline gets at most."""


def place(tx: Transaction, channel_id: UUID, start_us: int, end_us: int, name: str, *, by: Actor, now_us: int) -> Mark:
    """Give a moment or a span of a channel a name.

    Raises MingjianError NAME_NEEDED, SPAN_UNFIT or registry CHANNEL_UNKNOWN.
    """
    channel = registry.channel(tx, channel_id)
    words = " ".join(name.split())
    if not 1 <= len(words) <= NAME_LIMIT:
        raise MingjianError(NAME_NEEDED, limit=NAME_LIMIT)
    if not 0 <= end_us - start_us <= LONGEST_US or end_us > now_us:
        raise MingjianError(SPAN_UNFIT)
    placed_by = PersonId(by.id) if by.id else None
    mark = Mark(MarkId(new_id(now_us)), channel.id, start_us, end_us, words, placed_by, by.label, now_us)
    store.add(tx, mark)
    news.tell(tx, Topic.MARK, mark.channel_id)
    audit.record(tx, Entry(Action.MARK_PLACED, by, "mark", str(mark.id), _told(mark, channel.name), now_us))
    return mark


def remove(tx: Transaction, mark: Mark, *, may_remove_others: bool, by: Actor, now_us: int) -> None:
    """Raises MingjianError NOT_YOURS."""
    if not (may_remove_others or by.is_or_stands_for(mark.placed_by)):
        raise MingjianError(NOT_YOURS, who=mark.placed_label)
    store.remove(tx, mark.id)
    name = registry.channel(tx, mark.channel_id).name
    news.tell(tx, Topic.MARK, mark.channel_id)
    audit.record(tx, Entry(Action.MARK_REMOVED, by, "mark", str(mark.id), _told(mark, name), now_us))


def mark_of(tx: Transaction, mark_id: UUID) -> Mark:
    """Raises MingjianError MARK_UNKNOWN."""
    mark = store.get(tx, mark_id, for_change=True)
    if mark is None:
        raise MingjianError(MARK_UNKNOWN)
    return mark


def of_timeline(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Mark]:
    return store.between(tx, channel_id, span, SHOWN)


def found(tx: Transaction, search: Search, before: tuple[int, UUID] | None, limit: int) -> list[Mark]:
    return store.found(tx, search, before, limit)


def _told(mark: Mark, channel_name: str) -> dict[str, JSON]:
    return {
        "name": channel_name,
        "channel": str(mark.channel_id),
        "mark": mark.name,
        "from_us": mark.start_us,
        "to_us": mark.end_us,
        "placed_by": mark.placed_label,
    }
