"""The sound of a segment: holes, overlaps, the lead before the first picture. Each sample has its place."""

from hashlib import sha256
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media import making

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import LEAD_TICKS, PictureRun, SoundRun
from mingjian.media.formats.frames import Sound, SoundParameters
from mingjian.media.record import soundtrack
from mingjian.media.record.soundtrack import MAX_BYTES, SoundTrack

RATE = 8_000
PHONE = SoundParameters("alaw", RATE, 1)
BASE = 1_000_000
LEAD = LEAD_TICKS * RATE // TICKS_PER_SECOND
STEP = 160


def track(base: int = BASE, parameters: SoundParameters | None = PHONE) -> SoundTrack:
    made = SoundTrack()
    made.begin(base, parameters)
    return made


def piece(ms: float, tag: int = 0, samples: int = STEP) -> Sound:
    """Heard so many milliseconds after the first picture of the segment."""
    return Sound(bytes((tag % 256,)) * samples, BASE + round(ms * 90), samples)


def run(into: SoundTrack, pieces: list[Sound]) -> SoundRun:
    into.push(pieces)
    found = into.take()
    assert found is not None
    return found


def places(taken: SoundRun) -> list[int]:
    """Where each piece begins, in samples from the first picture."""
    return [at - LEAD for at in accumulate(taken.samples, initial=taken.decode_samples)][:-1]


def test_what_follows_follows() -> None:
    into = track()
    first = run(into, [piece(20 * at, at) for at in range(10)])
    second = run(into, [piece(20 * at, at) for at in range(10, 15)])
    assert (first.decode_samples, list(first.samples)) == (LEAD, [STEP] * 10)
    assert (second.decode_samples, list(second.samples)) == (LEAD + 10 * STEP, [STEP] * 5)
    assert [one[0] for one in [*first.pieces, *second.pieces]] == list(range(15))
    assert into.take() is None


# Milliseconds at which pieces of 20 ms are heard, and where they lie, in steps of 20 ms.
TIMES: dict[str, tuple[list[float], list[float]]] = {
    "a moment before the first picture": ([-40, -20, 0], [-2, -1, 0]),
    "the whole lead": ([-1000, -980], [-50, -49]),
    "trembling": ([0, 25, 35, 66, 80], [0, 1, 2, 3, 4]),
    "as late as is borne": ([0, 80, 100], [0, 1, 2]),
    "a hole": ([0, 81, 101], [0, 4.05, 5.05]),
    "two seconds of silence": ([0, 20, 2020, 2040], [0, 1, 101, 102]),
    "an overlap": ([0, 20, 40, -100, -80], [0, 1, 2, 3, 4]),
    "silence first": ([500, 520], [25, 26]),
}


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("at_once", [True, False])
def test_times(name: str, at_once: bool) -> None:
    heard, wanted = TIMES[name]
    into, pieces = track(), [piece(one, at) for at, one in enumerate(heard)]
    found = places(run(into, pieces)) if at_once else [places(run(into, [one]))[0] for one in pieces]
    assert found == [round(one * STEP) for one in wanted]


def test_before_the_lead_there_is_nothing() -> None:
    assert places(run(track(), [piece(-5000), piece(-4980)])) == [-LEAD, -LEAD + STEP]


def test_a_silence_that_is_no_hole_is_not_filled() -> None:
    into = track()
    assert places(run(into, [piece(0), piece(31_000)])) == [0, STEP]


def test_a_segment_without_sound_takes_none() -> None:
    into = track(parameters=None)
    into.push([piece(0)])
    assert into.take() is None


def test_a_new_segment_counts_anew() -> None:
    into = track()
    run(into, [piece(20 * at) for at in range(100)])
    into.push([piece(2000)])
    into.begin(BASE + 90_000, PHONE)
    assert into.take() is None
    assert places(run(into, [piece(1000), piece(1020)])) == [0, STEP]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.just(0), st.integers(-300, 300), st.integers(-40_000, 40_000)),
            st.integers(1, 400),
            st.booleans(),
        ),
        min_size=1,
        max_size=80,
    ),
    st.sampled_from([8_000, 16_000, 44_100, 48_000]),
)
@settings(max_examples=200)
def test_no_sample_is_lost_and_none_lies_over_another(ride: list[tuple[int, int, bool]], rate: int) -> None:
    """Whatever times pieces say: all are there, in order; a run never begins before the last one ended."""
    into = track(parameters=SoundParameters("alaw", rate, 1))
    moment, runs = 0, []
    for at, (off_ms, samples, cut) in enumerate(ride):
        moment += samples * TICKS_PER_SECOND // rate
        into.push([Sound(at.to_bytes(2, "big"), BASE + moment + off_ms * 90, samples)])
        if cut and (taken := into.take()) is not None:
            runs.append(taken)
    if (taken := into.take()) is not None:
        runs.append(taken)
    assert [int.from_bytes(one, "big") for each in runs for one in each.pieces] == list(range(len(ride)))
    assert sum(lasts for each in runs for lasts in each.samples) >= sum(samples for _, samples, _ in ride)
    for one, following in pairwise(runs):
        assert following.decode_samples >= one.decode_samples + sum(one.samples)
    assert all(
        lasts >= samples
        for lasts, (_, samples, _) in zip((one for each in runs for one in each.samples), ride, strict=True)
    )


@given(st.integers(-500, 500), st.integers(30, 3_000))
def test_a_clock_that_drifts_stays_within_the_tolerance(ppm: int, seconds: int) -> None:
    """Sound by its samples, picture by its clock: what they differ by is mended before anybody sees it."""
    into, worst = track(), 0.0
    for number in range(seconds // 10):
        said = number * 20 * 25 * (1 + ppm / 1e6)
        taken = run(into, [piece(said)])
        worst = max(worst, abs(places(taken)[0] / RATE * 1000 - said))
    assert worst <= 61


def test_what_is_kept_is_bounded() -> None:
    into = track()
    into.push(Sound(bytes(60_000), BASE + at, 60_000) for at in range(200))
    taken = into.take()
    assert taken is not None
    assert sum(map(len, taken.pieces)) <= MAX_BYTES
    assert into.dropped_pieces == 200 - len(taken.pieces)
    into.push([piece(0)])
    assert into.take() is not None  # room again


def test_a_flood_of_small_pieces_stays_a_fragment_that_recovery_believes() -> None:
    into = track()
    into.push(Sound(b"x", BASE + at, 1) for at in range(300_000))
    taken = into.take()
    assert taken is not None
    assert len(taken.pieces) == soundtrack.MAX_PIECES
    frames = [one.data for one in making.frames(25)]
    made = fmp4.fragment(1, PictureRun(0, frames, [3600] * 25, [True] + [False] * 24), 5, taken)
    made += fmp4.seal(sha256(made).digest())
    found = fmp4.find(lambda offset, length: made[offset : offset + length], 0)
    assert found is not None
    assert found.length == len(made)
