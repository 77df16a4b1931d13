"""Set-points of the developer: one spray or puddle development with rinse and dry."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints


class DeveloperSetpoints(Setpoints):
    """One development. `spray_bar` 0 is a puddle."""

    tool: Literal["developer"]
    chemistry: Literal["na2co3", "tmah"]
    bath_c: Annotated[float, Field(ge=15, le=45)]
    concentration_wt_pct: Annotated[float, Field(ge=0.1, le=5)]
    spray_bar: Annotated[float, Field(ge=0, le=4)]
    develop_s: Annotated[float, Field(ge=1, le=1200)]
    rinse_s: Annotated[float, Field(ge=1, le=600)]
    dry_s: Annotated[float, Field(ge=1, le=600)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]
