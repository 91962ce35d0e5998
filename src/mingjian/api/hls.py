"""Open views in other players: HLS (RFC 8216) by a short-lived address, without cookies."""

from collections.abc import Iterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from fastapi.responses import StreamingResponse

from mingjian.access import service as access
from mingjian.access.model import View, ViewKind
from mingjian.api.deps import AppContext, Context, Data, Door, Public
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape, span_of
from mingjian.api.views import PERMISSION_OF, Watcher
from mingjian.identity import service as people
from mingjian.identity.rights import service as rights
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import SegmentId
from mingjian.media.errors import WINDOW_UNREADABLE
from mingjian.media.export import hls, service
from mingjian.media.export.errors import STREAM_UNKNOWN
from mingjian.media.export.model import Grant
from mingjian.media.export.reading import Footage
from mingjian.registry import service as registry

router = versioned("streams")

_ByToken: Final = Depends(Public("the random token in the address is the right; it ends after ten minutes"))
_LIST_TYPE: Final = "application/vnd.apple.mpegurl"
Token = Annotated[str, Path(min_length=1, max_length=200)]


class NewStream(Shape):
    """A channel of the view; with `start` and `end` for playback, without for live."""

    channel: UUID
    start: Moment | None = None
    end: Moment | None = None


class Stream(Shape):
    """An address for another player. Whoever has it can watch until it expires: it is not shown again."""

    url: str
    expires_at: Moment


@router.post("/views/{view_id}/streams", operation_id="openStream", status_code=201)
def open_stream(
    view_id: UUID, body: NewStream, request: Request, context: Context, data: Data, caller: Watcher
) -> Stream:
    """An HLS address for one channel of an open view. It holds for ten minutes, and ends with the view."""
    if (body.start is None) != (body.end is None):
        raise MingjianError(WINDOW_UNREADABLE, limit="24 h")
    span = span_of(body.start, body.end, "24 h") if body.start is not None and body.end is not None else None
    kind = ViewKind.LIVE if span is None else ViewKind.PLAYBACK
    with data.write() as tx:
        caller = caller.at_channels(tx, PERMISSION_OF[kind], [body.channel])
        view = access.view_of(tx, view_id, caller.person, kind)
        channel_id = access.channel_of(view, body.channel)
        token, grant = service.grant_stream(
            tx, view.id, channel_id, span, actor=caller.actor, now_us=caller.visit.now_us
        )
    return Stream(url=f"{_origin(request, context)}/api/v1/hls/{token}/index.m3u8", expires_at=grant.expires_us)


def _origin(request: Request, context: AppContext) -> str:
    # The host was found to be ours before anything was changed (see `security.OwnOrigin`).
    return context.settings.api.public_origin or str(request.base_url).rstrip("/")


@router.get(
    "/hls/{token}/index.m3u8",
    operation_id="hlsIndex",
    response_class=Response,
    responses={200: {"content": {_LIST_TYPE: {}}}},
    dependencies=[_ByToken],
)
def get_index(token: Token, context: Context, data: Data) -> Response:
    """The list of parts: all of them for playback, the newest for live."""
    grant, _view = _granted(context, data, token)
    with data.read() as tx:
        content = hls.index(tx, grant, context.clock.now_us())
    return Response(content, media_type=_LIST_TYPE)


@router.get(
    "/hls/{token}/{segment_id}/init.mp4",
    operation_id="hlsInit",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}},
    dependencies=[_ByToken],
)
def get_init(token: Token, segment_id: UUID, context: Context, data: Data) -> Response:
    """What a player must know before the first part of this segment."""
    grant, _view = _granted(context, data, token)
    with data.read() as tx:
        content = hls.init(tx, grant, SegmentId(segment_id))
    return Response(content, media_type="video/mp4")


@router.get(
    "/hls/{token}/{segment_id}/{first}-{last}-{ticks}.m4s",
    operation_id="hlsPart",
    response_class=Response,
    responses={200: {"content": {"video/iso.segment": {}}}},
    dependencies=[_ByToken],
)
def get_part(
    token: Token,
    segment_id: UUID,
    first: Annotated[int, Path(ge=0, lt=1 << 31)],
    last: Annotated[int, Path(ge=0, lt=1 << 31)],
    ticks: Annotated[int, Path(ge=0, lt=1 << 62)],
    context: Context,
    data: Data,
) -> Response:
    """Stored fragments, never re-encoded, with decode times that begin at `ticks`; their seconds count as seen."""
    grant, view = _granted(context, data, token)
    with data.read() as tx:
        pieces = hls.part(tx, grant, SegmentId(segment_id), first, last)
    content = hls.content(Footage(context.database), pieces, ticks)
    begun = next(content)  # a part of which nothing can be read is refused, not sent empty
    seconds = sum(piece.end_us - piece.start_us for piece in pieces) / 1_000_000
    with context.database.write() as tx:
        access.seen(tx, view.id, {grant.channel_id: round(seconds)}, context.clock.now_us())
    return StreamingResponse(_chain(begun, content), media_type="video/iso.segment")


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _granted(context: AppContext, data: Door, token: str) -> tuple[Grant, View]:
    """The grant of a token and its view, asked anew for each request: both, the person's right and the sign-in that
    opened the view must still hold, and for playback the duty place at which it was opened not be locked.

    Raises MingjianError STREAM_UNKNOWN.
    """
    now_us = context.clock.now_us()
    with data.read() as tx:
        grant = service.grant_of(tx, token, now_us)
        view = access.open_view_by_id(tx, grant.view_id)
        person = people.find_person(tx, view.person_id) if view else None
        authority = rights.authority(tx, person, now_us) if person else None
        target = registry.target(tx, grant.channel_id)
        key = view.session_key if view else None
        # A duty place that waits for a hand goes on with live pictures and with nothing else.
        live = view is not None and view.kind is ViewKind.LIVE
        lives = key is not None and people.session_lives(tx, key, now_us, context.settings.identity, while_locked=live)
    held = view is not None and authority is not None and authority.may(PERMISSION_OF[view.kind], target)
    if view is None or not lives or not held:
        raise MingjianError(STREAM_UNKNOWN)
    return grant, view
