"""Trinamic TMCM-1640 spindle drive, from its TMCL firmware manual: speeds in rpm."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, LimitExceeded
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle, until
from drivers.instruments.trinamic_tmcl import Tmcl
from drivers.instruments.trinamic_tmcl_frames import Command

SPEED_LIMITS_RPM = Limits(0, 4000)
SPEED_WITHIN = 0.01  # of the speed: what the film thickness can bear
STANDSTILL_RPM = 5.0
STANDSTILL_DEADLINE_S = 30.0
POLL_S = 0.25

# The flags differ between generations of the module: they are a table, not code.
FAULT_FLAGS: Mapping[int, str] = {
    0: "overcurrent",
    1: "undervoltage",
    2: "overvoltage",
    3: "overtemperature",
    5: "Hall sensor error",
    6: "encoder error",
    12: "emergency stop",
    17: "I2t limit exceeded",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An axis parameter by number."""

    number: int


def faults_in(flags: int) -> tuple[str, ...]:
    """The faults that a status word reports, in words."""
    return tuple(words for bit, words in FAULT_FLAGS.items() if flags >> bit & 1)


class TrinamicTmcm1640:
    """One spindle; right is the only direction in which it is turned."""

    MODEL: ClassVar[str] = "Trinamic TMCM-1640"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    target_rpm = Reading(Parameter(2), unit="rpm")
    actual_rpm = Reading(Parameter(3), unit="rpm")
    max_rpm = Setting(Parameter(4), unit="rpm", limits=SPEED_LIMITS_RPM)
    max_current_ma = Setting(Parameter(6), unit="mA", limits=Limits(0, 5000))
    acceleration_rpm_s = Setting(Parameter(11), unit="rpm/s", limits=Limits(1, 10000))
    i2t_sum = Reading(Parameter(27), unit="")
    torque_ma = Reading(Parameter(150), unit="mA")
    supply_v = Reading(Parameter(151), unit="V", scale=0.1)
    temperature_c = Reading(Parameter(152), unit="C")
    status_flags = Reading(Parameter(156), unit="")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._tmcl = Tmcl(name, link, address=unit, kind="1640")

    async def identify(self) -> str:
        """Return module and firmware, e.g. `1640V208`; raise WrongDevice for another module."""
        return await self._tmcl.version()

    async def read_raw(self, ref: Parameter) -> float:
        """Ask for one axis parameter."""
        return float(await self._tmcl.command(Command.GET_PARAMETER, ref.number, 0))

    async def write_raw(self, ref: Parameter, raw: float) -> None:
        """Set one axis parameter; raise Rejected with the module's reason."""
        await self._tmcl.command(Command.SET_PARAMETER, ref.number, round(raw))

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        points = (
            *(self.target_rpm, self.actual_rpm, self.max_rpm, self.max_current_ma),
            *(self.acceleration_rpm_s, self.i2t_sum, self.torque_ma, self.supply_v),
            *(self.temperature_c, self.status_flags),
        )
        return {point.spec.name: await point.read() for point in points}

    async def check(self) -> None:
        """Raise DeviceFault with every fault that the module reports."""
        faults = faults_in(int(await self.status_flags.value()))
        if faults:
            raise DeviceFault(", ".join(faults), source=self.name)

    async def spin(
        self, rpm: float, acceleration_rpm_s: float, *, dwell_s: float, deadline_s: float
    ) -> float:
        """Turn at `rpm`; return the actual speed once it has stayed within 1 % for `dwell_s`.

        Raises LimitExceeded before anything is sent, DeviceFault, or NotReached.
        """
        if rpm not in SPEED_LIMITS_RPM:
            high = SPEED_LIMITS_RPM.high
            raise LimitExceeded(f"{rpm:g} rpm is outside 0 to {high:g} rpm", source=self.name)
        await self.acceleration_rpm_s.write_and_verify(acceleration_rpm_s)
        await self._tmcl.command(Command.ROTATE_RIGHT, 0, round(rpm))
        return await settle(
            self._healthy_rpm,
            rpm,
            within=max(rpm * SPEED_WITHIN, STANDSTILL_RPM),
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.actual_rpm",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def spinning(
        self, rpm: float, acceleration_rpm_s: float, *, deadline_s: float, dwell_s: float = 0.5
    ) -> AsyncGenerator[None]:
        """Be at `rpm` inside; standstill is confirmed on leaving. Errors as `spin`."""
        try:
            await self.spin(rpm, acceleration_rpm_s, dwell_s=dwell_s, deadline_s=deadline_s)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def stop(self, *, deadline_s: float) -> None:
        """Stop the spindle; return once it stands; raise NotReached if it still turns."""
        await insist(self._command_stop)
        await until(
            self._stands,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} at standstill",
            poll_s=POLL_S,
        )

    async def make_safe(self) -> None:
        """Stop the spindle and wait until it stands."""
        await self.stop(deadline_s=STANDSTILL_DEADLINE_S)

    async def _command_stop(self) -> None:
        await self._tmcl.command(Command.STOP, 0, 0)

    async def _stands(self) -> bool:
        return abs(await self.actual_rpm.value()) <= STANDSTILL_RPM

    async def _healthy_rpm(self) -> float:
        await self.check()
        return await self.actual_rpm.value()
