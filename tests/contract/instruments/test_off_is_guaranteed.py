"""Whatever can hurt a wafer or a person is off again, however the work inside ended."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from drivers.core.errors import DriverError, LinkLost
from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.oriel_69907_lamp import LampSettings, Mode
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.vat_valve import VatValve
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from sim_hardware.instruments.click_plc import ClickPlc as ControllerEmulator
from sim_hardware.instruments.trinamic_tmcm1640 import TrinamicTmcm1640 as SpindleEmulator
from tests.rigs.instruments import Bench, at
from tests.rigs.wired_to import Blade, Electrode, GasBottle, Magnetrons, PlatingBath
from tests.rigs.wired_to_media import (
    Belt,
    CoolantLoop,
    GasSupply,
    MercuryLamp,
    PumpedPlace,
    ResistBottle,
    ThrottledChamber,
    WaterCircuit,
)

pytestmark = pytest.mark.contract

JOB = "LOT1.W01"


@asynccontextmanager
async def executing(bench: Bench) -> AsyncGenerator[None]:
    """A job that runs under host control, as a tool driver has it."""
    plc = bench.the(ClickPlc)
    async with plc.host_control(JOB):
        await plc.to_idle(20)
        await plc.load_recipe(7)
        await plc.start(JOB, 20)
        yield


def permitted(bench: Bench) -> bool:
    return bench.the(ControllerEmulator).permit


# model: what is entered, and how the plant sees that it is on
WORK: dict[
    str,
    tuple[Callable[[Bench], AbstractAsyncContextManager[None]], Callable[[Bench], bool]],
] = {
    "ae_cesar": (
        lambda bench: bench.the(AeCesar).delivering(300),
        lambda bench: bench.the(Electrode).on,
    ),
    "aja_dcxs": (
        lambda bench: bench.the(AjaDcxs).delivering(500, 2),
        lambda bench: bench.the(Magnetrons).on,
    ),
    "sensirion_sfc5500": (
        lambda bench: bench.the(SensirionSfc5500).flowing(
            200, within_sccm=4, dwell_s=1, deadline_s=20
        ),
        lambda bench: bench.the(GasBottle).asked_sccm > 0,
    ),
    "tdk_genesys": (
        lambda bench: bench.the(TdkGenesys).delivering(20, 5),
        lambda bench: bench.the(PlatingBath).amps > 0,
    ),
    "thorlabs_sc10": (
        lambda bench: bench.the(ThorlabsSc10).held_open(),
        lambda bench: bench.the(Blade).opened,
    ),
    "trinamic_tmcm1640": (
        lambda bench: bench.the(TrinamicTmcm1640).spinning(1500, 1000, deadline_s=20),
        lambda bench: bench.the(SpindleEmulator).rpm() > 0,
    ),
    "alicat_mc": (
        lambda bench: bench.the(AlicatMc).flowing(50, within_sccm=1, dwell_s=1, deadline_s=20),
        lambda bench: bench.the(GasSupply).flow.goal > 0,
    ),
    "bronkhorst_propar": (
        lambda bench: bench.the(BronkhorstPropar).flowing(
            60, within_g_min=1, dwell_s=1, deadline_s=20
        ),
        lambda bench: bench.the(ResistBottle).flow.goal > 0,
    ),
    "leybold_turbovac": (
        lambda bench: bench.the(LeyboldTurbovac).running(deadline_s=300),
        lambda bench: bench.the(PumpedPlace).goal_hz > 0,
    ),
    "oriel_69907": (
        lambda bench: bench.the(Oriel69907).burning(LampSettings(Mode.POWER, 95, 12, 98)),
        lambda bench: bench.the(MercuryLamp).amps > 0,
    ),
    "pfeiffer_tc110": (
        lambda bench: bench.the(PfeifferTc110).running(deadline_s=300),
        lambda bench: bench.the(PumpedPlace).goal_hz > 0,
    ),
    "thermoflex": (
        lambda bench: bench.the(Thermoflex).running(22.5, deadline_s=600),
        lambda bench: bench.the(CoolantLoop).setpoint_c is not None,
    ),
    "trinamic_tmcm1110": (
        lambda bench: bench.the(TrinamicTmcm1110).running(20_000, deadline_s=20),
        lambda bench: bench.the(Belt).full_steps_s > 0,
    ),
    "vat_valve": (
        lambda bench: bench.the(VatValve).regulating(20, within_pct=1, dwell_s=2, deadline_s=300),
        lambda bench: bench.the(ThrottledChamber).path.goal > 0,
    ),
    "xylem_hydrovar": (
        lambda bench: bench.the(XylemHydrovar).delivering(2.0, deadline_s=60),
        lambda bench: bench.the(WaterCircuit).goal_hz > 0,
    ),
}


async def begun(bench: Bench) -> asyncio.Task[None]:
    """A task that stays inside, once the plant sees that it is on."""
    enter, is_on = WORK[bench.model]
    inside = asyncio.Event()

    async def work() -> None:
        async with enter(bench):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    assert is_on(bench)
    return task


@pytest.mark.parametrize("model", sorted(WORK))
def test_off_follows_the_end_of_the_work(model: str) -> None:
    async def act(bench: Bench) -> None:
        enter, is_on = WORK[model]
        async with enter(bench):
            assert is_on(bench)
        assert not is_on(bench)

    at(model, act)


@pytest.mark.parametrize("model", sorted(WORK))
def test_off_follows_an_error_of_the_work(model: str) -> None:
    async def act(bench: Bench) -> None:
        enter, is_on = WORK[model]
        with pytest.raises(ZeroDivisionError):
            async with enter(bench):
                raise ZeroDivisionError
        assert not is_on(bench)

    at(model, act)


@pytest.mark.parametrize("model", sorted(WORK))
@pytest.mark.parametrize("times", [1, 3])
def test_off_follows_cancellation_however_often(model: str, times: int) -> None:
    async def act(bench: Bench) -> None:
        task = await begun(bench)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not WORK[model][1](bench)

    at(model, act)


@pytest.mark.parametrize("model", sorted(WORK))
@pytest.mark.parametrize("lost", [1, 2])
def test_off_follows_even_if_replies_are_lost(model: str, lost: int) -> None:
    async def act(bench: Bench) -> None:
        task = await begun(bench)
        bench.port.faults.drop_next = lost
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not WORK[model][1](bench)

    at(model, act)


@pytest.mark.parametrize("model", sorted(WORK))
def test_a_cable_that_is_cut_is_told_and_off_follows_once_it_is_mended(model: str) -> None:
    async def act(bench: Bench) -> None:
        task = await begun(bench)
        bench.port.unplug()
        task.cancel()
        with pytest.raises(LinkLost):  # an output that may still be on matters more
            await task
        bench.port.plug()
        await asyncio.sleep(2.0)
        await bench.driver.make_safe()
        assert not WORK[model][1](bench)

    at(model, act)


def test_a_tool_whose_host_falls_silent_is_held_by_its_own_watchdog() -> None:
    async def act(bench: Bench) -> None:
        plc = bench.the(ClickPlc)
        async with executing(bench):
            assert permitted(bench)
            bench.port.unplug()
            await asyncio.sleep(10)
        assert not permitted(bench)
        bench.port.plug()
        await asyncio.sleep(2)
        assert 2 in (await plc.status()).alarms

    at("click_plc", act)


def test_a_running_tool_is_brought_to_rest() -> None:
    async def act(bench: Bench) -> None:
        async with executing(bench):
            await bench.driver.make_safe()
            assert not permitted(bench)
        with pytest.raises(DriverError):
            await bench.the(ClickPlc).unhold(5)

    at("click_plc", act)
