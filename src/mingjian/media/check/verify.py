"""Whether one segment is what its row and its index promise. Pure: bytes come through a function that reads.

Each fragment is judged by itself, so that one bad sector costs the second in which it lies.
"""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from typing import Final

from mingjian.media.check.model import DamageKind, Detail, Finding
from mingjian.media.formats import fmp4
from mingjian.media.model import KEPT_STATES, FragmentRecord, Segment

Read = Callable[[int, int], bytes]
"""`read(offset, length)`: fewer bytes at the end of the file; raises OSError."""

CHUNK: Final = 1 << 20
# A segment ends in slewed time, its index in media time: 500 ppm of a fragment. What differs by more was changed.
_TIME_TOLERANCE_US: Final = 5_000
_PRFT_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Claim:
    """What the database says of a segment. `digest` and `frames` are None while it is open."""

    segment: Segment
    records: tuple[FragmentRecord, ...]
    digest: bytes | None = None
    frames: int | None = None

    @property
    def finished(self) -> bool:
        return self.segment.state in KEPT_STATES

    @property
    def indexed_size(self) -> int:
        """Bytes of the file as the index has them."""
        return self.segment.init_size + sum(one.length for one in self.records)

    @property
    def whole_span(self) -> tuple[int, int]:
        return self.segment.start_us, max(self.segment.end_us, self.segment.start_us + 1)


@dataclass(frozen=True, slots=True)
class Located:
    """A fragment: where it is in its file, and [start_us, end_us), which ends where the next one begins."""

    offset: int
    record: FragmentRecord
    start_us: int
    end_us: int


def located(segment: Segment, records: tuple[FragmentRecord, ...]) -> list[Located]:
    """The fragments of a segment in file order."""
    offsets = accumulate((one.length for one in records), initial=segment.init_size)
    starts = [segment.start_us + one.offset_us for one in records]
    ends = [segment.start_us + one.end_offset_us for one in records]
    for index, following in enumerate(starts[1:]):
        ends[index] = min(ends[index], following)
    return [
        Located(offset, record, start, max(end, start + 1))
        for offset, record, start, end in zip(offsets, records, starts, ends, strict=False)
    ]


def error_detail(error: OSError) -> str:
    """`error` and the name of its number, as a damage's detail."""
    return f"{Detail.ERROR} {errno.errorcode.get(error.errno or 0, '?')}"


def of_size(claim: Claim, size: int | None) -> list[Finding]:
    """What the size of a file alone shows; `size` is None when there is no file.

    An open segment is promised as far as its index goes: its file may be longer, and without an index it may be empty.
    """
    if not (claim.finished or claim.records):
        return []
    if size is None:
        return [Finding(DamageKind.MISSING, claim.whole_span)]
    expected, row = claim.indexed_size, claim.segment.size
    if claim.finished and size == row != expected:
        return [Finding(DamageKind.ALTERED, claim.whole_span, Detail.INDEX)]
    found = []
    if claim.finished and row != expected:
        found.append(Finding(DamageKind.ALTERED, None, Detail.ROW_SIZE))
    if size < expected:
        found.append(_short(claim, size))
    elif size > expected and claim.finished:
        found.append(Finding(DamageKind.LONG, None))
    return found


def _short(claim: Claim, size: int) -> Finding:
    fragments = located(claim.segment, claim.records)
    lost = [one for one in fragments if one.offset + one.record.length > size]
    return Finding(DamageKind.SHORT, (lost[0].start_us, lost[-1].end_us) if lost else claim.whole_span)


def of_content(claim: Claim, size: int, read: Read) -> list[Finding]:
    """What reading every byte shows, beyond what `of_size` did."""
    if claim.finished and size == claim.segment.size != claim.indexed_size:
        return []  # without an index nobody knows where the fragments are; the size has said so
    fragments = [one for one in located(claim.segment, claim.records) if one.offset + one.record.length <= size]
    judged = [(one, judge(one, read)) for one in fragments]
    findings = [_finding(one, fault) for one, (fault, _) in judged]
    if claim.finished:
        others = [actual or one.record.digest for one, (_, actual) in judged]
        complete = len(fragments) == len(claim.records)
        findings = _of_row(claim, read, findings, others if complete else None)
    return list(_merged(findings))


def judge(fragment: Located, read: Read) -> tuple[tuple[DamageKind, str] | None, bytes | None]:
    """What is wrong with a fragment, if anything; and the digest of its content, if it could be read."""
    record = fragment.record
    length = record.length - fmp4.SEAL_SIZE if record.sealed else record.length
    try:
        actual = _digest(read, fragment.offset, length)
        seal = read(fragment.offset + length, fmp4.SEAL_SIZE) if record.sealed else b""
    except OSError as error:
        return (DamageKind.UNREADABLE, error_detail(error)), None
    if actual != record.digest:
        return (DamageKind.ALTERED, Detail.CONTENT), actual
    if record.sealed and seal != fmp4.seal(record.digest):
        return (DamageKind.ALTERED, Detail.SEAL), actual
    return None, actual


def is_whole(data: bytes, record: FragmentRecord) -> bool:
    """Whether these are the bytes of a fragment, seal included."""
    return len(data) == record.length and judge(Located(0, record, 0, 1), lambda at, n: data[at : at + n])[0] is None


def _digest(read: Read, offset: int, length: int) -> bytes:
    content = sha256()
    while length > 0:
        piece = read(offset, min(length, CHUNK))
        if not piece:
            break  # the file became shorter just now: the digest says the rest
        content.update(piece)
        offset, length = offset + len(piece), length - len(piece)
    return content.digest()


def _finding(fragment: Located, fault: tuple[DamageKind, str] | None) -> Finding | None:
    return Finding(fault[0], (fragment.start_us, fragment.end_us), fault[1]) if fault else None


def _of_row(
    claim: Claim, read: Read, findings: list[Finding | None], others: list[bytes] | None
) -> list[Finding | None]:
    """The digest of the segment, and the row's own fields.

    `others`: digests of what is in the file now. When they, and not those of the index, give the segment's digest, it
    was the index that somebody changed.
    """
    row: list[Finding | None] = [*findings, *_of_fields(claim, findings, read)]
    try:
        init = read(0, claim.segment.init_size)
    except OSError as error:
        return [*row, Finding(DamageKind.UNREADABLE, None, error_detail(error))]
    if _segment_digest(init, [one.digest for one in claim.records]) == claim.digest:
        return row
    if others is not None and any(findings) and _segment_digest(init, others) == claim.digest:
        return [replace(one, detail=Detail.INDEX) if one and one.detail == Detail.CONTENT else one for one in row]
    if len(init) < claim.segment.init_size:
        return row  # the file is shorter than that; the size has said so
    expected = fmp4.init(claim.segment.parameters, claim.segment.start_us)
    return [*row, Finding(DamageKind.ALTERED, None, Detail.DIGEST if init == expected else Detail.INIT)]


def _segment_digest(init: bytes, digests: list[bytes]) -> bytes:
    return sha256(sha256(init).digest() + b"".join(digests)).digest()


def _of_fields(claim: Claim, findings: list[Finding | None], read: Read) -> Iterator[Finding]:
    records = claim.records
    if claim.frames is not None and sum(one.frames for one in records) != claim.frames:
        yield Finding(DamageKind.ALTERED, None, Detail.ROW_FRAMES)
    if _times_differ(claim, findings, read):
        yield Finding(DamageKind.ALTERED, None, Detail.ROW_TIME)


def _times_differ(claim: Claim, findings: list[Finding | None], read: Read) -> bool:
    """Whether the row has other times than its index, or than the first good fragment says of itself."""
    segment, records = claim.segment, claim.records
    if records and abs(segment.start_us + records[-1].end_offset_us - segment.end_us) > _TIME_TOLERANCE_US:
        return True
    for fragment, finding in zip(located(segment, records), findings, strict=False):
        if finding is None and fragment.record.sealed:
            told = _told(read, fragment)
            return told is not None and abs(told - fragment.start_us) > _TIME_TOLERANCE_US
    return False


def _told(read: Read, fragment: Located) -> int | None:
    try:
        return fmp4.wall_time(read(fragment.offset, _PRFT_SIZE))
    except OSError:
        return None  # it could be read a moment ago; the next check will say


def _merged(findings: list[Finding | None]) -> Iterator[Finding]:
    """Neighbours with the same fault become one; None stands for a fragment that is whole."""
    last: Finding | None = None
    for one in findings:
        joins = one and last and one.span and last.span and (one.kind, one.detail) == (last.kind, last.detail)
        if joins and one and last and one.span and last.span:
            last = replace(last, span=(last.span[0], one.span[1]))
            continue
        if last:
            yield last
        last = one
    if last:
        yield last
