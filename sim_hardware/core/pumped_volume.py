"""A chamber or lock that is pumped, vented or left alone; its pressure is closed form in time."""

import math
from enum import Enum, auto

from sim_hardware.core.clock import LineClock
from sim_hardware.physics.sputter import (
    ATMOSPHERE_MBAR,
    GOOD_LEAK_MBAR_L_S,
    Chamber,
    pump_down_mbar,
    vent_mbar,
)

VENTED_MBAR = 1000.0  # a door opens
LONGEST_PUMPING_S = 1e6
_HALVINGS = 60


class _Doing(Enum):
    NOTHING = auto()
    PUMPING = auto()
    VENTING = auto()


class PumpedVolume:
    """One pumped volume; `slm` of nitrogen flow into it while it is vented."""

    def __init__(self, clock: LineClock, chamber: Chamber, slm: float = 60.0) -> None:
        self._clock, self._chamber, self._slm = clock, chamber, slm
        self.leak_mbar_l_s = GOOD_LEAK_MBAR_L_S
        self._doing, self._since_s, self._from_mbar = _Doing.NOTHING, 0.0, ATMOSPHERE_MBAR

    @property
    def pumping(self) -> bool:
        """Whether the pumps work on it."""
        return self._doing is _Doing.PUMPING

    @property
    def vented(self) -> bool:
        """Whether its door can be opened."""
        return self.mbar() >= VENTED_MBAR

    def mbar(self) -> float:
        """Pressure now."""
        return self._mbar_after(self._clock.now_s() - self._since_s)

    def pump(self, already_s: float = 0.0) -> None:
        """Pump from now on, or as if that had begun at atmosphere `already_s` ago."""
        if not self.pumping:
            start_mbar = ATMOSPHERE_MBAR if already_s else self.mbar()
            self._begin(_Doing.PUMPING, start_mbar, already_s)

    def vent(self) -> None:
        """Let nitrogen in from now on."""
        if self._doing is not _Doing.VENTING:
            self._begin(_Doing.VENTING, self.mbar())

    def spring_leak(self, mbar_l_s: float) -> None:
        """Leak that much from now on."""
        self.leak_mbar_l_s = mbar_l_s

    def below_in_s(self, mbar: float) -> float:
        """Seconds until pumping brings it below `mbar`; infinite if it never does."""
        elapsed_s = self._clock.now_s() - self._since_s
        if self._mbar_after(elapsed_s) <= mbar:
            return 0.0
        if not self.pumping or self._mbar_after(LONGEST_PUMPING_S) > mbar:
            return math.inf
        low_s, high_s = elapsed_s, LONGEST_PUMPING_S
        for _ in range(_HALVINGS):
            middle_s = (low_s + high_s) / 2
            low_s, high_s = (
                (middle_s, high_s) if self._mbar_after(middle_s) > mbar else (low_s, middle_s)
            )
        return high_s - elapsed_s

    def vented_in_s(self) -> float:
        """Seconds until it is at atmosphere; infinite when it is not being vented."""
        if self.mbar() >= ATMOSPHERE_MBAR:
            return 0.0
        if self._doing is not _Doing.VENTING:
            return math.inf
        per_s = vent_mbar(self._chamber, 0.0, self._slm, 1.0)
        return (ATMOSPHERE_MBAR - self.mbar()) / per_s

    def _begin(self, doing: _Doing, from_mbar: float, already_s: float = 0.0) -> None:
        self._doing, self._from_mbar = doing, from_mbar
        self._since_s = self._clock.now_s() - already_s

    def _mbar_after(self, seconds: float) -> float:
        match self._doing:
            case _Doing.PUMPING:
                return pump_down_mbar(self._chamber, seconds, self.leak_mbar_l_s, self._from_mbar)
            case _Doing.VENTING:
                return vent_mbar(self._chamber, self._from_mbar, self._slm, seconds)
            case _Doing.NOTHING:
                return self._from_mbar
