"""A grant as it was given, and a person who stands in for another."""

from dataclasses import dataclass
from uuid import UUID

from mingjian.identity.scopes import Grant
from mingjian.kernel.ids import PersonId


@dataclass(frozen=True, slots=True)
class GivenGrant:
    """A grant with who gave it and why; `given_by` is None for what an upgrade or the set-up gave."""

    id: UUID
    grant: Grant
    note: str
    given_us: int
    given_by: UUID | None
    given_label: str
    ended_us: int | None = None
    ended_label: str = ""


@dataclass(frozen=True, slots=True)
class Deputy:
    """`stand_in_id` has the rights of `absent_id`, beside the own ones, from `from_us` until `until_us`."""

    id: UUID
    absent_id: PersonId
    stand_in_id: PersonId
    from_us: int
    until_us: int
    note: str
    given_us: int
    given_by: UUID | None
    given_label: str
    ended_us: int | None = None
    ended_label: str = ""

    def holds(self, now_us: int) -> bool:
        """Whether it holds at this instant."""
        return self.ended_us is None and self.from_us <= now_us < self.until_us
