"""A process that reads one picture and writes it anew, and can do nothing else.

Started by its path with `python -I`; imports nothing of ours. What comes in is anybody's file; what goes out is a JPEG
made of its pixels, with nothing of what else was in the file: no position, no name, no thumbnail, no comment.
Exit code 0 with the picture on standard output, else 1 and nothing.
"""

import resource
import sys
import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_PIXELS: Final = 50_000_000
MOST_BYTES: Final = 8 << 20
WIDEST: Final = 1_600
_QUALITY: Final = 82
_MEMORY_BYTES: Final = 1 << 30
_CPU_S: Final = 10


def reencoded(data: bytes) -> bytes:
    """The picture upright, no wider or higher than WIDEST, as a JPEG of its pixels.

    Raises OSError, ValueError, SyntaxError or Image.DecompressionBombError for what is no picture or too large.
    """
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        opened.draft("RGB", (2 * WIDEST, 2 * WIDEST))  # a JPEG is decoded at a fraction of its size
        upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((WIDEST, WIDEST))
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A") if "A" in upright.getbands() else None)
    out = BytesIO()
    plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def main() -> int:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return 1
    try:
        picture = reencoded(data)
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a decoder raise: it is no picture
        return 1
    sys.stdout.buffer.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
