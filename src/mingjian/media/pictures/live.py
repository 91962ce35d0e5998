"""The newest key frame of a channel that is live, from what the API receives for its viewers anyway."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.media.errors import PROBLEMS, told
from mingjian.media.live.hub import LiveHub, Viewer
from mingjian.media.live.wire import VIEWER_HEAD, Kind
from mingjian.media.pictures.errors import NO_LIVE

LIMIT_S: Final = 10.0
"""Cameras with a key frame every ten seconds exist; whoever joins is sent the newest one at once."""


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A key frame as an MP4 of one frame; `digest` is the SHA-256 of its live chunk."""

    movie: bytes
    wall_us: int
    digest: bytes


async def newest_key(hub: LiveHub, channel_id: ChannelId, limit_s: float = LIMIT_S) -> LiveKey:
    """Raises MingjianError NO_LIVE, or the problem of a channel that is offline."""
    viewer = hub.join(channel_id)
    try:
        async with asyncio.timeout(limit_s):
            return await _first_key(viewer)
    except TimeoutError as error:
        raise MingjianError(NO_LIVE, seconds=round(limit_s)) from error
    finally:
        hub.leave(channel_id, viewer)


async def _first_key(viewer: Viewer) -> LiveKey:
    init = b""
    key: LiveKey | None = None
    while key is None:
        for item in await viewer.take():
            if not isinstance(item, bytes):
                _refuse_offline(item)
                continue
            kind, wall_us = VIEWER_HEAD.unpack_from(item)
            if kind == Kind.INIT:
                init = item[VIEWER_HEAD.size :]
            elif kind == Kind.KEY and init:
                chunk = item[VIEWER_HEAD.size :]
                key = LiveKey(init + chunk, wall_us, sha256(chunk).digest())  # the last of those that waited
    return key


def _refuse_offline(item: Mapping[str, Any]) -> None:
    """Raises MingjianError for the state of a channel that is offline."""
    if item.get("state") != "offline":
        return
    problem = item.get("problem") or {"code": ""}
    raise told(problem["code"], problem["values"]) if problem["code"] in PROBLEMS else MingjianError(NO_LIVE, seconds=0)
