"""`mingjian onvif`: find cameras and see what they offer. Nothing is saved and no picture is fetched."""

import asyncio
import os
from dataclasses import asdict
from typing import Annotated, Any

import typer

from mingjian.cli.camera import PASSWORD_VARIABLE
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.kernel.clock import SystemClock
from mingjian.media.formats.authentication import Credentials
from mingjian.onvif.discovery import discover as find
from mingjian.onvif.looking import look
from mingjian.onvif.messages.discovery import PORT
from mingjian.onvif.model import NOTE_TEXT, Found, OnvifDevice, Stream

app = typer.Typer(help="ONVIF 摄像机 / cameras by ONVIF", no_args_is_help=True)


@app.command("discover")
def discover(
    *,
    interface: Annotated[
        list[str] | None, typer.Option(help="网络接口名或其 IPv4 地址，可重复 / an interface, may be repeated")
    ] = None,
    address: Annotated[str | None, typer.Option(help="只询问这一个地址 / ask this address only")] = None,
    seconds: Annotated[float, typer.Option(min=0.2, max=60, help="等待秒数 / how long to wait")] = 3.0,
    port: Annotated[int, typer.Option(min=1, max=65535, hidden=True)] = PORT,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """在网络上查找摄像机 / find cameras on the network."""
    allowed = list(read_settings(data, config).settings.media.allowed_networks)
    work = find(allowed=allowed, interfaces=interface or (), target=address, seconds=seconds, port=port)
    found = asyncio.run(work)
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        print_text(say("没有设备应答。", "Nothing answered."))
    else:
        print_table(say("名称 型号 位置 地址", "name hardware location address").split(), [_row(one) for one in found])


def _row(one: Found) -> tuple[str, str, str, str]:
    return one.scopes.name, one.scopes.hardware, one.scopes.location, " ".join(one.addresses)


@app.command("show")
def show(
    address: Annotated[str, typer.Argument(help="主机、主机:端口或服务地址 / host, host:port or an address")],
    *,
    user: Annotated[str, typer.Option("--user", help="ONVIF 账号 / the ONVIF user name")] = "",
    allow_basic: Annotated[
        bool, typer.Option("--allow-basic", help="允许明文密码 / let the password cross the network in clear")
    ] = False,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """读取一台摄像机的码流、时钟和能力；口令从 MINGJIAN_CAMERA_PASSWORD 或提示读取 / what a camera offers."""
    allowed = list(read_settings(data, config).settings.media.allowed_networks)
    work = look(address, _credentials(user), allowed=allowed, clock=SystemClock(), allow_basic=allow_basic)
    device = asyncio.run(work)
    if as_json:
        print_json(_plain({**asdict(device), "has_ptz": device.has_ptz}))
    else:
        _tell(device)


def _credentials(user: str) -> Credentials | None:
    if not user:
        return None
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = typer.prompt(say("摄像机口令", "camera password"), hide_input=True, default="", show_default=False)
    return Credentials(user, password)


def _plain(value: Any) -> Any:
    """Enumerations as their values; the rest is JSON already."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_plain(item) for item in value]
    return getattr(value, "value", value)


def _tell(device: OnvifDevice) -> None:
    info = device.info
    print_text(f"{info.manufacturer} {info.model} {info.firmware} {device.scopes.name}".strip())
    print_text(_clock(device.clock_error_us))
    rows = [
        (picture.source, role, *_stream(stream))
        for picture in device.pictures
        for role, stream in ((say("主", "main"), picture.main), (say("辅", "sub"), picture.sub))
    ]
    print_table(say("视频源 码流 编码 音频 地址", "source stream picture sound address").split(), rows)
    abilities = {"PTZ": device.has_ptz, "events": device.has_events, "imaging": device.has_imaging}
    print_text(say("能力：", "Can: ") + (" ".join(name for name, has in abilities.items() if has) or "—"))
    for note in device.notes:
        print_text(f"{say(NOTE_TEXT[note.kind].zh, NOTE_TEXT[note.kind].en)}: {note.detail}")


def _clock(error_us: int | None) -> str:
    if error_us is None:
        return say("摄像机时钟未知", "Its clock is unknown")
    return say(f"摄像机时钟偏差 {error_us / 1e6:+.1f} 秒", f"Its clock is off by {error_us / 1e6:+.1f} s")


def _stream(stream: Stream | None) -> tuple[str, str, str]:
    if stream is None:
        return "—", "—", "—"
    one = stream.profile
    encoding = one.encoding.value.upper() if one.encoding else "—"
    return f"{encoding} {one.width}x{one.height} {one.fps:g} fps {one.kbps} kbit/s", one.audio or "—", stream.url
