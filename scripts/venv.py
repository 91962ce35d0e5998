# ruff: noqa: INP001 - scripts are run, not imported
"""Make `.venv` from a lock file: `python3 scripts/venv.py runtime|dev`. Nothing happens when it already fits.

Standard library only: this runs before anything is installed. `dev.lock` holds all of `runtime.lock`, so either stamp
serves for `runtime`. The package itself is put on the path by a .pth file, which needs no build.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LAUNCHER = """#!{python}
from mingjian.cli import main

main()
"""


def main(kind: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words, to whoever starts it with an older one
        sys.exit(f"Python 3.11 or newer is needed / 需要 Python 3.11 以上; found {sys.version.split()[0]}")
    if not any(_stamp(name).exists() and _stamp(name).read_text() == _wanted(name) for name in _enough_for(kind)):
        _install(kind)


def _enough_for(kind: str) -> list[str]:
    return ["dev"] if kind == "dev" else ["runtime", "dev"]


def _wanted(kind: str) -> str:
    locks = [ROOT / "requirements" / f"{name}.lock" for name in ("runtime", kind)]
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks))
    digest.update(f"{ROOT} {sys.version_info[:2]}".encode())
    return digest.hexdigest()


def _stamp(kind: str) -> Path:
    return VENV / f"{kind}.stamp"


def _install(kind: str) -> None:
    outdated = any(_stamp(name).exists() and _stamp(name).read_text() != _wanted(name) for name in ("runtime", "dev"))
    if outdated or not PYTHON.exists():
        _say("making .venv / 建立 .venv")
        _run(sys.executable, "-m", "venv", "--clear", str(VENV))
    _say(f"installing requirements/{kind}.lock / 安装锁定的依赖")
    # Compiling everything costs ten seconds; tests import a part of it, several at a time.
    later = ["--no-compile"] if kind == "dev" else []
    _run(
        str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes", *later,
        "--no-deps", "-r", str(ROOT / "requirements" / f"{kind}.lock"),
    )  # fmt: skip
    _put_package_on_path()
    _stamp(kind).write_text(_wanted(kind))


def _put_package_on_path() -> None:
    site = next((VENV / "lib").glob("python3.*/site-packages"))
    (site / "mingjian.pth").write_text(f"{ROOT / 'src'}\n")
    launcher = VENV / "bin" / "mingjian"
    launcher.write_text(LAUNCHER.format(python=PYTHON))
    launcher.chmod(0o755)


def _run(*command: str) -> None:
    # An editor's or a shell's own environment must not leak into this one.
    environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, env=environ, check=False)  # noqa: S603 - the commands above
    if done.returncode:
        sys.exit(done.returncode)


def _say(text: str) -> None:
    sys.stderr.write(f"· {text}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("runtime", "dev"):
        sys.exit("usage: venv.py runtime|dev")
    main(sys.argv[1])
