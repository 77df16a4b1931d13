"""Lines of the VAT IC protocol, and what can be wrong with one."""

from enum import IntEnum
from typing import Final

LONGEST: Final = 40
CR, LF, NUL, EIGHTH_BIT = 0x0D, 0x0A, 0x00, 0x80


class Failure(IntEnum):
    """The number behind `E:`."""

    PARITY = 1
    OVERFLOW = 2
    FRAMING = 3
    NO_LINE_END = 10
    NO_COLON = 11
    LENGTH = 12
    UNKNOWN_COMMAND = 20
    UNKNOWN_NUMBER = 21
    INVALID_VALUE = 22
    INVALID_SETUP = 23
    OUT_OF_RANGE = 30
    NOT_APPLICABLE = 41
    LOCAL = 80
    NOT_NOW = 82


class CommandError(Exception):
    """A command that is answered with an error."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.name)
        self.failure = failure


class Lines:
    """Cuts bytes at CR LF; the first thing that is wrong is told when the line ends."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._trouble: Failure | None = None

    def forget(self) -> None:
        """Lose a line that is not finished."""
        self._line.clear()
        self._trouble = None

    def feed(self, byte: int) -> str | Failure | None:
        """Take one byte; return a whole line, or what was wrong with it."""
        ends, cut = byte == LF, self._line.endswith(b"\r")
        if not (ends or cut):
            self._take(byte)
            return None
        if ends != cut:  # one without the other
            self._note(Failure.NO_LINE_END)
        text = self._line.rstrip(b"\r").decode("ascii", "replace")
        result = self._trouble or text
        self.forget()
        return result

    def _take(self, byte: int) -> None:
        if byte >= EIGHTH_BIT:
            self._note(Failure.PARITY)
        elif byte == NUL:
            self._note(Failure.FRAMING)
        elif len(self._line) >= LONGEST and byte != CR:
            self._note(Failure.OVERFLOW)
        else:
            self._line.append(byte)

    def _note(self, failure: Failure) -> None:
        self._trouble = self._trouble or failure
