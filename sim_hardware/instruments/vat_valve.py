"""VAT 65 pressure control valve, RS-232 with the IC protocol, from its manual.

9600 7E1. Lines end with CR LF and are case sensitive; settings are acknowledged with their own
header within 10 ms, and nothing may be sent before. Errors are `E:` and six digits. The valve obeys
only in remote operation, and neither while it synchronises nor in an interlock.

Chosen here, not stated by the source: it comes up in local operation, which is the harder case;
what is sent before the acknowledgement is lost; a byte that needs eight bits is a parity error, a
NUL a framing error; HOLD is not applicable outside position and pressure control, pressure control
not without learned data; set-up commands need remote operation too; the digits of set-up records
are checked where their meaning is known.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.vat_valve_lines import CommandError, Failure, Lines
from sim_hardware.instruments.vat_valve_plate import BUSY, Mode, Plate, PumpedChamber

TURNAROUND_S: Final = 0.005
UNKNOWN_POSITION: Final = 999_999
LOCAL, REMOTE, LOCKED = "0", "1", "2"
POSITION_RANGES: Final = (1_000, 10_000, 100_000)
LOWEST_RANGE, HIGHEST_RANGE = 1_000, 1_000_000
ALLOWED: Final = {  # digits of set-up records by place, where only some make sense
    "01": ("01234", "01"),
    "04": ("01", "01"),
    "20": ("012345678", "01234", "01", "01"),
    "21": ("012",),
}


class VatValve(StreamInstrument):
    """One valve. The plant calls `recheck` when the gas flow or the pumping changes."""

    char_bits: ClassVar[int] = 10

    def __init__(self, clock: LineClock, chamber: PumpedChamber) -> None:
        self._clock = clock
        self.plate = Plate(clock, chamber)
        self.access = LOCAL
        self.error_number = 0  # fault: 20, 22 or 40 stop the valve for good
        self.converter_failed, self.firmware_failed = False, False  # faults of the control unit
        self.service_request, self.air_ok, self.simulating = False, True, False
        self._records = {"01": "11001000", "02": "00000000", "04": "00000000", "20": "40000000",
                         "21": "11000000"}  # fmt: skip
        self._power_ups = 1
        self._lines, self._deaf_until_s = Lines(), 0.0
        self._orders = self._order_table()
        self._queries = self._query_table()
        self._setups: dict[str, tuple[int, Callable[[str], None]]] = {
            "c:01": (2, self._set_access),
            "c:82": (2, self._reset),
            **{f"s:{name}": (8, self._storer(name)) for name in self._records},
        }

    def _order_table(self) -> Mapping[str, tuple[int, Callable[[str], None]]]:
        """By header: length of the data, and what is done."""
        plate = self.plate
        return {
            "C:": (0, lambda _: plate.close()),
            "O:": (0, lambda _: plate.open()),
            "H:": (0, lambda _: self._hold()),
            "Z:": (0, lambda _: self._zero()),
            "R:": (6, lambda data: plate.place(self._position(data))),
            "S:": (8, lambda data: self._control(self._pressure(data))),
            "V:": (6, self._set_speed),
            "L:": (8, lambda data: plate.learn(self._pressure(data))),
        }

    def _query_table(self) -> Mapping[str, Callable[[], str]]:
        plate = self.plate
        return {
            "A:": self._position_text,
            "P:": self._pressure_text,
            "i:30": lambda: f"{self._state()[:2]}0{self._state()[2]}000{int(self.simulating)}",
            "i:32": plate.learn_status,
            "i:34": lambda: f"{self._units(plate.learn_limit):08d}",
            "i:36": lambda: f"{2 * int(plate.mode is Mode.PRESSURE)}0000000",
            "i:38": self._setpoint_text,
            "i:50": lambda: f"{self.error_number:03d}",
            "i:51": self._warnings,
            "i:52": lambda: f"0{int(self.converter_failed)}0{int(self.firmware_failed)}0000",
            "i:60": lambda: _signed(round(plate.offset * 1_000_000)),
            "i:64": self._pressure_text,
            "i:68": lambda: f"{plate.speed:08d}",
            "i:70": lambda: f"{int(plate.strokes() / 2.0):010d}",
            "i:71": lambda: f"{plate.closings:010d}",
            "i:72": lambda: f"{self._power_ups:010d}",
            "i:76": lambda: f"{self._position_text()}{self._pressure_text()}{self._state()}",
            "i:80": lambda: "00210000",
            "i:82": lambda: "600P1G00",
            "i:83": lambda: f"{'65028-JACG-0001/0001':<20}",
            "i:84": lambda: f"{'700989':<20}",
        } | {f"i:{name}": self._record(name) for name in self._records}

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        if self._clock.now_s() < self._deaf_until_s:
            return []
        for byte in data:
            line = self._lines.feed(byte)
            if line is None:
                continue
            self.recheck()
            self._deaf_until_s = self._clock.now_s() + TURNAROUND_S
            text = f"E:{int(line):06d}" if isinstance(line, Failure) else self._answer(line)
            return [Answer(f"{text}\r\n".encode("ascii"), TURNAROUND_S)]
        return []

    @override
    def power_cycle(self) -> None:
        self._lines.forget()
        self.access, self._deaf_until_s = LOCAL, 0.0
        self.error_number = 0
        self._power_ups += 1
        self.plate.restart(float(self._records["04"][0]))

    def recheck(self) -> None:
        """Look at faults and at the chamber again."""
        if self.error_number and self.plate.mode is not Mode.ERROR:
            self.plate.put(Mode.ERROR)
        self.plate.recheck()

    def interlock(self, mode: Mode | None) -> None:
        """A digital input takes the valve, into an interlock or SAFETY; None frees it."""
        if mode is None:
            if self.plate.mode in {Mode.INTERLOCK_OPEN, Mode.INTERLOCK_CLOSED, Mode.SAFETY}:
                is_open = self.plate.mode is Mode.INTERLOCK_OPEN
                self.plate.put(Mode.OPEN if is_open else Mode.CLOSED, float(is_open))
        else:
            self.plate.put(mode, float(mode is Mode.INTERLOCK_OPEN))

    def take_local(self) -> None:
        """A person takes the valve at the service port; not while it is locked."""
        if self.access != LOCKED:
            self.access = LOCAL

    def _answer(self, line: str) -> str:
        try:
            return self._obey(line)
        except CommandError as error:
            return f"E:{int(error.failure):06d}"

    def _obey(self, line: str) -> str:
        if line[1:2] != ":":
            raise CommandError(Failure.NO_COLON)
        header, data = line[:2], line[2:]
        if header in {"i:", "s:", "c:"}:
            header, data = line[:4], line[4:]
        if header in self._queries:
            _checked(data, 0)
            return header + self._queries[header]()
        if header not in self._orders and header not in self._setups:
            known = header[:2] in {"i:", "s:", "c:"}
            raise CommandError(Failure.UNKNOWN_NUMBER if known else Failure.UNKNOWN_COMMAND)
        if header in self._orders:
            self._order(header, data)
        else:
            self._set_up(header, data)
        return header

    def _set_up(self, header: str, data: str) -> None:
        length, act = self._setups[header]
        _checked(data, length)
        if self.access == LOCAL and header != "c:01":
            raise CommandError(Failure.LOCAL)
        act(data)

    def _order(self, header: str, data: str) -> None:
        length, act = self._orders[header]
        _checked(data, length)
        if self.access == LOCAL:
            raise CommandError(Failure.LOCAL)
        if self.plate.mode in BUSY:
            raise CommandError(Failure.NOT_NOW)
        act(data)

    def _hold(self) -> None:
        if self.plate.mode not in {Mode.POSITION, Mode.PRESSURE, Mode.HOLD}:
            raise CommandError(Failure.NOT_APPLICABLE)
        self.plate.hold()

    def _zero(self) -> None:
        if self._records["01"][1] == "0":
            raise CommandError(Failure.NOT_APPLICABLE)
        self.plate.zero()

    def _control(self, pressure: float) -> None:
        if not self.plate.learned or self._records["01"][0] == "0":
            raise CommandError(Failure.NOT_APPLICABLE)
        self.plate.control(pressure)

    def _set_speed(self, data: str) -> None:
        if not 1 <= int(data) <= 1000:
            raise CommandError(Failure.OUT_OF_RANGE)
        self.plate.speed = int(data)

    def _set_access(self, data: str) -> None:
        if data not in {"00", "01", "02"}:
            raise CommandError(Failure.INVALID_VALUE)
        self.access = data[1]

    def _reset(self, data: str) -> None:
        """00 deletes the service request; 01 restarts after a fatal error."""
        if data not in {"00", "01"}:
            raise CommandError(Failure.INVALID_VALUE)
        self.service_request = False
        if data == "01" and self.error_number:
            self.error_number = 0
            self.plate.restart(float(self._records["04"][0]))

    def _storer(self, name: str) -> Callable[[str], None]:
        def store(data: str) -> None:
            allowed = ALLOWED.get(name, ())
            if any(digit not in digits for digit, digits in zip(data, allowed, strict=False)):
                raise CommandError(Failure.INVALID_SETUP)
            if name == "21" and not LOWEST_RANGE <= int(data[1:]) <= HIGHEST_RANGE:
                raise CommandError(Failure.OUT_OF_RANGE)
            self._records[name] = data

        return store

    def _record(self, name: str) -> Callable[[], str]:
        return lambda: self._records[name]

    @property
    def _position_range(self) -> int:
        return POSITION_RANGES[int(self._records["21"][0])]

    @property
    def _pressure_range(self) -> int:
        return int(self._records["21"][1:])

    def _position(self, data: str) -> float:
        if int(data) > self._position_range:
            raise CommandError(Failure.OUT_OF_RANGE)
        return int(data) / self._position_range

    def _pressure(self, data: str) -> float:
        if int(data) > self._pressure_range:
            raise CommandError(Failure.OUT_OF_RANGE)
        return int(data) / self._pressure_range

    def _units(self, share: float) -> int:
        return round(share * self._pressure_range)

    def _position_text(self) -> str:
        position = self.plate.position()
        units = UNKNOWN_POSITION if position is None else round(position * self._position_range)
        return f"{units:06d}"

    def _pressure_text(self) -> str:
        return _signed(self._units(self.plate.pressure()))

    def _setpoint_text(self) -> str:
        if self.plate.mode is Mode.PRESSURE:
            return f"{self._units(self.plate.pressure_setpoint):08d}"
        return f"{round(self.plate.position_setpoint * self._position_range):08d}"

    def _warnings(self) -> str:
        flags = (self.service_request, not self.plate.learned, False, not self.air_ok)
        return "".join(str(int(flag)) for flag in flags) + "0000"

    def _state(self) -> str:
        """Access, control mode and whether there is a warning."""
        return f"{self.access}{self.plate.mode.value}{int('1' in self._warnings())}"


def _checked(data: str, length: int) -> None:
    if len(data) != length:
        raise CommandError(Failure.LENGTH)
    if data and not (data.isascii() and data.isdigit()):
        raise CommandError(Failure.INVALID_VALUE)


def _signed(units: int) -> str:
    """Eight characters: a zero or a minus, and seven digits."""
    return f"{'-' if units < 0 else '0'}{min(abs(units), 9_999_999):07d}"
