"""Several instruments on one pair of wires: each answers for itself alone."""

import asyncio
from collections.abc import Sequence

import pytest
from typing_extensions import override

from drivers.core.clock import Clock
from drivers.core.errors import NoReply
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort
from sim_hardware.core.ports import PtyPort
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments import (
    alicat_mc,
    hamilton_ph_arc,
    mks_937b,
    omron_e5cc,
    pfeiffer_tc110,
    sensirion_sfc5500,
    thyracont_vsr,
    xylem_hydrovar,
)
from sim_hardware.instruments.mks_937b_channels import Kind
from tests.rigs.wired_to import GasBottle
from tests.rigs.wired_to_media import Electrolyte, GasSupply, PumpedPlace, Vacuum, WaterCircuit
from tests.rigs.wires import in_virtual_time

pytestmark = pytest.mark.contract


def test_two_rolls_on_one_bus_are_told_apart_and_one_may_fall_silent() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        bodies = {unit: ThermalBody(line, 20.0 + unit, 20.0 + unit, 30.0) for unit in (1, 2)}
        units = {unit: omron_e5cc.OmronE5cc(line, body) for unit, body in bodies.items()}
        port = ModbusRtuPort(units, line, clock, name="laminator.rolls")
        await port.start()
        link = ModbusLink.rtu("laminator.rolls", port.path, OmronE5cc.SERIAL, clock=clock)
        upper = OmronE5cc("laminator.upper_roll", link, clock=clock, unit=1)
        lower = OmronE5cc("laminator.lower_roll", link, clock=clock, unit=2)
        both = asyncio.gather(upper.temperature_c.value(), lower.temperature_c.value())
        assert list(await both) == [pytest.approx(21.0), pytest.approx(22.0)]
        await lower.setpoint_c.write_and_verify(80.0)
        assert [units[1].setpoint_c, units[2].setpoint_c] == [0.0, pytest.approx(80.0)]
        port.absent.add(2)
        with pytest.raises(NoReply, match=r"laminator\.lower_roll: unit 2"):
            await lower.temperature_c.value()
        assert await upper.temperature_c.value() == pytest.approx(21.0)
        port.absent.discard(2)
        assert await lower.temperature_c.value() == pytest.approx(22.0)
        await link.close()
        await port.stop()

    in_virtual_time(main)


def test_three_gases_on_one_bus_flow_each_at_its_own_rate() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        bottles = [GasBottle() for _ in range(3)]
        emulated = [
            sensirion_sfc5500.SensirionSfc5500(line, bottle, address=address)
            for address, bottle in enumerate(bottles)
        ]
        port = PtyPort(sensirion_sfc5500.ShdlcBus(emulated), line, clock, name="etcher.gases")
        await port.start()
        link = SerialLink("etcher.gases", port.path, SensirionSfc5500.SERIAL, clock=clock)
        controllers = [
            SensirionSfc5500(f"etcher.gas_{address}", link, clock=clock, unit=address)
            for address in range(3)
        ]
        for number, controller in enumerate(controllers, start=1):
            await controller.setpoint_sccm.write_and_verify(100.0 * number)
        await clock.sleep_until(clock.monotonic() + 10.0)
        flows = await asyncio.gather(*(each.flow_sccm.value() for each in controllers))
        assert flows == [pytest.approx(100.0 * number, abs=0.1) for number in (1, 2, 3)]
        assert [bottle.asked_sccm for bottle in bottles] == [100.0, 200.0, 300.0]
        await link.close()
        await port.stop()

    in_virtual_time(main)


class PartyLine(StreamInstrument):
    """Several instruments on one pair of wires: all of them hear everything."""

    def __init__(self, *instruments: StreamInstrument) -> None:
        self._instruments = instruments

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        return [answer for each in self._instruments for answer in each.receive(data)]


def test_two_gas_controllers_answer_to_their_letters() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        supplies = [GasSupply(line), GasSupply(line)]
        units = [
            alicat_mc.AlicatMc(line, gas, unit=letter)
            for gas, letter in zip(supplies, "AB", strict=True)
        ]
        port = PtyPort(PartyLine(*units), line, clock, name="stripper.gases")
        await port.start()
        link = SerialLink("stripper.gases", port.path, AlicatMc.SERIAL, clock=clock)
        first, second = (AlicatMc(f"gas_{n}", link, clock=clock, unit=n) for n in (1, 2))
        await asyncio.gather(first.identify(), second.identify())
        await asyncio.gather(first.setpoint_sccm.write(20.0), second.setpoint_sccm.write(70.0))
        assert [supply.flow.goal for supply in supplies] == [20.0, 70.0]
        await first.make_safe()
        assert [supply.flow.goal for supply in supplies] == [0.0, 70.0]
        await link.close()
        await port.stop()

    in_virtual_time(main)


def test_two_gauges_on_one_bus_measure_each_its_own_pressure() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        places = {1: Vacuum(1e-3), 2: Vacuum(5.0)}
        gauges = [
            thyracont_vsr.ThyracontVsr(line, place, address=address)
            for address, place in places.items()
        ]
        port = PtyPort(PartyLine(*gauges), line, clock, name="etcher.gauges")
        await port.start()
        link = SerialLink("etcher.gauges", port.path, ThyracontVsr.SERIAL, clock=clock)
        drivers = [ThyracontVsr(f"etcher.gauge_{n}", link, clock=clock, unit=n) for n in places]
        assert await asyncio.gather(*(each.pressure_mbar.value() for each in drivers)) == [
            pytest.approx(1e-3),
            pytest.approx(5.0),
        ]
        with pytest.raises(NoReply, match=r"etcher\.gauge_3"):
            await ThyracontVsr("etcher.gauge_3", link, clock=clock, unit=3).identify()
        await link.close()
        await port.stop()

    in_virtual_time(main)


def test_two_gauge_controllers_on_one_bus_are_told_apart_by_address() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        controllers = [
            mks_937b.Mks937b(line, {2: (Vacuum(mbar), Kind.PIRANI)}, address=address)
            for address, mbar in ((1, 1e-2), (2, 1.0))
        ]
        port = PtyPort(PartyLine(*controllers), line, clock, name="sputter.gauges")
        await port.start()
        link = SerialLink("sputter.gauges", port.path, Mks937b.SERIAL, clock=clock)
        drivers = [Mks937b(f"gauges_{n}", link, clock=clock, unit=n) for n in (1, 2)]
        assert [await each.pressure_2_mbar.value() for each in drivers] == [
            pytest.approx(1e-2, rel=0.01),
            pytest.approx(1.0, rel=0.01),
        ]
        await link.close()
        await port.stop()

    in_virtual_time(main)


def test_two_turbopumps_on_one_bus_are_switched_one_by_one() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        places = [PumpedPlace(), PumpedPlace()]
        pumps = [
            pfeiffer_tc110.PfeifferTc110(line, place, address=address)
            for address, place in enumerate(places, start=1)
        ]
        port = PtyPort(PartyLine(*pumps), line, clock, name="etcher.pumps")
        await port.start()
        link = SerialLink("etcher.pumps", port.path, PfeifferTc110.SERIAL, clock=clock)
        drivers = [PfeifferTc110(f"pump_{n}", link, clock=clock, unit=n) for n in (1, 2)]
        await asyncio.gather(*(each.run_up(deadline_s=300) for each in drivers))
        assert [place.goal_hz for place in places] == [1500.0, 1500.0]
        await drivers[1].make_safe()
        assert [place.goal_hz for place in places] == [1500.0, 0.0]
        await link.close()
        await port.stop()

    in_virtual_time(main)


def test_a_pump_and_a_sensor_of_other_makers_share_one_modbus() -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        circuit, bath = WaterCircuit(), Electrolyte()
        units = {
            1: xylem_hydrovar.XylemHydrovar(line, circuit),
            2: hamilton_ph_arc.HamiltonPhArc(bath),
        }
        port = ModbusRtuPort(units, line, clock, name="cell.bus")
        await port.start()
        link = ModbusLink.rtu("cell.bus", port.path, XylemHydrovar.SERIAL, clock=clock)
        pump = XylemHydrovar("cell.pump", link, clock=clock, unit=1)
        sensor = HamiltonPhArc("cell.acidity", link, clock=clock, unit=2)
        await pump.identify()
        await sensor.identify()
        async with pump.delivering(2.0, deadline_s=60):
            assert await sensor.ph.value() == pytest.approx(4.02503)
            port.absent.add(2)
            with pytest.raises(NoReply, match=r"cell\.acidity: unit 2"):
                await sensor.ph.value()
            await pump.check()
        assert circuit.goal_hz == 0
        await link.close()
        await port.stop()

    in_virtual_time(main)
