"""Set-points of the stripper: two solvent tanks, rinse and dry of one basket."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints


class StripperSetpoints(Setpoints):
    """One strip of every resist on the wafers of a basket."""

    tool: Literal["stripper"]
    tank_c: Annotated[float, Field(ge=20, le=78)]  # the tank's flash alarm is at 80
    strip_s: Annotated[float, Field(ge=1, le=7200)]
    second_s: Annotated[float, Field(ge=1, le=3600)]
    rinse_s: Annotated[float, Field(ge=1, le=3600)]
    dry_s: Annotated[float, Field(ge=1, le=3600)]
    agitation_pct: Annotated[float, Field(ge=0, le=100)]
    spray_bar: Annotated[float, Field(ge=0.5, le=3)]  # solvent through the nozzles of both tanks
    dry_nitrogen_lpm: Annotated[float, Field(ge=5, le=50)]  # standard litres through the dryer
    deadline_min: Annotated[float, Field(ge=1, le=240)]
