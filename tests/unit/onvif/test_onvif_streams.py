"""Main and sub: a table of what cameras offer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.clock import WallUs
from mingjian.onvif.model import Encoding, Event, EventKind, Picture, Profile, Stream
from mingjian.onvif.streams import RECORDED, choose, concerns, shown_at


def offered(token: str, width: int, height: int, codec: str = "h264", kbps: int = 0, **more: object) -> Profile:
    one = Profile(token, token, "V", "C", f"e-{token}", Encoding(codec), width, height, 25.0, kbps)
    return replace(one, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("profiles", "main", "sub"),
    [
        ([], None, None),
        ([offered("a", 1920, 1080), offered("b", 640, 360)], "a", "b"),
        ([offered("b", 640, 360), offered("a", 1920, 1080)], "a", "b"),  # whatever the order
        ([offered("a", 1920, 1080)], "a", None),
        # three streams, as Hikvision and Dahua: the one nearest to a tile
        ([offered("a", 3840, 2160), offered("b", 704, 576), offered("c", 1280, 720)], "a", "b"),
        ([offered("a", 3840, 2160), offered("b", 1920, 1080), offered("c", 176, 144)], "a", "b"),
        # H.264 for tiles where there is a choice
        ([offered("a", 2560, 1440, "h265"), offered("b", 640, 360, "h265"), offered("c", 704, 576)], "a", "c"),
        ([offered("a", 2560, 1440, "h265"), offered("b", 640, 360, "h265")], "a", "b"),
        # the main stream has the most pixels, in whatever codec
        ([offered("a", 1920, 1080), offered("b", 3840, 2160, "h265")], "b", "a"),
        # stills and what we cannot keep are neither
        ([offered("j", 3840, 2160, "jpeg"), offered("a", 1280, 720)], "a", None),
        ([offered("j", 640, 360, "jpeg"), offered("m", 320, 240, "other")], None, None),
        # two profiles of one encoder are one stream
        ([offered("a", 1920, 1080), offered("b", 1920, 1080, encoder="e-a")], "a", None),
        # the same size with fewer bits
        ([offered("a", 1280, 720, kbps=4096), offered("b", 1280, 720, kbps=512)], "a", "b"),
        ([offered("b", 1280, 720, kbps=512), offered("a", 1280, 720, kbps=4096)], "a", "b"),
        ([offered("a", 1280, 720, kbps=512), offered("b", 1280, 720, kbps=512)], "a", None),
        # no sizes told: the order counts
        ([offered("a", 0, 0), offered("b", 0, 0)], "a", "b"),
        ([offered("a", 0, 0), offered("b", 0, 0, encoder="e-a")], "a", None),
    ],
)
def test_main_and_sub(profiles: list[Profile], main: str | None, sub: str | None) -> None:
    chosen = choose(profiles)
    found = [(one.main.token if one.main else None, one.sub.token if one.sub else None) for one in chosen]
    assert found == ([(main, sub)] if profiles else [])


def test_each_source_has_its_own() -> None:
    profiles = [
        offered("a1", 1920, 1080, source="A"),
        offered("b1", 1280, 720, source="B"),
        offered("a2", 640, 360, source="A"),
        offered("none", 0, 0, source="C", encoding=None),
    ]
    assert [(one.source, one.main.token if one.main else "") for one in choose(profiles)] == [("A", "a1"), ("B", "b1")]


PROFILES = st.builds(
    Profile,
    token=st.text("abc", min_size=1, max_size=2),
    name=st.just(""),
    source=st.sampled_from(["", "V1", "V2"]),
    configuration=st.just(""),
    encoder=st.sampled_from(["", "e1", "e2", "e3"]),
    encoding=st.sampled_from([*Encoding, None]),
    width=st.sampled_from([0, 176, 640, 704, 1920, 3840]),
    height=st.sampled_from([0, 144, 360, 576, 1080, 2160]),
    kbps=st.integers(0, 8000),
)


@given(st.lists(PROFILES, max_size=12))
def test_what_is_chosen_can_be_kept_and_sub_is_less_than_main(profiles: list[Profile]) -> None:
    for one in choose(profiles):
        assert one.main is None or (one.main.encoding in RECORDED and one.main.source == one.source)
        if one.sub is not None:
            assert one.main is not None
            assert one.sub.token != one.main.token
            assert one.sub.pixels <= one.main.pixels
        kept = [profile for profile in profiles if profile.source == one.source and profile.encoding in RECORDED]
        assert (one.main is None) == (not kept)
        assert all(profile.pixels <= one.main.pixels for profile in kept if one.main)


# Which picture an event is about


def lens(name: str, *tokens: str) -> Picture:
    main, sub = (Stream(offered(name, 640, 360), f"rtsp://10.0.0.7:554/{name}{tail}") for tail in ("/1?a=1&b=2", "/2"))
    return Picture(name, main, sub, None, frozenset({name, *tokens}))


GATE, YARD = lens("gate", "C1", "both"), lens("yard", "C2", "both")


def happened(source: str, kind: EventKind = EventKind.MOTION) -> Event:
    return Event(kind, active=True, at_us=WallUs(0), source=source, topic="t")


@pytest.mark.parametrize(
    ("path", "found"),
    [("/gate/1?a=1&b=2", GATE), ("/gate/2", GATE), ("/yard/2", YARD), ("/gate/1", None), ("/", None)],
)
def test_a_channel_is_the_picture_whose_stream_it_fetches(path: str, found: Picture | None) -> None:
    assert shown_at(path, (GATE, YARD)) is found
    assert shown_at(path, ()) is None


@pytest.mark.parametrize(
    ("event", "gate", "yard"),
    [
        (happened("gate"), True, False),
        (happened("C2"), False, True),
        (happened("both"), True, True),  # makers call the configuration of every lens alike
        (happened("VMD"), True, True),
        (happened(""), True, True),
        (happened("yard", EventKind.INPUT), True, True),  # inputs are the device's, whatever they are called
    ],
)
def test_motion_is_about_the_lens_that_it_names(event: Event, gate: bool, yard: bool) -> None:
    both = (GATE, YARD)
    assert (concerns(event, GATE, both), concerns(event, YARD, both)) == (gate, yard)
    assert concerns(event, None, both)  # a channel that the camera does not name
    assert concerns(event, GATE, (GATE,))
