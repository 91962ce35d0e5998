"""Pictures decoded from footage. The recorder never imports this: decoding would cost it packets."""

from io import BytesIO
from typing import Final

import av
from av.video.frame import VideoFrame
from PIL.Image import Image

from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import NO_PICTURE

STILL_WIDTH: Final = 640


def still(movie: bytes, width: int = STILL_WIDTH) -> bytes:
    """The first picture of an MP4 as JPEG, at most `width` pixels wide.

    Decodes: never called in the packet loop. Raises MingjianError NO_PICTURE when it cannot be decoded.
    """
    try:
        with av.open(BytesIO(movie), "r") as container:
            frame = next(container.decode(video=0))
            return _jpeg(frame, width)
    except (av.FFmpegError, StopIteration) as error:
        raise MingjianError(NO_PICTURE, seconds=0) from error


def _jpeg(frame: VideoFrame, width: int) -> bytes:
    width = min(width, frame.width) & ~1
    height = max(2, round(frame.height * width / frame.width)) & ~1
    image: Image = frame.to_image(width=width, height=height)  # type: ignore[no-untyped-call]
    out = BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
