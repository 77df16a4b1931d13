"""Newport/Oriel 69907 and 69920 arc lamp supplies, from what two public clients of them rely on.

9600 8N1, CR both ways. A query is answered with a bare number, `STB?` and `ESR?` with the name of
the register and two hex digits; every setting and order is answered with the event register, which
is thereby cleared. The first answer after power-up has bit 7 of it set.

Chosen here, not stated by the source: the strike takes 5.5 s, going out `stop_s`; a command is
worked on for 20 ms and one that comes meanwhile is lost; after RST nothing is heard for 4 s, a
burning lamp goes on burning with its settings, a dark one gets those of the factory; a preset above
a limit is taken and the limit holds the output; `MODE` of a lit lamp, `START` without interlock and
a number outside the rating are execution errors; a query of what can only be set is a query error;
START of a lit lamp and STOP of a dark one are fine; a failed strike sets the fault bit until the
next START or RST; a mains failure forgets the panel lock only.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import IntFlag
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.typed_lines import TypedLines
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.oriel_69907_arc import ArcLamp, ArcStage, Phase

TURNAROUND_S, WORKING_S = 0.010, 0.020
RESET_S = 4.0
DECIMAL = re.compile(r"\d{1,4}(\.\d*)?")
NOISE = bytes.fromhex("0090005100")  # what the interference of a strike turns bits of a reply by


class Status(IntFlag):
    """Bits of `STB?`; the lamps of the front panel."""

    INTERLOCK_CLOSED = 0x01
    LIMIT = 0x02
    PANEL_LOCKED = 0x04
    FAULT = 0x08
    CALIBRATING = 0x10
    POWER_MODE = 0x20
    EXTERNAL = 0x40
    LAMP_ON = 0x80


class Event(IntFlag):
    """Bits of `ESR?`."""

    COMPLETE = 0x01
    REQUEST_CONTROL = 0x02
    QUERY_ERROR = 0x04
    DEVICE_ERROR = 0x08
    EXECUTION_ERROR = 0x10
    COMMAND_ERROR = 0x20
    USER_REQUEST = 0x40
    POWER_ON = 0x80


class Refusal(Exception):
    """The bit of the event register that says why not."""

    def __init__(self, event: Event) -> None:
        super().__init__(event.name)
        self.event = event


class Oriel69907(StreamInstrument):
    """One supply and its lamp. The plant calls `recheck` when the interlock or the lamp changes.

    `noisy_strike`, `external` and `calibrating` are as they say; `arc.failing_strikes` counts down.
    """

    line_baud: ClassVar[int] = 9600

    def __init__(
        self,
        clock: LineClock,
        lamp: ArcLamp,
        *,
        rated_amps: float = 12.0,
        rated_watts: float = 200.0,
        identity: str = "69907",
        lamp_hours: float = 0.0,
        stop_s: float = 8.0,
    ) -> None:
        self._clock, self.identity = clock, identity
        self.arc = ArcStage(
            clock,
            lamp,
            rated_amps=rated_amps,
            rated_watts=rated_watts,
            burnt_h=lamp_hours,
            stop_s=stop_s,
        )
        self.arc.failed = self._failed
        self.noisy_strike = False  # fault: interference of the strike spoils the answer of START
        self.external = self.calibrating = False
        self.locked = self.fault = False
        self.events = Event.POWER_ON
        self._deaf_until_s = clock.now_s()
        self._lines = TypedLines(40)
        self._queries = self._query_table()
        self._settings = self._setting_table()
        self._orders: dict[str, Callable[[], None]] = {
            "START": self._start,
            "STOP": self.arc.stop,
            "RST": self._reset,
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self.recheck()
        answers = [self._hear(line.strip().upper()) for line in self._lines.feed(data)]
        return [Answer(text + b"\r", TURNAROUND_S) for text in answers if text]

    @override
    def power_cycle(self) -> None:
        """The lamp is out and the panel free; settings and hours are kept."""
        self._lines.forget()
        self.arc.go_dark()
        self.locked = self.fault = False
        self.events = Event.POWER_ON
        self._deaf_until_s = self._clock.now_s()

    def left_burning(self, watts: float) -> None:
        """Be as a shift leaves it: lit at constant power, and nothing to report."""
        self.arc.left_burning(watts)
        self.events = Event(0)

    def recheck(self) -> None:
        """Look at the interlock and at the lamp's voltage again."""
        self.arc.settle()

    def lose_arc(self) -> None:
        """The lamp goes out by itself."""
        if self.arc.burns:
            self.arc.lose()

    def press_stop(self) -> None:
        """Somebody presses the lamp key on the front panel; a locked panel does not mind."""
        if not self.locked:
            self.events |= Event.USER_REQUEST
            self.arc.stop()

    def status(self) -> Status:
        """The status register."""
        bits = {
            Status.INTERLOCK_CLOSED: self.arc.interlock_closed(),
            Status.LIMIT: self.arc.limited,
            Status.PANEL_LOCKED: self.locked,
            Status.FAULT: self.fault,
            Status.CALIBRATING: self.calibrating,
            Status.POWER_MODE: self.arc.set.power_mode,
            Status.EXTERNAL: self.external,
            Status.LAMP_ON: self.arc.burns,
        }
        return Status(sum(bit for bit, on in bits.items() if on))

    def _query_table(self) -> dict[str, Callable[[], str]]:
        arc = self.arc
        return {
            "IDN": lambda: self.identity,
            "STB": lambda: f"STB{int(self.status()):02X}",
            "ESR": self._take_events,
            "AMPS": lambda: f"{arc.amps:.1f}",
            "VOLTS": lambda: f"{arc.volts():.1f}",
            "WATTS": lambda: f"{arc.amps * arc.volts():04.0f}",
            "LAMP HRS": lambda: f"{int(arc.burnt_h()):04d}",
            "A-PRESET": lambda: f"{arc.set.amps:.1f}",
            "P-PRESET": lambda: f"{arc.set.watts:04.0f}",
            "A-LIM": lambda: f"{arc.set.most_amps:.1f}",
            "P-LIM": lambda: f"{arc.set.most_watts:04.0f}",
        }

    def _setting_table(self) -> dict[str, Callable[[str], None]]:
        arc = self.arc
        most_amps, most_watts = arc.rated_amps, arc.rated_watts
        return {
            "A-PRESET": lambda text: arc.change(replace(arc.set, amps=_amount(text, most_amps))),
            "P-PRESET": lambda text: arc.change(replace(arc.set, watts=_amount(text, most_watts))),
            "A-LIM": lambda text: arc.change(replace(arc.set, most_amps=_amount(text, most_amps))),
            "P-LIM": lambda text: arc.change(
                replace(arc.set, most_watts=_amount(text, most_watts))
            ),
            "MODE": self._set_mode,
            "COMM": self._set_lock,
        }

    def _hear(self, line: str) -> bytes:
        """Answer one line; an empty answer is silence."""
        now_s = self._clock.now_s()
        if not line or now_s < self._deaf_until_s:
            return b""
        self._deaf_until_s = now_s + WORKING_S
        answer = self._answer(line).encode("ascii")
        return _spoilt(answer) if line == "START" and self.noisy_strike else answer

    def _answer(self, line: str) -> str:
        try:
            if line.endswith("?"):
                return self._ask(line[:-1].rstrip())
            self._act(line)
        except Refusal as refusal:
            self.events |= refusal.event
        else:
            self.events |= Event.COMPLETE
        return self._take_events()

    def _ask(self, name: str) -> str:
        if name in self._queries:
            return self._queries[name]()
        known = name in self._settings or name in self._orders
        raise Refusal(Event.QUERY_ERROR if known else Event.COMMAND_ERROR)

    def _act(self, line: str) -> None:
        name, equals, argument = line.partition("=")
        name = name.strip()
        if equals and name in self._settings:
            self._settings[name](argument.strip())
        elif not equals and name in self._orders:
            self._orders[name]()
        else:
            raise Refusal(Event.COMMAND_ERROR)

    def _take_events(self) -> str:
        events, self.events = self.events, Event(0)
        return f"ESR{int(events):02X}"

    def _set_mode(self, text: str) -> None:
        power_mode = not _flag(text)
        if self.arc.phase is not Phase.DARK:
            raise Refusal(Event.EXECUTION_ERROR)
        self.arc.change(replace(self.arc.set, power_mode=power_mode))

    def _set_lock(self, text: str) -> None:
        self.locked = _flag(text)

    def _start(self) -> None:
        if not self.arc.interlock_closed() or self.arc.phase is Phase.STOPPING:
            raise Refusal(Event.EXECUTION_ERROR)
        self.fault = False
        self.arc.start()

    def _reset(self) -> None:
        self.fault = self.locked = False
        self._deaf_until_s = self._clock.now_s() + RESET_S
        if self.arc.phase is Phase.DARK:
            self.arc.change(self.arc.factory())

    def _failed(self) -> None:
        self.fault = True
        self.events |= Event.DEVICE_ERROR


def _amount(text: str, most: float) -> float:
    if not DECIMAL.fullmatch(text):
        raise Refusal(Event.COMMAND_ERROR)
    if float(text) > most:
        raise Refusal(Event.EXECUTION_ERROR)
    return float(text)


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise Refusal(Event.COMMAND_ERROR)
    return text == "1"


def _spoilt(answer: bytes) -> bytes:
    return bytes(byte ^ turn for byte, turn in zip(answer, NOISE, strict=True))
