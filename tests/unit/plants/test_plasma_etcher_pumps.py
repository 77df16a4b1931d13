"""The emulated plasma etcher's valve, turbopump, gauge and chiller: what hangs on them."""

from collections.abc import Iterator

import pytest

from sim_hardware.physics import metrology
from sim_hardware.plasma_etcher import PlasmaEtcherPlant
from tests.unit.physics.near import near
from tests.unit.plants.etcher_rig import (
    ARGON,
    CHUCK_C,
    GATE,
    MTORR,
    PUMP,
    WAFER_C,
    Rig,
    stripped_wafer,
)
from tests.unit.plants.plant_bench import ABORTED, ACCEPTED, DONE, EXECUTE, HELD, bench

SLOW = "RF without the turbopump at speed"
RUN_DOWN_S = 600.0


@pytest.fixture
def rig() -> Iterator[Rig]:
    with bench(PlasmaEtcherPlant) as tool:
        yield Rig(tool)


def test_the_shift_before_left_pumps_and_chiller_running_and_the_valve_shut() -> None:
    with bench(PlasmaEtcherPlant) as tool:
        state = tool.plant.state()
        assert state["turbo_hz"] == 1500.0
        assert state["chiller_runs"]
        assert state["gate_open"]
        assert state["throttle_open"] == 0.0
        assert tool.real(MTORR) < 1.0


def test_gauge_manometer_and_controller_agree_on_the_pressure(rig: Rig) -> None:
    rig.etching()
    assert rig.gauge_mbar() == near(8.0 * 1.333e-3, rel=0.01)
    assert int(rig.valve("P:")[2:]) == near(80_000, rel=0.01)


def test_the_gauge_follows_from_the_air_to_base(rig: Rig) -> None:
    rig.put_in(stripped_wafer())
    assert rig.gauge_mbar() == near(1013.0, rel=0.01)
    rig.host.to_execute()
    rig.host.order(PUMP)
    rig.host.spend(10.0)
    assert 0.1 < rig.gauge_mbar() < 20.0
    assert not rig.plant.state()["gate_open"]
    rig.host.spend(20.0)
    assert rig.gauge_mbar() < 1.333e-3
    assert rig.plant.state()["gate_open"]


def test_a_closed_throttle_valve_keeps_the_chamber_from_its_base(rig: Rig) -> None:
    rig.put_in(stripped_wafer())
    rig.valve("C:")
    rig.host.to_execute()
    assert rig.host.order(PUMP)[0] == ACCEPTED
    rig.host.spend(100.0)
    assert rig.host.ack == ACCEPTED
    rig.valve("O:")
    rig.host.spend(10.0)
    assert rig.host.ack == DONE


def test_a_turbopump_that_stands_keeps_the_chamber_from_its_base(rig: Rig) -> None:
    rig.turbo(10, "000000")
    rig.host.spend(RUN_DOWN_S)
    rig.put_in(stripped_wafer())
    rig.host.to_execute()
    rig.host.order(PUMP)
    rig.host.spend(60.0)
    assert rig.host.ack == ACCEPTED
    assert rig.host.real(MTORR) > 30.0
    rig.turbo(10, "111111")
    rig.host.spend(60.0)
    assert rig.host.ack == DONE


def test_the_valve_keeps_the_pressure_when_the_gas_changes(rig: Rig) -> None:
    rig.etching()
    before = int(rig.valve("A:")[2:])
    assert rig.flow(ARGON, 100.0) == 0
    rig.host.spend(10.0)
    assert rig.host.real(MTORR) == near(8.0, rel=0.01)
    assert int(rig.valve("A:")[2:]) == near(before * 2.0**0.5, rel=0.02)


def test_a_plate_that_sticks_lets_the_pressure_go_with_the_gas_and_holds_the_job(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("throttle", {"stuck": 1})
    rig.host.spend(10.0)
    assert rig.host.state == EXECUTE
    assert rig.flow(ARGON, 80.0) == 0
    rig.host.spend(10.0)
    assert rig.host.real(MTORR) == near(8.0 * 1.6, rel=0.03)
    assert rig.host.state == HELD
    assert 17 in rig.host.alarms


def test_a_manometer_that_has_drifted_changes_the_etch_and_nobody_but_the_gauge_sees(
    rig: Rig,
) -> None:
    rig.etching()
    rig.plant.set_fault("throttle", {"sensor_offset_mtorr": 3.0})
    rig.host.spend(20.0)
    assert rig.host.state == EXECUTE
    assert int(rig.valve("P:")[2:]) == near(80_000, rel=0.02)
    assert rig.gauge_mbar() == near(5.0 * 1.333e-3, rel=0.02)
    rig.plant.changed()  # the wafer is brought up to date
    before_nm = rig.copper_left_nm()
    rig.host.spend(30.0)
    rig.quench()
    faster = (5.0 / 8.0) ** -0.25
    assert before_nm - rig.copper_left_nm() == near(30.0 * 98.75 / 60.0 * faster, rel=0.04)


def test_a_turbopump_that_trips_under_the_plasma_is_a_hazard_only_when_it_has_slowed_down(
    rig: Rig,
) -> None:
    rig.etching()
    rig.plant.set_fault("turbo", {"trip": 6})
    assert rig.turbo(303) == "Err006"
    rig.host.spend(0.15 * RUN_DOWN_S)
    assert rig.host.real(MTORR) == near(8.0, rel=0.01)
    assert rig.host.hazards == []
    rig.host.spend(0.1 * RUN_DOWN_S)
    assert rig.host.hazards == [SLOW]


def test_a_plasma_put_out_in_time_when_the_turbopump_trips_is_no_hazard(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("turbo", {"bearing_c": 90.0})
    assert rig.turbo(303) == "Err119"
    rig.host.spend(5.0)
    rig.quench()
    rig.host.spend(RUN_DOWN_S)
    assert rig.host.hazards == []


def test_no_plasma_is_struck_unpunished_with_a_slow_turbopump(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    rig.turbo(10, "000000")
    rig.host.spend(0.3 * RUN_DOWN_S)
    rig.flow(ARGON, 50.0)
    rig.pressure(8.0)
    rig.host.spend(5.0)
    rig.strike()
    assert rig.host.hazards == [SLOW]


def test_the_gate_closes_by_order_and_by_itself_in_bad_vacuum(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    rig.host.done(GATE, 0)
    assert not rig.plant.state()["gate_open"]
    rig.host.done(GATE, 1)
    assert rig.host.real(MTORR) < 1.0
    rig.plant.set_fault("plant", {"chamber_air": 1})
    rig.host.spend(1.0)
    assert not rig.plant.state()["gate_open"]
    assert rig.host.hazards == []


def test_a_closed_gate_lets_the_gas_rise_until_the_vacuum_is_lost(rig: Rig) -> None:
    rig.etching()
    rig.host.done(GATE, 0)
    rig.host.spend(2.0)
    assert rig.host.real(MTORR) == near(8.0 + 3.0 * 50.0 * 12.67 / 30.0, within=25.0)
    rig.host.spend(8.0)
    assert rig.host.state == ABORTED
    assert rig.rf_is_off()
    assert rig.host.hazards == []


def test_the_chuck_follows_the_chiller_within_a_minute(rig: Rig) -> None:
    rig.chiller(0xF0, (150).to_bytes(2, "big"))
    rig.host.spend(60.0)
    assert rig.host.real(CHUCK_C) == near(15.0, within=0.3)
    rig.prepare(stripped_wafer())
    assert rig.host.real(WAFER_C) == near(15.0, within=0.5)


def test_a_chiller_that_stops_lets_chuck_and_wafer_get_hot_until_the_plasma_ends(rig: Rig) -> None:
    rig.etching()
    rig.plant.set_fault("chiller", {"level_low": 1})
    assert rig.chiller(0x81, b"\x02") == b"\x00"
    rig.host.spend(60.0)
    assert rig.host.real(CHUCK_C) > 40.0
    assert rig.host.state == EXECUTE
    rig.host.spend(500.0)
    assert 19 in rig.host.alarms
    assert rig.host.state == ABORTED
    assert rig.host.hazards == []
    wafer = rig.plant.wafer
    assert wafer is not None
    assert metrology.after_etch(wafer)["wafer_C"] > 120.0


def test_a_chiller_whose_sensor_lies_makes_the_chuck_warm(rig: Rig) -> None:
    rig.plant.set_fault("chiller", {"sensor_offset_c": -10.0})
    rig.host.spend(100.0)
    assert int.from_bytes(rig.chiller(0x20)[1:], "big") == near(200, within=1.0)
    assert rig.host.real(CHUCK_C) == near(30.0, within=0.3)


def test_low_flow_stops_the_chiller(rig: Rig) -> None:
    rig.plant.set_fault("chiller", {"flow_lpm": 1.0})
    assert rig.chiller(0x81, b"\x02") == b"\x00"
    assert not rig.plant.state()["chiller_runs"]


def test_a_gauge_can_fail_foul_or_stick(rig: Rig) -> None:
    rig.prepare(stripped_wafer())
    base_mbar = rig.host.real(MTORR) * 1.333e-3
    rig.plant.set_fault("gauge", {"reading_share": 100.0})
    assert rig.gauge_mbar() == near(100.0 * base_mbar, rel=0.05)
    rig.plant.set_fault("gauge", {"stuck": 1, "reading_share": 1.0})
    rig.flow(ARGON, 50.0)
    rig.pressure(8.0)
    rig.host.spend(10.0)
    assert rig.gauge_mbar() == near(100.0 * base_mbar, rel=0.05)
    rig.plant.set_fault("gauge", {"sensor_failed": 1})
    with pytest.raises(AssertionError, match="ERROR1"):
        rig.gauge_mbar()
