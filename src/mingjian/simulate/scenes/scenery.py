"""Set pieces of the scenes: buildings, trees, hills, markings, lamps, text on walls; and paths to move along."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Final

from PIL import Image

from mingjian.simulate.scenes import lettering
from mingjian.simulate.scenes.stage import WIDTH, Canvas, Colour, Light, Point, Sprite, Vertex, View, glow, shade, tile
from mingjian.simulate.scenes.stage import sprite as reduced

ASPHALT: Final = (86, 88, 92)
PAVING: Final = (168, 166, 160)
GRASS: Final = (122, 146, 92)
PAINT: Final = (226, 226, 218)
LEAVES: Final = ((74, 122, 66), (88, 138, 74), (62, 104, 62))


def building(
    canvas: Canvas, x0: float, z0: float, x1: float, z1: float, height: float, colour: Colour,
    storeys: int, bays: int, seed: int = 0,
) -> None:  # fmt: skip
    """A block with rows of windows on the faces towards the road; some are lit at night."""
    canvas.box((x0, 0, z0), (x1, height, z1), colour)
    random = Random(seed * 1009 + storeys)
    step, room = (x1 - x0) / bays, height / (storeys + 0.4)
    for storey in range(storeys):
        y = room * (storey + 0.55)
        for bay in range(bays):
            x = x0 + step * (bay + 0.22)
            _window(canvas, (x, z0 - 0.02), (x + step * 0.56, z0 - 0.02), y, y + room * 0.55, random)
        side = x1 + 0.02 if x1 < canvas.view.x else x0 - 0.02
        if x1 < canvas.view.x or x0 > canvas.view.x:
            deep = max(1, round((z1 - z0) / max(step, 1)))
            for bay in range(deep):
                z = z0 + (z1 - z0) / deep * (bay + 0.22)
                far = z + (z1 - z0) / deep * 0.56
                _window(canvas, (side, z), (side, far), y, y + room * 0.55, random)


def _window(canvas: Canvas, a: Point, b: Point, y0: float, y1: float, random: Random) -> None:
    lit = canvas.light.night and random.random() < 0.45
    shine = random.uniform(0.85, 1.15)
    if lit:
        plain = Canvas(canvas.view, Light(), canvas.image, canvas.scale)
        plain.wall(a, b, y0, y1, (250, 214, 140), shine * 0.9)
    else:
        canvas.wall(a, b, y0, y1, (96, 122, 146), shine)


def tree(canvas: Canvas, x: float, z: float, size: float = 1.0, colours: Sequence[Colour] = LEAVES) -> None:
    """A round tree about 5 m high at `size` 1."""
    random = Random(round(x * 31 + z * 17))
    canvas.line((x, 0, z), (x, 2.4 * size, z), 0.32 * size, (92, 74, 58))
    for index in range(16):
        angle, reach = random.uniform(0, 2 * math.pi), random.uniform(0, 1.0) * size
        at = (x + math.cos(angle) * reach, (2.6 + index * 0.14) * size + math.sin(angle) * 0.4 * size, z - 0.01 * index)
        canvas.disc(at, random.uniform(0.55, 0.95) * size, colours[index % len(colours)], 0.72 + 0.025 * index)


def tree_shadow(canvas: Canvas, x: float, z: float, size: float = 1.0) -> None:
    ring = [(x + 1.2 * size + 1.7 * size * math.cos(a), z - 0.3 + 1.3 * size * math.sin(a)) for a in _turns(16)]
    shade(canvas, [canvas.view.outline([(px, 0, pz) for px, pz in ring])])


def lamp(canvas: Canvas, x: float, z: float, reach: float = 1.6, height: float = 6.5) -> None:
    """A street lamp with its arm towards `reach`; it shines at night."""
    canvas.line((x, 0, z), (x, height, z), 0.14, (110, 114, 118))
    canvas.line((x, height, z), (x + reach, height + 0.3, z), 0.11, (110, 114, 118))
    head = canvas.view.project((x + reach, height + 0.2, z))
    canvas.line((x + reach - 0.4, height + 0.25, z), (x + reach + 0.4, height + 0.3, z), 0.2, (220, 220, 210))
    if canvas.light.night:
        size = canvas.view.pixels_per_metre((x, height, z))
        glow(canvas, head, size * 3.2, (255, 214, 150), 0.8)
        glow(canvas, canvas.view.project((x + reach, 0, z)), size * 4.5, (160, 124, 70), 0.45)


def dashes(canvas: Canvas, a: Point, b: Point, width: float = 0.16, dash: float = 3, gap: float = 4) -> None:
    """A broken line on the road from `a` to `b`, each (x, z)."""
    length = math.dist(a, b)
    ux, uz = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    nx, nz = -uz * width / 2, ux * width / 2
    start = 0.0
    while start < length:
        end = min(start + dash, length)
        near, far = (a[0] + ux * start, a[1] + uz * start), (a[0] + ux * end, a[1] + uz * end)
        corners = [(near[0] + nx, near[1] + nz), (near[0] - nx, near[1] - nz), (far[0] - nx, far[1] - nz),
                   (far[0] + nx, far[1] + nz)]  # fmt: skip
        canvas.face([(x, 0, z) for x, z in corners], PAINT)
        start += dash + gap


def zebra(canvas: Canvas, x0: float, z0: float, x1: float, z1: float, *, across: bool) -> None:
    """A pedestrian crossing; `across` when people walk along x."""
    low, high = (x0, x1) if across else (z0, z1)
    at = low
    while at + 0.5 < high:
        if across:
            canvas.ground(at, z0, at + 0.5, z1, PAINT)
        else:
            canvas.ground(x0, at, x1, at + 0.5, PAINT)
        at += 1.05


def hills(canvas: Canvas, row: float, height: float, colour: Colour, seed: int, rough: float = 1.0) -> None:
    """A range of hills whose foot is at pixel row `row`."""
    random = Random(seed)
    waves = [(random.uniform(0.6, 1) / n**rough, random.uniform(0, 6.3), n * random.uniform(0.8, 1.3)) for n in
             range(1, 12)]  # fmt: skip
    tall = sum(w[0] for w in waves)
    ridge = [
        (x, row - height * (0.55 + 0.6 * sum(a * math.sin(f * x / 150 + p) for a, p, f in waves) / tall))
        for x in range(-4, WIDTH + 8, 4)
    ]
    canvas.flat([(-4, row + 2), *ridge, (WIDTH + 8, row + 2)], colour)


def cloud(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A flat-bottomed cloud, in pixels of the final picture."""
    for dx, dy, r in ((-1.3, 0.1, 0.5), (-0.6, -0.15, 0.75), (0.1, -0.35, 0.9), (0.8, -0.1, 0.7), (1.4, 0.12, 0.45)):
        glow(canvas, (x + dx * size, y + dy * size), r * size * 1.5, (150, 150, 156), 0.55)


def lettered(canvas: Canvas, at: Vertex, height: float, text: str, colour: Colour) -> None:
    """Text standing upright at `at` (its middle), `height` metres high. Nothing when it cannot be drawn."""
    if not lettering.shown(text):
        return
    pixels = max(6, round(height * canvas.view.pixels_per_metre(at) * canvas.scale))
    image = lettering.label(text, pixels, colour)
    x, y = canvas.at(at)
    canvas.image.paste(image, (round(x - image.width / 2), round(y - image.height / 2)), image)


def prop(view: View, light: Light, corners: Sequence[Vertex], depth: float, draw: Callable[[Canvas], None]) -> Sprite:
    """A still thing that hides what moves behind it: drawn once, pasted in order of depth."""
    opened = tile(view, light, corners)
    if opened is None:
        return Sprite(depth, Image.new("RGBA", (1, 1)), 0, 0)
    canvas, corner = opened
    draw(canvas)
    return reduced(canvas, corner, depth)


def tree_prop(view: View, light: Light, x: float, z: float, size: float = 1.0) -> Sprite:
    corners = [(x + dx * size, y, z) for dx in (-2.4, 2.4) for y in (0.0, 6.4 * size)]
    return prop(view, light, corners, view.depth((x, 0, z)), lambda canvas: tree(canvas, x, z, size))


class Path:
    """A line to move along, in metres of its length."""

    def __init__(self, *points: Point) -> None:
        self._points = points
        self._lengths = [math.dist(a, b) for a, b in pairwise(points)]
        self.length = sum(self._lengths)

    def at(self, distance: float) -> tuple[float, float, float]:
        """x, z and heading in degrees after `distance` metres."""
        last = len(self._lengths) - 1
        for index, length in enumerate(self._lengths):
            if distance <= length or index == last:
                a, b = self._points[index], self._points[index + 1]
                share = distance / length
                heading = math.degrees(math.atan2(b[0] - a[0], b[1] - a[1]))
                return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, heading
            distance -= length
        raise AssertionError("a path has at least two points")


def going(path: Path, second: float, rounds: int, phase: float = 0.0) -> float:
    """The distance along `path` of something that covers it `rounds` times a minute: the same at 0 s and at 60 s."""
    share = round((second * rounds / 60 + phase) % 1, 9) % 1  # rounded: its last digit must not tell 60 s from 0 s
    return share * path.length


def trip(second: float, speed: float, stop: float, go: float) -> float:
    """The distance of a vehicle that drives, brakes to stand at `stop` metres, and starts again at second `go`."""
    braking, starting = 3.0, 2.2
    brake_at = (stop - speed * speed / (2 * braking)) / speed
    stands_at = brake_at + speed / braking
    if second < brake_at:
        return speed * second
    if second < stands_at:
        return stop - braking / 2 * (stands_at - second) ** 2
    if second < go:
        return stop
    since = second - go
    full = speed / starting
    if since < full:
        return stop + starting / 2 * since * since
    return stop + speed * speed / (2 * starting) + speed * (since - full)


def _turns(count: int) -> list[float]:
    return [2 * math.pi * i / count for i in range(count)]
