# ruff: noqa: INP001 - scripts are run, not imported
"""Write `docs/errors.md` from the declared problems and check links between pages; `--check` writes nothing."""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mingjian
from mingjian.kernel.errors import Problem

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "errors.md"
HEAD = """# 错误一览 · Every error

由 `make docs` 生成，请勿手改。Written by `make docs`; do not edit. A code never changes its meaning.
"""
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NOT_OURS = {".git", ".venv", "node_modules", ".run", "static"}


def problems() -> list[Problem]:
    """Every problem that any module declares, by code. Exits when two have the same code."""
    found: dict[str, Problem] = {}
    for info in pkgutil.walk_packages(mingjian.__path__, "mingjian."):
        if ".versions." in info.name or info.name.endswith((".env", "__main__")):
            continue
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Problem) and found.setdefault(value.code, value) is not value:
                sys.exit(f"{info.name}: another problem is called {value.code} too")
    return [found[code] for code in sorted(found)]


def page() -> str:
    parts = [HEAD]
    for problem in problems():
        parts.append(f"## `{problem.code}`\n")
        for language in ("zh", "en"):
            what, why, advice = (getattr(text, language) for text in (problem.what, problem.why, problem.advice))
            parts.append(f"{what}{'' if language == 'zh' else ' '}{why}  \n**{advice}**\n")
    return "\n".join(parts)


def broken_links() -> Iterator[str]:
    for document in sorted(ROOT.rglob("*.md")):
        if _NOT_OURS & set(document.relative_to(ROOT).parts):
            continue
        for link in _LINK.findall(document.read_text()):
            target = link.partition("#")[0]
            elsewhere = not target or "://" in target or target.startswith("mailto:")
            if not elsewhere and not (document.parent / target).exists():
                yield f"{document.relative_to(ROOT)}: no such page: {link}"


def main(*, check: bool) -> None:
    text = page()
    if check and (not PAGE.exists() or PAGE.read_text() != text):
        sys.exit("docs/errors.md is not what the program declares. Type: make docs")
    if not check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text)
    if broken := list(broken_links()):
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main(check="--check" in sys.argv[1:])
