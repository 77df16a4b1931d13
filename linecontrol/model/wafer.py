"""A wafer: whose it is, where it sat, and the id that every record carries."""

import re
from typing import Annotated, Final

from pydantic import Field

from linecontrol.model.frozen import Frozen

LOT_PATTERN: Final = r"^[A-Z][A-Z0-9]{0,9}$"
WAFER_PATTERN: Final = r"^[A-Z][A-Z0-9]{0,9}-[0-9]{2}$"
SLOTS: Final = 25

LotId = Annotated[str, Field(pattern=LOT_PATTERN)]
WaferId = Annotated[str, Field(pattern=WAFER_PATTERN)]
SlotNumber = Annotated[int, Field(ge=1, le=SLOTS)]


class Wafer(Frozen):
    """One wafer of one lot. The id is `LOT-SLOT`, short enough for a tool's controller."""

    id: WaferId
    lot: LotId
    slot: SlotNumber


def wafer_of(lot: str, slot: int) -> Wafer:
    """The wafer of `lot` in `slot`; raises pydantic's ValidationError for an impossible one."""
    return Wafer(id=f"{lot}-{slot:02d}", lot=lot, slot=slot)


def lot_of(wafer: str) -> str:
    """The lot that a wafer id names; raises ValueError if it is no wafer id."""
    if re.fullmatch(WAFER_PATTERN, wafer) is None:
        raise ValueError(f"{wafer!r} is not a wafer id such as L0001-07")
    return wafer.rpartition("-")[0]
