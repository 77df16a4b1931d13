"""The matrix: which fault at which instrument in which phase of which visit."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from campaigns.sites import VISITS, pilot
from linecontrol.model.visits import VisitName
from sim_hardware.core.fault_catalogue import PSEUDO_ROLES, Place, Where, shipped_faults
from sim_hardware.core.layout import ToolSpec, wires


@dataclass(frozen=True, slots=True)
class Case:
    """One fault to be injected."""

    visit: VisitName
    tool: str
    role: str
    phase: str
    fault: str

    @property
    def name(self) -> str:
        """What a person calls it, e.g. `late_reply@sputter.turbo in deposit_seed`."""
        return f"{self.fault}@{self.tool}.{self.role} in {self.phase} ({self.visit})"


def places_of(spec: ToolSpec) -> list[Where]:
    """Every place of a tool that a fault can be in."""
    instruments = [Where(spec.kind, s.role, s.model, s.transport) for s in spec.instruments]
    return instruments + [Where(spec.kind, role) for role in sorted(PSEUDO_ROLES)]


def tool_spec(tool: str) -> ToolSpec:
    """A tool of the pilot line."""
    return next(spec for spec in pilot().tools if spec.id == tool)


def place_of(case: Case) -> Place:
    """What the catalogue says of a case."""
    spec = tool_spec(case.tool)
    where = next(place for place in places_of(spec) if place.role == case.role)
    place = shipped_faults()[case.fault].place(where)
    assert place is not None  # as the matrix was made
    return place


def on_the_wire(tool: str, role: str) -> frozenset[str]:
    """The roles that share a wire with this one, and itself; all of them for the whole tool."""
    spec = tool_spec(tool)
    if role in PSEUDO_ROLES:
        return frozenset(each.role for each in spec.instruments)
    return next(
        frozenset(each.role for each in wire)
        for wire in wires(spec)
        if role in {each.role for each in wire}
    )


def matrix(phases: Mapping[VisitName, Sequence[str]]) -> Iterator[Case]:
    """Every case there is, given the phases of each visit."""
    for visit, tool in VISITS:
        for where in places_of(tool_spec(tool)):
            for fault in shipped_faults().values():
                place = fault.place(where)
                if place is None:
                    continue
                for phase in phases.get(visit, ()):
                    if phase in (place.phases or (phase,)):
                        yield Case(visit, tool, where.role, phase, fault.name)


def sample(cases: Sequence[Case], count: int, seed: int) -> list[Case]:
    """So many cases, every fault before any comes twice; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - which cases, not a secret
    shuffled = list(cases)
    chance.shuffle(shuffled)
    turn: dict[str, int] = {}
    ranked: list[tuple[int, int, Case]] = []
    for place, case in enumerate(shuffled):
        turn[case.fault] = turn.get(case.fault, 0) + 1
        ranked.append((turn[case.fault], place, case))
    ranked.sort(key=lambda row: row[:2])
    return [case for _, _, case in ranked[:count]]
