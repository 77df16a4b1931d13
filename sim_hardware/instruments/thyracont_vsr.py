"""Thyracont VSR205 vacuum gauge (Smartline, protocol version 2), from its manual.

115200 8N1, RS-485. Three digits of address, access code, two letters, two digits of length, data,
a check character, CR. The answer has the access code plus one, or 7 and six characters that name
the error. Pressures are mbar whatever the display shows. Settings are kept in an EEPROM.

Chosen here, not stated by the source: a bad check character and another address are met with
silence; the order in which errors are looked for; binary access is not supported; a read takes no
data, except of the wear; a relay `T..F..` is on beyond T and off beyond F, whichever is larger; an
address is 1 to 16 and a new one holds after its answer; a new baud rate is noted and the wire
keeps its own.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.thyracont_vsr_sensors import (
    NUMBER,
    PIEZO_LOW_MBAR,
    GaugePlace,
    OutOfRange,
    VsrSensors,
    edges,
    printed,
)

TURNAROUND_S: Final = 0.003
LONGEST: Final = 120
QUARTER_HOUR_S: Final = 900.0
READ, WRITE, DEFAULT, BINARY, FAILED = "0", "2", "4", "8", "7"
BAUDS: Final = ("9600", "14400", "19200", "28800", "38400", "57600", "115200")


class Fault(StrEnum):
    """What an error answer says."""

    UNKNOWN = "NO_DEF"
    LOGIC = "_LOGIC"
    RANGE = "_RANGE"
    SENSOR = "ERROR1"
    SYNTAX = "SYNTAX"
    LENGTH = "LENGTH"
    CALIBRATION = "_CD_RE"
    EEPROM = "_EP_RE"
    UNSUPPORTED = "_UNSUP"
    DISABLED = "_SEDIS"


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Command:
    """What a two-letter command can do; `default` is what access 4 puts back."""

    read: Callable[[str], str] | None = None
    write: Callable[[str], None] | None = None
    default: str | None = None


@dataclass
class Switch:
    """A relay: on beyond `on_mbar`, off beyond `off_mbar`."""

    text: str
    on_mbar: float
    off_mbar: float
    energised: bool = False

    def recheck(self, mbar: float) -> None:
        """Compare; between the two values nothing changes."""
        sign = 1.0 if self.on_mbar < self.off_mbar else -1.0
        if sign * mbar <= sign * self.on_mbar:
            self.energised = True
        elif sign * mbar >= sign * self.off_mbar:
            self.energised = False


class ThyracontVsr(StreamInstrument):
    """One gauge. The plant calls `recheck` when the pressure has changed, and asks `relay`."""

    line_baud: ClassVar[int] = 115200

    def __init__(self, clock: LineClock, place: GaugePlace, *, address: int = 1) -> None:
        self._clock, self.address = clock, address
        self.sensors = VsrSensors(place)
        self.fault: Fault | None = None  # fault: measurements fail with this
        self.wear_pct, self.eeprom_writes, self.baud = 0, 0, "115200"
        self.unit, self.upside_down, self.shown = "mbar", "0", "0"
        self._hours_from_s, self._adjusted_s = clock.now_s(), clock.now_s()
        self.quarter_hours, self.quarter_hours_unadjusted = 85, 382  # when the clock started
        self._switches = {"R1": _switch("T0.1F1.5"), "R2": _switch("T10F15")}
        self._buffer = bytearray()
        self._commands = self._measurements() | self._settings() | self._information()

    def _measurements(self) -> dict[str, Command]:
        return {
            "MV": Command(lambda _: self._measured(printed(self.sensors.mbar()))),
            "M1": Command(lambda _: self._measured(printed(self.sensors.pirani_mbar()))),
            "M2": Command(
                lambda _: self._measured(printed(self.sensors.piezo_mbar(), PIEZO_LOW_MBAR))
            ),
            "MR": Command(lambda _: "H1.2e3L1e-4"),
            "PM": Command(self._wear),
            "AH": Command(write=self._adjust_high),
            "AL": Command(write=self._adjust_low),
        }

    def _settings(self) -> dict[str, Command]:
        return {
            "DU": Command(lambda _: self.unit, self._show_unit, "mbar"),
            "DO": Command(lambda _: self.upside_down, self._turn_display, "0"),
            "DD": Command(lambda _: self.shown, self._show_sensor, "0"),
            "ST": Command(lambda _: self.sensors.transition, self._set_transition, "1"),
            "C1": Command(lambda _: f"{self.sensors.gas_factor:g}", self._set_gas_factor, "1"),
            "R1": self._relay_command("R1", "T0.1F1.5"),
            "R2": self._relay_command("R2", "T10F15"),
            "BR": Command(lambda _: self.baud, self._set_baud, "115200"),
            "DA": Command(lambda _: str(self.address), self._set_address),
        }

    def _information(self) -> dict[str, Command]:
        return {
            "TD": Command(lambda _: "VSR205"),
            "PN": Command(lambda _: "VSR205DL"),
            "SD": Command(lambda _: "20001234"),
            "SH": Command(lambda _: "20005678"),
            "VD": Command(lambda _: "2.0"),
            "VF": Command(lambda _: "2.12"),
            "VB": Command(lambda _: "1.3"),
            "OH": Command(lambda _: str(self.quarter_hours + self._quarters(self._hours_from_s))),
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers: list[Answer] = []
        for byte in data:
            if byte == 0x0D:
                answers += self._answer(bytes(self._buffer))
                self._buffer.clear()
            elif len(self._buffer) < LONGEST:
                self._buffer.append(byte)
        return answers

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()
        for switch in self._switches.values():
            switch.energised = False
        self.recheck()

    def recheck(self) -> None:
        """Compare the pressure with the relays again."""
        for switch in self._switches.values():
            switch.recheck(self.sensors.mbar())

    def relay(self, number: int) -> bool:
        """Whether relay 1 or 2 is energised now."""
        self.recheck()
        return self._switches[f"R{number}"].energised

    def _answer(self, request: bytes) -> list[Answer]:
        if len(request) < 9 or check_character(request[:-1]) != request[-1:]:
            return []
        text = request[:-1].decode("latin-1")
        if not (_is_number(text[:3]) and int(text[:3]) == self.address):
            return []
        access, name = text[3], text[4:6]
        head = text[:3]  # the address that was called, even if it now changes
        self.recheck()
        try:
            reply = f"{chr(ord(access) + 1)}{name}{_counted(self._act(access, name, text[6:]))}"
        except Refusal as refusal:
            reply = f"{FAILED}{name}{_counted(refusal.fault)}"
        body = f"{head}{reply}".encode("latin-1", "replace")
        return [Answer(body + check_character(body) + b"\r", TURNAROUND_S)]

    def _act(self, access: str, name: str, rest: str) -> str:
        if not _is_number(rest[:2]):
            raise Refusal(Fault.SYNTAX)
        data = rest[2:]
        if len(data) != int(rest[:2]):
            raise Refusal(Fault.LENGTH)
        command = self._commands.get(name)
        if command is None:
            raise Refusal(Fault.UNKNOWN)
        if access == READ and command.read is not None:
            if data and name != "PM":
                raise Refusal(Fault.SYNTAX)
            return command.read(data)
        if access == BINARY:
            raise Refusal(Fault.UNSUPPORTED)
        self._store(access, command, data)
        return ""

    def _store(self, access: str, command: Command, data: str) -> None:
        if access == DEFAULT:
            data = command.default or ""
        if (
            command.write is None
            or access not in {WRITE, DEFAULT}
            or (access == DEFAULT and command.default is None)
        ):
            raise Refusal(Fault.LOGIC)
        command.write(data)
        self.eeprom_writes += 1

    def _measured(self, text: str) -> str:
        if self.fault is not None:
            raise Refusal(self.fault)
        return text

    def _quarters(self, since_s: float) -> int:
        return int((self._clock.now_s() - since_s) / QUARTER_HOUR_S)

    def _wear(self, data: str) -> str:
        if data != "1":
            raise Refusal(Fault.UNSUPPORTED if data in {"2", "3"} else Fault.SYNTAX)
        unadjusted = self.quarter_hours_unadjusted + self._quarters(self._adjusted_s)
        return f"W{self.wear_pct}A{unadjusted}"

    def _adjust_high(self, data: str) -> None:
        self._adjust(self.sensors.adjust_high, data, 1000.0)

    def _adjust_low(self, data: str) -> None:
        self._adjust(self.sensors.adjust_low, data, 0.0)

    def _adjust(self, adjust: Callable[[float], None], data: str, otherwise: float) -> None:
        try:
            adjust(_decimal(data) if data else otherwise)
        except OutOfRange:
            raise Refusal(Fault.RANGE) from None
        self.quarter_hours_unadjusted, self._adjusted_s = 0, self._clock.now_s()

    def _show_unit(self, data: str) -> None:
        self.unit = _one_of(data, "mbar", "Torr", "hPa")

    def _turn_display(self, data: str) -> None:
        self.upside_down = _one_of(data, "0", "1")

    def _show_sensor(self, data: str) -> None:
        if data in {"3", "4", "6", "7"}:  # sensors of other gauges
            raise Refusal(Fault.UNSUPPORTED)
        self.shown = _one_of(data, "0", "1", "2")

    def _set_transition(self, data: str) -> None:
        try:
            edges(data)
        except OutOfRange:
            raise Refusal(Fault.RANGE) from None
        except ValueError:
            raise Refusal(Fault.SYNTAX) from None
        self.sensors.transition = data

    def _set_gas_factor(self, data: str) -> None:
        factor = _decimal(data)
        if not 0.2 <= factor <= 8.0:
            raise Refusal(Fault.RANGE)
        self.sensors.gas_factor = factor

    def _relay_command(self, name: str, default: str) -> Command:
        def store(data: str) -> None:
            self._switches[name] = _switch(data)

        return Command(lambda _: self._switches[name].text, store, default)

    def _set_baud(self, data: str) -> None:
        if not _is_number(data):
            raise Refusal(Fault.SYNTAX)
        if data not in BAUDS:
            raise Refusal(Fault.RANGE)
        self.baud = data

    def _set_address(self, data: str) -> None:
        if not _is_number(data):
            raise Refusal(Fault.SYNTAX)
        if not 1 <= int(data) <= 16:
            raise Refusal(Fault.RANGE)
        self.address = int(data)


def check_character(data: bytes) -> bytes:
    """Sum of the bytes in six bits, as a character from `@` on."""
    return bytes([sum(data) % 64 + 64])


def _counted(data: str) -> str:
    return f"{len(data):02d}{data}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _decimal(text: str) -> float:
    if not re.fullmatch(NUMBER, text):
        raise Refusal(Fault.SYNTAX)
    return float(text)


def _one_of(text: str, *words: str) -> str:
    if text not in words:
        raise Refusal(Fault.SYNTAX)
    return text


def _switch(text: str) -> Switch:
    match = re.fullmatch(f"T({NUMBER})F({NUMBER})", text)
    if match is None:
        raise Refusal(Fault.SYNTAX)
    on_mbar, off_mbar = float(match[1]), float(match[2])
    if on_mbar == off_mbar or not all(1e-4 <= each <= 1200.0 for each in (on_mbar, off_mbar)):
        raise Refusal(Fault.RANGE)
    return Switch(text, on_mbar, off_mbar)
