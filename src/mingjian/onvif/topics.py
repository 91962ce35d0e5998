"""Which events are wanted, what they mean, and which are never taken. Pure.

Wanted are motion and digital inputs: they begin recordings. Whatever is about persons (faces, bodies, people, their
number or their looks) is neither subscribed nor kept: the product does not recognise or follow persons, and what was
never taken cannot be misused. All else is left out because nothing uses it.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from mingjian.onvif.messages.events import Topic
from mingjian.onvif.model import Event, EventKind, Notification


class LeftOut(Enum):
    """Why a message is not kept."""

    PERSONS = "persons"  # privacy by design
    OTHER = "other"  # nothing uses it
    NO_STATE = "no_state"  # it does not say whether it begins or ends


# Paths in lower case, without prefixes: ONVIF's own, and what makers call the same thing.
_WANTED: Final[Mapping[str, EventKind]] = {
    "videosource/motionalarm": EventKind.MOTION,
    "ruleengine/cellmotiondetector/motion": EventKind.MOTION,
    "ruleengine/motionregiondetector/motion": EventKind.MOTION,
    "ruleengine/motiondetector/motion": EventKind.MOTION,
    "ruleengine/motiondetector/detection": EventKind.MOTION,
    "ruleengine/vmd/motion": EventKind.MOTION,
    "videoanalytics/motiondetection": EventKind.MOTION,
    "videoanalytics/motion": EventKind.MOTION,
    "videosource/motiondetection": EventKind.MOTION,
    "device/trigger/digitalinput": EventKind.INPUT,
    "device/trigger/alarmin": EventKind.INPUT,
    "device/io/port": EventKind.INPUT,
    "device/io/virtualinput": EventKind.INPUT,
}
# Axis: CameraApplicationPlatform/VMD/Camera1Profile1
_WANTED_BELOW: Final = {"cameraapplicationplatform/vmd/": EventKind.MOTION}
# Short words only where a word begins, so that an interface is no face.
_ABOUT_PERSONS: Final = re.compile(
    "(?i:person|people|human|pedestrian|facial|crowd|gender|visitor|headcount|occupancy)|Face|FACE|\\bface|Body|BODY|\\bbody"
)
_STATES: Final = ("State", "IsMotion", "LogicalState", "Motion", "Detected", "Active", "Value", "state", "active")
_TRUE: Final = frozenset({"true", "1", "on", "active", "yes", "high"})
_FALSE: Final = frozenset({"false", "0", "off", "inactive", "no", "low"})
_SOURCES: Final = (
    "VideoSourceConfigurationToken",
    "VideoSourceToken",
    "InputToken",
    "Source",
    "VideoSource",
    "AlarmInToken",
    "port",
)


def path_of(topic: str) -> str:
    """A topic without the prefixes of its steps."""
    return "/".join(step.rpartition(":")[2] for step in topic.strip().split("/"))


def is_about_persons(path: str) -> bool:
    """Whether the words of a path are about persons."""
    return _ABOUT_PERSONS.search(path) is not None


def kind_of(path: str) -> EventKind | LeftOut:
    """What a topic is, by its path."""
    if is_about_persons(path):
        return LeftOut.PERSONS
    lowered = path.lower().rstrip("/")
    found = _WANTED.get(lowered)
    if found is None:
        found = next((kind for above, kind in _WANTED_BELOW.items() if lowered.startswith(above)), None)
    return found or LeftOut.OTHER


def wanted(declared: Sequence[Topic]) -> list[Topic]:
    """The declared topics to subscribe to."""
    return [one for one in declared if isinstance(kind_of("/".join(step.name for step in one)), EventKind)]


def event(told: Notification, *, at_us: int) -> Event | LeftOut:
    """The event that a message says, or why it is left out."""
    path = path_of(told.topic)
    kind = kind_of(path)
    if isinstance(kind, LeftOut):
        return kind
    # Some makers send persons under the topic of motion, told apart by the name of the item alone.
    if any(_ABOUT_PERSONS.search(name) for name in told.data):
        return LeftOut.PERSONS
    active = _state(told.data)
    if active is None:
        return LeftOut.NO_STATE
    return Event(kind, active, at_us, _source(told.source), path, told.camera_us, told.initial)


def _state(data: Mapping[str, str]) -> bool | None:
    said = [data[name] for name in _STATES if name in data] or list(data.values())
    return next((state for state in map(_as_state, said) if state is not None), None)


def _as_state(text: str) -> bool | None:
    lowered = text.strip().lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else None


def _source(source: Mapping[str, str]) -> str:
    return next((source[name] for name in _SOURCES if name in source), next(iter(source.values()), ""))
