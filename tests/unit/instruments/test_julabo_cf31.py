"""The Julabo bath: paced commands, no acknowledgement, and alarms in the status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.instruments.julabo_cf31 import JulaboCf31, Status, decode_status, lines
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

RUNNING = (b"STATUS\r", b"03 REMOTE START\r\n")


def asked(word: str, value: str) -> tuple[bytes, bytes]:
    return f"IN_{word}\r".encode(), f"{value}\r\n".encode()


def told(word: str, value: str, held: str) -> tuple[bytes, bytes]:
    return f"OUT_{word} {value}\rIN_{word}\r".encode(), f"{held}\r\n".encode()


HELD: Script = [
    *[told("SP_00", "45.00", "45.00"), told("MODE_01", "0", "0"), RUNNING],
    told("MODE_05", "1", "1"),
]


def bath(link: SerialLink, clock: Clock) -> JulaboCf31:
    return JulaboCf31("plating_cell.bath", link, clock=clock)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"03 REMOTE START", Status(3, "REMOTE START")),
        (b"-01 LOW LEVEL ALARM", Status(-1, "LOW LEVEL ALARM")),
        (b"-08 INVALID COMMAND", Status(-8, "INVALID COMMAND")),
    ],
)
def test_status_lines_of_the_manual_are_read(line: bytes, status: Status) -> None:
    assert decode_status(line) == status


@given(st.binary(max_size=40))
def test_any_line_is_a_status_or_a_codec_error(line: bytes) -> None:
    try:
        status = decode_status(line)
    except CodecError:
        return
    assert str(abs(status.code)) in line.decode("ascii", "replace")


@given(st.lists(st.integers(0, 30)), st.integers(0, 5))
def test_flow_control_between_the_characters_does_not_matter(cuts: list[int], at: int) -> None:
    text = b"45.00\r\n"
    stream = text[:at] + b"\x13\x11" + text[at:]
    assert cut_into(lines, stream, cuts) == [b"45.00"]


async def test_the_first_question_after_power_up_may_be_lost() -> None:
    ask, name = b"VERSION\r", b"JULABO CF31 V1.2\r\n"
    # After a silence the link has the bath identified before it asks anything else.
    async with talking(bath, [(ask, b""), (ask, name), (ask, name)]) as julabo:
        assert await julabo.identify() == "JULABO CF31 V1.2"


async def test_another_device_is_not_accepted() -> None:
    async with talking(bath, [(b"VERSION\r", b"HUBER CC\r\n")]) as julabo:
        with pytest.raises(WrongDevice, match="HUBER"):
            await julabo.identify()


async def test_a_bath_is_held_once_it_stayed_at_its_temperature() -> None:
    values = ("40.00", "44.90", "45.10", "45.00")
    watching = [step for value in values for step in (RUNNING, asked("PV_00", value))]
    async with talking(bath, [*HELD, *watching]) as julabo:
        held_c = await julabo.hold(45.0, within_c=0.3, dwell_s=4.0, deadline_s=600)
        assert held_c == 45.0


async def test_an_alarm_on_the_way_is_a_fault() -> None:
    alarm = (b"STATUS\r", b"-01 LOW LEVEL ALARM\r\n")
    async with talking(bath, [*HELD, alarm]) as julabo:
        with pytest.raises(DeviceFault, match="low level"):
            await julabo.hold(45.0, deadline_s=600)


async def test_a_bath_that_does_not_get_there_is_reported() -> None:
    script = [*HELD, *([RUNNING, asked("PV_00", "40.00")] * 3)]
    async with talking(bath, script) as julabo:
        with pytest.raises(NotReached):
            await julabo.hold(45.0, deadline_s=2.5)


async def test_a_value_that_was_refused_is_told_in_the_circulators_words() -> None:
    refused: Script = [
        told("SP_00", "90.00", "45.00"),
        (b"OUT_SP_00 90.00\rSTATUS\r", b"-13 VALUE EXCEEDS TEMPERATURE LIMITS\r\n"),
    ]
    async with talking(bath, refused) as julabo:
        with pytest.raises(Rejected, match="exceeds temperature limits"):
            await julabo.setpoint_c.write(90)


async def test_a_value_that_was_lost_is_noticed() -> None:
    again = (b"OUT_SP_00 50.00\rSTATUS\r", b"03 REMOTE START\r\n")
    lost = [told("SP_00", "50.00", "45.00"), again, asked("SP_00", "45.00")]
    async with talking(bath, lost) as julabo:
        with pytest.raises(ReadBackDiffers, match="50 and reads 45"):
            await julabo.setpoint_c.write(50)


async def test_a_value_that_was_lost_is_set_once_more() -> None:
    again = (b"OUT_SP_00 50.00\rSTATUS\r", b"03 REMOTE START\r\n")
    lost = [told("SP_00", "50.00", "45.00"), again, asked("SP_00", "50.00")]
    async with talking(bath, lost) as julabo:
        await julabo.setpoint_c.write(50)


@pytest.mark.parametrize("celsius", [4.9, 95.1, float("nan")])
async def test_a_refused_setpoint_never_reaches_the_wire(celsius: float) -> None:
    async with talking(bath, []) as julabo:
        with pytest.raises(LimitExceeded, match="setpoint_c"):
            await julabo.hold(celsius, deadline_s=600)


async def test_nothing_follows_an_out_command_for_a_quarter_of_a_second() -> None:
    async with talking(bath, [told("MODE_05", "0", "0")]) as julabo:
        began_s = julabo.clock.monotonic()
        await julabo.stop()
        assert julabo.clock.monotonic() - began_s >= 0.25


async def test_safe_is_a_bath_left_as_it_is() -> None:
    async with talking(bath, []) as julabo:
        await julabo.make_safe()


async def test_a_look_at_everything_asks_and_sets_nothing() -> None:
    words = ("PV_00", "PV_01", "PV_03", "PV_04", "SP_00", "SP_03", "SP_04", "MODE_01", "MODE_05")
    async with talking(bath, [asked(word, " 1.00") for word in words]) as julabo:
        seen = await julabo.readings()
    assert (seen["temperature_c"].value, seen["circulating"].value) == (1, 1)
