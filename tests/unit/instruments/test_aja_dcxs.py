"""The AJA DCXS supply: bytes of its table, and the order in which it is switched."""

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
    Restarted,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.aja_dcxs import (
    GUN,
    MODE,
    SETPOINT,
    AjaDcxs,
    encode_material,
    encode_set,
    reply_of,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

READY: Script = [(b"o", b"0"), (b"a", b"0")]
PREPARED: Script = [
    *[(b"D0c", b"0"), (b"Z2y", b"2"), (b"C0300b", b"0300")],
    *[(b"Ao", b"0"), (b"a", b"1")],
]
OFF: Script = [(b"Ba", b"0")]


def supply(link: SerialLink, clock: Clock) -> AjaDcxs:
    return AjaDcxs("sputter.dc_supply", link, clock=clock)


def pair(link: SerialLink, clock: Clock) -> AjaDcxs:
    return AjaDcxs("sputter.dc_supply", link, clock=clock, units_in_parallel=2)


def test_sets_are_the_bytes_of_the_command_table() -> None:
    assert encode_set(SETPOINT, 5) == b"C0005"
    assert encode_set(MODE, 0) == b"D0"
    assert encode_set(GUN, 4) == b"Z4"
    assert encode_material("ALongNam") == b"IALongNam"
    assert encode_material("Ti") == b"ITi      "


@given(st.integers(0, 9999), st.integers(0, 5), st.lists(st.integers(0, 20)))
def test_a_reply_is_found_however_it_is_cut(number: int, prompts: int, cuts: list[int]) -> None:
    reply = b">" * prompts + b"%04d" % number
    assert cut_into(reply_of(4, number=True), reply, cuts) == [reply]


@given(st.binary(max_size=12))
def test_any_bytes_are_a_number_or_a_codec_error(noise: bytes) -> None:
    try:
        frames, _ = reply_of(4, number=True)(noise)
    except CodecError:
        return
    assert all(frame.lstrip(b">").strip().isdigit() for frame in frames)


async def test_the_prompts_of_a_power_up_are_no_part_of_the_name() -> None:
    async with talking(supply, [(b"?", b">>>DCXS750-4")]) as dcxs:
        assert await dcxs.identify() == "DCXS750-4"


async def test_another_device_is_not_accepted() -> None:
    async with talking(supply, [(b"?", b"RFXS600-4")]) as dcxs:
        with pytest.raises(WrongDevice, match="RFXS600-4"):
            await dcxs.identify()


async def test_power_is_delivered_only_between_on_and_off() -> None:
    watching: Script = [(b"p", b"\x02"), (b"d", b"0299")]
    async with (
        talking(supply, [*READY, *PREPARED, *watching, *OFF]) as dcxs,
        dcxs.delivering(300, gun=2),
    ):
        assert await dcxs.open_shutters() == {2}
        assert await dcxs.power_w.value() == 299


async def test_two_supplies_in_parallel_share_the_power() -> None:
    watching: Script = [(b"d", b"0300"), (b"e", b"0450"), (b"f", b"0667")]
    async with talking(pair, [*READY, *PREPARED, *watching, *OFF]) as dcxs:
        assert dcxs.limits_w.high == 2000
        async with dcxs.delivering(600, gun=2):
            assert await dcxs.power_w.value() == 600
            assert await dcxs.voltage_v.value() == 450
            assert await dcxs.current_ma.value() == 1334


async def test_a_cancelled_step_switches_the_output_off() -> None:
    async with talking(supply, [*READY, *PREPARED, *OFF]) as dcxs:
        on = asyncio.Event()

        async def step() -> None:
            async with dcxs.delivering(300, gun=2):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_output_that_stays_on_is_told_off_again_and_reported() -> None:
    async with talking(supply, [(b"Ba", b"1")] * 3) as dcxs:
        with pytest.raises(ReadBackDiffers, match="still on"):
            await dcxs.make_safe()


async def test_a_setting_that_was_not_taken_is_noticed() -> None:
    async with talking(supply, [(b"C0300b", b"0100")]) as dcxs:
        with pytest.raises(ReadBackDiffers, match="300 and reads 100"):
            await dcxs.setpoint_counts.write(300)


@pytest.mark.parametrize(("watts", "gun"), [(1001, 1), (-1, 1), (float("nan"), 1), (10, 5)])
async def test_a_refused_power_never_reaches_the_wire(watts: float, gun: int) -> None:
    async with talking(supply, []) as dcxs:
        with pytest.raises(LimitExceeded):
            async with dcxs.delivering(watts, gun):
                pytest.fail("the output must not come on")


async def test_a_fault_is_refused_before_anything_is_set() -> None:
    async with talking(supply, [(b"o", b"3")]) as dcxs:
        with pytest.raises(DeviceFault, match="fault 3"):
            async with dcxs.delivering(100, gun=1):
                pytest.fail("the output must not come on")


async def test_the_ramp_is_set_only_while_the_output_is_off() -> None:
    async with talking(supply, [(b"a", b"0"), (b"E05g", b"05"), (b"a", b"1")]) as dcxs:
        await dcxs.ramp_s.write(5)
        with pytest.raises(Refused, match="only while its output is off"):
            await dcxs.ramp_s.write(9)


async def test_a_name_is_stored_padded_and_read_back() -> None:
    async with talking(supply, [(b"ITiW     n", b"TiW     ")]) as dcxs:
        await dcxs.name_material("TiW")
        with pytest.raises(Refused, match="no name"):
            await dcxs.name_material(">too long")


async def test_a_prompt_after_identification_is_a_restart() -> None:
    async with talking(supply, [(b"?", b"DCXS750-4"), (b"a", b">>0")]) as dcxs:
        await dcxs.identify()
        with pytest.raises(Restarted, match="power-up"):
            await dcxs.output_on()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    answers: Script = [
        *[(b"b", b"0300"), (b"y", b"2"), (b"d", b"0299"), (b"e", b"0450"), (b"f", b"0664")],
        *[(b"g", b"05"), (b"h", b"03"), (b"i", b"010"), (b"j", b"30"), (b"k", b"009")],
        *[(b"l", b"59"), (b"o", b"0")],
    ]
    async with talking(supply, answers) as dcxs:
        seen = await dcxs.readings()
    assert (seen["power_w"].value, seen["power_w"].unit) == (299, "W")
    assert (seen["remaining_min"].value, seen["remaining_s"].value) == (9, 59)
