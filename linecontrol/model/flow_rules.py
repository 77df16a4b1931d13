"""What every flow must satisfy, whether it practises a claim or not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from linecontrol.model.claim_rules import claim_faults
from linecontrol.model.claims import INDEPENDENT, Rule, dependents
from linecontrol.model.faults import Fault, Source
from linecontrol.model.flow import Flow, Step
from linecontrol.model.metrics import metrics, metrics_after
from linecontrol.model.recipe import Recipe
from linecontrol.model.route import Route
from linecontrol.model.validating import nearest
from linecontrol.model.visits import VISITS, VisitName

_TOOL_CLAIMED_BY: Final[Mapping[VisitName, Rule]] = {
    "laminate_film": Rule.DRY_FILM,
    "etch_ubm": Rule.PLASMA,
}
_REVERSED: Final = "pulse_reverse"


def check_flow(
    flow: Flow,
    recipes: Iterable[Recipe],
    source: Source | None = None,
    recipe_sources: Mapping[str, Source] | None = None,
) -> list[Fault]:
    """Every fault of a flow with the recipes on file; empty when it may run.

    The sources (of the recipes by name) let a fault name file and line; without them only the
    file's usual name is known.
    """
    file = source or Source(f"flows/{flow.name}.toml")
    route = Route(flow, tuple(recipes), file, recipe_sources or {})
    return [
        *_claims(route),
        *_ids(route),
        *(fault for place, step in route.steps() for fault in _tool(route, place, step)),
        *(fault for place, step in route.steps() for fault in _recipe(route, place, step)),
        *(fault for place, step in route.steps() for fault in _needs(route, place, step)),
        *(fault for place, step in route.steps() for fault in _queue(route, place, step)),
        *(fault for place, step in route.steps() for fault in _measure(route, place, step)),
        *claim_faults(route),
    ]


def _claims(route: Route) -> Iterator[Fault]:
    flow = route.flow
    if flow.claim is None:
        if flow.also:
            allowed = f"no claims without `claim`, which is one of {_listed(INDEPENDENT)}"
            yield route.file.fault(("also",), str(list(flow.also)), allowed)
        return
    allowed = f"some of {_listed(dependents(flow.claim))}, each once: what claim {flow.claim} has"
    for place, number in enumerate(flow.also):
        if number not in dependents(flow.claim) or number in flow.also[:place]:
            yield route.file.fault(("also",), str(number), allowed)


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(str(number) for number in numbers)


def _ids(route: Route) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, step in route.steps():
        if step.id in seen:
            yield route.step_fault(place, "id", f"{step.id!r} again", "an id of its own")
        seen.add(step.id)


def _tool(route: Route, place: int, step: Step) -> Iterator[Fault]:
    rule = _TOOL_CLAIMED_BY.get(step.visit)
    if rule is not None and any(claim.rule is rule for claim in route.claims):
        return  # the claim says so itself
    if step.tool != (tool := VISITS[step.visit].tool):
        allowed = f"{tool!r}, which makes {step.visit!r}"
        yield route.step_fault(place, "tool", repr(step.tool), allowed)


def _recipe(route: Route, place: int, step: Step) -> Iterator[Fault]:
    recipe = route.recipe_of(step)
    if recipe is None:
        known = [r.reference for r in route.recipes if r.tool == step.tool]
        yield route.step_fault(place, "recipe", repr(step.recipe), nearest(step.recipe, known))
    elif recipe.revision != step.recipe_revision:
        allowed = f"{recipe.reference!r}, the revision on file"
        yield route.step_fault(place, "recipe", repr(step.recipe), allowed)
    elif recipe.tool != step.tool:
        found = f"{step.recipe!r}, a recipe of {recipe.tool!r}"
        yield route.step_fault(place, "recipe", found, f"a recipe of {step.tool!r}")


def _needs(route: Route, place: int, step: Step) -> Iterator[Fault]:
    """What the visit is about must be asked of the tool, and the recipe must agree."""
    for key, wanted in VISITS[step.visit].needs.items():
        if step.needs.get(key) != wanted:
            found = f"{key} = {step.needs.get(key, 'nothing')!r}"
            yield route.step_fault(place, "needs", found, f"{key} = {wanted!r} for {step.visit}")
    recipe = route.recipe_of(step)
    held = {} if recipe is None else recipe.setpoints.model_dump()
    for key, wanted in step.needs.items():
        if held.get(key, wanted) != wanted:
            found = f"{key} = {wanted!r}"
            allowed = f"{key} = {held[key]!r}, as recipe {step.recipe} has it"
            yield route.step_fault(place, "needs", found, allowed)
    # Not every cell can reverse its current: the step must say so, or another cell may be chosen.
    if held.get("current") == _REVERSED and step.needs.get("current") is None:
        allowed = f"current = {_REVERSED!r}, as recipe {step.recipe} has it"
        yield route.step_fault(place, "needs", "no current", allowed)


def _queue(route: Route, place: int, step: Step) -> Iterator[Fault]:
    shortest, longest = step.queue_min_min, step.queue_max_min
    if place == 0:
        for key, value in (("queue_min_min", shortest), ("queue_max_min", longest)):
            if value is not None:
                allowed = "no queue time at the first step: nothing comes before it"
                yield route.step_fault(place, key, f"{value:g}", allowed)
    elif shortest is not None and longest is not None and not shortest <= longest:
        allowed = f"at least queue_min_min = {shortest:g}"
        yield route.step_fault(place, "queue_max_min", f"{longest:g}", allowed)


def _measure(route: Route, place: int, step: Step) -> Iterator[Fault]:
    possible = [metric.name for metric in metrics_after(step.visit)]
    for name in step.measure:
        if name in possible:
            continue
        known = metrics().get(name)
        found = repr(name) if known is None else f"{name!r}, which is measured after {known.after}"
        allowed = nearest(name, possible) if possible else f"nothing after {step.visit}"
        yield route.step_fault(place, "measure", found, allowed)
