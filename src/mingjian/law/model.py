"""What is asked of the law and what it answers. Frozen, and free of any table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

Fact = str | int | bool | date | None


class Act(Enum):
    """What somebody is about to do that a text may rule on; the words are those of GLOSSARY.md."""

    VIEW = "view"  # 查阅
    COPY = "copy"  # 复制
    RETRIEVE = "retrieve"  # 调取
    DIRECT_ACCESS = "direct_access"  # 接入、直接使用
    INSTALL = "install"  # 安装
    DELETE = "delete"  # 删除


class Outcome(Enum):
    """How the law answers. `SILENT` and `NO_PACK` are not permission: the caller's own rules still decide."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    REVIEW = "review"  # a person decides: the text leaves it open, for example in a list that ends in 等
    SILENT = "silent"  # texts are installed and say nothing on this
    NO_PACK = "no_pack"  # no text is installed for this place and day


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
class Citation:
    """Where a text says it: the instrument's short name and its article, for example 第二十一条."""

    instrument: str
    article: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer with the places that it rests on; `packs` are the digests of the texts it was made under."""

    outcome: Outcome
    citations: tuple[Citation, ...] = ()
    packs: tuple[str, ...] = ()
