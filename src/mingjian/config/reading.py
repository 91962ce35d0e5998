"""From text to `Settings`, with the origin of every value and a refusal that names the line or the variable."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mingjian.config.errors import SYNTAX, UNKNOWN_NAME, UNREADABLE, WRONG_VALUE
from mingjian.config.settings import Settings, section_classes
from mingjian.kernel.config import Section
from mingjian.kernel.errors import MingjianError, Text

FILE_NAME: Final = "mingjian.toml"
PREFIX: Final = "MINGJIAN_"
# Read by the command line itself, before there are settings.
COMMAND_LINE_VARIABLES: Final = frozenset(
    {
        "MINGJIAN_DATA",
        "MINGJIAN_CONFIG",
        "MINGJIAN_LANGUAGE",
        "MINGJIAN_CAMERA_PASSWORD",
        "MINGJIAN_BACKUP_PASSPHRASE",
    }
)
FILE_LIMIT: Final = 1 << 20

_HEADER: Final = re.compile(r"^\s*\[\s*\"?([\w-]+)\"?\s*\]")
_KEY: Final = re.compile(r"^\s*\"?([\w-]+)\"?\s*=")

_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: `default`, `/path/mingjian.toml:12`, or the name of a variable."""

    text: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and the origin of each (section, key)."""

    settings: Settings
    origins: Mapping[tuple[str, str], Origin]
    file: Path | None = None
    """Where they are written, or would be."""


@dataclass(frozen=True, slots=True)
class _Given:
    value: Any
    origin: Origin


def load(data_dir: Path, file: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Read `file`, or `mingjian.toml` in `data_dir` when there is one, then lay the variables of `environ` over it.

    Raises MingjianError UNREADABLE, SYNTAX, UNKNOWN_NAME or WRONG_VALUE for the first thing that is wrong.
    """
    given = _from_file(data_dir, file) | _from_environment(environ)
    sections = {name: _section(name, cls, given) for name, cls in section_classes().items()}
    origins = {
        (section, key): given[section, key].origin if (section, key) in given else Origin("default")
        for section, cls in section_classes().items()
        for key in cls.model_fields
    }
    return Loaded(Settings.model_validate(sections), origins, file or data_dir / FILE_NAME)


def declared() -> Loaded:
    """The defaults, where nobody has written anything."""
    names = ((section, key) for section, cls in section_classes().items() for key in cls.model_fields)
    return Loaded(Settings(), dict.fromkeys(names, Origin("default")))


def _section(name: str, cls: type[Section], given: Mapping[_Name, _Given]) -> Section:
    values = {key: given[name, key].value for key in cls.model_fields if (name, key) in given}
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        key = str(detail["loc"][0])
        raise _wrong(given[name, key].origin, f"{name}.{key}", _expected(detail)) from error


def _from_file(data_dir: Path, file: Path | None) -> dict[_Name, _Given]:
    path = file or data_dir / FILE_NAME
    if file is None and not path.exists():
        return {}
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MingjianError(SYNTAX, path=path, reason=str(error)) from error
    given: dict[_Name, _Given] = {}
    for section, values in document.items():
        where = Origin(f"{path}:{_line(text, section)}")
        _require_known(where, section, section_classes())
        if not isinstance(values, dict):
            raise _wrong(where, section, Text(f"一节 [{section}]", f"a section [{section}]"))
        for key, value in values.items():
            origin = Origin(f"{path}:{_line(text, section, key)}")
            _require_known(origin, key, section_classes()[section].model_fields)
            given[section, key] = _Given(value, origin)
    return given


def _from_environment(environ: Mapping[str, str]) -> dict[_Name, _Given]:
    known = {_variable(name, key): (name, key) for name, cls in section_classes().items() for key in cls.model_fields}
    given: dict[_Name, _Given] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in COMMAND_LINE_VARIABLES:
            continue
        origin = Origin(variable)
        _require_known(origin, variable, [*known, *COMMAND_LINE_VARIABLES])
        section, key = known[variable]
        given[section, key] = _Given(_split(section, key, environ[variable]), origin)
    return given


def _split(section: str, key: str, value: str) -> Any:
    annotation = section_classes()[section].model_fields[key].annotation
    if get_origin(annotation) is tuple:
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _variable(section: str, key: str) -> str:
    return f"{PREFIX}{section}__{key}".upper()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as source:
            raw = source.read(FILE_LIMIT + 1)
        text = raw.decode()
    except OSError as error:
        reason = error.strerror or str(error)
        raise MingjianError(UNREADABLE, path=path, reason_zh=f"系统回答：{reason}。", reason_en=f"{reason}.") from error
    except UnicodeDecodeError as error:
        zh, en = "它不是 UTF-8 文本。", "It is not UTF-8 text."
        raise MingjianError(UNREADABLE, path=path, reason_zh=zh, reason_en=en) from error
    if len(raw) > FILE_LIMIT:
        zh, en = "它大于 1 MiB。", "It is larger than 1 MiB."
        raise MingjianError(UNREADABLE, path=path, reason_zh=zh, reason_en=en)
    return text


def _line(text: str, section: str, key: str | None = None) -> int:
    """The line of a section or of a key in it, counted from 1; tomllib does not tell."""
    inside = False
    best = 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            inside = header[1] == section
            best = number if inside else best
            if inside and key is None:
                return number
        found = _KEY.match(line)
        if found and ((inside and found[1] == key) or (key is None and found[1] == section)):
            return number
    return best


def _require_known(origin: Origin, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name in known:
        return
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5) or sorted(known)
    raise MingjianError(UNKNOWN_NAME, where=origin.text, name=name, nearest=" / ".join(nearest[:12]))


def _wrong(origin: Origin, name: str, expected: Text) -> MingjianError:
    return MingjianError(WRONG_VALUE, where=origin.text, name=name, expected_zh=expected.zh, expected_en=expected.en)


_EXPECTED: Final[Mapping[str, Text]] = {
    "int_type": Text("整数", "a whole number"),
    "int_parsing": Text("整数", "a whole number"),
    "int_from_float": Text("整数", "a whole number"),
    "float_type": Text("数字", "a number"),
    "float_parsing": Text("数字", "a number"),
    "bool_type": Text(" true 或 false", "true or false"),
    "bool_parsing": Text(" true 或 false", "true or false"),
    "string_type": Text("带引号的文字", "a text in quotes"),
    "tuple_type": Text('列表，如 ["a", "b"]', 'a list such as ["a", "b"]'),
    "path_type": Text("带引号的路径", "a path in quotes"),
    "literal_error": Text("以下之一：{expected}", "one of {expected}"),
    "greater_than": Text("大于 {gt} 的数", "a number above {gt}"),
    "greater_than_equal": Text("不小于 {ge} 的数", "at least {ge}"),
    "less_than": Text("小于 {lt} 的数", "a number below {lt}"),
    "less_than_equal": Text("不大于 {le} 的数", "at most {le}"),
    "ip_any_network": Text("网段，如 192.168.0.0/16", "a network such as 192.168.0.0/16"),
    "string_pattern_mismatch": Text("符合格式 {pattern} 的文字", "a text of the form {pattern}"),
    "string_too_short": Text("至少 {min_length} 个字符", "at least {min_length} characters"),
    "string_too_long": Text("至多 {max_length} 个字符", "at most {max_length} characters"),
    "too_short": Text("至少 {min_length} 项", "at least {min_length} items"),
}


def _expected(detail: ErrorDetails) -> Text:
    known = _EXPECTED.get(detail["type"])
    if known is None:
        return Text(f"另一种值（{detail['msg']}）", f"something else ({detail['msg']})")
    return known.format(**detail.get("ctx", {}))
