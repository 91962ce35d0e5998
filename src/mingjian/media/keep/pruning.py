"""Rows beside footage that speak of nothing any more: connections and events older than all of a channel's footage."""

from collections.abc import Callable
from typing import Final

from mingjian.kernel.ids import ChannelId
from mingjian.media import store as media_store
from mingjian.media.keep import store
from mingjian.media.keep.model import DAY_US
from mingjian.registry import service as registry
from mingjian.storage.engine import Database, Transaction

LEAST_US: Final = 60 * DAY_US
"""So long they stay in any case: completeness is reckoned for a month back, and a fault is looked into later."""
_BATCH: Final = 2_000


def _nobody(_tx: Transaction) -> None:
    """Nobody else does this work."""


def prune(
    database: Database,
    now_us: int,
    check: Callable[[Transaction], None] = _nobody,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Forget them for every channel; returns how many rows went."""
    with database.read() as tx:
        channels = [one.id for one in registry.channels(tx, with_retired=True)]
    return sum(_of_channel(database, one, now_us, check, stopping) for one in channels if not stopping())


def _of_channel(
    database: Database,
    channel_id: ChannelId,
    now_us: int,
    check: Callable[[Transaction], None],
    stopping: Callable[[], bool],
) -> int:
    with database.read() as tx:
        oldest_us = media_store.oldest_start_us(tx, channel_id)
    before_us = min(now_us - LEAST_US, now_us if oldest_us is None else oldest_us)
    gone = 0
    while not stopping():
        with database.write() as tx:
            check(tx)
            some = media_store.forget_connections(tx, channel_id, before_us, _BATCH)
            some += store.forget_events(tx, channel_id, before_us, _BATCH)
        gone += some
        if not some:
            break
    return gone
