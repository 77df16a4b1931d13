"""What a plating cell works out from numbers alone: charge carried, and how long to wait."""

import math
from dataclasses import dataclass, replace
from typing import Final, Self

FAR_S: Final = 60.0  # with more than this to go, a look every two seconds is enough
FAR_POLL_S: Final = 2.0
POLL_S: Final = 1.0
LAST_WAIT_S: Final = 2.0  # from here on the rest is waited for without another look


@dataclass(frozen=True, slots=True)
class ChargeIntegrator:
    """Charge from samples of current, by trapezoids; each `add` makes a new one."""

    charge_c: float = 0.0
    last_at_s: float = math.nan
    last_a: float = math.nan

    def add(self, at_s: float, amps: float) -> Self:
        """Take one sample; raise ValueError for one that is no number or older than the last."""
        if not (math.isfinite(at_s) and math.isfinite(amps)) or at_s < self.last_at_s:
            raise ValueError(f"{amps!r} A at {at_s!r} s cannot follow {self.last_at_s!r} s")
        if math.isnan(self.last_at_s):
            return replace(self, last_at_s=at_s, last_a=amps)
        gained_c = (self.last_a + amps) / 2 * (at_s - self.last_at_s)
        return replace(self, charge_c=self.charge_c + gained_c, last_at_s=at_s, last_a=amps)


def wait_s(left_c: float, amps: float) -> float:
    """How long to wait with `left_c` to go: exactly that near the end, otherwise one poll."""
    left_s = left_c / amps
    if left_s <= LAST_WAIT_S:
        return max(left_s, 0.0)
    return FAR_POLL_S if left_s > FAR_S else min(POLL_S, left_s - LAST_WAIT_S / 2)


def is_last(left_c: float, amps: float) -> bool:
    """Whether the wait that follows ends the dose."""
    return left_c / amps <= LAST_WAIT_S


def agree(counted_c: float, integrated_c: float, *, within: float, floor_c: float) -> bool:
    """Whether two counts of one charge are the same, within a part of it or `floor_c`."""
    return abs(counted_c - integrated_c) <= max(within * abs(integrated_c), floor_c)
