"""The sputter tool's gauges, turbopump and argon: what their wires do to chamber and permit."""

from collections.abc import Iterator

import pytest

from sim_hardware.physics import metrology
from sim_hardware.sputter import SputterPlant
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import HELD, REJECTED_STATE, bench
from tests.unit.plants.test_sputter import GAS, PRECLEAN, Rig

STOP, RUN, STAND_BY, READ = 0x0400, 0x0401, 0x0501, 0x0000  # stand-by: 800 Hz
NORMAL, TURNING = 0x0400, 0x0800
PERMIT = 6


@pytest.fixture
def rig() -> Iterator[Rig]:
    with bench(SputterPlant) as tool:
        yield Rig(tool)


def keep(rig: Rig, control: int, seconds: int) -> None:
    """A host that keeps control of the pump must be heard every ten seconds."""
    for _ in range(0, seconds, 5):
        rig.pump(control)
        rig.host.spend(5.0)


def test_a_pump_that_its_host_has_stopped_runs_again_when_the_host_falls_silent(rig: Rig) -> None:
    keep(rig, STOP, 60)
    rig.host.spend(100.0)
    assert rig.pump(READ) & NORMAL


def test_the_tool_is_left_with_its_pump_at_speed_and_its_gauges_on(rig: Rig) -> None:
    assert rig.pump(READ) & (NORMAL | TURNING) == NORMAL | TURNING
    assert float(rig.gauge("PR1?")) == near(2.2e-7, rel=0.2)
    assert rig.gauge("PR3?") == "LO<E-5"
    assert rig.gauge("PR5?") == "ATM"
    assert (rig.gauge("SS5?"), rig.gauge("SS9?")) == ("SET", "CLEAR")
    assert rig.gauge("RNG3?") == "0.1"
    assert rig.host.hazards == []


def test_the_pump_runs_on_without_a_host(rig: Rig) -> None:
    rig.pump(RUN)
    rig.host.spend(600.0)
    assert rig.pump(READ) & NORMAL


def test_pressure_follows_flow_and_pumping_speed(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.flow(56.0)
    assert float(rig.gauge("PR3?")) == near(7.03e-3, rel=0.01)
    assert rig.host.real(3) == near(7.03, rel=0.01)
    keep(rig, STAND_BY, 100)
    assert rig.host.real(3) == near(7.19, rel=0.01)


def test_without_its_valve_no_argon_comes(rig: Rig) -> None:
    rig.flow(56.0)
    assert rig.plant.vacuum.argon_mtorr() == 0.0
    rig.host.to_execute()
    rig.host.done(GAS, 1)
    rig.host.spend(8.0)
    assert rig.plant.vacuum.argon_mtorr() == near(7.03, rel=0.01)
    rig.host.done(GAS, 0)
    rig.host.spend(8.0)
    assert rig.plant.vacuum.argon_mtorr() < 0.01


def test_process_gas_puts_the_cold_cathode_out_until_it_is_switched_on_again(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.argon(7.0)
    rig.flow(0.0)
    rig.host.spend(10.0)
    assert rig.gauge("PR1?") == "PROTECT"
    rig.gauge("CP1!ON")
    assert rig.gauge("PR1?") == "WAIT"
    rig.host.spend(3.1)
    assert float(rig.gauge("PR1?")) < 1e-6


def test_too_much_argon_opens_the_relay_and_takes_the_permit(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.flow(150.0)
    assert rig.gauge("SS5?") == "CLEAR"
    assert not rig.host.bit(PERMIT)
    assert rig.plant.guns.watts == 0.0
    assert rig.host.hazards == []
    rig.argon(5.0)
    assert rig.host.bit(PERMIT)


def test_the_permit_falls_at_the_very_moment_without_anybody_asking(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.plant.vacuum.argon.on_flow(150.0, float("inf"))
    rig.host.time.wait(1.6)
    assert rig.plant.guns.watts > 0.0
    rig.host.time.wait(0.4)  # a relay lets go a tenth above its setpoint
    assert rig.plant.guns.watts == 0.0


def test_a_host_that_moves_the_relay_moves_the_permit(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.gauge("SP5!2.00E-3")
    assert rig.plant.guns.watts == 0.0


def test_gas_is_refused_while_the_pump_is_slow(rig: Rig) -> None:
    rig.host.to_execute()
    keep(rig, STOP, 30)
    assert rig.host.order(GAS, 1) == (REJECTED_STATE, 20)
    assert rig.pump(RUN) & NORMAL == 0
    rig.host.spend(60.0)
    assert rig.pump(READ) & NORMAL
    rig.host.done(GAS, 1)


@pytest.mark.parametrize(
    "fault", [{"trip": 3.0}, {"mains_failed": 1.0}, {"fore_vacuum_lost": 1.0}, {"bearing_c": 70.0}]
)
def test_a_failing_pump_ends_power_and_gas_and_holds_the_job(
    rig: Rig, fault: dict[str, float]
) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.plant.set_fault("turbo", fault)
    rig.host.spend(40.0)
    assert rig.host.state == HELD
    assert 20 in rig.host.alarms
    assert rig.plant.guns.watts == 0.0
    assert not rig.plant.vacuum.argon.open
    assert rig.host.hazards == []


def test_a_failing_pump_ends_the_pre_clean(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.host.order(PRECLEAN, 300, 60)
    rig.host.spend(10.0)
    rig.plant.set_fault("turbo", {"trip": 3.0})
    assert rig.plant.rf_w == 0.0
    assert rig.host.real(8) == near(10.0, rel=0.01)
    assert rig.host.hazards == []


def test_with_a_bridged_chain_plasma_over_a_slow_pump_is_a_hazard(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.plant.set_fault("plc", {"interlock_bridged": 1})
    rig.burn()
    rig.plant.set_fault("turbo", {"trip": 3.0})
    assert rig.host.hazards[0] == "plasma with the turbopump below its speed"


def test_a_pump_that_stands_leaves_a_bad_vacuum(rig: Rig) -> None:
    keep(rig, STOP, 400)
    assert rig.plant.vacuum.base_mbar() > 1e-4
    rig.pump(RUN)
    rig.host.spend(400.0)
    assert rig.plant.vacuum.base_mbar() < 1e-6


def test_air_brakes_the_pump(rig: Rig) -> None:
    rig.plant.set_fault("plant", {"chamber_air": 1.0})
    rig.host.spend(60.0)
    assert rig.pump(READ) & NORMAL == 0
    rig.plant.set_fault("plant", {"chamber_air": 0.0})
    rig.host.spend(200.0)
    assert rig.pump(READ) & NORMAL


def test_no_pre_clean_below_one_millitorr(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.argon(0.8)
    assert rig.host.order(PRECLEAN, 300, 60)[0] == REJECTED_STATE


def test_an_argon_supply_that_runs_out_leaves_time_to_end_the_power(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.plant.set_fault("argon", {"supply_kpa": 100.0})
    rig.host.spend(4.0)
    assert rig.host.real(3) < 0.2
    assert rig.host.hazards == []
    rig.host.spend(7.0)
    assert rig.host.hazards == ["power without argon"]


@pytest.mark.parametrize("gain", [0.6, 1.0])
def test_a_manometer_that_lies_gives_another_stress(rig: Rig, gain: float) -> None:
    rig.plant.set_fault("gauges", {"process_gain": gain})
    rig.into_the_chamber()
    rig.argon(7.0 / gain)  # what a host that trusts it would set
    assert rig.host.real(3) == near(7.0, rel=0.01)
    rig.burn()
    rig.host.spend(60.0)
    rig.ask("B")
    assert rig.plant.wafer is not None
    bow_um = metrology.after_sputter(rig.plant.wafer)["bow_um"]
    assert (bow_um < -8.0) == (gain == 1.0)
    assert rig.host.hazards == []


def test_a_manometer_that_is_unplugged_takes_the_permit(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.plant.set_fault("gauges", {"process_unplugged": 1.0})
    assert rig.plant.guns.watts == 0.0
    assert rig.gauge("PR3?") == "MISCONN"
