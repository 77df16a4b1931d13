"""A host at the wires of the emulated plasma etcher, and the wafer that comes to it."""

import functools
import struct

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.instruments.ae_cesar import check
from sim_hardware.instruments.pfeiffer_telegram import checksum
from sim_hardware.instruments.sensirion_sfc5500 import inverted_sum, stuffed, unstuffed
from sim_hardware.instruments.thermoflex_frames import framed
from sim_hardware.instruments.thyracont_vsr import check_character
from sim_hardware.physics.stripper import strip
from sim_hardware.physics.wafer import Wafer
from sim_hardware.plasma_etcher import PlasmaEtcherPlant
from tests.rigs.hand_clock import say
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ACCEPTED,
    COMPLETE,
    Bench,
)
from tests.unit.plants.wafers import ROUTE, plated

PUMP, GATE, VENT, HELIUM, CLAMP = 120, 121, 122, 123, 124
COMPLETES, HOLDS, UNHOLDS = 10, 4, 5
ARGON, SF6 = 1, 2
COPPER_LINE, FLUORINE_LINE = 1, 2
LINE_SELECTED = 200
MTORR, TORR, CHUCK_C, BIAS = 1, 2, 3, 8
EMISSION, WAFER_C, RF_S, RF_HOURS = 4, 5, 7, 8


class Rig:
    def __init__(self, tool: Bench) -> None:
        assert isinstance(tool.plant, PlasmaEtcherPlant)
        self.plant, self.host = tool.plant, tool
        for role in ("source", "bias"):
            assert self.rf(role, 14, 2) == b"\x00"  # host control
        assert self.rf("bias", 3, BIAS) == b"\x00"
        assert self.valve("c:0101") == "c:01"  # remote
        assert self.valve("O:") == "O:"

    def rf(self, role: str, command: int, *data: int) -> bytes:
        """Data of a generator's reply."""
        body = bytes([1 << 3 | len(data), command, *data])
        answer = say(self.host.stream(role), body + bytes([check(body)]))
        say(self.host.stream(role), b"\x06")
        assert answer[0] == 6
        return answer[3:-1]

    def rf_word(self, role: str, command: int) -> int:
        return int.from_bytes(self.rf(role, command)[:2], "little")

    def valve(self, line: str) -> str:
        """The throttle valve's answer; 10 ms pass, in which it would not hear."""
        answer = say(self.host.stream("throttle"), f"{line}\r\n".encode())
        self.host.time.wait(0.01)
        return answer.decode().strip()

    def pressure(self, mtorr: float) -> None:
        """Have the throttle valve keep a pressure."""
        assert self.valve(f"S:{round(mtorr * 10_000):08d}") == "S:"

    def turbo(self, number: int, data: str = "") -> str:
        """Read or write a parameter of the turbopump; the data of its answer."""
        action, sent = ("10", data) if data else ("00", "=?")
        body = f"001{action}{number:03d}{len(sent):02d}{sent}"
        answer = say(self.host.stream("turbo"), f"{body}{checksum(body):03d}\r".encode()).decode()
        return answer[10:-4]

    def gauge_mbar(self) -> float:
        body = b"0010MV00"
        answer = say(self.host.stream("gauge"), body + check_character(body) + b"\r").decode()
        assert answer[3] == "1", answer
        return float(answer[8:-2])

    def chiller(self, command: int, data: bytes = b"") -> bytes:
        """Data of the chiller's answer."""
        answer = say(self.host.stream("chiller"), framed(command, data))
        assert answer[3] == command
        return answer[5:-1]

    def flow(self, gas: int, sccm: float) -> int:
        """State byte of the answer to a set-point."""
        role = "argon" if gas == ARGON else "sf6"
        body = bytes([gas, 0, 5, 1]) + struct.pack(">f", sccm)
        answer = say(
            self.host.stream(role), b"~" + stuffed(body + bytes([inverted_sum(body)])) + b"~"
        )
        plain = unstuffed(answer[1:-1])
        assert plain is not None
        assert plain[0] == gas
        return plain[2]

    def prepare(self, wafer: Wafer) -> None:
        """From a wafer in hand to one that is clamped and cooled in vacuum."""
        self.put_in(wafer)
        self.host.to_execute()
        assert 15 < self.host.done(PUMP) < 60
        self.host.done(CLAMP, 1)
        self.host.done(HELIUM, 80)

    def put_in(self, wafer: Wafer) -> None:
        with pytest.raises(PlantRefuses, match="vacuum"):
            self.plant.load(wafer)  # presses the button
        self.host.spend(60.0)
        self.plant.load(wafer)

    def gas(self, gas: int, sccm: float = 50.0) -> None:
        assert self.flow(gas, sccm) == 0
        self.pressure(8.0)
        self.host.spend(8.0)
        assert self.host.real(MTORR) == near(8.0, rel=0.01)

    def strike(self, watts: int = 1000, volts: int = 300) -> None:
        for role, value in (("source", watts), ("bias", volts)):
            assert self.rf(role, 8, *value.to_bytes(2, "little")) == b"\x00"
            assert self.rf(role, 2) == b"\x00"

    def quench(self) -> None:
        for role in ("bias", "source"):
            assert self.rf(role, 1) == b"\x00"

    def select(self, line: int) -> None:
        self.host.put(LINE_SELECTED, line)

    @property
    def light(self) -> float:
        return self.host.real(EMISSION)

    def until_dark(self, share: float = 0.24) -> float:
        """Seconds until nine tenths of the area have stopped to shine."""
        waited_s = 0.0
        while self.light > 100.0 * share or waited_s < 10.0:
            self.host.spend(0.5)
            waited_s += 0.5
            assert waited_s < 400.0
        return waited_s

    def nominal_etch(self, gas: int, line: int, over: float) -> float:
        """Etch to the end-point and a share more; the seconds to the end-point."""
        self.select(line)
        self.gas(gas)
        self.strike()
        endpoint_s = self.until_dark()
        self.host.spend(over * endpoint_s)
        assert self.host.real(WAFER_C) == near(49.0, within=0.3)
        self.quench()
        assert self.flow(gas, 0.0) == 0
        return endpoint_s

    def finish(self) -> None:
        """Take helium and clamp away, let the wafer out, and complete."""
        self.host.done(HELIUM, 0)
        self.host.done(CLAMP, 0)
        assert 20 < self.host.done(VENT) < 60
        assert self.host.order(COMPLETES)[0] == ACCEPTED
        self.host.spend(1.1)
        assert self.host.state == COMPLETE

    def etching(self) -> None:
        self.prepare(stripped_wafer())
        self.gas(ARGON)
        self.strike()
        self.host.spend(10.0)

    def rf_is_off(self) -> bool:
        return self.rf_word("source", 165) == self.rf_word("bias", 165) == 0

    def copper_left_nm(self) -> float:
        assert self.plant.wafer is not None
        return float(self.plant.wafer.layer_nm("Cu").mean())


@functools.cache
def stripped_wafer() -> Wafer:
    """The nominal wafer as the stripper hands it over."""
    return strip(plated(), ROUTE.strip_s, ROUTE.strip_tank)
