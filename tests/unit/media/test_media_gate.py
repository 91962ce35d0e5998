"""When a channel is recorded: plans over time, and the gate that lets fragments through."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import making

from mingjian.kernel.clock import SHANGHAI, from_datetime
from mingjian.kernel.intervals import Span
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import Sound, SoundParameters
from mingjian.media.formats.samples import sound
from mingjian.media.keep.model import ChannelRecording, PlanKind, WeeklySpan
from mingjian.media.keep.plan import planned, wanted_at
from mingjian.media.model import Fragment, GapCause
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.gate import Gate

S = 1_000_000
START = 1_750_000_000 * S
OFFICE = ChannelRecording(PlanKind.WEEKLY, (WeeklySpan(1, 8 * 60, 18 * 60), WeeklySpan(7, 0, 1440)))
EVENT = ChannelRecording(PlanKind.EVENT, pre_roll_s=5, post_roll_s=10)


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2026-11-16T07:59:59", False),  # a Monday
        ("2026-11-16T08:00:00", True),
        ("2026-11-16T17:59:59", True),
        ("2026-11-16T18:00:00", False),
        ("2026-11-17T09:00:00", False),
        ("2026-11-21T23:59:59", False),
        ("2026-11-22T00:00:00", True),
        ("2026-11-22T23:59:59", True),
        ("2026-11-23T00:00:00", False),
    ],
)
def test_a_week_is_counted_in_local_time(moment: str, wanted: bool) -> None:
    assert wanted_at(OFFICE, (), at(moment)) is wanted


def test_days_that_meet_at_midnight_are_one_span() -> None:
    weekend = ChannelRecording(PlanKind.WEEKLY, (WeeklySpan(6, 0, 1440), WeeklySpan(7, 0, 1440)))
    span = Span(at("2026-11-16T00:00:00"), at("2026-11-30T00:00:00"))
    expected = [("2026-11-21T00:00:00", "2026-11-23T00:00:00"), ("2026-11-28T00:00:00", "2026-11-30T00:00:00")]
    assert planned(weekend, (), span) == [Span(at(start), at(end)) for start, end in expected]


def test_events_that_touch_are_one_span() -> None:
    wanted = planned(EVENT, (START, START + 12 * S, START + 60 * S), Span(START - 60 * S, START + 65 * S))
    assert wanted == [Span(START - 5 * S, START + 22 * S), Span(START + 55 * S, START + 65 * S)]


@given(st.lists(st.integers(0, 100), max_size=4), st.integers(-20, 140))
def test_a_moment_is_wanted_when_its_span_is(events: list[int], second: int) -> None:
    events_us = [START + one * S for one in events]
    inside = any(one - 5 <= second < one + 10 for one in events)
    assert wanted_at(EVENT, events_us, START + second * S) is inside


def fragments(seconds: int, segment_s: int = 1000) -> list[Fragment]:
    """A fragment of a second each, a key frame every other second."""
    cutter = Cutter(fragment_ticks=90_000, segment_us=segment_s * S, phase_us=0)
    frames = [replace(one, key=one.key and one.ticks % 180_000 == 0) for one in making.frames(seconds * 25 + 1)]
    cut = [cutter.push(frame, START + frame.ticks * 100 // 9) for frame in frames]
    found = [one for one in cut if one is not None]
    assert [one.key for one in found] == [True, False] * (seconds // 2)
    return found


def let_through(gate: Gate, given: list[Fragment]) -> list[Fragment]:
    return [one for fragment in given for one in gate.push(fragment)]


def require_playable(written: list[Fragment], given: list[Fragment]) -> None:
    """Every stretch begins a segment with a key frame at media time 0, and each fragment says its own time."""
    base = 0
    for one in written:
        original = next(other for other in given if other.start_us == one.start_us)
        if one.opens:
            assert one.key
            base = original.start_ticks
        assert one.start_ticks == original.start_ticks - base
        found = fmp4.find(reading(one.data + fmp4.seal(sha256(one.data).digest())), 0)
        assert found is not None
        assert (found.start_ticks, found.wall_us, found.frames) == (one.start_ticks, one.start_us, one.frames)


def reading(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, length: data[offset : offset + length]


def test_an_open_gate_changes_nothing() -> None:
    given_fragments = fragments(6)
    assert let_through(Gate(ChannelRecording()), given_fragments) == given_fragments


def test_an_event_brings_what_was_before_it() -> None:
    given_fragments = fragments(40)
    gate = Gate(EVENT)
    assert let_through(gate, given_fragments[:20]) == []
    assert (gate.open, gate.why_not) == (False, GapCause.PLAN)
    gate.event(START + 20 * S)
    written = let_through(gate, given_fragments[20:])
    assert [one.opens for one in written] == [True] + [False] * (len(written) - 1)
    assert written[0].start_us == START + 14 * S  # the key frame before the fifteenth second
    assert written[-1].start_us == START + 29 * S
    assert not gate.open
    require_playable(written, given_fragments)


def test_more_events_go_on_with_it_and_a_new_segment_counts_anew() -> None:
    given_fragments = fragments(60, segment_s=20)
    gate = Gate(EVENT)
    assert let_through(gate, given_fragments[:15]) == []
    gate.event(START + 15 * S)
    written = let_through(gate, given_fragments[15:22])
    gate.event(START + 22 * S)
    written += let_through(gate, given_fragments[22:])
    assert [one.start_us for one in written] == [START + second * S for second in range(10, 32)]
    assert [one.start_us for one in written if one.opens] == [START + 10 * S, START + 20 * S]
    require_playable(written, given_fragments)


def test_a_plan_that_begins_between_key_frames_begins_with_the_one_before() -> None:
    given_fragments = fragments(20)
    gate = Gate(ChannelRecording(PlanKind.EVENT, pre_roll_s=0, post_roll_s=3600))
    gate.event(START + 11 * S + S // 2)
    written = let_through(gate, given_fragments)
    assert written[0].start_us == START + 10 * S
    assert len(written) == 10
    require_playable(written, given_fragments)


def test_no_room_closes_it_whatever_the_plan_wants() -> None:
    given_fragments = fragments(12)
    gate = Gate(ChannelRecording())
    assert len(let_through(gate, given_fragments[:5])) == 5
    gate.no_room = True
    assert let_through(gate, given_fragments[5:9]) == []
    assert gate.why_not is GapCause.DISK
    gate.no_room = False
    written = let_through(gate, given_fragments[9:])
    assert [one.start_us for one in written] == [START + second * S for second in (8, 9, 10, 11)]
    require_playable(written, given_fragments)


def test_what_is_kept_in_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(EVENT)
    let_through(gate, fragments(60))
    assert len(gate._kept) <= 8
    monkeypatch.setattr("mingjian.media.record.gate.MAX_KEPT_BYTES", 30_000)
    let_through(gate, fragments(10))
    assert sum(len(one.data) for one in gate._kept) <= 30_000


@given(st.lists(st.integers(0, 38), max_size=5), st.integers(0, 8), st.integers(1, 8))
def test_every_wanted_moment_is_written_once_and_in_order(events: list[int], pre: int, post: int) -> None:
    given_fragments = fragments(40)
    gate = Gate(ChannelRecording(PlanKind.EVENT, pre_roll_s=pre, post_roll_s=post))
    written = []
    for one in given_fragments:
        for second in events:
            if START + second * S <= one.start_us:
                gate.event(START + second * S)
        written += gate.push(one)
    starts = [one.start_us for one in written]
    assert starts == sorted(set(starts))
    wanted = planned(gate.recording, [START + one * S for one in events], Span(START, START + 40 * S))
    for span in wanted:
        for one in given_fragments:
            if span.start_us <= one.start_us < span.end_us:
                assert one.start_us in starts
    require_playable(written, given_fragments)


# With sound


PHONE = SoundParameters("alaw", 8_000, 1)


def fragments_with_sound(seconds: int, segment_s: int) -> list[Fragment]:
    """As `fragments`, and 25 pieces of sound a second that say when they are heard."""
    cutter = Cutter(fragment_ticks=90_000, segment_us=segment_s * S, phase_us=0)
    cutter.hear(PHONE, [])
    made = []
    for number, frame in enumerate(making.frames(seconds * 25 + 1)):
        cutter.hear(PHONE, [Sound(number.to_bytes(4, "big") * 80, frame.ticks, 320)])
        rarer = replace(frame, key=frame.key and frame.ticks % 180_000 == 0)
        if (cut := cutter.push(rarer, START + frame.ticks * 100 // 9)) is not None:
            made.append(cut)
    return made


def offsets(written: list[Fragment]) -> list[list[int]]:
    """Of each segment: how much later than its own picture each piece lies, in samples."""
    found: list[list[int]] = []
    for one in written:
        if one.opens:
            found.append([])
        heard = sound(one.data)
        assert heard is not None
        at = heard.decode_samples
        for piece, lasts in zip(heard.pieces, heard.samples, strict=True):
            picture = int.from_bytes(piece[:4], "big") * 320  # of the first segment, or counted on
            found[-1].append(at - picture)
            at += lasts
    return found


def test_what_the_gate_lets_through_keeps_its_sound_in_place() -> None:
    given_fragments = fragments_with_sound(60, segment_s=20)
    gate = Gate(EVENT)
    written = let_through(gate, given_fragments[:15])
    gate.event(START + 15 * S)
    written += let_through(gate, given_fragments[15:22])
    gate.event(START + 22 * S)
    written += let_through(gate, given_fragments[22:])
    assert [one.start_us for one in written if one.opens] == [START + 10 * S, START + 20 * S]
    for one in written:
        if one.opens:
            assert one.start_ticks == fmp4.LEAD_TICKS
        found = fmp4.find(reading(one.data + fmp4.seal(sha256(one.data).digest())), 0)
        assert found is not None
        assert (found.start_ticks, found.wall_us, found.frames) == (one.start_ticks, one.start_us, one.frames)
    for begun, segment in zip((10, 20), offsets(written), strict=True):
        # The picture of this segment begins at one second, and is `begun` seconds old: so is its sound.
        assert {one + begun * 8_000 - 8_000 for one in segment} == {0}
