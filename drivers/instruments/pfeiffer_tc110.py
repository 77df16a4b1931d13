"""Pfeiffer TC 110 drive unit of a HiPace turbomolecular pump, from its parameter set on RS-485.

The bus needs no new identification after a time-out: every answer names its address and parameter.

Chosen here, not stated by the source: the limits of the settings and which number format each
parameter has; the action that describes a parameter is not asked for; off is confirmed by the
pumping station, as the rotor needs minutes to stand.
"""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    LimitExceeded,
    LinkLost,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.base import owned
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import until
from drivers.instruments.pfeiffer_tc110_frames import (
    REFUSALS,
    Action,
    DataType,
    Malfunction,
    Telegram,
    answers_to,
    decode,
    decode_malfunction,
    decode_value,
    encode,
    encode_value,
    question,
)

REPLY_TIMEOUT_S = 0.3  # the longest answer ever seen on such a bus began after 33 ms
ACKNOWLEDGE, PUMPING_STATION, CONTROL, NAME, ADDRESS = 9, 10, 60, 349, 797
MALFUNCTION, FIRMWARE, HARDWARE = 303, 312, 354
REMOTE_PRIORITY, SWITCHPOINT_ATTAINED, SET_SPEED_ATTAINED, ACCELERATING = 300, 302, 306, 307
ELECTRONICS_TOO_WARM, PUMP_TOO_WARM = 304, 305
BY_RS485 = 2
ADDRESSES = Limits(1, 255)
POLL_S = 1.0


class Switch(IntEnum):
    """What can be on or off beside the pumping station."""

    HEATING = 1
    STANDBY = 2
    RUN_UP_MONITORING = 4
    VENTING = 12
    MOTOR = 23
    SEALING_GAS = 50
    INTERFACE_LOCK = 61


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number by its parameter, with the format that it has."""

    number: int
    kind: DataType = DataType.U_INTEGER
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What the drive unit says of itself."""

    pumping: bool
    remote_priority: bool
    switchpoint_attained: bool
    set_speed_attained: bool
    accelerating: bool
    electronics_too_warm: bool
    pump_too_warm: bool
    malfunction: Malfunction | None


def _setting(
    number: int, unit: str, limits: Limits, kind: DataType = DataType.U_INTEGER
) -> Setting[Parameter]:
    scale = 0.01 if kind is DataType.U_REAL else 1.0
    return Setting(Parameter(number, kind, writable=True), unit=unit, limits=limits, scale=scale)


class PfeifferTc110:
    """One drive unit at address `unit`."""

    MODEL: ClassVar[str] = "Pfeiffer TC 110"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    target_hz = Reading(Parameter(308), unit="Hz")
    actual_hz = Reading(Parameter(309), unit="Hz")
    current_a = Reading(Parameter(310, DataType.U_REAL), unit="A", scale=0.01)
    operating_h = Reading(Parameter(311), unit="h")
    voltage_v = Reading(Parameter(313, DataType.U_REAL), unit="V", scale=0.01)
    nominal_hz = Reading(Parameter(315), unit="Hz")
    power_w = Reading(Parameter(316), unit="W")
    electronics_c = Reading(Parameter(326), unit="C")
    pump_bottom_c = Reading(Parameter(330), unit="C")
    bearing_c = Reading(Parameter(342), unit="C")
    motor_c = Reading(Parameter(346), unit="C")
    target_rpm = Reading(Parameter(397), unit="rpm")
    actual_rpm = Reading(Parameter(398), unit="rpm")
    nominal_rpm = Reading(Parameter(399), unit="rpm")
    backing_mode = _setting(25, "", Limits(0, 3), DataType.U_SHORT)
    speed_set_mode = _setting(26, "", Limits(0, 1), DataType.U_SHORT)
    gas_mode = _setting(27, "", Limits(0, 2), DataType.U_SHORT)
    vent_mode = _setting(30, "", Limits(0, 2), DataType.U_SHORT)
    run_up_time_min = _setting(700, "min", Limits(1, 120))
    switchpoint_pct = _setting(701, "%", Limits(50, 97))
    speed_setpoint_pct = _setting(707, "%", Limits(20, 100), DataType.U_REAL)
    standby_pct = _setting(717, "%", Limits(20, 100), DataType.U_REAL)
    switchpoint_2_pct = _setting(719, "%", Limits(5, 97))
    vent_speed_pct = _setting(720, "%", Limits(40, 98), DataType.U_SHORT)
    vent_time_s = _setting(721, "s", Limits(6, 3600))

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link

    async def identify(self) -> str:
        """Return name, firmware and hardware version; raise WrongDevice for another unit."""
        try:
            name = (await self._ask(NAME)).strip()
        except Rejected as error:
            raise WrongDevice(f"does not say who it is: {error}", source=self.name) from error
        if name.replace(" ", "") != "TC110":
            raise WrongDevice(f"{name!r} answers instead of a TC 110", source=self.name)
        versions = [(await self._ask(number)).strip() for number in (FIRMWARE, HARDWARE)]
        return " ".join((name, *versions))

    async def read_raw(self, ref: Parameter) -> float:
        """Ask for one number."""
        data = await self._ask(ref.number)
        with self._understood():
            return decode_value(ref.kind, data)

    async def write_raw(self, ref: Parameter, raw: float) -> None:
        """Set one number; raise Rejected with the reason."""
        if not ref.writable:
            raise Refused(f"parameter {ref.number} cannot be set", source=self.name)
        await self._write(ref.number, encode_value(ref.kind, raw))

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def status(self) -> Status:
        """Every flag, and what is wrong."""
        return Status(
            pumping=await self._flag(PUMPING_STATION),
            remote_priority=await self._flag(REMOTE_PRIORITY),
            switchpoint_attained=await self._flag(SWITCHPOINT_ATTAINED),
            set_speed_attained=await self._flag(SET_SPEED_ATTAINED),
            accelerating=await self._flag(ACCELERATING),
            electronics_too_warm=await self._flag(ELECTRONICS_TOO_WARM),
            pump_too_warm=await self._flag(PUMP_TOO_WARM),
            malfunction=await self.malfunction(),
        )

    async def malfunction(self) -> Malfunction | None:
        """The error that stopped the pump, or a warning, or None."""
        data = await self._ask(MALFUNCTION)
        with self._understood():
            return decode_malfunction(data)

    async def check(self) -> None:
        """Raise DeviceFault for an error, Tripped if the pumping station is off."""
        await self.refuse_error()
        if not await self._flag(PUMPING_STATION):
            raise Tripped("the pumping station is off", source=self.name)

    async def switched(self, switch: Switch) -> bool:
        """Whether something is on."""
        return await self._flag(switch)

    async def switch(self, switch: Switch, *, on: bool) -> None:
        """Switch something; confirmed by read-back. Raises Rejected, ReadBackDiffers."""
        await self._set_flag(switch, on=on)

    async def take_control(self) -> None:
        """Be controlled by RS-485; confirmed by read-back."""
        control = Parameter(CONTROL, DataType.U_SHORT, writable=True)
        await self.write_raw(control, BY_RS485)
        if (held := await self.read_raw(control)) != BY_RS485:
            raise ReadBackDiffers(f"is controlled by interface {held:g}", source=self.name)

    async def run_up(self, *, deadline_s: float, speed_pct: float | None = None) -> float:
        """Be at `speed_pct` of the nominal speed, or all of it; return the speed in Hz.

        Raises LimitExceeded before anything is sent, InterlockOpen if the unit is controlled at
        its remote plug, DeviceFault for an error, Tripped if it goes off on the way, NotReached
        after `deadline_s`: it goes on trying then.
        """
        self._refuse_beyond(speed_pct)
        await self.refuse_error()
        if await self._flag(REMOTE_PRIORITY):
            raise InterlockOpen("is controlled at its remote plug", source=self.name)
        if speed_pct is not None:
            await self.speed_setpoint_pct.write_and_verify(speed_pct)
        await self.speed_set_mode.write_and_verify(speed_pct is not None)
        await self._set_flag(Switch.MOTOR, on=True)
        await self._set_flag(PUMPING_STATION, on=True)
        await until(
            self._at_speed,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} at its speed",
            poll_s=POLL_S,
        )
        return await self.actual_hz.value()

    @asynccontextmanager
    async def running(
        self, *, deadline_s: float, speed_pct: float | None = None
    ) -> AsyncGenerator[None]:
        """At its speed inside; off is confirmed on leaving. Errors as `run_up`."""
        self._refuse_beyond(speed_pct)
        try:
            await self.run_up(deadline_s=deadline_s, speed_pct=speed_pct)
            yield
        finally:
            await to_the_end(self.make_safe())

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
        """Switch the pumping station off and confirm it, not that the rotor stands."""
        await insist(self._switch_off)

    async def acknowledge_error(self) -> None:
        """Clear an error that is over; raise DeviceFault if it stays, Rejected."""
        await self._write(ACKNOWLEDGE, encode_value(DataType.BOOLEAN_OLD, 1))
        await self.refuse_error()

    async def set_address(self, address: int) -> None:
        """Give it another address, used from here on; the line file must say so as well."""
        if address not in ADDRESSES:
            raise LimitExceeded(f"{address} is no address from 1 to 255", source=self.name)
        await self._write(ADDRESS, encode_value(DataType.U_INTEGER, address))
        self.unit = address

    async def _switch_off(self) -> None:
        await self._set_flag(PUMPING_STATION, on=False)

    async def _at_speed(self) -> bool:
        await self.check()
        return await self._flag(SET_SPEED_ATTAINED)

    async def _stands(self) -> bool:
        return await self.actual_hz.value() == 0

    def _refuse_beyond(self, speed_pct: float | None) -> None:
        if speed_pct is not None and speed_pct not in self.speed_setpoint_pct.limits:
            raise LimitExceeded(f"{speed_pct:g} % is no speed to run at", source=self.name)

    async def refuse_error(self) -> None:
        """Raise DeviceFault for an error, whether the pump runs or not."""
        found = await self.malfunction()
        if found is not None and found.is_error:
            raise DeviceFault(f"error {found.number:03d}", source=self.name)

    async def _flag(self, number: int) -> bool:
        return bool(await self.read_raw(Parameter(number, DataType.BOOLEAN_OLD)))

    async def _set_flag(self, number: int, *, on: bool) -> None:
        await self._write(number, encode_value(DataType.BOOLEAN_OLD, on))
        if await self._flag(number) is not on:
            said = f"parameter {number} is not {'on' if on else 'off'}"
            raise ReadBackDiffers(said, source=self.name)

    async def _ask(self, number: int) -> str:
        return await self._exchange(question(self.unit, number))

    async def _write(self, number: int, data: str) -> None:
        taken = await self._exchange(Telegram(self.unit, Action.WRITE, number, data))
        if taken != data:
            raise ReadBackDiffers(
                f"parameter {number} was set to {data} and is {taken}", source=self.name
            )

    async def _exchange(self, request: Telegram) -> str:
        try:
            line = await self._link.exchange(
                encode(request), answers_to(request), timeout_s=REPLY_TIMEOUT_S
            )
        except LinkLost as error:  # the bus may carry another instrument's name
            raise owned(error, self._link.name, self.name) from error
        data = decode(line).data
        if (words := REFUSALS.get(data)) is not None:
            raise Rejected(f"parameter {request.parameter}: {words} ({data})", source=self.name)
        return data

    @contextmanager
    def _understood(self) -> Generator[None]:
        try:
            yield
        except CodecError as error:
            raise self._link.garbled(str(error), source=self.name) from None
