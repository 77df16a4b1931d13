"""Numbers and text as 16-bit Modbus words, in both word orders that instruments use."""

import struct
from collections.abc import Sequence
from enum import StrEnum, auto


class WordOrder(StrEnum):
    """Which half of a 32-bit value comes at the lower address."""

    LOW_FIRST = auto()
    HIGH_FIRST = auto()


def signed(word: int) -> int:
    """The word as a 16-bit two's complement number."""
    return word - 0x10000 if word & 0x8000 else word


def unsigned(value: int) -> int:
    """A number of -32768 to 65535 as a word; ValueError outside."""
    if not -0x8000 <= value <= 0xFFFF:
        raise ValueError(f"{value} does not fit in 16 bits")
    return value & 0xFFFF


def clamped(value: float) -> int:
    """The nearest number that an int16 register can show, as a word."""
    return round(min(max(value, -0x8000), 0x7FFF)) & 0xFFFF


def _ordered(raw: bytes, order: WordOrder) -> tuple[int, int]:
    high, low = struct.unpack(">HH", raw)
    return (low, high) if order is WordOrder.LOW_FIRST else (high, low)


def _raw(words: Sequence[int], order: WordOrder) -> bytes:
    first, second = words
    pair = (second, first) if order is WordOrder.LOW_FIRST else (first, second)
    return struct.pack(">HH", *pair)


def float_words(value: float, order: WordOrder) -> tuple[int, int]:
    """An IEEE 754 single as two words."""
    return _ordered(struct.pack(">f", value), order)


def float_value(words: Sequence[int], order: WordOrder) -> float:
    """The IEEE 754 single that two words hold."""
    (value,) = struct.unpack(">f", _raw(words, order))
    return float(value)


def int32_words(value: int, order: WordOrder) -> tuple[int, int]:
    """A signed 32-bit number as two words."""
    return _ordered(struct.pack(">i", value), order)


def int32_value(words: Sequence[int], order: WordOrder) -> int:
    """The signed 32-bit number that two words hold."""
    (value,) = struct.unpack(">i", _raw(words, order))
    return int(value)


def text_words(text: str, length: int) -> list[int]:
    """ASCII text padded with spaces to `length`, two characters per word, the low byte first."""
    raw = text.encode("ascii", "replace")[:length].ljust(length, b" ")
    return [word for (word,) in struct.iter_unpack("<H", raw)]


def text_value(words: Sequence[int]) -> str:
    """The characters that the words hold, the low byte first; unset (zero) ones as spaces."""
    raw = b"".join(struct.pack("<H", word) for word in words)
    return raw.replace(b"\0", b" ").decode("ascii", "replace")
