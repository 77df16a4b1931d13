"""Trinamic TMCM-1110 stepper drive of a conveyor, from its TMCL firmware manual.

The module counts speeds in units of its own, whose size follows from its pulse divisor. What is
set lives in memory that a power-up fills afresh: the driver remembers what it set, and finds out
by reading it back that the module was restarted.

Chosen here, not stated by the source: ten milliseconds of silence around every telegram, as public
clients keep them; a reference search is begun, ended and watched with types 0, 1 and 2; digital
inputs are bank 0, analogue inputs bank 1, outputs bank 2; the position counts 24 bits.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import DriverError, LimitExceeded, ReadBackDiffers, Restarted
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.points import BoundSetting, Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle, until
from drivers.instruments.trinamic_tmcl import Tmcl
from drivers.instruments.trinamic_tmcl_frames import Command

TELEGRAM_GAP_S = 0.01
CRYSTAL_HZ = 16e6
SPEED_STEPS = 2048 * 32  # the crystal is divided by this for one internal unit of speed
INTERNAL = Limits(0, 2047)
SPEED_LIMITS_MICROSTEPS_S = Limits(0, 2047 * CRYSTAL_HZ / SPEED_STEPS)
POSITION_LIMITS = Limits(-(2**23), 2**23 - 1)
SPEED_WITHIN = 0.01
STANDSTILL_DEADLINE_S = 30.0
POLL_S = 0.25
ABSOLUTE = 0  # the type of a move
SEARCH_START, SEARCH_STOP, SEARCH_STATUS = 0, 1, 2
INPUTS, ANALOGUE_INPUTS, OUTPUTS = 0, 1, 2  # banks
INPUT_PORTS, OUTPUT_PORTS = range(7), range(8)
PERCENT = 100 / 255


class Direction(Enum):
    """Which way the belt runs, seen on the shaft; the value is the sign of the speed."""

    RIGHT = 1
    LEFT = -1


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis parameter by number."""

    number: int


@dataclass(frozen=True, slots=True)
class Global:
    """A global parameter of bank 0 by number."""

    number: int


def microsteps_s_per_unit(pulse_divisor_log2: int) -> float:
    """How many microsteps a second one internal unit of speed is."""
    return CRYSTAL_HZ / (SPEED_STEPS * 2.0**pulse_divisor_log2)


class TrinamicTmcm1110:
    """One stepper motor, axis 0 of module `unit`."""

    MODEL: ClassVar[str] = "Trinamic TMCM-1110"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    target_microsteps = Reading(Axis(0), unit="microsteps")
    actual_microsteps = Reading(Axis(1), unit="microsteps")
    target_speed_internal = Reading(Axis(2), unit="internal")
    actual_speed_internal = Reading(Axis(3), unit="internal")
    max_speed_internal = Setting(Axis(4), unit="internal", limits=INTERNAL)
    max_acceleration_internal = Setting(Axis(5), unit="internal", limits=INTERNAL)
    run_current_pct = Setting(Axis(6), unit="%", scale=PERCENT, limits=Limits(0, 100))
    hold_current_pct = Setting(Axis(7), unit="%", scale=PERCENT, limits=Limits(0, 100))
    target_reached = Reading(Axis(8), unit="")
    right_limit_switch = Reading(Axis(10), unit="")
    left_limit_switch = Reading(Axis(11), unit="")
    microstep_resolution_log2 = Setting(Axis(140), unit="", limits=Limits(0, 8))
    ramp_divisor_log2 = Setting(Axis(153), unit="", limits=Limits(0, 13))
    pulse_divisor_log2 = Setting(Axis(154), unit="", limits=Limits(0, 13))
    search_mode = Setting(Axis(193), unit="", limits=Limits(1, 136))
    search_speed_internal = Setting(Axis(194), unit="internal", limits=INTERNAL)
    switch_speed_internal = Setting(Axis(195), unit="internal", limits=INTERNAL)
    baud_index = Reading(Global(65), unit="")
    telegram_pause = Setting(Global(75), unit="", limits=Limits(0, 255))

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._tmcl = Tmcl(name, link, address=unit, kind="1110", gap_s=TELEGRAM_GAP_S)
        self._written: dict[Axis, int] = {}

    async def identify(self) -> str:
        """Return module and firmware, e.g. `1110V109`.

        Raises WrongDevice for another module, Restarted if what was set here is gone.
        """
        version = await self._tmcl.version()
        await self.check()
        return version

    async def read_raw(self, ref: Axis | Global) -> float:
        """Ask for one parameter."""
        command = Command.GET_PARAMETER if isinstance(ref, Axis) else Command.GET_GLOBAL
        return float(await self._tmcl.command(command, ref.number, 0))

    async def write_raw(self, ref: Axis | Global, raw: float) -> None:
        """Set one parameter; raise Rejected with the module's reason."""
        value = round(raw)
        if isinstance(ref, Global):
            await self._tmcl.command(Command.SET_GLOBAL, ref.number, value)
            return
        await self._tmcl.command(Command.SET_PARAMETER, ref.number, value)
        self._written[ref] = value

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def check(self) -> None:
        """Raise Restarted, once, if a parameter no longer holds what was set here."""
        for ref, value in self._written.items():
            held = await self.read_raw(ref)
            if held != value:
                self._written.clear()
                raise Restarted(
                    f"parameter {ref.number} was set to {value} and is {held:g}: what was set is "
                    "gone, set it again",
                    source=self.name,
                )

    async def store(self, setting: BoundSetting[Axis]) -> None:
        """Keep the present value of a setting for every power-up; wears the EEPROM."""
        await self._tmcl.command(Command.STORE_PARAMETER, setting.spec.ref.number, 0)

    async def restore(self, setting: BoundSetting[Axis]) -> None:
        """Give a setting the value again that is kept for every power-up."""
        ref = setting.spec.ref
        self._written.pop(ref, None)
        await self._tmcl.command(Command.RESTORE_PARAMETER, ref.number, 0)

    async def actual_microsteps_s(self) -> float:
        """The speed now; negative to the left."""
        return await self.actual_speed_internal.value() * await self._microsteps_s_per_unit()

    async def run(
        self,
        microsteps_s: float,
        direction: Direction = Direction.RIGHT,
        *,
        dwell_s: float,
        deadline_s: float,
    ) -> float:
        """Turn steadily; return the speed once it has stayed within 1 % for `dwell_s`.

        Raises LimitExceeded before the motor is told anything, Restarted, or NotReached.
        """
        self._refuse_speed(microsteps_s)
        await self.check()
        factor = await self._microsteps_s_per_unit()
        speed = round(microsteps_s / factor)
        self._refuse_beyond("a speed", speed, Limits(1, INTERNAL.high), "internal units")
        command = Command.ROTATE_RIGHT if direction is Direction.RIGHT else Command.ROTATE_LEFT
        await self._tmcl.command(command, 0, speed)
        reached = await settle(
            self.actual_speed_internal.value,
            direction.value * speed,
            within=max(1.0, SPEED_WITHIN * speed),
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.actual_speed_internal",
            poll_s=POLL_S,
        )
        return reached * factor

    @asynccontextmanager
    async def running(
        self,
        microsteps_s: float,
        direction: Direction = Direction.RIGHT,
        *,
        deadline_s: float,
        dwell_s: float = 0.5,
    ) -> AsyncGenerator[None]:
        """Be at speed inside; standstill is confirmed on leaving. Errors as `run`."""
        self._refuse_speed(microsteps_s)
        try:
            await self.run(microsteps_s, direction, dwell_s=dwell_s, deadline_s=deadline_s)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def move_to(self, position: float, *, deadline_s: float) -> None:
        """Go to a position in microsteps; stop and raise NotReached if it takes too long."""
        self._refuse_beyond("a position", position, POSITION_LIMITS, "microsteps")
        await self.check()
        try:
            await self._tmcl.command(Command.MOVE, ABSOLUTE, round(position))
            await until(
                partial(self._is_at, round(position)),
                deadline_s=deadline_s,
                clock=self.clock,
                what=f"{self.name} at {position:g} microsteps",
                poll_s=POLL_S,
            )
        except BaseException:
            await to_the_end(self.make_safe())
            raise

    async def home(self, *, deadline_s: float) -> None:
        """Search the reference as `search_mode` says; raise NotReached if it is not found.

        The search is ended and the speed and acceleration of before are back, whatever happens.
        """
        await self.check()
        speed = await self.max_speed_internal.value()
        acceleration = await self.max_acceleration_internal.value()
        try:
            await self._tmcl.command(Command.REFERENCE_SEARCH, SEARCH_START, 0)
            await until(
                self._search_is_over,
                deadline_s=deadline_s,
                clock=self.clock,
                what=f"{self.name} at its reference",
                poll_s=POLL_S,
            )
        finally:
            await to_the_end(self._end_search(speed, acceleration))

    async def digital_input(self, port: int) -> bool:
        """Whether an input is high; ports 0 to 6."""
        self._refuse_port(port, INPUT_PORTS)
        return bool(await self._tmcl.command(Command.GET_INPUT, port, 0, bank=INPUTS))

    async def analogue_input(self) -> int:
        """The one analogue input, in counts."""
        return await self._tmcl.command(Command.GET_INPUT, 0, 0, bank=ANALOGUE_INPUTS)

    async def output(self, port: int) -> bool:
        """Whether an output is on; ports 0 to 7."""
        self._refuse_port(port, OUTPUT_PORTS)
        return bool(await self._tmcl.command(Command.GET_INPUT, port, 0, bank=OUTPUTS))

    async def switch(self, port: int, *, on: bool) -> None:
        """Switch an output and read back that it is so; ports 0 to 7."""
        self._refuse_port(port, OUTPUT_PORTS)
        await self._tmcl.command(Command.SET_OUTPUT, port, int(on), bank=OUTPUTS)
        if await self.output(port) is not on:
            raise ReadBackDiffers(f"output {port} is not {'on' if on else 'off'}", source=self.name)

    async def stop(self, *, deadline_s: float) -> None:
        """Stop the motor; return once it stands; raise NotReached if it still turns."""
        await insist(self._command_stop)
        await until(
            self._stands,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} at standstill",
            poll_s=POLL_S,
        )

    async def make_safe(self) -> None:
        """Stop the motor and wait until it stands."""
        await self.stop(deadline_s=STANDSTILL_DEADLINE_S)

    async def _command_stop(self) -> None:
        await self._tmcl.command(Command.STOP, 0, 0)

    async def _stands(self) -> bool:
        return await self.actual_speed_internal.value() == 0

    async def _is_at(self, position: int) -> bool:
        reached = await self.target_reached.value() == 1
        return reached and await self.actual_microsteps.value() == position

    async def _search_is_over(self) -> bool:
        return await self._tmcl.command(Command.REFERENCE_SEARCH, SEARCH_STATUS, 0) == 0

    async def _end_search(self, speed: float, acceleration: float) -> None:
        try:
            await insist(self._command_search_stop)
        except DriverError:
            await self.make_safe()
            raise
        await self.make_safe()
        await self.max_speed_internal.write_and_verify(speed)
        await self.max_acceleration_internal.write_and_verify(acceleration)

    async def _command_search_stop(self) -> None:
        await self._tmcl.command(Command.REFERENCE_SEARCH, SEARCH_STOP, 0)

    async def _microsteps_s_per_unit(self) -> float:
        return microsteps_s_per_unit(int(await self.pulse_divisor_log2.value()))

    def _refuse_speed(self, microsteps_s: float) -> None:
        self._refuse_beyond("a speed", microsteps_s, SPEED_LIMITS_MICROSTEPS_S, "microsteps/s")

    def _refuse_beyond(self, what: str, value: float, limits: Limits, unit: str) -> None:
        if value not in limits:
            raise LimitExceeded(
                f"{what} of {value:g} {unit} is outside {limits.low:g} to {limits.high:g} {unit}",
                source=self.name,
            )

    def _refuse_port(self, port: int, ports: range) -> None:
        if port not in ports:
            raise LimitExceeded(f"port {port} is not 0 to {ports[-1]}", source=self.name)
