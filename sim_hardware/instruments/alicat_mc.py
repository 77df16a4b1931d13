"""Alicat MC mass flow controller, from the serial primer and the manual of the MC series.

19200 8N1, carriage return both ways; letters of either case. A line begins with the letter of the
unit, others are silent; nearly every command is answered with the data frame, a bad one with `?`.
What arrives before the answer is out is lost. With set-point source S the set-point is written to
the memory at every change and comes back with the mains, and so does the flow.

Chosen here, not stated by the source: flows in sccm, pressures in PSI; a set-point outside the
range is refused; a changed loop variable keeps the number of the set-point, cut to its new range;
readings end at 1.28 times full scale with MOV or VOV, temperatures beyond -10 to 60 C show TOV,
pressures beyond 1.28 times theirs POV; differential pressure is taken as gauge pressure; a held
valve keeps the flow it has, and is let go by a loss of power; streaming, gas mixtures and batches
are not there.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.typed_lines import TypedLines
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.alicat_mc_loop import FULL_PSI, GasLine, Loop, ValveLoop
from sim_hardware.instruments.alicat_mc_tables import GASES, SCCM_CODE, TIMES, StatusWord

TURNAROUND_S: Final = 0.005
OVER: Final = 1.28  # times full scale a reading ends at
LOWEST_C, HIGHEST_C = -10.0, 60.0
GAS_REGISTER, LOOP_REGISTER, GAS_BITS = 46, 122, 0x1FF
CONFIGURED = {21: 100, 22: 1000, 23: 0, 85: 1, 91: 50}  # P, D, I, kind of loop, streaming in ms
REFUSED: Final = "?"
_WRITE: Final = re.compile(r"(?:\$\$)?W(\d{1,3})=(\d{1,9})")
_READ: Final = re.compile(r"(?:\$\$)?R(\d{1,3})")
_SETPOINT: Final = re.compile(r"(?:LS|S) ?([+-]?\d{1,7}(?:\.\d{0,6})?)(?: \d{1,2})?")
_RAMP: Final = re.compile(r"SR (\d{1,7}(?:\.\d{0,6})?) ([3-7])")
_RAMPING: Final = re.compile(r"LSRC ([01]) ([01]) ([01]) ([01])")
_GAS: Final = re.compile(r"G ?(\d{1,3})")


class AlicatMc(StreamInstrument):
    """One controller, or a meter. The plant calls nothing; the gas line is asked when it matters.

    `total_scc` says how much gas has passed, for a unit with the totaliser.
    """

    line_baud: ClassVar[int] = 19200

    def __init__(
        self,
        clock: LineClock,
        line: GasLine,
        *,
        unit: str = "A",
        full_scale_sccm: float = 100.0,
        gas: str = "Ar",
        meter: bool = False,
        total_scc: Callable[[], float] | None = None,
    ) -> None:
        self._clock, self._line, self._meter, self._total_scc = clock, line, meter, total_scc
        self.unit, self.version = unit, "6v21.0-R22 Nov 30 2016,16:04:20"
        self.faults: set[StatusWord] = set()  # fault: status words that are forced on
        self.loop = ValveLoop(clock, line, full_scale_sccm)
        self.writes = 0  # of the memory, which bears a limited number
        self._full_sccm, self._gas = full_scale_sccm, GASES.index(gas)
        self._source, self._locked = "S", False
        self._registers = dict(CONFIGURED)
        self._tare_sccm, self._tare_psi, self._counted_scc = 0.0, 0.0, 0.0
        self._lines = TypedLines(60)
        self._busy_until_s = -math.inf
        self._plain = self._plain_table()

    def _plain_table(self) -> dict[str, Callable[[], str]]:
        """Commands without a value."""
        table = {
            "": self.frame,
            "VE": lambda: f"{self.unit} {self.version}",
            "L": lambda: self._lock(on=True),
            "U": lambda: self._lock(on=False),
            "T": self._reset_total,
            "V": self._tare_flow,
            "P": self._tare_pressure,
            "PC": self._tare_pressure,
            "LS": self._setpoint_line,
            "LSS": lambda: f"{self.unit} {self._source}",
            "LSRC": self._ramping_line,
            "SR": self._ramp_line,
            "HP": lambda: self._valve(self.loop.hold),
            "H": lambda: self._valve(self.loop.hold),
            "HC": lambda: self._valve(self.loop.close),
            "C": lambda: self._valve(self.loop.release),
        }
        if self._meter:
            for name in ("LS", "LSS", "LSRC", "SR", "HP", "H", "HC", "C"):
                del table[name]
        return table

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        if self._clock.now_s() < self._busy_until_s:
            return []
        lines = self._lines.feed(data)
        answer = next((said for line in lines if (said := self._heard(line)) is not None), None)
        if answer is None:
            return []
        self._lines.forget()
        self._busy_until_s = self._clock.now_s() + TURNAROUND_S
        return [Answer(answer.encode("ascii") + b"\r", TURNAROUND_S)]

    @override
    def power_cycle(self) -> None:
        self._lines.forget()
        self._busy_until_s = -math.inf
        self._counted_scc = 0.0
        self.loop.restart(keep=self._source == "S")

    def frame(self) -> str:
        """The data frame."""
        pressure_psi, temperature_c = self.loop.pressure_psi(), self._line.temperature_c()
        flow_sccm = self.loop.flow_sccm() - self._tare_sccm
        volume_ccm = self.loop.volume(flow_sccm)
        fields = [
            self.unit,
            _signed(pressure_psi - self._tare_psi),
            _signed(temperature_c),
            _signed(min(volume_ccm, OVER * self._full_sccm)),
            _signed(min(flow_sccm, OVER * self._full_sccm)),
        ]
        if not self._meter:
            fields.append(_signed(self.loop.setpoint()).lstrip("+"))
        if self._total_scc is not None:
            fields.append(_signed(self._total_scc() - self._counted_scc, 9))
        fields.append(f"{GASES[self._gas]:<7}")
        return " ".join([*fields, *(word.name for word in StatusWord if word in self._words())])

    def _words(self) -> set[StatusWord]:
        flow_sccm, temperature_c = self.loop.flow_sccm(), self._line.temperature_c()
        top_sccm = OVER * self._full_sccm
        seen = {
            StatusWord.HLD: self.loop.held,
            StatusWord.LCK: self._locked,
            StatusWord.MOV: flow_sccm > top_sccm,
            StatusWord.VOV: self.loop.volume(flow_sccm) > top_sccm,
            StatusWord.POV: self.loop.pressure_psi() > OVER * FULL_PSI,
            StatusWord.TOV: not LOWEST_C <= temperature_c <= HIGHEST_C,
        }
        return self.faults | {word for word, is_seen in seen.items() if is_seen}

    def _heard(self, line: str) -> str | None:
        """What is said to a line; None when it is for another unit."""
        text = line.strip().upper()
        if not text.startswith(self.unit):
            return None
        command = text[len(self.unit) :].strip()
        plain = self._plain.get(command.removeprefix("$$") or command)
        if plain is not None:
            return plain()
        rename = re.fullmatch(r"@(?:=| )?([A-Z])", command)
        if rename is not None:
            self.unit = rename[1]
            return self.frame()
        return self._register(command) or self._setting(command) or REFUSED

    def _register(self, command: str) -> str | None:
        """Answer to reading or writing a register."""
        read, write = _READ.fullmatch(command), _WRITE.fullmatch(command)
        match = read or write
        if match is None:
            return None
        number = int(match[1])
        if write is not None and not self._write_register(number, int(write[2])):
            return REFUSED
        values = {**self._registers, GAS_REGISTER: self._gas}
        if not self._meter:
            values[LOOP_REGISTER] = self.loop.variable
        return f"{self.unit}   {number:03d} = {values[number]}" if number in values else REFUSED

    def _write_register(self, number: int, value: int) -> bool:
        if number == GAS_REGISTER:
            return self._select_gas(value & GAS_BITS)
        if number == LOOP_REGISTER and not self._meter and value in set(Loop):
            self.loop.regulate_by(Loop(value))
            self.writes += 1
            return True
        if number not in self._registers:
            return False
        self._registers[number] = value
        self.writes += 1
        return True

    def _select_gas(self, number: int) -> bool:
        if number >= len(GASES):
            return False
        self._gas = number
        self.writes += 1
        return True

    def _setting(self, command: str) -> str | None:
        """Answer to a command with a value."""
        gas = _GAS.fullmatch(command)
        if gas is not None:
            return self.frame() if self._select_gas(int(gas[1])) else REFUSED
        return None if self._meter else self._regulating(command)

    def _regulating(self, command: str) -> str | None:
        """Answer to a command that only a controller has."""
        setpoint, ramp = _SETPOINT.fullmatch(command), _RAMP.fullmatch(command)
        ramping = _RAMPING.fullmatch(command)
        if setpoint is not None:
            return self._command(float(setpoint[1]), long=command.startswith("LS"))
        if ramp is not None:
            self.loop.limit_rate(float(ramp[1]), int(ramp[2]))
            return self._ramp_line()
        if ramping is not None:
            self.loop.ramping = tuple(flag == "1" for flag in ramping.groups())
            return self._ramping_line()
        if command in {"LSS A", "LSS S", "LSS U"}:
            self._source = command[-1]
            return f"{self.unit} {self._source}"
        return None

    def _command(self, setpoint: float, *, long: bool) -> str:
        if self._source == "A" or not self.loop.command(setpoint):
            return REFUSED
        self.writes += self._source == "S"
        return self._setpoint_line() if long else self.frame()

    def _setpoint_line(self) -> str:
        now, wanted = self.loop.setpoint(), self.loop.commanded
        return f"{self.unit} {now:.2f} {wanted:.2f} {SCCM_CODE} SCCM"

    def _ramp_line(self) -> str:
        rate, time = self.loop.rate
        return f"{self.unit} {rate:.7f} {SCCM_CODE} {time} SCCM/{TIMES[time][0]}"

    def _ramping_line(self) -> str:
        return " ".join([self.unit, *("1" if flag else "0" for flag in self.loop.ramping)])

    def _valve(self, act: Callable[[], None]) -> str:
        act()
        return self.frame()

    def _lock(self, *, on: bool) -> str:
        self._locked = on
        return self.frame()

    def _reset_total(self) -> str:
        if self._total_scc is None:
            return REFUSED
        self._counted_scc = self._total_scc()
        return self.frame()

    def _tare_flow(self) -> str:
        self._tare_sccm = self.loop.flow_sccm()
        return self.frame()

    def _tare_pressure(self) -> str:
        self._tare_psi = self.loop.pressure_psi() - self.loop.ATMOSPHERE_PSI
        return self.frame()


def _signed(value: float, width: int = 7) -> str:
    """A number with its sign and two decimals; less of them when it is long."""
    rounded = round(value, 2) + 0.0
    text = f"{rounded:+0{width}.2f}"
    return text if len(text) <= width else f"{rounded:+.1f}"
