"""The TURBOVAC pump: telegrams of its manual, and a pump that runs only while it is told to."""

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
    Refused,
    Rejected,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.leybold_turbovac import LeyboldTurbovac, MemorizedError
from drivers.instruments.leybold_turbovac_frames import (
    LENGTH,
    REFUSALS,
    WARNINGS,
    Access,
    Control,
    Reply,
    Request,
    Response,
    Status,
    checksum,
    decode,
    encode,
    reply_to,
    value_of,
    words_for,
)
from tests.unit.instruments.scripted_wire import cut_into, talking

Steps = list[tuple[bytes, bytes]]

BYTE = st.integers(0, 255)
WORD = st.integers(0, 0xFFFF)
WATCHING, RUN, HALT, RESET = 0, 0x0401, 0x0400, 0x0480
TURNS = Status.OPERATION | Status.TURNING
RESTS = Status.READY


def padded(text: str) -> bytes:
    """A published telegram in which `..` stands for as many zero bytes as are missing."""
    front, _, end = text.partition("..")
    missing = LENGTH - len(bytes.fromhex(front)) - len(bytes.fromhex(end))
    return bytes.fromhex(front) + bytes(missing) + bytes.fromhex(end)


def telegram(
    parameter: int = 0, index: int = 0, value: int = 0, status: int = 0, hertz: int = 0
) -> bytes:
    body = (
        b"\x02\x16\x00"
        + parameter.to_bytes(2, "big")
        + bytes((0, index))
        + value.to_bytes(4, "big")
        + status.to_bytes(2, "big")
        + hertz.to_bytes(2, "big")
        + bytes.fromhex("0019 000a 0000 0018")
    )
    return body + bytes((checksum(body),))


def look(status: int, hertz: int = 0, *, order: int = WATCHING) -> Steps:
    return [(encode(Request(control=order)), telegram(status=status, hertz=hertz))]


def read(number: int, value: int, *, order: int = WATCHING) -> Steps:
    request = Request(access=Access.READ, number=number, control=order)
    return [(encode(request), telegram(0x1000 | number, value=value))]


def field(number: int, index: int, value: int, *, order: int = WATCHING) -> Steps:
    request = Request(access=Access.READ_FIELD, number=number, index=index, control=order)
    return [(encode(request), telegram(0x4000 | number, index, value))]


def memory(number: int, hertz: int, hours: int) -> Steps:
    return [*field(171, 0, number), *field(174, 0, hertz), *field(176, 0, hours)]


NO_SERIAL: Steps = [
    (
        encode(Request(access=Access.READ_FIELD, number=315)),
        telegram(0x7000 | 315, value=0),
    )
]
NAMED: Steps = [*read(1, 182), *read(2, 10203), *NO_SERIAL]
STARTED: Steps = [
    *[*look(RESTS), *look(RESTS, order=RUN)],
    *[*read(25, 90, order=RUN), *read(24, 1000, order=RUN)],
]
STOPPED: Steps = [*look(TURNS, 1000, order=HALT), *look(Status.TURNING, 999, order=HALT)]


def pump(link: SerialLink, clock: Clock) -> LeyboldTurbovac:
    return LeyboldTurbovac("sputter.turbo", link, clock=clock)


@pytest.mark.parametrize(
    ("request_", "frame"),
    [
        (Request(control=RUN), "02 16 00 00 00 00 00 00 00 00 00 04 01 .. 11"),
        (Request(control=HALT), "02 16 00 00 00 00 00 00 00 00 00 04 00 .. 10"),
        (Request(control=RESET), "02 16 00 00 00 00 00 00 00 00 00 04 80 .. 90"),
        (
            Request(access=Access.READ, number=3, control=RUN),
            "02 16 00 10 03 00 00 00 00 00 00 04 01 .. 02",
        ),
        (
            Request(access=Access.WRITE_16, number=24, value=900, control=RUN),
            "02 16 00 20 18 00 00 00 00 03 84 04 01 .. ae",
        ),
    ],
)
def test_requests_are_the_telegrams_of_the_manual(request_: Request, frame: str) -> None:
    assert encode(request_) == padded(frame)


def test_a_published_reply_is_read() -> None:
    reply = decode(
        bytes.fromhex("02 16 00 10 03 00 00 00 00 00 c8 8a 14 00 c8 00 1e 00 0a 00 00 00 18 95")
    )
    status = (
        *(Status.OPERATION, Status.ACCELERATING, Status.PARAMETER_CHANNEL),
        *(Status.TURNING, Status.PROCESS_CHANNEL),
    )
    assert reply == Reply(0, Response.VALUE_16, 3, 0, 200, Status(sum(status)), 200, 30, 10, 24)


def test_a_refused_write_is_a_published_response() -> None:
    reply = decode(telegram(0x7003, value=1))
    assert (reply.response, reply.number) == (Response.ERROR, 3)
    assert REFUSALS[reply.value] == "the parameter cannot be changed"


@given(
    st.builds(
        Request,
        address=st.integers(0, 31),
        access=st.sampled_from(Access),
        number=st.integers(0, 0x7FF),
        index=BYTE,
        value=st.integers(0, 2**32 - 1),
        control=WORD,
        setpoint_hz=WORD,
    ),
    st.lists(st.integers(0, 100)),
)
def test_what_was_said_is_heard_however_it_is_cut(request: Request, cuts: list[int]) -> None:
    frame = encode(request)
    reply = decode(frame)
    assert (reply.address, reply.response) == (request.address, request.access)
    assert (reply.number, reply.index, reply.value) == (
        *(request.number, request.index, request.value),
    )
    assert (reply.status, reply.frequency_hz) == (request.control, request.setpoint_hz)
    assert cut_into(reply_to(request), frame + frame, cuts) == [frame, frame]


@given(st.binary(max_size=60))
def test_any_bytes_are_telegrams_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"\x02\x16" + noise):
        try:
            frames, rest = reply_to(Request())(stream)
        except CodecError:
            continue
        assert b"".join(frames) + rest == stream


@given(st.integers(0, LENGTH - 1), st.integers(1, 255))
def test_a_damaged_byte_is_never_believed(place: int, flip: int) -> None:
    frame = bytearray(telegram(0x1003, value=200))
    frame[place] ^= flip
    with pytest.raises(CodecError):
        decode(bytes(frame))


@pytest.mark.parametrize(
    "request_",
    [Request(number=0x800), Request(address=32), Request(value=2**32), Request(control=2**16)],
)
def test_what_a_telegram_cannot_hold_is_not_sent(request_: Request) -> None:
    with pytest.raises(CodecError):
        encode(request_)


def test_values_have_16_or_32_bits_and_may_be_negative() -> None:
    assert value_of(decode(telegram(0x1007, value=0xFFF6)), signed=True) == -10
    assert value_of(decode(telegram(0x1007, value=0xFFF6)), signed=False) == 0xFFF6
    assert value_of(decode(telegram(0x2000 | 184, value=123456)), signed=False) == 123456
    assert value_of(decode(telegram(0x5000 | 176, value=2**32 - 1)), signed=True) == -1
    with pytest.raises(CodecError):
        value_of(decode(telegram(184)), signed=False)


def test_warnings_are_told_in_words() -> None:
    assert words_for(WARNINGS, 1 << 11 | 1 << 4) == ("bit 4", "overload")


async def test_a_pump_is_known_by_its_type_its_software_and_its_serial_number() -> None:
    letters = [step for place, code in enumerate(b"AB1\0\0\0\0\0\0\0\0") for step in
               field(315, place, code)]  # fmt: skip
    script = [*read(1, 182), *read(2, 10203), *letters, *memory(0, 0, 0)]
    async with talking(pump, script) as turbo:
        assert await turbo.identify() == "TURBOVAC 350/450 iX 1.02.03 AB1"


async def test_another_device_is_not_accepted() -> None:
    async with talking(pump, read(1, 400)) as turbo:
        with pytest.raises(WrongDevice, match="400"):
            await turbo.identify()


async def test_a_failed_supply_shows_as_a_restart_and_another_error_does_not() -> None:
    script = [
        *[*NAMED, *memory(0, 0, 0), *NAMED, *memory(106, 800, 5000)],
        *[*NAMED, *memory(103, 900, 5100)],
    ]
    async with talking(pump, script) as turbo:
        assert await turbo.identify() == "TURBOVAC 350/450 iX 1.02.03"
        await turbo.identify()
        with pytest.raises(Restarted, match="supply failed"):
            await turbo.identify()


async def test_looking_sends_no_command() -> None:
    script = [*read(7, 0xFFFB), *read(184, 12345), *field(176, 0, 500), *read(227, 1 << 14)]
    async with talking(pump, script) as turbo:
        assert await turbo.motor_c.value() == -5
        assert await turbo.operating_h.value() == pytest.approx(123.45)
        assert await turbo.last_error_h.value() == 5.0
        assert await turbo.warnings() == ("supply voltage",)


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    plain = (1, 2, 3, 4, 5, 7, 11, 18, 24, 25, 32, 125, 150)
    script = [
        *[step for number in plain for step in read(number, 10)],
        *[*field(171, 0, 10), *field(174, 0, 10), *field(176, 0, 10)],
        *[step for number in (180, 184, 227, 247, 248) for step in read(number, 10)],
    ]
    async with talking(pump, script) as turbo:
        seen = await turbo.readings()
    assert (len(seen), seen["voltage_v"].value, seen["last_error_h"].value) == (21, 1.0, 0.1)


async def test_the_process_data_come_in_one_telegram() -> None:
    async with talking(pump, look(TURNS, 640)) as turbo:
        condition = await turbo.condition()
    assert (condition.frequency_hz, condition.converter_c) == (640, 25)
    assert (condition.current_a, condition.voltage_v) == (1.0, 24)


async def test_an_old_error_is_looked_up() -> None:
    script = [*field(171, 3, 606), *field(174, 3, 0), *field(176, 3, 250)]
    async with talking(pump, script) as turbo:
        assert await turbo.memorized_error(3) == MemorizedError(606, "gauge head", 0, 2.5)
        with pytest.raises(Refused, match="no entry 254"):
            await turbo.memorized_error(254)


async def test_a_memory_of_one_entry_is_asked_without_an_index() -> None:
    request = Request(access=Access.READ_FIELD, number=174)
    script = [(encode(request), telegram(0x7000 | 174, value=5)), *read(174, 640)]
    async with talking(pump, script) as turbo:
        assert await turbo.last_error_hz.value() == 640


async def test_the_pump_runs_only_between_on_and_off() -> None:
    script = [*STARTED, *look(TURNS, 500, order=RUN), *look(TURNS, 900, order=RUN) * 2]
    watching = [*read(3, 1000, order=RUN), *look(TURNS, 1000, order=RUN)]
    async with (
        talking(pump, [*script, *watching, *STOPPED]) as turbo,
        turbo.running(deadline_s=600),
    ):
        assert await turbo.frequency_hz.value() == 1000
        await turbo.check()


async def test_a_cancelled_step_switches_the_pump_off() -> None:
    script = [*STARTED, *look(TURNS, 950, order=RUN) * 2, *STOPPED]
    async with talking(pump, script) as turbo:
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
    script = [*STARTED, *look(TURNS, 100, order=RUN) * 3]
    async with talking(pump, script) as turbo:
        with pytest.raises(NotReached, match="at 900 Hz"):
            await turbo.run_up(deadline_s=2)


async def test_an_error_on_the_way_up_is_told_in_words_and_ends_the_run() -> None:
    failed = [*look(TURNS | Status.ERROR, 300, order=RUN), *field(171, 0, 6, order=RUN)]
    async with talking(pump, [*STARTED, *failed, *STOPPED]) as turbo:
        with pytest.raises(DeviceFault, match="error 6: not run up in time") as fault:
            async with turbo.running(deadline_s=600):
                pytest.fail("it was never up")
    assert fault.value.effect is Effect.PARTIAL


async def test_a_pump_that_goes_off_is_a_trip() -> None:
    async with talking(pump, look(RESTS)) as turbo:
        with pytest.raises(Tripped, match="off"):
            await turbo.check()


async def test_a_lock_is_opened_by_an_order_to_be_off_or_reported() -> None:
    locked = RESTS | Status.SWITCH_ON_LOCK
    opened = [*look(locked), *look(locked, order=HALT), *look(RESTS, order=HALT)]
    on = [*look(RESTS, order=RUN | 0x100), *look(TURNS, 700, order=RUN | 0x100)]
    held = [*look(locked, order=RUN | 0x100), *look(locked, order=HALT) * 2]
    async with talking(pump, [*opened, *on, *held]) as turbo:
        await turbo.stand_by()
        with pytest.raises(InterlockOpen, match="locked"):
            await turbo.run_up(deadline_s=10)


async def test_a_pump_that_stays_on_is_told_off_again_and_reported() -> None:
    async with talking(pump, look(TURNS, 1000, order=HALT) * 6) as turbo:
        with pytest.raises(ReadBackDiffers, match="still on"):
            await turbo.make_safe()


async def test_making_safe_what_rests_succeeds_again_and_again() -> None:
    async with talking(pump, look(RESTS, order=HALT) * 4) as turbo:
        await turbo.make_safe()
        await turbo.make_safe()


async def test_a_stop_waits_for_the_rotor() -> None:
    turning = look(Status.READY | Status.TURNING, 500, order=HALT)
    async with talking(pump, [*turning * 3, *look(RESTS, order=HALT)]) as turbo:
        await turbo.stop(deadline_s=900)


async def test_an_error_that_stays_after_its_reset_is_a_fault() -> None:
    failed = look(RESTS | Status.ERROR, order=HALT)
    over = [*look(RESTS, order=RESET), *look(RESTS, order=HALT) * 2]
    stays = [*look(RESTS, order=RESET), *failed * 2, *field(171, 0, 240, order=HALT)]
    async with talking(pump, [*over, *stays]) as turbo:
        await turbo.reset_error()
        with pytest.raises(DeviceFault, match="EEPROM"):
            await turbo.reset_error()


async def test_outputs_are_kept_through_every_later_order() -> None:
    fan = int(Control.FAN_X201)
    script = [*look(RESTS, order=HALT) * 2, *look(RESTS, order=HALT | fan) * 3]
    async with talking(pump, script) as turbo:
        with pytest.raises(Refused, match="not under command"):
            await turbo.switch_outputs(Control.FAN_X201)
        await turbo.make_safe()
        await turbo.switch_outputs(Control.FAN_X201)
        await turbo.make_safe()
        with pytest.raises(Refused, match="outputs only"):
            await turbo.switch_outputs(Control.ON)


async def test_a_running_pump_is_not_vented() -> None:
    script = [*look(RESTS), *look(RESTS, order=RUN), *look(TURNS, 9, order=RUN)]
    async with talking(pump, script) as turbo:
        await turbo.stand_by(on=False)
        with pytest.raises(InterlockOpen, match="vented"):
            await turbo.switch_outputs(Control.VENT_X203)


async def test_control_given_back_shows_in_the_next_telegram() -> None:
    async with talking(pump, [*look(RESTS, order=HALT) * 2, *look(RESTS)]) as turbo:
        await turbo.make_safe()
        await turbo.release()


def write(number: int, value: int, reply: bytes) -> Steps:
    return [(encode(Request(access=Access.WRITE_16, number=number, value=value)), reply)]


async def test_a_setting_is_confirmed_by_the_value_that_was_taken() -> None:
    script = [
        *write(24, 900, telegram(0x1000 | 24, value=900)),
        *write(24, 990, telegram(0x1000 | 24, value=950)),
    ]
    async with talking(pump, script) as turbo:
        await turbo.setpoint_hz.write(900)
        with pytest.raises(ReadBackDiffers, match="set to 990 and is 950"):
            await turbo.setpoint_hz.write(990)


@pytest.mark.parametrize(("code", "words"), sorted(REFUSALS.items()))
async def test_an_error_code_is_a_rejection_in_words(code: int, words: str) -> None:
    async with talking(pump, write(24, 900, telegram(0x7000 | 24, value=code))) as turbo:
        with pytest.raises(Rejected, match=words) as refusal:
            await turbo.setpoint_hz.write(900)
    assert refusal.value.effect is Effect.NONE


async def test_a_missing_right_to_write_is_a_rejection() -> None:
    async with talking(pump, write(24, 900, telegram(0x8000 | 24))) as turbo:
        with pytest.raises(Rejected, match="right to write"):
            await turbo.setpoint_hz.write(900)


@pytest.mark.parametrize("hertz", [499, 1001, float("nan")])
async def test_a_refused_speed_never_reaches_the_wire(hertz: float) -> None:
    async with talking(pump, []) as turbo:
        with pytest.raises(LimitExceeded, match="setpoint_hz"):
            await turbo.setpoint_hz.write(hertz)


@pytest.mark.parametrize("reply", [telegram(0x1004), telegram(3), b"\x02\x17" + bytes(22)])
async def test_a_telegram_about_something_else_is_not_believed(reply: bytes) -> None:
    request = Request(access=Access.READ, number=3)
    async with talking(pump, [(encode(request), reply)]) as turbo:
        with pytest.raises(Garbled):
            await turbo.frequency_hz.value()
