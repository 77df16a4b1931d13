"""Lock, chamber and argon of the sputter tool, and where the wafer is between them."""

from enum import StrEnum, auto

from sim_hardware.core.approach import Approach
from sim_hardware.core.clock import LineClock
from sim_hardware.core.pumped_volume import PumpedVolume
from sim_hardware.physics.sputter import CHAMBER, LOCK

MBAR_PER_MTORR = 1.333e-3
LOCK_BASE_MBAR = 5e-5
PLASMA_MAX_MTORR = 50.0
TRANSFER_S = 20.0
ARGON_TAU_S = 1.5
ALREADY_PUMPED_S = 3100.0  # a warm line: the chamber is near 3e-7 mbar


class Place(StrEnum):
    """Where a wafer would be."""

    LOCK = auto()
    ON_THE_WAY = auto()
    CHAMBER = auto()


class SputterVacuum:
    """Two pumped volumes and a carrier between them; the lock begins open to the room."""

    def __init__(self, clock: LineClock) -> None:
        self.lock = PumpedVolume(clock, LOCK)
        self.chamber = PumpedVolume(clock, CHAMBER)
        self.chamber.pump(already_s=ALREADY_PUMPED_S)
        self.argon_mtorr = Approach(clock, 0.0, ARGON_TAU_S)
        self.place = Place.LOCK

    def chamber_mbar(self) -> float:
        """Total pressure in the chamber."""
        return self.chamber.mbar() + self.argon_mtorr.value() * MBAR_PER_MTORR

    def too_high_for_plasma(self) -> bool:
        """Whether a discharge would turn into an arc."""
        return self.chamber_mbar() > PLASMA_MAX_MTORR * MBAR_PER_MTORR

    def lock_at_base(self) -> bool:
        """Whether the lock may be opened to the chamber."""
        return self.lock.mbar() <= LOCK_BASE_MBAR * 1.0001
