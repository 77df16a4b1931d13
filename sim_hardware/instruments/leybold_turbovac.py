"""Leybold TURBOVAC i/iX turbomolecular pump, from the serial chapter of its manual (USS).

19200 8E1, RS-485 or USB. Telegrams of 24 bytes in both directions: 02, 16, address, parameter
access, control or status word and process values, XOR of it all. High bytes first. Every telegram
is answered after P180. Nothing in the control word is obeyed without its bit 10. When that bit is
taken away, or nobody speaks for P182, P179 says what happens.

Chosen here, not stated by the source: a bad check byte and another address are met with silence, a
gap of 0.1 s ends half a telegram, and what comes while the pump prepares its answer is lost; a
setpoint in the telegram is cut to P19..P18; without control rights the start contact decides; a
negative value of 16 bits fills all 32 of the value; the start delay, the current limit and the
vent and accessory parameters are kept and change nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import IntFlag
from typing import ClassVar, Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.turbo_rotor import TurboSurroundings
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.leybold_turbovac_drive import PumpError, TurbovacDrive, Warn
from sim_hardware.instruments.leybold_turbovac_parameters import ParameterMemory

LENGTH: Final = 24
STX, REST = 0x02, LENGTH - 2
GAP_S: Final = 0.1


class Control(IntFlag):
    """Bits of the control word."""

    ON = 1 << 0
    FAN = 1 << 5
    SETPOINT = 1 << 6
    RESET = 1 << 7
    STANDBY = 1 << 8
    COMMAND = 1 << 10
    RELAY_X1 = 1 << 13
    BACKING_PUMP = 1 << 14
    VENT = 1 << 15


class Status(IntFlag):
    """Bits of the status word."""

    READY = 1 << 0
    OPERATION = 1 << 2
    ERROR = 1 << 3
    ACCELERATION = 1 << 4
    DECELERATION = 1 << 5
    SWITCH_ON_LOCK = 1 << 6
    TEMPERATURE_WARNING = 1 << 7
    PARAMETER_CHANNEL = 1 << 9
    NORMAL_OPERATION = 1 << 10
    TURNING = 1 << 11
    OVERLOAD_WARNING = 1 << 13
    WARNING = 1 << 14
    PROCESS_CHANNEL = 1 << 15


class LeyboldTurbovac(StreamInstrument):
    """One pump. The plant calls `recheck` when load or temperatures change."""

    line_baud: ClassVar[int] = 19200
    char_bits: ClassVar[int] = 11

    def __init__(
        self,
        clock: LineClock,
        surroundings: TurboSurroundings,
        *,
        run_up_s: float = 120.0,
        run_down_s: float = 240.0,
    ) -> None:
        self._clock, self._around = clock, surroundings
        self._address = 0
        self.parameters = ParameterMemory(clock, self._live_table(), self._parameter_stored)
        nominal_hz = self.parameters[18]
        self.drive = TurbovacDrive(
            clock,
            surroundings,
            self.parameters.__getitem__,
            up_hz_s=nominal_hz / run_up_s,
            down_hz_s=nominal_hz / run_down_s,
        )
        self.start_contact = False  # the digital input, which decides without control rights
        self._address = self.parameters[37]
        self._control, self._setpoint_hz = Control(0), 0
        self._rights_timer: asyncio.TimerHandle | None = None
        self._buffer, self._heard_s, self._deaf_until_s = bytearray(), 0.0, 0.0

    def _live_table(self) -> dict[int, Callable[[int], int]]:
        return {
            3: lambda _: round(self.drive.rotor.hz()),
            4: lambda _: round(self.drive.supply_v * 10),
            5: lambda _: round(self.drive.amps() * 10),
            6: lambda _: round(self.drive.amps() * self.drive.supply_v * 10),
            7: lambda _: round(self._around.motor_c()),
            11: lambda _: round(self._around.converter_c()),
            38: lambda _: self.drive.starts,
            40: lambda _: self.drive.errors,
            41: lambda _: self.drive.overloads,
            125: lambda _: round(self._around.bearing_c()),
            140: lambda _: round(self.drive.amps() * 10),
            171: lambda index: self._remembered(index).code,
            174: lambda index: self._remembered(index).hz,
            176: lambda index: self._remembered(index).centihours,
            184: lambda _: self.drive.centihours,
            227: lambda _: int(self.drive.warnings),
            923: lambda _: self._address,
        }

    @property
    def fan_on(self) -> bool:
        """Output X201."""
        return bool(self._control & Control.FAN)

    @property
    def backing_pump_on(self) -> bool:
        """Output X202."""
        return bool(self._control & Control.BACKING_PUMP)

    @property
    def vent_open(self) -> bool:
        """Output X203."""
        return bool(self._control & Control.VENT)

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        now_s = self._clock.now_s()
        if now_s < self._deaf_until_s:
            return []
        if now_s - self._heard_s > GAP_S:
            self._buffer.clear()
        self._heard_s = now_s
        self._buffer += data
        while (telegram := self._complete()) is not None:
            if telegram[2] & 0x1F == self._address:
                self._buffer.clear()
                return [self._answer(telegram)]
        return []

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()
        self._cancel_rights_timer()
        self._control = Control(0)
        self.drive.mains_failed()
        self.parameters.forget()
        self._address = self.parameters[37]

    def recheck(self) -> None:
        """Look at load and temperatures again."""
        self.drive.look()

    def _complete(self) -> bytes | None:
        """A telegram whose check byte is right; bytes that cannot begin one are dropped."""
        buffer = self._buffer
        while buffer:
            if buffer[0] != STX or (len(buffer) > 1 and buffer[1] != REST):
                del buffer[0]
            elif len(buffer) < LENGTH:
                return None
            elif block_check(buffer[: LENGTH - 1]) != buffer[LENGTH - 1]:
                del buffer[0]
            else:
                telegram = bytes(buffer[:LENGTH])
                del buffer[:LENGTH]
                return telegram
        return None

    def _answer(self, telegram: bytes) -> Answer:
        access = int.from_bytes(telegram[3:5], "big")
        number, index = access & 0x7FF, telegram[6]
        pattern = int.from_bytes(telegram[7:11], "big")
        self._obey(Control(int.from_bytes(telegram[11:13], "big")), telegram[13:15])
        code, value = self.parameters.reply(access >> 12, number, index, pattern)
        delay_s = self.parameters[180] / 1000.0
        self._deaf_until_s = self._clock.now_s() + delay_s
        head = bytes([STX, REST, self._address])
        head += _word(code << 12 | number) + bytes([0, index]) + _word(value, 4)
        head += _word(self._status()) + _word(round(self.drive.rotor.hz()))
        head += _word(round(self._around.converter_c())) + _word(round(self.drive.amps() * 10))
        head += _word(0) + _word(round(self.drive.supply_v))
        return Answer(head + bytes([block_check(head)]), delay_s)

    def _obey(self, control: Control, setpoint: bytes) -> None:
        if control & Control.COMMAND:
            reset = control & Control.RESET and not self._control & Control.RESET
            self._control, self._setpoint_hz = control, int.from_bytes(setpoint, "big")
            if reset:
                self.drive.reset()
            self._act()
            self._cancel_rights_timer()
            self._wait_for_loss()
        elif self._control & Control.COMMAND:
            self._control &= ~Control.COMMAND
        self.drive.look()

    def _act(self) -> None:
        if self._control & Control.ON:
            self.drive.run(self._wanted_hz())
        else:
            self.drive.stop()

    def _wanted_hz(self) -> float:
        if self._control & Control.STANDBY:
            return float(self.parameters[150])
        if self._control & Control.SETPOINT:
            wanted_hz = max(self._setpoint_hz, self.parameters[19])
            return float(min(wanted_hz, self.parameters[18]))
        return float(self.parameters[24])

    def _wait_for_loss(self) -> None:
        if tenths := self.parameters[182]:
            self._rights_timer = self._clock.after(tenths / 10.0, self._rights_lost)

    def _cancel_rights_timer(self) -> None:
        if self._rights_timer is not None:
            self._rights_timer.cancel()
            self._rights_timer = None

    def _rights_lost(self) -> None:
        """Nobody speaks, or bit 10 is gone, for P182."""
        self._rights_timer = None
        instead = Control(self.parameters[179])
        if not instead & Control.COMMAND:
            instead = Control.ON if self.start_contact else Control(0)
        self._control = instead & ~Control.COMMAND
        self._act()

    def _parameter_stored(self, number: int) -> None:
        if number == 227:
            self.drive.warnings &= Warn(self.parameters[227])
        elif number in {18, 19, 24, 150} and self.drive.on:
            self.drive.run(self._wanted_hz())

    def _remembered(self, index: int) -> PumpError:
        memory = self.drive.memory
        return memory[index] if index < len(memory) else PumpError(0, 0, 0)

    def _status(self) -> Status:
        drive = self.drive
        status = Status.PARAMETER_CHANNEL
        for bit, holds in (
            (Status.READY, not (drive.on or drive.locked or drive.error)),
            (Status.OPERATION, drive.on),
            (Status.ERROR, drive.error),
            (Status.ACCELERATION, drive.rotor.slope() > 0.0),
            (Status.DECELERATION, drive.rotor.slope() < 0.0),
            (Status.SWITCH_ON_LOCK, drive.locked),
            (Status.TEMPERATURE_WARNING, drive.warnings.hot),
            (Status.NORMAL_OPERATION, drive.normal),
            (Status.TURNING, drive.turning),
            (Status.OVERLOAD_WARNING, drive.warnings & Warn.OVERLOAD),
            (Status.WARNING, drive.warnings),
            (Status.PROCESS_CHANNEL, self._control & Control.COMMAND),
        ):
            status |= bit if holds else Status(0)
        return status


def block_check(data: bytes | bytearray) -> int:
    """Exclusive or of all bytes."""
    check = 0
    for byte in data:
        check ^= byte
    return check


def _word(value: int, size: int = 2) -> bytes:
    return (value & ((1 << 8 * size) - 1)).to_bytes(size, "big")
