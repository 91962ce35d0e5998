"""The pure parts of starting and stopping."""

import asyncio
import errno
import threading
from pathlib import Path

import pytest

from mingjian.kernel.errors import Fault, MingjianError, Problem, Text
from mingjian.workers.context import StopSignal
from mingjian.workers.exits import FINAL, exit_code
from mingjian.workers.folders import held, prepare, why_unusable
from mingjian.workers.jobs import retry_delay_us
from mingjian.workers.supervisor import next_pause_s


@pytest.mark.parametrize(
    ("previous", "uptime", "expected"),
    [(0.0, 0.0, 0.2), (0.2, 0.1, 0.4), (6.4, 1.0, 10.0), (10.0, 29.9, 10.0), (10.0, 30.0, 0.2)],
)
def test_pauses_double_and_start_again_after_a_healthy_run(previous: float, uptime: float, expected: float) -> None:
    assert next_pause_s(previous, uptime) == expected


@pytest.mark.parametrize(
    ("attempt", "jitter", "expected_s"), [(1, 0.0, 1), (1, 0.5, 2), (2, 0.5, 4), (9, 0.5, 512), (10, 0.5, 600)]
)
def test_retries_wait_longer_each_time_up_to_a_limit(attempt: int, jitter: float, expected_s: int) -> None:
    assert retry_delay_us(attempt, jitter) == expected_s * 1_000_000


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOTDIR, "not a directory"),
        (errno.EEXIST, "not a directory"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "not permitted"),
        (errno.ENOSPC, "full"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_system_s_reasons_are_told_in_words(number: int, word: str) -> None:
    reason = why_unusable(OSError(number, errno.errorcode[number] if number != errno.EIO else "Input/output error"))
    assert word in reason.en
    assert reason.zh


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 120])
def test_a_path_that_cannot_hold_data_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MingjianError) as caught:
        prepare(tmp_path / name)
    assert caught.value.code == "workers.data_dir_unusable"
    assert exit_code(caught.value) == 11


def test_the_data_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    folders = prepare(tmp_path / "a" / "b")
    assert folders.data.stat().st_mode & 0o777 == 0o700
    assert list(folders.run.iterdir()) == []


def test_a_lock_is_held_by_one_and_names_its_holder(tmp_path: Path) -> None:
    folders = prepare(tmp_path / "data")
    with held(folders, "mingjian"):
        with pytest.raises(MingjianError) as caught:
            held(folders, "mingjian").__enter__()
        assert caught.value.code == "workers.already_running"
        assert str(caught.value.values["pid"]).isdigit()
        with held(folders, "other"):
            pass
    with held(folders, "mingjian"):
        pass


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    folders = prepare(tmp_path / "data")
    leave = threading.Event()
    inside = threading.Event()

    def hold() -> None:
        with held(folders, "mingjian"):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(30)
    threading.Timer(0.1, leave.set).start()
    with held(folders, "mingjian", wait_s=30):
        pass
    thread.join(timeout=30)


def test_every_fault_has_an_exit_code_and_none_looks_like_success_or_final() -> None:
    text = Text("", "")
    codes = {fault: exit_code(MingjianError(Problem("x.y", fault, text, text, text))) for fault in Fault}
    assert all(code > 1 and code not in FINAL for code in codes.values())


def test_stop_reaches_threads_loops_and_late_comers_once() -> None:
    stop = StopSignal()
    seen: list[str] = []
    stop.on_set(lambda: seen.append("early"))

    async def wait_for_it() -> None:
        waiting = asyncio.create_task(stop.wait_in_loop())
        await asyncio.sleep(0)
        threading.Thread(target=stop.set).start()
        await asyncio.wait_for(waiting, 30)
        await asyncio.wait_for(stop.wait_in_loop(), 30)

    asyncio.run(wait_for_it())
    stop.set()
    stop.on_set(lambda: seen.append("late"))
    assert seen == ["early", "late"]
    assert stop.is_set()
    assert stop.wait(0)
