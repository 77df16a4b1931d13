"""What one visit of each tool may be asked to do, within the hard limits of the tool."""

from drivers.setpoints.aligner import AlignerSetpoints
from drivers.setpoints.developer import DeveloperSetpoints
from drivers.setpoints.laminator import LaminatorSetpoints
from drivers.setpoints.plasma_etcher import PlasmaEtcherSetpoints
from drivers.setpoints.plating_cell import PlatingCellSetpoints
from drivers.setpoints.reflow_oven import ReflowOvenSetpoints
from drivers.setpoints.spin_coater import SpinCoaterSetpoints
from drivers.setpoints.sputter import SputterSetpoints
from drivers.setpoints.stripper import StripperSetpoints

__all__ = [
    "AlignerSetpoints",
    "DeveloperSetpoints",
    "LaminatorSetpoints",
    "PlasmaEtcherSetpoints",
    "PlatingCellSetpoints",
    "ReflowOvenSetpoints",
    "SpinCoaterSetpoints",
    "SputterSetpoints",
    "StripperSetpoints",
]
