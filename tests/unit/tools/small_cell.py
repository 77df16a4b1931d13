"""A small plating cell made by hand: thermostat, pump, pH sensor, either rectifier, controller."""

import asyncio
import struct
from dataclasses import dataclass, field

from typing_extensions import override

from drivers.core.registers import WordOrder, float32_to
from drivers.instruments.hamilton_ph_arc_frames import RECORDS, Unit, long_to
from tests.unit.instruments.register_bank import RegisterBank
from tests.unit.instruments.small_plc import SmallPlc

CIRCULATION, CHEMISTRY = 122, 200
FLOW, CHARGE, BITS = 28674, 28684, 24589
PERMIT, SEALED = 1 << 6, 1 << 7
START, FREQUENCY, MODE, ACTUATOR, ERRORS, STATUS = 0x31, 0x33, 0x8B, 0xEA, 0x12D, 0x1C1
ERROR, TERMINAL, ON, RUNNING = 1 << 2, 1 << 4, 1 << 5, 1 << 6
GLASS_BROKEN = 1 << 4


@dataclass
class World:
    """What is true of the cell."""

    bath_c: float = 25.0
    circulates: bool = True
    ph: float = 0.7
    ph_c: float = 25.0
    ph_status: int = 0
    flow_share: float = 1.0
    pump_fault: int = 0
    amps: float = 0.0  # what flows now, on average
    current_share: float = 1.0  # of what the rectifier says, at the meter
    charge_c: float = 0.0
    since_s: float = 0.0
    permit: bool = True
    said: list[str] = field(default_factory=list[str])

    def flows(self, amps: float) -> None:
        """Another current from now on."""
        now_s = asyncio.get_running_loop().time()
        self.charge_c += self.amps * self.current_share * (now_s - self.since_s)
        self.amps, self.since_s = amps, now_s


class Thermostat:
    """A Julabo bath."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hear(self, data: bytes) -> bytes:
        lines = data.decode().split("\r")[:-1]
        answers = {
            "IN_PV_00": f"{self.world.bath_c:.2f}",
            "STATUS": "03 REMOTE START",
            "IN_MODE_05": f"{self.world.circulates:d}",
        }
        return b"".join(f"{answers[line]}\r\n".encode() for line in lines)


def pump(world: World) -> RegisterBank:
    """A Hydrovar whose enable terminal is open."""
    places = (START, FREQUENCY, 0x32, 0x61, MODE, 0xD3, 0xE5, 0xE6, 0xE7, 0xE8, ACTUATOR, 0xF9)
    bank = RegisterBank(dict.fromkeys((*places, ERRORS, ERRORS + 1, STATUS), 0))
    bank.words |= {0x9D: 500, 0x9E: 200, 0x10D: 1}

    def obey(address: int) -> None:
        if address == START:
            on = bank.words[START]
            world.said.append("pump on" if on else "pump off")
            bank.words[STATUS] &= ~(ON | RUNNING)
            bank.words[STATUS] |= (ON | RUNNING) * on
        turning = bank.words[STATUS] & ON and bank.words[STATUS] & TERMINAL
        bank.words[FREQUENCY] = bank.words[ACTUATOR] if turning else 0

    def look() -> None:
        bank.words[STATUS] = bank.words[STATUS] & ~ERROR | ERROR * bool(world.pump_fault)
        bank.words[ERRORS + 1] = world.pump_fault

    bank.after_writing, bank.before_reading = obey, look
    return bank


def ph_sensor(world: World) -> RegisterBank:
    """A pH Arc."""
    bank = RegisterBank({})
    for known in RECORDS:
        bank.words.update(enumerate([0] * known.length, start=known.address))

    def look() -> None:
        for address, unit, value, low, high in (
            (2089, Unit.PH, world.ph, 0, 14),
            (2409, Unit.CELSIUS, world.ph_c, -20, 130),
        ):
            status = world.ph_status if unit is Unit.PH else 0
            words = [*long_to(unit), *float32_to(value, WordOrder.LOW_FIRST), *long_to(status)]
            for limit in (low, high):
                words += float32_to(limit, WordOrder.LOW_FIRST)
            bank.words.update(enumerate(words, start=address))

    bank.before_reading = look
    return bank


class Genesys:
    """A GEN10-330 at address 6."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.held = {"PV": "0", "PC": "0", "OUT": "0", "RMT": "REM", "FLT": "00"}
        self.mode = "CC"

    def hear(self, data: bytes) -> bytes:
        return b"".join(self._answer(line) for line in data.decode().split("\r")[:-1])

    def _answer(self, line: str) -> bytes:
        on = self.held["OUT"] == "1"
        if line.endswith("?"):
            word = line[:-1]
            told = {
                **self.held,
                "OUT": "ON" if on else "OFF",
                "MODE": self.mode if on else "OFF",
                "MC": f"{self.world.amps:.3f}",
                "MV": "1.5",
            }
            return f"{told[word]}\r".encode()
        word, _, value = line.partition(" ")
        if word in self.held:
            self.held[word] = value
        if word == "OUT":
            self.world.flows(float(self.held["PC"]) if value == "1" else 0.0)
            self.world.said.append(f"current {self.world.amps:g} A")
        return b"OK\r"


class Bop:
    """A BOP 36-12 behind its socket."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.held = {"VOLT": "0", "CURR": "0", "OUTPUT": "0", "CURR:MODE": "FIXED"}
        self.held["FUNC:MODE"] = "0"
        self.lists: dict[str, list[float]] = {"LIST:CURR": [], "LIST:DWEL": []}
        self.volts = 1.5

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        replies = [self._reply(text) for text in data.decode("ascii").splitlines()]
        return [(0.0, f"{reply}\n".encode()) for reply in replies if reply]

    def _reply(self, text: str) -> str:
        if text.endswith("?"):
            return self._told(text[:-1])
        header, _, values = text.partition(" ")
        if header == "LIST:CLE":
            self.lists = {name: [] for name in self.lists}
        elif header in self.lists:
            self.lists[header] += [float(value) for value in values.split(",")]
        elif header in self.held:
            words = {"VOLT": "0", "FIX": "FIXED"} if header.endswith("MODE") else {}
            self.held[header] = {**words, "CURR": "1"}.get(values, values)
        self.world.flows(self._mean_a())
        return ""

    def _told(self, header: str) -> str:
        told = {
            "SYST:ERR": '0,"No error"',
            "MEAS:CURR": f"{self._now_a():g}",
            "MEAS:VOLT": f"{self.volts:g}",
            **{f"{name}:POIN": f"{len(values)}" for name, values in self.lists.items()},
        }
        return told[header] if header in told else self.held[header]

    def _now_a(self) -> float:
        """One of the two currents of a list, whichever it is at this moment."""
        if self.held["OUTPUT"] != "1":
            return 0.0
        if self.held["CURR:MODE"] != "LIST":
            return float(self.held["CURR"])
        currents = self.lists["LIST:CURR"]
        return currents[int(asyncio.get_running_loop().time() * 7) % len(currents)]

    def _mean_a(self) -> float:
        if self.held["OUTPUT"] != "1" or self.held["CURR:MODE"] != "LIST":
            return self._now_a()
        pairs = list(zip(self.lists["LIST:CURR"], self.lists["LIST:DWEL"], strict=True))
        return sum(a * s for a, s in pairs) / sum(s for _, s in pairs)


class CellPlc(SmallPlc):
    """A controller with the pump's terminal, a flow meter and an ampere-hour meter."""

    def __init__(self, world: World, drive: RegisterBank) -> None:
        super().__init__(state=6)
        self.world, self.drive = world, drive
        self.words[CHEMISTRY] = 1
        beat = self.bank.before_reading

        def look() -> None:
            beat()
            world.flows(world.amps)
            litres = 0.05 * drive.words[FREQUENCY] * world.flow_share
            self._put(FLOW, litres)
            self._put(CHARGE, world.charge_c)
            self.words[BITS] = SEALED | PERMIT * world.permit

        self.bank.before_reading = look

    @override
    def _done(self, sequence: int) -> None:
        super()._done(sequence)
        code, _, _, wanted, *_ = self.executed[-1]
        if code == CIRCULATION:
            self.world.said.append("terminal closed" if wanted else "terminal open")
            self.drive.words[STATUS] &= ~TERMINAL
            self.drive.words[STATUS] |= TERMINAL * bool(wanted)
            self.drive.after_writing(0)

    def _put(self, address: int, value: float) -> None:
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        self.words.update({address: low, address + 1: high})
