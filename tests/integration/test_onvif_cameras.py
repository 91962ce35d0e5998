"""Whole exchanges with cameras that behave: every way to ask, both media services, clocks that are wrong."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from tests.unit.onvif import answers
from tests.unit.onvif.answers import profile, profile2, profiles, profiles2
from tests.unit.onvif.cameras import LOOPBACK, PERSON, Camera, Heard, Reply, TestClock, served

from mingjian.api.tls import ensure_certificate, names_for
from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.authentication import Credentials
from mingjian.onvif.client import OnvifClient, access
from mingjian.onvif.control import Imaging, Ptz
from mingjian.onvif.looking import look
from mingjian.onvif.messages.device import get_information
from mingjian.onvif.model import (
    Adjustment,
    Encoding,
    FocusMode,
    ImagingSettings,
    IrCut,
    Note,
    NoteKind,
    OnvifDevice,
    Range,
    Service,
    Vector,
)

Found = TypeVar("Found")
SECOND = 1_000_000


def looked(camera: Camera, who: Credentials | None = PERSON, **more: bool) -> OnvifDevice:
    async def run() -> OnvifDevice:
        async with served(camera):
            return await look(camera.address, who, allowed=LOOPBACK, clock=TestClock(), **more)

    return asyncio.run(run())


def spoken(camera: Camera, talk: Callable[[OnvifClient], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        async with (
            served(camera),
            OnvifClient(access(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())) as client,
        ):
            return await talk(client)

    return asyncio.run(run())


@pytest.mark.parametrize("auth", ["", "token", "digest", "sha256", "digest token", "sha256 digest"])
@pytest.mark.parametrize("keeps_open", [True, False])
def test_a_camera_is_asked_by_the_way_it_accepts(auth: str, *, keeps_open: bool) -> None:
    camera = Camera(auth=auth, keeps_open=keeps_open)
    device = looked(camera)
    assert device.info.model == "IPC-1"
    assert device.scopes.name == "南门 No.1"
    assert device.scopes.profiles == ("Streaming", "T")
    assert device.pictures[0].main is not None
    assert device.pictures[0].main.url == "rtsp://127.0.0.1:554/Streaming/Profile_1?a=1&b=2"
    assert (device.pictures[0].main.profile.width, device.pictures[0].main.profile.audio) == (1920, "G711")
    assert device.pictures[0].sub is not None
    assert device.pictures[0].sub.profile.token == "Profile_2"
    assert device.pictures[0].snapshot_url == f"http://{camera.address}/snapshot?p=1"
    assert (device.has_ptz, device.has_events, device.has_imaging) == (True, True, True)
    assert device.pictures[0].tokens == {"VideoSource_1", "VideoSourceToken"}
    assert device.notes == ()
    assert camera.connections == (1 if keeps_open else len(camera.heard))
    if auth.startswith("sha256"):  # the stronger of two
        assert any("SHA-256" in one.headers.get("authorization", "") for one in camera.heard)


def test_the_password_is_never_sent_and_the_first_question_is_unsigned() -> None:
    camera = Camera(auth="token digest")
    looked(camera)
    assert not any(PERSON.password in one.body + str(one.headers) for one in camera.heard)
    assert camera.heard[0].operation == "GetSystemDateAndTime"
    assert "UsernameToken" not in camera.heard[0].body


def test_after_the_first_refusal_nothing_is_asked_twice() -> None:
    camera = Camera(auth="digest")
    looked(camera)
    doubled = [name for name in set(camera.operations()) if camera.operations().count(name) > 1]
    assert sorted(doubled) == ["GetServices", "GetStreamUri"]  # the refused one, and one for each stream


@pytest.mark.parametrize("ahead", [timedelta(days=-3650), timedelta(seconds=-90), timedelta(), timedelta(hours=8)])
def test_a_wrong_clock_is_told_and_does_not_lock_us_out(ahead: timedelta) -> None:
    device = looked(Camera(auth="token", ahead=ahead))
    assert device.pictures[0].main is not None
    assert device.clock_error_us is not None
    assert abs(device.clock_error_us - ahead.total_seconds() * SECOND) < 2 * SECOND


def test_a_clock_that_is_set_in_the_middle_is_read_anew() -> None:
    async def talk(client: OnvifClient) -> None:
        await client.ask(Service.DEVICE, get_information())
        camera.ahead = timedelta(hours=3)
        await client.ask(Service.DEVICE, get_information())

    camera = Camera(auth="token")
    spoken(camera, talk)
    assert camera.operations().count("GetSystemDateAndTime") == 2


def test_a_camera_that_will_not_tell_its_clock_is_signed_to_by_ours() -> None:
    camera = Camera(auth="token", said={"GetSystemDateAndTime": answers.fault("no", "ter:ActionNotSupported")})
    device = looked(camera)
    assert device.clock_error_us is None
    assert Note(NoteKind.NO_CLOCK, "GetSystemDateAndTime") in device.notes
    assert device.pictures[0].main is not None


def test_the_clock_is_set_to_ours_and_zone_and_summer_time_stay() -> None:
    camera = Camera(
        auth="digest",
        ahead=timedelta(days=-1),
        said={"SetSystemDateAndTime": "<tds:SetSystemDateAndTimeResponse/>"},
    )
    spoken(camera, lambda client: client.set_time())
    one = next(heard for heard in reversed(camera.heard) if heard.operation == "SetSystemDateAndTime")
    ours = camera.now() + timedelta(days=1)
    assert (one.text("TZ"), one.text("DateTimeType"), one.text("DaylightSavings")) == ("CST-8", "Manual", "false")
    assert [int(one.text(part)) for part in ("Year", "Month", "Day")] == [ours.year, ours.month, ours.day]


def test_credentials_are_wanted_refused_and_not_offered_again() -> None:
    with pytest.raises(MingjianError) as none:
        looked(Camera(auth="digest"), None)
    assert none.value.code == "onvif.credentials_needed"
    camera = Camera(auth="digest token")
    wrong = Credentials(PERSON.user_name, "wrong")
    with pytest.raises(MingjianError) as refused:
        looked(camera, wrong)
    assert refused.value.code == "onvif.credentials_refused"
    signed = [one for one in camera.heard if "authorization" in one.headers or "UsernameToken" in one.body]
    assert len(signed) == 2  # once each way: more would lock the account

    async def talk(client: OnvifClient) -> None:
        for _ in range(3):
            with pytest.raises(MingjianError):
                await client.services()

    again = Camera(auth="digest token")

    async def run() -> None:
        async with (
            served(again),
            OnvifClient(access(again.address, wrong, allowed=LOOPBACK, clock=TestClock())) as client,
        ):
            await talk(client)

    asyncio.run(run())
    assert sum("authorization" in one.headers or "UsernameToken" in one.body for one in again.heard) == 2


def test_basic_is_used_where_it_is_allowed_only() -> None:
    with pytest.raises(MingjianError) as refused:
        looked(camera := Camera(auth="basic"))
    assert refused.value.code == "onvif.only_basic"
    assert not any("authorization" in one.headers for one in camera.heard)
    assert looked(Camera(auth="basic"), allow_basic=True).pictures[0].main is not None


@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_a_camera_with_a_certificate_of_its_own_making(tmp_path: Path, auth: str) -> None:
    """It names http:// addresses; what began encrypted stays so, and there even Basic may be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ensure_certificate(tmp_path, names_for("127.0.0.1", []), TestClock().now_us()).server)
    camera = Camera(auth=auth)

    async def run() -> OnvifDevice:
        async with served(camera, context):
            return await look(f"https://{camera.address}", PERSON, allowed=LOOPBACK, clock=TestClock())

    device = asyncio.run(run())
    assert device.pictures[0].main is not None
    assert device.pictures[0].snapshot_url == f"https://{camera.address}/snapshot?p=1"
    assert camera.connections == 1


def test_a_password_that_may_be_clear_inside_tls_is_not_sent_outside_it(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ensure_certificate(tmp_path, names_for("127.0.0.1", []), TestClock().now_us()).server)
    inside, outside = Camera(auth="basic"), Camera(auth="basic")

    async def run() -> str:
        async with (
            served(inside, context),
            served(outside),
            OnvifClient(access(f"https://{inside.address}", PERSON, allowed=LOOPBACK, clock=TestClock())) as client,
        ):
            await client.ask(Service.DEVICE, get_information())
            clear = replace(client.access.url, tls=False, port=outside.port)
            with pytest.raises(MingjianError) as error:
                await client.ask_at(clear, get_information())
            return error.value.code

    assert asyncio.run(run()) == "onvif.only_basic"
    assert not any("authorization" in one.headers for one in outside.heard)


def test_a_nonce_that_ran_out_is_replaced_and_the_password_is_not_in_doubt() -> None:
    """RFC 7616 section 3.3: `stale`, which many cameras forget to say."""

    def strict(one: Heard) -> Reply:
        nonce = "first" if len(camera.heard) < 5 else "second"
        if f'nonce="{nonce}"' in one.headers.get("authorization", ""):
            return Reply(answers.enveloped(answers.INFORMATION))
        return Reply(b"", 401, (f'WWW-Authenticate: Digest realm="cam", nonce="{nonce}", qop="auth"',))

    async def talk(client: OnvifClient) -> None:
        for _ in range(6):
            await client.ask(Service.DEVICE, get_information())

    camera = Camera(said={"GetDeviceInformation": strict})
    spoken(camera, talk)
    assert len(camera.heard) == 8  # one refusal for each nonce


URI2 = "<tr2:GetStreamUriResponse><tr2:Uri>rtsp://127.0.0.1/2</tr2:Uri></tr2:GetStreamUriResponse>"


def test_profile_t_is_read_by_media2_with_h265() -> None:
    camera = Camera(
        auth="digest",
        offers=("device", "media", "media2", "events"),
        said={
            "GetProfiles": lambda one: Reply(
                answers.enveloped(
                    profiles2(
                        profile2("000", 3840, 2160),
                        profile2("001", 704, 576, codec="H264"),
                        profile2("002", 352, 288, codec="JPEG"),
                    )
                    if "ver20/media" in one.body
                    else profiles(profile("old", 704, 576))
                )
            ),
            "GetStreamUri": lambda one: Reply(
                answers.enveloped(
                    f"<tr2:GetStreamUriResponse><tr2:Uri>rtsp://127.0.0.1/{one.text('Protocol')}/{one.text('ProfileToken')}"
                    "</tr2:Uri></tr2:GetStreamUriResponse>"
                )
            ),
            "GetSnapshotUri": "<tr2:GetSnapshotUriResponse><tr2:Uri>http://127.0.0.1/s</tr2:Uri></tr2:GetSnapshotUriResponse>",
        },
    )
    device = looked(camera)
    assert device.pictures[0].main is not None
    assert device.pictures[0].sub is not None
    profile = device.pictures[0].main.profile
    assert (profile.encoding, profile.pixels, profile.fps) == (Encoding.H265, 3840 * 2160, 25.0)
    assert profile.audio == "MP4A-LATM"
    assert device.pictures[0].sub.profile.token == "001"
    assert device.pictures[0].main.url == "rtsp://127.0.0.1:554/RTSP/000"
    assert device.has_ptz is False


def test_a_camera_before_getservices_and_one_whose_media2_is_empty() -> None:
    old = Camera(auth="token", said={"GetServices": answers.fault("Method not implemented")})
    assert looked(old).pictures[0].main is not None
    assert "GetCapabilities" in old.operations()
    empty = Camera(
        offers=("device", "media", "media2"),
        said={
            "GetProfiles": lambda one: Reply(
                answers.enveloped(profiles2() if "ver20/media" in one.body else profiles(profile("P", 1280, 720)))
            )
        },
    )
    assert looked(empty).pictures[0].main.profile.token == "P"  # type: ignore[union-attr]


def test_media2_is_asked_in_other_words_where_it_does_not_answer() -> None:
    """A server that free firmwares carry (onvif_simple_server) dies when it is asked about sound."""

    def died(one: Heard) -> Reply:
        if "All" in one.body or "Audio" in one.body:
            raise OSError
        return Reply(answers.enveloped(profiles2(profile2("T", 1920, 1080))))

    def one_type(one: Heard) -> Reply:
        if "ver20/media" in one.body and "All" not in one.body:
            return Reply(answers.enveloped(profiles2('<tr2:Profiles token="T"><tr2:Configurations/></tr2:Profiles>')))
        return Reply(answers.enveloped(profiles2(profile2("T", 1920, 1080))))

    for said in (died, one_type):
        device = looked(Camera(offers=("device", "media2"), said={"GetProfiles": said, "GetStreamUri": URI2}))
        assert device.pictures[0].main is not None
        assert device.pictures[0].main.profile.token == "T"


def test_a_camera_that_knows_udp_only_is_asked_for_that() -> None:
    def stream(one: Heard) -> Reply:
        if one.text("Protocol") == "RTSP":
            return Reply(answers.fault("not supported", "ter:InvalidArgVal", "ter:InvalidStreamSetup"))
        return Reply(answers.enveloped("<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://127.0.0.1/u</tt:Uri>"
                                       "</trt:MediaUri></trt:GetStreamUriResponse>"))  # fmt: skip

    assert looked(Camera(said={"GetStreamUri": stream})).pictures[0].main.url == "rtsp://127.0.0.1:554/u"  # type: ignore[union-attr]


def test_each_channel_of_a_recorder_is_a_picture() -> None:
    listed = [
        profile(f"S{index}_{role}", width, width // 2, source=f"S{index}")
        for index in range(4)
        for role, width in (("main", 1920), ("sub", 640))
    ]
    device = looked(Camera(said={"GetProfiles": profiles(*listed)}))
    assert [one.source for one in device.pictures] == ["S0", "S1", "S2", "S3"]
    assert all(one.main and one.sub and one.main.profile.token == f"{one.source}_main" for one in device.pictures)


def test_addresses_that_point_elsewhere_are_moved_to_the_camera_and_said_so() -> None:
    """Behind a forwarded port a camera names its address inside: 192.168.1.64:80 for us at another port."""
    camera = Camera(base="http://192.168.1.64:80")
    device = looked(camera)
    assert device.pictures[0].main is not None
    assert device.pictures[0].main.url.startswith("rtsp://127.0.0.1:554/")
    assert device.pictures[0].main.told == "192.168.1.64"
    assert device.pictures[0].snapshot_url == f"http://{camera.address}/snapshot?p=1"
    assert Note(NoteKind.ELSEWHERE, "GetStreamUri: 192.168.1.64") in device.notes
    assert {note.kind for note in device.notes} == {NoteKind.ELSEWHERE}


def test_a_camera_outside_the_allowed_networks_is_not_connected_to() -> None:
    async def run() -> None:
        async with served(Camera()) as camera:
            with pytest.raises(MingjianError) as refused:
                await look(camera.address, PERSON, allowed=[], clock=TestClock())
            assert refused.value.code == "media.network_refused"
            assert camera.connections == 0

    asyncio.run(run())


STATUS = (
    '<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position><tt:PanTilt x="0.5" y="-0.25"/><tt:Zoom x="0.1"/>'
    "</tt:Position>"
    "<tt:MoveStatus><tt:PanTilt>MOVING</tt:PanTilt><tt:Zoom>IDLE</tt:Zoom></tt:MoveStatus></tptz:PTZStatus>"
    "</tptz:GetStatusResponse>"
)
PRESETS = (
    '<tptz:GetPresetsResponse><tptz:Preset token="1"><tt:Name>门 &amp; 窗</tt:Name></tptz:Preset>'
    '<tptz:Preset token="2"><tt:Name/></tptz:Preset><tptz:Preset><tt:Name>none</tt:Name></tptz:Preset>'
    "</tptz:GetPresetsResponse>"
)
NODES = (
    '<tptz:GetNodesResponse><tptz:PTZNode token="N"><tt:SupportedPTZSpaces><tt:AbsolutePanTiltPositionSpace/>'
    "<tt:ContinuousPanTiltVelocitySpace/></tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>300</tt:MaximumNumberOfPresets>"
    "<tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode></tptz:GetNodesResponse>"
)


def test_a_camera_is_turned() -> None:
    done = {
        name: f"<tptz:{name}Response/>"
        for name in ("ContinuousMove", "AbsoluteMove", "RelativeMove", "Stop", "GotoPreset", "RemovePreset")
    }
    camera = Camera(
        auth="digest",
        said={
            **done,
            "GetStatus": STATUS,
            "GetPresets": PRESETS,
            "GetNodes": NODES,
            "SetPreset": "<tptz:SetPresetResponse><tptz:PresetToken>7</tptz:PresetToken></tptz:SetPresetResponse>",
        },
    )

    async def talk(client: OnvifClient) -> None:
        ptz = Ptz(client, "Profile_1")
        can = await ptz.abilities()
        assert (can.continuous, can.absolute, can.relative, can.presets, can.home) == (True, True, False, 300, True)
        await ptz.move(Vector(pan=0.5, tilt=-1), seconds=2)
        await ptz.stop()
        await ptz.to(Vector(0.1, 0, 1))
        await ptz.by(Vector(zoom=-0.1))
        status = await ptz.status()
        assert (status.position, status.moving) == (Vector(0.5, -0.25, 0.1), True)
        assert [(one.token, one.name) for one in await ptz.presets()] == [("1", "门 & 窗"), ("2", "")]
        assert await ptz.keep("东门 <1>") == "7"
        await ptz.goto("7")
        await ptz.remove("7")

    spoken(camera, talk)
    by_name = {one.operation: one.body for one in camera.heard}
    assert '<tt:PanTilt x="0.5" y="-1">' in by_name["ContinuousMove"]
    assert "<tt:Zoom" not in by_name["ContinuousMove"]
    assert "PT2S" in by_name["ContinuousMove"]
    assert '<tt:Zoom x="1">' in by_name["AbsoluteMove"]
    assert "<tt:PanTilt" not in by_name["RelativeMove"]
    assert "东门 &lt;1&gt;" in by_name["SetPreset"]


@pytest.mark.parametrize(
    "vector", [Vector(pan=1.5), Vector(tilt=-2), Vector(zoom=float("nan")), Vector(zoom=float("inf"))]
)
def test_a_movement_out_of_range_is_not_sent(vector: Vector) -> None:
    async def talk(client: OnvifClient) -> None:
        for refused in (Ptz(client, "P").move(vector), Ptz(client, "P").to(vector), Ptz(client, "P").by(vector)):
            with pytest.raises(MingjianError) as error:
                await refused
            assert error.value.code == "onvif.value_out_of_range"
        with pytest.raises(MingjianError):
            await Ptz(client, "P").move(Vector(pan=1), seconds=3600)

    spoken(camera := Camera(), talk)
    assert camera.heard == []


def test_an_unknown_preset_and_a_camera_without_ptz() -> None:
    async def talk(client: OnvifClient) -> str:
        with pytest.raises(MingjianError) as error:
            await Ptz(client, "P").goto("99")
        return error.value.code

    gone = answers.fault("The requested preset token does not exist.", "ter:InvalidArgVal", "ter:NoToken")
    assert spoken(Camera(said={"GotoPreset": gone}), talk) == "onvif.unknown_token"
    assert spoken(Camera(offers=("device", "media")), talk) == "onvif.no_service"


OPTIONS = (
    "<timg:GetOptionsResponse><timg:ImagingOptions><tt:Brightness><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:Brightness>"
    "<tt:Focus><tt:AutoFocusModes>AUTO</tt:AutoFocusModes><tt:AutoFocusModes>MANUAL</tt:AutoFocusModes></tt:Focus>"
    "<tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes>"
    "<tt:Sharpness><tt:Min>0</tt:Min><tt:Max>15</tt:Max></tt:Sharpness></timg:ImagingOptions></timg:GetOptionsResponse>"
)
SETTINGS = (
    "<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>50</tt:Brightness>"
    "<tt:ColorSaturation>49.5</tt:ColorSaturation><tt:Focus><tt:AutoFocusMode>AUTO</tt:AutoFocusMode></tt:Focus>"
    "<tt:IrCutFilter>AUTO</tt:IrCutFilter></timg:ImagingSettings></timg:GetImagingSettingsResponse>"
)


def test_a_picture_is_adjusted_within_the_camera_s_ranges() -> None:
    camera = Camera(
        auth="digest",
        said={
            "GetOptions": OPTIONS,
            "GetImagingSettings": SETTINGS,
            "SetImagingSettings": "<timg:SetImagingSettingsResponse/>",
        },
    )

    async def talk(client: OnvifClient) -> None:
        imaging = Imaging(client, "VideoSource_1")
        settings = await imaging.settings()
        assert settings == ImagingSettings(
            {Adjustment.BRIGHTNESS: 50.0, Adjustment.SATURATION: 49.5}, IrCut.AUTO, FocusMode.AUTO
        )
        options = await imaging.options()
        assert options.ranges == {Adjustment.BRIGHTNESS: Range(0, 100), Adjustment.SHARPNESS: Range(0, 15)}
        assert options.ir_cut == {IrCut.ON, IrCut.AUTO}
        await imaging.set(
            ImagingSettings({Adjustment.BRIGHTNESS: 60, Adjustment.SHARPNESS: 15}, IrCut.ON, FocusMode.MANUAL)
        )
        for wrong, code in (
            (ImagingSettings({Adjustment.BRIGHTNESS: 101}), "onvif.value_out_of_range"),
            (ImagingSettings({Adjustment.CONTRAST: 1}), "onvif.not_supported"),
            (ImagingSettings(ir_cut=IrCut.OFF), "onvif.not_supported"),
        ):
            with pytest.raises(MingjianError) as error:
                await imaging.set(wrong)
            assert error.value.code == code

    spoken(camera, talk)
    (sent,) = [one.body for one in camera.heard if one.operation == "SetImagingSettings"]
    order = [sent.index(f"<tt:{name}>") for name in ("Brightness", "Focus", "IrCutFilter", "Sharpness")]
    assert order == sorted(order)  # the schema's own, which strict cameras insist on
    assert "Contrast" not in sent
