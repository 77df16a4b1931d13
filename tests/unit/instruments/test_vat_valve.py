"""The VAT throttle valve: lines of its manual, and a plate that is where it was sent."""

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
    Rejected,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.vat_valve import Setup, VatValve
from drivers.instruments.vat_valve_frames import (
    REFUSALS,
    TRANSMISSION_ERRORS,
    Access,
    Assembly,
    DeviceStatus,
    Mode,
    Ranges,
    answers_to,
    decode,
    decode_assembly,
    decode_errors,
    decode_pressure,
    decode_ranges,
    decode_status,
    decode_warnings,
    encode,
)
from tests.unit.instruments.scripted_wire import cut_into, talking

Steps = list[tuple[bytes, bytes]]

HEADER = st.sampled_from(["A:", "P:", "i:38", "i:76", "c:01", "S:"])
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


def say(message: str, reply: str) -> Steps:
    return [(f"{message}\r\n".encode(), f"{reply}\r\n".encode())]


def state(mode: str, access: str = "1") -> Steps:
    return say("i:30", f"i:30{access}{mode}000000")


def seen(position: int, mode: str, pressure: int = 0) -> Steps:
    return say("i:76", f"i:76{position:06d}0{pressure:07d}1{mode}0")


RANGES = say("i:21", "i:2101000000")
FINE = say("i:21", "i:2110100000")
FREE = state("2")


def valve(link: SerialLink, clock: Clock) -> VatValve:
    return VatValve("etcher.throttle", link, clock=clock)


@pytest.mark.parametrize(
    ("header", "data", "line"),
    [
        *[("C:", "", b"C:\r\n"), ("O:", "", b"O:\r\n"), ("H:", "", b"H:\r\n")],
        *[("c:01", "01", b"c:0101\r\n"), ("V:", "000500", b"V:000500\r\n")],
        *[("R:", "000428", b"R:000428\r\n"), ("S:", "00000119", b"S:00000119\r\n")],
    ],
)
def test_commands_are_the_lines_of_the_manual(header: str, data: str, line: bytes) -> None:
    assert encode(header, data) == line


@given(HEADER, printable, st.integers(0, 999999), st.lists(st.integers(0, 200)))
def test_what_was_said_is_heard_however_it_is_cut(
    header: str, text: str, error: int, cuts: list[int]
) -> None:
    stream = f"{header}{text}\r\nE:{error:06d}\r\n".encode()
    found = cut_into(answers_to(header), stream, cuts)
    assert [decode(line, header) for line in found] == [(0, text), (error, "")]


@given(st.binary(max_size=60))
def test_any_bytes_are_lines_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"i:76" + noise + b"\r\n", b"E:" + noise + b"\r\n"):
        try:
            lines, rest = answers_to("i:76")(stream)
        except CodecError:
            continue
        assert b"".join(line + b"\r\n" for line in lines) + rest == stream


@given(st.text(max_size=20))
def test_any_text_is_a_state_or_a_codec_error(text: str) -> None:
    for read in (decode_status, decode_assembly, decode_ranges, decode_pressure):
        with pytest.raises(CodecError):
            read(text + "?")


@pytest.mark.parametrize(("header", "data"), [("X", "1"), ("R:", "\r"), ("S:", "\xb5")])
def test_what_would_break_a_line_is_not_sent(header: str, data: str) -> None:
    with pytest.raises(CodecError):
        encode(header, data)


def test_states_of_the_manual_are_read() -> None:
    assert decode_status("15010001") == DeviceStatus(
        Access.REMOTE, Mode.PRESSURE, power_failure_option=False, warning=True, simulation=True
    )
    assert decode_assembly("000428-0000004260") == Assembly(
        428, -4, Access.LOCKED_REMOTE, Mode.HOLD, warning=False
    )
    assert [decode_ranges(text) for text in ("01000000", "10100000", "20001000")] == [
        *(Ranges(1000, 1_000_000), Ranges(10_000, 100_000), Ranges(100_000, 1000)),
    ]
    assert (decode_pressure("00000119"), decode_pressure("-0000004")) == (119, -4)
    assert decode_warnings("1101") == (
        *("service is due", "no learned data", "compressed air missing"),
    )
    assert decode_errors("01010000") == ("converter of sensor 1", "firmware memory")


@pytest.mark.parametrize("letter", "0123456789CDE")
def test_every_control_mode_has_its_letter(letter: str) -> None:
    assert decode_status(f"0{letter}000000").mode.value == letter


def named(serial: str = "5001", ups: int = 7) -> Steps:
    return [
        *[*say("i:80", "i:8010310000"), *say("i:82", "i:82600P1G0002")],
        *[*say("i:83", f"i:83{serial}"), *RANGES, *say("i:72", f"i:72{ups:010d}")],
    ]


async def test_a_valve_is_known_by_its_firmware_and_serial_number() -> None:
    async with talking(valve, named()) as vat:
        assert await vat.identify() == "600P1G0002 5001"


async def test_another_power_up_is_a_restart() -> None:
    async with talking(valve, [*named(), *named(), *named(ups=8)]) as vat:
        await vat.identify()
        await vat.identify()
        with pytest.raises(Restarted, match="lost power"):
            await vat.identify()


@pytest.mark.parametrize(
    "script",
    [
        say("i:80", "E:000020"),
        [*say("i:80", "i:8010"), *say("i:82", "i:82X"), *say("i:83", "i:83Y")],
    ],
)
async def test_another_device_is_not_accepted(script: Steps) -> None:
    async with talking(valve, script) as vat:
        with pytest.raises(WrongDevice):
            await vat.identify()


async def test_another_valve_in_its_place_is_found_after_a_garbled_line() -> None:
    script = [*named(), *say("i:51", "??"), *say("i:83", "i:835002") * 2]
    async with talking(valve, script) as vat:
        await vat.identify()
        with pytest.raises(Garbled):
            await vat.warnings()
        with pytest.raises(WrongDevice, match="5002 answers instead of 5001"):
            await vat.warnings()


async def test_counts_become_percent_whatever_their_range() -> None:
    script = [*say("A:", "A:000428"), *RANGES, *say("P:", "P:-0000004")]
    async with talking(valve, script) as vat:
        assert await vat.position_pct.value() == pytest.approx(42.8)
        assert await vat.pressure_pct.value() == pytest.approx(-0.0004)
    async with talking(valve, [*say("A:", "A:004280"), *FINE, *say("P:", "P:00001190")]) as vat:
        assert await vat.position_pct.value() == pytest.approx(42.8)
        assert await vat.pressure_pct.value() == pytest.approx(1.19)


async def test_a_position_that_the_valve_does_not_know_is_no_value() -> None:
    async with talking(valve, say("A:", "A:999999")) as vat:
        with pytest.raises(DeviceFault, match="position"):
            await vat.position_pct.value()


def counters() -> Steps:
    return [
        *[*say("i:38", "i:3800000500"), *say("i:68", "i:6800001000")],
        *say("i:70", "i:700000000012"),
        *say("i:71", "i:710000000013"),
        *say("i:72", "i:720000000014"),
    ]


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    moving = [*seen(500, "2"), *say("A:", "A:000500"), *RANGES, *say("P:", "P:00010000")]
    lost = [*seen(999999, "1"), *say("P:", "P:00010000")]
    async with talking(valve, [*moving, *counters(), *lost, *counters()]) as vat:
        first, second = await vat.readings(), await vat.readings()
    assert {name: sample.value for name, sample in first.items()} == pytest.approx(
        {
            "position_pct": 50,
            "pressure_pct": 1,
            "setpoint_counts": 500,
            "speed_pct": 100,
            "throttle_cycles": 12,
            "isolation_cycles": 13,
            "power_ups": 14,
        }
    )
    assert first.keys() - second.keys() == {"position_pct"}


async def test_the_valve_is_closed_and_opened_and_that_is_read_back() -> None:
    closing = [*FREE, *say("C:", "C:"), *RANGES, *seen(700, "3"), *seen(0, "3")]
    opening = [*state("3"), *say("O:", "O:"), *seen(0, "4"), *seen(1000, "4")]
    async with talking(valve, [*closing, *opening]) as vat:
        await vat.close(deadline_s=5)
        await vat.open(deadline_s=5)


async def test_a_position_is_reached_and_read_back() -> None:
    script = [
        *[*FREE, *RANGES, *say("R:000428", "R:"), *say("i:38", "i:3800000428")],
        *[*seen(0, "2"), *seen(300, "2"), *seen(427, "2")],
    ]
    async with talking(valve, script) as vat:
        await vat.move_to(42.8, within_pct=0.2, deadline_s=5)


async def test_a_plate_that_sticks_has_not_arrived() -> None:
    script = [*FREE, *say("C:", "C:"), *RANGES, *seen(700, "3") * 3]
    async with talking(valve, script) as vat:
        with pytest.raises(NotReached, match="closed at 0 %"):
            await vat.close(deadline_s=0.4)


async def test_a_setpoint_that_was_not_taken_is_reported() -> None:
    script = [*FREE, *RANGES, *say("R:000500", "R:"), *say("i:38", "i:3800000428")]
    async with talking(valve, script) as vat:
        with pytest.raises(ReadBackDiffers, match="set to 500 and is 428"):
            await vat.move_to(50, within_pct=1, deadline_s=5)


async def test_local_operation_is_ended_before_the_valve_is_moved() -> None:
    script = [
        *[*state("6", access="0"), *say("c:0101", "c:01"), *state("6")],
        *[*say("H:", "H:"), *state("6")],
    ]
    async with talking(valve, script) as vat:
        await vat.hold()


async def test_a_mode_that_does_not_follow_is_reported() -> None:
    async with talking(valve, [*FREE, *say("H:", "H:"), *FREE]) as vat:
        with pytest.raises(ReadBackDiffers, match="POSITION, not in HOLD"):
            await vat.hold()


async def test_a_valve_that_synchronises_is_waited_for() -> None:
    script = [*state("0"), *state("0"), *state("1"), *FREE, *FREE, *say("Z:", "Z:")]
    async with talking(valve, script) as vat:
        await vat.zero()


@pytest.mark.parametrize(
    ("letter", "words"), [("8", "open"), ("9", "closed"), ("C", "power"), ("D", "safety")]
)
async def test_an_interlocked_valve_is_not_moved(letter: str, words: str) -> None:
    async with talking(valve, state(letter) * 2) as vat:
        with pytest.raises(InterlockOpen, match=words) as refusal:
            await vat.open(deadline_s=5)
        assert refusal.value.effect is Effect.NONE
        with pytest.raises(Tripped, match=words):
            await vat.check()


async def test_an_interlock_on_the_way_is_a_trip() -> None:
    script = [*FREE, *say("O:", "O:"), *RANGES, *seen(100, "4"), *seen(50, "9")]
    async with talking(valve, script) as vat:
        with pytest.raises(Tripped, match="interlock") as trip:
            await vat.open(deadline_s=5)
    assert trip.value.effect is Effect.PARTIAL


async def test_a_fatal_error_is_told_with_its_number() -> None:
    script = [*state("E"), *say("i:50", "i:50040"), *say("i:52", "i:5201000000")]
    async with talking(valve, script) as vat:
        with pytest.raises(DeviceFault, match="fatal error 040, converter of sensor 1"):
            await vat.check()


CLOSED: Steps = [*state("5"), *state("5"), *say("C:", "C:"), *seen(0, "3")]
REGULATED: Steps = [*FREE, *RANGES, *say("S:00100000", "S:"), *say("i:38", "i:3800100000")]


def pressure(counts: int) -> Steps:
    return [*state("5"), *say("P:", f"P:{counts:08d}")]


async def test_a_pressure_is_kept_inside_and_the_valve_closed_afterwards() -> None:
    settled = [*pressure(50_000), *pressure(100_100), *pressure(99_900)]
    async with (
        talking(valve, [*REGULATED, *state("5"), *settled, *CLOSED]) as vat,
        vat.regulating(10, within_pct=0.1, dwell_s=0.2, deadline_s=5),
    ):
        pass


async def test_a_cancelled_step_closes_the_valve() -> None:
    script = [*REGULATED, *state("5"), *pressure(100_000), *CLOSED]
    async with talking(valve, script) as vat:
        there = asyncio.Event()

        async def step() -> None:
            async with vat.regulating(10, within_pct=0.1, dwell_s=0, deadline_s=5):
                there.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await there.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_making_safe_closes_again_and_again_also_by_the_interlock() -> None:
    shut = [*FREE, *FREE, *say("C:", "C:"), *RANGES, *seen(0, "3")]
    again = [*state("3"), *state("3"), *say("C:", "C:"), *seen(0, "3")]
    async with talking(valve, [*shut, *again, *state("9"), *seen(0, "9")]) as vat:
        await vat.make_safe()
        await vat.make_safe()
        await vat.make_safe()


async def test_a_chamber_is_learned_and_nothing_learned_is_a_fault() -> None:
    asked = [*RANGES, *FREE, *say("L:01000000", "L:")]
    learned = [*asked, *state("7") * 2, *FREE * 2, *say("i:51", "i:5100000000")]
    nothing = [*FREE, *say("L:00500000", "L:"), *FREE * 2, *say("i:51", "i:5101000000")]
    async with talking(valve, [*learned, *nothing]) as vat:
        await vat.learn(deadline_s=60)
        with pytest.raises(DeviceFault, match="nothing was learned"):
            await vat.learn(deadline_s=60, limit_pct=50)


async def test_speed_and_setup_are_set_and_read_back() -> None:
    script = [
        *[*FREE, *say("V:000500", "V:"), *say("i:68", "i:6800000500")],
        *[*say("s:0410000000", "s:04"), *say("i:04", "i:0410000000")],
        *[*say("s:02a0830000", "s:02"), *say("s:2101000000", "s:21"), *FINE],
    ]
    async with talking(valve, script) as vat:
        await vat.speed_pct.write_and_verify(50)
        await vat.configure(Setup.VALVE, "10000000")
        await vat.configure(Setup.PID, "a0830000")
        with pytest.raises(ReadBackDiffers, match="s:21"):
            await vat.configure(Setup.RANGE, "01000000")


async def test_access_is_granted_and_errors_are_reset() -> None:
    script = [
        *[*say("c:0102", "c:01"), *state("2", access="2"), *say("c:0100", "c:01"), *FREE],
        *[*say("c:8200", "c:82"), *say("c:8201", "c:82")],
    ]
    async with talking(valve, script) as vat:
        await vat.grant(Access.LOCKED_REMOTE)
        with pytest.raises(ReadBackDiffers, match="access is remote"):
            await vat.grant(Access.LOCAL)
        await vat.reset_service()
        await vat.reset_error()


@pytest.mark.parametrize("pct", [-0.1, 100.1, float("nan")])
async def test_a_refused_value_never_reaches_the_wire(pct: float) -> None:
    async with talking(valve, []) as vat:
        with pytest.raises(LimitExceeded):
            await vat.move_to(pct, within_pct=1, deadline_s=5)
        with pytest.raises(LimitExceeded):
            async with vat.regulating(pct, within_pct=1, dwell_s=1, deadline_s=5):
                pytest.fail("must not be reached")
        with pytest.raises(LimitExceeded):
            await vat.learn(deadline_s=5, limit_pct=pct)
        with pytest.raises(LimitExceeded, match="speed_pct"):
            await vat.speed_pct.write(pct)


@pytest.mark.parametrize(
    ("code", "words"), sorted(item for item in REFUSALS.items() if item[0] >= 20)
)
async def test_an_error_code_is_a_rejection_in_words(code: int, words: str) -> None:
    async with talking(valve, [*FREE, *say("H:", f"E:{code:06d}")]) as vat:
        with pytest.raises(Rejected, match=words) as refusal:
            await vat.hold()
    assert refusal.value.effect is Effect.NONE


@pytest.mark.parametrize("code", sorted(TRANSMISSION_ERRORS))
async def test_a_line_that_arrived_spoilt_is_sent_again(code: int) -> None:
    spoilt = say("i:51", f"E:{code:06d}")
    async with talking(valve, [*spoilt * 2, *say("i:51", "i:5100000000"), *spoilt * 3]) as vat:
        assert await vat.warnings() == ()
        with pytest.raises(Rejected, match=REFUSALS[code]):
            await vat.warnings()


@pytest.mark.parametrize("reply", ["O:x", "C:", "e:000001", "E:80"])
async def test_a_line_that_acknowledges_something_else_is_not_believed(reply: str) -> None:
    async with talking(valve, [*FREE, *say("O:", reply)]) as vat:
        with pytest.raises(Garbled):
            await vat.open(deadline_s=5)
