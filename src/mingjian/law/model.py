"""What is asked of the law and what it answers. Frozen, and free of any table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum
from typing import Final, Literal

from mingjian.kernel.errors import Text

Fact = str | int | bool | date | tuple[str, ...] | None
Value = str | int | bool | date | list["Value"] | dict[str, "Value"] | None
"""What an answer holds under one key."""

Scope = Literal["instrument_only", "all_in_force"]
Tri = bool | Literal["review"]


class Act(Enum):
    """What somebody is about to do that a text may rule on; the words are those of GLOSSARY.md."""

    VIEW = "view"  # 查阅
    COPY = "copy"  # 复制
    RETRIEVE = "retrieve"  # 调取
    DIRECT_ACCESS = "direct_access"  # 接入、直接使用
    INSTALL = "install"  # 安装
    CONNECT = "connect"  # 接入互联网等网络
    DELETE = "delete"  # 删除


class Outcome(Enum):
    """How the law answers. `SILENT` and `NO_PACK` are not permission: the caller's own rules still decide."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    REVIEW = "review"  # a person decides: the text leaves it open, for example in a list that ends in 等
    SILENT = "silent"  # texts are installed and say nothing on this
    NO_PACK = "no_pack"  # no text is installed for this place and day


class Rank(IntEnum):
    """位阶: a lower instrument cannot relax a higher one. Larger numbers rank higher."""

    NORMATIVE_DOCUMENT = 10  # 规范性文件
    MUNICIPAL_RULE = 20  # 设区的市政府规章
    PROVINCIAL_RULE = 30  # 省级政府规章
    LOCAL_REGULATION = 40  # 地方性法规
    ADMINISTRATIVE_REGULATION = 50  # 行政法规
    LAW = 60  # 法律


_CITED: Final = re.compile(r"(?P<article>\d{1,3})(?: p(?P<paragraph>\d{1,2}))?(?:\((?P<item>\d{1,2})\))?")
_DIGITS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """Where a text says it: article, paragraph (款) and item (项) by number; None where there is none."""

    instrument: str
    article: int
    paragraph: int | None = None
    item: int | None = None

    @classmethod
    def parse(cls, instrument: str, text: str) -> "Citation":
        """From `22`, `20 p1`, `22(6)` or `8 p1(2)`. Raises ValueError."""
        found = _CITED.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no citation; write 22, 20 p1, 22(6) or 8 p1(2)")
        article, paragraph, item = (int(part) if part else None for part in found.group("article", "paragraph", "item"))
        assert article is not None  # the pattern has it always
        return cls(instrument, article, paragraph, item)

    @property
    def where(self) -> str:
        """The short form that `parse` reads."""
        paragraph = f" p{self.paragraph}" if self.paragraph else ""
        return f"{self.article}{paragraph}{f'({self.item})' if self.item else ''}"

    @property
    def zh(self) -> str:
        """第二十二条第六项, without the instrument."""
        paragraph = f"第{chinese(self.paragraph)}款" if self.paragraph else ""
        item = f"第{chinese(self.item)}项" if self.item else ""
        return f"第{chinese(self.article)}条{paragraph}{item}"

    @property
    def en(self) -> str:
        """Article 22 paragraph 1 item 6, without the instrument."""
        paragraph = f" paragraph {self.paragraph}" if self.paragraph else ""
        return f"article {self.article}{paragraph}{f' item {self.item}' if self.item else ''}"


def chinese(number: int) -> str:
    """1 to 99 (articles go no further) in Chinese numerals; other numbers as digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return lead + (_DIGITS[ones] if ones else "")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one act.

    `on` is the calendar day in Asia/Shanghai; `region_code` the GB/T 2260 code of the place; `values` anything else
    that a rule asks for, by the names of the question language.
    """

    on: date
    region_code: str | None = None
    values: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the question language: what `topic` says on `on` in the division `region_code`.

    `scope` `instrument_only` asks the texts made for exactly this division, `all_in_force` every text in force there.
    """

    region_code: str
    on: date
    topic: str
    facts: Mapping[str, Fact]
    scope: Scope = "all_in_force"


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of an explanation, with the place that says so; `None` where it rests on silence."""

    citation: Citation | None
    text: Text


@dataclass(frozen=True, slots=True)
class Answer:
    """What the texts say: values by the keys of the question language, and why."""

    values: Mapping[str, Value]
    citations: tuple[Citation, ...] = ()
    reasons: tuple[Reason, ...] = ()
    packs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to `may`, with the places that it rests on; `packs` are the digests of the texts it was made under."""

    outcome: Outcome
    citations: tuple[Citation, ...] = ()
    packs: tuple[str, ...] = ()
    explanation: Text = field(default_factory=lambda: Text("", ""))
    values: Mapping[str, Value] = field(default_factory=dict)
