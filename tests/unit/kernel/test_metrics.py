"""Metrics of several processes: real ones, since the library keeps one state for each process."""

import subprocess
import sys
from pathlib import Path

import mingjian
from mingjian.kernel import metrics

SOURCE = Path(mingjian.__file__).parents[1]

PROCESS = """
import sys
from pathlib import Path
from mingjian.kernel import metrics
FRAMES = metrics.Counter("frames_total", "Frames", ("channel",))
OPEN = metrics.Gauge("open", "Open files")
DELAY = metrics.Histogram("delay_s", "Delay", buckets=(0.1, 1.0))
metrics.configure(Path(sys.argv[1]), sys.argv[2])
FRAMES.inc(int(sys.argv[3]), channel="a")
OPEN.set(int(sys.argv[3]))
DELAY.observe(0.5)
sys.stdout.write(metrics.render().decode())
"""


def page(folder: Path, process: str, amount: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROCESS, str(folder), process, str(amount)],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in done.stdout.splitlines()
        if not line.startswith("#")
    }


def test_processes_are_added_up(tmp_path: Path) -> None:
    page(tmp_path, "media-0", 3)
    found = page(tmp_path, "media-1", 4)
    assert found['frames_total{channel="a"}'] == 7
    assert found["open"] == 7
    assert found['delay_s_bucket{le="1.0"}'] == 2


def test_counters_go_on_after_a_restart_and_levels_do_not(tmp_path: Path) -> None:
    page(tmp_path, "media", 3)
    found = page(tmp_path, "media", 4)
    assert found['frames_total{channel="a"}'] == 7
    assert found["open"] == 4


def test_a_dead_process_has_no_level(tmp_path: Path) -> None:
    page(tmp_path, "media", 3)
    metrics.forget(tmp_path, "media")
    found = page(tmp_path, "api", 4)
    assert found["open"] == 4
    assert found['frames_total{channel="a"}'] == 7


def test_wiping_starts_from_nothing(tmp_path: Path) -> None:
    page(tmp_path, "media", 3)
    metrics.wipe(tmp_path)
    assert page(tmp_path, "media", 4)['frames_total{channel="a"}'] == 4


def test_a_metric_used_too_early_is_a_defect_that_shows(tmp_path: Path) -> None:
    text = PROCESS.replace("metrics.configure(", "OPEN.set(1); metrics.configure(")
    done = subprocess.run(
        [sys.executable, "-c", text, str(tmp_path), "x", "1"],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "before metrics.configure" in done.stderr
