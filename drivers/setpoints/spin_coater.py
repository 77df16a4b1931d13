"""Set-points of the spin coater: dispense, spin, edge bead, rest, degas, soft bake."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints


class SpinCoaterSetpoints(Setpoints):
    """One coat of liquid resist; the rest and the degas let it into the recess."""

    tool: Literal["spin_coater"]
    resist: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    resist_tone: Literal["positive", "negative"]
    resist_g_ml: Annotated[float, Field(ge=0.7, le=2)]  # resist is dispensed by its mass
    dispense_ml: Annotated[float, Field(ge=0.5, le=20)]
    dispense_s: Annotated[float, Field(ge=1, le=120)]
    spin_rpm: Annotated[float, Field(ge=100, le=6000)]
    spin_s: Annotated[float, Field(ge=1, le=300)]
    accel_rpm_s: Annotated[float, Field(ge=50, le=5000)]
    edge_bead_s: Annotated[float, Field(ge=0, le=120)]
    rest_s: Annotated[float, Field(ge=0, le=600)]
    degas_kpa: Annotated[float, Field(ge=0.5, le=101.3)]
    degas_s: Annotated[float, Field(ge=0, le=120)]
    bake_c: Annotated[float, Field(ge=40, le=135)]  # the plate's independent cut-out is at 140
    bake_s: Annotated[float, Field(ge=10, le=1800)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]
