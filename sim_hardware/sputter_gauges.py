"""The gauges of the sputter tool behind their controller, set up as the shift before left them."""

from collections.abc import Callable
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.instruments.mks_937b import Mks937b
from sim_hardware.instruments.mks_937b_channels import MBAR_PER_TORR, Kind
from sim_hardware.sputter_vacuum import MBAR_PER_MTORR, SputterVacuum

BASE_CHANNEL, PROCESS_CHANNEL, LOCK_CHANNEL = 1, 3, 5
PLASMA_RELAY: Final = 5
FULL_SCALE_MTORR: Final = 100.0
# 0.02 mbar at the manometer, 1e-3 mbar at the Pirani of the lock.
SET_UP: Final = b"@253SP5!1.50E-2;FF@253EN5!ENABLE;FF@253SP9!7.50E-4;FF@253EN9!ENABLE;FF"


class Head:
    """A gauge head somewhere; `gain` and `offset_mbar` are faults."""

    def __init__(self, true_mbar: Callable[[], float]) -> None:
        self._true_mbar = true_mbar
        self.gain, self.offset_mbar = 1.0, 0.0

    def mbar(self) -> float:
        """What it shows."""
        return max(self._true_mbar() * self.gain + self.offset_mbar, 0.0)


class SputterGauges:
    """Three heads and an MKS 937B; `switched` is called when one of its relays has switched."""

    def __init__(
        self, clock: LineClock, vacuum: SputterVacuum, switched: Callable[[], None]
    ) -> None:
        self._manometer = Head(vacuum.chamber_mbar)
        self._pirani = Head(vacuum.lock.mbar)
        self.controller = Mks937b(
            clock,
            {
                BASE_CHANNEL: (Head(vacuum.chamber_mbar), Kind.COLD_CATHODE),
                PROCESS_CHANNEL: (self._manometer, Kind.MANOMETER_100_MTORR),
                LOCK_CHANNEL: (self._pirani, Kind.PIRANI),
            },
            switched=switched,
        )

    def set_up(self) -> None:
        """The relays as they were commissioned."""
        self.controller.receive(SET_UP)

    def process_mtorr(self) -> float:
        """Analogue output of the manometer, which ends at full scale."""
        return min(self._manometer.mbar() / MBAR_PER_MTORR, FULL_SCALE_MTORR)

    def plasma_relay(self) -> bool:
        """Whether the contact in the plasma permit is closed."""
        return self.controller.relay(PLASMA_RELAY)

    def marks_mbar(self) -> frozenset[float]:
        """Pressures in the chamber at which a gauge or a relay switches."""
        at_torr = {
            *self.controller.switch_at_torr(BASE_CHANNEL),
            *self.controller.switch_at_torr(PROCESS_CHANNEL),
        }
        return frozenset(torr * MBAR_PER_TORR for torr in at_torr)

    # --- faults -----------------------------------------------------------------------------------

    def unplug(self, channel: int) -> Callable[[float], None]:
        """A fault: the cable of this head is out (1) or in (0)."""

        def set_to(value: float) -> None:
            self.controller.channels[channel].unplugged = bool(value)
            self.controller.recheck()

        return set_to

    def drift(self, offset_mtorr: float) -> None:
        """The zero of the manometer drifts."""
        self._manometer.offset_mbar = offset_mtorr * MBAR_PER_MTORR
        self.controller.recheck()

    def stretch(self, gain: float) -> None:
        """The manometer shows so many times the pressure."""
        self._manometer.gain = gain
        self.controller.recheck()

    def lose_mains(self, value: float) -> None:
        """The mains of the controller fail for a moment (1: once, now)."""
        if value:
            self.controller.power_cycle()
            self.controller.recheck()
