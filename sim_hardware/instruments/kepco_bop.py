"""Kepco BOP bipolar supply with a BIT 4886 card, from the SCPI appendix of the card's manual.

LF ends lines both ways; a line longer than 253 characters is not taken. Numbers come back in
scientific notation and are what the 16-bit converter made of what was sent. A list holds up to 1002
levels of one channel, appended to by every command, and as many dwells or one; it is run by
`CURR:MODE LIST` and stopped by `CURR:MODE FIX`, which brings back what was set before it. After its
last run the last level stays. During a run `LIST` commands are command errors. `DIAG:TST?` drives
the output from one end to the other, whatever is connected.

Chosen here, not stated by the source: dwells of 0.5 ms to 10 s; a count of 0 runs for ever; a
change of the mode sets both channels to zero; during a run mode and levels cannot be changed
(-221), the output can be switched and the list goes on unseen; switched off the output carries
nothing; the limit channel holds in both directions; a long line is error -363; the bits of the
operation register; after power-up everything is at zero, off, voltage mode.
"""

from collections.abc import Sequence
from enum import IntFlag

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.scpi import DATA_TYPE_ERROR, Handler, ScpiError, ScpiInstrument
from sim_hardware.instruments.kepco_bop_list import (
    ILLEGAL_PARAMETER,
    SETTINGS_CONFLICT,
    ListMemory,
    number,
    only,
    scientific,
)
from sim_hardware.instruments.kepco_bop_output import BipolarLoad, BipolarStage

INPUT_OVERRUN = (-363, "Input buffer overrun")
HARDWARE_ERROR = (-240, "Hardware error")
LONGEST_LINE = 253
CONVERTER_STEPS = 32767
SWITCHES = {"1": True, "ON": True, "0": False, "OFF": False}
MODES = {"VOLT": False, "VOLTAGE": False, "CURR": True, "CURRENT": True}


class SelfTest(IntFlag):
    """What the self-tests can find."""

    ROM = 1
    RAM = 2
    FLASH = 4
    OPTICAL_BUFFER = 8
    DIGITAL_POT = 16
    LOOP_BACK = 32
    MAXIMUM_VOLTAGE = 64
    MINIMUM_VOLTAGE = 128
    QUARTER_SCALE = 256
    QUARTER_SCALE_READBACK = 512


class Operation(IntFlag):
    """Bits of the operation condition register."""

    CONSTANT_VOLTAGE = 256
    CONSTANT_CURRENT = 1024
    LIST_RUNNING = 16384


class KepcoBop(ScpiInstrument):
    """One supply. The plant calls `recheck` when the load changes.

    `card_test` and `supply_test` are what the two self-tests find; `beeps` counts the beeps.
    """

    def __init__(
        self,
        clock: LineClock,
        load: BipolarLoad,
        *,
        rated_volts: float = 36.0,
        rated_amps: float = 12.0,
    ) -> None:
        self.output = BipolarStage(clock, load, rated_volts, rated_amps)
        self.list = ListMemory(rated_volts, rated_amps, self.output.running)
        self.card_test = self.supply_test = SelfTest(0)
        self.beeps = 0
        identity = f"KEPCO,BIT 4886 {rated_volts:g}-{rated_amps:g},H249977,4.04-1.82"
        super().__init__(identity, self._commands() | self.list.commands())

    @override
    def reset(self) -> None:
        """Everything off, at zero, in voltage mode, and the list is gone."""
        out = self.output
        out.halt()
        self.list.clear()
        out.on = out.regulates_amps = False
        out.volts = out.amps = 0.0
        out.settle()

    def recheck(self) -> None:
        """Find the working point again."""
        self.output.running()
        self.output.settle()

    def trip(self) -> None:
        """The power stage gives up: the output goes off."""
        self.output.halt()
        self._switch(on=False)
        self.fail(HARDWARE_ERROR)

    @override
    def _line(self, line: str) -> str | None:
        self.output.running()  # a list that has ended meanwhile leaves its last level
        if len(line) > LONGEST_LINE:
            self.fail(INPUT_OVERRUN)
            return None
        return super()._line(line)

    def _commands(self) -> dict[str, Handler]:
        out = self.output
        immediate = "[:LEVel][:IMMediate][:AMPlitude]"
        table: dict[str, Handler] = {
            "SYSTem:ERRor[:NEXT]?": self._oldest_error,
            "SYSTem:BEEP": self._beep,
            "*TST?": lambda _: str(int(self.card_test)),
            "*WAI": lambda _: None,
            "DIAGnostic:TST?": self._test_supply,
            "[SOURce:]FUNCtion:MODE": self._set_mode,
            "[SOURce:]FUNCtion:MODE?": lambda _: str(int(out.regulates_amps)),
            f"[SOURce:]VOLTage{immediate}": self._set_volts,
            f"[SOURce:]VOLTage{immediate}?": self._volts,
            f"[SOURce:]CURRent{immediate}": self._set_amps,
            f"[SOURce:]CURRent{immediate}?": self._amps,
            "MEASure[:SCALar]:VOLTage[:DC]?": lambda _: scientific(out.measured_volts()),
            "MEASure[:SCALar]:CURRent[:DC]?": lambda _: scientific(out.measured_amps()),
            "OUTPut[:STATe]": lambda parameters: self._switch(on=_switch(parameters)),
            "OUTPut[:STATe]?": lambda _: str(int(out.on)),
            "STATus:OPERation:CONDition?": lambda _: str(int(self._operation())),
        }
        for channel in ("CURRent", "VOLTage"):
            table[f"[SOURce:]{channel}:MODE"] = self._set_run
            table[f"[SOURce:]{channel}:MODE?"] = lambda _: "LIST" if out.running() else "FIXED"
        return table

    def _oldest_error(self, _: Sequence[str]) -> str:
        code, text = self.errors.popleft() if self.errors else (0, "No error")
        return f'{code},"{text}"'

    def _beep(self, _: Sequence[str]) -> None:
        self.beeps += 1

    def _test_supply(self, _: Sequence[str]) -> str:
        self.output.swing()
        return str(int(self.supply_test))

    def _operation(self) -> Operation:
        out = self.output
        if not out.on:
            return Operation(0)
        current = out.regulates_amps != out.limited()
        bits = Operation.CONSTANT_CURRENT if current else Operation.CONSTANT_VOLTAGE
        return bits | Operation.LIST_RUNNING if out.running() else bits

    def _set_mode(self, parameters: Sequence[str]) -> None:
        self._idle()
        word = only(parameters).upper()
        if word not in MODES:
            raise ScpiError(ILLEGAL_PARAMETER)
        out = self.output
        if out.regulates_amps != MODES[word]:
            out.regulates_amps = MODES[word]
            out.volts = out.amps = 0.0
            out.settle()

    def _set_volts(self, parameters: Sequence[str]) -> None:
        self._idle()
        out = self.output
        most = out.rated_volts
        out.volts = _converted(number(only(parameters), -most, most), most)
        out.settle()

    def _set_amps(self, parameters: Sequence[str]) -> None:
        self._idle()
        out = self.output
        most = out.rated_amps
        out.amps = _converted(number(only(parameters), -most, most), most)
        out.settle()

    def _volts(self, parameters: Sequence[str]) -> str:
        out = self.output
        now = out.volts if out.regulates_amps else out.main()
        return _level(parameters, now, out.rated_volts)

    def _amps(self, parameters: Sequence[str]) -> str:
        out = self.output
        now = out.main() if out.regulates_amps else out.amps
        return _level(parameters, now, out.rated_amps)

    def _set_run(self, parameters: Sequence[str]) -> None:
        word = only(parameters).upper()
        if word in {"FIX", "FIXED"}:
            self.output.halt()
        elif word == "LIST":
            self._idle()
            channel = "CURR" if self.output.regulates_amps else "VOLT"
            steps = self.list.run_steps(channel)
            self.output.run(steps, self.list.times, self.list.run_skipped())
        else:
            raise ScpiError(ILLEGAL_PARAMETER)

    def _switch(self, *, on: bool) -> None:
        self.output.on = on
        self.output.settle()

    def _idle(self) -> None:
        if self.output.running():
            raise ScpiError(SETTINGS_CONFLICT)


def _switch(parameters: Sequence[str]) -> bool:
    word = only(parameters).upper()
    if word not in SWITCHES:
        raise ScpiError(DATA_TYPE_ERROR)
    return SWITCHES[word]


def _level(parameters: Sequence[str], now: float, most: float) -> str:
    return scientific(number(parameters[0], -most, most) if parameters else now)


def _converted(value: float, full_scale: float) -> float:
    """What the converter makes of a value."""
    return round(value / full_scale * CONVERTER_STEPS) / CONVERTER_STEPS * full_scale
