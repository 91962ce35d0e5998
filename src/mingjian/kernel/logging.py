"""Logs: one line per state change, JSON for machines and plain for people, credentials never.

`logging` of the standard library (uvicorn, alembic, asyncio) goes the same way. The process's role and pid are on
every line.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from mingjian.kernel.config import Section
from mingjian.kernel.redaction import redact

_QUIET = ("alembic", "asyncio", "uvicorn.access")


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    """最低记录级别
    Lowest level that is written"""

    form: Literal["auto", "json", "human"] = "auto"
    """auto：终端用易读格式，其他用 JSON 行
    auto: human on a terminal, JSON lines elsewhere"""


def configure(settings: LogSettings, *, role: str, pid: int, stream: TextIO | None = None) -> None:
    """Set up logging for this process; may be called again. Writes to `stream`, standard error by default."""
    stream = stream or sys.stderr
    human = settings.form == "human" or (settings.form == "auto" and stream.isatty())
    shared = _shared(role, pid)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact_event, _renderer(human)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before writing: what an event holds, tracebacks included, leaves without credentials."""
    cleaned: MutableMapping[str, Any] = redact(event)
    return cleaned


def _shared(role: str, pid: int) -> list[Processor]:
    def bind(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("role", role)
        event["pid"] = pid
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        bind,
    ]


def _renderer(human: bool) -> Processor:
    if human:
        return structlog.dev.ConsoleRenderer(
            timestamp_key="time", exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
