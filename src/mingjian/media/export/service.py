"""Use cases of clips and streams, each in the caller's transaction, each with its audit entry."""

import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.identity.model import Person
from mingjian.identity.tokens import digest, new_token
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, ViewId, new_id
from mingjian.kernel.intervals import Span
from mingjian.law.engine import require
from mingjian.law.model import Act, Facts
from mingjian.media.export import store
from mingjian.media.export.errors import (
    CLIP_NOT_READY,
    CLIP_UNKNOWN,
    NO_ROOM,
    NOTHING_RECORDED,
    RANGE_IN_FUTURE,
    RANGE_UNFIT,
    REASON_NEEDED,
    STREAM_UNKNOWN,
    TOO_MANY_CLIPS,
)
from mingjian.media.export.model import (
    MAX_RANGE_US,
    PART_BYTES,
    STATE_TEXT,
    UNFINISHED,
    Clip,
    ClipChannel,
    ClipId,
    ClipState,
    Contents,
    Grant,
)
from mingjian.media.export.reading import segments_of
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.storage import jobs
from mingjian.storage.engine import Transaction
from mingjian.storage.keyset import Page, Place

FOLDER: Final = "exports"
"""In the data directory."""
JOB: Final = "export.clip"
MAX_UNFINISHED: Final = 10
LISTED: Final = 10_000
SPARED_US: Final = 3_600_000_000
"""So long a finished clip stays however full the disk is: somebody is about to fetch it."""
GRANT_US: Final = 600_000_000
MAX_STREAM_US: Final = 24 * 3_600_000_000
# What was recorded a moment ago becomes durable within an interval of the writer or two.
_SETTLED_US: Final = 5_000_000
_MB: Final = 1_000_000
_NAME_IN_ENTRY: Final = 40
_COPIES_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to copy."""

    channel_ids: tuple[ChannelId, ...]
    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Room:
    """Where clips are made and what must stay free there."""

    folder: Path
    floor_bytes: int

    def free_bytes(self) -> int:
        """What clips may still take, floor left alone; negative below the floor."""
        at = self.folder if self.folder.exists() else self.folder.parent
        return shutil.disk_usage(at).free - self.floor_bytes

    def no_room(self, needed_bytes: int) -> MingjianError:
        return MingjianError(
            NO_ROOM,
            needed_mb=-(-needed_bytes // _MB),
            free_mb=max(0, self.free_bytes()) // _MB,
            floor_mb=self.floor_bytes // _MB,
        )


def wanted(channel_ids: Sequence[UUID], start_us: int, end_us: int, reason: str, now_us: int) -> Wanted:
    """Raises MingjianError REASON_NEEDED, RANGE_UNFIT or RANGE_IN_FUTURE."""
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= 200:
        raise MingjianError(REASON_NEEDED)
    if not 0 < end_us - start_us <= MAX_RANGE_US:
        raise MingjianError(RANGE_UNFIT, limit_zh="24 小时", limit_en="24 hours")
    if end_us > now_us:
        raise MingjianError(RANGE_IN_FUTURE)
    return Wanted(tuple(ChannelId(one) for one in dict.fromkeys(channel_ids)), Span(start_us, end_us), reason)


def estimate(tx: Transaction, asked: Wanted) -> int:
    """About how many bytes the clip will have.

    Raises MingjianError CHANNEL_UNKNOWN, or NOTHING_RECORDED when there is no footage in the range.
    """
    total = 0
    for channel_id in asked.channel_ids:
        registry.channel(tx, channel_id)
        for segment in segments_of(tx, channel_id, asked.span):
            inside = Span(segment.start_us, segment.end_us).clip(asked.span)
            share = inside.length_us / (segment.end_us - segment.start_us) if inside else 0
            total += int((segment.size or 0) * share) + 1
    if not total:
        raise MingjianError(NOTHING_RECORDED)
    return total


def request(
    tx: Transaction,
    asked: Wanted,
    *,
    estimated_bytes: int,
    room: Room,
    keep_us: int,
    person: Person,
    actor: Actor,
    now_us: int,
) -> Clip:
    """Ask for a copy; its row, its audit entry and its job are one transaction.

    Raises MingjianError CHANNEL_UNKNOWN, TOO_MANY_CLIPS, NO_ROOM, or law.errors.FORBIDDEN.
    """
    channels = [registry.channel(tx, channel_id) for channel_id in asked.channel_ids]
    on = to_datetime(now_us).astimezone(SHANGHAI).date()
    findings = {require(Act.COPY, Facts(on, channel.place.region_code)).outcome.value for channel in channels}
    if (found := store.count_unfinished(tx, person.id)) >= MAX_UNFINISHED:
        raise MingjianError(TOO_MANY_CLIPS, found=found, limit=MAX_UNFINISHED)
    # A part is made beside the file that it goes into.
    needed = estimated_bytes + min(estimated_bytes, PART_BYTES)
    if needed + store.promised_bytes(tx) > room.free_bytes():
        raise room.no_room(needed)
    clip = _clip(asked, channels, estimated_bytes, keep_us, person, actor, now_us)
    store.add(tx, clip)
    detail: dict[str, JSON] = {**_described(clip), "reason": clip.reason, "law": [*sorted(findings)]}
    audit.record(tx, Entry(Action.CLIP_REQUESTED, actor, "clip", str(clip.id), detail, now_us))
    run_after_us = max(now_us, clip.end_us + _SETTLED_US)
    jobs.enqueue(
        tx, JOB, {"clip": str(clip.id)}, now_us=now_us, run_after_us=run_after_us, dedupe_key=f"{JOB}:{clip.id}"
    )
    return clip


def _clip(
    asked: Wanted,
    channels: Sequence[Channel],
    estimated_bytes: int,
    keep_us: int,
    person: Person,
    actor: Actor,
    now_us: int,
) -> Clip:
    return Clip(
        id=ClipId(new_id(now_us)),
        person_id=person.id,
        person_label=actor.label,
        channels=tuple(ClipChannel(one.id, one.name) for one in channels),
        start_us=asked.span.start_us,
        end_us=asked.span.end_us,
        reason=asked.reason,
        state=ClipState.WAITING,
        done_bytes=0,
        total_bytes=estimated_bytes,
        contents=Contents(),
        file_name=_file_name(channels, asked.span),
        size=None,
        digest=None,
        problem=None,
        created_us=now_us,
        finished_us=None,
        expires_us=now_us + keep_us,
    )


def clips(tx: Transaction, person: Person, after: Place | None, limit: int) -> Page[Clip]:
    """A page of those of this person, newest first, without those that were deleted."""
    return store.of_person(tx, person.id, after, limit)


def copied(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Clip]:
    """What was copied of a channel before, by whomever: so that nobody copies it again unknowingly."""
    return store.of_channel(tx, channel_id, span, _COPIES_SHOWN)


def some(tx: Transaction, ids: Collection[UUID]) -> list[Clip]:
    """Those of `ids` that there are, whosever they are."""
    return store.some(tx, ids)


def clip_of(tx: Transaction, clip_id: UUID, person: Person, *, for_change: bool = False) -> Clip:
    """Raises MingjianError CLIP_UNKNOWN: another's clip does not exist for you."""
    clip = store.get(tx, clip_id, for_change=for_change)
    if clip is None or clip.person_id != person.id or clip.state is ClipState.CANCELLED:
        raise MingjianError(CLIP_UNKNOWN)
    return clip


def ready_clip_of(tx: Transaction, clip_id: UUID, person: Person, now_us: int) -> Clip:
    """Raises MingjianError CLIP_UNKNOWN or CLIP_NOT_READY."""
    clip = clip_of(tx, clip_id, person)
    state = ClipState.EXPIRED if clip.state is ClipState.READY and clip.expires_us <= now_us else clip.state
    if state is not ClipState.READY:
        words = STATE_TEXT[state]
        raise MingjianError(CLIP_NOT_READY, state_zh=words.zh, state_en=words.en)
    return clip


def delete(tx: Transaction, clip_id: UUID, folder: Path, *, person: Person, actor: Actor, now_us: int) -> None:
    """Delete a clip, or stop its making. Raises MingjianError CLIP_UNKNOWN."""
    clip = clip_of(tx, clip_id, person, for_change=True)
    store.set_state(tx, clip.id, ClipState.CANCELLED, now_us)
    detail: dict[str, JSON] = {"file_name": clip.file_name, "state": clip.state.value}
    audit.record(tx, Entry(Action.CLIP_DELETED, actor, "clip", str(clip.id), detail, now_us))
    tx.after_commit(lambda: remove_files(folder, clip.id))


def begin_download(tx: Transaction, clip: Clip, first_byte: int, *, actor: Actor, now_us: int) -> None:
    """Record a download before its first byte."""
    assert clip.digest is not None
    detail: dict[str, JSON] = {
        "file_name": clip.file_name,
        "size": clip.size,
        "sha256": clip.digest.hex(),
        "first_byte": first_byte,
    }
    audit.record(tx, Entry(Action.CLIP_DOWNLOADED, actor, "clip", str(clip.id), detail, now_us))


# The making of a clip says how it ended


def finished(
    tx: Transaction, clip: Clip, contents: Contents, file_name: str, size: int, file_digest: bytes, now_us: int
) -> None:
    """The file is in its place. The digest is in the log from now on, out of reach of whoever has the file."""
    store.set_ready(tx, clip.id, contents, file_name, size, file_digest, now_us)
    detail: dict[str, JSON] = {
        **_described(clip),
        "file_name": file_name,
        "size": size,
        "sha256": file_digest.hex(),
        "parts": len(contents.parts),
    }
    audit.record(tx, Entry(Action.CLIP_MADE, SYSTEM, "clip", str(clip.id), detail, now_us))


def failed(tx: Transaction, clip: Clip, error: MingjianError, now_us: int) -> None:
    values = {name: str(value) for name, value in error.values.items()}
    store.set_failed(tx, clip.id, error.code, values, now_us)
    detail: dict[str, JSON] = {"problem": error.code}
    audit.record(tx, Entry(Action.CLIP_FAILED, SYSTEM, "clip", str(clip.id), detail, now_us))


def expire(tx: Transaction, now_us: int, limit: int = 100) -> list[ClipId]:
    """End clips whose time is over, and forget grants of streams; the clips whose files may go."""
    store.forget_grants(tx, now_us)
    found = store.expired(tx, now_us, limit)
    for clip in found:
        store.set_state(tx, clip.id, ClipState.EXPIRED, now_us)
        detail: dict[str, JSON] = {"file_name": clip.file_name, "state": clip.state.value}
        audit.record(tx, Entry(Action.CLIP_EXPIRED, SYSTEM, "clip", str(clip.id), detail, now_us))
    return [clip.id for clip in found]


def expire_for_room(tx: Transaction, now_us: int) -> ClipId | None:
    """End one ready clip for want of space: the oldest that has been there for SPARED_US; None when there is none."""
    clip = store.oldest_ready(tx, now_us - SPARED_US)
    if clip is None:
        return None
    store.set_state(tx, clip.id, ClipState.EXPIRED, now_us)
    detail: dict[str, JSON] = {"file_name": clip.file_name, "state": clip.state.value, "why": "space"}
    audit.record(tx, Entry(Action.CLIP_EXPIRED, SYSTEM, "clip", str(clip.id), detail, now_us))
    return clip.id


def sweep(tx: Transaction, folder: Path) -> None:
    """Remove files of clips that are neither ready nor being made: what a crash left behind."""
    # Looked at before the rows: whatever is there by now has a row that is there as well.
    found = list(folder.iterdir()) if folder.is_dir() else []
    kept = {str(one) for one in store.in_states(tx, [ClipState.READY, *UNFINISHED])}
    for path in found:
        if path.name.partition(".")[0] not in kept:
            _remove(path)


def remove_files(folder: Path, clip_id: ClipId) -> None:
    """Everything of a clip on the disk; what is gone already is fine."""
    for path in folder.glob(f"{clip_id}.*"):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


# Streams for other players


def grant_stream(
    tx: Transaction,
    view_id: ViewId,
    channel_id: ChannelId,
    span: Span | None,
    *,
    actor: Actor,
    now_us: int,
) -> tuple[str, Grant]:
    """A token for one channel of one view, and what it is for: the only moment at which the token exists here.

    Without `span` it is for live. Raises MingjianError RANGE_UNFIT or RANGE_IN_FUTURE.
    """
    if span is not None and span.length_us > MAX_STREAM_US:
        raise MingjianError(RANGE_UNFIT, limit_zh="24 小时", limit_en="24 hours")
    if span is not None and span.start_us >= now_us:
        raise MingjianError(RANGE_IN_FUTURE)
    channel = registry.channel(tx, channel_id)
    token = new_token()
    start_us, end_us = (span.start_us, span.end_us) if span else (None, None)
    grant = Grant(view_id, channel_id, start_us, end_us, now_us + GRANT_US)
    store.add_grant(tx, digest(token), grant)
    detail: dict[str, JSON] = {
        "channel": str(channel_id),
        "name": channel.name[:_NAME_IN_ENTRY],
        "start_us": start_us,
        "end_us": end_us,
        "expires_us": grant.expires_us,
    }
    audit.record(tx, Entry(Action.STREAM_GRANTED, actor, "view", str(view_id), detail, now_us))
    return token, grant


def grant_of(tx: Transaction, token: str, now_us: int) -> Grant:
    """Raises MingjianError STREAM_UNKNOWN: unknown, altered and expired look the same."""
    found = store.grant(tx, digest(token), now_us)
    if found is None:
        raise MingjianError(STREAM_UNKNOWN)
    return found


def _described(clip: Clip) -> dict[str, JSON]:
    return {
        "channels": [{"id": str(one.id), "name": one.name[:_NAME_IN_ENTRY]} for one in clip.channels],
        "start_us": clip.start_us,
        "end_us": clip.end_us,
    }


def _file_name(channels: Sequence[Channel], span: Span) -> str:
    """What the file is called when it is saved, without its suffix."""
    begin, end = (to_datetime(us).astimezone(SHANGHAI) for us in (span.start_us, span.end_us))
    name = plain_name(channels[0].name) if len(channels) == 1 else f"录像_{len(channels)}个通道"
    until = f"{end:%H%M%S}" if begin.date() == end.date() else f"{end:%Y%m%d-%H%M%S}"
    return f"{name}_{begin:%Y%m%d-%H%M%S}_{until}"


def plain_name(name: str) -> str:
    """`name` as part of a file name on any system: letters of any script, digits, - and _, neither at its ends."""
    return re.sub(r"[^\w-]+", "_", name).strip("_-")[:40] or "channel"
