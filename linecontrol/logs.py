"""Logs: JSON lines where a program reads them, key=value on a terminal. The journal is truth."""

import logging
import sys
from typing import Final

import structlog

QUIET: Final = (
    "pymodbus.logging"  # reports every time-out as an error; our links count and tell them
)

MINOR: Final = frozenset({"debug", "info"})


def configure() -> None:
    """Set up logging for a whole process."""
    logging.getLogger(QUIET).setLevel(logging.CRITICAL)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stdout.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )


def configure_for_answers() -> None:
    """Set up logging for a command whose standard output is its answer: warnings, beside it."""
    logging.getLogger(QUIET).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            _only_warnings,
            structlog.processors.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _only_warnings(
    _logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if method in MINOR:
        raise structlog.DropEvent
    return event
