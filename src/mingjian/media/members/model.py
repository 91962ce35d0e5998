"""What is said of members: processes that record, each for as long as it holds its lease."""

from dataclasses import dataclass

from mingjian.kernel.ids import ChannelId


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process runs. `host` is a machine with one clock; `folder` names the run directory on it, whose lock no
    two processes of one number hold.
    """

    host: str
    folder: str


@dataclass(frozen=True, slots=True)
class Member:
    """One life of a process that records. `number` is its place among the processes, `fence` names this life alone
    and is never given again; `beat` grows with each commit; `able`: it sees a volume.
    """

    fence: int
    number: int
    place: Place
    beat: int
    able: bool = True


@dataclass(frozen=True, slots=True)
class Roll:
    """Who lives, as one transaction saw it. `read_at` is monotonic time before it was read, `newest_epoch` of the
    server's clock; `due`: channels that this member should take up or let go.
    """

    read_at: float
    living: tuple[Member, ...]
    newest_epoch: int
    due: int

    @property
    def fences(self) -> frozenset[int]:
        return frozenset(one.fence for one in self.living)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose a channel is. `member` should record it; `fence` is the life that does, None when nobody does; `turn` grows
    each time it is taken up; `bytes_per_s` was measured, None until it was.
    """

    channel_id: ChannelId
    member: int
    fence: int | None
    turn: int
    bytes_per_s: float | None


class Fenced(Exception):  # noqa: N818 - a fact of life for a member, not a mistake
    """Another one was told that this life is over: nothing of it may be written any more."""

    def __init__(self, fence: int) -> None:
        super().__init__(f"the lease {fence} is over")
        self.fence = fence
