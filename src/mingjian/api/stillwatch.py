"""Stills count as watching: a channel is seen from the first that is asked for until none comes any more."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from mingjian.api.watching import Watching
from mingjian.kernel.ids import ChannelId, ViewId

_PATIENCE: Final = 2.5
"""How many times the pause between two stills may pass before the channel is not watched any more."""
_MOST_VIEWS: Final = 2_000


class StillWatch:
    """For one event loop."""

    def __init__(self) -> None:
        self._ends: dict[tuple[ViewId, ChannelId], asyncio.TimerHandle] = {}
        self._counted_s: OrderedDict[ViewId, float] = OrderedDict()

    def asked(
        self,
        view_id: ViewId,
        channel_id: ChannelId,
        every_s: float,
        *,
        watching: Watching,
        count: Callable[[ViewId], None],
    ) -> None:
        """A still was asked for, and the next is expected after `every_s`.

        `count` writes the seconds of a view down; it is called in a thread once no channel of it is watched any more.
        """
        key = view_id, channel_id
        if (before := self._ends.pop(key, None)) is None:
            watching.began(view_id, channel_id)
        else:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._ends[key] = loop.call_later(every_s * _PATIENCE, self._over, view_id, channel_id, watching, count)

    def is_due(self, view_id: ViewId, now_s: float, every_s: float) -> bool:
        """Whether the seconds of a view should be written down; true once in `every_s`."""
        since_s = self._counted_s.pop(view_id, now_s)
        due = now_s - since_s >= every_s
        self._counted_s[view_id] = now_s if due else since_s
        if len(self._counted_s) > _MOST_VIEWS:
            self._counted_s.popitem(last=False)
        return due

    def _over(
        self, view_id: ViewId, channel_id: ChannelId, watching: Watching, count: Callable[[ViewId], None]
    ) -> None:
        del self._ends[view_id, channel_id]
        watching.ended(view_id, channel_id)
        if not any(other == view_id for other, _ in self._ends):
            self._counted_s.pop(view_id, None)
            asyncio.get_running_loop().run_in_executor(None, count, view_id)
