"""A small vacuum made by hand: gauges, turbopump, argon and the controller that guards it."""

import re
from dataclasses import dataclass, field

from typing_extensions import override

from tests.unit.instruments.small_plc import SmallPlc

TORR_PER_MBAR = 760 / 1013.25
GAS = 122
AT_SPEED_HZ = 900
STATUS_ON = 1 << 2 | 1 << 11
STATUS_ERROR = 1 << 3


@dataclass
class World:
    """What is true in the chamber. `leak_mtorr` comes from elsewhere."""

    hertz: int = 1000
    running: bool = True
    error: int = 0
    base_mbar: float = 3e-7
    sccm: float = 0.0
    gas_open: bool = False
    sccm_per_mtorr: float = 8.0
    leak_mtorr: float = 0.0
    at_atmosphere: bool = False
    said: list[str] = field(default_factory=list[str])  # what changed something, in order

    @property
    def flow_sccm(self) -> float:
        return self.sccm if self.gas_open else 0.0

    @property
    def mtorr(self) -> float:
        if self.at_atmosphere:
            return 100.0
        return self.flow_sccm / self.sccm_per_mtorr * 1000 / max(self.hertz, 1) + self.leak_mtorr


class Gauges:
    """An MKS 937B that shows Torr."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ion = "G"
        self.on = True
        self.stays: str = ""  # fault: the ion gauge stays in this state
        self.relays = {5: (0.02, "BELOW", "ENABLE"), 9: (1e-3, "BELOW", "ENABLE")}
        self.lock_is_low = True

    def hear(self, data: bytes) -> bytes:
        said = b""
        for message in re.findall(rb"@253(.*?);FF", data):
            said += b"@253ACK%s;FF" % self._answer(message.decode()).encode()
        return said

    def _answer(self, message: str) -> str:
        if (found := re.fullmatch(r"S([PHDNS])(\d+)\?|EN(\d+)\?", message)) is not None:
            return self._relay(found[1] or "E", int(found[2] or found[3]))
        if message in {"CP1!ON", "CP1!OFF"}:
            self.on = message.endswith("ON")
            self.ion = self.stays or ("G" if self.on else "O")
            self.world.said.append(f"ion gauge {message[4:].lower()}")
            return message[4:]
        return {
            "U?": "TORR",
            "SN?": "0123456789",
            "PR1?": self._torr(self.world.base_mbar) if self.ion == "G" else "OFF",
            "PR3?": f"{self.world.mtorr / 1000:.3E}",
            "T1?": self.ion,
            "CP1?": "ON" if self.on else "OFF",
        }[message]

    def _relay(self, what: str, number: int) -> str:
        setpoint_mbar, direction, control = self.relays[number]
        match what:
            case "P":
                return self._torr(setpoint_mbar)
            case "H":
                return self._torr(1.1 * setpoint_mbar)
            case "D":
                return direction
            case "E":
                return control
            case _:
                return "SET" if number != 9 or self.lock_is_low else "CLEAR"

    def _torr(self, mbar: float) -> str:
        return f"{mbar * TORR_PER_MBAR:.3E}"


class Turbo:
    """A TURBOVAC on its USS line; its start contact is closed unless `world.running` is False."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.parameters = {1: 182, 2: 10203, 24: 1000, 25: 90, 171: 0, 174: 0, 176: 0}
        self.heard = b""

    def hear(self, data: bytes) -> bytes:
        self.heard += data
        said = b""
        while len(self.heard) >= 24:
            telegram, self.heard = self.heard[:24], self.heard[24:]
            said += self._answer(telegram)
        return said

    def _answer(self, telegram: bytes) -> bytes:
        world = self.world
        control = int.from_bytes(telegram[11:13], "big")
        if control & 1 << 10 and control & 1 and not world.running:
            world.running, world.hertz = True, 1000
            world.said.append("turbopump started")
        access, number = telegram[3] >> 4, int.from_bytes(telegram[3:5], "big") & 0x07FF
        value = world.error if number == 171 else self.parameters.get(number)
        kind = 0 if not access else 7 if value is None else {1: 1, 6: 4}[access]
        status = (STATUS_ON if world.running else 0) | (STATUS_ERROR if world.error else 0)
        body = (
            b"\x02\x16\x00"
            + (kind << 12 | number).to_bytes(2, "big")
            + telegram[5:7]
            + (value or 0).to_bytes(4, "big")
            + status.to_bytes(2, "big")
            + world.hertz.to_bytes(2, "big")
            + bytes.fromhex("0019 000a 0000 0018")
        )
        check = 0
        for byte in body:
            check ^= byte
        return body + bytes([check])


class Argon:
    """An Alicat MC of 200 sccm."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.words = ""  # of status

    def hear(self, data: bytes) -> bytes:
        said = b""
        for command in data.decode().split("\r")[:-1]:
            said += f"A {self._answer(command[1:])}\r".encode()
        return said

    def _answer(self, command: str) -> str:
        if command.startswith("S"):
            self.world.sccm = float(command[1:])
            self.world.said.append(f"argon {self.world.sccm:g}")
        elif command == "R122":
            return "  122 = 37"
        elif command == "LS":
            return f"{self.world.sccm:.2f} {self.world.sccm:.2f} 7 SCCM"
        flow = self.world.flow_sccm
        return f"+014.70 +025.00 {flow:+.2f} {flow:+.2f} {self.world.sccm:.2f} Ar {self.words}"


class VacuumPlc(SmallPlc):
    """A controller that opens the argon's valve when it is told to."""

    def __init__(self, world: World) -> None:
        super().__init__(state=6)
        self.world = world

    @override
    def _done(self, sequence: int) -> None:
        super()._done(sequence)
        code, _, _, wanted, *_ = self.executed[-1]
        if code == GAS:
            self.world.gas_open = bool(wanted)
            self.world.said.append("gas open" if wanted else "gas closed")
