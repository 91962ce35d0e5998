"""What may be removed, and how: two phases, and the rules are asked in both.

*Mark*: in one transaction the channels are locked, the rules are asked, rows become `marked`, and the audit entry is
written. *Purge*, once the time for undoing is over: the rules are asked again in the transaction that makes the rows
`garbage`; then the file goes, its folder is made durable, and the row goes. Whatever happens in between, no row
promises a file that is gone. Only files of volumes that are what their identity says are touched.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain, groupby, islice
from typing import Final, NoReturn, Protocol

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.identity.model import Person
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.kernel.intervals import Span
from mingjian.media import store as media_store
from mingjian.media.keep import footage
from mingjian.media.keep.errors import ORDER_HELD, ORDER_INCOMPLETE
from mingjian.media.keep.model import Footage
from mingjian.media.keep.rules import clock_of, locked_rules, rulebook
from mingjian.media.keep.terms import Rulebook
from mingjian.media.model import KEPT_STATES, SegmentState, Volume
from mingjian.storage.engine import Database, Transaction

BATCH: Final = 500
"""Segments in one transaction, at most."""
_SPANS: Final = 60
"""Spans in one audit entry, at most; the digest covers all segments."""

Check = Callable[[Transaction], None]
"""Called first in each transaction that changes something; raises when the worker has lost its lease."""


class VolumeFiles(Protocol):
    """What keeping needs of a volume's files; `record.files.SegmentFiles` has it. Raises OSError."""

    def identity(self) -> VolumeId | None: ...

    def free_bytes(self) -> int: ...

    def remove(self, path_name: str) -> None:
        """Remove a file and make its folder durable; one that is gone already is fine."""


OpenFiles = Callable[[Volume], VolumeFiles]


def _always(_tx: Transaction) -> None:
    """Nobody else does this work."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Deleter:
    """Removes footage of one installation; `files` opens a volume, `check` fences the worker, `stopping` ends it."""

    database: Database
    files: OpenFiles
    check: Check = _always
    stopping: Callable[[], bool] = _never

    def _present(self, tx: Transaction) -> list[Volume]:
        """Volumes that are what their identity says; nothing is deleted from any other."""
        return [one for one in media_store.volumes(tx) if self.files(one).identity() == one.id]

    # Past its maximum

    def mark_due(self, now_us: int) -> int:
        """Mark footage whose maximum is over, a batch of one channel and day at a time. Returns how many segments."""
        with self.database.read() as tx:
            here = [one.id for one in self._present(tx) if not one.demonstration]
            days = footage.days(tx, here)
            rules = rulebook(tx, {channel_id for _, channel_id in days}, now_us)
        if not rules.clock.trusted:
            return 0
        due = [(day, channel_id) for day, channel_id in days if rules.day_must_go(channel_id, day, now_us)]
        return sum(self._mark_day(channel_id, day, here, now_us) for day, channel_id in due if not self.stopping())

    def _mark_day(self, channel_id: ChannelId, day: int, here: Collection[VolumeId], now_us: int) -> int:
        marked, from_us = 0, 0
        while not self.stopping():
            with self.database.write() as tx:
                self.check(tx)
                rules = locked_rules(tx, [channel_id], now_us)
                if not rules.clock.trusted:
                    break
                found = footage.of_day(tx, channel_id, day, here, [SegmentState.CLOSED], BATCH, from_us)
                going = [one for one in found if _by_term(rules, one, now_us) and rules.must_go(one, now_us)]
                _mark(tx, going, Entry(Action.FOOTAGE_MARKED, SYSTEM, "channel", str(channel_id), {}, now_us))
            marked += len(going)
            if len(found) < BATCH:
                break
            # The last one's moment again: others may have begun in it, and those that were marked are found no more.
            from_us = found[-1].start_us + (from_us == found[-1].start_us)
        return marked

    # Once the time for undoing is over

    def purge_due(self, now_us: int, undo_us: int) -> int:
        """Let go what was marked and could be undone for `undo_us`; returns how many segments went."""
        with self.database.read() as tx:
            here = self._present(tx)
        return sum(self._purge_volume(volume, now_us, undo_us) for volume in here)

    def _purge_volume(self, volume: Volume, now_us: int, undo_us: int) -> int:
        gone = 0
        while not self.stopping():
            with self.database.read() as tx:
                clock = clock_of(tx)
                found = footage.marked_before(tx, volume.id, now_us - undo_us, BATCH)
            ready = [one.id for one, marked_us in found if clock.passed_us(marked_us, now_us) >= undo_us]
            if not ready or not clock.trusted:
                break
            gone += len(self._let_go(ready, now_us, _by_term))
            if len(ready) < BATCH:
                break
        self.sweep(volume)
        return gone

    def _let_go(self, ids: Iterable[SegmentId], now_us: int, may_go: "Decision") -> list[Footage]:
        """The decision of the second phase: marked footage becomes garbage, or comes back where it must stay now."""
        with self.database.write() as tx:
            self.check(tx)
            asked = footage.by_id(tx, ids, SegmentState.MARKED)
            rules = locked_rules(tx, {one.channel_id for one in asked}, now_us)
            asked = footage.by_id(tx, [one.id for one in asked], SegmentState.MARKED)
            going = [one for one in asked if may_go(rules, one, now_us)]
            kept = {one.id for one in going}
            footage.unmark(tx, [one.id for one in asked if one.id not in kept])
            footage.condemn(tx, going)
            if going:
                detail = _told(going) | {"brought_back": len(asked) - len(going)}
                audit.record(tx, Entry(Action.FOOTAGE_PURGED, SYSTEM, "footage", "", detail, now_us))
        return going

    def sweep(self, volume: Volume) -> int:
        """Remove the files of garbage, also of what a crash left; a file that cannot be removed waits."""
        gone = 0
        files = self.files(volume)
        while files.identity() == volume.id:
            with self.database.read() as tx:
                going = footage.garbage(tx, volume.id, BATCH)
            removed = [segment_id for segment_id, path_name in going if _removed(files, path_name)]
            if removed:
                with self.database.write() as tx:
                    self.check(tx)
                    media_store.forget_segments(tx, removed)
            gone += len(removed)
            if len(removed) < BATCH:
                break
        return gone

    # For want of space

    def make_room(self, volume_ids: Collection[VolumeId], wanted_bytes: int, now_us: int, limit: int = BATCH) -> int:
        """Let the oldest footage go that the law allows to go, without the wait; returns the bytes.

        What is marked already goes first. At most `limit` segments.
        """
        with self.database.read() as tx:
            here = [one for one in self._present(tx) if one.id in volume_ids and not one.demonstration]
            wanted = _oldest(tx, [one.id for one in here], wanted_bytes, now_us, limit)
        if not wanted:
            return 0
        with self.database.write() as tx:
            self.check(tx)
            rules = locked_rules(tx, {one.channel_id for one in wanted}, now_us)
            found = footage.by_id(tx, [one.id for one in wanted], SegmentState.CLOSED)
            going = [one for one in found if _by_term(rules, one, now_us)]
            _mark(tx, going, Entry(Action.FOOTAGE_MARKED, SYSTEM, "footage", "", {"why": "space"}, now_us))
        gone = self._let_go([one.id for one in wanted], now_us, _by_term)
        for volume in here:
            self.sweep(volume)
        return sum(one.size for one in gone)

    # The demonstration

    def turn_rings(self, now_us: int) -> int:
        """Remove the oldest demonstration footage above its volume's limit; returns how many segments went."""
        with self.database.read() as tx:
            rings = [one for one in self._present(tx) if one.demonstration and one.limit_bytes is not None]
        return sum(self._turn(ring, now_us) for ring in rings)

    def _turn(self, ring: Volume, now_us: int) -> int:
        assert ring.limit_bytes is not None
        with self.database.read() as tx:
            excess = media_store.used_bytes(tx, ring.id) - ring.limit_bytes
            rules = rulebook(tx, None, now_us)
            going = (one for one in footage.oldest(tx, ring.id, SegmentState.CLOSED) if _by_ring(rules, one, now_us))
            wanted = list(islice(_until(going, excess), BATCH))
        gone = 0
        if wanted:
            with self.database.write() as tx:
                self.check(tx)
                rules = locked_rules(tx, {one.channel_id for one in wanted}, now_us)
                found = footage.by_id(tx, [one.id for one in wanted], SegmentState.CLOSED)
                marked = [one for one in found if _by_ring(rules, one, now_us)]
                _mark(tx, marked, Entry(Action.RING_PURGED, SYSTEM, "volume", str(ring.id), {}, now_us))
            gone = len(self._let_go([one.id for one in marked], now_us, _by_ring))
        self.sweep(ring)
        return gone

    # By order of an authority

    def delete(self, order: "Order", now_us: int) -> int:
        """The one way around a term; nothing calls it yet. Returns how many segments went.

        Raises MingjianError ORDER_INCOMPLETE without two distinct persons and the paper, ORDER_HELD when a hold
        stands anywhere in the range.
        """
        order.require_complete()
        with self.database.write() as tx:
            self.check(tx)
            rules = locked_rules(tx, [order.channel_id], now_us)
            found = footage.touching(tx, order.channel_id, order.span, KEPT_STATES)
            if any(rules.held(one) for one in found) or any(
                hold.clip(order.span) for hold in rules.of(order.channel_id).holds
            ):
                raise MingjianError(ORDER_HELD)
            here = {one.id for one in self._present(tx)}
            going = [one for one in found if one.volume_id in here]
            entry = Entry(Action.FOOTAGE_ORDERED, order.actor, "channel", str(order.channel_id), order.told, now_us)
            _mark(tx, going, entry)
        gone = self._let_go([one.id for one in going], now_us, _by_order)
        with self.database.read() as tx:
            here_now = self._present(tx)
        for volume in here_now:
            self.sweep(volume)
        return len(gone)


Decision = Callable[[Rulebook, Footage, int], bool]


def _by_term(rules: Rulebook, one: Footage, now_us: int) -> bool:
    return rules.clock.trusted and one.channel_id not in rules.demonstrations and rules.may_go(one, now_us)


def _by_ring(rules: Rulebook, one: Footage, _now_us: int) -> bool:
    """A ring counts bytes, not days: it asks nothing of the clock."""
    return one.channel_id in rules.demonstrations and not rules.held(one)


def _by_order(rules: Rulebook, one: Footage, _now_us: int) -> bool:
    return not rules.held(one)


@dataclass(frozen=True, slots=True)
class Order:
    """An authority's decision that a range is to be deleted, as it lies on the table in writing.

    `document_digest` is the SHA-256 of the scanned paper. The two persons have looked at it, one after the other.
    """

    channel_id: ChannelId
    span: Span
    authority: str
    document: str
    document_digest: bytes
    persons: tuple[Person, Person]

    def require_complete(self) -> None:
        """Raises MingjianError ORDER_INCOMPLETE."""
        first, second = self.persons
        if not (self.authority.strip() and self.document.strip() and len(self.document_digest) == 32):
            _refuse("缺少机关、文号或文件摘要值。", "The authority, the document's number or its digest is missing.")
        if first.id == second.id:
            _refuse("两名经办人是同一人。", "The two persons are one and the same.")
        if first.disabled_us is not None or second.disabled_us is not None:
            _refuse("经办人的账号已停用。", "The account of one of the two persons is disabled.")

    @property
    def actor(self) -> Actor:
        return Actor("person", self.persons[0].id, self.persons[0].login_name)

    @property
    def told(self) -> dict[str, JSON]:
        return {
            "authority": self.authority,
            "document": self.document,
            "document_sha256": self.document_digest.hex(),
            "persons": [{"id": str(one.id), "name": one.login_name} for one in self.persons],
            "ordered_from_us": self.span.start_us,
            "ordered_to_us": self.span.end_us,
        }


def _refuse(zh: str, en: str) -> NoReturn:
    raise MingjianError(ORDER_INCOMPLETE, reason_zh=zh, reason_en=en)


def _mark(tx: Transaction, going: Sequence[Footage], entry: Entry) -> None:
    if not going:
        return
    footage.mark(tx, [one.id for one in going], entry.at_us)
    audit.record(tx, replace(entry, detail={**entry.detail, **_told(going)}))


def _told(going: Sequence[Footage]) -> dict[str, JSON]:
    """What went, small enough for an entry: counts, bytes, the span of each channel, a digest of the segments' ids."""
    by_channel: dict[ChannelId, list[Footage]] = {}
    for one in going:
        by_channel.setdefault(one.channel_id, []).append(one)
    spans: list[JSON] = [
        {
            "channel": str(channel_id),
            "from_us": min(one.start_us for one in found),
            "to_us": max(one.end_us for one in found),
            "segments": len(found),
        }
        for channel_id, found in by_channel.items()
    ]
    return {
        "segments": len(going),
        "bytes": sum(one.size for one in going),
        "from_us": min(one.start_us for one in going),
        "to_us": max(one.end_us for one in going),
        "channels": len(spans),
        "spans": spans[:_SPANS],
        "segments_sha256": sha256(b"".join(sorted(one.id.bytes for one in going))).hexdigest(),
    }


def _oldest(tx: Transaction, here: Collection[VolumeId], wanted_bytes: int, now_us: int, limit: int) -> list[Footage]:
    """Footage that may go: what is marked already, then the oldest, until there are enough bytes."""
    rules = rulebook(tx, None, now_us)
    marked = (one for volume in here for one in footage.oldest(tx, volume, SegmentState.MARKED))
    found = chain(marked, _by_day(tx, here, rules, now_us))
    going = (one for one in found if _by_term(rules, one, now_us))
    return list(islice(_until(going, wanted_bytes), limit))


def _by_day(tx: Transaction, here: Collection[VolumeId], rules: Rulebook, now_us: int) -> Iterator[Footage]:
    """Closed footage past its minimum, day by day; of one day the oldest of all channels first."""
    days = ((day, one) for day, one in footage.days(tx, here) if rules.day_may_go(one, day, now_us))
    for day, channels in groupby(days, key=lambda one: one[0]):
        found = [footage.oldest_of_day(tx, one, day, here, SegmentState.CLOSED) for _, one in channels]
        yield from heapq.merge(*found, key=lambda one: one.start_us)


def _until(found: Iterable[Footage], wanted_bytes: int) -> Iterator[Footage]:
    for one in found:
        if wanted_bytes <= 0:
            return
        wanted_bytes -= one.size
        yield one


def _removed(files: VolumeFiles, path_name: str) -> bool:
    try:
        files.remove(path_name)
    except OSError:
        return False
    return True
