"""How long footage must and may stay. Pure: terms, holds, clock epochs and a moment in, an answer out.

公共安全视频图像信息系统管理条例 第十七条: not less than 30 days; after that, footage whose purpose is achieved is
deleted. Days are calendar days in Asia/Shanghai and are counted as the law counts: the day of recording is not counted,
so footage of day D with 30 days may go when day D+30 is over.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media.keep.model import Footage, Term, TermKind, TermSource, day_start_us
from mingjian.media.model import ClockEpoch, day_of


@dataclass(frozen=True, slots=True)
class Effective:
    """What the terms of a channel come to; the term that decides stands for its source.

    `lawful`: a law says how long footage must be kept at least. Without that nobody knows what may be deleted, and
    nothing is. `conflict`: a maximum is shorter than the minimum, and the minimum holds.
    """

    minimum: Term | None
    maximum: Term | None
    lawful: bool

    @property
    def minimum_days(self) -> int:
        return self.minimum.days if self.minimum else 0

    @property
    def maximum_days(self) -> int | None:
        """Never below the minimum."""
        return max(self.maximum.days, self.minimum_days) if self.maximum else None

    @property
    def conflict(self) -> bool:
        return self.maximum is not None and self.maximum.days < self.minimum_days


def effective(terms: Iterable[Term], channel_id: ChannelId) -> Effective:
    """Longest minimum and shortest maximum among the installation's terms and the channel's own that are in force."""
    own = [one for one in terms if one.ended_us is None and one.channel_id in (None, channel_id)]
    minimums = [one for one in own if one.kind is TermKind.MINIMUM]
    maximums = [one for one in own if one.kind is TermKind.MAXIMUM]
    return Effective(
        # Of two that are equally long the law is named.
        max(minimums, key=lambda one: (one.days, one.source is TermSource.LAW), default=None),
        min(maximums, key=lambda one: (one.days, one.source is not TermSource.LAW), default=None),
        any(one.source is TermSource.LAW for one in minimums),
    )


def by_law(lawful: Mapping[ChannelId, Term], channel_id: ChannelId) -> tuple[Term, ...]:
    """The term that the installed texts give this channel, if they do."""
    return (lawful[channel_id],) if channel_id in lawful else ()


def over_us(last_us: int, days: int) -> int:
    """When footage whose last moment is `last_us` has been kept for `days`: the end of day D+days in UTC+8."""
    return day_start_us(day_of(last_us) + days + 1)


@dataclass(frozen=True, slots=True)
class Clock:
    """The epochs of the server's clock, oldest first, and what they do to ages.

    A moment of an earlier epoch is told in today's clock by adding every step since: so ages are those that really
    passed. A clock that was behind and set forward makes nothing old, and one that ran ahead and was set back makes
    nothing young. A step whose size nobody knows counts as none.
    """

    epochs: Sequence[ClockEpoch] = ()

    @property
    def trusted(self) -> bool:
        """The newest epoch is the first of all, or somebody confirmed it."""
        return not self.epochs or self.epochs[-1].confirmed_us is not None or self.epochs[-1].epoch == 0

    def today(self, moment_us: int, epoch: int) -> int:
        """A moment of `epoch` as the clock of today would have shown it."""
        return moment_us + sum(one.step_us for one in self.epochs if one.epoch > epoch)

    def passed_us(self, since_us: int, now_us: int) -> int:
        """At least how long it is since a moment whose epoch is not known: steps forward after it are taken off."""
        forward = sum(max(0, one.step_us) for one in self.epochs if one.began_us > since_us)
        return now_us - since_us - forward


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides about the footage of one channel. `holds` are those that stand."""

    terms: Effective
    holds: Sequence[Span]
    clock: Clock
    demonstration: bool = False

    def held(self, footage: Footage) -> bool:
        return any(footage.span.clip(hold) is not None for hold in self.holds)

    def kept_for(self, footage: Footage, days: int, now_us: int) -> bool:
        """Whether `days` calendar days have gone by since the last moment of this footage."""
        return now_us >= over_us(self.clock.today(footage.end_us - 1, footage.clock_epoch), days)

    def may_go(self, footage: Footage, now_us: int) -> bool:
        """Whether nothing forbids that this footage is deleted without anybody's decision."""
        if self.held(footage):
            return False
        if self.demonstration:
            return True
        return self.terms.lawful and self.kept_for(footage, self.terms.minimum_days, now_us)

    def must_go(self, footage: Footage, now_us: int) -> bool:
        """Whether it may go, and its maximum is over too."""
        days = self.terms.maximum_days
        return days is not None and self.may_go(footage, now_us) and self.kept_for(footage, days, now_us)

    def newest_day(self, days: int, now_us: int) -> int:
        """No footage that began on a later day than this (as stored) has been kept for `days`."""
        epochs = {0, *(one.epoch for one in self.clock.epochs)}
        behind = min(self.clock.today(0, epoch) for epoch in epochs)
        return day_of(day_start_us(day_of(now_us) - days) - behind - 1)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of every channel: terms that people set, and those of the installed texts.

    A channel in `demonstrations` has no term; one that nobody knows has all of those that people set for every channel.
    """

    terms: Sequence[Term]
    holds: Mapping[ChannelId, Sequence[Span]]
    clock: Clock
    lawful: Mapping[ChannelId, Term] = field(default_factory=dict)
    demonstrations: Collection[ChannelId] = ()
    _known: dict[ChannelId, Rules] = field(default_factory=dict)

    def of(self, channel_id: ChannelId) -> Rules:
        if (known := self._known.get(channel_id)) is None:
            known = self._known[channel_id] = Rules(
                effective([*self.terms, *by_law(self.lawful, channel_id)], channel_id),
                self.holds.get(channel_id, ()),
                self.clock,
                channel_id in self.demonstrations,
            )
        return known

    def may_go(self, footage: Footage, now_us: int) -> bool:
        return self.of(footage.channel_id).may_go(footage, now_us)

    def must_go(self, footage: Footage, now_us: int) -> bool:
        return self.of(footage.channel_id).must_go(footage, now_us)

    def held(self, footage: Footage) -> bool:
        return self.of(footage.channel_id).held(footage)

    def day_may_go(self, channel_id: ChannelId, day: int, now_us: int) -> bool:
        """Whether any footage that began on this day may go, holds aside."""
        rules = self.of(channel_id)
        return rules.terms.lawful and day <= rules.newest_day(rules.terms.minimum_days, now_us)

    def day_must_go(self, channel_id: ChannelId, day: int, now_us: int) -> bool:
        """Whether any footage that began on this day must go, holds aside."""
        rules = self.of(channel_id)
        longest = rules.terms.maximum_days
        return rules.terms.lawful and longest is not None and day <= rules.newest_day(longest, now_us)
