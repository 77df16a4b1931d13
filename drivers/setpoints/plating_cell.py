"""Set-points of a plating cell: one metal plated into the openings, ended by its charge."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from drivers.core.tool import Setpoints

DensityADm2 = Annotated[float, Field(ge=0.1, le=20)]
PULSE_FIELDS: Final = ("current", "reverse_density_a_dm2", "forward_ms", "reverse_ms")
PulseMs = Annotated[float, Field(ge=0.5, le=10_000)]  # what the rectifier's list can hold


class PlatingCellSetpoints(Setpoints):
    """One electroplated layer. The charge ends it; the current follows from the open area.

    With `current = "pulse_reverse"` the current density is that of the forward pulses, and the
    three reverse values say what flows back between them; the charge is what remains of both.
    """

    tool: Literal["plating_cell"]
    bath: Literal["cu", "ni", "snag"]
    bath_c: Annotated[float, Field(ge=15, le=60)]
    current: Literal["direct", "pulse_reverse"] = "direct"
    current_density_a_dm2: DensityADm2
    reverse_density_a_dm2: DensityADm2 | None = None
    forward_ms: PulseMs | None = None
    reverse_ms: PulseMs | None = None
    open_area_dm2: Annotated[float, Field(ge=0.01, le=4)]
    charge_c: Annotated[float, Field(ge=1, le=50_000)]
    volts_limit: Annotated[float, Field(ge=0.5, le=8)]  # what the smallest rectifier can give
    flow_lpm: Annotated[float, Field(ge=10, le=25)]  # 20 to 50 Hz of the circulation pump
    prewet_s: Annotated[float, Field(ge=0, le=300)]
    rinse_s: Annotated[float, Field(ge=1, le=600)]
    deadline_min: Annotated[float, Field(ge=1, le=240)]

    @model_validator(mode="after")
    def _pulses_are_whole(self) -> Self:
        pulses = (self.reverse_density_a_dm2, self.forward_ms, self.reverse_ms)
        if self.current == "direct":
            if any(value is not None for value in pulses):
                raise ValueError("reverse pulses need current = 'pulse_reverse'")
        elif any(value is None for value in pulses):
            raise ValueError("pulse_reverse needs reverse_density_a_dm2, forward_ms and reverse_ms")
        elif not self.mean_amps > 0:
            raise ValueError("the reverse pulses take away all that the forward ones plate")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_asked(
        self, handler: SerializerFunctionWrapHandler
    ) -> dict[str, object]:
        # A recipe of direct current is written, and hashed, as before pulses were known.
        written: dict[str, object] = handler(self)
        if self.current == "direct":
            for name in PULSE_FIELDS:
                del written[name]
        return written

    @property
    def amps(self) -> float:
        """The forward current: the asked density on the declared open area."""
        return self.current_density_a_dm2 * self.open_area_dm2

    @property
    def reverse_amps(self) -> float:
        """The current of the reverse pulses, without its sign; 0 for direct current."""
        return (self.reverse_density_a_dm2 or 0.0) * self.open_area_dm2

    @property
    def mean_amps(self) -> float:
        """The steady current that would plate as much."""
        forward_ms, reverse_ms = self.forward_ms or 1.0, self.reverse_ms or 0.0
        charge = self.amps * forward_ms - self.reverse_amps * reverse_ms
        return charge / (forward_ms + reverse_ms)
