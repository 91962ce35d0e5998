"""The files of a pack as tables that know their lines, so that whatever is wrong is refused with file, line and reason.

YAML without tags, anchors' merges or implicit types beyond truth values and whole numbers; every key once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import yaml

from mingjian.kernel.errors import Text
from mingjian.law.errors import PackError

FILE_LIMIT: Final = 1 << 20
"""Bytes of one file."""
DEPTH_LIMIT: Final = 12

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"-?\d{1,12}")
_QUOTES: Final = frozenset("'\"|>")
_TRUTH: Final = {"true": True, "false": False}

Scalar = str | int | bool | None
Item = "Scalar | Table | list[Item]"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the line that it begins on."""

    value: "Scalar | Table | list[Entry]"
    line: int


@dataclass(slots=True)
class Table:
    """A mapping of one file. Each `take_*` removes its key; `end` refuses what nobody took."""

    file: str
    line: int
    entries: dict[str, Entry]

    def error(self, reason: str, line: int | None = None) -> PackError:
        return PackError(self.file, self.line if line is None else line, reason)

    def take(self, key: str) -> Entry | None:
        return self.entries.pop(key, None)

    def need(self, key: str) -> Entry:
        found = self.take(key)
        if found is None:
            raise self.error(f"{key} is missing")
        return found

    def line_of(self, key: str) -> int:
        return self.entries[key].line if key in self.entries else self.line

    def take_text(self, key: str) -> str:
        found = self.take_optional_text(key)
        if found is None:
            raise self.error(f"{key} is missing")
        return found

    def take_optional_text(self, key: str) -> str | None:
        found = self.take(key)
        if found is None or found.value is None:
            return None
        if isinstance(found.value, bool | Table | list):
            raise self.error(f"{key} is to be a text", found.line)
        return str(found.value)

    def take_both(self, zh: str, en: str) -> Text | None:
        """A sentence in both languages, or neither."""
        line = self.line_of(zh)
        texts = self.take_optional_text(zh), self.take_optional_text(en)
        if texts == (None, None):
            return None
        if None in texts:
            raise self.error(f"{zh} and {en} belong together", line)
        return Text(str(texts[0]), str(texts[1]))

    def take_day(self, key: str) -> date | None:
        line = self.line_of(key)
        text = self.take_optional_text(key)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.error(f"{key}: {text!r} is no day of the calendar; write YYYY-MM-DD", line) from None

    def take_flag(self, key: str, default: bool) -> bool:
        found = self.take(key)
        if found is None:
            return default
        if not isinstance(found.value, bool):
            raise self.error(f"{key} is true or false", found.line)
        return found.value

    def take_list(self, key: str) -> list[Entry]:
        """A list; anything else stands for a list of one; absent is empty."""
        found = self.take(key)
        if found is None or found.value is None:
            return []
        return found.value if isinstance(found.value, list) else [found]

    def take_words(self, key: str) -> list[str]:
        words = []
        for entry in self.take_list(key):
            if not isinstance(entry.value, str | int) or isinstance(entry.value, bool):
                raise self.error(f"{key} is to be a list of words", entry.line)
            words.append(str(entry.value))
        return words

    def take_table(self, key: str) -> "Table | None":
        found = self.take(key)
        if found is None:
            return None
        if not isinstance(found.value, Table):
            raise self.error(f"{key} is to be a table", found.line)
        return found.value

    def take_tables(self, key: str) -> "Iterator[Table]":
        for entry in self.take_list(key):
            if not isinstance(entry.value, Table):
                raise self.error(f"{key} is to be a list of tables", entry.line)
            yield entry.value

    def end(self) -> None:
        """Refuse what is left: a key that nobody knows is a mistake, never a remark."""
        for key, entry in self.entries.items():
            raise self.error(f"{key} is not known here", entry.line)


def parse(file: str, content: bytes) -> Entry:
    """One file. Raises PackError with the line of what is wrong."""
    if len(content) > FILE_LIMIT:
        raise PackError(file, 0, f"longer than {FILE_LIMIT} bytes")
    try:
        node = yaml.compose(content.decode(), Loader=_LOADER)
    except UnicodeDecodeError:
        raise PackError(file, 0, "no UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PackError(file, mark.line + 1 if mark else 0, str(getattr(error, "problem", None) or error)) from None
    return _entry(file, node, 0) if node is not None else Entry(None, 1)


def parse_table(file: str, content: bytes) -> Table:
    """A file that is one mapping."""
    root = parse(file, content)
    if root.value is None:
        return Table(file, 1, {})
    if not isinstance(root.value, Table):
        raise PackError(file, root.line, "is to be a table")
    return root.value


def parse_list(file: str, content: bytes) -> list[Table]:
    """A file that is a list of mappings."""
    root = parse(file, content)
    if root.value is None:
        return []
    if not isinstance(root.value, list):
        raise PackError(file, root.line, "is to be a list")
    tables = []
    for entry in root.value:
        if not isinstance(entry.value, Table):
            raise PackError(file, entry.line, "is to be a table")
        tables.append(entry.value)
    return tables


def _entry(file: str, node: yaml.Node, depth: int) -> Entry:
    line = node.start_mark.line + 1
    if depth > DEPTH_LIMIT:
        raise PackError(file, line, "nested too deeply")
    if isinstance(node, yaml.MappingNode):
        return Entry(_table(file, node, depth), line)
    if isinstance(node, yaml.SequenceNode):
        return Entry([_entry(file, child, depth + 1) for child in node.value], line)
    assert isinstance(node, yaml.ScalarNode)  # the third kind of node
    return Entry(_scalar(node), line)


def _table(file: str, node: yaml.MappingNode, depth: int) -> Table:
    entries: dict[str, Entry] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise PackError(file, line, "a key is to be a word")
        if key_node.value in entries:
            raise PackError(file, line, f"{key_node.value} stands here twice")
        entries[key_node.value] = _entry(file, value_node, depth + 1)
    return Table(file, node.start_mark.line + 1, entries)


def _scalar(node: yaml.ScalarNode) -> Scalar:
    text = node.value
    if node.style in _QUOTES:
        return str(text)
    if text in ("null", "~", ""):
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    return int(text) if _INTEGER.fullmatch(text) else str(text)
