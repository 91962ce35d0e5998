# ruff: noqa: INP001 - scripts are run, not imported
"""Write the pages about errors, permissions and texts of law from what is declared, and check links.

`--check` writes nothing.

`docs/errors.md` lists all, `docs/errors/<code>.md` has one page each, and the API serves the same from
`src/mingjian/api/error_pages.json`, at the address that a problem's `type` names.
"""

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mingjian
from mingjian.alerts.model import Kind
from mingjian.api import permission_page
from mingjian.api.problems import STATUS
from mingjian.kernel.errors import Fault, Problem, Text
from mingjian.law.library import installed
from mingjian.law.table import markdown

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.guide import pages as help_pages  # noqa: E402 - a script's own folder is no package

LIST = ROOT / "docs" / "errors.md"
PAGES = ROOT / "docs" / "errors"
PERMISSIONS = ROOT / "docs" / "permissions.md"
LAW = ROOT / "docs" / "law" / "traceability.md"
HELP = ROOT / "web" / "src" / "features" / "help" / "pages.gen.json"
SERVED = ROOT / "src" / "mingjian" / "api" / "error_pages.json"
HEAD = """# 错误一览 · Every error

由 `make docs` 生成，请勿手改。Written by `make docs`; do not edit. A code never changes its meaning.
"""
_FAULTS: dict[Fault, Text] = {
    Fault.INPUT: Text("请求或设置有误", "the request or a setting"),
    Fault.UNAUTHENTICATED: Text("没有登录", "nobody is signed in"),
    Fault.FORBIDDEN: Text("没有权限", "it is not allowed"),
    Fault.MISSING: Text("对象不存在", "there is no such thing"),
    Fault.CONFLICT: Text("与当前状态冲突", "the state is another one"),
    Fault.LIMIT: Text("过多或过频", "too much or too often"),
    Fault.PEER: Text("摄像机或其他系统", "a camera or another system"),
    Fault.SELF: Text("平台自身", "the platform itself"),
}
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FIELD = re.compile(r"\{(\w+)\}")
_NOT_OURS = {".git", ".venv", "node_modules", ".run", "static"}


def problems() -> list[Problem]:
    """Every problem that any module declares, alerts included, by code. Exits when two have the same code."""
    found: dict[str, Problem] = {}
    for info in pkgutil.walk_packages(mingjian.__path__, "mingjian."):
        if ".versions." in info.name or info.name.endswith((".env", "__main__")):
            continue
        for value in vars(importlib.import_module(info.name)).values():
            problem = value.problem if isinstance(value, Kind) else value
            if isinstance(problem, Problem) and found.setdefault(problem.code, problem) is not problem:
                sys.exit(f"{info.name}: another problem is called {problem.code} too")
    return [found[code] for code in sorted(found)]


def listing(known: list[Problem]) -> str:
    parts = [HEAD]
    for problem in known:
        parts.append(f"## [`{problem.code}`](errors/{problem.code}.md)\n")
        for language in ("zh", "en"):
            what, why, advice = (getattr(text, language) for text in (problem.what, problem.why, problem.advice))
            parts.append(f"{what}{'' if language == 'zh' else ' '}{why}  \n**{advice}**\n")
    return "\n".join(parts)


def page(problem: Problem) -> str:
    """One problem. Words in angle brackets stand for what is filled in when it happens."""
    told = {name: _shown(getattr(problem, name)) for name in ("what", "why", "advice")}
    whose, status = _FAULTS[problem.fault], STATUS[problem.fault]
    return f"""# `{problem.code}`

由 `make docs` 生成，请勿手改。Written by `make docs`; do not edit. · [全部错误 All errors](../errors.md)

**发生了什么** {told["what"].zh}

**为什么** {told["why"].zh}

**怎么办** {told["advice"].zh}

责任方：{whose.zh} · HTTP {status}

---

**What happened** {told["what"].en}

**Why** {told["why"].en}

**What to do** {told["advice"].en}

Whose part it is: {whose.en} · HTTP {status}
"""


def _shown(text: Text) -> Text:
    return Text(_FIELD.sub(r"〈\1〉", text.zh), _FIELD.sub(r"〈\1〉", text.en))


def served(known: list[Problem]) -> str:
    """What the API needs for the same pages."""
    found = {
        problem.code: {
            "status": STATUS[problem.fault],
            **{
                language: [getattr(_shown(getattr(problem, name)), language) for name in ("what", "why", "advice")]
                for language in ("zh", "en")
            },
        }
        for problem in known
    }
    return json.dumps(found, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


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
    known = problems()
    declared = {
        LIST: listing(known),
        SERVED: served(known),
        HELP: help_pages(),
        PERMISSIONS: permission_page.page(),
        LAW: "\n".join(markdown(installed().packs.values())) + "\n",
    }
    wanted = declared | {PAGES / f"{problem.code}.md": page(problem) for problem in known}
    stale = set(PAGES.glob("*.md")) - wanted.keys()
    different = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if check and (different or stale):
        sys.exit(
            "docs/errors, docs/permissions.md, docs/law or the console's help is not what is declared. Type: make docs"
        )
    if not check:
        PAGES.mkdir(parents=True, exist_ok=True)
        for path in different:
            path.write_text(wanted[path])
        for path in stale:
            path.unlink()
    if broken := list(broken_links()):
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main(check="--check" in sys.argv[1:])
