"""Thermo Scientific ThermoFlex recirculating chiller, from its manual's serial appendix.

Every value comes with its unit, which can be changed at the front panel: here temperatures are C,
flows l/min and pressures bar, whatever the chiller shows.

Chosen here, not stated by the source: the set-point is written in tenths of a degree and only
while the chiller shows C; limits of the set-point are the 5 to 40 C of the standard pump; the
open optional sensors 2 and 3 and the low flow warning are warnings, every other bit is a fault;
a request that was damaged on the wire is sent again, at most three times.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, TypeVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Quality, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle, until
from drivers.instruments.thermoflex_frames import (
    ERROR,
    TENTHS,
    WRONG_CHECKSUM,
    Command,
    OnOff,
    Quantity,
    Status,
    Unit,
    decode,
    decode_on,
    decode_quantity,
    decode_refusal,
    decode_status,
    encode,
    encode_celsius,
    reply_to,
)

REPLY_TIMEOUT_S = 0.5
CHECKSUM_ATTEMPTS = 3
PROTOCOL_VERSIONS = frozenset({b"\x00\x00", b"\x00\x01"})
COOLANT = Limits(5, 40)
POWER_DEADLINE_S = 60.0
POLL_S = 1.0
SENSOR_OPEN = "temperature sensor 1 open"

LITRES_PER_GALLON = 3.785411784
BAR_PER_PSI = 0.0689475729

GivenT = TypeVar("GivenT")
DecodedT = TypeVar("DecodedT")


@dataclass(frozen=True, slots=True)
class Value:
    """The command that asks for a value, the unit wanted, and the command that sets it."""

    ask: Command
    unit: Unit
    tell: Command | None = None


def converted(quantity: Quantity, wanted: Unit) -> float:
    """The number in the unit wanted; raise CodecError if it measures something else."""
    value = quantity.value
    match quantity.unit, wanted:
        case given, _ if given is wanted or wanted is Unit.NONE:
            return value
        case Unit.FAHRENHEIT, Unit.CELSIUS:
            return (value - 32) / 1.8
        case Unit.GALLONS_MIN, Unit.LITRES_MIN:
            return value * LITRES_PER_GALLON
        case Unit.PSI, Unit.BAR:
            return value * BAR_PER_PSI
        case Unit.KILOPASCAL, Unit.BAR:
            return value / 100
        case given, _:
            raise CodecError(f"{value:g} is in {given.name}, which is no {wanted.name}")


class Thermoflex:
    """One chiller; `unit` means nothing on its RS-232 line."""

    MODEL: ClassVar[str] = "Thermo Scientific ThermoFlex"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    temperature_c = Reading(Value(Command.TEMPERATURE, Unit.CELSIUS), unit="C")
    flow_lpm = Reading(Value(Command.FLOW, Unit.LITRES_MIN), unit="l/min")
    supply_bar = Reading(Value(Command.SUPPLY_PRESSURE, Unit.BAR), unit="bar")
    suction_bar = Reading(Value(Command.SUCTION_PRESSURE, Unit.BAR), unit="bar")
    setpoint_c = Setting(
        Value(Command.SETPOINT, Unit.CELSIUS, Command.SET_SETPOINT),
        unit="C",
        limits=COOLANT,
        resolution=TENTHS,
    )
    low_flow_lpm = Reading(Value(Command.LOW_FLOW, Unit.LITRES_MIN), unit="l/min")
    high_flow_lpm = Reading(Value(Command.HIGH_FLOW, Unit.LITRES_MIN), unit="l/min")
    low_temperature_c = Reading(Value(Command.LOW_TEMPERATURE, Unit.CELSIUS), unit="C")
    high_temperature_c = Reading(Value(Command.HIGH_TEMPERATURE, Unit.CELSIUS), unit="C")
    low_pressure_bar = Reading(Value(Command.LOW_PRESSURE, Unit.BAR), unit="bar")
    high_pressure_bar = Reading(Value(Command.HIGH_PRESSURE, Unit.BAR), unit="bar")
    proportional_pct = Reading(Value(Command.PROPORTIONAL, Unit.NONE), unit="%")
    integral_per_min = Reading(Value(Command.INTEGRAL, Unit.NONE), unit="1/min")
    derivative_min = Reading(Value(Command.DERIVATIVE, Unit.NONE), unit="min")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._started = False
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return the version of its protocol, e.g. `ThermoFlex protocol 0.0`; raise WrongDevice.

        The chiller has no name of its own in this protocol: only the form of its answer.
        """
        return self._named(await self._ask(Command.ACKNOWLEDGE))

    async def read_raw(self, ref: Value) -> float:
        """Ask for one value, in the unit of its point."""
        return self._value(await self._ask(ref.ask), ref)

    async def write_raw(self, ref: Value, raw: float) -> None:
        """Set one value; raise Rejected with the reason, ReadBackDiffers if another is taken."""
        if ref.tell is None:
            raise Refused(f"{ref.ask.name} cannot be set", source=self.name)
        shown = self._decoded(decode_quantity, await self._ask(ref.ask)).unit
        if shown is not ref.unit:
            raise Refused(
                f"the chiller shows {shown.name}: set it to {ref.unit.name} first", source=self.name
            )
        taken = self._value(await self._ask(ref.tell, encode_celsius(raw)), ref)
        if not abs(taken - raw) <= TENTHS:
            raise ReadBackDiffers(
                f"{ref.ask.name} was set to {raw:g} and is {taken:g}", source=self.name
            )

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. An open sensor makes it BAD."""
        samples = {name: await point.read() for name, point in declared(self).items()}
        if SENSOR_OPEN in (await self.status()).faults:
            samples["temperature_c"] = replace(samples["temperature_c"], quality=Quality.BAD)
        return samples

    async def display(self) -> str:
        """What stands on the display."""
        return (await self._ask(Command.DISPLAY)).decode("ascii", "replace").strip(" \0")

    async def status(self) -> Status:
        """Running, powering up or down, faults and warnings."""
        return self._decoded(decode_status, await self._ask(Command.STATUS))

    async def switched_on(self) -> bool:
        """Whether the chiller is switched on; it may still be on its way up."""
        return await self._switch(OnOff.QUERY)

    async def check(self) -> None:
        """Raise DeviceFault for any fault, Tripped if it was started here and is off again."""
        status = await self._healthy()
        if self._started and not status.running:
            raise Tripped("was started and does not run any more", source=self.name)

    async def refuse_fault(self) -> None:
        """Raise DeviceFault for any fault, whether it runs or not."""
        await self._healthy()

    async def start(self, *, deadline_s: float = POWER_DEADLINE_S) -> None:
        """Switch it on; return when it runs. Raises DeviceFault for a fault, or NotReached."""
        await self._healthy()
        if not await self._switch(OnOff.ON):
            raise ReadBackDiffers("was switched on and says it is off", source=self.name)
        await self._until(self._is_up, deadline_s, "running")
        self._started = True

    async def stop(self, *, deadline_s: float = POWER_DEADLINE_S) -> None:
        """Switch it off; return when it stands; raise NotReached if it still runs."""
        self._started = False
        await insist(self._switch_off)
        await self._until(self._is_down, deadline_s, "off")

    async def hold(
        self, celsius: float, *, deadline_s: float, within_c: float = 0.5, dwell_s: float = 30.0
    ) -> float:
        """Run and regulate at `celsius`; return the temperature once it stayed for `dwell_s`.

        Raises LimitExceeded before anything is sent, DeviceFault or Tripped on the way, NotReached
        after `deadline_s`; the chiller goes on regulating in every case.
        """
        end_s = self.clock.monotonic() + deadline_s
        await self.setpoint_c.write(celsius)
        await self.start(deadline_s=deadline_s)
        return await settle(
            self._healthy_c,
            celsius,
            within=within_c,
            dwell_s=dwell_s,
            deadline_s=max(0.0, end_s - self.clock.monotonic()),
            clock=self.clock,
            what=f"{self.name}.temperature_c",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def running(
        self, celsius: float, *, deadline_s: float, within_c: float = 0.5, dwell_s: float = 30.0
    ) -> AsyncGenerator[None]:
        """Hold `celsius` inside; off is confirmed on leaving. Errors as `hold`."""
        if celsius not in COOLANT:
            raise LimitExceeded(
                f"{celsius:g} C is outside {COOLANT.low:g} to {COOLANT.high:g} C", source=self.name
            )
        try:
            await self.hold(celsius, deadline_s=deadline_s, within_c=within_c, dwell_s=dwell_s)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def make_safe(self) -> None:
        """Switch it off and wait until it stands."""
        await self.stop()

    async def _switch_off(self) -> None:
        if await self._switch(OnOff.OFF):
            raise ReadBackDiffers("was switched off and says it is on", source=self.name)

    async def _switch(self, wanted: OnOff) -> bool:
        return self._decoded(decode_on, await self._ask(Command.ON_OFF, bytes((wanted,))))

    async def _until(self, holds: Callable[[Status], bool], deadline_s: float, what: str) -> None:
        await until(
            partial(self._holds, holds),
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} {what}",
            poll_s=POLL_S,
        )

    async def _holds(self, holds: Callable[[Status], bool]) -> bool:
        return holds(await self.status())

    def _is_up(self, status: Status) -> bool:
        self._refuse_fault(status)
        return status.running and not status.powering_up

    def _is_down(self, status: Status) -> bool:
        return not (status.running or status.powering_up or status.powering_down)

    async def _healthy(self) -> Status:
        status = await self.status()
        self._refuse_fault(status)
        return status

    async def _healthy_c(self) -> float:
        await self.check()
        return await self.temperature_c.value()

    def _refuse_fault(self, status: Status) -> None:
        if status.faults:
            raise DeviceFault(", ".join(status.faults), source=self.name)

    def _value(self, data: bytes, ref: Value) -> float:
        quantity = self._decoded(decode_quantity, data)
        return self._decoded(partial(converted, quantity), ref.unit)

    async def _ask(self, command: Command, data: bytes = b"") -> bytes:
        words = ""
        for _ in range(CHECKSUM_ATTEMPTS):
            frame = await self._link.exchange(
                encode(command, data), reply_to(command), timeout_s=REPLY_TIMEOUT_S
            )
            reply = decode(frame)
            if reply.command != ERROR:
                return reply.data
            number, words = decode_refusal(reply.data)
            if number != WRONG_CHECKSUM:
                break
        raise Rejected(f"{command.name}: {words}", source=self.name)

    async def _recheck(self, talk: Conversation) -> None:
        await talk.send(encode(Command.ACKNOWLEDGE))
        frame = await talk.receive(reply_to(Command.ACKNOWLEDGE), timeout_s=REPLY_TIMEOUT_S)
        self._named(decode(frame).data)

    def _named(self, version: bytes) -> str:
        if version not in PROTOCOL_VERSIONS:
            raise WrongDevice(
                f"{version.hex(' ')} answers instead of a ThermoFlex", source=self.name
            )
        return f"ThermoFlex protocol {version[0]}.{version[1]}"

    def _decoded(self, decoder: Callable[[GivenT], DecodedT], given: GivenT) -> DecodedT:
        try:
            return decoder(given)
        except CodecError as error:
            raise self._link.garbled(str(error), source=self.name) from None
