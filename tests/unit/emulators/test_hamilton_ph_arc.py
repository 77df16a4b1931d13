"""The pH Arc by its records: whole or not at all, who may write, status and calibration."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.core.wire import ModbusFault, Table
from sim_hardware.core.words import WordOrder, float_value, float_words, text_value
from sim_hardware.instruments.hamilton_ph_arc import HamiltonPhArc, MeasurementError, State
from sim_hardware.instruments.hamilton_ph_arc_calibration import CalibrationStatus
from tests.unit.emulators.passing_time import near

SPECIALIST, ADMINISTRATOR = (0x30, 16021966), (0x0C, 18111978)


class Bath:
    """A liquid whose state a test sets."""

    def __init__(self, acidity: float = 4.02503, celsius: float = 24.35834) -> None:
        self.acidity, self.celsius = acidity, celsius

    def ph(self) -> float:
        return self.acidity

    def temperature_c(self) -> float:
        return self.celsius


class Bench:
    def __init__(self) -> None:
        self.bath = Bath()
        self.unit = HamiltonPhArc(self.bath)

    def words(self, address: int, count: int) -> list[int]:
        return self.unit.read(Table.HOLDING, address, count)

    def longs(self, address: int, count: int) -> tuple[int, ...]:
        words = self.words(address, count)
        return struct.unpack(f"<{count // 2}I", struct.pack(f"<{count}H", *words))

    def real(self, address: int, count: int, offset: int) -> float:
        return float_value(self.words(address, count)[offset : offset + 2], WordOrder.LOW_FIRST)

    def put(self, address: int, *values: int) -> None:
        words = struct.unpack(
            f"<{2 * len(values)}H", b"".join(value.to_bytes(4, "little") for value in values)
        )
        self.unit.write(Table.HOLDING, address, words)

    def refused(self, address: int, *values: int) -> int:
        with pytest.raises(ModbusFault) as refusal:
            self.put(address, *values)
        return refusal.value.code

    def calibrate(self, address: int, buffer_ph: float) -> None:
        self.unit.write(Table.HOLDING, address, float_words(buffer_ph, WordOrder.LOW_FIRST))

    def state(self) -> State:
        return State(self.longs(2089, 10)[2])


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_records_of_the_manual_come_word_by_word(bench: Bench) -> None:
    assert bench.words(2089, 10) == [4096, 0, 52492, 16512, 0, 0, 0, 0, 0, 16736]
    assert bench.words(2409, 10) == [4, 0, 56801, 16834, 0, 0, 0, 49568, 0, 17154]


def test_both_reading_functions_read(bench: Bench) -> None:
    assert bench.unit.read(Table.INPUT, 2089, 10) == bench.words(2089, 10)


@pytest.mark.parametrize(
    ("address", "count"),
    [(2091, 2), (2089, 4), (2089, 2), (2089, 12), (2090, 10), (2088, 2), (4735, 2), (0, 1)],
)
def test_a_part_of_a_record_is_an_illegal_address(bench: Bench, address: int, count: int) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.words(address, count)
    assert refusal.value.code == 2


def test_coils_and_single_registers_are_unknown_functions(bench: Bench) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.read(Table.COIL, 0, 1)
    assert refusal.value.code == 1
    with pytest.raises(ModbusFault) as refusal:
        bench.unit.write(Table.HOLDING, 2089, [4])
    assert refusal.value.code == 1


def test_it_describes_itself(bench: Bench) -> None:
    assert text_value(bench.words(2079, 8)).strip() == "pH"
    assert bench.longs(2087, 2) == (0x1000,)
    assert bench.longs(2407, 2) == (0xE,)
    assert bench.longs(4095, 2) == (1,)
    assert bench.longs(4097, 4) == (1, 32)
    assert bench.longs(3369, 8) == (1, 2, 1, 16)
    assert [bench.real(4611, 4, 0), bench.real(4611, 4, 2)] == [-20.0, 130.0]
    assert [bench.real(4615, 4, 0), bench.real(4615, 4, 2)] == [5.0, 50.0]
    assert bench.real(4871, 2, 0) == 100.0


def test_nobody_writes_before_the_password(bench: Bench) -> None:
    assert bench.longs(4287, 4) == (3, 0)
    assert bench.refused(4095, 5) == 2
    assert bench.refused(4287, 0x0B, 18111978) == 3
    assert bench.refused(4287, 0x30, 18111978) == 3
    assert bench.refused(4287, 0x03, 1) == 3
    bench.put(4287, *ADMINISTRATOR)
    assert bench.longs(4287, 4) == (0x0C, 0)
    assert bench.refused(4095, 5) == 2
    bench.put(4287, *SPECIALIST)
    bench.put(4095, 5)
    assert bench.longs(4095, 2) == (5,)
    bench.put(4287, 3, 0)
    assert bench.refused(4095, 6) == 2


def test_the_level_is_lost_with_the_supply_and_the_settings_are_not(bench: Bench) -> None:
    bench.put(4287, *SPECIALIST)
    bench.put(3369, 1, 10)
    bench.put(4291, 0x30, 12345678)
    bench.unit.power_cycle()
    assert bench.longs(4287, 4) == (3, 0)
    assert bench.longs(3369, 8) == (1, 10, 1, 16)
    assert bench.refused(4287, *SPECIALIST) == 3
    bench.put(4287, 0x30, 12345678)


@pytest.mark.parametrize(
    ("address", "values"),
    [
        (2089, (0x2,)),
        (2409, (0x1000,)),
        (2409, (0x6,)),
        (3369, (1, 17)),
        (3369, (2, 5)),
        (4095, (33,)),
        (4095, (0,)),
        (4291, (0x03, 1)),
        (8191, (1,)),
    ],
)
def test_values_outside_their_range_are_refused(
    bench: Bench, address: int, values: tuple[int, ...]
) -> None:
    bench.put(4287, *SPECIALIST)
    assert bench.refused(address, *values) == 3
    assert bench.unit.memory_writes == 0


def test_the_temperature_can_be_had_in_other_units(bench: Bench) -> None:
    bench.put(4287, *SPECIALIST)
    bench.bath.celsius = 25.0
    bench.put(2409, 0x2)
    assert near(bench.real(2409, 10, 2), 298.15)
    bench.put(2409, 0x8)
    assert near(bench.real(2409, 10, 2), 77.0)
    assert near(bench.real(2409, 10, 8), 266.0)
    bench.put(2089, 0x1000)
    assert bench.unit.memory_writes == 3


def test_outside_the_measuring_range_values_stay_what_they_were(bench: Bench) -> None:
    assert near(bench.real(2089, 10, 2), 4.02503)
    bench.bath.celsius, bench.bath.acidity = 140.0, 9.0
    assert bench.state() == State.OUT_OF_MEASURING | State.OUT_OF_OPERATING
    assert near(bench.real(2089, 10, 2), 4.02503)
    assert near(bench.real(2409, 10, 2), 24.35834)
    bench.bath.celsius = -15.0
    assert bench.state() == State.OUT_OF_OPERATING
    assert near(bench.real(2089, 10, 2), 9.0)


@pytest.mark.parametrize("error", list(MeasurementError))
def test_every_error_of_the_measurement_has_its_bit(bench: Bench, error: MeasurementError) -> None:
    bench.unit.errors.measurement = error
    assert bench.longs(4799, 8) == (error, 0, 0, 0)
    assert bench.state() == State.ERROR


def test_a_defective_temperature_sensor_freezes_the_values(bench: Bench) -> None:
    bench.words(2089, 10)
    bench.unit.errors.measurement = MeasurementError.TEMPERATURE_SENSOR
    bench.bath.acidity, bench.bath.celsius = 9.0, 60.0
    assert near(bench.real(2089, 10, 2), 4.02503)
    assert near(bench.real(2409, 10, 2), 24.35834)


def test_low_quality_is_a_sensor_failure_and_warnings_are_only_a_bit(bench: Bench) -> None:
    bench.unit.warnings.calibration = 1
    assert bench.longs(4735, 8) == (0, 1, 0, 0)
    assert bench.state() == State.WARNING
    bench.unit.quality_pct = 14.0
    bench.unit.errors.hardware = 1 << 24
    assert bench.longs(4799, 8) == (0, 2, 0, 1 << 24)
    assert bench.state() == State.WARNING | State.ERROR


def test_a_calibration_takes_drift_and_slope_out(bench: Bench) -> None:
    bench.unit.calibration.drift_ph, bench.unit.calibration.gain_error = 0.1, -0.02
    bench.put(4287, *ADMINISTRATOR)
    for address, acidity in ((5161, 7.0), (5193, 4.01)):
        bench.bath.acidity = acidity
        bench.calibrate(address, acidity)
        assert bench.longs(5157, 6)[0] == 0
    for acidity in (2.0, 5.5, 9.0):
        bench.bath.acidity = acidity
        assert near(bench.real(2089, 10, 2), acidity)
    assert near(bench.real(5189, 6, 4), 4.01)


@pytest.mark.parametrize(
    ("acidity", "celsius", "unstable", "address", "buffer_ph", "status"),
    [
        (7.0, 25.0, True, 5161, 7.0, CalibrationStatus.UNSTABLE_1),
        (4.01, 25.0, True, 5193, 4.01, CalibrationStatus.UNSTABLE_2),
        (6.5, 25.0, False, 5193, 6.5, CalibrationStatus.TOO_CLOSE_2),
        (4.5, 25.0, False, 5161, 4.5, CalibrationStatus.TOO_CLOSE_1),
        (7.0, 25.0, False, 5161, 9.0, CalibrationStatus.NO_STANDARD_1),
        (7.0, 4.0, False, 5161, 7.0, CalibrationStatus.TOO_COLD_1),
        (7.0, 51.0, False, 5161, 7.0, CalibrationStatus.TOO_HOT_1),
    ],
)
def test_a_calibration_that_fails_says_why_and_changes_nothing(
    bench: Bench,
    acidity: float,
    celsius: float,
    unstable: bool,
    address: int,
    buffer_ph: float,
    status: CalibrationStatus,
) -> None:
    bench.bath.acidity, bench.bath.celsius = acidity, celsius
    bench.unit.calibration.unstable = unstable
    bench.put(4287, *ADMINISTRATOR)
    bench.calibrate(address, buffer_ph)
    assert bench.longs(5157, 6)[:2] == (status, 0x1000)
    assert bench.longs(5189, 6)[0] == bench.longs(5317, 6)[0] == status
    assert bench.state() == State.CALIBRATION | State.WARNING
    assert bench.longs(4735, 8)[1] == 2
    assert near(bench.real(2089, 10, 2), acidity)


def test_only_the_trained_calibrate_and_nan_is_no_buffer(bench: Bench) -> None:
    with pytest.raises(ModbusFault) as refusal:
        bench.calibrate(5161, 7.0)
    assert refusal.value.code == 2
    bench.put(4287, *ADMINISTRATOR)
    with pytest.raises(ModbusFault) as refusal:
        bench.calibrate(5161, float("nan"))
    assert refusal.value.code == 3


def test_the_factory_settings_can_be_recalled(bench: Bench) -> None:
    bench.put(4287, *SPECIALIST)
    bench.put(2409, 0x8)
    bench.calibrate(5161, 12.0)
    bench.put(8191, 732255)
    assert bench.longs(2409, 10)[0] == 4
    assert bench.state() == State(0)


@settings(deadline=None)
@given(
    st.integers(0, 0xFFFF), st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=10), st.booleans()
)
def test_no_request_upsets_it(address: int, words: list[int], near_by: bool) -> None:
    unit = Bench().unit
    place = 2070 + address % 3300 if near_by else address
    codes: list[int] = []
    for attempt in (
        lambda: unit.write(Table.HOLDING, place, words),
        lambda: unit.read(Table.HOLDING, place, len(words)),
    ):
        try:
            attempt()
        except ModbusFault as refusal:
            codes.append(refusal.code)
    assert set(codes) <= {1, 2, 3}
    assert len(unit.read(Table.HOLDING, 2089, 10)) == 10
