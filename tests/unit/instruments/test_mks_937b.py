"""The 937B gauge controller: messages of its manual, and words where a pressure should be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Effect,
    Garbled,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.mks_937b import Mks937b, Relay
from drivers.instruments.mks_937b_frames import (
    MBAR_IN,
    Answer,
    Control,
    Direction,
    IonGauge,
    PressureUnit,
    decode,
    decode_pressure,
    decode_word,
    encode,
    encode_number,
    reason,
    replies_of,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

printable = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=";@"), max_size=40
)


def say(message: str, reply: str, *, kind: str = "ACK") -> Script:
    return [(f"@253{message};FF".encode(), f"@253{kind}{reply};FF".encode())]


IN_MBAR = say("U?", "mBAR")
SIX = "1.10E-9 1.20E-3 LO<E-11 OFF 7.60E+2 ATM"


def controller(link: SerialLink, clock: Clock) -> Mks937b:
    return Mks937b("sputter.gauges", link, clock=clock)


@pytest.mark.parametrize(
    ("message", "frame", "reply", "text"),
    [
        ("PR1?", b"@253PR1?;FF", b"@253ACK1.10e-9", "1.10e-9"),
        ("T1?", b"@253T1?;FF", b"@253ACKG", "G"),
        ("U!MICRON", b"@253U!MICRON;FF", b"@253ACKMICRON", "MICRON"),
        ("SP10?", b"@253SP10?;FF", b"@253ACK2.00E+0", "2.00E+0"),
        ("SD3?", b"@253SD3?;FF", b"@253ACKABOVE", "ABOVE"),
        ("EN6?", b"@253EN6?;FF", b"@253ACKENABLE", "ENABLE"),
    ],
)
def test_messages_and_replies_are_those_of_the_manual(
    message: str, frame: bytes, reply: bytes, text: str
) -> None:
    assert encode(253, message) == frame
    assert decode(reply) == Answer(253, accepted=True, text=text)


@given(st.integers(1, 254), st.booleans(), printable, st.lists(st.integers(0, 200)))
def test_what_was_said_is_heard_however_it_is_cut(
    address: int, accepted: bool, text: str, cuts: list[int]
) -> None:
    frame = b"@%03d%s%s;FF" % (address, b"ACK" if accepted else b"NAK", text.encode())
    found = cut_into(replies_of(address), frame + frame, cuts)
    assert [decode(reply) for reply in found] == [Answer(address, accepted, text)] * 2


@given(st.binary(max_size=60))
def test_any_bytes_are_replies_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"@253ACK" + noise + b";FF"):
        try:
            frames, rest = replies_of(253)(stream)
        except CodecError:
            continue
        assert b"".join(frame + b";FF" for frame in frames) + rest == stream


@pytest.mark.parametrize("message", ["PR1?;FF", "PR\xb51?", "PR1?\r"])
def test_a_message_that_would_break_the_frame_is_not_sent(message: str) -> None:
    with pytest.raises(CodecError):
        encode(253, message)


@pytest.mark.parametrize("address", [0, 255])
def test_there_are_254_addresses(address: int) -> None:
    with pytest.raises(CodecError):
        encode(address, "PR1?")


@given(st.floats(1e-11, 1e4))
def test_a_pressure_survives_the_way_there_and_back(mbar: float) -> None:
    text = encode_number(mbar)
    assert decode_pressure(text, PressureUnit.MBAR) == pytest.approx(mbar, rel=0.006)


@given(st.text(max_size=12), st.sampled_from(PressureUnit))
def test_any_text_is_a_pressure_a_word_or_a_codec_error(text: str, unit: PressureUnit) -> None:
    try:
        value = decode_pressure(text, unit)
    except CodecError:
        return
    assert value is None or isinstance(value, float)


@pytest.mark.parametrize(
    ("text", "mbar"),
    [
        ("1.10E-9", 1.1e-9),
        ("1.10e-9", 1.1e-9),
        ("LO<E-11", 1e-11),
        ("LO<2.0E-3", 2e-3),
        (">1.1E+3", 1.1e3),
        ("-1.00E-2", -1e-2),
        ("ATM", 1013.25),
        *((word, None) for word in ("OFF", "WAIT", "PROTECT", "MISCONN", "CTRL_OFF")),
    ],
)
def test_a_word_in_place_of_a_pressure_is_understood(text: str, mbar: float | None) -> None:
    assert decode_pressure(text, PressureUnit.MBAR) == mbar


def test_four_units_are_known_in_mbar() -> None:
    assert encode_number(2) == "2.00E+0"
    assert decode_pressure("760", PressureUnit.TORR) == pytest.approx(1013.25)
    assert decode_pressure("100", PressureUnit.PASCAL) == 1.0
    assert MBAR_IN[PressureUnit.MICRON] == pytest.approx(MBAR_IN[PressureUnit.TORR] / 1000)
    assert decode_word(PressureUnit, "MBAR") is PressureUnit.MBAR
    with pytest.raises(CodecError):
        encode_number(float("nan"))


def test_refusals_are_told_in_words() -> None:
    assert reason("181") == "combination is disabled (code 181)"
    assert reason("WRONG_GAUGE") == "reason WRONG_GAUGE"


async def test_a_pressure_is_given_in_mbar_whatever_the_front_panel_shows() -> None:
    script = [*say("U?", "TORR"), *say("PR2?", "7.60E+2"), *say("U?", "PASCAL"), *say("PR2?", "5")]
    async with talking(controller, script) as gauges:
        assert await gauges.pressure_2_mbar.value() == pytest.approx(1013.25)
        assert await gauges.pressure_2_mbar.value() == 0.05


async def test_a_gauge_that_is_off_gives_no_pressure() -> None:
    async with talking(controller, [*IN_MBAR, *say("PC1?", "OFF")]) as gauges:
        with pytest.raises(DeviceFault, match="PC1 has no value: OFF"):
            await gauges.combined_mbar.value()


async def test_a_controller_is_known_by_its_serial_number_and_six_channels() -> None:
    async with talking(controller, [*say("SN?", "0123456"), *IN_MBAR, *say("PRZ?", SIX)]) as gauges:
        assert await gauges.identify() == "0123456"


@pytest.mark.parametrize(
    "script",
    [
        [*say("SN?", "0123456"), *IN_MBAR, *say("PRZ?", "1.0E-3 2.0E-3")],
        [*say("SN?", "0123456"), *IN_MBAR, *say("PRZ?", "160", kind="NAK")],
        say("SN?", "160", kind="NAK"),
    ],
)
async def test_another_device_is_not_accepted(script: Script) -> None:
    async with talking(controller, script) as gauges:
        with pytest.raises(WrongDevice):
            await gauges.identify()


async def test_a_look_at_everything_leaves_out_what_has_no_value() -> None:
    async with talking(controller, [*IN_MBAR, *say("PRZ?", SIX)]) as gauges:
        seen = await gauges.readings()
    assert {name: sample.value for name, sample in seen.items()} == {
        "pressure_1_mbar": 1.1e-9,
        "pressure_2_mbar": 1.2e-3,
        "pressure_3_mbar": 1e-11,
        "pressure_5_mbar": 760.0,
        "pressure_6_mbar": 1013.25,
    }


@pytest.mark.parametrize(
    ("code", "words"), [("151", "no gauge"), ("161", "locked"), ("163", "no such channel")]
)
async def test_a_refusal_is_a_rejection_in_words(code: str, words: str) -> None:
    script = [*IN_MBAR, *say("SP1!2.00E+0", code, kind="NAK")]
    async with talking(controller, script) as gauges:
        with pytest.raises(Rejected, match=words) as refusal:
            await gauges.relay_1_mbar.write(2)
    assert refusal.value.effect is Effect.NONE


@pytest.mark.parametrize("mbar", [0, -1, 1401, float("nan")])
async def test_a_refused_relay_setting_never_reaches_the_wire(mbar: float) -> None:
    async with talking(controller, []) as gauges:
        with pytest.raises(LimitExceeded):
            await gauges.relay_3_mbar.write(mbar)
        with pytest.raises(LimitExceeded):
            await gauges.arm_relay(3, Direction.BELOW, 1e-3, mbar)


async def test_what_does_not_exist_is_not_asked_for() -> None:
    async with talking(controller, []) as gauges:
        for ask in (gauges.channel_on(7), gauges.ion_gauge(2), gauges.relay(13)):
            with pytest.raises(Refused, match=r"there is no|has no"):
                await ask


async def test_a_relay_setting_is_sent_in_the_unit_that_is_shown() -> None:
    script = [*say("U?", "PASCAL"), *say("SP10!2.00E+2", "2.00E+2")]
    async with talking(controller, script) as gauges:
        await gauges.relay_10_mbar.write(2)


async def test_a_setting_that_was_cut_to_another_is_reported() -> None:
    async with talking(controller, [*IN_MBAR, *say("SH1!5.00E+2", "1.00E+2")]) as gauges:
        with pytest.raises(ReadBackDiffers, match="SH1 was set to 500 mbar and is 100 mbar"):
            await gauges.relay_1_hysteresis_mbar.write(500)


async def test_a_relay_is_armed_part_by_part() -> None:
    script = [
        *[*IN_MBAR, *say("SP4!1.00E-3", "1.00E-3")],
        *[*say("SD4!BELOW", "BELOW"), *say("SD4?", "BELOW")],
        *[*IN_MBAR, *say("SH4!1.50E-3", "1.50E-3")],
        *[*say("EN4!ENABLE", "ENABLE"), *say("EN4?", "ENABLE")],
        *[*say("SD4?", "BELOW"), *say("EN4?", "ENABLE"), *say("SS4?", "SET")],
        *[*IN_MBAR, *say("SP4?", "1.00E-3"), *IN_MBAR, *say("SH4?", "1.50E-3")],
    ]
    async with talking(controller, script) as gauges:
        await gauges.arm_relay(4, Direction.BELOW, 1e-3, 1.5e-3)
        relay = await gauges.relay(4)
    assert relay == Relay(1e-3, 1.5e-3, Direction.BELOW, Control.ENABLE, energised=True)


async def test_a_relay_is_forced_and_read_back() -> None:
    script = [*say("EN6!SET", "SET"), *say("EN6?", "SET"), *say("EN6!CLEAR", "CLEAR")]
    async with talking(controller, [*script, *say("EN6?", "ENABLE")]) as gauges:
        await gauges.force_relay(6, energised=True)
        with pytest.raises(ReadBackDiffers, match="EN6 was set to CLEAR and is ENABLE"):
            await gauges.force_relay(6, energised=False)


async def test_the_unit_is_changed_and_read_back() -> None:
    script = [*say("U!mBAR", "mBAR"), *say("U?", "MBAR"), *say("U?", "MBAR")]
    async with talking(controller, script) as gauges:
        await gauges.show_in(PressureUnit.MBAR)
        assert await gauges.pressure_unit() is PressureUnit.MBAR


async def test_an_ion_gauge_is_on_only_between_on_and_off() -> None:
    script = [
        *[*say("T1?", "O"), *say("CP1!ON", "ON"), *say("CP1?", "ON")],
        *[*say("T1?", "W"), *say("T1?", "W"), *say("T1?", "G"), *say("T1?", "G")],
        *[*say("CP1!OFF", "OFF"), *say("CP1?", "OFF")],
    ]
    async with talking(controller, script) as gauges, gauges.measuring(1, deadline_s=30):
        pass


async def test_an_ion_gauge_that_never_gets_good_is_switched_off() -> None:
    script = [
        *[*say("T3?", "O"), *say("CP3!ON", "ON"), *say("CP3?", "ON")],
        *[*say("T3?", "W"), *say("T3?", "W")] * 3,
        *[*say("CP3!OFF", "OFF"), *say("CP3?", "OFF")],
    ]
    async with talking(controller, script) as gauges:
        with pytest.raises(NotReached, match="ion gauge 3 good"):
            async with gauges.measuring(3, deadline_s=1.0):
                pytest.fail("it never measured")


@pytest.mark.parametrize(
    ("letter", "words"), [("P", "protect"), ("H", "filament fault"), ("N", "no gauge")]
)
async def test_a_gauge_that_cannot_measure_is_not_switched_on(letter: str, words: str) -> None:
    async with talking(controller, say("T5?", letter)) as gauges:
        with pytest.raises(DeviceFault, match=words):
            async with gauges.measuring(5, deadline_s=1):
                pytest.fail("it cannot measure")


def test_every_letter_of_an_ion_gauge_is_known() -> None:
    assert {decode_word(IonGauge, letter) for letter in "WOPDCRHNG"} == set(IonGauge)


@pytest.mark.parametrize("reply", [b"@253ACKX;FF", b"@001ACKG;FF", b"garbage;FF"])
async def test_a_reply_that_makes_no_sense_is_garbled(reply: bytes) -> None:
    async with talking(controller, [(b"@253T1?;FF", reply)]) as gauges:
        with pytest.raises(Garbled):
            await gauges.ion_gauge(1)


async def test_another_controller_in_its_place_is_found_after_a_garbled_reply() -> None:
    first = [*say("SN?", "11"), *IN_MBAR, *say("PRZ?", SIX)]
    other = [*say("SN?", "22"), *IN_MBAR, *say("PRZ?", SIX)]
    script = [*first, (b"@253T1?;FF", b"?;FF"), *other, *other]
    async with talking(controller, script) as gauges:
        await gauges.identify()
        with pytest.raises(Garbled):
            await gauges.ion_gauge(1)
        with pytest.raises(WrongDevice, match="22 answers instead of 11"):
            await gauges.ion_gauge(1)


async def test_making_safe_leaves_gauges_and_relays_alone() -> None:
    async with talking(controller, []) as gauges:
        await gauges.make_safe()
        await gauges.make_safe()
