"""What a camera writes over its picture: place, number, and the seconds of the minute."""

import math
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from mingjian.simulate.scenes.lettering import label
from mingjian.simulate.scenes.stage import HEIGHT, WIDTH

_MARGIN: Final = 16
_DIAL: Final = 46
_WHITE: Final = (248, 248, 248)


def write_place(picture: Image.Image, place: str, number: int) -> None:
    """The place at the bottom left, the camera's number at the bottom right. Never changes: write it on the still."""
    name = label(place, 26, _WHITE, 2)
    picture.paste(name, (_MARGIN, HEIGHT - _MARGIN - name.height), name)
    camera = label(f"摄像机 {number:02d}", 22, _WHITE, 2)
    picture.paste(camera, (WIDTH - _MARGIN - camera.width, HEIGHT - _MARGIN - camera.height), camera)


def write_second(picture: Image.Image, second: float) -> None:
    """The seconds at the top right, as a dial and as two digits."""
    dial = _dial(round(second * 5) % 300)
    digits = label(f":{int(second) % 60:02d}", 30, _WHITE, 2)
    left = WIDTH - _MARGIN - digits.width
    picture.paste(digits, (left, _MARGIN + 2), digits)
    picture.paste(dial, (left - _DIAL - 8, _MARGIN), dial)


@lru_cache(maxsize=300)
def _dial(fifths: int) -> Image.Image:
    scale = 4
    size = _DIAL * scale
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    middle, reach = size / 2, size / 2 - 2
    draw.ellipse((1, 1, size - 2, size - 2), fill=(10, 14, 20, 150), outline=_WHITE, width=scale * 2)
    for mark in range(12):
        angle = math.tau * mark / 12
        inner = reach * (0.74 if mark % 3 else 0.62)
        ends = [(middle + r * math.sin(angle), middle - r * math.cos(angle)) for r in (inner, reach * 0.86)]
        draw.line(ends, fill=_WHITE, width=scale)
    angle = math.tau * fifths / 300
    tip = (middle + reach * 0.78 * math.sin(angle), middle - reach * 0.78 * math.cos(angle))
    draw.line([(middle, middle), tip], fill=(255, 96, 72), width=round(scale * 1.8))
    draw.ellipse((middle - 2 * scale, middle - 2 * scale, middle + 2 * scale, middle + 2 * scale), fill=(255, 96, 72))
    return image.reduce(scale)
