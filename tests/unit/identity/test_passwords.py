"""Hashing: right and wrong, nobody's hash, and a bounded number at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import extract_parameters

from mingjian.identity import passwords
from mingjian.identity.passwords import Hasher
from mingjian.kernel.errors import MingjianError


@pytest.fixture(scope="module")
def hasher() -> Hasher:
    return Hasher(memory_kib=8, passes=1, lanes=1)


def test_right_and_wrong(hasher: Hasher) -> None:
    encoded = hasher.hash("correct horse battery")
    assert hasher.verify(encoded, "correct horse battery")
    assert not hasher.verify(encoded, "correct horse batterY")
    assert "correct" not in encoded


def test_the_same_characters_in_another_form_are_the_same_password(hasher: Hasher) -> None:
    assert hasher.verify(hasher.hash("café ｐａｓｓ 1234"), "cafe\u0301 pass 1234")


def test_nobody_has_the_password_of_nobody(hasher: Hasher) -> None:
    assert not hasher.verify(None, "nobody has this password")


def test_the_product_uses_argon2id_with_64_mib() -> None:
    parameters = extract_parameters(Hasher().hash("x"))
    assert (parameters.type.name, parameters.memory_cost, parameters.time_cost) == ("ID", 65_536, 3)


def test_nobody_is_checked_with_the_same_work_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher(memory_kib=64, passes=2, lanes=1)
    checked: list[str] = []
    verify = hasher._argon2.verify

    def noting(_self: object, encoded: str, given: str) -> bool:
        checked.append(encoded)
        return verify(encoded, given)

    monkeypatch.setattr(type(hasher._argon2), "verify", noting)
    somebody = hasher.hash("correct horse battery")
    hasher.verify(somebody, "wrong")
    hasher.verify(None, "wrong")
    assert extract_parameters(checked[0]) == extract_parameters(checked[1])


def test_few_at_a_time_and_few_waiting(hasher: Hasher) -> None:
    release, inside, most = threading.Event(), 0, 0
    entered = threading.Semaphore(0)
    lock = threading.Lock()

    def use() -> str:
        nonlocal inside, most
        try:
            with hasher.turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                entered.release()
                assert release.wait(30)
                with lock:
                    inside -= 1
        except MingjianError as error:
            return error.code
        return "done"

    places = passwords.AT_ONCE + passwords.WAITING
    with ThreadPoolExecutor(places + 5) as pool:
        running = [pool.submit(use) for _ in range(places)]
        for _ in range(passwords.AT_ONCE):
            assert entered.acquire(timeout=30)
        while hasher._admitted._value > 0:  # until the waiting ones wait
            threading.Event().wait(0.001)
        assert [use() for _ in range(5)] == ["identity.busy"] * 5
        release.set()
        assert [future.result(30) for future in running] == ["done"] * places
    assert most == passwords.AT_ONCE
