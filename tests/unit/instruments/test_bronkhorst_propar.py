"""The mini CORI-FLOW: frames of its manual, and a dose that ends by itself with the pump still."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Effect,
    Garbled,
    LimitExceeded,
    NoReply,
    NotReached,
    ReadBackDiffers,
    Refused,
    Rejected,
    Restarted,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.core.registers import declared
from drivers.instruments.bronkhorst_propar import BronkhorstPropar, decode_alarms
from drivers.instruments.bronkhorst_propar_frames import (
    STATUS_WORDS,
    Kind,
    Message,
    Parameter,
    answers_to,
    decode,
    decode_error,
    decode_number,
    decode_status,
    decode_text,
    encode,
    in_text,
    request,
    write,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

BYTE = st.integers(0, 255)
MEASURE = Parameter(1, 0, Kind.SIGNED_WORD)
SETPOINT = Parameter(1, 1, Kind.WORD)
CONTROL = Parameter(1, 4, Kind.BYTE)
CAPACITY = Parameter(1, 13, Kind.FLOAT)
ALARMS = Parameter(1, 20, Kind.BYTE)
UNIT = Parameter(1, 31, Kind.TEXT)
FLOW = Parameter(33, 0, Kind.FLOAT)
COUNTER = Parameter(104, 1, Kind.FLOAT)
LIMIT = Parameter(104, 3, Kind.FLOAT)
CLOSES = Parameter(104, 5, Kind.BYTE)
NEXT = Parameter(104, 6, Kind.WORD)
COUNTER_UNIT = Parameter(104, 7, Kind.TEXT)
COUNTS = Parameter(104, 8, Kind.BYTE)
TYPE = Parameter(113, 1, Kind.TEXT)
MODEL = Parameter(113, 2, Kind.TEXT)
SERIAL = Parameter(113, 3, Kind.TEXT)
TAG = Parameter(113, 6, Kind.TEXT)
RESET = Parameter(115, 8, Kind.BYTE)

Steps = list[tuple[bytes, bytes]]  # asked and answered, without sequence and node


def numbered(steps: Steps, *, first: int = 1) -> Script:
    """The frames of a conversation: every request has the next sequence number."""
    return [
        (encode(Message(place, 128, asked)), encode(Message(place, 128, answer)))
        for place, (asked, answer) in enumerate(steps, first)
    ]


def value_of(parameter: Parameter, value: float | str) -> bytes:
    head = b"\x02" + parameter.head
    if isinstance(value, str):
        return head + b"\x00" + value.encode() + b"\x00"
    number = value if parameter.kind is Kind.FLOAT else int(value)
    return head + struct.pack(parameter.kind.layout, number)


def get(parameter: Parameter, value: float | str) -> Steps:
    return [(request(parameter), value_of(parameter, value))]


def put(parameter: Parameter, value: float, *, status: int = 0) -> Steps:
    return [(write(parameter, value), bytes((0, status, 0)))]


def set_to(parameter: Parameter, value: float) -> Steps:
    return [*put(parameter, value), *get(parameter, value)]


def alarms(bits: int = 0) -> Steps:
    return get(ALARMS, bits)


STILL = [*set_to(SETPOINT, 0), *set_to(CONTROL, 0)]
ARMED: Steps = [
    *[*alarms(), *STILL],
    *[*set_to(COUNTS, 0), *set_to(COUNTER, 0), *set_to(LIMIT, 2.5), *set_to(NEXT, 0)],
    *[*set_to(CLOSES, 1), *set_to(COUNTS, 2), *alarms()],
]
FROM_HALF = [*get(CAPACITY, 100), *ARMED, *put(SETPOINT, 16000)]
DOSED = [*FROM_HALF, *alarms(), *alarms(0x10), *STILL, *get(COUNTER, 2.5)]
FLOWS: Steps = [
    *[*get(CAPACITY, 100), *alarms(), *set_to(COUNTS, 0), *set_to(CONTROL, 0)],
    *set_to(SETPOINT, 16000),
]
NAMED: Steps = [
    *[*get(TYPE, "CORIFC"), *get(UNIT, "g/h"), *get(COUNTER_UNIT, "kg")],
    *[*get(MODEL, "ML120V00"), *get(SERIAL, "B1234567A")],
]


def meter(link: SerialLink, clock: Clock) -> BronkhorstPropar:
    return BronkhorstPropar("coater.resist", link, clock=clock)


@pytest.mark.parametrize(
    ("sequence", "data", "frame"),
    [
        (1, request(MEASURE), "10 02 01 80 05 04 01 20 01 20 10 03"),
        (2, request(SETPOINT), "10 02 02 80 05 04 01 21 01 21 10 03"),
        (3, write(SETPOINT, 16000), "10 02 03 80 05 01 01 21 3e 80 10 03"),
    ],
)
def test_requests_are_the_frames_of_the_manual(sequence: int, data: bytes, frame: str) -> None:
    message = Message(sequence, 128, data)
    assert encode(message) == bytes.fromhex(frame)
    assert decode(bytes.fromhex(frame)) == message


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (request(MEASURE), ":06800401200120"),
        (request(SETPOINT), ":06800401210121"),
        (write(SETPOINT, 16000), ":06800101213E80"),
    ],
)
def test_the_text_form_is_that_of_the_manual(data: bytes, text: str) -> None:
    assert in_text(Message(1, 128, data)) == text


def test_a_byte_that_opens_frames_is_doubled_inside() -> None:
    frame = encode(Message(0x10, 0x10, b"\x10\x03\x10\x02"))
    assert frame.hex(" ") == "10 02 10 10 10 10 04 10 10 03 10 10 02 10 03"
    assert decode(frame) == Message(0x10, 0x10, b"\x10\x03\x10\x02")


@given(BYTE, BYTE, st.binary(min_size=1, max_size=255))
def test_what_was_said_is_heard(sequence: int, node: int, data: bytes) -> None:
    message = Message(sequence, node, data)
    assert decode(encode(message)) == message


@given(st.binary(min_size=1, max_size=30), st.lists(st.integers(0, 150)))
def test_frames_are_found_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    asked = Message(16, 16, b"")
    frame = encode(Message(16, 16, data))
    late = encode(Message(15, 3, data))
    assert cut_into(answers_to(asked), frame + late + frame, cuts) == [frame, frame]


@given(st.binary(max_size=60))
def test_any_bytes_are_frames_or_a_codec_error(noise: bytes) -> None:
    asked = Message(1, 128, b"")
    for stream in (noise, b"\x10\x02" + noise, b"\x10\x02\x01\x80" + noise + b"\x10\x03"):
        try:
            frames, _ = answers_to(asked)(stream)
        except CodecError:
            continue
        assert all(decode(frame).sequence == 1 for frame in frames)


def test_a_frame_that_never_ends_is_nonsense() -> None:
    with pytest.raises(CodecError, match="without an end"):
        answers_to(Message(1, 128, b""))(b"\x10\x02" + bytes(600))


@given(st.binary(max_size=20), st.sampled_from(list(Kind)))
def test_any_data_is_a_value_or_a_codec_error(noise: bytes, kind: Kind) -> None:
    parameter = Parameter(1, 0, kind)
    for data in (noise, b"\x02" + parameter.head + noise):
        for decoder in (decode_number, decode_text):
            try:
                decoder(data, parameter)
            except CodecError:
                continue
        assert decode_status(data) is None or decode_error(data) is None


@pytest.mark.parametrize(
    ("word", "number"), [(0, 0), (32000, 32000), (41942, 41942), (41943, -23593), (65535, -1)]
)
def test_a_measured_word_above_its_range_is_a_negative_number(word: int, number: int) -> None:
    data = b"\x02\x01\x20" + word.to_bytes(2, "big")
    assert decode_number(data, MEASURE) == number


@pytest.mark.parametrize(
    "data", [b"\x00CORIFC\x00", b"\x06CORIFC", b"\x08CORIFC  ", b"\x00CORIFC", b"\x06CORIFCxx"]
)
def test_a_text_is_counted_or_ended_by_a_zero(data: bytes) -> None:
    assert decode_text(b"\x02" + TYPE.head + data, TYPE) == "CORIFC"


@pytest.mark.parametrize(
    ("parameter", "number"),
    [(CONTROL, 256), (SETPOINT, -1), (SETPOINT, float("nan")), (COUNTER, 1e39), (TYPE, 1)],
)
def test_what_does_not_fit_is_not_encoded(parameter: Parameter, number: float) -> None:
    with pytest.raises(CodecError):
        write(parameter, number)


def test_bit_five_is_a_power_up_alone_and_a_response_with_a_limit() -> None:
    assert decode_alarms(0x20).power_up
    assert not decode_alarms(0x20).response
    for bits in (0x24, 0x28):
        assert decode_alarms(bits).response
        assert not decode_alarms(bits).power_up
    for bit in (0, 1, 2, 3, 4, 6, 7):
        assert sum(astuple(decode_alarms(1 << bit))) == 1


async def test_an_instrument_is_known_and_its_units_are_taken_over() -> None:
    steps = [*NAMED, *alarms(0x20), *get(FLOW, 600), *get(COUNTER, 0.0025), *get(TAG, "resist")]
    async with talking(meter, numbered(steps)) as flow:
        assert await flow.identify() == "CORIFC ML120V00 B1234567A"
        assert await flow.flow_g_min.value() == pytest.approx(10)
        assert await flow.counter_g.value() == pytest.approx(2.5)
        assert await flow.user_tag() == "resist"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (get(TYPE, "CORIFM"), "CORIFM"),
        (get(TYPE, "DEPC"), "DEPC"),
        ([*get(TYPE, "DMFC"), *get(UNIT, "mln/min")], "no mass flow"),
        ([*get(TYPE, "DMFC"), *get(UNIT, "g/h"), *get(COUNTER_UNIT, "ln")], "no mass"),
    ],
)
async def test_another_device_is_not_accepted(steps: Steps, words: str) -> None:
    async with talking(meter, numbered(steps)) as flow:
        with pytest.raises(WrongDevice, match=words):
            await flow.identify()


async def test_a_power_cycle_is_told_once_and_only_if_it_is_new() -> None:
    steps = [*NAMED, *alarms(0x20), *alarms(0x20), *alarms(), *NAMED, *alarms(0x20), *alarms(0x20)]
    async with talking(meter, numbered(steps)) as flow:
        await flow.identify()  # the alarm of the morning's power-up stands
        await flow.check()
        await flow.check()
        with pytest.raises(Restarted, match="lost power"):
            await flow.identify()
        await flow.check()


async def test_alarms_are_acknowledged() -> None:
    reset = put(RESET, 2)
    async with talking(meter, numbered([*reset, *alarms(), *reset, *alarms(0x10)])) as flow:
        await flow.acknowledge()
        with pytest.raises(ReadBackDiffers, match="still stand"):
            await flow.acknowledge()


@pytest.mark.parametrize(("bits", "words"), [(0x01, "alarm register"), (0x80, "hardware")])
async def test_an_error_is_a_fault(bits: int, words: str) -> None:
    async with talking(meter, numbered(alarms(bits))) as flow:
        with pytest.raises(DeviceFault, match=words) as fault:
            await flow.check()
        assert fault.value.effect is Effect.PARTIAL


async def test_a_dose_ends_at_its_limit_with_the_pump_still() -> None:
    async with talking(meter, numbered(DOSED)) as flow:
        assert await flow.dispense(2.5, 50, deadline_s=60) == 2.5


async def test_a_dose_that_takes_too_long_stops_the_pump() -> None:
    slow = [step for _ in range(3) for step in alarms()]
    async with talking(meter, numbered([*FROM_HALF, *slow, *STILL])) as flow:
        with pytest.raises(NotReached, match=r"2.5 g") as late:
            await flow.dispense(2.5, 50, deadline_s=0.2)
        assert late.value.effect is Effect.PARTIAL


async def test_a_power_loss_while_dosing_stops_the_pump() -> None:
    async with talking(meter, numbered([*FROM_HALF, *alarms(0x20), *STILL])) as flow:
        with pytest.raises(Restarted):
            await flow.dispense(2.5, 50, deadline_s=60)


async def test_a_counter_that_is_at_its_limit_from_the_start_doses_nothing() -> None:
    steps = [*get(CAPACITY, 100), *ARMED[:-1], *alarms(0x10), *STILL]
    async with talking(meter, numbered(steps)) as flow:
        with pytest.raises(ReadBackDiffers, match="counts from nothing"):
            await flow.dispense(2.5, 50, deadline_s=60)


async def test_a_cancelled_step_stops_the_pump() -> None:
    async with talking(meter, numbered([*FLOWS, *alarms(), *get(FLOW, 50), *STILL])) as flow:
        flowing = asyncio.Event()

        async def step() -> None:
            async with flow.flowing(50, within_g_min=1, dwell_s=0, deadline_s=5):
                flowing.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await flowing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_flow_that_is_not_reached_stops_the_pump() -> None:
    slow = [step for _ in range(3) for step in (*alarms(), *get(FLOW, 3))]
    async with talking(meter, numbered([*FLOWS, *slow, *STILL])) as flow:
        with pytest.raises(NotReached, match="flow_g_min"):
            async with flow.flowing(50, within_g_min=1, dwell_s=1, deadline_s=0.2):
                pytest.fail("must not be reached")


OUT_OF_LIMITS: list[Callable[[BronkhorstPropar], Awaitable[object]]] = [
    lambda flow: flow.setpoint_pct.write(100.1),
    lambda flow: flow.slope_s.write(-1),
    lambda flow: flow.fluid.write(8),
    lambda flow: flow.counter_limit_g.write(float("nan")),
    lambda flow: flow.counter_g.write(1),
    lambda flow: flow.dispense(0, 50, deadline_s=1),
    lambda flow: flow.dispense(1001, 50, deadline_s=1),
    lambda flow: flow.dispense(float("nan"), 50, deadline_s=1),
    lambda flow: flow.dispense(1, 0, deadline_s=1),
    lambda flow: flow.flow(float("inf"), within_g_min=1, dwell_s=1, deadline_s=1),
]


@pytest.mark.parametrize("act", OUT_OF_LIMITS)
async def test_what_is_out_of_limits_never_reaches_the_wire(
    act: Callable[[BronkhorstPropar], Awaitable[object]],
) -> None:
    async with talking(meter, []) as flow:
        with pytest.raises(LimitExceeded) as refusal:
            await act(flow)
        assert refusal.value.effect is Effect.NONE


async def test_a_flow_above_the_capacity_starts_nothing() -> None:
    async with talking(meter, numbered(get(CAPACITY, 100))) as flow:
        with pytest.raises(LimitExceeded, match="capacity of 100"):
            await flow.dispense(1, 101, deadline_s=1)


@pytest.mark.parametrize("code", sorted(set(STATUS_WORDS) - {8, 9, 25}))
async def test_a_refusal_is_told_in_words_with_the_message(code: int) -> None:
    async with talking(meter, numbered(put(SETPOINT, 16000, status=code))) as flow:
        with pytest.raises(Rejected, match=f":06800101213E80: {STATUS_WORDS[code]}") as refusal:
            await flow.setpoint_pct.write(50)
        assert refusal.value.effect is Effect.NONE


@pytest.mark.parametrize("answer", [b"\x00\x08\x00", b"\x00\x09\x00", b"\x00\x19\x00", b"\x09"])
async def test_a_time_out_behind_the_interface_leaves_the_effect_unknown(answer: bytes) -> None:
    async with talking(meter, numbered([(write(SETPOINT, 16000), answer)])) as flow:
        with pytest.raises(NoReply) as silence:
            await flow.setpoint_pct.write(50)
        assert silence.value.effect is Effect.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "words"), [(b"\x04", "protocol error"), (b"\x05", "rejected"), (b"\x07", "error 7")]
)
async def test_an_error_answer_is_a_rejection(answer: bytes, words: str) -> None:
    async with talking(meter, numbered([(request(MEASURE), answer)])) as flow:
        with pytest.raises(Rejected, match=words):
            await flow.measure_pct.value()


async def test_a_value_instead_of_an_acknowledgement_is_not_believed() -> None:
    first = numbered([(write(SETPOINT, 16000), value_of(SETPOINT, 16000))])
    identified, asked = numbered(get(TYPE, "DMFC"), first=3), numbered(alarms(), first=2)
    async with talking(meter, [*first, *identified, *asked]) as flow:
        with pytest.raises(Garbled, match="acknowledges nothing"):
            await flow.setpoint_pct.write(50)
        assert not (await flow.alarms()).error  # after it was identified again


async def test_a_number_that_no_parameter_holds_is_refused() -> None:
    async with talking(meter, []) as flow:
        with pytest.raises(Refused, match="does not fit"):
            await flow.write_raw(flow.fluid.spec.ref, 300)


async def test_a_late_answer_is_not_taken_for_the_next() -> None:
    asked, answer = numbered(get(SETPOINT, 16000))[0]
    late = encode(Message(0, 128, value_of(SETPOINT, 32000)))
    async with talking(meter, [(asked, late + answer)]) as flow:
        assert await flow.setpoint_pct.value() == 50


async def test_the_answer_of_another_node_is_not_believed() -> None:
    foreign = encode(Message(1, 3, value_of(SETPOINT, 1)))
    async with talking(meter, [(encode(Message(1, 128, request(SETPOINT))), foreign)]) as flow:
        with pytest.raises(Garbled, match="node 3 answers"):
            await flow.setpoint_pct.value()


async def test_sequence_numbers_begin_again_after_255() -> None:
    again = [step for _ in range(300) for step in get(MEASURE, 65535)]
    script = [
        (encode(Message(place % 256, 128, asked)), encode(Message(place % 256, 128, answer)))
        for place, (asked, answer) in enumerate(again, 1)
    ]
    async with talking(meter, script) as flow:
        for _ in again:
            assert await flow.measure_pct.value() == -100 / 32000


async def test_stopping_is_insisted_on() -> None:
    refused = put(SETPOINT, 0, status=1)
    async with talking(meter, numbered([*refused, *STILL])) as flow:
        await flow.make_safe()


async def test_making_it_safe_twice_is_stopping_it_twice() -> None:
    async with talking(meter, numbered([*STILL, *STILL])) as flow:
        await flow.make_safe()
        await flow.make_safe()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    async with talking(meter, []) as flow:
        refs = {name: point.spec.ref.parameter for name, point in declared(flow).items()}
    steps = [step for parameter in refs.values() for step in get(parameter, 16)]
    async with talking(meter, numbered(steps)) as flow:
        seen = await flow.readings()
    assert seen.keys() == refs.keys()
    assert seen["temperature_c"].value == 16
    assert seen["setpoint_pct"].value == 0.05
    assert round(seen["valve_pct"].value * 1e6) == 95
