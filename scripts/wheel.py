# ruff: noqa: INP001 - scripts are run, not imported
"""Build `dist/mingjian-*.whl` with the built console in it: `python scripts/wheel.py [FOLDER]`.

It is built in a copy, so that nothing is left in the tree; dates are those of the last commit, so that the same sources
make the same file.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
_NEEDED = ("mingjian/api/static/index.html", "mingjian/api/error_pages.json", "mingjian/storage/migrations/env.py")


def main(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".sources")
        shutil.copytree(ROOT / "src", copy / "src", ignore=ignored)
        for one in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / one, copy / one)
        made = Path(name) / "made"
        _run(str(PYTHON), "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(made), str(copy))
        (wheel,) = made.glob("*.whl")
        _require_whole(wheel)
        return Path(shutil.move(wheel, folder / wheel.name))


def _require_whole(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    missing = [name for name in _NEEDED if name not in names]
    missing += [] if any(name.endswith("/outline.yaml") for name in names) else ["packs of law"]
    if missing:
        sys.exit(f"{wheel.name} lacks {', '.join(missing)}; type: make console")


def _run(*command: str) -> None:
    committed = subprocess.run(  # noqa: S603
        ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"],  # noqa: S607
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    environ = os.environ | {"SOURCE_DATE_EPOCH": committed or "1700000000"}
    done = subprocess.run(command, env=environ, check=False)  # noqa: S603 - the commands above
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / 'dist')}\n")
