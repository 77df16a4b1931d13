"""The pH sensor: records read as a whole, values that say when they must not be believed."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Restarted,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import Quality
from drivers.core.registers import WordOrder, float32_to
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.hamilton_ph_arc_frames import (
    CALIBRATION_LENGTH,
    ERROR_BITS,
    RECORDS,
    WARNING_BITS,
    CalibrationPoint,
    Level,
    Record,
    Status,
    Unit,
    decode_calibration,
    decode_measurement,
    decode_messages,
    decode_status,
    is_ph,
    long_from,
    long_to,
)
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.register_bank import RegisterBank, over_bus

PH = (4096, 0, 52492, 16512, 0, 0, 0, 0, 0, 16736)
TEMPERATURE = (4, 0, 56801, 16834, 0, 0, 0, 49568, 0, 17154)
ILLEGAL_ADDRESS = 2
PASSWORD = 16021966

Act = Callable[[HamiltonPhArc, PtyDevice], Awaitable[None]]


def low_first(value: float) -> list[int]:
    return float32_to(value, WordOrder.LOW_FIRST)


def record(unit: int, value: float, status: int, low: float, high: float) -> list[int]:
    return [
        *[*long_to(unit), *low_first(value), *long_to(status)],
        *[*low_first(low), *low_first(high)],
    ]


def put(bank: RegisterBank, address: int, words: Sequence[int]) -> None:
    bank.words.update(enumerate(words, start=address))


def sensor() -> RegisterBank:
    bank = RegisterBank({})
    for known in RECORDS:
        put(bank, known.address, [0] * known.length)
    for point in CalibrationPoint:
        put(bank, point, [*long_to(0), *long_to(Unit.PH), *low_first(7.0)])
    for address, words in (
        *[(2079, [0x4870, *[0x2020] * 7]), (2087, long_to(Unit.PH)), (2089, PH)],
        *[(2409, TEMPERATURE), (3369, [*long_to(1), *long_to(2), *long_to(1), *long_to(16)])],
        *[(4095, long_to(1)), (4097, [*long_to(1), *long_to(32)]), (4287, long_to(Level.USER))],
        *[(4607, [*low_first(-20), *low_first(130)]), (4615, [*low_first(5), *low_first(50)])],
    ):
        put(bank, address, words)
    return bank


def with_sensor(bank: RegisterBank, act: Act) -> None:
    async def main(link: ModbusLink, clock: Clock, device: PtyDevice) -> None:
        await act(HamiltonPhArc("plating_cell.ph", link, clock=clock), device)

    over_bus({1: bank, 5: bank}, HamiltonPhArc.SERIAL, main)


def reads(bank: RegisterBank) -> list[Record]:
    return [
        Record(int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big"))
        for pdu in bank.asked
        if pdu[0] == 3
    ]


def test_the_published_records_are_understood() -> None:
    ph = decode_measurement(PH)
    assert math.isclose(ph.value, 4.02503, abs_tol=5e-6)
    assert (ph.unit, ph.low, ph.high) == (Unit.PH, 0, 14)
    temperature = decode_measurement(TEMPERATURE)
    assert math.isclose(temperature.value, 24.35834, abs_tol=5e-6)
    assert (temperature.unit, temperature.low, temperature.high) == (Unit.CELSIUS, -20, 130)
    assert ph.status == temperature.status == decode_status(0)
    assert ph.objections(Unit.PH) == temperature.objections(Unit.CELSIUS) == ()


@given(st.integers(0, 0xFFFF_FFFF), st.lists(st.integers(0, 0xFFFF), max_size=4))
def test_a_long_number_is_read_where_it_was_put(value: int, before: list[int]) -> None:
    assert long_from([*before, *long_to(value)], len(before)) == value


@given(st.integers().filter(lambda value: not 0 <= value < 1 << 32))
def test_a_number_beyond_32_bits_is_not_written(value: int) -> None:
    with pytest.raises(CodecError):
        long_to(value)


@given(
    st.floats(-20, 130, width=32),
    st.sampled_from([(Unit.CELSIUS, 1.0, 0.0), (Unit.KELVIN, 1.0, 273.15)]),
)
def test_a_temperature_is_in_celsius_whatever_the_sensor_is_set_to(
    celsius: float, scale: tuple[Unit, float, float]
) -> None:
    unit, factor, offset = scale
    words = record(unit, celsius * factor + offset, 0, offset - 20, offset + 130)
    seen = decode_measurement(words)
    assert seen.unit is Unit.CELSIUS
    assert math.isclose(seen.value, celsius, abs_tol=1e-4)


def test_a_temperature_in_fahrenheit_is_converted_with_its_range() -> None:
    seen = decode_measurement(record(Unit.FAHRENHEIT, 77, 0, -4, 266))
    assert (seen.value, seen.low, seen.high) == pytest.approx((25, -20, 130))


@given(st.lists(st.integers(0, 0xFFFF), max_size=14))
def test_any_registers_are_a_measurement_or_a_codec_error(words: list[int]) -> None:
    try:
        seen = decode_measurement(words)
    except CodecError:
        return
    assert len(words) == 10
    assert seen.unit in Unit


@given(st.lists(st.integers(0, 0xFFFF), max_size=9))
def test_any_registers_are_a_calibration_or_a_codec_error(words: list[int]) -> None:
    try:
        seen = decode_calibration(words)
    except CodecError:
        assert len(words) != CALIBRATION_LENGTH
        return
    assert len(seen.messages) == long_from(words).bit_count()


@given(st.lists(st.integers(0, 0xFFFF), min_size=8, max_size=8))
def test_every_bit_of_the_errors_is_a_message(words: list[int]) -> None:
    set_bits = sum(word.bit_count() for word in words)
    assert len(decode_messages(words, ERROR_BITS)) == set_bits


def test_messages_are_told_in_words() -> None:
    def told(group: int, bit: int, names: Mapping[tuple[int, int], str]) -> tuple[str, ...]:
        words = [0] * 8
        words[2 * group : 2 * group + 2] = long_to(1 << bit)
        return decode_messages(words, names)

    assert told(1, 0, WARNING_BITS) == ("calibration recommended",)
    assert told(1, 1, WARNING_BITS) == ("last calibration not successful",)
    assert told(0, 25, ERROR_BITS) == ("temperature sensor defective",)
    assert told(3, 24, ERROR_BITS) == ("internal communication failed",)
    assert told(2, 3, ERROR_BITS) == ("interface bit 3",)
    calibrations = [decode_calibration([*long_to(bits), 0, 0, 0, 0]) for bits in (0x80, 0x100)]
    assert [seen.messages for seen in calibrations] == [
        ("CP1: pH not stable",),
        ("CP2: less than 1 pH from CP1",),
    ]


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (0x01, ("temperature out of the measuring range, value frozen",)),
        (0x02, ("temperature out of the operating range",)),
        (0x04, ()),
        (0x08, ()),
        (0x10, ("sensor error",)),
    ],
)
def test_some_bits_of_the_status_forbid_to_use_the_value(bits: int, words: tuple[str, ...]) -> None:
    assert decode_status(bits).objections == words


def test_calibration_and_warning_are_told_all_the_same() -> None:
    assert decode_status(0x0C) == Status(
        frozen=False, out_of_operating_range=False, calibration=True, warning=True, error=False
    )


def test_a_description_is_read_with_either_character_first() -> None:
    assert is_ph([0x4870, *[0x2020] * 7])
    assert is_ph([0x7048, *[0] * 7])
    assert not is_ph([0x4F44, *[0x2020] * 7])


def test_values_come_from_whole_records() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, device: PtyDevice) -> None:
        assert await arc.identify() == "Hamilton pH Arc, unit 1"
        assert math.isclose(await arc.ph.value(), 4.02503, abs_tol=5e-6)
        assert math.isclose((await arc.temperature_c.read()).value, 24.35834, abs_tol=5e-6)
        assert device.requests[1].hex(" ").startswith("01 03 08 29 00 0a")
        assert (await arc.measure_ph()).high == 14
        assert (await arc.measure_temperature()).low == -20
        assert (await arc.calibration(CalibrationPoint.CP6)).ph == 7.0
        await arc.readings()
        await arc.check()
        assert await arc.warnings() == ()

    with_sensor(bank, act)
    whole = {*RECORDS, *(Record(point, CALIBRATION_LENGTH) for point in CalibrationPoint)}
    assert set(reads(bank)) <= whole
    assert bank.written == []


def test_a_look_at_everything_reads_each_record_once() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        seen = await arc.readings()
        assert len(seen) == 17
        assert seen["moving_average"].value == 2
        assert seen["operating_high_c"].value == 130
        assert {sample.quality for sample in seen.values()} == {Quality.GOOD}

    with_sensor(bank, act)
    assert len(reads(bank)) == len(set(reads(bank)))
    assert bank.written == []


@pytest.mark.parametrize("bits", [0x01, 0x02, 0x10])
def test_a_value_that_must_not_be_used_is_not_given(bits: int) -> None:
    bank = sensor()
    put(bank, 2089, record(Unit.PH, 4.0, bits, 0, 14))

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        with pytest.raises(DeviceFault, match=r"temperature|error"):
            await arc.ph.value()
        with pytest.raises(DeviceFault):
            await arc.check()
        assert (await arc.measure_ph()).value == 4.0
        assert (await arc.readings())["ph"].quality is Quality.BAD

    with_sensor(bank, act)


def test_a_value_that_is_no_number_or_no_ph_is_not_given() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        put(bank, 2089, record(Unit.PH, math.nan, 0, 0, 14))
        with pytest.raises(DeviceFault, match="no number"):
            await arc.ph.value()
        put(bank, 2089, record(Unit.MILLIVOLT, 180, 0, 0, 14))
        with pytest.raises(DeviceFault, match="measures in millivolt"):
            await arc.ph.value()
        put(bank, 2089, record(0x3, 180, 0, 0, 14))
        with pytest.raises(Garbled, match="no unit"):
            await arc.ph.value()

    with_sensor(bank, act)


def test_an_active_error_is_a_fault() -> None:
    bank = sensor()
    put(bank, 4799, [*long_to(1 << 6), *long_to(1 << 1), 0, 0, 0, 0])

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        with pytest.raises(DeviceFault, match="glass resistance too low, sensor failure"):
            await arc.check()

    with_sensor(bank, act)


def test_another_device_is_not_accepted() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        put(bank, 2079, [0x4F44, *[0x2020] * 7])
        with pytest.raises(WrongDevice, match="does not measure pH"):
            await arc.identify()
        bank.words.clear()
        with pytest.raises(WrongDevice, match="no records"):
            await arc.identify()

    with_sensor(bank, act)


def test_only_the_specialist_writes_and_is_the_user_again_afterwards() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        with pytest.raises(Refused, match="specialist"):
            await arc.moving_average.write(4)
        async with arc.speaking_as(Level.SPECIALIST, PASSWORD):
            await arc.moving_average.write_and_verify(4)
            await arc.moving_average.write_and_verify(4)
        assert await arc.level() is Level.USER

    with_sensor(bank, act)
    assert bank.written == [
        (4287, (0x30, 0, PASSWORD & 0xFFFF, PASSWORD >> 16)),
        (3369, (1, 0, 4, 0)),
        (4287, (3, 0, 0, 0)),
    ]


@pytest.mark.parametrize("value", [0, 17, float("nan")])
def test_a_refused_moving_average_never_reaches_the_wire(value: float) -> None:
    async def act(arc: HamiltonPhArc, device: PtyDevice) -> None:
        with pytest.raises(LimitExceeded, match="moving_average"):
            await arc.moving_average.write(value)
        with pytest.raises(Refused):
            await arc.moving_average.write(2.5)
        assert device.requests == []

    with_sensor(sensor(), act)


def test_a_wrong_password_is_told() -> None:
    bank = sensor()
    bank.refused[4287] = ILLEGAL_ADDRESS

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        with pytest.raises(Rejected):
            await arc.set_level(Level.SPECIALIST, 1)
        with pytest.raises(Refused, match="32 bits"):
            await arc.set_level(Level.SPECIALIST, 1 << 32)

    with_sensor(bank, act)
    assert bank.written == []


def test_a_level_that_is_not_taken_over_is_told() -> None:
    bank = sensor()
    bank.after_writing = lambda _: put(bank, 4287, long_to(Level.USER))

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        with pytest.raises(ReadBackDiffers, match="SPECIALIST is USER"):
            await arc.set_level(Level.SPECIALIST, PASSWORD)

    with_sensor(bank, act)


def test_a_level_that_has_fallen_back_tells_of_a_restart_once() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        await arc.set_level(Level.ADMINISTRATOR, 18111978)
        await arc.identify()
        put(bank, 4287, long_to(Level.USER))
        with pytest.raises(Restarted, match="fallen back"):
            await arc.identify()
        await arc.identify()

    with_sensor(bank, act)


def test_safe_is_the_level_of_the_user_and_twice_is_once() -> None:
    bank = sensor()
    put(bank, 4287, long_to(Level.ADMINISTRATOR))

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        await arc.make_safe()
        await arc.make_safe()

    with_sensor(bank, act)
    assert bank.written == [(4287, (3, 0, 0, 0))]


def test_the_unit_is_set_only_to_one_that_the_sensor_has() -> None:
    bank = sensor()
    put(bank, 2087, long_to(Unit.PH | Unit.MILLIVOLT))

    async def act(arc: HamiltonPhArc, _: PtyDevice) -> None:
        with pytest.raises(Refused, match="kelvin"):
            await arc.set_ph_unit(Unit.KELVIN)
        async with arc.speaking_as(Level.SPECIALIST, PASSWORD):
            await arc.set_ph_unit(Unit.PH)
            await arc.set_ph_unit(Unit.MILLIVOLT)

    with_sensor(bank, act)
    assert [written for written in bank.written if written[0] == 2089] == [(2089, (0, 0x20))]


def test_a_sensor_is_spoken_to_at_its_new_address() -> None:
    bank = sensor()

    async def act(arc: HamiltonPhArc, device: PtyDevice) -> None:
        for address in (0, 33):
            with pytest.raises(LimitExceeded, match="1 to 32"):
                await arc.set_device_address(address)
        await arc.set_device_address(1)
        assert device.requests == []
        await arc.set_level(Level.SPECIALIST, PASSWORD)
        await arc.set_device_address(5)
        assert device.requests[-1].hex(" ").startswith("05 03 0f ff 00 02")

    with_sensor(bank, act)
    assert bank.written[-1] == (4095, (5, 0))
