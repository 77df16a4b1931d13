"""A recipe: the set-points of one visit of one tool, under a name and a revision."""

from typing import Annotated

from pydantic import Field

from drivers.setpoints import (
    AlignerSetpoints,
    DeveloperSetpoints,
    LaminatorSetpoints,
    PlasmaEtcherSetpoints,
    PlatingCellSetpoints,
    ReflowOvenSetpoints,
    SpinCoaterSetpoints,
    SputterSetpoints,
    StripperSetpoints,
)
from linecontrol.model.frozen import Frozen, Name, Revision, SchemaVersion, content_hash
from linecontrol.model.visits import ToolKind

AnySetpoints = Annotated[
    AlignerSetpoints
    | DeveloperSetpoints
    | LaminatorSetpoints
    | PlasmaEtcherSetpoints
    | PlatingCellSetpoints
    | ReflowOvenSetpoints
    | SpinCoaterSetpoints
    | SputterSetpoints
    | StripperSetpoints,
    Field(discriminator="tool"),
]


class Recipe(Frozen):
    """One visit of one tool. A revision never changes; a change is a new revision."""

    schema_version: SchemaVersion
    name: Name
    revision: Revision
    setpoints: AnySetpoints

    @property
    def tool(self) -> ToolKind:
        """The kind of tool that can run it."""
        return self.setpoints.tool

    @property
    def reference(self) -> str:
        """How flows name it, e.g. `snag_100um@3`."""
        return f"{self.name}@{self.revision}"

    @property
    def hash(self) -> str:
        """SHA-256 of the content: equal for equal numbers, however they were written."""
        return content_hash(self)
