"""Turning a camera and adjusting its picture. What a person wants is checked here, before a camera sees it."""

from enum import Enum
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.onvif.client import OnvifClient
from mingjian.onvif.errors import NOT_SUPPORTED, VALUE_OUT_OF_RANGE
from mingjian.onvif.messages import imaging, ptz
from mingjian.onvif.model import (
    ImagingOptions,
    ImagingSettings,
    Preset,
    PtzAbilities,
    PtzStatus,
    Range,
    Service,
    Vector,
)

# A movement always ends by itself: the stop may be lost, and a camera must not turn away for good.
LONGEST_MOVE_S: Final = 10.0
_WHOLE: Final = Range(-1.0, 1.0)
_ZOOM: Final = Range(0.0, 1.0)


class Ptz:
    """Pan, tilt, zoom and presets of one profile. All raise MingjianError as `OnvifClient.ask` does.

    Vectors are in the generic spaces, -1 to 1, positions of zoom 0 to 1; others raise VALUE_OUT_OF_RANGE.
    """

    def __init__(self, client: OnvifClient, profile: str) -> None:
        self._client = client
        self._profile = profile

    async def abilities(self) -> PtzAbilities:
        return ptz.abilities(await self._client.ask(Service.PTZ, ptz.get_nodes()))

    async def move(self, speed: Vector, *, seconds: float = 5.0) -> None:
        """Move until `stop`, at most `seconds`."""
        _check_vector(speed, _WHOLE)
        _check("seconds", seconds, Range(0.1, LONGEST_MOVE_S))
        await self._client.ask(Service.PTZ, ptz.continuous_move(self._profile, speed, seconds=seconds))

    async def to(self, position: Vector) -> None:
        """Go to a position."""
        _check_vector(position, _ZOOM)
        await self._client.ask(Service.PTZ, ptz.absolute_move(self._profile, position))

    async def by(self, translation: Vector) -> None:
        """Go a way from where the camera looks."""
        _check_vector(translation, _WHOLE)
        await self._client.ask(Service.PTZ, ptz.relative_move(self._profile, translation))

    async def stop(self) -> None:
        await self._client.ask(Service.PTZ, ptz.stop(self._profile))

    async def status(self) -> PtzStatus:
        return ptz.status(await self._client.ask(Service.PTZ, ptz.get_status(self._profile)))

    async def presets(self) -> list[Preset]:
        return ptz.presets(await self._client.ask(Service.PTZ, ptz.get_presets(self._profile)))

    async def goto(self, preset: str) -> None:
        """Go to the preset of this token."""
        await self._client.ask(Service.PTZ, ptz.goto_preset(self._profile, preset))

    async def keep(self, name: str, preset: str | None = None) -> str:
        """Keep where the camera looks under a name, as a new preset or instead of that of a token; its token."""
        answer = await self._client.ask(Service.PTZ, ptz.set_preset(self._profile, name, preset))
        return ptz.preset_token(answer) or preset or ""

    async def remove(self, preset: str) -> None:
        await self._client.ask(Service.PTZ, ptz.remove_preset(self._profile, preset))

    async def home(self) -> None:
        await self._client.ask(Service.PTZ, ptz.goto_home(self._profile))


class Imaging:
    """Brightness and its kin of one video source. All raise MingjianError as `OnvifClient.ask` does."""

    def __init__(self, client: OnvifClient, source: str) -> None:
        self._client = client
        self._source = source
        self._options: ImagingOptions | None = None

    async def settings(self) -> ImagingSettings:
        return imaging.settings(await self._client.ask(Service.IMAGING, imaging.get_settings(self._source)))

    async def options(self) -> ImagingOptions:
        """What may be set, asked once."""
        if self._options is None:
            answer = await self._client.ask(Service.IMAGING, imaging.get_options(self._source))
            self._options = imaging.options(answer)
        return self._options

    async def set(self, wanted: ImagingSettings) -> None:
        """Change what `wanted` names.

        Raises VALUE_OUT_OF_RANGE and NOT_SUPPORTED by the camera's own options, before anything is sent.
        """
        options = await self.options()
        for one, value in wanted.numbers.items():
            limits = options.ranges.get(one)
            if limits is None:
                raise MingjianError(NOT_SUPPORTED, action=one.value, reason="—")
            _check(one.value, value, limits)
        modes: tuple[tuple[Enum | None, frozenset[Enum]], ...]
        modes = (wanted.ir_cut, frozenset(options.ir_cut)), (wanted.focus, frozenset(options.focus))
        for mode, offered in modes:
            if mode is not None and mode not in offered:
                raise MingjianError(NOT_SUPPORTED, action=f"{type(mode).__name__} {mode.value}", reason="—")
        await self._client.ask(Service.IMAGING, imaging.set_settings(self._source, wanted))

    async def move_focus(self, speed: float) -> None:
        """Turn the focus until `stop_focus`: nearer when negative."""
        _check("speed", speed, _WHOLE)
        await self._client.ask(Service.IMAGING, imaging.move_focus(self._source, speed))

    async def stop_focus(self) -> None:
        await self._client.ask(Service.IMAGING, imaging.stop_focus(self._source))


def _check_vector(vector: Vector, zoom: Range) -> None:
    _check("pan", vector.pan, _WHOLE)
    _check("tilt", vector.tilt, _WHOLE)
    _check("zoom", vector.zoom, zoom)


def _check(name: str, value: float, limits: Range) -> None:
    if not limits.lowest <= value <= limits.highest:  # also what is not a number
        lowest, highest = f"{limits.lowest:g}", f"{limits.highest:g}"
        raise MingjianError(VALUE_OUT_OF_RANGE, name=name, value=f"{value:g}", lowest=lowest, highest=highest)
