"""The ThermoFlex chiller: frames of its manual, units it may change, and off when left."""

import asyncio

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
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.core.points import Quality
from drivers.core.registers import declared
from drivers.instruments.thermoflex import Thermoflex, converted
from drivers.instruments.thermoflex_frames import (
    FAULT_BITS,
    LEAD,
    WARNING_BITS,
    Command,
    OnOff,
    Quantity,
    Reply,
    Status,
    Unit,
    checksum,
    decode,
    decode_on,
    decode_quantity,
    decode_refusal,
    decode_status,
    encode,
    encode_celsius,
    reply_to,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

BYTE = st.integers(0, 255)
ACKNOWLEDGED = bytes.fromhex("ca 00 01 00 02 00 00 fc")
ERRORS = [(1, "unknown command"), (2, "bad data"), (9, "error 9")]


def say(command: int, data: bytes = b"", reply: bytes = b"") -> Script:
    return [(encode(command, data), encode(command, reply))]


def refuse(command: int, code: int, data: bytes = b"", *, named: int | None = None) -> Script:
    error = bytes((command if named is None else named, code))
    return [(encode(command, data), encode(0x0F, error))]


def tenths(value: float, unit: Unit = Unit.CELSIUS) -> bytes:
    return bytes((0x10 | unit,)) + round(value * 10).to_bytes(2, "big", signed=True)


def temperature(celsius: float) -> Script:
    return say(Command.TEMPERATURE, reply=tenths(celsius))


def status(*places: tuple[int, int]) -> Script:
    data = bytearray(4)
    for byte, bit in places:
        data[byte] |= 1 << bit
    return say(Command.STATUS, reply=bytes(data))


def switch(wanted: OnOff, *, on: bool) -> Script:
    return say(Command.ON_OFF, bytes((wanted,)), bytes((on,)))


UP = status((0, 0))
DOWN = status()
SET_20: Script = [
    *say(Command.SETPOINT, reply=tenths(15)),
    *say(Command.SET_SETPOINT, encode_celsius(20), tenths(20)),
]
ON: Script = [*DOWN, *switch(OnOff.ON, on=True), *status((0, 0), (3, 1)), *UP]
OFF: Script = [*switch(OnOff.OFF, on=False), *status((0, 0), (3, 2)), *DOWN]


def chiller(link: SerialLink, clock: Clock) -> Thermoflex:
    return Thermoflex("etcher.chiller", link, clock=clock)


@pytest.mark.parametrize(
    ("request_bytes", "frame"),
    [
        (encode(Command.ACKNOWLEDGE), "ca 00 01 00 00 fe"),
        (encode(Command.TEMPERATURE), "ca 00 01 20 00 de"),
        (encode(Command.SET_SETPOINT, encode_celsius(22.5)), "ca 00 01 f0 02 00 e1 2b"),
        (encode(Command.ON_OFF, b"\x00"), "ca 00 01 81 01 00 7c"),
        (encode(Command.ON_OFF, b"\x01"), "ca 00 01 81 01 01 7b"),
        (encode(Command.ON_OFF, b"\x02"), "ca 00 01 81 01 02 7a"),
        (encode(Command.STATUS), "ca 00 01 09 00 f5"),
    ],
)
def test_requests_are_the_frames_of_the_manual(request_bytes: bytes, frame: str) -> None:
    assert request_bytes == bytes.fromhex(frame)


def test_replies_of_the_manual_are_read() -> None:
    assert decode(ACKNOWLEDGED) == Reply(Command.ACKNOWLEDGE, b"\x00\x00")
    warm = decode(bytes.fromhex("ca 00 01 20 03 11 00 c9 01"))
    assert decode_quantity(warm.data) == Quantity(20.1, Unit.CELSIUS)


@given(st.sampled_from(list(Command)), st.binary(max_size=40), st.lists(st.integers(0, 100)))
def test_what_was_said_is_heard_however_it_is_cut(
    command: Command, data: bytes, cuts: list[int]
) -> None:
    found = cut_into(reply_to(command), encode(command, data) * 2, cuts)
    assert [decode(frame) for frame in found] == [Reply(command, data)] * 2


@given(st.binary(max_size=40))
def test_any_bytes_are_frames_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, LEAD + noise, LEAD + b"\x20" + noise):
        try:
            frames, rest = reply_to(Command.TEMPERATURE)(stream)
        except CodecError:
            continue
        assert b"".join(frames) + rest == stream


@given(st.binary(max_size=8))
def test_any_data_is_a_value_or_a_codec_error(noise: bytes) -> None:
    for decoder in (decode_quantity, decode_status, decode_on, decode_refusal, decode):
        try:
            decoder(noise)
        except CodecError:
            continue


@given(st.binary(max_size=20), st.integers(0, 200), st.integers(1, 255))
def test_a_damaged_byte_is_never_believed(data: bytes, place: int, flip: int) -> None:
    frame = bytearray(encode(Command.STATUS, data))
    frame[place % len(frame)] ^= flip
    with pytest.raises(CodecError):
        decode(bytes(frame))


@given(st.integers(0, 4), st.sampled_from(list(Unit)), st.integers(-(2**15), 2**15 - 1))
def test_a_number_of_two_or_four_bytes_has_its_decimals_and_unit(
    decimals: int, unit: Unit, count: int
) -> None:
    for length in (2, 4):
        data = bytes((decimals << 4 | unit,)) + count.to_bytes(length, "big", signed=True)
        assert decode_quantity(data) == Quantity(count / 10**decimals, unit)


@pytest.mark.parametrize("celsius", [3300, float("nan"), float("inf")])
def test_what_is_no_temperature_is_not_encoded(celsius: float) -> None:
    with pytest.raises(CodecError):
        encode_celsius(celsius)


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "expected"),
    [
        (68, Unit.FAHRENHEIT, Unit.CELSIUS, 20),
        (2, Unit.GALLONS_MIN, Unit.LITRES_MIN, 7.5708),
        (50, Unit.PSI, Unit.BAR, 3.4474),
        (250, Unit.KILOPASCAL, Unit.BAR, 2.5),
        (1.5, Unit.BAR, Unit.BAR, 1.5),
        (0.6, Unit.SECONDS, Unit.NONE, 0.6),
    ],
)
def test_other_units_of_the_display_are_converted(
    value: float, given_unit: Unit, wanted: Unit, expected: float
) -> None:
    assert round(converted(Quantity(value, given_unit), wanted), 4) == expected


def test_every_bit_of_the_status_has_one_meaning() -> None:
    assert FAULT_BITS.keys().isdisjoint(WARNING_BITS)
    assert len(FAULT_BITS) + len(WARNING_BITS) == 7 + 8 + 8 + 1
    assert decode_status(b"\x01\x00\x00\x00").running
    assert decode_status(b"\x00\x00\x00\x02").powering_up
    assert decode_status(b"\x00\x00\x00\x04").powering_down


@pytest.mark.parametrize(
    ("data", "words"),
    [
        *[("80 00 00 00", "low temperature"), ("40 00 00 00", "high temperature")],
        *[("00 80 00 00", "high refrigerant pressure"), ("00 01 00 00", "high pressure")],
        *[("00 00 04 00", "low flow"), ("00 00 01 00", "external emergency stop")],
        *[("00 00 80 00", "pressure above the factory limit")],
        *[("00 00 00 01", "pressure below the factory limit")],
    ],
)
def test_a_fault_bit_is_told_in_words(data: str, words: str) -> None:
    assert decode_status(bytes.fromhex(data)).faults == (words,)


def test_sensors_that_are_not_fitted_are_no_fault() -> None:
    warned = decode_status(bytes.fromhex("0c 00 40 00"))
    assert warned.faults == ()
    assert warned.warnings == (
        "temperature sensor 2 open",
        "temperature sensor 3 open",
        "low flow warning",
    )


async def test_a_chiller_is_known_by_the_version_of_its_protocol() -> None:
    script = [*say(Command.ACKNOWLEDGE, reply=b"\x00\x01"), *say(Command.ACKNOWLEDGE, reply=b"\7")]
    async with talking(chiller, script) as bath:
        assert await bath.identify() == "ThermoFlex protocol 0.1"
        with pytest.raises(WrongDevice, match="instead of a ThermoFlex"):
            await bath.identify()


async def test_another_protocol_is_not_believed() -> None:
    async with talking(chiller, [(encode(Command.ACKNOWLEDGE), b"*IDN?\r\n")]) as bath:
        with pytest.raises(Garbled, match="no frame begins"):
            await bath.identify()


async def test_after_nonsense_the_chiller_is_identified_again() -> None:
    nonsense = (encode(Command.FLOW), b"\x00")
    again = (encode(Command.ACKNOWLEDGE), ACKNOWLEDGED)
    script = [nonsense, again, *say(Command.FLOW, reply=tenths(8, Unit.LITRES_MIN))]
    async with talking(chiller, script) as bath:
        with pytest.raises(Garbled) as broken:
            await bath.flow_lpm.value()
        assert broken.value.effect is Effect.UNKNOWN
        assert await bath.flow_lpm.value() == 8


async def test_a_unit_that_measures_something_else_is_not_believed() -> None:
    wrong = say(Command.FLOW, reply=tenths(8, Unit.BAR))
    async with talking(chiller, wrong) as bath:
        with pytest.raises(Garbled, match="BAR, which is no LITRES_MIN"):
            await bath.flow_lpm.value()


async def test_a_setpoint_is_confirmed_by_the_reply() -> None:
    other = [
        *say(Command.SETPOINT, reply=tenths(20)),
        *say(Command.SET_SETPOINT, encode_celsius(20), tenths(25)),
    ]
    async with talking(chiller, [*SET_20, *other]) as bath:
        await bath.setpoint_c.write(20)
        with pytest.raises(ReadBackDiffers, match="set to 20 and is 25"):
            await bath.setpoint_c.write(20)


async def test_a_chiller_that_shows_fahrenheit_is_not_set() -> None:
    shown = say(Command.SETPOINT, reply=tenths(68, Unit.FAHRENHEIT))
    async with talking(chiller, [*shown, *shown]) as bath:
        assert await bath.setpoint_c.value() == pytest.approx(20)
        with pytest.raises(Refused, match="shows FAHRENHEIT"):
            await bath.setpoint_c.write(20)


@pytest.mark.parametrize("celsius", [4.9, 40.1, float("nan")])
async def test_a_refused_temperature_never_reaches_the_wire(celsius: float) -> None:
    async with talking(chiller, []) as bath:
        with pytest.raises(LimitExceeded) as refusal:
            await bath.hold(celsius, deadline_s=10)
        assert refusal.value.effect is Effect.NONE
        with pytest.raises(LimitExceeded, match="outside 5 to 40 C"):
            async with bath.running(celsius, deadline_s=10):
                pytest.fail("must not be reached")


@pytest.mark.parametrize(("code", "words"), ERRORS)
async def test_a_refusal_is_told_in_words(code: int, words: str) -> None:
    async with talking(chiller, refuse(Command.FLOW, code)) as bath:
        with pytest.raises(Rejected, match=words) as refusal:
            await bath.flow_lpm.value()
        assert refusal.value.effect is Effect.NONE


async def test_a_request_damaged_on_the_wire_is_sent_again_but_not_for_ever() -> None:
    damaged = refuse(Command.FLOW, 3, named=0x33)
    script = [
        *damaged,
        *say(Command.FLOW, reply=tenths(8, Unit.LITRES_MIN)),
        *damaged,
        *damaged,
        *damaged,
    ]
    async with talking(chiller, script) as bath:
        assert await bath.flow_lpm.value() == 8
        with pytest.raises(Rejected, match="wrong checksum"):
            await bath.flow_lpm.value()


async def test_the_coolant_is_at_temperature_inside_and_the_chiller_off_afterwards() -> None:
    seconds = [step for c in (18, 19.8, 20, 20.1) for step in (*UP, *temperature(c))]
    async with (
        talking(chiller, [*SET_20, *ON, *seconds, *OFF]) as bath,
        bath.running(20, deadline_s=60, dwell_s=2),
    ):
        pass


async def test_a_cancelled_step_switches_the_chiller_off() -> None:
    script = [*SET_20, *ON, *UP, *temperature(20), *OFF]
    async with talking(chiller, script) as bath:
        cold = asyncio.Event()

        async def step() -> None:
            async with bath.running(20, deadline_s=60, dwell_s=0):
                cold.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await cold.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_fault_on_the_way_ends_the_step() -> None:
    script = [*SET_20, *ON, *status((0, 0), (2, 2)), *OFF]
    async with talking(chiller, script) as bath:
        with pytest.raises(DeviceFault, match="low flow") as fault:
            async with bath.running(20, deadline_s=60):
                pytest.fail("must not be reached")
        assert fault.value.effect is Effect.PARTIAL


async def test_a_chiller_that_lost_power_is_noticed() -> None:
    async with talking(chiller, [*ON, *UP, *DOWN]) as bath:
        await bath.start()
        await bath.check()
        with pytest.raises(Tripped, match="does not run any more"):
            await bath.check()


async def test_a_chiller_with_a_fault_is_not_started() -> None:
    async with talking(chiller, status((1, 5))) as bath:
        with pytest.raises(DeviceFault, match="motor overload"):
            await bath.start()


async def test_a_chiller_that_does_not_come_up_is_reported() -> None:
    rising = status((0, 0), (3, 1))
    async with talking(
        chiller, [*DOWN, *switch(OnOff.ON, on=True), *rising, *rising, *rising]
    ) as bath:
        with pytest.raises(NotReached, match="running"):
            await bath.start(deadline_s=2)


async def test_a_chiller_that_does_not_take_the_order_is_reported() -> None:
    async with talking(chiller, [*DOWN, *switch(OnOff.ON, on=False)]) as bath:
        with pytest.raises(ReadBackDiffers, match="says it is off"):
            await bath.start()


async def test_off_is_insisted_on() -> None:
    async with talking(chiller, [*switch(OnOff.OFF, on=True), *OFF]) as bath:
        await bath.make_safe()


async def test_making_it_safe_twice_is_switching_it_off_twice() -> None:
    again = [*switch(OnOff.OFF, on=False), *DOWN]
    async with talking(chiller, [*OFF, *again, *switch(OnOff.QUERY, on=False)]) as bath:
        await bath.make_safe()
        await bath.make_safe()
        assert not await bath.switched_on()


async def test_the_display_is_read() -> None:
    async with talking(chiller, say(Command.DISPLAY, reply=b" 20.1 C  ")) as bath:
        assert await bath.display() == "20.1 C"


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    async with talking(chiller, []) as bath:
        refs = {name: point.spec.ref for name, point in declared(bath).items()}
    values = [say(ref.ask, reply=tenths(12.3, ref.unit)) for ref in refs.values()]
    script = [step for value in values for step in value]
    async with talking(chiller, [*script, *status((0, 1)), *script, *UP]) as bath:
        seen, healthy = await bath.readings(), await bath.readings()
    assert {sample.value for sample in seen.values()} == {12.3}
    assert seen["temperature_c"].quality is Quality.BAD
    assert healthy["temperature_c"].quality is Quality.GOOD
    assert len(seen) == len(refs) == 14


def test_a_status_in_words_can_be_compared() -> None:
    running = Status(running=True, powering_up=False, powering_down=False, faults=(), warnings=())
    assert decode_status(b"\x01\0\0\0") == running


def test_the_checksum_leaves_out_the_first_byte() -> None:
    assert checksum(b"\xca\x00\x01\x00\x00") == checksum(b"\x00\x00\x01\x00\x00") == 0xFE
