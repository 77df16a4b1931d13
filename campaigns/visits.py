"""One visit of one wafer in virtual time, with a fault in it or without; what was seen of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from campaigns.cases import Case, place_of
from campaigns.sites import site
from linecontrol.journal.chain import Record
from linecontrol.journal.facts import Done, Intent, MadeSafe
from linecontrol.machines.control_job import LotState
from linecontrol.machines.substrate import Need
from linecontrol.model.visits import VisitName
from sim_hardware.core.fault_catalogue import shipped_faults
from sim_hardware.core.injection import FaultOrder
from sim_hardware.core.timebase import TimeBase
from tests.rigs.prepared import wafer_before
from tests.rigs.virtual_line import VirtualLine, facts_of, in_virtual_time, virtual_line

WAFER: Final = "L0001-01"
LONGEST_S: Final = 6 * 3600.0
INTO_PHASE_S: Final = 6.0
PERSON_S: Final = 30.0  # between the mending and the resume
UNSEEN_S: Final = 8.0  # a fault that comes so late in a visit has no time to be seen


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that stood when the wafer was held."""

    id: str
    text: str


@dataclass(slots=True)
class Seen:
    """What was seen of one visit."""

    phases: Mapping[str, float] = field(default_factory=dict[str, float])  # seconds each took
    injected: bool = False
    ended: bool = False
    held: str = ""  # why the wafer was held, if it was
    alarms: tuple[Alarm, ...] = ()
    unconfirmed: tuple[str, ...] | None = None  # None: nothing was made safe
    evidence: bool = False
    begun_twice: tuple[str, ...] = ()
    open_intents: int = 0
    disposition: str = ""
    left_s: float = 0.0  # from the injection to the end of the visit, if it went on
    held_again: str = ""
    hazards: tuple[str, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict[str, float])
    steps: tuple[str, ...] = ()


def run(folder: Path, visit: VisitName, tool: str, case: Case | None, at_s: float = 0.0) -> Seen:
    """Run one visit; with a case, its fault comes `at_s` into its phase."""
    where = site(folder, visit, tool)
    seen = Seen()

    async def main(time: TimeBase) -> None:
        async with virtual_line(
            time, folder / "data", line=where.line, recipes=where.recipes
        ) as line:
            line.plants.racks[WAFER] = wafer_before(visit, WAFER)
            lot = await line.lot(where.flow, 1)
            try:
                async with asyncio.timeout(LONGEST_S):
                    await _visit(line, lot, case, at_s, seen)
            except TimeoutError:
                seen.ended = False
            _note(line, seen)

    in_virtual_time(main)
    return seen


async def _visit(line: VirtualLine, lot: str, case: Case | None, at_s: float, seen: Seen) -> None:
    if case is not None:
        await _injected(line, lot, case, at_s, seen)
    began_s = line.plants.now_s()
    await line.until(lambda: _stopped(line, lot))
    seen.left_s = line.plants.now_s() - began_s
    if _completed(line, lot):
        seen.disposition, seen.ended = "goes_on", True
        return
    assert case is not None, _why_held(line)
    _note_hold(line, seen)
    await _mended(line, case)
    await _decided(line, lot, case.tool, seen)
    seen.ended = True


async def _injected(line: VirtualLine, lot: str, case: Case, at_s: float, seen: Seen) -> None:
    state = line.engine.journal.state

    def there() -> bool:
        return any(view.intent.phase == case.phase for view in state.open_intents())

    await line.until(lambda: there() or _stopped(line, lot))
    if there():
        await line.seconds(at_s)
        line.plants.inject(FaultOrder(case.fault, case.tool, case.role))
        seen.injected = True


async def _mended(line: VirtualLine, case: Case) -> None:
    """A person looks for the cause, mends it, and takes a breath."""
    fault = shipped_faults()[case.fault]
    if any(each["fault"] == case.fault for each in line.plants.faults()):
        line.plants.heal(FaultOrder(case.fault, case.tool, case.role))
    if "off_s" in place_of(case).values:
        await line.seconds(fault.for_s)
    await line.seconds(PERSON_S)


async def _decided(line: VirtualLine, lot: str, tool: str, seen: Seen) -> None:
    """Resume; where that is not possible, or breaks again, give the wafer up."""
    holds = _holds(line)
    reply = await _resumed(line, lot)
    if reply.is_success:
        seen.disposition = "held"
        await line.until(lambda: _stopped(line, lot, holds))
        if _completed(line, lot):
            return
        seen.held_again = _why_held(line)
    seen.disposition = "aborted"
    await line.post(f"/tools/{tool}/abort")
    await line.until(lambda: _completed(line, lot))


async def _resumed(line: VirtualLine, lot: str) -> httpx.Response:
    """Ask to go on; a person who is told why that is not possible looks and asks once more."""
    reply = await line.post(f"/lots/{lot}/resume")
    if not reply.is_success and "cannot be taken up" not in reply.text:
        await line.seconds(PERSON_S)
        reply = await line.post(f"/lots/{lot}/resume")
    return reply


def _completed(line: VirtualLine, lot: str) -> bool:
    return line.engine.journal.state.lots[lot].state is LotState.COMPLETED


def _stopped(line: VirtualLine, lot: str, holds: int = 0) -> bool:
    """Whether the lot is through, or a wafer was held more often than `holds`."""
    return _completed(line, lot) or _holds(line) > holds


def _holds(line: VirtualLine) -> int:
    return sum(record.kind == "wafer_held" for record in line.engine.journal.records())


def _why_held(line: VirtualLine) -> str:
    wafers = line.engine.journal.state.wafers.values()
    return "; ".join(wafer.held.reason for wafer in wafers if wafer.held is not None)


def _note_hold(line: VirtualLine, seen: Seen) -> None:
    state = line.engine.journal.state
    facts = facts_of(line.engine.journal.records())
    held = state.wafers[WAFER].held
    seen.held = _why_held(line)
    seen.evidence = held is not None and bool(held.evidence)
    seen.open_intents = len(state.open_intents())
    standing = [view.last for view in state.alarms.values() if view.standing]
    seen.alarms = tuple(Alarm(each.alarm, f"{each.source}: {each.text}") for each in standing)
    safe = [fact for fact in facts if isinstance(fact, MadeSafe)]
    seen.unconfirmed = safe[-1].unconfirmed if safe else None
    begun = [fact.phase for fact in facts if isinstance(fact, Intent)]
    seen.begun_twice = tuple(sorted({phase for phase in begun if begun.count(phase) > 1}))


def _note(line: VirtualLine, seen: Seen) -> None:
    """What is left when the visit is over."""
    seen.hazards = tuple(dict.fromkeys(hazard.text for hazard in line.plants.hazards()))
    line.plants.clear_hazards()
    seen.phases = _phases(line.engine.journal.records())
    wafer = line.engine.journal.state.wafers.get(WAFER)
    if wafer is not None and wafer.need is Need.PROCESSED:
        found = dict(line.plants.wafer(WAFER))
        seen.steps = tuple(str(found.pop("steps")).split())
        seen.measured = {k: v for k, v in found.items() if isinstance(v, float | int)}


def _phases(records: Sequence[Record]) -> Mapping[str, float]:
    began: dict[str, tuple[str, datetime]] = {}
    lasted: dict[str, float] = {}
    for record, fact in zip(records, facts_of(records), strict=True):
        at = datetime.fromisoformat(record.at)
        if isinstance(fact, Intent):
            began[fact.activity] = fact.phase, at
            lasted.setdefault(fact.phase, 0.0)
        elif isinstance(fact, Done) and fact.activity in began:
            phase, since = began[fact.activity]
            lasted[phase] += (at - since).total_seconds()
    return lasted
