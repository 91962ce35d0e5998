"""When a channel is to be recorded. Pure: a plan, the events that are known, and a moment or a span."""

from collections.abc import Iterable, Iterator

from mingjian.kernel.intervals import Span, merge
from mingjian.media.keep.model import DAY_US, ChannelRecording, PlanKind, day_start_us
from mingjian.media.model import day_of

_MINUTE_US = 60_000_000
_SECOND_US = 1_000_000


def planned(recording: ChannelRecording, events_us: Iterable[int], span: Span) -> list[Span]:
    """The parts of `span` that the plan wants, in order; `events_us` are moments of events."""
    match recording.plan:
        case PlanKind.ALWAYS:
            return [span]
        case PlanKind.WEEKLY:
            wanted = _weekly(recording, span)
        case PlanKind.EVENT:
            before, after = recording.pre_roll_s * _SECOND_US, recording.post_roll_s * _SECOND_US
            wanted = (Span(at - before, at + after) for at in events_us)
    return merge(part for one in wanted if (part := one.clip(span)))


def wanted_at(recording: ChannelRecording, events_us: Iterable[int], moment_us: int) -> bool:
    """Whether the plan wants the picture of this moment."""
    return bool(planned(recording, events_us, Span(moment_us, moment_us + 1)))


def _weekly(recording: ChannelRecording, span: Span) -> Iterator[Span]:
    for day in range(day_of(span.start_us), day_of(span.end_us - 1) + 1):
        # The first of January 1970, day 0, was a Thursday.
        weekday = (day + 3) % 7 + 1
        for one in recording.weekly:
            if one.weekday == weekday and one.end_minute > one.start_minute:
                start_us = day_start_us(day)
                end_us = min(start_us + one.end_minute * _MINUTE_US, start_us + DAY_US)
                yield Span(start_us + one.start_minute * _MINUTE_US, end_us)
