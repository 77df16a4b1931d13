"""The TC 110 drive unit: telegrams of its manual, and a pump that is off when it is left."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Effect,
    Garbled,
    InterlockOpen,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110, Status, Switch
from drivers.instruments.pfeiffer_tc110_frames import (
    LENGTHS,
    REFUSALS,
    TEXTS,
    Action,
    DataType,
    Malfunction,
    Telegram,
    answers_to,
    decode,
    decode_malfunction,
    decode_value,
    encode,
    encode_value,
    question,
)
from tests.unit.instruments.scripted_wire import cut_into, talking

Steps = list[tuple[bytes, bytes]]

NUMBER = st.integers(0, 999)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=99)
ON, OFF = "111111", "000000"


def ask(number: int, data: str) -> Steps:
    return [(encode(question(1, number)), encode(Telegram(1, Action.WRITE, number, data)))]


def write(number: int, data: str, reply: str | None = None) -> Steps:
    taken = data if reply is None else reply
    return [
        (
            encode(Telegram(1, Action.WRITE, number, data)),
            encode(Telegram(1, Action.WRITE, number, taken)),
        )
    ]


def hold(number: int, data: str) -> Steps:
    return [*write(number, data), *ask(number, data)]


HEALTHY = ask(303, "000000")
ON_AND_WELL: Steps = [*HEALTHY, *ask(10, ON)]
STARTED: Steps = [
    *[*HEALTHY, *ask(300, OFF), *hold(26, "000")],
    *[*hold(23, ON), *hold(10, ON)],
]
STOPPED = hold(10, OFF)


def drive(link: SerialLink, clock: Clock) -> PfeifferTc110:
    return PfeifferTc110("etcher.turbo", link, clock=clock)


@pytest.mark.parametrize(
    ("telegram", "line"),
    [
        (question(1, 309), b"0010030902=?107"),
        (Telegram(1, 10, 309, "001000"), b"0011030906001000021"),
        (Telegram(1, 10, 10, "111111"), b"0011001006111111015"),
        (question(1, 740), b"0010074002=?106"),
        (Telegram(1, 10, 740, "100023"), b"0011074006100023025"),
        (question(1, 349), b"0010034902=?111"),
        (Telegram(1, 10, 349, "TC 110"), b"0011034906TC 110065"),
    ],
)
def test_telegrams_are_those_of_the_manual_and_of_real_traffic(
    telegram: Telegram, line: bytes
) -> None:
    assert encode(telegram) == line + b"\r"
    assert decode(line) == telegram


@given(NUMBER, NUMBER, printable, st.sampled_from([10, 11]), st.lists(st.integers(0, 300)))
def test_what_was_said_is_heard_however_it_is_cut(
    address: int, parameter: int, data: str, action: int, cuts: list[int]
) -> None:
    answer = Telegram(address, action, parameter, data)
    stream = encode(answer) + encode(answer)
    found = cut_into(answers_to(question(address, parameter)), stream, cuts)
    assert [decode(line) for line in found] == [answer, answer]


@given(st.binary(max_size=60))
def test_any_bytes_are_telegrams_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"00110309" + noise + b"\r"):
        try:
            lines, rest = answers_to(question(1, 309))(stream)
        except CodecError:
            continue
        assert b"".join(line + b"\r" for line in lines) + rest == stream


@given(st.integers(0, 18), st.integers(1, 255))
def test_a_damaged_byte_is_never_believed(place: int, flip: int) -> None:
    line = bytearray(b"0011030906001000021")
    line[place] ^= flip
    with pytest.raises(CodecError):
        decode(bytes(line))


@pytest.mark.parametrize(
    "telegram",
    [
        *(Telegram(1000, 0, 1, "=?"), Telegram(1, 100, 1, "=?"), Telegram(1, 0, 1000, "=?")),
        *(Telegram(1, 10, 1, "x" * 100), Telegram(1, 10, 1, "\r"), Telegram(1, 10, 1, "\xb5")),
    ],
)
def test_what_no_telegram_can_hold_is_not_sent(telegram: Telegram) -> None:
    with pytest.raises(CodecError):
        encode(telegram)


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        *[(DataType.BOOLEAN_OLD, ON, 1), (DataType.BOOLEAN_OLD, OFF, 0)],
        *[(DataType.BOOLEAN_NEW, "1", 1), (DataType.U_INTEGER, "001000", 1000)],
        *[(DataType.U_REAL, "006670", 6670), (DataType.U_SHORT, "002", 2)],
        *[(DataType.U_EXPO, "100023", 1000), (DataType.U_EXPO, "420015", 4.2e-5)],
    ],
)
def test_numbers_stand_in_the_data_as_in_the_manual(
    kind: DataType, data: str, value: float
) -> None:
    assert decode_value(kind, data) == pytest.approx(value)
    assert encode_value(kind, value) == data


@given(st.sampled_from([DataType.U_INTEGER, DataType.U_REAL]), st.integers(0, 999999))
def test_whole_numbers_survive_the_way_there_and_back(kind: DataType, value: int) -> None:
    assert decode_value(kind, encode_value(kind, value)) == value


@given(st.floats(1e-12, 1e4))
def test_pressures_survive_the_way_there_and_back(value: float) -> None:
    data = encode_value(DataType.U_EXPO, value)
    assert decode_value(DataType.U_EXPO, data) == pytest.approx(value, rel=1e-3)
    assert decode_value(DataType.U_EXPO, encode_value(DataType.U_EXPO, 0)) == 0


@given(st.sampled_from(DataType), st.text(max_size=8))
def test_any_text_is_a_number_or_a_codec_error(kind: DataType, data: str) -> None:
    try:
        value = decode_value(kind, data)
    except CodecError:
        return
    assert len(data) == LENGTHS[kind]
    assert value >= 0


@pytest.mark.parametrize("kind", DataType)
def test_what_does_not_fit_is_not_sent(kind: DataType) -> None:
    for value in (-1, float("nan"), *([1.0] if kind in TEXTS else [])):
        with pytest.raises(CodecError):
            encode_value(kind, value)


def test_a_number_too_long_for_its_format_is_not_sent() -> None:
    for kind, value in ((DataType.U_SHORT, 1000), (DataType.U_EXPO, 1e80)):
        with pytest.raises(CodecError):
            encode_value(kind, value)


def test_errors_and_warnings_are_told_apart() -> None:
    assert decode_malfunction("000000") is None
    assert decode_malfunction("Err002") == Malfunction(2, is_error=True)
    assert decode_malfunction("Wrn007") == Malfunction(7, is_error=False)
    for data in ("000002", "Err02", "Foo002", "ErrXYZ"):
        with pytest.raises(CodecError):
            decode_malfunction(data)


async def test_a_unit_is_known_by_its_name_and_versions() -> None:
    script = [*ask(349, "TC 110"), *ask(312, "010300"), *ask(354, "020100")]
    async with talking(drive, script) as turbo:
        assert await turbo.identify() == "TC 110 010300 020100"


@pytest.mark.parametrize("name", ["MVP015", "NO_DEF"])
async def test_another_device_is_not_accepted(name: str) -> None:
    async with talking(drive, ask(349, name)) as turbo:
        with pytest.raises(WrongDevice):
            await turbo.identify()


async def test_values_come_in_their_units() -> None:
    script = [*ask(309, "001000"), *ask(310, "000123"), *ask(313, "002400"), *ask(342, "000041")]
    async with talking(drive, script) as turbo:
        assert await turbo.actual_hz.value() == 1000
        assert await turbo.current_a.value() == pytest.approx(1.23)
        assert await turbo.voltage_v.value() == 24
        assert await turbo.bearing_c.value() == 41


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    long = (308, 309, 310, 311, 313, 315, 316, 326, 330, 342, 346, 397, 398, 399)
    script = [
        *[step for number in long for step in ask(number, "000100")],
        *[step for number in (25, 26, 27, 30) for step in ask(number, "001")],
        *[step for number in (700, 701, 707, 717, 719) for step in ask(number, "000100")],
        *[*ask(720, "050"), *ask(721, "003600")],
    ]
    async with talking(drive, script) as turbo:
        seen = await turbo.readings()
    assert len(seen) == 25
    assert (seen["current_a"].value, seen["vent_speed_pct"].value) == (1.0, 50)


async def test_every_flag_is_asked_for() -> None:
    script = [
        *[*ask(10, ON), *ask(300, OFF), *ask(302, ON), *ask(306, OFF), *ask(307, ON)],
        *[*ask(304, OFF), *ask(305, ON), *ask(303, "Wrn118")],
    ]
    async with talking(drive, script) as turbo:
        status = await turbo.status()
    assert status == Status(
        pumping=True,
        remote_priority=False,
        switchpoint_attained=True,
        set_speed_attained=False,
        accelerating=True,
        electronics_too_warm=False,
        pump_too_warm=True,
        malfunction=Malfunction(118, is_error=False),
    )


async def test_the_pump_runs_only_between_on_and_off() -> None:
    rising = [*ON_AND_WELL, *ask(306, OFF), *ON_AND_WELL, *ask(306, ON), *ask(309, "001500")]
    watching = [*HEALTHY, *ask(10, ON)]
    async with (
        talking(drive, [*STARTED, *rising, *watching, *STOPPED]) as turbo,
        turbo.running(deadline_s=600),
    ):
        await turbo.check()


async def test_a_part_of_the_speed_is_set_before_the_start() -> None:
    script = [
        *[*HEALTHY, *ask(300, OFF), *hold(707, "006650"), *hold(26, "001")],
        *[*hold(23, ON), *hold(10, ON), *ON_AND_WELL, *ask(306, ON), *ask(309, "000997")],
    ]
    async with talking(drive, script) as turbo:
        assert await turbo.run_up(deadline_s=600, speed_pct=66.5) == 997


async def test_a_cancelled_step_switches_the_pump_off() -> None:
    script = [*STARTED, *ON_AND_WELL, *ask(306, ON), *ask(309, "001500"), *STOPPED]
    async with talking(drive, script) as turbo:
        on = asyncio.Event()

        async def step() -> None:
            async with turbo.running(deadline_s=600):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_pump_that_stays_slow_is_not_up() -> None:
    script = [*STARTED, *[*ON_AND_WELL, *ask(306, OFF)] * 3]
    async with talking(drive, script) as turbo:
        with pytest.raises(NotReached, match="at its speed"):
            await turbo.run_up(deadline_s=2)


async def test_an_error_on_the_way_up_is_told_and_ends_the_run() -> None:
    async with talking(drive, [*STARTED, *ask(303, "Err006"), *STOPPED]) as turbo:
        with pytest.raises(DeviceFault, match="error 006") as fault:
            async with turbo.running(deadline_s=600):
                pytest.fail("it was never up")
    assert fault.value.effect is Effect.PARTIAL


async def test_a_warning_stops_nothing_and_a_station_that_is_off_is_a_trip() -> None:
    script = [*ask(303, "Wrn007"), *ask(10, ON), *ask(303, "Wrn007"), *ask(10, OFF)]
    async with talking(drive, script) as turbo:
        await turbo.check()
        with pytest.raises(Tripped, match="station is off"):
            await turbo.check()


async def test_a_unit_controlled_at_its_remote_plug_is_not_started() -> None:
    async with talking(drive, [*HEALTHY, *ask(300, ON)]) as turbo:
        with pytest.raises(InterlockOpen, match="remote plug"):
            await turbo.run_up(deadline_s=600)


@pytest.mark.parametrize("pct", [19.9, 100.1, float("nan")])
async def test_a_refused_value_never_reaches_the_wire(pct: float) -> None:
    async with talking(drive, []) as turbo:
        with pytest.raises(LimitExceeded):
            async with turbo.running(deadline_s=600, speed_pct=pct):
                pytest.fail("must not be reached")
        with pytest.raises(LimitExceeded, match="standby_pct"):
            await turbo.standby_pct.write(pct)
        with pytest.raises(LimitExceeded):
            await turbo.set_address(256)


async def test_a_station_that_stays_on_is_told_off_again_and_reported() -> None:
    stays = [*write(10, OFF), *ask(10, ON)]
    async with talking(drive, stays * 3) as turbo:
        with pytest.raises(ReadBackDiffers, match="parameter 10 is not off"):
            await turbo.make_safe()


async def test_making_safe_what_rests_succeeds_again_and_again() -> None:
    async with talking(drive, [*STOPPED, *STOPPED]) as turbo:
        await turbo.make_safe()
        await turbo.make_safe()


async def test_a_stop_waits_for_the_rotor() -> None:
    turning = [*ask(309, "000800"), *ask(309, "000003"), *ask(309, "000000")]
    async with talking(drive, [*STOPPED, *turning]) as turbo:
        await turbo.stop(deadline_s=900)


async def test_switches_are_confirmed() -> None:
    script = [*hold(12, ON), *write(50, OFF), *ask(50, ON), *ask(1, OFF)]
    async with talking(drive, script) as turbo:
        await turbo.switch(Switch.VENTING, on=True)
        with pytest.raises(ReadBackDiffers, match="parameter 50 is not off"):
            await turbo.switch(Switch.SEALING_GAS, on=False)
        assert not await turbo.switched(Switch.HEATING)


async def test_control_is_taken_and_read_back() -> None:
    script = [*hold(60, "002"), *write(60, "002"), *ask(60, "001")]
    async with talking(drive, script) as turbo:
        await turbo.take_control()
        with pytest.raises(ReadBackDiffers, match="interface 1"):
            await turbo.take_control()


async def test_an_error_that_stays_after_its_acknowledgement_is_a_fault() -> None:
    script = [*write(9, ON), *HEALTHY, *write(9, ON), *ask(303, "Err041")]
    async with talking(drive, script) as turbo:
        await turbo.acknowledge_error()
        with pytest.raises(DeviceFault, match="error 041"):
            await turbo.acknowledge_error()


async def test_a_new_address_is_used_from_then_on() -> None:
    moved = (encode(question(7, 309)), encode(Telegram(7, 10, 309, "000000")))
    async with talking(drive, [*write(797, "000007"), moved]) as turbo:
        await turbo.set_address(7)
        assert await turbo.actual_hz.value() == 0


@pytest.mark.parametrize(("data", "words"), sorted(REFUSALS.items()))
async def test_an_error_reply_is_a_rejection_in_words(data: str, words: str) -> None:
    async with talking(drive, write(701, "000080", data)) as turbo:
        with pytest.raises(Rejected, match=words) as refusal:
            await turbo.switchpoint_pct.write(80)
    assert refusal.value.effect is Effect.NONE


async def test_a_value_that_was_cut_to_another_is_reported() -> None:
    async with talking(drive, write(707, "010000", "009000")) as turbo:
        with pytest.raises(ReadBackDiffers, match="010000 and is 009000"):
            await turbo.speed_setpoint_pct.write(100)


@pytest.mark.parametrize(
    "answer",
    [
        *(Telegram(2, 10, 309, "001000"), Telegram(1, 10, 308, "001000")),
        *(question(1, 309), Telegram(1, 10, 309, "1000"), Telegram(1, 10, 309, "abcdef")),
    ],
)
async def test_an_answer_to_something_else_is_not_believed(answer: Telegram) -> None:
    async with talking(drive, [(encode(question(1, 309)), encode(answer))]) as turbo:
        with pytest.raises(Garbled):
            await turbo.actual_hz.value()
