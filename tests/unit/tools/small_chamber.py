"""A small etch chamber made by hand: gauge, throttle valve, turbopump, chiller, controller."""

from dataclasses import dataclass, field

from typing_extensions import override

from drivers.instruments import pfeiffer_tc110_frames as tc110
from drivers.instruments import thermoflex_frames as thermoflex
from drivers.instruments import thyracont_vsr_frames as vsr
from tests.unit.instruments.small_plc import SmallPlc

MBAR_PER_MTORR = 1.333224e-3
PUMP_DOWN, HIGH_VACUUM, VENT = 120, 121, 122


@dataclass
class World:
    """What is true in the chamber."""

    mtorr: float = 760_000.0
    hertz: int = 1500
    pumping: bool = True
    runs_up: bool = True
    error: str = "000000"
    water_c: float = 20.0
    water_follows: bool = True
    chills: bool = True
    chiller_faults: bytes = b"\x00\x00\x00\x00"
    plate: str = "3"  # the valve's mode: closed
    position: int = 0
    setpoint_mtorr: float = 0.0
    offset_mtorr: float = 0.0
    pumps_well: bool = True
    gauge_share: float = 1.0
    gauge_answer: str = ""
    said: list[str] = field(default_factory=list[str])  # what changed something, in order


class Gauge:
    """A VSR at address 1."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hear(self, data: bytes) -> bytes:
        said = b""
        for line in data.split(b"\r")[:-1]:
            asked = vsr.decode(line)
            mbar = self.world.gauge_share * self.world.mtorr * MBAR_PER_MTORR
            text = {"MV": self.world.gauge_answer or vsr.encode_number(mbar)}[asked.command]
            failed = text == "ERROR1"
            access = vsr.ERROR if failed else asked.access + 1
            said += vsr.encode(vsr.Telegram(1, access, asked.command, text))
        return said


class Throttle:
    """A VAT valve with the standard ranges; it keeps every pressure unless it is stuck."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.access = "0"  # local, as a host finds it
        self.stuck = False
        self.fatal = False

    def hear(self, data: bytes) -> bytes:
        lines = data.decode().split("\r\n")[:-1]
        return b"".join(f"{self._answer(line)}\r\n".encode() for line in lines)

    @property
    def mode(self) -> str:
        return "E" if self.fatal else self.world.plate

    def _answer(self, line: str) -> str:
        world = self.world
        header, _, value = line.partition(":")
        if header in {"C", "O", "S", "c"}:
            self._obey(header, value)
            return f"{header}:" if header != "c" else "c:01"
        seen = round((world.mtorr + world.offset_mtorr) * 10_000)
        pressure = f"{'-' if seen < 0 else '0'}{min(abs(seen), 9_999_999):07d}"
        return {
            "A:": f"A:{world.position:06d}",
            "P:": f"P:{pressure}",
            "i:21": "i:2101000000",
            "i:30": f"i:30{self.access}{self.mode}000000",
            "i:38": f"i:38{round(world.setpoint_mtorr * 10_000):08d}",
            "i:50": "i:50020",
            "i:52": "i:520000",
            "i:76": f"i:76{world.position:06d}{pressure}{self.access}{self.mode}0",
        }[line]

    def _obey(self, header: str, value: str) -> None:
        world = self.world
        if header == "c":
            self.access = value[-1]
            return
        world.plate = {"C": "3", "O": "4", "S": "5"}[header]
        if header == "S":
            world.setpoint_mtorr = int(value) / 10_000
            world.mtorr = world.mtorr if self.stuck else world.setpoint_mtorr - world.offset_mtorr
            world.position = 280
        else:
            world.position = {"C": 0, "O": 1000}[header]
        world.said.append({"C": "valve closed", "O": "valve open", "S": "valve regulates"}[header])


class Turbo:
    """A TC 110 at address 1, 1500 Hz."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept: dict[int, str] = {2: "000000", 23: "111111", 26: "000", 60: "000"}

    def hear(self, data: bytes) -> bytes:
        said = b""
        for line in data.split(b"\r")[:-1]:
            asked = tc110.decode(line)
            if asked.action == tc110.Action.WRITE:
                self._obey(asked.parameter, asked.data)
                text = asked.data
            else:
                text = self._told(asked.parameter)
            said += tc110.encode(tc110.Telegram(1, 10, asked.parameter, text))
        return said

    def _obey(self, number: int, text: str) -> None:
        self.kept[number] = text
        if number == 10 and text == "111111":
            self.world.said.append("turbopump started")
            self.world.pumping = True
            if self.world.runs_up:
                self.world.hertz = 1500

    def _told(self, number: int) -> str:
        world = self.world
        at_speed = tc110.encode_value(tc110.DataType.BOOLEAN_OLD, world.hertz >= 1490)
        return {
            **self.kept,
            10: tc110.encode_value(tc110.DataType.BOOLEAN_OLD, world.pumping),
            **dict.fromkeys((300, 304, 305, 307), "000000"),
            **dict.fromkeys((302, 306), at_speed),
            303: world.error,
            309: f"{world.hertz:06d}",
            315: "001500",
        }[number]


class Chiller:
    """A ThermoFlex that shows C; its water follows its set-point at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.setpoint_c = 20.0

    def hear(self, data: bytes) -> bytes:
        said = b""
        while data:
            end = thermoflex.DATA_AT + data[thermoflex.LENGTH_AT] + 1
            asked = thermoflex.decode(data[:end])
            data = data[end:]
            said += thermoflex.encode(asked.command, self._answer(asked.command, asked.data))
        return said

    def _answer(self, command: int, data: bytes) -> bytes:
        world = self.world
        match command:
            case thermoflex.Command.SET_SETPOINT:
                self.setpoint_c = int.from_bytes(data, "big", signed=True) / 10
                world.said.append(f"water to {self.setpoint_c:g} C")
                if world.water_follows:
                    world.water_c = self.setpoint_c
                return self._celsius(self.setpoint_c)
            case thermoflex.Command.SETPOINT:
                return self._celsius(self.setpoint_c)
            case thermoflex.Command.TEMPERATURE:
                return self._celsius(world.water_c)
            case thermoflex.Command.FLOW:
                return b"\x13" + (90).to_bytes(2, "big")
            case thermoflex.Command.ON_OFF:
                world.chills = world.chills if data[0] == thermoflex.OnOff.QUERY else bool(data[0])
                return bytes((world.chills,))
            case thermoflex.Command.STATUS:
                first, *rest = world.chiller_faults
                return bytes((first | world.chills, *rest))
            case _:
                raise KeyError(command)

    def _celsius(self, celsius: float) -> bytes:
        return b"\x11" + round(10 * celsius).to_bytes(2, "big", signed=True)


class ChamberPlc(SmallPlc):
    """A controller that pumps, vents and moves the gate when it is told to."""

    def __init__(self, world: World) -> None:
        super().__init__(state=6)
        self.world = world

    @override
    def _done(self, sequence: int) -> None:
        super()._done(sequence)
        code, _, _, wanted, *_ = self.executed[-1]
        world = self.world
        if code == PUMP_DOWN:
            world.mtorr = 0.9 if world.pumps_well else 2.0
            world.said.append("pumped down")
        elif code == VENT:
            world.mtorr = 760_000.0 if world.pumps_well else 500_000.0
            world.said.append("vented")
        elif code == HIGH_VACUUM:
            world.said.append("gate open" if wanted else "gate closed")
