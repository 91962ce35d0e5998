"""The rules of channels from the database, and what they bring back. In the caller's transaction."""

from collections.abc import Collection
from typing import Final

from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media import store as media_store
from mingjian.media.keep import footage, store
from mingjian.media.keep.lawful import lawful_terms
from mingjian.media.keep.terms import Clock, Rulebook
from mingjian.media.model import SegmentState
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction

MANY: Final = 1_000
"""Of more channels than these everything is read at once."""


def clock_of(tx: Transaction) -> Clock:
    return Clock(tuple(media_store.clock_epochs(tx)))


def rulebook(tx: Transaction, channel_ids: Collection[ChannelId] | None, now_us: int) -> Rulebook:
    """The rules of these channels, or of all when None, as they are at this moment."""
    # A transaction that decides about one channel must not read a hundred thousand while it holds the lock.
    every = channel_ids is None or len(channel_ids) > MANY
    channels = registry.channels(tx, with_retired=True) if every else registry.channels_of(tx, channel_ids or ())
    terms = store.terms(tx) if every else store.terms_of(tx, channel_ids or ())
    demonstrations = {one.id for one in channels if one.demonstration}
    lawful = lawful_terms(tx, channels, now_us)
    return Rulebook(terms, store.held(tx, None if every else channel_ids), clock_of(tx), lawful, demonstrations)


def locked_rules(tx: Transaction, channel_ids: Collection[ChannelId], now_us: int) -> Rulebook:
    """The rules as they stay until `tx` ends: whoever places a hold or sets a term waits."""
    registry.lock_channels(tx, channel_ids)
    return rulebook(tx, channel_ids, now_us)


def bring_back(tx: Transaction, channel_id: ChannelId, span: Span) -> int:
    """Marked footage that touches a range stays after all; returns how many segments. The channel is locked."""
    found = footage.touching(tx, channel_id, span, [SegmentState.MARKED])
    footage.unmark(tx, [one.id for one in found])
    return len(found)


def bring_back_what_must_stay(tx: Transaction, channel_id: ChannelId | None, now_us: int) -> int:
    """The same for footage that must stay under the terms of now, of one channel or of all. They are locked."""
    rules = rulebook(tx, None, now_us)
    back = [
        one.id
        for volume in media_store.volumes(tx)
        for one in footage.oldest(tx, volume.id, SegmentState.MARKED)
        if channel_id in (None, one.channel_id) and not rules.may_go(one, now_us)
    ]
    footage.unmark(tx, back)
    return len(back)
