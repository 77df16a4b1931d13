"""A tool's controller: who it is, whether it lives, one command a number, its values."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import sleep
from drivers.core.errors import (
    LimitExceeded,
    LinkLost,
    NoReply,
    NotReached,
    Refused,
    Rejected,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.points import Limits, Reading, Setting
from drivers.instruments.click_plc import ClickPlc, PackMl, PlcMap, df, dh
from drivers.instruments.click_plc_frames import Ack, decode_status, following
from tests.unit.instruments.small_plc import (
    ACK,
    FIRST_ALARM,
    HOST_SEQ,
    INTERLOCKS,
    REMOTE,
    SmallPlc,
    codes,
    with_plc,
)


def test_the_status_is_two_reads_and_names_what_it_found() -> None:
    small = SmallPlc(state=6)
    small.words |= {22: 2, 23: 40, 24: 120, FIRST_ALARM: 13, 24576: 0x1000, 24584: 1}
    small.words |= {INTERLOCKS: 0x0FFD, 24589: 0b0100_0001}

    async def act(plc: ClickPlc) -> None:
        status = await plc.status()
        assert (status.state, status.step_no, status.step_s) == (PackMl.EXECUTE, 2, 40)
        assert status.alarms == {13}
        assert status.warnings == {201}
        assert [name for name, well in status.interlocks.items() if not well] == ["doors"]
        assert status.tool_bits == {0, 6}
        assert status.says() == "execute, first alarm 13 vacuum_lost"
        assert status.at_s == plc.clock.monotonic()

    with_plc(small, act)
    assert [pdu.hex() for pdu in small.bank.asked] == ["0300000020", "036000000e"]


def test_a_command_is_its_arguments_in_one_write_and_then_its_number_alone() -> None:
    small = SmallPlc(ack_seq=41)
    small.words |= {109: 17, 110: 45, 111: 1}  # heartbeat, time-out and remote stay as they are

    async def act(plc: ClickPlc) -> None:
        await plc.command(122, 250, -1)

    with_plc(small, act)
    written = [pdu.hex() for pdu in small.bank.asked if pdu[0] != 3]
    assert written == [
        "100064000c18007a0000000000faffff" + "0000" * 4 + "0011002d0001",
        "060063002a",
    ]


def test_a_lost_reply_to_a_command_does_not_make_it_happen_twice() -> None:
    small = SmallPlc(ack_seq=7)
    small.words[REMOTE] = 1
    lost: list[bytes] = []

    def lose_first_number(pdu: bytes) -> bool:
        is_first = pdu[0] == 6 and not lost
        if is_first:
            lost.append(pdu)
        return is_first

    small.bank.lose_reply_to = lose_first_number

    async def act(plc: ClickPlc) -> None:
        await plc.command(120, 1)

    with_plc(small, act)
    assert lost
    assert codes(small) == [120]
    assert small.words[HOST_SEQ] == 8


def test_a_command_that_was_lost_is_sent_again_under_the_same_number() -> None:
    small = SmallPlc(ack_seq=7)
    numbers: list[int] = []
    act_as_before = small.bank.after_writing

    def deaf_once(address: int) -> None:
        if address == HOST_SEQ:
            numbers.append(small.words[HOST_SEQ])
            if len(numbers) == 1:
                return
        act_as_before(address)

    small.bank.after_writing = deaf_once
    small.bank.lose_reply_to = lambda pdu: pdu[0] == 6 and len(numbers) == 1

    async def act(plc: ClickPlc) -> None:
        await plc.command(120)

    with_plc(small, act)
    assert numbers == [8, 8]
    assert codes(small) == [120]


def test_a_command_lost_in_a_restart_is_not_given_to_the_restarted_controller() -> None:
    small = SmallPlc()
    small.words[REMOTE] = 1
    small.deaf = True

    def restart_on_the_number(pdu: bytes) -> bool:
        if pdu[0] == 6:
            small.restart()
            small.deaf = False
        return pdu[0] == 6

    small.bank.lose_reply_to = restart_on_the_number

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Restarted, match=r"boot 4, not 3"):
            await plc.command(120)
        with pytest.raises(Restarted):
            await plc.status()
        await plc.identify()
        assert (await plc.status()).boot_count == 4

    with_plc(small, act)
    assert small.executed == []


def test_numbers_go_on_after_those_of_an_earlier_host_and_never_use_0() -> None:
    small = SmallPlc(ack_seq=32766)

    async def act(plc: ClickPlc) -> None:
        for expected in (32767, 1, 2):
            await plc.command(120)
            assert small.words[HOST_SEQ] == expected

    with_plc(small, act)
    assert len(small.executed) == 3


def test_a_number_written_but_not_yet_executed_is_not_used_again() -> None:
    small = SmallPlc(ack_seq=10)
    small.words[HOST_SEQ] = 11

    async def act(plc: ClickPlc) -> None:
        await plc.command(120)

    with_plc(small, act)
    assert small.words[HOST_SEQ] == 12


def test_a_rejected_command_says_which_interlock_is_open() -> None:
    small = SmallPlc()
    small.reject = (Ack.REJECTED_INTERLOCK, 8)

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(
            Rejected, match=r"sputter.plc: start: rejected_interlock: vacuum is open"
        ):
            await plc.start("job", 5)
        small.reject = (Ack.REJECTED_RECIPE, 103)
        with pytest.raises(Rejected, match=r"load_recipe: rejected_recipe \(detail 103\)"):
            await plc.load_recipe(4)

    with_plc(small, act)


def test_a_controller_that_takes_no_commands_is_silence_and_not_success() -> None:
    small = SmallPlc()
    small.deaf = True

    async def act(plc: ClickPlc) -> None:
        before_s = plc.clock.monotonic()
        with pytest.raises(NoReply, match="is not acknowledged"):
            await plc.command(120, timeout_s=2.0)
        assert 1.9 <= plc.clock.monotonic() - before_s <= 2.2

    with_plc(small, act)


def test_a_number_out_of_order_is_told_as_such() -> None:
    small = SmallPlc()
    small.deaf = True
    small.words[ACK] = Ack.BAD_SEQ

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Rejected, match="bad_seq"):
            await plc.command(120)

    with_plc(small, act)


@pytest.mark.parametrize("arguments", [(1, 2, 3, 4, 5, 6, 7), (40_000,), (-32_769,)])
def test_arguments_that_do_not_fit_never_reach_the_wire(arguments: tuple[int, ...]) -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(Refused, match="command 120"):
            await plc.command(120, *arguments)

    with_plc(small, act)
    assert small.bank.asked == []


@pytest.mark.parametrize(("place", "word"), [(0, 0x5743), (1, 2)])
def test_another_map_is_another_device(place: int, word: int) -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        small.words[place] = word
        with pytest.raises(WrongDevice, match=r"map 0x574. revision"):
            await plc.identify()
        with pytest.raises(WrongDevice):
            await plc.status()

    with_plc(small, act)


def test_a_heartbeat_that_stands_still_is_a_lost_link() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        await plc.status()
        small.heart_stopped = True
        await plc.status()
        await sleep(plc.clock, 1.4)
        await plc.status()
        await sleep(plc.clock, 0.2)
        with pytest.raises(LinkLost, match="controller heartbeat stopped"):
            await plc.status()
        small.heart_stopped = False
        await plc.status()

    with_plc(small, act)


def test_a_state_that_does_not_exist_is_garbled() -> None:
    small = SmallPlc(state=99)

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(LinkLost, match="99 is no PackMl"):
            await plc.status()

    with_plc(small, act)


def test_performing_lasts_until_the_controller_says_done() -> None:
    small = SmallPlc(state=6)

    async def act(plc: ClickPlc) -> None:
        before_s = plc.clock.monotonic()
        await plc.perform(121, 30, deadline_s=10)
        assert 3.2 <= plc.clock.monotonic() - before_s <= 3.9
        assert small.words[ACK] == Ack.DONE

    with_plc(small, act)


def test_a_command_that_never_ends_is_not_reached_at_its_deadline() -> None:
    small = SmallPlc()
    small.never_done = True

    async def act(plc: ClickPlc) -> None:
        with pytest.raises(NotReached, match=r"sputter.plc: command 121 done"):
            await plc.perform(121, deadline_s=5)

    with_plc(small, act)


def test_an_abort_ends_the_wait_for_a_command_with_the_reason() -> None:
    small = SmallPlc(state=6)
    small.never_done = True

    async def act(plc: ClickPlc) -> None:
        waiting = asyncio.ensure_future(plc.perform(121, deadline_s=100))
        await sleep(plc.clock, 2)
        small.words[FIRST_ALARM] = 7
        small.move(8, 9)
        with pytest.raises(Tripped, match=r"ended in abort.*first alarm 7 exhaust_low"):
            await waiting

    with_plc(small, act)


def test_a_command_overtaken_by_another_is_not_taken_for_done() -> None:
    small = SmallPlc(state=6)
    small.never_done = True

    async def act(plc: ClickPlc) -> None:
        waiting = asyncio.ensure_future(plc.perform(121, deadline_s=100))
        await sleep(plc.clock, 2)
        await plc.command(122)
        with pytest.raises(Tripped, match="command 121 was overtaken"):
            await waiting

    with_plc(small, act)


def test_rinsing_an_aborted_tool_is_not_ended_by_its_being_aborted() -> None:
    small = SmallPlc(state=9)

    async def act(plc: ClickPlc) -> None:
        await plc.perform(125, 3, deadline_s=10)

    with_plc(small, act)
    assert codes(small) == [125]


def test_one_lost_reply_does_not_end_a_wait() -> None:
    small = SmallPlc(state=6)

    async def act(plc: ClickPlc) -> None:
        waiting = asyncio.ensure_future(plc.perform(121, deadline_s=100))
        await sleep(plc.clock, 1)
        gone = len(small.bank.asked)
        small.bank.lose_reply_to = lambda _: len(small.bank.asked) == gone + 1
        await waiting
        assert len(small.bank.asked) > gone + 1

    with_plc(small, act)
    assert codes(small) == [121]


class ChamberMap(PlcMap):
    """A map as a tool's file declares it."""

    chamber_mbar = Reading(df(1), unit="mbar")
    lock_mbar = Reading(df(2), unit="mbar")
    plasma_permit = Reading(dh(14, 6), unit="")
    spray_setpoint_bar = Setting(df(101), unit="bar", limits=Limits(0, 4), resolution=0.001)


def test_a_tool_declares_its_own_points_over_its_controller() -> None:
    small = SmallPlc()
    small.words |= {28672: 0x0000, 28673: 0x42C8, 24589: 0x0040}  # 100.0, low word first

    async def act(plc: ClickPlc) -> None:
        chamber = ChamberMap(plc)
        assert chamber.chamber_mbar.name == "sputter.plc.chamber_mbar"
        await chamber.spray_setpoint_bar.write_and_verify(1.5)
        with pytest.raises(LimitExceeded):
            await chamber.spray_setpoint_bar.write(4.5)
        small.bank.asked.clear()
        readings = await chamber.readings()
        assert {name: sample.value for name, sample in readings.items()} == {
            "chamber_mbar": 100.0,
            "lock_mbar": 0.0,
            "plasma_permit": 1.0,
            "spray_setpoint_bar": 1.5,
        }
        assert len(small.bank.asked) == 3  # one a block

    with_plc(small, act)
    assert (small.words[28872], small.words[28873]) == (0x0000, 0x3FC0)


def test_floats_are_written_and_read_as_one_block() -> None:
    small = SmallPlc()

    async def act(plc: ClickPlc) -> None:
        await plc.write_floats(101, [1.5, -2.0])
        assert await plc.read_floats(101, 2) == [1.5, -2.0]
        assert await plc.read_float(102) == -2.0
        await plc.write_word(111, 50)
        assert await plc.read_word(111) == 50
        with pytest.raises(Refused, match="cannot be a set-point"):
            await plc.write_floats(101, [1.0, float("nan")])

    with_plc(small, act)
    assert small.bank.written[0] == (28872, (0x0000, 0x3FC0, 0x0000, 0xC000))


def test_looking_at_everything_changes_nothing() -> None:
    small = SmallPlc()
    small.words |= {16384: 1, 16385: 2, 16386: 0xFFFF, 16387: 0xFFFF}

    async def act(plc: ClickPlc) -> None:
        readings = await plc.readings()
        assert readings["prod_count"].value == 0x20001
        assert readings["defect_count"].value == -1
        assert readings["interlock_word"].value == 0x0FFF
        assert readings["hb_timeout"].value == 30

    with_plc(small, act)
    assert small.bank.written == []


@given(st.integers(1, 32767))
def test_the_number_after_a_number_is_another_one_in_range(sequence: int) -> None:
    assert 1 <= following(sequence) <= 32767
    assert following(sequence) != sequence


@given(
    st.lists(st.integers(0, 65535), min_size=32, max_size=32),
    st.lists(st.integers(0, 65535), min_size=14, max_size=14),
)
def test_any_registers_are_a_status_or_a_codec_error(header: list[int], alarms: list[int]) -> None:
    try:
        status = decode_status(header, alarms, 0.0)
    except CodecError:
        return
    assert status.alarms <= frozenset(range(1, 129))
    assert status.warnings <= frozenset(range(201, 265))
