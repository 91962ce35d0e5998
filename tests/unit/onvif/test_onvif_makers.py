"""Answers of makers' cameras, after what public projects tell of them: what must come out of each.

The files are in `tests/vectors/onvif`, a folder for each, with where their facts come from. In them `*` stands for the
identity of our probe.
"""

from pathlib import Path

import pytest

from mingjian.kernel.errors import MingjianError
from mingjian.onvif import addresses, topics
from mingjian.onvif.addresses import Reached, ServiceUrl
from mingjian.onvif.messages import discovery, events, media, soap
from mingjian.onvif.model import Encoding, Event, EventKind, Profile
from mingjian.onvif.topics import LeftOut

FOLDER = Path(__file__).parents[2] / "vectors" / "onvif"
PROBE = "urn:uuid:11111111-2222-3333-4444-555555555555"


def answer(maker: str, operation: str) -> bytes:
    """One answer of a maker's camera."""
    text = (FOLDER / maker / "answers.txt").read_text()
    _, _, behind = text.partition(f"== {operation}\n")
    return behind.partition("\n== ")[0].replace(">*<", f">{PROBE}<").encode()


def test_each_says_where_it_comes_from() -> None:
    for folder in FOLDER.iterdir():
        first = (folder / "answers.txt").read_text().splitlines()[0]
        assert first.startswith("# from: github.com/"), folder.name
        assert folder.name in Path(__file__).read_text(), f"nothing is expected of {folder.name}"


FOUND: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "hikvision-ds-2cd2612f": (
        (
            "http://192.0.2.59:8059/onvif/device_service",
            "http://[fe80::4619:b7ff:fe1d:c6cf]:8059/onvif/device_service",
        ),
        "DS-2CD2612F-I",
        ("Streaming", "G"),
    ),
    "axis-encoder": (("http://169.254.119.177/onvif/services", "http://192.0.2.125/onvif/services"), "", ()),
    "bosch-encoder": (
        ("http://192.0.2.124:80/onvif/device_service", "https://192.0.2.124:443/onvif/device_service"),
        "",
        (),
    ),
}


@pytest.mark.parametrize("maker", FOUND)
def test_found(maker: str) -> None:
    told, name, profiles = FOUND[maker]
    (match,) = discovery.matches(answer(maker, "ProbeMatches"), frozenset({PROBE}))
    assert match.addresses == told
    assert (match.scopes.name, match.scopes.profiles) == (name, profiles)
    assert all(addresses.read(one) is not None for one in match.addresses)
    assert discovery.matches(answer(maker, "ProbeMatches"), frozenset({PROBE.replace("5", "6")})) == []


def test_a_camera_before_media2_says_so() -> None:
    with pytest.raises(MingjianError) as refused:
        soap.result(answer("hikvision-media2-missing", "GetProfiles"), media.get_profiles2())
    assert refused.value.code == "onvif.not_supported"


def test_h265_under_the_older_service() -> None:
    (profile,) = media.profiles(soap.result(answer("dahua-h265-media1", "GetProfiles"), media.get_profiles()))
    source = "VideoSource000"
    assert profile == Profile(
        "Profile000", "Profile000", source, source, "VideoEncoder000", Encoding.H265, 1920, 1080, 1.0, 1536
    )


def test_a_stream_on_the_port_of_the_service() -> None:
    asked = media.get_stream("profile_0_main", "RTSP")
    told = media.uri(soap.result(answer("ivsec-nvr", "GetStreamUri"), asked))
    assert told == "rtsp://192.0.2.7:80/rtsp/streaming?channel=1&subtype=0"
    placed = addresses.stream_at(Reached(ServiceUrl("10.0.0.7", 80, "/onvif/device_service"), "10.0.0.7"), told)
    assert placed is not None
    assert (str(placed.url), placed.told) == ("rtsp://10.0.0.7:80/rtsp/streaming?channel=1&subtype=0", "192.0.2.7")


HAPPENED: dict[str, list[tuple[str, bool] | LeftOut]] = {
    "reolink-doorbell": [LeftOut.PERSONS, LeftOut.OTHER, LeftOut.OTHER, ("VideoSourceToken", False)],
    "tapo": [LeftOut.OTHER, LeftOut.OTHER, LeftOut.PERSONS],
    "vsrc-rules": [LeftOut.OTHER, ("V_SRC_000", True)],
}


@pytest.mark.parametrize("maker", HAPPENED)
def test_what_happened(maker: str) -> None:
    told = events.notifications(soap.body_of(answer(maker, "PullMessages")).children[0])
    found: list[tuple[str, bool] | LeftOut] = []
    for one in told:
        event = topics.event(one, at_us=7)
        if isinstance(event, Event):
            assert event.kind is EventKind.MOTION
            assert event.camera_us == 1_795_251_600_000_000
        found.append((event.source, event.active) if isinstance(event, Event) else event)
    assert found == HAPPENED[maker]
