"""Commands to a CLICK controller: given once, acknowledged, done.

A command is written in two parts, arguments first, then its sequence number alone; the
controller executes a number once, so the same number may be sent again when a reply was lost.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, LinkLost, NoReply, Refused, Rejected, Tripped
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.waiting import until
from drivers.instruments import click_plc_frames as frames
from drivers.instruments.click_plc_frames import Ack, Head, PackMl, Status, ds
from drivers.instruments.click_plc_wire import ClickWire

ACK_POLL_S = 0.05
PERFORM_POLL_S = 0.5
ACCEPTED = frozenset({Ack.ACCEPTED, Ack.DONE})
GIVEN_UP = frozenset({PackMl.STOPPING, PackMl.STOPPED, PackMl.ABORTING, PackMl.ABORTED})


class ClickHandshake(ClickWire):
    """One controller that takes one command at a time."""

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        super().__init__(name, link, clock=clock, unit=unit)
        self._turn = asyncio.Lock()  # one command at a time
        self._block = asyncio.Lock()  # the host's registers are read and written as one

    async def command(
        self, code: int, *args: int, recipe: int = 0, mode: int = 0, timeout_s: float = 2.0
    ) -> None:
        """Give one command; return once it is accepted.

        Raises Refused before anything is sent, Rejected with the controller's reason, Restarted
        if it was powered up meanwhile, and NoReply if it did not answer within `timeout_s`.
        """
        await self._give(code, args, recipe, mode, timeout_s)

    async def perform(
        self,
        code: int,
        *args: int,
        recipe: int = 0,
        deadline_s: float,
        timeout_s: float = 2.0,
    ) -> None:
        """Give one command and wait until the controller reports that it is done.

        Raises what `command` raises; Tripped if the tool stopped or aborted on the way or another
        command took its place; NotReached after `deadline_s`.
        """
        before = (await self.status()).state
        sequence = await self._give(code, args, recipe, 0, timeout_s)

        async def done() -> bool:
            status = await self.look()
            self._still_ours(code, sequence, status, before)
            return status.ack is Ack.DONE

        await until(
            done,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}: {frames.command_name(code)} done",
            poll_s=PERFORM_POLL_S,
        )

    def _still_ours(self, code: int, sequence: int, status: Status, before: PackMl) -> None:
        what = frames.command_name(code)
        if status.ack_seq != sequence:
            raise Tripped(f"{what} was overtaken by another command", source=self.name)
        if status.ack not in ACCEPTED:
            raise Tripped(f"{what}: {frames.rejection(status.head)}", source=self.name)
        if status.ack is Ack.ACCEPTED and status.state in GIVEN_UP and before not in GIVEN_UP:
            raise Tripped(f"{what} ended in {status.says()}", source=self.name)

    async def _give(
        self, code: int, args: Sequence[int], recipe: int, mode: int, timeout_s: float
    ) -> int:
        """Give one command, return its sequence number once it is accepted."""
        try:
            arguments = frames.arguments_block(code, mode, recipe, args)
        except CodecError as error:
            raise Refused(f"{frames.command_name(code)}: {error}", source=self.name) from None
        async with self._turn, self._borrowed_control():
            sequence = await self._next_sequence()
            head = await self._deliver(sequence, arguments, timeout_s)
        if head.ack not in ACCEPTED:
            reason = frames.rejection(head)
            raise Rejected(f"{frames.command_name(code)}: {reason}", source=self.name)
        return sequence

    @asynccontextmanager
    async def _borrowed_control(self) -> AsyncGenerator[None]:
        """Host control for one order where no visit holds it: nobody else is listened to."""
        if await self.read_word(112):
            yield
            return
        await self._request_remote(1)
        try:
            yield
        finally:
            with suppress(DriverError):  # unreachable now: its watchdog takes control away
                await self._request_remote(0)

    async def _request_remote(self, value: int) -> None:
        async with self._block:
            await self._link.write_register(self.unit, ds(112).address, value)

    async def _next_sequence(self) -> int:
        # What the host wrote last counts, not only what was executed: a command given a moment
        # before by a process that has died must not lend its number to ours.
        head = await self.head()
        last_written = await self.read_word(100)
        return frames.following(last_written or head.ack_seq)

    async def _deliver(self, sequence: int, arguments: Sequence[int], timeout_s: float) -> Head:
        """Offer the command until it is acknowledged; always under the same number."""
        deadline_s = self.clock.monotonic() + timeout_s
        while True:
            try:
                await self._offer(sequence, arguments)
                return await self._acknowledged(sequence, deadline_s)
            except LinkLost:
                if self.clock.monotonic() >= deadline_s:
                    raise
            await sleep(self.clock, ACK_POLL_S)

    async def _offer(self, sequence: int, arguments: Sequence[int]) -> None:
        # A lost reply does not mean a lost command: if the number was executed, this is over.
        if (await self.head()).ack_seq == sequence:
            return
        async with self._block:
            held = await self._link.read_holding(self.unit, ds(110).address, 3)
            await self._link.write_registers(self.unit, ds(101).address, [*arguments, *held])
            await self._link.write_register(self.unit, ds(100).address, sequence)

    async def _acknowledged(self, sequence: int, deadline_s: float) -> Head:
        while True:
            head = await self.head()
            if head.ack_seq == sequence and head.ack is not Ack.NONE:
                return head
            if self.clock.monotonic() >= deadline_s:
                break
            await sleep(self.clock, ACK_POLL_S)
        # A number out of order may be refused without being taken over as executed.
        if head.ack is Ack.BAD_SEQ:
            return head
        raise NoReply(f"command number {sequence} is not acknowledged", source=self.name)
