"""Footage to delete in tests: rows and real files of any day and channel, without recording them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert, select

from mingjian.audit.model import Actor
from mingjian.audit.service import listing
from mingjian.identity.model import Person, Role
from mingjian.kernel.ids import ChannelId, PersonId, SegmentId, VolumeId, new_id
from mingjian.media import store as media_store
from mingjian.media import volumes
from mingjian.media.keep import service
from mingjian.media.keep.deletion import Deleter
from mingjian.media.keep.model import Term, TermKind, TermSource, day_start_us
from mingjian.media.model import ClockEpoch, Volume
from mingjian.media.record.files import SegmentFiles
from mingjian.media.store import RECORDED_DAY, SEGMENT, SEGMENT_INDEX
from mingjian.registry import service as registry
from mingjian.registry.model import NewPlace
from mingjian.registry.vault import KEY_BYTES, Vault
from mingjian.storage.engine import Database, Transaction

S: Final = 1_000_000
HOUR: Final = 3_600 * S
DAY: Final = 20_000
"""2024-10-04 in UTC+8."""
CITATION: Final = "公共安全视频图像信息系统管理条例 第十七条"


def at(day: int, hour: float = 12) -> int:
    """A moment of a day in UTC+8."""
    return day_start_us(day) + int(hour * HOUR)


def person(role: Role, name: str = "") -> Person:
    return Person(PersonId(uuid4()), name or role.code, "某人", role, "zh-CN", 0)


def actor(somebody: Person) -> Actor:
    return Actor("person", somebody.id, somebody.login_name)


MANAGER: Final = actor(person(Role.SECURITY_MANAGER))
DUTY: Final = actor(person(Role.DUTY_OPERATOR))


class LeakyFiles(SegmentFiles):
    """Counts what is removed, and refuses where the test says so."""

    def __init__(self, root: Path, removed: list[str], refuses: set[str]) -> None:
        super().__init__(root)
        self._removed = removed
        self._refuses = refuses

    def remove(self, path_name: str) -> None:
        if path_name in self._refuses:
            raise OSError(5, "bad sector")
        super().remove(path_name)
        self._removed.append(path_name)


@dataclass
class Store:
    """One installation with a real volume (`volume`), a ring (`ring`), and rows as the recorder would leave them."""

    database: Database
    folder: Path
    volume: Volume = field(init=False)
    ring: Volume = field(init=False)
    removed: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    made: int = 0

    def __post_init__(self) -> None:
        make = volumes.ensure
        self.volume = make(self.database, self.folder / "video", demonstration=False, limit_bytes=None, now_us=at(DAY))
        self.ring = make(self.database, self.folder / "ring", demonstration=True, limit_bytes=1 << 40, now_us=at(DAY))

    # What is there

    def channel(self, name: str = "校门", *, demonstration: bool = False) -> ChannelId:
        self.made += 1
        with self.database.write() as tx:
            return registry.add_channel(
                tx,
                name=name,
                address=f"rtsp://192.0.2.1/{self.made}",
                secret=None,
                place=NewPlace("一中", "", "110101"),
                spot_name="门口",
                vault=Vault(bytes(KEY_BYTES)),
                by=MANAGER,
                now_us=at(DAY - 400),
                demonstration=demonstration,
            ).id

    def footage(
        self,
        channel_id: ChannelId,
        start_us: int,
        *,
        length_us: int = 60 * S,
        size: int = 1_000,
        epoch: int = 0,
        volume: Volume | None = None,
        state: str = "closed",
    ) -> SegmentId:
        """A segment with its file and its counter."""
        volume = volume or self.volume
        segment_id = SegmentId(new_id(start_us))
        path_name = f"{start_us}-{segment_id}.mp4"
        files = SegmentFiles(Path(volume.path))
        descriptor = files.create(path_name)
        files.append(descriptor, bytes(min(size, 4_096)))
        files.close(descriptor)
        row = {
            "id": segment_id,
            "channel_id": channel_id,
            "volume_id": volume.id,
            "state": state,
            "origin": "live",
            "stream": "main",
            "path_name": path_name,
            "start_us": start_us,
            "end_us": start_us + length_us,
            "clock_epoch": epoch,
            "codec": "h264",
            "mime": "avc1",
            "width": 1,
            "height": 1,
            "fps": 25.0,
            "configuration": b"",
            "init_size": 0,
            "size": size,
            "frames": 1,
            "digest": bytes(32),
            "recovered": False,
            "marked_us": None,
        }
        with self.database.write() as tx:
            tx.execute(insert(SEGMENT), row)
            tx.execute(insert(SEGMENT_INDEX), {"segment_id": segment_id, "records": b""})
            media_store.count_days(tx, [(channel_id, volume.id, start_us, size)])
        return segment_id

    def term(
        self,
        days: int = 30,
        kind: TermKind = TermKind.MINIMUM,
        source: TermSource = TermSource.LAW,
        channel_id: ChannelId | None = None,
        now_us: int = at(DAY),
    ) -> Term:
        with self.database.write() as tx:
            return service.set_term(tx, channel_id, kind, days, source, CITATION, by=MANAGER, now_us=now_us)

    def maximum(self, days: int, channel_id: ChannelId | None = None) -> Term:
        return self.term(days, TermKind.MAXIMUM, TermSource.POLICY, channel_id)

    def hold(
        self, channel_id: ChannelId, start_us: int, end_us: int, *, by: Actor = DUTY, now_us: int = at(DAY)
    ) -> Any:
        with self.database.write() as tx:
            return service.place_hold(tx, channel_id, start_us, end_us, "核实事件", by=by, now_us=now_us)

    def step(self, epoch: int, began_us: int, step_us: int, *, confirmed: bool = True) -> None:
        with self.database.write() as tx:
            media_store.add_clock_epoch(tx, ClockEpoch(epoch, began_us, step_us, observed=True))
            if confirmed:
                service.confirm_clock(tx, by=MANAGER, now_us=began_us)

    # What is done

    @property
    def deleter(self) -> Deleter:
        return Deleter(self.database, self.open)

    def open(self, volume: Volume) -> SegmentFiles:
        return LeakyFiles(Path(volume.path), self.removed, self.refuses)

    # What is seen

    def states(self) -> dict[SegmentId, str]:
        with self.database.read() as tx:
            return {SegmentId(row.id): row.state for row in tx.execute(select(SEGMENT.c.id, SEGMENT.c.state))}

    def files(self, volume: Volume | None = None) -> set[str]:
        return {path.name for path in Path((volume or self.volume).path).rglob("*.mp4")}

    def check(self) -> None:
        """Every row that promises a file has it, every file has a row, and counters are the rows of kept footage."""
        with self.database.read() as tx:
            rows = list(tx.execute(select(SEGMENT)))
            counters = _counters(tx)
        kept = [row for row in rows if row.state in {"closed", "marked"}]
        names = {row.path_name for row in rows}
        there = self.files() | self.files(self.ring)
        assert {row.path_name for row in kept} <= there <= names
        counted: dict[tuple[ChannelId, VolumeId, int], tuple[int, int]] = {}
        for row in kept:
            key = row.channel_id, row.volume_id, (row.start_us + 8 * HOUR) // (24 * HOUR)
            count, size = counted.get(key, (0, 0))
            counted[key] = count + 1, size + row.size
        assert counters == counted

    def log(self, action: str) -> list[Any]:
        with self.database.read() as tx:
            return [one for one in listing(tx, None, 200).items if one.action == action]


def _counters(tx: Transaction) -> dict[tuple[ChannelId, VolumeId, int], tuple[int, int]]:
    rows = tx.execute(select(RECORDED_DAY).where(RECORDED_DAY.c.segments != 0))
    return {(row.channel_id, row.volume_id, row.day): (row.segments, row.bytes) for row in rows}
