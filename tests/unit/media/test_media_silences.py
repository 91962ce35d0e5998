"""Gaps around footage that was recovered: cut where there is footage, added where nothing says why there is none."""

import pytest
from tests.unit.media.storing import S

from mingjian.kernel.ids import ChannelId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media.model import FragmentRecord, Gap, GapCause
from mingjian.media.record.silences import Beside, spans, trimmed, unexplained

CHANNEL = ChannelId(new_id(0))


def gap(start: float, end: float | None) -> Gap:
    return Gap(CHANNEL, int(start * S), None if end is None else int(end * S), GapCause.NETWORK)


def pieces(*bounds: tuple[float, float]) -> list[Span]:
    return [Span(int(start * S), int(end * S)) for start, end in bounds]


@pytest.mark.parametrize(
    ("before", "footage", "after"),
    [
        (gap(10, None), [(0, 10)], gap(10, None)),
        (gap(10, None), [(13, 14), (14, 15)], gap(10, 13)),
        (gap(10, None), [(10, 14)], gap(14, None)),
        (gap(10, None), [(9, 11), (12, 13)], gap(11, 12)),
        (gap(10, 20), [(0, 10), (20, 30)], gap(10, 20)),
        (gap(10, 20), [(15, 30)], gap(10, 15)),
        (gap(10, 20), [(5, 15)], gap(15, 20)),
        (gap(10, 20), [(10, 20)], None),
        (gap(10, 20), [(0, 30)], None),
        (gap(10, 20), [], gap(10, 20)),
    ],
)
def test_footage_cuts_a_gap(before: Gap, footage: list[tuple[float, float]], after: Gap | None) -> None:
    assert trimmed(before, pieces(*footage)) == after


@pytest.mark.parametrize(
    ("footage", "gaps", "before", "after", "missing"),
    [
        ([(0, 10)], [], None, None, []),  # what follows is told by whoever begins to record again
        ([(0, 10)], [gap(10, None)], None, None, []),
        ([(0, 10)], [gap(10.2, None)], None, None, [(10, 10.2, "role_down")]),
        ([(0, 10)], [gap(13, None)], None, None, [(10, 13, "role_down")]),
        ([(3, 10)], [], 0, None, [(0, 3, "role_down")]),
        ([(0.4, 10)], [], 0, None, []),  # jitter
        ([(3, 10)], [gap(0, 3)], 0, None, []),
        ([(0, 3), (6, 10)], [], 0, None, [(3, 6, "no_video")]),
        ([(0, 3), (6, 10)], [gap(3, 6)], 0, None, []),
        ([(0, 10)], [], None, 20, [(10, 20, "role_down")]),
        ([(0, 10)], [gap(10, 20)], None, 20, []),
        ([(3.4, 10)], [gap(0, 3)], 0, None, [(3, 3.4, "role_down")]),  # not jitter: its footage ended the gap
        ([(0, 1)], [gap(1, 3)], None, 3.4, [(3, 3.4, "role_down")]),
        ([(0, 1)], [], None, 1.4, []),
        ([], [gap(13, None)], 10, None, [(10, 13, "role_down")]),
        ([], [gap(10, None)], 10, None, []),
    ],
)
def test_what_nothing_accounts_for(
    footage: list[tuple[float, float]],
    gaps: list[Gap],
    before: float | None,
    after: float | None,
    missing: list[tuple[float, float, str]],
) -> None:
    beside = Beside(None if before is None else int(before * S), None if after is None else int(after * S))
    found = [
        (span.start_us / S, span.end_us / S, cause.value) for span, cause in unexplained(pieces(*footage), gaps, beside)
    ]
    assert found == missing


def test_a_segment_has_a_picture_where_its_fragments_are() -> None:
    def at(offset_us: int) -> FragmentRecord:
        return FragmentRecord(1000, 0, 90_000, offset_us, 25, True, bytes(32), sealed=True)

    # The second is slewed, the third comes after a silence.
    found = spans(7 * S, [at(0), at(999_600), at(5 * S)])
    assert found == [Span(7 * S, 7_999_600), Span(7_999_600, 8_999_600), Span(12 * S, 13 * S)]
