"""Half-open intervals of wall time and the few operations on them that the product needs."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[start_us, end_us) in microseconds since the Unix epoch; never empty or reversed.

    Raises ValueError when end_us is not after start_us.
    """

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us <= self.start_us:
            raise ValueError(f"empty interval {self.start_us}..{self.end_us}")

    @property
    def length_us(self) -> int:
        return self.end_us - self.start_us

    def clip(self, to: "Span") -> "Span | None":
        """The part inside `to`, or None."""
        start, end = max(self.start_us, to.start_us), min(self.end_us, to.end_us)
        return Span(start, end) if end > start else None


def merge(spans: Iterable[Span], tolerance_us: int = 0) -> list[Span]:
    """Sorted, disjoint spans; neighbours at most `tolerance_us` apart become one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_us <= merged[-1].end_us + tolerance_us:
            merged[-1] = Span(merged[-1].start_us, max(merged[-1].end_us, span.end_us))
        else:
            merged.append(span)
    return merged
