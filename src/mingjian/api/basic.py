"""Basic data leaves through here: addresses, positions, device types, codes.

Tengchong 26 and Chongqing 22 protect 设计方案、设备类型、安装位置、地址码等基础信息 (basic data)
as they protect pictures. A field of these is declared `Basic…`, and is sent only while `shown()` says so. Nobody has
said so until `api.deps.Requires` found a right to it: what is forgotten is hidden.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Annotated, Any, Final, TypeVar

from pydantic import JsonValue, PlainSerializer

from mingjian.kernel.errors import MingjianError

HIDDEN: Final = "—"

_SHOWN: Final = ContextVar("basic data is shown", default=False)

T = TypeVar("T")


def show(*, allowed: bool) -> None:
    """Say whether the answer that is being made may hold basic data."""
    _SHOWN.set(allowed)


def shown() -> bool:
    """Whether it may."""
    return _SHOWN.get()


def _or_none(value: Any) -> Any:
    return value if _SHOWN.get() else None


BasicText = Annotated[str | None, PlainSerializer(_or_none, return_type=str | None)]
"""A text that is null for who may not see basic data."""

BasicNumber = Annotated[float | None, PlainSerializer(_or_none, return_type=float | None)]
"""A number that is null for who may not see basic data."""

KEYS: Final = frozenset(
    {
        "address", "sub_address", "onvif_address", "addresses", "url", "server", "nearest", "longitude", "latitude",
        "model", "manufacturer", "maker", "firmware", "serial", "serial_number", "gb_code", "gb_id", "direction",
        "height_m", "design", "ip", "mac", "port",
    }
)  # fmt: skip
"""Names under which details of the log and values of problems hold basic data."""

_MEDIA_ONLY: Final = frozenset({"host", "where"})


def detail(given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A detail of the log as it may be shown."""
    return dict(given) if _SHOWN.get() else {key: _without(key, value) for key, value in given.items()}


def problem(error: MingjianError) -> MingjianError:
    """A problem as it may be told: sentences about a camera name its address."""
    if _SHOWN.get():
        return error
    domain = error.code.partition(".")[0]
    keys = KEYS if domain in {"api", "storage"} else KEYS | _MEDIA_ONLY
    hidden = {key: HIDDEN for key, value in error.values.items() if key in keys and isinstance(value, str)}
    return MingjianError(error.problem, **{**error.values, **hidden}) if hidden else error


def _without(key: str, value: JsonValue) -> JsonValue:
    if key in KEYS and value is not None:
        return HIDDEN
    if isinstance(value, dict):
        return {inner: _without(inner, item) for inner, item in value.items()}
    if isinstance(value, list):
        return [_without("", item) for item in value]
    return value
