"""Requests as documents and answers as types: tables of what makers send."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.onvif import answers

from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.authentication import Credentials
from mingjian.onvif.messages import device, discovery, events, imaging, media, ptz, soap
from mingjian.onvif.messages.soap import Request
from mingjian.onvif.messages.xml import Node, parse
from mingjian.onvif.model import (
    Adjustment,
    DeviceTime,
    Encoding,
    ImagingSettings,
    IrCut,
    Scopes,
    Service,
    Subscription,
    Vector,
)

POINT = Subscription("http://cam/sub", (), 0)


def body(text: str) -> Node:
    """The element that an answer's body holds."""
    return soap.body_of(answers.enveloped(text)).children[0]


def test_the_digest_of_the_standard_s_own_example() -> None:
    """ONVIF Application Programmer's Guide, section 6.1.1.2."""
    nonce = b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    assert soap.password_digest(nonce, "2010-09-16T07:50:45Z", "userpassword") == "tuOSpGlFlIXsozq4HFNeeGeFLEI="


def test_a_signed_request_is_this_document() -> None:
    token = soap.username_token(Credentials("a<b", "c"), created_us=1_284_623_445_000_000, nonce=b"0123456789abcdef")
    sent = parse(soap.envelope(device.get_information(), token))
    (said,) = sent.all("Header", "Security", "UsernameToken")
    assert [child.name for child in said.children] == ["Username", "Password", "Nonce", "Created"]
    assert said.value("Username") == "a<b"
    assert said.value("Created") == "2010-09-16T07:50:45.000Z"
    assert said.children[1].attributes["Type"].endswith("#PasswordDigest")
    assert sent.get("Body", "GetDeviceInformation") is not None


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        (media.get_profiles(), "http://www.onvif.org/ver10/media/wsdl/GetProfiles"),
        (media.get_profiles2(), "http://www.onvif.org/ver20/media/wsdl/GetProfiles"),
        (ptz.stop("P"), "http://www.onvif.org/ver20/ptz/wsdl/Stop"),
        (
            events.create(lifetime_s=60, wanted=[]),
            "http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest",
        ),
        (
            events.pull(POINT, message_id="urn:uuid:1", seconds=5),
            "http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest",
        ),
        (
            events.renew(POINT, message_id="urn:uuid:1", lifetime_s=5),
            "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest",
        ),
    ],
)
def test_each_operation_has_the_action_of_its_wsdl(request_: Request, action: str) -> None:
    assert request_.action == action
    assert request_.name in action


def test_every_prefix_in_a_request_is_declared() -> None:
    for request in (
        device.set_time(0, like=DeviceTime(None, by_ntp=False, time_zone="CST-8", daylight_saving=True)),
        media.get_stream("P", "RTSP"),
        imaging.set_settings("V", ImagingSettings(dict.fromkeys(Adjustment, 1), IrCut.OFF)),
        ptz.absolute_move("P", Vector(1, 1, 1)),
        events.unsubscribe(POINT, message_id="urn:uuid:1"),
    ):
        text = soap.envelope(request).decode()
        assert all(f"xmlns:{node.prefix}=" in text for node in _all(parse(text.encode())))
        assert all(node.namespace for node in _all(parse(text.encode())))


def _all(node: Node) -> list[Node]:
    return [node, *(found for child in node.children for found in _all(child))]


def test_a_clock_is_read_and_a_nonsense_one_is_none() -> None:
    told = device.device_time(body(answers.time_of(2026, 11, 21, 9, 0, 7)))
    assert told == DeviceTime(1_795_251_607_000_000, by_ntp=True, time_zone="CST-8", daylight_saving=False)
    for wrong in ((0, 1, 1, 0, 0, 0), (2026, 13, 1, 0, 0, 0), (2026, 2, 30, 0, 0, 0), (2026, 1, 1, 25, 0, 0)):
        assert device.device_time(body(answers.time_of(*wrong))).utc_us is None
    assert device.device_time(body("<tds:GetSystemDateAndTimeResponse/>")).utc_us is None
    assert device.device_time(body(answers.time_of(2026, 12, 31, 23, 59, 60))).utc_us == 1_798_761_599_000_000


@pytest.mark.parametrize(
    ("items", "found"),
    [
        (["onvif://www.onvif.org/name/IPC%20A", "onvif://www.onvif.org/hardware/X"], Scopes("IPC A", "X")),
        (["onvif://www.onvif.org/location/city/a", "onvif://www.onvif.org/location/b"], Scopes(location="b")),
        (["onvif://www.onvif.org/Profile/G", "onvif://www.onvif.org/profile/G"], Scopes(profiles=("G",))),
        (["onvif://www.onvif.org/name/%ff%00%0a", "name/x", "", "onvif://www.onvif.org/name"], Scopes("�")),
        (["odm:name:x", "http://evil/name/y"], Scopes()),
    ],
)
def test_scopes(items: list[str], found: Scopes) -> None:
    assert device.scopes(items) == found


def test_services_by_namespace_and_by_capability() -> None:
    told = device.services(body(answers.services("http://c", ("device", "media2", "analytics"))))
    assert told == {
        Service.DEVICE: "http://c/onvif/device_service",
        Service.MEDIA2: "http://c/onvif/Media2",
    }
    assert set(device.capabilities(body(answers.capabilities("http://c")))) == set(Service) - {Service.MEDIA2}


NONSENSE = (
    "<tt:Encoding>MPEG4</tt:Encoding><tt:Resolution><tt:Width>-5</tt:Width><tt:Height>99999999</tt:Height></tt:Resolution>"
    "<tt:RateControl><tt:FrameRateLimit>NaN</tt:FrameRateLimit></tt:RateControl>"
)


def encoder(token: str, said: str) -> str:
    inside = f"<tt:VideoEncoderConfiguration>{said}</tt:VideoEncoderConfiguration>"
    return f'<trt:Profiles token="{token}">{inside}</trt:Profiles>'


# Sub-streams, odd sizes and missing parts, as they are listed in public reports of the makers' cameras.
@pytest.mark.parametrize(
    ("xml", "found"),
    [
        (answers.profile("P_1", 2688, 1520, codec="H265"), ("P_1", Encoding.H265, 2688, 1520, 25.0, "G711")),
        (answers.profile2("MediaProfile000", 1920, 1080, codec="H264"),
         ("MediaProfile000", Encoding.H264, 1920, 1080, 25.0, "MP4A-LATM")),
        (encoder("j", "<tt:Encoding>JPEG</tt:Encoding>"), ("j", Encoding.JPEG, 0, 0, 0.0, "")),
        (encoder("m", NONSENSE), ("m", Encoding.OTHER, 0, 0, 0.0, "")),
        ('<trt:Profiles token="empty"/>', ("empty", None, 0, 0, 0.0, "")),
        ('<tr2:Profiles token="v"><tr2:Configurations/></tr2:Profiles>', ("v", None, 0, 0, 0.0, "")),
    ],
)  # fmt: skip
def test_profiles(xml: str, found: tuple[object, ...]) -> None:
    (one,) = media.profiles(body(answers.profiles(xml)))
    assert (one.token, one.encoding, one.width, one.height, one.fps, one.audio) == found


def test_a_profile_without_a_token_is_none() -> None:
    assert media.profiles(body(answers.profiles("<trt:Profiles><tt:Name>x</tt:Name></trt:Profiles>"))) == []


@pytest.mark.parametrize(
    ("reason", "subcodes", "detail", "code"),
    [
        ("Sender not Authorized", ("ter:NotAuthorized",), "", "onvif.credentials_refused"),
        ("x", ("wsse:FailedAuthentication",), "", "onvif.credentials_refused"),
        ("Wsse authorized time check failed.", (), "", "onvif.credentials_refused"),
        ("Authority failure", (), "", "onvif.credentials_refused"),
        ("x", ("ter:ActionNotSupported", "ter:NoPTZ"), "", "onvif.not_supported"),
        ("x", ("ter:InvalidArgVal", "ter:NoProfile"), "", "onvif.unknown_token"),
        ("x", (), "<wsnt:ResourceUnknownFault/>", "onvif.subscription_lost"),
        ("x", (), "<wsnt:SubscribeCreationFailedFault/>", "onvif.subscription_refused"),
        ("Invalid value", ("ter:InvalidArgVal",), "", "onvif.refused"),
        ("", (), "", "onvif.refused"),
    ],
)
def test_faults_become_errors(reason: str, subcodes: tuple[str, ...], detail: str, code: str) -> None:
    with pytest.raises(MingjianError) as error:
        soap.result(answers.fault(reason, *subcodes, detail=detail), media.get_profiles())
    assert error.value.code == code
    assert "{" not in error.value.why.zh + error.value.what.en


def test_a_fault_of_soap_1_1_is_read() -> None:
    fault = b"<Fault><faultcode>c</faultcode><faultstring>not authorized</faultstring></Fault>"
    old = b"<Envelope><Body>" + fault + b"</Body></Envelope>"
    with pytest.raises(MingjianError) as error:
        soap.result(old, media.get_profiles())
    assert error.value.code == "onvif.credentials_refused"


def test_what_a_camera_says_is_short_and_on_one_line() -> None:
    with pytest.raises(MingjianError) as error:
        soap.result(answers.fault("a\nb\x1b[31m" + "y" * 1000), media.get_profiles())
    said = error.value.values["reason"]
    assert isinstance(said, str)
    assert said.isprintable()
    assert len(said) <= 200


def test_a_subscription_s_life_is_counted_by_the_camera_s_own_two_times() -> None:
    one = events.subscription(body(answers.subscribed("http://c/1", seconds=90)))
    assert (one.address, one.lifetime_us, one.parameters) == ("http://c/1", 90_000_000, ())
    assert events.lifetime_us(body("<tev:X/>")) == 0
    now, end = "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
    back = f"<wsnt:CurrentTime>{now}</wsnt:CurrentTime><wsnt:TerminationTime>{end}</wsnt:TerminationTime>"
    assert events.lifetime_us(body(f"<tev:X>{back}</tev:X>")) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-21T09:00:00Z", 1_795_251_600_000_000),
        ("2026-11-21T17:00:00.250+08:00", 1_795_251_600_250_000),
        ("2026-11-21T09:00:00", 1_795_251_600_000_000),
        ("", None),
        ("yesterday", None),
        ("0000-01-01T00:00:00Z", None),
    ],
)
def test_times(text: str, found: int | None) -> None:
    assert soap.from_xml_time(text) == found


@given(st.integers(0, 4_000_000_000_000))
def test_times_are_written_as_they_are_read(at_ms: int) -> None:
    assert soap.from_xml_time(soap.xml_time(at_ms * 1000)) == at_ms * 1000


def test_a_probe_asks_for_one_type_in_its_own_namespace() -> None:
    for kind in discovery.TYPES:
        sent = discovery.probe("urn:uuid:7", kind)
        assert parse(sent).value("Body", "Probe", "Types") == kind
        assert f"xmlns:{kind.split(':')[0]}=".encode() in sent
        assert len(sent) < 1400  # one datagram


def test_ptz_status_that_says_nothing() -> None:
    told = ptz.status(body("<tptz:GetStatusResponse><tptz:PTZStatus/></tptz:GetStatusResponse>"))
    assert (told.position, told.moving) == (None, None)
