"""Numbers, words and refusals of an MKS 937B controller as they are printed and read."""

import math
from enum import IntEnum
from typing import Final

UNITS: Final = {"TORR": 1.0, "mBAR": 1.333224, "PASCAL": 133.3224, "MICRON": 1000.0}


class Code(IntEnum):
    """What stands behind NAK."""

    WRONG_GAUGE = 150
    NO_GAUGE = 151
    NOT_ION_GAUGE = 152
    NOT_HOT_CATHODE = 153
    NOT_COLD_CATHODE = 154
    NOT_MANOMETER = 155
    NOT_PIRANI = 156
    UNRECOGNISED = 160
    SET_LOCKED = 161
    DIRECTION_FIXED = 162
    INVALID_CHANNEL = 163
    NOT_IN_DEGAS = 168
    INVALID_ARGUMENT = 169
    OUT_OF_RANGE = 172
    QUERY_BYTE = 175
    CALIBRATION_DISABLED = 178
    COMBINATION_DISABLED = 181
    TOO_HIGH_FOR_DEGAS = 199


class Nak(Exception):
    """A refused command."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


class Scale:
    """The pressure unit that is in use; pressures are Torr everywhere behind it."""

    def __init__(self) -> None:
        self.unit = "TORR"

    def printed(self, reading: float | str) -> str:
        """A pressure in the unit, or the word in its place."""
        return reading if isinstance(reading, str) else number(reading * UNITS[self.unit])

    def torr(self, text: str, low_torr: float, high_torr: float) -> float:
        """A pressure that was typed; Nak 169 or 172."""
        factor = UNITS[self.unit]
        return within(text, low_torr * factor, high_torr * factor) / factor


def number(value: float) -> str:
    """Three digits, and an exponent without padding: 1.10E-9."""
    mantissa, exponent = f"{value:.2E}".split("E")
    return f"{mantissa}E{int(exponent):+d}"


def within(text: str, low: float, high: float) -> float:
    """A number in low..high; Nak 169 for no number, 172 outside."""
    try:
        value = float(text)
    except ValueError:
        raise Nak(Code.INVALID_ARGUMENT) from None
    if not low * (1.0 - 1e-9) <= value <= high * (1.0 + 1e-9):
        raise Nak(Code.INVALID_ARGUMENT if math.isnan(value) else Code.OUT_OF_RANGE)
    return value


def one_of(text: str, *words: str) -> str:
    """One of the words in any case; Nak 169."""
    for word in words:
        if text.upper() == word.upper():
            return word
    raise Nak(Code.INVALID_ARGUMENT)


def only_query(argument: str | None) -> None:
    """Nak 175 when something that can only be read is to be set."""
    if argument is not None:
        raise Nak(Code.QUERY_BYTE)
