"""The device service (ONVIF Core section 8): who it is, what it can, its clock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from mingjian.onvif.messages.soap import Request, operation
from mingjian.onvif.messages.xml import Node, Tag, flag, tag
from mingjian.onvif.model import DeviceInfo, DeviceTime, Scopes, Service, Services

_SHORT: Final = 128
_MAX_SCOPES: Final = 64
_SCOPE: Final = "onvif://www.onvif.org/"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Where GetCapabilities names an address of a service that GetServices would name by its namespace.
_CAPABILITIES: Final[Mapping[str, Service]] = {
    "Device": Service.DEVICE,
    "Media": Service.MEDIA,
    "PTZ": Service.PTZ,
    "Imaging": Service.IMAGING,
    "Events": Service.EVENTS,
}


def get_time() -> Request:
    """Asked without credentials: whoever signs by the camera's clock must be able to read it first."""
    return operation(tag("tds:GetSystemDateAndTime"))


def device_time(answer: Node) -> DeviceTime:
    """The clock in an answer to `get_time`."""
    told = answer.get("SystemDateAndTime") or answer
    return DeviceTime(
        utc_us=_moment(told.get("UTCDateTime")),
        by_ntp=told.value("DateTimeType").upper() == "NTP",
        time_zone=told.value("TimeZone", "TZ")[:_SHORT],
        daylight_saving=flag(told.value("DaylightSavings")),
    )


def _moment(told: Node | None) -> int | None:
    if told is None:
        return None
    date = [told.count("Date", part) for part in ("Year", "Month", "Day")]
    time = [told.count("Time", part) for part in ("Hour", "Minute", "Second")]
    try:
        moment = datetime(date[0], date[1], date[2], time[0], time[1], min(time[2], 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return int((moment - _EPOCH).total_seconds()) * 1_000_000


def set_time(utc_us: int, *, like: DeviceTime) -> Request:
    """Set UTC by hand; time zone and daylight saving stay as the camera had them."""
    moment = datetime.fromtimestamp(utc_us // 1_000_000, UTC)
    time = {"Hour": moment.hour, "Minute": moment.minute, "Second": moment.second}
    date = {"Year": moment.year, "Month": moment.month, "Day": moment.day}
    return operation(
        tag(
            "tds:SetSystemDateAndTime",
            tag("tds:DateTimeType", "Manual"),
            tag("tds:DaylightSavings", "true" if like.daylight_saving else "false"),
            tag("tds:TimeZone", tag("tt:TZ", like.time_zone)) if like.time_zone else None,
            tag("tds:UTCDateTime", _parts("tt:Time", time), _parts("tt:Date", date)),
        )
    )


def _parts(name: str, parts: Mapping[str, int]) -> Tag:
    return tag(name, *(tag(f"tt:{key}", str(value)) for key, value in parts.items()))


def get_information() -> Request:
    return operation(tag("tds:GetDeviceInformation"))


def information(answer: Node) -> DeviceInfo:
    fields = ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber", "HardwareId")
    return DeviceInfo(*(answer.value(field)[:_SHORT] for field in fields))


def get_scopes() -> Request:
    return operation(tag("tds:GetScopes"))


def scopes_of(answer: Node) -> Scopes:
    return scopes([node.text for node in answer.all("Scopes", "ScopeItem")])


def scopes(items: list[str]) -> Scopes:
    """Scopes by their category; the last word wins where a maker repeats one."""
    named: dict[str, str] = {}
    profiles: list[str] = []
    for item in items[:_MAX_SCOPES]:
        category, slash, said = item.removeprefix(_SCOPE).partition("/")
        if not item.startswith(_SCOPE) or not slash:
            continue
        if category.lower() == "profile":
            profiles.append(_plain(said))
        elif said:
            named[category.lower()] = _plain(said)
    return Scopes(
        named.get("name", ""), named.get("hardware", ""), named.get("location", ""), tuple(dict.fromkeys(profiles))
    )


def _plain(said: str) -> str:
    decoded = unquote(said, errors="replace")[:_SHORT]
    return "".join(char if char.isprintable() else " " for char in decoded).strip()


def get_services() -> Request:
    return operation(tag("tds:GetServices", tag("tds:IncludeCapability", "false")))


def services(answer: Node) -> Services:
    """The services that we speak, by namespace."""
    known = {service.value: service for service in Service}
    told = ((known.get(node.value("Namespace")), node.value("XAddr")) for node in answer.all("Service"))
    return {service: address for service, address in told if service is not None and address}


def get_capabilities() -> Request:
    """What cameras before 2012 know instead of GetServices."""
    return operation(tag("tds:GetCapabilities", tag("tds:Category", "All")))


def capabilities(answer: Node) -> Services:
    root = answer.get("Capabilities") or answer
    told = ((service, root.value(name, "XAddr")) for name, service in _CAPABILITIES.items())
    return {service: address for service, address in told if address}
