"""What must not be asked of the instruments for gas, vacuum, liquids, lamps and belts."""

from collections.abc import Awaitable, Callable, Sequence

from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.kepco_bop_lists import pulse_reverse
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.mks_937b_frames import Direction
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.oriel_69907_lamp import LampSettings, Mode
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.thyracont_vsr_frames import Relay
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.vat_valve import VatValve
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from tests.rigs.instruments import Bench

Ask = Callable[[Bench, float], Awaitable[object]]


async def _let_gas_flow(bench: Bench, value: float) -> None:
    controller = bench.the(AlicatMc)
    await controller.flow(value, within_sccm=1, dwell_s=1, deadline_s=5)


async def _dispense(bench: Bench, value: float) -> None:
    await bench.the(BronkhorstPropar).dispense(value, 60.0, deadline_s=9)


async def _plate(bench: Bench, value: float) -> None:
    async with bench.the(KepcoBop).delivering(value, 5.0):
        pass


async def _pulse(bench: Bench, value: float) -> None:
    async with bench.the(KepcoBop).pulsing(pulse_reverse(value, 1.0, 1.0, 0.5), 5.0):
        pass


async def _arm_relay(bench: Bench, value: float) -> None:
    await bench.the(Mks937b).arm_relay(3, Direction.BELOW, value, 1.0)


async def _burn(bench: Bench, value: float) -> None:
    await bench.the(Oriel69907).ignite(LampSettings(Mode.CURRENT, value, 12.0, 100.0))


async def _run_up(bench: Bench, value: float) -> None:
    await bench.the(PfeifferTc110).run_up(deadline_s=9, speed_pct=value)


async def _cool(bench: Bench, value: float) -> None:
    await bench.the(Thermoflex).hold(value, deadline_s=9)


async def _set_relay(bench: Bench, value: float) -> None:
    await bench.the(ThyracontVsr).set_relay(1, Relay(value, 1.0))


async def _run_belt(bench: Bench, value: float) -> None:
    await bench.the(TrinamicTmcm1110).run(value, dwell_s=1, deadline_s=9)


async def _move_plate(bench: Bench, value: float) -> None:
    await bench.the(VatValve).move_to(value, within_pct=1, deadline_s=9)


async def _regulate(bench: Bench, value: float) -> None:
    await bench.the(VatValve).regulate(value, within_pct=1, dwell_s=1, deadline_s=9)


async def _circulate(bench: Bench, value: float) -> None:
    async with bench.the(XylemHydrovar).delivering(value, deadline_s=9):
        pass


# model: what is asked for with a number that is too high, and one that is too low
MEDIA_ASKED: dict[str, Sequence[tuple[Ask, float, float]]] = {
    "alicat_mc": [(_let_gas_flow, 600_001, -1)],
    "bronkhorst_propar": [(_dispense, 1001, 0)],
    "hamilton_ph_arc": [
        (lambda bench, value: bench.the(HamiltonPhArc).moving_average.write(value), 17, 0)
    ],
    "kepco_bop": [(_plate, 12.1, -12.1), (_pulse, 12.1, -12.1)],
    "leybold_turbovac": [
        (lambda bench, value: bench.the(LeyboldTurbovac).setpoint_hz.write(value), 1001, 499)
    ],
    "mks_937b": [(_arm_relay, 1401, -1)],
    "oriel_69907": [(_burn, 12.1, -1)],
    "pfeiffer_tc110": [(_run_up, 101, 19)],
    "thermoflex": [(_cool, 40.1, 4.9)],
    "thyracont_vsr": [(_set_relay, 1201, 0)],
    "trinamic_tmcm1110": [(_run_belt, 500_000, -1)],
    "vat_valve": [(_move_plate, 100.1, -0.1), (_regulate, 100.1, -0.1)],
    "xylem_hydrovar": [(_circulate, 6.1, -0.1)],
}
