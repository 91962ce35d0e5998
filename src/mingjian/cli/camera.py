"""`mingjian camera`: add, list and test cameras on the machine itself."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from typing import Annotated
from uuid import UUID

import typer

from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.cli.options import DEFAULT_DATA, AsJson, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_json, print_table, print_text, say
from mingjian.config import Settings
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.media import service as media
from mingjian.media.errors import ADDRESS_UNREADABLE
from mingjian.media.formats import url as addresses
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.url import StreamUrl
from mingjian.media.ingest.connection import Transport
from mingjian.media.ingest.reading import Reading
from mingjian.media.live.server import sound_document
from mingjian.media.probe import Probed, probe
from mingjian.onvif.addresses import typed
from mingjian.registry import service as registry
from mingjian.registry.model import Channel, NewPlace, TransportChoice, shown_address
from mingjian.registry.vault import Secret, open_vault
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.folders import MEDIA, VAULT_KEY, Folders, prepare
from mingjian.workers.states import read_states

app = typer.Typer(help="摄像机 / cameras", no_args_is_help=True)

PASSWORD_VARIABLE = "MINGJIAN_CAMERA_PASSWORD"  # noqa: S105 - the name of a variable, not a password

Address = Annotated[str, typer.Argument(help="rtsp://主机:端口/路径 / rtsp://host:port/path")]
UserName = Annotated[str, typer.Option("--user", help="摄像机账号 / the camera's user name")]
AskedBy = Annotated[
    TransportChoice,
    typer.Option("--transport", help="传输方式，auto 先 TCP 后 UDP / auto is TCP, and UDP where that is refused"),
]
SubAddress = Annotated[str, typer.Option("--sub", help="子码流地址 / address of the camera's small stream")]


@app.command("add")
def add(
    address: Address,
    *,
    name: Annotated[str, typer.Option(help="通道名称 / name of the channel")],
    place: Annotated[str, typer.Option(help="场所名称 / name of the place")],
    region: Annotated[str, typer.Option(help="行政区划代码（六位）/ GB/T 2260 code, six digits")],
    spot: Annotated[str, typer.Option(help="部位 / what the camera looks at")],
    place_address: Annotated[str, typer.Option(help="详细地址 / address of the place")] = "",
    user: UserName = "",
    transport: AskedBy = "auto",
    sub: SubAddress = "",
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """测试并登记一台摄像机；口令从 MINGJIAN_CAMERA_PASSWORD 或提示读取 / test a camera and register it."""
    settings, folders = read_settings(data, config).settings, prepare(data)
    small = _read(sub)[0] if sub else None
    url, secret = _target(address, user)
    with _database(settings, folders) as database:
        found = _probed(database, url, secret, settings, transport)
        if small is not None:
            _probed(database, small, secret, settings, transport)
        now_us = SystemClock().now_us()
        with audited(database) as tx:
            known = {(one.name, one.region_code): one.id for one in registry.all_places(tx)}
            added = registry.add_channel(
                tx,
                name=name,
                address=str(url),
                secret=secret,
                place=known.get((place, region)) or NewPlace(place, place_address, region),
                spot_name=spot,
                vault=open_vault(folders.data / VAULT_KEY),
                by=_actor(),
                now_us=now_us,
                transport=transport,
                sub_address=str(small) if small is not None else None,
            )
    _tell(added, found, as_json=as_json)


@app.command("test")
def try_camera(
    address: Address,
    *,
    user: UserName = "",
    transport: AskedBy = "auto",
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """测试能否取到图像，不保存 / see whether a camera sends a picture; nothing is saved."""
    settings, folders = read_settings(data, config).settings, prepare(data)
    url, secret = _target(address, user)
    with _database(settings, folders) as database:
        found = _probed(database, url, secret, settings, transport)
    if as_json:
        print_json({"address": str(url), **_picture(found)})
    else:
        print_text(say(f"连接成功：{_in_words(found)}", f"It works: {_in_words(found)}"))


@app.command("list")
def list_cameras(*, data: DataDir = DEFAULT_DATA, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """列出摄像机 / list cameras."""
    settings, folders = read_settings(data, config).settings, prepare(data)
    up = any(one.role.partition("-")[0] == MEDIA and one.state == "up" for one in read_states(folders.run))
    with _database(settings, folders) as database, database.read() as tx:
        channels = registry.channels(tx)
        statuses = media.statuses(tx, channels, recorder_up=up)
    rows = [
        (one.name, one.place.name, one.spot.name, shown_address(one.device.address), statuses[one.id].state.value)
        for one in channels
    ]
    if as_json:
        names = ("name", "place", "spot", "address", "state")
        print_json(
            [{"id": one.id, **dict(zip(names, row, strict=True))} for one, row in zip(channels, rows, strict=True)]
        )
        return
    print_table(say("名称 场所 部位 地址 状态", "name place spot address state").split(), rows)


@app.command("change")
def change(
    channel: Annotated[UUID, typer.Argument(help="通道编号（camera list --json）/ id of the channel")],
    *,
    transport: Annotated[
        TransportChoice | None, typer.Option("--transport", help="传输方式 / how its streams are asked for")
    ] = None,
    sub: Annotated[
        str | None, typer.Option("--sub", help="子码流地址，空为取消 / address of the small stream; empty: none")
    ] = None,
    onvif: Annotated[
        str | None, typer.Option("--onvif", help="ONVIF 地址，空为取消 / where it answers ONVIF; empty: nowhere")
    ] = None,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """修改取流方式、子码流和 ONVIF 地址 / change how a camera's streams and events are asked for."""
    told = str(typed(onvif)) if onvif else None
    settings, folders = read_settings(data, config).settings, prepare(data)
    with _database(settings, folders) as database, audited(database) as tx:
        device = registry.channel(tx, channel).device
        changed = registry.set_streams(
            tx,
            channel,
            transport=transport or device.transport,
            sub_address=device.sub_address if sub is None else str(_read(sub)[0]) if sub else None,
            by=_actor(),
            now_us=SystemClock().now_us(),
        )
        if onvif is not None:
            registry.set_onvif_address(tx, channel, told, by=_actor(), now_us=SystemClock().now_us())
    small = changed.device.sub_address
    shown = {"transport": changed.device.transport, "sub_address": shown_address(small) if small else None}
    if as_json:
        print_json({"id": changed.id, "name": changed.name, **shown})
    else:
        words = f"{shown['transport']}, {shown['sub_address'] or '-'}"
        print_text(say(f"已修改 {changed.name}：{words}", f"Changed {changed.name}: {words}"))


@contextmanager
def _database(settings: Settings, folders: Folders) -> Iterator[Database]:
    """Raises MingjianError when no `serve` or `migrate` of this program has prepared it."""
    with closing(Database(settings.storage.database_url(folders.data))) as database:
        migrate.require_head(database)
        yield database


def _actor() -> Actor:
    return Actor("command_line", None, os.environ.get("USER", ""))


def _probed(
    database: Database, url: StreamUrl, secret: Secret | None, settings: Settings, transport: TransportChoice
) -> Probed:
    # Recorded first: whoever tests a camera sees what it sends.
    with audited(database) as tx:
        media.record_probe(tx, str(url), by=_actor(), now_us=SystemClock().now_us())
    return _probe(url, secret, settings, transport)


def _read(address: str) -> tuple[StreamUrl, Secret | None]:
    try:
        url, inline = addresses.parse(address)
    except addresses.BadAddress as error:
        raise MingjianError(ADDRESS_UNREADABLE) from error
    return url, Secret(inline.user_name, inline.password) if inline else None


def _target(address: str, user: str) -> tuple[StreamUrl, Secret | None]:
    url, inline = _read(address)
    if user:
        # Never from the command line itself: every user of the machine can read that.
        password = os.environ.get(PASSWORD_VARIABLE)
        if password is None:
            password = typer.prompt(
                say("摄像机口令", "camera password"), hide_input=True, default="", show_default=False
            )
        return url, Secret(user, password)
    return url, inline


def _probe(url: StreamUrl, secret: Secret | None, settings: Settings, transport: TransportChoice) -> Probed:
    credentials = Credentials(secret.user_name, secret.password) if secret else None

    async def ask() -> Probed:
        reading = Reading(asyncio.get_running_loop())
        allowed = list(settings.media.allowed_networks)
        asked = None if transport == "auto" else Transport(transport)
        return await probe(url, credentials, allowed=allowed, clock=SystemClock(), reading=reading, transport=asked)

    return asyncio.run(ask())


def _picture(found: Probed) -> dict[str, object]:
    parameters = asdict(replace(found.parameters, sound=None))
    del parameters["configuration"]
    return {
        **parameters,
        "fps": found.fps,
        "server": found.server,
        "transport": found.transport.value,
        "sound": sound_document(found.parameters.sound),
        "sound_left_out": found.sound_left_out,
    }


def _in_words(found: Probed) -> str:
    one, transport = found.parameters, found.transport.value.upper()
    picture = f"{one.codec.upper()} {one.width}x{one.height} {found.fps:g} fps"
    return " ".join(part for part in (picture, *_sound_words(found), transport, found.server) if part)


def _sound_words(found: Probed) -> Iterator[str]:
    if (sound := found.parameters.sound) is not None:
        yield f"{sound.codec.upper()} {sound.rate / 1000:g} kHz"
    if found.sound_left_out:
        yield say(f"声音 {found.sound_left_out} 无法保存", f"sound {found.sound_left_out} cannot be kept")


def _tell(added: Channel, found: Probed, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": added.id, "name": added.name, **_picture(found)})
        return
    words = _in_words(found)
    print_text(
        say(
            f"已登记 {added.name}（{words}），平台几秒内开始录像。",
            f"Added {added.name} ({words}); recording begins within seconds.",
        )
    )
