"""One volume: rows against files, files against rows, counters against rows. Piece by piece, each with its cursor.

Nothing found is believed at once: rows are read again, and the file is looked at again, before damage is written down.
Segments are closed, marked and deleted while a check goes on.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID

from mingjian.kernel.ids import SegmentId, VolumeId
from mingjian.media.check import store, verify
from mingjian.media.check.means import Means
from mingjian.media.check.model import Cursor, Damage, DamageKind, Detail, Finding, KnownDamage, Stage, Step
from mingjian.media.check.verify import Claim
from mingjian.media.model import Volume, day_of
from mingjian.media.record.files import SegmentFiles
from mingjian.storage.engine import Transaction

_ROWS: Final = 500
_ROWS_WITH_INDEX: Final = 50
_NAMES: Final = 500
_SEGMENT_NAME: Final = re.compile(r"-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.mp4$")
# Of a file system, not of a program: only the administrator of the machine can list it.
_LOST_AND_FOUND: Final = "lost+found/"
_BY_SIZE: Final = frozenset({DamageKind.MISSING, DamageKind.SHORT, DamageKind.LONG})
_STAT: Final = "stat"
_FIRST_DAY: Final = -(1 << 30)
_ESCAPED: Final = re.compile(r"\\udc([0-9a-f]{2})")


class VolumeGone(Exception):  # noqa: N818 - a fact of life for disks
    """The folder does not say any more that it is this volume; what was found in it means nothing."""


@dataclass(frozen=True, slots=True)
class VolumeCheck:
    """The check of one volume. `full`: every byte is read."""

    means: Means
    volume: Volume
    files: SegmentFiles
    full: bool
    only: VolumeId | None

    def steps(self, begin: Cursor) -> Iterator[Step]:
        """All stages of this volume, from `begin` on when that is in this volume."""
        stage, after = (begin.stage, begin.after) if begin.volume == self.volume.id else (Stage.ROWS, "")
        try:
            self._require_here()
            if stage is Stage.ROWS:
                yield from self._rows(after)
                stage, after = Stage.NAMES, ""
            if stage is Stage.NAMES:
                yield from self._names(after)
                stage, after = Stage.DAYS, ""
            if stage is Stage.DAYS:
                yield from self._days(after)
        except VolumeGone:
            # From the beginning, should the run be taken up again here: perhaps it is back then.
            yield Step(self._at(Stage.ROWS), found=self._settle_files([self._gone()], _is_volume))
        else:
            self._settle_files([], _is_volume)

    def _at(self, stage: Stage, after: str = "") -> Cursor:
        return Cursor(self.only, self.volume.id, stage, after)

    def _require_here(self) -> None:
        if self.files.identity() != self.volume.id:
            raise VolumeGone

    def _gone(self) -> Damage:
        return Damage(self.volume.id, DamageKind.MISSING, Detail.VOLUME)

    # Rows against files

    def _rows(self, after: str) -> Iterator[Step]:
        limit = _ROWS_WITH_INDEX if self.full else _ROWS
        while True:
            with self.means.database.read() as tx:
                claims = store.claims(tx, self.volume.id, after, limit, index=self.full)
            if not claims:
                break
            for group in ([one] for one in claims) if self.full else [claims]:
                after = store.place_of(group[-1])
                yield self._group(group, self._at(Stage.ROWS, after))
        with self.means.database.write() as tx:
            self.means.check(tx)
            store.clear_gone(tx, self.volume.id, self.means.clock.now_us())

    def _group(self, claims: Sequence[Claim], cursor: Cursor) -> Step:
        found: dict[SegmentId, tuple[Claim, list[Finding]]] = {}
        read = 0
        for claim in claims:
            findings, size = self._inspect(claim)
            read += size
            if findings:
                confirmed = self._confirm(claim.segment.id)
                if confirmed and confirmed[1]:
                    found[claim.segment.id] = confirmed
        self._settle_segments([one.segment.id for one in claims], found)
        return Step(cursor, len(claims), read, sum(len(findings) for _, findings in found.values()))

    def _confirm(self, segment_id: SegmentId) -> tuple[Claim, list[Finding]] | None:
        """Look again, with the row as it is now and its index."""
        with self.means.database.read() as tx:
            claim = store.claim_of(tx, segment_id)
        if claim is None:
            return None
        return claim, self._inspect(claim)[0]

    def _inspect(self, claim: Claim) -> tuple[list[Finding], int]:
        """What is wrong with a segment, and how many bytes were read."""
        try:
            size = self.files.size(claim.segment.path_name)
        except OSError as error:
            detail = f"{verify.error_detail(error)} {_STAT}"
            return [Finding(DamageKind.UNREADABLE, claim.whole_span, detail)], 0
        if not self.full and size is not None and claim.finished and size == claim.segment.size:
            return [], 0  # without its index
        findings = verify.of_size(claim, size)
        if not self.full or size is None:
            return findings, 0
        return [*findings, *self._contents(claim, size)], size

    def _contents(self, claim: Claim, size: int) -> list[Finding]:
        try:
            descriptor = self.files.open_existing(claim.segment.path_name)
        except OSError as error:
            return [Finding(DamageKind.UNREADABLE, claim.whole_span, verify.error_detail(error))]
        try:
            return verify.of_content(claim, size, self.means.reading(self.files, descriptor))
        finally:
            self.files.forget_pages(descriptor)
            self.files.close(descriptor)

    def _settle_segments(self, ids: Sequence[SegmentId], found: dict[SegmentId, tuple[Claim, list[Finding]]]) -> None:
        damage = [self._damage(claim, one) for claim, findings in found.values() for one in findings]
        with self.means.database.read() as tx:
            standing = store.standing_of(tx, ids)
        if damage or standing:
            self._settle(damage, lambda tx: store.standing_of(tx, ids), self._would_see)

    def _damage(self, claim: Claim, finding: Finding) -> Damage:
        segment = claim.segment
        start_us, end_us = finding.span or (None, None)
        return Damage(
            self.volume.id,
            finding.kind,
            finding.detail,
            segment.id,
            segment.channel_id,
            segment.path_name,
            start_us,
            end_us,
            segment.clock_epoch,
        )

    def _would_see(self, known: KnownDamage) -> bool:
        """Whether this check would have found it again: only then is its absence good news."""
        one = known.damage
        by_size = one.kind in _BY_SIZE or one.word is Detail.ROW_SIZE or one.detail.endswith(_STAT)
        return self.full or by_size

    # Files against rows

    def _names(self, after: str) -> Iterator[Step]:
        refused: list[Damage] = []

        def note(path_name: str, error: OSError) -> None:
            if path_name != _LOST_AND_FOUND:
                detail = f"{Detail.FOLDER} {verify.error_detail(error)}"
                refused.append(Damage(self.volume.id, DamageKind.UNREADABLE, detail, path_name=printable(path_name)))

        for batch in _batched(self._listing(after, note), _NAMES):
            found = self._settle_files([*self._unknown(batch), *refused])
            refused.clear()
            yield Step(self._at(Stage.NAMES, batch[-1]), found=found)
        found = self._settle_files(refused)
        self._settle_files([], self._is_mended)
        yield Step(self._at(Stage.DAYS), found=found)

    def _listing(self, after: str, note: Callable[[str, OSError], None]) -> Iterator[str]:
        try:
            for path_name, _size in self.files.names(after, note):
                yield path_name
        except FileNotFoundError as error:
            raise VolumeGone from error

    def _unknown(self, names: Sequence[str]) -> list[Damage]:
        """Files that no row names. A file of a row that was dropped just now is on its way out."""
        suspicious = self._without_row(names)
        suspicious = [one for one in suspicious if self._is_there(one)]
        suspicious = self._without_row(suspicious)
        return [Damage(self.volume.id, DamageKind.UNKNOWN_FILE, "", path_name=printable(one)) for one in suspicious]

    def _without_row(self, names: Sequence[str]) -> list[str]:
        ids = {name: UUID(match[1]) for name in names if (match := _SEGMENT_NAME.search(name))}
        if not ids:
            return list(names)
        with self.means.database.read() as tx:
            paths = store.paths_of(tx, list(ids.values()), self.volume.id)
        return [name for name in names if name not in ids or paths.get(ids[name]) != name]

    def _is_there(self, path_name: str) -> bool:
        try:
            return self.files.size(path_name) is not None
        except OSError:
            return True

    def _is_mended(self, known: KnownDamage) -> bool:
        """Whether a file or folder that was reported is not what it was: gone, or known, or to be listed again."""
        path_name = original(known.damage.path_name)
        if known.damage.kind is DamageKind.UNKNOWN_FILE:
            return not self._unknown([path_name])
        if known.damage.kind is DamageKind.UNREADABLE:
            refused: list[str] = []
            before = path_name.rstrip("/")
            next(self.files.names(before, lambda name, _error: refused.append(name)), None)
            return path_name not in refused
        return False

    # Counters against rows

    def _days(self, after: str) -> Iterator[Step]:
        day = int(after) + 1 if after else _FIRST_DAY
        while True:
            with self.means.database.read() as tx:
                following = store.next_day(tx, self.volume.id, day)
                if following is None:
                    break
                found = self._of_day(tx, following)
                standing = self._standing_on(following, tx)
            if found or standing:
                self._settle(found, partial(self._standing_on, following))
            yield Step(self._at(Stage.DAYS, str(following)), found=len(found))
            day = following + 1
        self._forget_counters()

    def _standing_on(self, day: int, tx: Transaction) -> list[KnownDamage]:
        return [one for one in store.standing_counters(tx, self.volume.id) if _on_day(one, day)]

    def _of_day(self, tx: Transaction, day: int) -> list[Damage]:
        counted, kept = store.counted(tx, self.volume.id, day), store.kept(tx, self.volume.id, day)
        start_us, end_us = store.day_span(day)
        return [
            Damage(
                self.volume.id,
                DamageKind.COUNTER,
                "{} {} {} {} {}".format(Detail.COUNTED, *counted.get(channel, (0, 0)), *kept.get(channel, (0, 0))),
                channel_id=channel,
                start_us=start_us,
                end_us=end_us,
            )
            for channel in sorted(counted.keys() | kept.keys())
            if counted.get(channel) != kept.get(channel)
        ]

    def _forget_counters(self) -> None:
        """Clear what was found of days that have neither rows nor counters any more."""

        def over(tx: Transaction) -> list[KnownDamage]:
            return [one for one in store.standing_counters(tx, self.volume.id) if not self._of_known(tx, one)]

        with self.means.database.read() as tx:
            standing = over(tx)
        if standing:
            self._settle([], over)

    def _of_known(self, tx: Transaction, known: KnownDamage) -> bool:
        """Whether the counters of a day that was found wrong are wrong still."""
        day = day_of(known.damage.start_us or 0)
        return any(one.channel_id == known.damage.channel_id for one in self._of_day(tx, day))

    # What stands in the table

    def _settle_files(
        self, found: Sequence[Damage], is_over: Callable[[KnownDamage], bool] = lambda _known: False
    ) -> int:
        """Write down what was found of files and folders; of what stands, clear what `is_over`."""
        with self.means.database.read() as tx:
            standing = store.standing_files(tx, self.volume.id)
        over = {one.id for one in standing if is_over(one)}
        if found or over:
            self._settle(found, lambda tx: store.standing_files(tx, self.volume.id), lambda known: known.id in over)
        return len(found)

    def _settle(
        self,
        found: Sequence[Damage],
        standing_in: Callable[[Transaction], Iterable[KnownDamage]],
        is_over: Callable[[KnownDamage], bool] = lambda _known: True,
    ) -> None:
        if found and found[0].detail != Detail.VOLUME:
            self._require_here()
        settle(self.means, self.volume.id, found, standing_in, is_over)


def settle(
    means: Means,
    volume_id: VolumeId,
    found: Sequence[Damage],
    standing_in: Callable[[Transaction], Iterable[KnownDamage]],
    is_over: Callable[[KnownDamage], bool] = lambda _known: True,
) -> None:
    """Make the table say what was `found`: new damage gets a row, what stood and was not found again is cleared."""
    with means.database.write() as tx:
        means.check(tx)
        store.hold_volume(tx, volume_id)
        standing = list(standing_in(tx))
        again = {one.key for one in found}
        known = {one.damage.key for one in standing}
        now_us = means.clock.now_us()
        store.clear_damage(tx, [one.id for one in standing if one.damage.key not in again and is_over(one)], now_us)
        new = {one.key: one for one in found if one.key not in known}
        store.add_damage(tx, list(new.values()), now_us)


def printable(path_name: str) -> str:
    """A name as it can be kept and shown, whatever bytes it is made of."""
    return path_name.encode("utf-8", "backslashreplace").decode()


def original(path_name: str) -> str:
    """The name that `printable` was given."""
    return _ESCAPED.sub(lambda match: chr(0xDC00 + int(match[1], 16)), path_name)


def _is_volume(known: KnownDamage) -> bool:
    return known.damage.word is Detail.VOLUME


def _on_day(known: KnownDamage, day: int) -> bool:
    return known.damage.start_us == store.day_span(day)[0]


def _batched(names: Iterator[str], size: int) -> Iterator[list[str]]:
    while batch := list(islice(names, size)):
        yield batch
