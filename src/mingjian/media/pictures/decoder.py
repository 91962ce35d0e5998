"""A process that decodes pictures and can do nothing else.

Started by its path with `python -I`: it imports nothing of ours, so that it is small, and what a hostile stream breaks
out of has nothing in it. Once its libraries are loaded it may open no file and no socket, write no file, and take only
so much memory and, for each picture, so much processor time. What it says on its standard error is thrown away.

On the socket that is its standard input and output: first READY, then for each ORDER with a movie behind it one REPLY
with the picture behind it (all big-endian).
"""

import ctypes
import errno
import os
import resource
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from io import BytesIO
from math import ceil
from typing import Final

import av
import av.logging
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL.Image import Image

READY: Final = b"R"
ORDER: Final = struct.Struct(">IqIHBB")
REPLY: Final = struct.Struct(">BBHHqI")
FIRST: Final = -1
"""Instead of a moment: the first key frame, and nothing behind it."""
MAX_MOVIE: Final = 64 << 20
MAX_PICTURE: Final = 64 << 20
# 8192 x 4320. A parameter set may promise more; nobody's camera sends it.
MAX_PIXELS: Final = 35_389_440
MEMORY_BYTES: Final = 768 << 20
"""What decoding may take, beside the libraries."""

# libav decodes a second of frames to guess their rate, which nobody asks for: two thirds of the time of a thumbnail.
_NO_GUESSING: Final = {"fpsprobesize": "0", "probesize": "32", "analyzeduration": "0"}
_TICKS_PER_SECOND: Final = 90_000
_NICE: Final = 10
_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS of prctl(2)
_UNSPECIFIED: Final = 2  # ITU-T H.273 table 4
_HIGH_DEFINITION: Final = 720


class Form(IntEnum):
    JPEG = 0
    PNG = 1


class Status(IntEnum):
    DONE = 0
    UNDECODABLE = 1
    TOO_LARGE = 2
    TOO_MANY = 3


class TooMany(Exception):  # noqa: N818 - a count
    """The picture lies behind more frames than may be decoded for it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to decode from an MP4 that begins with a key frame.

    `at_ticks`: the frame shown then (90 kHz, presentation time in the movie), or FIRST. `most_frames`: how many may be
    decoded for it. `width`: at most so many pixels, 0 for the picture as it is. `quality` is that of JPEG.
    """

    at_ticks: int = FIRST
    most_frames: int = 1
    width: int = 0
    form: Form = Form.JPEG
    quality: int = 80
    cpu_s: int = 4

    def pack(self, size: int) -> bytes:
        """As it is sent before a movie of `size` bytes."""
        packed_form = self.form << 7 | self.quality
        return ORDER.pack(size, self.at_ticks, self.most_frames, self.width, packed_form, self.cpu_s)

    @classmethod
    def unpack(cls, data: bytes) -> tuple["Order", int]:
        size, at_ticks, most_frames, width, packed_form, cpu_s = ORDER.unpack(data)
        return cls(at_ticks, most_frames, width, Form(packed_form >> 7), packed_form & 0x7F, cpu_s), size


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture as a file. `ticks`: when it is shown in the movie. `damaged`: the decoder had to conceal something."""

    data: bytes
    width: int
    height: int
    ticks: int
    damaged: bool


def decode(movie: bytes, order: Order) -> Decoded:
    """The picture that `order` asks for.

    At full size it is first decoded without concealing anything; only what cannot be decoded so is concealed, and
    said to be.

    Raises av.FFmpegError (UNDECODABLE), MemoryError or ValueError (TOO_LARGE), TooMany.
    """
    if order.width:
        return _decode(movie, order, strict=False)
    try:
        return _decode(movie, order, strict=True)
    except av.InvalidDataError:
        return replace(_decode(movie, order, strict=False), damaged=True)


def _decode(movie: bytes, order: Order, *, strict: bool) -> Decoded:
    with av.open(BytesIO(movie), "r", format="mp4", options=_NO_GUESSING) as container:
        if not container.streams.video:
            raise av.InvalidDataError(0, "no video")
        stream = container.streams.video[0]
        context = stream.codec_context
        if context is None:  # a codec that nobody knows
            raise av.InvalidDataError(0, "no decoder")
        context.thread_count = 1
        context.options = {"max_pixels": str(MAX_PIXELS)} | ({"err_detect": "explode"} if strict else {})
        if 0 < order.width < context.width:
            context.options |= {"skip_loop_filter": "all"}  # nobody sees it in a picture that is made smaller
        frame = _first(container, stream) if order.at_ticks == FIRST else _shown(container, stream, order, strict)
        image = _image(frame, stream, order.width)
        return Decoded(_file(image, order), image.width, image.height, _ticks(frame, stream), frame.is_corrupt)


def _ticks(frame: VideoFrame, stream: VideoStream) -> int:
    return int((frame.pts or 0) * (stream.time_base or 0) * _TICKS_PER_SECOND)


def _first(container: InputContainer, stream: VideoStream) -> VideoFrame:
    for packet in container.demux(stream):
        if packet.size and packet.is_keyframe:
            frames = stream.codec_context.decode(packet) + stream.codec_context.decode(None)
            if frames:
                return frames[0]
            break
    raise av.InvalidDataError(0, "no picture")


def _shown(container: InputContainer, stream: VideoStream, order: Order, strict: bool) -> VideoFrame:
    """The last frame that is shown at the moment or before it; the first one where there is none."""
    found: VideoFrame | None = None
    for frame in _frames(container, stream, order.most_frames, strict):
        if frame.pts is None:
            continue
        if found is not None and _ticks(frame, stream) > order.at_ticks:
            break
        found = frame
    if found is None:
        raise av.InvalidDataError(0, "no picture")
    return found


def _frames(container: InputContainer, stream: VideoStream, most: int, strict: bool) -> Iterator[VideoFrame]:
    """Frames in the order of showing. One that cannot be decoded is left out: what refers to it is concealed."""
    for number, packet in enumerate(container.demux(stream)):
        if number > most:
            raise TooMany
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            if strict:
                raise


def _image(frame: VideoFrame, stream: VideoStream, wanted: int) -> Image:
    width, height = frame.width, frame.height
    if wanted:
        # Where pixels are not square (old analogue formats), a small picture has the shape in which it is shown.
        shape = float(stream.sample_aspect_ratio or 1)
        across = width * (shape if 0.25 < shape < 4 else 1.0)
        width = min(wanted, round(across))
        height = max(1, round(frame.height * width / across))
    # What the stream does not say is said by its size (ITU-R BT.709 for high definition).
    colours = {"src_colorspace": "ITU709"} if _tells_no_colours(frame) else {}
    image: Image = frame.to_image(width=width, height=height, interpolation="AREA", **colours)  # type: ignore[no-untyped-call]
    return image


def _tells_no_colours(frame: VideoFrame) -> bool:
    return frame.height >= _HIGH_DEFINITION and frame.colorspace == _UNSPECIFIED


def _file(image: Image, order: Order) -> bytes:
    out = BytesIO()
    if order.form is Form.PNG:
        image.save(out, "PNG", compress_level=3)
    else:
        image.save(out, "JPEG", quality=order.quality)
    return out.getvalue()


# The process


def confine() -> None:
    """Give up everything that decoding does not need; for good. Libraries are loaded by then."""
    pages = int(open("/proc/self/statm", "rb").read().split()[0])  # noqa: SIM115, PTH123 - once, before files are over
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    forbid()


class _Rule(ctypes.Structure):
    """struct sock_filter of linux/filter.h."""

    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_uint16), ("rules", ctypes.POINTER(_Rule)))


def forbid() -> bool:
    """Let the kernel refuse the system calls of _FORBIDDEN (seccomp, mode filter); whether it does.

    What limits do not cover: signals to other processes, their memory, other programs, and files and sockets once more.
    Kernels and machines that know no filter leave it at the limits.
    """
    known = _FORBIDDEN.get(os.uname().machine)
    _control(_NO_NEW_PRIVILEGES, 1)
    if known is None:
        return False
    rules = _rules(*known)
    program = _Program(len(rules), (_Rule * len(rules))(*rules))
    return _control(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program)) == 0


def _rules(architecture: int, numbers: tuple[int, ...]) -> list[_Rule]:
    """Jumps count the rules that are passed over; all that refuse lead to the last rule."""
    last = len(numbers) + 5
    return [
        _Rule(_LOAD, 0, 0, 4),  # the architecture of the call
        _Rule(_IF_EQUAL, 0, last - 2, architecture),
        _Rule(_LOAD, 0, 0, 0),  # its number
        _Rule(_IF_AT_LEAST, last - 4, 0, 0x40000000),  # those of x32
        *(_Rule(_IF_EQUAL, last - 1 - at, 0, number) for at, number in enumerate(numbers, 4)),
        _Rule(_RETURN, 0, 0, _ALLOW),
        _Rule(_RETURN, 0, 0, _ERROR | errno.EPERM),
    ]


def _control(*values: int) -> int:
    """prctl(2)."""
    padded = (*values, 0, 0, 0, 0)[:5]
    return int(ctypes.CDLL(None).prctl(ctypes.c_int(padded[0]), *(ctypes.c_ulong(value) for value in padded[1:])))


# linux/bpf_common.h, linux/seccomp.h
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_SET_SECCOMP, _MODE_FILTER = 22, 2
# execve, execveat, kill, tkill, tgkill, ptrace, process_vm_readv, process_vm_writev, pidfd_open, pidfd_send_signal,
# pidfd_getfd, socket, connect, openat, openat2, setns, unshare, bpf, io_uring_setup; on x86-64 also open and creat.
_FORBIDDEN: Final = {
    "x86_64": (
        0xC000003E,
        (59, 322, 62, 200, 234, 101, 310, 311, 434, 424, 438, 41, 42, 257, 437, 308, 272, 321, 425, 2, 85),
    ),
    "aarch64": (
        0xC00000B7,
        (221, 281, 129, 130, 131, 117, 270, 271, 434, 424, 438, 198, 203, 56, 437, 268, 97, 280, 425),
    ),
}


def load() -> None:
    """Load what the libraries load at their first use, while files can still be opened."""
    out = BytesIO()
    with av.open(out, "w", format="mp4", options={"movflags": "empty_moov"}) as container:
        stream = container.add_stream("mpeg4", 25)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for packet in stream.encode(VideoFrame(16, 16, "yuv420p")) + stream.encode(None):
            container.mux(packet)
    for form in Form:
        decode(out.getvalue(), Order(width=8, form=form))
    with suppress(av.FFmpegError, ValueError):
        decode(b"", Order())


def answer(movie: bytes, order: Order) -> bytes:
    """REPLY and picture."""
    try:
        made = decode(movie, order)
    except TooMany:
        return _failed(Status.TOO_MANY)
    except MemoryError:  # before FFmpegError, which that of libav is too
        return _failed(Status.TOO_LARGE)
    except (av.FFmpegError, ValueError, OSError):
        return _failed(Status.UNDECODABLE)
    if len(made.data) > MAX_PICTURE or max(made.width, made.height) > 0xFFFF:
        return _failed(Status.TOO_LARGE)
    head = REPLY.pack(Status.DONE, made.damaged, made.width, made.height, made.ticks, len(made.data))
    return head + made.data


def _failed(status: Status) -> bytes:
    return REPLY.pack(status, 0, 0, 0, 0, 0)


def allow(cpu_s: int) -> None:
    """Let this process work so long from now on; then the system ends it."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = ceil(spent.ru_utime + spent.ru_stime) + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def serve(peer: socket.socket) -> None:
    """Answer until the other side is gone."""
    while head := _read(peer, ORDER.size):
        order, size = Order.unpack(head)
        movie = _read(peer, size) if size <= MAX_MOVIE else b""
        if not movie:
            return
        allow(order.cpu_s)
        peer.sendall(answer(movie, order))


def _read(peer: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes; none when the other side is gone."""
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        count = peer.recv_into(view[at:])
        if not count:
            return b""
        at += count
    return bytes(data)


def main() -> None:
    peer = socket.socket(fileno=0)
    av.logging.set_level(None)
    os.nice(_NICE)
    load()
    confine()
    peer.sendall(READY)
    serve(peer)


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(0)
