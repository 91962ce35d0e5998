"""How often cameras are called: one gate for all of a process, and a pause for each that grows."""

import asyncio
import random
from math import inf
from typing import Final

# Two hundred cameras behind a switch that reboots are called within five seconds, and not at once.
EVERY_S: Final = 1 / 40
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 8.0
# Who refuses the password, or has no such stream, is not asked every few seconds: cameras lock accounts.
LONGEST_REFUSED_PAUSE_S: Final = 60.0


class Attempts:
    """Lets one attempt through each EVERY_S at most, in the order in which they came.

    Time is counted from the last one that went, not from when it might have: who was held up does not come in a crowd.
    """

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._last = -inf

    async def turn(self) -> None:
        """Returns when it is this one's turn."""
        now = asyncio.get_running_loop().time
        async with self._one:
            if (wait := self._last + EVERY_S - now()) > 0:
                await asyncio.sleep(wait)
            self._last = now()


class Pause:
    """The pauses between attempts at one camera: longer each time, with jitter, short again after a good connection."""

    def __init__(self) -> None:
        self._s = FIRST_PAUSE_S

    def restart(self) -> None:
        """The connection was good."""
        self._s = FIRST_PAUSE_S

    def next_s(self, *, refused: bool) -> float:
        """Seconds to wait now; `refused`: the camera answered and does not want us."""
        pause_s = self._s
        self._s = min(pause_s * 2, LONGEST_REFUSED_PAUSE_S if refused else LONGEST_PAUSE_S)
        return min(pause_s, self._s) * random.uniform(0.7, 1.0)  # noqa: S311 - spreading load, not a secret
