"""One emulated tool: instruments wired to shared physics, with a wafer in it or not."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim_hardware.core.clock import LineClock
from sim_hardware.core.hazards import HazardLog
from sim_hardware.core.wire import RegisterInstrument, StreamInstrument
from sim_hardware.physics.wafer import Wafer

AnyInstrument = StreamInstrument | RegisterInstrument


class PlantRefuses(Exception):
    """What a person tried is not possible at the tool as it stands."""


@dataclass(frozen=True, slots=True)
class PlantSetup:
    """What the line file says of one tool; `options` and `models` of its instruments, by role.

    `seed` decides what is left to chance.
    """

    tool: str
    clock: LineClock
    hazards: HazardLog
    capabilities: Mapping[str, str | tuple[str, ...]] = field(
        default_factory=dict[str, str | tuple[str, ...]]
    )
    options: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, Mapping[str, object]]
    )
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    seed: int = 0


class Plant(ABC):
    """Base of the nine tools; `instruments` are by role, and roles on one bus may share one."""

    instruments: Mapping[str, AnyInstrument]

    def __init__(self, setup: PlantSetup) -> None:
        self.tool, self.clock, self._hazards = setup.tool, setup.clock, setup.hazards
        self.wafer: Wafer | None = None

    def hazard(self, text: str) -> None:
        """Note something that would ruin a wafer or hurt a person."""
        self._hazards.record(self.tool, text)

    def load(self, wafer: Wafer) -> None:
        """A person puts a wafer in; PlantRefuses when there is one or the tool is at work."""
        if self.wafer is not None:
            raise PlantRefuses(f"{self.tool} already holds {self.wafer.name}")
        self.ready_for_hands()
        self.wafer = wafer
        self.loaded()

    def unload(self) -> Wafer:
        """A person takes the wafer out; PlantRefuses when there is none or the tool is at work."""
        if self.wafer is None:
            raise PlantRefuses(f"{self.tool} holds no wafer")
        self.ready_for_hands()
        wafer, self.wafer = self.wafer, None
        self.unloaded()
        return wafer

    @abstractmethod
    def ready_for_hands(self) -> None:
        """Raise PlantRefuses while a person may not reach in."""

    def loaded(self) -> None:  # noqa: B027 - many tools take no notice
        """The wafer lies in its place."""

    def unloaded(self) -> None:  # noqa: B027 - many tools take no notice
        """The wafer is out."""

    @abstractmethod
    def state(self) -> Mapping[str, object]:
        """The true state, for the back door: plain numbers, words and booleans."""

    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Set faults by name, of the plant or of one instrument; KeyError for an unknown one."""
        raise KeyError(f"{self.tool}.{role} has no fault {', '.join(values)}")
