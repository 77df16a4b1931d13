"""A lot: wafers that travel together along one flow."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from linecontrol.model.frozen import Frozen, Reference
from linecontrol.model.wafer import SLOTS, LotId, Wafer, wafer_of


class Lot(Frozen):
    """What was decided when the lot began: it never changes afterwards."""

    id: LotId
    flow: Reference
    flow_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    line: str
    simulated: bool
    wafers: Annotated[Sequence[Wafer], Field(min_length=1, max_length=SLOTS), AfterValidator(tuple)]

    @model_validator(mode="after")
    def _wafers_are_its_own(self) -> Self:
        if any(wafer.lot != self.id for wafer in self.wafers):
            raise ValueError(f"a wafer of another lot in lot {self.id}")
        if len({wafer.slot for wafer in self.wafers}) != len(self.wafers):
            raise ValueError(f"two wafers of lot {self.id} in one slot")
        return self


def lot_id(number: int) -> str:
    """The id of the line's `number`-th lot, e.g. `L0001`."""
    return f"L{number:04d}"


def wafers_of(lot: str, count: int) -> tuple[Wafer, ...]:
    """The first `count` wafers of `lot`, from slot 1."""
    return tuple(wafer_of(lot, slot) for slot in range(1, count + 1))
