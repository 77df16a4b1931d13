"""The TMCM-1110 conveyor drive: frames of its manual, a belt that stops, a restart found out."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    Effect,
    Garbled,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Rejected,
    Restarted,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.core.registers import declared
from drivers.instruments.trinamic_tmcl_frames import (
    Command,
    Reply,
    checksum,
    decode,
    encode,
    reply_to,
)
from drivers.instruments.trinamic_tmcm1110 import (
    Direction,
    Global,
    TrinamicTmcm1110,
    microsteps_s_per_unit,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

BYTE = st.integers(0, 255)
INT32 = st.integers(-(2**31), 2**31 - 1)
DIVISOR = 5
FACTOR = 16e6 / (2**DIVISOR * 2048 * 32)


def reply(command: int, value: int = 0, *, status: int = 100) -> bytes:
    body = bytes((2, 1, status, command)) + value.to_bytes(4, "big", signed=True)
    return body + bytes((checksum(body),))


def say(
    command: Command, kind: int, value: int = 0, answer: int | None = None, *, bank: int = 0
) -> Script:
    asked = encode(1, command, kind, value, motor=bank)
    return [(asked, reply(command, value if answer is None else answer))]


def get(number: int, value: int) -> Script:
    return say(Command.GET_PARAMETER, number, 0, value)


def put(number: int, value: int) -> Script:
    return say(Command.SET_PARAMETER, number, value)


def search(kind: int, answer: int = 0) -> Script:
    return say(Command.REFERENCE_SEARCH, kind, 0, answer)


STOPPED: Script = [*say(Command.STOP, 0), *get(3, 40), *get(3, 0)]
STARTED: Script = [*get(154, DIVISOR), *say(Command.ROTATE_RIGHT, 0, 1000)]


def belt(link: SerialLink, clock: Clock) -> TrinamicTmcm1110:
    return TrinamicTmcm1110("oven.belt", link, clock=clock)


@pytest.mark.parametrize(
    ("request_bytes", "frame"),
    [
        (encode(1, Command.ROTATE_RIGHT, 0, 3000), "01 01 00 00 00 00 0b b8 c5"),
        (encode(1, Command.STOP, 0, 0), "01 03 00 00 00 00 00 00 04"),
        (encode(1, Command.GET_PARAMETER, 3, 0), "01 06 03 00 00 00 00 00 0a"),
        (encode(1, Command.SET_PARAMETER, 11, 1000), "01 05 0b 00 00 00 03 e8 fc"),
        (encode(1, Command.GET_PARAMETER, 156, 0), "01 06 9c 00 00 00 00 00 a3"),
        (encode(1, Command.SET_OUTPUT, 3, 1, motor=2), "01 0e 03 02 00 00 00 01 15"),
    ],
)
def test_requests_are_the_frames_of_the_manual(request_bytes: bytes, frame: str) -> None:
    assert request_bytes == bytes.fromhex(frame)


@given(BYTE, BYTE, BYTE, BYTE, INT32)
def test_every_request_says_where_what_and_how_much(
    module: int, command: int, kind: int, bank: int, value: int
) -> None:
    frame = encode(module, command, kind, value, motor=bank)
    assert struct.unpack(">BBBBi", frame[:-1]) == (module, command, kind, bank, value)
    assert frame[-1] == sum(frame[:-1]) % 256


@given(BYTE, INT32, st.lists(st.integers(0, 30)))
def test_what_was_said_is_heard_however_it_is_cut(
    command: int, value: int, cuts: list[int]
) -> None:
    stream = reply(command, value) * 2
    found = cut_into(reply_to(1, command), stream, cuts)
    assert [decode(frame) for frame in found] == [Reply(1, 100, command, value)] * 2


@given(st.binary(max_size=30))
def test_any_bytes_are_frames_or_a_codec_error(noise: bytes) -> None:
    try:
        frames, rest = reply_to(1, Command.STOP)(noise)
    except CodecError:
        return
    assert b"".join(frames) + rest == noise


def test_the_size_of_a_unit_of_speed_halves_with_every_step_of_the_divisor() -> None:
    assert microsteps_s_per_unit(0) == 244.140625
    assert microsteps_s_per_unit(DIVISOR) == FACTOR == 244.140625 / 32


async def test_a_module_is_known_by_its_name() -> None:
    ask = encode(1, Command.VERSION, 0, 0)
    async with talking(belt, [(ask, b"\x021110V109"), (ask, b"\x021640V208")]) as drive:
        assert await drive.identify() == "1110V109"
        with pytest.raises(WrongDevice, match="1640V208"):
            await drive.identify()


async def test_a_belt_is_at_speed_inside_and_stands_afterwards() -> None:
    speeds = [*get(3, 600), *get(3, 999), *get(3, 1000), *get(3, 1000)]
    async with (
        talking(belt, [*STARTED, *speeds, *STOPPED]) as drive,
        drive.running(1000 * FACTOR, deadline_s=10, dwell_s=0.5),
    ):
        pass


async def test_a_belt_runs_backwards_with_a_negative_speed() -> None:
    script = [*get(154, DIVISOR), *say(Command.ROTATE_LEFT, 0, 1000), *get(3, 1000), *get(3, -1000)]
    async with talking(belt, [*script, *get(3, -1000), *get(154, DIVISOR)]) as drive:
        reached = await drive.run(1000 * FACTOR, Direction.LEFT, dwell_s=0, deadline_s=10)
        assert reached == -1000 * FACTOR
        assert await drive.actual_microsteps_s() == -1000 * FACTOR


async def test_a_cancelled_step_stops_the_belt() -> None:
    script = [*STARTED, *get(3, 1000), *get(3, 1000), *get(3, 1000), *STOPPED]
    async with talking(belt, script) as drive:
        turning = asyncio.Event()

        async def step() -> None:
            async with drive.running(1000 * FACTOR, deadline_s=10, dwell_s=0.5):
                turning.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await turning.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_belt_that_does_not_get_up_to_speed_is_stopped() -> None:
    slow = [step for _ in range(5) for step in get(3, 10)]
    async with talking(belt, [*STARTED, *slow, *STOPPED]) as drive:
        with pytest.raises(NotReached, match="actual_speed") as late:
            async with drive.running(1000 * FACTOR, deadline_s=1):
                pytest.fail("must not be reached")
        assert late.value.effect is Effect.PARTIAL


@pytest.mark.parametrize("speed", [-1, 500_000, float("nan")])
async def test_a_speed_no_module_can_run_never_reaches_the_wire(speed: float) -> None:
    async with talking(belt, []) as drive:
        with pytest.raises(LimitExceeded, match="microsteps/s"):
            await drive.run(speed, dwell_s=1, deadline_s=10)


@pytest.mark.parametrize("units", [0.4, 2048])
async def test_a_speed_that_the_divisor_does_not_allow_moves_nothing(units: float) -> None:
    async with talking(belt, get(154, DIVISOR)) as drive:
        with pytest.raises(LimitExceeded, match="internal units"):
            await drive.run(units * FACTOR, dwell_s=1, deadline_s=10)


OUT_OF_LIMITS: list[Callable[[TrinamicTmcm1110], Awaitable[object]]] = [
    lambda drive: drive.max_speed_internal.write(2048),
    lambda drive: drive.run_current_pct.write(101),
    lambda drive: drive.pulse_divisor_log2.write(14),
    lambda drive: drive.telegram_pause.write(-1),
    lambda drive: drive.move_to(2.0**23, deadline_s=1),
    lambda drive: drive.move_to(float("nan"), deadline_s=1),
    lambda drive: drive.switch(8, on=True),
    lambda drive: drive.digital_input(-1),
    lambda drive: drive.output(8),
]


@pytest.mark.parametrize("act", OUT_OF_LIMITS)
async def test_what_is_out_of_limits_never_reaches_the_wire(
    act: Callable[[TrinamicTmcm1110], Awaitable[object]],
) -> None:
    async with talking(belt, []) as drive:
        with pytest.raises(LimitExceeded) as refusal:
            await act(drive)
        assert refusal.value.effect is Effect.NONE


async def test_a_module_that_lost_what_was_set_was_restarted_and_says_so_once() -> None:
    version = (encode(1, Command.VERSION, 0, 0), b"\x021110V109")
    script = [*put(154, 7), *get(154, 7), version, *get(154, 3), version]
    async with talking(belt, script) as drive:
        await drive.pulse_divisor_log2.write(7)
        await drive.check()
        with pytest.raises(Restarted, match="parameter 154 was set to 7 and is 3"):
            await drive.identify()
        assert await drive.identify() == "1110V109"


async def test_a_restarted_module_is_not_set_in_motion() -> None:
    async with talking(belt, [*put(5, 200), *get(5, 1000)]) as drive:
        await drive.max_acceleration_internal.write(200)
        with pytest.raises(Restarted):
            await drive.run(1000 * FACTOR, dwell_s=1, deadline_s=10)


async def test_a_position_is_reached_when_flag_and_counter_say_so() -> None:
    script = [
        *say(Command.MOVE, 0, -4000),
        *get(8, 0),
        *[*get(8, 1), *get(1, -3999)],
        *[*get(8, 1), *get(1, -4000)],
    ]
    async with talking(belt, script) as drive:
        await drive.move_to(-4000, deadline_s=10)


async def test_a_position_that_is_not_reached_stops_the_motor() -> None:
    script = [*say(Command.MOVE, 0, 4000), *get(8, 0), *get(8, 0), *STOPPED]
    async with talking(belt, script) as drive:
        with pytest.raises(NotReached, match="4000 microsteps"):
            await drive.move_to(4000, deadline_s=0.2)


BEFORE_SEARCH: Script = [*get(4, 900), *get(5, 300), *search(0)]
AFTER_SEARCH: Script = [
    *[*search(1), *STOPPED],
    *[*put(4, 900), *get(4, 900), *put(5, 300), *get(5, 300)],
]


async def test_a_reference_search_gives_speed_and_acceleration_back() -> None:
    script = [*BEFORE_SEARCH, *search(2, 4), *search(2, 0), *AFTER_SEARCH]
    async with talking(belt, script) as drive:
        await drive.home(deadline_s=10)


async def test_a_reference_that_is_not_found_ends_the_search() -> None:
    script = [*BEFORE_SEARCH, *search(2, 4), *search(2, 4), *AFTER_SEARCH]
    async with talking(belt, script) as drive:
        with pytest.raises(NotReached, match="reference"):
            await drive.home(deadline_s=0.2)


async def test_a_search_that_cannot_be_ended_still_stops_the_motor() -> None:
    refused = [(encode(1, Command.REFERENCE_SEARCH, 1, 0), reply(13, status=6))] * 3
    script = [*BEFORE_SEARCH, *search(2, 0), *refused, *STOPPED]
    async with talking(belt, script) as drive:
        with pytest.raises(Rejected, match="not available"):
            await drive.home(deadline_s=10)


async def test_an_output_is_read_back() -> None:
    on = say(Command.SET_OUTPUT, 3, 1, bank=2)
    script = [
        *[*on, *say(Command.GET_INPUT, 3, 0, 1, bank=2)],
        *[*on, *say(Command.GET_INPUT, 3, 0, 0, bank=2)],
    ]
    async with talking(belt, script) as drive:
        await drive.switch(3, on=True)
        with pytest.raises(ReadBackDiffers, match="output 3 is not on"):
            await drive.switch(3, on=True)


async def test_inputs_are_read_from_their_banks() -> None:
    script = [
        *say(Command.GET_INPUT, 6, 0, 1, bank=0),
        *say(Command.GET_INPUT, 0, 0, 4095, bank=1),
    ]
    async with talking(belt, script) as drive:
        assert await drive.digital_input(6) is True
        assert await drive.analogue_input() == 4095


async def test_a_setting_is_kept_and_taken_back() -> None:
    script = [
        *put(6, 128),
        (encode(1, Command.STORE_PARAMETER, 6, 0), reply(7, status=101)),
        *say(Command.RESTORE_PARAMETER, 6),
    ]
    async with talking(belt, script) as drive:
        await drive.run_current_pct.write(50)
        await drive.store(drive.run_current_pct)
        await drive.restore(drive.run_current_pct)
        await drive.check()  # what was restored is the module's own value: nothing to compare


async def test_a_locked_memory_is_a_rejection_in_words() -> None:
    locked = (encode(1, Command.STORE_PARAMETER, 4, 0), reply(7, status=5))
    async with talking(belt, [locked]) as drive:
        with pytest.raises(Rejected, match="EEPROM locked") as refusal:
            await drive.store(drive.max_speed_internal)
        assert refusal.value.effect is Effect.NONE


@pytest.mark.parametrize(
    ("status", "words"),
    [
        *[(2, "invalid command"), (3, "wrong type"), (4, "invalid value")],
        *[(6, "not available"), (77, "status 77")],
    ],
)
async def test_a_refusal_is_told_in_words(status: int, words: str) -> None:
    ask = encode(1, Command.SET_PARAMETER, 4, 5)
    async with talking(belt, [(ask, reply(5, status=status))]) as drive:
        with pytest.raises(Rejected, match=words):
            await drive.max_speed_internal.write(5)


async def test_a_request_damaged_on_the_wire_is_sent_again_but_not_for_ever() -> None:
    ask = encode(1, Command.GET_PARAMETER, 3, 0)
    damaged = (ask, reply(0, status=1))
    script = [damaged, *get(3, 42), *[damaged] * 3]
    async with talking(belt, script) as drive:
        assert await drive.actual_speed_internal.value() == 42
        with pytest.raises(Rejected, match="wrong checksum"):
            await drive.actual_speed_internal.value()


async def test_a_damaged_reply_is_not_believed() -> None:
    ask, answer = get(3, 42)[0]
    async with talking(belt, [(ask, answer[:-1] + b"\x00")]) as drive:
        with pytest.raises(Garbled) as nonsense:
            await drive.actual_speed_internal.value()
        assert nonsense.value.effect is Effect.UNKNOWN


async def test_a_global_parameter_is_set_and_read_in_its_own_way() -> None:
    script = [*say(Command.SET_GLOBAL, 75, 5), *say(Command.GET_GLOBAL, 75, 0, 5)]
    async with talking(belt, script) as drive:
        await drive.telegram_pause.write_and_verify(5)


async def test_making_it_safe_twice_is_stopping_it_twice() -> None:
    again = [*say(Command.STOP, 0), *get(3, 0)]
    async with talking(belt, [*STOPPED, *again]) as drive:
        await drive.make_safe()
        await drive.make_safe()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    script: Script = []
    async with talking(belt, script) as drive:
        refs = {name: point.spec.ref for name, point in declared(drive).items()}
    for ref in refs.values():
        command = Command.GET_GLOBAL if isinstance(ref, Global) else Command.GET_PARAMETER
        script = [*script, *say(command, ref.number, 0, ref.number)]
    async with talking(belt, script) as drive:
        seen = await drive.readings()
    assert seen.keys() == refs.keys()
    assert seen["actual_speed_internal"].value == 3
    assert round(seen["run_current_pct"].value, 4) == round(6 / 2.55, 4)
