"""ThermoFlex recirculating chiller, from the serial appendix of its manual.

9600 8N1: CA, address 00 01, command, count, data, inverted sum of all but CA. Values come with a
qualifier byte (decimals and unit) before two bytes, high first; the host sends them without it.
Bytes before a lead character and the address are ignored, and a frame that stops is forgotten. A
mistake is answered with command 0F, its number (1 command, 2 data, 3 sum) and the command.

Chosen here, not stated by the source: 0.1 s until a stopped frame is forgotten; the display text;
default limits and PID terms; that the command which writes a limit or a term is the one that reads
it plus 80; 3 s of powering up and down; a fault stops the chiller and is shown until it is switched
on again without its cause; alarm limits count once it is powered up; after a mains failure it stays
off unless told otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.thermoflex_frames import (
    BAD_COMMAND,
    BAD_DATA,
    BAD_SUM,
    ERROR,
    Frames,
    framed,
)
from sim_hardware.instruments.thermoflex_values import (
    FLOW_DIGITS,
    PRESSURE_DIGITS,
    TEMPERATURE_DIGITS,
    Quantity,
    Unit,
)

TURNAROUND_S: Final = 0.010
POWERING_S: Final = 3.0
SET: Final = 0x80  # a command that writes, on top of the one that reads
SWITCH, ASK = 0x81, 2
LOWEST_C, HIGHEST_C = 5.0, 40.0
SETPOINT: Final = 0x70
LOW_FLOW, LOW_TEMPERATURE, LOW_PRESSURE = 0x30, 0x40, 0x48
HIGH_FLOW, HIGH_TEMPERATURE, HIGH_PRESSURE = 0x50, 0x60, 0x68


class StatusBit(IntEnum):
    """Bits of the status, the first byte being the highest of four."""

    LOW_TEMPERATURE = 31
    HIGH_TEMPERATURE = 30
    LOW_TEMPERATURE_FIXED = 29
    HIGH_TEMPERATURE_FIXED = 28
    RTD3_OPEN = 27
    RTD2_OPEN = 26
    RTD1_OPEN = 25
    RUNNING = 24
    HIGH_PRESSURE_CUTOUT = 23
    LOW_PRESSURE_CUTOUT = 22
    MOTOR_OVERLOAD = 21
    PHASE_MONITOR = 20
    HIGH_LEVEL = 19
    DRIP_PAN = 18
    LOW_PRESSURE = 17
    HIGH_PRESSURE = 16
    HIGH_PRESSURE_FACTORY = 15
    LOW_FLOW_WARNING = 14
    INVALID_LEVEL = 13
    SENSE_5V = 12
    LOW_LEVEL = 11
    LOW_FLOW = 10
    LOCAL_EMERGENCY_OFF = 9
    EXTERNAL_EMERGENCY_OFF = 8
    POWERING_DOWN = 2
    POWERING_UP = 1
    LOW_PRESSURE_FACTORY = 0


WARNINGS: Final = {StatusBit.LOW_FLOW_WARNING, StatusBit.RTD2_OPEN, StatusBit.RTD3_OPEN}


class WaterLoop(Protocol):
    """The water that the chiller pumps round."""

    def temperature_c(self) -> float:
        """Temperature of what leaves the chiller."""
        ...

    def flow_lpm(self) -> float:
        """Flow."""
        ...

    def supply_kpa(self) -> float:
        """Pressure above the atmosphere at the outlet."""
        ...

    def suction_kpa(self) -> float:
        """Pressure above the atmosphere before the pump."""
        ...

    def regulate(self, setpoint_c: float | None) -> None:
        """Pump and regulate from now on; None when the chiller stands."""
        ...


@dataclass(slots=True)
class _Setting:
    """A value the host may change."""

    quantity: Quantity
    value: float
    low: float
    high: float


class Mistake(Exception):
    """What is answered with an error frame."""

    def __init__(self, number: int) -> None:
        super().__init__(f"error {number}")
        self.number = number


class Thermoflex(StreamInstrument):
    """One chiller; `temperature`, `flow` and `pressure` are the units it is set to."""

    def __init__(
        self,
        clock: LineClock,
        loop: WaterLoop,
        *,
        temperature: Unit = Unit.CELSIUS,
        flow: Unit = Unit.LPM,
        pressure: Unit = Unit.BAR,
        restarts: bool = False,
    ) -> None:
        self._clock, self._loop, self._restarts = clock, loop, restarts
        self.version, self.firmware_sum, self.protocol = "084992.2N ", "20FA", (0, 0)
        self.faults: set[StatusBit] = set()  # fault: what is wrong now, whether it runs or not
        self._shown: set[StatusBit] = set()  # faults that stopped it
        self._on, self._powered_s = False, -POWERING_S
        self._temperature = Quantity(temperature, TEMPERATURE_DIGITS)
        self._flow = Quantity(flow, FLOW_DIGITS)
        self._pressure = Quantity(pressure, PRESSURE_DIGITS)
        self._settings = self._setting_table()
        self._frames = Frames(clock)
        self._texts = self._text_table()
        self._readings = self._reading_table()

    def _setting_table(self) -> Mapping[int, _Setting]:
        plain = Quantity(Unit.NONE, 1)
        return {
            SETPOINT: _Setting(self._temperature, 20.0, LOWEST_C, HIGHEST_C),
            LOW_TEMPERATURE: _Setting(self._temperature, 3.0, -20.0, 80.0),
            HIGH_TEMPERATURE: _Setting(self._temperature, 42.0, -20.0, 80.0),
            LOW_FLOW: _Setting(self._flow, 3.0, 0.0, 100.0),
            HIGH_FLOW: _Setting(self._flow, 60.0, 0.0, 100.0),
            LOW_PRESSURE: _Setting(self._pressure, 20.0, 0.0, 1000.0),
            HIGH_PRESSURE: _Setting(self._pressure, 600.0, 0.0, 1000.0),
            0x74: _Setting(plain, 10.0, 0.0, 100.0),  # P, percent of a span of 100 C
            0x75: _Setting(Quantity(Unit.NONE, 2), 0.6, 0.0, 10.0),  # I, repeats per minute
            0x76: _Setting(plain, 0.0, 0.0, 5.0),  # D, minutes
        }

    def _text_table(self) -> Mapping[int, Callable[[], bytes]]:
        return {
            0x00: lambda: bytes(self.protocol),
            0x02: lambda: self.version.encode("ascii"),
            0x07: lambda: self.display().encode("ascii"),
            0x09: lambda: self.status().to_bytes(4, "big"),
        }

    def _reading_table(self) -> Mapping[int, Callable[[], bytes]]:
        return {
            0x10: lambda: self._flow.coded(self._loop.flow_lpm()),
            0x20: lambda: self._temperature.coded(self._loop.temperature_c()),
            0x28: lambda: self._pressure.coded(self._loop.supply_kpa()),
            0x29: lambda: self._pressure.coded(self._loop.suction_kpa()),
        }

    def left_running(self) -> None:
        """As the shift before left it: on for long, at the set-point that is stored."""
        self._turn(on=True)
        self._powered_s -= POWERING_S

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self.recheck()
        return [Answer(self._answer(frame), TURNAROUND_S) for frame in self._frames.feed(data)]

    @override
    def power_cycle(self) -> None:
        self._frames.forget()
        self._shown.clear()
        was_on = self._on
        self._on, self._powered_s = False, self._clock.now_s() - POWERING_S
        if was_on:
            self._loop.regulate(None)
        if was_on and self._restarts:
            self._switch(1)

    def recheck(self) -> None:
        """Look at what is wrong again; the plant calls it when that changes."""
        wrong = self._wrong()
        if self._on and wrong:
            self._shown |= wrong
            self._turn(on=False)

    def status(self) -> int:
        """The four status bytes as one number."""
        bits = self._shown | self.faults
        powering = self._clock.now_s() - self._powered_s < POWERING_S
        if self._on:
            bits.add(StatusBit.RUNNING)
        if powering:
            bits.add(StatusBit.POWERING_UP if self._on else StatusBit.POWERING_DOWN)
        return sum(1 << bit for bit in bits)

    def display(self) -> str:
        """What the panel shows."""
        if self._shown:
            return min(self._shown).name.replace("_", " ")
        return f"{self._temperature.shown(self._loop.temperature_c()):.1f}" if self._on else "OFF"

    def running(self) -> bool:
        """Whether it is switched on."""
        return self._on

    def _answer(self, frame: bytes) -> bytes:
        command = frame[3]
        try:
            return framed(command, self._obey(frame))
        except Mistake as mistake:
            return framed(ERROR, bytes([mistake.number, command]))

    def _obey(self, frame: bytes) -> bytes:
        command, data = frame[3], frame[5:-1]
        if framed(command, data) != frame:
            raise Mistake(BAD_SUM)
        if command == SWITCH:
            return self._switched(data)
        if command == 0x02 and data == b"\x01":
            return self.firmware_sum.encode("ascii")
        setting = self._settings.get(command & ~SET)
        if setting is not None:
            return (
                self._set(command & ~SET, setting, data)
                if command & SET
                else self._got(setting, data)
            )
        reading = self._texts.get(command) or self._readings.get(command)
        if reading is None:
            raise Mistake(BAD_COMMAND)
        _sized(data, 0)
        return reading()

    def _got(self, setting: _Setting, data: bytes) -> bytes:
        _sized(data, 0)
        return setting.quantity.coded(setting.value)

    def _set(self, command: int, setting: _Setting, data: bytes) -> bytes:
        _sized(data, 2)
        value = setting.quantity.decoded(data)
        if not setting.low - 1e-6 <= value <= setting.high + 1e-6:
            raise Mistake(BAD_DATA)
        setting.value = value
        if command == SETPOINT and self._on:
            self._loop.regulate(value)
        self.recheck()
        return setting.quantity.coded(value)

    def _switched(self, data: bytes) -> bytes:
        _sized(data, 1)
        if data[0] > ASK:
            raise Mistake(BAD_DATA)
        if data[0] != ASK:
            self._switch(data[0])
        return bytes([self._on])

    def _switch(self, wanted: int) -> None:
        if wanted:
            self._shown.clear()
        on = bool(wanted) and not self._wrong()
        if wanted and not on:
            self._shown |= self._wrong()
        if on != self._on:
            self._turn(on=on)

    def _turn(self, *, on: bool) -> None:
        self._on, self._powered_s = on, self._clock.now_s()
        self._loop.regulate(self._settings[SETPOINT].value if on else None)

    def _wrong(self) -> set[StatusBit]:
        wrong = self.faults - WARNINGS
        if self._on and self._clock.now_s() - self._powered_s >= POWERING_S:
            wrong |= self._alarms()
        return wrong

    def _alarms(self) -> set[StatusBit]:
        """The alarm limits that are passed."""
        limit = {command: setting.value for command, setting in self._settings.items()}
        loop = self._loop
        temperature_c, supply_kpa = loop.temperature_c(), loop.supply_kpa()
        passed = {
            StatusBit.LOW_TEMPERATURE: temperature_c < limit[LOW_TEMPERATURE],
            StatusBit.HIGH_TEMPERATURE: temperature_c > limit[HIGH_TEMPERATURE],
            StatusBit.LOW_FLOW: loop.flow_lpm() < limit[LOW_FLOW],
            StatusBit.LOW_PRESSURE: supply_kpa < limit[LOW_PRESSURE],
            StatusBit.HIGH_PRESSURE: supply_kpa > limit[HIGH_PRESSURE],
        }
        return {bit for bit, is_passed in passed.items() if is_passed}


def _sized(data: bytes, count: int) -> None:
    if len(data) != count:
        raise Mistake(BAD_DATA)
