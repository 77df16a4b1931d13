"""VAT 61x/64x/65x throttle valve with its own pressure control, from its RS-232 manual.

Positions are in % of the stroke, pressures in % of the sensor's full scale: the valve knows both
only as counts of a range, which is asked for when it is identified.

Chosen here, not stated by the source: the valve is known by the form of its hardware and firmware
answers and by its serial number; a line that it received spoilt is sent again; safe is closed.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import ClassVar

from drivers.core.errors import DeviceFault, LimitExceeded, ReadBackDiffers
from drivers.core.links.serial import SerialSettings
from drivers.core.points import Limits
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle, until
from drivers.instruments.vat_valve_frames import Mode
from drivers.instruments.vat_valve_state import MOVING_TIME_S, VatState

PERCENT = Limits(0, 100)
ENDS_WITHIN_PCT = 0.5
POLL_S = 0.2
NOT_LEARNED = "no learned data"  # one of the warnings


class Setup(StrEnum):
    """What is configured: `s:nn` sets it, `i:nn` asks for it."""

    PID = "02"
    VALVE = "04"
    INTERFACE = "20"
    RANGE = "21"


class VatValve(VatState):
    """One valve; `unit` means nothing on RS-232."""

    MODEL: ClassVar[str] = "VAT throttle valve"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=9600, bits=7, parity="E")

    async def close(self, *, deadline_s: float) -> None:
        """Be closed and read that back. Errors as `move_to`."""
        await self.take_control()
        await self.wire.set("C:")
        await self._arrive(0, ENDS_WITHIN_PCT, Mode.CLOSED, deadline_s)

    async def open(self, *, deadline_s: float) -> None:
        """Be wide open and read that back. Errors as `move_to`."""
        await self.take_control()
        await self.wire.set("O:")
        await self._arrive(100, ENDS_WITHIN_PCT, Mode.OPEN, deadline_s)

    async def hold(self) -> None:
        """Stay where the plate is; confirmed by the control mode."""
        await self.take_control()
        await self.wire.set("H:")
        await self.confirm_mode(Mode.HOLD)

    async def move_to(self, position_pct: float, *, within_pct: float, deadline_s: float) -> None:
        """Be at a position, in % of the stroke.

        Raises LimitExceeded before anything is sent, InterlockOpen, DeviceFault, Rejected with the
        valve's reason, Tripped if it loses its freedom on the way, and NotReached.
        """
        self._refuse_beyond(position_pct)
        await self.take_control()
        counts = round(position_pct / 100 * (await self.wire.ranges()).position)
        await self.wire.set("R:", f"{counts:06d}")
        await self._confirm_setpoint(counts)
        await self._arrive(position_pct, within_pct, Mode.POSITION, deadline_s)

    async def regulate(
        self, pressure_pct: float, *, within_pct: float, dwell_s: float, deadline_s: float
    ) -> float:
        """Keep a pressure, in % of full scale; return it once it stayed for `dwell_s`.

        Raises as `move_to`; the valve goes on regulating if the pressure is not reached.
        """
        self._refuse_beyond(pressure_pct)
        await self.take_control()
        counts = round(pressure_pct / 100 * (await self.wire.ranges()).pressure)
        await self.wire.set("S:", f"{counts:08d}")
        await self._confirm_setpoint(counts)
        await self.confirm_mode(Mode.PRESSURE)

        async def free_pressure_pct() -> float:
            await self.check()
            return await self.pressure_pct.value()

        return await settle(
            free_pressure_pct,
            pressure_pct,
            within=within_pct,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.pressure_pct",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def regulating(
        self, pressure_pct: float, *, within_pct: float, dwell_s: float, deadline_s: float
    ) -> AsyncGenerator[None]:
        """At a pressure inside; closed is confirmed on leaving. Errors as `regulate`."""
        self._refuse_beyond(pressure_pct)
        try:
            await self.regulate(
                pressure_pct, within_pct=within_pct, dwell_s=dwell_s, deadline_s=deadline_s
            )
            yield
        finally:
            await to_the_end(self.make_safe())

    async def zero(self) -> None:
        """Take the present pressure for zero; acknowledged. Only for a sensor at its base."""
        await self.take_control()
        await self.wire.set("Z:")

    async def learn(self, *, deadline_s: float, limit_pct: float = PERCENT.high) -> None:
        """Learn the chamber with gas flowing, up to `limit_pct` of full scale.

        Raises LimitExceeded before anything is sent, Rejected, DeviceFault if nothing was learned,
        and NotReached.
        """
        self._refuse_beyond(limit_pct)
        limit = round(limit_pct / 100 * (await self.wire.ranges()).pressure)
        await self.take_control()
        await self.wire.set("L:", f"{limit:08d}")
        what = f"{self.name} has learned"
        await until(
            self._learned, deadline_s=deadline_s, clock=self.clock, what=what, poll_s=POLL_S
        )
        if NOT_LEARNED in await self.warnings():
            raise DeviceFault("nothing was learned", source=self.name)

    async def reset_service(self) -> None:
        """Clear the request for service; acknowledged."""
        await self.wire.set("c:82", "00")

    async def reset_error(self) -> None:
        """Restart the control unit out of a fatal error; acknowledged. It synchronises then."""
        await self.wire.set("c:82", "01")

    async def setup(self, what: Setup) -> str:
        """One part of the configuration, as the manual writes it."""
        return await self.wire.ask(f"i:{what}")

    async def configure(self, what: Setup, data: str) -> None:
        """Set one part of the configuration; confirmed by read-back but for the PID."""
        await self.wire.set(f"s:{what}", data)
        self.wire.forget_ranges()
        if what is not Setup.PID and (held := await self.setup(what)) != data:
            raise ReadBackDiffers(f"s:{what} was set to {data} and is {held}", source=self.name)

    async def make_safe(self) -> None:
        """Be closed, also by its interlock; raise NotReached, or as `move_to`."""
        await insist(self._shut)

    async def _shut(self) -> None:
        if (await self.status()).mode is Mode.INTERLOCK_CLOSED:
            await self._arrive(0, ENDS_WITHIN_PCT, Mode.INTERLOCK_CLOSED, MOVING_TIME_S)
        else:
            await self.close(deadline_s=MOVING_TIME_S)

    async def _learned(self) -> bool:
        await self.check()
        return (await self.status()).mode is not Mode.LEARNING

    async def _arrive(self, pct: float, within_pct: float, mode: Mode, deadline_s: float) -> None:
        stroke = (await self.wire.ranges()).position

        async def there() -> bool:
            seen = await self.assembly()
            if seen.mode is not mode:
                await self.trip_in(seen.mode)
            return seen.mode is mode and abs(100 * seen.position / stroke - pct) <= within_pct

        await until(
            there,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name} {mode.name.lower()} at {pct:g} %",
            poll_s=POLL_S,
        )

    async def _confirm_setpoint(self, counts: int) -> None:
        if (held := await self.setpoint_counts.value()) != counts:
            raise ReadBackDiffers(f"was set to {counts} and is {held:g}", source=self.name)

    def _refuse_beyond(self, pct: float) -> None:
        if pct not in PERCENT:
            raise LimitExceeded(f"{pct:g} % is outside 0 to 100 %", source=self.name)
