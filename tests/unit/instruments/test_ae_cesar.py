"""The Cesar generator: AE Bus packets of its manual, and RF that is off when left."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    InterlockOpen,
    LimitExceeded,
    ReadBackDiffers,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.ae_cesar import AeCesar, Regulation
from drivers.instruments.ae_cesar_frames import (
    ACK,
    NAK,
    Command,
    Packet,
    answer_to,
    checksum,
    cut,
    decode,
    decode_status,
    decode_word,
    encode,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

packets = st.builds(Packet, st.integers(0, 31), st.integers(0, 255), st.binary(max_size=255))


def say(command: Command, data: bytes = b"", reply: bytes = b"\x00") -> Script:
    answer = ACK + encode(Packet(1, command, reply))
    return [(encode(Packet(1, command, data)), answer), (ACK, b"")]


def status(*four: int) -> Script:
    return say(Command.STATUS, reply=bytes(four))


IDLE = status(0, 0, 0, 0)
READY: Script = [*say(Command.SET_CONTROL_MODE, b"\x02"), *IDLE]
SET: Script = [
    *say(Command.SET_REGULATION, b"\x06"),
    *say(Command.REGULATION, reply=b"\x06"),
    *say(Command.SET_SETPOINT, b"\x58\x02"),
    *say(Command.SETPOINT, reply=b"\x58\x02\x06"),
    *say(Command.RF_ON),
    *status(0x60, 0, 0, 0),
]
OFF: Script = [*say(Command.SET_CONTROL_MODE, b"\x02"), *say(Command.RF_OFF), *IDLE]


def generator(link: SerialLink, clock: Clock) -> AeCesar:
    return AeCesar("etcher.rf", link, clock=clock)


@pytest.mark.parametrize(
    ("packet", "frame"),
    [
        (Packet(1, Command.SET_CONTROL_MODE, b"\x02"), "09 0e 02 05"),
        (Packet(1, Command.SET_CONTROL_MODE, b"\x00"), "09 0e 00 07"),
        (Packet(1, Command.SET_SETPOINT, b"\x58\x02"), "0a 08 58 02 58"),
        (Packet(1, Command.SET_SETPOINT, b"\xe8\x03"), "0a 08 e8 03 e9"),
        (Packet(1, Command.SET_SETPOINT, b"\x00"), "09 08 00 01"),
        (Packet(1, Command.RF_ON, b""), "08 02 0a"),
        (Packet(1, Command.RF_ON, b"\x07"), "09 02 07 0c"),
        (Packet(1, Command.RF_OFF, b""), "08 01 09"),
        (Packet(1, Command.STATUS, b""), "08 a2 aa"),
        (Packet(1, Command.STATUS, b"\x60\x00\x00\x00"), "0c a2 60 00 00 00 ce"),
        (Packet(1, Command.STATUS, b"\x20\x00\x00\x00"), "0c a2 20 00 00 00 8e"),
        (Packet(1, Command.FORWARD_POWER, b""), "08 a5 ad"),
        (Packet(1, Command.FORWARD_POWER, b"\x56\x02"), "0a a5 56 02 fb"),
        (Packet(1, Command.REFLECTED_POWER, b""), "08 a6 ae"),
        (Packet(1, Command.SETPOINT, b""), "08 a4 ac"),
        (Packet(1, Command.SETPOINT, b"\xe8\x03\x06"), "0b a4 e8 03 06 42"),
        (Packet(1, Command.CONTROL_MODE, b""), "08 9b 93"),
        (Packet(1, Command.CONTROL_MODE, b"\x06"), "09 9b 06 94"),
        (Packet(1, Command.TYPE, b""), "08 80 88"),
    ],
)
def test_packets_are_the_bytes_of_the_manual(packet: Packet, frame: str) -> None:
    assert encode(packet) == bytes.fromhex(frame)
    assert decode(bytes.fromhex(frame)) == packet


def test_the_type_is_five_letters() -> None:
    frame = bytes.fromhex("0d 80 43 45 53 41 52")
    packet = decode(frame + bytes((checksum(frame),)))
    assert packet.data == b"CESAR"


def test_numbers_and_status_bits_are_those_of_the_manual() -> None:
    assert decode_word(b"\x56\x02") == 598
    on = decode_status(b"\x60\x00\x00\x00")
    assert (on.rf_on, on.rf_requested, on.interlock_open, on.faults) == (True, True, False, ())
    bad = decode_status(b"\x80\x88\x02\x00")
    assert (bad.out_of_setpoint, bad.interlock_open) == (True, True)
    assert bad.faults == ("overtemperature", "bus fault")


@given(packets, st.lists(st.integers(0, 300)))
def test_an_answer_is_found_however_it_is_cut(packet: Packet, cuts: list[int]) -> None:
    request = Packet(packet.address, packet.command, b"")
    (answer,) = cut_into(answer_to(request), ACK + encode(packet), cuts)
    assert decode(answer[1:]) == packet


@given(packets)
def test_the_whole_packet_cancels_out(packet: Packet) -> None:
    assert checksum(encode(packet)) == 0


@given(st.binary(max_size=20))
def test_any_bytes_are_a_packet_or_a_codec_error(noise: bytes) -> None:
    try:
        packet, rest = cut(noise)
    except CodecError:
        return
    assert packet is not None or rest == noise


@given(st.binary(max_size=20))
def test_any_bytes_are_an_answer_or_a_codec_error(noise: bytes) -> None:
    try:
        frames, rest = answer_to(Packet(1, 162, b""))(noise)
    except CodecError:
        return
    assert b"".join(frames) + rest == noise


async def test_the_generator_is_known_by_its_type() -> None:
    script = [*say(Command.TYPE, reply=b"CESAR"), *say(Command.TYPE, reply=b"APEX ")]
    async with talking(generator, script) as cesar:
        assert await cesar.identify() == "CESAR"
        with pytest.raises(WrongDevice, match="APEX"):
            await cesar.identify()


async def test_rf_is_delivered_only_between_on_and_off() -> None:
    watching = [
        *say(Command.FORWARD_POWER, reply=b"\x56\x02"),
        *say(Command.DC_BIAS, reply=b"\x2c\x01"),
    ]
    async with (
        talking(generator, [*READY, *SET, *watching, *OFF]) as cesar,
        cesar.delivering(600),
    ):
        assert await cesar.forward_w.value() == 598
        assert await cesar.dc_bias_v.value() == 300


async def test_a_bias_is_regulated_in_volts() -> None:
    set_bias: Script = [
        *say(Command.SET_REGULATION, b"\x08"),
        *say(Command.REGULATION, reply=b"\x08"),
        *say(Command.SET_SETPOINT, b"\x2c\x01"),
        *say(Command.SETPOINT, reply=b"\x2c\x01\x08"),
        *say(Command.RF_ON),
        *[*status(0xE0, 0, 0, 0), *status(0xE0, 0, 0, 0), *status(0xE0, 0, 0, 0)],
        *[*status(0x60, 0, 0, 0), *status(0x60, 0, 0, 0)],
    ]
    async with (
        talking(generator, [*READY, *set_bias, *OFF]) as cesar,
        cesar.delivering(300, regulation=Regulation.EXTERNAL),
    ):
        await cesar.reach_setpoint(deadline_s=5)


async def test_a_cancelled_step_switches_rf_off() -> None:
    async with talking(generator, [*READY, *SET, *OFF]) as cesar:
        on = asyncio.Event()

        async def step() -> None:
            async with cesar.delivering(600):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_request_not_acknowledged_is_sent_again() -> None:
    ask = encode(Packet(1, Command.FORWARD_POWER, b""))
    script = [(ask, NAK), (ask, NAK), *say(Command.FORWARD_POWER, reply=b"\x56\x02")]
    async with talking(generator, script) as cesar:
        assert await cesar.forward_w.value() == 598


async def test_a_request_never_acknowledged_is_rejected() -> None:
    ask = encode(Packet(1, Command.FORWARD_POWER, b""))
    async with talking(generator, [(ask, NAK)] * 3) as cesar:
        with pytest.raises(Rejected, match="not acknowledged 3 times"):
            await cesar.forward_w.value()


async def test_a_refusal_to_come_on_is_told_in_words_and_ends_off() -> None:
    refused = [*SET[:8], *say(Command.RF_ON, reply=b"\x07")]
    async with talking(generator, [*READY, *refused, *OFF]) as cesar:
        with pytest.raises(Rejected, match="a fault is active"):
            async with cesar.delivering(600):
                pytest.fail("RF must not come on")


@pytest.mark.parametrize(
    ("four", "error"), [((0, 0x80, 0, 0), InterlockOpen), ((0, 0, 2, 0), DeviceFault)]
)
async def test_an_unready_generator_is_refused_before_anything_is_set(
    four: tuple[int, int, int, int], error: type[Exception]
) -> None:
    script = [*say(Command.SET_CONTROL_MODE, b"\x02"), *status(*four)]
    async with talking(generator, script) as cesar:
        with pytest.raises(error):
            async with cesar.delivering(600):
                pytest.fail("RF must not come on")


@pytest.mark.parametrize(
    ("four", "words"), [((0x60, 0x80, 0, 0), "interlock opened"), ((0, 0, 0, 0), "RF is off")]
)
async def test_rf_lost_on_the_way_is_a_trip(four: tuple[int, int, int, int], words: str) -> None:
    async with talking(generator, status(*four)) as cesar:
        with pytest.raises(Tripped, match=words):
            await cesar.check()


async def test_off_is_believed_when_the_status_says_so() -> None:
    off_already = say(Command.RF_OFF, reply=b"\x03")
    script = [*say(Command.SET_CONTROL_MODE, b"\x02"), *off_already, *IDLE]
    async with talking(generator, script) as cesar:
        await cesar.make_safe()


async def test_rf_that_stays_on_is_told_off_again_and_reported() -> None:
    stays: Script = [*OFF[:4], *status(0x20, 0, 0, 0)]
    async with talking(generator, [*stays, *stays, *stays]) as cesar:
        with pytest.raises(ReadBackDiffers, match="still on"):
            await cesar.make_safe()


@pytest.mark.parametrize("watts", [1201, -1, float("nan")])
async def test_a_refused_power_never_reaches_the_wire(watts: float) -> None:
    async with talking(generator, []) as cesar:
        with pytest.raises(LimitExceeded):
            async with cesar.delivering(watts):
                pytest.fail("RF must not come on")


async def test_the_answer_to_another_command_is_not_believed() -> None:
    ask = encode(Packet(1, Command.FORWARD_POWER, b""))
    late = ACK + encode(Packet(1, Command.REFLECTED_POWER, b"\x00\x00"))
    async with talking(generator, [(ask, late)]) as cesar:
        with pytest.raises(Garbled):
            await cesar.forward_w.value()


@pytest.mark.parametrize(("mode", "name"), [(6, "setpoint_w"), (8, "bias_setpoint_v")])
async def test_the_setpoint_is_read_in_the_unit_that_it_is_in(mode: int, name: str) -> None:
    reports = (Command.SETPOINT, *(Command(number) for number in range(165, 171)))
    script = [
        *say(Command.REGULATION, reply=bytes((mode,))),
        *[step for report in reports for step in say(report, reply=b"\x2c\x01")],
    ]
    async with talking(generator, script) as cesar:
        seen = await cesar.readings()
    assert seen[name].value == 300
    assert len(seen) == len(reports)
