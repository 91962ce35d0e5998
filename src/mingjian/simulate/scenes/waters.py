"""Scenes by the water: a reservoir dam and a park lake."""

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from mingjian.simulate.scenes import actors, scenery
from mingjian.simulate.scenes.base import Scene
from mingjian.simulate.scenes.fronts import walking
from mingjian.simulate.scenes.scenery import GRASS, PAVING, Path, going
from mingjian.simulate.scenes.stage import (
    HEIGHT,
    SCALE,
    WIDTH,
    Canvas,
    Colour,
    Light,
    Point,
    Sprite,
    View,
    drawn_between,
    finished,
    sprite,
    still,
    tile,
)

_RIPPLE_STEPS: Final = 24


def ripples(area: tuple[int, int, int, int], count: int, seed: int, colour: Colour) -> list[Sprite]:
    """A wheel of pictures of moving ripples over `area` (left, top, right, bottom): show one after another."""
    random = Random(seed)
    left, top, right, bottom = area
    marks = [(random.uniform(0, right - left), random.random() ** 1.5, random.random()) for _ in range(count)]
    wheel = []
    for step in range(_RIPPLE_STEPS):
        image = Image.new("RGBA", ((right - left) * SCALE, (bottom - top) * SCALE), (*colour, 0))
        draw = ImageDraw.Draw(image)
        for x, deep, phase in marks:
            beat = (phase + step / _RIPPLE_STEPS) % 1
            alpha = round(120 * math.sin(math.pi * beat))
            y, length = deep * (bottom - top), 4 + 26 * deep
            start = (x + beat * 10 * deep) * SCALE
            draw.line((start, y * SCALE, start + length * SCALE, y * SCALE), fill=(*colour, alpha),
                      width=round(1 + 2.5 * deep))  # fmt: skip
        wheel.append(Sprite(5000, image.reduce(SCALE), left, top))
    return wheel


def ripple_at(wheel: Sequence[Sprite], second: float, seconds_a_turn: float = 3) -> Sprite:
    return wheel[int(second / seconds_a_turn * len(wheel)) % len(wheel)]


class Dam(Scene):
    """水库大坝: still water above, five gates of which two spill, mist below, a road on the crest."""

    view = View(height=26, pitch=13, focal=580, x=-6)
    light = Light((1.0, 0.98, 0.95), 0.3)
    _gates: tuple[float, ...] = (-24.0, -12.0, 0.0, 12.0, 24.0)
    _crest, _face, _foot = 74.0, 70.0, 50.0

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (100, 156, 210), (228, 234, 230))
        horizon = self.view.horizon()
        for x, y, size in ((180, 40, 50), (640, 30, 44), (880, 60, 36)):
            scenery.cloud(canvas, x, y, size)
        scenery.hills(canvas, horizon + 18, 120, (132, 158, 160), 31, 1.0)
        scenery.hills(canvas, horizon + 22, 74, (96, 134, 104), 37, 0.9)
        self._lake(canvas, horizon)
        for side in (-1, 1):
            ridge = [(side * 62, 17, 78), (side * 80, 34, 90), (side * 140, 46, 100), (side * 200, 0, 60),
                     (side * 60, 0, 34), (side * 46, 0, 48), (side * 56, 8, 66)]  # fmt: skip
            canvas.face(ridge, (92, 128, 78))
        behind = canvas.image.copy()
        self._wall(canvas)
        random = Random(12)
        for step in range(60):
            side, far = random.choice((-1, 1)), 96 - step * 0.8
            scenery.tree(canvas, side * random.uniform(66, 95), far, random.uniform(1.2, 2.0))
        picture = finished(canvas, 11)
        self._front = drawn_between(picture, behind, canvas.image)
        return picture

    def _lake(self, canvas: Canvas, horizon: float) -> None:
        for band in range(24):
            y0, y1 = horizon + 14 + band * 7, horizon + 22 + band * 7
            share = band / 23
            colour = (round(150 - 60 * share), round(186 - 40 * share), round(202 - 34 * share))
            canvas.flat([(0, y0), (WIDTH, y0), (WIDTH, y1), (0, y1)], colour)
        canvas.ground(-300, 2, 300, 60, (104, 128, 84))
        canvas.face([(-44, 0.1, 2), (44, 0.1, 2), (44, 0.1, 52), (-44, 0.1, 52)], (92, 138, 150))

    def _wall(self, canvas: Canvas) -> None:
        canvas.face(
            [(-62, 0, self._foot), (62, 0, self._foot), (62, 17, self._face), (-62, 17, self._face)], (186, 184, 176)
        )
        for course in range(1, 8):
            y, z = 17 * course / 8, self._foot + 20 * course / 8
            canvas.line((-62, y, z), (62, y, z), 0.1, (168, 166, 158))
        for joint in range(-60, 61, 6):
            canvas.line((joint, 0, self._foot), (joint, 17, self._face), 0.08, (172, 170, 162))
        canvas.box((-66, 17, self._face), (66, 18.4, self._crest + 4), (170, 170, 166))
        canvas.face([(-66, 18.45, 71), (66, 18.45, 71), (66, 18.45, 77), (-66, 18.45, 77)], (112, 114, 118))
        for x in self._gates:
            canvas.face([(x - 4, 3, 53), (x + 4, 3, 53), (x + 4, 16.8, 69.6), (x - 4, 16.8, 69.6)], (146, 146, 142))
            for side in (-4.6, 4.6):
                canvas.box((x + side - 0.6, 10, 64), (x + side + 0.6, 25, 71), (198, 196, 188))
            canvas.wall((x - 4, 69.5), (x + 4, 69.5), 14, 19, (70, 96, 116))
            canvas.box((x - 5.4, 24.4, 64), (x + 5.4, 28, 72), (214, 210, 200))
            canvas.wall((x - 3.5, 63.9), (x + 3.5, 63.9), 25.4, 27, (96, 128, 150))
            canvas.box((x - 5.8, 28, 63.5), (x + 5.8, 28.6, 72.5), (150, 84, 66))
        for index, letter in enumerate("梅岭水库"):
            scenery.lettered(canvas, (-43 + index * 4.5, 11.5, 63), 3.2, letter, (176, 44, 38))

    def __init__(self) -> None:
        horizon = round(self.view.horizon())
        super().__init__()
        self._ripples = ripples((0, horizon + 20, WIDTH, horizon + 120), 260, 4, (236, 246, 250))
        foot = round(self.view.project((0, 0, 48))[1])
        self._below = ripples((120, foot, WIDTH - 60, HEIGHT), 170, 6, (226, 240, 244))
        self._drops = [self._spill(step) for step in range(15)]

    def props(self) -> Sequence[Sprite]:
        return [self._front]

    def _spill(self, step: int) -> list[Sprite]:
        """White water on the two open gates and the mist at their feet, at one of 15 steps."""
        random = Random(77)
        found = []
        for x in (self._gates[1], self._gates[3]):
            opened = tile(self.view, self.light, [(x + dx, y, z) for dx in (-9, 9) for y, z in ((0, 44.0), (17, 69.6))])
            assert opened is not None
            canvas, corner = opened
            canvas.face([(x - 4, 0.2, 49), (x + 4, 0.2, 49), (x + 4, 16.4, 69), (x - 4, 16.4, 69)], (206, 226, 234))
            for _ in range(150):
                at, length, start = random.uniform(-3.9, 3.9), random.uniform(0.05, 0.16), random.random()
                fall = (start + step / 15) % 1
                top, low = 1 - fall, max(0.0, 1 - fall - length)
                canvas.line((x + at, 16.4 * top, 49 + 20 * top), (x + at, 16.4 * low, 49 + 20 * low), 0.22,
                            random.choice(((248, 252, 252), (176, 206, 220))))  # fmt: skip
            for _ in range(46):
                angle, reach = random.uniform(0, math.tau), random.random()
                beat = 0.8 + 0.3 * math.sin(math.tau * (step / 15 + random.random()))
                at3 = (x + 6 * reach * math.cos(angle), 0.8 + reach * 1.4 * beat, 48 + 2.4 * math.sin(angle))
                canvas.disc(at3, 0.9 * beat, (238, 246, 248), random.uniform(0.94, 1.04))
            found.append(sprite(canvas, corner, 60))
        return found

    def movers(self, second: float) -> Sequence[Sprite | None]:
        road = Path((-70, 72.5), (70, 72.5))
        found: list[Sprite | None] = [ripple_at(self._ripples, second), ripple_at(self._below, second, 2)]
        found += self._drops[int(second * 15) % 15]
        found.append(self._boat(second))
        for index, phase in enumerate((0.05, 0.4, 0.7)):
            walked = going(road, second, 1, phase)
            x, z, _ = road.at(walked)
            found.append(actors.person(self.view, self.light, x, z, index + 1, walked, 1.5, y=18.5))
        return found

    def _boat(self, second: float) -> Sprite | None:
        path = Path((-120, 190), (140, 160), (-120, 190))
        x, z, _ = path.at(going(path, second, 1, 0.1))
        opened = tile(self.view, self.light, [(x + dx, y, z) for dx in (-8, 8) for y in (11, 22)])
        if opened is None:
            return None
        canvas, corner = opened
        canvas.face([(x - 6, 15, z), (x + 6, 15, z), (x + 4.6, 13, z), (x - 4.6, 13, z)], (232, 234, 236))
        canvas.box((x - 3, 15, z), (x + 2, 17.6, z + 2), (60, 104, 150))
        return sprite(canvas, corner, 4000)


class Park(Scene):
    """公园湖边: a pavilion on a lake in autumn, a bridge, boats, people who stroll."""

    view = View(height=5.2, pitch=7, focal=660)
    light = Light((1.0, 0.95, 0.88), 0.28)
    _autumn: tuple[Colour, ...] = ((206, 124, 46), (222, 160, 62), (180, 84, 44))

    def __init__(self) -> None:
        super().__init__()
        row = self.view.project((0, 0, 60))[1]
        self._ripples = ripples(
            (0, round(row) + 4, WIDTH, round(self.view.project((0, 0, 17))[1])), 240, 9, (240, 246, 246)
        )

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (126, 176, 216), (244, 232, 210))
        horizon = self.view.horizon()
        scenery.cloud(canvas, 720, 60, 48)
        scenery.cloud(canvas, 260, 44, 36)
        scenery.hills(canvas, horizon + 4, 70, (148, 160, 160), 41, 1.0)
        canvas.ground(-600, 2, 600, 900, GRASS)
        random = Random(17)
        for step in range(44):
            x, z = random.uniform(-75, 75), 110 - step * 0.9
            scenery.tree(canvas, x, z, random.uniform(1.0, 1.9), self._autumn if step % 3 else scenery.LEAVES)
        shore = self.view.project((0, 0, 62))[1]
        for band in range(40):
            z0, z1 = 62 * 0.966**band, 62 * 0.966 ** (band + 1)
            share = band / 39
            colour = (round(176 - 78 * share), round(190 - 48 * share), round(190 - 30 * share))
            canvas.ground(-300, max(z1, 15), 300, z0, colour)
        self._reflect(canvas, shore)
        self._pavilion(canvas, -15, 44)
        self._arch(canvas)
        canvas.ground(-300, 2, 300, 16, (150, 156, 104))
        canvas.face([(-300, 0, 9), (300, 0, 9), (300, 0, 13), (-300, 0, 13)], PAVING)
        for x in range(-30, 31, 2):
            canvas.line((x, 0, 15.6), (x, 0.9, 15.6), 0.1, (196, 192, 184))
        canvas.wall((-40, 15.6), (40, 15.6), 0.75, 0.9, (206, 202, 194))
        return finished(canvas, 12)

    def _reflect(self, canvas: Canvas, row: float) -> None:
        at, height = round(row * canvas.scale), 300
        upper = canvas.image.crop((0, at - height, canvas.image.width, at)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        lower = canvas.image.crop((0, at, canvas.image.width, at + height))
        fade = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(lower.size)
        canvas.image.paste(Image.blend(lower, upper, 0.55), (0, at), fade)

    def _pavilion(self, canvas: Canvas, x: float, z: float) -> None:
        canvas.box((x - 5, 0, z - 4), (x + 5, 0.9, z + 4), (196, 190, 178))
        for dz in (3.2, -3.2):
            for dx in (-4, -1.4, 1.4, 4):
                canvas.line((x + dx, 0.9, z + dz), (x + dx, 5.2, z + dz), 0.34, (164, 52, 42))
        canvas.wall((x - 4, z - 3.3), (x + 4, z - 3.3), 0.9, 1.6, (150, 60, 46))
        for low, wide, peak in ((5.0, 6.6, 7.6), (8.0, 3.8, 10.8)):
            canvas.wall((x - wide * 0.55, z - 2), (x + wide * 0.55, z - 2), low - 0.5, low + 0.6, (60, 110, 104))
            curve = [(x - wide, low + 0.5, z - 3), (x - wide * 0.72, low, z - 3), (x + wide * 0.72, low, z - 3),
                     (x + wide, low + 0.5, z - 3), (x + wide * 0.5, (low + peak) / 2 - 0.3, z - 1.5),
                     (x + wide * 0.16, peak, z), (x - wide * 0.16, peak, z),
                     (x - wide * 0.5, (low + peak) / 2 - 0.3, z - 1.5)]  # fmt: skip
            canvas.face(curve, (76, 84, 88))
        canvas.disc((x, 11.1, z), 0.4, (214, 170, 70))

    def _arch(self, canvas: Canvas) -> None:
        z, left, right = 40.0, 3.0, 30.0
        middle, half = (left + right) / 2, (right - left) / 2

        def height(x: float) -> float:
            return 0.6 + 3.6 * (1 - ((x - middle) / half) ** 2)

        steps = [left + (right - left) * i / 24 for i in range(25)]
        body: list[Point] = [self.view.project((x, height(x), z)) for x in steps]
        body += [self.view.project((x, 0, z)) for x in reversed(steps)]
        canvas.flat(body, (206, 200, 188))
        for centre, radius in ((middle, 3.0), (middle - 8, 1.7), (middle + 8, 1.7)):
            ring = [self.view.project((centre + radius * math.cos(a), max(0, radius * 0.85 * math.sin(a)), z)) for a in
                    (math.pi * i / 16 for i in range(17))]  # fmt: skip
            canvas.flat(ring, (112, 134, 138))
        for x in steps[::2]:
            canvas.line((x, height(x), z), (x, height(x) + 1, z), 0.14, (222, 216, 204))
        for a, b in pairwise(steps):
            canvas.line((a, height(a) + 0.95, z), (b, height(b) + 0.95, z), 0.14, (222, 216, 204))

    def props(self) -> Sequence[Sprite]:
        return [scenery.tree_prop(self.view, self.light, x, z, 1.25) for x, z in ((-12.5, 14.4), (13.6, 14.2))]

    def movers(self, second: float) -> Sequence[Sprite | None]:
        found: list[Sprite | None] = [ripple_at(self._ripples, second)]
        found += walking(self, second, _STROLLERS)
        for index, (path, phase) in enumerate(_BOATS):
            x, z, _ = path.at(going(path, second, 1, phase))
            found.append(self._boat(x, z, index, second))
        found.append(self._birds(second))
        return found

    def _boat(self, x: float, z: float, index: int, second: float) -> Sprite | None:
        opened = tile(self.view, self.light, [(x + dx, y, z) for dx in (-2.6, 2.6) for y in (-0.3, 2.6)])
        if opened is None:
            return None
        canvas, corner = opened
        y = 0.08 * math.sin(math.tau * (second / 4 + index / 3))
        canvas.face([(x - 2.2, 0.75 + y, z), (x + 2.2, 0.75 + y, z), (x + 1.6, y, z), (x - 1.6, y, z)],
                    ((200, 60, 48), (60, 110, 160), (226, 170, 60))[index])  # fmt: skip
        for side in (-1.4, 1.4):
            canvas.line((x + side, 0.7 + y, z), (x + side, 2.1 + y, z), 0.08, (110, 90, 70))
        canvas.face([(x - 1.9, 2.0 + y, z), (x + 1.9, 2.0 + y, z), (x + 1.4, 2.45 + y, z), (x - 1.4, 2.45 + y, z)],
                    (240, 232, 212))  # fmt: skip
        for side in (-0.6, 0.6):
            canvas.disc((x + side, 1.45 + y, z), 0.2, (226, 184, 152))
            canvas.disc((x + side, 0.95 + y, z), 0.32, actors.CLOTHES[index * 2 + (side > 0)])
        return sprite(canvas, corner, self.view.depth((x, 0, z)))

    def _birds(self, second: float) -> Sprite:
        image = Image.new("RGBA", (220, 90), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        for bird in range(6):
            x, y = 20 + bird * 34, 30 + (bird % 3) * 16
            wing = 7 * math.sin(math.tau * (second * 2 + bird / 6))
            draw.line([(x - 13, y - wing), (x, y), (x + 13, y - wing)], fill=(60, 66, 74, 255), width=3)
        return Sprite(9000, image.reduce(2), round(second / 60 * (WIDTH + 220)) - 110, 60)


_BOATS: Final = (
    (Path((-60, 30), (60, 34)), 0.55),
    (Path((60, 24), (-60, 22)), 0.3),
    (Path((-60, 52), (60, 50)), 0.2),
)
_STROLLERS: Final = tuple(
    (Path((way * -22, 9.6 + index * 0.5), (way * 22, 9.8 + index * 0.5)), 2 if index % 2 else 1, index * 0.23 % 1,
     index * 3 + (way > 0), 0.72 if index == 2 else 1.0)
    for way in (-1, 1) for index in range(5)
)  # fmt: skip
