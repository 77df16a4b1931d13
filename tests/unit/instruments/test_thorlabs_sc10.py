"""The SC10 shutter: echo and prompt, and a toggle that is never trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    Garbled,
    InterlockOpen,
    LimitExceeded,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10, answer_to, lines_of
from tests.unit.instruments.scripted_wire import Script, cut_into, talking


def asked(word: str, value: int) -> tuple[bytes, bytes]:
    query = f"{word}?\r".encode()
    return query, query + f"{value}\r> ".encode()


def told(command: str) -> tuple[bytes, bytes]:
    request = f"{command}\r".encode()
    return request, request + b"> "


READY: Script = [asked("interlock", 0), asked("ens", 0), asked("closed", 1)]
SINGLE: Script = [
    *[told("mode=3"), asked("mode", 3), told("trig=0"), asked("trig", 0)],
    *[told("open=100"), asked("open", 100)],
]
CLOSED: Script = [asked("ens", 0), asked("closed", 1)]


def shutter(link: SerialLink, clock: Clock) -> ThorlabsSc10:
    return ThorlabsSc10("aligner.shutter", link, clock=clock)


@pytest.mark.parametrize(
    ("command", "stream", "lines"),
    [
        ("mode?", b"mode?\r1\r> ", ["1"]),
        ("ens", b"ens\r> ", []),
        ("id?", b"id?\rbloopbloop\r> ", ["bloopbloop"]),
    ],
)
def test_streams_of_the_manual_are_read(command: str, stream: bytes, lines: list[str]) -> None:
    (text,), rest = answer_to(command)(stream)
    assert rest == b""
    assert lines_of(text, command) == lines


@given(st.integers(0, 999999), st.lists(st.integers(0, 40)))
def test_an_answer_is_found_however_it_is_cut(value: int, cuts: list[int]) -> None:
    found = cut_into(answer_to("open?"), b"open?\r%d\r> " % value, cuts)
    assert [lines_of(text, "open?") for text in found] == [[str(value)]]


@given(st.binary(max_size=40))
def test_any_bytes_are_answers_or_a_codec_error(noise: bytes) -> None:
    try:
        texts, rest = answer_to("ens?")(noise + b"\r> ")
    except CodecError:
        return
    assert b"\r> " not in rest
    assert all(text.startswith(b"ens?") for text in texts)


async def test_the_controller_is_known_by_its_name() -> None:
    named = (b"id?\r", b"id?\rTHORLABS SC10 VERSION 1.07\r> ")
    async with talking(shutter, [named, (b"id?\r", b"id?\rbloopbloop\r> ")]) as sc10:
        assert await sc10.identify() == "THORLABS SC10 VERSION 1.07"
        with pytest.raises(WrongDevice, match="bloopbloop"):
            await sc10.identify()


async def test_an_exposure_is_timed_by_the_controller() -> None:
    running: Script = [told("ens"), asked("ens", 1), asked("ens", 1), asked("ens", 1)]
    ended: Script = [asked("ens", 0), asked("closed", 1), asked("interlock", 0)]
    async with talking(shutter, [*READY, *SINGLE, *running, *ended]) as sc10:
        assert await sc10.expose(0.1) >= 0.1


async def test_an_exposure_that_ends_early_is_reported_and_left_closed() -> None:
    early: Script = [told("ens"), asked("ens", 0), asked("closed", 1)]
    single = [*SINGLE[:4], told("open=9000"), asked("open", 9000)]
    async with talking(shutter, [*READY, *single, *early, *CLOSED]) as sc10:
        with pytest.raises(Tripped, match="of 9 s"):
            await sc10.expose(9.0)


async def test_an_open_interlock_refuses_the_exposure() -> None:
    async with talking(shutter, [asked("interlock", 1)]) as sc10:
        with pytest.raises(InterlockOpen):
            await sc10.expose(1.0)


async def test_an_open_shutter_refuses_the_exposure() -> None:
    async with talking(shutter, [asked("interlock", 0), asked("ens", 1)]) as sc10:
        with pytest.raises(Refused, match="already open"):
            await sc10.expose(1.0)


@pytest.mark.parametrize("seconds", [0.0, 1000.0, float("nan")])
async def test_an_impossible_exposure_never_reaches_the_wire(seconds: float) -> None:
    async with talking(shutter, []) as sc10:
        with pytest.raises(LimitExceeded):
            await sc10.expose(seconds)


async def test_closing_a_closed_shutter_does_not_toggle_it() -> None:
    async with talking(shutter, CLOSED) as sc10:
        await sc10.make_safe()


async def test_closing_an_open_shutter_toggles_once_and_looks_again() -> None:
    async with talking(shutter, [asked("ens", 1), told("ens"), *CLOSED]) as sc10:
        await sc10.close()


async def test_a_shutter_that_closed_itself_while_it_was_being_closed_ends_closed() -> None:
    # The toggle came just after the exposure had ended, and opened the shutter again.
    script = [asked("ens", 1), told("ens"), asked("ens", 1), told("ens"), *CLOSED]
    async with talking(shutter, script) as sc10:
        await sc10.close()


async def test_the_shutter_is_held_open_only_inside() -> None:
    opened: Script = [
        *[told("mode=1"), asked("mode", 1), asked("ens", 0), told("ens"), asked("ens", 1)],
        *[asked("closed", 0), asked("ens", 1), told("ens")],
    ]
    async with (
        talking(shutter, [*READY, *opened, *CLOSED]) as sc10,
        sc10.held_open(),
    ):
        assert await sc10.closed.value() == 0


async def test_an_error_line_is_a_rejection_in_words() -> None:
    reply = b"rep=5\rCommand error CMD_ARG_INVALID\r> "
    async with talking(shutter, [(b"rep=5\r", reply)]) as sc10:
        with pytest.raises(Rejected, match="value not allowed"):
            await sc10.repeats.write(5)


async def test_the_echo_of_another_command_is_not_believed() -> None:
    async with talking(shutter, [(b"ens?\r", b"closed?\r1\r> ")]) as sc10:
        with pytest.raises(Garbled, match="echo"):
            await sc10.enabled.value()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    words = ("ens", "closed", "interlock", "mode", "trig", "rep", "open", "shut")
    async with talking(shutter, [asked(word, 1) for word in words]) as sc10:
        seen = await sc10.readings()
    assert (seen["open_s"].value, seen["closed"].value) == (0.001, 1)
