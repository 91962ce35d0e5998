"""ONVIF cameras as triggers of recording: `media` names what it wants to hear, `onvif` hears it."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.ingest.attempts import Attempts
from mingjian.media.ingest.networks import Network
from mingjian.media.ingest.triggers import Happening, Listen, TriggerSource

_log = structlog.get_logger(__name__)


def listener(allowed: Sequence[Network], clock: Clock) -> Listen:
    """What listens to cameras in these networks; they are called one after the other, as for their pictures."""
    turn = Attempts().turn

    async def listen(source: TriggerSource, sink: Callable[[Happening], None], stop: asyncio.Event) -> None:
        # Late: who has no such camera does not pay for its libraries.
        from mingjian.onvif.client import access  # noqa: PLC0415
        from mingjian.onvif.events import events  # noqa: PLC0415

        def trouble(error: MingjianError | None) -> None:
            _log.info("camera.events", address=source.address, problem=error and error.code)

        try:
            to = access(source.address, source.credentials, allowed=list(allowed), clock=clock)
        except MingjianError as error:
            trouble(error)
            await stop.wait()
            return
        await events(
            to, lambda one: sink(Happening(one.kind.value, one.source, one.active)), stop, trouble=trouble, turn=turn
        )

    return listen
