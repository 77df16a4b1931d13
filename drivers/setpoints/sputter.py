"""Set-points of the sputter: argon pre-clean, barrier layer, seed layer, in one vacuum."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints

PowerW = Annotated[float, Field(ge=100, le=10_000)]  # ten supplies of 1 kW share one target
PressureMtorr = Annotated[float, Field(ge=1, le=30)]  # above 50 the controller's alarm 17


class SputterSetpoints(Setpoints):
    """One under-bump metallurgy; each layer ends when the crystal monitor says its thickness."""

    tool: Literal["sputter"]
    base_mbar: Annotated[float, Field(ge=1e-8, le=1e-5)]  # no argon is let in above it
    preclean_w: Annotated[float, Field(ge=50, le=1000)]
    preclean_s: Annotated[float, Field(ge=0, le=600)]
    preclean_mtorr: PressureMtorr
    barrier_metal: Literal["tiw", "ti"]
    barrier_w: PowerW
    barrier_mtorr: PressureMtorr
    barrier_nm: Annotated[float, Field(ge=20, le=1000)]
    seed_metal: Literal["cu"]
    seed_w: PowerW
    seed_mtorr: PressureMtorr
    seed_nm: Annotated[float, Field(ge=20, le=2000)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]
