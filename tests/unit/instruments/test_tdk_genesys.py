"""The Genesys rectifier: addressed every time, acknowledged, and off when left."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.tdk_genesys import TdkGenesys, answers, faults_in, rating_of
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

ADDRESSED = (b"ADR 6\r", b"OK\r")


def say(command: str, reply: str = "OK") -> Script:
    return [ADDRESSED, (f"{command}\r".encode(), f"{reply}\r".encode())]


HEALTHY = say("FLT?", "00")
READY: Script = [*say("RMT REM"), *say("RMT?", "REM"), *HEALTHY, *say("OUT?", "OFF")]
SET: Script = [
    *[*say("PV 4.000"), *say("PV?", "4.000"), *say("PC 75.50"), *say("PC?", "75.50")],
    *[*say("OUT 1"), *say("OUT?", "ON")],
]
OFF: Script = [*say("OUT 0"), *say("OUT?", "OFF"), *say("MODE?", "OFF")]


def rectifier(link: SerialLink, clock: Clock) -> TdkGenesys:
    return TdkGenesys("plating_cell.rectifier", link, clock=clock)


@given(st.lists(st.integers(0, 60)))
def test_lines_are_found_however_they_are_cut_and_service_requests_left_out(
    cuts: list[int],
) -> None:
    assert cut_into(answers, b"OK\r!06\r012.500\r!06\r", cuts) == [b"OK", b"012.500"]


@given(st.binary(max_size=200))
def test_any_bytes_are_lines_or_a_codec_error(noise: bytes) -> None:
    try:
        found, rest = answers(noise)
    except CodecError:
        return
    assert not any(b"\r" in line for line in (*found, rest))


def test_the_fault_register_is_told_in_words() -> None:
    assert faults_in(0) == ()
    assert faults_in(1 << 3 | 1 << 7) == (
        "foldback: left constant current",
        "enable contact open",
    )


def test_the_rating_is_in_the_name() -> None:
    assert rating_of("LAMBDA,GEN10-330") == (10, 330)
    assert rating_of("LAMBDA,GEN12.5-60") == (12.5, 60)
    with pytest.raises(CodecError):
        rating_of("LAMBDA,ZUP6-33")


async def test_another_device_is_not_accepted() -> None:
    async with talking(rectifier, say("IDN?", "LAMBDA,ZUP6-33")) as genesys:
        with pytest.raises(WrongDevice, match="ZUP"):
            await genesys.identify()


async def test_current_is_delivered_only_between_on_and_off() -> None:
    watching = [*say("MC?", "075.48"), *HEALTHY, *say("MODE?", "CC")]
    async with (
        talking(rectifier, [*READY, *SET, *watching, *OFF]) as genesys,
        genesys.delivering(75.5, volts_limit=4),
    ):
        assert await genesys.current_a.value() == 75.48
        await genesys.check()


async def test_a_cancelled_step_switches_the_output_off() -> None:
    async with talking(rectifier, [*READY, *SET, *OFF]) as genesys:
        on = asyncio.Event()

        async def step() -> None:
            async with genesys.delivering(75.5, volts_limit=4):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_service_request_in_front_of_an_answer_is_no_answer() -> None:
    script = [ADDRESSED, (b"MC?\r", b"!06\r012.00\r")]
    async with talking(rectifier, script) as genesys:
        assert await genesys.current_a.value() == 12.0


async def test_a_smaller_supply_limits_itself() -> None:
    async with talking(rectifier, say("IDN?", "LAMBDA,GEN8-300")) as genesys:
        assert await genesys.identify() == "LAMBDA,GEN8-300"
        with pytest.raises(LimitExceeded, match="0 to 300 A"):
            async with genesys.delivering(310, volts_limit=4):
                pytest.fail("the output must not come on")


@pytest.mark.parametrize(("amps", "volts"), [(331, 4), (-1, 4), (10, 10.1), (float("nan"), 4)])
async def test_a_refused_current_never_reaches_the_wire(amps: float, volts: float) -> None:
    async with talking(rectifier, []) as genesys:
        with pytest.raises(LimitExceeded):
            async with genesys.delivering(amps, volts):
                pytest.fail("the output must not come on")


async def test_an_open_enable_contact_is_a_fault_before_anything_is_set() -> None:
    script = [*READY[:4], *say("FLT?", "80")]
    async with talking(rectifier, script) as genesys:
        with pytest.raises(DeviceFault, match="enable contact"):
            async with genesys.delivering(10, volts_limit=4):
                pytest.fail("the output must not come on")


async def test_an_output_already_on_is_refused() -> None:
    async with talking(rectifier, [*READY[:6], *say("OUT?", "ON")]) as genesys:
        with pytest.raises(Refused, match="already on"):
            async with genesys.delivering(10, volts_limit=4):
                pytest.fail("must not be reached")


@pytest.mark.parametrize(("mode", "words"), [("CV", "contact is lost"), ("OFF", "is off")])
async def test_leaving_constant_current_is_a_trip(mode: str, words: str) -> None:
    async with talking(rectifier, [*HEALTHY, *say("MODE?", mode)]) as genesys:
        with pytest.raises(Tripped, match=words):
            await genesys.check()


@pytest.mark.parametrize(
    ("code", "words"), [("C05", "out of range"), ("E01", "voltage too high"), ("E07", "fault")]
)
async def test_an_error_code_is_a_rejection_in_words(code: str, words: str) -> None:
    async with talking(rectifier, say("PV 9.000", code)) as genesys:
        with pytest.raises(Rejected, match=words):
            await genesys.voltage_limit_v.write(9)


async def test_an_output_that_stays_on_is_told_off_again_and_reported() -> None:
    async with talking(rectifier, [*say("OUT 0"), *say("OUT?", "ON")] * 3) as genesys:
        with pytest.raises(ReadBackDiffers, match="still on"):
            await genesys.make_safe()


async def test_foldback_is_armed_and_read_back() -> None:
    script = [*say("FLD 1"), *say("STAT?", "24"), *say("FLD 0"), *say("STAT?", "24")]
    async with talking(rectifier, script) as genesys:
        await genesys.arm_foldback(armed=True)
        with pytest.raises(ReadBackDiffers, match="foldback"):
            await genesys.arm_foldback(armed=False)


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    script = [step for word in ("MV", "MC", "PV", "PC", "OVP") for step in say(f"{word}?", "1.500")]
    async with talking(rectifier, script) as genesys:
        seen = await genesys.readings()
    assert [sample.unit for sample in seen.values()] == ["V", "A", "V", "A", "V"]
