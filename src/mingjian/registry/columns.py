"""The columns of the tables that come and go, and how a header and a cell are understood. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from mingjian.kernel.errors import MingjianError, Text
from mingjian.registry.coordinates import Datum, Position, position_in
from mingjian.registry.credit_code import is_credit_code
from mingjian.registry.kinds import meant
from mingjian.registry.model import ORGANISATION_KINDS, UNCLASSIFIED, OrganisationKind, SpotView, TransportChoice
from mingjian.registry.sounds import plain
from mingjian.registry.territories import territory

T = TypeVar("T")

NAME_LETTERS: Final = 100
ADDRESS_LETTERS: Final = 200
_FALSE_DATUM: Final = Text("坐标系应为 WGS-84 或 GCJ-02。", "The datum is WGS-84 or GCJ-02.")


class TableKind(Enum):
    """What the rows of a table are."""

    ORGANISATIONS = "organisations", "单位", "organisations"
    PLACES = "places", "场所", "places"
    CHANNELS = "channels", "通道", "channels"

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code: Final = code
        self.zh: Final = zh
        self.en: Final = en


TABLE_KINDS: Final = {kind.code: kind for kind in TableKind}


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """One column: by this key in the program, under one of these titles in a header. `needed`: no cell may be empty."""

    key: str
    zh: str
    en: str
    needed: bool = False
    example: str = ""

    @property
    def title(self) -> str:
        return f"{self.zh} {self.en}"


_REGION: Final = ColumnOf("region", "行政区划代码", "region code", needed=True, example="530581")
_LONGITUDE: Final = ColumnOf("longitude", "经度", "longitude", example="98.4912")
_LATITUDE: Final = ColumnOf("latitude", "纬度", "latitude", example="25.0203")
_DATUM: Final = ColumnOf("datum", "坐标系", "datum", example="WGS-84")
_UNIT: Final = ColumnOf("unit", "所属单位", "organisation", example="腾冲市教育体育局/腾冲市第一中学")
COLUMNS: Final[Mapping[TableKind, Sequence[ColumnOf]]] = {
    TableKind.ORGANISATIONS: (
        ColumnOf("name", "单位名称", "name", needed=True, example="腾冲市第一中学"),
        ColumnOf("above", "上级单位", "above", example="腾冲市教育体育局"),
        _REGION,
        ColumnOf("kind", "单位类别", "kind", example="事业单位"),
        ColumnOf("credit_code", "统一社会信用代码", "credit code"),
        ColumnOf("address", "地址", "address", example="腾越镇光华西路2号"),
        ColumnOf("contact", "联系人", "contact", example="李明"),
        ColumnOf("phone", "联系电话", "phone", example="0875-5130000"),
    ),
    TableKind.PLACES: (
        ColumnOf("name", "场所名称", "name", needed=True, example="腾冲市第一中学本部"),
        _UNIT,
        _REGION,
        ColumnOf("address", "地址", "address", example="腾越镇光华西路2号"),
        ColumnOf("kinds", "场所类别", "kinds", example="公园"),
        _LONGITUDE,
        _LATITUDE,
        _DATUM,
    ),
    TableKind.CHANNELS: (
        ColumnOf("name", "通道名称", "name", needed=True, example="校门口东侧"),
        ColumnOf("place", "所在场所", "place", needed=True, example="腾冲市第一中学本部"),
        _UNIT,
        ColumnOf("spot", "部位", "spot", needed=True, example="校门"),
        ColumnOf("spot_kind", "部位类别", "spot kind", example="周界"),
        ColumnOf("address", "码流地址", "stream address", needed=True, example="rtsp://192.168.1.64:554/Streaming/101"),
        ColumnOf("sub_address", "子码流地址", "sub-stream address", example="rtsp://192.168.1.64:554/Streaming/102"),
        ColumnOf("user", "账号", "user", example="admin"),
        ColumnOf("password", "口令", "password"),
        ColumnOf("transport", "传输方式", "transport", example="auto"),
        ColumnOf("maker", "厂商", "maker"),
        ColumnOf("model", "型号", "model"),
        ColumnOf("serial", "序列号", "serial number"),
        _LONGITUDE,
        _LATITUDE,
        _DATUM,
        ColumnOf("direction", "方向", "direction", example="90"),
        ColumnOf("field", "视场角", "field", example="80"),
        ColumnOf("range", "距离", "range", example="30"),
    ),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one cell, and what to do."""

    column: str
    reason: Text
    advice: Text


class Cells:
    """The cells of one row by key; what is wrong with them gathers in `wrong`."""

    def __init__(self, kind: TableKind, cells: Mapping[str, str]) -> None:
        self._titles = {column.key: column.zh for column in COLUMNS[kind]}
        self._cells = cells
        self.wrong: list[Wrong] = []
        for column in COLUMNS[kind]:
            if column.needed and not cells.get(column.key):
                self.refuse(
                    column.key, Text("此项必填。", "This is required."), Text("请填写该单元格。", "Fill in the cell.")
                )

    def text(self, key: str, most: int = NAME_LETTERS) -> str:
        value = self._cells.get(key, "")
        if len(value) > most:
            reason = Text(f"超过 {most} 个字符。", f"It is longer than {most} characters.")
            self.refuse(key, reason, Text("请缩短。", "Make it shorter."))
            return value[:most]
        if any(letter < " " or letter == "\x7f" for letter in value):
            reason = Text("含有换行或控制字符。", "It holds a line break or a control character.")
            self.refuse(key, reason, Text("请删除这些字符。", "Remove them."))
            return ""
        return value

    def refuse(self, key: str, reason: Text, advice: Text) -> None:
        self.wrong.append(Wrong(self._titles.get(key, ""), reason, advice))

    def refused(self, key: str, error: MingjianError) -> None:
        """A refusal of the registry or of the law, told of one cell."""
        what, why = error.what, error.why
        self.refuse(key, Text(f"{what.zh}{why.zh}", f"{what.en} {why.en}"), error.advice)

    def region(self) -> str:
        code = self.text("region")
        if code and territory(code) is None:
            reason = Text(f"没有行政区划代码 {code[:12]}。", f"There is no division with the code {code[:12]}.")
            advice = Text("填写 GB/T 2260 的六位代码，如 530581。", "Give the six digits of GB/T 2260, such as 530581.")
            self.refuse("region", reason, advice)
        return code

    def organisation_kind(self) -> OrganisationKind:
        said = plain(self.text("kind"))
        if not said:
            return OrganisationKind.OTHER
        for one in OrganisationKind:
            if said in (one.code, plain(one.zh), plain(one.en)):
                return one
        names = "、".join(one.zh for one in OrganisationKind)
        advice = Text(f"填写 {names} 之一，或留空。", f"One of {', '.join(ORGANISATION_KINDS)}, or nothing.")
        self.refuse("kind", Text("没有这个类别。", "There is no such kind."), advice)
        return OrganisationKind.OTHER

    def credit_code(self) -> str:
        code = self.text("credit_code").upper()
        if code and not is_credit_code(code):
            reason = Text("校验码不对。", "Its check character is wrong.")
            advice = Text("请对照证书核对 18 位代码。", "Compare all 18 characters with the certificate.")
            self.refuse("credit_code", reason, advice)
        return code

    def spot_kind(self, key: str = "spot_kind") -> str:
        return next(iter(self._kinds(key, self.text(key))), UNCLASSIFIED)

    def place_kinds(self) -> tuple[str, ...]:
        return self._kinds("kinds", self.text("kinds", ADDRESS_LETTERS))

    def _kinds(self, key: str, said: str) -> tuple[str, ...]:
        found = []
        for one in said.replace("、", " ").replace(",", " ").replace(";", " ").split():
            try:
                found.append(meant(one))
            except MingjianError as error:
                self.refused(key, error)
        return tuple(found)

    def number(self, key: str) -> float | None:
        said = self.text(key)
        if not said:
            return None
        try:
            return float(said)
        except ValueError:
            advice = Text("只填写数字，如 98.4912。", "Give a number alone, such as 98.4912.")
            self.refuse(key, Text("不是数字。", "This is no number."), advice)
            return None

    def position(self) -> Position | None:
        """In degrees of WGS-84, whatever the datum of the row is."""
        longitude, latitude = self.number("longitude"), self.number("latitude")
        datum = plain(self.text("datum")).replace("-", "").replace(" ", "") or "wgs84"
        if longitude is None and latitude is None:
            return None
        if longitude is None or latitude is None:
            missing = "longitude" if longitude is None else "latitude"
            reason = Text("经纬度须同时填写。", "Longitude and latitude go together.")
            self.refuse(missing, reason, Text("补上另一个，或都留空。", "Give the other one, or none."))
            return None
        if datum not in ("wgs84", "gcj02"):
            self.refuse("datum", _FALSE_DATUM, Text("高德、腾讯地图为 GCJ-02。", "Amap and Tencent maps are GCJ-02."))
            return None
        known: Datum = "gcj02" if datum == "gcj02" else "wgs84"
        return self._made("longitude", lambda: position_in(longitude, latitude, known))

    def view(self) -> SpotView:
        position = self.position()
        direction, field, reach = self.number("direction"), self.number("field"), self.number("range")
        made = self._made("direction", lambda: SpotView(position, direction, field, reach))
        return made or SpotView(position)

    def transport(self) -> TransportChoice:
        said = plain(self.text("transport"))
        match said:
            case "" | "auto" | "自动":
                return "auto"
            case "tcp":
                return "tcp"
            case "udp":
                return "udp"
        reason = Text("应为 auto、tcp 或 udp。", "It is auto, tcp or udp.")
        self.refuse("transport", reason, Text("不清楚时留空。", "Leave it empty when in doubt."))
        return "auto"

    def _made(self, key: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except ValueError:
            reason = Text("数值超出可能的范围。", "The number is not possible.")
            advice = Text(
                "经度 -180 至 180，纬度 -90 至 90，方向 0 至 359，视场角至多 360，距离以米计。",
                "Longitude -180 to 180, latitude -90 to 90, direction 0 to 359, field up to 360, range in metres.",
            )
            self.refuse(key, reason, advice)
            return None


def keys_of(kind: TableKind, header: Sequence[str]) -> tuple[list[str | None], list[Wrong]]:
    """Which column each title of a header is (None: an empty one), and what is wrong with the header."""
    known = {spelled: column.key for column in COLUMNS[kind] for spelled in _spellings(column)}
    keys = [known.get(plain(title).rstrip("*").strip()) for title in header]
    wrong = [
        Wrong(
            title,
            Text("没有这一列。", "There is no such column."),
            Text("请按模板的列名填写，或删除该列。", "Use the titles of the template, or remove the column."),
        )
        for title, key in zip(header, keys, strict=True)
        if key is None and title
    ]
    missing = [column for column in COLUMNS[kind] if column.needed and column.key not in keys]
    wrong += [
        Wrong(
            column.zh,
            Text("缺少这一列。", "This column is missing."),
            Text("请下载模板，使用其中的表头。", "Take the template and use its header."),
        )
        for column in missing
    ]
    twice = {key for key in keys if key is not None and keys.count(key) > 1}
    wrong += [
        Wrong(
            column.zh,
            Text("这一列出现了不止一次。", "This column is there more than once."),
            Text("请只保留一列。", "Keep one of them."),
        )
        for column in COLUMNS[kind]
        if column.key in twice
    ]
    return keys, wrong


def _spellings(column: ColumnOf) -> tuple[str, ...]:
    return plain(column.zh), plain(column.en), plain(column.title), plain(column.key)
