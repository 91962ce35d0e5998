"""The demonstration's cameras in a process of their own: ``python -m mingjian.simulate.demo --cache DIR ...``.

Twelve that the platform registers itself, and a spare one for people to add.

Prints ``{"ready": true, "port": N}`` on standard output when it serves (progress of the first rendering goes to
standard error, a JSON line for each scene) and ends at the end of its standard input or at SIGTERM. The file of
credentials is a JSON object ``{slug: {"user": ..., "password": ...}}``, readable by its owner alone, with an entry for
every camera whose scheme is not `none` and for the spare one.
"""

import argparse
import gc
import json
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import uvloop

from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import Camera, CameraSpec
from mingjian.simulate.clips import Clip
from mingjian.simulate.live import LiveCamera
from mingjian.simulate.load import say, until_told
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.scenes import DEMO_CAMERAS, DemoCamera, scene_clips
from mingjian.simulate.sources import ClipSource

_MAX_FILE: Final = 65536
SPARE: Final = "spare"
"""Path and slug of the camera that nobody has registered yet."""
_SPARE_SCENE: Final = "school"


class BadCredentials(ValueError):  # noqa: N818 - the name says what is bad
    """The file of credentials cannot be used; the message says what to do, in both languages."""


@dataclass(frozen=True, slots=True)
class Credential:
    user: str
    password: str = field(repr=False)


class DemoServer:
    """The demonstration cameras over RTSP on the loopback interface.

    `clips` as from `scene_clips`; `credentials` by slug. Raises BadCredentials when one is missing.
    """

    def __init__(self, clips: Mapping[str, Clip], credentials: Mapping[str, Credential], *, port: int = 0) -> None:
        self._live: list[LiveCamera] = []
        specs = [self._spec(camera, clips, credentials) for camera in DEMO_CAMERAS]
        self._server = RtspServer([*specs, _spare(clips, credentials)], port=port)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def cameras(self) -> dict[str, Camera]:
        """The handles by path (`DemoCamera.path`)."""
        return self._server.cameras

    def url(self, camera: DemoCamera) -> str:
        return self._server.url(camera.path)

    async def start(self) -> int:
        return await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()
        for source in self._live:
            source.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _spec(self, camera: DemoCamera, clips: Mapping[str, Clip], credentials: Mapping[str, Credential]) -> CameraSpec:
        clip = clips[camera.slug]
        source: ClipSource | LiveCamera
        if camera.live:
            source = LiveCamera(clip)
            self._live.append(source)
        else:
            source = ClipSource(clip, in_step=True)
        account = _account(camera.slug, camera.scheme, credentials)
        return CameraSpec(camera.path, camera.number, source, account, title=camera.name_en)


def read_credentials(path: Path) -> dict[str, Credential]:
    """Read the file of credentials. Raises BadCredentials, and OSError when it cannot be read."""
    state = path.stat()
    if stat.S_IMODE(state.st_mode) & 0o077:
        raise BadCredentials(
            "口令文件可被他人读取，请执行 chmod 600 / others can read the credentials file: chmod 600 it"
        )
    if state.st_size > _MAX_FILE:
        raise BadCredentials("口令文件过大 / the credentials file is too large")
    try:
        entries = json.loads(path.read_bytes())
        return {str(slug): Credential(str(one["user"]), str(one["password"])) for slug, one in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # the cause is not chained: its text may quote the file
        message = '口令文件格式应为 {"slug": {"user", "password"}} / the file must hold {"slug": {"user", "password"}}'
        raise BadCredentials(f"{message} ({type(error).__name__})") from None


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        credentials = read_credentials(options.credentials)
        server = DemoServer(scene_clips(options.cache, _tell), credentials, port=options.port)
    except (BadCredentials, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    gc.freeze()
    uvloop.run(_serve(server))
    return 0


async def _serve(server: DemoServer) -> None:
    say(ready=True, port=await server.start())
    await until_told()
    await server.stop()


def _spare(clips: Mapping[str, Clip], credentials: Mapping[str, Credential]) -> CameraSpec:
    source = ClipSource(clips[_SPARE_SCENE], in_step=True)
    return CameraSpec(SPARE, len(DEMO_CAMERAS) + 1, source, _account(SPARE, Scheme.DIGEST, credentials), title="Spare")


def _account(slug: str, scheme: Scheme, credentials: Mapping[str, Credential]) -> Account:
    if scheme is Scheme.NONE:
        return Account()
    if slug not in credentials:
        raise BadCredentials(f"口令文件缺少 {slug} / the credentials file has no entry {slug}")
    credential = credentials[slug]
    return Account(scheme, credential.user, credential.password)


def _tell(done: int, total: int) -> None:
    sys.stderr.write(json.dumps({"progress": done, "total": total}) + "\n")
    sys.stderr.flush()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mingjian.simulate.demo", description="The demonstration's cameras")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cache", type=Path, required=True, help="directory for the rendered scenes")
    parser.add_argument(
        "--credentials", type=Path, required=True, help="JSON file of mode 0600: user, password by slug"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
