"""Positions on the earth. Stored are degrees of WGS-84; Chinese web maps speak GCJ-02, which is shifted by up to 700 m.

The shift is published by nobody; these are the terms that all map software uses, with the ellipsoid of Krasovsky 1940.
Inverted by iteration, it is exact to a millimetre of itself. Pure.
"""

from dataclasses import dataclass
from math import cos, isfinite, pi, sin, sqrt
from typing import Final, Literal

Datum = Literal["wgs84", "gcj02"]

_AXIS: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.00669342162296594323
# GCJ-02 shifts nothing outside of this box.
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_CLOSE_ENOUGH: Final = 1e-9
_MOST_STEPS: Final = 20


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees of WGS-84; east and north are positive. Raises ValueError for what is not on the earth."""

    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        if not (isfinite(self.longitude) and isfinite(self.latitude)):
            raise ValueError("a position is two numbers")
        if not (-180 <= self.longitude <= 180 and -90 <= self.latitude <= 90):
            raise ValueError("longitude is from -180 to 180, latitude from -90 to 90")


def position_in(longitude: float, latitude: float, datum: Datum = "wgs84") -> Position:
    """The position that these degrees of `datum` mean, to about a centimetre. Raises ValueError as `Position` does."""
    given = Position(longitude, latitude)
    return from_gcj02(given) if datum == "gcj02" else given


def to_gcj02(position: Position) -> Position:
    """What a Chinese web map calls this place."""
    shift = _shift(position.longitude, position.latitude)
    return Position(position.longitude + shift[0], position.latitude + shift[1])


def from_gcj02(shifted: Position) -> Position:
    """The place that a Chinese web map calls so."""
    longitude, latitude = shifted.longitude, shifted.latitude
    for _ in range(_MOST_STEPS):
        east, north = _shift(longitude, latitude)
        error = (longitude + east - shifted.longitude, latitude + north - shifted.latitude)
        longitude, latitude = longitude - error[0], latitude - error[1]
        if max(map(abs, error)) < _CLOSE_ENOUGH:
            break
    return Position(round(longitude, 7), round(latitude, 7))


def _shift(longitude: float, latitude: float) -> tuple[float, float]:
    if not (_WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH):
        return 0.0, 0.0
    x, y = longitude - 105.0, latitude - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves * 2 / 3
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves * 2 / 3
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    angle = latitude / 180 * pi
    flat = 1 - _ECCENTRICITY * sin(angle) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY) / (flat * sqrt(flat))
    return east * 180 / (_AXIS / sqrt(flat) * cos(angle) * pi), north * 180 / (meridian * pi)
