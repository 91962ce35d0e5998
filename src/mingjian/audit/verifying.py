"""Compare the log with its seals, entry by entry, and name the first that is not as it was sealed."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from mingjian.audit import canonical, store
from mingjian.audit.merkle import HASH_BYTES, Frontier
from mingjian.audit.model import Seal
from mingjian.audit.notes import BadNote, Checkpoint, Verifier
from mingjian.kernel.errors import Text
from mingjian.storage.engine import Database

KEPT: Final = 100
"""Findings that are kept one by one; further ones are counted."""

TELL_EVERY: Final = 10_000


class FindingKind(Enum):
    """What is wrong, with the sentence. Codes are shown and stored."""

    CHANGED = "changed", Text("第 {seq} 条被改动", "entry {seq} was changed")
    REORDERED = "reordered", Text("第 {seq} 条与第 {other} 条被调换", "entries {seq} and {other} were exchanged")
    REMOVED = "removed", Text("第 {seq} 条被删除", "entry {seq} was removed")
    INSERTED = "inserted", Text("第 {seq} 条是后来插入的", "entry {seq} was put in later")
    SEAL = (
        "seal",
        Text("自第 {seq} 条起的封印被改动或删除", "the seal from entry {seq} on was changed or removed"),
    )
    ROLLED_BACK = (
        "rolled_back",
        Text(
            "第 {seq} 条起的记录不见了：数据库是较早的副本，或末尾被删除",
            "everything from entry {seq} on is missing: the database is an earlier copy, or its end was cut off",
        ),
    )
    HISTORY = (
        "history",
        Text(
            "到第 {seq} 条为止的记录与先前的封印不同",
            "the entries up to {seq} are not those of a head that was signed before",
        ),
    )
    GUARD = "guard", Text("数据库的防改保护 {other} 被移除", "the guard {other} of the database was taken away")

    def __init__(self, code: str, sentence: Text) -> None:
        self.code: Final = code
        self.sentence: Final = sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `seq` is the number of the entry, 0 where it is about none."""

    kind: FindingKind
    seq: int
    other: str = ""

    @property
    def text(self) -> Text:
        return self.kind.sentence.format(seq=self.seq, other=self.other)


@dataclass(slots=True)
class Report:
    """What was found, in the order of the log. `unsealed` entries came after the last seal."""

    entries: int = 0
    seals: int = 0
    size: int = 0
    unsealed: int = 0
    root: bytes = b""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def first(self) -> Finding | None:
        """The first bad entry; a missing guard only when no entry is bad."""
        return self.findings[0] if self.findings else None

    def add(self, finding: Finding) -> None:
        self.found += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)


def _quiet(_done: int) -> None:
    return None


def _never() -> bool:
    return False


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Whoever asked for the verification stopped it."""


def verify(
    database: Database,
    verifier: Verifier,
    heads: list[Checkpoint],
    *,
    tell: Callable[[int], None] = _quiet,
    stopped: Callable[[], bool] = _never,
) -> Report:
    """Read everything once, in one snapshot, and compare it with the seals and with `heads` that were kept elsewhere.

    `tell` hears how many entries are done. Raises Stopped.
    """
    report = Report()
    with database.read() as tx, closing(store.digests(tx)) as digests, closing(store.seals(tx)) as seals:
        run = _Run(report, verifier, _Rows(digests, tell, stopped), list(heads))
        for seal in seals:
            run.seal(seal)
        run.tail()
        run.heads()
        for name in store.missing_guards(tx):
            report.add(Finding(FindingKind.GUARD, 0, name))
    run.name_exchanges()
    return report


Row = tuple[int, bytes, bytes | None]


class _Rows:
    """The entries, one of them in sight."""

    def __init__(self, rows: Iterator[Row], tell: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        self._rows = rows
        self._tell = tell
        self._stopped = stopped
        self.done = 0
        self.head = next(rows, None)

    def up_to(self, last_seq: int | None) -> Iterator[Row]:
        """Take the entries whose number is at most `last_seq`; all of them when None."""
        while self.head is not None and (last_seq is None or self.head[0] <= last_seq):
            yield self.head
            self.done += 1
            if self.done % TELL_EVERY == 0:
                self._tell(self.done)
                if self._stopped():
                    raise Stopped
            self.head = next(self._rows, None)


class _Run:
    """One pass over the log."""

    def __init__(self, report: Report, verifier: Verifier, rows: _Rows, heads: list[Checkpoint]) -> None:
        self._report = report
        self._verifier = verifier
        self._rows = rows
        self._heads = heads
        self._tree = Frontier()
        self._last_seq = 0
        # Of what does not fit: number, digest that stands there, leaf that was sealed there.
        self._odd: dict[int, tuple[bytes, bytes]] = {}

    def seal(self, seal: Seal) -> None:
        """Compare one range."""
        before = self._report.found
        self._report.seals += 1
        expected = self._expected(seal)
        begins = self._tree.size + len(expected or ()) == seal.size and seal.first_seq > self._last_seq
        if expected is None or not begins:
            # Seals before this one are gone, or this one cannot be read: what they sealed has nothing to be held to.
            self._report.add(Finding(FindingKind.SEAL, min(self._last_seq + 1, seal.first_seq)))
            expected = None
            self._go_on_from(seal)
        elif not self._is_signed(seal):
            self._report.add(Finding(FindingKind.SEAL, seal.first_seq))
            self._go_on_from(seal)
        for seq, digest, stored in self._rows.up_to(seal.last_seq):
            self._compare(seq, digest, stored, expected)
        for seq in expected or ():
            self._report.add(Finding(FindingKind.REMOVED, seq))
        self._last_seq = max(seal.last_seq, self._last_seq)
        if self._report.found > before:
            self._report.findings.sort(key=_by_number)

    def _go_on_from(self, seal: Seal) -> None:
        """Behind a seal that is broken, the edge of the tree is believed when it is what was signed."""
        try:
            tree = Frontier(seal.size, seal.frontier)
            signed = self._verifier.open(seal.checkpoint)
        except (BadNote, ValueError):
            return
        if (signed.size, signed.root) == (tree.size, tree.root):
            self._tree = tree
            self._pass()

    def _pass(self) -> None:
        """A head that says the same as this point of the log has been kept."""
        here = (self._tree.size, self._tree.root)
        self._heads = [head for head in self._heads if (head.size, head.root) != here]

    def tail(self) -> None:
        """What was not sealed yet: only the digest beside each entry speaks for it."""
        for seq, digest, stored in self._rows.up_to(None):
            self._report.unsealed += 1
            if stored is not None and stored != digest:
                self._report.add(Finding(FindingKind.CHANGED, seq))
        self._report.entries = self._rows.done
        self._report.size, self._report.root = self._tree.size, self._tree.root

    def heads(self) -> None:
        """Heads that were kept elsewhere: each must have been passed on the way."""
        for head in self._heads:
            if head.size > self._tree.size:
                self._report.add(Finding(FindingKind.ROLLED_BACK, self._last_seq + 1))
            else:
                self._report.add(Finding(FindingKind.HISTORY, head.size))

    def name_exchanges(self) -> None:
        """Two entries that stand in each other's place are called that."""
        for index, finding in enumerate(self._report.findings):
            if finding.kind is FindingKind.CHANGED and finding.seq in self._odd:
                other = self._stands_at(finding.seq)
                if other is not None:
                    exchanged = Finding(FindingKind.REORDERED, finding.seq, str(other))
                    self._report.findings[index] = exchanged

    def _stands_at(self, seq: int) -> int | None:
        digest = self._odd[seq][0]
        return next((other for other, (_, leaf) in self._odd.items() if canonical.leaf(other, digest) == leaf), None)

    def _expected(self, seal: Seal) -> dict[int, bytes] | None:
        """Leaf by number, as sealed; None when the seal says nothing that can be understood."""
        leaves = [seal.leaves[start : start + HASH_BYTES] for start in range(0, len(seal.leaves), HASH_BYTES)]
        skipped = _numbers(seal.skipped)
        if skipped is None or not 0 < seal.last_seq - seal.first_seq + 1 == len(leaves) + len(skipped):
            return None
        numbers = [seq for seq in range(seal.first_seq, seal.last_seq + 1) if seq not in skipped]
        if len(numbers) != len(leaves):
            return None
        return dict(zip(numbers, leaves, strict=True))

    def _is_signed(self, seal: Seal) -> bool:
        """Whether the leaves of this seal, behind all before, are what was signed."""
        for start in range(0, len(seal.leaves), HASH_BYTES):
            self._tree.add(seal.leaves[start : start + HASH_BYTES])
        self._pass()
        try:
            signed = self._verifier.open(seal.checkpoint)
        except BadNote:
            return False
        sizes = signed.size == self._tree.size == seal.size
        return sizes and signed.root == self._tree.root and signed.origin == self._verifier.name

    def _compare(self, seq: int, digest: bytes, stored: bytes | None, expected: dict[int, bytes] | None) -> None:
        if expected is None:
            return  # the seal itself is what was found
        leaf = expected.pop(seq, None)
        if leaf is None:
            self._report.add(Finding(FindingKind.INSERTED, seq))
        elif canonical.leaf(seq, digest) != leaf or (stored is not None and stored != digest):
            self._report.add(Finding(FindingKind.CHANGED, seq))
            if len(self._odd) < KEPT:
                self._odd[seq] = (digest, leaf)


def _by_number(finding: Finding) -> int:
    return finding.seq


def _numbers(text: str) -> set[int] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(type(one) is int for one in found):
        return None
    return set(found)
