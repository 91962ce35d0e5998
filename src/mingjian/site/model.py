"""Facts about the installation as it is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from mingjian.kernel.errors import Text


class Step(Enum):
    """Parts of the set-up that somebody looks at, in their order; codes are stored."""

    STORAGE = "storage", Text("存储", "storage")
    CLOCK = "clock", Text("时钟", "clock")
    CERTIFICATE = "certificate", Text("证书", "certificate")
    NETWORK = "network", Text("网络", "network")
    CAMERAS = "cameras", Text("摄像机", "cameras")

    def __init__(self, code: str, words: Text) -> None:
        self.code: Final = code
        self.words: Final = words


STEP_BY_CODE: Final = {step.code: step for step in Step}


@dataclass(frozen=True, slots=True)
class Site:
    """Whose installation it is and where; how many cameras of which bit rate are planned; steps with when seen.

    `organisation_id` is the text of an id of the registry, empty where there is none.
    """

    organisation: str = ""
    organisation_id: str = ""
    region_code: str = ""
    language: str = "zh-CN"
    cameras: int = 0
    kbit_s: int = 0
    reviewed: Mapping[Step, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """How long footage stays: bytes a day of all cameras, and the days that fit into what is free."""

    bytes_per_day: int
    days: int


def room(free_bytes: int, cameras: int, kbit_s: int) -> Room:
    """The days that `cameras` of `kbit_s` each fill. Both are at least 1."""
    bytes_per_day = cameras * kbit_s * 125 * 86_400
    return Room(bytes_per_day, free_bytes // bytes_per_day)


def bytes_for(days: int, cameras: int, kbit_s: int) -> int:
    """What `cameras` of `kbit_s` each write in so many days."""
    return days * room(0, cameras, kbit_s).bytes_per_day
