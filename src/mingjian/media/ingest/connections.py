"""A row for each connection that brought a picture: when, what the camera calls itself, how wrong its clock is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from mingjian.kernel.clock import Clock
from mingjian.kernel.ids import ChannelId, new_id
from mingjian.media.ingest.camera_clock import CameraClock
from mingjian.media.store import CONNECTION, SEGMENT
from mingjian.storage.engine import Transaction

WRITE_EVERY_S: Final = 60.0

Change = Callable[[Transaction], None]


@dataclass(frozen=True, slots=True)
class CameraConnection:
    """`began_us` is the moment of the first picture; `ended_us` None while it lasts.

    Clock errors are the camera's wall time less recorded time in microseconds, `first_` in the first minute; drift in
    parts in a million, positive when the camera's clock is fast. None where its reports do not tell. `packets_lost`
    never came, `packets_dropped` of them because the kernel had no room; `units_damaged` pictures were left out for it.
    """

    id: UUID
    channel_id: ChannelId
    clock_epoch: int
    began_us: int
    server: str
    ended_us: int | None = None
    reports: int = 0
    first_clock_error_us: int | None = None
    clock_error_us: int | None = None
    drift_ppm: float | None = None
    transport: str = "tcp"
    packets_lost: int = 0
    packets_dropped: int = 0
    units_damaged: int = 0


class Counted(Protocol):
    """A connection, as far as it is written down."""

    @property
    def server(self) -> str: ...

    @property
    def transport(self) -> str: ...

    @property
    def packets_lost(self) -> int: ...

    @property
    def packets_dropped(self) -> int: ...

    @property
    def units_damaged(self) -> int: ...


class ConnectionLog:
    """Keeps the row of a channel's connection: written when it begins, every minute if it changed, when it ends.

    `later` takes a change of the database and makes it with the next commit, twice perhaps.
    """

    def __init__(self, channel_id: ChannelId, later: Callable[[Change], None], clock: Clock) -> None:
        self._channel_id = channel_id
        self._later = later
        self._clock = clock
        self._camera = CameraClock()
        self._row: CameraConnection | None = None
        self._counted: Counted | None = None
        self._written_s = 0.0

    @property
    def lasts(self) -> bool:
        return self._row is not None

    def began(self, counted: Counted, clock_epoch: int) -> None:
        """The first picture of a connection came."""
        now_us = self._clock.now_us()
        self._counted = counted
        row = CameraConnection(
            new_id(now_us), self._channel_id, clock_epoch, now_us, counted.server, transport=counted.transport
        )
        self._camera = CameraClock()
        self._later(lambda tx: end_abandoned(tx, row.channel_id, row.id))
        self._write(row)

    def heard(self, camera_us: int, recorded_us: int) -> None:
        """A sender report: the camera's wall time and recorded time of the same moment."""
        self._camera.report(camera_us, recorded_us)

    def tick(self) -> None:
        """Called about once a second."""
        row = self._row
        if row is not None and self._clock.monotonic() - self._written_s >= WRITE_EVERY_S:
            self._written_s = self._clock.monotonic()
            measured = self._measured(row)
            if measured != row:
                self._write(measured)

    def ended(self) -> None:
        """The connection is over; nothing happens when none brought a picture."""
        if self._row is not None:
            # The clock may have been set back in between.
            self._write(replace(self._measured(self._row), ended_us=max(self._clock.now_us(), self._row.began_us)))
            self._row = None

    def _measured(self, row: CameraConnection) -> CameraConnection:
        camera, counted = self._camera, self._counted
        if counted is not None:
            row = replace(
                row,
                packets_lost=counted.packets_lost,
                packets_dropped=counted.packets_dropped,
                units_damaged=counted.units_damaged,
            )
        return replace(
            row,
            reports=camera.reports,
            first_clock_error_us=camera.first_error_us,
            clock_error_us=camera.error_us,
            drift_ppm=camera.drift_ppm,
        )

    def _write(self, row: CameraConnection) -> None:
        self._row, self._written_s = row, self._clock.monotonic()
        self._later(lambda tx: write(tx, row))


def write(tx: Transaction, row: CameraConnection) -> None:
    """Insert the row, or bring it up to date."""
    values = {
        "ended_us": row.ended_us,
        "reports": row.reports,
        "first_clock_error_us": row.first_clock_error_us,
        "clock_error_us": row.clock_error_us,
        "drift_ppm": row.drift_ppm,
        "packets_lost": row.packets_lost,
        "packets_dropped": row.packets_dropped,
        "units_damaged": row.units_damaged,
    }
    changed = tx.execute(update(CONNECTION).where(CONNECTION.c.id == row.id).values(**values))
    if changed.rowcount == 0:
        fixed = {
            "id": row.id,
            "channel_id": row.channel_id,
            "clock_epoch": row.clock_epoch,
            "began_us": row.began_us,
            "server": row.server,
            "transport": row.transport,
        }
        tx.execute(insert(CONNECTION), {**fixed, **values})


def end_abandoned(tx: Transaction, channel_id: ChannelId, following: UUID) -> None:
    """End what a recorder that was killed left lasting: with the newest footage, for that came from it."""
    lasting = (CONNECTION.c.channel_id == channel_id) & CONNECTION.c.ended_us.is_(None) & (CONNECTION.c.id != following)
    left = list(tx.execute(select(CONNECTION.c.id, CONNECTION.c.began_us).where(lasting)))
    if not left:
        return
    newest = (
        select(SEGMENT.c.end_us)
        .where(SEGMENT.c.channel_id == channel_id, SEGMENT.c.end_us.is_not(None))
        .order_by(SEGMENT.c.start_us.desc())
        .limit(1)
    )
    footage_us: int = tx.execute(newest).scalar_one_or_none() or 0
    for one in left:
        ended_us = max(one.began_us, footage_us)
        tx.execute(update(CONNECTION).where(CONNECTION.c.id == one.id).values(ended_us=ended_us))


def newest(tx: Transaction, channel_id: ChannelId, limit: int) -> list[CameraConnection]:
    """The last connections of a channel, the newest first."""
    query = (
        select(CONNECTION)
        .where(CONNECTION.c.channel_id == channel_id)
        .order_by(CONNECTION.c.began_us.desc(), CONNECTION.c.id.desc())
        .limit(limit)
    )
    return [_connection(row) for row in tx.execute(query)]


def _connection(row: Row[Any]) -> CameraConnection:
    return CameraConnection(
        row.id,
        ChannelId(row.channel_id),
        row.clock_epoch,
        row.began_us,
        row.server,
        row.ended_us,
        row.reports,
        row.first_clock_error_us,
        row.clock_error_us,
        row.drift_ppm,
        row.transport,
        row.packets_lost,
        row.packets_dropped,
        row.units_damaged,
    )
