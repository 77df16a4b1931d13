"""One film etched away: plasma on, end-point, over-etch, with an eye on what must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import NotReached, Tripped
from drivers.core.points import Sample
from drivers.instruments.ae_cesar import AeCesar, Regulation
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.plasma_endpoint import EndPoint
from drivers.plasma_etcher_map import Line, PlasmaEtcherMap
from drivers.plasma_vacuum import Cooling, Vacuum
from drivers.procedure.visit import REPORT_EVERY_S, Reporter

LEAST_HELIUM_TORR: Final = 4.0  # below it the wafer loses its cooling and the solder gets hot
GAS_WITHIN: Final = 0.1
POLL_S: Final = 1.0
LIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Film:
    """One film: which phase it is, what removes it and when it should be gone."""

    phase: str
    line: Line
    gas: SensirionSfc5500
    sccm: float
    mtorr: float
    source_w: float
    bias_v: float
    expected_s: float
    over_etch_pct: float

    def whole_s(self, end_point_s: float) -> float:
        """How long to etch in all, over-etch included."""
        return end_point_s * (1 + self.over_etch_pct / 100)


@dataclass
class Past:
    """What this process knows of earlier attempts at a film of a job.

    `rf_before_s` is the controller's count of RF seconds when the film was first begun,
    `end_point_s` is when its end-point came, in seconds of etching this film.
    """

    rf_before_s: float
    end_point_s: float | None = None


@dataclass(frozen=True)
class Chamber:
    """What is read and driven while a film is etched."""

    map: PlasmaEtcherMap
    source: AeCesar
    bias: AeCesar
    vacuum: Vacuum
    cooling: Cooling
    clock: Clock


class PlasmaRun:
    """One etch of one film, of which `already_s` were done before."""

    def __init__(
        self, chamber: Chamber, film: Film, past: Past, already_s: float, reporter: Reporter
    ) -> None:
        self._chamber, self._film, self._past = chamber, film, past
        self._already_s, self._reporter = already_s, reporter
        self._end_point = EndPoint(film.expected_s, already_s)
        self._started_at_s = 0.0
        self._closer_look_at_s = 0.0
        self.readings: dict[str, float] = {}

    async def etch(self) -> None:
        """Etch to the end-point and beyond it; both generators are off on leaving.

        Raises NotReached if the end-point is overdue, Tripped if helium, gas, pressure, pumping
        speed or cooling were lost, and whatever the instruments raise.
        """
        chamber, film = self._chamber, self._film
        async with (
            chamber.source.delivering(film.source_w),
            chamber.bias.delivering(film.bias_v, regulation=Regulation.EXTERNAL),
        ):
            self._started_at_s = self._closer_look_at_s = chamber.clock.monotonic()
            await chamber.source.reach_setpoint(deadline_s=LIT_S)
            await chamber.bias.reach_setpoint(deadline_s=LIT_S)
            if self._past.end_point_s is None:
                self._past.end_point_s = await self._to_end_point()
            await self._over_etch(film.whole_s(self._past.end_point_s))
        self.readings["end_point_s"] = self._past.end_point_s
        self.readings["etched_s"] = self._already_s + chamber.clock.monotonic() - self._started_at_s

    async def _to_end_point(self) -> float:
        """When the end-point came, in seconds of etching this film."""
        clock = self._chamber.clock
        while True:
            looked_at_s = clock.monotonic()
            seen = await self._look()
            etched_s = looked_at_s - self._started_at_s
            found = self._end_point.add(etched_s, seen["emission_pct"].value)
            if found is not None:
                self.readings["end_point_too_early"] = float(found.too_early)
                return found.at_s + self._already_s
            if self._end_point.timed_out(etched_s):
                raise NotReached(
                    f"{self._film.phase}: no end-point after {self._already_s + etched_s:.0f} s, "
                    f"expected at {self._film.expected_s:g} s",
                    source=self._chamber.map.name,
                )
            await clock.sleep_until(looked_at_s + POLL_S)

    async def _over_etch(self, whole_s: float) -> None:
        clock = self._chamber.clock
        end_s = self._started_at_s + whole_s - self._already_s
        while (now_s := clock.monotonic()) < end_s:
            await self._look()
            await clock.sleep_until(min(now_s + POLL_S, end_s))

    async def _look(self) -> Mapping[str, Sample]:
        """Read what must hold; raise for what does not."""
        chamber = self._chamber
        await chamber.source.check()
        await chamber.bias.check()
        seen = await chamber.map.readings()
        helium_torr = seen["helium_torr"].value
        if not helium_torr >= LEAST_HELIUM_TORR:
            raise Tripped(
                f"helium fell to {helium_torr:.1f} Torr behind the wafer", source=chamber.map.name
            )
        now_s = chamber.clock.monotonic()
        self._reporter.note(self._already_s + now_s - self._started_at_s)
        if now_s >= self._closer_look_at_s:
            self._closer_look_at_s = now_s + REPORT_EVERY_S
            await self._look_closer(seen)
        return seen

    async def _look_closer(self, seen: Mapping[str, Sample]) -> None:
        chamber, film = self._chamber, self._film
        sccm = await film.gas.flow_sccm.value()
        if not abs(sccm - film.sccm) <= GAS_WITHIN * film.sccm:
            raise Tripped(f"flow is {sccm:.1f} of {film.sccm:g} sccm", source=film.gas.name)
        hottest_c = max(seen["wafer_c"].value, self.readings.get("wafer_c", 0.0))
        self.readings |= {
            "wafer_c": hottest_c,
            "helium_sccm": seen["helium_sccm"].value,
            "gas_sccm": sccm,
            "source_w": await chamber.source.forward_w.value(),
            "source_reflected_w": await chamber.source.reflected_w.value(),
            "dc_bias_v": await chamber.bias.dc_bias_v.value(),
            **await chamber.vacuum.check(film.mtorr),
            **await chamber.cooling.check(),
        }
