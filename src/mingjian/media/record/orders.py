"""What a thread has to do, in the order in which it was told."""

import queue
import threading
from collections import deque
from typing import Generic, TypeVar

_Order = TypeVar("_Order")


class Orders(Generic[_Order]):
    """Given by any thread, taken by one.

    Waking a thread costs more than a small order. Whoever has many gives them quietly and wakes it once.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Order] = deque()
        self._woken = threading.Event()

    def empty(self) -> bool:
        """Whether none waits."""
        return not self._waiting

    def put(self, order: _Order) -> None:
        self._waiting.append(order)
        self._woken.set()

    def put_quietly(self, order: _Order) -> None:
        """For a thread that is awake, or that `wake` will follow."""
        self._waiting.append(order)

    def wake(self) -> None:
        self._woken.set()

    def get(self, timeout_s: float | None = None) -> _Order:
        """The next one. Raises queue.Empty when none came in time."""
        while not self._waiting:
            # In this order: what is put behind the question sets the event again.
            self._woken.clear()
            if not self._waiting and not self._woken.wait(timeout_s):
                raise queue.Empty
        return self._waiting.popleft()
