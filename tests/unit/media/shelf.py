"""Finished footage put on a shelf: files and rows as a recorder leaves them, of real frames with numbers in them.

It writes nothing of the recorder's own code but the boxes, so that what reads footage is tested apart from what writes
it. Frame n of a channel is shown at `START + n * 40 ms` (25 frames a second, a key frame each second).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import insert, update
from tests.unit.media import making

from mingjian.audit.model import SYSTEM
from mingjian.kernel.ids import ChannelId, GapId, SegmentId, VolumeGroupId, VolumeId, new_id
from mingjian.media import store
from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.frames import Frame
from mingjian.media.model import FragmentRecord, Gap, GapCause, unpack_records
from mingjian.media.record.files import SegmentFiles
from mingjian.registry import service as registry
from mingjian.registry.model import NewPlace
from mingjian.registry.vault import KEY_BYTES, Vault
from mingjian.storage.engine import Database

S: Final = 1_000_000
START: Final = 1_750_000_000 * S
FRAME_US: Final = 40_000


def at(seconds: float) -> int:
    """Wall time so many seconds after START."""
    return START + round(seconds * S)


@dataclass
class Shelf:
    """One volume in `root`, and what is on it."""

    database: Database
    root: Path
    volume_id: VolumeId = field(init=False)
    cameras: int = 0

    def __post_init__(self) -> None:
        group_id = VolumeGroupId(new_id(START))
        self.volume_id = VolumeId(new_id(START))
        self.root.mkdir(parents=True, exist_ok=True)
        SegmentFiles(self.root).identify(self.volume_id)
        with self.database.write() as tx:
            tx.execute(
                insert(store.VOLUME_GROUP).values(id=group_id, name="shelf", demonstration=False, created_us=START)
            )
            tx.execute(
                insert(store.VOLUME).values(
                    id=self.volume_id, path=str(self.root), demonstration=False, created_us=START, group_id=group_id
                )
            )

    def channel(self, name: str = "校门口东侧") -> ChannelId:
        self.cameras += 1
        with self.database.write() as tx:
            added = registry.add_channel(
                tx,
                name=name,
                address=f"rtsp://192.0.2.{self.cameras}/1",
                secret=None,
                place=NewPlace("school", "", "110101"),
                spot_name="gate",
                vault=Vault(bytes(KEY_BYTES)),
                by=SYSTEM,
                now_us=START,
            )
        return added.id

    def minutes(
        self, channel_id: ChannelId, seconds: int, *, first: int = 0, sealed: bool = True, each: int = 10
    ) -> None:
        """`seconds` of footage from frame `first` on, in segments of `each` seconds."""
        for begin in range(0, seconds, each):
            self.segment(channel_id, first + begin * 25, min(each, seconds - begin) * 25, sealed=sealed)

    def segment(
        self,
        channel_id: ChannelId,
        first: int,
        count: int,
        *,
        sealed: bool = True,
        epoch: int = 0,
        width: int = 256,
        height: int = 144,
        start_us: int | None = None,
        is_open: bool = False,
        cuts: Sequence[int] = (0, 12),
    ) -> SegmentId:
        """One file of frames `first` to `first + count - 1`, in fragments that begin at `cuts` of each second."""
        start_us = START + first * FRAME_US if start_us is None else start_us
        segment_id = SegmentId(new_id(start_us))
        parameters = making.parameters(width, height)
        content = [init := fmp4.init(parameters, start_us)]
        frames = making.frames(count, first=first, width=width, height=height)
        begins = [number for number in range(count) if (first + number) % 25 in cuts or number == 0]
        records = []
        for begin, end in zip(begins, [*begins[1:], count], strict=True):
            piece, record = _fragment(frames, begin, end, start_us, sealed=sealed)
            content.append(piece)
            records.append(record)
        path_name = f"day/{channel_id}/{segment_id}.mp4"
        path = self.root / path_name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = b"".join(content)
        path.write_bytes(data)
        digest = sha256(sha256(init).digest() + b"".join(one.digest for one in records)).digest()
        row = {
            "id": segment_id,
            "channel_id": channel_id,
            "volume_id": self.volume_id,
            "state": "open" if is_open else "closed",
            "origin": "live",
            "stream": "main",
            "path_name": path_name,
            "start_us": start_us,
            "end_us": None if is_open else start_us + count * FRAME_US,
            "clock_epoch": epoch,
            "codec": parameters.codec,
            "mime": parameters.mime,
            "width": parameters.width,
            "height": parameters.height,
            "fps": parameters.fps,
            "configuration": parameters.configuration,
            "init_size": len(init),
            "size": None if is_open else len(data),
            "frames": None if is_open else count,
            "digest": None if is_open else digest,
            "recovered": False,
        }
        with self.database.write() as tx:
            tx.execute(insert(store.SEGMENT).values(**row))
            packed = b"".join(record.pack() for record in records)
            tx.execute(insert(store.SEGMENT_INDEX).values(segment_id=segment_id, records=packed))
        return segment_id

    def path(self, channel_id: ChannelId, segment_id: SegmentId) -> Path:
        return self.root / f"day/{channel_id}/{segment_id}.mp4"

    def spoil(self, channel_id: ChannelId, segment_id: SegmentId, number: int) -> None:
        """Change one octet in a picture of fragment `number`."""
        with self.database.read() as tx:
            records = list(unpack_records(store.records_of(tx, segment_id)))
        path = self.path(channel_id, segment_id)
        data = bytearray(path.read_bytes())
        begin = len(data) - sum(one.length for one in records[number:])
        data[begin + records[number].length // 2] ^= 1
        path.write_bytes(data)

    def gap(self, channel_id: ChannelId, start_us: int, end_us: int | None, cause: GapCause) -> None:
        with self.database.write() as tx:
            store.open_gap(tx, GapId(new_id(start_us)), Gap(channel_id, start_us, end_us, cause))

    def grow(self, segment_id: SegmentId, records: bytes) -> None:
        with self.database.write() as tx:
            changed = update(store.SEGMENT_INDEX).where(store.SEGMENT_INDEX.c.segment_id == segment_id)
            tx.execute(changed.values(records=records))


def _fragment(
    frames: Sequence[Frame], begin: int, end: int, start_us: int, *, sealed: bool
) -> tuple[bytes, FragmentRecord]:
    wall_us = start_us + begin * FRAME_US
    run = frames[begin:end]
    picture = PictureRun(
        begin * making.STEP, [one.data for one in run], [making.STEP] * len(run), [one.key for one in run]
    )
    data = fmp4.fragment(begin + 1, picture, wall_us if sealed else None)
    digest = sha256(data).digest()
    piece = data + fmp4.seal(digest) if sealed else data
    record = FragmentRecord(
        len(piece),
        begin * making.STEP,
        len(run) * making.STEP,
        begin * FRAME_US,
        len(run),
        run[0].key,
        digest,
        sealed,
    )
    return piece, record
