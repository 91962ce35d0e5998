"""What channels cost: bytes a second, as they were given to be written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mingjian.kernel.ids import ChannelId

MEASURE_S: Final = 30.0
# A cost that differs less from what is known is no news: each piece of news may move channels.
NEWS: Final = 0.25


@dataclass(slots=True)
class Costs:
    """One member's measurements; `interval_s` is how long each takes."""

    interval_s: float = MEASURE_S
    _begun: dict[ChannelId, tuple[int, float]] = field(default_factory=dict)

    def measure(
        self, taken: Mapping[ChannelId, int], known: Mapping[ChannelId, float | None], now: float
    ) -> dict[ChannelId, float]:
        """The news: bytes a second of channels whose measurement is over. `taken` counts bytes from any begin, `known`
        has the channels of this member. One of which nothing came keeps what is known: it may come back.
        """
        self._begun = {channel: begun for channel, begun in self._begun.items() if channel in known}
        news = {}
        for channel, before in known.items():
            total = taken.get(channel, 0)
            size, since = self._begun.setdefault(channel, (total, now))
            if now - since < self.interval_s:
                continue
            self._begun[channel] = total, now
            rate = (total - size) / (now - since)
            if rate > 0 and (before is None or abs(rate - before) > NEWS * before):
                news[channel] = rate
        return news
