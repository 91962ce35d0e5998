"""Where the frames of a simulated camera come from: a clip that loops for ever, or an encoder at work."""

from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from mingjian.simulate import nal
from mingjian.simulate.clips import Clip
from mingjian.simulate.packets import Template, packetise

Sink = Callable[[Template, int], None]
"""Takes a cut access unit and its time in 1/90000 s since the source began. Called on the event loop."""


class Source(Protocol):
    """What a description needs to know of any source."""

    @property
    def codec(self) -> nal.Codec: ...
    @property
    def fps(self) -> Fraction: ...
    @property
    def parameter_sets(self) -> tuple[bytes, ...]: ...


class ClipSource:
    """A clip cut into packets once, to be shared by any number of cameras.

    With `in_step` the clip must last one minute: its frame k is shown at second k / fps of the wall-clock minute, and a
    session begins at the next key frame. Without it every session begins at the first frame of the clip.
    """

    def __init__(self, clip: Clip, *, in_step: bool = False, aggregate: bool = False) -> None:
        if in_step and clip.duration_s != 60:
            raise ValueError(f"a clip in step with the minute lasts 60 s, this one {float(clip.duration_s)} s")
        self.codec: nal.Codec = clip.codec
        self.fps = clip.fps
        self.parameter_sets = clip.parameter_sets
        self.in_step = in_step
        self.templates = [packetise(clip.codec, unit, aggregate=aggregate) for unit in clip.units]

    def first(self, second_of_minute: float) -> tuple[int, float]:
        """The index of the frame a session starting now begins with, and in how many seconds it is due."""
        if not self.in_step:
            return 0, 0.0
        count = len(self.templates)
        index = int(second_of_minute * self.fps) + 1
        while not self.templates[index % count].key:
            index += 1
        return index % count, float(index / self.fps) - second_of_minute


class LiveSource(Protocol):
    """A source that makes its frames now. `subscribe` is called on the event loop and starts the work if needed."""

    @property
    def codec(self) -> nal.Codec: ...
    @property
    def fps(self) -> Fraction: ...
    @property
    def parameter_sets(self) -> tuple[bytes, ...]: ...

    def subscribe(self, sink: Sink) -> None: ...
    def unsubscribe(self, sink: Sink) -> None: ...
