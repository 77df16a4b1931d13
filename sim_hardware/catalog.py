"""The nine kinds of plants."""

from collections.abc import Mapping
from typing import Final

from sim_hardware.aligner import AlignerPlant
from sim_hardware.core.plant import Plant
from sim_hardware.developer import DeveloperPlant
from sim_hardware.laminator import LaminatorPlant
from sim_hardware.plasma_etcher import PlasmaEtcherPlant
from sim_hardware.plating_cell import PlatingCellPlant
from sim_hardware.reflow_oven import ReflowOvenPlant
from sim_hardware.spin_coater import SpinCoaterPlant
from sim_hardware.sputter import SputterPlant
from sim_hardware.stripper import StripperPlant

PLANTS: Final[Mapping[str, type[Plant]]] = {
    "sputter": SputterPlant,
    "laminator": LaminatorPlant,
    "spin_coater": SpinCoaterPlant,
    "aligner": AlignerPlant,
    "developer": DeveloperPlant,
    "plating_cell": PlatingCellPlant,
    "stripper": StripperPlant,
    "plasma_etcher": PlasmaEtcherPlant,
    "reflow_oven": ReflowOvenPlant,
}
