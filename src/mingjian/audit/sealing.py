"""Seal what was recorded: leaves of a range, and a signed head over everything so far."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mingjian.audit import canonical, service, store
from mingjian.audit.errors import NOTHING_TO_RESUME, ROLLED_BACK, SEALS_BROKEN
from mingjian.audit.keys import HeadFile
from mingjian.audit.merkle import Frontier
from mingjian.audit.model import JSON, Action, Actor, Entry, Seal
from mingjian.audit.notes import BadNote, Checkpoint, Signer
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database, Transaction

RANGE: Final = 4_096
"""Entries in one seal at most."""


def _never() -> bool:
    return False


def _held(_tx: Transaction) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals one log. One works at a time: a leased job, whose `check` comes first in each transaction."""

    database: Database
    signer: Signer
    head: HeadFile
    check: Callable[[Transaction], None] = _held
    stopping: Callable[[], bool] = _never

    def seal(self, now_us: int) -> int:
        """Seal everything that is committed; returns how many entries that was.

        Raises MingjianError SEALS_BROKEN, ROLLED_BACK, HEAD_UNREADABLE: then nothing is signed any more.
        """
        last = self._trusted_last()
        with self.database.read() as tx:
            if store.newest_seq(tx) == (last.last_seq if last else 0):
                return 0
        with self.database.write() as tx:
            self.check(tx)
            horizon = store.settled_seq(tx)
        sealed = 0
        while not self.stopping():
            with self.database.read() as tx:
                rows = store.unsealed(tx, last.last_seq if last else 0, horizon, RANGE)
            if not rows:
                break
            last = self._seal_range(last, rows, now_us)
            sealed += len(rows)
        return sealed

    def resume(self, actor: Actor, reason: str, now_us: int) -> None:
        """After a restore that was agreed: record it, keep the lost head, and go on from what the database has.

        Raises MingjianError NOTHING_TO_RESUME unless the database is older than the head; SEALS_BROKEN.
        """
        with self.database.read() as tx:
            last = store.last_seal(tx)
        known, here = self.head.read(self.signer.verifier), self._checked(last) if last else None
        if known is None or (here is not None and known[0].size < here.size) or known[0] == here:
            raise MingjianError(NOTHING_TO_RESUME)
        lost, note = known
        size = here.size if here else 0
        detail: dict[str, JSON] = {"size": size, "lost_size": lost.size, "lost_root": lost.root.hex(), "reason": reason}
        self.head.set_aside(lost, note)
        with service.audited(self.database) as tx:
            service.record(tx, Entry(Action.AUDIT_RESUMED, actor, "audit", "", detail, now_us))
        if last is None:
            self.head.path.unlink()
        else:
            self.head.write(last.checkpoint)

    def _trusted_last(self) -> Seal | None:
        """The last seal, once its signature, its frontier and the head beside the database agree with it."""
        with self.database.read() as tx:
            last = store.last_seal(tx)
        known = self.head.read(self.signer.verifier)
        here = self._checked(last) if last else None
        if known is None:
            if last is not None:
                self.head.write(last.checkpoint)
            return last
        head = known[0]
        size = here.size if here else 0
        if head.size > size or (head.size == size and head != here):
            raise MingjianError(ROLLED_BACK, found=size, sealed=head.size)
        if last is not None and head.size < size:
            self.head.write(last.checkpoint)  # a crash came between the row and the file
        return last

    def _checked(self, last: Seal) -> Checkpoint:
        try:
            signed = self.signer.verifier.open(last.checkpoint)
            fits = (signed.size, signed.root) == (last.size, Frontier(last.size, last.frontier).root)
        except (BadNote, ValueError) as error:
            raise MingjianError(SEALS_BROKEN, size=last.size) from error
        if not fits:
            raise MingjianError(SEALS_BROKEN, size=last.size)
        return signed

    def _seal_range(self, last: Seal | None, rows: list[tuple[int, bytes]], now_us: int) -> Seal:
        tree = Frontier(last.size, last.frontier) if last else Frontier()
        leaves = [canonical.leaf(seq, digest) for seq, digest in rows]
        for leaf in leaves:
            tree.add(leaf)
        first, final = rows[0][0], rows[-1][0]
        there = {seq for seq, _ in rows}
        skipped = [seq for seq in range(first, final + 1) if seq not in there] if final - first >= len(rows) else []
        note = self.signer.sign(Checkpoint(self.signer.name, tree.size, tree.root).text)
        seal = Seal(tree.size, first, final, json.dumps(skipped), b"".join(leaves), tree.packed, note, now_us)
        with self.database.write() as tx:
            self.check(tx)
            store.add_seal(tx, seal)
        self.head.write(note)
        return seal
