"""Threat row 22: bombs and outside entities at every place where XML comes in, with bounds on time and memory.

ONVIF: answers over HTTP, answers to discovery, faults. Spreadsheets: every part of an XLSX file that a library reads.
"""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from tests.memory import grows_by_less_than

from mingjian.kernel.errors import MingjianError
from mingjian.onvif.messages import device, discovery, events, media, soap
from mingjian.onvif.messages.xml import parse
from mingjian.registry import sheets

SECRET: Final = "root-secret-of-this-machine"
CPU_S: Final = 3.0
MEMORY: Final = 256 << 20


def laughs(levels: int = 30) -> str:
    lines = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{lines}]><a>&l{levels - 1};</a>'


def payloads(folder: Path) -> dict[str, bytes]:
    """What attackers send."""
    secret = folder / "secret"
    secret.write_text(SECRET)
    dtd = folder / "evil.dtd"
    dtd.write_text(f'<!ENTITY x SYSTEM "file://{secret}">')
    texts = {
        "laughs": laughs(),
        "quadratic": f'<!DOCTYPE a [<!ENTITY b "{"x" * 50_000}">]><a>{"&b;" * 50_000}</a>',
        "file": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>',
        "web": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://169.254.169.254/latest/">]><a>&x;</a>',
        "parameter": f'<!DOCTYPE a [<!ENTITY % d SYSTEM "file://{dtd}">%d;]><a>&x;</a>',
        "outside": f'<!DOCTYPE a SYSTEM "file://{dtd}"><a>&x;</a>',
        "include": f'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file://{secret}" parse="text"/></a>',
        "deep": "<a>" * 200_000 + "</a>" * 200_000,
        "wide": "<a " + " ".join(f'b{number}="1"' for number in range(60_000)) + "/>",
        "names": "<a>" + "".join(f"<n{number}/>" for number in range(60_000)) + "</a>",
    }
    told = {name: text.encode() for name, text in texts.items()}
    told["utf-16"] = laughs(12).encode("utf-16")
    told["late"] = b" " * 4_000 + laughs(12).encode()
    told["mixed case"] = laughs(12).replace("<!DOCTYPE", "<!DocType").encode()
    return told


NAMES: Final = (
    "laughs", "quadratic", "file", "web", "parameter", "outside", "include", "deep", "wide", "names", "utf-16", "late",
    "mixed case",
)  # fmt: skip


@contextmanager
def bounded() -> Iterator[None]:
    """No more than CPU_S of this process, and its memory grows by no more than MEMORY."""
    began = time.process_time()
    with grows_by_less_than(MEMORY):
        yield
    assert time.process_time() - began < CPU_S


ONVIF: Final[dict[str, Callable[[bytes], object]]] = {
    "parse": parse,
    "body": soap.body_of,
    "fault": soap.is_fault,
    "discovery": lambda data: discovery.matches(data, frozenset({"x"})),
    "time": lambda data: soap.result(data, device.get_time()),
    "profiles": lambda data: soap.result(data, media.get_profiles()),
    "events": lambda data: soap.result(data, events.get_properties()),
}


@pytest.mark.parametrize("door", ONVIF)
@pytest.mark.parametrize("name", NAMES)
def test_threat_22_xml_from_cameras(name: str, door: str, tmp_path: Path) -> None:
    data = payloads(tmp_path)[name]
    with bounded():
        try:
            found = repr(ONVIF[door](data))
        except MingjianError as error:
            found = str(error)
    assert SECRET not in found
    assert "ha" * 100 not in found
    if b"<!" in data.replace(b"\0", b""):
        with pytest.raises(MingjianError):
            parse(data)


# Spreadsheets

PARTS: Final = (
    "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml", "xl/styles.xml", "xl/theme/theme1.xml", "docProps/core.xml", "docProps/app.xml",
)  # fmt: skip


def spreadsheet() -> dict[str, bytes]:
    made = sheets.write_xlsx(["名称", "地址"], [["校门口", "腾冲"]])
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("part", PARTS)
def test_threat_22_every_part_of_a_spreadsheet(part: str, tmp_path: Path) -> None:
    for name, content in payloads(tmp_path).items():
        data = zipped(spreadsheet() | {part: content})
        with bounded(), suppress(MingjianError):
            read = sheets.read(data)
            assert SECRET not in repr(read), (part, name)
            assert len(repr(read)) < 100_000, (part, name)


@pytest.mark.parametrize("name", ["laughs", "quadratic", "file", "web", "parameter", "outside", "utf-16", "late"])
def test_threat_22_a_spreadsheet_with_a_document_type_is_refused(name: str, tmp_path: Path) -> None:
    data = zipped(spreadsheet() | {"xl/worksheets/sheet1.xml": payloads(tmp_path)[name]})
    with pytest.raises(MingjianError) as caught:
        sheets.read(data)
    assert caught.value.code == "registry.sheet_unreadable"


def test_threat_22_a_spreadsheet_that_grows_is_refused() -> None:
    rows = b"<row><c t='inlineStr'><is><t>x</t></is></c></row>" * 2_000_000
    bomb = b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"
    data = zipped(spreadsheet() | {"xl/worksheets/sheet1.xml": bomb})
    assert len(data) < sheets.MOST_BYTES
    del bomb, rows
    with bounded(), pytest.raises(MingjianError):
        sheets.read(data)


def test_threat_22_the_spreadsheet_itself_is_read() -> None:
    assert sheets.read(zipped(spreadsheet())).lines[0].cells[:2] == ("校门口", "腾冲")
