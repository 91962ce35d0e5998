"""Scenes under a roof: a hotel lobby, a bank hall, a market hall."""

import math
from collections.abc import Sequence
from random import Random
from typing import Final

from PIL import Image

from mingjian.simulate.scenes import scenery
from mingjian.simulate.scenes.base import Scene
from mingjian.simulate.scenes.fronts import walking
from mingjian.simulate.scenes.scenery import Path
from mingjian.simulate.scenes.stage import (
    INDOOR,
    Canvas,
    Colour,
    Light,
    Point,
    Sprite,
    View,
    finished,
    glow,
    shade,
    sprite,
    still,
    tile,
)


def _room(canvas: Canvas, half: float, deep: float, high: float, walls: Colour, ceiling: Colour) -> None:
    """Floor not included: the back wall, the side walls and the ceiling of a hall."""
    canvas.face([(-half, high, 1), (half, high, 1), (half, high, deep), (-half, high, deep)], ceiling)
    canvas.wall((-half, deep), (half, deep), 0, high, walls)
    canvas.wall((-half, 1), (-half, deep), 0, high, walls, 0.86)
    canvas.wall((half, 1), (half, deep), 0, high, walls, 0.8)


def _tiles(canvas: Canvas, half: float, deep: float, size: float, light: Colour, dark: Colour) -> None:
    for row in range(round(deep / size)):
        for column in range(-round(half / size), round(half / size)):
            colour = light if (row + column) % 2 else dark
            canvas.ground(column * size, row * size + 1, (column + 1) * size, (row + 1) * size + 1, colour)


def _mirror(canvas: Canvas, row: float, strength: float = 0.16) -> None:
    """A polished floor: what stands above pixel row `row` shows faintly upside down below it."""
    at = round(row * canvas.scale)
    height = min(at, canvas.image.height - at)
    upper = canvas.image.crop((0, at - height, canvas.image.width, at)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    lower = canvas.image.crop((0, at, canvas.image.width, at + height))
    canvas.image.paste(Image.blend(lower, upper, strength), (0, at))


def _plant(canvas: Canvas, x: float, z: float, size: float = 1.0) -> None:
    canvas.box((x - 0.3 * size, 0, z - 0.3), (x + 0.3 * size, 0.6 * size, z + 0.3), (196, 190, 180))
    for leaf in range(11):
        angle = math.pi * (leaf + 0.5) / 11
        tip = (x + 0.9 * size * math.cos(angle), (0.8 + 1.3 * math.sin(angle)) * size, z)
        canvas.line((x, 0.6 * size, z), tip, 0.14 * size, scenery.LEAVES[leaf % 3])


def _ceiling_lamps(canvas: Canvas, places: Sequence[Point], high: float) -> None:
    plain = Canvas(canvas.view, Light(), canvas.image, canvas.scale)
    for x, z in places:
        plain.face([(x - 0.9, high - 0.02, z), (x + 0.9, high - 0.02, z), (x + 0.9, high - 0.02, z + 0.9),
                    (x - 0.9, high - 0.02, z + 0.9)], (255, 250, 236))  # fmt: skip
        glow(canvas, canvas.view.project((x, high, z + 0.4)), canvas.view.pixels_per_metre((x, high, z)) * 2.2,
             (120, 110, 90), 0.5)  # fmt: skip


class Hotel(Scene):
    """酒店大堂: a marble floor, a chandelier, a reception desk, guests with suitcases."""

    view = View(height=4.6, pitch=12, focal=600)
    light = Light((1.0, 0.94, 0.85), 0.25)

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (150, 120, 90), (150, 120, 90))
        _room(canvas, 14, 26, 8, (206, 180, 142), (236, 226, 206))
        _tiles(canvas, 14, 25, 2, (230, 220, 202), (212, 198, 176))
        for x in range(-13, 14, 4):
            canvas.wall((x + 0.3, 25.9), (x + 3.5, 25.9), 3.4, 7.2, (172, 134, 92))
        canvas.wall((-6.5, 25.85), (6.5, 25.85), 1.2, 6.4, (126, 84, 54))
        scenery.lettered(canvas, (0, 5.2, 25.7), 1.1, "和顺大酒店", (248, 216, 140))
        for index, city in enumerate(("北京", "伦敦", "纽约")):
            x = -4 + index * 4
            canvas.disc((x, 3.6, 25.7), 0.55, (250, 246, 236))
            hour = (x + 0.3 * math.sin(index * 2.0), 3.6 + 0.3 * math.cos(index * 2.0), 25.6)
            canvas.line((x, 3.6, 25.6), hour, 0.07, (40, 36, 34))
            canvas.line((x, 3.6, 25.6), (x, 4.05, 25.6), 0.05, (40, 36, 34))
            scenery.lettered(canvas, (x, 2.75, 25.6), 0.36, city, (248, 216, 140))
        for side in (-1, 1):
            for z in (24, 17, 10):
                canvas.box((side * 9.5 - 0.6, 0, z), (side * 9.5 + 0.6, 8, z + 1.2), (222, 206, 180))
        _mirror(canvas, self.view.project((0, 0, 26))[1], 0.14)
        canvas.ground(-3.2, 6, 3.2, 20, (140, 44, 44))
        canvas.ground(-2.8, 6.4, 2.8, 19.6, (162, 58, 52))
        for side in (-1, 1):
            self._sofas(canvas, side)
            _plant(canvas, side * 8.0, 22.5, 1.3)
        self._chandelier(canvas)
        return finished(canvas, 8)

    def _sofas(self, canvas: Canvas, side: int) -> None:
        shade(
            canvas,
            [self.view.outline([(side * 5.2, 0, 11), (side * 9, 0, 11), (side * 9, 0, 15), (side * 5.2, 0, 15)])],
        )
        low, high = sorted((side * 7.8, side * 8.8))
        canvas.box((low, 0, 11.6), (high, 1.0, 14.6), (92, 104, 122))
        low, high = sorted((side * 6.9, side * 7.9))
        canvas.box((low, 0, 11.6), (high, 0.5, 14.6), (110, 124, 144))
        low, high = sorted((side * 5.2, side * 6.2))
        canvas.box((low, 0, 12.4), (high, 0.45, 13.8), (120, 84, 58))

    def _chandelier(self, canvas: Canvas) -> None:
        middle = (0.0, 6.3, 15.0)
        canvas.line((0, 8, 15), middle, 0.08, (196, 160, 90))
        for ring, (radius, drop) in enumerate(((1.9, 0.0), (1.3, -0.45), (0.7, -0.85))):
            for lamp in range(14 - ring * 4):
                angle = math.tau * lamp / (14 - ring * 4)
                at = (radius * math.cos(angle), 6.3 + drop, 15 + radius * math.sin(angle))
                glow(canvas, self.view.project(at), 17, (255, 226, 160), 0.85)
        glow(canvas, self.view.project(middle), 190, (110, 88, 50), 0.9)

    def props(self) -> Sequence[Sprite]:
        def desk(canvas: Canvas) -> None:
            canvas.box((-6, 0, 22), (6, 1.15, 23), (112, 70, 44))
            canvas.box((-6.2, 1.15, 21.8), (6.2, 1.3, 23.2), (232, 222, 204))
            scenery.lettered(canvas, (0, 0.6, 21.9), 0.5, "总服务台  RECEPTION", (240, 206, 130))
            for x in (-4, 0.4, 4):
                canvas.box((x, 1.3, 22.4), (x + 0.7, 1.75, 22.5), (40, 44, 50))

        return [scenery.prop(self.view, self.light, [(-6.5, 0, 22), (6.5, 2, 22)], self.view.depth((0, 0, 22.5)), desk)]

    def movers(self, second: float) -> Sequence[Sprite | None]:
        found = walking(self, second, _GUESTS)
        for path, rounds, phase, outfit, _size in _GUESTS[:5]:
            x, z, _ = path.at((scenery.going(path, second, rounds, phase) - 0.7) % path.length)
            found.append(self._suitcase(x + 0.35, z, outfit))
        for index, x in enumerate((-3.2, 1.2, 4.6)):
            sway = 0.25 * math.sin(math.tau * (second / 20 + index / 3))
            found.extend(walking(self, 0, [(Path((x + sway, 24.2), (x + sway, 24.3)), 1, 0, 5, 1.0)]))
        return found

    def _suitcase(self, x: float, z: float, outfit: int) -> Sprite | None:
        opened = tile(self.view, self.light, [(x + dx, y, z) for dx in (-0.3, 0.3) for y in (0, 1.1)])
        if opened is None:
            return None
        canvas, corner = opened
        canvas.box(
            (x - 0.2, 0.05, z - 0.12),
            (x + 0.2, 0.62, z + 0.12),
            ((60, 90, 130), (150, 60, 60), (70, 70, 76))[outfit % 3],
        )
        canvas.line((x, 0.6, z), (x - 0.2, 0.95, z), 0.05, (60, 60, 60))
        return sprite(canvas, corner, self.view.depth((x, 0, z)))


_GUESTS: Final = tuple(
    (Path(*points), rounds, phase, outfit, 1.0)
    for points, rounds, phase, outfit in (
        (((-1.5, 2), (-1.2, 16), (-3, 21.2), (-10.8, 20.5), (-16, 20)), 2, 0.0, 1),
        (((1.8, 2), (1.0, 15), (2.6, 21.2), (10.8, 20.5), (16, 20)), 2, 0.35, 4),
        (((16, 19), (10.5, 19.6), (1.2, 14), (0.6, 2)), 2, 0.6, 0),
        (((-16, 19), (-10.8, 19.6), (-0.4, 16), (-0.8, 2)), 2, 0.85, 6),
        (((0.2, 2), (0, 21), (0.4, 21.1), (-5, 18.5), (-16, 18)), 2, 0.5, 3),
        (((-16, 9), (-11.5, 8.6), (11.5, 8.4), (16, 9)), 2, 0.2, 2),
        (((16, 16.5), (10.6, 16.4), (-10.6, 16.2), (-16, 16.5)), 2, 0.75, 7),
    )
)


class Bank(Scene):
    """银行营业厅: a row of counters, numbers that are called, people who wait and walk."""

    view = View(height=4.2, pitch=13, focal=610, x=0.5)
    light = INDOOR

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (220, 224, 226), (220, 224, 226))
        _room(canvas, 13, 22, 5.4, (216, 222, 226), (240, 242, 242))
        _tiles(canvas, 13, 21, 1.3, (224, 226, 224), (212, 215, 214))
        canvas.wall((-13, 21.9), (13, 21.9), 3.3, 5.4, (26, 92, 84))
        scenery.lettered(canvas, (-6.6, 4.6, 21.7), 0.95, "城市银行 营业厅", (240, 220, 150))
        _ceiling_lamps(canvas, [(x, z) for x in (-8, -2.6, 2.8, 8.2) for z in (17.5, 12.5, 8)], 5.4)
        canvas.box((-12, 0, 19.5), (9, 1.1, 20.6), (150, 116, 84))
        canvas.box((-12, 1.1, 19.4), (9, 1.22, 20.7), (236, 232, 224))
        for index in range(6):
            x = -12 + index * 3.5
            canvas.wall((x + 0.15, 20), (x + 3.35, 20), 1.22, 2.9, (150, 186, 196), 1.05)
            canvas.wall((x + 0.2, 19.98), (x + 1.0, 19.98), 1.25, 2.86, (182, 208, 214))
            canvas.box((x - 0.06, 0, 19.6), (x + 0.06, 3.2, 20.4), (120, 126, 130))
        canvas.box((-12.1, 2.9, 19.7), (9.1, 3.5, 20.3), (40, 44, 48))
        for index in range(3):
            x = 10.1 + index * 0.02
            z = 18.4 - index * 2.4
            canvas.box((x + 1.3, 0, z), (13, 2.2, z + 1.4), (44, 118, 108))
            canvas.wall((x + 1.28, z + 0.2), (x + 1.28, z + 1.2), 1.1, 1.8, (120, 200, 230))
        for row, z in enumerate((14.6, 12.2)):
            for seat in range(7):
                x = -8.4 + seat * 1.15 + row * 0.2
                canvas.box((x, 0.25, z), (x + 0.9, 0.45, z + 0.7), (52, 110, 140))
                canvas.box((x, 0.45, z), (x + 0.9, 0.95, z + 0.1), (62, 126, 158))
        _plant(canvas, -12, 16.5, 1.1)
        _plant(canvas, 9.6, 19.2, 1.1)
        return finished(canvas, 9)

    def movers(self, second: float) -> Sequence[Sprite | None]:
        return [self._numbers(second), *walking(self, second, _CUSTOMERS), *self._waiting(second)]

    def _numbers(self, second: float) -> Sprite | None:
        """The lit sign over each window: who is called, changing through the minute."""
        opened = tile(self.view, Light(), [(x, y, 19.6) for x in (-12, 9) for y in (2.9, 3.5)])
        if opened is None:
            return None
        canvas, corner = opened
        for index in range(6):
            called = 1001 + index * 7 + int((second + index * 4) % 60 // 12)
            fresh = (second + index * 4) % 12 < 2 and int(second * 2) % 2 == 0
            colour = (255, 220, 80) if fresh else (255, 90, 60)
            scenery.lettered(canvas, (-10.2 + index * 3.5, 3.2, 19.6), 0.46, f"{index + 1}号 {called}", colour)
        return sprite(canvas, corner, self.view.depth((0, 0, 19.6)))

    def _waiting(self, second: float) -> list[Sprite | None]:
        found = []
        for index, x in enumerate((-10.2, -6.6, -3.3, 3.8, 7.2)):
            sway = 0.07 * math.sin(math.tau * (second / 15 + index / 5))
            found += walking(self, 0, [(Path((x + sway, 18.7), (x + sway, 18.8)), 1, 0, index * 2 + 1, 1.0)])
        return found


_CUSTOMERS: Final = tuple(
    (Path(*points), rounds, phase, outfit, 1.0)
    for points, rounds, phase, outfit in (
        (((3, 2), (2.6, 11), (0.6, 18.6), (2.4, 11), (3.4, 2)), 1, 0.0, 0),
        (((5, 2), (5.6, 10), (10.2, 16.5), (10.6, 16.6), (6.4, 10), (5, 2)), 1, 0.3, 3),
        (((-16, 10.4), (-9, 10.2), (1.4, 10.4), (4, 2)), 1, 0.55, 6),
        (((2, 2), (1.4, 9.6), (-8.6, 9.8), (-16, 9.6)), 1, 0.8, 1),
        (((4.2, 2), (4, 12), (10.3, 14.2), (10.4, 14.3), (4, 12), (3.6, 2)), 1, 0.65, 4),
        (((-1, 17), (6, 17.2), (-1, 17)), 2, 0.1, 5),
    )
)


class Market(Scene):
    """农贸市场: an aisle between stalls under coloured awnings, heaps of fruit, a crowd."""

    view = View(height=5.4, pitch=13, focal=640)
    light = Light((1.0, 0.97, 0.92), 0.28)
    _stalls = ((196, 60, 52), (60, 126, 86), (226, 160, 50), (60, 104, 160), (170, 84, 130), (80, 140, 140))
    _goods: tuple[tuple[Colour, ...], ...] = (
        ((226, 60, 44), (200, 44, 40)),
        ((92, 158, 66), (70, 130, 58)),
        ((240, 158, 44), (226, 136, 36)),
        ((132, 70, 130), (110, 56, 112)),
        ((240, 214, 90), (226, 196, 70)),
        ((214, 190, 150), (196, 164, 120)),
    )

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (196, 214, 226), (236, 236, 228))
        canvas.ground(-60, 2, 60, 90, (176, 168, 156))
        random = Random(5)
        for _ in range(170):
            x, z = random.uniform(-4.4, 4.4), random.uniform(7, 60)
            canvas.ground(x, z, x + random.uniform(0.5, 1.6), z + 0.08, (160, 152, 142))
        canvas.face([(-30, 0, 64), (30, 0, 64), (30, 11, 64), (-30, 11, 64)], (190, 196, 198))
        for x in range(-28, 29, 4):
            canvas.wall((x + 0.4, 63.9), (x + 3.6, 63.9), 5.5, 9.5, (150, 190, 216))
        canvas.wall((-8, 63.8), (8, 63.8), 6.6, 9.4, (190, 40, 36))
        scenery.lettered(canvas, (0, 8, 63.7), 1.9, "腾越农贸市场", (252, 226, 130))
        for row in range(9, -1, -1):
            for side in (-1, 1):
                self._stall(canvas, side, 8.5 + row * 5.4, row)
        self._lanterns(canvas)
        return finished(canvas, 10)

    def _stall(self, canvas: Canvas, side: int, z: float, row: int) -> None:
        index = (row * 2 + (side > 0)) % 6
        inner, outer = side * 4.7, side * 9.0
        low, high = min(inner, outer), max(inner, outer)
        canvas.box((low, 0, z), (high, 4.2, z + 0.15), (206, 198, 184))
        canvas.box((low, 0, z + 0.3), (high, 0.85, z + 4.6), (150, 118, 88))
        random = Random(row * 2 + side)
        for crate in range(4):
            z0 = z + 0.45 + (3 - crate) * 1.04
            goods = self._goods[(index + crate) % 6]
            canvas.box((min(inner, side * 6.3), 0.85, z0), (max(inner, side * 6.3), 1.0, z0 + 0.95), (176, 146, 108))
            for piece in range(26):
                at = (side * random.uniform(4.85, 6.2), 1.04 + 0.008 * piece, z0 + random.uniform(0.1, 0.85))
                canvas.disc(at, 0.13, goods[piece % len(goods)], random.uniform(0.85, 1.12))
        self._awning(canvas, side, z, self._stalls[index])

    def _awning(self, canvas: Canvas, side: int, z: float, colour: Colour) -> None:
        canvas.line((side * 4.3, 0, z), (side * 4.3, 2.9, z), 0.09, (120, 120, 120))
        stripes = 8
        for stripe in range(stripes - 1, -1, -1):
            z0, z1 = z + stripe * 5.2 / stripes, z + (stripe + 1) * 5.2 / stripes
            shown = colour if stripe % 2 else (240, 236, 226)
            canvas.face([(side * 4.1, 2.8, z0), (side * 4.1, 2.8, z1), (side * 9, 4.2, z1), (side * 9, 4.2, z0)], shown)
            canvas.wall((side * 4.1, z0), (side * 4.1, z1), 2.4, 2.8, shown, 0.86)

    def _lanterns(self, canvas: Canvas) -> None:
        for z in range(58, 8, -7):
            for step in range(-4, 4):
                a = (step, 4.6 + 0.05 * step * step, float(z))
                canvas.line(a, (step + 1, 4.6 + 0.05 * (step + 1) ** 2, z), 0.04, (90, 80, 76))
            for x in (-3.2, 3.2):
                canvas.disc((x, 4.45 + 0.05 * x * x, z), 0.3, (214, 44, 38))
                canvas.disc((x - 0.06, 4.5 + 0.05 * x * x, z), 0.16, (240, 90, 60))

    def movers(self, second: float) -> Sequence[Sprite | None]:
        return walking(self, second, _SHOPPERS)


def _shoppers() -> tuple[tuple[Path, int, float, int, float], ...]:
    random = Random(22)
    walks = []
    for index in range(26):
        x = random.uniform(-3.3, 3.3)
        points = [(x, 3.0), (x + random.uniform(-1, 1), 24.0), (x * 0.6, 61.0)]
        if index % 2:
            points.reverse()
        walks.append((Path(*points), 1, random.random(), index, 0.72 if index % 8 == 0 else 1.0))
    for index in range(12):
        x, z = (4.0 if index % 2 else -4.0), 9.0 + index * 3.7
        walks.append((Path((x, z), (x * 0.93, z + 2.2), (x, z)), 3, random.random(), index + 3, 1.0))
    return tuple(walks)


_SHOPPERS: Final = _shoppers()
