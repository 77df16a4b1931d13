"""The emulated Alicat MC against the lines of its primer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.core.lagging_flow import LaggingFlow
from sim_hardware.instruments.alicat_mc import AlicatMc
from sim_hardware.instruments.alicat_mc_tables import StatusWord
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces


class Gas:
    """A line whose flow follows with a lag of 0.1 s, and that notes what it is told."""

    def __init__(self, time: HandClock) -> None:
        self.flow = LaggingFlow(time.line, 0.1)
        self.kpa, self.celsius = 101.353, 25.0
        self.told: list[tuple[str, float, float]] = []

    def flow_sccm(self) -> float:
        return self.flow.value()

    def pressure_kpa(self) -> float:
        return self.kpa

    def temperature_c(self) -> float:
        return self.celsius

    def on_flow(self, wanted_sccm: float, per_s: float) -> None:
        self.told.append(("flow", wanted_sccm, per_s))
        self.flow.aim(wanted_sccm, per_s)

    def on_pressure(self, wanted_kpa: float, per_s: float) -> None:
        self.told.append(("pressure", wanted_kpa, per_s))


class Bench:
    """A controller and a host that waits for its answers."""

    def __init__(self, time: HandClock, *, gas: str = "N2") -> None:
        self.time, self.gas = time, Gas(time)
        self.unit = AlicatMc(time.line, self.gas, gas=gas)

    def ask(self, line: str) -> str:
        answer = say(self.unit, line.encode() + b"\r").decode()
        self.time.pass_s(0.05)
        assert not answer or answer.endswith("\r")
        return answer[:-1]

    def field(self, number: int) -> float:
        return float(self.ask("A").split()[number])


def test_the_data_frame_is_that_of_the_manual() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.ask("AS5.50")
        time.pass_s(10.0)
        frame = "A +014.70 +025.00 +005.50 +005.50 005.50 N2     "
        assert say(bench.unit, b"A\r") == frame.encode() + b"\r"


def test_a_setpoint_is_in_the_answer_at_once_and_the_flow_follows() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("as50.00").split()[4:] == ["+000.00", "050.00", "N2"]
        assert bench.gas.told == [("flow", 50.0, math.inf)]
        time.pass_s(0.05)
        assert bench.field(4) == round(50.0 * (1 - math.exp(-1)), 2)
        time.pass_s(5.0)
        assert bench.field(4) == 50.0
        assert bench.ask("A S 25.5").split()[5] == "025.50"
        assert bench.ask("ALS") == "A 25.50 25.50 12 SCCM"
        assert bench.ask("ALS 30.0 12") == "A 30.00 30.00 12 SCCM"


def test_volume_flow_is_at_the_pressure_and_temperature_of_the_gas() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.ask("AS50")
        time.pass_s(5.0)
        bench.gas.kpa, bench.gas.celsius = 202.65, 25.0
        assert bench.field(3) == 25.0
        bench.gas.kpa, bench.gas.celsius = 101.325, 40.0
        assert bench.field(3) == round(50.0 * 313.15 / 298.15, 2)


def test_the_loop_variable_is_read_and_written() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("AR122") == "A   122 = 37"
        bench.ask("AS50")
        assert bench.ask("AW122=34") == "A   122 = 34"
        kind, kpa, _ = bench.gas.told[-1]
        assert (kind, round(kpa, 2)) == ("pressure", round(50 * 6.894757, 2))
        assert bench.ask("AW122=38") == "A   122 = 38"
        assert round(bench.gas.told[-1][1], 1) == round(64.69595 * 6.894757, 1)
        assert bench.ask("AS150").split()[5] == "150.00"
        assert bench.ask("AW122=36") == "A   122 = 36"
        assert math.isclose(bench.gas.told[-1][1], 100.0 * 101.353 / 101.325, rel_tol=1e-4)
        assert bench.ask("AW122=35") == "?"
        assert bench.ask("AR122") == "A   122 = 36"


def test_gases_go_by_number() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("A$$R46") == "A   046 = 8"
        assert bench.ask("A$$W46=1") == "A   046 = 1"
        assert bench.ask("A").split()[-1] == "Ar"
        assert bench.ask("AG 11").split()[-1] == "O2"
        assert [bench.ask("A$$W46=30"), bench.ask("AG99"), bench.ask("AR46")] == [
            "?", "?", "A   046 = 11",
        ]  # fmt: skip


def test_a_held_valve_ignores_setpoints_until_it_is_let_go() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.ask("AS50")
        time.pass_s(5.0)
        assert bench.ask("AHP").endswith("N2      HLD")
        bench.ask("AS80")
        time.pass_s(5.0)
        assert (bench.field(4), bench.field(5)) == (50.0, 80.0)
        assert bench.ask("AHC").endswith("HLD")
        time.pass_s(5.0)
        assert bench.field(4) == 0.0
        assert bench.ask("AC").endswith("N2     ")
        time.pass_s(5.0)
        assert bench.field(4) == 80.0
        assert bench.ask("A$$H").endswith("HLD")
        assert bench.ask("A$$C").endswith("N2     ")


def test_a_ramp_moves_the_setpoint_in_the_frame_and_tells_both_when_asked() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("ASR 10.0 4") == "A 10.0000000 12 4 SCCM/s"
        assert bench.ask("ASR") == "A 10.0000000 12 4 SCCM/s"
        assert bench.ask("AS50").split()[5] == "000.00"
        assert bench.gas.told[-1] == ("flow", 50.0, 10.0)
        time.pass_s(1.95)
        assert bench.ask("ALS") == "A 20.00 50.00 12 SCCM"
        time.pass_s(10.0)
        assert bench.field(4) == 50.0
        assert bench.ask("ALSRC") == "A 1 1 1 1"
        assert bench.ask("ALSRC 1 0 1 1") == "A 1 0 1 1"
        bench.ask("AS20")
        assert bench.gas.told[-1] == ("flow", 20.0, math.inf)
        bench.ask("ASR 60 5")
        bench.ask("AS0")
        assert bench.gas.told[-1] == ("flow", 0.0, 1.0)
        assert bench.ask("ASR 0 4") == "A 0.0000000 12 4 SCCM/s"
        bench.ask("AS50")
        assert bench.gas.told[-1] == ("flow", 50.0, math.inf)


def test_a_locked_display_hinders_nothing() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("A$$L").endswith("N2      LCK")
        assert bench.ask("AS5").split()[5:] == ["005.00", "N2", "LCK"]
        assert bench.ask("A$$U").endswith("N2     ")


def test_status_words_stand_in_their_order() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.gas.flow.aim(200.0)
        time.pass_s(5.0)
        bench.gas.celsius, bench.gas.kpa = 70.0, 1500.0
        bench.unit.faults |= {StatusWord.ADC, StatusWord.OVR}
        frame = bench.ask("A")
        assert frame.split()[6:] == ["N2", "ADC", "MOV", "OVR", "POV", "TOV"]
        assert frame.split()[4] == "+128.00"
        bench.gas.kpa = 50.0
        assert bench.ask("A").split()[6:] == ["N2", "ADC", "MOV", "OVR", "TOV", "VOV"]


def test_the_totaliser_is_a_field_of_its_own() -> None:
    with hand_clock() as time:
        gas = Gas(time)
        unit = AlicatMc(time.line, gas, total_scc=lambda: gas.flow.passed() / 60.0)
        say(unit, b"AS60\r")
        time.pass_s(10.1)
        assert say(unit, b"A\r").split()[6] == b"+00010.00"
        time.pass_s(1.0)
        assert say(unit, b"AT\r").split()[6] == b"+00000.00"
        time.pass_s(2.0)
        assert say(unit, b"A\r").split()[6] == b"+00002.00"


def test_a_meter_has_no_setpoint() -> None:
    with hand_clock() as time:
        unit = AlicatMc(time.line, Gas(time), meter=True)
        assert say(unit, b"A\r") == b"A +014.70 +025.00 +000.00 +000.00 Ar     \r"
        for line in (b"AS5\r", b"AR122\r", b"ALS\r", b"AHC\r", b"AW122=37\r"):
            time.pass_s(0.1)
            assert say(unit, line) == b"?\r"


def test_tares_take_the_present_value_for_zero() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.gas.flow.aim(0.3)
        time.pass_s(5.0)
        bench.gas.kpa = 100.0
        assert bench.field(4) == 0.3
        assert bench.ask("A$$V").split()[4] == "+000.00"
        assert bench.ask("A$$PC").split()[1] == "+014.70"


def test_configured_registers_read_back() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("A$$r85") == "A   085 = 1"
        assert bench.ask("A$$w21=250") == "A   021 = 250"
        assert bench.ask("A$$r21") == "A   021 = 250"
        assert bench.ask("AVE") == "A 6v21.0-R22 Nov 30 2016,16:04:20"


@pytest.mark.parametrize(
    "line",
    [
        "AS100.01", "AS-1", "ASfast", "AS", "AS1e3", "ASnan", "AXYZ", "A$$", "AR9", "AW9=1",
        "A$$W46=", "ALS 200 12", "ASR 5", "ASR 5 9", "ALSRC 1 1", "ALSS X", "AT", "A@", "A@=5",
    ],
)  # fmt: skip
def test_a_bad_command_is_a_question_mark_and_does_nothing(line: str) -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask(line) == "?"
        assert (bench.gas.told, bench.unit.writes) == ([], 0)


def test_other_units_are_not_answered_and_a_renamed_one_is_by_its_new_name() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert [bench.ask("B"), bench.ask("BS5"), bench.ask(""), bench.ask("*")] == [""] * 4
        assert bench.ask("A@=B").startswith("B +014.70")
        assert bench.ask("A") == ""
        assert bench.ask("BS5").split()[5] == "005.00"


def test_what_arrives_before_the_answer_is_out_is_lost() -> None:
    with hand_clock() as time:
        unit = Bench(time).unit
        assert say(unit, b"AS5\rAS7\r").count(b"\r") == 1
        assert say(unit, b"AS9\r") == b""
        time.pass_s(0.005)
        assert say(unit, b"A\r").split()[5] == b"005.00"


def test_a_saved_setpoint_and_its_flow_come_back_with_the_mains() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.ask("AS50")
        bench.ask("AHC")
        bench.unit.power_cycle()
        assert bench.gas.flow.goal == 50.0
        assert bench.ask("A").split()[5:] == ["050.00", "N2"]
        assert bench.unit.writes == 1


def test_an_unsaved_setpoint_does_not_come_back_and_wears_nothing() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        assert bench.ask("ALSS") == "A S"
        assert bench.ask("ALSS U") == "A U"
        bench.ask("AS50")
        bench.unit.power_cycle()
        assert bench.gas.flow.goal == 0.0
        assert (bench.field(5), bench.unit.writes) == (0.0, 0)


def test_with_the_analogue_source_the_host_is_not_heard() -> None:
    with hand_clock() as time:
        bench = Bench(time)
        bench.ask("ALSS A")
        assert bench.ask("AS50") == "?"
        assert bench.field(5) == 0.0


@given(st.lists(st.integers(0, 10), max_size=5), st.sampled_from(["A", "AS5.50", "AR122", "A?"]))
def test_a_line_cut_anywhere_gets_the_same_answer(cuts: list[int], line: str) -> None:
    data = line.encode() + b"\r"
    with hand_clock() as time:
        whole = say(Bench(time).unit, data)
        assert say_in_pieces(Bench(time).unit, data, cuts) == whole
        assert whole


@given(st.binary(max_size=100))
def test_noise_never_deafens_it_for_long(noise: bytes) -> None:
    with hand_clock() as time:
        unit = Bench(time).unit
        say(unit, noise.replace(b"@", b""))
        time.pass_s(0.1)
        say(unit, b"\r")
        time.pass_s(0.1)
        assert say(unit, b"AVE\r").endswith(b"16:04:20\r")


@given(st.lists(st.text(alphabet="ASRWLHCTVPGU$=@ 0123456789.-", max_size=12), max_size=8))
def test_any_line_for_it_gets_one_answer(lines: list[str]) -> None:
    with hand_clock() as time:
        bench = Bench(time)
        for line in lines:
            assert bench.ask(f"{bench.unit.unit}{line}")
