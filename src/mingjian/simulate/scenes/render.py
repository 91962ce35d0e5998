"""Rendering the scenes to clips, once, on all processors; later runs read the files."""

import hashlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np

from mingjian.simulate import clips
from mingjian.simulate.encode import FromRgb, Settings
from mingjian.simulate.scenes import osd
from mingjian.simulate.scenes.base import Scene
from mingjian.simulate.scenes.fronts import Hospital, SchoolGate, StationSquare
from mingjian.simulate.scenes.interiors import Bank, Hotel, Market
from mingjian.simulate.scenes.lettering import chinese_font
from mingjian.simulate.scenes.places import DEMO_CAMERAS, DemoCamera
from mingjian.simulate.scenes.stage import HEIGHT, WIDTH
from mingjian.simulate.scenes.streets import Border, Bridge, Crossing, Tunnel
from mingjian.simulate.scenes.waters import Dam, Park

FPS: Final = 15
SECONDS: Final = 60
SETTINGS: Final = Settings("h264", WIDTH, HEIGHT, Fraction(FPS), kbps=1000, gop=2 * FPS, preset="superfast", threads=1)
Progress = Callable[[int, int], None]

SCENES: Final[dict[str, type[Scene]]] = {
    "crossing": Crossing,
    "school": SchoolGate,
    "hospital": Hospital,
    "hotel": Hotel,
    "border": Border,
    "market": Market,
    "bridge": Bridge,
    "tunnel": Tunnel,
    "station": StationSquare,
    "dam": Dam,
    "bank": Bank,
    "park": Park,
}


def scene_clips(cache: Path, progress: Progress | None = None) -> dict[str, clips.Clip]:
    """The clip of every demonstration camera by slug, from the cache directory or rendered now (under a minute).

    `progress(done, total)` is told after each scene. Files of other versions of the scenes are left alone.
    """
    found = {camera.slug: _read(clip_path(cache, camera)) for camera in DEMO_CAMERAS}
    absent = [camera for camera in DEMO_CAMERAS if found[camera.slug] is None]
    done = len(DEMO_CAMERAS) - len(absent)
    if absent:
        for slug in _render_all(cache, absent):
            done += 1
            if progress is not None:
                progress(done, len(DEMO_CAMERAS))
            found[slug] = clips.load(clip_path(cache, next(c for c in absent if c.slug == slug)))
    return {slug: clip for slug, clip in found.items() if clip is not None}


def clip_path(cache: Path, camera: DemoCamera) -> Path:
    return cache / f"scene-{version()}-{camera.slug}.mjclip"


def version() -> str:
    """A digest of everything that decides what the clips look like."""
    digest = hashlib.sha256(repr((SETTINGS, FPS, SECONDS, bool(chinese_font()))).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def render(camera: DemoCamera, path: Path) -> str:
    """Render and encode the minute of one camera into `path`; return its slug."""
    clips.save(path, clips.make(SETTINGS, pictures(camera)))
    return camera.slug


def pictures(camera: DemoCamera) -> Iterator[av.VideoFrame]:
    """The minute of one camera, frame by frame. The live camera writes its time itself, later."""
    scene, converted = SCENES[camera.slug](), FromRgb()
    for index in range(FPS * SECONDS):
        picture = scene.picture(index / FPS)
        osd.write_place(picture, camera.place_zh, camera.number)
        if not camera.live:
            osd.write_second(picture, index / FPS)
        yield converted(np.asarray(picture))


def _render_all(cache: Path, cameras: list[DemoCamera]) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")  # the caller may have threads, which a fork would break
    workers = min(os.cpu_count() or 1, len(cameras))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        jobs = [pool.submit(render, camera, clip_path(cache, camera)) for camera in cameras]
        for job in as_completed(jobs):
            yield job.result()


def _end_with_parent() -> None:
    """Workers of a pool outlive a parent that is killed, unless somebody watches."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()


def _read(path: Path) -> clips.Clip | None:
    try:
        return clips.load(path)
    except (FileNotFoundError, clips.BadClip):
        return None
