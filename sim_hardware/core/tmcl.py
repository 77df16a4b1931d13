"""What all TMCL modules have in common: telegrams, addresses, parameters and their memory.

Nine bytes both ways: address, command, type, motor, 32-bit value (high byte first), sum. A wrong
sum is answered with status 1; another address is answered with silence, except over USB, where
nobody else is on the wire; a telegram that stops for 20 ms is forgotten.
"""

import struct
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument

PAUSE_S = 0.020  # silence after which an unfinished telegram is forgotten
TURNAROUND_S = 0.002
OK, IN_EEPROM, BAD_SUM, BAD_COMMAND = 100, 101, 1, 2
BAD_TYPE, BAD_VALUE, EEPROM_LOCKED, NOT_AVAILABLE = 3, 4, 5, 6
INT_MAX = 0x7FFFFFFF
MODULE_ADDRESS, HOST_ADDRESS, EEPROM_LOCK = 66, 76, 73
LOCK_KEY, UNLOCK_KEY = 1234, 4321
START_DOWNLOAD, END_DOWNLOAD, VERSION = 132, 133, 136

Result = tuple[int, int]  # status and value of a reply
Limits = tuple[int, int, int]  # of a parameter: value at power-up, lowest, highest


class TmclModule(StreamInstrument):
    """One module with one motor; what a parameter does is up to the model."""

    def __init__(
        self,
        clock: LineClock,
        version: str,
        settable: Mapping[int, Limits],
        global_values: Mapping[int, int],
        *,
        usb: bool = False,
    ) -> None:
        self._clock, self._settable, self._usb = clock, settable, usb
        self.version = version
        self._values = {number: row[0] for number, row in settable.items()}
        self._stored = dict(self._values)
        self._globals = {EEPROM_LOCK: 0, **global_values}
        self._outputs: dict[int, int] = {}
        self._downloading = False
        self._buffer, self._heard_s = bytearray(), 0.0
        self._commands: dict[int, Callable[[int, int, int], Result]] = {
            1: lambda _kind, motor, value: self._rotate(motor, value, value),
            2: lambda _kind, motor, value: self._rotate(motor, -value, value),
            3: lambda _kind, motor, value: self._stop(motor, value),
            4: self._move,
            5: self._set,
            6: self._get,
            7: self._store,
            8: self._restore,
            9: self._set_global,
            10: self._get_global,
            11: self._store_global,
            12: self._get_global,  # global parameters are stored as they are set
            13: self._search_reference,
            14: self._set_output,
            15: self._get_input,
            START_DOWNLOAD: lambda _kind, _motor, value: self._download(value, begin=True),
            END_DOWNLOAD: lambda _kind, _motor, value: self._download(value, begin=False),
        }

    @abstractmethod
    def recheck(self) -> None:
        """Look at the permission and the switches again; the plant calls it when they change."""

    @abstractmethod
    def _rotate(self, motor: int, speed: int, value: int) -> Result:
        """Turn with a signed speed; `value` is what the reply repeats."""

    @abstractmethod
    def _stop(self, motor: int, value: int) -> Result: ...

    @abstractmethod
    def _move(self, kind: int, motor: int, value: int) -> Result: ...

    @abstractmethod
    def _changed(self, kind: int, value: int) -> Result:
        """Store an axis parameter that is within its limits, and act on it."""

    @abstractmethod
    def _computed(self) -> Mapping[int, Callable[[], int]]:
        """The axis parameters that are not simply what was stored."""

    @abstractmethod
    def _halt(self) -> None:
        """Be without power for a moment."""

    def _search_reference(self, _kind: int, _motor: int, value: int) -> Result:
        return NOT_AVAILABLE, value

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        now_s = self._clock.now_s()
        if now_s - self._heard_s > PAUSE_S:
            self._buffer.clear()
        self._heard_s = now_s
        self._buffer += data
        self.recheck()
        answers: list[Answer] = []
        while len(self._buffer) >= 9:
            telegram = bytes(self._buffer[:9])
            del self._buffer[:9]
            if self._usb or telegram[0] == self._globals[MODULE_ADDRESS]:
                answers.append(Answer(self._answer(telegram), TURNAROUND_S))
        return answers

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()
        self._values = dict(self._stored)
        self._outputs.clear()
        self._downloading = False
        self._halt()

    def _answer(self, telegram: bytes) -> bytes:
        command, kind, motor, value = struct.unpack(">BBBi", telegram[1:8])
        if sum(telegram[:8]) & 0xFF != telegram[8]:
            return self._reply(BAD_SUM, command, value)
        if command == VERSION:
            return self._version(kind, value)
        if self._downloading and command != END_DOWNLOAD:
            return self._reply(IN_EEPROM, command, value)
        action = self._commands.get(command)
        if action is None:
            return self._reply(BAD_COMMAND, command, value)
        status, result = action(kind, motor, value)
        return self._reply(status, command, result)

    def _reply(self, status: int, command: int, value: int) -> bytes:
        host, module = self._globals[HOST_ADDRESS], self._globals[MODULE_ADDRESS]
        head = struct.pack(">BBBBi", host, module, status, command, _signed(value))
        return head + bytes([sum(head) & 0xFF])

    def _version(self, kind: int, value: int) -> bytes:
        if kind == 0:
            return bytes([self._globals[HOST_ADDRESS]]) + self.version.encode("ascii")
        if kind == 1:
            module, firmware = self.version.split("V")
            major, minor = divmod(int(firmware), 100)
            return self._reply(OK, VERSION, int(module) << 16 | major << 8 | minor)
        return self._reply(BAD_TYPE, VERSION, value)

    def _download(self, value: int, *, begin: bool) -> Result:
        self._downloading = begin
        return OK, value

    def _set(self, kind: int, motor: int, value: int) -> Result:
        if kind not in self._settable:
            return BAD_TYPE, value
        _, lowest, highest = self._settable[kind]
        if motor != 0 or not lowest <= value <= highest:
            return BAD_VALUE, value
        return self._changed(kind, value)

    def _get(self, kind: int, motor: int, value: int) -> Result:
        if motor != 0:
            return BAD_VALUE, value
        reading = self._computed().get(kind)
        if reading is not None:
            return OK, reading()
        return (OK, self._values[kind]) if kind in self._values else (BAD_TYPE, value)

    def _store(self, kind: int, _motor: int, value: int) -> Result:
        if kind not in self._settable:
            return BAD_TYPE, value
        if self._globals[EEPROM_LOCK]:
            return EEPROM_LOCKED, value
        self._stored[kind] = self._values[kind]
        return OK, value

    def _restore(self, kind: int, motor: int, value: int) -> Result:
        if kind not in self._settable:
            return BAD_TYPE, value
        return self._set(kind, motor, self._stored[kind])

    def _set_global(self, kind: int, bank: int, value: int) -> Result:
        if bank != 0 or kind not in self._globals:
            return BAD_TYPE, value
        if kind == EEPROM_LOCK:
            return self._lock(value)
        if not 0 <= value <= 255:
            return BAD_VALUE, value
        self._globals[kind] = value
        return OK, value

    def _lock(self, value: int) -> Result:
        if value not in {LOCK_KEY, UNLOCK_KEY}:
            return BAD_VALUE, value
        self._globals[EEPROM_LOCK] = int(value == LOCK_KEY)
        return OK, value

    def _get_global(self, kind: int, bank: int, value: int) -> Result:
        if bank != 0 or kind not in self._globals:
            return BAD_TYPE, value
        return OK, self._globals[kind]

    def _store_global(self, kind: int, bank: int, value: int) -> Result:
        if bank != 0 or kind not in self._globals:
            return BAD_TYPE, value
        return (EEPROM_LOCKED if self._globals[EEPROM_LOCK] else OK), value

    def _set_output(self, kind: int, _bank: int, value: int) -> Result:
        if value not in {0, 1}:
            return BAD_VALUE, value
        self._outputs[kind] = value
        return OK, value

    def _get_input(self, kind: int, _bank: int, _value: int) -> Result:
        return OK, self._outputs.get(kind, 0)


def _signed(value: int) -> int:
    """Wrap into 32 bits, as a module's own arithmetic does."""
    return (value + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
