"""Several instruments on one pair of wires: each answers for itself alone."""

import asyncio

import pytest

from drivers.core.clock import Clock
from drivers.core.errors import NoReply
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort
from sim_hardware.core.ports import PtyPort
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments import omron_e5cc, sensirion_sfc5500
from tests.rigs.wired_to import GasBottle
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
