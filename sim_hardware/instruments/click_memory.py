"""The memory of a CLICK controller by its Modbus addresses, from the CLICK address tables."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.core.words import WordOrder, float_value, text_value

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
MAX_WORDS, MAX_BITS = 125, 2000

DS, DD, DH, DF, TXT, TD, CTD, SD = 0, 16384, 24576, 28672, 36864, 45056, 49152, 61440
X, Y, C, T, CT, SC = 0, 8192, 16384, 45056, 49152, 61440


@dataclass(frozen=True, slots=True)
class Area:
    """A run of addresses of one kind; `writable` as the controller's firmware allows it."""

    first: int
    count: int
    writable: bool = True

    def holds(self, address: int, count: int) -> bool:
        """Whether the whole run lies inside this area."""
        return self.first <= address and address + count <= self.first + self.count


WORD_AREAS = (
    Area(DS, 4500),
    Area(DD, 2000),
    Area(DH, 500),
    Area(DF, 1000),
    Area(TXT, 500),
    Area(TD, 500, writable=False),
    Area(CTD, 500),
    Area(SD, 1000, writable=False),
)
BIT_AREAS = (
    Area(X, 288, writable=False),
    Area(Y, 288),
    Area(C, 2000),
    Area(T, 500, writable=False),
    Area(CT, 250, writable=False),
    Area(SC, 1000, writable=False),
)


def ds(number: int) -> int:
    """Address of DS`number`."""
    return DS + number - 1


def dh(number: int) -> int:
    """Address of DH`number`."""
    return DH + number - 1


def dd(number: int) -> int:
    """Address of the low word of DD`number`."""
    return DD + 2 * (number - 1)


def df(number: int) -> int:
    """Address of the low word of DF`number`."""
    return DF + 2 * (number - 1)


def txt(number: int) -> int:
    """Address of the register that holds character TXT`number`."""
    return TXT + (number - 1) // 2


def _area(areas: Iterable[Area], address: int, count: int) -> Area:
    for area in areas:
        if area.holds(address, count):
            return area
    raise ModbusFault(ILLEGAL_ADDRESS)


class ClickMemory:
    """Words and bits; a word in `live` is computed by the program and refuses a host's write."""

    def __init__(self) -> None:
        self.live: dict[int, Callable[[], int]] = {}
        self._words: dict[int, int] = {}
        self._bits: dict[int, int] = {}

    def forget(self) -> None:
        """Lose everything that is not computed."""
        self._words.clear()
        self._bits.clear()

    def read_words(self, address: int, count: int) -> list[int]:
        """Words of one area; ModbusFault 2 outside, 3 for a wrong count."""
        if not 1 <= count <= MAX_WORDS:
            raise ModbusFault(ILLEGAL_VALUE)
        _area(WORD_AREAS, address, count)
        live, words = self.live, self._words  # this is read more often than all else together
        return [
            live[each]() if each in live else words.get(each, 0)
            for each in range(address, address + count)
        ]

    def read_bits(self, address: int, count: int) -> list[int]:
        """Bits of one area; ModbusFault 2 outside, 3 for a wrong count."""
        if not 1 <= count <= MAX_BITS:
            raise ModbusFault(ILLEGAL_VALUE)
        _area(BIT_AREAS, address, count)
        return [self._bits.get(each, 0) for each in range(address, address + count)]

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """A host's write, all or nothing; ModbusFault 2 where the host may not write."""
        if table in {Table.DISCRETE, Table.INPUT}:
            raise ModbusFault(ILLEGAL_FUNCTION)
        areas, store = (BIT_AREAS, self._bits) if table is Table.COIL else (WORD_AREAS, self._words)
        owned = table is Table.HOLDING and any(
            each in self.live for each in range(address, address + len(values))
        )
        if owned or not _area(areas, address, len(values)).writable:
            raise ModbusFault(ILLEGAL_ADDRESS)
        store.update(enumerate(values, start=address))

    def word(self, address: int) -> int:
        """One word as the host would read it."""
        live = self.live.get(address)
        return self._words.get(address, 0) if live is None else live()

    def put(self, address: int, words: Sequence[int]) -> None:
        """The program's own write."""
        self._words.update(enumerate(words, start=address))

    def real(self, number: int) -> float:
        """The float in DF`number`."""
        return float_value([self.word(df(number)), self.word(df(number) + 1)], WordOrder.LOW_FIRST)

    def text(self, number: int, length: int) -> str:
        """The `length` characters from TXT`number`."""
        first = txt(number)
        return text_value([self.word(each) for each in range(first, first + length // 2)])
