"""A Modbus register map as a table of values with scale, range and order of words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim_hardware.core.wire import ModbusFault
from sim_hardware.core.words import (
    WordOrder,
    clamped,
    float_value,
    float_words,
    int32_value,
    int32_words,
    signed,
)

ROUNDING = 1e-9  # a value on a limit is inside it
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4

Read = Callable[[], float]
Store = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a map: how it is read, coded in words, and stored within low..high."""

    words: int
    encode: Callable[[float], Sequence[int]]
    decode: Callable[[Sequence[int]], float]
    read: Read
    store: Store | None = None
    low: float = -math.inf
    high: float = math.inf


def number(
    read: Read,
    store: Store | None = None,
    *,
    scale: float = 1.0,
    low: float = -math.inf,
    high: float = math.inf,
) -> Entry:
    """A signed 16-bit register: value = word * scale."""
    return Entry(
        1,
        lambda value: (clamped(value / scale),),
        lambda words: signed(words[0]) * scale,
        read,
        store,
        low,
        high,
    )


def bits(read: Callable[[], int], store: Store | None = None) -> Entry:
    """An unsigned 16-bit register."""
    return Entry(
        1, lambda value: (int(value) & 0xFFFF,), lambda words: words[0], read, store, 0, 0xFFFF
    )


def real(
    read: Read,
    store: Store | None = None,
    *,
    order: WordOrder,
    low: float = -math.inf,
    high: float = math.inf,
) -> Entry:
    """A float in two registers."""
    return Entry(
        2,
        lambda value: float_words(value, order),
        lambda words: float_value(words, order),
        read,
        store,
        low,
        high,
    )


def long_number(
    read: Read,
    store: Store | None = None,
    *,
    order: WordOrder,
    scale: float = 1.0,
    low: float = -math.inf,
    high: float = math.inf,
) -> Entry:
    """A signed 32-bit number in two registers: value = number * scale."""
    return Entry(
        2,
        lambda value: int32_words(_wrapped(round(value / scale)), order),
        lambda words: int32_value(words, order) * scale,
        read,
        store,
        low,
        high,
    )


def _wrapped(value: int) -> int:
    """An unsigned 32-bit pattern as the signed number of the same bits."""
    return value - 0x1_0000_0000 if value >= 0x8000_0000 else value


class RegisterMap:
    """Entries by the address of their first word. Whoever reads or writes must not cut a value."""

    def __init__(self, longest: int = 125) -> None:
        self._entries: dict[int, Entry] = {}
        self._longest = longest

    def add(self, address: int, entry: Entry) -> None:
        """Put a value at `address`."""
        self._entries[address] = entry

    def read(self, address: int, count: int) -> list[int]:
        """Words of consecutive values; ModbusFault 2 for a gap or half a value, 3 for a count."""
        if not 1 <= count <= self._longest:
            raise ModbusFault(ILLEGAL_VALUE)
        words: list[int] = []
        for _, entry in self._run(address, count):
            words += entry.encode(entry.read())
        return words

    def write(self, address: int, values: Sequence[int]) -> None:
        """Store consecutive values, all or none; ModbusFault 2 read only, 3 out of range."""
        if not 1 <= len(values) <= self._longest:
            raise ModbusFault(ILLEGAL_VALUE)
        todo: list[tuple[Store, float]] = []
        for offset, entry in self._run(address, len(values)):
            if entry.store is None:
                raise ModbusFault(ILLEGAL_ADDRESS)
            value = entry.decode(values[offset : offset + entry.words])
            if not entry.low - ROUNDING <= value <= entry.high + ROUNDING:
                raise ModbusFault(ILLEGAL_VALUE)
            todo.append((entry.store, value))
        for store, value in todo:
            store(value)

    def _run(self, address: int, count: int) -> list[tuple[int, Entry]]:
        found: list[tuple[int, Entry]] = []
        offset = 0
        while offset < count:
            entry = self._entries.get(address + offset)
            if entry is None or offset + entry.words > count:
                raise ModbusFault(ILLEGAL_ADDRESS)
            found.append((offset, entry))
            offset += entry.words
        return found
