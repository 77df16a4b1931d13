"""The Hydrovar by its parameter list: starting, regulating, errors and how they go."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.core.clock import LineClock
from sim_hardware.core.modbus_server import ModbusRtuPort
from sim_hardware.core.timebase import TimeBase
from sim_hardware.core.wire import ModbusFault, Silence, Table
from sim_hardware.instruments.xylem_hydrovar import Status, XylemHydrovar
from sim_hardware.instruments.xylem_hydrovar_drive import Fault, Register
from tests.unit.emulators.passing_time import PassingTime, passing_time
from tests.unit.sim_core.helpers import PtyClient, in_virtual_time


class Circuit:
    """A pump that makes 4 bar at 50 Hz."""

    def __init__(self) -> None:
        self.closed = self.wet = True
        self.told_hz: list[float] = []

    def enabled(self) -> bool:
        return self.closed

    def has_water(self) -> bool:
        return self.wet

    def pressure_bar(self, hz: float) -> float:
        return 4.0 * (hz / 50.0) ** 2

    def on_speed(self, hz: float, hz_per_s: float) -> None:
        assert hz_per_s > 0.0
        self.told_hz.append(hz)


class Bench:
    def __init__(self, time: PassingTime) -> None:
        self.time, self.circuit = time, Circuit()
        self.unit = XylemHydrovar(time.clock, self.circuit)

    def words(self, address: int, count: int) -> list[int]:
        self.time.wait(0.02)
        return self.unit.read(Table.HOLDING, address, count)

    def word(self, address: int) -> int:
        return self.words(address, 1)[0]

    def put(self, address: int, *words: int) -> None:
        self.time.wait(0.02)
        self.unit.write(Table.HOLDING, address, words)

    def status(self) -> Status:
        return Status(self.word(0x01C1))

    def errors(self) -> Fault:
        high, low = self.words(0x012D, 2)
        return Fault(high << 16 | low)

    def run_at(self, hundredths_bar: int) -> None:
        self.put(0x00E8, hundredths_bar)
        self.put(0x0031, 1)
        self.time.wait(10.0)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with passing_time() as time:
        yield Bench(time)


def test_started_it_regulates_the_required_pressure(bench: Bench) -> None:
    bench.run_at(200)
    assert bench.word(0x0032) == 200
    assert bench.word(0x0033) == 354  # 35.4 Hz
    assert bench.word(0x0037) == 200
    expected = Status.PRESET | Status.READY | Status.TERMINAL_CLOSED | Status.STARTED
    assert bench.status() == expected | Status.MOTOR_RUNS | Status.INVERTER_ON


def test_the_motor_ramps_and_coasts(bench: Bench) -> None:
    bench.put(0x00E8, 400)
    bench.put(0x0031, 1)
    bench.time.wait(1.98)
    assert bench.word(0x0033) == 250
    bench.time.wait(10.0)
    bench.put(0x0031, 0)
    assert Status.STARTED not in bench.status()
    assert Status.MOTOR_RUNS in bench.status()
    bench.time.wait(5.0)
    assert Status.MOTOR_RUNS not in bench.status()
    assert bench.circuit.told_hz == [50.0, 0.0]


def test_no_required_pressure_means_no_movement_and_little_means_the_minimum(bench: Bench) -> None:
    bench.run_at(0)
    assert bench.word(0x0033) == 0
    bench.put(0x00E8, 1)
    bench.time.wait(10.0)
    assert bench.word(0x0033) == 200


def test_the_required_value_must_be_digital_and_chosen(bench: Bench) -> None:
    bench.run_at(100)
    bench.put(0x00E5, 0)
    bench.time.wait(10.0)
    assert bench.word(0x0033) == 0
    bench.put(0x00E9, 300)
    bench.put(0x00E6, 1)
    bench.put(0x00E7, 1)
    bench.time.wait(10.0)
    assert bench.word(0x0032) == 300


def test_as_an_actuator_it_holds_a_frequency_whether_enabled_or_not(bench: Bench) -> None:
    bench.put(0x008B, 3)
    bench.put(0x00EA, 305)
    bench.put(0x0061, 0)
    bench.put(0x0031, 1)
    bench.time.wait(10.0)
    assert bench.word(0x0033) == 305
    assert bench.word(0x0037) == 305
    bench.put(0x008B, 0)
    bench.time.wait(10.0)
    assert bench.word(0x0033) == 0


def test_an_open_terminal_stops_the_motor_and_shows(bench: Bench) -> None:
    bench.run_at(200)
    bench.circuit.closed = False
    bench.unit.recheck()
    bench.time.wait(10.0)
    assert bench.word(0x0033) == 0
    status = bench.status()
    assert Status.TERMINAL_CLOSED not in status
    assert Status.STARTED in status


def test_the_readings_of_the_inverter_follow_the_load(bench: Bench) -> None:
    assert [bench.word(0x0085), bench.word(0x0087), bench.word(0x0088)] == [25, 0, 0]
    bench.run_at(400)
    assert [bench.word(0x0085), bench.word(0x0087), bench.word(0x0088)] == [55, 470, 400]
    assert bench.words(0x011A, 2) == [0, 470]
    assert bench.word(0x010D) == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_every_error_stops_the_motor_and_has_its_bit(bench: Bench, fault: Fault) -> None:
    bench.run_at(200)
    bench.unit.trip(fault)
    if fault is Fault.LACK_OF_WATER:
        bench.circuit.wet = False
    assert bench.errors() == fault
    assert Status.ERROR in bench.status()
    assert Status.READY not in bench.status()
    bench.time.wait(10.0)
    assert bench.word(0x0033) == 0


def test_automatic_reset_forgives_five_times_and_a_stop_forgives_again(bench: Bench) -> None:
    bench.run_at(200)
    for _ in range(5):
        bench.unit.trip(Fault.OVERLOAD)
        bench.unit.clear(Fault.OVERLOAD)
        assert bench.errors() == Fault(0)
    bench.unit.trip(Fault.OVERLOAD)
    bench.unit.clear(Fault.OVERLOAD)
    assert bench.errors() == Fault.OVERLOAD
    bench.put(0x0031, 0)
    assert bench.errors() == Fault(0)


def test_with_manual_reset_an_error_stays_until_disabled(bench: Bench) -> None:
    bench.put(0x00D3, 0)
    bench.run_at(200)
    bench.unit.trip(Fault.MOTOR_HOT)
    bench.put(0x0061, 0)
    assert bench.errors() == Fault.MOTOR_HOT  # the cause is still there
    bench.unit.clear(Fault.MOTOR_HOT)
    assert bench.errors() == Fault.MOTOR_HOT
    bench.put(0x0061, 0)
    assert bench.errors() == Fault(0)


def test_without_water_it_stops_and_with_water_it_runs_again(bench: Bench) -> None:
    bench.circuit.wet = False
    assert bench.errors() == Fault(0)  # not before it runs
    bench.circuit.wet = True
    bench.run_at(200)
    bench.circuit.wet = False
    assert bench.errors() == Fault.LACK_OF_WATER
    bench.time.wait(10.0)
    bench.circuit.wet = True
    bench.time.wait(1.0)
    assert bench.errors() == Fault(0)
    bench.time.wait(10.0)
    assert bench.word(0x0032) == 200


def test_a_broken_sensor_reads_nothing(bench: Bench) -> None:
    bench.run_at(200)
    bench.unit.trip(Fault.SENSOR_1)
    assert bench.word(0x0032) == 0


def test_a_warning_is_only_a_bit(bench: Bench) -> None:
    bench.unit.warning = True
    assert Status.WARNING in bench.status()
    assert Status.READY in bench.status()


@pytest.mark.parametrize(
    ("address", "word", "code"),
    [
        (0x0031, 2, 3),
        (0x0038, 101, 3),
        (0x008B, 1, 3),
        (0x008B, 4, 3),
        (0x009D, 199, 3),  # below the minimum frequency
        (0x009D, 701, 3),
        (0x009E, 501, 3),
        (0x00EA, 199, 3),
        (0x00EA, 501, 3),
        (0x00E8, 1601, 3),
        (0x00E8, 0xFFFF, 3),
        (0x00F9, 101, 3),
        (0x0032, 0, 2),
        (0x010D, 2, 2),
        (0x0034, 0, 2),
    ],
)
def test_what_cannot_be_written_is_refused(
    bench: Bench, address: int, word: int, code: int
) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.put(address, word)
    assert refusal.value.code == code


def test_several_settings_are_written_together_or_not_at_all(bench: Bench) -> None:
    bench.put(0x00E5, 1, 0, 0, 150)
    assert bench.word(0x00E8) == 150
    with pytest.raises(ModbusFault):
        bench.put(0x00E8, 100, 100, 9999)
    assert bench.word(0x00E8) == 150


def test_half_a_value_is_no_address_and_input_registers_are_no_function(bench: Bench) -> None:
    for address, count in ((0x011A, 1), (0x012D, 1), (0x0034, 1)):
        with pytest.raises(ModbusFault) as refusal:
            bench.words(address, count)
        assert refusal.value.code == 2
    bench.time.wait(0.02)
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.read(Table.INPUT, 0x0032, 1)
    assert refusal.value.code == 1


def test_a_message_without_silence_before_it_is_not_heard(bench: Bench) -> None:
    bench.put(0x00E8, 100)
    with pytest.raises(Silence):
        bench.unit.write(Table.HOLDING, 0x00E8, [200])
    bench.time.wait(0.0068)
    assert bench.unit.read(Table.HOLDING, 0x00E8, 1) == [100]


def test_settings_survive_the_mains_and_it_starts_again_by_itself(bench: Bench) -> None:
    bench.run_at(200)
    bench.unit.power_cycle()
    bench.time.wait(10.0)
    assert bench.word(0x0032) == 200
    bench.unit.autostart = False
    bench.unit.power_cycle()
    bench.time.wait(10.0)
    assert bench.word(0x0032) == 0
    assert Status.STARTED not in bench.status()
    assert bench.word(0x00E8) == 200


def test_the_memory_is_written_only_when_a_setting_changes(bench: Bench) -> None:
    for word in (100, 100, 100, 200):
        bench.put(0x00E8, word)
    assert bench.unit.drive.memory_writes == 2


def test_frames_are_answered_on_the_bus_and_the_nominal_current_with_its_wrong_count() -> None:
    async def main(base: TimeBase) -> list[str]:
        clock = LineClock(asyncio.get_running_loop())
        port = ModbusRtuPort({1: XylemHydrovar(clock, Circuit())}, clock, base.ledger, name="bus")
        await port.start()
        client = PtyClient(port.path, base.ledger)
        answers: list[str] = []
        for frame, length in (
            ("01 06 00 31 00 01 19 c5", 8),
            ("01 03 01 c1 00 01 d4 0a", 7),
            ("01 06 00 e8 00 c8 08 68", 8),
            ("01 03 01 1a 00 02 e4 30", 9),
            ("01 03 01 1a 00 01 a4 31", 5),
        ):
            client.send(bytes.fromhex(frame))
            answers.append((await client.receive(length, 1.0)).hex(" "))
            await asyncio.sleep(0.01)
        client.close()
        await port.stop()
        return answers

    answers = in_virtual_time(main)
    assert answers[0] == "01 06 00 31 00 01 19 c5"
    assert answers[1].startswith("01 03 02 00 33")
    assert answers[2] == "01 06 00 e8 00 c8 08 68"
    assert answers[3].startswith("01 03 08 00 00 01 d6")
    assert len(bytes.fromhex(answers[3])) == 9
    assert answers[4].startswith("01 83 02")


somewhere = st.integers(0, 0x1FF) | st.sampled_from(list(Register))
something = st.integers(0, 0xFFFF) | st.integers(0, 700)


@settings(deadline=None)
@given(st.lists(st.tuples(somewhere, something), max_size=20))
def test_no_writes_upset_it(orders: list[tuple[int, int]]) -> None:
    with passing_time() as time:
        bench = Bench(time)
        codes: list[int] = []
        for address, word in orders:
            try:
                bench.put(address, word)
            except ModbusFault as refusal:
                codes.append(refusal.code)
        assert set(codes) <= {2, 3}
        assert 0 <= bench.word(0x0033) <= 700
