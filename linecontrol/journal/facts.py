"""What can be known about the line: one class per kind of fact, frozen and closed."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import override

from drivers.core.errors import Effect
from linecontrol.machines.alarm import AlarmEvent, AlarmState
from linecontrol.machines.control_job import LotEvent, LotState
from linecontrol.machines.packml import ToolEvent, ToolState
from linecontrol.machines.process_job import JobEvent, JobState
from linecontrol.machines.substrate import Need, NeedEvent, Place, PlaceEvent


class Fact(BaseModel):
    """Something that is so since the moment it was written; never changed, never removed."""

    # A reading that is no number is written as a word: JSON has none for it, and null is no float.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    @property
    def about(self) -> str:
        """The tool this fact is about, or nothing."""
        return ""


class ToolFact(Fact):
    """A fact about one tool."""

    tool: str

    @property
    @override
    def about(self) -> str:
        """The tool this fact is about."""
        return self.tool


class LineOpened(Fact):
    """The daemon took the line into its hands. `simulated` never changes within a journal."""

    kind: Literal["line_opened"] = "line_opened"
    line: str
    simulated: bool
    software: str
    tools: tuple[str, ...]


class RecipeUsed(Fact):
    """A recipe as it was on the day a lot was started."""

    kind: Literal["recipe_used"] = "recipe_used"
    lot: str
    step: str
    visit: str
    recipe: str
    revision: int
    hash: str
    text: str  # canonical JSON of the whole recipe


class LotCreated(Fact):
    """A lot was asked for; the flow as it was that day."""

    kind: Literal["lot_created"] = "lot_created"
    lot: str
    flow: str
    revision: int
    flow_hash: str
    flow_text: str  # canonical JSON of the whole flow
    wafers: tuple[str, ...]
    by: str


class LotMoved(Fact):
    """E94."""

    kind: Literal["lot_moved"] = "lot_moved"
    lot: str
    event: LotEvent
    state: LotState
    by: str = ""


class JobCreated(ToolFact):
    """One visit of one wafer to one tool."""

    kind: Literal["job_created"] = "job_created"
    job: str
    lot: str
    wafer: str
    step: str


class JobMoved(ToolFact):
    """E40."""

    kind: Literal["job_moved"] = "job_moved"
    job: str
    event: JobEvent
    state: JobState
    by: str = ""


class ToolMoved(ToolFact):
    """PackML."""

    kind: Literal["tool_moved"] = "tool_moved"
    event: ToolEvent
    state: ToolState


class WaferPlaced(Fact):
    """E90 location; `location` is a tool, a rack slot or the cassette."""

    kind: Literal["wafer_placed"] = "wafer_placed"
    wafer: str
    event: PlaceEvent
    place: Place
    location: str


class WaferChanged(Fact):
    """E90 processing; `step` is the flow step that did it."""

    kind: Literal["wafer_changed"] = "wafer_changed"
    wafer: str
    event: NeedEvent
    need: Need
    step: str = ""


class WaferHeld(ToolFact):
    """A wafer may not go on until a person has decided."""

    kind: Literal["wafer_held"] = "wafer_held"
    wafer: str
    job: str
    reason: str
    evidence: tuple[str, ...]


class WaferReleased(Fact):
    """A person decided."""

    kind: Literal["wafer_released"] = "wafer_released"
    wafer: str
    by: str
    decision: str


class TransferRequested(Fact):
    """A person is asked to carry a wafer; the destination is reserved until it is done."""

    kind: Literal["transfer_requested"] = "transfer_requested"
    transfer: str
    wafer: str
    source: str
    destination: str


class TransferConfirmed(Fact):
    """It was carried, and both sensors agree."""

    kind: Literal["transfer_confirmed"] = "transfer_confirmed"
    transfer: str
    by: str


class Intent(ToolFact):
    """Something physical is about to be done; written before a byte leaves."""

    kind: Literal["intent"] = "intent"
    activity: str
    job: str
    wafer: str
    phase: str
    deadline_s: float


class Done(ToolFact):
    """It was done; `readings` are named with their units."""

    kind: Literal["done"] = "done"
    activity: str
    readings: Mapping[str, float]


class Failed(ToolFact):
    """It was not, or not all of it; `effect` is what that did to the world."""

    kind: Literal["failed"] = "failed"
    activity: str
    code: str
    effect: Effect
    message: str
    source: str


class MadeSafe(ToolFact):
    """The tool was brought to its safe state as far as it could be reached."""

    kind: Literal["made_safe"] = "made_safe"
    unconfirmed: tuple[str, ...]


class EvidenceFound(ToolFact):
    """What the hardware could tell about work that was begun."""

    kind: Literal["evidence_found"] = "evidence_found"
    job: str
    job_on_tool: str
    delivered: Mapping[str, float]
    words: tuple[str, ...]


class LinkChanged(ToolFact):
    """An instrument was lost or came back."""

    kind: Literal["link_changed"] = "link_changed"
    instrument: str
    up: bool


class AlarmMoved(ToolFact):
    """ISA-18.2; `action` is what the operator is asked to do."""

    kind: Literal["alarm_moved"] = "alarm_moved"
    alarm: str
    event: AlarmEvent
    state: AlarmState
    source: str
    text: str
    action: str
    by: str = ""


class Measured(Fact):
    """A person measured a wafer and entered the value."""

    kind: Literal["measured"] = "measured"
    wafer: str
    step: str
    metric: str
    value: float
    unit: str
    gauge: str
    by: str


AnyFact = Annotated[
    LineOpened | RecipeUsed | LotCreated | LotMoved | JobCreated | JobMoved | ToolMoved
    | WaferPlaced | WaferChanged | WaferHeld | WaferReleased | TransferRequested
    | TransferConfirmed | Intent | Done | Failed | MadeSafe | EvidenceFound | LinkChanged
    | AlarmMoved | Measured,
    Field(discriminator="kind"),
]  # fmt: skip
FACTS: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)
