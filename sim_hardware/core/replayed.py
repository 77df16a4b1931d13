"""One wire of a recording that answers as it did, as long as it is asked what it was asked then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from typing_extensions import override

from sim_hardware.core.recording import RecordedFrame
from sim_hardware.core.wire import Answer, StreamInstrument

TRANSACTION: Final = 2  # bytes at the head of a Modbus TCP frame that each client chooses itself
LENGTH_AT: Final = 4
BEFORE_UNIT: Final = 6  # what the length of a Modbus TCP frame does not count


@dataclass(frozen=True, slots=True)
class Difference:
    """The first frame that was not as recorded. `expected` is None after the last one."""

    wire: str
    expected: RecordedFrame | None
    found: bytes

    @override
    def __str__(self) -> str:
        if self.expected is None:
            return f"{self.wire}: after its last frame\n  expected nothing\n  {_shown(self.found)}"
        where = f"{self.expected.instrument}: frame {self.expected.number}"
        if self.found and (at := _first_other(self.expected.data, self.found)) is not None:
            where += f": byte {at + 1} differs"
        return f"{where}\n  expected {_said(self.expected.data)}\n  {_shown(self.found)}"


class ReplayedWire(StreamInstrument):
    """Takes what a client sends for as long as it is what was recorded; then stays silent.

    `heard` is called with every byte that comes, `difference` is the first one found. A client of
    Modbus TCP numbers its requests as it likes: these numbers are passed over and given back.
    Answers keep the time they took when `paced`.
    """

    line_baud = 0

    def __init__(
        self,
        name: str,
        frames: Sequence[RecordedFrame],
        heard: Callable[[], None],
        *,
        numbered: bool,
        paced: bool,
    ) -> None:
        self.name = name
        self.difference: Difference | None = None
        self._frames = frames
        self._heard = heard
        self._free = TRANSACTION if numbered else 0
        self._paced = paced
        self._place = 0  # of the next recorded frame
        self._found = b""  # what came and is not a whole frame yet

    @property
    def missing(self) -> Difference | None:
        """The next request that has not come; None if all have, to the last byte."""
        expected = self._expected()
        return None if expected is None else Difference(self.name, expected, self._found)

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        """Compare what came with what was recorded; answer every request that is complete."""
        self._heard()
        self._found += data
        answers: list[Answer] = []
        while self._found and self.difference is None:
            expected = self._expected()
            if expected is None or not self._agrees(expected.data):
                self.difference = Difference(self.name, expected, self._found)
            elif len(self._found) < len(expected.data):
                break
            else:
                answers += self._answers(expected)
        return answers

    def _expected(self) -> RecordedFrame | None:
        return next((frame for frame in self._frames[self._place :] if frame.asked), None)

    def _agrees(self, expected: bytes) -> bool:
        compared = min(len(expected), len(self._found))
        return self._found[self._free : compared] == expected[self._free : compared]

    def _answers(self, asked: RecordedFrame) -> list[Answer]:
        """What the wire said before this request without being asked, and what it answered."""
        at = self._frames.index(asked, self._place)
        early = self._frames[self._place : at]
        replies = list(takewhile(lambda frame: not frame.asked, self._frames[at + 1 :]))
        self._place = at + 1 + len(replies)
        number, self._found = self._found[: self._free], self._found[len(asked.data) :]
        answers = [Answer(frame.data) for frame in early]
        for reply in replies:
            data = _renumbered(reply.data, asked.data[: self._free], number)
            answers.append(Answer(data, max(0.0, reply.end_s - asked.t_s) if self._paced else 0.0))
        return answers


def _renumbered(data: bytes, recorded: bytes, number: bytes) -> bytes:
    """Modbus TCP frames with another transaction number where they bear the recorded one."""
    if not recorded:
        return data
    frames = b""
    while data:
        length = BEFORE_UNIT + int.from_bytes(data[LENGTH_AT:BEFORE_UNIT], "big")
        frame, data = data[:length], data[length:]
        frames += number + frame[TRANSACTION:] if frame.startswith(recorded) else frame
    return frames


def _first_other(expected: bytes, found: bytes) -> int | None:
    for at, (one, other) in enumerate(zip(expected, found, strict=False)):
        if one != other:
            return at
    return None


def _shown(found: bytes) -> str:
    return f"found    {_said(found) if found else 'nothing'}"


def _said(data: bytes) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
    return f"{data.hex(' ')} |{text}|"
