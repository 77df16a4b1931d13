"""Logs: JSON lines where a program reads them, key=value on a terminal. The journal is truth."""

import logging
import sys

import structlog

# They report what our links count and tell themselves, such as every time-out.
QUIET = ("pymodbus.logging", "pyvisa")


def quiet() -> None:
    """Keep every log to ourselves: for a command that asks an instrument and prints the answer."""
    _quiet_libraries()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def configure() -> None:
    """Set up logging for a whole process."""
    _quiet_libraries()
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


def _quiet_libraries() -> None:
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
