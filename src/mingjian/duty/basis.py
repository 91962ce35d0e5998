"""Which places of the installed texts ask for what is done on duty. Pure.

No text says how a shift is handed over: each asks the unit to have rules for watching (值班监看制度), and this is what
the rules of the installation rest on. What a text does not ask for is not cited.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from mingjian.kernel.errors import Text
from mingjian.law.library import Library, installed
from mingjian.law.model import Citation

WATCH: Final = "watch"
CHECK: Final = "check"
ENTRY: Final = "entry"
REPORT: Final = "report"
STAFF: Final = "staff"
INSIDE: Final = "inside"

TOPICS: Final[Mapping[str, Text]] = {
    WATCH: Text("值班监看制度", "rules for watching"),
    CHECK: Text("检查系统，故障及时修复", "checking the system and prompt repair"),
    ENTRY: Text("无关人员不得进入监看场所", "nobody unrelated in the watch room"),
    REPORT: Text("可疑情况及时报告公安机关", "prompt report of what is suspicious"),
    STAFF: Text("监看人员的管理", "managing watch staff"),
    INSIDE: Text("以授权和访问控制规范内部人员", "authorisation and access control inside"),
}
ARTICLES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    WATCH: {
        "NAT": ("15 p1",),
        "YN": ("22(1)",),
        "TC": ("24(1)",),
        "CQ": ("20 p1(1)",),
        "GD": ("17(1)",),
        "NC": ("17(1)",),
    },
    CHECK: {
        "NAT": ("15 p1",),
        "YN": ("22(2)",),
        "TC": ("24(2)",),
        "CQ": ("20 p1(5)", "20 p1(6)"),
        "GD": ("17(1)",),
        "NC": ("17(3)",),
    },
    ENTRY: {"CQ": ("20 p1(8)",), "GD": ("17(3)",)},
    REPORT: {"YN": ("22(7)",), "TC": ("24(7)",), "CQ": ("20 p1(9)",), "GD": ("18(4)",), "NC": ("17(5)",)},
    STAFF: {
        "NAT": ("16 p2(1)",),
        "YN": ("22(3)",),
        "TC": ("24(3)",),
        "CQ": ("20 p1(2)", "20 p1(3)"),
        "GD": ("17(2)", "18(2)"),
        "NC": ("17(2)",),
    },
    INSIDE: {"NAT": ("16 p2(2)",)},
}
"""By topic and text. A test holds that each is a row of its pack."""


def articles(topic: str, region_code: str, on: date, library: Library | None = None) -> tuple[Citation, ...]:
    """The places of the texts in force there on that day, highest rank first; none where all are silent."""
    said = ARTICLES.get(topic, {})
    packs = (library or installed()).applicable(region_code or "000000", on)
    codes = [pack.instrument.code for pack in packs]
    return tuple(Citation.parse(code, where) for code in codes for where in said.get(code, ()))


def in_words(citations: tuple[Citation, ...], library: Library | None = None) -> Text:
    """`《云南规定》第二十二条第一项；…`; a dash where there is none."""
    books = library or installed()
    names = {code: pack.instrument.short for code, pack in books.packs.items()}
    zh = "；".join(f"《{names[one.instrument].zh}》{one.zh}" for one in citations)
    en = "; ".join(f"{names[one.instrument].en}, {one.en}" for one in citations)
    return Text(zh or "—", en or "—")
