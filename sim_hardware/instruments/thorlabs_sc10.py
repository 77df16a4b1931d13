"""Thorlabs SC10 shutter controller, from the command list of its manual.

9600 8N1, lower case. The controller echoes the line and its CR, prints the value and CR for a
question, and prompts with `> `. `ens` toggles. In single mode it times the exposure itself.

Chosen here, not stated by the source: a line feed is swallowed; settings changed while enabled
count from the next opening; in repeat mode `rep` is the number of openings; `save` keeps the timing
and `savp` all settings for the next power-up; a tripped interlock makes `ens` do nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.typed_lines import TypedLines
from sim_hardware.core.wire import Answer, StreamInstrument

TURNAROUND_S = 0.003
MANUAL, AUTO, SINGLE, REPEAT, GATE = 1, 2, 3, 4, 5
DEFAULTS = {"mode": 1, "rep": 1, "trig": 0, "xto": 0, "open": 100, "shut": 100, "baud": 0}
LIMITS = {
    "mode": (MANUAL, GATE),
    "rep": (1, 99),
    "trig": (0, 1),
    "xto": (0, 1),
    "open": (1, 999_999),  # ms
    "shut": (1, 999_999),  # ms
    "baud": (0, 1),
}
TIMING = ("open", "shut", "rep")


class ShutterBlade(Protocol):
    """The shutter in the beam and its interlock circuit."""

    def interlock_open(self) -> bool:
        """Whether the interlock is tripped."""
        ...

    def on_blade(self, *, opened: bool) -> None:
        """The blade moved."""
        ...


class BadCommand(Exception):
    """What is printed after `Command error`."""


class ThorlabsSc10(StreamInstrument):
    """One controller. The plant calls `recheck` when the interlock changes."""

    def __init__(self, clock: LineClock, blade: ShutterBlade) -> None:
        self._clock, self._blade = clock, blade
        self.identity = "THORLABS SC10 VERSION 1.07"
        self.stuck = False  # fault: the blade does not follow
        self._settings, self._saved = dict(DEFAULTS), dict(DEFAULTS)
        self.enabled, self.opened = False, False
        self._openings_left = 0
        self._gate_high = False
        self._timer: asyncio.TimerHandle | None = None
        self._lines = TypedLines(40)
        self._queries: dict[str, Callable[[], str]] = {
            "id": lambda: self.identity,
            "ens": lambda: str(int(self.enabled)),
            "closed": lambda: str(int(not self.opened)),
            "interlock": lambda: str(int(self._blade.interlock_open())),
        }
        self._commands: dict[str, Callable[[], None]] = {
            "ens": self._toggle,
            "save": lambda: self._keep(TIMING),
            "savp": lambda: self._keep(tuple(DEFAULTS)),
            "resp": lambda: self._settings.update(self._saved),
            "default": lambda: self._settings.update(DEFAULTS),
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self.recheck()
        return [
            Answer(f"{line}\r{self._obey(line)}> ".encode("latin-1"), TURNAROUND_S)
            for line in self._lines.feed(data)
        ]

    @override
    def power_cycle(self) -> None:
        self._disable()
        self._lines.forget()
        self._settings = dict(self._saved)

    def recheck(self) -> None:
        """Look at interlock and blade again: tripped or disabled, it shuts unless it is stuck."""
        if not self.enabled or self._blade.interlock_open():
            self._disable()

    def trigger(self) -> None:
        """A pulse at the trigger input, which counts when `trig` is 1."""
        if self.enabled and self._settings["trig"] == 1 and self._timer is None:
            self._begin()

    def gate(self, *, high: bool) -> None:
        """The level at the gate input, which the blade follows in mode 5."""
        self._gate_high = high
        if self.enabled and self._settings["mode"] == GATE:
            self._move(opened=high)

    def _obey(self, line: str) -> str:
        try:
            return self._act(line)
        except BadCommand as bad:
            return f"Command error {bad}\r"

    def _act(self, line: str) -> str:
        if not line:
            return ""
        if line.endswith("?"):
            return self._value(line[:-1]) + "\r"
        name, equals, argument = line.partition("=")
        if equals and name in LIMITS:
            self._set(name, argument)
        elif not equals and name in self._commands:
            self._commands[name]()
        else:
            raise BadCommand("CMD_NOT_DEFINED")
        return ""

    def _value(self, name: str) -> str:
        if name in self._queries:
            return self._queries[name]()
        if name in self._settings:
            return str(self._settings[name])
        raise BadCommand("CMD_NOT_DEFINED")

    def _set(self, name: str, argument: str) -> None:
        lowest, highest = LIMITS[name]
        digits = argument.isascii() and argument.isdigit() and len(argument) <= 6
        if not digits or not lowest <= int(argument) <= highest:
            raise BadCommand("CMD_ARG_INVALID")
        if name == "mode" and self.enabled and int(argument) != self._settings["mode"]:
            self._disable()
        self._settings[name] = int(argument)

    def _keep(self, names: Sequence[str]) -> None:
        self._saved.update({name: self._settings[name] for name in names})

    def _toggle(self) -> None:
        if self.enabled:
            self._disable()
        elif not self._blade.interlock_open():
            self.enabled = True
            if self._settings["mode"] == GATE:
                self._move(opened=self._gate_high)
            elif self._settings["trig"] == 0:
                self._begin()

    def _begin(self) -> None:
        mode = self._settings["mode"]
        self._openings_left = self._settings["rep"] if mode == REPEAT else 1
        self._open()

    def _open(self) -> None:
        self._move(opened=True)
        if self._settings["mode"] != MANUAL:
            self._timer = self._clock.after(self._settings["open"] / 1000, self._shut)

    def _shut(self) -> None:
        self._move(opened=False)
        mode = self._settings["mode"]
        self._openings_left -= mode != AUTO
        if self._openings_left > 0:
            self._timer = self._clock.after(self._settings["shut"] / 1000, self._open)
        else:
            self._disable()

    def _disable(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.enabled, self._timer = False, None
        self._move(opened=False)

    def _move(self, *, opened: bool) -> None:
        if opened != self.opened and not self.stuck:
            self.opened = opened
            self._blade.on_blade(opened=opened)
