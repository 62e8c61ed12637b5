"""Logs go to standard error: lines for people on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from .terminal import visible


def start_logging(*, quiet: bool, color: bool) -> None:
    """Set up logs for this process; `quiet` leaves out what is no warning or error."""
    import structlog

    level = logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=logging.WARNING, handlers=[_Relay()], force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *_renderers(color),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Relay(logging.Handler):
    """What libraries log goes the way of our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        import structlog

        structlog.get_logger().log(record.levelno, record.getMessage(), logger=record.name)


def _renderers(color: bool) -> list[Any]:
    import structlog

    if not sys.stderr.isatty():
        return [structlog.processors.JSONRenderer(default=str)]
    return [_make_visible, structlog.dev.ConsoleRenderer(colors=color, pad_event_to=0)]


def _make_visible(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key != "exception" and not isinstance(value, int | float):
            event[key] = visible(value)
    return event
