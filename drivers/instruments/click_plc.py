"""AutomationDirect CLICK controller of a tool: PackML over Modbus TCP (docs/icd/click_plc.csv).

Every tool has one. What only one tool has is declared in that tool's file, in a `PlcMap`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, ReadBackDiffers, Refused, Tripped
from drivers.core.framing import CodecError
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import Register, text_to
from drivers.core.shielded import to_the_end
from drivers.core.waiting import until
from drivers.instruments import click_plc_frames as frames
from drivers.instruments.click_plc_frames import Command, PackMl, Status, dd, df, dh, ds, txt
from drivers.instruments.click_plc_handshake import ClickHandshake

__all__ = ["ClickPlc", "Command", "PackMl", "PlcMap", "Status", "df", "dh", "ds"]

HEARTBEAT_EVERY_S = 0.5
REQUEST_PULSE_S = 0.1  # a controller that scans every 10 to 50 ms must see the 0
STATE_POLL_S = 0.5
LOAD_DEADLINE_S = 10.0
SAFE_DEADLINE_S = 60.0

S = PackMl
ENDED: Final = frozenset({S.ABORTING, S.ABORTED, S.CLEARING})
AT_REST: Final = frozenset({S.IDLE, S.STOPPED, S.ABORTED, S.COMPLETE})
PASSING: Final = frozenset({S.CLEARING, S.STOPPING, S.ABORTING, S.RESETTING, S.COMPLETING})
EVERY: Final = frozenset(S)

# command: where it leads, and what may be seen on the way there
WAYS: Final[Mapping[Command, tuple[frozenset[PackMl], frozenset[PackMl]]]] = {
    Command.RESET: (frozenset({S.IDLE}), frozenset({S.STOPPED, S.COMPLETE, S.RESETTING})),
    Command.START: (
        frozenset({S.EXECUTE, S.COMPLETING, S.COMPLETE}),
        frozenset({S.IDLE, S.STARTING}),
    ),
    Command.STOP: (frozenset({S.STOPPED}), EVERY - ENDED),
    Command.HOLD: (frozenset({S.HELD}), frozenset({S.EXECUTE, S.HOLDING})),
    Command.UNHOLD: (frozenset({S.EXECUTE}), frozenset({S.HELD, S.UNHOLDING})),
    Command.SUSPEND: (frozenset({S.SUSPENDED}), frozenset({S.EXECUTE, S.SUSPENDING})),
    Command.UNSUSPEND: (frozenset({S.EXECUTE}), frozenset({S.SUSPENDED, S.UNSUSPENDING})),
    Command.ABORT: (frozenset({S.ABORTED}), EVERY),
    Command.CLEAR: (frozenset({S.STOPPED}), frozenset({S.ABORTED, S.CLEARING})),
    Command.COMPLETE: (frozenset({S.COMPLETE}), frozenset({S.EXECUTE, S.COMPLETING})),
}
UNDERWAY: Final[Mapping[Command, PackMl]] = {
    Command.RESET: S.RESETTING,
    Command.STOP: S.STOPPING,
    Command.HOLD: S.HOLDING,
    Command.UNHOLD: S.UNHOLDING,
    Command.SUSPEND: S.SUSPENDING,
    Command.UNSUSPEND: S.UNSUSPENDING,
    Command.ABORT: S.ABORTING,
    Command.CLEAR: S.CLEARING,
    Command.COMPLETE: S.COMPLETING,
}


class ClickPlc(ClickHandshake):
    """The controller of one tool: its states, its recipe, its job, and who controls it.

    Every verb moves to a state and does nothing if the tool is there already. What the host
    writes in a handshake is declared as readings: only the handshake may write it.
    """

    map_id = Reading(ds(1), unit="")
    map_rev = Reading(ds(2), unit="")
    plc_heartbeat = Reading(ds(3), unit="")
    boot_count = Reading(ds(4), unit="")
    ack_seq = Reading(ds(10), unit="")
    ack_code = Reading(ds(11), unit="")
    reject_info = Reading(ds(12), unit="")
    state_current = Reading(ds(20), unit="")
    unit_mode_current = Reading(ds(21), unit="")
    state_requested = Reading(ds(22), unit="")
    step_no = Reading(ds(23), unit="")
    step_sec = Reading(ds(24), unit="s")
    step_total_sec = Reading(ds(25), unit="s")
    blocking_reason = Reading(ds(26), unit="")
    alarm_count = Reading(ds(30), unit="")
    first_alarm_id = Reading(ds(31), unit="")
    alarm_event_seq = Reading(ds(32), unit="")
    host_seq = Reading(ds(100), unit="")
    cmd_code = Reading(ds(101), unit="")
    unit_mode_requested = Reading(ds(102), unit="")
    recipe_no = Reading(ds(103), unit="")
    arg_1 = Reading(ds(104), unit="")
    arg_2 = Reading(ds(105), unit="")
    arg_3 = Reading(ds(106), unit="")
    arg_4 = Reading(ds(107), unit="")
    arg_5 = Reading(ds(108), unit="")
    arg_6 = Reading(ds(109), unit="")
    host_heartbeat = Reading(ds(110), unit="")
    hb_timeout = Setting(ds(111), unit="0.1 s", limits=Limits(1, 32767))
    remote_request = Reading(ds(112), unit="")
    alarm_words = Reading(dh(1), unit="")  # the first of eight; `status` reads them all
    warning_words = Reading(dh(9), unit="")  # the first of four
    interlock_word = Reading(dh(13), unit="")
    tool_word = Reading(dh(14), unit="")
    prod_count = Reading(dd(1), unit="")
    defect_count = Reading(dd(2), unit="")

    @asynccontextmanager
    async def host_control(self, job_id: str) -> AsyncGenerator[None]:
        """Control the tool for `job_id` inside: job id written, remote, heartbeat every 500 ms.

        Raises Refused for an id of more than 16 characters. On leaving, control is given back as
        far as the controller can be reached; where it cannot, its own watchdog acts.
        """
        words = self._job_words(job_id)
        beating = asyncio.create_task(self._beat())
        try:
            await self._link.write_registers(self.unit, txt(1), words)
            await self._request_remote(0)
            await sleep(self.clock, REQUEST_PULSE_S)
            await self._request_remote(1)
            yield
        finally:
            beating.cancel()
            await to_the_end(self._give_back(beating))

    async def start(self, job_id: str, deadline_s: float) -> None:
        """Idle to Execute; the job id must have been written by `host_control`.

        Raises Refused if another job runs, and ReadBackDiffers if the controller took another.
        """
        before = await self.status()
        await self._go(Command.START, deadline_s)
        echo = await self.job_id_echo()
        if echo == job_id:
            return
        if before.state is not PackMl.IDLE:
            raise Refused(f"job {echo!r} runs, not {job_id!r}", source=self.name)
        raise ReadBackDiffers(f"started job {echo!r} instead of {job_id!r}", source=self.name)

    async def complete(self, deadline_s: float) -> None:
        """Execute to Complete, where the host owns the sequence."""
        await self._go(Command.COMPLETE, deadline_s)

    async def reset(self, deadline_s: float) -> None:
        """Stopped or Complete to Idle."""
        await self._go(Command.RESET, deadline_s)

    async def stop(self, deadline_s: float) -> None:
        """Any state but the aborted ones to Stopped."""
        await self._go(Command.STOP, deadline_s)

    async def abort(self, deadline_s: float) -> None:
        """Any state to Aborted; the energy permit falls at once."""
        await self._go(Command.ABORT, deadline_s)

    async def clear(self, deadline_s: float) -> None:
        """Aborted to Stopped."""
        await self._go(Command.CLEAR, deadline_s)

    async def hold(self, deadline_s: float) -> None:
        """Execute to Held."""
        await self._go(Command.HOLD, deadline_s)

    async def unhold(self, deadline_s: float) -> None:
        """Held to Execute."""
        await self._go(Command.UNHOLD, deadline_s)

    async def suspend(self, deadline_s: float) -> None:
        """Execute to Suspended."""
        await self._go(Command.SUSPEND, deadline_s)

    async def unsuspend(self, deadline_s: float) -> None:
        """Suspended to Execute."""
        await self._go(Command.UNSUSPEND, deadline_s)

    async def to_idle(self, deadline_s: float) -> None:
        """To Idle from wherever clear and reset lead there; `deadline_s` is for the whole way.

        An alarm that was latched in Idle, as by a host that was lost there, is taken back too.
        Raises Refused if the tool is at work: a person or the recipe must end that first.
        """
        end_s = self.clock.monotonic() + deadline_s
        status = await self.status()
        if status.state is PackMl.IDLE and status.alarms:
            await self.stop(deadline_s)
        while (status := await self.status()).state is not PackMl.IDLE:
            left_s = end_s - self.clock.monotonic()
            if status.state is PackMl.ABORTED:
                await self.clear(left_s)
            elif status.state in {PackMl.STOPPED, PackMl.COMPLETE}:
                await self.reset(left_s)
            elif status.state in PASSING:
                await self.reach(AT_REST, deadline_s=left_s, passing=PASSING)
            else:
                raise Refused(f"is in {status.says()}: end that first", source=self.name)

    async def load_recipe(self, number: int, deadline_s: float = LOAD_DEADLINE_S) -> None:
        """Load recipe `number` with the set-points in the tool's registers.

        Raises Rejected if one is out of range, and ReadBackDiffers if another recipe is loaded.
        """
        await self.perform(Command.LOAD_RECIPE, recipe=number, deadline_s=deadline_s)
        echo = await self.recipe_echo()
        if echo != str(number):
            raise ReadBackDiffers(f"recipe {number} was loaded and {echo!r} is", source=self.name)

    async def reach(
        self,
        wanted: frozenset[PackMl],
        *,
        deadline_s: float,
        passing: frozenset[PackMl] = EVERY,
    ) -> Status:
        """Wait for one of the `wanted` states; return the status that shows it.

        Raises Tripped for a state that is not among `passing`, and NotReached after `deadline_s`.
        """
        names = " or ".join(sorted(state.name.lower() for state in wanted))
        status = await self.look()

        async def there() -> bool:
            nonlocal status
            status = await self.look()
            if status.state not in wanted | passing:
                raise Tripped(f"went to {status.says()} instead of {names}", source=self.name)
            return status.state in wanted

        await until(
            there,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}: {names}",
            poll_s=STATE_POLL_S,
        )
        return status

    async def make_safe(self) -> None:
        """Bring the tool to rest: Stop and, where that fails, Abort. Rest is left as it is."""
        # Not by `status`: a controller that was powered up meanwhile is at rest as well.
        if await self.state_current.value() in AT_REST:
            return
        try:
            await self.stop(SAFE_DEADLINE_S)
        except DriverError:
            await self.abort(SAFE_DEADLINE_S)

    async def _go(self, command: Command, deadline_s: float) -> None:
        wanted, passing = WAYS[command]
        state = (await self.status()).state
        if state in wanted:
            return
        # Asked again while it is on its way: the controller would reject a second command.
        if state is not UNDERWAY.get(command):
            await self.command(command)
        await self.reach(wanted, deadline_s=deadline_s, passing=passing)

    def _job_words(self, job_id: str) -> list[int]:
        try:
            return text_to(job_id, frames.JOB_ID_CHARACTERS)
        except CodecError as error:
            raise Refused(f"job id: {error}", source=self.name) from None

    async def _beat(self) -> None:
        """Count the host's heartbeat on for as long as the task lives."""
        next_s = self.clock.monotonic()
        beats = 0  # the controller looks whether it changes, not from where it counts
        while True:
            beats = frames.following(beats)
            # A beat that is lost is the controller's to notice: its watchdog is the judge.
            with suppress(DriverError):
                await self._beat_once(beats)
            next_s = max(next_s + HEARTBEAT_EVERY_S, self.clock.monotonic())
            await self.clock.sleep_until(next_s)

    async def _beat_once(self, beats: int) -> None:
        async with self._block:
            await self._link.write_register(self.unit, ds(110).address, beats)

    async def _give_back(self, beating: asyncio.Task[None]) -> None:
        await asyncio.wait({beating})
        with suppress(DriverError):
            await self._request_remote(0)


class PlcMap:
    """A tool's own part of its controller's map: subclass it and declare the points.

    For example `chamber_mbar = Reading(df(1), unit="mbar")`.
    """

    def __init__(self, plc: ClickPlc) -> None:
        self.plc = plc

    @property
    def name(self) -> str:
        """The controller's name."""
        return self.plc.name

    @property
    def clock(self) -> Clock:
        """The controller's clock."""
        return self.plc.clock

    async def read_raw(self, ref: Register) -> float:
        """Read one number."""
        return await self.plc.read_raw(ref)

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write one number."""
        await self.plc.write_raw(ref, raw)

    async def readings(self) -> Mapping[str, Sample]:
        """Every declared point once, in as few reads as there are blocks; changes nothing."""
        return await self.plc.sampled(self)
