"""The chamber of the plasma etcher: its pressure follows from gas, leak, walls and pumping speed.

Chosen here: 1000 L/s at the flange of the turbopump at speed, and a little through a rotor that
stands, with the fore-vacuum behind it; the throttle valve lets through the square of its opening,
and 2 L/s when closed; the pressure settles in 1.5 s or as slowly as the volume is emptied, and
rises no faster than gas flows in.
"""

import math
from enum import Enum, auto
from typing import Final, Protocol

from sim_hardware.core.clock import LineClock
from sim_hardware.core.motion import Ramp
from sim_hardware.physics.sputter import (
    ATMOSPHERE_MBAR,
    CROSSOVER_MBAR,
    GOOD_LEAK_MBAR_L_S,
    Chamber,
    gas_load_mbar_l_s,
    process_mtorr,
    vent_mbar,
)

MBAR_PER_MTORR: Final = 1.333e-3
ATMOSPHERE_MTORR: Final = ATMOSPHERE_MBAR / MBAR_PER_MTORR
VENTED_MTORR: Final = 1000.0 / MBAR_PER_MTORR  # a door opens
CROSSOVER_MTORR: Final = CROSSOVER_MBAR / MBAR_PER_MTORR
BASE_MTORR: Final = 1.0  # pumped down
VACUUM_MTORR: Final = 100.0  # above, no plasma, no clamp and no turbopump
SETTLES_S: Final = 1.5
ROUGH_MTORR: Final = 10.0  # as low as the roughing pump gets
FORE_MTORR, COMPRESSION_DECADES = 40.0, 4.0
STANDING_L_S, CLOSED_L_S = 5.0, 2.0
VENT_SLM: Final = 60.0
FRESH_S: Final = 10.0  # walls give off no more than after this time
ALREADY_PUMPED_S: Final = 3600.0
HORIZON_S: Final = 3600.0
_HALVINGS = 50

# Chosen here: a chamber for one wafer, pumped down in some twenty seconds.
ETCHER: Final = Chamber(
    volume_l=30.0, roughing_l_s=15.0, turbo_l_s=1000.0, area_cm2=6000.0, outgassing_1h=2e-8
)


class Doing(Enum):
    """What is open to the chamber besides gas and leak."""

    NOTHING = auto()
    ROUGHING = auto()
    HIGH_VACUUM = auto()  # the gate to throttle valve and turbopump
    VENTING = auto()


class Throttling(Protocol):
    """The throttle valve, as the chamber sees it."""

    def opening(self) -> float:
        """Where the plate is going, 0 closed to 1 open."""
        ...

    def held_mtorr(self) -> float | None:
        """The pressure that the valve keeps by following the gas; None for a plate in place."""
        ...

    def moving_s(self) -> float:
        """How long the plate still moves."""
        ...


class EtchChamber:
    """Pressures are closed form since the last change; a warm line has it pumped, without gas."""

    def __init__(self, clock: LineClock) -> None:
        self._clock = clock
        self._gas_valves_open = True
        self.doing = Doing.HIGH_VACUUM
        self.leak_mbar_l_s = GOOD_LEAK_MBAR_L_S
        self._inrush = False
        self.throttle: Throttling | None = None
        self._high_since_s: float | None = clock.now_s() - ALREADY_PUMPED_S
        self._speed = Ramp(1.0, 1.0, 1.0, clock.now_s())  # of the turbopump, 1 nominal
        self._sccm = 0.0
        self._opening = 0.0
        self._held_mtorr: float | None = None
        self._since_s, self._tau_s = clock.now_s(), SETTLES_S
        self._from_mtorr = self._goal_mtorr(self._since_s)
        self._away_mtorr = self._rise_mtorr_s = 0.0
        self._retime()

    # --- what is read -----------------------------------------------------------------------------

    def mtorr(self) -> float:
        """Total pressure."""
        self.follow()
        return self._at(self._clock.now_s())

    def mbar(self) -> float:
        """The same in mbar."""
        return self.mtorr() * MBAR_PER_MTORR

    @property
    def gate_open(self) -> bool:
        """Whether the turbopump is open to the chamber."""
        return self.doing is Doing.HIGH_VACUUM

    @property
    def pumping(self) -> bool:
        """Whether a pump works on it."""
        return self.doing in {Doing.ROUGHING, Doing.HIGH_VACUUM}

    def vented(self) -> bool:
        """Whether its door can be opened."""
        return self.mtorr() >= VENTED_MTORR

    def under_vacuum(self) -> bool:
        """Whether a plasma may burn."""
        return self.mtorr() <= VACUUM_MTORR

    def at_base(self) -> bool:
        """Whether the pumps have done their work."""
        return self.gate_open and self.mtorr() <= BASE_MTORR

    @property
    def gas_valves_open(self) -> bool:
        """Whether the controller lets gas in."""
        return self._gas_valves_open

    def takes_gas(self) -> bool:
        """Whether gas comes in through the flow controllers."""
        return self._gas_valves_open and self.under_vacuum()

    def below_in_s(self, mtorr: float) -> float:
        """Seconds until it is below `mtorr`, as things stand; infinite if it will not be."""
        self.follow()
        now_s = self._clock.now_s()
        if self._at(now_s) <= mtorr:
            return 0.0
        if self._at(now_s + HORIZON_S) > mtorr:
            return math.inf
        low_s, high_s = 0.0, HORIZON_S
        for _ in range(_HALVINGS):
            middle_s = (low_s + high_s) / 2.0
            above = self._at(now_s + middle_s) > mtorr
            low_s, high_s = (middle_s, high_s) if above else (low_s, middle_s)
        return high_s

    def vented_in_s(self) -> float:
        """Seconds until it is at atmosphere while it is vented."""
        missing_mtorr = max(ATMOSPHERE_MTORR - self.mtorr(), 0.0)
        per_s = vent_mbar(ETCHER, 0.0, VENT_SLM, 1.0) / MBAR_PER_MTORR
        return missing_mtorr / per_s

    def opening_for(self, mtorr: float) -> float:
        """Opening of the throttle valve at which this pressure settles."""
        self.follow()
        now_s = self._clock.now_s()
        above_mtorr = mtorr - self._behind_mtorr(now_s)
        if above_mtorr <= 0.0 or not self.gate_open:
            return 1.0
        return round(math.sqrt(self._load(now_s) / above_mtorr / self._pump_l_s(now_s)), 3)

    # --- what changes -----------------------------------------------------------------------------

    def rough(self) -> None:
        """Pump with the roughing pump from now on."""
        self._begin(Doing.ROUGHING)

    def open_gate(self) -> None:
        """Pump with the turbopump from now on."""
        if self._high_since_s is None:
            self._high_since_s = self._clock.now_s()
        self._begin(Doing.HIGH_VACUUM)

    def close(self) -> None:
        """Leave it alone."""
        self._begin(Doing.NOTHING)

    def vent(self) -> None:
        """Let nitrogen, or air, in."""
        self._high_since_s = None
        self._begin(Doing.VENTING)

    def open_gas_valves(self, *, opened: bool) -> None:
        """Open or close the valves behind the flow controllers."""
        self._rebase()
        self._gas_valves_open = opened
        self._retime()

    def admit(self, sccm: float) -> None:
        """So much gas flows in from now on."""
        self._rebase()
        self._sccm = sccm
        self._retime()

    def inrush(self, *, there: bool) -> None:
        """Air rushes in through something that is broken, whatever the pumps do, or no more."""
        self._rebase()
        self._inrush = there
        self._retime()

    def spring_leak(self, mbar_l_s: float) -> None:
        """Leak that much from now on."""
        self._rebase()
        self.leak_mbar_l_s = mbar_l_s
        self._retime()

    def turbo_ramps(self, speed: Ramp) -> None:
        """The turbopump now changes its speed, 1 being nominal."""
        self._rebase()
        self._speed = speed
        self._retime()

    def follow(self) -> None:
        """Look at the throttle valve again."""
        valve = self.throttle
        if valve is None:
            return
        if (valve.opening(), valve.held_mtorr()) != (self._opening, self._held_mtorr):
            self._from_mtorr, self._since_s = self._at(self._clock.now_s()), self._clock.now_s()
            self._opening, self._held_mtorr = valve.opening(), valve.held_mtorr()
            self._retime()

    # --- physics ----------------------------------------------------------------------------------

    def _begin(self, doing: Doing) -> None:
        self._rebase()
        self.doing = doing
        self._retime()

    def _rebase(self) -> None:
        self._from_mtorr, self._since_s = self.mtorr(), self._clock.now_s()

    def _retime(self) -> None:
        """How fast the new state of things is approached."""
        goal_mtorr, load = self._goal_mtorr(self._since_s), self._load(self._since_s)
        self._away_mtorr = self._from_mtorr - goal_mtorr
        self._rise_mtorr_s = load / ETCHER.volume_l
        falls = goal_mtorr < self._from_mtorr
        if self.gate_open and self._held_mtorr is not None and falls:
            self._tau_s = SETTLES_S  # the plate closes only after the gas has gone
            return
        above_mtorr = max(goal_mtorr - self._behind_mtorr(self._since_s), 1e-6)
        moving_s = 0.0 if self.throttle is None else self.throttle.moving_s()
        slowest_s = SETTLES_S if self.gate_open else 0.0
        emptied_s = ETCHER.volume_l * above_mtorr / max(load, 1e-9)
        self._tau_s = max(emptied_s, slowest_s, moving_s / 3.0)

    def _at(self, when_s: float) -> float:
        passed_s = when_s - self._since_s
        if self.doing is Doing.VENTING or self._inrush:
            start_mbar = self._from_mtorr * MBAR_PER_MTORR
            return vent_mbar(ETCHER, start_mbar, VENT_SLM, passed_s) / MBAR_PER_MTORR
        risen = self._from_mtorr + self._rise_mtorr_s * passed_s
        if self.doing is Doing.NOTHING:
            return min(risen, ATMOSPHERE_MTORR)
        left_mtorr = self._away_mtorr * math.exp(-passed_s / self._tau_s)
        settling = self._goal_mtorr(when_s) + left_mtorr
        return min(settling, risen, ATMOSPHERE_MTORR)

    def _goal_mtorr(self, when_s: float) -> float:
        """Where the pressure would settle with everything as it is then."""
        if not self.gate_open:
            return self._behind_mtorr(when_s) + self._load(when_s) / ETCHER.roughing_l_s
        if self._held_mtorr is None:
            return self._through_mtorr(when_s, self._opening)
        lowest = self._through_mtorr(when_s, 1.0)
        return min(max(self._held_mtorr, lowest), self._through_mtorr(when_s, 0.0))

    def _through_mtorr(self, when_s: float, opening: float) -> float:
        l_s = max(self._pump_l_s(when_s) * opening**2, CLOSED_L_S)
        return self._behind_mtorr(when_s) + self._load(when_s) / l_s

    def _behind_mtorr(self, when_s: float) -> float:
        """What the pump does not get below."""
        if not self.gate_open:
            return ROUGH_MTORR
        return FORE_MTORR * math.pow(10.0, -COMPRESSION_DECADES * self._speed.at(when_s))

    def _pump_l_s(self, when_s: float) -> float:
        return STANDING_L_S + ETCHER.turbo_l_s * self._speed.at(when_s)

    def _load(self, when_s: float) -> float:
        """What flows in, in mTorr L/s."""
        walls = 0.0
        if self._high_since_s is not None:
            walls = gas_load_mbar_l_s(ETCHER, max(when_s - self._high_since_s, FRESH_S))
        gas = process_mtorr(self._sccm, 1.0, base_mbar=0.0) if self._gas_valves_open else 0.0
        return gas + (walls + self.leak_mbar_l_s) / MBAR_PER_MTORR
