"""The arc lamp supply: a spark that garbles answers, and a lamp that is out when it is left."""

import asyncio
from dataclasses import asdict
from itertools import pairwise

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
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.oriel_69907_frames import (
    LONGEST_LINE,
    answers,
    decode_events,
    decode_number,
    decode_register,
    decode_status,
    encode,
    outage,
)
from drivers.instruments.oriel_69907_lamp import LampSettings, Mode
from tests.rigs.wires import PtyDevice, in_virtual_time
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

MERCURY = LampSettings(Mode.POWER, 95, current_limit_a=12, power_limit_w=98)
XENON = LampSettings(Mode.CURRENT, 7.5, current_limit_a=12, power_limit_w=98)
LIT, OUT, FAULT, OPEN = "STBA1", "STB21", "STB29", "STB20"
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def say(command: str, reply: str = "ESR00") -> Script:
    return [(f"{command}\r".encode(), f"{reply}\r".encode())]


def status(*registers: str) -> Script:
    return [step for register in registers for step in say("STB?", register)]


def known(events: str = "ESR80", identity: str = "69907") -> Script:
    return [*say("IDN?", identity), *say("ESR?", events)]


PREPARED: Script = [
    *status(OUT),
    *[*say("A-LIM=12.0"), *say("A-LIM?", "12.0"), *say("P-LIM=0098"), *say("P-LIM?", "0098")],
    *[*say("P-PRESET=0095"), *say("P-PRESET?", "0095")],
]
STOPPED: Script = [*say("STOP"), *status(OUT)]
RESET: Script = [*status(OUT), *say("RST"), *say("ESR?", "ESR88")]


def supply(link: SerialLink, clock: Clock) -> Oriel69907:
    return Oriel69907("aligner.lamp", link, clock=clock)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        *[(word, f"{word}\r".encode()) for word in ("IDN?", "STB?", "ESR?", "AMPS?", "VOLTS?")],
        *[(word, f"{word}\r".encode()) for word in ("WATTS?", "LAMP HRS?", "A-PRESET?", "P-LIM?")],
        *[("A-PRESET=7.5", b"A-PRESET=7.5\r"), ("P-PRESET=0095", b"P-PRESET=0095\r")],
        *[("A-LIM=12.0", b"A-LIM=12.0\r"), ("P-LIM=0098", b"P-LIM=0098\r")],
    ],
)
def test_commands_are_lines(command: str, line: bytes) -> None:
    assert encode(command) == line


@pytest.mark.parametrize("command", ["", "STOP\rSTART", "STOP\n", "\u00b5"])
def test_what_is_no_line_is_not_encoded(command: str) -> None:
    with pytest.raises(CodecError):
        encode(command)


@given(st.lists(printable, max_size=5), st.lists(st.integers(0, 150)))
def test_lines_are_found_however_they_are_cut(texts: list[str], cuts: list[int]) -> None:
    stream = b"".join(encode(text) for text in texts)
    assert [line.decode() for line in cut_into(answers, stream, cuts)] == texts


@given(st.binary(max_size=100))
def test_any_bytes_are_lines_or_a_codec_error(noise: bytes) -> None:
    try:
        lines, rest = answers(noise)
    except CodecError:
        return
    for line in (*lines, rest):
        assert len(line) <= LONGEST_LINE
        assert line.isascii()


@given(st.integers(0, 255))
def test_a_register_is_two_hexadecimal_digits_behind_its_name(register: int) -> None:
    assert decode_register("STB", f"STB{register:02X}") == register
    assert decode_register("ESR", f"ESR{register:02x}") == register
    for text in (f"ESR{register:02X}", f"STB{register:X}0F", f"{register:02X}", f"STB {register}"):
        with pytest.raises(CodecError):
            decode_register("STB", text)


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_a_codec_error(text: str) -> None:
    try:
        number = decode_number(text)
    except CodecError:
        return
    assert abs(number) < 1e8


def test_every_bit_of_the_status_has_its_meaning() -> None:
    meanings = (
        *("interlock_closed", "limit_reached", "panel_locked", "fault"),
        *("calibrating", "power_mode", "external", "lamp_on"),
    )
    for bit, name in enumerate(meanings):
        seen = asdict(decode_status(1 << bit))
        assert [field for field, value in seen.items() if value] == [name]


def test_every_bit_of_the_events_has_its_meaning() -> None:
    assert decode_events(0x80).power_on
    assert decode_events(0x40).user_request
    assert decode_events(0x08).device_error
    assert decode_events(0x01).operation_complete
    assert decode_events(0x34).refusals == (
        "command not understood",
        "command cannot be carried out",
        "query failed",
    )
    assert decode_events(0xC9).refusals == ()


def test_a_lamp_that_burns_as_it_should_has_no_outage() -> None:
    assert outage(decode_status(0xA1)) == ""
    assert "out" in outage(decode_status(0x21))
    assert "limit" in outage(decode_status(0xA3))
    assert "interlock" in outage(decode_status(0xA0))


async def test_the_first_identification_takes_the_power_up_flag_and_a_later_one_tells() -> None:
    async with talking(supply, [*known(), *known("ESR00"), *known("ESR80")]) as oriel:
        assert await oriel.identify() == "69907"
        assert await oriel.identify() == "69907"
        with pytest.raises(Restarted, match="lost power") as caught:
            await oriel.identify()
    assert caught.value.effect is Effect.PARTIAL


async def test_a_restart_seen_in_the_answer_to_a_setting_is_told() -> None:
    async with talking(supply, [*known(), *say("P-LIM=0098", "ESR80")]) as oriel:
        await oriel.identify()
        with pytest.raises(Restarted):
            await oriel.power_limit_w.write(98)


@pytest.mark.parametrize("identity", ["69931", "M66001", "LAMBDA"])
async def test_another_device_is_not_accepted(identity: str) -> None:
    async with talking(supply, say("IDN?", identity)) as oriel:
        with pytest.raises(WrongDevice, match=identity):
            await oriel.identify()


async def test_the_larger_model_may_be_asked_for_more() -> None:
    script = [*known(identity="69920"), *say("P-LIM=1100")]
    async with talking(supply, script) as oriel:
        with pytest.raises(LimitExceeded, match="rating of 200 W"):
            await oriel.power_limit_w.write(1100)
        await oriel.identify()
        await oriel.power_limit_w.write(1100)


@pytest.mark.parametrize(
    "lamp",
    [
        LampSettings(Mode.POWER, 99, current_limit_a=12, power_limit_w=98),
        LampSettings(Mode.POWER, 95, current_limit_a=12.1, power_limit_w=98),
        LampSettings(Mode.POWER, 95, current_limit_a=12, power_limit_w=201),
        LampSettings(Mode.CURRENT, 12.1, current_limit_a=12, power_limit_w=98),
        LampSettings(Mode.CURRENT, -1, current_limit_a=12, power_limit_w=98),
        LampSettings(Mode.POWER, float("nan"), current_limit_a=12, power_limit_w=98),
    ],
)
async def test_a_lamp_beyond_its_limits_never_reaches_the_wire(lamp: LampSettings) -> None:
    async with talking(supply, []) as oriel:
        with pytest.raises(LimitExceeded):
            await oriel.ignite(lamp)
        with pytest.raises(LimitExceeded):
            async with oriel.burning(lamp):
                pytest.fail("the lamp must not burn")


@pytest.mark.parametrize("watts", [-1, 201, 1201, float("nan")])
async def test_a_refused_preset_never_reaches_the_wire(watts: float) -> None:
    async with talking(supply, []) as oriel:
        with pytest.raises(LimitExceeded):
            await oriel.power_preset_w.write(watts)


async def test_the_lamp_burns_only_between_ignition_and_stop() -> None:
    lit = [*say("START"), *status(OUT, OUT, LIT), *say("WATTS?", "0095")]
    script = [*status(OUT, OUT), *PREPARED, *lit, *status(LIT), *STOPPED]
    async with talking(supply, script) as oriel, oriel.burning(MERCURY):
        assert await oriel.power_w.value() == 95
        await oriel.check()


async def test_a_lamp_at_constant_current_is_prepared_in_that_mode() -> None:
    script = [
        *[*status(OUT, OUT), *say("MODE=1"), *status("STB01")],
        *[*say("A-LIM=12.0"), *say("A-LIM?", "12.0"), *say("P-LIM=0098"), *say("P-LIM?", "98")],
        *[*say("A-PRESET=7.5"), *say("A-PRESET?", "7.5"), *say("START"), *status("STB81")],
    ]
    async with talking(supply, script) as oriel:
        await oriel.ignite(XENON)


async def test_a_garbled_answer_to_start_is_no_failure_if_the_lamp_burns() -> None:
    spark = [(b"START\r", b"\xff\x00E\x9fSR00\r"), *known("ESR01"), *status(LIT)]
    async with talking(supply, [*status(OUT), *PREPARED, *spark]) as oriel:
        await oriel.ignite(MERCURY)


async def test_a_lamp_that_does_not_light_is_reset_and_tried_again() -> None:
    first = [*say("START"), *status(FAULT)]
    script = [*status(OUT), *PREPARED, *first, *RESET, *PREPARED, *say("START"), *status(LIT)]
    async with talking(supply, script) as oriel:
        await oriel.ignite(MERCURY)


async def test_a_lamp_that_never_lights_is_off_in_the_end() -> None:
    attempt = [*PREPARED, *say("START"), *status(FAULT)]
    script = [*status(OUT), *attempt, *RESET, *attempt, *RESET, *attempt, *STOPPED]
    async with talking(supply, script) as oriel:
        with pytest.raises(NotReached, match="3 attempts"):
            await oriel.ignite(MERCURY)


async def test_a_lamp_that_burns_already_is_only_set() -> None:
    set_again = [*status(LIT, LIT), *PREPARED[1:]]
    async with talking(supply, [*set_again, *status(LIT)]) as oriel:
        await oriel.ignite(MERCURY)
        with pytest.raises(Refused, match="already burns"):
            async with oriel.burning(MERCURY):
                pytest.fail("must not be reached")


async def test_a_burning_lamp_is_neither_reset_nor_put_into_another_mode() -> None:
    async with talking(supply, status(LIT, LIT)) as oriel:
        with pytest.raises(Refused, match="reset"):
            await oriel.reset()
        with pytest.raises(Refused, match="current mode"):
            await oriel.set_mode(Mode.CURRENT)


async def test_an_open_interlock_keeps_the_lamp_from_being_lit() -> None:
    async with talking(supply, status(OPEN)) as oriel:
        with pytest.raises(InterlockOpen):
            await oriel.ignite(MERCURY)


async def test_a_cancelled_exposure_puts_the_lamp_out() -> None:
    lit = [*say("START"), *status(LIT)]
    script = [*status(OUT, OUT), *PREPARED, *lit, *STOPPED]
    async with talking(supply, script) as oriel:
        on = asyncio.Event()

        async def expose() -> None:
            async with oriel.burning(MERCURY):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(expose())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_putting_out_twice_is_putting_out_once() -> None:
    async with talking(supply, [*STOPPED, *STOPPED]) as oriel:
        await oriel.make_safe()
        await oriel.make_safe()


async def test_an_old_error_does_not_keep_the_lamp_burning() -> None:
    async with talking(supply, [*say("STOP", "ESR38"), *status(LIT, OUT)]) as oriel:
        await oriel.make_safe()


async def test_a_lamp_that_burns_on_is_stopped_again_and_reported() -> None:
    round_of_polls = [*say("STOP"), *status(*[LIT] * 6)]
    async with talking(supply, [*round_of_polls * 9, *status(LIT)]) as oriel:
        with pytest.raises(ReadBackDiffers, match="still burns"):
            await oriel.make_safe()


@pytest.mark.parametrize(
    ("register", "error", "words"),
    [
        ("STBA9", DeviceFault, "fault"),
        ("STBA0", Tripped, "interlock"),
        ("STB21", Tripped, "out"),
        ("STBA3", Tripped, "limit"),
    ],
)
async def test_a_lamp_that_does_not_burn_as_it_should_is_reported(
    register: str, error: type[DeviceFault | Tripped], words: str
) -> None:
    async with talking(supply, status(register)) as oriel:
        with pytest.raises(error, match=words):
            await oriel.check()


@pytest.mark.parametrize(
    ("events", "error", "words"),
    [
        ("ESR20", Rejected, "not understood"),
        ("ESR10", Rejected, "cannot be carried out"),
        ("ESR04", Rejected, "query failed"),
        ("ESR08", DeviceFault, "device error"),
    ],
)
async def test_an_error_in_the_answer_is_told_in_words(
    events: str, error: type[Rejected | DeviceFault], words: str
) -> None:
    async with talking(supply, say("P-LIM=0098", events)) as oriel:
        with pytest.raises(error, match=words):
            await oriel.power_limit_w.write(98)


async def test_the_panel_is_locked_and_that_is_confirmed() -> None:
    script = [*say("COMM=1"), *status("STB25"), *say("COMM=0"), *status("STB25")]
    async with talking(supply, script) as oriel:
        await oriel.lock_panel(locked=True)
        with pytest.raises(ReadBackDiffers, match="free"):
            await oriel.lock_panel(locked=False)


async def test_a_request_at_the_panel_is_an_event_and_no_error() -> None:
    async with talking(supply, say("ESR?", "ESR41")) as oriel:
        assert (await oriel.events()).user_request


async def test_nonsense_is_garbled_and_the_supply_is_asked_who_it_is() -> None:
    script = [*say("AMPS?", "7.x"), *known("ESR00"), *say("AMPS?", "7.5")]
    async with talking(supply, script) as oriel:
        with pytest.raises(Garbled, match=r"7\.x") as caught:
            await oriel.current_a.value()
        assert caught.value.effect is Effect.UNKNOWN
        assert await oriel.current_a.value() == 7.5


def test_commands_are_kept_apart_also_after_nonsense() -> None:
    replies = {b"STB?\r": b"STB2!\r", b"IDN?\r": b"69907\r", b"ESR?\r": b"ESR00\r"}

    async def main(clock: Clock) -> list[float]:
        device = PtyDevice(clock, lambda data: [(0.001, replies.get(data, b"12\r"))])
        link = SerialLink("bench", device.path, Oriel69907.SERIAL, clock=clock)
        oriel = Oriel69907("aligner.lamp", link, clock=clock)
        await oriel.readings()
        with pytest.raises(Garbled):
            await oriel.status()
        await oriel.readings()
        await link.close()
        device.unplug()
        return [at_s for at_s, _ in device.heard]

    times = in_virtual_time(main)
    assert len(times) == 8 + 1 + 2 + 8
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.05 - 1e-9


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    words = ("AMPS", "VOLTS", "WATTS", "LAMP HRS", "A-PRESET", "P-PRESET", "A-LIM", "P-LIM")
    async with talking(supply, [step for word in words for step in say(f"{word}?", "12")]) as oriel:
        seen = await oriel.readings()
    assert [sample.unit for sample in seen.values()] == ["A", "V", "W", "h", "A", "W", "A", "W"]
