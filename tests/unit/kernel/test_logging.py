import io
import json
import logging as standard
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from mingjian.kernel.logging import LogSettings, configure


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = standard.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_is_json_with_role_and_pid(stream: io.StringIO) -> None:
    configure(LogSettings(), role="media", pid=42, stream=stream)
    structlog.get_logger("mingjian.x").info("recording_started", channel="字")
    standard.getLogger("uvicorn.error").warning("took %d ms", 7)
    ours, theirs = lines(stream)
    assert ours.items() >= {"event": "recording_started", "channel": "字", "role": "media", "pid": 42}.items()
    assert ours.items() >= {"level": "info", "logger": "mingjian.x"}.items()
    assert theirs.items() >= {"event": "took 7 ms", "level": "warning", "role": "media", "pid": 42}.items()
    assert ours["time"].endswith("Z")


@pytest.mark.parametrize("form", ["json", "human"])
def test_credentials_reach_no_line(stream: io.StringIO, form: str) -> None:
    configure(LogSettings(form=form), role="media", pid=42, stream=stream)  # type: ignore[arg-type]
    log = structlog.get_logger("mingjian.x")
    log.info("opened rtsp://admin:hunter2@10.0.0.5/", url="rtsp://admin:hunter2@10.0.0.5/", password="hunter2")
    log.info("nested", request={"headers": {"Authorization": "Basic hunter2"}})
    standard.getLogger("uvicorn").error("rtsp://%s:%s@host/", "admin", "hunter2")

    def refuse() -> None:
        raise ConnectionError("rtsp://admin:hunter2@10.0.0.5/ refused")

    try:
        refuse()
    except ConnectionError:
        log.exception("failed")
        standard.getLogger("asyncio").exception("failed")
    written = stream.getvalue()
    assert "hunter2" not in written
    assert written.count("ConnectionError") >= 2


@pytest.mark.parametrize(("level", "expected"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_the_level_holds_for_both_kinds_of_loggers(stream: io.StringIO, level: str, expected: int) -> None:
    configure(LogSettings(level=level), role="api", pid=1, stream=stream)  # type: ignore[arg-type]
    for logger in (structlog.get_logger("a"), standard.getLogger("b")):
        for method in ("debug", "info", "warning"):
            getattr(logger, method)("event")
    assert len(lines(stream)) == 2 * expected


def test_people_get_plain_lines(stream: io.StringIO) -> None:
    configure(LogSettings(form="human"), role="api", pid=1, stream=stream)
    structlog.get_logger("a").info("started", port=8600)
    assert "started" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def test_configuring_again_does_not_double_lines(stream: io.StringIO) -> None:
    for _ in range(3):
        configure(LogSettings(), role="api", pid=1, stream=stream)
    structlog.get_logger("a").info("once")
    assert len(lines(stream)) == 1
