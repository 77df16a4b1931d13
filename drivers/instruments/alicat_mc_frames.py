"""Alicat lines, from the serial primer: a unit letter, then values, a gas, and words of status."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from drivers.core.framing import CodecError, Feed

TERMINATOR = b"\r"
REFUSAL = "?"
LONGEST_LINE = 200
FIRST_UNIT, LAST_UNIT = 1, 26  # letters A to Z
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
FIRMWARE = re.compile(r"\b\d+v\d+\S*|\bGP\w*")
CONTROLLER_VALUES = 5  # pressure, temperature, two flows and the set-point
GAS_BITS = 0b1_1111_1111


class Gas(IntEnum):
    """The numbers of the gases that a line may use."""

    AIR = 0
    AR = 1
    CH4 = 2
    CO = 3
    CO2 = 4
    C2H6 = 5
    H2 = 6
    HE = 7
    N2 = 8
    N2O = 9
    NE = 10
    O2 = 11


class ControlPoint(IntEnum):
    """What the controller regulates: the value of register 122."""

    ABSOLUTE_PRESSURE = 34
    VOLUMETRIC_FLOW = 36
    MASS_FLOW = 37
    GAUGE_PRESSURE = 38
    DIFFERENTIAL_PRESSURE = 39


class Word(StrEnum):
    """The words of status that may end a data line."""

    ADC = "ADC"
    EXH = "EXH"
    HLD = "HLD"
    LCK = "LCK"
    MOV = "MOV"
    OPL = "OPL"
    OVR = "OVR"
    POV = "POV"
    TMF = "TMF"
    TOV = "TOV"
    VOV = "VOV"


MEANINGS: Mapping[Word, str] = {
    Word.ADC: "internal converter error",
    Word.EXH: "the exhaust valve is open",
    Word.HLD: "the valve is held",
    Word.LCK: "buttons locked",
    Word.MOV: "mass flow over range",
    Word.OPL: "overpressure limit active",
    Word.OVR: "total rolled over",
    Word.POV: "pressure over range",
    Word.TMF: "total misses flow",
    Word.TOV: "temperature over range",
    Word.VOV: "volumetric flow over range",
}
FAULTS = frozenset({Word.ADC, Word.MOV, Word.VOV, Word.POV, Word.TOV, Word.OPL})
OVERRIDES = frozenset({Word.HLD, Word.EXH})  # nothing is regulated while they stand


@dataclass(frozen=True, slots=True)
class Line:
    """One data line, in the controller's own units; `total` is None without a totaliser."""

    pressure: float
    temperature: float
    volumetric_flow: float
    mass_flow: float
    setpoint: float
    total: float | None
    gas: str
    words: frozenset[Word]

    def told(self, kinds: frozenset[Word]) -> str:
        """Which of these words stand in the line, in words; empty if none does."""
        return ", ".join(MEANINGS[word] for word in sorted(self.words & kinds))


@dataclass(frozen=True, slots=True)
class Setpoint:
    """The set-point now, the one asked for, and the unit where the firmware names it."""

    present: float
    requested: float
    unit: str


def letter(unit: int) -> str:
    """The letter of unit 1 to 26; raise CodecError for another number."""
    if not FIRST_UNIT <= unit <= LAST_UNIT:
        raise CodecError(f"unit {unit} has no letter")
    return chr(ord("A") + unit - FIRST_UNIT)


def encode(unit: int, command: str) -> bytes:
    """The request; an empty command asks for the data line."""
    return f"{letter(unit)}{command}".encode("ascii") + TERMINATOR


def replies_of(unit: int) -> Feed:
    """Cut lines; raise CodecError unless each is a refusal or from `unit`."""
    own = letter(unit).encode("ascii")

    def feed(buffer: bytes) -> tuple[list[bytes], bytes]:
        *lines, rest = buffer.split(TERMINATOR)
        for line in lines:
            if line.strip() != REFUSAL.encode() and line[:1].upper() != own:
                raise CodecError(f"{line!r} is not from unit {own.decode()}")
        if len(rest) > LONGEST_LINE:
            raise CodecError(f"{len(rest)} bytes without an end of line")
        return lines, rest

    return feed


def decode(line: bytes) -> str:
    """The text of a line without its unit letter; `?` for a refusal. Raise CodecError."""
    if not line.isascii() or not line.strip():
        raise CodecError(f"{line!r} is no text")
    text = line.decode("ascii").strip()
    if text == REFUSAL:
        return REFUSAL
    return text[1:].strip()


def decode_line(text: str) -> Line:
    """Read a data line; raise CodecError unless it is that of a controller."""
    tokens = text.split()
    values = [token for token in tokens if NUMBER.fullmatch(token)]
    if tokens[: len(values)] != values or len(values) == len(tokens):
        raise CodecError(f"{text!r} is no data line")
    if len(values) not in {CONTROLLER_VALUES, CONTROLLER_VALUES + 1}:
        raise CodecError(f"{len(values)} values in {text!r} are not those of a controller")
    pressure, temperature, volumetric, mass, setpoint, *total = map(float, values)
    gas, *words = tokens[len(values) :]
    return Line(
        pressure=pressure,
        temperature=temperature,
        volumetric_flow=volumetric,
        mass_flow=mass,
        setpoint=setpoint,
        total=total[0] if total else None,
        gas=gas,
        words=frozenset(map(_word, words)),
    )


def decode_register(text: str) -> tuple[int, int]:
    """Number and value of a register, e.g. `122 = 37`; raise CodecError for another shape."""
    found = re.fullmatch(r"(\d+)\s*=\s*(\d+)", text)
    if found is None:
        raise CodecError(f"{text!r} is no register")
    return int(found[1]), int(found[2])


def decode_setpoint(text: str) -> Setpoint:
    """Read the answer to the set-point query; raise CodecError for another shape."""
    present, requested, *others = [*text.split(), "", ""][:5]
    if not (NUMBER.fullmatch(present) and NUMBER.fullmatch(requested)):
        raise CodecError(f"{text!r} is no set-point")
    names = [other for other in others if other and not NUMBER.fullmatch(other)]
    return Setpoint(float(present), float(requested), names[0] if names else "")


def decode_first(text: str) -> float:
    """The number with which an answer begins; raise CodecError if there is none."""
    first = text.split(maxsplit=1)[:1]
    if not first or not NUMBER.fullmatch(first[0]):
        raise CodecError(f"{text!r} begins with no number")
    return float(first[0])


def decode_firmware(text: str) -> str:
    """The firmware, e.g. `8v17.0-R23`; raise CodecError if it names none."""
    found = FIRMWARE.search(text)
    if found is None:
        raise CodecError(f"{text!r} names no firmware")
    return found[0].rstrip(",")


def _word(token: str) -> Word:
    try:
        return Word(token.upper())
    except ValueError:
        raise CodecError(f"{token!r} is no word of status") from None
