"""A tool's controller made by hand for these tests: just the handshake and the states."""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.core.clock import Clock
from drivers.core.links.modbus import ModbusLink
from drivers.instruments.click_plc import ClickPlc
from tests.unit.instruments.register_bank import RegisterBank, over_tcp

HOST_SEQ, CMD, REMOTE, HOST_HEARTBEAT = 99, 100, 111, 109
HEARTBEAT, BOOT, ACK_SEQ, ACK, REJECT_INFO, STATE, FIRST_ALARM = 2, 3, 9, 10, 11, 19, 30
JOB, JOB_ECHO, RECIPE_ECHO = 36864, 36872, 36880
INTERLOCKS = 24588

# command: from where, over what, to where
MOVES: dict[int, tuple[set[int], int, int]] = {
    1: ({2, 17}, 15, 4),
    2: ({4}, 3, 6),
    3: ({4, 5, 6, 11, 17}, 7, 2),
    4: ({6}, 10, 11),
    5: ({11}, 12, 6),
    6: ({6}, 13, 5),
    7: ({5}, 14, 6),
    8: (set(range(18)), 8, 9),
    9: ({9}, 1, 2),
    10: ({6}, 16, 17),
}
TAKES_S = 0.7


class SmallPlc:
    """Executes a command once per sequence number; every change of state takes 0.7 s."""

    def __init__(self, *, state: int = 4, ack_seq: int = 0) -> None:
        words = dict.fromkeys([*range(32), *range(99, 112), *range(24576, 24590)], 0)
        words |= dict.fromkeys([*range(28672, 28704), *range(28872, 28882)], 0)
        words |= dict.fromkeys([*range(16384, 16388)], 0)
        words |= dict.fromkeys([*range(JOB, JOB + 20)], 0x2020)
        words |= {0: 0x5742, 1: 1, BOOT: 3, STATE: state, 20: 1, 110: 30, INTERLOCKS: 0x0FFF}
        words |= {ACK_SEQ: ack_seq, HOST_SEQ: ack_seq}
        self.bank = RegisterBank(words)
        self.words = self.bank.words
        self.bank.before_reading = self._beat
        self.bank.after_writing = self._written
        self.executed: list[tuple[int, ...]] = []
        self.reject: tuple[int, int] | None = None
        self.deaf = False  # fault: takes no commands
        self.heart_stopped = False  # fault: the program hangs, the network does not
        self.another_job = False  # fault: takes over another job id
        self.never_done = False  # fault: a command of the tool stays where it is

    def restart(self) -> None:
        """Power off and on."""
        self.words[BOOT] += 1
        for place in (ACK_SEQ, ACK, HOST_SEQ, HEARTBEAT, REMOTE):
            self.words[place] = 0

    def move(self, over: int, to: int) -> None:
        """Change the state, with its time."""
        self.words[STATE] = over
        asyncio.get_running_loop().call_later(TAKES_S, self._arrive, to)

    def _beat(self) -> None:
        if not self.heart_stopped:
            self.words[HEARTBEAT] = 1 + int(asyncio.get_running_loop().time() / 0.5) % 32767

    def _written(self, address: int) -> None:
        sequence = self.words[HOST_SEQ]
        if address != HOST_SEQ or self.deaf or sequence in {0, self.words[ACK_SEQ]}:
            return
        self.words[ACK_SEQ] = sequence
        self.executed.append(tuple(self.words[CMD + place] for place in range(9)))
        self.words[ACK], self.words[REJECT_INFO] = self.reject or self._execute(self.words[CMD])

    def _execute(self, code: int) -> tuple[int, int]:
        if code in MOVES:
            sources, over, to = MOVES[code]
            if self.words[STATE] not in sources:
                return 3, 0
            if code == 2:
                self._take_job()
            self.move(over, to)
            return 1, 0
        if code == 100:
            number = f"{self.words[CMD + 2]:<8}".encode()
            for place in range(4):
                self.words[RECIPE_ECHO + place] = number[2 * place] | number[2 * place + 1] << 8
            return 2, 0
        if not self.never_done:
            asyncio.get_running_loop().call_later(3.2, self._done, self.words[ACK_SEQ])
        return 1, 0

    def _take_job(self) -> None:
        for place in range(8):
            self.words[JOB_ECHO + place] = 0x5858 if self.another_job else self.words[JOB + place]

    def _arrive(self, state: int) -> None:
        self.words[STATE] = state

    def _done(self, sequence: int) -> None:
        if self.words[ACK_SEQ] == sequence and self.words[ACK] == 1:
            self.words[ACK] = 2


Act = Callable[[ClickPlc], Awaitable[None]]


def with_plc(small: SmallPlc, act: Act) -> None:
    async def main(link: ModbusLink, clock: Clock) -> None:
        plc = ClickPlc("sputter.plc", link, clock=clock)
        await plc.identify()
        small.bank.asked.clear()
        await act(plc)

    over_tcp(small.bank, main)


def codes(small: SmallPlc) -> list[int]:
    return [command[0] for command in small.executed]
