"""What 16-bit registers hold: numbers, text and single bits, in the order each maker chose."""

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import cast

from drivers.core.framing import CodecError
from drivers.core.points import BoundReading, PointHost, Reading, RefT, Setting

LONGEST_READ = 125  # registers in one Modbus reply


class WordOrder(StrEnum):
    """Which half of a 32-bit number stands in the lower address."""

    HIGH_FIRST = auto()
    LOW_FIRST = auto()


class Kind(StrEnum):
    """How a number lies in its registers."""

    INT16 = auto()
    UINT16 = auto()
    INT32_LOW_FIRST = auto()
    FLOAT32_LOW_FIRST = auto()
    FLOAT32_HIGH_FIRST = auto()


@dataclass(frozen=True, slots=True)
class Register:
    """Where a Modbus device keeps one number; `bit` picks one bit of a word."""

    address: int
    kind: Kind = Kind.INT16
    bit: int | None = None

    @property
    def words(self) -> int:
        """How many registers it fills."""
        return 1 if self.kind in {Kind.INT16, Kind.UINT16} else 2


def decode(register: Register, words: Sequence[int]) -> float:
    """The number in `words`; raise CodecError if they are too few."""
    if len(words) != register.words:
        raise CodecError(f"{len(words)} registers instead of {register.words}")
    if register.bit is not None:
        return float(words[0] >> register.bit & 1)
    match register.kind:
        case Kind.INT16:
            return float(int16_from(words[0]))
        case Kind.UINT16:
            return float(words[0])
        case Kind.INT32_LOW_FIRST:
            return float(int32_from(words, WordOrder.LOW_FIRST))
        case Kind.FLOAT32_LOW_FIRST:
            return float32_from(words, WordOrder.LOW_FIRST)
        case Kind.FLOAT32_HIGH_FIRST:
            return float32_from(words, WordOrder.HIGH_FIRST)


def encode(register: Register, value: float) -> list[int]:
    """The words for `value`; raise CodecError if they cannot hold it or it is a single bit."""
    if register.bit is not None or not math.isfinite(value):
        raise CodecError(f"{value!r} cannot be written at {register.address}")
    match register.kind:
        case Kind.INT16:
            return [int16_to(round(value))]
        case Kind.UINT16:
            return _packed(">H", round(value))
        case Kind.INT32_LOW_FIRST:
            return int32_to(round(value), WordOrder.LOW_FIRST)
        case Kind.FLOAT32_LOW_FIRST:
            return float32_to(value, WordOrder.LOW_FIRST)
        case Kind.FLOAT32_HIGH_FIRST:
            return float32_to(value, WordOrder.HIGH_FIRST)


def int16_from(word: int) -> int:
    """A register as a signed number."""
    return word - 0x10000 if word & 0x8000 else word


def int16_to(value: int) -> int:
    """A signed number as a register; raise CodecError if it does not fit."""
    return _packed(">h", value)[0]


def int32_from(words: Sequence[int], order: WordOrder) -> int:
    """Two registers as a signed number."""
    return int.from_bytes(_bytes_of(words, order), "big", signed=True)


def int32_to(value: int, order: WordOrder) -> list[int]:
    """A signed number as two registers; raise CodecError if it does not fit."""
    return _ordered(_packed(">i", value), order)


def float32_from(words: Sequence[int], order: WordOrder) -> float:
    """Two registers as an IEEE 754 number; it may be infinite or not a number."""
    value: float = struct.unpack(">f", _bytes_of(words, order))[0]
    return value


def float32_to(value: float, order: WordOrder) -> list[int]:
    """A number as two registers, to IEEE 754 precision; raise CodecError if it is too large."""
    return _ordered(_packed(">f", value), order)


def bits_of(words: Sequence[int]) -> frozenset[int]:
    """The numbers of the bits that are set, counted on from bit 0 of the first register."""
    return frozenset(
        16 * place + bit for place, word in enumerate(words) for bit in range(16) if word >> bit & 1
    )


def text_from(words: Sequence[int]) -> str:
    """Two characters to a register, the first in the low byte; padding spaces are dropped."""
    data = b"".join(word.to_bytes(2, "little") for word in words)
    return data.decode("ascii", "replace").rstrip(" \0")


def text_to(text: str, length: int) -> list[int]:
    """`text` padded to `length` characters; raise CodecError if it is longer or not ASCII."""
    if len(text) > length or not text.isascii() or not text.isprintable():
        raise CodecError(f"{text!r} is not {length} printable ASCII characters or fewer")
    data = text.ljust(length + length % 2).encode("ascii")
    return [low | high << 8 for low, high in zip(data[::2], data[1::2], strict=True)]


def runs(registers: Iterable[Register], *, longest: int = LONGEST_READ) -> list[tuple[int, int]]:
    """The fewest (address, count) reads without gaps that cover `registers`."""
    covered = sorted(
        {register.address + n for register in registers for n in range(register.words)}
    )
    found: list[tuple[int, int]] = []
    for address in covered:
        if found and found[-1][0] + found[-1][1] == address and found[-1][1] < longest:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((address, 1))
    return found


def declared(host: PointHost[RefT]) -> Mapping[str, BoundReading[RefT]]:
    """Every point that the host's class declares, by name, in the order of declaration."""
    found: dict[str, BoundReading[RefT]] = {}
    for owner in reversed(type(host).__mro__):
        for name, item in vars(owner).items():
            if isinstance(item, (Reading, Setting)):
                point = cast("Reading[RefT] | Setting[RefT]", item)
                found[name] = point.__get__(host, owner)
    return found


def _packed(layout: str, value: float) -> list[int]:
    try:
        data = struct.pack(layout, value)
    except (struct.error, OverflowError) as error:
        raise CodecError(f"{value!r} does not fit: {error}") from None
    return [int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2)]


def _ordered(words: list[int], order: WordOrder) -> list[int]:
    return words if order is WordOrder.HIGH_FIRST else words[::-1]


def _bytes_of(words: Sequence[int], order: WordOrder) -> bytes:
    if len(words) != 2:
        raise CodecError(f"{len(words)} registers instead of 2")
    high, low = words if order is WordOrder.HIGH_FIRST else words[::-1]
    return high.to_bytes(2, "big") + low.to_bytes(2, "big")
