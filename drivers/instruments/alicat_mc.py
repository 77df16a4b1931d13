"""Alicat MC mass flow controller on RS-232 or RS-485, from its manual and serial primer.

One data line carries everything the controller measures and is the answer to most commands. The
line is free again only when the controller has answered and 3.5 characters were silent.

Chosen here, not stated by the source: unit 1 is letter A, 2 is B and so on; pressure is in psi and
temperature in C as delivered; flows are in the unit that the set-point query names (sccm or slpm),
in sccm where an older firmware names none; a set-point is sent with two decimals, which the
controller must echo; safe is a set-point of 0 with the valve not held. The protocol does not tell
that the controller was restarted.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.points import Limits, Quality, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle
from drivers.instruments.alicat_mc_frames import (
    FAULTS,
    GAS_BITS,
    OVERRIDES,
    REFUSAL,
    ControlPoint,
    Gas,
    Line,
    Word,
    decode_first,
    decode_line,
    decode_register,
    decode_setpoint,
)
from drivers.instruments.alicat_mc_wire import AlicatWire

POLL_S = 0.2
KPA_PER_PSI = 6.89475729
SCCM_IN: Mapping[str, float] = {"SCCM": 1.0, "SLPM": 1000.0, "": 1.0}
WITHIN = 0.0051  # half of the last decimal sent, and what a float is short of it
RAMP_WITHIN = 0.051
RAMP_PER_SECOND = 4  # the code of the time unit
FLOWS_SCCM = Limits(0, 600_000)  # the largest of the family, an MCR; a smaller one refuses
FLOW_POINTS = frozenset({ControlPoint.MASS_FLOW, ControlPoint.VOLUMETRIC_FLOW})
GAS_REGISTER = 46
NO_TOTALISER = "has no totaliser"
OVER_RANGE: Mapping[Word, str] = {
    Word.MOV: "flow_sccm",
    Word.VOV: "volumetric_ccm",
    Word.POV: "pressure_kpa",
    Word.TOV: "temperature_c",
}


class Field(StrEnum):
    """A value of the data line."""

    PRESSURE = "pressure"
    TEMPERATURE = "temperature"
    VOLUMETRIC_FLOW = "volumetric flow"
    MASS_FLOW = "mass flow"
    SETPOINT = "set-point"
    TOTAL = "total"


class AlicatMc:
    """One controller with letter number `unit`; flows are in standard cm3/min."""

    MODEL: ClassVar[str] = "Alicat MC"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=19200)

    pressure_kpa = Reading(Field.PRESSURE, unit="kPa", scale=KPA_PER_PSI)
    temperature_c = Reading(Field.TEMPERATURE, unit="C")
    volumetric_ccm = Reading(Field.VOLUMETRIC_FLOW, unit="cm3/min")
    flow_sccm = Reading(Field.MASS_FLOW, unit="sccm")
    setpoint_sccm = Setting(Field.SETPOINT, unit="sccm", limits=FLOWS_SCCM, resolution=10.0)
    total_scc = Reading(Field.TOTAL, unit="scc")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._wire = AlicatWire(name, link, unit=unit)
        self._sccm_per_unit = 1.0

    async def identify(self) -> str:
        """Return firmware and gas, e.g. `Alicat 8v17.0-R23 N2`; raise WrongDevice for another.

        A meter is another device. Takes over the unit of the flows, which the controller tells
        while it regulates one.
        """
        firmware = await self._wire.firmware()
        text = await self._wire.answer("")
        try:
            line = decode_line(text)
        except CodecError as error:
            raise WrongDevice(str(error), source=self.name) from None
        if await self.control_point() in FLOW_POINTS:
            await self._learn_unit()
        return f"Alicat {firmware} {line.gas}"

    async def read_raw(self, ref: Field) -> float:
        """Ask for the data line and give one value; raise Rejected if there is no totaliser."""
        values = self._values(await self.line())
        if ref not in values:
            raise Rejected(NO_TOTALISER, source=self.name)
        return values[ref]

    async def write_raw(self, ref: Field, raw: float) -> None:
        """Set the set-point in sccm, confirmed by the controller.

        Raises InterlockOpen unless mass flow is regulated, Rejected, or ReadBackDiffers.
        """
        if ref is not Field.SETPOINT:
            raise Refused(f"{ref} cannot be set", source=self.name)
        if (point := await self.control_point()) is not ControlPoint.MASS_FLOW:
            raise InterlockOpen(f"regulates {point.name.lower()}, not mass flow", source=self.name)
        await self._set(raw)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point from one data line; changes nothing. What is over range is BAD."""
        line = await self.line()
        values, at_s = self._values(line), self.clock.monotonic()
        over = {OVER_RANGE[word] for word in line.words if word in OVER_RANGE}
        return {
            name: Sample(
                values[point.spec.ref] * point.spec.scale,
                point.spec.unit,
                at_s,
                Quality.BAD if Word.ADC in line.words or name in over else Quality.GOOD,
            )
            for name, point in declared(self).items()
            if point.spec.ref in values
        }

    async def line(self) -> Line:
        """The data line, in the controller's own units."""
        return await self._wire.line()

    async def check(self) -> Line:
        """Return the data line; raise DeviceFault for a fault, Tripped if the valve is overridden.

        A valve that is held or opened by hand does not regulate.
        """
        line = await self.line()
        if faults := line.told(FAULTS):
            raise DeviceFault(faults, source=self.name)
        if overrides := line.told(OVERRIDES):
            raise Tripped(overrides, source=self.name)
        return line

    async def control_point(self) -> ControlPoint:
        """What the controller regulates."""
        return await self._wire.control_point()

    async def regulate(self, point: ControlPoint) -> None:
        """Regulate `point`; a change begins at a set-point of 0, and is read back."""
        if await self.control_point() is point:
            return
        await self._set(0)
        if (held := await self._wire.control_point(point)) is not point:
            raise ReadBackDiffers(
                f"was told to regulate {point.name.lower()} and regulates {held.name.lower()}",
                source=self.name,
            )
        if point in FLOW_POINTS:
            await self._learn_unit()

    async def select_gas(self, gas: Gas) -> None:
        """Measure as `gas`, and read back that it does."""
        await self._wire.ask(f"$$W{GAS_REGISTER}={gas:d}")
        _, value = self._wire.decoded(decode_register, await self._wire.ask(f"$$R{GAS_REGISTER}"))
        if (held := value & GAS_BITS) != gas:
            raise ReadBackDiffers(f"gas was set to {gas:d} and is {held}", source=self.name)

    async def limit_ramp(self, sccm_s: float) -> None:
        """Let the set-point change by at most `sccm_s` a second; 0 lets it jump."""
        self._refuse_beyond(sccm_s)
        asked = sccm_s / self._sccm_per_unit
        text = await self._wire.ask(f"SR {asked:.1f} {RAMP_PER_SECOND}")
        if not abs((held := self._wire.decoded(decode_first, text)) - asked) <= RAMP_WITHIN:
            raise ReadBackDiffers(f"ramp was set to {asked:g} and is {held:g}", source=self.name)

    async def hold_valve(self) -> None:
        """Keep the valve where it is, confirmed; nothing is regulated until `release_valve`."""
        self._confirm(Word.HLD, await self._wire.line("HP"), wanted=True)

    async def hold_closed(self) -> None:
        """Keep the valve closed, confirmed, until `release_valve`."""
        self._confirm(Word.HLD, await self._wire.line("HC"), wanted=True)

    async def release_valve(self) -> None:
        """Regulate again, confirmed."""
        self._confirm(Word.HLD, await self._wire.line("C"), wanted=False)

    async def lock_buttons(self, *, locked: bool) -> None:
        """Lock or unlock the buttons at the front, and read back that they are."""
        await self._wire.ask("$$L" if locked else "$$U")
        self._confirm(Word.LCK, await self.line(), wanted=locked)

    async def reset_total(self) -> None:
        """Count the total from nothing; raise Rejected if there is no totaliser."""
        if (await self._wire.line("T")).total is None:
            raise Rejected(NO_TOTALISER, source=self.name)

    async def flow(
        self, sccm: float, *, within_sccm: float, dwell_s: float, deadline_s: float
    ) -> float:
        """Regulate `sccm` of mass flow; return the flow once it stayed within `within_sccm`.

        Raises LimitExceeded before anything is sent, Rejected, ReadBackDiffers, DeviceFault or
        Tripped on the way, or NotReached.
        """
        self._refuse_beyond(sccm)
        await self.regulate(ControlPoint.MASS_FLOW)
        await self.release_valve()
        await self._set(sccm)
        return await settle(
            self._healthy_sccm,
            sccm,
            within=within_sccm,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.flow_sccm",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def flowing(
        self, sccm: float, *, within_sccm: float, dwell_s: float, deadline_s: float
    ) -> AsyncGenerator[None]:
        """Hold `sccm` inside; the valve is closed on leaving. Errors as `flow`."""
        self._refuse_beyond(sccm)
        try:
            await self.flow(sccm, within_sccm=within_sccm, dwell_s=dwell_s, deadline_s=deadline_s)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def make_safe(self) -> None:
        """Ask for nothing, whatever is regulated, and let go of a valve that is held; confirmed."""
        await insist(self._close)

    async def _close(self) -> None:
        if Word.HLD in (await self._set(0)).words:
            await self.release_valve()

    async def _set(self, sccm: float) -> Line:
        asked = sccm / self._sccm_per_unit
        line = await self._wire.line(f"S{asked:.2f}")
        if abs(line.setpoint - asked) <= WITHIN:
            return line
        # A set-point on its way along a ramp is told by the query as the one requested.
        text = await self._wire.answer("LS")
        held = line.setpoint
        if text != REFUSAL:
            held = self._wire.decoded(decode_setpoint, text).requested
        if not abs(held - asked) <= WITHIN:
            raise ReadBackDiffers(
                f"set-point was set to {asked:.2f} and is {held:g}", source=self.name
            )
        return line

    async def _healthy_sccm(self) -> float:
        return (await self.check()).mass_flow * self._sccm_per_unit

    async def _learn_unit(self) -> None:
        text = await self._wire.answer("LS")
        unit = "" if text == REFUSAL else self._wire.decoded(decode_setpoint, text).unit.upper()
        if unit not in SCCM_IN:
            raise WrongDevice(f"flows are in {unit}, neither sccm nor slpm", source=self.name)
        self._sccm_per_unit = SCCM_IN[unit]

    def _values(self, line: Line) -> Mapping[Field, float]:
        factor = self._sccm_per_unit
        values = {
            Field.PRESSURE: line.pressure,
            Field.TEMPERATURE: line.temperature,
            Field.VOLUMETRIC_FLOW: line.volumetric_flow * factor,
            Field.MASS_FLOW: line.mass_flow * factor,
            Field.SETPOINT: line.setpoint * factor,
        }
        return values if line.total is None else {**values, Field.TOTAL: line.total * factor}

    def _confirm(self, word: Word, line: Line, *, wanted: bool) -> None:
        if (word in line.words) is not wanted:
            raise ReadBackDiffers(
                f"{word} is {'not ' if wanted else ''}in its status", source=self.name
            )

    def _refuse_beyond(self, sccm: float) -> None:
        if sccm not in FLOWS_SCCM:
            raise LimitExceeded(
                f"{sccm:g} sccm is outside {FLOWS_SCCM.low:g} to {FLOWS_SCCM.high:g} sccm",
                source=self.name,
            )
