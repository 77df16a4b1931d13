"""Walks of the tool controller through PackML: starts, holds, interlocks, own sequences."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_hardware.core.wire import Table
from sim_hardware.instruments.click_packml import AFTER, FROM, PackMl, StateCommand
from tests.unit.emulators.passing_time import passing_time
from tests.unit.emulators.plc_bench import Diary, Host, Washer


@pytest.fixture
def host() -> Iterator[Host]:
    with passing_time() as time:
        yield Host(time, Diary())


@pytest.fixture
def washer() -> Iterator[Host]:
    with passing_time() as time:
        yield Host(time, Washer())


def told(host: Host) -> list[str]:
    assert isinstance(host.program, Diary)
    return host.program.told


def ready(host: Host) -> None:
    """Idle, with a job id and a recipe."""
    host.to_idle()
    host.put(36864, 0x414C)
    assert host.order(100, recipe=7) == (2, 0)


def test_a_job_runs_from_stopped_to_complete_and_is_counted(host: Host) -> None:
    host.to_execute()
    assert host.text(36872, 16) == "LOT7.W03        "
    assert host.text(36880, 8) == "12      "
    assert told(host) == ["start", "energy on", "execute"]
    assert host.word(21) == 2
    assert host.ack[1] == 2  # Start is done when Execute is reached
    assert host.order(10)[0] == 1
    assert host.state == 16
    host.spend(1.1)
    assert host.state == 17
    assert host.plc.read(Table.HOLDING, 16384, 4) == [1, 0, 0, 0]
    assert told(host)[-1] == "energy off"


@pytest.mark.parametrize("state", [PackMl.STOPPED, PackMl.EXECUTE, PackMl.COMPLETE])
def test_start_is_taken_only_in_idle(host: Host, state: PackMl) -> None:
    if state is PackMl.STOPPED:
        host.take_control()
    else:
        host.to_execute()
    if state is PackMl.COMPLETE:
        host.order(10)
        host.spend(1.1)
    assert host.state == state
    assert host.order(2) == (3, 0)


def test_start_needs_a_job_id_a_recipe_well_interlocks_and_production(host: Host) -> None:
    host.to_idle()
    assert host.order(2) == (6, 1)
    host.put(36864, 0x4141)
    assert host.order(2) == (6, 33)
    assert host.order(100, recipe=3) == (2, 0)
    host.plc.set_interlock(5, well=False)
    assert host.order(2) == (5, 5)
    host.plc.set_interlock(5, well=True)
    assert host.order(0, mode=3) == (2, 0)
    assert host.order(2) == (4, 21)
    assert host.order(2, mode=1) == (1, 0)


def test_a_blank_job_id_is_none(host: Host) -> None:
    ready(host)
    host.put(36864, *[0x2020] * 8)
    assert host.order(2) == (6, 1)


def test_a_recipe_with_a_set_point_out_of_range_is_refused_by_its_number(host: Host) -> None:
    host.to_idle()
    host.put_real(28872, 6.5)
    assert host.order(100, recipe=3) == (6, 101)
    host.put_real(28872, float("nan"))
    assert host.order(100, recipe=3) == (6, 101)
    host.put_real(28872, 6.0)
    host.put(200, 3)
    assert host.order(100, recipe=3) == (6, 201)
    host.put(200, 2)
    assert host.order(100, recipe=3) == (2, 0)
    assert host.plc.setpoint(101) == 6.0


def test_a_set_point_written_after_loading_does_not_reach_the_job(host: Host) -> None:
    host.to_execute()
    host.put_real(28872, 5.0)
    assert host.plc.setpoint(101) == 2.0
    assert host.order(100, recipe=3) == (3, 0)


def test_a_forgotten_recipe_must_be_loaded_again(host: Host) -> None:
    ready(host)
    assert host.order(101) == (2, 0)
    assert host.text(36880, 8) == " " * 8
    assert host.order(2) == (6, 33)


def test_hold_takes_the_energy_away_at_once_and_unhold_gives_it_back(host: Host) -> None:
    host.to_execute()
    host.order(4)
    assert told(host)[-2:] == ["energy off", "hold"]
    assert (host.state, host.word(25)) == (10, 3)
    host.spend(1.1)
    assert host.state == 11
    assert host.ack[1] == 2
    host.order(5)
    host.spend(1.1)
    assert (host.state, host.word(25)) == (6, 0)
    assert told(host)[-2:] == ["energy on", "execute"]


def test_stop_and_abort_end_the_job_as_a_defect(host: Host) -> None:
    host.to_execute()
    host.order(3)
    assert told(host)[-2:] == ["energy off", "stop"]
    host.spend(1.1)
    assert host.state == 2
    assert host.plc.read(Table.HOLDING, 16384, 4) == [0, 0, 1, 0]
    host.order(8)
    host.spend(1.1)
    assert host.state == 9
    assert host.word(16386) == 1  # no job was lost by this one
    assert host.order(8) == (2, 0)
    assert host.order(3) == (3, 0)
    assert host.order(9)[0] == 1
    host.spend(1.1)
    assert host.state == 2


def test_a_command_overtaken_by_an_abort_is_answered_as_rejected(host: Host) -> None:
    ready(host)
    host.order(2)
    host.plc.set_interlock(0, well=False)
    assert host.ack[1:] == (3, 0)
    assert host.state == 8


def test_the_emergency_stop_aborts_in_every_state_and_bars_clear(host: Host) -> None:
    host.take_control()
    host.plc.set_interlock(0, well=False)
    assert host.state == 8
    assert host.word(24588) == 0x0FFE
    host.spend(1.1)
    assert host.order(9) == (5, 0)
    host.plc.set_interlock(0, well=True)
    assert host.word(24576) == 1  # latched
    assert host.order(9)[0] == 1
    assert host.word(24576) == 0
    assert host.word(31) == 2  # came and went


def test_an_open_door_matters_only_while_energised(host: Host) -> None:
    host.to_idle()
    host.plc.set_interlock(1, well=False)
    assert (host.state, host.word(29)) == (4, 0)
    host.plc.set_interlock(1, well=True)
    host.put(36864, 0x4141)
    host.order(100, recipe=1)
    host.order(2)
    host.spend(1.1)
    host.plc.set_interlock(1, well=False)
    assert told(host)[-2:] == ["energy off", "abort"]
    assert (host.state, host.word(30)) == (8, 4)


def test_an_interlock_that_the_program_computes_is_seen_within_a_scan(host: Host) -> None:
    host.to_execute()
    assert isinstance(host.program, Diary)
    host.program.vacuum_lost = True
    assert host.word(24588) == 0x0FFF & ~(1 << 8)
    assert host.word(30) == 13
    assert not host.plc.permit


def test_alarms_stay_until_reset_and_warnings_go_with_their_cause(host: Host) -> None:
    host.take_control()
    host.plc.raise_alarm(17)
    host.plc.raise_alarm(3, standing=True)
    host.plc.raise_alarm(201, standing=True)
    assert host.plc.read(Table.HOLDING, 24576, 9) == [0b100, 1, 0, 0, 0, 0, 0, 0, 1]
    assert host.plc.read(Table.HOLDING, 29, 3) == [3, 17, 3]
    host.plc.clear_alarm(201)
    assert host.word(29) == 2
    host.order(1)
    assert host.plc.read(Table.HOLDING, 29, 2) == [1, 3]  # 3 still stands
    with pytest.raises(ValueError, match="99"):
        host.plc.raise_alarm(99)


def test_the_mode_changes_only_where_nothing_runs(host: Host) -> None:
    host.to_execute()
    assert host.order(120, mode=2) == (4, 21)
    host.order(3)
    host.spend(1.1)
    assert host.order(120, mode=2) == (2, 0)
    assert host.word(20) == 2
    assert host.order(120, mode=9) == (4, 21)


# --- the controller owns the sequence ---


def test_the_own_sequence_runs_its_steps_and_completes_by_itself(washer: Host) -> None:
    washer.to_execute()
    washer.spend(4.0)
    assert washer.plc.read(Table.HOLDING, 22, 3) == [1, 4, 10]
    washer.spend(6.0)
    assert washer.plc.read(Table.HOLDING, 22, 3) == [2, 0, 4]
    assert washer.order(10) == (3, 0)
    washer.spend(4.0)
    assert washer.state == 16
    assert washer.word(22) == 0
    washer.spend(1.0)
    assert washer.state == 17
    assert washer.word(16384) == 1


def test_a_held_step_goes_on_with_what_it_has_left(washer: Host) -> None:
    washer.to_execute()
    washer.spend(3.9)
    washer.order(4)
    washer.spend(60.0)
    assert washer.plc.read(Table.HOLDING, 22, 3) == [1, 4, 10]
    washer.order(5)
    washer.spend(1.1)
    assert told(washer)[3:] == [
        "wash 10.0 s",
        "energy off",
        "wash broken off",
        "hold",
        "energy on",
        "execute",
        "wash 6.0 s",
    ]
    washer.spend(6.0)
    assert washer.word(22) == 2


def test_a_step_that_cannot_stop_keeps_holding_until_it_ends(washer: Host) -> None:
    assert isinstance(washer.program, Washer)
    washer.program.at_once = False
    washer.to_execute()
    washer.order(4)
    washer.spend(5.0)
    assert (washer.state, washer.ack[1]) == (10, 1)
    washer.spend(5.0)
    assert (washer.state, washer.ack[1]) == (11, 2)
    assert washer.word(22) == 0
    washer.order(5)
    washer.spend(1.1)
    assert washer.word(22) == 2


def test_an_abort_breaks_the_sequence_off_and_a_new_start_begins_at_the_first_step(
    washer: Host,
) -> None:
    washer.to_execute()
    washer.order(8)
    assert told(washer)[-3:] == ["wash broken off", "energy off", "abort"]
    washer.spend(20.0)
    assert (washer.state, washer.word(22)) == (9, 0)
    for code in (9, 1, 2):
        assert washer.order(code)[0] == 1
        washer.spend(1.1)
    assert (washer.state, washer.word(22)) == (6, 1)


def test_a_step_can_be_ended_by_the_program(washer: Host) -> None:
    washer.to_execute()
    washer.plc.end_step()
    assert washer.word(22) == 2
    assert "washed" in told(washer)


def test_a_host_lost_during_starting_holds_as_soon_as_execute_is_reached(washer: Host) -> None:
    washer.to_idle()
    washer.put(36864, 0x4141)
    washer.order(100, recipe=1)
    washer.time.wait(2.5)
    washer.order(2)
    washer.time.wait(1.2)
    assert washer.state == 10
    assert "energy on" not in told(washer)


# --- any walk ---


def test_every_acting_state_but_execute_ends_by_itself() -> None:
    resting = {PackMl.STOPPED, PackMl.IDLE, PackMl.HELD, PackMl.SUSPENDED, PackMl.EXECUTE}
    resting |= {PackMl.ABORTED, PackMl.COMPLETE, PackMl.UNDEFINED}
    assert set(AFTER) == set(PackMl) - resting
    assert set(FROM) == set(StateCommand)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10), st.sampled_from([0.0, 0.4, 1.1])), max_size=25))
def test_energy_is_permitted_in_execute_and_nowhere_else(walk: list[tuple[int, float]]) -> None:
    with passing_time() as time:
        host = Host(time, Diary())
        ready(host)
        for code, seconds in walk:
            host.order(code)
            host.spend(seconds)
            assert host.plc.permit == (host.state == 6)
            last = [each for each in told(host) if each.startswith("energy")][-1:]
            assert (last == ["energy on"]) == host.plc.permit
