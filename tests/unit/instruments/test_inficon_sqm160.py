"""The SQM-160 monitor: frames of its manual, and a thickness that can be lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Rejected, Restarted, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.inficon_sqm160_frames import (
    Answer,
    checksum,
    decode,
    encode,
    replies,
)
from tests.unit.instruments.scripted_wire import cut_into, talking

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


def reply(text: str, status: str = "A") -> bytes:
    body = bytes((len(text) + 36,)) + status.encode() + text.encode()
    return b"!" + body + checksum(body)


def monitor(link: SerialLink, clock: Clock) -> InficonSqm160:
    return InficonSqm160("sputter.rate", link, clock=clock)


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        ("@", "21 23 40 4f 37"),
        ("J", "21 23 4a 4f 38"),
        ("M", "21 23 4d 8e 8a"),
        ("O", "21 23 4f 8f 39"),
        ("L1?", "21 25 4c 31 3f 85 7b"),
        ("N1", "21 24 4e 31 5d 51"),
        ("P1", "21 24 50 31 5a 91"),
        ("R1", "21 24 52 31 69 72"),
        ("S", "21 23 53 8e 8f"),
        ("T", "21 23 54 4f 35"),
    ],
)
def test_requests_are_the_frames_of_the_manual(message: str, frame: str) -> None:
    assert encode(message) == bytes.fromhex(frame)


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (b"!0AMON Ver 4.13Uw", Answer("A", "MON Ver 4.13")),
        (bytes.fromhex("21 25 41 36 76 86"), Answer("A", "6")),
        (b"!*A 0.00 [d", Answer("A", " 0.00 ")),
        (b"!*A 0.01 i?", Answer("A", " 0.01 ")),
        (b"!+A 0.000 Jo", Answer("A", " 0.000 ")),
        (b"!/A5875830.230:X", Answer("A", "5875830.230")),
        (bytes.fromhex("21 24 41 35 97"), Answer("A", "")),
        (bytes.fromhex("21 24 43 34 2c"), Answer("C", "")),
    ],
)
def test_replies_of_the_manual_are_read(frame: bytes, answer: Answer) -> None:
    assert decode(frame) == answer


def test_the_checksums_printed_in_the_manual_come_out() -> None:
    assert checksum(b"#@") == b"O7"
    assert checksum(b"$C?") == b"g/"


@given(st.sampled_from("ACD"), printable, st.lists(st.integers(0, 100)))
def test_what_was_said_is_heard_however_it_is_cut(status: str, text: str, cuts: list[int]) -> None:
    stream = reply(text, status) + reply("1")
    found = cut_into(replies, stream, cuts)
    assert [decode(frame) for frame in found] == [Answer(status, text), Answer("A", "1")]


@given(st.binary(max_size=60))
def test_any_bytes_are_frames_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"!" + noise):
        try:
            frames, rest = replies(stream)
        except CodecError:
            continue
        assert b"".join(frames) + rest == stream


@given(printable, st.integers(0, 200), st.integers(1, 255))
def test_a_damaged_byte_is_never_believed(text: str, place: int, flip: int) -> None:
    frame = bytearray(reply(text))
    frame[place % len(frame)] ^= flip
    with pytest.raises(CodecError):
        decode(bytes(frame))


async def test_rate_and_thickness_come_in_nanometres() -> None:
    script = [(encode("M"), reply(" 2.50 ")), (encode("O"), reply(" 1.234 "))]
    async with talking(monitor, script) as sqm:
        assert await sqm.rate_nm_s.value() == 0.25
        assert await sqm.thickness_nm.value() == 123.4


async def test_the_first_identification_takes_the_power_up_flag_and_a_later_one_tells() -> None:
    named = (encode("@"), b"!0AMON Ver 4.13Uw")
    script = [named, (encode("Y"), reply("1")), named, (encode("Y"), reply("1"))]
    async with talking(monitor, script) as sqm:
        assert await sqm.identify() == "MON Ver 4.13"
        with pytest.raises(Restarted, match="thickness"):
            await sqm.identify()


async def test_another_device_is_not_accepted() -> None:
    async with talking(monitor, [(encode("@"), reply("XTC"))]) as sqm:
        with pytest.raises(WrongDevice, match="XTC"):
            await sqm.identify()


async def test_a_thickness_from_before_a_power_loss_is_not_given() -> None:
    async with talking(monitor, [(encode("Y"), reply("1"))]) as sqm:
        with pytest.raises(Restarted, match="lost power"):
            await sqm.deposited_nm()


async def test_a_healthy_crystal_gives_the_thickness() -> None:
    script = [
        *[(encode("Y"), reply("0")), (encode("P1"), reply("5875830.230"))],
        *[(encode("R1"), reply("92")), (encode("O"), reply(" 2.000 "))],
    ]
    async with talking(monitor, script) as sqm:
        assert await sqm.deposited_nm() == 200.0


@pytest.mark.parametrize(("hertz", "life"), [("0", None), ("5875830.230", "0")])
async def test_a_failed_crystal_is_a_fault(hertz: str, life: str | None) -> None:
    script = [(encode("Y"), reply("0")), (encode("P1"), reply(hertz))]
    if life is not None:
        script.append((encode("R1"), reply(life)))
    async with talking(monitor, script) as sqm:
        with pytest.raises(DeviceFault, match="crystal"):
            await sqm.check()


async def test_zero_clears_the_flag_the_thickness_and_the_time() -> None:
    script = [(encode(word), reply("")) for word in ("Y", "S", "T")]
    async with talking(monitor, script) as sqm:
        await sqm.zero()


async def test_an_unknown_command_is_rejected_in_words() -> None:
    async with talking(monitor, [(encode("M"), bytes.fromhex("21 24 43 34 2c"))]) as sqm:
        with pytest.raises(Rejected, match="unknown command"):
            await sqm.rate_nm_s.value()


async def test_a_look_at_everything_leaves_the_power_up_flag_unread() -> None:
    asked = ("M", "O", "L1?", "N1", "P1", "R1", "J")
    async with talking(monitor, [(encode(word), reply(" 1.5 ")) for word in asked]) as sqm:
        seen = await sqm.readings()
    assert {name: sample.value for name, sample in seen.items()} == {
        "rate_nm_s": 0.15000000000000002,
        "thickness_nm": 150.0,
        "crystal_rate_nm_s": 0.15000000000000002,
        "crystal_thickness_nm": 150.0,
        "frequency_hz": 1.5,
        "crystal_life_pct": 1.5,
        "channels": 1.5,
    }
