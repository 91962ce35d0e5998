"""Connections to cameras, and how wrong their clocks are."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import ConfigDict

from mingjian.api.basic import BasicText
from mingjian.api.deps import Caller, Data, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import TIME_EXAMPLE, Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.media import service as media
from mingjian.media.service import CameraConnection
from mingjian.registry import service as registry

router = versioned("channels")

Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]

SHOWN: Final = 20
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0193498a-7b00-7000-8000-000000000020",
    "began": TIME_EXAMPLE,
    "ended": None,
    "clock_epoch": 0,
    "server": "Hikvision/1.0",
    "reports": 720,
    "first_clock_error_s": 3600.02,
    "clock_error_s": 3600.31,
    "drift_ppm": 80.2,
    "transport": "udp",
    "packets_lost": 14,
    "packets_dropped": 3,
    "units_damaged": 5,
}


class Connection(Shape):
    """One connection that brought a picture; no `ended` while it lasts.

    `clock_error_s` is the camera's own time less recorded time in seconds, `first_clock_error_s` the same in the first
    minute; `drift_ppm` says how much faster the camera's clock runs, in parts in a million, after ten minutes. They are
    null where the camera does not tell its time, and they change nothing: recorded time is the server's.

    `packets_lost` of the picture never came, `packets_dropped` of all datagrams because this machine had no room for
    them; `units_damaged` pictures were left out because a part was missing. They are counted to the minute.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    began: Moment
    ended: Moment | None
    clock_epoch: int
    server: BasicText
    reports: int
    first_clock_error_s: float | None
    clock_error_s: float | None
    drift_ppm: float | None
    transport: Literal["tcp", "udp"]
    packets_lost: int
    packets_dropped: int
    units_damaged: int

    @classmethod
    def of(cls, one: CameraConnection) -> "Connection":
        return cls(
            id=one.id,
            began=one.began_us,
            ended=one.ended_us,
            clock_epoch=one.clock_epoch,
            server=one.server,
            reports=one.reports,
            first_clock_error_s=_seconds(one.first_clock_error_us),
            clock_error_s=_seconds(one.clock_error_us),
            drift_ppm=one.drift_ppm,
            transport="udp" if one.transport == "udp" else "tcp",
            packets_lost=one.packets_lost,
            packets_dropped=one.packets_dropped,
            units_damaged=one.units_damaged,
        )


class Connections(Shape):
    """The newest connections of a channel, the newest first."""

    items: list[Connection]


@router.get("/channels/{channel_id}/connections", operation_id="listConnections")
def list_connections(channel_id: UUID, data: Data, _reader: Reader) -> Connections:
    """The last twenty connections to a camera, with how wrong its clock is."""
    with data.read() as tx:
        channel = registry.channel(tx, channel_id)
        return Connections(items=[Connection.of(one) for one in media.connections(tx, channel.id, SHOWN)])


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / 1_000_000
