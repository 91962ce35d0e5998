"""What the command line says: results on standard output, problems on standard error in both languages."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from mingjian.kernel.errors import MingjianError

LANGUAGES: Final = ("zh", "en")
# Of the whole process, not of a context: the supervisor speaks from threads of its own.
_first: Final = {"language": "zh"}


def choose_language(option: str | None, environ: Mapping[str, str]) -> None:
    """Which language comes first: the option, else the locale when it is English, else Chinese."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    _first["language"] = option or ("en" if locale.startswith("en") else "zh")


def say(zh: str, en: str) -> str:
    """The sentence in the language that comes first."""
    return en if _first["language"] == "en" else zh


def print_problem(error: MingjianError) -> None:
    """What, why and what to do: one line in each language."""
    zh = f"错误 {error.code}：{error.what.zh}{error.why.zh}{error.advice.zh}"
    en = f"Error {error.code}: {error.what.en} {error.why.en} {error.advice.en}"
    for line in (en, zh) if _first["language"] == "en" else (zh, en):
        sys.stderr.write(" ".join(line.split()) + "\n")


def print_json(value: Any) -> None:
    """One JSON document, as it is, for other programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_text(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows for a person; on a pipe it is plain and not cut to a width."""
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False)
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console.print(table)
