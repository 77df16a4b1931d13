"""The magnetrons of the sputter tool: plasma, shutters and targets, and the crystal beside them."""

from collections.abc import Callable

from sim_hardware.core.clock import LineClock
from sim_hardware.physics import sputter
from sim_hardware.sputter_vacuum import SputterVacuum

TARGET_LIFE = 0.3  # used share of every target on a line that has been running
CRYSTAL_LIFE_NM = 1e5
CRYSTAL_HZ, HZ_PER_NM = 5_980_000.0, 1.2

Lay = Callable[[str, sputter.Deposition, float], None]


class Magnetrons:
    """Guns 1 to 4 carry TiW, Cu, Ti and NiV. `lay` gets every stretch that reached the wafer."""

    def __init__(
        self,
        clock: LineClock,
        vacuum: SputterVacuum,
        permitted: Callable[[], bool],
        lay: Lay,
        changed: Callable[[], None],
    ) -> None:
        self._clock, self._vacuum = clock, vacuum
        self._permitted, self._lay, self._changed = permitted, lay, changed
        self.life: dict[str, float] = dict.fromkeys(sputter.METALS, TARGET_LIFE)
        self.watts, self.gun = 0.0, 1
        self.open_guns: set[int] = set()
        self._grown_nm = 0.0
        self._since_s, self._since_sccm_s = clock.now_s(), 0.0

    @property
    def metal(self) -> str:
        """What the active gun carries."""
        return sputter.METALS[self.gun - 1]

    def permitted(self) -> bool:
        """Whether the interlock chain of the supply is closed."""
        return self._permitted()

    def volts(self, watts: float) -> float:
        """Voltage of the discharge; 0 where no plasma burns."""
        return sputter.plasma_volts(self.metal, watts, self._mtorr(), self.life[self.metal])

    def on_output(self, *, on: bool, watts: float, gun: int) -> None:
        """The supply's power changed."""
        self.settle()
        self.watts, self.gun = (watts if on else 0.0), gun
        self._changed()

    def on_shutter(self, *, opened: bool, gun: int) -> None:
        """A gun's shutter moved."""
        self.settle()
        if opened:
            self.open_guns.add(gun)
        else:
            self.open_guns.discard(gun)

    def rate_nm_s(self) -> float:
        """Metal that arrives at wafer and crystals now."""
        return self._rate_nm_s(self._mtorr()) if self.gun in self.open_guns else 0.0

    def grown_nm(self) -> float:
        """All metal that has ever arrived at the crystals."""
        return self._grown_nm + self.rate_nm_s() * (self._clock.now_s() - self._since_s)

    def settle(self) -> None:
        """Account for the stretch since the last event."""
        since_s, since_sccm_s = self._since_s, self._since_sccm_s
        self._since_s, self._since_sccm_s = self._clock.now_s(), self._vacuum.argon.flow.passed()
        seconds = self._since_s - since_s
        if self.watts <= 0.0 or seconds <= 0.0:
            return
        mean_mtorr = self._vacuum.mean_mtorr(self._since_sccm_s - since_sccm_s, since_s)
        used = self.life[self.metal]
        if self.gun in self.open_guns:
            self._grown_nm += self._rate_nm_s(mean_mtorr) * seconds
            run = sputter.Deposition(self.watts, mean_mtorr, used, self._vacuum.base_mbar())
            self._lay(self.metal, run, seconds)
        self.life[self.metal] = used + sputter.life_used(self.metal, self.watts, seconds)

    def _rate_nm_s(self, mtorr: float) -> float:
        return sputter.rate_nm_s(self.metal, self.watts, mtorr, self.life[self.metal])

    def _mtorr(self) -> float:
        return self._vacuum.argon_mtorr()


class QuartzCrystal:
    """One sensor head beside the wafer; `failed` is a fault."""

    def __init__(self, guns: Magnetrons) -> None:
        self._guns, self._zero_nm = guns, 0.0
        self.failed = False

    def rate_nm_s(self) -> float:
        """Growth of the film now."""
        return 0.0 if self.failed else self._guns.rate_nm_s()

    def thickness_nm(self) -> float:
        """Film since the last zero."""
        return 0.0 if self.failed else self._guns.grown_nm() - self._zero_nm

    def zero(self) -> None:
        """Count thickness from here."""
        self._zero_nm = self._guns.grown_nm()

    def life_pct(self) -> float:
        """Life left of the crystal."""
        return 0.0 if self.failed else 95.0 - 100.0 * self._guns.grown_nm() / CRYSTAL_LIFE_NM

    def frequency_hz(self) -> float:
        """Resonance, lower with every atom."""
        return 0.0 if self.failed else CRYSTAL_HZ - HZ_PER_NM * self._guns.grown_nm()
