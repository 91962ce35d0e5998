"""Copies of footage: ask for one, see how far it is, download it, delete it."""

import os
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from mingjian.api import paging
from mingjian.api.deps import AppContext, Caller, Context, Data, Requires
from mingjian.api.downloads import DownloadKey
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, Moment, Problem, Shape
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError
from mingjian.media.export import model, service
from mingjian.media.export.errors import FILE_GONE, told

router = versioned("clips")

Copier = Annotated[Caller, Depends(Requires(Permission.CLIP_MAKE))]

_DAY_US: Final = 86_400_000_000
_MB: Final = 1_000_000
_CHUNK: Final = 1 << 18
_CLIP_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0193498a-7b00-7000-8000-000000000030",
    "channels": [{"id": "0193498a-7b00-7000-8000-000000000010", "name": "校门口东侧"}],
    "start": TIME_EXAMPLE,
    "end": "2026-11-20T06:08:00.000000Z",
    "reason": "核实 11 月 20 日 14 时校门口事件",
    "state": "ready",
    "zh": "可下载",
    "en": "ready",
    "done_bytes": 150_000_000,
    "total_bytes": 150_000_000,
    "parts": [
        {
            "name": "校门口东侧_20261120-140300_140800.mp4",
            "channel": "0193498a-7b00-7000-8000-000000000010",
            "clock_epoch": 0,
            "start": TIME_EXAMPLE,
            "end": "2026-11-20T06:08:00.000000Z",
            "lead_ms": 640,
            "frames": 7516,
            "size": 150_000_000,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }
    ],
    "left_out": [],
    "more": 0,
    "file": {
        "name": "校门口东侧_20261120-140300_140800.mp4",
        "size": 150_000_000,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "media_type": "video/mp4",
    },
    "problem": None,
    "created_at": TIME_EXAMPLE,
    "finished_at": TIME_EXAMPLE,
    "expires_at": TIME_EXAMPLE,
}


class NewClip(Shape):
    """What to copy, and why: at most 24 hours of at most 16 channels."""

    channels: list[UUID] = Field(min_length=1, max_length=model.MAX_CHANNELS)
    start: Moment
    end: Moment
    reason: str = Field(max_length=400, pattern=NO_CONTROLS, examples=["核实 11 月 20 日 14 时校门口事件"])


class ClipChannel(Shape):
    """A channel of a clip, with its name as it was."""

    id: UUID
    name: str


class ClipPart(Shape):
    """One MP4 in a clip. `start` and `end` are what it shows; `lead_ms` of pictures before them are hidden in it.

    `sound` is the codec of its sound, null without; browsers do not play `alaw` and `ulaw` in a file.
    """

    name: str
    channel: UUID
    clock_epoch: int
    start: Moment
    end: Moment
    lead_ms: int
    frames: int
    sound: str | None
    size: int
    sha256: str


class ClipLeftOut(Shape):
    """A stretch that is not in the clip, and why."""

    channel: UUID
    start: Moment
    end: Moment
    cause: str
    zh: str
    en: str


class ClipFile(Shape):
    """The file to download; `sha256` in hex."""

    name: str
    size: int
    sha256: str
    media_type: str


class Clip(Shape):
    """A copy of footage, from asking to its end. `more`: stretches and parts that only the manifest lists."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLIP_EXAMPLE]})

    id: UUID
    channels: list[ClipChannel]
    start: Moment
    end: Moment
    reason: str
    state: Literal["waiting", "running", "ready", "failed", "cancelled", "expired"]
    zh: str
    en: str
    done_bytes: int
    total_bytes: int
    parts: list[ClipPart]
    left_out: list[ClipLeftOut]
    more: int
    file: ClipFile | None
    problem: Problem | None
    created_at: Moment
    finished_at: Moment | None
    expires_at: Moment

    @classmethod
    def of(cls, clip: model.Clip) -> "Clip":
        words = model.STATE_TEXT[clip.state]
        return cls(
            id=clip.id,
            channels=[ClipChannel(id=one.id, name=one.name) for one in clip.channels],
            start=clip.start_us,
            end=clip.end_us,
            reason=clip.reason,
            state=clip.state.value,
            zh=words.zh,
            en=words.en,
            done_bytes=min(clip.done_bytes, clip.total_bytes),
            total_bytes=clip.total_bytes,
            parts=[_part(one) for one in clip.contents.parts],
            left_out=[_left_out(one) for one in clip.contents.left_out],
            more=clip.contents.more,
            file=_file(clip),
            problem=Problem.of(told(*clip.problem)) if clip.problem else None,
            created_at=clip.created_us,
            finished_at=clip.finished_us,
            expires_at=clip.expires_us,
        )


class Clips(Shape):
    """Your clips, newest first."""

    items: list[Clip]
    next: str | None


def _part(part: model.Part) -> ClipPart:
    return ClipPart(
        name=part.name,
        channel=part.channel_id,
        clock_epoch=part.clock_epoch,
        start=part.start_us,
        end=part.end_us,
        lead_ms=part.lead_us // 1000,
        frames=part.frames,
        sound=part.sound or None,
        size=part.size,
        sha256=part.sha256,
    )


def _left_out(one: model.LeftOut) -> ClipLeftOut:
    words = model.LEFT_OUT_TEXT[one.cause]
    return ClipLeftOut(
        channel=one.channel_id, start=one.start_us, end=one.end_us, cause=one.cause, zh=words.zh, en=words.en
    )


def _file(clip: model.Clip) -> ClipFile | None:
    if clip.state is not model.ClipState.READY or clip.size is None or clip.digest is None:
        return None
    return ClipFile(
        name=clip.file_name, size=clip.size, sha256=clip.digest.hex(), media_type=_media_type(clip.file_name)
    )


def _media_type(file_name: str) -> str:
    return "video/mp4" if file_name.endswith(".mp4") else "application/zip"


def _folder(context: AppContext) -> Path:
    return context.data_dir / service.FOLDER


@router.post("/clips", operation_id="createClip", status_code=201)
def create_clip(body: NewClip, context: Context, data: Data, caller: Copier) -> Clip:
    """Ask for a copy: recorded with its reason; a job makes it."""
    asked = service.wanted(body.channels, body.start, body.end, body.reason, caller.visit.now_us)
    with data.read() as tx:
        caller = caller.at_channels(tx, Permission.CLIP_MAKE, body.channels)
        estimated_bytes = service.estimate(tx, asked)
    settings = context.settings.store
    with data.write() as tx:
        clip = service.request(
            tx,
            asked,
            estimated_bytes=estimated_bytes,
            room=service.Room(_folder(context), settings.floor_mb * _MB),
            keep_us=settings.clip_days * _DAY_US,
            person=caller.person,
            actor=caller.actor,
            now_us=caller.visit.now_us,
        )
    return Clip.of(clip)


@router.get("/clips", operation_id="listClips")
def list_clips(data: Data, caller: Copier, cursor: Cursor = None, limit: Limit = 200) -> Clips:
    """Your own clips."""
    with data.read() as tx:
        page = service.clips(tx, caller.person, paging.place(cursor, int, UUID), limit)
    return Clips(items=[Clip.of(one) for one in page.items], next=paging.following(page.next))


@router.get("/clips/{clip_id}", operation_id="getClip")
def get_clip(clip_id: UUID, data: Data, caller: Copier) -> Clip:
    """One of your clips: how far it is, what is in it, what is not and why."""
    with data.read() as tx:
        return Clip.of(service.clip_of(tx, clip_id, caller.person))


@router.delete("/clips/{clip_id}", operation_id="deleteClip", status_code=204)
def delete_clip(clip_id: UUID, context: Context, data: Data, caller: Copier) -> None:
    """Delete a clip with its file, or stop its making."""
    with data.write() as tx:
        service.delete(
            tx, clip_id, _folder(context), person=caller.person, actor=caller.actor, now_us=caller.visit.now_us
        )


@router.get(
    "/clips/{clip_id}/manifest",
    operation_id="clipManifest",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}},
)
def get_manifest(clip_id: UUID, context: Context, data: Data, caller: Copier) -> Response:
    """The manifest of a ready clip: spans, gaps, digests, and the segments that it came from."""
    with data.read() as tx:
        clip = service.ready_clip_of(tx, clip_id, caller.person, caller.visit.now_us)
        caller.at_channels(tx, Permission.CLIP_MAKE, [one.id for one in clip.channels])
    try:
        content = (_folder(context) / f"{clip.id}.json").read_bytes()
    except OSError as error:
        raise MingjianError(FILE_GONE) from error
    name = clip.file_name.rpartition(".")[0] + ".json"
    return Response(content, media_type="application/json", headers={"Content-Disposition": disposition(name)})


@router.get(
    "/clips/{clip_id}/file",
    operation_id="downloadClip",
    response_class=Response,
    responses={
        200: {"content": {"video/mp4": {}, "application/zip": {}}},
        206: {"description": "the asked bytes", "content": {"video/mp4": {}, "application/zip": {}}},
    },
)
def download_clip(
    clip_id: UUID,
    context: Context,
    data: Data,
    caller: Copier,
    range_: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
) -> Response:
    """The file, whole or from where a broken download stopped. Each download begun is recorded before its first byte.

    A range behind the first byte, asked within minutes by the session that began, belongs to the same download.
    """
    now_us = caller.visit.now_us
    with data.read() as tx:
        clip = service.ready_clip_of(tx, clip_id, caller.person, now_us)
        caller = caller.at_channels(tx, Permission.CLIP_MAKE, [one.id for one in clip.channels])
    assert clip.size is not None
    assert clip.digest is not None
    headers = _file_headers(clip)
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    wanted = byte_range(range_, clip.size) if if_range in (None, headers["ETag"]) else None
    if wanted == (0, 0):
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{clip.size}"})
    first, end = wanted or (0, clip.size)
    key = (caller.session.key, clip.id)
    with ExitStack() as unless_sent:
        file = unless_sent.enter_context(_open(_folder(context), clip))
        if not context.downloads.goes_on(key, first, context.clock):
            with data.write() as tx:
                service.begin_download(tx, clip, first, actor=caller.actor, now_us=now_us)
        context.downloads.seen(key, context.clock)
        unless_sent.pop_all()
    headers["Content-Length"] = str(end - first)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{clip.size}"
    content = _bytes(file, first, end, context, key)
    status = 200 if wanted is None else 206
    return StreamingResponse(content, status, headers=headers, media_type=_media_type(clip.file_name))


def _file_headers(clip: model.Clip) -> dict[str, str]:
    assert clip.digest is not None
    return {
        "ETag": f'"{clip.digest.hex()}"',
        "Accept-Ranges": "bytes",
        # RFC 9530 section 3: of the whole file, also on a part of it.
        "Repr-Digest": f"sha-256=:{b64encode(clip.digest).decode()}:",
        "Content-Disposition": disposition(clip.file_name),
    }


def disposition(file_name: str) -> str:
    """RFC 6266: a plain name for old programs, and the real one (RFC 8187)."""
    stem, _, suffix = file_name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", stem).strip("_-") or "clip"
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def byte_range(value: str | None, size: int) -> tuple[int, int] | None:
    """The bytes [first, end) that a Range header asks for (RFC 9110 section 14).

    None: the whole file, as for what is no single range of bytes. (0, 0): nothing of it is there.
    """
    found = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", value or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, end = max(0, size - int(found[2])), size
    else:
        first, end = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
        if found[2] and int(found[2]) < first:
            return None  # no range at all, by its form
    return (first, end) if first < end else (0, 0)


def _open(folder: Path, clip: model.Clip) -> FileIO:
    """The clip's file, opened. Raises MingjianError FILE_GONE unless it has its size."""
    suffix = clip.file_name.rpartition(".")[2]
    try:
        file = FileIO(folder / f"{clip.id}.{suffix}")
    except OSError as error:
        raise MingjianError(FILE_GONE) from error
    if os.fstat(file.fileno()).st_size != clip.size:
        file.close()
        raise MingjianError(FILE_GONE)
    return file


def _bytes(file: FileIO, first: int, end: int, context: AppContext, key: DownloadKey) -> Iterator[bytes]:
    with file:
        while first < end and (data := os.pread(file.fileno(), min(_CHUNK, end - first), first)):
            first += len(data)
            yield data
            context.downloads.seen(key, context.clock)
