"""The VSR transmitter: telegrams of its protocol, and pressures beyond its range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Effect,
    Garbled,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.core.points import Limits, Quality
from drivers.instruments.thyracont_vsr import (
    Adjustable,
    DisplayUnit,
    Source,
    ThyracontVsr,
)
from drivers.instruments.thyracont_vsr_frames import (
    ERROR,
    FAULTS,
    REFUSALS,
    Access,
    Relay,
    Telegram,
    Transition,
    Wear,
    answers_to,
    decode,
    decode_range,
    decode_relay,
    decode_transition,
    decode_wear,
    encode,
    encode_number,
    encode_relay,
    encode_transition,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

COMMAND = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=2)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=99)
MBAR = st.floats(1e-4, 1200)


def say(access: int, command: str, data: str = "", reply: str = "", *, error: str = "") -> Script:
    answer = (
        Telegram(1, ERROR, command, error) if error else Telegram(1, access + 1, command, reply)
    )
    return [(encode(Telegram(1, access, command, data)), encode(answer))]


def ask(command: str, reply: str) -> Script:
    return say(Access.READ, command, reply=reply)


def write(command: str, data: str) -> Script:
    return say(Access.WRITE, command, data, data)


def gauge(link: SerialLink, clock: Clock) -> ThyracontVsr:
    return ThyracontVsr("etcher.gauge", link, clock=clock)


@pytest.mark.parametrize(
    ("telegram", "line"),
    [
        (Telegram(1, 0, "MV"), b"0010MV00D"),
        (Telegram(1, 1, "MV", "9.734e2"), b"0011MV079.734e2h"),
        (Telegram(1, 7, "MV", "NO_DEF"), b"0017MV06NO_DEF\\"),
        (Telegram(1, 7, "MV", "_RANGE"), b"0017MV06_RANGE]"),
        (Telegram(1, 0, "TD"), b"0010TD00y"),
        (Telegram(1, 1, "TD", "VSR205"), b"0011TD06VSR205R"),
    ],
)
def test_telegrams_are_those_of_the_manual(telegram: Telegram, line: bytes) -> None:
    assert encode(telegram) == line + b"\r"
    assert decode(line) == telegram


@given(st.integers(0, 999), COMMAND, printable, st.lists(st.integers(0, 300)))
def test_what_was_said_is_heard_however_it_is_cut(
    address: int, command: str, data: str, cuts: list[int]
) -> None:
    answers = [Telegram(address, 1, command, data), Telegram(address, ERROR, command, "NO_DEF")]
    stream = b"".join(encode(answer) for answer in answers)
    found = cut_into(answers_to(Telegram(address, 0, command)), stream, cuts)
    assert [decode(line) for line in found] == answers


@given(st.binary(max_size=60))
def test_any_bytes_are_telegrams_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"0011MV" + noise + b"\r"):
        try:
            lines, rest = answers_to(Telegram(1, 0, "MV"))(stream)
        except CodecError:
            continue
        assert all(decode(line).command == "MV" for line in lines)
        assert b"\r" not in rest


def test_what_a_line_driver_leaves_between_the_characters_is_no_part_of_a_telegram() -> None:
    lines, _ = answers_to(Telegram(1, 0, "MV"))(b"\x00\xff0011MV07\x009.734e2h\r")
    assert lines == [b"0011MV079.734e2h"]


@given(st.integers(0, 15), st.integers(1, 127))
def test_a_damaged_byte_is_never_believed(place: int, flip: int) -> None:
    line = bytearray(b"0011MV079.734e2h")
    line[place] ^= flip
    try:
        decoded = decode(bytes(line))
    except CodecError:
        return
    assert decoded != Telegram(1, 1, "MV", "9.734e2")  # the checksum is of six bits only


@pytest.mark.parametrize(
    "telegram",
    [
        *(Telegram(1000, 0, "MV"), Telegram(1, 0, "MVX"), Telegram(1, 0, "MV", "x" * 100)),
        *(Telegram(1, 10, "MV"), Telegram(1, 2, "DU", "\xb5bar"), Telegram(1, 2, "DU", "a\r")),
    ],
)
def test_what_no_telegram_can_hold_is_not_sent(telegram: Telegram) -> None:
    with pytest.raises(CodecError):
        encode(telegram)


def test_published_values_are_read() -> None:
    assert decode_range("H1.2e3L1e-4") == Limits(1e-4, 1200)
    assert decode_wear("W0A382") == Wear(0, 382)
    assert decode_wear("W-5A4") == Wear(-5, 4)
    assert decode_relay("T0.1F1.5") == Relay(0.1, 1.5)
    assert encode_relay(Relay(0.1, 1.5)) == "T0.1F1.5"
    assert encode(Telegram(1, 2, "R1", "T0.1F1.5"))[3:-2] == b"2R108T0.1F1.5"
    assert [decode_transition(text) for text in ("0", "1", "D1.5")] == [
        *(Transition(1, 1), Transition(5, 15), Transition(1.5, 1.5)),
    ]


@given(MBAR, MBAR)
def test_pressures_survive_the_way_there_and_back(first: float, second: float) -> None:
    held = decode_transition(encode_transition(Transition(first, second)))
    relay = decode_relay(encode_relay(Relay(first, second)))
    assert (held.low_mbar, held.high_mbar) == pytest.approx((first, second), rel=1e-5)
    assert (relay.on_mbar, relay.off_mbar) == pytest.approx((first, second), rel=1e-5)


@given(st.text(max_size=12))
def test_any_text_is_a_value_or_a_codec_error(text: str) -> None:
    for read in (decode_range, decode_wear, decode_relay, decode_transition):
        with pytest.raises(CodecError):
            read(text + "?")


def test_small_numbers_are_written_as_the_transmitter_does() -> None:
    assert [encode_number(value) for value in (1e-5, 0.1, 1200)] == ["1e-5", "0.1", "1200"]
    with pytest.raises(CodecError):
        encode_number(float("inf"))


async def test_a_transmitter_is_known_by_type_article_and_serial_numbers() -> None:
    script = [*ask("TD", "VSR205"), *ask("PN", "V205S"), *ask("SD", "100"), *ask("SH", "200")]
    async with talking(gauge, script) as vsr:
        assert await vsr.identify() == "VSR205 V205S 100 200"


async def test_another_device_is_not_accepted() -> None:
    async with talking(gauge, ask("TD", "VCC200")) as vsr:
        with pytest.raises(WrongDevice, match="VCC200"):
            await vsr.identify()


async def test_pressures_and_hours_are_read() -> None:
    script = [*ask("MV", "9.734e2"), *ask("OH", "382"), *say(0, "PM", "1", "W-3A8")]
    async with talking(gauge, [*script, *script[2:]]) as vsr:
        assert await vsr.pressure_mbar.value() == 973.4
        assert await vsr.operating_h.value() == 95.5
        assert await vsr.wear_pct.value() == -3
        assert await vsr.since_adjustment_h.value() == 2.0


async def test_beyond_its_range_it_gives_the_end_of_the_range_as_a_bad_value() -> None:
    limits = ask("MR", "H1.2e3L1e-4")
    script = [
        *[*ask("MV", "UR"), *limits, *ask("M1", "9.0e-3"), *ask("M2", "OR"), *limits],
        *[*ask("OH", "4"), *say(0, "PM", "1", "W0A382"), *say(0, "PM", "1", "W0A382")],
    ]
    async with talking(gauge, script) as vsr:
        seen = await vsr.readings()
    assert {name: (sample.value, sample.quality) for name, sample in seen.items()} == {
        "pressure_mbar": (1e-4, Quality.BAD),
        "pirani_mbar": (9.0e-3, Quality.GOOD),
        "piezo_mbar": (1200, Quality.BAD),
        "operating_h": (1.0, Quality.GOOD),
        "wear_pct": (0, Quality.GOOD),
        "since_adjustment_h": (95.5, Quality.GOOD),
    }


@pytest.mark.parametrize(("code", "words"), sorted(REFUSALS.items()))
async def test_an_error_code_is_a_rejection_in_words(code: str, words: str) -> None:
    async with talking(gauge, say(0, "M2", error=code)) as vsr:
        with pytest.raises(Rejected, match=words) as refusal:
            await vsr.piezo_mbar.value()
    assert refusal.value.effect is Effect.NONE


@pytest.mark.parametrize(("code", "words"), sorted(FAULTS.items()))
async def test_a_broken_sensor_or_memory_is_a_fault(code: str, words: str) -> None:
    async with talking(gauge, [*ask("MV", "1e0"), *say(0, "M1", error=code)]) as vsr:
        with pytest.raises(DeviceFault, match=words):
            await vsr.check()


async def test_the_present_pressure_is_taken_for_a_known_one() -> None:
    script = [*write("AH", ""), *write("AL", "0.01"), *write("AH", "1013")]
    async with talking(gauge, script) as vsr:
        await vsr.adjust_high()
        await vsr.adjust_low(0.01)
        await vsr.adjust_high(1013)


async def test_relays_are_set_and_read_back() -> None:
    script = [
        *[*write("R1", "T0.1F1.5"), *ask("R1", "T1.00e-1F1.50e0")],
        *[*write("R2", "T5F10"), *ask("R2", "T5F12")],
    ]
    async with talking(gauge, script) as vsr:
        await vsr.set_relay(1, Relay(0.1, 1.5))
        with pytest.raises(ReadBackDiffers, match="relay 2"):
            await vsr.set_relay(2, Relay(5, 10))


async def test_the_transition_is_set_and_read_back() -> None:
    script = [*write("ST", "F5T15"), *ask("ST", "1"), *write("ST", "D2"), *ask("ST", "0")]
    async with talking(gauge, script) as vsr:
        await vsr.set_transition(Transition(5, 15))
        with pytest.raises(ReadBackDiffers, match="transition"):
            await vsr.set_transition(Transition(2, 2))


async def test_the_display_is_set_and_read_back() -> None:
    script = [
        *[*write("DU", "mbar"), *ask("DU", "mbar"), *ask("DU", "Torr"), *ask("DU", "psi")],
        *[*write("DD", "1"), *ask("DD", "1"), *write("DO", "1"), *ask("DO", "0")],
    ]
    async with talking(gauge, script) as vsr:
        await vsr.show_in(DisplayUnit.MBAR)
        assert await vsr.display_unit() is DisplayUnit.TORR
        with pytest.raises(Garbled, match="psi"):
            await vsr.display_unit()
        await vsr.show(Source.PIRANI)
        with pytest.raises(ReadBackDiffers, match="DO was set to 1 and is 0"):
            await vsr.turn_display(upside_down=True)


async def test_what_the_maker_set_is_restored() -> None:
    async with talking(gauge, say(Access.DEFAULT, "ST")) as vsr:
        await vsr.restore(Adjustable.TRANSITION)


async def test_a_new_address_is_used_from_then_on() -> None:
    moved = (encode(Telegram(2, 0, "MV")), encode(Telegram(2, 1, "MV", "1e0")))
    script = [*write("DA", "2"), moved, (encode(Telegram(2, 2, "BR", "9600")),
              encode(Telegram(2, 3, "BR", "9600")))]  # fmt: skip
    async with talking(gauge, script) as vsr:
        await vsr.set_address(2)
        assert await vsr.pressure_mbar.value() == 1.0
        await vsr.set_baud(9600)


@pytest.mark.parametrize("mbar", [-1, 1201, 0, float("nan")])
async def test_a_refused_pressure_never_reaches_the_wire(mbar: float) -> None:
    async with talking(gauge, []) as vsr:
        for act in (
            *(vsr.adjust_low(mbar), vsr.set_relay(1, Relay(mbar, 1))),
            *(vsr.set_relay(2, Relay(1, mbar)), vsr.set_transition(Transition(1, mbar))),
        ):
            with pytest.raises(LimitExceeded, match="mbar is outside"):
                await act


async def test_what_does_not_exist_is_not_asked_for() -> None:
    async with talking(gauge, []) as vsr:
        with pytest.raises(LimitExceeded):
            await vsr.set_address(17)
        with pytest.raises(LimitExceeded):
            await vsr.set_baud(300)
        with pytest.raises(Refused, match="no relay 3"):
            await vsr.relay(3)
        with pytest.raises(Refused, match="no relay 0"):
            await vsr.set_relay(0, Relay(1, 2))


@pytest.mark.parametrize(
    "answer",
    [
        *(Telegram(2, 1, "MV", "1e0"), Telegram(1, 1, "M1", "1e0"), Telegram(1, 3, "MV", "1e0")),
        Telegram(1, 1, "MV", "nonsense"),
    ],
)
async def test_an_answer_to_something_else_is_not_believed(answer: Telegram) -> None:
    async with talking(gauge, [(b"0010MV00D\r", encode(answer))]) as vsr:
        with pytest.raises(Garbled):
            await vsr.pressure_mbar.value()


async def test_making_safe_leaves_the_transmitter_alone() -> None:
    async with talking(gauge, []) as vsr:
        await vsr.make_safe()
        await vsr.make_safe()
