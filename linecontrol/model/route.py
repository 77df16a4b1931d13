"""A flow together with its recipes and the files they came from, as the rules look at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from linecontrol.model.claims import CLAIMS, Claim
from linecontrol.model.faults import Fault, Source
from linecontrol.model.flow import Flow, Step
from linecontrol.model.recipe import Recipe
from linecontrol.model.visits import VisitName


@dataclass(frozen=True, slots=True)
class Route:
    """A flow, the recipes it may use, and where each was read from, recipes by name."""

    flow: Flow
    recipes: tuple[Recipe, ...]
    file: Source
    recipe_files: Mapping[str, Source] = field(default_factory=dict[str, Source])

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims it says it practises, as far as they exist."""
        return tuple(CLAIMS[number] for number in self.flow.claims if number in CLAIMS)

    def making(self, visit: VisitName) -> Iterator[tuple[int, Step]]:
        """The steps that make `visit`, with their places."""
        return ((place, step) for place, step in self.steps() if step.visit == visit)

    def steps(self) -> Iterator[tuple[int, Step]]:
        """Every step with its place."""
        return enumerate(self.flow.steps)

    def recipe_of(self, step: Step) -> Recipe | None:
        """The recipe of a step, else the newest revision of its name, else None."""
        named = sorted(
            (recipe for recipe in self.recipes if recipe.name == step.recipe_name),
            key=lambda recipe: (recipe.reference == step.recipe, recipe.revision),
        )
        return named[-1] if named else None

    def step_fault(
        self, place: int, key: str, found: str, allowed: str, claim: int | None = None
    ) -> Fault:
        """A fault of one step; the key names it by its id."""
        name = f"step.{self.flow.steps[place].id}.{key}"
        return self.file.fault(("step", place, key), found, allowed, key=name, claim=claim)

    def recipe_fault(
        self, recipe: Recipe, key: str, found: object, allowed: str, claim: int
    ) -> Fault:
        """A fault of a set-point, in the file of its recipe."""
        default = Source(f"steps/{recipe.tool}/{recipe.name}.toml")
        source = self.recipe_files.get(recipe.name, default)
        return source.fault((key,), repr(found), allowed, claim=claim)
