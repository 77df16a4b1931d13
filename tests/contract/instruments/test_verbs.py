"""What each instrument is for, done by our driver and seen at the far end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    NotReached,
    Rejected,
    Restarted,
    Tripped,
)
from drivers.core.points import Quality
from drivers.instruments.ae_cesar import AeCesar, Regulation
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.click_plc import ClickPlc, PackMl
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.newport_esp301 import Axis, NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thorlabs_pm100 import DoseIntegrator, ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.watlow_ezzone import WatlowEzzone
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments import (
    click_plc,
    eurotherm_3216,
    inficon_sqm160,
    julabo_cf31,
    lumel_re72,
    newport_esp301,
    omron_e5cc,
    sensirion_sfc5500,
    thorlabs_pm100,
    trinamic_tmcm1640,
    watlow_ezzone,
)
from tests.contract.instruments.verbs_of_media import MEDIA_VERBS
from tests.rigs.instruments import MODELS, Bench, at
from tests.rigs.wired_to import (
    Blade,
    Electrode,
    Magnetrons,
    PlatingBath,
    SensorHead,
    SmallTool,
    StageTable,
)

pytestmark = pytest.mark.contract


async def rf_power_and_bias(bench: Bench) -> None:
    generator, chamber = bench.the(AeCesar), bench.the(Electrode)
    async with generator.delivering(600):
        await generator.reach_setpoint(deadline_s=5)
        assert await generator.forward_w.value() == 600
        assert await generator.dc_bias_v.value() == 300
    async with generator.delivering(120, regulation=Regulation.EXTERNAL):
        await generator.reach_setpoint(deadline_s=5)
        assert await generator.dc_bias_v.value() == 120
        assert await generator.forward_w.value() == 240
        chamber.closed = False
        with pytest.raises(Tripped, match="interlock"):
            await generator.check()
    with pytest.raises(InterlockOpen):
        async with generator.delivering(100):
            pytest.fail("RF went on with the interlock open")


async def dc_power_on_a_gun(bench: Bench) -> None:
    supply, guns = bench.the(AjaDcxs), bench.the(Magnetrons)
    await supply.shutter_delay_s.write_and_verify(3)
    await supply.name_material("Ti")
    async with supply.delivering(500, 2):
        assert guns.watts == 500
        assert await supply.power_w.value() == 500
        assert await supply.current_ma.value() == 1250
        assert await supply.open_shutters() == frozenset()
        await asyncio.sleep(4)
        assert await supply.open_shutters() == guns.open_guns == {2}
        guns.interlock_closed = False
        with pytest.raises((DeviceFault, Tripped)):
            await supply.check()
    assert guns.open_guns == set()


async def thickness_counted_and_lost(bench: Bench) -> None:
    monitor, head = bench.the(InficonSqm160), bench.the(SensorHead)
    await monitor.zero()
    assert await monitor.deposited_nm() == 0
    head.film_nm = 51.3
    assert await monitor.deposited_nm() == pytest.approx(51.3, abs=0.1)
    assert await monitor.rate_nm_s.value() == pytest.approx(0.5)
    bench.the(inficon_sqm160.InficonSqm160).power_cycle()
    with pytest.raises(Restarted):
        await monitor.deposited_nm()


async def roll_heated_in_ram(bench: Bench) -> None:
    controller, unit = bench.the(OmronE5cc), bench.the(omron_e5cc.OmronE5cc)
    assert await controller.identify() == "E5CC-QX2ASM-800"
    assert await controller.hold(110.0, deadline_s=600) == pytest.approx(110, abs=1)
    assert unit.setpoint_c == pytest.approx(110)
    assert unit.running
    assert unit.eeprom_writes == 0
    unit.break_sensor(broken=True)
    assert (await controller.readings())["temperature_c"].quality is Quality.BAD
    with pytest.raises(DeviceFault, match="sensor"):
        await controller.check()
    await controller.make_safe()
    assert not unit.running


async def hotplate_heated_with_one_write(bench: Bench) -> None:
    controller, unit = bench.the(Eurotherm3216), bench.the(eurotherm_3216.Eurotherm3216)
    for _ in range(2):
        assert await controller.hold(115.0, deadline_s=600) == pytest.approx(115, abs=1)
    assert unit.eeprom_writes == 1
    await controller.make_safe()
    assert unit.output_pct() == 0
    assert bench.the(ThermalBody).target_c < 30
    unit.break_sensor(broken=True)
    with pytest.raises(DeviceFault, match="sensor break"):
        await controller.check()


async def tank_heated_and_left_cold(bench: Bench) -> None:
    controller, unit = bench.the(LumelRe72), bench.the(lumel_re72.LumelRe72)
    assert await controller.identify() == "RE72-122200E0"
    assert await controller.hold(60.0, deadline_s=600) == pytest.approx(60, abs=1)
    assert unit.setpoint_c == pytest.approx(60)
    await controller.make_safe()
    assert bench.the(ThermalBody).target_c < 30
    unit.break_sensor(broken=True)
    with pytest.raises(DeviceFault, match="sensor"):
        await controller.hold(60.0, deadline_s=600)


async def zones_at_their_profile(bench: Bench) -> None:
    oven, unit = bench.the(WatlowEzzone), bench.the(watlow_ezzone.WatlowEzzone)
    assert await oven.hold([150.0, 240.0], deadline_s=900) == [
        pytest.approx(150, abs=2),
        pytest.approx(240, abs=2),
    ]
    assert [zone.setpoint_c for zone in unit.zones] == [
        pytest.approx(150, abs=0.01),
        pytest.approx(240, abs=0.01),
    ]
    unit.break_sensor(2, broken=True)
    with pytest.raises(DeviceFault, match="sensor open"):
        await oven.temperatures_c()
    await oven.make_safe()
    assert {zone.mode for zone in unit.zones} == {watlow_ezzone.Mode.OFF}


async def bath_held_and_its_alarm(bench: Bench) -> None:
    bath, unit = bench.the(JulaboCf31), bench.the(julabo_cf31.JulaboCf31)
    assert await bath.hold(30.0, deadline_s=900) == pytest.approx(30, abs=0.3)
    assert await bath.running()
    with pytest.raises(Rejected, match="limits"):
        await narrowed_below(bath)
    unit.alarm(julabo_cf31.LOW_LEVEL)
    with pytest.raises(DeviceFault, match="low level"):
        await bath.check()


async def narrowed_below(bath: JulaboCf31) -> None:
    await bath.high_limit_c.write_and_verify(40)
    await bath.setpoint_c.write(50)


async def stage_moved_and_stopped_at_its_end(bench: Bench) -> None:
    stage, table = bench.the(NewportEsp301), bench.the(StageTable)
    for axis in Axis:
        await stage.power(axis)
        await stage.home(axis, deadline_s=60)
    assert await stage.move_to(Axis.X, 3.25, deadline_s=10) == pytest.approx(3.25, abs=0.001)
    assert table.places[Axis.X] == pytest.approx(3.25)
    with pytest.raises(NotReached):
        await stage.move_to(Axis.Y, 12.0, deadline_s=0.5)
    assert table.moving == set()
    bench.the(newport_esp301.NewportEsp301).trip(Axis.THETA, 2)
    with pytest.raises(DeviceFault, match="AMPLIFIER"):
        await stage.check()


async def exposure_timed_by_the_controller(bench: Bench) -> None:
    shutter, blade = bench.the(ThorlabsSc10), bench.the(Blade)
    assert await shutter.expose(2.5) == pytest.approx(2.5, abs=0.1)
    assert (blade.opened, blade.openings) == (False, 1)
    blade.tripped = True
    with pytest.raises(InterlockOpen):
        await shutter.expose(1.0)
    assert blade.openings == 1


async def exposure_broken_off_by_its_interlock(bench: Bench) -> None:
    shutter, blade = bench.the(ThorlabsSc10), bench.the(Blade)
    exposure = asyncio.create_task(shutter.expose(5.0))
    await asyncio.sleep(2.0)
    assert blade.opened
    blade.tripped = True
    with pytest.raises(Tripped, match="of 5 s"):
        await exposure
    assert not blade.opened


async def power_integrated_to_a_dose(bench: Bench) -> None:
    meter = bench.the(ThorlabsPm100)
    await meter.set_wavelength(365.0)
    assert bench.the(thorlabs_pm100.ThorlabsPm100).wavelength_nm == 365.0
    dose = DoseIntegrator(area_cm2=0.5)
    for second in range(5):
        dose = dose.add(float(second), await meter.power_w.value())
    assert dose.dose_mj_cm2 == pytest.approx(100.0)


async def current_held_and_a_contact_lost(bench: Bench) -> None:
    rectifier, cell = bench.the(TdkGenesys), bench.the(PlatingBath)
    await rectifier.arm_foldback(armed=False)
    async with rectifier.delivering(20, 5):
        assert cell.amps == 20
        await rectifier.check()
        assert await rectifier.current_a.value() == 20
        assert await rectifier.voltage_v.value() == pytest.approx(0.2)
        cell.contact_closed = False
        with pytest.raises(DeviceFault, match="enable"):
            await rectifier.check()
    assert cell.amps == 0


async def gas_let_in_and_shut_off(bench: Bench) -> None:
    controller, unit = bench.the(SensirionSfc5500), bench.the(sensirion_sfc5500.SensirionSfc5500)
    async with controller.flowing(125, within_sccm=2, dwell_s=2, deadline_s=20):
        assert unit.flow_sccm() == pytest.approx(125, abs=2)
    await asyncio.sleep(10)
    assert await controller.flow_sccm.value() == pytest.approx(0, abs=0.1)
    bench.the(
        sensirion_sfc5500.SensirionSfc5500
    ).fault_code = sensirion_sfc5500.Code.NO_GAS_PRESSURE
    with pytest.raises(Rejected, match="gas pressure"):
        await controller.setpoint_sccm.write(10)


async def spindle_at_speed_and_at_rest(bench: Bench) -> None:
    spindle, drive = bench.the(TrinamicTmcm1640), bench.the(trinamic_tmcm1640.TrinamicTmcm1640)
    assert await spindle.spin(3000, 2000, dwell_s=1, deadline_s=10) == pytest.approx(3000, abs=30)
    assert drive.rpm() == 3000
    await spindle.stop(deadline_s=10)
    assert drive.rpm() == 0
    drive.faults.add(trinamic_tmcm1640.StatusBit.OVERTEMPERATURE)
    with pytest.raises(DeviceFault, match="overtemperature"):
        await spindle.spin(1000, 2000, dwell_s=1, deadline_s=10)


async def job_run_by_the_controller(bench: Bench) -> None:
    plc, controller = bench.the(ClickPlc), bench.the(click_plc.ClickPlc)
    async with plc.host_control("LOT1.W01"):
        await plc.to_idle(20)
        await plc.load_recipe(7)
        await plc.start("LOT1.W01", 20)
        assert bench.the(SmallTool).energy
        await plc.perform(121, deadline_s=10)
        with pytest.raises(Rejected, match="unknown"):
            await plc.command(150)
        await plc.complete(20)
        assert (await plc.status()).state is PackMl.COMPLETE
    assert controller.job_id == "LOT1.W01"
    assert not bench.the(SmallTool).energy
    controller.power_cycle()
    with pytest.raises(Restarted):
        await plc.status()


VERBS: dict[str, list[Callable[[Bench], Awaitable[None]]]] = {
    "ae_cesar": [rf_power_and_bias],
    "aja_dcxs": [dc_power_on_a_gun],
    "click_plc": [job_run_by_the_controller],
    "eurotherm_3216": [hotplate_heated_with_one_write],
    "inficon_sqm160": [thickness_counted_and_lost],
    "julabo_cf31": [bath_held_and_its_alarm],
    "lumel_re72": [tank_heated_and_left_cold],
    "newport_esp301": [stage_moved_and_stopped_at_its_end],
    "omron_e5cc": [roll_heated_in_ram],
    "sensirion_sfc5500": [gas_let_in_and_shut_off],
    "tdk_genesys": [current_held_and_a_contact_lost],
    "thorlabs_pm100": [power_integrated_to_a_dose],
    "thorlabs_sc10": [exposure_timed_by_the_controller, exposure_broken_off_by_its_interlock],
    "trinamic_tmcm1640": [spindle_at_speed_and_at_rest],
    "watlow_ezzone": [zones_at_their_profile],
    **MEDIA_VERBS,
}
CASES = [
    pytest.param(model, verb, id=f"{model}-{verb.__name__}")
    for model, verbs in VERBS.items()
    for verb in verbs
]


@pytest.mark.parametrize(("model", "verb"), CASES)
def test_it_does_what_it_is_for(model: str, verb: Callable[[Bench], Awaitable[None]]) -> None:
    at(model, verb)


def test_every_model_has_a_verb() -> None:
    assert set(VERBS) == set(MODELS)
