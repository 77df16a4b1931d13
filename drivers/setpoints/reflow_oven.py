"""Set-points of the reflow oven: eight zones, a belt and a reducing atmosphere."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from drivers.core.tool import Setpoints

ZoneC = Annotated[float, Field(ge=20, le=290)]  # a zone above 300 is an alarm


class ReflowOvenSetpoints(Setpoints):
    """One passage through the oven. `zones_c` runs from the entrance; cooling is not set."""

    tool: Literal["reflow_oven"]
    zones_c: Annotated[Sequence[ZoneC], Field(min_length=8, max_length=8), AfterValidator(tuple)]
    belt_m_min: Annotated[float, Field(ge=0.2, le=2)]
    formic_pct: Annotated[float, Field(ge=0, le=4.5)]
    nitrogen_lpm: Annotated[float, Field(ge=50, le=600)]
    oxygen_limit_ppm: Annotated[float, Field(ge=5, le=100)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]
