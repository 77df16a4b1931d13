"""Set-points of the plasma etcher: the seed by argon, then the barrier by SF6."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.core.tool import Setpoints

SourceW = Annotated[float, Field(ge=50, le=1200)]  # what the generator can give
BiasV = Annotated[float, Field(ge=20, le=600)]
PressureMtorr = Annotated[float, Field(ge=2, le=50)]  # the throttle valve sees up to 100
FlowSccm = Annotated[float, Field(ge=1, le=200)]
OverEtchPct = Annotated[float, Field(ge=0, le=300)]
ExpectedS = Annotated[float, Field(ge=5, le=1200)]


class PlasmaEtcherSetpoints(Setpoints):
    """One pad etch with the bumps as its mask.

    Each film ends at its optical end-point, then the over-etch in % of that time;
    `expected_*_s` is when the end-point should come: 1.5 times as long is a time-out.
    """

    tool: Literal["plasma_etcher"]
    seed_source_w: SourceW
    seed_bias_v: BiasV
    seed_mtorr: PressureMtorr
    seed_argon_sccm: FlowSccm
    seed_over_etch_pct: OverEtchPct
    barrier_source_w: SourceW
    barrier_bias_v: BiasV
    barrier_mtorr: PressureMtorr
    barrier_sf6_sccm: FlowSccm
    barrier_over_etch_pct: OverEtchPct
    helium_torr: Annotated[float, Field(ge=4, le=20)]  # below 4 the solder gets hot
    chuck_c: Annotated[float, Field(ge=5, le=40)]  # what the chiller's water can be
    expected_seed_s: ExpectedS
    expected_barrier_s: ExpectedS
    deadline_min: Annotated[float, Field(ge=1, le=240)]
