import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import clips, nal, readback
from mingjian.simulate.encode import AccessUnit, Settings
from mingjian.simulate.loadclip import load_clip, pictures

SETTINGS = Settings("h264", 320, 180, Fraction(10), 300, gop=5, preset="ultrafast")
CODECS: tuple[nal.Codec, ...] = get_args(nal.Codec)


def small(codec: nal.Codec = "h264", frames: int = 12) -> clips.Clip:
    return clips.make(replace(SETTINGS, codec=codec), pictures(320, 180, frames))


@pytest.mark.parametrize("codec", CODECS)
def test_every_frame_is_numbered_and_key_frames_come_at_the_fixed_distance(codec: nal.Codec) -> None:
    clip = small(codec)
    assert [unit.key for unit in clip.units] == [index % 5 == 0 for index in range(12)]
    assert [unit.timestamp_90k for unit in clip.units] == [index * 9000 for index in range(12)]
    for unit in clip.units:
        head = len(clip.parameter_sets) if unit.key else 0
        assert unit.nals[:head] == (clip.parameter_sets if unit.key else ())
        assert unit.nals[head] == nal.numbering(codec)
        assert unit.nals[head + 1 :]
        assert all(nal.is_picture(codec, n) for n in unit.nals[head + 1 :])


@pytest.mark.parametrize("codec", CODECS)
def test_a_saved_clip_loads_as_the_same(codec: nal.Codec, tmp_path: Path) -> None:
    clip = small(codec)
    clips.save(tmp_path / "deep" / "a.mjclip", clip)
    assert clips.load(tmp_path / "deep" / "a.mjclip") == clip
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.mjclip"]


@pytest.mark.parametrize("codec", CODECS)
def test_a_decoder_accepts_the_clip(codec: nal.Codec) -> None:
    decoder = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[codec], "r")
    assert isinstance(decoder, av.VideoCodecContext)
    packets = [av.Packet(b"".join(b"\0\0\1" + n for n in unit.nals)) for unit in small(codec).units]
    assert sum(len(decoder.decode(packet)) for packet in [*packets, None]) == 12


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "other magic": lambda data: b"X" + data[1:],
    "cut short": lambda data: data[:-1],
    "one bit turned": lambda data: data[:-5] + bytes((data[-5] ^ 1,)) + data[-4:],
    "header too long": lambda data: data[:8] + b"\xff\xff\xff\xff" + data[12:],
    "header not JSON": lambda data: data[:12] + b"?" + data[13:],
    "more than the frames": lambda data: data + b"x",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused_and_made_again(damage: str, tmp_path: Path) -> None:
    path, clip = tmp_path / "a.mjclip", small(frames=2)
    clips.save(path, clip)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(clips.BadClip):
        clips.load(path)
    assert clips.cached(path, lambda: clip) == clip
    assert clips.load(path) == clip


@pytest.mark.parametrize(
    "change",
    [
        {"codec": "av1"},
        {"fps": [25, 0]},
        {"units": []},
        {"units": [[0, 0, [3]]]},
        {"parameter_sets": ["zz"]},
        {"fps": 3},
    ],
)
def test_a_header_that_lies_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "a.mjclip"
    clips.save(path, small(frames=2))
    data = path.read_bytes()
    length = int.from_bytes(data[8:12], "big")
    header = json.dumps(json.loads(data[12 : 12 + length]) | change).encode()
    path.write_bytes(data[:8] + len(header).to_bytes(4, "big") + header + data[12 + length :])
    with pytest.raises(clips.BadClip):
        clips.load(path)


def test_a_cached_clip_is_made_once(tmp_path: Path) -> None:
    made = []

    def build() -> clips.Clip:
        made.append(1)
        return small(frames=2)

    assert clips.cached(tmp_path / "a", build) == clips.cached(tmp_path / "a", build)
    assert made == [1]


@pytest.mark.parametrize(("codec", "kbps"), [("h264", 500), ("h265", 500), ("h264", 1500)])
def test_the_load_clip_reaches_its_rate(codec: nal.Codec, kbps: int, tmp_path: Path) -> None:
    clip = load_clip(tmp_path, codec, 640, 360, 25, kbps, seconds=6)
    assert clip.kbps == pytest.approx(kbps, rel=0.1)
    assert clip.duration_s == 6


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.sampled_from(CODECS))
def test_a_number_needs_no_emulation_prevention_and_can_be_patched(frame: int, camera: int, codec: nal.Codec) -> None:
    unit = nal.numbering(codec, frame, camera)
    assert b"\x00\x00" not in unit
    patched = bytearray(nal.numbering(codec))
    at = nal.number_offset(codec)
    patched[at : at + 24] = nal.digits(frame, camera)
    assert bytes(patched) == unit
    assert readback.stamps(b"\0\0\0\1" + unit) == [readback.Stamp(frame, camera)]


@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda b: b"\0\0" not in b and b[-1] and b[0]), max_size=5))
def test_annex_b_is_split_at_start_codes(units: list[bytes]) -> None:
    for code in (b"\0\0\1", b"\0\0\0\1"):
        assert nal.split(b"".join(code + unit for unit in units)) == units


def test_foreign_messages_are_left_out() -> None:
    coded = b"\0\0\1\x06\x05\x02ab\x80" + b"\0\0\1\x09\xf0" + b"\0\0\1\x41\x9a\x02"
    assert nal.frame("h264", coded, (b"\x67", b"\x68"), key=False) == (nal.numbering("h264"), b"\x41\x9a\x02")


def test_units_know_what_they_are() -> None:
    unit = AccessUnit((b"\x67", b"\x68", b"\x06", b"\x65"), key=True, timestamp_90k=0)
    assert [nal.is_parameter_set("h264", n) for n in unit.nals] == [True, True, False, False]
    assert [nal.is_picture("h264", n) for n in unit.nals] == [False, False, False, True]
