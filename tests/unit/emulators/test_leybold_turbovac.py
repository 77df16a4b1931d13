"""The emulated TURBOVAC pump against the telegrams of its manual and its clients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.instruments.leybold_turbovac import Control, LeyboldTurbovac, Status
from tests.rigs.hand_clock import HandClock, hand_clock, say, say_in_pieces
from tests.unit.emulators.turbo_surroundings import Around
from tests.unit.emulators.uss_master import RESET, START, STOP, Talk, telegram


def pump(time: HandClock, around: Around | None = None) -> LeyboldTurbovac:
    unit = LeyboldTurbovac(time.line, around or Around(), run_up_s=100.0, run_down_s=200.0)
    unit.drive.run_up_a = 1.0
    return unit


def test_telegrams_of_the_manual_are_built_here_too() -> None:
    assert telegram(START) == bytes.fromhex("0216" + "00" * 9 + "0401" + "00" * 10 + "11")
    assert telegram(STOP) == bytes.fromhex("0216" + "00" * 9 + "0400" + "00" * 10 + "10")
    assert telegram(RESET) == bytes.fromhex("0216" + "00" * 9 + "0480" + "00" * 10 + "90")
    read = bytes.fromhex("02160010030000000000000401" + "00" * 10 + "02")
    assert telegram(START, 1, 3) == read
    write = bytes.fromhex("02160020180000000003840401" + "00" * 10 + "ae")
    assert telegram(START, 2, 24, 900) == write


def test_a_recorded_reading_while_it_accelerates() -> None:
    with hand_clock() as time:
        unit = pump(time)
        say(unit, telegram(START))
        time.pass_s(20.0 - 10.0)
        say(unit, telegram(START))
        time.pass_s(10.0)
        assert say(unit, telegram(START, 1, 3)) == bytes.fromhex(
            "02160010030000000000c88a1400c8001e000a0000001895"
        )


def test_every_telegram_is_answered_after_its_delay() -> None:
    with hand_clock() as time:
        unit = pump(time)
        assert [answer.after_s for answer in unit.receive(telegram())] == [0.010]
        assert say(unit, telegram()) == b""
        time.pass_s(0.011)
        talk = Talk(time, unit)
        assert talk.access(2, 180, 20) == (1, 20)
        assert talk.access(2, 180, 21) == (7, 2)
        assert [answer.after_s for answer in unit.receive(telegram())] == [0.020]


def test_nothing_is_obeyed_without_the_command_bit() -> None:
    with hand_clock() as time:
        talk = Talk(time, pump(time))
        assert talk(Control.ON).status == Status.READY | Status.PARAMETER_CHANNEL
        assert talk(START).status & Status.OPERATION
        assert talk(Control.ON).status & Status.OPERATION


def test_it_runs_up_to_normal_operation_and_down_again() -> None:
    with hand_clock() as time:
        around = Around()
        talk = Talk(time, pump(time, around))
        status = talk(START).status
        assert status & Status.ACCELERATION
        assert not status & (Status.TURNING | Status.NORMAL_OPERATION | Status.READY)
        assert not talk.hold(START, 85).status & Status.NORMAL_OPERATION
        assert talk.hold(START, 10).status & Status.NORMAL_OPERATION
        reply = talk.hold(START, 20)
        assert reply.hz == 1000
        assert not reply.status & Status.ACCELERATION
        assert talk(STOP).status & (Status.DECELERATION | Status.READY | Status.TURNING) == (
            Status.DECELERATION | Status.READY | Status.TURNING
        )
        assert around.ramps == [(1000.0, 10.0), (0.0, 5.0)]
        time.pass_s(201.0)
        assert talk(STOP).status == (
            Status.READY | Status.PARAMETER_CHANNEL | Status.PROCESS_CHANNEL
        )


def test_the_setpoint_comes_from_the_parameter_the_telegram_or_standby() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        assert talk.access(2, 24, 900) == (1, 900)
        talk(START)
        assert unit.drive.rotor.goal_hz == 900.0
        for asked_hz, goal_hz in ((700, 700.0), (100, 500.0), (5000, 1000.0)):
            talk(START | Control.SETPOINT, setpoint_hz=asked_hz)
            assert unit.drive.rotor.goal_hz == goal_hz
        talk(START | Control.STANDBY)
        assert unit.drive.rotor.goal_hz == 800.0
        assert talk.access(2, 150, 600) == (1, 600)
        assert unit.drive.rotor.goal_hz == 600.0


def test_outputs_follow_the_control_word() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk(STOP | Control.FAN | Control.VENT | Control.BACKING_PUMP)
        assert (unit.fan_on, unit.vent_open, unit.backing_pump_on) == (True, True, True)
        talk(STOP)
        assert (unit.fan_on, unit.vent_open, unit.backing_pump_on) == (False, False, False)


@pytest.mark.parametrize(
    ("access", "number", "value", "index", "answer"),
    [
        (0, 0, 0, 0, (0, 0)),
        (1, 18, 0, 0, (1, 1000)),
        (1, 11, 0, 0, (1, 30)),
        (1, 4, 0, 0, (1, 240)),
        (1, 184, 0, 0, (2, 0)),
        (6, 171, 0, 253, (4, 0)),
        (6, 176, 0, 0, (5, 0)),
        (6, 315, 0, 0, (4, ord("3"))),
        (7, 312, 65, 17, (4, 65)),
        (1, 12, 0, 0, (7, 0)),
        (2, 3, 5, 0, (7, 1)),
        (2, 24, 1001, 0, (7, 2)),
        (2, 24, 499, 0, (7, 2)),
        (2, 25, 34, 0, (7, 2)),
        (6, 171, 0, 254, (7, 3)),
        (1, 18, 0, 1, (7, 3)),
        (1, 171, 0, 0, (7, 5)),
        (6, 18, 0, 0, (7, 5)),
        (3, 24, 900, 0, (7, 5)),
        (9, 24, 0, 0, (7, 5)),
        (8, 171, 0, 0, (7, 5)),
        (2, 128, -5, 0, (1, 0xFFFFFFFB)),
        (2, 128, -11, 0, (7, 2)),
    ],
)
def test_an_access_has_its_code(
    access: int, number: int, value: int, index: int, answer: tuple[int, int]
) -> None:
    with hand_clock() as time:
        assert Talk(time, pump(time)).access(access, number, value, index) == answer


def test_write_access_can_belong_to_another_interface() -> None:
    with hand_clock() as time:
        unit = pump(time)
        unit.parameters.rights = False
        talk = Talk(time, unit)
        assert talk.access(2, 24, 900) == (8, 0)
        assert talk.access(1, 24) == (1, 1000)


def test_only_what_was_saved_survives_the_mains() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk.access(2, 24, 900)
        assert talk.access(2, 8, 1) == (1, 1)
        assert talk.access(1, 24) == (7, 102)
        time.pass_s(1.0)
        talk.access(2, 24, 800)
        talk(START)
        time.pass_s(5.0)
        unit.power_cycle()
        assert talk.read(24) == 900
        assert talk().status & (Status.OPERATION | Status.TURNING) == Status.TURNING
        assert talk.read(38) == 1


def test_a_loss_of_the_mains_is_remembered_and_is_no_error() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk(START)
        time.pass_s(5.0)
        unit.power_cycle()
        assert Status.ERROR not in talk().status
        assert talk.access(6, 171) == (4, 103)


def test_a_new_address_holds_after_the_mains_came_back() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk.access(2, 37, 5)
        talk.access(2, 8, 1)
        time.pass_s(1.0)
        assert talk.read(923) == 0
        unit.power_cycle()
        assert say(unit, telegram()) == b""
        time.pass_s(1.0)
        assert say(unit, telegram(address=5))[2] == 5


def test_silence_of_the_master_stops_the_pump() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk.hold(START, 20)
        time.pass_s(9.9)
        assert unit.drive.on
        time.pass_s(0.2)
        assert not unit.drive.on


def test_the_start_contact_or_p179_decide_without_a_master() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        unit.start_contact = True
        talk(START)
        time.pass_s(11.0)
        assert unit.drive.on
        unit.start_contact = False
        talk.access(2, 179, int(START))
        talk(START)
        time.pass_s(11.0)
        assert unit.drive.on
        talk.access(2, 179, int(STOP))
        talk.access(2, 182, 20)
        talk(START)
        time.pass_s(2.1)
        assert talk().status & Status.READY
        talk.access(2, 182, 0)
        talk(START)
        time.pass_s(1000.0)
        assert talk().status & Status.OPERATION


def test_bad_fore_vacuum_ends_the_run_up_with_an_error() -> None:
    with hand_clock() as time:
        talk = Talk(time, pump(time, Around(limit_hz=700.0)))
        talk.access(2, 32, 200)
        assert talk.hold(START, 195).status & Status.OPERATION
        reply = talk.hold(START, 10)
        assert reply.status & (Status.ERROR | Status.SWITCH_ON_LOCK | Status.OPERATION) == (
            Status.ERROR | Status.SWITCH_ON_LOCK
        )
        assert talk.access(6, 171) == (4, 6)
        assert talk.access(6, 174) == (4, 700)
        assert talk.access(6, 176)[1] > 0
        assert talk.read(40) == 1


def test_a_rotor_that_hangs_below_p20_ends_with_the_passing_time() -> None:
    with hand_clock() as time:
        talk = Talk(time, pump(time, Around(limit_hz=300.0)))
        talk.access(2, 183, 60)
        talk.hold(START, 70)
        assert talk.access(6, 171) == (4, 2)


def test_overload_warns_below_the_threshold_and_trips_below_p20() -> None:
    with hand_clock() as time:
        around = Around()
        unit = pump(time, around)
        talk = Talk(time, unit)
        talk.hold(START, 110)
        around.limit_hz = 800.0
        unit.recheck()
        status = talk.hold(START, 60).status
        assert status & (Status.OVERLOAD_WARNING | Status.WARNING | Status.NORMAL_OPERATION) == (
            Status.OVERLOAD_WARNING | Status.WARNING
        )
        assert talk.read(227) == 1 << 11
        around.limit_hz = 400.0
        unit.recheck()
        talk.hold(START, 100)
        assert talk.access(6, 171) == (4, 106)
        assert talk.read(41) == 1


def test_a_lasting_overload_trips_too() -> None:
    with hand_clock() as time:
        around = Around()
        unit = pump(time, around)
        talk = Talk(time, unit)
        talk.hold(START, 110)
        around.limit_hz = 800.0
        unit.recheck()
        talk.hold(START, 345)
        assert talk.access(6, 171) == (4, 116)


@pytest.mark.parametrize(
    ("part", "warm", "hot", "bit", "code"),
    [
        ("motor", 81.0, 101.0, 0, 7),
        ("converter", 76.0, 81.0, 1, 5),
        ("bearing", 61.0, 66.0, 2, 3),
        ("motor", 4.0, -1.0, 3, 111),
    ],
)
def test_temperatures_warn_and_then_trip(
    part: str, warm: float, hot: float, bit: int, code: int
) -> None:
    with hand_clock() as time:
        talk = Talk(time, pump(time, around := Around()))
        talk(START)
        before = vars(around)[part]
        vars(around)[part] = warm
        assert talk(START).status & Status.TEMPERATURE_WARNING
        vars(around)[part] = before
        assert talk(START).status & Status.TEMPERATURE_WARNING
        assert talk.read(227) == 1 << bit
        vars(around)[part] = hot
        assert talk(START).status & Status.ERROR
        assert talk.access(6, 171) == (4, code)
        assert talk(RESET).status & Status.ERROR
        vars(around)[part] = before
        talk(STOP)
        assert talk(RESET).status & (Status.ERROR | Status.READY | Status.WARNING) == Status.READY


def test_after_an_error_the_start_bit_must_go_away_first() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk(START)
        unit.drive.trip(117)
        status = talk(START | Control.RESET).status
        assert status & (Status.ERROR | Status.SWITCH_ON_LOCK) == Status.SWITCH_ON_LOCK
        assert not talk(START).status & Status.OPERATION
        talk(STOP)
        assert talk(START).status & Status.OPERATION


def test_low_supply_warns_and_a_written_zero_clears_the_warnings() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        unit.drive.supply_v = 18.0
        assert talk().status & Status.WARNING
        assert talk.read(227) == 1 << 14
        unit.drive.supply_v = 24.0
        assert talk.access(2, 227, 0) == (1, 0)
        assert not talk().status & Status.WARNING


def test_too_much_speed_is_a_warning() -> None:
    with hand_clock() as time:
        unit = pump(time)
        talk = Talk(time, unit)
        talk(START)
        unit.drive.rotor.put_at(1015.0)
        assert talk(START).status & Status.WARNING
        assert talk.read(227) == 1 << 6


def test_hours_count_while_it_runs() -> None:
    with hand_clock() as time:
        talk = Talk(time, pump(time))
        talk.access(2, 182, 0)
        talk(START)
        time.pass_s(7200.0)
        talk(STOP)
        time.pass_s(7200.0)
        assert talk.access(1, 184) == (2, 200)


def test_a_bad_check_byte_or_another_address_is_met_with_silence() -> None:
    with hand_clock() as time:
        unit = pump(time)
        assert say(unit, telegram(START)[:-1] + b"\x12") == b""
        assert say(unit, telegram(START, address=3)) == b""
        assert not unit.drive.on


@settings(deadline=None)
@given(st.lists(st.integers(0, 100)))
def test_a_telegram_cut_anywhere_gets_the_same_answer(cuts: list[int]) -> None:
    with hand_clock() as time:
        whole = say(pump(time), telegram(START, 1, 3))
        assert say_in_pieces(pump(time), telegram(START, 1, 3), cuts) == whole


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60)))
def test_noise_never_deafens_the_pump(noise: list[bytes]) -> None:
    with hand_clock() as time:
        unit = pump(time)
        for piece in noise:
            say(unit, piece)
            time.pass_s(0.2)
        assert len(say(unit, telegram())) == 24


@settings(deadline=None)
@given(st.integers(0, 15), st.integers(0, 0x7FF), st.integers(0, 255), st.integers(0, 0xFFFFFFFF))
def test_any_access_gets_a_whole_answer(access: int, number: int, index: int, value: int) -> None:
    with hand_clock() as time:
        code, _ = Talk(time, pump(time)).access(access, number, value, index)
        assert code in {0, 1, 2, 4, 5, 7}
