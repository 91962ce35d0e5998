"""A small stage to draw on: a camera above the ground, solids with lit faces, soft shadows, light.

World units are metres: x to the right, y up, z away from the camera, which stands at x = 0, z = 0. Pictures are
`WIDTH` x `HEIGHT` pixels; still layers are drawn `STILL_SCALE` times larger and reduced, moving things `SCALE` times.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH: Final = 960
HEIGHT: Final = 540
STILL_SCALE: Final = 3
SCALE: Final = 2
_NEAR: Final = 0.4

Colour = tuple[int, int, int]
Point = tuple[float, float]
Vertex = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Light:
    """How a scene is lit: what every colour is multiplied with, and how strong shadows are (0..1)."""

    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shadow: float = 0.35
    night: bool = False

    def on(self, colour: Colour, brightness: float = 1.0) -> Colour:
        red, green, blue = self.tint
        return (
            min(255, round(colour[0] * red * brightness)),
            min(255, round(colour[1] * green * brightness)),
            min(255, round(colour[2] * blue * brightness)),
        )


DAY: Final = Light()
MORNING: Final = Light((1.0, 0.97, 0.9), 0.3)
DUSK: Final = Light((0.92, 0.72, 0.68), 0.3)
NIGHT: Final = Light((0.34, 0.38, 0.55), 0.15, night=True)
INDOOR: Final = Light((1.0, 0.97, 0.92), 0.22)


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera `height` m above the ground, looking `pitch` degrees down, `focal` pixels long."""

    height: float
    pitch: float
    focal: float
    yaw: float = 0.0
    x: float = 0.0

    def depth(self, vertex: Vertex) -> float:
        return self._turned(vertex)[2]

    def project(self, vertex: Vertex) -> Point:
        """Where a vertex in front of the camera appears, in pixels of the final picture."""
        right, up, away = self._turned(vertex)
        away = max(away, _NEAR)
        return WIDTH / 2 + self.focal * right / away, HEIGHT / 2 - self.focal * up / away

    def outline(self, vertices: Sequence[Vertex]) -> list[Point]:
        """A polygon as it appears, cut off at the near plane; empty when wholly behind."""
        turned = [self._turned(vertex) for vertex in vertices]
        kept: list[Vertex] = []
        for index, (here, there) in enumerate(zip(turned, turned[1:] + turned[:1], strict=True)):
            if turned[index][2] >= _NEAR:
                kept.append(here)
            if (here[2] >= _NEAR) != (there[2] >= _NEAR):
                kept.append(_between(here, there, (_NEAR - here[2]) / (there[2] - here[2])))
        return [(WIDTH / 2 + self.focal * x / z, HEIGHT / 2 - self.focal * y / z) for x, y, z in kept]

    def pixels_per_metre(self, vertex: Vertex) -> float:
        return self.focal / max(self.depth(vertex), _NEAR)

    def horizon(self) -> float:
        """The row of the horizon."""
        return HEIGHT / 2 - self.focal * math.tan(math.radians(self.pitch))

    def sees(self, vertex: Vertex, normal: Vertex) -> bool:
        """Whether a face at `vertex` shows its front."""
        return normal[0] * (self.x - vertex[0]) + normal[1] * (self.height - vertex[1]) - normal[2] * vertex[2] > 0

    def _turned(self, vertex: Vertex) -> Vertex:
        sin_pitch, cos_pitch, sin_yaw, cos_yaw = _rotation(self.pitch, self.yaw)
        x, y, z = vertex[0] - self.x, vertex[1] - self.height, vertex[2]
        if sin_yaw:
            x, z = x * cos_yaw - z * sin_yaw, x * sin_yaw + z * cos_yaw
        return x, y * cos_pitch + z * sin_pitch, z * cos_pitch - y * sin_pitch


@lru_cache(maxsize=64)
def _rotation(pitch: float, yaw: float) -> tuple[float, float, float, float]:
    down, aside = math.radians(pitch), math.radians(yaw)
    return math.sin(down), math.cos(down), math.sin(aside), math.cos(aside)


def _between(here: Vertex, there: Vertex, share: float) -> Vertex:
    return (
        here[0] + (there[0] - here[0]) * share,
        here[1] + (there[1] - here[1]) * share,
        here[2] + (there[2] - here[2]) * share,
    )


@dataclass(frozen=True, slots=True)
class Sprite:
    """A transparent picture at a place of the frame; farther ones are pasted first."""

    depth: float
    image: Image.Image
    x: int
    y: int


class Canvas:
    """Draw in world coordinates on a picture `scale` times the final size, whose corner lies at `origin`."""

    def __init__(self, view: View, light: Light, image: Image.Image, scale: int, origin: Point = (0, 0)) -> None:
        self.view = view
        self.light = light
        self.image = image
        self.scale = scale
        self._origin = origin
        self._draw = ImageDraw.Draw(image)

    def at(self, vertex: Vertex) -> Point:
        return self._scaled(self.view.project(vertex))

    def flat(self, points: Sequence[Point], colour: Colour, brightness: float = 1.0) -> None:
        """A polygon given in pixels of the final picture."""
        if len(points) > 2:
            self._draw.polygon([self._scaled(p) for p in points], fill=self.light.on(colour, brightness))

    def face(self, vertices: Sequence[Vertex], colour: Colour, brightness: float = 1.0) -> None:
        self.flat(self.view.outline(vertices), colour, brightness)

    def ground(self, x0: float, z0: float, x1: float, z1: float, colour: Colour, y: float = 0.0) -> None:
        """A level rectangle."""
        self.face([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], colour)

    def wall(self, a: Point, b: Point, y0: float, y1: float, colour: Colour, brightness: float = 1.0) -> None:
        """An upright rectangle over the ground line from `a` to `b`, each (x, z)."""
        self.face([(a[0], y0, a[1]), (b[0], y0, b[1]), (b[0], y1, b[1]), (a[0], y1, a[1])], colour, brightness)

    def disc(self, centre: Vertex, radius: float, colour: Colour, brightness: float = 1.0) -> None:
        """A round thing seen as a circle."""
        x, y = self.at(centre)
        r = radius * self.view.pixels_per_metre(centre) * self.scale
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=self.light.on(colour, brightness))

    def line(self, a: Vertex, b: Vertex, width: float, colour: Colour) -> None:
        """A bar `width` metres thick."""
        pixels = max(1, round(width * self.view.pixels_per_metre(a) * self.scale))
        self._draw.line([self.at(a), self.at(b)], fill=self.light.on(colour), width=pixels)

    def box(self, low: Vertex, high: Vertex, colour: Colour) -> None:
        """A block standing along the axes."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        solid(self, [(x0, z0), (x1, z0), (x1, z1), (x0, z1)], y0, y1, colour)

    def _scaled(self, point: Point) -> Point:
        return (point[0] - self._origin[0]) * self.scale, (point[1] - self._origin[1]) * self.scale


def solid(
    canvas: Canvas, base: Sequence[Point], y0: float, y1: float, colour: Colour, top: Sequence[Point] | None = None
) -> None:
    """A prism (or, with another `top`, a frustum) over a convex `base` of (x, z) points, anticlockwise from above."""
    roof = top or base
    count = len(base)
    for i in range(count):
        a, b, c, d = base[i], base[(i + 1) % count], roof[(i + 1) % count], roof[i]
        normal = (b[1] - a[1], 0.0, a[0] - b[0])
        if canvas.view.sees((a[0], y0, a[1]), normal):
            face = [(a[0], y0, a[1]), (b[0], y0, b[1]), (c[0], y1, c[1]), (d[0], y1, d[1])]
            canvas.face(face, colour, _lit(normal))
    if canvas.view.height > y1:
        canvas.face([(x, y1, z) for x, z in roof], colour, 1.08)


def _lit(normal: Vertex) -> float:
    length = math.hypot(normal[0], normal[2]) or 1.0
    return 0.78 - 0.1 * normal[2] / length - 0.14 * normal[0] / length


def still(view: View, light: Light, top: Colour, bottom: Colour) -> Canvas:
    """A canvas for a still layer, filled with a sky from `top` to `bottom` at the horizon."""
    rows = np.linspace(0, 1, HEIGHT * STILL_SCALE)[:, None]
    share = np.clip(rows * HEIGHT / max(view.horizon(), 1), 0, 1)
    column = np.array(light.on(top)) * (1 - share) + np.array(light.on(bottom)) * share
    pixels = np.broadcast_to(column[:, None, :], (HEIGHT * STILL_SCALE, WIDTH * STILL_SCALE, 3))
    return Canvas(view, light, Image.fromarray(pixels.astype(np.uint8)), STILL_SCALE)


def finished(canvas: Canvas, seed: int = 1) -> Image.Image:
    """The still layer at its final size, with a little grain and darker corners."""
    small = canvas.image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    grain = np.random.default_rng(seed).normal(0, 2.2, (HEIGHT, WIDTH, 1))
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    corners = 1 - 0.13 * (x * x + y * y)[:, :, None]
    return Image.fromarray((np.asarray(small) * corners + grain).clip(0, 255).astype(np.uint8))


def shade(canvas: Canvas, outlines: Sequence[Sequence[Point]], strength: float | None = None, blur: float = 3) -> None:
    """Soft shadows of the given shape, points in pixels of the final picture."""
    mask = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(mask)
    for outline in outlines:
        if len(outline) > 2:
            draw.polygon(list(outline), fill=round(255 * (canvas.light.shadow if strength is None else strength)))
    mask = mask.filter(ImageFilter.GaussianBlur(blur)).resize(canvas.image.size, Image.Resampling.BILINEAR)
    canvas.image.paste((8, 10, 18), (0, 0), mask)


def glow(canvas: Canvas, centre: Point, radius: float, colour: Colour, strength: float = 1.0) -> None:
    """Add light around a point, in pixels of the final picture."""
    size = max(2, round(radius * canvas.scale)) * 2
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    falloff = np.clip(1 - np.hypot(x, y), 0, 1)[:, :, None] ** 2 * strength
    halo = Image.fromarray((np.array(colour) * falloff).astype(np.uint8))
    corner = (round(centre[0] * canvas.scale) - size // 2, round(centre[1] * canvas.scale) - size // 2)
    area = (corner[0], corner[1], corner[0] + size, corner[1] + size)
    canvas.image.paste(ImageChops.screen(canvas.image.crop(area), halo), corner)


def tile(view: View, light: Light, corners: Sequence[Vertex], margin: int = 4) -> tuple[Canvas, Point] | None:
    """A transparent canvas just large enough for things within `corners`, or None when out of the picture."""
    points = [view.project(c) for c in corners]
    left, top = math.floor(min(p[0] for p in points)) - margin, math.floor(min(p[1] for p in points)) - margin
    right, bottom = math.ceil(max(p[0] for p in points)) + margin, math.ceil(max(p[1] for p in points)) + margin
    if right <= 0 or left >= WIDTH or bottom <= 0 or top >= HEIGHT or min(view.depth(c) for c in corners) < 1:
        return None
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, WIDTH), min(bottom, HEIGHT)
    size = ((right - left) * SCALE, (bottom - top) * SCALE)
    return Canvas(view, light, Image.new("RGBA", size, (0, 0, 0, 0)), SCALE, (left, top)), (left, top)


def sprite(canvas: Canvas, corner: Point, depth: float) -> Sprite:
    """What was drawn on a `tile`, reduced to its final size."""
    return Sprite(depth, canvas.image.reduce(canvas.scale), int(corner[0]), int(corner[1]))


def drawn_between(picture: Image.Image, before: Image.Image, after: Image.Image, depth: float = 900) -> Sprite:
    """The part of `picture` that was drawn between two states of its canvas, to hide what passes behind it."""
    changed = ImageChops.difference(before, after).convert("L").point(lambda level: 255 * (level > 8))
    image = picture.convert("RGBA")
    image.putalpha(changed.resize(picture.size, Image.Resampling.BOX))
    box = image.getchannel("A").getbbox() or (0, 0, 1, 1)
    return Sprite(depth, image.crop(box), box[0], box[1])
