"""A camera that turns: it knows how fast it moves, since when, and how it came to stand."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.unit.onvif import answers
from tests.unit.onvif.cameras import Camera, Heard, Reply


@dataclass
class Head:
    """What the camera did. Times are `time.monotonic()`; `speed` is pan, tilt, zoom."""

    speed: tuple[float, float, float] = (0.0, 0.0, 0.0)
    moves: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    presets: dict[str, str] = field(default_factory=lambda: {"1": "校门全景", "2": "传达室"})

    @property
    def moving(self) -> bool:
        return self.speed != (0.0, 0.0, 0.0)

    def moved(self, one: Heard) -> str:
        pan_tilt = re.search(r'PanTilt\b[^>]*x="([-.\d]+)"[^>]*y="([-.\d]+)"', one.body)
        zoom = re.search(r'Zoom\b[^>]*x="([-.\d]+)"', one.body)
        pan, tilt = (float(pan_tilt.group(1)), float(pan_tilt.group(2))) if pan_tilt else self.speed[:2]
        self.speed = pan, tilt, float(zoom.group(1)) if zoom else self.speed[2]
        self.moves.append(time.monotonic())
        return "<tptz:ContinuousMoveResponse/>"

    def stopped(self, _one: Heard) -> str:
        self.speed = 0.0, 0.0, 0.0
        self.stops.append(time.monotonic())
        return "<tptz:StopResponse/>"

    def listed(self, _one: Heard) -> str:
        rows = "".join(
            f'<tptz:Preset token="{token}"><tt:Name>{name}</tt:Name></tptz:Preset>'
            for token, name in self.presets.items()
        )
        return f"<tptz:GetPresetsResponse>{rows}</tptz:GetPresetsResponse>"

    def gone(self, one: Heard) -> str:
        self.went.append(one.text("PresetToken"))
        return "<tptz:GotoPresetResponse/>"

    def kept(self, one: Heard) -> str:
        token = one.text("PresetToken") or str(len(self.presets) + 1)
        self.presets[token] = one.text("PresetName")
        return f"<tptz:SetPresetResponse><tptz:PresetToken>{token}</tptz:PresetToken></tptz:SetPresetResponse>"

    def removed(self, one: Heard) -> str:
        self.presets.pop(one.text("PresetToken"), None)
        return "<tptz:RemovePresetResponse/>"


NODES = (
    "<tptz:GetNodesResponse><tptz:PTZNode><tt:SupportedPTZSpaces><tt:ContinuousPanTiltVelocitySpace/>"
    "<tt:ContinuousZoomVelocitySpace/></tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>16</tt:MaximumNumberOfPresets>"
    "<tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode></tptz:GetNodesResponse>"
)


def _answered(answer: Callable[[Heard], str], one: Heard) -> Reply:
    return Reply(answers.enveloped(answer(one)))


def turning() -> tuple[Camera, Head]:
    """A camera without a password, and what it does."""
    camera, head = Camera(), Head()
    for operation, answer in {
        "ContinuousMove": head.moved,
        "Stop": head.stopped,
        "GetPresets": head.listed,
        "GotoPreset": head.gone,
        "SetPreset": head.kept,
        "RemovePreset": head.removed,
    }.items():
        camera.said[operation] = partial(_answered, answer)
    camera.said["GetNodes"] = NODES
    return camera, head
