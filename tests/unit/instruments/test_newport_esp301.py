"""The ESP301 stage: no command is believed before the error queue was empty."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, LimitExceeded, ReadBackDiffers, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.newport_esp301 import (
    Axis,
    NewportEsp301,
    QueuedError,
    decode_error,
)
from tests.unit.instruments.scripted_wire import Script, talking

NO_ERROR = b"0, 451322, NO ERROR DETECTED\r\n"
NONE_QUEUED = (b"TB?\r", NO_ERROR)


def obeyed(command: bytes) -> tuple[bytes, bytes]:
    return command + b"\rTB?\r", NO_ERROR


STOPPED: Script = [obeyed(b"1ST"), (b"1MD?\r", b"1\r\n")]


def stage(link: SerialLink, clock: Clock) -> NewportEsp301:
    return NewportEsp301("aligner.stage", link, clock=clock)


def test_error_messages_of_the_manual_are_read() -> None:
    assert decode_error(NO_ERROR.strip()) == QueuedError(0, "NO ERROR DETECTED")
    assert decode_error(b"37, 12, AXIS, NUMBER MISSING") == QueuedError(37, "AXIS, NUMBER MISSING")


@pytest.mark.parametrize(
    ("code", "fault"), [(4, True), (6, False), (8, True), (102, True), (113, False), (301, False)]
)
def test_faults_are_told_from_refusals(code: int, fault: bool) -> None:
    assert QueuedError(code, "").fault is fault


@given(st.binary(max_size=40))
def test_any_line_is_an_error_message_or_a_codec_error(line: bytes) -> None:
    try:
        error = decode_error(line)
    except CodecError:
        return
    assert error.code >= 0


async def test_identification_empties_the_error_queue() -> None:
    script = [
        (b"VE?\r", b"ESP301 Version 3.0.1 6/1/99\r\n"),
        (b"TB?\r", b"6, 1, COMMAND DOES NOT EXIST\r\n"),
        NONE_QUEUED,
    ]
    async with talking(stage, script) as esp:
        assert await esp.identify() == "ESP301 Version 3.0.1 6/1/99"


async def test_another_device_is_not_accepted() -> None:
    async with talking(stage, [(b"VE?\r", b"SMC100\r\n")]) as esp:
        with pytest.raises(WrongDevice, match="SMC100"):
            await esp.identify()


async def test_an_axis_is_moved_until_it_rests_and_its_place_is_read() -> None:
    script = [
        *[obeyed(b"1MO"), (b"1MO?\r", b"1\r\n"), (b"1MO?\r", b"1\r\n")],
        *[obeyed(b"1PA1.2500"), (b"1MD?\r", b"0\r\n"), (b"1MD?\r", b"1\r\n"), NONE_QUEUED],
        (b"1TP\r", b"1.2499\r\n"),
    ]
    async with talking(stage, script) as esp:
        await esp.power(Axis.X)
        assert await esp.move_to(Axis.X, 1.25, deadline_s=10) == 1.2499


async def test_an_axis_that_ends_elsewhere_is_noticed() -> None:
    script = [obeyed(b"3PA2.0000"), (b"3MD?\r", b"1\r\n"), NONE_QUEUED, (b"3TP\r", b"1.5\r\n")]
    async with talking(stage, script) as esp:
        with pytest.raises(ReadBackDiffers, match=r"sent to 2 and is at 1\.5"):
            await esp.move_to(Axis.THETA, 2.0, deadline_s=10)


async def test_a_refused_move_is_found_in_the_queue() -> None:
    script = [
        (b"1PA1.2500\rTB?\r", b"113, 7, MOTOR NOT ENABLED\r\n"),
        NONE_QUEUED,
        *STOPPED,
    ]
    async with talking(stage, script) as esp:
        with pytest.raises(Rejected, match="MOTOR NOT ENABLED"):
            await esp.move_to(Axis.X, 1.25, deadline_s=10)


async def test_a_following_error_on_the_way_stops_the_axis() -> None:
    script = [
        *[obeyed(b"1PA1.2500"), (b"1MD?\r", b"1\r\n")],
        *[(b"TB?\r", b"103, 9, FOLLOWING ERROR\r\n"), NONE_QUEUED],
        *STOPPED,
    ]
    async with talking(stage, script) as esp:
        with pytest.raises(DeviceFault, match="FOLLOWING"):
            await esp.move_to(Axis.X, 1.25, deadline_s=10)


async def test_a_cancelled_move_stops_the_axis() -> None:
    # The move is given up while a question is open, so the link first asks who is there.
    given_up = [(b"1MD?\r", b""), (b"VE?\r", b"ESP301 Version 3.0.1\r\n")]
    async with talking(stage, [obeyed(b"1PA1.2500"), *given_up, *STOPPED]) as esp:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await esp.move_to(Axis.X, 1.25, deadline_s=10)


async def test_a_motor_that_lost_its_power_is_not_moved() -> None:
    script = [obeyed(b"2MO"), (b"2MO?\r", b"1\r\n"), (b"2MO?\r", b"0\r\n")]
    async with talking(stage, script) as esp:
        await esp.power(Axis.Y)
        with pytest.raises(DeviceFault, match="homed again"):
            await esp.move_to(Axis.Y, 0.0, deadline_s=10)


@pytest.mark.parametrize("place", [12.6, -13.0, float("nan")])
async def test_a_place_out_of_travel_never_reaches_the_wire(place: float) -> None:
    async with talking(stage, []) as esp:
        with pytest.raises(LimitExceeded, match="X"):
            await esp.move_to(Axis.X, place, deadline_s=10)


async def test_safe_is_every_axis_at_rest() -> None:
    script = [
        pair
        for axis in (b"1", b"2", b"3")
        for pair in (obeyed(axis + b"ST"), (axis + b"MD?\r", b"1\r\n"))
    ]
    async with talking(stage, script) as esp:
        await esp.make_safe()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    queries = (b"1TP", b"2TP", b"3TP", b"1VA?", b"2VA?", b"3VA?")
    async with talking(stage, [(query + b"\r", b"0.5\r\n") for query in queries]) as esp:
        seen = await esp.readings()
    assert {sample.unit for sample in seen.values()} == {"mm", "deg", "mm/s", "deg/s"}
    assert seen["theta_deg"].value == 0.5
