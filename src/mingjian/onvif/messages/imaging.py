"""Brightness and its kin, the infrared cut filter, focus (ONVIF Imaging)."""

from enum import Enum
from typing import TypeVar

from mingjian.onvif.messages.soap import Request, operation
from mingjian.onvif.messages.xml import Node, Tag, number, tag
from mingjian.onvif.model import Adjustment, FocusMode, ImagingOptions, ImagingSettings, IrCut, Range

Choice = TypeVar("Choice", bound=Enum)


def get_settings(source: str) -> Request:
    return operation(tag("timg:GetImagingSettings", tag("timg:VideoSourceToken", source)))


def settings(answer: Node) -> ImagingSettings:
    told = answer.get("ImagingSettings") or answer
    read = {one: _number(told, one.value) for one in Adjustment}
    return ImagingSettings(
        {one: value for one, value in read.items() if value is not None},
        ir_cut=_choice(IrCut, told.value("IrCutFilter")),
        focus=_choice(FocusMode, told.value("Focus", "AutoFocusMode")),
    )


def _number(told: Node, name: str) -> float | None:
    found = told.get(name)
    return number(found.text) if found is not None and found.text else None


def _choice(kind: type[Choice], said: str) -> Choice | None:
    return next((one for one in kind if one.value == said.upper()), None)


def get_options(source: str) -> Request:
    return operation(tag("timg:GetOptions", tag("timg:VideoSourceToken", source)))


def options(answer: Node) -> ImagingOptions:
    told = answer.get("ImagingOptions") or answer
    read = {one: _range(told.get(one.value)) for one in Adjustment}
    return ImagingOptions(
        {one: limits for one, limits in read.items() if limits is not None},
        ir_cut=_choices(IrCut, told.all("IrCutFilterModes")),
        focus=_choices(FocusMode, told.all("Focus", "AutoFocusModes")),
    )


def _range(told: Node | None) -> Range | None:
    if told is None:
        return None
    lowest, highest = told.number("Min"), told.number("Max")
    return Range(lowest, highest) if lowest < highest else None


def _choices(kind: type[Choice], told: list[Node]) -> frozenset[Choice]:
    read = (_choice(kind, node.text) for node in told)
    return frozenset(one for one in read if one is not None)


def set_settings(source: str, wanted: ImagingSettings) -> Request:
    """Change what `wanted` names and leave the rest; it outlasts a restart of the camera."""
    before = (Adjustment.BRIGHTNESS, Adjustment.SATURATION, Adjustment.CONTRAST)
    changed = [_written(wanted, one) for one in before]
    if wanted.focus is not None:
        changed.append(tag("tt:Focus", tag("tt:AutoFocusMode", wanted.focus.value)))
    if wanted.ir_cut is not None:
        changed.append(tag("tt:IrCutFilter", wanted.ir_cut.value))
    changed.append(_written(wanted, Adjustment.SHARPNESS))
    return operation(
        tag(
            "timg:SetImagingSettings",
            tag("timg:VideoSourceToken", source),
            tag("timg:ImagingSettings", *changed),
            tag("timg:ForcePersistence", "true"),
        )
    )


def _written(wanted: ImagingSettings, one: Adjustment) -> Tag | None:
    value = wanted.numbers.get(one)
    return None if value is None else tag(f"tt:{one.value}", f"{value:g}")


def move_focus(source: str, speed: float) -> Request:
    """Turn the focus until it is stopped: nearer when negative, farther when positive."""
    focus = tag("timg:Focus", tag("tt:Continuous", tag("tt:Speed", f"{speed:g}")))
    return operation(tag("timg:Move", tag("timg:VideoSourceToken", source), focus))


def stop_focus(source: str) -> Request:
    return operation(tag("timg:Stop", tag("timg:VideoSourceToken", source)))
