"""Where a picture comes from."""

from dataclasses import dataclass, field

from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.url import StreamUrl
from mingjian.media.ingest.connection import Transport


@dataclass(frozen=True, slots=True)
class Source:
    """How to reach a camera; two equal sources need no new connection.

    `transport` is None where the camera decides: TCP, and UDP when it refuses that.
    """

    url: StreamUrl
    credentials: Credentials | None = field(repr=False)
    transport: Transport | None = None
