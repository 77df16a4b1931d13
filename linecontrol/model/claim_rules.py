"""The rules of order and of recipe that each claim lays on a flow."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from drivers.setpoints import AlignerSetpoints, LaminatorSetpoints, SpinCoaterSetpoints
from drivers.setpoints.aligner import NO_RETICLE
from linecontrol.model.claims import THICKEST_UM, THINNEST_UM, Claim, Rule
from linecontrol.model.faults import Fault
from linecontrol.model.route import Route
from linecontrol.model.visits import PLACE, PLATING, VISITS, VisitName

_REFLOWED: Final = 1  # the one independent claim that ends with the reflow
_FIRST_PLATING: Final = PLACE[PLATING[0]]


def claim_faults(route: Route) -> Iterator[Fault]:
    """Every rule of order or recipe that the flow breaks, of the claims that it declares."""
    for claim in route.claims:
        yield from _RULES[claim.rule](route, claim)


def _sequence(route: Route, claim: Claim) -> Iterator[Fault]:
    made = {step.visit for _, step in route.steps()}
    wanted = [name for name in VISITS if name not in PLATING]
    if claim.number != _REFLOWED:
        wanted.remove("reflow")
        for place, _ in route.making("reflow"):
            allowed = "no reflow; the method with it is claim 1"
            yield route.step_fault(place, "visit", "'reflow'", allowed, claim.number)
    for missing in (name for name in wanted if name not in made):
        found, allowed = f"no {missing!r}", f"all of {', '.join(wanted)}, and a plating"
        yield route.file.fault(("step",), found, allowed, claim=claim.number)
    if made.isdisjoint(PLATING):
        found, allowed = "no plating", f"at least one of {', '.join(PLATING)}"
        yield route.file.fault(("step",), found, allowed, claim=claim.number)
    yield from _order(route, claim)


def _order(route: Route, claim: Claim) -> Iterator[Fault]:
    latest = route.flow.steps[0].visit
    for place, step in route.steps():
        if _rank(step.visit) < _rank(latest):
            allowed = f"{step.visit!r} before {latest!r}: the order of the method"
            found = f"{step.visit!r} after {latest!r}"
            yield route.step_fault(place, "visit", found, allowed, claim.number)
        else:
            latest = step.visit


def _rank(visit: VisitName) -> int:
    """Place in the method; the platings share one, since the claims do not order the metals."""
    return _FIRST_PLATING if visit in PLATING else PLACE[visit]


def _positive(route: Route, claim: Claim) -> Iterator[Fault]:
    for _, step in route.making("coat_liquid"):
        recipe = route.recipe_of(step)
        if recipe is None or not isinstance(recipe.setpoints, SpinCoaterSetpoints):
            continue
        if (tone := recipe.setpoints.resist_tone) != "positive":
            yield route.recipe_fault(recipe, "resist_tone", tone, "'positive'", claim.number)


def _negative(route: Route, claim: Claim) -> Iterator[Fault]:
    for _, step in route.making("laminate_film"):
        recipe = route.recipe_of(step)
        if recipe is None or not isinstance(recipe.setpoints, LaminatorSetpoints):
            continue
        if (tone := recipe.setpoints.resist_tone) != "negative":
            yield route.recipe_fault(recipe, "resist_tone", tone, "'negative'", claim.number)


def _thickness(route: Route, claim: Claim) -> Iterator[Fault]:
    for _, step in route.making("laminate_film"):
        recipe = route.recipe_of(step)
        if recipe is None or not isinstance(recipe.setpoints, LaminatorSetpoints):
            continue
        if not THINNEST_UM <= (film_um := recipe.setpoints.film_um) <= THICKEST_UM:
            allowed = f"{THINNEST_UM} to {THICKEST_UM}"
            yield route.recipe_fault(recipe, "film_um", film_um, allowed, claim.number)


def _own_mask(route: Route, claim: Claim) -> Iterator[Fault]:
    for _, step in route.making("flood_expose"):
        recipe = route.recipe_of(step)
        if recipe is None or not isinstance(recipe.setpoints, AlignerSetpoints):
            continue
        if (reticle := recipe.setpoints.reticle) != NO_RETICLE:
            yield route.recipe_fault(recipe, "reticle", reticle, "'none'", claim.number)
    is_mask = False
    for place, step in route.steps():
        if step.visit == "develop_film":
            is_mask = True
        elif step.visit == "flood_expose":
            is_mask = False
        elif step.visit == "strip" and is_mask and _floods_after(route, place):
            found = "'strip' between develop_film and flood_expose"
            allowed = "the first resist stays until it has masked the flood exposure"
            yield route.step_fault(place, "visit", found, allowed, claim.number)


def _floods_after(route: Route, place: int) -> bool:
    return any(later > place for later, _ in route.making("flood_expose"))


def _made_by_its_tool(visit: VisitName) -> Callable[[Route, Claim], Iterator[Fault]]:
    """The rule that `visit` is made by the tool that the claim means, and by a recipe for it."""

    def rule(route: Route, claim: Claim) -> Iterator[Fault]:
        tool = VISITS[visit].tool
        for place, step in route.making(visit):
            recipe = route.recipe_of(step)
            if step.tool != tool:
                yield route.step_fault(place, "tool", repr(step.tool), repr(tool), claim.number)
            elif recipe is not None and recipe.tool != tool:
                found = f"{step.recipe!r}, a recipe of {recipe.tool!r}"
                allowed = f"a recipe of {tool!r}"
                yield route.step_fault(place, "recipe", found, allowed, claim.number)

    return rule


def _shown_later(_route: Route, _claim: Claim) -> Iterator[Fault]:
    """Only the finished wafer can show it."""
    return iter(())


_RULES: Final[Mapping[Rule, Callable[[Route, Claim], Iterator[Fault]]]] = {
    Rule.SEQUENCE: _sequence,
    Rule.RECESS: _shown_later,
    Rule.PLUG: _shown_later,
    Rule.POSITIVE: _positive,
    Rule.NEGATIVE: _negative,
    Rule.OWN_MASK: _own_mask,
    Rule.DRY_FILM: _made_by_its_tool("laminate_film"),
    Rule.THICKNESS: _thickness,
    Rule.PLASMA: _made_by_its_tool("etch_ubm"),
}
