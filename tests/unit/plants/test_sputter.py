"""The emulated sputter tool: what its wires do to a wafer."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.physics import metrology
from sim_hardware.physics.wafer import Wafer
from sim_hardware.sputter import SputterPlant
from tests.rigs.hand_clock import say
from tests.unit.emulators.passing_time import PassingTime, passing_time
from tests.unit.physics.near import near
from tests.unit.plants.tool_host import ToolHost, answers_its_map, hazards, setup

PUMP, VENT, ARGON, PRECLEAN, TO_CHAMBER, COMPLETE, ABORT, HOLD, UNHOLD = (
    120, 121, 122, 123, 124, 10, 8, 4, 5,
)  # fmt: skip
EXECUTE, COMPLETED, ABORTED = 6, 17, 9


class Rig:
    def __init__(self, time: PassingTime) -> None:
        self.time, self.setup = time, setup(time, "sputter")
        self.plant = SputterPlant(self.setup)
        self.host = ToolHost(time, self.plant.plc)

    def ask(self, text: str) -> str:
        return say(self.plant.supply, text.encode()).decode("latin-1")

    def into_the_chamber(self) -> None:
        self.plant.load(Wafer("W03"))
        self.host.begin()
        assert 60 < self.host.ends(PUMP) < 180
        self.host.ends(TO_CHAMBER)
        self.host.ends(ARGON, 500)

    def deposit(self, gun: int, argon: int, seconds: float) -> None:
        self.host.ends(ARGON, argon)
        self.ask(f"Z{gun}C0714E00F02G000H00A")
        self.time.wait(2.0 + seconds)
        self.ask("B")


@pytest.fixture
def rig() -> Iterator[Rig]:
    with passing_time() as time:
        yield Rig(time)


def test_the_nominal_visit_makes_the_golden_films(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.host.ends(PRECLEAN, 300, 60)
    assert rig.host.value(8) == near(60.0, within=0.01)
    rig.deposit(gun=1, argon=700, seconds=125.0)
    rig.deposit(gun=2, argon=500, seconds=45.0)
    rig.host.ends(ARGON, 0)
    rig.host.ends(VENT)
    assert rig.host.order(COMPLETE)[0] == 1
    rig.time.wait(1.1)
    assert rig.host.state == COMPLETED
    wafer = rig.plant.unload()
    found = metrology.after_sputter(wafer)
    assert found["t_nm_TiW"] == near(199.83, rel=0.01)
    assert found["t_nm_Cu"] == near(301.28, rel=0.01)
    assert found["Rs_mohm"] == near(70.42, rel=0.02)
    assert found["Rc_mohm"] == near(2.0)
    assert found["bow_um"] == near(-23.648, rel=0.02)
    assert [visit.step for visit in wafer.history] == ["deposit_ubm"]
    assert hazards(rig.setup) == []


def test_the_supply_shows_the_discharge_of_the_metal(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.host.ends(ARGON, 700)
    rig.ask("Z1C0714E00F00G000H00A")
    assert int(rig.ask("e")) == near(436, rel=0.01)
    assert int(rig.ask("f")) * 14 == near(22950, rel=0.01)
    rig.ask("B")


def test_the_crystal_counts_what_the_wafer_gets(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.plant.crystal.zero()
    rig.deposit(gun=2, argon=500, seconds=10.0)
    assert rig.plant.wafer is not None
    on_wafer_nm = float(rig.plant.wafer.layer_nm("Cu").mean())
    assert rig.plant.crystal.thickness_nm() == near(on_wafer_nm, rel=0.005)


def test_a_hold_takes_the_power_away_and_the_rest_of_the_dose_can_follow(rig: Rig) -> None:
    rig.into_the_chamber()
    assert rig.host.order(PRECLEAN, 300, 60)[0] == 1
    rig.time.wait(20.0)
    assert rig.host.order(HOLD)[0] == 1
    assert rig.host.value(7) == 0.0
    rig.time.wait(30.0)
    assert rig.host.value(8) == near(20.0)
    assert rig.host.order(UNHOLD)[0] == 1
    rig.time.wait(1.1)
    rig.host.ends(PRECLEAN, 300, 40)
    assert rig.host.value(8) == near(60.0, within=0.01)
    assert hazards(rig.setup) == []


def test_an_emergency_stop_ends_the_plasma_without_a_hazard_and_the_wafer_comes_out(
    rig: Rig,
) -> None:
    rig.into_the_chamber()
    rig.ask("Z1C0714E00F00G000H00A")
    rig.time.wait(10.0)
    rig.plant.set_fault("plc", {"emergency_stop": 1})
    assert rig.plant.guns.watts == 0.0
    rig.time.wait(1.1)
    assert rig.host.state == ABORTED
    with pytest.raises(PlantRefuses, match="vacuum"):
        rig.plant.unload()  # presses the button
    rig.time.wait(60.0)
    assert float(rig.plant.unload().layer_nm("TiW").mean()) == near(16.7, rel=0.01)
    assert hazards(rig.setup) == []


@pytest.mark.parametrize(("fault", "value"), [("door", 1), ("water_lpm", 1.0), ("chamber_air", 1)])
def test_what_the_interlocks_watch_ends_the_power_without_a_hazard(
    rig: Rig, fault: str, value: float
) -> None:
    rig.into_the_chamber()
    rig.ask("Z1C0714E00F00G000H00A")
    rig.time.wait(5.0)
    rig.plant.set_fault("plant", {fault: value})
    rig.time.wait(0.2)
    assert rig.ask("a") == "0"
    assert hazards(rig.setup) == []


@pytest.mark.parametrize(
    ("fault", "hazard"),
    [
        ({"water_lpm": 1.0}, "plasma without cooling water"),
        ({"chamber_air": 1.0}, "plasma without vacuum"),
    ],
)
def test_with_a_bridged_interlock_the_plant_judges(
    rig: Rig, fault: dict[str, float], hazard: str
) -> None:
    rig.into_the_chamber()
    rig.plant.set_fault("plc", {"interlock_bridged": 1})
    rig.ask("Z1C0714E00F00G000H00A")
    rig.plant.set_fault("plant", fault)
    rig.time.wait(0.2)
    assert hazard in hazards(rig.setup)


def test_power_without_argon_is_a_hazard(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.host.ends(ARGON, 0)
    rig.ask("Z1C0714E00F00G000H00A")
    assert hazards(rig.setup) == ["power without argon"]


def test_no_power_before_the_controller_executes(rig: Rig) -> None:
    rig.ask("Z1C0714E00F00G000H00A")
    assert rig.ask("ao") == "01"
    assert not rig.host.bit(6)


def test_the_wafer_stays_outside_until_the_lock_is_at_base(rig: Rig) -> None:
    rig.plant.load(Wafer("W03"))
    rig.host.begin()
    assert rig.host.order(TO_CHAMBER)[0] == 3
    assert rig.host.order(PRECLEAN, 300, 60)[0] == 3
    assert rig.host.bit(0)


def test_a_leaking_lock_raises_its_alarm_after_six_minutes(rig: Rig) -> None:
    rig.plant.set_fault("plant", {"lock_leak_mbar_l_s": 1.0})
    rig.host.begin()
    assert rig.host.order(PUMP)[0] == 1
    rig.time.wait(361.0)
    assert rig.host.word(30) == 19
    assert rig.host.order(VENT)[0] == 1


def test_hands_stay_out_of_a_tool_at_work(rig: Rig) -> None:
    rig.into_the_chamber()
    with pytest.raises(PlantRefuses, match="execute"):
        rig.plant.unload()


def test_every_row_of_the_map_answers(rig: Rig) -> None:
    answers_its_map(rig.host, rig.plant, "sputter")


def test_an_unknown_fault_is_refused_and_changes_nothing(rig: Rig) -> None:
    with pytest.raises(KeyError, match="moon"):
        rig.plant.set_fault("plant", {"water_lpm": 0.0, "moon": 1.0})
    assert rig.host.value(4) == 12.0
