"""Where the frames of a simulated camera come from: a clip that loops for ever, or an encoder at work."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final, Protocol

from mingjian.simulate import nal
from mingjian.simulate.clips import Clip
from mingjian.simulate.packets import MAX_PAYLOAD, Template, packetise

Sink = Callable[[Template, int], None]
"""Takes a cut access unit and its time in 1/90000 s since the source began. Called on the event loop."""


class Source(Protocol):
    """What a description needs to know of any source of pictures."""

    @property
    def codec(self) -> nal.Codec: ...
    @property
    def fps(self) -> Fraction: ...
    @property
    def parameter_sets(self) -> tuple[bytes, ...]: ...


class Loop(Protocol):
    """What is sent over and over: pictures, or sound.

    `step` is the time from one template to the next in seconds, `clock` the rate of the RTP clock, `shifts` how much
    later than it is sent each template says it is, in ticks of that clock (none: never).
    """

    @property
    def templates(self) -> Sequence[Template]: ...
    @property
    def shifts(self) -> Sequence[int]: ...
    @property
    def step(self) -> Fraction: ...
    @property
    def clock(self) -> int: ...


class ClipSource:
    """A clip cut into packets once, to be shared by any number of cameras.

    With `in_step` the clip must last one minute: its frame k is shown at second k / fps of the wall-clock minute, and a
    session begins at the next key frame. Without it every session begins at the key frame number `first_key` of the
    clip. `aggregate`, `paci`, `max_payload` as for `packets.packetise`. `in_band`: whether parameter sets come with key
    frames.
    """

    clock: Final = 90_000

    def __init__(
        self,
        clip: Clip,
        *,
        in_step: bool = False,
        aggregate: bool = False,
        in_band: bool = True,
        paci: bool = False,
        max_payload: int = MAX_PAYLOAD,
        first_key: int = 0,
    ) -> None:
        if in_step and clip.duration_s != 60:
            raise ValueError(f"a clip in step with the minute lasts 60 s, this one {float(clip.duration_s)} s")
        self.codec: nal.Codec = clip.codec
        self.fps = clip.fps
        self.step = 1 / clip.fps
        self.parameter_sets = clip.parameter_sets
        self.in_step = in_step
        how = {"aggregate": aggregate, "in_band": in_band, "paci": paci}
        self.templates = [packetise(clip.codec, unit, **how, max_payload=max_payload) for unit in clip.units]
        shifts = [unit.timestamp_90k - round(at * 90_000 * self.step) for at, unit in enumerate(clip.units)]
        self.shifts = shifts if any(shifts) else []
        self._first = [at for at, unit in enumerate(clip.units) if unit.key][first_key]

    def first(self, second_of_minute: float) -> tuple[int, float]:
        """The index of the frame a session starting now begins with, and in how many seconds it is due."""
        if not self.in_step:
            return self._first, 0.0
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
