"""The drive of a HiPace turbopump behind a TC 110: speed, errors and the vent valve."""

import asyncio
from collections.abc import Mapping
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.turbo_rotor import TurboRotor, TurboSurroundings

HIGHEST_A, RUNNING_A = 4.5, 0.6
SUPPLY_V: Final = 24.0
LOWEST_V: Final = 20.0
ATTAINED: Final = 0.02  # of what is asked for
ELECTRONICS_WARN_C, ELECTRONICS_STOP_C = 60.0, 70.0
PUMP_WARN_C, PUMP_STOP_C = 65.0, 75.0
RUN_UP, HOT_ELECTRONICS, HOT_PUMP, LOW_VOLTAGE = 6, 118, 119, 7
NO_VENT, DIRECT_VENT = 1, 2
HISTORY: Final = 10


class HiPaceDrive:
    """It runs while station and motor are on; `values` are the settings by parameter number."""

    def __init__(
        self,
        clock: LineClock,
        surroundings: TurboSurroundings,
        values: Mapping[int, float],
        *,
        nominal_hz: float,
        up_hz_s: float,
        down_hz_s: float,
    ) -> None:
        self._clock, self._around, self._values = clock, surroundings, values
        self.nominal_hz = nominal_hz
        self.rotor = TurboRotor(
            clock, surroundings, self.look, up_hz_s=up_hz_s, down_hz_s=down_hz_s
        )
        self.supply_v, self.error, self.wanted_hz = SUPPLY_V, 0, 0.0
        self.history: list[str] = []
        self._on, self._ran_s, self._since_s = False, 0.0, clock.now_s()
        self._station_off: tuple[float, float] | None = None  # when, and at which speed
        self._run_up: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look at settings, load and temperatures again."""
        if self._around.converter_c() > ELECTRONICS_STOP_C:
            self.trip(HOT_ELECTRONICS)
        if self._pump_c() > PUMP_STOP_C:
            self.trip(HOT_PUMP)
        self._switch(on=bool(self._values[10] and self._values[23] and not self.error))
        self.wanted_hz = self._asked_hz() if self._on else 0.0
        self.rotor.aim(self.wanted_hz, self._switch_point_hz)
        self._watch_run_up()

    def station_switched(self, *, on: bool) -> None:
        """The pumping station: on acknowledges an error, off begins to vent."""
        if on:
            self.error, self._station_off = 0, None
        elif self._station_off is None:
            self._station_off = self._clock.now_s(), self.rotor.hz()

    def acknowledge(self) -> None:
        """Forget an error; what still has a cause comes back at once."""
        self.error = 0
        self.look()

    def trip(self, number: int) -> None:
        """An error: noted in the history, and the pump stops."""
        if self.error:
            return
        self.error = number
        self.history.insert(0, f"Err{number:03d}")
        del self.history[HISTORY:]
        self._switch(on=False)
        self.wanted_hz = 0.0
        self.rotor.aim(0.0)

    def mains_failed(self) -> None:
        """The error is gone, and what was on comes on again."""
        self.error = 0
        self._switch(on=False)
        self.look()

    def switch_point_attained(self) -> bool:
        """Whether the speed is above 701 percent of nominal."""
        return self.rotor.hz() >= self._switch_point_hz

    def set_speed_attained(self) -> bool:
        """Whether the speed is what is asked for."""
        return self._on and abs(self.rotor.hz() - self.wanted_hz) <= ATTAINED * self.wanted_hz

    def electronics_hot(self) -> bool:
        """Whether the electronics are too warm."""
        return self._around.converter_c() > ELECTRONICS_WARN_C

    def pump_hot(self) -> bool:
        """Whether motor or bearing are too warm."""
        return self._pump_c() > PUMP_WARN_C

    def message(self) -> str:
        """The error, or else the most urgent warning, or zeros."""
        if self.error:
            return f"Err{self.error:03d}"
        for number, holds in (
            (LOW_VOLTAGE, self.supply_v < LOWEST_V),
            (HOT_ELECTRONICS, self.electronics_hot()),
            (HOT_PUMP, self.pump_hot()),
        ):
            if holds:
                return f"Wrn{number:03d}"
        return "000000"

    def hours(self) -> float:
        """Whole hours of operation."""
        running_s = self._clock.now_s() - self._since_s if self._on else 0.0
        return float(int((self._ran_s + running_s) / 3600.0))

    def amps(self) -> float:
        """Current from the supply."""
        if not self._on:
            return 0.0
        return HIGHEST_A if self.rotor.slope() > 0.0 else RUNNING_A

    def watts(self) -> float:
        """Power from the supply."""
        return self.amps() * self.supply_v

    def vent_open(self) -> bool:
        """Whether the vent valve is open: enabled, station off, and slow enough or direct."""
        mode = self._values[30]
        if self._station_off is None or not self._values[12] or mode == NO_VENT:
            return False
        open_s, off_hz = self._station_off
        if mode != DIRECT_VENT:
            vent_hz = self.nominal_hz * self._values[720] / 100.0
            open_s += max(0.0, off_hz - vent_hz) / self.rotor.down_hz_s
        return open_s <= self._clock.now_s() < open_s + self._values[721]

    @property
    def _switch_point_hz(self) -> float:
        return self.nominal_hz * self._values[701] / 100.0

    def _pump_c(self) -> float:
        return max(self._around.motor_c(), self._around.bearing_c())

    def _asked_hz(self) -> float:
        if self._values[2]:
            return self.nominal_hz * self._values[717] / 100.0
        if self._values[26]:
            return self.nominal_hz * self._values[707] / 100.0
        return self.nominal_hz

    def _switch(self, *, on: bool) -> None:
        now_s = self._clock.now_s()
        if self._on and not on:
            self._ran_s += now_s - self._since_s
        elif on and not self._on:
            self._since_s = now_s
        self._on = on

    def _watch_run_up(self) -> None:
        """Below the switch point the time of 700 runs, if 004 wants it."""
        attains = self.switch_point_attained() or self._switch_point_hz > self.wanted_hz
        watching = self._on and bool(self._values[4]) and not attains
        if watching and self._run_up is None:
            self._run_up = self._clock.after(self._values[700] * 60.0, self._run_up_over)
        elif not watching and self._run_up is not None:
            self._run_up.cancel()
            self._run_up = None

    def _run_up_over(self) -> None:
        self._run_up = None
        self.trip(RUN_UP)
