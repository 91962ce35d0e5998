"""Decoding one picture: the right one, of each codec, in its bounds, and what damage costs."""

import io
import struct
from itertools import product

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media.picturing import STEP, movie, number_in, opened

from mingjian.media.pictures.decoder import (
    FIRST,
    MAX_PICTURE,
    ORDER,
    REPLY,
    Form,
    Order,
    Status,
    TooMany,
    answer,
    decode,
)
from mingjian.simulate import nal

CODECS: list[tuple[nal.Codec, int]] = [("h264", 0), ("h264", 2), ("h265", 0), ("h265", 2)]


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
def test_the_first_key_frame(codec: nal.Codec, b_frames: int) -> None:
    made = decode(movie(codec, b_frames), Order())
    assert (made.width, made.height, made.damaged) == (256, 144, False)
    assert made.data[:3] == b"\xff\xd8\xff"
    assert number_in(made.data) == 0


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
@pytest.mark.parametrize("form", Form)
def test_the_frame_that_is_shown(codec: nal.Codec, b_frames: int, form: Form) -> None:
    """Exactly from the moment at which it is shown until the next one is, in the order of showing."""
    whole = movie(codec, b_frames)
    begin = decode(whole, Order()).ticks  # libav delays a stream with B-frames
    for number, late in product((0, 1, 12, 13, 24, 25, 26, 49), (0, STEP - 1)):
        ticks = begin + number * STEP
        made = decode(whole, Order(ticks + late, 60, form=form))
        assert (number_in(made.data), made.ticks) == (number, ticks)
    assert decode(whole, Order(1_000 * STEP, 60)).ticks == begin + 49 * STEP


def test_no_more_frames_than_may_be_decoded() -> None:
    assert decode(movie(), Order(9 * STEP, 11)).ticks == 9 * STEP
    with pytest.raises(TooMany):
        decode(movie(), Order(30 * STEP, 11))


@pytest.mark.parametrize(("width", "size"), [(0, (256, 144)), (160, (160, 90)), (320, (256, 144)), (16, (16, 9))])
def test_sizes(width: int, size: tuple[int, int]) -> None:
    made = decode(movie(), Order(width=width))
    assert (made.width, made.height) == size == opened(made.data).size


def test_png_holds_what_was_decoded() -> None:
    made = decode(movie(), Order(form=Form.PNG))
    assert opened(made.data).format == "PNG"
    with av.open(io.BytesIO(movie()), "r") as container:
        frame = next(container.decode(video=0))
        exact = frame.to_image()  # type: ignore[no-untyped-call]
    assert opened(made.data).tobytes() == exact.tobytes()


def test_a_picture_that_cannot_be_whole_is_said_to_be_concealed() -> None:
    """Frame 5 is broken: what is shown of frame 9 refers to it."""
    whole = movie()
    sizes = _sample_sizes(whole)
    data = bytearray(whole)
    begin = whole.index(b"mdat") + 4 + sum(sizes[:5])
    for at in range(begin + sizes[5] // 4, begin + sizes[5]):
        data[at] = 0
    assert decode(bytes(data), Order(3 * STEP, 60)).damaged is False
    assert decode(bytes(data), Order(9 * STEP, 60)).damaged is True


def _sample_sizes(data: bytes) -> list[int]:
    """Of the first fragment, as its packets are."""
    with av.open(io.BytesIO(data), "r") as container:
        return [packet.size for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("cut", [0, 1, 20, 700, 900, 1300])
def test_what_is_no_movie(cut: int) -> None:
    for order in (Order(), Order(5 * STEP, 20)):
        assert Status(answer(movie()[:cut], order)[0]) is Status.UNDECODABLE


def test_a_promise_of_a_huge_picture() -> None:
    """Two million by two million pixels in the box that tells the size: refused before anything is allocated."""
    data = bytearray(movie())
    at = data.index(b"avc1") + 28
    data[at : at + 4] = struct.pack(">HH", 65_535, 65_535)
    reply = answer(bytes(data), Order())
    assert len(reply) < MAX_PICTURE


@given(
    st.builds(
        Order,
        st.one_of(st.just(FIRST), st.integers(0, 1 << 60)),
        st.integers(0, 1 << 31),
        st.integers(0, 4096),
        st.sampled_from(Form),
        st.integers(1, 95),
        st.integers(1, 60),
    ),
    st.integers(0, 1 << 31),
)
def test_orders_survive_the_way(order: Order, size: int) -> None:
    packed = order.pack(size)
    assert len(packed) == ORDER.size
    assert Order.unpack(packed) == (order, size)


@settings(max_examples=150)
@given(st.data())
def test_hostile_streams_have_an_answer(data: st.DataObject) -> None:
    """Flipped, repeated, cut and swapped bytes anywhere: a picture of bounded size, or a status."""
    codec, b_frames = data.draw(st.sampled_from(CODECS))
    broken = bytearray(movie(codec, b_frames))
    for _ in range(data.draw(st.integers(1, 6))):
        begin = data.draw(st.integers(0, len(broken) - 1))
        end = min(len(broken), begin + data.draw(st.integers(1, 400)))
        match data.draw(st.integers(0, 3)):
            case 0:
                broken[begin:end] = data.draw(st.binary(min_size=end - begin, max_size=end - begin))
            case 1:
                del broken[begin:end]
            case 2:
                broken[begin:begin] = broken[begin:end]
            case _:
                broken[begin] ^= 1 << data.draw(st.integers(0, 7))
        if not broken:
            break
    reply = answer(bytes(broken), data.draw(st.sampled_from([Order(width=160), Order(20 * STEP, 60), Order()])))
    status, _, width, height, _, size = REPLY.unpack_from(reply)
    assert Status(status) in Status
    assert len(reply) == REPLY.size + size
    assert (size == 0) == (status != Status.DONE)
    assert (width > 0 and height > 0) == (status == Status.DONE)
