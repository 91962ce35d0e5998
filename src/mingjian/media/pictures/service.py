"""Use cases of pictures in the caller's transaction: the entry of a snapshot, and what has to be forgotten."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import av

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import SegmentId, ViewId
from mingjian.law import engine as law
from mingjian.law.model import Act, Facts, Finding, Outcome
from mingjian.media import store
from mingjian.media.export.service import plain_name
from mingjian.media.pictures import cache, finding
from mingjian.media.pictures.decoder import Decoded, Form
from mingjian.media.pictures.errors import REASON_NEEDED
from mingjian.registry import service as registry
from mingjian.registry.errors import CHANNEL_UNKNOWN
from mingjian.registry.model import Channel
from mingjian.storage.engine import Database, Transaction

FORMAT: Final = "mingjian-snapshot/1"
_SUFFIX: Final = {Form.JPEG: "jpg", Form.PNG: "png"}
MEDIA_TYPE: Final = {Form.JPEG: "image/jpeg", Form.PNG: "image/png"}
_NAME_IN_ENTRY: Final = 40
_LISTED: Final = 64


@dataclass(frozen=True, slots=True)
class Source:
    """What a picture was decoded from. `digests`: SHA-256 of each stored fragment from the key frame to the last that
    was decoded, or of one live chunk; `segment_id` is None for a live one.
    """

    kind: Literal["live", "playback"]
    digests: tuple[bytes, ...]
    segment_id: SegmentId | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture on its way out of the system. `at_us`: the wall time of its frame."""

    channel: Channel
    view_id: ViewId
    reason: str
    picture: Decoded
    form: Form
    at_us: int
    clock_epoch: int
    source: Source

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hex."""
        return sha256(self.picture.data).hexdigest()

    @property
    def file_name(self) -> str:
        moment = to_datetime(self.at_us).astimezone(SHANGHAI)
        time = f"{moment:%Y%m%d-%H%M%S}.{moment.microsecond // 1000:03d}"
        return f"{plain_name(self.channel.name)}_{time}.{_SUFFIX[self.form]}"


def reason_of(text: str) -> str:
    """Raises MingjianError REASON_NEEDED unless it has 2 to 200 characters."""
    reason = " ".join(text.split())
    if not 2 <= len(reason) <= 200:
        raise MingjianError(REASON_NEEDED)
    return reason


def require_lawful(channel: Channel, now_us: int) -> Finding:
    """A snapshot is a copy (复制). Raises MingjianError law.errors.FORBIDDEN."""
    return law.require(Act.COPY, _facts(channel, now_us))


def newest_epoch(tx: Transaction) -> int:
    """The clock epoch that runs now."""
    return max((one.epoch for one in store.clock_epochs(tx)), default=0)


def take(tx: Transaction, snapshot: Snapshot, *, actor: Actor, now_us: int) -> str:
    """Record a snapshot, and make its sidecar (JSON). Nothing may leave before this is committed.

    Raises MingjianError law.errors.FORBIDDEN.
    """
    channel, picture = snapshot.channel, snapshot.picture
    found = require_lawful(channel, now_us)
    detail: dict[str, JSON] = {
        "view": str(snapshot.view_id),
        "name": channel.name[:_NAME_IN_ENTRY],
        "kind": snapshot.source.kind,
        "at_us": snapshot.at_us,
        "clock_epoch": snapshot.clock_epoch,
        "reason": snapshot.reason,
        "media_type": MEDIA_TYPE[snapshot.form],
        "size": len(picture.data),
        "sha256": snapshot.digest,
        "law": [found.outcome.value],
    }
    seq = audit.record(tx, Entry(Action.SNAPSHOT_TAKEN, actor, "channel", str(channel.id), detail, now_us))
    return json.dumps(_sidecar(snapshot, actor, now_us, seq), ensure_ascii=False, indent=2) + "\n"


def _sidecar(snapshot: Snapshot, actor: Actor, now_us: int, seq: int) -> Mapping[str, object]:
    channel, picture, source = snapshot.channel, snapshot.picture, snapshot.source
    return {
        "format": FORMAT,
        "file": {
            "name": snapshot.file_name,
            "media_type": MEDIA_TYPE[snapshot.form],
            "size": len(picture.data),
            "sha256": snapshot.digest,
            "width": picture.width,
            "height": picture.height,
        },
        "channel": {"id": str(channel.id), "name": channel.name},
        "place": {"id": str(channel.place.id), "name": channel.place.name, "region_code": channel.place.region_code},
        "at": _text(snapshot.at_us),
        "at_beijing": to_datetime(snapshot.at_us).astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
        "clock_epoch": snapshot.clock_epoch,
        "source": {
            "kind": source.kind,
            "segment": str(source.segment_id) if source.segment_id else None,
            "sha256": [one.hex() for one in source.digests[-_LISTED:]],
            "earlier": max(0, len(source.digests) - _LISTED),
        },
        "decoder": {"name": "libavcodec", "version": _LIBAVCODEC, "concealed": picture.damaged},
        "taken": {"by": actor.label, "at": _text(now_us), "reason": snapshot.reason, "audit_entry": seq},
        "demonstration": channel.demonstration,
    }


_LIBAVCODEC: Final = ".".join(str(part) for part in av.library_versions["libavcodec"])


def _text(moment_us: int) -> str:
    return to_datetime(moment_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _facts(channel: Channel, now_us: int) -> Facts:
    return Facts(to_datetime(now_us).astimezone(SHANGHAI).date(), channel.place.region_code)


def forget_gone(database: Database, data_dir: Path, now_us: int) -> int:
    """Remove thumbnails of footage that is gone, and of channels whose pictures may no longer be seen.

    Returns of how many segments.
    """

    def may_show(channel_id: UUID) -> bool:
        try:
            with database.read() as tx:
                channel = registry.channel(tx, channel_id)
        except MingjianError as error:
            if error.code != CHANNEL_UNKNOWN.code:
                raise
            return False
        return law.may(Act.VIEW, _facts(channel, now_us)).outcome is not Outcome.FORBIDDEN

    def still_there(segment_ids: list[UUID]) -> set[UUID]:
        with database.read() as tx:
            return finding.still_there(tx, segment_ids)

    return cache.forget_gone(data_dir / cache.FOLDER, may_show, still_there)
