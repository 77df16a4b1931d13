"""Parameters of a Leybold TURBOVAC i/iX drive: limits, memory and the rules of access.

Chosen here, not stated by the source: P19 and P20 are 500 Hz, so that P24 has a range; saving takes
one second; write access is code 8 only while another interface has it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sim_hardware.core.clock import LineClock

SAVING_S: Final = 1.0
SAVE: Final = 8
READ, WRITE_16, WRITE_32, READ_FIELD, WRITE_16_FIELD, WRITE_32_FIELD = 1, 2, 3, 6, 7, 8
NOTHING, VALUE_16, VALUE_32, FIELD_16, FIELD_32, REFUSED, NO_RIGHTS = 0, 1, 2, 4, 5, 7, 8
READS: Final = {READ, READ_FIELD}
FIELDS: Final = {READ_FIELD, WRITE_16_FIELD, WRITE_32_FIELD}
WIDTHS: Final = {WRITE_16: 16, WRITE_16_FIELD: 16, WRITE_32: 32, WRITE_32_FIELD: 32}


class AccessError(IntEnum):
    """What stands in the value of a reply that refuses."""

    WRONG_NUMBER = 0
    CANNOT_CHANGE = 1
    MIN_MAX = 2
    INDEX = 3
    ACCESS = 5
    OTHER = 18
    SAVING = 102


class AccessRefused(Exception):
    """An access that fails with a code."""

    def __init__(self, error: AccessError) -> None:
        super().__init__(error.name)
        self.error = error


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row: limits may be the number of another parameter; a field has `count` entries."""

    default: int
    low: int = 0
    high: int = 65535
    writable: bool = True
    bits: int = 16
    signed: bool = False
    count: int = 0
    low_of: int | None = None
    high_of: int | None = None


def _live(bits: int = 16, *, signed: bool = False, count: int = 0) -> Parameter:
    """Something that is measured or counted, not kept."""
    return Parameter(0, writable=False, bits=bits, signed=signed, count=count)


def _text(count: int = 18) -> Parameter:
    return Parameter(0, 0, 127, count=count)


TABLE: Final[Mapping[int, Parameter]] = {
    1: Parameter(182),  # TURBOVAC 350/450 iX
    2: Parameter(10000, writable=False),
    3: _live(), 4: _live(), 5: _live(), 6: _live(), 7: _live(signed=True), 11: _live(signed=True),
    SAVE: Parameter(0),
    16: Parameter(80, 0, 150, signed=True),
    17: Parameter(50, 3, 120),
    18: Parameter(1000, 500, 2000),
    19: Parameter(500, 0, 2000, low_of=20),
    20: Parameter(500, 0, 2000),
    21: Parameter(100, 1, 100),
    23: Parameter(10, -32768, 32767, signed=True),
    24: Parameter(1000, low_of=19, high_of=18),
    25: Parameter(90, 35, 99),
    32: Parameter(2000, 30, 2000),
    36: Parameter(0, 0, 255),
    37: Parameter(0, 0, 31),
    38: _live(), 40: _live(), 41: _live(), 43: _live(),
    125: _live(signed=True),
    126: Parameter(60, -10, 150, signed=True),
    128: Parameter(5, -10, 150, signed=True),
    131: Parameter(0, -10, 150, signed=True),
    132: Parameter(65, -10, 150, signed=True),
    133: Parameter(100, -10, 150, signed=True),
    134: Parameter(28, count=3),
    140: _live(signed=True),
    150: Parameter(800, 0, 1000),
    171: _live(count=254), 174: _live(count=254), 176: _live(32, signed=True, count=254),
    179: Parameter(0),
    180: Parameter(10, 0, 20),
    182: Parameter(100),
    183: Parameter(500, 0, 1800),
    184: _live(32, signed=True),
    227: Parameter(0),
    247: Parameter(999, 0, high_of=18),
    248: Parameter(5, 0, high_of=18),
    249: Parameter(1, 0, 1),
    312: _text(), 313: _text(), 315: _text(11), 350: _text(), 355: _text(),
    601: _live(), 604: _live(32),
    918: Parameter(126, 0, 126),
    923: _live(),
    1101: Parameter(75, 0, 90, signed=True),
    1102: Parameter(80, 0, 90, signed=True),
}  # fmt: skip


class ParameterMemory:
    """Values by number and index. `live` computes what is measured; `stored` hears of changes."""

    def __init__(
        self,
        clock: LineClock,
        live: Mapping[int, Callable[[int], int]],
        stored: Callable[[int], None],
    ) -> None:
        self._clock, self._live, self._stored = clock, live, stored
        self.rights = True  # fault: another interface has write access
        self._saving_until_s = 0.0
        self._values = {number: [row.default] * (row.count or 1) for number, row in TABLE.items()}
        self._values[134] = [28, 34, 36]
        for number, text in {
            313: "TURBOVAC 350 iX",
            315: "30002212345",
            355: "30002198765",
        }.items():
            self.spell(number, text)
        self._saved = self._copy()

    def __getitem__(self, number: int) -> int:
        """The first value of a parameter."""
        return self._values[number][0]

    def __setitem__(self, number: int, value: int) -> None:
        self._values[number][0] = value

    def spell(self, number: int, text: str) -> None:
        """Write one character into each entry of a field."""
        count = len(self._values[number])
        self._values[number] = [ord(letter) for letter in text.ljust(count, "\0")[:count]]

    def forget(self) -> None:
        """Back to what was saved, as after a mains failure."""
        self._saving_until_s = 0.0
        self._values = {number: list(values) for number, values in self._saved.items()}

    def reply(self, code: int, number: int, index: int, pattern: int) -> tuple[int, int]:
        """Code and value of the reply to an access."""
        if code == NOTHING:
            return NOTHING, 0
        if code in WIDTHS and not self.rights:
            return NO_RIGHTS, 0
        try:
            value = self._access(code, number, index, pattern)
        except AccessRefused as refusal:
            return REFUSED, int(refusal.error)
        row = TABLE[number]
        wide = row.bits == 32
        if row.count:
            return (FIELD_32 if wide else FIELD_16), value
        return (VALUE_32 if wide else VALUE_16), value

    def _access(self, code: int, number: int, index: int, pattern: int) -> int:
        row = TABLE.get(number)
        if row is None:
            raise AccessRefused(AccessError.WRONG_NUMBER)
        if self._clock.now_s() < self._saving_until_s:
            raise AccessRefused(AccessError.SAVING)
        known = code in READS or code in WIDTHS
        if not known or (code in FIELDS) != bool(row.count):
            raise AccessRefused(AccessError.ACCESS)
        if not 0 <= index < (row.count or 1):
            raise AccessRefused(AccessError.INDEX)
        if code in WIDTHS:
            self._write(code, number, index, pattern)
        return self._value(number, index)

    def _value(self, number: int, index: int) -> int:
        live = self._live.get(number)
        return self._values[number][index] if live is None else live(index)

    def _write(self, code: int, number: int, index: int, pattern: int) -> None:
        row = TABLE[number]
        if WIDTHS[code] != row.bits:
            raise AccessRefused(AccessError.ACCESS)
        if not row.writable:
            raise AccessRefused(AccessError.CANNOT_CHANGE)
        value = _decoded(pattern, row)
        low = row.low if row.low_of is None else self[row.low_of]
        high = row.high if row.high_of is None else self[row.high_of]
        if not low <= value <= high:
            raise AccessRefused(AccessError.MIN_MAX)
        self._values[number][index] = value
        if number == SAVE:
            self._saved = self._copy()
            self._saving_until_s = self._clock.now_s() + SAVING_S
        self._stored(number)

    def _copy(self) -> dict[int, list[int]]:
        return {number: list(values) for number, values in self._values.items()}


def _decoded(pattern: int, row: Parameter) -> int:
    value = pattern & ((1 << row.bits) - 1)
    return value - (1 << row.bits) if row.signed and value >> (row.bits - 1) else value
