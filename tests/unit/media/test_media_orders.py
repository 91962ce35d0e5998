"""What a thread is told, in order, and woken no more often than needed."""

import queue
import threading

import pytest

from mingjian.media.record.orders import Orders


def test_orders_are_taken_in_order_however_they_were_given() -> None:
    orders: Orders[int] = Orders()
    assert orders.empty()
    orders.put_quietly(1)
    orders.put(2)
    orders.put_quietly(3)
    assert not orders.empty()
    assert [orders.get(0), orders.get(0), orders.get(0)] == [1, 2, 3]
    with pytest.raises(queue.Empty):
        orders.get(0)


def test_none_is_lost_and_none_overtakes() -> None:
    orders: Orders[tuple[int, int]] = Orders()
    givers, each = 4, 5_000

    def give(giver: int) -> None:
        for number in range(each):
            # Every third is quiet; a later one wakes whoever takes.
            (orders.put_quietly if number % 3 and number < each - 1 else orders.put)((giver, number))

    threads = [threading.Thread(target=give, args=(giver,)) for giver in range(givers)]
    for one in threads:
        one.start()
    taken = [orders.get(20) for _ in range(givers * each)]
    for one in threads:
        one.join()
    for giver in range(givers):
        assert [number for by, number in taken if by == giver] == list(range(each))


def test_who_sleeps_is_woken() -> None:
    orders: Orders[int] = Orders()
    taken: queue.SimpleQueue[int] = queue.SimpleQueue()
    taker = threading.Thread(target=lambda: taken.put(orders.get(20)))
    taker.start()
    orders.put_quietly(7)
    orders.wake()
    assert taken.get(timeout=20) == 7
    taker.join()
