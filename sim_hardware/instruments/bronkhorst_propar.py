"""Bronkhorst mini CORI-FLOW mass flow controller, from the ProPar manual and its parameter list.

38400 8N1. One command, a chain of parameters; the host chooses the indices under which it gets the
answers. Binary and ASCII telegrams are told apart by their first byte. A telegram whose length does
not fit gets the error 4, another node the error 5. A batch is complete when the counter, in mode 2,
comes to its limit: bit 4 of the alarms; only with counter setpoint mode 1 does the instrument then
change the flow by itself.

Chosen here, not stated by the source: control modes other than those below are refused; alarms are
judged when they are read, without delay, and change no set-point; what the numbers of `reset` do;
after a reset the old set-point counts again; the counter is lost without power, what is configured
is not; capacity and its unit are the secured parameters; purging gives 1.2 times the capacity.
"""

import math
from collections.abc import Sequence
from typing import ClassVar, Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.bronkhorst_propar_counter import BATCH, BatchCounter, Liquid
from sim_hardware.instruments.bronkhorst_propar_frames import Frames, Telegram
from sim_hardware.instruments.bronkhorst_propar_messages import (
    BROADCAST,
    REQUEST,
    STATUS,
    WRITE,
    WRITE_ACKNOWLEDGED,
    Kind,
    Parameter,
    Refusal,
    Status,
    Value,
    requested,
    written,
)
from sim_hardware.instruments.bronkhorst_propar_settings import (
    FULL,
    POWER_ALARM,
    POWER_OR_RESPONSE_BIT,
    Settings,
    byte,
    real,
    word,
)

TURNAROUND_S: Final = 0.002
LOCAL_NODE: Final = 0x80
LOWEST, HIGHEST = -23593, 41942  # of a measured value
UNLOCKED, LOCKED = 64, 82
TELEGRAM_ERROR, NODE_ERROR = 4, 5
BUS, ANALOGUE, CLOSED, IDLE, ALL, PURGE, NOTHING, RS232, STEERED = 0, 1, 3, 4, 7, 8, 12, 18, 20
MODES: Final = frozenset({BUS, ANALOGUE, CLOSED, IDLE, ALL, PURGE, NOTHING, RS232, STEERED})
FULLY_OPEN: Final = 1.2
VALVE_TOP: Final = 0xFFFFFF
MOST_G: Final = 1e7  # of the counter
RESET_COUNTER, RESET_ALARM, RESTART_BATCH = 1, 2, 3
ERROR_BIT, WARNING_BIT, BATCH_BIT, HARDWARE_BIT = 1, 2, 16, 128


class BronkhorstPropar(StreamInstrument):
    """One controller on its own RS-232 line. The plant calls `recheck` when the flow changed."""

    line_baud: ClassVar[int] = 38400

    def __init__(
        self,
        clock: LineClock,
        liquid: Liquid,
        *,
        capacity_g_min: float = 120.0,
        unit: str = "g/min",
        fluid: str = "RESIST",
        node: int = 3,
        serial: str = "M17205678A",
    ) -> None:
        self._liquid, self._node = liquid, node
        self.analogue_share = 0.0  # what comes in at the analogue input, of full scale
        self.errors, self.warnings = False, False  # fault: bits 0 and 1 of the alarms
        self.hardware_fault = False  # fault: bit 7 of the alarms
        self.claimed: frozenset[int] = frozenset()  # fault: processes another master has claimed
        self.refuses: Status | None = None  # fault: every message gets this status
        self.winks = 0
        self._setpoint, self._mode, self._init = 0.0, BUS, LOCKED
        self._valve, self._power_alarm = 0.0, False
        self._settings = Settings(capacity_g_min, self._configured)
        self._settings.texts |= {"unit": unit, "fluid": fluid, "serial": serial}
        self._aimed_g_s = 0.0
        self._counter = BatchCounter(clock, liquid, self._aim)
        self._frames = Frames(clock)
        self._parameters = {**self._settings.table(), **self._flow_table(), **self._other_table()}

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers = (self._answer(telegram) for telegram in self._frames.feed(data))
        return [Answer(answer, TURNAROUND_S) for answer in answers if answer is not None]

    @override
    def power_cycle(self) -> None:
        self._frames.forget()
        self._setpoint, self._valve, self._init = 0.0, 0.0, LOCKED
        self._mode = ANALOGUE if int(self._settings.numbers["io"]) & 64 else BUS
        self._power_alarm = self._settings.numbers["alarm_mode"] == POWER_ALARM
        self._counter.set_value(0.0)
        self._aim()

    def recheck(self) -> None:
        """Look at the analogue input, and at when the counter will reach its limit."""
        self._aim()

    def counted_g(self) -> float:
        """What the counter shows."""
        return self._counter.value_g()

    # --- messages ---------------------------------------------------------------------------------

    def _answer(self, telegram: Telegram) -> bytes | None:
        if telegram.length != len(telegram.data) or not telegram.data:
            return telegram.refused(TELEGRAM_ERROR)
        if telegram.node not in {LOCAL_NODE, self._node}:
            return telegram.refused(NODE_ERROR)
        answer = self._obey(telegram.data)
        return None if answer is None else telegram.answered(answer)

    def _obey(self, data: bytes) -> bytes | None:
        command = data[0]
        try:
            return self._carry_out(command, data)
        except Refusal as refusal:
            answer = bytes([STATUS, refusal.status, refusal.position])
            return None if command in {STATUS, WRITE, BROADCAST} else answer

    def _carry_out(self, command: int, data: bytes) -> bytes | None:
        if self.refuses is not None:
            raise Refusal(self.refuses, 0)
        if command == REQUEST:
            return requested(self._parameters, data)
        if command in {WRITE_ACKNOWLEDGED, WRITE, BROADCAST}:
            unlocked = self._init == UNLOCKED
            written(self._parameters, data, unlocked=unlocked, claimed=self.claimed)
            done = bytes([STATUS, Status.OK, len(data)])
            return done if command == WRITE_ACKNOWLEDGED else None
        if command == STATUS:
            return None
        raise Refusal(Status.COMMAND, 0)

    # --- parameters -------------------------------------------------------------------------------

    def _flow_table(self) -> dict[tuple[int, int], Parameter]:
        return {
            (1, 0): word(self._measure),
            (1, 1): word(lambda: self._setpoint, self._set_setpoint),
            (1, 3): word(lambda: self.analogue_share * FULL),
            (1, 4): byte(lambda: self._mode, self._set_mode, allowed=MODES),
            (1, 20): byte(self._alarms),
            (33, 0): real(lambda: self._liquid.flow_g_s() * 60.0),
            (33, 3): real(
                lambda: self._setpoint / FULL * self._capacity_g_s() * 60.0,
                lambda value: self._set_setpoint(value / 60.0 / self._capacity_g_s() * FULL),
                high=self._capacity_g_s() * 60.0,
            ),
            (33, 7): real(self._liquid.temperature_c),
            (33, 8): real(lambda: self._liquid.pressure_kpa() * 10.0),
            (114, 1): Parameter(Kind.INT32, self._valve_output, self._steer, high=VALVE_TOP),
        }

    def _other_table(self) -> dict[tuple[int, int], Parameter]:
        counter = self._counter
        name = "CF1" + self._settings.texts["serial"]
        return {
            (0, 0): Parameter(Kind.TEXT, lambda: name, write_text=self._wink, high=9),
            (0, 1): byte(lambda: self._node),
            (0, 3): byte(lambda: 0),  # the next node
            (0, 10): byte(
                lambda: self._init, self._set_init, allowed=frozenset({UNLOCKED, LOCKED})
            ),
            (0, 12): byte(lambda: 1),
            (0, 18): byte(lambda: 1),  # channels
            (104, 1): real(counter.value_g, counter.set_value, high=MOST_G),
            (104, 3): real(lambda: counter.limit_g, counter.set_limit, high=MOST_G),
            (104, 8): byte(lambda: counter.mode, self._set_counting, high=BATCH),
            (115, 8): byte(lambda: 0, self._reset, high=RESTART_BATCH),
        }

    # --- what they do -----------------------------------------------------------------------------

    def _capacity_g_s(self) -> float:
        return self._settings.numbers["capacity"] / 60.0

    def _measure(self) -> Value:
        share = self._liquid.flow_g_s() / self._capacity_g_s()
        return min(max(round(share * FULL), LOWEST), HIGHEST)

    def _set_setpoint(self, value: float) -> None:
        self._setpoint = value
        self._aim()

    def _set_mode(self, mode: float) -> None:
        self._mode = int(mode)
        self._aim()

    def _set_init(self, value: float) -> None:
        self._init = int(value)

    def _wink(self, _seconds: str) -> None:
        self.winks += 1

    def _valve_output(self) -> Value:
        share = self._liquid.flow_g_s() / self._capacity_g_s() / FULLY_OPEN
        return min(max(share, 0.0), 1.0) * VALVE_TOP

    def _steer(self, value: float) -> None:
        self._valve = value / VALVE_TOP
        self._aim()

    def _set_counting(self, mode: float) -> None:
        self._counter.set_mode(int(mode))
        self._aim()

    def _reset(self, what: float) -> None:
        if what in {RESET_COUNTER, RESTART_BATCH}:
            self._counter.set_value(0.0)
        elif what == RESET_ALARM:
            self._counter.reached = self._power_alarm = False
            self._counter.watch()
        self._aim()

    def _configured(self) -> None:
        self._parameters |= self._flow_table()  # the range of one of them is the capacity
        self._aim()

    def _aim(self) -> None:
        """Tell the pump when what is wanted has changed."""
        if self._mode != IDLE:
            wanted_g_s = self._share() * self._capacity_g_s()
            if wanted_g_s != self._aimed_g_s:
                self._aimed_g_s = wanted_g_s
                self._liquid.on_flow(wanted_g_s, self._rate_g_s2())
        self._counter.watch()

    def _rate_g_s2(self) -> float:
        """How fast the set-point slope lets the flow change; it is for all of the capacity."""
        tenths_s = self._settings.numbers["slope"]
        return self._capacity_g_s() * 10.0 / tenths_s if tenths_s else math.inf

    def _share(self) -> float:
        """Wanted flow, of the capacity."""
        if self._mode in {BUS, RS232, ANALOGUE}:
            if self._counter.reached and self._settings.numbers["counter_setpoint_mode"]:
                return self._settings.numbers["counter_setpoint"] / FULL
            return self.analogue_share if self._mode == ANALOGUE else self._setpoint / FULL
        return {ALL: 1.0, PURGE: FULLY_OPEN, STEERED: self._valve * FULLY_OPEN}.get(self._mode, 0.0)

    def _alarms(self) -> int:
        measured = self._liquid.flow_g_s() / self._capacity_g_s() * FULL
        bits = self._settings.alarms(measured, self._setpoint)
        flags = {
            ERROR_BIT: self.errors, WARNING_BIT: self.warnings, BATCH_BIT: self._counter.reached,
            POWER_OR_RESPONSE_BIT: self._power_alarm, HARDWARE_BIT: self.hardware_fault,
        }  # fmt: skip
        return bits | sum(bit for bit, is_set in flags.items() if is_set and not bits & bit)
