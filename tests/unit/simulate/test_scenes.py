import itertools
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from mingjian.simulate import clips
from mingjian.simulate.scenes import DEMO_CAMERAS, lettering, osd, render, scene_clips
from mingjian.simulate.scenes.scenery import Path as Way
from mingjian.simulate.scenes.scenery import going, trip
from mingjian.simulate.scenes.stage import HEIGHT, WIDTH, View
from mingjian.simulate.scenes.streets import Crossing

PREFIXES = {"5301": 3, "530581": 3, "5001": 2, "3601": 2, "44": 2}
BOXES = {  # west, south, east, north
    "5301": (102.1, 24.3, 103.7, 26.6),
    "530581": (98.0, 24.6, 98.8, 25.9),
    "5001": (105.2, 28.1, 110.2, 32.2),
    "3601": (115.4, 28.1, 116.6, 29.2),
    "44": (109.6, 20.2, 117.4, 25.6),
}


def test_the_cameras_are_spread_over_the_five_territories() -> None:
    for prefix, count in PREFIXES.items():
        west, south, east, north = BOXES[prefix]
        there = [camera for camera in DEMO_CAMERAS if camera.region_code.startswith(prefix)]
        assert len(there) == count
        assert all(west < c.longitude < east and south < c.latitude < north for c in there)
    assert len(DEMO_CAMERAS) == 12


def test_the_table_is_whole() -> None:
    assert {camera.slug for camera in DEMO_CAMERAS} == set(render.SCENES)
    assert [camera.number for camera in DEMO_CAMERAS] == list(range(1, 13))
    assert [camera.slug for camera in DEMO_CAMERAS if camera.live] == ["crossing"]
    kinds = Counter(camera.scheme.value.partition("-")[0] for camera in DEMO_CAMERAS)
    assert kinds == {"digest": 6, "basic": 3, "none": 3}
    for camera in DEMO_CAMERAS:
        assert len(camera.region_code) == 6
        assert camera.region_code.isdecimal()
        assert all(
            (camera.name_zh, camera.name_en, camera.place_zh, camera.place_en, camera.address_zh, camera.spot_zh)
        )


FEW = list(render.SCENES)[:2]
mostly_few = pytest.mark.parametrize(
    "slug", [pytest.param(slug, marks=[pytest.mark.breadth] * (slug not in FEW)) for slug in render.SCENES]
)


@mostly_few
def test_a_scene_moves_and_ends_as_it_began(slug: str) -> None:
    scene = render.SCENES[slug]()
    first, next_frame, later, last = (np.asarray(scene.picture(s), np.int16) for s in (0, 1 / 15, 5, 60))
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert (first == last).all()
    assert (abs(first - later).max(axis=2) > 24).mean() > 0.001
    step = (abs(first - next_frame).max(axis=2) > 24).mean()
    assert step < 0.05, "a scene does not jump from frame to frame"
    assert len(np.unique(first.reshape(-1, 3)[::97], axis=0)) > 200


@mostly_few
def test_the_last_frame_leads_into_the_first(slug: str) -> None:
    scene = render.SCENES[slug]()
    last, first, second = (np.asarray(scene.picture(s), np.int16) for s in (60 - 1 / 15, 0, 1 / 15))
    seam, ordinary = ((abs(a - b).max(axis=2) > 24).mean() for a, b in ((last, first), (first, second)))
    assert seam < 2.5 * ordinary + 0.003


@pytest.mark.parametrize("second", [0.5, 5.0, 11.0, 16.0, 20.0, 26.0])
def test_cars_obey_the_lights(second: float) -> None:
    """No car's middle lies within the crossing area on a road that has had red for more than three seconds."""
    scene = Crossing()
    main_red, cross_red = second > 17.5, second < 14.5 and second > 2.5
    for car in scene._cars(second):
        if car is None:
            continue
        ground = (car.x + car.image.width / 2, car.y + car.image.height * 0.8)
        inside = _inside(scene.view, ground)
        heading_main = abs(car.image.width / car.image.height - 1) < 0.45
        assert not (inside and main_red and heading_main)
        assert not (inside and cross_red and not heading_main)


def _inside(view: View, point: tuple[float, float]) -> bool:
    left, top = view.project((-6, 0, 44))
    right, bottom = view.project((6, 0, 32))
    return left < point[0] < right and top < point[1] < bottom


def test_a_trip_stops_and_goes_on_without_a_jump() -> None:
    places = [trip(t / 20, 11, 50, 12.6) for t in range(600)]
    steps = [b - a for a, b in itertools.pairwise(places)]
    assert places[0] == 0
    assert min(steps) >= 0
    assert max(steps) <= 11 / 20 + 1e-9
    assert max(abs(b - a) for a, b in itertools.pairwise(steps)) < 0.012
    assert places[220] == places[250] == 50


def test_going_round_is_periodic_in_a_minute() -> None:
    way = Way((0, 0), (3, 4), (3, 10))
    assert way.length == 11
    assert way.at(5)[:2] == (3, 4)
    assert way.at(8) == (3, 7, 0)
    for rounds in (1, 2, 5):
        assert going(way, 0, rounds, 0.3) == pytest.approx(going(way, 60, rounds, 0.3))


def test_the_seconds_are_written() -> None:
    shown = []
    for second in (0.0, 15.0, 15.05, 59.9):
        picture = Image.new("RGB", (WIDTH, HEIGHT), (90, 90, 90))
        osd.write_second(picture, second)
        shown.append(picture.tobytes())
    assert len(set(shown)) == 3
    assert shown[1] == shown[2]


def test_without_a_chinese_font_there_is_no_chinese_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "chinese_font", lambda: None)
    assert lettering.shown("摄像机 07") == "07"
    assert lettering.shown("春城小学") == ""


@pytest.mark.breadth
def test_a_minute_that_is_not_there_is_drawn(tmp_path: Path) -> None:
    *ready, missing = DEMO_CAMERAS
    for camera in ready:
        frames = iter([av.VideoFrame(WIDTH, HEIGHT, "yuv420p")])
        clips.save(render.clip_path(tmp_path, camera), clips.make(render.SETTINGS, frames))
    told: list[tuple[int, int]] = []
    found = scene_clips(tmp_path, lambda done, total: told.append((done, total)))
    assert len(found[missing.slug].units) == render.SECONDS * render.FPS
    assert told == [(len(DEMO_CAMERAS), len(DEMO_CAMERAS))]
    assert render.clip_path(tmp_path, missing).exists()


def test_ready_clips_are_not_rendered_again_and_damaged_ones_are_not_used(tmp_path: Path) -> None:
    def frames() -> list[av.VideoFrame]:
        return [av.VideoFrame(WIDTH, HEIGHT, "yuv420p") for _ in range(2)]

    for camera in DEMO_CAMERAS:
        clips.save(render.clip_path(tmp_path, camera), clips.make(render.SETTINGS, iter(frames())))
    told: list[tuple[int, int]] = []
    found = scene_clips(tmp_path, lambda done, total: told.append((done, total)))
    assert list(found) == [camera.slug for camera in DEMO_CAMERAS]
    assert told == []
    damaged = render.clip_path(tmp_path, DEMO_CAMERAS[3])
    damaged.write_bytes(b"MJCLIP1\n")
    assert render._read(damaged) is None
