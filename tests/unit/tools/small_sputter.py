"""A small sputter made by hand: a supply that grows a film while there is argon, a monitor."""

import asyncio
from dataclasses import dataclass

from typing_extensions import override

from tests.unit.tools.small_vacuum import VacuumPlc, World

TOOL_WORD, PERMIT, IN_CHAMBER = 24589, 6, 8
PRECLEAN = 123
NM_S = 2.0
PLASMA_MTORR = 1.0
SETTINGS = {"C": ("b", 4), "D": ("c", 1), "E": ("g", 2), "F": ("h", 2), "Z": ("y", 1)}


@dataclass
class Film:
    """What grows, and while what."""

    world: World
    on: bool = False
    nm: float = 0.0
    strikes: int = 0
    since_s: float = 0.0

    def grow(self) -> float:
        """The rate now; the thickness is brought up to date."""
        now_s = asyncio.get_running_loop().time()
        rate = NM_S if self.on and self.world.mtorr >= PLASMA_MTORR else 0.0
        seconds, self.since_s = now_s - self.since_s, now_s
        self.nm += rate * seconds
        return rate


class Supply:
    """A DCXS supply: one letter asks, a letter with digits sets, and nothing is acknowledged."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self.held = {"b": "0000", "c": "0", "g": "00", "h": "00", "y": "3"}

    def hear(self, data: bytes) -> bytes:
        text, said = data.decode(), ""
        while text:
            letter, text = text[0], text[1:]
            if letter in SETTINGS:
                query, digits = SETTINGS[letter]
                self.held[query], text = text[:digits], text[digits:]
            else:
                said += self._told(letter)
        return said.encode()

    def _told(self, letter: str) -> str:
        if letter in "AB":
            self.film.grow()
            self.film.strikes += letter == "A"
            self.film.on = letter == "A"
            return ""
        own = {"?": "DCXS750-4", "a": "1" if self.film.on else "0", "o": "0", "p": "\x01"}
        own |= {"d": "1000", "e": "0436", "f": "2290"}
        return {**own, **self.held}[letter]


class Monitor:
    """An SQM-160."""

    def __init__(self, film: Film) -> None:
        self.film = film

    def hear(self, data: bytes) -> bytes:
        said = b""
        while data:
            length = data[1] - 34
            message, data = data[2 : 2 + length].decode(), data[4 + length :]
            text = f"A{self._told(message)}".encode()
            body = bytes([len(text) - 1 + 36]) + text
            said += b"!" + body + self._check(body)
        return said

    def _told(self, message: str) -> str:
        rate = self.film.grow()
        if message == "S":
            self.film.nm = 0.0
        return {
            "@": "MON Ver 4.13",
            "M": f"{rate * 10:.3f}",
            "O": f"{self.film.nm / 100:.5f}",
            "P1": "5900000",
            "R1": "80",
            "Y": "0",
        }.get(message, "")

    def _check(self, body: bytes) -> bytes:
        crc = 0x3FFF
        for byte in body:
            crc ^= byte
            for _ in range(8):
                crc = (crc >> 1) ^ (0x2001 if crc & 1 else 0)
        return bytes([(crc & 0x7F) + 34, (crc >> 7) + 34])


class SputterPlc(VacuumPlc):
    """A controller with the wafer under the guns."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.permit = True
        self.takes_long = False  # a pre-clean, as long as it should

    @override
    def _done(self, sequence: int) -> None:
        if not (self.takes_long and self.executed[-1][0] == PRECLEAN):
            super()._done(sequence)

    @override
    def _beat(self) -> None:
        super()._beat()
        self.words[TOOL_WORD] = 1 | self.permit << PERMIT | 1 << IN_CHAMBER
