"""Tables as files: CSV in the encodings that offices use, and XLSX. Every dimension is bounded.

A file is read into texts; what they mean is said by `importing`. What is written can be read back.
"""

import csv
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Any, Final

from mingjian.kernel.errors import MingjianError
from mingjian.registry.errors import SHEET_UNREADABLE, TOO_MANY_ROWS

MOST_BYTES: Final = 16 << 20
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 40
MOST_LETTERS: Final = 1_000
XLSX_ROWS: Final = 50_000
_MOST_PARTS: Final = 200
_MOST_UNPACKED: Final = 96 << 20
_MOST_RATIO: Final = 200
_SMALL_PART: Final = 1 << 20
_CHUNK: Final = 1 << 20
_ZIP: Final = b"PK\x03\x04"
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# XML 1.0 section 2.8: a document type may define entities that grow without end; no office program writes one.
_DOCTYPE: Final = b"<!DOCTYPE"
_ENTITY: Final = b"<!ENTITY"
# Attributes of one element: a parser compares each with all others, and 60,000 of them cost twelve seconds.
_MOST_EQUALS: Final = 4_000
# What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_GUARD: Final = "'"


@dataclass(frozen=True, slots=True)
class Line:
    """One row; `number` is the one that a spreadsheet shows beside it."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first row that is not empty, and the others that are not."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]


def read(data: bytes) -> Sheet:
    """The table in a file. Raises MingjianError SHEET_UNREADABLE with what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise _unreadable(f"文件超过 {MOST_BYTES >> 20} MB。", f"The file is larger than {MOST_BYTES >> 20} MB.")
    lines = _lines(_xlsx(data) if data.startswith(_ZIP) else _csv(data))
    header = next(lines, None)
    if header is None:
        raise _unreadable("表格是空的。", "The table is empty.")
    return Sheet(header.cells, tuple(lines))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """UTF-8 with a mark, so that spreadsheets know it; texts that would be formulas are guarded by an apostrophe."""
    yield "\ufeff".encode()
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        if out.tell() > _CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def write_xlsx(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Every cell is a text: nothing in it is ever a formula. Raises MingjianError TOO_MANY_ROWS."""
    from openpyxl import Workbook  # noqa: PLC0415 - only who exports loads it
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    if len(rows) > XLSX_ROWS:
        raise MingjianError(TOO_MANY_ROWS, count=len(rows), limit=XLSX_ROWS)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("registry")
    for row in (header, *rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def guarded(cell: str) -> str:
    """The text so that no spreadsheet takes it for a formula; `read` takes the guard off again."""
    return f"{_GUARD}{cell}" if cell.startswith((*_FORMULA, _GUARD)) else cell


def _unguarded(cell: str) -> str:
    if cell.startswith(_GUARD) and cell[1:].startswith((*_FORMULA, _GUARD)):
        return cell[1:]
    return cell


def _lines(rows: Iterable[Sequence[Any]]) -> Iterator[Line]:
    found = 0
    for number, row in enumerate(rows, 1):
        if number > 2 * MOST_ROWS:  # with nothing between, but some number was written beside a row
            raise _unreadable(f"超过 {MOST_ROWS} 行。", f"There are more than {MOST_ROWS} rows.")
        cells = _without_empty_end([_text(cell, number) for cell in row])
        if not cells:
            continue
        found += 1
        if found > MOST_ROWS + 1:
            raise _unreadable(f"超过 {MOST_ROWS} 行。", f"There are more than {MOST_ROWS} rows.")
        if len(cells) > MOST_COLUMNS:
            raise _unreadable(
                f"第 {number} 行超过 {MOST_COLUMNS} 列。", f"Row {number} has over {MOST_COLUMNS} columns."
            )
        yield Line(number, cells)


def _without_empty_end(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _text(cell: Any, number: int) -> str:
    """What a person sees in a cell."""
    match cell:
        case None:
            return ""
        case bool():
            text = "TRUE" if cell else "FALSE"
        case float():
            # Codes and telephone numbers come as numbers from spreadsheets.
            text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case date():
            text = cell.isoformat()
        case _:
            text = str(cell)
    if len(text) > MOST_LETTERS:
        raise _unreadable(
            f"第 {number} 行有超过 {MOST_LETTERS} 个字符的单元格。",
            f"Row {number} has a cell of more than {MOST_LETTERS} characters.",
        )
    return _unguarded(text.strip())


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise _unreadable(f"不是有效的 CSV：{error}。", f"This is no valid CSV: {error}.") from error


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, else GB18030, which holds all of GBK and GB 2312."""
    if data.startswith(_BYTE_ORDER_MARKS):
        raise _unreadable("编码是 UTF-16。", "It is in UTF-16.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise _unreadable("既不是 UTF-8 也不是 GB18030 文本。", "It is text neither in UTF-8 nor in GB18030.")


def _xlsx(data: bytes) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - only who imports loads it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    # What the library raises for a file that is not as it should be: it has no class of its own for that.
    # SyntaxError is that of both XML parsers.
    broken = (
        zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, KeyError, IndexError, ValueError, TypeError,
        AttributeError, OverflowError, EOFError, NotImplementedError, RuntimeError, OSError,
    )  # fmt: skip
    try:
        _inspect(data)
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the file says how large it is; it may say anything
        # One column more than may be, so that it is seen; rows are counted by who reads them.
        yield from sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
    except broken as error:
        raise _unreadable("不是有效的 XLSX 文件。", "This is no valid XLSX file.") from error


def _inspect(data: bytes) -> None:
    """Refuse what grows when it is unpacked, and what defines entities, before anything reads it."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        greedy = any(part.file_size > max(_SMALL_PART, part.compress_size * _MOST_RATIO) for part in parts)
        if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED or greedy:
            raise _unreadable("解压后过大。", "It is too large when unpacked.")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:  # gives no more than the size that was added up above
                    _refuse_entities(lambda: stream.read(_CHUNK))


def _refuse_entities(read_more: Callable[[], bytes]) -> None:
    before = b""
    chunk = read_more()
    if chunk.startswith(_BYTE_ORDER_MARKS) or b"\0" in chunk[:64]:
        raise _unreadable("XML 不是 UTF-8。", "Its XML is not in UTF-8.")
    while chunk:
        seen = before + chunk
        if _DOCTYPE in seen or _ENTITY in seen:
            raise _unreadable("含有实体定义。", "It defines entities.")
        if any(piece.count(b"=") > _MOST_EQUALS for piece in chunk.split(b"<")):
            raise _unreadable("XML 元素的属性过多。", "An element of its XML has too many attributes.")
        before, chunk = chunk[-len(_DOCTYPE) :], read_more()


def _unreadable(zh: str, en: str) -> MingjianError:
    return MingjianError(SHEET_UNREADABLE, reason_zh=zh, reason_en=en)
