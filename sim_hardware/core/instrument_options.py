"""Options that a line file gives to one instrument of a plant."""

from sim_hardware.core.layout import LayoutError
from sim_hardware.core.plant import PlantSetup


def number_option(setup: PlantSetup, role: str, name: str, otherwise: float) -> float:
    """A numeric option of the instrument in `role`; LayoutError if it is no number."""
    value = setup.options.get(role, {}).get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LayoutError(f"{setup.tool}.{role}: {name}: found {value!r}; allowed: a number")
    return float(value)
