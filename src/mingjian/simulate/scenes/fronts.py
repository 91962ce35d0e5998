"""Scenes in front of a building: a school gate, a hospital entrance, a station square."""

import math
from collections.abc import Sequence
from random import Random
from typing import Final

from PIL import Image

from mingjian.simulate.scenes import actors, scenery
from mingjian.simulate.scenes.actors import CAR_COLOURS
from mingjian.simulate.scenes.base import Scene
from mingjian.simulate.scenes.scenery import ASPHALT, GRASS, PAINT, PAVING, Path, going
from mingjian.simulate.scenes.stage import (
    DUSK,
    MORNING,
    Canvas,
    Light,
    Sprite,
    View,
    finished,
    glow,
    shade,
    sprite,
    still,
    tile,
)

_WHITE: Final = (238, 238, 232)


def walking(scene: Scene, second: float, walks: Sequence[tuple[Path, int, float, int, float]]) -> list[Sprite | None]:
    """People on paths: each walk is path, rounds a minute, phase, outfit, size."""
    found = []
    for path, rounds, phase, outfit, size in walks:
        walked = going(path, second, rounds, phase)
        x, z, _ = path.at(walked)
        found.append(actors.person(scene.view, scene.light, x, z, outfit, walked, size))
    return found


class SchoolGate(Scene):
    """学校门口: children walk in through the open gate, a bus and cars pass in front."""

    view = View(height=7, pitch=13, focal=720)
    light = MORNING

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (120, 176, 226), (236, 236, 222))
        scenery.cloud(canvas, 150, 40, 44)
        scenery.cloud(canvas, 840, 60, 38)
        canvas.ground(-300, 4, 300, 400, (190, 150, 122))
        canvas.ground(-40, 34, 40, 62, (176, 96, 78))
        for x in range(-24, 25, 6):
            canvas.ground(x, 34, x + 0.15, 62, PAINT)
        scenery.building(canvas, -34, 62, 34, 78, 15.5, (232, 206, 170), 4, 13, seed=3)
        canvas.box((-6, 0, 60.5), (6, 18, 62), (206, 110, 84))
        scenery.lettered(canvas, (0, 11.6, 60.4), 2.0, "春城小学", _WHITE)
        for x, z in ((-21, 54), (-15, 54), (15, 54), (21, 54), (-27, 54), (27, 54)):
            scenery.tree(canvas, x, z, 0.9)
        canvas.line((10, 0, 50), (10, 11, 50), 0.16, (214, 216, 218))
        canvas.ground(-60, 25, 60, 32, PAVING)
        canvas.ground(-300, 4, 300, 25, ASPHALT)
        scenery.dashes(canvas, (-80, 17), (80, 17), 0.2)
        for edge in (24.4, 11.0):
            canvas.ground(-300, edge, 300, edge + 0.18, PAINT)
        scenery.zebra(canvas, -3.4, 11.4, 3.4, 24.2, across=False)
        self._fence(canvas)
        return finished(canvas, 5)

    def _fence(self, canvas: Canvas) -> None:
        shade(canvas, [self.view.outline([(a, 0, 32), (b, 0, 32), (b + 2, 0, 29.6), (a + 2, 0, 29.6)]) for a, b in
                       ((-60, -6), (6, 60))])  # fmt: skip
        for a, b in ((-60, -6.6), (6.6, 60)):
            canvas.wall((a, 32), (b, 32), 0, 0.7, (196, 160, 130))
            x = a
            while x < b:
                canvas.line((x, 0.7, 32), (x, 2.3, 32), 0.08, (90, 108, 118))
                x += 0.55
            canvas.wall((a, 32), (b, 32), 2.2, 2.34, (90, 108, 118))
        for side in (-1, 1):
            canvas.box((side * 6 - 0.7, 0, 31.4), (side * 6 + 0.7, 4.4, 32.8), (206, 120, 92))
            canvas.box((side * 6 - 0.9, 4.4, 31.2), (side * 6 + 0.9, 4.7, 33), _WHITE)
        canvas.box((7.4, 0, 30.5), (11, 3, 33), (232, 226, 210))
        canvas.wall((8, 30.48), (10.2, 30.48), 1.1, 2.3, (90, 118, 142))
        for letter, row in zip("春城小学", range(4), strict=True):
            scenery.lettered(canvas, (-6, 3.8 - row * 0.85, 31.3), 0.75, letter, (250, 220, 120))

    def movers(self, second: float) -> Sequence[Sprite | None]:
        found: list[Sprite | None] = []
        for kind, colour, z, way, rounds, phase in (
            (actors.bus, (226, 170, 40), 14.2, 1, 2, 0.15),
            (actors.car, CAR_COLOURS[1], 14.2, 1, 2, 0.6),
            (actors.car, CAR_COLOURS[4], 20.8, -1, 2, 0.25),
            (actors.car, CAR_COLOURS[2], 20.8, -1, 2, 0.8),
        ):
            path = Path((-52 * way, z), (52 * way, z))
            at, depth, heading = path.at(going(path, second, rounds, phase))
            found.append(kind(self.view, self.light, at, depth, heading, colour))
        return [*found, *walking(self, second, _PUPILS), flag(self, second, 10.1, 50.0, 10.6)]


_PUPILS: Final = tuple(
    (Path((side * (30 - index), 27.0 + index % 3), (side * (1.0 + index % 4), 29.5), (side * (1.5 + index % 3), 58.0)),
     2 if index % 3 else 1, index * 0.137 % 1, index * 3 + (side > 0), 0.72 if index % 3 else 1.0)
    for side in (-1, 1) for index in range(8)
)  # fmt: skip


def flag(scene: Scene, second: float, x0: float, z: float, top: float) -> Sprite | None:
    """A red flag that waves, hung at `x0` with its upper edge at `top`."""
    width, columns = 3.0, 10
    opened = tile(scene.view, scene.light, [(x, y, z) for x in (x0, x0 + width + 0.3) for y in (top - 2.4, top + 0.4)])
    if opened is None:
        return None
    canvas, corner = opened
    for column in range(columns):
        x = x0 + column * width / columns
        a, b = (0.16 * c / columns * math.sin(2 * math.pi * (second * 0.8 - c / 7)) for c in (column, column + 1))
        far = x + width / columns
        canvas.face([(x, top - 2 + a, z), (far, top - 2 + b, z), (far, top + b, z), (x, top + a, z)], (206, 34, 36),
                    0.95 + 2 * (b - a))  # fmt: skip
    return sprite(canvas, corner, scene.view.depth((x0, 0, z)))


class Hospital(Scene):
    """医院入口: a canopy, an ambulance that comes and goes with its lamps flashing."""

    view = View(height=8, pitch=10.5, focal=700, x=1)
    light = Light((1.0, 0.99, 0.97), 0.3)

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (130, 178, 220), (228, 236, 238))
        canvas.ground(-300, 3, 300, 300, PAVING)
        scenery.building(canvas, -46, 50, -17, 70, 24, (206, 214, 220), 7, 6, seed=11)
        scenery.building(canvas, 17, 50, 48, 70, 24, (206, 214, 220), 7, 6, seed=12)
        scenery.building(canvas, -17, 46, 17, 70, 17, (232, 236, 236), 4, 8, seed=13)
        canvas.wall((-16, 45.9), (16, 45.9), 0, 4.4, (96, 130, 150))
        for x in range(-16, 17, 4):
            canvas.wall((x - 0.1, 45.85), (x + 0.1, 45.85), 0, 4.4, (214, 220, 222))
        canvas.box((-12, 12.6, 45.5), (12, 16, 46.5), _WHITE)
        scenery.lettered(canvas, (1.6, 14.3, 45.3), 2.3, "第一人民医院", (196, 40, 40))
        canvas.wall((-11.0, 45.4), (-8.6, 45.4), 13.85, 14.75, (214, 40, 40))
        canvas.wall((-10.25, 45.4), (-9.35, 45.4), 13.1, 15.5, (214, 40, 40))
        canvas.ground(-300, 8, 300, 26, ASPHALT)
        canvas.ground(-15, 26, 15, 40, (112, 114, 118))
        scenery.dashes(canvas, (-80, 17), (80, 17), 0.2)
        for edge in (-15.0, 14.8):
            canvas.ground(edge, 26, edge + 0.25, 40, (226, 190, 70))
        for x, z in ((-27, 36), (-21, 38), (22, 38), (28, 36)):
            canvas.ground(x - 5, z - 5, x + 3, z + 4, GRASS)
            scenery.tree_shadow(canvas, x, z, 0.9)
            scenery.tree(canvas, x, z, 0.9)
        shade(canvas, [self.view.outline([(-11, 0, 31), (13, 0, 31), (13, 0, 44), (-11, 0, 44)])], blur=5)
        return finished(canvas, 6)

    def props(self) -> Sequence[Sprite]:
        def canopy(canvas: Canvas) -> None:
            for x in (-10.5, 10.5):
                canvas.box((x - 0.4, 0, 33), (x + 0.4, 5.2, 33.8), (222, 226, 228))
            canvas.box((-12, 5.2, 32.5), (12, 6.3, 33.6), (66, 130, 150))
            canvas.face([(-12, 6.3, 32.5), (12, 6.3, 32.5), (12, 6.3, 46), (-12, 6.3, 46)], (84, 150, 168))
            scenery.lettered(canvas, (0, 5.68, 32.4), 0.95, "急诊 EMERGENCY", _WHITE)

        corners = [(x, y, z) for x in (-12.5, 12.5) for y in (0.0, 6.6) for z in (32.5, 46.0)]
        return [scenery.prop(self.view, self.light, corners, self.view.depth((0, 0, 33)), canopy)]

    def movers(self, second: float) -> Sequence[Sprite | None]:
        found = [self._ambulance(second % 30), self._ambulance(second % 30 + 30)]
        for colour, z, way, rounds, phase in ((3, 12.6, 1, 3, 0.1), (4, 12.6, 1, 3, 0.55), (1, 12.6, 1, 3, 0.8)):
            path = Path((-46 * way, z), (46 * way, z))
            at, depth, heading = path.at(going(path, second, rounds, phase))
            found.append(actors.car(self.view, self.light, at, depth, heading, CAR_COLOURS[colour]))
        return [*found, *walking(self, second, _VISITORS)]

    def _ambulance(self, age: float) -> Sprite | None:
        """It comes from the right, stands before the canopy, and leaves to the left."""
        path = Path((48, 21.4), (14, 21.4), (8, 25), (3, 29), (-3, 29), (-8, 25), (-14, 21.4), (-52, 21.4))
        distance = scenery.trip(age, 9, 52, 17)
        if distance > path.length:
            return None
        blue = int(age * 3) % 2 == 0
        return actors.van(self.view, self.light, *path.at(distance), (240, 240, 238), (206, 44, 40), blue=blue)


_VISITORS: Final = tuple(
    (Path((side * (36 - 2 * index), 28.5 + index % 4), (side * (5 + index % 5), 31.0), (side * (2 + index), 45.0),
          (side * (4 + index % 5), 31.0), (side * (36 - 2 * index), 28.5 + index % 4)),
     1, index * 0.19 % 1, index * 5 + (side > 0), 1.0)
    for side in (-1, 1) for index in range(7)
)  # fmt: skip


class StationSquare(Scene):
    """车站广场: a wide station with a clock that is right, travellers in all directions, dusk."""

    view = View(height=13, pitch=15, focal=640)
    light = DUSK

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (96, 116, 190), (255, 206, 150))
        for x, y, size in ((120, 70, 60), (480, 30, 54), (850, 76, 64)):
            scenery.cloud(canvas, x, y, size)
        glow(canvas, (770, self.view.horizon() - 8), 170, (255, 170, 90), 0.8)
        canvas.ground(-400, 4, 400, 400, (186, 176, 164))
        for step in range(-60, 61, 6):
            canvas.ground(step, 8, step + 0.18, 62, (162, 152, 142))
        for z in range(12, 62, 5):
            canvas.ground(-80, z, 80, z + 0.16, (162, 152, 142))
        self._hall(canvas)
        canvas.ground(-80, 60, 80, 62, (150, 142, 134))
        for x in (-34, 34):
            canvas.ground(x - 9, 28, x + 9, 42, GRASS)
            for dx, dz in ((-6, 40), (0, 40), (6, 40), (-3, 32), (4, 32)):
                scenery.tree_shadow(canvas, x + dx, dz, 0.8)
                scenery.tree(canvas, x + dx, dz, 0.8)
        for x in (-20, 20):
            for z in (48, 34, 22):
                scenery.lamp(canvas, x, z, 1.4 if x < 0 else -1.4, 6)
                glow(canvas, self.view.project((x + (1.4 if x < 0 else -1.4), 6.2, z)), 26, (255, 214, 150), 0.7)
        return finished(canvas, 7)

    def _hall(self, canvas: Canvas) -> None:
        canvas.box((-52, 0, 64), (52, 11, 90), (214, 190, 166))
        canvas.face([(-56, 11, 63), (56, 11, 63), (50, 14, 66), (-50, 14, 66)], (120, 92, 84))
        canvas.box((-18, 0, 62.5), (18, 17, 80), (226, 206, 182))
        canvas.face([(-21, 17, 61.5), (21, 17, 61.5), (13, 21.5, 64), (-13, 21.5, 64)], (134, 96, 84))
        plain = Canvas(self.view, Light(), canvas.image, canvas.scale)
        for x in range(-50, 50, 4):
            if abs(x + 1.5) > 19:
                plain.wall((x, 63.9), (x + 2.8, 63.9), 1, 9, (255, 206, 130), 0.92)
                canvas.wall((x + 1.3, 63.88), (x + 1.5, 63.88), 1, 9, (140, 120, 110))
        for x in range(-15, 15, 5):
            plain.wall((x + 0.6, 62.4), (x + 4.4, 62.4), 0, 10, (255, 220, 150), 0.95)
            canvas.wall((x + 2.4, 62.38), (x + 2.6, 62.38), 0, 10, (140, 120, 110))
        scenery.lettered(canvas, (-8.5, 14.2, 62.3), 3.6, "南", (190, 36, 32))
        scenery.lettered(canvas, (8.5, 14.2, 62.3), 3.6, "站", (190, 36, 32))
        plain.disc((0, 13.8, 62.3), 2.8, (90, 70, 66))
        plain.disc((0, 13.8, 62.2), 2.5, (252, 246, 232))
        for hour in range(12):
            angle = hour * math.pi / 6
            plain.disc((2.1 * math.sin(angle), 13.8 + 2.1 * math.cos(angle), 62.1), 0.15, (60, 50, 50))

    def movers(self, second: float) -> Sequence[Sprite | None]:
        return [self._second_hand(second), *walking(self, second, _TRAVELLERS), *self._trolley(second)]

    def _second_hand(self, second: float) -> Sprite | None:
        opened = tile(self.view, Light(), [(x, y, 62) for x in (-2.6, 2.6) for y in (11.2, 16.4)])
        if opened is None:
            return None
        canvas, corner = opened
        angle = math.tau * int(second) / 60
        tip = (2.0 * math.sin(angle), 13.8 + 2.0 * math.cos(angle), 62.0)
        canvas.line((0, 13.8, 62), tip, 0.2, (190, 36, 32))
        canvas.disc((0, 13.8, 62), 0.25, (60, 50, 50))
        return sprite(canvas, corner, self.view.depth((0, 0, 62)))

    def _trolley(self, second: float) -> list[Sprite | None]:
        path = Path((-60, 27), (60, 27))
        x, z, heading = path.at(going(path, second, 1, 0.2))
        return [actors.van(self.view, self.light, x, z, heading, (230, 226, 214), (60, 130, 90), blue=False)]


def _travellers() -> tuple[tuple[Path, int, float, int, float], ...]:
    random = Random(14)
    walks = []
    for index in range(46):
        door = random.choice((-12.0, -7, -2, 3, 8, 12))
        outer = (random.choice((-46.0, 46.0, random.uniform(-24, 24))), random.uniform(9, 30))
        points = [outer, (door * 1.6 + random.uniform(-5, 5), random.uniform(34, 50)), (door, 61.5)]
        if index % 2:
            points.reverse()
        walks.append((Path(*points), 1, random.random(), index, 0.72 if index % 9 == 0 else 1.0))
    return tuple(walks)


_TRAVELLERS: Final = _travellers()
