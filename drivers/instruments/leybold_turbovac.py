"""Leybold TURBOVAC i/iX turbomolecular pump on its USS interface, from its manual.

A pump under command must hear something at least every 10 s (parameter 182); any verb will do.
The set-point is parameter 24, as one in the process data holds only until the next telegram.

Chosen here, not stated by the source: which numbers of parameter 1 belong to this family (180 to
182 and 190 to 192); that a new entry "supply voltage" in the error memory means a restart; that
normal operation is the speed of parameters 24 and 25, as status bit 10 is described in two ways;
that off is confirmed by the operation bit, as the rotor needs minutes to stand.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    ReadBackDiffers,
    Refused,
    Rejected,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import until
from drivers.instruments.leybold_turbovac_frames import (
    DEVICE_TYPES,
    ERRORS,
    WARNINGS,
    Control,
    Status,
    words_for,
)
from drivers.instruments.leybold_turbovac_wire import Condition, Parameter, UssWire

SUPPLY_FAILED = 103
SERIAL_LENGTH = 11
ERROR_MEMORY = range(254)
OUTPUTS = Control.FAN_X201 | Control.WARNING_RELAY | Control.BACKING_PUMP_X202 | Control.VENT_X203
OFF = Control(0)
POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class MemorizedError:
    """One entry of the error memory: what, at which speed, after how many hours of operation."""

    number: int
    words: str
    frequency_hz: float
    hours: float


class LeyboldTurbovac:
    """One pump at USS address `unit`, 0 on RS-232 and USB."""

    MODEL: ClassVar[str] = "Leybold TURBOVAC i/iX"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=19200, parity="E")

    device_type = Reading(Parameter(1), unit="")
    software = Reading(Parameter(2), unit="")
    frequency_hz = Reading(Parameter(3), unit="Hz")
    voltage_v = Reading(Parameter(4), unit="V", scale=0.1)
    current_a = Reading(Parameter(5), unit="A", scale=0.1)
    motor_c = Reading(Parameter(7, signed=True), unit="C")
    converter_c = Reading(Parameter(11, signed=True), unit="C")
    nominal_hz = Reading(Parameter(18), unit="Hz")
    setpoint_hz = Setting(Parameter(24, writable=True), unit="Hz", limits=Limits(500, 1000))
    normal_operation_pct = Setting(Parameter(25, writable=True), unit="%", limits=Limits(35, 99))
    longest_run_up_s = Setting(Parameter(32, writable=True), unit="s", limits=Limits(30, 2000))
    bearing_c = Reading(Parameter(125, signed=True), unit="C")
    standby_hz = Setting(Parameter(150, writable=True), unit="Hz", limits=Limits(0, 1000))
    last_error = Reading(Parameter(171, index=0), unit="")
    last_error_hz = Reading(Parameter(174, index=0), unit="Hz")
    last_error_h = Reading(Parameter(176, index=0), unit="h", scale=0.01)
    response_delay_ms = Reading(Parameter(180), unit="ms")
    operating_h = Reading(Parameter(184), unit="h", scale=0.01)
    warning_bits = Reading(Parameter(227), unit="")
    vent_on_hz = Setting(Parameter(247, writable=True), unit="Hz", limits=Limits(0, 1000))
    vent_off_hz = Setting(Parameter(248, writable=True), unit="Hz", limits=Limits(0, 1000))

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 0) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._wire = UssWire(name, link, unit)
        self._known_error: MemorizedError | None = None
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return type, software and serial number; raise WrongDevice for another device.

        Raises Restarted if the supply failed since the pump was last identified here: settings
        that were not saved are gone.
        """
        kind = self._named(await self.device_type.value())
        software = int(await self.software.value())
        version = f"{software // 10000}.{software // 100 % 100:02d}.{software % 100:02d}"
        serial = await self._serial_number()
        known, self._known_error = self._known_error, await self.memorized_error()
        if known not in {None, self._known_error} and self._known_error.number == SUPPLY_FAILED:
            raise Restarted("its supply failed: it was off meanwhile", source=self.name)
        return f"{kind} {version} {serial}".rstrip()

    async def read_raw(self, ref: Parameter) -> float:
        """Ask for one parameter; raise Rejected with the pump's reason."""
        return await self._wire.read(ref)

    async def write_raw(self, ref: Parameter, raw: float) -> None:
        """Write one parameter; raise Rejected, or ReadBackDiffers if another value was taken."""
        await self._wire.write(ref, round(raw))

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def condition(self) -> Condition:
        """Status and process data, in one telegram."""
        return await self._wire.condition()

    async def warnings(self) -> tuple[str, ...]:
        """What the pump warns of, in words."""
        return words_for(WARNINGS, int(await self.warning_bits.value()))

    async def memorized_error(self, age: int = 0) -> MemorizedError:
        """An entry of the error memory, 0 the newest of 254; number 0 is none."""
        if age not in ERROR_MEMORY:
            raise Refused(f"the memory has no entry {age}", source=self.name)
        number = int(await self._wire.read(Parameter(171, index=age)))
        return MemorizedError(
            number=number,
            words=ERRORS.get(number, "no words known") if number else "none",
            frequency_hz=await self._wire.read(Parameter(174, index=age)),
            hours=await self._wire.read(Parameter(176, index=age)) / 100,
        )

    async def check(self) -> None:
        """Raise DeviceFault for an error, with the newest number; Tripped if it does not run."""
        await self._running_condition()

    async def run_up(self, *, deadline_s: float) -> float:
        """Be in normal operation; return the speed in Hz. A pump that runs already goes on.

        Raises DeviceFault for an error, InterlockOpen if it is locked, Tripped if it goes off on
        the way, NotReached after `deadline_s`: it goes on trying then.
        """
        await self._refuse_unready()
        await self._wire.command(Control.ON | self._outputs)
        share = await self.normal_operation_pct.value() / 100
        threshold_hz = share * await self.setpoint_hz.value()

        async def in_normal_operation() -> bool:
            return (await self._running_condition()).frequency_hz >= threshold_hz

        await until(
            in_normal_operation,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} at {threshold_hz:g} Hz",
            poll_s=POLL_S,
        )
        return (await self.condition()).frequency_hz

    @asynccontextmanager
    async def running(self, *, deadline_s: float) -> AsyncGenerator[None]:
        """In normal operation inside; off is confirmed on leaving. Errors as `run_up`."""
        try:
            await self.run_up(deadline_s=deadline_s)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def stand_by(self, *, on: bool = True) -> None:
        """Turn at the standby speed, or again at the set-point. Errors as `run_up`."""
        await self._refuse_unready()
        await self._wire.command(Control.ON | (Control.STANDBY if on else OFF) | self._outputs)
        await self._running_condition()

    async def switch_outputs(self, outputs: Control) -> None:
        """Switch on exactly these of fan, relay, backing pump and vent, acknowledged by the pump.

        Raises Refused for another bit and unless the pump is under command here, InterlockOpen
        for the vent while the pump is on.
        """
        if outputs & ~OUTPUTS:
            raise Refused(f"{outputs!r} are not outputs only", source=self.name)
        if Control.COMMAND not in self._wire.order:
            raise Refused("is not under command here: run it up or stop it", source=self.name)
        if Control.VENT_X203 in outputs and Control.ON in self._wire.order:
            raise InterlockOpen("is not vented while it is on", source=self.name)
        await self._wire.command(self._wire.order & ~OUTPUTS | outputs)

    async def reset_error(self) -> None:
        """Switch off and clear an error that is over; raise DeviceFault if it stays."""
        await self._wire.command(Control.RESET_ERROR | self._outputs)
        await self._wire.command(self._outputs)
        await self._healthy_condition()

    async def stop(self, *, deadline_s: float) -> None:
        """Switch off; return once the rotor stands; raise NotReached if it still turns."""
        await self.make_safe()
        await until(
            self._stands,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} at standstill",
            poll_s=POLL_S,
        )

    async def make_safe(self) -> None:
        """Switch off and confirm it, not that the rotor stands; raise ReadBackDiffers."""
        await insist(self._switch_off)

    async def release(self) -> None:
        """Give control back: after 10 s the pump does what its parameter 179 says."""
        self._wire.order = OFF
        await self.condition()

    @property
    def _outputs(self) -> Control:
        return self._wire.order & OUTPUTS

    async def _switch_off(self) -> None:
        await self._wire.command(self._outputs)
        if Status.OPERATION in (await self.condition()).status:
            raise ReadBackDiffers("was switched off and is still on", source=self.name)

    async def _refuse_unready(self) -> None:
        locked = Status.SWITCH_ON_LOCK
        if locked in (await self._healthy_condition()).status:
            await self._wire.command(self._outputs)  # the lock waits for an order to be off
            if locked in (await self.condition()).status:
                raise InterlockOpen("is locked against being switched on", source=self.name)

    async def _running_condition(self) -> Condition:
        condition = await self._healthy_condition()
        if Status.OPERATION not in condition.status:
            raise Tripped("the pump is off", source=self.name)
        return condition

    async def _healthy_condition(self) -> Condition:
        condition = await self.condition()
        if Status.ERROR in condition.status:
            newest = int(await self.last_error.value())
            words = ERRORS.get(newest, "no words known")
            raise DeviceFault(f"error {newest}: {words}", source=self.name)
        return condition

    async def _stands(self) -> bool:
        return Status.TURNING not in (await self.condition()).status

    async def _serial_number(self) -> str:
        text = ""
        for index in range(SERIAL_LENGTH):
            try:
                code = await self._wire.read(Parameter(315, index=index))
            except Rejected:  # a shorter memory, or none
                break
            text += chr(int(code) & 0x7F)
        return "".join(filter(str.isprintable, text)).strip()

    async def _recheck(self, talk: Conversation) -> None:
        self._named(await self._wire.read_in(talk, self.device_type.spec.ref))

    def _named(self, number: float) -> str:
        kind = DEVICE_TYPES.get(int(number))
        if kind is None:
            raise WrongDevice(f"device type {number:g} is no TURBOVAC i", source=self.name)
        return kind
