"""A small oven made by hand: belt motor, nitrogen, and the controller with encoder and permit."""

import struct
from dataclasses import dataclass, field

from typing_extensions import override

from drivers.instruments.trinamic_tmcl_frames import LENGTH, Command
from tests.unit.instruments.small_plc import SmallPlc

PERMIT, VALVE, FORMIC = 120, 121, 122
BELT, OXYGEN, NITROGEN, FORMIC_PCT = 28672, 28674, 28676, 28678
FACTORY = {140: 8, 153: 0, 154: 3, 4: 1000, 5: 100, 6: 128, 7: 8}
MICROSTEPS_S_PER_UNIT = 16e6 / 65536 / 2**4
MICROSTEPS_PER_M = 640_000


@dataclass
class World:
    """What is true of belt and tunnel."""

    speed: int = 0  # of the motor, in its own units
    starts: bool = True
    permit: bool = True
    slip_share: float = 1.0
    valve_open: bool = False
    sccm: float = 0.0
    nitrogen_share: float = 1.0
    nitrogen_words: str = ""
    oxygen_ppm: float = 15.0
    formic: int = 0
    said: list[str] = field(default_factory=list[str])

    @property
    def belt_m_min(self) -> float:
        microsteps_s = self.speed * MICROSTEPS_S_PER_UNIT
        return microsteps_s / MICROSTEPS_PER_M * 60 * self.slip_share


class Motor:
    """A TMCM-1110 at address 1 that forgets with its power."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept = dict(FACTORY)

    def restart(self) -> None:
        """Power off and on."""
        self.kept, self.world.speed = dict(FACTORY), 0

    def hear(self, data: bytes) -> bytes:
        said = b""
        for at in range(0, len(data), LENGTH):
            _, command, kind, _, value, _ = struct.unpack(">BBBBiB", data[at : at + LENGTH])
            body = struct.pack(">BBBBi", 2, 1, 100, command, self._answer(command, kind, value))
            said += body + bytes((sum(body) & 0xFF,))
        return said

    def _answer(self, command: int, kind: int, value: int) -> int:
        world = self.world
        match command:
            case Command.SET_PARAMETER:
                self.kept[kind] = value
            case Command.GET_PARAMETER:
                return world.speed if kind == 3 else self.kept[kind]
            case Command.ROTATE_RIGHT:
                world.said.append(f"right {value}")
                world.speed = value if world.starts and world.permit else 0
            case _:
                raise KeyError(command)
        return value


class Nitrogen:
    """An Alicat MCR of 600 standard litres, which counts in them."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hear(self, data: bytes) -> bytes:
        said = b""
        for command in data.decode().split("\r")[:-1]:
            said += f"A {self._answer(command[1:])}\r".encode()
        return said

    def _answer(self, command: str) -> str:
        world = self.world
        if command.startswith("S"):
            world.sccm = 1000 * float(command[1:])
            world.said.append(f"nitrogen {world.sccm / 1000:g}")
        if command == "R122":
            return "  122 = 37"
        if command == "LS":
            return f"{world.sccm / 1000:.2f} {world.sccm / 1000:.2f} 7 SLPM"
        if command == "VE":
            return "8v17.0-R23"
        flow = world.sccm / 1000 * world.nitrogen_share * world.valve_open
        words = world.nitrogen_words
        return f"+014.70 +025.00 {flow:+.2f} {flow:+.2f} {world.sccm / 1000:.2f} N2 {words}"


class OvenPlc(SmallPlc):
    """A controller with permit, valve, formic acid, and the belt's encoder."""

    def __init__(self, world: World) -> None:
        super().__init__(state=6)
        self.world = world
        beat = self.bank.before_reading

        def look() -> None:
            beat()
            lpm = world.sccm / 1000 * world.nitrogen_share * world.valve_open
            for address, value in (
                (BELT, world.belt_m_min),
                (OXYGEN, world.oxygen_ppm),
                (NITROGEN, lpm),
                (FORMIC_PCT, world.formic / 100),
            ):
                high, low = struct.unpack(">HH", struct.pack(">f", value))
                self.words |= {address: low, address + 1: high}

        self.bank.before_reading = look

    @override
    def _done(self, sequence: int) -> None:
        super()._done(sequence)
        code, _, _, wanted, *_ = self.executed[-1]
        if code == PERMIT:
            self.world.permit = bool(wanted)
            self.world.said.append("permit" if wanted else "no permit")
        elif code == VALVE:
            self.world.valve_open = bool(wanted)
            self.world.said.append("valve open" if wanted else "valve closed")
        elif code == FORMIC:
            self.world.formic = wanted
            self.world.said.append(f"formic {wanted}")
