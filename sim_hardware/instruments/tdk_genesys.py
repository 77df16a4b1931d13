r"""TDK-Lambda Genesys DC supply, from the serial chapter of its manual.

9600 8N1. A line ends with CR. A unit is deaf until `ADR n` names it and deaf again when `ADR` names
another. Settings are answered `OK` or with an error; a line may end in `$hh`, the sum of what is
before it, and is then answered in the same way. BS rubs out, `\` alone repeats, CR alone is `OK`.
A service request `!nn` comes unasked when an enabled event happens.

Chosen here, not stated by the source: seven characters per reading; that any setting takes control
from the front panel; over-voltage protection reaches 1.2 times the rating; foldback waits 0.25 s
plus 0.1 s per step of `FBD`; settings survive a mains failure, the output only with `AST`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import IntFlag

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.typed_lines import TypedLines
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer
from sim_hardware.instruments.tdk_genesys_output import ElectroLoad, Fault, PowerStage, Refusal

TURNAROUND_S = 0.010
SWITCHES = {"1": True, "ON": True, "0": False, "OFF": False}
FILTERS_HZ = {"18", "23", "46"}  # low pass before the readings; readings here have no noise
CONTROLS = {"0": "LOC", "1": "REM", "2": "LLO", "LOC": "LOC", "REM": "REM", "LLO": "LLO"}


class Status(IntFlag):
    """Bits of `STAT?`."""

    CONSTANT_VOLTAGE = 0x01
    CONSTANT_CURRENT = 0x02
    NO_FAULT = 0x04
    FAULT = 0x08
    AUTO_RESTART = 0x10
    FOLDBACK_ENABLED = 0x20
    LOCAL = 0x80


class _Register:
    """Events of a status register: what is enabled latches until it is read."""

    def __init__(self, seen: int) -> None:
        self.mask, self.events, self._seen = 0, 0, seen

    def watch(self, now: int) -> bool:
        """Take the register as it stands; return whether an enabled bit appeared."""
        new = now & ~self._seen & self.mask
        self._seen = now
        self.events |= new
        return bool(new)

    def take(self) -> str:
        """The events, which are forgotten."""
        events, self.events = self.events, 0
        return f"{events:02X}"


class TdkGenesys(SpeaksUnasked):
    """One supply. The plant calls `recheck` when the enable contact or the load changes."""

    def __init__(
        self,
        clock: LineClock,
        load: ElectroLoad,
        *,
        address: int = 6,
        rated_volts: float = 10.0,
        rated_amps: float = 330.0,
    ) -> None:
        super().__init__()
        self.address = address
        self._output = PowerStage(clock, load, rated_volts, rated_amps)
        self.selected, self._control, self._last = False, "LOC", ""
        self._filter_hz = "18"
        self._fault_events = _Register(0)
        self._status_events = _Register(int(self._status()))
        self._lines = TypedLines(60)
        self._queries = self._query_table()
        self._settings = self._setting_table()
        self._orders = self._order_table()
        self._output.changed = self._watch

    def _query_table(self) -> dict[str, Callable[[], str]]:
        out = self._output
        return {
            "IDN?": lambda: f"LAMBDA,GEN{out.rated_volts:g}-{out.rated_amps:g}",
            "REV?": lambda: "1U5K:4.3",
            "SN?": lambda: "10A331-0001",
            "DATE?": lambda: "2019/03/21",
            "RMT?": lambda: self._control,
            "PV?": lambda: _reading(out.set.volts),
            "MV?": lambda: _reading(out.measured_volts()),
            "PC?": lambda: _reading(out.set.amps),
            "MC?": lambda: _reading(out.delivered_amps),
            "DVC?": self._all_values,
            "STT?": self._all_states,
            "OUT?": lambda: _switch_text(on=out.set.on),
            "MODE?": out.mode,
            "FLD?": lambda: _switch_text(on=out.set.foldback),
            "FBD?": lambda: str(out.set.foldback_steps),
            "OVP?": lambda: _reading(out.set.over_volts),
            "UVL?": lambda: _reading(out.set.under_volts),
            "FILTER?": lambda: self._filter_hz,
            "AST?": lambda: _switch_text(on=out.set.restart),
            "FLT?": lambda: f"{int(out.faults):02X}",
            "FENA?": lambda: f"{self._fault_events.mask:02X}",
            "FEVE?": self._fault_events.take,
            "STAT?": lambda: f"{int(self._status()):02X}",
            "SENA?": lambda: f"{self._status_events.mask:02X}",
            "SEVE?": self._status_events.take,
        }

    def _setting_table(self) -> dict[str, Callable[[str], None]]:
        out = self._output
        return {
            "RMT": self._set_control,
            "PV": lambda text: out.set_volts(_amount(text)),
            "PC": lambda text: out.set_amps(_amount(text)),
            "OUT": lambda text: out.change(replace(out.set, on=_switch(text))),
            "FLD": lambda text: out.change(replace(out.set, foldback=_switch(text))),
            "FBD": lambda text: out.change(replace(out.set, foldback_steps=_whole(text))),
            "OVP": lambda text: out.set_over_volts(_amount(text)),
            "UVL": lambda text: out.set_under_volts(_amount(text)),
            "AST": lambda text: out.change(replace(out.set, restart=_switch(text))),
            "FILTER": self._set_filter,
            "FENA": lambda text: _enable(self._fault_events, text),
            "SENA": lambda text: _enable(self._status_events, text),
        }

    def _order_table(self) -> dict[str, Callable[[], None]]:
        out = self._output
        return {
            "FBDRST": lambda: out.change(replace(out.set, foldback_steps=0)),
            "OVM": lambda: out.set_over_volts(out.highest_over_volts),
            "SAV": out.save,
            "RCL": lambda: out.change(out.saved),
            "RST": out.reset,
            "CLS": self._clear_events,
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self.recheck()
        replies = [self._hear(_rubbed_out(line)) for line in self._lines.feed(data)]
        return [Answer(reply.encode("latin-1") + b"\r", TURNAROUND_S) for reply in replies if reply]

    @override
    def power_cycle(self) -> None:
        self._lines.forget()
        self.selected, self._last = False, ""
        self._output.mains_failed()
        self._clear_events()

    def recheck(self) -> None:
        """Look at the enable contact and the load again."""
        self._output.settle()

    def trip(self, fault: Fault) -> None:
        """A fault: the output goes off."""
        self._output.trip(fault)

    def clear(self, fault: Fault) -> None:
        """The cause of a fault is gone; with auto-restart the output comes back."""
        self._output.clear(fault)

    def _hear(self, line: str) -> str:
        """Answer one line; an empty answer is silence."""
        body, dollar, digits = line.partition("$")
        if body.strip() == "\\":
            body = self._last
        intact = not dollar or digits.upper() == f"{_sum(body):02X}"
        reply = "" if intact else "C04"
        if intact and body.upper().lstrip().startswith("ADR"):
            reply = self._addressed(body)
        if not self.selected:
            return ""
        if not reply:
            self._last = body
            reply = self._obey(body)
        return f"{reply}${_sum(reply):02X}" if dollar else reply

    def _addressed(self, body: str) -> str:
        number = body.strip()[3:].strip()
        if not number:
            return "C02"
        if not (number.isascii() and number.isdigit()):
            return "C03"
        if int(number) > 30:
            return "C05"
        self.selected = int(number) == self.address
        return "OK"

    def _obey(self, body: str) -> str:
        name, _, argument = body.strip().upper().partition(" ")
        if not name:
            return "OK"
        if name in self._queries:
            return self._queries[name]()
        try:
            self._act(name, argument.strip())
        except Refusal as refusal:
            return str(refusal)
        return "OK"

    def _act(self, name: str, argument: str) -> None:
        if name not in self._orders and name not in self._settings:
            raise Refusal("C01")
        if name in self._settings and not argument:
            raise Refusal("C02")
        if self._control == "LOC":
            self._control = "REM"
        if name in self._orders:
            self._orders[name]()
        else:
            self._settings[name](argument)

    def _set_control(self, text: str) -> None:
        if text not in CONTROLS:
            raise Refusal("C03")
        self._control = CONTROLS[text]

    def _set_filter(self, text: str) -> None:
        if text not in FILTERS_HZ:
            raise Refusal("C05")
        self._filter_hz = text

    def _clear_events(self) -> None:
        self._fault_events.events = self._status_events.events = 0

    def _status(self) -> Status:
        out = self._output
        status = Status.FAULT if out.faults else Status.NO_FAULT
        for bit, holds in (
            (Status.CONSTANT_VOLTAGE, out.mode() == "CV"),
            (Status.CONSTANT_CURRENT, out.mode() == "CC"),
            (Status.AUTO_RESTART, out.set.restart),
            (Status.FOLDBACK_ENABLED, out.set.foldback),
            (Status.LOCAL, self._control == "LOC"),
        ):
            status |= bit if holds else Status(0)
        return status

    def _watch(self) -> None:
        """Latch what is new in the registers; ask for service when it is enabled."""
        fault = self._fault_events.watch(int(self._output.faults))
        if self._status_events.watch(int(self._status())) or fault:
            self.unasked(Answer(f"!{self.address:02d}\r".encode("ascii")))

    def _all_values(self) -> str:
        out = self._output
        return ",".join(
            _reading(value)
            for value in (
                out.measured_volts(),
                out.set.volts,
                out.delivered_amps,
                out.set.amps,
                out.set.over_volts,
                out.set.under_volts,
            )
        )

    def _all_states(self) -> str:
        out = self._output
        return (
            f"MV({_reading(out.measured_volts())}),PV({_reading(out.set.volts)}),"
            f"MC({_reading(out.delivered_amps)}),PC({_reading(out.set.amps)}),"
            f"SR({int(self._status()):02X}),FR({int(out.faults):02X})"
        )


def _rubbed_out(line: str) -> str:
    """The line as it stands after its backspaces."""
    kept: list[str] = []
    for letter in line:
        if letter != "\b":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)


def _sum(text: str) -> int:
    return sum(text.encode("latin-1")) & 0xFF


def _reading(value: float) -> str:
    return f"{value:07.3f}"


def _switch_text(*, on: bool) -> str:
    return "ON" if on else "OFF"


def _switch(text: str) -> bool:
    if text not in SWITCHES:
        raise Refusal("C03")
    return SWITCHES[text]


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Refusal("C03") from None
    if not 0.0 <= value < math.inf:
        raise Refusal("C05")
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refusal("C03")
    if int(text) > 255:
        raise Refusal("C05")
    return int(text)


def _hexadecimal(text: str) -> int:
    if len(text) > 2 or not set(text) <= set("0123456789ABCDEF"):
        raise Refusal("C03")
    return int(text, 16)


def _enable(register: _Register, text: str) -> None:
    register.mask = _hexadecimal(text)
