"""What the instruments for gas, vacuum, liquids, lamps and belts are for, seen at the far end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from drivers.core.errors import DeviceFault, InterlockOpen, NotReached, Restarted, Tripped
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.alicat_mc_frames import Gas
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.hamilton_ph_arc_frames import Level
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.kepco_bop_lists import pulse_reverse
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.mks_937b_frames import Direction, IonGauge, PressureUnit
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.oriel_69907_lamp import LampSettings, Mode
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thyracont_vsr import DisplayUnit, Source, ThyracontVsr
from drivers.instruments.thyracont_vsr_frames import Relay, Transition
from drivers.instruments.trinamic_tmcm1110 import Direction as Way
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.vat_valve import VatValve
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from sim_hardware.instruments import (
    alicat_mc,
    bronkhorst_propar,
    leybold_turbovac,
    mks_937b,
    oriel_69907,
    trinamic_tmcm1110,
)
from sim_hardware.instruments.alicat_mc_tables import StatusWord
from tests.rigs.instruments import Bench
from tests.rigs.wired_to_media import (
    Belt,
    CellInPulses,
    CoolantLoop,
    Electrolyte,
    GasSupply,
    MercuryLamp,
    PumpedPlace,
    ResistBottle,
    ThrottledChamber,
    Vacuum,
    WaterCircuit,
)

SPECIALIST = 16021966


async def argon_let_in_and_the_valve_held(bench: Bench) -> None:
    controller, supply = bench.the(AlicatMc), bench.the(GasSupply)
    await controller.select_gas(Gas.AR)
    await controller.limit_ramp(50)
    async with controller.flowing(5.5, within_sccm=0.1, dwell_s=1, deadline_s=20):
        assert supply.flow_sccm() == pytest.approx(5.5, abs=0.1)
        await controller.hold_valve()
        with pytest.raises(Tripped):
            await controller.check()
    assert supply.flow.goal == 0
    await controller.lock_buttons(locked=True)
    await controller.lock_buttons(locked=False)
    bench.the(alicat_mc.AlicatMc).faults.add(StatusWord.TOV)
    assert (await controller.line()).words


async def resist_dispensed_by_mass(bench: Bench) -> None:
    controller, bottle = bench.the(BronkhorstPropar), bench.the(ResistBottle)
    counted_g = await controller.dispense(2.5, 60.0, deadline_s=60)
    assert counted_g == pytest.approx(bottle.passed_g(), abs=0.01)
    assert counted_g == pytest.approx(2.5, abs=0.3)  # the pump runs down when the count is reached
    assert bottle.flow.goal == 0
    async with controller.flowing(60.0, within_g_min=1, dwell_s=1, deadline_s=20):
        assert bottle.flow_g_s() == pytest.approx(1.0, abs=0.02)
    assert bottle.flow.goal == 0
    await controller.acknowledge()
    assert await controller.user_tag()
    unit = bench.the(bronkhorst_propar.BronkhorstPropar)
    unit.hardware_fault = True
    with pytest.raises(DeviceFault, match="hardware"):
        await controller.dispense(1.0, 60.0, deadline_s=9)


async def acidity_read_and_guarded(bench: Bench) -> None:
    sensor, bath = bench.the(HamiltonPhArc), bench.the(Electrolyte)
    assert await sensor.ph.value() == pytest.approx(4.02503)
    assert await sensor.temperature_c.value() == pytest.approx(24.35834)
    async with sensor.speaking_as(Level.SPECIALIST, SPECIALIST):
        await sensor.moving_average.write_and_verify(4)
        assert await sensor.level() is Level.SPECIALIST
    assert await sensor.level() is Level.USER
    assert await sensor.warnings() == ()
    bath.celsius = 150.0
    with pytest.raises(DeviceFault, match="temperature"):
        await sensor.check()


async def current_pulsed_both_ways(bench: Bench) -> None:
    supply, cell = bench.the(KepcoBop), bench.the(CellInPulses)
    await supply.self_test()
    await supply.beep()
    async with supply.pulsing(pulse_reverse(4.0, 1.0, 2.0, 0.5), 20.0):
        assert cell.amps in {4.0, -2.0}
        await supply.check_pulsing()
    assert cell.amps == 0
    async with supply.delivering(-3.0, 20.0):
        assert cell.amps == pytest.approx(-3.0, abs=0.001)
        assert await supply.voltage_v.value() == pytest.approx(-1.5, abs=0.01)
    assert cell.amps == 0


async def vacuum_pumped_and_the_rotor_stopped(bench: Bench) -> None:
    pump, place = bench.the(LeyboldTurbovac), bench.the(PumpedPlace)
    await pump.setpoint_hz.write_and_verify(900)
    async with pump.running(deadline_s=300):
        assert place.goal_hz == 900
        assert await pump.frequency_hz.value() >= 810
        await pump.stand_by()
        await pump.stand_by(on=False)
    assert place.goal_hz == 0
    await pump.stop(deadline_s=600)
    assert (await pump.memorized_error()).number == 0
    place.bearing = 90.0
    bench.the(leybold_turbovac.LeyboldTurbovac).recheck()
    with pytest.raises(DeviceFault, match="error 3"):
        await pump.run_up(deadline_s=9)
    place.bearing = 35.0
    bench.the(leybold_turbovac.LeyboldTurbovac).recheck()
    await pump.reset_error()


async def pressures_and_a_relay_that_follows_them(bench: Bench) -> None:
    controller, place = bench.the(Mks937b), bench.the(Vacuum)
    await controller.show_in(PressureUnit.MICRON)
    await controller.show_in(PressureUnit.MBAR)
    assert await controller.pressure_2_mbar.value() == pytest.approx(1e-3, rel=0.01)
    await controller.arm_relay(3, Direction.BELOW, 5e-2, 7e-2)
    assert (await controller.relay(3)).energised
    place.pressure_mbar = 1.0
    bench.the(mks_937b.Mks937b).recheck()
    assert not (await controller.relay(3)).energised
    await controller.force_relay(3, energised=False)
    assert not (await controller.relay(6)).energised
    place.pressure_mbar = 1e-6
    with pytest.raises(DeviceFault, match="protect"):
        await controller.check(1)
    await controller.switch_channel(1, on=False)
    async with controller.measuring(1, deadline_s=600):
        assert await controller.ion_gauge(1) is IonGauge.GOOD
        assert await controller.pressure_1_mbar.value() == pytest.approx(1e-6, rel=0.01)
    assert not await controller.channel_on(1)


async def lamp_lit_and_put_out(bench: Bench) -> None:
    supply, lamp = bench.the(Oriel69907), bench.the(MercuryLamp)
    await supply.lock_panel(locked=True)
    by_power = LampSettings(Mode.POWER, 95.0, current_limit_a=12.0, power_limit_w=98.0)
    async with supply.burning(by_power):
        assert lamp.amps == pytest.approx(4.75, abs=0.05)
        await supply.check()
        assert await supply.power_w.value() == pytest.approx(95, abs=1)
    assert lamp.amps == 0
    await supply.reset()
    by_current = LampSettings(Mode.CURRENT, 7.5, current_limit_a=12.0, power_limit_w=198.0)
    bench.the(oriel_69907.Oriel69907).noisy_strike = True
    async with supply.burning(by_current):
        assert lamp.amps == pytest.approx(7.5)
    lamp.closed = False
    with pytest.raises(InterlockOpen):
        await supply.ignite(by_power)
    lamp.closed, lamp.alive = True, False
    with pytest.raises((DeviceFault, NotReached)):
        await supply.ignite(by_power, attempts=2)


async def pump_run_up_and_switched_off(bench: Bench) -> None:
    pump, place = bench.the(PfeifferTc110), bench.the(PumpedPlace)
    await pump.take_control()
    async with pump.running(deadline_s=300):
        assert place.goal_hz == 1500
        assert await pump.actual_hz.value() == pytest.approx(1500, rel=0.05)
        await pump.check()
    assert place.goal_hz == 0
    async with pump.running(deadline_s=600, speed_pct=60):
        assert place.goal_hz == 900
    assert not (await pump.status()).pumping
    with pytest.raises(Tripped):
        await pump.check()
    await pump.acknowledge_error()


async def coolant_held(bench: Bench) -> None:
    chiller, loop = bench.the(Thermoflex), bench.the(CoolantLoop)
    assert await chiller.display()
    async with chiller.running(22.5, deadline_s=600):
        assert loop.setpoint_c == 22.5
        assert await chiller.temperature_c.value() == pytest.approx(22.5, abs=0.5)
        assert await chiller.switched_on()
        loop.pumped_lpm = 0.0
        with pytest.raises(DeviceFault, match="flow"):
            await chiller.check()
    assert loop.setpoint_c is None


async def pressure_looked_at(bench: Bench) -> None:
    gauge, place = bench.the(ThyracontVsr), bench.the(Vacuum)
    assert await gauge.pressure_mbar.value() == pytest.approx(1e-3)
    await gauge.check()
    await gauge.set_relay(1, Relay(0.1, 1.5))
    await gauge.set_transition(Transition(1.0, 2.0))
    await gauge.show_in(DisplayUnit.MBAR)
    await gauge.show(Source.PIRANI)
    await gauge.turn_display(upside_down=True)
    await gauge.turn_display(upside_down=False)
    place.pressure_mbar = 973.4
    assert await gauge.pressure_mbar.value() == pytest.approx(973.4)
    await gauge.adjust_high(981.5)
    assert (await gauge.range_mbar()).high == 1200


async def belt_at_speed_and_at_rest(bench: Bench) -> None:
    drive, belt = bench.the(TrinamicTmcm1110), bench.the(Belt)
    await drive.max_speed_internal.write_and_verify(1500)
    async with drive.running(20_000, deadline_s=20):
        assert belt.full_steps_s == pytest.approx(20_000 / 256, rel=0.01)
    assert belt.full_steps_s == 0
    async with drive.running(10_000, Way.LEFT, deadline_s=20):
        assert belt.full_steps_s < 0
    assert belt.full_steps_s == 0
    await drive.move_to(5_000, deadline_s=60)
    with pytest.raises(NotReached):
        await drive.home(deadline_s=2)
    await drive.switch(1, on=True)
    assert not await drive.digital_input(0)
    bench.the(trinamic_tmcm1110.TrinamicTmcm1110).power_cycle()
    with pytest.raises(Restarted):
        await drive.check()


async def plate_moved_and_pressure_regulated(bench: Bench) -> None:
    valve, chamber = bench.the(VatValve), bench.the(ThrottledChamber)
    await valve.open(deadline_s=30)
    assert chamber.opening == 1
    await valve.move_to(42.8, within_pct=0.5, deadline_s=30)
    assert chamber.opening == pytest.approx(0.428, abs=0.005)
    await valve.hold()
    await valve.learn(deadline_s=200)
    async with valve.regulating(20, within_pct=1, dwell_s=2, deadline_s=60):
        assert chamber.opening == pytest.approx(0.25, abs=0.02)
    await valve.close(deadline_s=30)
    assert chamber.opening == 0


async def water_circulated(bench: Bench) -> None:
    pump, circuit = bench.the(XylemHydrovar), bench.the(WaterCircuit)
    async with pump.delivering(2.0, deadline_s=60):
        assert await pump.pressure_bar.value() == pytest.approx(2.0, abs=0.1)
        assert circuit.goal_hz > 20
        await pump.check()
    assert circuit.goal_hz == 0
    async with pump.turning(40.0, deadline_s=60):
        assert circuit.goal_hz == pytest.approx(40.0)
    assert await pump.nominal_current_a() == pytest.approx(4.7)
    assert await pump.faults() == ()
    circuit.terminal_closed = False
    await asyncio.sleep(0.1)
    with pytest.raises(InterlockOpen):
        async with pump.delivering(2.0, deadline_s=60):
            pytest.fail("the pump ran with its terminal open")


MEDIA_VERBS: dict[str, list[Callable[[Bench], Awaitable[None]]]] = {
    "alicat_mc": [argon_let_in_and_the_valve_held],
    "bronkhorst_propar": [resist_dispensed_by_mass],
    "hamilton_ph_arc": [acidity_read_and_guarded],
    "kepco_bop": [current_pulsed_both_ways],
    "leybold_turbovac": [vacuum_pumped_and_the_rotor_stopped],
    "mks_937b": [pressures_and_a_relay_that_follows_them],
    "oriel_69907": [lamp_lit_and_put_out],
    "pfeiffer_tc110": [pump_run_up_and_switched_off],
    "thermoflex": [coolant_held],
    "thyracont_vsr": [pressure_looked_at],
    "trinamic_tmcm1110": [belt_at_speed_and_at_rest],
    "vat_valve": [plate_moved_and_pressure_regulated],
    "xylem_hydrovar": [water_circulated],
}
