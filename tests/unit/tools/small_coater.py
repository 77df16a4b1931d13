"""A small dispenser made by hand, and the controller that opens its nozzle."""

import asyncio
import struct
from dataclasses import dataclass

from typing_extensions import override

from tests.unit.instruments.small_plc import SmallPlc

NOZZLE, NOZZLE_PLACE = 122, 28676
FULL_G_MIN = 120.0
POWER_UP, LIMIT_REACHED = 1 << 5, 1 << 4
TEXTS = {(113, 1): "CORIFC", (113, 2): "M14V14I", (113, 3): "B1", (1, 31): "g/min", (104, 7): "g"}
LAYOUTS = {0x00: ">B", 0x20: ">H", 0x40: ">f"}


@dataclass
class Nozzle:
    """Where the nozzle is: its valve is open over the centre only."""

    open: bool = False
    parked_mm: float = 150.0
    centre_mm: float = 0.0
    times_opened: int = 0


class CoaterPlc(SmallPlc):
    """A controller that moves the nozzle."""

    def __init__(self, nozzle: Nozzle) -> None:
        super().__init__(state=6)
        self.nozzle = nozzle
        self._show()

    @override
    def _done(self, sequence: int) -> None:
        super()._done(sequence)
        code, _, _, wanted, *_ = self.executed[-1]
        if code == NOZZLE:
            self.park(opened=bool(wanted))

    def park(self, *, opened: bool = False) -> None:
        """Move, by command or by itself."""
        self.nozzle.open = opened
        self.nozzle.times_opened += opened
        self._show()

    def _show(self) -> None:
        place = self.nozzle.centre_mm if self.nozzle.open else self.nozzle.parked_mm
        high, low = struct.unpack(">HH", struct.pack(">f", place))
        self.words |= {NOZZLE_PLACE: low, NOZZLE_PLACE + 1: high}


class Dispenser:
    """A mini CORI-FLOW at node 3; it delivers what it should while the nozzle is open."""

    def __init__(self, nozzle: Nozzle) -> None:
        self.nozzle = nozzle
        self.values: dict[tuple[int, int], float] = {
            (1, 1): 0,
            (1, 4): 0,
            (1, 13): FULL_G_MIN,
            (104, 1): 0,
            (104, 3): 0,
            (104, 5): 0,
            (104, 6): 0,
            (104, 8): 0,
        }
        self.alarms = POWER_UP
        self.clogged = 1.0  # the part of the flow that comes
        self.overshoot_g = 0.0
        self._since_s = 0.0
        self._heard = b""

    def restart(self) -> None:
        """Off and on: what it counted is gone."""
        self.values |= {(1, 1): 0, (104, 1): 0, (104, 3): 0, (104, 8): 0}
        self.alarms = POWER_UP

    def hear(self, data: bytes) -> bytes:
        self._flow()
        self._heard += data
        said = b""
        while b"\x10\x03" in self._heard.replace(b"\x10\x10", b"\xff\xff"):
            end = self._heard.replace(b"\x10\x10", b"\xff\xff").index(b"\x10\x03")
            body = self._heard[2:end].replace(b"\x10\x10", b"\x10")
            self._heard = self._heard[end + 2 :]
            answer = self._answer(body[3:])
            reply = bytes([body[0], body[1], len(answer)]) + answer
            said += b"\x10\x02" + reply.replace(b"\x10", b"\x10\x10") + b"\x10\x03"
        return said

    def _flow(self) -> None:
        now_s = asyncio.get_running_loop().time()
        seconds, self._since_s = now_s - self._since_s, now_s
        if self.nozzle.open and self.values[1, 1]:
            g_min = self.values[1, 1] / 32000 * FULL_G_MIN * self.clogged
            self.values[104, 1] += g_min / 60 * seconds
        limit_g = self.values[104, 3]
        if self.values[104, 8] == 2 and self.values[104, 1] >= limit_g > 0:
            if self.values[1, 1]:
                self.values |= {(104, 1): limit_g + self.overshoot_g, (1, 1): 0}
            self.alarms |= LIMIT_REACHED

    def _answer(self, data: bytes) -> bytes:
        if data[0] == 4:
            return b"\x02" + data[3:5] + self._value(data[3], data[4])
        process, typed, value = data[1], data[2], data[3:]
        number = typed & 0x1F
        if (process, number) == (115, 8):
            self.alarms = 0
        else:
            (taken,) = struct.unpack(LAYOUTS[typed & 0x60], value)
            self.values[process, number] = taken
            if (process, number, taken) == (104, 8, 2):
                self.alarms &= ~LIMIT_REACHED
        return b"\x00\x00\x00"

    def _value(self, process: int, typed: int) -> bytes:
        number, kind = typed & 0x1F, typed & 0x60
        if kind == 0x60:
            return b"\x00" + TEXTS[process, number].encode() + b"\x00"
        value = self.alarms if (process, number) == (1, 20) else self.values[process, number]
        return struct.pack(LAYOUTS[kind], value if kind == 0x40 else int(value))
