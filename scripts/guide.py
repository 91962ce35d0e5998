# ruff: noqa: INP001 - scripts are run, not imported
"""The user guide as the console shows it: each page as a tree of tags and texts, so that no HTML is ever put together.

A node is a text, or `[tag, attributes, child, …]`. Links between pages lead to `/help/<name>`, links to pages about
errors to the server's; what lies outside of the guide loses its link, and pictures stay in the repository.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

Node = str | list[Any]
ROOT: Final = Path(__file__).resolve().parents[1]
GUIDE: Final = ROOT / "docs" / "guide"
FIRST: Final = "README"
_TAGS: Final = frozenset(
    [
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "code",
        "pre",
        "strong",
        "em",
        "blockquote",
        "hr",
        "br",
    ]
)


def pages() -> str:
    """Every page in the order of the list on the first one, in Chinese and, short, in English."""
    names = [FIRST, *_listed(), *sorted(path.stem for path in GUIDE.glob("*.md"))]
    found = [
        {"name": name, "zh": _page(GUIDE / f"{name}.md"), "en": _page(GUIDE / "en" / f"{name}.md")}
        for name in dict.fromkeys(names)
    ]
    return json.dumps(found, ensure_ascii=False, indent=0) + "\n"


def _listed() -> Iterator[str]:
    for token in _parsed(GUIDE / f"{FIRST}.md"):
        for child in token.children or []:
            target = str(child.attrGet("href") or "")
            if child.type == "link_open" and target.endswith(".md") and "/" not in target:
                yield target.removesuffix(".md")


def _parsed(path: Path) -> list[Token]:
    return MarkdownIt("commonmark", {"html": False}).enable("table").parse(path.read_text())


def _page(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    body = _tree(_parsed(path))
    return {"title": _text(body[0]), "body": body[1:]}


def _tree(tokens: list[Token]) -> list[Node]:
    open_: list[list[Node]] = [[]]
    for token in tokens:
        if token.type == "inline":
            open_[-1] += _tree(token.children or [])
        elif token.nesting == 1:
            open_.append([token.tag, _attributes(token)])
        elif token.nesting == -1:
            made = open_.pop()
            open_[-1] += made[2:] if _is_bare(made) else [made]
        else:
            open_[-1] += _leaf(token)
    return open_[0]


def _is_bare(made: list[Node]) -> bool:
    """What is shown without its tag: links that lead nowhere here, and tags that the console does not draw."""
    return made[0] not in _TAGS or (made[0] == "a" and not made[1])


def _attributes(token: Token) -> Any:
    target = str(token.attrGet("href") or "")
    name = target.removesuffix(".md")
    if target.startswith(("https://", "http://")):
        return {"href": target}
    if target.endswith(".md") and (GUIDE / target).exists() and "/" not in target:
        return {"href": f"/help/{name}"}
    if target.startswith("../errors/") and target.endswith(".md"):
        return {"href": f"/docs/errors/{name.rpartition('/')[2]}"}
    return {}


def _leaf(token: Token) -> list[Node]:
    match token.type:
        case "text":
            return [token.content]
        case "softbreak":
            return []
        case "code_inline":
            return [["code", {}, token.content]]
        case "fence" | "code_block":
            return [["pre", {}, token.content]]
        case "hardbreak" | "hr":
            return [[token.tag, {}]]
        case _:
            return []


def _text(node: Node) -> str:
    return node if isinstance(node, str) else "".join(_text(child) for child in node[2:])
