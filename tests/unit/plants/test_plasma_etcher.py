"""The emulated plasma etcher: what its wires do to a wafer."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.instruments.sensirion_sfc5500 import Code
from sim_hardware.physics import metrology
from sim_hardware.plasma_etcher import PlasmaEtcherPlant
from tests.unit.physics.near import near
from tests.unit.plants.etcher_rig import (
    ARGON,
    CLAMP,
    COPPER_LINE,
    FLUORINE_LINE,
    GATE,
    HELIUM,
    HOLDS,
    MTORR,
    PUMP,
    RF_HOURS,
    RF_S,
    SF6,
    TORR,
    UNHOLDS,
    VENT,
    WAFER_C,
    Rig,
    stripped_wafer,
)
from tests.unit.plants.plant_bench import (
    ABORTED,
    ACCEPTED,
    EXECUTE,
    HELD,
    REJECTED_RECIPE,
    REJECTED_STATE,
    bench,
    check_register,
    icd_rows,
)

REGISTERS = icd_rows("plasma_etcher", frozenset({"float32_low_first", "int16"}))


@pytest.fixture
def rig() -> Iterator[Rig]:
    with bench(PlasmaEtcherPlant) as tool:
        yield Rig(tool)


def test_the_nominal_visit_makes_the_golden_wafer(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    assert rig.nominal_etch(ARGON, COPPER_LINE, over=0.2) == near(189.36, rel=0.015)
    assert rig.nominal_etch(SF6, FLUORINE_LINE, over=0.3) == near(157.74, rel=0.015)
    rig.finish()
    wafer = rig.plant.unload()
    found = metrology.after_etch(wafer)
    assert found["und_nm"] == near(136.02, rel=0.02)
    assert found["pad_cd"] == near(102.871, rel=0.001)
    assert found["ubm_left_nm"] == 0.0
    assert found["sn_loss_um"] == near(0.676, rel=0.02)
    assert found["sin_loss_nm"] == near(59.22, rel=0.03)
    assert found["wafer_C"] == near(49.0, within=0.5)
    assert [visit.step for visit in wafer.history] == ["etch_ubm"]
    assert rig.host.hazards == []


def test_the_time_of_the_plasma_is_counted_for_job_and_chamber(rig: Rig) -> None:
    rig.etching()
    assert rig.host.real(RF_S) == near(10.0)
    rig.quench()
    rig.host.spend(20.0)
    assert rig.host.real(RF_S) == near(10.0)
    assert rig.host.real(RF_HOURS) == near(50.0 + 10.0 / 3600.0)


def test_the_light_of_copper_falls_once_and_stays_low(rig: Rig) -> None:
    rig.etching()
    seen: list[float] = []
    for _ in range(46):
        seen.append(rig.light)
        rig.host.spend(5.0)
    assert seen[0] == near(99.8, within=0.1)
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == near(15.0, within=0.1)


def test_a_change_of_setting_does_not_light_up_what_is_clear(rig: Rig) -> None:
    rig.etching()
    rig.host.spend(200.0)
    assert rig.light < 16.0
    rig.host.done(HELIUM, 100)
    assert rig.light < 16.0


def test_the_other_line_is_dark_while_copper_is_etched(rig: Rig) -> None:
    rig.etching()
    rig.select(FLUORINE_LINE)
    assert rig.light == near(15.0, within=0.1)
    rig.select(0)
    assert rig.light == 0.0


def test_the_barrier_waits_for_the_copper_to_be_gone(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    rig.gas(SF6)
    rig.strike()
    rig.host.spend(100.0)
    rig.quench()
    assert rig.copper_left_nm() == near(301.28, rel=0.01)
    assert rig.plant.wafer is not None
    assert float(rig.plant.wafer.layer_nm("TiW").mean()) == near(199.83, rel=0.01)


def test_the_generators_regulate_power_and_bias(rig: Rig) -> None:
    rig.etching()
    assert rig.rf_word("source", 165) == 1000
    assert rig.rf_word("source", 166) == 2
    assert rig.rf_word("bias", 168) == 300


def test_without_gas_everything_comes_back_and_later_harms(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    rig.strike()
    rig.host.spend(2.0)
    assert rig.rf_word("source", 166) == rig.rf_word("source", 165) == 300
    assert rig.host.hazards == []
    rig.host.spend(10.0)
    assert rig.host.hazards == ["RF without gas"]


def test_the_generators_stay_off_until_wafer_and_vacuum_are_safe(rig: Rig) -> None:
    rig.put_in(stripped_wafer())
    rig.host.to_execute()
    assert rig.rf("source", 2) == b"\x07"
    rig.host.done(PUMP)
    assert rig.rf("source", 2) == b"\x07"
    rig.host.done(CLAMP, 1)
    assert rig.host.bit(6)
    assert rig.rf("source", 2) == b"\x00"


def test_orders_that_the_chamber_cannot_carry_out_are_refused(rig: Rig) -> None:
    rig.put_in(stripped_wafer())
    rig.host.to_execute()
    assert rig.host.order(CLAMP, 1)[0] == REJECTED_STATE  # in air
    assert rig.host.order(HELIUM, 80)[0] == REJECTED_STATE
    assert rig.host.order(GATE, 1)[0] == REJECTED_STATE
    assert rig.flow(ARGON, 50.0) == Code.NO_GAS_PRESSURE
    rig.host.done(PUMP)
    assert rig.host.order(HELIUM, 80)[0] == REJECTED_STATE  # no clamp
    assert rig.host.order(HELIUM, 201) == (REJECTED_RECIPE, 104)
    assert rig.host.order(GATE, 2) == (REJECTED_RECIPE, 104)
    assert rig.host.order(CLAMP, 2) == (REJECTED_RECIPE, 104)


def test_the_chamber_is_not_vented_and_the_wafer_not_released_under_rf(rig: Rig) -> None:
    rig.etching()
    assert rig.host.order(VENT)[0] == REJECTED_STATE
    assert rig.host.order(CLAMP, 0)[0] == REJECTED_STATE
    assert rig.host.hazards == []


def test_the_valve_finds_its_place_when_gas_comes(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    rig.pressure(8.0)
    rig.host.spend(10.0)
    assert rig.host.real(MTORR) < 4.0
    assert rig.flow(ARGON, 50.0) == 0
    rig.host.spend(10.0)
    assert rig.host.real(MTORR) == near(8.0, rel=0.02)


def test_a_hold_takes_the_power_away_and_the_etch_can_go_on(rig: Rig) -> None:
    rig.etching()
    assert rig.host.order(HOLDS)[0] == ACCEPTED
    assert rig.rf_is_off()
    rig.host.spend(30.0)
    left_nm = rig.copper_left_nm()
    assert left_nm == near(301.28 - 10.0 * 98.75 / 60.0, rel=0.01)
    assert rig.host.order(UNHOLDS)[0] == ACCEPTED
    rig.host.spend(1.1)
    rig.strike()
    rig.host.spend(20.0)
    rig.quench()
    assert left_nm - rig.copper_left_nm() == near(20.0 * 98.75 / 60.0, rel=0.05)
    assert rig.host.hazards == []


def test_an_emergency_stop_ends_safe_and_the_wafer_comes_out(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("plc", {"emergency_stop": 1})
    assert rig.rf_is_off()
    rig.host.spend(10.0)
    assert rig.host.state == ABORTED
    assert rig.host.real(TORR) == near(0.0, within=0.1)
    assert rig.plant.state()["argon_sccm"] == near(0.0, within=0.01)
    with pytest.raises(PlantRefuses, match="vacuum"):
        rig.plant.unload()  # presses the button
    rig.host.spend(60.0)
    wafer = rig.plant.unload()
    assert float(wafer.layer_nm("Cu").mean()) == near(301.28 - 9.5 * 98.75 / 60.0, rel=0.01)
    assert rig.host.hazards == []


def test_a_silent_host_ends_in_an_abort_without_a_hazard(rig: Rig) -> None:
    rig.etching()
    rig.host.time.wait(4.2)
    assert rig.host.state == ABORTED
    assert 2 in rig.host.alarms
    assert rig.rf_is_off()
    assert rig.host.hazards == []


def test_a_power_loss_of_the_controller_drops_rf_helium_and_clamp(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("plc", {"power_cycle": 1})
    assert rig.rf_is_off()
    assert not rig.host.bit(1)
    assert rig.host.hazards == []


@pytest.mark.parametrize(
    ("fault", "value", "alarm", "state"),
    [
        ("door", 1, 4, ABORTED),
        ("water_lpm", 1.0, 20, ABORTED),
        ("chamber_air", 1, 13, ABORTED),
        ("helium_leak_share", 10.0, 18, HELD),
        ("clamp_lost", 1, 18, HELD),
    ],
)
def test_what_the_controller_watches_ends_the_plasma_without_a_hazard(
    rig: Rig, fault: str, value: float, alarm: int, state: int
) -> None:
    rig.etching()
    rig.plant.set_fault("plant", {fault: value})
    rig.host.spend(10.0)
    assert rig.rf_is_off()
    assert rig.host.state == state
    assert alarm in rig.host.alarms
    assert rig.host.hazards == []


def test_a_question_in_the_moment_of_an_inrush_of_air_hides_nothing(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("plant", {"chamber_air": 1})
    rig.host.time.wait(0.05)
    assert rig.rf_is_off()
    rig.host.spend(2.0)
    assert rig.host.state == ABORTED
    assert 13 in rig.host.alarms
    assert rig.host.hazards == []


def test_an_empty_bottle_holds_the_job_for_the_pressure(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("argon", {"supply_low": 1})
    rig.host.spend(9.0)
    assert rig.host.state == HELD
    assert 17 in rig.host.alarms
    assert rig.host.hazards == []


def test_a_wafer_without_helium_gets_hot_and_at_150_the_plasma_ends(rig: Rig) -> None:
    rig.etching()
    rig.host.done(HELIUM, 0)
    rig.host.spend(100.0)
    assert rig.host.real(WAFER_C) == near(136.0, within=0.5)
    assert rig.host.state == EXECUTE
    rig.plant.set_fault("plant", {"chuck_c": 60.0})
    rig.host.spend(30.0)
    assert 19 in rig.host.alarms
    assert rig.host.state == ABORTED
    assert rig.host.hazards == []


@pytest.mark.parametrize(
    ("fault", "hazard"),
    [
        ({"water_lpm": 1.0}, "RF without cooling water"),
        ({"chamber_air": 1.0}, "RF without vacuum"),
        ({"clamp_lost": 1.0}, "RF without a clamped wafer"),
        ({"chuck_c": 145.0}, "solder wafer above 150 C"),
    ],
)
def test_with_a_bridged_interlock_the_plant_judges(
    rig: Rig, fault: dict[str, float], hazard: str
) -> None:
    rig.etching()
    rig.plant.set_fault("plc", {"interlock_bridged": 1})
    rig.plant.set_fault("plant", fault)
    rig.host.spend(20.0)
    assert hazard in rig.host.hazards


def test_a_leaking_chamber_raises_an_alarm_after_three_minutes(rig: Rig) -> None:
    rig.put_in(stripped_wafer())
    rig.plant.set_fault("plant", {"chamber_leak_mbar_l_s": 10.0})
    rig.host.to_execute()
    assert rig.host.order(PUMP)[0] == ACCEPTED
    rig.host.spend(182.0)
    assert 13 in rig.host.alarms
    assert rig.host.state == HELD


def test_reflected_power_shows_and_takes_from_the_etch(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("source", {"reflected_share": 0.1})
    rig.host.spend(1.0)
    assert rig.rf_word("source", 166) == 100
    assert rig.rf_word("source", 167) == 900


def test_a_tripped_generator_stops_etching(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("bias", {"overtemperature": 1})
    before_nm = rig.copper_left_nm()
    rig.host.spend(20.0)
    assert rig.rf_word("bias", 165) == 0
    assert rig.copper_left_nm() == near(before_nm)


def test_hands_stay_out_of_a_tool_at_work(rig: Rig) -> None:
    rig.etching()
    with pytest.raises(PlantRefuses, match="execute"):
        rig.plant.unload()


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(rig: Rig, row: dict[str, str]) -> None:
    check_register(rig.host, row)


def test_every_command_and_alarm_of_the_map_is_known(rig: Rig) -> None:
    rig.host.to_idle()
    for row in icd_rows("plasma_etcher", frozenset({"command"})):
        assert rig.host.order(int(row["address"]))[0] in {1, 2, 3, 6}, row["name"]
    for row in icd_rows("plasma_etcher", frozenset({"alarm"})):
        rig.plant.plc.raise_alarm(int(row["address"]))
    assert rig.host.alarms == {17, 18, 19, 20}


def test_an_unknown_fault_is_refused_and_changes_nothing(rig: Rig) -> None:
    with pytest.raises(KeyError, match="moon"):
        rig.plant.set_fault("plant", {"water_lpm": 0.0, "moon": 1.0})
    assert rig.plant.state()["water_lpm"] == 6.0
