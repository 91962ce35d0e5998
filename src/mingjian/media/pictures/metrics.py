"""Numbers about decoding."""

from typing import Final

from mingjian.kernel.metrics import Counter, Histogram

SECONDS: Final = Histogram(
    "mingjian_pictures_seconds",
    "Seconds to decode a picture, the start of a decoder included.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0),
)
FAILED: Final = Counter(
    "mingjian_pictures_failed_total",
    "Pictures that could not be decoded, and decoders that had to be killed.",
    ("reason",),
)
SERVED: Final = Counter(
    "mingjian_pictures_served_total",
    "Pictures given out: thumbnail, still, snapshot; from the cache or decoded.",
    ("kind", "source"),
)
