"""Xylem Hydrovar HVL pump drive, from a public driver and its parameter table: Modbus RTU.

It regulates a pressure itself or turns the pump at a fixed frequency. The motor coasts after it
was stopped, so that off and standing still are two things.

Chosen here, not stated by the source: the limits of pressure, of frequency and of coasting.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import ClassVar

from drivers.core.errors import InterlockOpen, LimitExceeded, ReadBackDiffers, Refused
from drivers.core.links.serial import SerialSettings
from drivers.core.points import BoundReading, BoundSetting, Limits
from drivers.core.registers import Register
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle, until
from drivers.instruments.xylem_hydrovar_frames import Mode
from drivers.instruments.xylem_hydrovar_state import START_STOP, HydrovarState

COASTING_DEADLINE_S = 30.0
POLL_S = 0.5


class XylemHydrovar(HydrovarState):
    """One pump with its drive."""

    MODEL: ClassVar[str] = "Xylem Hydrovar HVL"
    TRANSPORT: ClassVar[str] = "modbus_rtu"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600)

    @asynccontextmanager
    async def delivering(
        self, bar: float, *, deadline_s: float, within_bar: float = 0.1, dwell_s: float = 5.0
    ) -> AsyncGenerator[None]:
        """Hold `bar`, entered once it stayed there for `dwell_s`; off is confirmed on leaving.

        Raises LimitExceeded before anything is sent, InterlockOpen for an open enable terminal,
        Refused if the pump already runs, DeviceFault, Tripped, and NotReached after `deadline_s`.
        """
        async with self._running(Mode.CONTROLLER, self.required_bar, bar):
            await self._settled(self.pressure_bar, bar, within_bar, dwell_s, deadline_s)
            yield

    @asynccontextmanager
    async def turning(
        self, hertz: float, *, deadline_s: float, within_hz: float = 0.5, dwell_s: float = 2.0
    ) -> AsyncGenerator[None]:
        """Turn the pump at `hertz`, whatever the pressure; otherwise as `delivering`.

        Raises LimitExceeded also outside the lowest and highest frequency set in the drive.
        """
        async with self._running(Mode.ACTUATOR, self.actuator_hz, hertz):
            await self._settled(self.frequency_hz, hertz, within_hz, dwell_s, deadline_s)
            yield

    @asynccontextmanager
    async def armed(self, bar: float) -> AsyncGenerator[None]:
        """Started inside: it holds `bar` while, and only while, its enable terminal is closed.

        For a tool whose controller closes the terminal in its own time. A pump that is started
        already goes on with `bar`. Off is confirmed on leaving. Raises LimitExceeded before
        anything is sent, DeviceFault, ReadBackDiffers.
        """
        self._refuse_beyond(self.required_bar, bar, self.required_bar.limits)
        await self.healthy_status()
        async with self._started(Mode.CONTROLLER, self.required_bar, bar):
            yield

    async def turn(
        self, hertz: float, *, deadline_s: float, within_hz: float = 0.5, dwell_s: float = 2.0
    ) -> float:
        """Be turning at `hertz` and go on so; return the frequency once it stayed.

        A pump that turns already is told the new frequency. Raises what `turning` does, Refused
        for one that regulates a pressure; it goes on turning if the frequency is not reached.
        """
        runs = await self._startable(Mode.ACTUATOR, self.actuator_hz, hertz)
        if runs and await self.mode.value() != Mode.ACTUATOR:
            raise Refused("the pump runs and regulates a pressure", source=self.name)
        await self._start(Mode.ACTUATOR, self.actuator_hz, hertz)
        return await self._settled(self.frequency_hz, hertz, within_hz, dwell_s, deadline_s)

    async def make_safe(self) -> None:
        """Stop the pump, confirm it, and wait until the motor stands still.

        Raises ReadBackDiffers if it stays on, NotReached if it still turns after
        `COASTING_DEADLINE_S`.
        """
        await insist(self._switch_off)
        await until(
            self._stands_still,
            deadline_s=COASTING_DEADLINE_S,
            clock=self.clock,
            what=f"{self.name}: the motor stands still",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def _running(
        self, mode: Mode, setting: BoundSetting[Register], value: float
    ) -> AsyncGenerator[None]:
        if await self._startable(mode, setting, value):
            raise Refused("the pump already runs", source=self.name)
        async with self._started(mode, setting, value):
            yield

    @asynccontextmanager
    async def _started(
        self, mode: Mode, setting: BoundSetting[Register], value: float
    ) -> AsyncGenerator[None]:
        try:
            await self._start(mode, setting, value)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def _startable(self, mode: Mode, setting: BoundSetting[Register], value: float) -> bool:
        """Whether the pump runs already; raise what keeps it from being started so."""
        self._refuse_beyond(setting, value, setting.limits)
        status = await self.healthy_status()
        if not status.terminal_enabled:
            raise InterlockOpen("the enable terminal is open", source=self.name)
        if mode is Mode.ACTUATOR:
            low, high = await self.min_frequency_hz.value(), await self.max_frequency_hz.value()
            self._refuse_beyond(setting, value, Limits(low, high))
        return status.start_enabled

    async def _start(self, mode: Mode, setting: BoundSetting[Register], value: float) -> None:
        await self._prepare(mode)
        await setting.write_and_verify(value)
        await self.write(START_STOP, 1)
        if not (await self.status()).start_enabled:
            raise ReadBackDiffers("was started and is not on", source=self.name)

    async def _prepare(self, mode: Mode) -> None:
        """Regulate by what is written here, and never start without being told."""
        for setting, value in (
            (self.mode, mode),
            (self.required_1_source, 1),
            (self.required_2_source, 0),
            (self.required_switch, 0),
            (self.test_run_h, 0),
            (self.error_reset_mode, 0),
            (self.enabled, 1),
        ):
            if await setting.value() != value:
                await setting.write_and_verify(value)

    async def _settled(
        self,
        point: BoundReading[Register],
        target: float,
        within: float,
        dwell_s: float,
        deadline_s: float,
    ) -> float:
        async def healthy() -> float:
            await self.check()
            return await point.value()

        return await settle(
            healthy,
            target,
            within=within,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=point.name,
            poll_s=POLL_S,
        )

    async def _switch_off(self) -> None:
        await self.write(START_STOP, 0)
        if (await self.status()).start_enabled:
            raise ReadBackDiffers("was stopped and is still on", source=self.name)

    async def _stands_still(self) -> bool:
        return not (await self.status()).motor_running

    def _refuse_beyond(self, setting: BoundSetting[Register], value: float, limits: Limits) -> None:
        if value not in limits:
            raise LimitExceeded(
                f"{setting.spec.name} = {value:g} {setting.spec.unit} is outside "
                f"{limits.low:g} to {limits.high:g} {setting.spec.unit}",
                source=self.name,
            )
