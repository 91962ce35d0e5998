"""Scenes with traffic: a crossing, a tunnel mouth, a border road, a bridge at night."""

import math
from collections.abc import Sequence
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from mingjian.simulate.scenes import actors, scenery
from mingjian.simulate.scenes.actors import CAR_COLOURS
from mingjian.simulate.scenes.base import Scene
from mingjian.simulate.scenes.scenery import ASPHALT, PAINT, PAVING, Path, going, trip
from mingjian.simulate.scenes.stage import (
    DAY,
    HEIGHT,
    MORNING,
    NIGHT,
    WIDTH,
    Canvas,
    Colour,
    Light,
    Sprite,
    View,
    drawn_between,
    finished,
    glow,
    shade,
    solid,
    sprite,
    still,
    tile,
)

_CYCLE: Final = 30.0
_LAMPS: Final[dict[str, Colour]] = {"red": (240, 40, 36), "yellow": (250, 190, 40), "green": (50, 220, 100)}


class Crossing(Scene):
    """路口: two roads, lights that change, cars that obey them, people who cross on green."""

    view = View(height=11, pitch=17, focal=760)
    light = DAY

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (96, 150, 214), (214, 228, 238))
        canvas.ground(-300, 5, 300, 400, PAVING)
        for x0, x1, z0, z1, h, colour, storeys, bays in (
            (-60, -34, 120, 150, 34, (178, 190, 204), 10, 6),
            (24, 60, 120, 150, 40, (204, 196, 184), 12, 7),
            (-70, -16, 60, 84, 20, (202, 178, 150), 6, 9),
            (16, 34, 54, 80, 24, (176, 186, 178), 7, 5),
            (36, 80, 54, 80, 15, (196, 160, 140), 4, 8),
        ):
            scenery.building(canvas, x0, z0, x1, z1, h, colour, storeys, bays, seed=x1)
        canvas.ground(-8, 0, 8, 400, ASPHALT)
        canvas.ground(-300, 30, 300, 46, ASPHALT)
        self._markings(canvas)
        shade(canvas, [self.view.outline([(16, 0, 54), (80, 0, 54), (86, 0, 48), (22, 0, 48)])], blur=4)
        for x, z in ((-14, 52), (-22, 52), (12.5, 51), (-26, 26), (24, 26.5)):
            scenery.tree_shadow(canvas, x, z)
            scenery.tree(canvas, x, z)
        return finished(canvas)

    def _markings(self, canvas: Canvas) -> None:
        for z0, z1 in ((5, 26), (50, 200)):
            canvas.ground(-0.25, z0, -0.1, z1, (226, 190, 70))
            canvas.ground(0.1, z0, 0.25, z1, (226, 190, 70))
            scenery.dashes(canvas, (4, z0), (4, z1))
            scenery.dashes(canvas, (-4, z0), (-4, z1))
        for x0, x1 in ((-100, -12), (12, 100)):
            canvas.ground(x0, 37.9, x1, 38.1, (226, 190, 70))
            scenery.dashes(canvas, (x0, 34), (x1, 34))
            scenery.dashes(canvas, (x0, 42), (x1, 42))
        canvas.ground(0, 25.4, 8, 25.8, PAINT)
        canvas.ground(-8, 50.2, 0, 50.6, PAINT)
        scenery.zebra(canvas, -8, 26.6, 8, 29.4, across=True)
        scenery.zebra(canvas, -8, 46.6, 8, 49.4, across=True)
        scenery.zebra(canvas, -12, 30, -9, 46, across=False)
        scenery.zebra(canvas, 9, 30, 12, 46, across=False)

    def movers(self, second: float) -> Sequence[Sprite | None]:
        moment = second % _CYCLE
        return [*self._cars(moment), *self._walkers(moment), *self._signals(moment)]

    def _cars(self, moment: float) -> list[Sprite | None]:
        found: list[Sprite | None] = []
        lanes = (  # path, whether on the main road, colours of the queue
            (Path((2, -26), (2, 220)), True, (0, 2, 5)),
            (Path((6, -26), (6, 220)), True, (4, 1)),
            (Path((-2, 105), (-2, -10)), True, (3, 6, 1)),
            (Path((-6, 105), (-6, -10)), True, (2,)),
            (Path((-66, 32), (120, 32)), False, (5, 3)),
            (Path((-66, 36), (120, 36)), False, (1, 0, 2)),
            (Path((66, 40), (-120, 40)), False, (6, 4)),
            (Path((66, 44), (-120, 44)), False, (0, 3)),
        )
        for path, main, queue in lanes:
            stop = 50.5 if not main else 49.0 if path.at(0)[0] > 0 else 52.0
            green = 0.0 if main else 15.0
            for place, colour in enumerate(queue):
                enter = green - 12 + place * 3.0 - 1.5 * (colour % 2)
                go = 12.6 - place * 1.7 + 1.5 * (colour % 2)
                for age in ((moment - enter) % _CYCLE, (moment - enter) % _CYCLE + _CYCLE):
                    distance = trip(age, 11, stop - 6.2 * place, go)
                    if distance < path.length:
                        x, z, heading = path.at(distance)
                        found.append(actors.car(self.view, self.light, x, z, heading, CAR_COLOURS[colour]))
        return found

    def _walkers(self, moment: float) -> list[Sprite | None]:
        """People cross the main road while the other one has green, and the other way round."""
        found = []
        for index, (ways, start) in enumerate(_CROSSINGS):
            path = Path(*ways)
            walked = min(max((moment - start) % _CYCLE, 0) * 1.5, path.length)
            shown = moment - start if moment >= start else moment - start + _CYCLE
            if shown * 1.5 <= path.length:
                x, z, _ = path.at(walked)
                found.append(actors.person(self.view, self.light, x, z, index, walked))
        return found

    def _signals(self, moment: float) -> list[Sprite | None]:
        main = "green" if moment < 12 else "yellow" if moment < 14.5 else "red"
        cross = "red" if moment < 15 else "green" if moment < 27 else "yellow" if moment < 29.5 else "red"
        heads = ((8.8, 51.5, main), (-8.8, 51.5, main), (-13.2, 29.3, cross), (13.2, 29.3, cross))
        return [self._signal(x, z, shown) for x, z, shown in heads]

    def _signal(self, x: float, z: float, shown: str) -> Sprite | None:
        opened = tile(self.view, self.light, [(x + dx, y, z) for dx in (-0.8, 0.8) for y in (0, 5.6)])
        if opened is None:
            return None
        canvas, corner = opened
        canvas.line((x, 0, z), (x, 4, z), 0.16, (96, 100, 104))
        canvas.wall((x - 0.42, z), (x + 0.42, z), 3.2, 5.4, (26, 28, 30))
        for row, (name, colour) in enumerate(_LAMPS.items()):
            canvas.disc((x, 4.98 - row * 0.68, z), 0.29, colour if name == shown else (62, 62, 60))
        return sprite(canvas, corner, self.view.depth((x, 0, z)))


_CROSSINGS: Final = (
    (((-9.5, 27.5), (9.5, 27.5)), 15.5),
    (((10.0, 28.4), (-9.5, 28.4)), 15.2),
    (((-9.5, 28.8), (9.5, 28.8)), 16.4),
    (((9.5, 27.0), (-9.5, 27.0)), 16.0),
    (((-9.5, 48.0), (9.5, 48.0)), 15.6),
    (((9.5, 48.8), (-9.5, 48.8)), 16.2),
    (((-10.5, 29.0), (-10.5, 47.0)), 0.5),
    (((-11.3, 47.0), (-11.3, 29.0)), 1.0),
    (((10.3, 47.0), (10.3, 29.0)), 0.3),
    (((11.2, 29.0), (11.2, 47.0)), 0.9),
)


class Tunnel(Scene):
    """隧道口: a lit arch in a green slope, traffic both ways, a sign over the road."""

    view = View(height=7.5, pitch=9, focal=800, x=1.5)
    light = MORNING

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (120, 168, 214), (226, 234, 232))
        scenery.cloud(canvas, 190, 70, 46)
        scenery.cloud(canvas, 760, 50, 38)
        scenery.hills(canvas, 330, 330, (108, 134, 128), 3, 1.2)
        scenery.hills(canvas, 330, 270, (84, 122, 84), 8, 1.1)
        canvas.ground(-300, 4, 300, 70, (118, 138, 88))
        self._portal(canvas)
        canvas.ground(-10, 2, 10, 62, ASPHALT)
        for x in (-5.2, 5.2):
            scenery.dashes(canvas, (x, 4), (x, 61))
        for x in (-10, -0.5, 0.2, 9.7):
            canvas.ground(x, 2, x + 0.3, 61, PAINT if abs(x) > 5 else (226, 190, 70))
        for z in range(56, 8, -4):
            for x in (-11.2, 11.2):
                canvas.box((x - 0.12, 0, z), (x + 0.12, 1.0, z + 0.2), (150, 154, 156))
        for x in (-11.2, 11.2):
            canvas.face([(x, 0.55, 6), (x, 0.95, 6), (x, 0.95, 60), (x, 0.55, 60)], (186, 190, 192))
        random = Random(4)
        for _ in range(34):
            side = random.choice((-1, 1))
            scenery.tree(canvas, side * random.uniform(17, 40), 60 - _ * 1.2, random.uniform(0.7, 1.3))
        return finished(canvas, 2)

    def _portal(self, canvas: Canvas) -> None:
        z = 62.0
        canvas.face([(-24, 0, z), (24, 0, z), (17, 12.5, z), (-17, 12.5, z)], (172, 168, 160))
        canvas.face([(-17.4, 12.5, z), (17.4, 12.5, z), (17.4, 13.4, z), (-17.4, 13.4, z)], (148, 144, 138))
        for middle in (-5.4, 5.4):
            for reach, colour, bright in ((5.1, (120, 116, 110), 1.0), (4.6, (26, 26, 30), 1.0)):
                arch = [(middle - reach, 0.0, z - 0.1)]
                arch += [(middle - reach * math.cos(a), 3.4 + (reach - 0.6) * math.sin(a), z - 0.1) for a in
                         (i * math.pi / 24 for i in range(25))]  # fmt: skip
                canvas.face([*arch, (middle + reach, 0.0, z - 0.1)], colour, bright)
            for depth in range(5):
                for side in (-1, 1):
                    at = self.view.project((middle + side * 2.6 * 0.88**depth, 5.8 - depth * 0.5, z))
                    glow(canvas, at, 12 - depth * 1.6, (255, 210, 130), 0.9)
        scenery.lettered(canvas, (0, 10.6, z - 0.2), 2.0, "青山隧道", (176, 40, 36))

    def props(self) -> Sequence[Sprite]:
        def gantry(canvas: Canvas) -> None:
            for x in (-11.5, 11.5):
                canvas.line((x, 0, 40), (x, 7.4, 40), 0.4, (120, 126, 130))
            canvas.line((-11.7, 7.2, 40), (11.7, 7.2, 40), 0.4, (120, 126, 130))
            canvas.wall((1.5, 39.8), (9.5, 39.8), 6.2, 8.2, (24, 70, 130))
            canvas.wall((-9.5, 39.8), (-1.5, 39.8), 6.2, 8.2, (20, 22, 24))
            scenery.lettered(canvas, (5.5, 7.15, 39.7), 1.1, "隧道 60", (240, 240, 240))
            scenery.lettered(canvas, (-5.5, 7.15, 39.7), 1.1, "开启车灯", (255, 170, 40))

        return [scenery.prop(self.view, self.light, [(-13, 0, 40), (13, 9, 40)], self.view.depth((0, 0, 40)), gantry)]

    def movers(self, second: float) -> Sequence[Sprite | None]:
        found: list[Sprite | None] = []
        lanes = ((7.4, 1, 5), (2.9, 1, 7), (-2.9, -1, 6), (-7.4, -1, 5))
        for lane, (x, way, rounds) in enumerate(lanes):
            path = Path((x, 2), (x, 61)) if way > 0 else Path((x, 61), (x, 2))
            for place in range(2):
                _, z, heading = path.at(going(path, second, rounds, place * 0.47 + lane * 0.21))
                if z > 58.5:
                    continue
                kind = actors.truck if (lane, place) in {(0, 1), (3, 0)} else actors.car
                found.append(kind(self.view, self.light, x, z, heading, CAR_COLOURS[(lane * 2 + place) % 7]))
        return found


class Border(Scene):
    """边境道路: mountains, a check post, a barrier that lifts for each truck."""

    view = View(height=6.5, pitch=8, focal=780, x=2)
    light = Light((1.0, 0.98, 0.94), 0.32)
    _gate = 30.0

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (84, 142, 212), (222, 230, 232))
        for x, y, size in ((140, 60, 52), (520, 44, 40), (820, 84, 60)):
            scenery.cloud(canvas, x, y, size)
        horizon = self.view.horizon()
        scenery.hills(canvas, horizon, 180, (150, 172, 190), 5, 1.0)
        scenery.hills(canvas, horizon, 120, (110, 142, 140), 12, 0.9)
        scenery.hills(canvas, horizon + 2, 66, (82, 118, 84), 21, 1.0)
        canvas.ground(-6000, 3, 6000, 9000, (134, 150, 96))
        canvas.face([(-4.5, 0, 2), (4.5, 0, 2), (4.5, 0, 60), (-16, 0, 300), (-22, 0, 300), (-4.5, 0, 60)], ASPHALT)
        scenery.dashes(canvas, (0, 4), (0, 60))
        for edge in (-4.4, 4.2):
            canvas.ground(edge, 3, edge + 0.2, 60, PAINT)
        random = Random(9)
        for step in range(60):
            side = random.choice((-1, 1))
            scenery.tree(canvas, side * random.uniform(16, 70) - 6, 150 - step * 1.9, random.uniform(0.6, 1.2))
        shade(canvas, [self.view.outline([(6, 0, 29), (14, 0, 29), (16, 0, 24), (8, 0, 24)])])
        canvas.box((6.2, 0, 29), (12, 3.2, 34), (226, 226, 218))
        canvas.box((5.6, 3.2, 28.4), (12.6, 3.6, 34.6), (44, 84, 140))
        canvas.wall((7, 28.98), (9, 28.98), 1.2, 2.5, (70, 96, 120))
        canvas.wall((10, 28.98), (11.2, 28.98), 0, 2.3, (120, 130, 140))
        scenery.lettered(canvas, (9.1, 2.86, 28.9), 0.55, "边境检查站", (44, 84, 140))
        canvas.line((14.5, 0, 34), (14.5, 9, 34), 0.16, (200, 204, 208))
        return finished(canvas, 3)

    def movers(self, second: float) -> Sequence[Sprite | None]:
        moment = second % 30
        return [*self._vehicles(moment), self._barrier(moment), self._flag(second), self._guard(second)]

    def _vehicles(self, moment: float) -> list[Sprite | None]:
        found: list[Sprite | None] = []
        out = Path((2.2, -6), (2.2, 60), (-10, 150), (-17, 240))
        for shift, kind, colour in ((0.0, actors.truck, (60, 110, 160)), (15.0, actors.car, CAR_COLOURS[0])):
            enter = shift - 7
            for age in ((moment - enter) % 30, (moment - enter) % 30 + 30):
                distance = trip(age, 9, 29.5, 8.4)
                if distance < out.length:
                    found.append(kind(self.view, self.light, *out.at(distance), colour))
        back = Path((-19, 240), (-13, 150), (-2.2, 60), (-2.2, -8))
        for phase, kind, colour in ((0.1, actors.truck, (176, 70, 50)), (0.62, actors.car, CAR_COLOURS[2])):
            found.append(kind(self.view, self.light, *back.at(going(back, moment * 2, 1, phase)), colour))
        return found

    def _barrier(self, moment: float) -> Sprite | None:
        beat = moment % 15
        share = min(max((beat - 0.2) / 1.1, 0), 1) if beat < 5 else max(1 - (beat - 5) / 1.2, 0)
        angle = math.radians(80 * share)
        x, y, z = 5.2, 1.0, self._gate
        opened = tile(self.view, self.light, [(px, py, z) for px in (-0.6, 6) for py in (0, 6.6)])
        if opened is None:
            return None
        canvas, corner = opened
        canvas.box((4.9, 0, z), (5.5, 1.2, z + 0.5), (230, 150, 40))
        for part in range(10):
            near, far = part * 0.52, (part + 1) * 0.52
            a = (x - near * math.cos(angle), y + near * math.sin(angle), z)
            b = (x - far * math.cos(angle), y + far * math.sin(angle), z)
            canvas.line(a, b, 0.2, (214, 44, 40) if part % 2 else (240, 240, 236))
        return sprite(canvas, corner, self.view.depth((0, 0, z)))

    def _flag(self, second: float) -> Sprite | None:
        z, width, columns = 34.0, 3.0, 10
        opened = tile(self.view, self.light, [(x, y, z) for x in (14.4, 17.8) for y in (6.4, 9.2)])
        if opened is None:
            return None
        canvas, corner = opened
        for column in range(columns):
            x = 14.56 + column * width / columns
            sway = [0.16 * c / columns * math.sin(2 * math.pi * (second * 0.8 - c / 7)) for c in (column, column + 1)]
            face = [(x, 7.0 + sway[0], z), (x + width / columns, 7.0 + sway[1], z),
                    (x + width / columns, 8.9 + sway[1], z), (x, 8.9 + sway[0], z)]  # fmt: skip
            canvas.face(face, (206, 34, 36), 0.95 + 2 * (sway[1] - sway[0]))
        return sprite(canvas, corner, self.view.depth((14, 0, z)))

    def _guard(self, second: float) -> Sprite | None:
        path = Path((5.2, 26), (9, 25.4), (5.2, 26))
        walked = going(path, second, 4)
        x, z, _ = path.at(walked)
        return actors.person(self.view, self.light, x, z, 2, walked)


class Bridge(Scene):
    """大桥: a cable-stayed bridge at night over a river, a lit skyline, boats."""

    view = View(height=16, pitch=6, focal=620, yaw=-16, x=9)
    light = NIGHT

    def still(self) -> Image.Image:
        canvas = still(self.view, self.light, (40, 58, 110), (170, 128, 150))
        horizon = self.view.horizon()
        scenery.hills(canvas, horizon + 4, 70, (90, 100, 130), 4, 1.1)
        self._skyline(canvas, horizon)
        self._river(canvas, horizon)
        behind = canvas.image.copy()
        self._deck(canvas)
        picture = finished(canvas, 4)
        self._bridge = drawn_between(picture, behind, canvas.image)
        return picture

    def props(self) -> Sequence[Sprite]:
        return [self._bridge]

    def _skyline(self, canvas: Canvas, horizon: float) -> None:
        random = Random(6)
        plain = Canvas(self.view, Light(), canvas.image, canvas.scale)
        for block in range(46):
            x, width = -10 + block * 21.5, random.uniform(14, 26)
            height = random.uniform(24, 110) * (1.25 if 200 < x < 560 else 0.8)
            right, top = x + width, horizon - height
            canvas.flat([(x, horizon + 4), (x, top), (right, top), (right, horizon + 4)],
                        (70 + block % 4 * 14, 78 + block % 3 * 12, 110))  # fmt: skip
            hue = ((255, 206, 130), (150, 200, 255), (255, 150, 120), (190, 255, 220))[block % 4]
            for y in range(4, int(height) - 4, 6):
                for dx in range(3, int(width) - 3, 5):
                    if random.random() < 0.42:
                        left, pane = x + dx, horizon - y
                        box = [(left, pane), (left + 2, pane), (left + 2, pane + 2.4), (left, pane + 2.4)]
                        plain.flat(box, hue, random.uniform(0.6, 1))
            if random.random() < 0.35:
                glow(canvas, (x + width / 2, horizon - height), 16, hue, 0.8)

    def _river(self, canvas: Canvas, horizon: float) -> None:
        canvas.flat([(0, horizon + 4), (WIDTH, horizon + 4), (WIDTH, HEIGHT), (0, HEIGHT)], (70, 92, 136))
        random = Random(7)
        plain = Canvas(self.view, Light(), canvas.image, canvas.scale)
        for _ in range(900):
            y = horizon + 6 + random.random() ** 1.6 * 190
            x, length = random.uniform(0, WIDTH), random.uniform(3, 14) * (y - horizon) / 60
            hue = random.choice(((120, 100, 80), (70, 90, 130), (120, 80, 74), (80, 110, 120)))
            plain.flat([(x, y), (x + length, y), (x + length, y + 1), (x, y + 1)], hue, random.uniform(0.4, 0.9))

    def _deck(self, canvas: Canvas) -> None:
        for x0, x1, y in ((-9.0, 9.0, -1.6),):
            canvas.face([(x0, y, 6), (x0, 0, 6), (x0, 0, 420), (x0, y, 420)], (96, 100, 112))
            canvas.face([(x1, y, 6), (x1, 0, 6), (x1, 0, 420), (x1, y, 420)], (96, 100, 112))
        canvas.ground(-9, 5, 9, 420, (190, 184, 186))
        for x in (-4.2, 4.2):
            scenery.dashes(canvas, (x, 8), (x, 300))
        canvas.ground(-0.2, 5, 0.2, 420, (226, 190, 70))
        for z in (190.0, 74.0):
            self._tower(canvas, z)
        plain = Canvas(self.view, Light(), canvas.image, canvas.scale)
        for x in (-9, 9):
            for z in range(12, 300, 7):
                canvas.line((x, 0, z), (x, 1.1, z), 0.12, (170, 176, 190))
            plain.line((x, 1.1, 10), (x, 1.1, 300), 0.02, (120, 150, 190))
            for z in range(200, 12, -22):
                canvas.line((x, 0, z), (x, 8, z), 0.18, (150, 154, 164))
                head = self.view.project((x, 8, z))
                size = self.view.pixels_per_metre((x, 8, z))
                glow(canvas, head, size * 2.8 + 3, (255, 220, 160), 0.95)
                glow(canvas, self.view.project((x * 0.7, 0, z)), size * 4, (120, 94, 60), 0.5)

    def _tower(self, canvas: Canvas, z: float) -> None:
        top = 46.0
        bright = Canvas(self.view, Light((0.8, 0.78, 0.9), 0.1), canvas.image, canvas.scale)
        for side in (-1, 1):
            for step in range(4, 17):
                for way in (-1, 1):
                    foot = z + way * step * 6.2
                    if foot > 14:
                        bright.line((0, top - (17 - step) * 1.1, z), (side * 9, 0.6, foot), 0.07, (150, 160, 200))
            foot_x = side * 10
            solid(bright, [(foot_x - 1.2, z), (foot_x + 1.2, z), (foot_x + 1.2, z + 3), (foot_x - 1.2, z + 3)],
                  0, top, (176, 170, 184), [(side * 1.2 - 1, z), (side * 1.2 + 1, z), (side * 1.2 + 1, z + 3),
                                            (side * 1.2 - 1, z + 3)])  # fmt: skip
        glow(canvas, self.view.project((0, top, z)), 26, (255, 90, 80), 0.9)

    def movers(self, second: float) -> Sequence[Sprite | None]:
        found: list[Sprite | None] = []
        for lane, (x, way, rounds) in enumerate(((6.4, 1, 3), (2.2, 1, 4), (-2.2, -1, 4), (-6.4, -1, 3))):
            path = Path((x, 4), (x, 240)) if way > 0 else Path((x, 240), (x, 4))
            for place in range(3):
                phase = place / 3 + lane * 0.17 + 0.04 * (place % 2)
                at, z, heading = path.at(going(path, second, rounds, phase))
                kind = actors.bus if (lane, place) == (0, 1) else actors.car
                found.append(kind(self.view, self.light, at, z, heading, CAR_COLOURS[(lane + place * 2) % 7]))
                found.append(self._beam(at, z, way))
        return [*found, self._boat(second, 0.0, 150, (255, 190, 120)), self._boat(second, 0.5, 240, (150, 220, 255))]

    def _beam(self, x: float, z: float, way: int) -> Sprite | None:
        foot = self.view.project((x, 0.6, z - way * 2.2 if way > 0 else z - 2.4))
        size = round(self.view.pixels_per_metre((x, 0, z)) * (1.1 if way > 0 else 2.4)) + 4
        if self.view.depth((x, 0, z)) < 6 or not -size < foot[0] < WIDTH + size:
            return None
        colour = (255, 60, 40) if way > 0 else (255, 240, 200)
        return Sprite(self.view.depth((x, 0, z)) - 2.5, _halo(min(size, 120), colour), round(foot[0] - size),
                      round(foot[1] - size))  # fmt: skip

    def _boat(self, second: float, phase: float, z: float, hue: Colour) -> Sprite:
        share = (second / 60 + phase) % 1
        x, y = share * (WIDTH + 240) - 200, self.view.horizon() + 900 / z + 8
        scale = 150 / z
        image = Image.new("RGBA", (round(150 * scale) * 2, round(44 * scale) * 2), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        w, h = image.size
        draw.polygon([(0, h * 0.55), (w, h * 0.55), (w * 0.9, h * 0.95), (w * 0.1, h * 0.95)], fill=(24, 28, 44))
        draw.rectangle((w * 0.2, h * 0.2, w * 0.75, h * 0.55), fill=(50, 54, 74))
        for window in range(9):
            left = w * (0.23 + window * 0.057)
            draw.rectangle((left, h * 0.28, left + w * 0.035, h * 0.45), fill=hue)
        draw.line((0, h * 0.57, w, h * 0.57), fill=hue, width=2)
        return Sprite(1000, image.reduce(2), round(x), round(y))


def _halo(size: int, colour: Colour) -> Image.Image:
    key = (size, colour)
    if key not in _HALOS:
        canvas = Canvas(View(1, 0, 1), Light(), Image.new("RGB", (2 * size, 2 * size)), 1)
        glow(canvas, (size, size), size, (255, 255, 255), 0.75)
        halo = Image.new("RGBA", canvas.image.size, colour)
        halo.putalpha(canvas.image.convert("L"))
        _HALOS[key] = halo
    return _HALOS[key]


_HALOS: Final[dict[tuple[int, Colour], Image.Image]] = {}
