"""Pan, tilt, zoom and presets (ONVIF PTZ)."""

from typing import Final

from mingjian.onvif.messages.soap import Request, operation
from mingjian.onvif.messages.xml import Node, Tag, flag, number, tag
from mingjian.onvif.model import Preset, PtzAbilities, PtzStatus, Vector

_SHORT: Final = 128
MAX_PRESETS: Final = 1024


def get_nodes() -> Request:
    return operation(tag("tptz:GetNodes"))


def abilities(answer: Node) -> PtzAbilities:
    """What the first node can (section 5.2)."""
    node = answer.get("PTZNode")
    spaces = node.get("SupportedPTZSpaces") if node else None
    names = {child.name for child in spaces.children} if spaces else set()
    return PtzAbilities(
        continuous=bool(names & {"ContinuousPanTiltVelocitySpace", "ContinuousZoomVelocitySpace"}),
        absolute=bool(names & {"AbsolutePanTiltPositionSpace", "AbsoluteZoomPositionSpace"}),
        relative=bool(names & {"RelativePanTiltTranslationSpace", "RelativeZoomTranslationSpace"}),
        presets=node.count("MaximumNumberOfPresets", limit=100_000) if node else 0,
        home=flag(node.value("HomeSupported")) if node else False,
    )


def continuous_move(profile: str, speed: Vector, *, seconds: float) -> Request:
    """Move until `seconds` are over or a stop comes. An axis that does not move is left out: some cameras stop it."""
    return operation(
        tag(
            "tptz:ContinuousMove",
            tag("tptz:ProfileToken", profile),
            tag("tptz:Velocity", _pan_tilt(speed), _zoom(speed)),
            tag("tptz:Timeout", f"PT{seconds:g}S"),
        )
    )


def absolute_move(profile: str, position: Vector) -> Request:
    place = tag("tptz:Position", _pan_tilt(position, always=True), _zoom(position, always=True))
    return operation(tag("tptz:AbsoluteMove", tag("tptz:ProfileToken", profile), place))


def relative_move(profile: str, translation: Vector) -> Request:
    way = tag("tptz:Translation", _pan_tilt(translation), _zoom(translation))
    return operation(tag("tptz:RelativeMove", tag("tptz:ProfileToken", profile), way))


def stop(profile: str) -> Request:
    return operation(
        tag("tptz:Stop", tag("tptz:ProfileToken", profile), tag("tptz:PanTilt", "true"), tag("tptz:Zoom", "true"))
    )


def _pan_tilt(to: Vector, *, always: bool = False) -> Tag | None:
    if not always and not to.pan and not to.tilt:
        return None
    return tag("tt:PanTilt", attributes={"x": f"{to.pan:g}", "y": f"{to.tilt:g}"})


def _zoom(to: Vector, *, always: bool = False) -> Tag | None:
    return tag("tt:Zoom", attributes={"x": f"{to.zoom:g}"}) if always or to.zoom else None


def get_status(profile: str) -> Request:
    return operation(tag("tptz:GetStatus", tag("tptz:ProfileToken", profile)))


def status(answer: Node) -> PtzStatus:
    told = answer.get("PTZStatus") or answer
    said = {told.value("MoveStatus", axis).upper() for axis in ("PanTilt", "Zoom")}
    moving = True if "MOVING" in said else False if "IDLE" in said else None
    return PtzStatus(_position(told.get("Position")), moving)


def _position(told: Node | None) -> Vector | None:
    if told is None or not told.children:
        return None
    pan_tilt, zoom = told.get("PanTilt"), told.get("Zoom")
    return Vector(
        number(pan_tilt.attributes.get("x", "")) if pan_tilt else 0.0,
        number(pan_tilt.attributes.get("y", "")) if pan_tilt else 0.0,
        number(zoom.attributes.get("x", "")) if zoom else 0.0,
    )


def get_presets(profile: str) -> Request:
    return operation(tag("tptz:GetPresets", tag("tptz:ProfileToken", profile)))


def presets(answer: Node) -> list[Preset]:
    read = (
        Preset(node.attributes.get("token", "")[:_SHORT], node.value("Name")[:_SHORT])
        for node in answer.all("Preset")[:MAX_PRESETS]
    )
    return [one for one in read if one.token]


def goto_preset(profile: str, token: str) -> Request:
    return _of_preset("tptz:GotoPreset", profile, token)


def remove_preset(profile: str, token: str) -> Request:
    return _of_preset("tptz:RemovePreset", profile, token)


def set_preset(profile: str, name: str, token: str | None) -> Request:
    """Keep where the camera looks as a preset: a new one, or that of `token`."""
    return operation(
        tag(
            "tptz:SetPreset",
            tag("tptz:ProfileToken", profile),
            tag("tptz:PresetName", name),
            tag("tptz:PresetToken", token) if token else None,
        )
    )


def preset_token(answer: Node) -> str:
    return answer.value("PresetToken")[:_SHORT]


def goto_home(profile: str) -> Request:
    return operation(tag("tptz:GotoHomePosition", tag("tptz:ProfileToken", profile)))


def _of_preset(name: str, profile: str, token: str) -> Request:
    return operation(tag(name, tag("tptz:ProfileToken", profile), tag("tptz:PresetToken", token)))
