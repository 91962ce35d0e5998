"""What the registry knows without a database: sounds, positions, divisions, codes, ranges of addresses, tables."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.identity.scopes import stem
from mingjian.kernel.errors import MingjianError
from mingjian.registry import sheets
from mingjian.registry.coordinates import Position, from_gcj02, position_in, to_gcj02
from mingjian.registry.credit_code import is_credit_code
from mingjian.registry.ranges import MOST, cameras
from mingjian.registry.sounds import searched, sorting, words
from mingjian.registry.territories import full_name, in_use, parent, territories, territory

T = TypeVar("T")


def tried(work: Callable[[], T]) -> tuple[str, T | None]:
    """The code of the refusal, or what came of it."""
    try:
        return "", work()
    except MingjianError as error:
        return error.code, None


# Sounds


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("校门口东侧", "校门"),
        ("校门口东侧", "xiaomenkou"),
        ("校门口东侧", "xmkdc"),
        ("校门口东侧", "XMK"),
        ("校门口东侧", "mkd"),
        ("重庆路", "chongqing"),
        ("西安路", "xian"),
        ("绿地广场", "lvdi"),
        ("３号ＮＶＲ", "3号nvr"),
        ("3号楼NVR-2", "3hlnvr-2"),
        ("Gate 7", "gate 7"),
    ],
)
def test_names_are_found(name: str, query: str) -> None:
    assert all(word in searched(name) for word in words(query))


def test_nothing_is_found_that_reaches_over_two_texts() -> None:
    assert "bc" not in searched("ab", ["cd"])
    assert words("  \t ") == ()
    assert len(words("a " * 100)) == 6
    assert sorted(["张", "李", "安", "阿"], key=sorting) == ["阿", "安", "李", "张"]


@given(st.text(max_size=60))
def test_every_name_is_found_by_itself(name: str) -> None:
    assert all(word in searched(name) for word in words(name))
    assert len(sorting(name)) <= 32


# Positions


def test_a_known_point_of_web_maps() -> None:
    found = position_in(116.39745, 39.90873, "gcj02")  # the flagpole at Tiananmen
    assert found.longitude == pytest.approx(116.39121, abs=5e-5)
    assert found.latitude == pytest.approx(39.90733, abs=5e-5)


@given(st.floats(73.0, 135.0), st.floats(3.0, 54.0))
def test_the_shift_is_taken_back(longitude: float, latitude: float) -> None:
    back = from_gcj02(to_gcj02(Position(longitude, latitude)))
    assert back.longitude == pytest.approx(longitude, abs=1e-6)
    assert back.latitude == pytest.approx(latitude, abs=1e-6)


def test_outside_of_china_nothing_is_shifted() -> None:
    assert position_in(2.2945, 48.8584, "gcj02") == Position(2.2945, 48.8584)
    for degrees in ((181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0), (0.0, float("inf"))):
        with pytest.raises(ValueError, match=r"position|longitude"):
            Position(*degrees)


# Divisions


def test_all_of_china_is_there() -> None:
    used = [one.code for one in in_use()]
    provinces = [code for code in used if code.endswith("0000")]
    prefectures = [code for code in used if code.endswith("00") and not code.endswith("0000")]
    assert len(provinces) == 34
    assert 330 <= len(prefectures) <= 345
    assert 2_800 <= len(used) - len(provinces) - len(prefectures) <= 2_950
    assert used == sorted(used)


def test_every_division_has_a_name_and_what_it_is_part_of() -> None:
    for code, one in territories().items():
        assert len(code) == 6
        assert code.isdecimal()
        assert one.zh
        assert one.en.isascii() or "、" in one.en
        above = parent(code)
        assert (above is None) == code.endswith("0000")
        assert above is None or (above in territories() or one.later is not None)
        assert one.stem == stem(code)  # a grant of it covers what the tree shows below it
        assert all(later in territories() for later in one.later or ())


@pytest.mark.parametrize(
    ("code", "zh", "en", "above"),
    [
        ("530581", "云南省腾冲市", "Tengchong, Yunnan", "530500"),
        ("530102", "云南省昆明市五华区", "Wuhua, Kunming", "530100"),
        ("500103", "重庆市渝中区", "Yuzhong, Chongqing", "500000"),
        ("110105", "北京市朝阳区", "Chaoyang, Beijing", "110000"),
        ("532901", "云南省大理市", "Dali City, Yunnan", "532900"),
        ("469029", "海南省保亭黎族苗族自治县", "Baoting, Hainan", "460000"),
        ("610100", "陕西省西安市", "Xi'an, Shaanxi", "610000"),
        ("150100", "内蒙古自治区呼和浩特市", "Hohhot, Inner Mongolia", "150000"),
        ("999999", "999999", "999999", None),
    ],
)
def test_names_of_divisions(code: str, zh: str, en: str, above: str | None) -> None:
    assert (full_name(code).zh, full_name(code).en, parent(code)) == (zh, en, above)


def test_a_code_that_is_no_longer_used_names_what_came_after() -> None:
    old = territory("110103")  # 崇文区, part of 东城区 since 2010
    assert old is not None
    assert (old.zh, old.later) == ("崇文区", ("110101",))
    assert old not in list(in_use())


# Codes


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("91350100M000100Y43", True),  # GB 32100-2015, annex A
        ("91350100M000100Y44", False),
        ("91350100M000100Y4", False),
        ("91350100M000100I43", False),
        ("", False),
    ],
)
def test_credit_codes(code: str, right: bool) -> None:
    assert is_credit_code(code) is right


# Ranges

PATTERN = "rtsp://{host}/1"


@pytest.mark.parametrize(
    ("said", "hosts"),
    [
        ("10.0.0.1", ["10.0.0.1"]),
        ("10.0.0.8-11", ["10.0.0.8", "10.0.0.9", "10.0.0.10", "10.0.0.11"]),
        ("10.0.0.254 - 10.0.1.1", ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
        ("10.0.0.1，cam-7.lan:8554\n10.0.0.1", ["10.0.0.1", "cam-7.lan:8554"]),
    ],
)
def test_ranges(said: str, hosts: list[str]) -> None:
    assert [one.address for one in cameras(said, PATTERN)] == [f"rtsp://{host}/1" for host in hosts]


def test_whole_addresses_and_small_streams() -> None:
    whole, hosted = cameras("rtsp://a/x 10.0.0.1", PATTERN, "rtsp://{host}/2")
    assert (whole.address, whole.sub_address) == ("rtsp://a/x", "")
    assert (hosted.address, hosted.sub_address) == ("rtsp://10.0.0.1/1", "rtsp://10.0.0.1/2")


@pytest.mark.parametrize(
    ("said", "pattern"),
    [
        ("", PATTERN),
        (" , ", PATTERN),
        ("10.0.0.9-1", PATTERN),
        ("10.0.0.1-999", PATTERN),
        ("10.0.0.0-10.0.9.0", PATTERN),
        ("10.0.0.0-255 10.0.1.0", PATTERN),
        ("a b/c", PATTERN),
        ("10.0.0.1", "rtsp://fixed/"),
    ],
)
def test_ranges_that_are_none(said: str, pattern: str) -> None:
    with pytest.raises(MingjianError, match=r"registry\.bulk_unreadable"):
        cameras(said, pattern)


@given(st.text(max_size=200))
def test_any_text_is_cameras_or_refused(said: str) -> None:
    code, found = tried(lambda: cameras(said, PATTERN))
    assert code == "registry.bulk_unreadable" if found is None else 0 < len(found) <= MOST


def test_a_password_in_an_address_is_not_told() -> None:
    with pytest.raises(MingjianError) as caught:
        cameras(" ".join(f"rtsp://u:hunter2@h/{number}" for number in range(MOST + 1)), PATTERN)
    assert "hunter2" not in str(caught.value)


# Tables

ROWS = [["名称", "代码"], ["第一中学", "530581"], ["", ""], ["Ａ“引号”,逗号", "1"]]
FOUND = (1, ("名称", "代码")), [(2, ("第一中学", "530581")), (4, ("Ａ“引号”,逗号", "1"))]


def xlsx(rows: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def text(encoding: str, delimiter: str = ",") -> bytes:
    lines = [delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in ROWS]
    return "\r\n".join(lines).encode(encoding)


@pytest.mark.parametrize(
    "data",
    [text("utf-8"), text("utf-8-sig"), text("gb18030"), text("gbk", "\t"), text("utf-8", ";"), xlsx(list(ROWS))],
    ids=["utf-8", "with a mark", "gb18030", "tabs", "semicolons", "xlsx"],
)
def test_tables_are_read(data: bytes) -> None:
    sheet = sheets.read(data)
    (number, header), lines = FOUND
    assert sheet.header == header
    assert number == 1
    assert [(line.number, line.cells) for line in sheet.lines] == lines


def test_numbers_of_spreadsheets_are_texts_again() -> None:
    sheet = sheets.read(xlsx([["code", "phone", "degrees", "yes"], [530581, 13800000000.0, 98.4912, True]]))
    assert sheet.lines[0].cells == ("530581", "13800000000", "98.4912", "TRUE")


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(200 << 20))
    return out.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx([["a"], ["b"]]))) as old, zipfile.ZipFile(out, "w") as archive:
        for part in old.infolist():
            archive.writestr(part.filename, content if part.filename == name else old.read(part))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData></worksheet>'
)
BAD = {
    "nothing": b"",
    "spaces": b" \r\n ,, \r\n",
    "bytes": bytes(range(256)) * 4,
    "utf-16": "名称,代码".encode("utf-16"),
    "a zip": b"PK\x03\x04" + bytes(100),
    "half": xlsx(list(ROWS))[:-400],
    "a bomb": bomb(),
    "entities": with_part(SHEET, ENTITIES),
    "utf-16 xml": with_part(SHEET, "<worksheet/>".encode("utf-16")),
    "no xml": with_part(SHEET, b"<worksheet"),
    "a row far away": with_part(SHEET, FAR),
    "an open quote": b'a,"b\n',
    "a long cell": b"a\n" + b"x" * 1_001,
    "many columns": ("a\n" + "1," * 41 + "1").encode(),
    "many rows": b"a\n" + b"1\n" * 50_001,
    "too large": bytes((16 << 20) + 1),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_tables_that_are_refused(data: bytes) -> None:
    with pytest.raises(MingjianError) as caught:
        sheets.read(data)
    assert caught.value.code == "registry.sheet_unreadable"
    assert caught.value.values["reason_zh"]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    assert tried(lambda: sheets.read(data))[0] in {"", "registry.sheet_unreadable"}


cell = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=20)


@given(st.lists(st.lists(cell, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_is_written_is_read_and_never_a_formula(rows: list[list[str]]) -> None:
    data = b"".join(sheets.write_csv(["a", "b"], rows))
    wanted = [[one.strip() for one in row] for row in rows if any(one.strip() for one in row)]
    assert [[*line.cells, ""][:2] for line in sheets.read(data).lines] == wanted
    for row in rows:
        assert all(sheets.guarded(one)[:1] not in {"=", "+", "-", "@"} for one in row)


def test_spreadsheets_hold_texts_alone() -> None:
    data = sheets.write_xlsx(["a"], [["=1+1"], ["@x"], ["530581"], ["a\0b"]])
    cells = [row[0] for row in openpyxl.load_workbook(BytesIO(data)).active.iter_rows(min_row=2)]
    assert [(one.data_type, one.value) for one in cells] == [("s", "=1+1"), ("s", "@x"), ("s", "530581"), ("s", "ab")]
