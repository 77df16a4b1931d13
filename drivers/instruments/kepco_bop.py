"""Kepco BOP bipolar supply with BIT 4886 card, for pulse-reverse plating: SCPI over VISA.

Written from the card's operator manual and a public driver. The supply answers queries only: what
was set is asked for, and its error queue read, after every setting.

Chosen here, not stated by the source: a list runs without end and is stopped from here, because a
counted one would leave its last current on; `CONTACT_LOST` of the voltage limit means a lost
contact.
"""

import math
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.links.visa import VisaLink
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.shielded import insist, to_the_end
from drivers.instruments.kepco_bop_lists import Step, commands, failures_in, objection

MOST_ERRORS = 64  # more than the card's queue can hold
CONTACT_LOST = 0.98
ENDLESS = 0


class Mode(IntEnum):
    """What the supply holds; the other value limits it."""

    VOLT = 0
    CURR = 1


@dataclass(frozen=True, slots=True)
class Header:
    """What a number is asked for by, and set by where it can be set."""

    query: str
    command: str = ""


class KepcoBop:
    """One supply of the class 36 V, 12 A; a smaller one limits itself."""

    MODEL: ClassVar[str] = "Kepco BOP 36-12"
    TRANSPORT: ClassVar[str] = "visa"

    voltage_v = Reading(Header("MEAS:VOLT?"), unit="V")
    current_a = Reading(Header("MEAS:CURR?"), unit="A")
    voltage_setpoint_v = Setting(
        Header("VOLT?", "VOLT"), unit="V", limits=Limits(-36, 36), resolution=0.02
    )
    current_setpoint_a = Setting(
        Header("CURR?", "CURR"), unit="A", limits=Limits(-12, 12), resolution=0.01
    )

    def __init__(self, name: str, link: VisaLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._volts = self.voltage_setpoint_v.limits
        self._amps = self.current_setpoint_a.limits
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return maker, model and firmware and take over its rating; raise WrongDevice."""
        text = (await self._link.query("*IDN?")).strip()
        found = re.match(r"KEPCO,[^,]*\b(\d+)-(\d+)\b", text.upper())
        if found is None:
            raise WrongDevice(f"{text!r} answers instead of a Kepco BOP", source=self.name)
        volts = min(float(found[1]), self.voltage_setpoint_v.limits.high)
        amps = min(float(found[2]), self.current_setpoint_a.limits.high)
        self._volts, self._amps = Limits(-volts, volts), Limits(-amps, amps)
        return text

    async def read_raw(self, ref: Header) -> float:
        """Ask for one number."""
        return await self._number(ref.query)

    async def write_raw(self, ref: Header, raw: float) -> None:
        """Set one number; raise LimitExceeded above the rating, Rejected with its own errors."""
        if not ref.command:
            raise Refused(f"{ref.query} cannot be set", source=self.name)
        self._refuse_beyond(ref.command, raw, self._volts if ref.command == "VOLT" else self._amps)
        await self._set(f"{ref.command} {raw:g}")

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        return {name: await point.read() for name, point in declared(self).items()}

    async def mode(self) -> Mode:
        """What the supply holds now."""
        number = await self._number("FUNC:MODE?")
        if number not in set(Mode):
            raise Garbled(f"{number:g} is no mode", source=self.name)
        return Mode(int(number))

    async def set_mode(self, mode: Mode) -> None:
        """Hold voltage or current; confirmed by read-back."""
        await self._set(f"FUNC:MODE {mode.name}")
        if (held := await self.mode()) is not mode:
            raise ReadBackDiffers(f"mode {mode.name} is {held.name}", source=self.name)

    async def output_on(self) -> bool:
        """Whether the output is on."""
        number = await self._number("OUTPUT?")
        if number not in {0, 1}:
            raise Garbled(f"{number:g} for OUTPUT? is neither on nor off", source=self.name)
        return bool(number)

    async def list_runs(self) -> bool:
        """Whether the supply runs through a list of currents."""
        return (await self._link.query("CURR:MODE?")).strip().upper() == "LIST"

    async def errors(self) -> tuple[str, ...]:
        """Take every error out of the supply's queue."""
        errors: list[str] = []
        for _ in range(MOST_ERRORS):
            text = (await self._link.query("SYST:ERR?")).strip()
            code, _, words = text.partition(",")
            if re.fullmatch(r"[+-]?\d+", code) is None:
                raise Garbled(f"{text!r} is no error", source=self.name)
            if int(code) == 0:
                return tuple(errors)
            errors.append(f"{int(code)} {words.strip().strip(chr(34))}")
        raise DeviceFault("its error queue has no end", source=self.name)

    async def beep(self) -> None:
        """Let the supply be heard."""
        await self._set("SYST:BEEP")

    async def self_test(self) -> None:
        """Test the interface card; raise DeviceFault with what failed."""
        await self._judge("*TST?")

    async def full_test(self, *, load_disconnected: bool) -> None:
        """Test the whole supply, which drives its output from end to end and takes its time.

        Raises Refused unless the load is said to be disconnected and the output is off.
        """
        if not load_disconnected:
            raise Refused("the full test would drive the load from end to end", source=self.name)
        await self._refuse_on()
        try:
            await self._judge("DIAG:TST?")
        finally:
            await to_the_end(self.make_safe())

    async def check(self) -> None:
        """Raise Tripped unless the output is on, holds current and is below its voltage limit."""
        if not await self.output_on():
            raise Tripped("the output is off", source=self.name)
        if await self.mode() is not Mode.CURR:
            raise Tripped("the supply holds voltage", source=self.name)
        limit_v = abs(await self.voltage_setpoint_v.value())
        if not abs(await self.voltage_v.value()) < CONTACT_LOST * limit_v:
            raise Tripped("the voltage limit is reached: a contact is lost", source=self.name)

    async def check_pulsing(self) -> None:
        """What `check` does, and raise Tripped if the list has come to an end."""
        await self.check()
        if not await self.list_runs():
            raise Tripped("the list of currents has stopped", source=self.name)

    @asynccontextmanager
    async def delivering(self, amps: float, volts_limit: float) -> AsyncGenerator[None]:
        """Hold `amps`, of either sign, never above `volts_limit`; off is confirmed on leaving.

        Raises LimitExceeded before anything is sent, Refused if the output is already on, and
        Rejected with the supply's own errors.
        """
        self._refuse_beyond("current", amps, self._amps)
        async with self._prepared(volts_limit):
            await self.current_setpoint_a.write_and_verify(amps)
            await self._switch_on()
            yield

    @asynccontextmanager
    async def pulsing(self, steps: Sequence[Step], volts_limit: float) -> AsyncGenerator[None]:
        """Run through `steps` again and again, never above `volts_limit`; off on leaving.

        The supply keeps the time. Raises what `delivering` does.
        """
        if words := objection(steps, self._amps):
            raise LimitExceeded(words, source=self.name)
        async with self._prepared(volts_limit):
            await self._hand_over(steps)
            await self._switch_on()
            try:
                await self._set("CURR:MODE LIST")
                if not await self.list_runs():
                    raise ReadBackDiffers("the list was started and does not run", source=self.name)
                yield
            finally:
                await to_the_end(insist(self._stop_list))

    async def make_safe(self) -> None:
        """Switch the output off and confirm it; stop a list and ask for no current.

        Raises ReadBackDiffers if the output stays on.
        """
        await insist(self._switch_off)

    @asynccontextmanager
    async def _prepared(self, volts_limit: float) -> AsyncGenerator[None]:
        """Hold no current, output off, with the voltage limited; off is confirmed on leaving."""
        self._refuse_beyond("voltage limit", volts_limit, Limits(0, self._volts.high))
        await self._refuse_on()
        try:
            await self.set_mode(Mode.CURR)
            await self.voltage_setpoint_v.write_and_verify(volts_limit)
            await self.current_setpoint_a.write_and_verify(0)
            yield
        finally:
            await to_the_end(self.make_safe())

    async def _hand_over(self, steps: Sequence[Step]) -> None:
        await self._set("LIST:CLE")
        for command in (
            *commands("LIST:CURR", (step.amps for step in steps)),
            *commands("LIST:DWEL", (step.dwell_s for step in steps)),
            f"LIST:COUN {ENDLESS}",
        ):
            await self._set(command)
        for query in ("LIST:CURR:POIN?", "LIST:DWEL:POIN?"):
            if (held := await self._number(query)) != len(steps):
                raise ReadBackDiffers(f"{query} {held:g} instead of {len(steps)}", source=self.name)

    async def _switch_on(self) -> None:
        await self._set("OUTPUT 1")
        if not await self.output_on():
            raise ReadBackDiffers("was switched on and is off", source=self.name)

    async def _switch_off(self) -> None:
        # Off before all else, and without looking at errors of the past.
        for command in ("OUTPUT 0", "CURR:MODE FIX", "CURR 0"):
            await self._link.write(command)
        if await self.output_on():
            raise ReadBackDiffers("was switched off and is still on", source=self.name)

    async def _stop_list(self) -> None:
        await self._link.write("CURR:MODE FIX")
        if await self.list_runs():
            raise ReadBackDiffers("the list was stopped and still runs", source=self.name)

    async def _refuse_on(self) -> None:
        if await self.output_on():
            raise Refused("the output is already on", source=self.name)

    async def _judge(self, query: str) -> None:
        if failures := failures_in(int(await self._number(query))):
            raise DeviceFault(f"self-test failed: {', '.join(failures)}", source=self.name)

    def _refuse_beyond(self, what: str, value: float, limits: Limits) -> None:
        if value not in limits:
            raise LimitExceeded(
                f"{what} = {value:g} is outside {limits.low:g} to {limits.high:g}",
                source=self.name,
            )

    async def _set(self, command: str) -> None:
        await self.errors()  # what stands there already is not about us
        await self._link.write(command)
        if errors := await self.errors():
            raise Rejected(f"{command}: {'; '.join(errors)}", source=self.name)

    async def _number(self, query: str) -> float:
        text = (await self._link.query(query)).strip()
        with suppress(ValueError):
            if math.isfinite(number := float(text)):
                return number
        raise Garbled(f"{text!r} for {query} is no number", source=self.name)

    async def _recheck(self) -> None:
        await self.identify()
