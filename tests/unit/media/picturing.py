"""What tests of pictures are made of: movies of numbered frames in each codec, and the number in a picture."""

from functools import cache
from io import BytesIO
from typing import Final

import av
import numpy as np
from PIL import Image
from tests.unit.media import making

from mingjian.simulate import blockcode, nal
from mingjian.simulate.loadclip import pictures

STEP: Final = making.STEP
_ENCODERS: Final[dict[nal.Codec, str]] = {"h264": "libx264", "h265": "libx265"}


@cache
def movie(
    codec: nal.Codec = "h264", b_frames: int = 0, *, frames: int = 50, width: int = 256, height: int = 144
) -> bytes:
    """A fragmented MP4 of frames that show their number, a key frame each second; libav wrote everything."""
    out = BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "video_track_timescale": "90000"}
    with av.open(out, "w", format="mp4", options=options) as container:
        stream = container.add_stream(_ENCODERS[codec], making.FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = making.FPS
        stream.codec_context.max_b_frames = b_frames
        stream.codec_context.thread_count = 1
        stream.options = {"preset": "ultrafast"}
        if codec == "h265":
            stream.options["x265-params"] = f"log-level=none:bframes={b_frames}:pools=1:open-gop=0"
        for number, picture in enumerate(pictures(width, height, frames)):
            picture.pts = number
            for packet in stream.encode(picture):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()


def opened(file: bytes) -> Image.Image:
    return Image.open(BytesIO(file))


def number_in(file: bytes) -> int | None:
    """The number that a picture of full size shows."""
    return blockcode.read(np.asarray(opened(file).convert("L")))
