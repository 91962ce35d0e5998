"""What pages show of duty: reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mingjian.duty import flow, service, store
from mingjian.duty.model import Category, Handover, LogEntry, Page, Planned, Post, Shift
from mingjian.storage.engine import Transaction

LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class PostNow:
    """A post at one moment."""

    post: Post
    on_duty: Shift | None
    now: Planned | None
    next: Planned | None
    waiting: Handover | None


def posts_now(tx: Transaction, posts: Sequence[Post], now_us: int) -> list[PostNow]:
    """Who is on duty at each of these, who should be, who is next, and what waits to be confirmed."""
    open_shifts = store.open_at(tx, [post.id for post in posts])
    waiting = store.waiting(tx, [shift.id for shift in open_shifts.values()])
    found = []
    for post in posts:
        plans = service.around(tx, post.id, now_us)
        shift = open_shifts.get(post.id)
        now, nxt = flow.now_planned(plans, now_us), flow.next_planned(plans, now_us)
        found.append(PostNow(post, shift, now, nxt, waiting.get(shift.id) if shift else None))
    return found


def post_of_seat(tx: Transaction, seat_id: UUID) -> Post | None:
    """The post that a duty place serves."""
    return store.post_of_seat(tx, seat_id)


def received(tx: Transaction, shift_id: UUID) -> Handover | None:
    """The hand-over by which a shift began."""
    return store.received_by(tx, shift_id)


def handed_over(tx: Transaction, shift_id: UUID) -> Handover | None:
    """The hand-over by which a shift ended, or is to end."""
    return store.handover_of(tx, shift_id)


def entries(tx: Transaction, shift_id: UUID) -> list[LogEntry]:
    """All entries of a shift, oldest first."""
    return store.entries_of_shift(tx, shift_id)


def log(
    tx: Transaction,
    post_ids: Collection[UUID],
    after: tuple[int, UUID] | None,
    limit: int,
    *,
    category: Category | None = None,
    span: tuple[int, int] | None = None,
) -> Page:
    """A page of the log of these posts, newest first; `limit` is cut to 1..LIMIT."""
    limit = max(1, min(limit, LIMIT))
    found = store.entries(tx, post_ids, after, limit + 1, category=category, span=span)
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), (last.at_us, last.id) if last else None)


def shifts(
    tx: Transaction, post_ids: Collection[UUID], after: tuple[int, UUID] | None, limit: int, span: tuple[int, int]
) -> tuple[tuple[Shift, ...], tuple[int, UUID] | None]:
    """A page of the shifts of these posts that began within the span, newest first."""
    limit = max(1, min(limit, LIMIT))
    found = store.shifts(tx, post_ids, after, limit + 1, span)
    last = found[limit - 1] if len(found) > limit else None
    return tuple(found[:limit]), (last.begun_us, last.id) if last else None
