"""A flow: the route of one product through the line, and the claims it practises."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from linecontrol.model.frozen import (
    Frozen,
    Name,
    Reference,
    Revision,
    SchemaVersion,
    content_hash,
    whole,
)
from linecontrol.model.visits import ToolKind, VisitName

Minutes = Annotated[float, Field(ge=0, le=20_160)]  # at most two weeks
Words = Annotated[str, Field(min_length=1, max_length=120)]


class Step(Frozen):
    """One visit of a tool. Queue times run from the end of the step before."""

    id: Name
    visit: VisitName
    tool: ToolKind
    recipe: Reference
    needs: Mapping[str, str] = Field(default_factory=dict[str, str])
    queue_min_min: Minutes | None = None
    queue_max_min: Minutes | None = None
    measure: Annotated[Sequence[Name], AfterValidator(tuple)] = ()

    @property
    def recipe_name(self) -> str:
        """The recipe without its revision."""
        return self.recipe.partition("@")[0]

    @property
    def recipe_revision(self) -> int:
        """The revision that the flow was written for."""
        return int(self.recipe.partition("@")[2])


class Flow(Frozen):
    """An ordered route. Without a `claim` it is a development route, and reports say so."""

    schema_version: SchemaVersion
    name: Name
    title: Words
    revision: Revision
    claim: Annotated[Literal[1, 10, 15] | None, BeforeValidator(whole)] = None
    also: Annotated[Sequence[int], AfterValidator(tuple)] = ()
    substrate: Words
    pitch_um: Annotated[float, Field(ge=20, le=1000)]
    mask_cd_um: Annotated[float, Field(ge=5, le=500)]
    steps: Annotated[Sequence[Step], Field(min_length=1, alias="step"), AfterValidator(tuple)]

    @property
    def reference(self) -> str:
        """Name and revision, e.g. `reentrant_fill_200um@1`."""
        return f"{self.name}@{self.revision}"

    @property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return content_hash(self)

    @property
    def is_development(self) -> bool:
        """Whether it practises no claim."""
        return self.claim is None

    @property
    def claims(self) -> tuple[int, ...]:
        """Every claim it says it practises, in order."""
        return () if self.claim is None else (self.claim, *sorted(self.also))

    def first(self, visit: VisitName) -> Step | None:
        """The first step that makes `visit`, if any."""
        return next((step for step in self.steps if step.visit == visit), None)
