"""Options that a line file gives to one tool or instrument of a plant."""

from collections.abc import Collection

from sim_hardware.core.layout import LayoutError
from sim_hardware.core.plant import PlantSetup


def number_option(setup: PlantSetup, role: str, name: str, otherwise: float) -> float:
    """A numeric option of the instrument in `role`; LayoutError unless it is above zero."""
    value = setup.options.get(role, {}).get(name, otherwise)
    number = (
        float("nan") if isinstance(value, bool) or not isinstance(value, int | float) else value
    )
    if not 0.0 < number < float("inf"):
        raise LayoutError(
            f"tool.{setup.tool}.{role}.options: found {name} = {value!r}; allowed: a number above 0"
        )
    return float(number)


def capability(setup: PlantSetup, name: str, otherwise: str, known: Collection[str]) -> str:
    """What the tool is for, the first if it is for several; LayoutError for an unknown word."""
    named = setup.capabilities.get(name, otherwise)
    word = named if isinstance(named, str) else named[0]
    if word not in known:
        raise LayoutError(
            f"tool.{setup.tool}.capabilities: found {name} = {word!r}; allowed: {', '.join(known)}"
        )
    return word
