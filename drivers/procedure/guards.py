"""What is looked at before a tool is told to act, so that nothing is done twice or blindly."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from drivers.core.clock import Clock, sleep
from drivers.core.errors import InterlockOpen, NotReached, Refused
from drivers.core.tool import Job
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.procedure import fleet, visit

STANDSTILL_LOOK_S: Final = 2.0
BEGUN: Final = visit.AT_WORK | {PackMl.COMPLETE}


async def ready(plc: ClickPlc, permissives: Sequence[str]) -> None:
    """Raise InterlockOpen naming every permissive that does not hold, Refused without a wafer."""
    status = await plc.look()
    missing = [name.replace("_", " ") for name in permissives if not status.interlocks[name]]
    if missing:
        raise InterlockOpen(f"not well: {', '.join(missing)}", source=plc.name)
    if fleet.WAFER_PRESENT_BIT not in status.tool_bits:
        raise Refused("there is no wafer in the tool", source=plc.name)


async def begun(plc: ClickPlc, job: Job) -> bool:
    """Whether the controller is at work on this job, or has completed it by itself."""
    return (await plc.look()).state in BEGUN and await visit.ours(plc, job)


def only_once(job: Job, phase: str, unit: str, source: str) -> None:
    """Raise Refused if an earlier attempt did some of what must not be done a second time."""
    done = job.already.get(phase, 0.0)
    if done > 0:
        raise Refused(f"{done:g} {unit} of {phase} are on this wafer: not again", source=source)


async def stands_still(
    read: Callable[[], Awaitable[float]], *, deadline_s: float, clock: Clock, what: str
) -> None:
    """Wait until a count no longer goes up; raise NotReached `deadline_s` from now."""
    end_s = clock.monotonic() + deadline_s
    before = await read()
    while True:
        await sleep(clock, STANDSTILL_LOOK_S)
        now = await read()
        if now <= before:
            return
        if clock.monotonic() >= end_s:
            raise NotReached(f"{what} still goes up after {deadline_s:g} s: {now:g}")
        before = now
