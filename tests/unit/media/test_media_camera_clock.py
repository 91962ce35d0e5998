"""How wrong a camera's clock is: measured through recorded time as it is, with late reads and a slewing clock."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.media.ingest.camera_clock import MOST_POINTS, NTP_ERA_US, SHORTEST_US, CameraClock
from mingjian.media.recorded_time import RecordedTime

S = 1_000_000
START = 1_750_000_000 * S
TICK_US = 100_400
"""Sockets are read ten times a second, and each turn of the loop takes its time."""
FRAME_US = 40_000


def observed(
    *, error_s: float, drift_ppm: float, seconds: int, every_s: int = 5, wild: float = 0.0, seed: int = 1
) -> CameraClock:
    """A camera whose oscillator drives frames and NTP time, 25 frames a second, read by tick over a network."""
    noise, clock, rate = random.Random(seed), CameraClock(), 1 + drift_ppm / 1e6
    time: RecordedTime | None = None
    for number in range(seconds * 25):
        passed_us = int(number * FRAME_US / rate)
        late_us = int(noise.expovariate(1 / 3_000))
        arrival_us = START + -(-(passed_us + late_us) // TICK_US) * TICK_US
        ticks = number * 3_600
        if time is None:
            time = RecordedTime(ticks, arrival_us)
        time.observe(ticks, arrival_us)
        if number % (every_s * 25) == 0:
            camera_us = START + int(error_s * S) + number * FRAME_US
            if noise.random() < wild:
                camera_us += noise.randrange(-(10**13), 10**13)
            clock.report(camera_us, time.at(ticks))
    return clock


@pytest.mark.parametrize(
    ("error_s", "drift_ppm"), [(3600, 80), (0, 0), (-0.25, -35), (-1_750_000_000, 12), (86_400 * 400, -120)]
)
@pytest.mark.parametrize("wild", [0.0, 0.1])
def test_a_wrong_clock_is_measured(error_s: float, drift_ppm: float, wild: float) -> None:
    seconds = 1800
    clock = observed(error_s=error_s, drift_ppm=drift_ppm, seconds=seconds, wild=wild)
    assert clock.first_error_us is not None
    assert clock.error_us is not None
    assert clock.drift_ppm is not None
    assert clock.reports == seconds // 5
    # Recorded time begins with the arrival of the first frame, up to a tick late.
    assert clock.first_error_us == pytest.approx(error_s * S, abs=TICK_US + 20_000)
    assert clock.error_us == pytest.approx(error_s * S + drift_ppm * seconds, abs=50_000)
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=10)


def test_nothing_is_said_before_it_is_known() -> None:
    clock = CameraClock()
    assert (clock.reports, clock.first_error_us, clock.error_us, clock.drift_ppm) == (0, None, None, None)
    early = observed(error_s=1, drift_ppm=50, seconds=590)
    assert early.error_us is not None
    assert early.drift_ppm is None
    assert observed(error_s=1, drift_ppm=50, seconds=700).drift_ppm is not None


def test_a_clock_that_is_set_is_measured_anew() -> None:
    """A camera finds its time server: its error goes, its drift is not the size of the step."""
    clock = CameraClock()
    for number in range(400):
        at = START + number * 5 * S
        error = 3600 * S if number < 200 else 0
        clock.report(at + error + number * 5 * 40, at)
    assert clock.first_error_us == pytest.approx(3600 * S, abs=5_000)
    assert clock.error_us == pytest.approx(400 * 5 * 40, abs=5_000)
    assert clock.drift_ppm == pytest.approx(40, abs=1)


def test_the_next_ntp_era_is_no_error() -> None:
    clock = CameraClock()
    now = 2_100_000_000 * S  # 2036-07-18: seconds since 1900 have wrapped
    clock.report(now + 2 * S - NTP_ERA_US, now)
    assert clock.error_us == 2 * S


@given(st.lists(st.tuples(st.integers(-(2**61), 2**61), st.integers(0, 2**52)), max_size=200))
def test_no_report_breaks_it_and_nothing_grows(reports: list[tuple[int, int]]) -> None:
    clock = CameraClock()
    for camera_us, recorded_us in reports:
        clock.report(camera_us, recorded_us)
    assert clock.reports == len(reports)
    assert (clock.error_us is None) == (not reports)
    assert abs(clock.error_us or 0) <= NTP_ERA_US // 2
    assert len(clock._points) <= MOST_POINTS
    assert clock.drift_ppm is None or reports


def test_a_year_of_reports_costs_no_more_than_an_hour() -> None:
    clock = CameraClock()
    for number in range(100_000):
        at = START + number * 5 * S
        clock.report(at + number * 5 * 25, at)
    assert SHORTEST_US // (5 * S) <= MOST_POINTS
    assert MOST_POINTS // 2 <= len(clock._points) <= MOST_POINTS
    assert clock.drift_ppm == pytest.approx(25, abs=0.1)
