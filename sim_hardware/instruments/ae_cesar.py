"""Dressler / Advanced Energy Cesar RF generator on AE Bus, from the host chapter of its manual.

8O1. A packet is address * 8 + length, command, (a length byte when the length is 7), data with the
low byte first, and the exclusive-or of it all. The unit acknowledges with 06 (15 for a bad check),
sends its reply packet, and the host acknowledges that; a host's 15 brings the reply again.
Commands below 128 act and are answered with one result byte; they need host control.

Chosen here, not stated by the source: 9600 baud and panel control at power-up; a pause of 50 ms
drops an unfinished packet; a packet for another address is skipped by its length; a report that is
not known is answered with result 99; forward power ramps 1000 W/s; the regulation mode cannot
change under RF; out of setpoint means 5 % away or ramping; a nonzero timer trips after so many
seconds, and RF off forgets that trip.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import ClassVar, Protocol

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.core.rising import reached
from sim_hardware.core.wire import Answer, StreamInstrument

ACK, NAK = 0x06, 0x15
PAUSE_S = 0.050
ACK_S, REPLY_S = 0.001, 0.004
RESENDS = 3
FORWARD, LOAD, BIAS = 6, 7, 8
HOST, USER_PORT, PANEL = 2, 4, 6
OUT_OF_SETPOINT = 0x20  # in byte 3 of the process status
AWAY = 0.05  # share of the setpoint


class Csr(IntEnum):
    """Results of a command."""

    OK = 0
    WRONG_CONTROL_MODE = 1
    RF_ON = 2
    RF_OFF = 3
    OUT_OF_RANGE = 4
    USER_PORT_OFF = 5
    ACTIVE_FAULT = 7
    RAMPING = 8
    BYTE_COUNT = 9
    NOT_ACCEPTED = 14
    TARGET_LIFE = 16
    RECIPE = 19
    EEPROM = 30
    FREQUENCY = 50
    DUTY = 51
    UNKNOWN = 99


class RfLoad(Protocol):
    """The chamber behind the match, and the interlock loop."""

    def interlock_closed(self) -> bool:
        """Whether the interlock loop is closed."""
        ...

    def reflected_w(self, forward_w: float) -> float:
        """Power that comes back."""
        ...

    def dc_bias_v(self, forward_w: float) -> float:
        """Self-bias of the electrode."""
        ...

    def watts_for_bias(self, volts: float) -> float:
        """Forward power that makes a self-bias."""
        ...

    def on_rf(self, *, on: bool, setpoint: float, regulation: int) -> None:
        """RF went on or off, or its setpoint (watts, or volts in regulation 8) changed."""
        ...


class _Rf:
    """The power stage: what it delivers as a function of time, and why it may not."""

    def __init__(self, clock: LineClock, load: RfLoad, rated_w: int) -> None:
        self._clock, self._load, self.rated_w = clock, load, rated_w
        self.setpoint, self.regulation = 0, FORWARD
        self.forward_limit_w, self.reflected_limit_w = rated_w, rated_w // 4
        self.timer_s, self.ramp_w_s = 0, 1000.0
        self.on = False
        self.overtemperature = False  # fault: the cabinet is hot
        self.end_of_target = False
        self.fault_bits = 0  # fault: byte 3 of the process status (bit 5: out of setpoint)
        self.limit_bits = 0  # fault: byte 4 of the process status
        self._ramp = Ramp(0.0, 0.0, math.inf, 0.0)
        self._away_timer: asyncio.TimerHandle | None = None

    def forward_w(self) -> float:
        return self._ramp.at(self._clock.now_s()) if self.on else 0.0

    def reflected_w(self) -> float:
        forward_w = self.forward_w()
        return self._load.reflected_w(forward_w) if forward_w else 0.0

    def load_w(self) -> float:
        return self.forward_w() - self.reflected_w()

    def bias_v(self) -> float:
        forward_w = self.forward_w()
        return self._load.dc_bias_v(forward_w) if forward_w else 0.0

    def ramping(self) -> bool:
        return self.on and self._clock.now_s() < self._ramp.end_s

    def interlock_open(self) -> bool:
        return not self._load.interlock_closed()

    def faulty(self) -> bool:
        return bool(
            self.interlock_open() or self.overtemperature or self.end_of_target or self.fault_bits
        )

    def out_of_setpoint(self) -> bool:
        if not self.on or self.ramping():
            return False
        regulated = {FORWARD: self.forward_w, LOAD: self.load_w, BIAS: self.bias_v}
        return abs(regulated[self.regulation]() - self.setpoint) > AWAY * max(self.setpoint, 1)

    def switch(self, *, on: bool) -> None:
        if on == self.on:
            return
        self.on = on
        self._ramp = Ramp(0.0, 0.0, math.inf, self._clock.now_s())
        if on:
            self.settle()
        self._announce()

    def set(self, setpoint: int) -> None:
        changed, self.setpoint = setpoint != self.setpoint, setpoint
        if changed and self.on:
            self.settle()
            self._announce()

    def settle(self) -> None:
        """Look at the interlock and the load again, and move towards what they allow."""
        if self.on and self.faulty():
            self.switch(on=False)
        if self.on and not self.ramping() and (goal_w := self._goal_w()) != self._ramp.goal:
            now_s = self._clock.now_s()
            self._ramp = Ramp(self.forward_w(), goal_w, self.ramp_w_s, now_s)
            self._clock.at(self._ramp.end_s, self.settle)
        self._watch_setpoint()

    def _watch_setpoint(self) -> None:
        away = self.timer_s > 0 and self.out_of_setpoint()
        if away and self._away_timer is None:
            self._away_timer = self._clock.after(self.timer_s, self._still_away)
        elif not away and self._away_timer is not None:
            self._away_timer.cancel()
            self._away_timer = None

    def _still_away(self) -> None:
        self._away_timer = None
        if self.out_of_setpoint():
            self.fault_bits |= OUT_OF_SETPOINT
            self.settle()

    def acknowledge(self) -> None:
        """Forget a trip of the out-of-setpoint timer."""
        self.fault_bits &= ~OUT_OF_SETPOINT

    def _goal_w(self) -> float:
        highest_w = float(min(self.rated_w, self.forward_limit_w))
        allowed_w = reached(self._load.reflected_w, self.reflected_limit_w, highest_w)
        if self.regulation == FORWARD:
            return min(float(self.setpoint), allowed_w)
        if self.regulation == BIAS:
            return min(self._load.watts_for_bias(self.setpoint), allowed_w)
        return reached(lambda w: w - self._load.reflected_w(w), self.setpoint, allowed_w)

    def _announce(self) -> None:
        self._load.on_rf(on=self.on, setpoint=float(self.setpoint), regulation=self.regulation)


class AeCesar(StreamInstrument):
    """One generator. The plant calls `recheck` when the interlock or the match changes."""

    char_bits: ClassVar[int] = 11

    def __init__(
        self, clock: LineClock, load: RfLoad, *, address: int = 1, rated_w: int = 1200
    ) -> None:
        self._clock, self.address = clock, address
        self.rf = _Rf(clock, load, rated_w)
        self.control = PANEL
        self.identity, self.size = b"CESAR", b"1312 "
        self._buffer, self._heard_s = bytearray(), 0.0
        self._last_reply, self._resends = b"", 0
        self._executes: dict[int, tuple[int, Callable[[int], Csr]]] = {
            1: (0, self._rf_off),
            2: (0, self._rf_on),
            3: (1, self._set_regulation),
            4: (2, self._set_forward_limit),
            5: (2, self._set_reflected_limit),
            8: (2, self._set_setpoint),
            14: (1, self._set_control),
            15: (2, self._set_timer),
        }
        self._reports = self._report_table()

    def _report_table(self) -> dict[int, Callable[[], bytes]]:
        rf = self.rf
        return {
            128: lambda: self.identity,
            129: lambda: self.size,
            130: lambda: b"02.14",
            198: lambda: b"01.03",
            154: lambda: bytes([rf.regulation]),
            155: lambda: bytes([self.control]),
            162: self._process_status,
            164: lambda: _word(rf.setpoint) + bytes([rf.regulation]),
            165: lambda: _word(rf.forward_w()),
            166: lambda: _word(rf.reflected_w()),
            167: lambda: _word(rf.load_w()),
            168: lambda: _word(rf.bias_v()),
            169: lambda: _word(rf.forward_limit_w),
            170: lambda: _word(rf.reflected_limit_w),
            223: lambda: bytes([rf.fault_bits, rf.limit_bits]),
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        now_s = self._clock.now_s()
        if now_s - self._heard_s > PAUSE_S:
            self._buffer.clear()
        self._heard_s = now_s
        self.recheck()
        answers: list[Answer] = []
        for byte in data:
            answers += self._take(byte)
        return answers

    @override
    def power_cycle(self) -> None:
        self.rf.switch(on=False)
        self.rf.set(0)
        self.rf.regulation, self.control = FORWARD, PANEL
        self._buffer.clear()
        self._last_reply = b""

    def recheck(self) -> None:
        """Look at the interlock loop and the load again."""
        self.rf.settle()

    def panel_takes_control(self) -> None:
        """Someone at the front panel: the host may only report from now on."""
        self.control = PANEL

    def _take(self, byte: int) -> list[Answer]:
        if not self._buffer and byte in {ACK, NAK}:
            return self._handshake(byte)
        if not self._buffer and byte >> 3 == 0:  # address 0 is nobody
            return []
        self._buffer.append(byte)
        count = _packet_length(self._buffer)
        if count is None or len(self._buffer) < count:
            return []
        packet = bytes(self._buffer)
        self._buffer.clear()
        return self._answer(packet) if packet[0] >> 3 == self.address else []

    def _handshake(self, byte: int) -> list[Answer]:
        if byte == ACK:
            self._resends = RESENDS
        elif self._last_reply and self._resends < RESENDS:
            self._resends += 1
            return [Answer(self._last_reply, REPLY_S)]
        return []

    def _answer(self, packet: bytes) -> list[Answer]:
        if check(packet):
            return [Answer(bytes([NAK]), ACK_S)]
        data = packet[3:-1] if packet[0] & 7 == 7 else packet[2:-1]
        command = packet[1]
        result = self._report(command) if command >= 128 else self._execute(command, data)
        self._last_reply, self._resends = self._packed(command, result), 0
        return [Answer(bytes([ACK]), ACK_S), Answer(self._last_reply, REPLY_S)]

    def _packed(self, command: int, data: bytes) -> bytes:
        short = len(data) < 7
        head = bytes([self.address << 3 | (len(data) if short else 7), command])
        body = head + data if short else head + bytes([len(data)]) + data
        return body + bytes([check(body)])

    def _report(self, command: int) -> bytes:
        report = self._reports.get(command)
        return bytes([Csr.UNKNOWN]) if report is None else report()

    def _execute(self, command: int, data: bytes) -> bytes:
        known = self._executes.get(command)
        if known is None:
            return bytes([Csr.UNKNOWN])
        count, action = known
        if len(data) != count:
            return bytes([Csr.BYTE_COUNT])
        if self.control != HOST and command != 14:
            return bytes([Csr.WRONG_CONTROL_MODE])
        return bytes([action(int.from_bytes(data, "little"))])

    def _rf_off(self, _: int) -> Csr:
        self.rf.switch(on=False)
        self.rf.acknowledge()
        return Csr.OK

    def _rf_on(self, _: int) -> Csr:
        if self.rf.faulty():
            return Csr.ACTIVE_FAULT
        self.rf.switch(on=True)
        return Csr.OK

    def _set_regulation(self, value: int) -> Csr:
        if value not in {FORWARD, LOAD, BIAS}:
            return Csr.OUT_OF_RANGE
        if self.rf.on:
            return Csr.RF_ON
        self.rf.regulation = value
        return Csr.OK

    def _set_forward_limit(self, value: int) -> Csr:
        if value > self.rf.rated_w:
            return Csr.OUT_OF_RANGE
        self.rf.forward_limit_w = value
        return Csr.OK

    def _set_reflected_limit(self, value: int) -> Csr:
        if value > self.rf.rated_w:
            return Csr.OUT_OF_RANGE
        self.rf.reflected_limit_w = value
        return Csr.OK

    def _set_setpoint(self, value: int) -> Csr:
        if value > self.rf.rated_w:
            return Csr.OUT_OF_RANGE
        if self.rf.ramping():
            return Csr.RAMPING
        self.rf.set(value)
        return Csr.OK

    def _set_control(self, value: int) -> Csr:
        if value not in {HOST, USER_PORT, PANEL}:
            return Csr.OUT_OF_RANGE
        self.control = value
        return Csr.OK

    def _set_timer(self, value: int) -> Csr:
        self.rf.timer_s = value
        return Csr.OK

    def _process_status(self) -> bytes:
        rf = self.rf
        return bytes(
            [
                _bits({5: rf.on, 6: rf.on, 7: rf.ramping() or rf.out_of_setpoint()}),
                _bits({0: rf.end_of_target, 3: rf.overtemperature, 7: rf.interlock_open()}),
                rf.fault_bits,
                rf.limit_bits,
            ]
        )


def check(data: bytes) -> int:
    """Exclusive-or of all bytes; zero over a whole packet."""
    total = 0
    for byte in data:
        total ^= byte
    return total


def _packet_length(start: bytearray) -> int | None:
    """Bytes of the packet that starts like this, once that can be told."""
    if start[0] & 7 < 7:
        return 3 + (start[0] & 7)
    return 4 + start[2] if len(start) > 2 else None


def _word(value: float) -> bytes:
    return min(0xFFFF, max(0, round(value))).to_bytes(2, "little")


def _bits(flags: dict[int, bool]) -> int:
    return sum(1 << bit for bit, holds in flags.items() if holds)
