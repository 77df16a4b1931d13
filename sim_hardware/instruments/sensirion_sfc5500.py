"""Sensirion SFC5500 mass flow controllers on one SHDLC bus, from the protocol manual.

115200 8N1, RS-485. 7E, address, command, length, data, inverted sum, 7E; 7E, 7D, 11 and 13 are
escaped inside. Floats and counts have the high byte first. A reply has a state byte after the
command: the low seven bits are the result of this command, bit 7 says that the device has an error
of its own. A bad sum is met with silence, another address too.

Chosen here, not stated by the source: user units are the physical ones; a length byte that does not
match is a frame composition error; without gas a setpoint above zero is refused, and gas that
fails later sets bit 7; an open valve passes 1.2 times full scale; the user's valve value needs the
user source; while a calibration is activated the unit is busy.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument

FLAG, ESCAPE = 0x7E, 0x7D
ESCAPED = {0x7E: 0x5E, 0x7D: 0x5D, 0x11: 0x31, 0x13: 0x33}
PLAIN = {stuffed: plain for plain, stuffed in ESCAPED.items()}
LONGEST = 300
BROADCAST = 255
LAG_S = 0.8
TURNAROUND_S, ACTIVATION_S = 0.002, 1.6
NORMALISED, PHYSICAL, USER_UNITS = 0, 1, 2
CONTROLLED, CLOSED, OPEN, HELD, USER_VALUE = 0, 1, 2, 3, 0x10
FULLY_OPEN = 1.2  # times full scale


class Code(IntEnum):
    """Results of a command."""

    DATA_SIZE = 1
    UNKNOWN_COMMAND = 2
    NO_ACCESS = 3
    OUT_OF_RANGE = 4
    CHECKSUM = 5
    FIRMWARE_UPDATE = 6
    NOT_IMPLEMENTED = 0x20
    NVM_ADDRESS = 0x21
    FRAME_CHECKSUM = 0x22
    FRAME_ID = 0x24
    FRAME_COMPOSITION = 0x25
    NO_BROADCAST_RESPONSE = 0x27
    INTERNAL_ARGUMENT = 0x28
    I2C_NACK = 0x29
    I2C_HOLD = 0x2A
    I2C_CRC = 0x2B
    SENSOR_WRITE = 0x2C
    MEASURE_LOOP = 0x2D
    HARDWARE_COMMUNICATION = 0x32
    NO_CALIBRATION = 0x33
    SUPPLY_VOLTAGE = 0x37
    FRAM_WRITE = 0x3B
    FLASH_WRITE = 0x3C
    EEPROM_WRITE = 0x3D
    NO_GAS_PRESSURE = 0x3F
    SENSOR_BUSY = 0x42
    NOT_IN_THIS_STATE = 0x43
    NOT_SUPPORTED = 0x44
    FATAL = 0x7F


class GasLine(Protocol):
    """The gas before and behind one controller."""

    def supply_ok(self) -> bool:
        """Whether there is pressure at the inlet."""
        ...

    def on_flow(self, setpoint_sccm: float) -> None:
        """The flow now settles to a new value, with a lag of 0.8 s."""
        ...


class ShdlcError(Exception):
    """The state byte of an error reply."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(frozen=True, slots=True)
class Calibration:
    """One gas a controller knows."""

    gas: str
    full_scale_sccm: float
    unit: bytes = b"\xf7\x04\x04"  # prefix, unit, time base


class SensirionSfc5500:
    """One controller of the bus. The plant calls `recheck` when the supply changes."""

    def __init__(
        self,
        clock: LineClock,
        line: GasLine,
        *,
        address: int = 0,
        calibrations: Sequence[Calibration] = (Calibration("Argon", 500.0),),
        serial: str = "12345678",
    ) -> None:
        self._clock, self._line, self.address = clock, line, address
        self._calibrations, self.serial, self.name = calibrations, serial, "SFC5500"
        self.stuck = False  # fault: the valve does not move any more
        self.fault_code: Code | None = None  # fault: the next commands all fail with this
        self.boot_error = 0
        self._status, self._gas_failed = 0, False
        self._chosen, self._busy_until_s = 0, 0.0
        self._setpoint_sccm, self._source, self._valve = 0.0, CONTROLLED, 0.0
        self._start_sccm, self._goal_sccm, self._since_s = 0.0, 0.0, 0.0
        self._commands: dict[int, Callable[[bytes], bytes]] = {
            0x00: self._setpoint,
            0x03: self._set_and_read,
            0x08: self._read_flow,
            0x20: self._valve_source,
            0x44: self._calibration_info,
            0x45: self._activate,
            0xD0: self._information,
            0xD2: self._device_status,
        }

    def execute(self, command: int, data: bytes) -> tuple[int, bytes, float]:
        """State byte, data and turnaround of one command."""
        self.recheck()
        try:
            result = self._act(command, data)
        except ShdlcError as error:
            return self._flag() | error.code, b"", TURNAROUND_S
        activating = command == 0x45 and data
        return self._flag(), result, ACTIVATION_S if activating else TURNAROUND_S

    def power_cycle(self) -> None:
        """Come back with no setpoint and the controller in charge of the valve."""
        self._setpoint_sccm, self._source, self._valve = 0.0, CONTROLLED, 0.0
        self._status, self._gas_failed, self._busy_until_s = 0, False, 0.0
        self._settle()

    def recheck(self) -> None:
        """Look at the gas supply again."""
        self._settle()

    def flow_sccm(self) -> float:
        """Flow now."""
        passed_s = self._clock.now_s() - self._since_s
        return self._goal_sccm + (self._start_sccm - self._goal_sccm) * math.exp(-passed_s / LAG_S)

    @property
    def full_scale_sccm(self) -> float:
        """Full scale of the gas in use."""
        return self._calibrations[self._chosen].full_scale_sccm

    def _act(self, command: int, data: bytes) -> bytes:
        action = self._commands.get(command)
        if action is None:
            raise ShdlcError(Code.UNKNOWN_COMMAND)
        if self.fault_code is not None:
            raise ShdlcError(self.fault_code)
        if self._clock.now_s() < self._busy_until_s:
            raise ShdlcError(Code.SENSOR_BUSY)
        return action(data)

    def _flag(self) -> int:
        return 0x80 if self._gas_failed or self._status else 0

    def _settle(self) -> None:
        """Aim the flow at what setpoint, valve and supply allow; tell the line what changed."""
        goal_sccm = self._aim_sccm()
        if not self._line.supply_ok():
            self._gas_failed = self._gas_failed or goal_sccm > 0.0
            goal_sccm = 0.0
        else:
            self._gas_failed = False
        if goal_sccm != self._goal_sccm:
            self._start_sccm, self._goal_sccm = self.flow_sccm(), goal_sccm
            self._since_s = self._clock.now_s()
            self._line.on_flow(goal_sccm)

    def _aim_sccm(self) -> float:
        if self.stuck:
            return self._goal_sccm
        if self._source == CONTROLLED:
            return self._setpoint_sccm
        return {CLOSED: 0.0, OPEN: FULLY_OPEN, USER_VALUE: FULLY_OPEN * self._valve}.get(
            self._source, self._goal_sccm / self.full_scale_sccm
        ) * self.full_scale_sccm

    def _setpoint(self, data: bytes) -> bytes:
        if len(data) == 1:
            return _float(self._setpoint_sccm / self._scale(data[0]))
        self._store_setpoint(data)
        return b""

    def _store_setpoint(self, data: bytes) -> None:
        _sized(data, 5)
        value_sccm = _unpacked(data[1:]) * self._scale(data[0])
        if not 0.0 <= value_sccm <= self.full_scale_sccm * 1.000001:
            raise ShdlcError(Code.OUT_OF_RANGE)
        if value_sccm > 0.0 and not self._line.supply_ok():
            raise ShdlcError(Code.NO_GAS_PRESSURE)
        self._setpoint_sccm = value_sccm
        self._settle()

    def _set_and_read(self, data: bytes) -> bytes:
        self._store_setpoint(data)
        return self._read_flow(data[:1])

    def _read_flow(self, data: bytes) -> bytes:
        _sized(data, 1)
        return _float(self.flow_sccm() / self._scale(data[0]))

    def _scale(self, scaling: int) -> float:
        """Sccm per unit of a scaling."""
        if scaling not in {NORMALISED, PHYSICAL, USER_UNITS}:
            raise ShdlcError(Code.OUT_OF_RANGE)
        return self.full_scale_sccm if scaling == NORMALISED else 1.0

    def _valve_source(self, data: bytes) -> bytes:
        if len(data) not in {1, 2, 5}:
            raise ShdlcError(Code.DATA_SIZE)
        if data[0] == 1 and len(data) == 5:
            self._set_valve(_unpacked(data[1:]))
        elif data[0] != 0 or len(data) == 5:
            raise ShdlcError(Code.OUT_OF_RANGE)
        elif len(data) == 1:
            return bytes([self._source])
        else:
            self._set_source(data[1])
        return b""

    def _set_source(self, source: int) -> None:
        if source not in {CONTROLLED, CLOSED, OPEN, HELD, USER_VALUE}:
            raise ShdlcError(Code.OUT_OF_RANGE)
        self._source = source
        self._settle()

    def _set_valve(self, share: float) -> None:
        if self._source != USER_VALUE:
            raise ShdlcError(Code.NOT_IN_THIS_STATE)
        if not 0.0 <= share <= 1.0:
            raise ShdlcError(Code.OUT_OF_RANGE)
        self._valve = share
        self._settle()

    def _calibration_info(self, data: bytes) -> bytes:
        if len(data) not in {1, 5}:
            raise ShdlcError(Code.DATA_SIZE)
        index = self._chosen if len(data) == 1 else int.from_bytes(data[1:], "big")
        calibration = self._calibration(index)
        known = {
            0x11: _text(calibration.gas),
            0x13: calibration.unit,
            0x14: _float(calibration.full_scale_sccm),
        }
        if data[0] not in known:
            raise ShdlcError(Code.OUT_OF_RANGE)
        return known[data[0]]

    def _calibration(self, index: int) -> Calibration:
        if index >= len(self._calibrations):
            raise ShdlcError(Code.NO_CALIBRATION)
        return self._calibrations[index]

    def _activate(self, data: bytes) -> bytes:
        if not data:
            return self._chosen.to_bytes(4, "big")
        _sized(data, 4)
        index = int.from_bytes(data, "big")
        self._calibration(index)
        self._chosen, self._setpoint_sccm = index, 0.0
        self._busy_until_s = self._clock.now_s() + ACTIVATION_S
        self._settle()
        return b""

    def _information(self, data: bytes) -> bytes:
        _sized(data, 1)
        known = {1: self.name, 3: self.serial}
        if data[0] not in known:
            raise ShdlcError(Code.OUT_OF_RANGE)
        return _text(known[data[0]])

    def _device_status(self, data: bytes) -> bytes:
        _sized(data, 1)
        flags = self._status
        if data[0]:
            self._status = 0
        return flags.to_bytes(4, "big") + bytes([self.boot_error])


class ShdlcBus(StreamInstrument):
    """The pair of wires with its controllers: each answers to its own address only."""

    line_baud: ClassVar[int] = 115200

    def __init__(self, units: Sequence[SensirionSfc5500]) -> None:
        self._units = {unit.address: unit for unit in units}
        self.absent: set[int] = set()  # fault: addresses whose stub is pulled off the bus
        self._frame: bytearray | None = None

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers: list[Answer] = []
        for byte in data:
            if byte != FLAG:
                if self._frame is not None and len(self._frame) < LONGEST:
                    self._frame.append(byte)
            elif self._frame:
                answers += self._answer(bytes(self._frame))
                self._frame = None
            else:
                self._frame = bytearray()
        return answers

    @override
    def power_cycle(self) -> None:
        self._frame = None
        for unit in self._units.values():
            unit.power_cycle()

    def _answer(self, stuffed: bytes) -> list[Answer]:
        body = unstuffed(stuffed)
        if body is None or len(body) < 4 or inverted_sum(body[:-1]) != body[-1]:
            return []
        address, command, count, data = body[0], body[1], body[2], body[3:-1]
        if address == BROADCAST:
            for listener in self._units.values():
                listener.execute(command, data)
            return []
        unit = self._units.get(address)
        if unit is None or address in self.absent:
            return []
        if count != len(data):
            return [_reply(address, command, Code.FRAME_COMPOSITION, b"", TURNAROUND_S)]
        return [_reply(address, command, *unit.execute(command, data))]


def inverted_sum(data: bytes) -> int:
    """Check byte of the bytes between the flags."""
    return ~sum(data) & 0xFF


def stuffed(data: bytes) -> bytes:
    """Bytes with the reserved ones escaped."""
    return b"".join(
        bytes([ESCAPE, ESCAPED[byte]]) if byte in ESCAPED else bytes([byte]) for byte in data
    )


def unstuffed(data: bytes) -> bytes | None:
    """Bytes with the escapes undone; None when an escape makes no sense."""
    plain, escaped = bytearray(), False
    for byte in data:
        if escaped and byte not in PLAIN:
            return None
        if byte == ESCAPE and not escaped:
            escaped = True
        else:
            plain.append(PLAIN[byte] if escaped else byte)
            escaped = False
    return None if escaped else bytes(plain)


def _reply(address: int, command: int, state: int, data: bytes, after_s: float) -> Answer:
    body = bytes([address, command, state, len(data)]) + data
    body += bytes([inverted_sum(body)])
    return Answer(bytes([FLAG]) + stuffed(body) + bytes([FLAG]), after_s)


def _sized(data: bytes, count: int) -> None:
    if len(data) != count:
        raise ShdlcError(Code.DATA_SIZE)


def _float(value: float) -> bytes:
    return struct.pack(">f", value)


def _unpacked(data: bytes) -> float:
    value: float = struct.unpack(">f", data)[0]
    return value


def _text(text: str) -> bytes:
    return text.encode("ascii") + b"\0"
