"""Logs: JSON lines where a program reads them, key=value on a terminal. The journal is truth."""

import logging
import sys

import structlog

QUIET = "pymodbus.logging"  # reports every time-out as an error; our links count and tell them


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
