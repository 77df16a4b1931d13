"""The emulated reflow oven: the bumps it makes and what its controller shows and takes."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.core.wire import Table
from sim_hardware.core.words import WordOrder, float_value, float_words
from sim_hardware.reflow_oven import ReflowOvenPlant
from tests.unit.physics.near import near
from tests.unit.plants.oven_rig import (
    BELT,
    FORMIC,
    HEATER,
    LOAD,
    NITROGEN,
    WAITING,
    alicat,
    etched_wafer,
    flow,
    found,
    inside,
    ready,
    to_the_exit,
    turn,
)
from tests.unit.plants.plant_bench import (
    ACCEPTED,
    COMPLETE,
    DONE,
    EXECUTE,
    IDLE,
    REJECTED_INTERLOCK,
    REJECTED_RECIPE,
    REJECTED_STATE,
    STOPPED,
    Bench,
    bench,
    check_register,
    icd_rows,
)

REGISTERS = icd_rows("reflow_oven", frozenset({"float32_low_first", "bit6", "bit7"}))


@pytest.fixture
def tool() -> Iterator[Bench]:
    with bench(ReflowOvenPlant) as made:
        made.plant.load(etched_wafer())
        yield made


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(
    tool: Bench, row: dict[str, str]
) -> None:
    check_register(tool, row)


def test_every_command_of_the_map_is_known(tool: Bench) -> None:
    ready(tool)
    for row in icd_rows("reflow_oven", frozenset({"command"})):
        answer = tool.order(int(row["address"]), 1)[0]
        assert answer in {ACCEPTED, DONE, REJECTED_STATE}, row["name"]


def test_the_oven_stands_warm_and_inert(tool: Bench) -> None:
    tool.spend(3600.0)
    assert tool.state == STOPPED
    assert tool.real(2) == near(15.0)
    assert tool.real(3) == near(300.0)
    assert (tool.real(1), tool.real(4)) == (0.0, 0.0)
    assert tool.plant.state()["zones_c"] == near([105, 145, 165, 172, 185, 228, 255, 250])
    assert tool.bit(0)
    assert tool.bit(WAITING)
    assert tool.bit(HEATER)


def test_the_nominal_visit_makes_the_golden_bumps(tool: Bench) -> None:
    inside(tool)
    assert to_the_exit(tool) == near(330.0, within=3.0)
    assert tool.real(5) < 60.0
    assert tool.real(6) == near(3.85)
    assert tool.real(7) == near(245.2, within=0.5)
    assert tool.real(8) == near(60.0, within=1.0)
    tool.done(FORMIC, 0)
    tool.order(10)
    tool.until(COMPLETE, 5)
    bumps = found(tool)
    golden = {"peak": 245.2, "soak": 98.25, "ramp": 2.447, "cool": -3.041, "wet": 0.956,
              "H": 99.54, "Dmax": 120.9, "base_cd": 103.1, "imc": 1.177, "void": 1.914,
              "shear_gf": 30.28, "shear_g_mil2": 2.454, "gap": 77.79}  # fmt: skip
    assert {name: bumps[name] for name in golden} == near(golden, rel=0.01)
    assert bumps["tal"] == near(60.0, within=1.0)
    assert bumps["oxide"] == near(0.228, rel=0.03)
    assert [visit.step for visit in tool.plant.unload().history] == ["etch_ubm", "reflow"]
    assert tool.real(7) == near(245.2, within=0.5)
    assert not tool.hazards
    assert not tool.alarms


def test_the_wafer_is_followed_through_the_tunnel(tool: Bench) -> None:
    inside(tool)
    tool.spend(60.0)
    assert tool.real(6) == near(0.7, within=0.03)
    assert not tool.bit(WAITING)
    assert 25.0 < tool.real(7) < 150.0
    assert tool.real(8) == 0.0
    with pytest.raises(PlantRefuses, match="execute"):
        tool.plant.unload()


def test_a_slower_belt_melts_longer(tool: Bench) -> None:
    inside(tool, belt_mm_min=500)
    to_the_exit(tool)
    assert tool.real(8) > 80.0
    assert found(tool)["imc"] > 1.3


def test_a_belt_that_changes_its_speed_on_the_way_keeps_the_place(tool: Bench) -> None:
    inside(tool)
    tool.spend(100.0)
    before_m = tool.real(6)
    turn(tool, 600)
    tool.spend(60.0)
    assert tool.real(6) == near(before_m + 0.6 + 3.0 * 0.6 / 60.0, within=0.02)


def test_without_vapour_the_bumps_do_not_round(tool: Bench) -> None:
    inside(tool, formic=0)
    to_the_exit(tool)
    assert found(tool)["wet"] < 0.01


def test_cold_zones_behind_lying_sensors_leave_the_solder_unmelted(tool: Bench) -> None:
    for number in (6, 7, 8):
        tool.plant.set_fault("zones", {f"zone_{number}_sensor_offset_c": 28.0})
    tool.spend(1500.0)
    inside(tool)
    to_the_exit(tool)
    assert found(tool)["peak"] == near(218.7, within=1.0)
    assert found(tool)["tal"] == 0.0


def test_zones_that_change_while_the_wafer_is_inside_are_felt(tool: Bench) -> None:
    inside(tool)
    tool.spend(30.0)
    for zone in (6, 7, 8):
        base = (zone - 1) * 5000
        words = tool.registers("zones").read(Table.HOLDING, base + 2160, 2)
        fahrenheit = float_value(words, WordOrder.LOW_FIRST)
        lower = float_words(fahrenheit - 36.0, WordOrder.LOW_FIRST)
        tool.registers("zones").write(Table.HOLDING, base + 2160, lower)
    to_the_exit(tool)
    assert 225.0 < found(tool)["peak"] < 240.0


def test_a_set_point_is_followed_with_the_time_constant_of_a_zone(tool: Bench) -> None:
    hotter = float_words((265.0 * 1.8) + 32.0, WordOrder.LOW_FIRST)
    tool.registers("zones").write(Table.HOLDING, 6 * 5000 + 2160, hotter)
    tool.spend(150.0)
    words = tool.registers("zones").read(Table.HOLDING, 6 * 5000 + 360, 2)
    celsius = (float_value(words, WordOrder.LOW_FIRST) - 32.0) / 1.8
    assert celsius == near(255.0 + 10.0 * 0.632, within=0.1)


def test_orders_are_done_when_the_value_is_there(tool: Bench) -> None:
    tool.to_execute()
    tool.done(BELT, 1)
    turn(tool, 700)
    assert tool.real(1) == near(0.7, rel=0.01)
    assert 30.0 < tool.done(FORMIC, 200) < 60.0
    assert tool.real(4) == near(2.0, rel=0.1)
    flow(tool, 150)
    tool.spend(900.0)
    assert tool.real(2) == near(30.0, rel=0.02)


@pytest.mark.parametrize(("code", "value"), [(BELT, 2), (NITROGEN, 2), (FORMIC, 601)])
def test_an_order_beyond_the_range_is_refused(tool: Bench, code: int, value: int) -> None:
    tool.to_idle()
    assert tool.order(code, value) == (REJECTED_RECIPE, 104)
    assert tool.order(code, 0xFFFF) == (REJECTED_RECIPE, 104)


def test_vapour_is_refused_without_nitrogen_and_ends_with_it(tool: Bench) -> None:
    ready(tool)
    tool.order(NITROGEN, 0)
    tool.spend(200.0)
    assert tool.real(4) < 0.01
    assert tool.order(FORMIC, 200) == (REJECTED_INTERLOCK, 3)


def test_vapour_is_shut_when_its_carrier_is_turned_off_at_the_flow_controller(tool: Bench) -> None:
    ready(tool)
    alicat(tool, "AS0")
    tool.spend(200.0)
    assert tool.real(3) == near(0.0, within=0.01)
    assert tool.real(4) < 0.01
    alicat(tool, "AS300000")
    tool.spend(60.0)
    assert tool.real(4) < 0.01


def test_the_flow_controller_shows_what_flows_and_no_more_than_its_valve_lets_through(
    tool: Bench,
) -> None:
    assert float(alicat(tool, "A").split()[4]) == near(300_000.0)
    tool.to_execute()
    tool.done(NITROGEN, 0)
    tool.spend(30.0)
    assert float(alicat(tool, "A").split()[4]) == near(0.0, within=1.0)
    assert float(alicat(tool, "A").split()[5]) == near(300_000.0)
    assert tool.real(2) > 10_000.0


@pytest.mark.parametrize(
    "fault", [{"most_share": 0.05}, {"supply_kpa": 100.0}], ids=["throttled", "empty"]
)
def test_nitrogen_that_fails_at_its_controller_keeps_wafers_out(
    tool: Bench, fault: dict[str, float]
) -> None:
    ready(tool)
    tool.plant.set_fault("nitrogen", fault)
    tool.spend(600.0)
    assert tool.real(2) > 100.0
    assert 18 in tool.alarms
    assert tool.order(LOAD) == (REJECTED_STATE, 18)
    assert not tool.hazards


def test_a_wafer_is_not_taken_before_the_tool_executes_or_the_belt_runs(tool: Bench) -> None:
    tool.to_idle()
    assert tool.order(LOAD)[0] == REJECTED_STATE
    assert tool.state == IDLE


def test_a_standing_belt_and_an_empty_entrance_refuse_the_load(tool: Bench) -> None:
    tool.to_execute()
    assert tool.order(LOAD) == (REJECTED_STATE, 1)
    tool.done(BELT, 1)
    turn(tool, 700)
    tool.done(LOAD)
    assert tool.order(LOAD) == (REJECTED_STATE, 14)


def test_oxygen_in_the_tunnel_keeps_the_wafer_out_with_its_alarm(tool: Bench) -> None:
    ready(tool)
    tool.plant.set_fault("plc", {"oxygen_ppm": 500.0})
    assert 18 in tool.alarms
    assert tool.order(LOAD) == (REJECTED_STATE, 18)
    tool.spend(300.0)
    tool.done(LOAD)
    assert not tool.hazards


def test_oxygen_that_rises_while_a_wafer_waits_raises_the_alarm(tool: Bench) -> None:
    ready(tool)
    tool.order(NITROGEN, 0)
    assert 18 not in tool.alarms
    tool.spend(5.0)
    assert 18 in tool.alarms
    assert tool.state == EXECUTE


def test_a_sensor_that_sees_no_oxygen_lets_a_wafer_into_air(tool: Bench) -> None:
    ready(tool)
    tool.plant.set_fault("plc", {"oxygen_sensor_share": 0.0, "oxygen_ppm": 50_000.0})
    tool.done(LOAD)
    assert tool.hazards == ["wafer sent into a tunnel full of air"]
