"""What an emulated instrument is, seen from its wire: bytes or registers in, answers out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes the instrument sends, `after_s` of its own turnaround; the wire's time comes on top."""

    data: bytes
    after_s: float = 0.0


class StreamInstrument(ABC):
    """An instrument on a serial line or a socket: a pure protocol machine without I/O.

    `line_baud` and `char_bits` (start, data, parity and stop bits) set how long a byte takes;
    a socket instrument has `line_baud = 0`.
    """

    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 10

    @abstractmethod
    def receive(self, data: bytes) -> Sequence[Answer]:
        """Take bytes as they arrive, in pieces of any size; return what is sent back."""

    def power_cycle(self) -> None:  # noqa: B027 - many instruments forget nothing
        """Lose what the instrument keeps in volatile memory, as after a mains failure."""


class Table(StrEnum):
    """The four tables of Modbus."""

    COIL = auto()
    DISCRETE = auto()
    HOLDING = auto()
    INPUT = auto()


class ModbusFault(Exception):
    """A Modbus exception reply: 1 function, 2 address, 3 value, 4 device failure, 6 busy."""

    def __init__(self, code: int) -> None:
        super().__init__(f"modbus exception {code}")
        self.code = code


class Silence(Exception):
    """The unit has done what it was told and does not answer."""


class RegisterInstrument(ABC):
    """One Modbus unit. Words are 0..65535; bits are 0 or 1. Raise ModbusFault to refuse."""

    turnaround_s: ClassVar[float] = 0.005
    line_baud: ClassVar[int] = 9600
    char_bits: ClassVar[int] = 11

    @abstractmethod
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Return `count` words or bits from `address`."""

    @abstractmethod
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Store words or bits from `address`; all or nothing."""

    def as_sent(self, reply: bytes) -> bytes:
        """What this unit really sends on a serial bus for a correct `reply`.

        Function code and data; unit number and checksum are put around it afterwards.
        """
        return reply

    def server_id(self) -> bytes:
        """What function 17 answers; ModbusFault 1 where the device does not know it."""
        raise ModbusFault(1)

    def power_cycle(self) -> None:  # noqa: B027 - many instruments forget nothing
        """Lose what the instrument keeps in volatile memory, as after a mains failure."""
