"""A few hundred of what cameras should not send, in every run; the long counts have as many as there is time for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media import fuzzing
from tests.unit.media.fuzzing import ACCIDENTS, LINES, SESSIONS, TURNS, Accident, Sent, Told
from tests.unit.media.making import Exchange

from mingjian.media.formats.rtsp import Lane

FEW = settings(max_examples=120)
CODECS = st.sampled_from(["h264", "h265"])


@FEW
@given(SESSIONS)
def test_sessions(told: Told) -> None:
    fuzzing.check_session(told)


@FEW
@given(st.lists(LINES, max_size=40))
def test_descriptions(lines: list[str]) -> None:
    fuzzing.check_description(lines)


@FEW
@given(fuzzing.sent("h264"), st.booleans())
def test_packets_of_h264(given_: list[Sent], with_sets: bool) -> None:
    fuzzing.check_packets("h264", given_, with_sets=with_sets)


@FEW
@given(fuzzing.sent("h265"), st.booleans())
def test_packets_of_h265(given_: list[Sent], with_sets: bool) -> None:
    fuzzing.check_packets("h265", given_, with_sets=with_sets)


@FEW
@given(st.binary(max_size=400), st.integers(0, 400))
def test_reports(data: bytes, at: int) -> None:
    fuzzing.check_reports(data, at)


@FEW
@given(CODECS, TURNS)
def test_datagrams(codec: str, turns: list[tuple[Lane, list[int | bytes]]]) -> None:
    fuzzing.check_datagrams(codec, turns)


@FEW
@given(CODECS, st.binary(max_size=200), st.integers(0, 2), ACCIDENTS)
def test_parameter_sets(codec: str, data: bytes, which: int, accidents: list[Accident]) -> None:
    fuzzing.check_parameter_sets(codec, data, which, accidents)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_what_is_spoiled_is_good_before(codec: str) -> None:
    """The session that accidents happen to: every picture and every piece of sound comes."""
    exchange = Exchange(lambda request: fuzzing.answers(codec, request), fuzzing.CREDENTIALS)
    exchange.run(fuzzing.media(codec))
    assert len(exchange.frames) == 12
    assert len(exchange.client.take_sound()) == 8
    fuzzing.well_formed(codec, exchange.frames)
