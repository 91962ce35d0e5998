"""Things that move: vehicles as small solids, people as plain figures without faces."""

import math
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from mingjian.simulate.scenes.stage import Canvas, Colour, Light, Point, Sprite, View, solid, sprite, tile

CAR_COLOURS: Final[tuple[Colour, ...]] = (
    (214, 218, 222),
    (176, 42, 40),
    (44, 82, 140),
    (58, 62, 68),
    (236, 236, 232),
    (196, 160, 60),
    (70, 120, 96),
)
CLOTHES: Final[tuple[Colour, ...]] = (
    (196, 70, 62),
    (58, 104, 170),
    (70, 130, 90),
    (220, 176, 70),
    (120, 90, 150),
    (90, 96, 104),
    (226, 226, 220),
    (206, 120, 150),
)
_SKIN: Final = (226, 184, 152)
_GLASS: Final = (40, 52, 64)
_TYRE: Final = (22, 22, 24)
_WHEELS_SHOW: Final = 9.0  # pixels per metre
_RIM: Final = tuple((math.cos(i * math.pi / 5), math.sin(i * math.pi / 5)) for i in range(10))


class Frame:
    """A vehicle's own axes: `along` to the front, `across` to the right, on the ground at (x, z)."""

    def __init__(self, x: float, z: float, heading: float) -> None:
        self.x, self.z = x, z
        self._sin, self._cos = math.sin(math.radians(heading)), math.cos(math.radians(heading))

    def point(self, along: float, across: float) -> Point:
        return self.x + along * self._sin + across * self._cos, self.z + along * self._cos - across * self._sin

    def rectangle(self, back: float, front: float, half: float) -> list[Point]:
        corners = ((back, -half), (back, half), (front, half), (front, -half))
        return [self.point(*corner) for corner in corners]


def car(view: View, light: Light, x: float, z: float, heading: float, colour: Colour) -> Sprite | None:
    """A car with its middle at (x, z); heading 0 drives away from the camera, 90 to the right."""
    frame = Frame(x, z, heading)
    opened = _tile(view, light, frame, 2.6, 1.2, 1.7)
    if opened is None:
        return None
    canvas, corner = opened
    _shadow(canvas, frame.rectangle(-2.5, 2.5, 1.15))
    _wheels(canvas, frame, (-1.35, 1.35), 0.88, 0.33)
    solid(canvas, frame.rectangle(-2.15, 2.15, 0.9), 0.28, 0.82, colour, frame.rectangle(-2.1, 2.05, 0.86))
    solid(canvas, frame.rectangle(-1.75, 1.0, 0.82), 0.82, 1.32, _GLASS, frame.rectangle(-1.3, 0.35, 0.68))
    roof = [(*_xy(p, 1.33),) for p in frame.rectangle(-1.3, 0.35, 0.68)]
    canvas.face([(a, y, b) for a, y, b in roof], colour, 1.1)
    _lamps(canvas, frame, 2.14, 2.12, 0.62)
    return sprite(canvas, corner, view.depth((x, 0, z)))


def truck(view: View, light: Light, x: float, z: float, heading: float, colour: Colour) -> Sprite | None:
    """A lorry with a covered body."""
    frame = Frame(x, z, heading)
    opened = _tile(view, light, frame, 4.6, 1.5, 3.4)
    if opened is None:
        return None
    canvas, corner = opened
    _shadow(canvas, frame.rectangle(-4.4, 4.4, 1.5))
    _wheels(canvas, frame, (-3.0, -1.8, 3.0), 1.15, 0.5)
    cab_first = _front_is_farther(view, frame)
    if cab_first:
        _cab(canvas, frame, colour)
    solid(canvas, frame.rectangle(-4.1, 1.9, 1.25), 0.9, 3.2, (206, 208, 204))
    if not cab_first:
        _cab(canvas, frame, colour)
    _lamps(canvas, frame, 4.02, 4.11, 0.9)
    return sprite(canvas, corner, view.depth((x, 0, z)))


def bus(view: View, light: Light, x: float, z: float, heading: float, colour: Colour) -> Sprite | None:
    """A city bus with a band of windows."""
    frame = Frame(x, z, heading)
    opened = _tile(view, light, frame, 5.6, 1.5, 3.2)
    if opened is None:
        return None
    canvas, corner = opened
    _shadow(canvas, frame.rectangle(-5.4, 5.4, 1.5))
    _wheels(canvas, frame, (-3.4, 3.4), 1.22, 0.5)
    solid(canvas, frame.rectangle(-5.2, 5.2, 1.25), 0.4, 1.5, colour)
    solid(canvas, frame.rectangle(-5.2, 5.2, 1.24), 1.5, 2.5, _GLASS)
    solid(canvas, frame.rectangle(-5.2, 5.2, 1.25), 2.5, 3.0, colour)
    _lamps(canvas, frame, 5.2, 5.2, 0.8)
    return sprite(canvas, corner, view.depth((x, 0, z)))


def van(
    view: View, light: Light, x: float, z: float, heading: float, colour: Colour, band: Colour, *, blue: bool
) -> Sprite | None:
    """A van with a coloured band; `blue` lights the lamp on its roof."""
    frame = Frame(x, z, heading)
    opened = _tile(view, light, frame, 3.0, 1.2, 3.0)
    if opened is None:
        return None
    canvas, corner = opened
    _shadow(canvas, frame.rectangle(-2.9, 2.9, 1.25))
    _wheels(canvas, frame, (-1.7, 1.7), 0.98, 0.38)
    solid(canvas, frame.rectangle(-2.7, 2.7, 1.0), 0.3, 0.95, colour)
    solid(canvas, frame.rectangle(-2.7, 2.7, 1.0), 0.95, 1.25, band)
    solid(canvas, frame.rectangle(-2.7, 2.6, 1.0), 1.25, 1.9, _GLASS, frame.rectangle(-2.7, 2.1, 0.98))
    solid(canvas, frame.rectangle(-2.7, 2.1, 0.98), 1.9, 2.4, colour, frame.rectangle(-2.6, 1.7, 0.92))
    _lamps(canvas, frame, 2.71, 2.71, 0.75)
    lamp = Canvas(view, Light() if blue else light, canvas.image, canvas.scale, corner)
    solid(lamp, frame.rectangle(0.7, 1.3, 0.5), 2.4, 2.62, (70, 120, 255) if blue else (60, 80, 130))
    return sprite(canvas, corner, view.depth((x, 0, z)))


def person(
    view: View, light: Light, x: float, z: float, outfit: int, step: float, size: float = 1.0, y: float = 0.0
) -> Sprite | None:
    """A walking figure at (x, z). `step` counts walked metres (constant: stands still); `size` 0.7 is a child."""
    foot = view.project((x, y, z))
    pixels = round(1.72 * size * view.pixels_per_metre((x, y, z)))
    if (
        pixels < 4
        or not -pixels < foot[0] < 960 + pixels
        or not 0 < foot[1] < 540 + pixels
        or view.depth((x, y, z)) < 1
    ):
        return None
    image = _figure(min(pixels, 400), outfit % len(CLOTHES), int(step / 0.2) % 8, light)
    return Sprite(view.depth((x, y, z)), image, round(foot[0] - image.width / 2), round(foot[1] - image.height * 0.96))


@lru_cache(maxsize=4096)
def _figure(pixels: int, outfit: int, phase: int, light: Light) -> Image.Image:
    scale = 3
    height = pixels * scale
    image = Image.new("RGBA", (round(height * 0.62), round(height * 1.05)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    middle, bottom = image.width / 2, height * 1.0
    unit = height / 100
    draw.ellipse((middle - 22 * unit, bottom - 5 * unit, middle + 22 * unit, bottom + 4 * unit), fill=(0, 0, 0, 70))
    swing = math.sin(phase * math.pi / 4)
    coat, trousers = CLOTHES[outfit], ((52, 56, 70), (84, 78, 70), (40, 44, 48))[outfit % 3]
    for side in (-1, 1):
        knee = middle + side * swing * 9 * unit + side * 3 * unit
        draw.line([(middle + side * 4 * unit, bottom - 46 * unit), (knee, bottom - 3 * unit)], fill=light.on(trousers),
                  width=round(9 * unit))  # fmt: skip
        shoulder, hand = middle + side * 10 * unit, middle + side * (12 - swing * 8) * unit
        draw.line([(shoulder, bottom - 76 * unit), (hand, bottom - 44 * unit)], fill=light.on(coat, 0.8),
                  width=round(7 * unit))  # fmt: skip
    draw.rounded_rectangle((middle - 12 * unit, bottom - 81 * unit, middle + 12 * unit, bottom - 42 * unit),
                           8 * unit, fill=light.on(coat))  # fmt: skip
    draw.ellipse((middle - 8 * unit, bottom - 99 * unit, middle + 8 * unit, bottom - 82 * unit), fill=light.on(_SKIN))
    draw.pieslice((middle - 8.5 * unit, bottom - 100 * unit, middle + 8.5 * unit, bottom - 83 * unit), 180, 360,
                  fill=light.on((40, 34, 32)))  # fmt: skip
    return image.reduce(scale)


def _tile(
    view: View, light: Light, frame: Frame, length: float, half: float, height: float
) -> tuple[Canvas, Point] | None:
    base = frame.rectangle(-length, length, half)
    return tile(view, light, [(x, y, z) for x, z in base for y in (0.0, height)])


def _xy(point: Point, y: float) -> tuple[float, float, float]:
    return point[0], y, point[1]


def _shadow(canvas: Canvas, base: list[Point]) -> None:
    draw = ImageDraw.Draw(canvas.image)
    points = [canvas.at(_xy(p, 0)) for p in base]
    draw.polygon(points, fill=(6, 8, 14, round(255 * max(canvas.light.shadow, 0.2))))


def _wheels(canvas: Canvas, frame: Frame, axles: tuple[float, ...], half: float, radius: float) -> None:
    """The wheels on the side that is seen; none on what is too far away to show them."""
    if canvas.view.pixels_per_metre((frame.x, 0, frame.z)) < _WHEELS_SHOW:
        return
    for side in (-half, half):
        hub, middle = frame.point(0, side), frame.point(0, 0)
        if not canvas.view.sees(_xy(hub, 0), (hub[0] - middle[0], 0, hub[1] - middle[1])):
            continue
        for along in axles:
            rim = [(frame.point(along + radius * c, side), radius + radius * s) for c, s in _RIM]
            canvas.face([_xy(p, y) for p, y in rim], _TYRE)


def _cab(canvas: Canvas, frame: Frame, colour: Colour) -> None:
    solid(canvas, frame.rectangle(2.1, 4.0, 1.15), 0.6, 1.5, colour)
    solid(canvas, frame.rectangle(2.1, 4.0, 1.15), 1.5, 2.2, _GLASS, frame.rectangle(2.1, 3.8, 1.1))
    solid(canvas, frame.rectangle(2.1, 3.8, 1.1), 2.2, 2.5, colour)


def _front_is_farther(view: View, frame: Frame) -> bool:
    front, back = frame.point(3, 0), frame.point(-3, 0)
    return view.depth(_xy(front, 0)) > view.depth(_xy(back, 0))


def _lamps(canvas: Canvas, frame: Frame, front: float, back: float, half: float) -> None:
    """Head and tail lamps; at night they shine whatever the light of the scene."""
    lamps = Light() if canvas.light.night else canvas.light
    plain = Canvas(canvas.view, lamps, canvas.image, canvas.scale, canvas._origin)  # noqa: SLF001 - the same drawing
    for along, colour in ((front, (255, 244, 206)), (-back, (214, 30, 30))):
        ahead, behind = frame.point(along, 0), frame.point(0, 0)
        if not canvas.view.sees(_xy(ahead, 0.6), (ahead[0] - behind[0], 0, ahead[1] - behind[1])):
            continue
        for side in (-half, half):
            corners = [frame.point(along, side - 0.17), frame.point(along, side + 0.17)]
            plain.wall(corners[0], corners[1], 0.55, 0.75, colour)
