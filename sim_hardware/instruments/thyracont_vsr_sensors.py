"""The Pirani and the piezo sensor of a Thyracont VSR gauge, and how one value is made of both.

Chosen here, not stated by the source: the Pirani reads up to the end of the gauge's range and the
piezo down to 0.1 mbar; between two sensors the value moves with the logarithm of the pressure.
"""

import math
import re
from typing import Final, Protocol

LOW_MBAR, HIGH_MBAR, PIEZO_LOW_MBAR = 1e-4, 1200.0, 0.1
UNDER, OVER = "UR", "OR"
FIXED_TRANSITIONS: Final = {"0": (1.0, 1.0), "1": (5.0, 15.0)}  # direct, continuous
LARGEST_CORRECTION: Final = 2.0
HIGHEST_FOR_ZERO_MBAR: Final = 100.0
NUMBER: Final = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"


class GaugePlace(Protocol):
    """The place where the gauge sits."""

    def mbar(self) -> float:
        """Pressure there, whatever the gas."""
        ...

    def pirani_mbar(self) -> float:
        """Pressure of nitrogen that would conduct as much heat."""
        ...


class OutOfRange(Exception):
    """A value that cannot be taken."""


class VsrSensors:
    """Readings in mbar, with the corrections that were made."""

    def __init__(self, place: GaugePlace) -> None:
        self._place = place
        self.gas_factor = 1.0
        self.transition = "1"
        self._gain, self._offset_mbar = 1.0, 0.0

    def pirani_mbar(self) -> float:
        """What the Pirani says."""
        return self._place.pirani_mbar() * self.gas_factor

    def piezo_mbar(self) -> float:
        """What the piezo says."""
        return self._place.mbar() * self._gain + self._offset_mbar

    def mbar(self) -> float:
        """Pirani below the transition, piezo above it, a blend between."""
        low_mbar, high_mbar = edges(self.transition)
        piezo_mbar = max(self.piezo_mbar(), 1e-12)
        share = min(1.0, max(0.0, _log_share(piezo_mbar, low_mbar, high_mbar)))
        return self.pirani_mbar() * (1.0 - share) + piezo_mbar * share

    def adjust_high(self, mbar: float) -> None:
        """Make the piezo read this; OutOfRange when it is far from it."""
        true_mbar = self._place.mbar()
        gain = (mbar - self._offset_mbar) / true_mbar if true_mbar > 0.0 else math.inf
        if not 1.0 / LARGEST_CORRECTION <= gain <= LARGEST_CORRECTION:
            raise OutOfRange
        self._gain = gain

    def adjust_low(self, mbar: float) -> None:
        """Shift the piezo so that it reads this; OutOfRange in bad vacuum."""
        if self._place.mbar() > HIGHEST_FOR_ZERO_MBAR or not 0.0 <= mbar <= HIGHEST_FOR_ZERO_MBAR:
            raise OutOfRange
        self._offset_mbar = mbar - self._place.mbar() * self._gain


def edges(transition: str) -> tuple[float, float]:
    """Where the Pirani's part ends and the piezo's begins; ValueError for nonsense."""
    if transition in FIXED_TRANSITIONS:
        return FIXED_TRANSITIONS[transition]
    if match := re.fullmatch(f"D({NUMBER})", transition):
        low_mbar = high_mbar = float(match[1])
    elif match := re.fullmatch(f"F({NUMBER})T({NUMBER})", transition):
        low_mbar, high_mbar = float(match[1]), float(match[2])
    else:
        raise ValueError(transition)
    if not PIEZO_LOW_MBAR <= low_mbar <= high_mbar <= HIGH_MBAR:
        raise OutOfRange
    return low_mbar, high_mbar


def printed(mbar: float, low_mbar: float = LOW_MBAR) -> str:
    """A value as it is sent: 9.734e2, or that it is out of range."""
    if mbar < low_mbar:
        return UNDER
    if mbar > HIGH_MBAR:
        return OVER
    mantissa, exponent = f"{mbar:.3e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _log_share(mbar: float, low_mbar: float, high_mbar: float) -> float:
    if low_mbar == high_mbar:
        return float(mbar > low_mbar)
    return math.log(mbar / low_mbar) / math.log(high_mbar / low_mbar)
