"""The emulated dry-film laminator: heated rolls, a vacuum chamber, a roll of film and a wafer."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import override

from sim_hardware.core.hands import keep_out_at_work, keep_out_while
from sim_hardware.core.heater import Heater, Mass, heater_faults
from sim_hardware.core.instrument_options import capability, number_option
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.plant_faults import FaultTable, apply_faults, controller_faults
from sim_hardware.core.rough_vacuum import RoughVacuum
from sim_hardware.core.wire import Table
from sim_hardware.instruments.click_packml import JOB_STATES
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.omron_e5cc import OmronE5cc
from sim_hardware.laminator_plc import (
    FILM_BREAK,
    FILM_LOW,
    MISFEED,
    VACUUM_LOST,
    LaminatorPlc,
)
from sim_hardware.physics.laminator import Pass, laminate
from sim_hardware.physics.wafer import Wafer

ROLL_C: Final = 105.0
ROLL: Final = Mass(start_c=ROLL_C, tau_s=240.0, limit_c=140.0)
COLD_C, HOT_C = 74.0, 136.0  # outside, a film does not hold or wrinkles
PLATEN: Final = Mass(start_c=22.0, tau_s=6.0, limit_c=100.0)
PUMPED_KPA: Final = 0.3
PUMPING_S: Final = 4.0
WAFER_FILM_M: Final = 0.24
ROLL_LENGTH_M: Final = 200.0
LOW_M: Final = 2.0
TENSION_N: Final = 20.0
HIGH_TEMPERATURE: Final = 10


@dataclass(frozen=True, slots=True)
class Film:
    """A film on the unwinder; `word` is what the controller calls it."""

    word: int
    um: float
    opacity_per_um: float


FILMS: Final = {
    "negative_dry_film": Film(1, 122.0, 0.035),
    "negative_dry_film_opaque": Film(2, 122.0, 0.045),
}


@dataclass(frozen=True, slots=True)
class Nip:
    """The rolls closed on a wafer: since when, with what, and the rolls' mean temperature then."""

    since_s: float
    bar: float
    m_min: float
    kpa: float
    roll_c: float


class LaminatorPlant(Plant):
    """Roles plc, upper_roll and lower_roll; the option `film_um` of the plc is the film's gauge."""

    def __init__(self, setup: PlantSetup) -> None:
        super().__init__(setup)
        clock = setup.clock
        film = FILMS[capability(setup, "film_material", "negative_dry_film", FILMS)]
        self.film = replace(film, um=number_option(setup, "plc", "film_um", film.um))
        self.film_left_m = ROLL_LENGTH_M
        self._film_whole = True
        self._nip: Nip | None = None
        self._feeding_m_min = 0.0
        self._nip_share = 1.0  # fault: share of the pressure that the cylinders give
        self._chamber = RoughVacuum(clock, PUMPING_S, PUMPED_KPA)
        self._platen = Heater(clock, PLATEN)
        self._upper = Heater(clock, ROLL, self._thermostat_opened)
        self._lower = Heater(clock, ROLL, self._thermostat_opened)
        upper, lower = OmronE5cc(clock, self._upper), OmronE5cc(clock, self._lower)
        for controller in (upper, lower):
            _start(controller, ROLL_C)
        self._plc = ClickPlc(clock, LaminatorPlc(self))
        self.instruments = {"plc": self._plc, "upper_roll": upper, "lower_roll": lower}

    # --- what the controller reads and drives ---------------------------------------------------

    def rolls_c(self) -> tuple[float, float]:
        """Upper and lower roll by the controller's own sensors."""
        return self._upper.temperature_c(), self._lower.temperature_c()

    def readings(self) -> Mapping[int, Callable[[], float]]:
        """The process values by the number of their DF register."""
        return {
            1: self._upper.temperature_c,
            2: self._lower.temperature_c,
            3: lambda: 0.0 if self._nip is None else self._nip.bar,
            4: lambda: self._feeding_m_min if self._nip is None else self._nip.m_min,
            5: lambda: TENSION_N if self._film_whole else 0.0,
            6: lambda: self.film.um,
            7: lambda: self.film_left_m,
            8: self._chamber.kpa,
            9: self._platen.true_c,
        }

    def film_material(self) -> int:
        """Kind of film that can be drawn from the unwinder; 0 at the end of the roll."""
        return self.film.word if self.film_left_m >= WAFER_FILM_M else 0

    def wafer_present(self) -> bool:
        """Whether a wafer lies on the chuck."""
        return self.wafer is not None

    def heating(self) -> bool:
        """Whether a roll can take power."""
        return self._upper.on or self._lower.on

    def pumping(self) -> bool:
        """Whether the vacuum pump runs."""
        return self._chamber.pumping

    def evacuate(self, kpa: float, preheat_c: float) -> float:
        """Pump and preheat; seconds until both are reached, infinite if never."""
        self._platen.regulate(preheat_c)
        away_c = abs(preheat_c - self._platen.true_c())
        warm_s = PLATEN.tau_s * math.log(away_c) if away_c > 1.0 else 0.0  # within 1 C
        return max(self._chamber.pump(kpa), warm_s)

    def stop_pumping(self) -> None:
        """Close the chamber's valves."""
        self._chamber.close()

    def pass_s(self, m_min: float) -> float:
        """Seconds that a wafer and its margins take through the nip."""
        return WAFER_FILM_M / (m_min / 60.0)

    def close_nip(self, bar: float, m_min: float) -> float:
        """Close the rolls on the wafer and run the belt; the pressure there really is, in bar."""
        real_bar = bar * self._nip_share
        self._nip = Nip(
            self.clock.now_s(), real_bar, m_min, self._chamber.kpa(), self._mean_roll_c()
        )
        if self.wafer is not None:
            self._judge_rolls()
            if self.wafer.film is not None and bool((self.wafer.film.lift_share < 1.0).any()):
                self.hazard("film laminated over a film")
        return real_bar

    def open_nip(self, *, finished: bool) -> None:
        """Open the rolls and stop the belt; what has passed has film on it."""
        nip, self._nip = self._nip, None
        if nip is None:
            return
        passed_m = (self.clock.now_s() - nip.since_s) * nip.m_min / 60.0
        share = 1.0 if finished else min(passed_m / WAFER_FILM_M, 1.0)
        self._use_film(WAFER_FILM_M * share)
        if self.wafer is not None:
            self._judge_rolls()
            self.wafer = self._laminated(self.wafer, nip, share)

    def vent(self) -> float:
        """Let air in; seconds until the lid can be opened."""
        self._platen.regulate(None)
        return self._chamber.vent() + 1.0

    def run_belt(self, m_min: float) -> None:
        """Draw film to waste from now on."""
        self._feeding_m_min = m_min

    def feed(self, metres: float) -> None:
        """So much film has been drawn to waste; the belt stops."""
        self._feeding_m_min = 0.0
        self._use_film(metres)

    # --- the wafer -------------------------------------------------------------------------------

    def _mean_roll_c(self) -> float:
        return (self._upper.true_c() + self._lower.true_c()) / 2.0

    def _judge_rolls(self) -> None:
        for roll in (self._upper, self._lower):
            if roll.true_c() < COLD_C:
                self.hazard("nip closed on cold rolls with a wafer")
            elif roll.true_c() > HOT_C:
                self.hazard("nip closed on overheated rolls with a wafer")

    def _laminated(self, wafer: Wafer, nip: Nip, share: float) -> Wafer:
        if share < 0.01:
            return wafer
        roll_c = (nip.roll_c + self._mean_roll_c()) / 2.0
        run = Pass(roll_c, max(nip.bar, 1e-3), nip.m_min, nip.kpa)
        done = laminate(wafer, self.film.um, self.film.opacity_per_um, run)
        if share >= 1.0:
            return done.visited("laminate_film", self.clock.now_s())
        if done.film is None:
            return done
        # A film that ends on the wafer has a crease there and air behind it.
        torn = replace(
            done.film,
            wrinkle_probability=1.0,
            conformation=done.film.conformation * share,
            adhesion=done.film.adhesion * share,
        )
        return replace(done, film=torn)

    def _use_film(self, metres: float) -> None:
        self.film_left_m = max(self.film_left_m - metres, 0.0)
        if self.film_left_m < LOW_M:
            self._plc.raise_alarm(FILM_LOW)
        else:
            self._plc.clear_alarm(FILM_LOW)

    # --- the person and the back door -------------------------------------------------------------

    @override
    def ready_for_hands(self) -> None:
        keep_out_at_work(self.tool, self._plc.state)
        if not self._chamber.vented and self._nip is None:
            self.vent()  # the button beside the lid; the person comes back when it is open
        keep_out_while(
            self.tool,
            {
                "the chamber is under vacuum": not self._chamber.vented,
                "the rolls are closed": self._nip is not None,
            },
        )

    @override
    def unloaded(self) -> None:
        self._platen.put_at(PLATEN.start_c)

    @override
    def state(self) -> Mapping[str, object]:
        return {
            "state": self._plc.state.name,
            "upper_roll_c": self._upper.true_c(),
            "lower_roll_c": self._lower.true_c(),
            "chamber_kpa": self._chamber.kpa(),
            "nip_closed": self._nip is not None,
            "film_um": self.film.um,
            "film_left_m": self.film_left_m,
        }

    @override
    def set_fault(self, role: str, values: Mapping[str, float]) -> None:
        """Beside contacts and controller: film, nip and chamber; and the rolls' heaters."""
        table: FaultTable = {
            "plc": {
                **controller_faults(self._plc),
                "emergency_stop": self._emergency_stop,
                "film_break": self._break_film,
                "misfeed": lambda on: self._stop_for(MISFEED, on),
                "film_left_m": self._put_film,
                "nip_share": self._weaken_nip,
                "chamber_leak": self._leak,
            },
            "upper_roll": heater_faults(self._upper),
            "lower_roll": heater_faults(self._lower),
        }
        apply_faults(table, role, values)
        self._plc.review()

    def _emergency_stop(self, pressed: float) -> None:
        for roll in (self._upper, self._lower):
            roll.power(on=not pressed)
        self._plc.set_interlock(0, well=not pressed)

    def _thermostat_opened(self) -> None:
        self._plc.set_interlock(HIGH_TEMPERATURE, well=False)

    def _stop_for(self, alarm: int, on: float) -> None:
        if on:
            self._plc.raise_alarm(alarm, standing=True)
            if self._plc.state in JOB_STATES:
                self._plc.abort()
        else:
            self._plc.clear_alarm(alarm)

    def _break_film(self, broken: float) -> None:
        self._film_whole = not broken
        self._stop_for(FILM_BREAK, broken)

    def _put_film(self, metres: float) -> None:
        self.film_left_m = metres
        self._use_film(0.0)

    def _weaken_nip(self, share: float) -> None:
        self._nip_share = share

    def _leak(self, leaking: float) -> None:
        self._chamber.leak(leaks=bool(leaking))
        if leaking and self._chamber.pumping:
            self._plc.raise_alarm(VACUUM_LOST)
            self._plc.hold()


def _start(controller: OmronE5cc, celsius: float) -> None:
    """What the morning shift does: allow writing, set-point, run, forbid writing."""
    for address, word in ((0, 0x0001), (0x2103, round(celsius * 10)), (0, 0x0100), (0, 0x0000)):
        controller.write(Table.HOLDING, address, [word])
