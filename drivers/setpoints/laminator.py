"""Set-points of the laminator: one dry film attached to one wafer by hot rolls."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints


class LaminatorSetpoints(Setpoints):
    """One dry film. `film_um` is the film as supplied; the rolls squeeze it a little thinner."""

    tool: Literal["laminator"]
    film_material: Literal["negative_dry_film", "negative_dry_film_opaque"]
    resist_tone: Literal["negative", "positive"]
    film_um: Annotated[float, Field(ge=20, le=200)]
    roll_c: Annotated[float, Field(ge=80, le=130)]  # the thermostat of the rolls trips at 130
    nip_bar: Annotated[float, Field(ge=0.5, le=6)]
    belt_m_min: Annotated[float, Field(ge=0.1, le=4)]
    vacuum_kpa: Annotated[float, Field(ge=0.5, le=101.3)]
    preheat_c: Annotated[float, Field(ge=20, le=80)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]
