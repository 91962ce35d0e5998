"""The wheel in a fresh environment, away from the sources: it starts the demonstration and answers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

ROOT: Final = Path(__file__).resolve().parents[2]


def run(*words: object, cwd: Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_the_wheel_serves_the_demonstration(tmp_path: Path) -> None:
    built = ROOT / "src/mingjian/api/static/index.html"
    if not built.exists():
        pytest.fail("the console is not built; type: make console")
    wheel = run(sys.executable, ROOT / "scripts/wheel.py", tmp_path / "dist", cwd=ROOT).strip()
    home = tmp_path / "opt"
    run(sys.executable, "-m", "venv", home, cwd=tmp_path)
    pip = [home / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    run(*pip, "--require-hashes", "-r", ROOT / "requirements/runtime.lock", cwd=tmp_path)
    run(*pip, "--no-deps", wheel, cwd=tmp_path)
    mingjian = home / "bin/mingjian"
    assert json.loads(run(mingjian, "version", "--json", cwd=tmp_path))["version"]
    # A short path: sockets are in it.
    data = Path("/tmp") / f"mj-wheel-{os.getpid()}"
    environ = {"PATH": "/usr/bin:/bin", "MINGJIAN_API__PORT": "0", "MINGJIAN_LOG__LEVEL": "warning"}
    with (tmp_path / "said").open("w+") as said:
        serving = subprocess.Popen(
            [mingjian, "serve", "--demo", "--data", data], cwd=tmp_path, env=environ, stdout=said, stderr=said
        )
        try:
            origin = _origin(tmp_path / "said", serving)
            state = httpx.get(f"{origin}/api/v1/state", timeout=30, trust_env=False).json()
            page = httpx.get(f"{origin}/", timeout=30, trust_env=False)
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(60)
    assert state["demonstration"] is True
    assert "<script" in page.text
    assert serving.returncode == 0
    doctor = subprocess.run([mingjian, "doctor", "--json", "--data", data], capture_output=True, text=True, check=False)
    assert json.loads(doctor.stdout)["level"] in {"ok", "warn"}
    run("rm", "-rf", data, cwd=tmp_path)


def _origin(said: Path, serving: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 900  # the scenes are drawn once, on a machine that may be busy
    while time.monotonic() < deadline:
        for line in said.read_text().splitlines():
            if "明鉴已就绪：" in line or "is ready: " in line:
                return line.rpartition("：" if "：" in line else ": ")[2].strip()
        assert serving.poll() is None, said.read_text()
        time.sleep(0.2)
    raise AssertionError(said.read_text())
