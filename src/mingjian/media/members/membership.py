"""This process among those that record: its life, the fence of its transactions, and who else lives."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError

from mingjian.kernel.clock import Clock
from mingjian.media.members import store
from mingjian.media.members.lookout import LEASE_S, Lookout
from mingjian.media.members.model import Fenced, Member, Place, Roll
from mingjian.storage.engine import Database, Transaction

BEAT_S: Final = 1.5
"""So long without a commit, and a sign of life is committed for its own sake."""
# The roll is read with a commit, so often at most.
ROLL_S: Final = 0.8
# Whoever could not commit for so long may have lost what it records, and stops. Longer than the lease: while the
# database is away from everybody nobody takes anything over, and what is recorded meanwhile is kept.
LAPSE_S: Final = 20.0
_TRIES: Final = 20

_log: Final = structlog.get_logger(__name__)


class Membership:
    """`renew` is the first thing in each transaction that writes what this member may not write once it is fenced.

    Transactions run in several threads; the rest is read by all of them. Nothing here is a promise by time: a life is
    over when its row says so, and `renew` holds that row until its transaction ends.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        number: int,
        place: Place,
        *,
        is_gone: Callable[[int], bool] = lambda _number: False,
    ) -> None:
        """`is_gone`: whether the process of a number on this `place` surely does not run any more."""
        self.number = number
        self.place = place
        self.fenced = False
        self.epoch = 0
        self.able = True
        self._database = database
        self._clock = clock
        self._is_gone = is_gone
        self._lookout = Lookout(LEASE_S)
        self._me: Member | None = None
        self._renewed = float("-inf")
        self._read = float("-inf")
        self.roll = Roll(float("-inf"), (), 0, 0)

    @property
    def me(self) -> Member:
        """This life; only once it has begun."""
        assert self._me is not None
        return self._me

    # Beginning

    def try_join(self, epoch: int) -> bool:
        """Begin a life; False while another process of this number lives somewhere else. Blocks.

        One of the same place is over: its lock is ours.
        """
        self.epoch = epoch
        for _ in range(_TRIES):
            try:
                with self._database.write() as tx:
                    return self._join(tx)
            except IntegrityError:
                continue  # another one began in the same moment
        return False

    def _join(self, tx: Transaction) -> bool:
        now = self._clock.monotonic()
        living = store.living(tx)
        silent = {one.fence for one in self._lookout.look(Roll(now, tuple(living), 0, 0))}
        holder = next((one for one in living if one.number == self.number), None)
        if holder is not None and holder.place != self.place and holder.fence not in silent:
            return False
        self._me = store.begin(tx, self.number, self.place, self.epoch, self._clock.now_us())
        self.roll = store.roll(tx, self._me, now)
        tx.after_commit(lambda: self._was_renewed(now))
        return True

    # The fence

    def renew(self, tx: Transaction) -> None:
        """Show a sign of life and hold the lease until `tx` ends. Raises Fenced when it is lost."""
        now = self._clock.monotonic()
        if self.fenced or not store.beat(tx, self.me.fence, self.epoch, self._clock.now_us(), able=self.able):
            self.fenced = True
            raise Fenced(self.me.fence)
        if now - self._read >= ROLL_S:
            self._read = now
            self.roll = store.roll(tx, self.me, now)
        tx.after_commit(lambda: self._was_renewed(now))

    def _was_renewed(self, at: float) -> None:
        self._renewed = max(self._renewed, at)

    @property
    def silent_s(self) -> float:
        """How long ago the last commit was."""
        return self._clock.monotonic() - self._renewed

    @property
    def fresh(self) -> bool:
        """Whether nobody can have taken over yet: the lease was renewed a moment ago."""
        return not self.fenced and self.silent_s < LEASE_S

    @property
    def alone(self) -> bool:
        """Whether no other member lived when this one last looked."""
        return not self.fenced and all(one.fence == self.me.fence for one in self.roll.living)

    @property
    def lapsed(self) -> bool:
        """Whether others may have taken over what this one records. One that is alone goes on."""
        return self.fenced or (self.silent_s > LAPSE_S and not self.alone)

    # The others

    def look(self) -> list[Member]:
        """Whose lease is over, by the last roll."""
        return [one for one in self._lookout.look(self.roll) if one.fence != self.me.fence]

    def settled(self) -> set[int]:
        return self._lookout.settled(self.roll.living)

    def bury(self, silent: Member) -> bool:
        """Say that a life is over, unless it was heard of since. Blocks."""
        with self._database.write() as tx:
            self.renew(tx)
            over = store.end_silent(tx, silent, self._clock.now_us())
        if over:
            self.roll = replace(self.roll, living=tuple(one for one in self.roll.living if one.fence != silent.fence))
            _log.warning("members.lease_over", member=silent.number, fence=silent.fence, by=self.number)
        return over

    def may_write_still(self, life: Member | None) -> bool:
        """Whether the process of a life that is over may still run, frozen perhaps, with its files open."""
        if life is None:
            return False
        if life.place != self.place:
            return True
        return life.number != self.number and not self._is_gone(life.number)
