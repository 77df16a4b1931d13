"""Set-points of a plating cell: one metal plated into the openings, ended by its charge."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints


class PlatingCellSetpoints(Setpoints):
    """One electroplated layer. The charge ends it; the current follows from the open area."""

    tool: Literal["plating_cell"]
    bath: Literal["cu", "ni", "snag"]
    bath_c: Annotated[float, Field(ge=15, le=60)]
    current_density_a_dm2: Annotated[float, Field(ge=0.1, le=20)]
    open_area_dm2: Annotated[float, Field(ge=0.01, le=4)]
    charge_c: Annotated[float, Field(ge=1, le=50_000)]
    volts_limit: Annotated[float, Field(ge=0.5, le=8)]  # what the smallest rectifier can give
    flow_lpm: Annotated[float, Field(ge=5, le=40)]
    prewet_s: Annotated[float, Field(ge=0, le=300)]
    rinse_s: Annotated[float, Field(ge=1, le=600)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]

    @property
    def amps(self) -> float:
        """The current that gives the asked density on the declared open area."""
        return self.current_density_a_dm2 * self.open_area_dm2
