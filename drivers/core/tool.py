"""What every tool offers a station: phases of work, a snapshot, interlocks, safety, evidence."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from drivers.core.points import Sample


class Setpoints(BaseModel):
    """What one visit of one tool is asked to do: frozen, strict, closed, units in the names."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


SetpointsT_contra = TypeVar("SetpointsT_contra", bound=Setpoints, contravariant=True)


class SafeAction(StrEnum):
    """What a tool does with a phase that must not go on."""

    FINISH = auto()  # let the phase run to its end, then stop
    PAUSE = auto()  # stop what is being dosed, keep the wafer where it is, resume by dose
    ENERGY_OFF = auto()  # everything off, wafer stays
    LIFT_AND_RINSE = auto()  # take the wafer out of what attacks it
    CLEAR_BELT = auto()  # no new load, what is inside travels out


class Resume(StrEnum):
    """How a phase that was broken off may be taken up again."""

    REPEAT = auto()  # it sets a state; doing it again changes nothing
    REMAINING = auto()  # only what is still missing of its dose
    NEVER = auto()  # a person decides: rework or scrap


@dataclass(frozen=True, slots=True)
class Done:
    """How a phase ended: the readings worth keeping, by name with unit suffix."""

    readings: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase is, for people: `done` of `total`, in `unit`."""

    done: float
    total: float
    unit: str


ReportProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one recipe on one wafer, as the tool needs to know it.

    `id` is at most 16 characters: the tool's controller echoes it. `already` is what earlier
    attempts delivered, by phase, in the unit of that phase's dose.
    """

    id: str
    wafer: str
    recipe: str
    report: ReportProgress
    already: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a procedure: what it does and what hold, abort and a lost link do to it."""

    name: str
    act: Callable[[], Awaitable[Done]]
    deadline_s: float
    on_hold: SafeAction
    on_abort: SafeAction
    on_link_lost: SafeAction
    longest_hold_s: float
    resume: Resume
    dose_unit: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the hardware can tell about work that was begun.

    `delivered` is the dose counted so far by phase name; `words` are sentences for a person.
    """

    job_id: str
    job_id_on_tool: str
    delivered: Mapping[str, float]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the tool's controller says of itself. `alarms` are the standing ones, id to name."""

    state: str
    wafer_present: bool
    alarms: Mapping[int, str]
    interlocks: Mapping[str, bool]


class ToolDriver(Protocol[SetpointsT_contra]):
    """The verbs a station may use. Every verb leaves the tool safe if it raises."""

    kind: ClassVar[str]
    roles: ClassVar[Mapping[str, str]]  # role -> instrument model

    async def identify(self) -> Mapping[str, str]:
        """Ask every instrument who it is, by role; raise WrongDevice if one is another."""
        ...

    def controlling(self, job: Job) -> AbstractAsyncContextManager[None]:
        """Hold the tool's controller for one visit: job id, remote control, heartbeat, permits.

        Entering brings the controller from wherever it rests to where the phases may run;
        leaving gives control back, whatever happened.
        """
        ...

    def procedure(self, setpoints: SetpointsT_contra, job: Job) -> Sequence[Phase]:
        """The phases of one visit, in order; nothing is sent before a phase's `act`."""
        ...

    async def pulse(self) -> None:
        """Ask every instrument but the controller for a sign of life; raise its LinkLost."""
        ...

    async def snapshot(self) -> Mapping[str, Sample]:
        """Read everything once, by `role.point`; changes nothing."""
        ...

    async def condition(self) -> Condition:
        """One look at the tool's controller: state, wafer sensor, alarms, interlocks."""
        ...

    async def interlocks(self) -> Mapping[str, bool]:
        """Every permissive by name; True is well."""
        ...

    async def make_safe(self) -> Sequence[str]:
        """Bring the tool to its safe state as far as it can be reached; never raises.

        Returns a sentence for everything that could not be confirmed.
        """
        ...

    async def evidence(self, job_id: str) -> Evidence:
        """What the hardware knows of the job; changes nothing."""
        ...
