"""Bronkhorst mini CORI-FLOW with its pump, from the ProPar parameter list: doses resist by mass.

The instrument counts what flows and closes by itself when its counter reaches the limit, so that
a dose does not depend on how often it is asked.

Chosen here, not stated by the source or from the maker's own parameter list: the counter runs as
a batch counter by mode 2 at 104/8, and closes by 1 at 104/5 with a new set-point of 0 at 104/6;
the counter's unit is asked at 104/7; alarms are taken note of by 2 at 115/8; the pressure is in
mbar; a dose is at most 1000 g; control mode 0 obeys this line. The power-up alarm is told apart by
coming up after the instrument was identified: one that stood before says nothing new.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Restarted,
    WrongDevice,
)
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import BoundSetting, Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle, until
from drivers.instruments.bronkhorst_propar_frames import Kind, Parameter
from drivers.instruments.bronkhorst_propar_wire import ProparWire

POLL_S = 0.1
FULL_WORD = 100 / 32000
FULL_VALVE = 100 / 16777215
PERCENT = Limits(0, 100)
DOSES_G = Limits(0, 1000)
LEAST_DOSE_G = 0.001
COUNTS_TO_LIMIT = 2
RESET_ALARMS = 2
CONTROLLERS = ("CORIFC", "CORI-F", "DMFC", "DLFC")  # what a device type may begin with

FLOW_IN: Mapping[str, float] = {  # in g/min
    "kg/h": 1000 / 60,
    "kg/min": 1000.0,
    "kg/s": 60_000.0,
    "g/h": 1 / 60,
    "g/min": 1.0,
    "g/s": 60.0,
    "mg/h": 0.001 / 60,
    "mg/min": 0.001,
    "mg/s": 0.06,
}
MASS_IN: Mapping[str, float] = {"kg": 1000.0, "g": 1.0, "mg": 0.001}  # in g

DEVICE_TYPE = Parameter(113, 1, Kind.TEXT)
MODEL_NUMBER = Parameter(113, 2, Kind.TEXT)
SERIAL_NUMBER = Parameter(113, 3, Kind.TEXT)
USER_TAG = Parameter(113, 6, Kind.TEXT)
CAPACITY_UNIT = Parameter(1, 31, Kind.TEXT)
COUNTER_UNIT = Parameter(104, 7, Kind.TEXT)
RESET = Parameter(115, 8, Kind.BYTE)


class Measure(Enum):
    """What unit a number is in: its own, or one that the instrument was set to."""

    PLAIN = auto()
    FLOW = auto()
    MASS = auto()


class ControlMode(IntEnum):
    """Where the set-point comes from; those modes that this line uses."""

    BUS = 0
    ANALOGUE = 1
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter that is a number, and in what unit the instrument holds it."""

    parameter: Parameter
    measure: Measure = Measure.PLAIN


@dataclass(frozen=True, slots=True)
class Alarms:
    """The alarm byte. Bit 5 alone is a power-up; with 2 or 3 it is a response alarm."""

    error: bool
    warning: bool
    minimum: bool
    maximum: bool
    batch_reached: bool
    power_up: bool
    response: bool
    master: bool
    hardware: bool


def decode_alarms(byte: int) -> Alarms:
    """Read the alarm byte."""
    error, warning, minimum, maximum, batch, fifth, master, hardware = (
        bool(byte >> bit & 1) for bit in range(8)
    )
    response = fifth and (minimum or maximum)
    return Alarms(
        error=error,
        warning=warning,
        minimum=minimum,
        maximum=maximum,
        batch_reached=batch,
        power_up=fifth and not response,
        response=response,
        master=master,
        hardware=hardware,
    )


def _byte(process: int, number: int) -> Value:
    return Value(Parameter(process, number, Kind.BYTE))


def _word(process: int, number: int) -> Value:
    return Value(Parameter(process, number, Kind.WORD))


def _float(process: int, number: int, measure: Measure = Measure.PLAIN) -> Value:
    return Value(Parameter(process, number, Kind.FLOAT), measure)


class BronkhorstPropar:
    """One instrument at node `unit`; flows are in g/min and masses in g."""

    MODEL: ClassVar[str] = "Bronkhorst mini CORI-FLOW"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=38400)

    flow_g_min = Reading(_float(33, 0, Measure.FLOW), unit="g/min")
    wanted_g_min = Reading(_float(33, 3, Measure.FLOW), unit="g/min")
    capacity_g_min = Reading(_float(1, 13, Measure.FLOW), unit="g/min")
    measure_pct = Reading(Value(Parameter(1, 0, Kind.SIGNED_WORD)), unit="%", scale=FULL_WORD)
    setpoint_pct = Setting(_word(1, 1), unit="%", scale=FULL_WORD, limits=PERCENT)
    slope_s = Setting(_word(1, 2), unit="s", scale=0.1, limits=Limits(0, 3000))
    control_mode = Setting(_byte(1, 4), unit="", limits=Limits(0, 3))
    fluid = Setting(_byte(1, 16), unit="", limits=Limits(0, 7))
    alarm_bits = Reading(_byte(1, 20), unit="")
    temperature_c = Reading(_float(33, 7), unit="C")
    pressure_mbar = Reading(_float(33, 8), unit="mbar")
    valve_pct = Reading(Value(Parameter(114, 1, Kind.LONG)), unit="%", scale=FULL_VALVE)
    counter_g = Setting(
        _float(104, 1, Measure.MASS), unit="g", limits=Limits(0, 0), resolution=LEAST_DOSE_G
    )
    counter_limit_g = Setting(
        _float(104, 3, Measure.MASS), unit="g", limits=DOSES_G, resolution=LEAST_DOSE_G
    )
    counter_output_mode = Setting(_byte(104, 4), unit="", limits=Limits(0, 2))
    counter_setpoint_mode = Setting(_byte(104, 5), unit="", limits=Limits(0, 1))
    counter_setpoint_pct = Setting(_word(104, 6), unit="%", scale=FULL_WORD, limits=PERCENT)
    counter_mode = Setting(_byte(104, 8), unit="", limits=Limits(0, COUNTS_TO_LIMIT))

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 128) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._wire = ProparWire(name, link, node=unit)
        self._factors = {Measure.PLAIN: 1.0, Measure.FLOW: 1.0, Measure.MASS: 1.0}
        self._identified = False
        self._power_up_noted = False
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return type, model and serial number; take over the units of flow and counter.

        Raises WrongDevice for another device and for one that does not meter mass, Restarted if
        it was power-cycled since it was first identified.
        """
        kind = self._named(await self._wire.text(DEVICE_TYPE))
        self._factors[Measure.FLOW] = await self._factor(CAPACITY_UNIT, FLOW_IN, "mass flow")
        self._factors[Measure.MASS] = await self._factor(COUNTER_UNIT, MASS_IN, "mass")
        model, serial = await self._wire.text(MODEL_NUMBER), await self._wire.text(SERIAL_NUMBER)
        if self._identified:
            await self.check()
        else:
            self._power_up_noted = (await self.alarms()).power_up
            self._identified = True
        return f"{kind} {model} {serial}"

    async def read_raw(self, ref: Value) -> float:
        """Ask for one number, in the unit of its point."""
        return await self._wire.number(ref.parameter) * self._factors[ref.measure]

    async def write_raw(self, ref: Value, raw: float) -> None:
        """Set one number; raise Rejected with the instrument's reason."""
        await self._wire.write(ref.parameter, raw / self._factors[ref.measure])

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def user_tag(self) -> str:
        """The name that somebody gave this instrument."""
        return await self._wire.text(USER_TAG)

    async def alarms(self) -> Alarms:
        """The alarm byte, bit by bit."""
        return decode_alarms(int(await self.alarm_bits.value()))

    async def check(self) -> Alarms:
        """Return the alarms; raise DeviceFault for an error, Restarted once after a power-up."""
        alarms = await self.alarms()
        news = alarms.power_up and not self._power_up_noted
        self._power_up_noted = alarms.power_up
        if news:
            raise Restarted("lost power; what it was set to and counted is gone", source=self.name)
        if alarms.error or alarms.hardware:
            words = "hardware error" if alarms.hardware else "error in its alarm register"
            raise DeviceFault(words, source=self.name)
        return alarms

    async def acknowledge(self) -> None:
        """Reset the alarms, and confirm that no power-up or batch alarm stands."""
        await self._wire.write(RESET, RESET_ALARMS)
        alarms = await self.alarms()
        if alarms.power_up or alarms.batch_reached:
            raise ReadBackDiffers("alarms were reset and still stand", source=self.name)
        self._power_up_noted = False

    async def control(self, mode: ControlMode) -> None:
        """Take the set-point from `mode`, and read back that it is so."""
        await self.control_mode.write_and_verify(mode)

    async def flow(
        self, g_min: float, *, within_g_min: float, dwell_s: float, deadline_s: float
    ) -> float:
        """Regulate `g_min`; return the flow once it stayed within `within_g_min`.

        Raises LimitExceeded before the pump turns, Rejected, DeviceFault or NotReached.
        """
        self._refuse_negative(g_min)
        percent = await self._percent(g_min)
        await self.check()
        await self.counter_mode.write_and_verify(0)
        await self.control(ControlMode.BUS)
        await self.setpoint_pct.write_and_verify(percent)
        return await settle(
            self._healthy_g_min,
            g_min,
            within=within_g_min,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.flow_g_min",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def flowing(
        self, g_min: float, *, within_g_min: float, dwell_s: float, deadline_s: float
    ) -> AsyncGenerator[None]:
        """Hold `g_min` inside; the pump stands on leaving. Errors as `flow`."""
        self._refuse_negative(g_min)
        try:
            await self.flow(
                g_min, within_g_min=within_g_min, dwell_s=dwell_s, deadline_s=deadline_s
            )
            yield
        finally:
            await to_the_end(self.make_safe())

    async def dispense(self, grams: float, g_min: float, *, deadline_s: float) -> float:
        """Let `grams` flow at `g_min`; return the mass counted once the pump stands again.

        Raises LimitExceeded before anything is sent, DeviceFault or Restarted on the way, and
        NotReached after `deadline_s`; the pump stands in every case and `counter_g` holds what
        has flowed.
        """
        self._refuse_negative(g_min)
        if not LEAST_DOSE_G <= grams <= DOSES_G.high:
            raise LimitExceeded(
                f"a dose of {grams:g} g is outside {LEAST_DOSE_G:g} to {DOSES_G.high:g} g",
                source=self.name,
            )
        percent = await self._percent(g_min)
        try:
            await self._arm(grams)
            await self.setpoint_pct.write(percent)
            await until(
                self._limit_reached,
                deadline_s=deadline_s,
                clock=self.clock,
                what=f"{self.name} at {grams:g} g",
                poll_s=POLL_S,
            )
        finally:
            await to_the_end(self.make_safe())
        return await self.counter_g.value()

    async def make_safe(self) -> None:
        """Ask for no flow and obey this line, both read back; the counter keeps its value."""
        await insist(self._close)

    async def _close(self) -> None:
        await self.setpoint_pct.write_and_verify(0)
        await self.control(ControlMode.BUS)

    async def _arm(self, grams: float) -> None:
        """Count from nothing to `grams`, then close; nothing flows yet."""
        await self.check()
        await self._close()
        settings: tuple[tuple[BoundSetting[Value], float], ...] = (
            (self.counter_mode, 0),
            (self.counter_g, 0),
            (self.counter_limit_g, grams),
            (self.counter_setpoint_pct, 0),
            (self.counter_setpoint_mode, 1),
            (self.counter_mode, COUNTS_TO_LIMIT),
        )
        for setting, value in settings:
            await setting.write_and_verify(value)
        if (await self.alarms()).batch_reached:
            raise ReadBackDiffers("counts from nothing and is at its limit", source=self.name)

    async def _limit_reached(self) -> bool:
        return (await self.check()).batch_reached

    async def _healthy_g_min(self) -> float:
        await self.check()
        return await self.flow_g_min.value()

    async def _percent(self, g_min: float) -> float:
        capacity = await self.capacity_g_min.value()
        if not g_min <= capacity:
            raise LimitExceeded(
                f"{g_min:g} g/min is above the capacity of {capacity:g} g/min", source=self.name
            )
        return 100 * g_min / capacity

    def _refuse_negative(self, g_min: float) -> None:
        if not 0 < g_min < float("inf"):
            raise LimitExceeded(f"{g_min:g} g/min is no flow", source=self.name)

    async def _factor(self, where: Parameter, table: Mapping[str, float], what: str) -> float:
        unit = await self._wire.text(where)
        if unit not in table:
            raise WrongDevice(f"is set to {unit!r}, which is no {what}", source=self.name)
        return table[unit]

    async def _recheck(self, talk: Conversation) -> None:
        self._named(await self._wire.text_within(talk, DEVICE_TYPE))

    def _named(self, text: str) -> str:
        if not text.upper().startswith(CONTROLLERS):
            raise WrongDevice(
                f"{text!r} answers instead of a mini CORI-FLOW controller", source=self.name
            )
        return text
