"""Set-points of the aligner: one exposure, through a reticle or flooding the whole wafer."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints

NO_RETICLE = "none"


class AlignerSetpoints(Setpoints):
    """One exposure. The dose ends it.

    `reticle` is "none" for a flood exposure, otherwise a name that ends in the number of the
    reticle's place in the library, such as `bumps_200um_r1`.
    """

    tool: Literal["aligner"]
    reticle: Annotated[str, Field(pattern=r"^(none|[a-z][a-z0-9_]{0,39}_r[1-9][0-9]{0,2})$")]
    dose_mj_cm2: Annotated[float, Field(ge=10, le=5000)]
    wavelength_nm: Annotated[float, Field(ge=350, le=450)]
    lamp_w: Annotated[float, Field(ge=500, le=1000)]  # the lamp's rating
    lamp_limit_h: Annotated[float, Field(ge=1, le=1500)]  # then it gives 60 % of a new one
    gap_um: Annotated[float, Field(ge=0, le=500)]
    overlay_limit_um: Annotated[float, Field(ge=0.1, le=5)]  # a residual above 5 um is an alarm
    deadline_min: Annotated[float, Field(ge=1, le=240)]

    @property
    def is_flood(self) -> bool:
        """Whether light falls on the whole wafer."""
        return self.reticle == NO_RETICLE

    @property
    def reticle_number(self) -> int:
        """The number that the tool's controller knows the reticle by; 0 for none."""
        return 0 if self.is_flood else int(self.reticle.rpartition("_r")[2])
