"""The emulated sputter tool: what its wires do to a wafer."""

from collections.abc import Iterator

import pytest

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.physics import metrology
from sim_hardware.physics.wafer import Wafer
from sim_hardware.sputter import SputterPlant
from tests.rigs.hand_clock import say
from tests.unit.physics.near import near
from tests.unit.plants.plant_bench import (
    ABORTED,
    ACCEPTED,
    COMPLETE,
    REJECTED_STATE,
    Bench,
    bench,
    check_register,
    icd_rows,
)

REGISTERS = icd_rows("sputter", frozenset({"float32_low_first"}))
PUMP, VENT, GAS, PRECLEAN, TO_CHAMBER = 120, 121, 122, 123, 124
COMPLETES, HOLDS, UNHOLDS = 10, 4, 5
SCCM_PER_MTORR = 101.0 / 12.67


class Rig:
    def __init__(self, tool: Bench) -> None:
        assert isinstance(tool.plant, SputterPlant)
        self.plant, self.host = tool.plant, tool

    def ask(self, text: str) -> str:
        return say(self.plant.supply, text.encode()).decode("latin-1")

    def gauge(self, text: str) -> str:
        said = say(self.plant.gauges.controller, f"@253{text};FF".encode()).decode("latin-1")
        return said.removeprefix("@253ACK").removesuffix(";FF")

    def flow(self, sccm: float) -> None:
        assert say(self.plant.argon, f"AS{sccm:.2f}\r".encode()).startswith(b"A ")
        self.host.spend(8.0)

    def argon(self, mtorr: float) -> None:
        self.flow(mtorr * SCCM_PER_MTORR)

    def pump(self, control: int) -> int:
        """Send one control word to the turbopump; its status word."""
        telegram = bytes([2, 22, 0, *bytes(8), *control.to_bytes(2, "big"), *bytes(10)])
        check = 0
        for byte in telegram:
            check ^= byte
        answer = say(self.plant.vacuum.pump.turbo, telegram + bytes([check]))
        self.host.time.wait(0.05)
        return int.from_bytes(answer[11:13], "big")

    def into_the_chamber(self) -> None:
        self.plant.load(Wafer("W03"))
        self.host.to_execute()
        assert 60 < self.host.done(PUMP, within_s=180) < 180
        self.host.done(TO_CHAMBER)
        self.host.done(GAS, 1)
        self.argon(5.0)

    def burn(self) -> None:
        self.ask("Z1C0714E00F00G000H00A")

    def deposit(self, gun: int, argon: float, seconds: float) -> None:
        self.argon(argon)
        self.ask(f"Z{gun}C0714E00F02G000H00A")
        self.host.spend(2.0 + seconds)
        self.ask("B")


@pytest.fixture
def rig() -> Iterator[Rig]:
    with bench(SputterPlant) as tool:
        yield Rig(tool)


def test_the_nominal_visit_makes_the_golden_films(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.host.done(PRECLEAN, 300, 60, within_s=61)
    assert rig.host.real(8) == near(60.0, within=0.01)
    rig.deposit(gun=1, argon=7.0, seconds=125.0)
    rig.deposit(gun=2, argon=5.0, seconds=45.0)
    rig.flow(0.0)
    rig.host.done(GAS, 0)
    rig.host.done(VENT)
    assert rig.host.order(COMPLETES)[0] == ACCEPTED
    rig.host.spend(1.1)
    assert rig.host.state == COMPLETE
    wafer = rig.plant.unload()
    found = metrology.after_sputter(wafer)
    assert found["t_nm_TiW"] == near(199.83, rel=0.01)
    assert found["t_nm_Cu"] == near(301.28, rel=0.01)
    assert found["Rs_mohm"] == near(70.42, rel=0.02)
    assert found["Rc_mohm"] == near(2.0)
    assert found["bow_um"] == near(-23.648, rel=0.02)
    assert [visit.step for visit in wafer.history] == ["deposit_ubm"]
    assert rig.host.hazards == []


def test_the_supply_shows_the_discharge_of_the_metal(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.argon(7.0)
    rig.burn()
    assert int(rig.ask("e")) == near(436, rel=0.01)
    assert int(rig.ask("f")) * 14 == near(22950, rel=0.01)
    rig.ask("B")


def test_the_crystal_counts_what_the_wafer_gets(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.plant.crystal.zero()
    rig.deposit(gun=2, argon=5.0, seconds=10.0)
    assert rig.plant.wafer is not None
    on_wafer_nm = float(rig.plant.wafer.layer_nm("Cu").mean())
    assert rig.plant.crystal.thickness_nm() == near(on_wafer_nm, rel=0.005)


def test_a_hold_takes_the_power_away_and_the_rest_of_the_dose_can_follow(rig: Rig) -> None:
    rig.into_the_chamber()
    assert rig.host.order(PRECLEAN, 300, 60)[0] == ACCEPTED
    rig.host.spend(20.0)
    assert rig.host.order(HOLDS)[0] == ACCEPTED
    assert rig.host.real(7) == 0.0
    rig.host.spend(30.0)
    assert rig.host.real(8) == near(20.0)
    assert rig.host.order(UNHOLDS)[0] == ACCEPTED
    rig.host.spend(1.1)
    rig.host.done(PRECLEAN, 300, 40)
    assert rig.host.real(8) == near(60.0, within=0.01)
    assert rig.host.hazards == []


def test_an_emergency_stop_ends_the_plasma_without_a_hazard_and_the_wafer_comes_out(
    rig: Rig,
) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.host.spend(10.0)
    rig.plant.set_fault("plc", {"emergency_stop": 1})
    assert rig.plant.guns.watts == 0.0
    rig.host.spend(1.1)
    assert rig.host.state == ABORTED
    with pytest.raises(PlantRefuses, match="vacuum"):
        rig.plant.unload()  # presses the button
    rig.host.spend(60.0)
    assert float(rig.plant.unload().layer_nm("TiW").mean()) == near(16.7, rel=0.01)
    assert rig.host.hazards == []


@pytest.mark.parametrize(("fault", "value"), [("door", 1), ("water_lpm", 1.0), ("chamber_air", 1)])
def test_what_the_interlocks_watch_ends_the_power_without_a_hazard(
    rig: Rig, fault: str, value: float
) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.host.spend(5.0)
    rig.plant.set_fault("plant", {fault: value})
    rig.host.spend(0.2)
    assert rig.ask("a") == "0"
    assert rig.host.hazards == []


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
    rig.burn()
    rig.plant.set_fault("plant", fault)
    rig.host.spend(0.2)
    assert hazard in rig.host.hazards


def test_power_without_argon_is_a_hazard(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.flow(0.0)
    rig.burn()
    assert rig.host.hazards == ["power without argon"]


def test_no_power_before_the_controller_executes(rig: Rig) -> None:
    rig.burn()
    assert rig.ask("ao") == "01"
    assert not rig.host.bit(6)


def test_the_wafer_stays_outside_until_the_lock_is_at_base(rig: Rig) -> None:
    rig.plant.load(Wafer("W03"))
    rig.host.to_execute()
    assert rig.host.order(TO_CHAMBER)[0] == REJECTED_STATE
    assert rig.host.order(PRECLEAN, 300, 60)[0] == REJECTED_STATE
    assert rig.host.bit(0)


def test_a_leaking_lock_raises_its_alarm_after_six_minutes(rig: Rig) -> None:
    rig.plant.set_fault("plant", {"lock_leak_mbar_l_s": 1.0})
    rig.host.to_execute()
    assert rig.host.order(PUMP)[0] == ACCEPTED
    rig.host.spend(361.0)
    assert 19 in rig.host.alarms
    assert rig.host.order(VENT)[0] == ACCEPTED


def test_hands_stay_out_of_a_tool_at_work(rig: Rig) -> None:
    rig.into_the_chamber()
    with pytest.raises(PlantRefuses, match="execute"):
        rig.plant.unload()


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_every_register_of_the_map_answers_with_its_access(rig: Rig, row: dict[str, str]) -> None:
    check_register(rig.host, row)


def test_every_command_and_alarm_of_the_map_is_known(rig: Rig) -> None:
    rig.host.to_idle()
    for row in icd_rows("sputter", frozenset({"command"})):
        assert rig.host.order(int(row["address"]))[0] in {1, 2, 3, 6}, row["name"]
    for row in icd_rows("sputter", frozenset({"alarm"})):
        rig.plant.plc.raise_alarm(int(row["address"]))
    assert rig.host.alarms == {17, 18, 19, 20}


def test_a_host_that_falls_silent_aborts_and_the_plasma_goes_out(rig: Rig) -> None:
    rig.into_the_chamber()
    rig.burn()
    rig.host.time.wait(4.2)
    assert rig.host.state == ABORTED
    assert rig.plant.guns.watts == 0.0
    assert 2 in rig.host.alarms
    assert rig.host.hazards == []


def test_an_unknown_fault_is_refused_and_changes_nothing(rig: Rig) -> None:
    with pytest.raises(KeyError, match="moon"):
        rig.plant.set_fault("plant", {"water_lpm": 0.0, "moon": 1.0})
    assert rig.host.real(4) == 12.0
