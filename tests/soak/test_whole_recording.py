"""Every frame of sixty cameras is in the files, once: the numbers are read back, not guessed."""

import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from bench.cameras import FPS, KBPS, cameras
from bench.platform import Data, recorder
from tests.counts import counted
from tests.soak.conftest import require_space

from mingjian.simulate import readback

pytestmark = [pytest.mark.soak, pytest.mark.quiet, pytest.mark.timeout(1800)]

CAMERAS = counted("SOAK_CAMERAS", 60)
SECONDS = counted("SOAK_SECONDS", 600)
# Two hundred cameras for ten minutes are 60 GB; a disk may hold less.
RATE_KBPS = counted("SOAK_KBPS", KBPS)


def test_no_frame_is_missing_and_none_is_there_twice(footage: Path) -> None:
    require_space(footage, int(1.1 * CAMERAS * (SECONDS + 30) * RATE_KBPS * 125))
    data = Data(footage / "data")
    with cameras(CAMERAS, footage, kbps=RATE_KBPS) as sending:
        with recorder(data) as process:
            data.register(sending.addresses)
            data.wait_until_recording(CAMERAS)
            time.sleep(SECONDS)
            assert process.alive, process.last_words()
        sent = sending.finish()
    seen: dict[int, Counter[int]] = {}
    files = data.files()
    for file in files:
        for stamp in readback.stamps_in_mp4(file):
            seen.setdefault(stamp.camera, Counter())[stamp.frame] += 1
    frames = sum(one.total() for one in seen.values())
    missing = {camera: lost for camera, one in seen.items() if (lost := readback.missing(one))}
    twice = {camera: again for camera, one in seen.items() if (again := [n for n, count in one.items() if count > 1])}
    sys.stderr.write(f"\n{CAMERAS} cameras, {len(files)} files, {frames} frames, missing {missing}, twice {twice}\n")
    assert set(seen) == set(range(1, CAMERAS + 1))
    assert not missing
    assert not twice
    assert not sent.dropped
    assert {min(one) for one in seen.values()} == {0}
    # The recorder stopped a moment before the cameras did, and never was a second behind.
    behind = {camera: sent.frames[camera] - 1 - max(one) for camera, one in seen.items()}
    assert max(behind.values()) <= 2 * FPS, behind
