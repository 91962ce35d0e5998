"""The answers of a set-up without a browser, read from TOML: everything that is wrong at once, each with its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mingjian.identity import flow
from mingjian.identity.model import DEFAULT_LANGUAGE, ROLE_BY_CODE, Language, NewPerson
from mingjian.kernel.errors import Fault, MingjianError, Problem, Text
from mingjian.registry.territories import territory

FILE_LIMIT: Final = 1 << 20

ANSWERS_UNREADABLE: Final = Problem(
    "setup.answers_unreadable",
    Fault.INPUT,
    Text("无法读取答案文件 {path}。", "The file of answers {path} cannot be read."),
    Text("{reason}。", "{reason}."),
    Text(
        "请检查路径、权限和 TOML 格式（UTF-8，不超过 1 MiB）。",
        "Check the path, its rights and the form: TOML in UTF-8, at most 1 MiB.",
    ),
)
ANSWERS_WRONG: Final = Problem(
    "setup.answers_wrong",
    Fault.INPUT,
    Text("答案文件 {path} 有 {count} 处需要修改。", "{count} places of the answers in {path} need a change."),
    Text("{places}。", "{places}."),
    Text("没有做任何更改；请逐处修改后重试。", "Nothing was done; correct each place and try again."),
)

_ARRAY: Final = re.compile(r"^\s*\[\[\s*([\w-]+)\s*\]\]")
_TABLE: Final = re.compile(r"^\s*\[\s*([\w-]+)\s*\]")
_KEY: Final = re.compile(r"^\s*\"?([\w-]+)\"?\s*=")
_Text = Field(min_length=1, max_length=200)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteAnswers(_Part):
    """Whose installation and where; how many cameras of which bit rate are planned."""

    organisation: str = Field(min_length=1, max_length=64)
    kind: Literal["government", "police", "institution", "enterprise", "community", "other"] = "other"
    region_code: str = Field(pattern="^[0-9]{6,12}$")
    cameras: int = Field(default=0, ge=0, le=100_000)
    kbit_s: int = Field(default=0, ge=0, le=200_000)


class PersonAnswers(_Part):
    """Somebody who is there from the beginning; everybody gets a link to set the own password."""

    role: str = _Text
    login_name: str = _Text
    display_name: str = _Text
    number: str = ""

    def to_model(self, language: Language) -> NewPerson:
        return NewPerson(self.login_name, self.display_name, ROLE_BY_CODE[self.role], self.number, language)


class CameraAnswers(_Part):
    """A first camera. Its password is in a file of its own, readable by its owner: no answer holds a secret."""

    name: str = _Text
    address: str = Field(min_length=1, max_length=1_000)
    user_name: str = ""
    password_file: str = ""
    place: str = _Text
    place_address: str = ""
    spot: str = _Text


class Answers(_Part):
    """All answers."""

    language: Language = DEFAULT_LANGUAGE
    site: SiteAnswers
    people: list[PersonAnswers] = Field(min_length=3, max_length=100)
    cameras: list[CameraAnswers] = Field(default=[], max_length=1_000)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something wrong at a line."""

    line: int
    what: Text


def read(path: Path) -> Answers:
    """The answers of a file. Raises MingjianError ANSWERS_UNREADABLE or ANSWERS_WRONG, which names every line."""
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MingjianError(ANSWERS_UNREADABLE, path=path, reason=str(error)) from error
    lines = _lines(text)
    try:
        answers = Answers.model_validate(document)
    except ValidationError as error:
        found = [Wrong(_line(lines, one["loc"]), _words(one)) for one in error.errors(include_url=False)]
        raise _refusal(path, found) from error
    if wrong := [*_wrong_people(answers, lines), *_wrong_site(answers, lines)]:
        raise _refusal(path, wrong)
    return answers


def _refusal(path: Path, wrong: list[Wrong]) -> MingjianError:
    wrong.sort(key=lambda one: one.line)
    places = "; ".join(f"{path.name}:{one.line}: {one.what.zh} / {one.what.en}" for one in wrong)
    return MingjianError(ANSWERS_WRONG, path=path, count=len(wrong), places=places)


def _wrong_people(answers: Answers, lines: Mapping[tuple[Any, ...], int]) -> Iterator[Wrong]:
    people: list[NewPerson] = []
    for index, one in enumerate(answers.people):
        if one.role not in ROLE_BY_CODE:
            known = ", ".join(ROLE_BY_CODE)
            text = Text(f"没有角色 {one.role}，可用：{known}", f"there is no role {one.role}; known: {known}")
            yield Wrong(_line(lines, ("people", index, "role")), text)
            continue
        try:
            people.append(flow.new_person(one.to_model(answers.language)))
        except MingjianError as refusal:
            key = _FIELD_OF.get(refusal.code, "login_name")
            yield Wrong(_line(lines, ("people", index, key)), _short(refusal))
    names = [one.login_name for one in people]
    for index, name in enumerate(names):
        if names.index(name) != index:
            text = Text(f"登录名 {name} 重复", f"the login name {name} appears twice")
            yield Wrong(_line(lines, ("people", index, "login_name")), text)
    if len(people) == len(answers.people):
        try:
            flow.first_seats(people)
        except MingjianError as refusal:
            yield Wrong(_line(lines, ("people", 0)), _short(refusal))


def _wrong_site(answers: Answers, lines: Mapping[tuple[Any, ...], int]) -> Iterator[Wrong]:
    code = answers.site.region_code
    if territory(code) is None:
        text = Text(f"没有行政区划代码 {code}", f"there is no administrative division {code}")
        yield Wrong(_line(lines, ("site", "region_code")), text)
    for index, one in enumerate(answers.cameras):
        if one.password_file and not Path(one.password_file).is_file():
            text = Text(f"没有文件 {one.password_file}", f"there is no file {one.password_file}")
            yield Wrong(_line(lines, ("cameras", index, "password_file")), text)
        if "@" in one.address:
            text = Text("地址中不能有用户名和密码", "an address holds no user name and no password")
            yield Wrong(_line(lines, ("cameras", index, "address")), text)


_FIELD_OF: Final = {
    "identity.display_name_unfit": "display_name",
    "identity.number_unfit": "number",
    "identity.role_not_for_people": "role",
}


def _short(refusal: MingjianError) -> Text:
    return Text(f"{refusal.what.zh}{refusal.why.zh}", f"{refusal.what.en} {refusal.why.en}")


def _words(detail: Mapping[str, Any]) -> Text:
    name = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return Text(f"缺少 {name}", f"{name} is missing")
    if detail["type"] == "extra_forbidden":
        return Text(f"没有名为 {name} 的项", f"there is nothing named {name}")
    return Text(f"{name} 的值不正确（{detail['msg']}）", f"the value of {name} is not right ({detail['msg']})")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as source:
            raw = source.read(FILE_LIMIT + 1)
        text = raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise MingjianError(
            ANSWERS_UNREADABLE, path=path, reason=getattr(error, "strerror", None) or str(error)
        ) from error
    if len(raw) > FILE_LIMIT:
        raise MingjianError(ANSWERS_UNREADABLE, path=path, reason="> 1 MiB")
    return text


def _lines(text: str) -> dict[tuple[Any, ...], int]:
    """Where each table, each element of an array of tables, and each key in them stands; lines count from 1."""
    found: dict[tuple[Any, ...], int] = {}
    counts: dict[str, int] = {}
    where: tuple[Any, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _ARRAY.match(line):
            index = counts.get(header[1], -1) + 1
            counts[header[1]] = index
            where = (header[1], index)
            found.setdefault((header[1],), number)
            found[where] = number
        elif header := _TABLE.match(line):
            where = (header[1],)
            found[where] = number
        elif key := _KEY.match(line):
            found[(*where, key[1])] = number
    return found


def _line(lines: Mapping[tuple[Any, ...], int], location: tuple[Any, ...]) -> int:
    """The line of what is nearest above: a missing key is shown where its table begins."""
    for length in range(len(location), 0, -1):
        if (line := lines.get(tuple(location[:length]))) is not None:
            return line
    return 1
