"""Charge by either rectifier: steady or in pulses, counted twice, ended by what is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import ReadBackDiffers, Refused, Tripped
from drivers.core.links.visa import VisaLink
from drivers.core.tool import Job, Progress
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.plating_bath import Bath
from drivers.plating_cell_map import PlatingCellMap
from drivers.plating_rectifier import BipolarRectifier, GenesysRectifier, Rectifier, Waveform
from drivers.plating_run import Cell, PlatingRun, waveform_of
from drivers.procedure.visit import Reporter
from drivers.setpoints import PlatingCellSetpoints
from tests.rigs.wires import TcpDevice, in_virtual_time
from tests.unit.tools.bench import Bench, bench
from tests.unit.tools.small_cell import (
    Bop,
    CellPlc,
    Genesys,
    Thermostat,
    World,
    ph_sensor,
    pump,
)

DIRECT = PlatingCellSetpoints(
    tool="plating_cell", bath="cu", bath_c=25.0, current_density_a_dm2=8.0, open_area_dm2=0.5,
    charge_c=200.0, volts_limit=3.0, flow_lpm=20.0, prewet_s=0.0, rinse_s=10.0, deadline_min=30.0,
)  # fmt: skip
PULSED = DIRECT.model_copy(
    update={
        "current": "pulse_reverse",
        "reverse_density_a_dm2": 16.0,
        "forward_ms": 20.0,
        "reverse_ms": 1.0,
    }
)
REVERSING = Waveform(4.0, 8.0, 0.02, 0.001)


@dataclass
class Rig:
    """A cell with its circulation on, and what is at the far end of its wires."""

    world: World
    cell: Cell
    supply: Genesys | Bop

    def run(self, setpoints: PlatingCellSetpoints) -> PlatingRun:
        job = Job("J-1", "W1", "recipe@1", unheard)
        reporter = Reporter(job, self.cell.clock, setpoints.charge_c, "c")
        return PlatingRun(self.cell, setpoints, 0.0, reporter)


def unheard(_: Progress) -> None:
    """Nobody listens."""


async def genesys(wires: Bench, small: Genesys) -> Rectifier:
    return GenesysRectifier(
        await wires.serial(
            "cell.rectifier", small, lambda n, k, c: TdkGenesys(n, k, clock=c, unit=6)
        )
    )


async def bipolar(wires: Bench, device: TcpDevice) -> Rectifier:
    await device.start()
    resource = f"TCPIP::127.0.0.1::{device.port}::SOCKET"
    link = VisaLink("cell.rectifier", resource, clock=wires.clock)
    return BipolarRectifier(KepcoBop("cell.rectifier", link, clock=wires.clock))


def with_cell(act: Callable[[Rig], Awaitable[None]], *, bop: bool = False) -> None:
    async def main(clock: Clock) -> None:
        world = World()
        drive = pump(world)
        supply = Bop(world) if bop else Genesys(world)
        async with bench(clock) as wires:
            plc_map = PlatingCellMap(await wires.plc(CellPlc(world, drive)))
            bath = Bath(
                plc_map,
                await wires.serial(
                    "cell.bath", Thermostat(world), lambda n, k, c: JulaboCf31(n, k, clock=c)
                ),
                XylemHydrovar("cell.pump", await wires.bus(drive), clock=clock),
                HamiltonPhArc("cell.ph", await wires.bus(ph_sensor(world)), clock=clock),
                clock,
            )
            if isinstance(supply, Bop):
                device = TcpDevice(supply.hear)
                rectifier = await bipolar(wires, device)
            else:
                device, rectifier = None, await genesys(wires, supply)
            await bath.circulate(20.0)
            try:
                await act(Rig(world, Cell(plc_map, rectifier, bath, clock), supply))
            finally:
                await rectifier.make_safe()
                if device is not None:
                    await device.stop()

    in_virtual_time(main)


def test_a_recipe_without_pulses_is_a_steady_current() -> None:
    assert waveform_of(DIRECT) == Waveform(4.0)
    assert waveform_of(DIRECT).mean_a == 4.0


def test_pulses_are_worth_what_they_leave() -> None:
    assert waveform_of(PULSED) == REVERSING
    assert REVERSING.mean_a == pytest.approx(PULSED.mean_amps)
    assert REVERSING.mean_a == pytest.approx((4.0 * 20 - 8.0) / 21)


@pytest.mark.parametrize("bop", [False, True])
def test_either_rectifier_delivers_a_steady_charge(*, bop: bool) -> None:
    async def act(rig: Rig) -> None:
        run = rig.run(DIRECT)
        await run.deliver()
        seen = await run.compared()
        assert seen["charge_c"] == pytest.approx(200.0, abs=1.0)
        assert seen["rectifier_c"] == pytest.approx(200.0, abs=2.0)
        assert seen["plated_s"] == pytest.approx(50.0, abs=1.0)
        assert seen["ph"] == pytest.approx(0.7)
        assert seen["pump_hz"] == 40.0
        assert rig.world.amps == 0

    with_cell(act, bop=bop)


def test_pulses_end_by_the_charge_that_they_leave() -> None:
    async def act(rig: Rig) -> None:
        run = rig.run(PULSED)
        await run.deliver()
        seen = await run.compared()
        assert isinstance(rig.supply, Bop)
        assert rig.supply.lists == {"LIST:CURR": [4.0, -8.0], "LIST:DWEL": [0.02, 0.001]}
        assert rig.supply.held["OUTPUT"] == "0"
        assert seen["charge_c"] == pytest.approx(200.0, abs=1.0)
        assert seen["plated_s"] == pytest.approx(200.0 / REVERSING.mean_a, abs=1.0)

    with_cell(act, bop=True)


def test_a_supply_of_one_polarity_is_told_nothing_of_pulses() -> None:
    async def act(rig: Rig) -> None:
        rig.world.said.clear()
        with pytest.raises(Refused, match="cannot reverse its current"):
            await rig.run(PULSED).deliver()
        assert rig.world.said == []
        assert not rig.cell.rectifier.can_reverse

    with_cell(act)


def stop_the_list(rig: Rig) -> None:
    assert isinstance(rig.supply, Bop)
    rig.supply.held["CURR:MODE"] = "FIXED"


def lose_a_contact(rig: Rig) -> None:
    assert isinstance(rig.supply, Bop)
    rig.supply.volts = 2.99


def lose_the_permit(rig: Rig) -> None:
    rig.world.permit = False


def lose_the_flow(rig: Rig) -> None:
    rig.world.flow_share = 0.4


def leak_current(rig: Rig) -> None:
    rig.world.flows(rig.world.amps)
    rig.world.current_share = 0.5


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (stop_the_list, "list of currents has stopped"),
        (lose_a_contact, "contact is lost"),
        (lose_the_permit, "current permit lost"),
        (lose_the_flow, r"flow lost, 8\.0 L/min"),
        (leak_current, "C counted"),
    ],
)
def test_what_is_lost_ends_the_pulses(what: Callable[[Rig], None], words: str) -> None:
    async def act(rig: Rig) -> None:
        plating = asyncio.ensure_future(rig.run(PULSED).deliver())
        await asyncio.sleep(12.0)
        what(rig)
        with pytest.raises(Tripped, match=words):
            await plating
        assert isinstance(rig.supply, Bop)
        assert rig.supply.held["OUTPUT"] == "0"

    with_cell(act, bop=True)


def test_two_counts_of_a_steady_charge_that_differ_are_said() -> None:
    async def act(rig: Rig) -> None:
        rig.world.current_share = 0.9
        run = rig.run(DIRECT)
        await run.deliver()
        with pytest.raises(ReadBackDiffers, match="the rectifier gave"):
            await run.compared()

    with_cell(act)


def test_nothing_flows_before_and_after_either_rectifier_delivers() -> None:
    async def act(rig: Rig) -> None:
        inside: AbstractAsyncContextManager[None] = rig.cell.rectifier.delivering(REVERSING, 3.0)
        async with inside:
            assert rig.world.amps == pytest.approx(REVERSING.mean_a)
            await rig.cell.rectifier.check(REVERSING)
            lose_a_contact(rig)
            with pytest.raises(Tripped, match="contact is lost"):
                await rig.cell.rectifier.check(REVERSING)
        assert rig.world.amps == 0

    with_cell(act, bop=True)
