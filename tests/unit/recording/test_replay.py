"""A recording that answers: the same client is content, another one learns where it differs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.endpoints import Transport
from drivers.core.errors import DriverError
from sim_hardware.core.clock import LineClock
from sim_hardware.core.recording import RecordedFrame, RecordingError, read_recording
from sim_hardware.core.replayed import Difference, ReplayedWire
from sim_hardware.replay import Replay
from tests.rigs.instruments import InstrumentDriver, address_of, on_bench
from tests.rigs.wires import in_virtual_time
from tests.unit.recording.recorded import KINDS, NAME, wired

PATIENCE_S = 5.0


async def looked_at(driver: InstrumentDriver) -> dict[str, float]:
    await driver.identify()
    return {name: sample.value for name, sample in (await driver.readings()).items()}


def recorded(path: Path, transport: Transport) -> dict[str, float]:
    """What an emulated instrument read while it was recorded."""

    async def main(clock: Clock) -> dict[str, float]:
        found: dict[str, float] = {}

        async with (
            on_bench(KINDS[transport].model, clock) as bench,
            wired(transport, address_of(bench.port), clock) as rig,
        ):

            async def act() -> None:
                found.update(await looked_at(rig.driver()))

            await rig.recorded(path, act)
        return found

    return in_virtual_time(main)


def replayed(
    path: Path, transport: Transport, act: Callable[[InstrumentDriver], Awaitable[object]]
) -> Difference | None:
    """How a client that does `act` fared with a recording."""

    async def main(clock: Clock) -> Difference | None:
        recording = read_recording(path)
        replay = Replay(recording, LineClock(asyncio.get_running_loop()), clock, paced=True)
        await replay.start()
        try:
            url = str(replay.endpoints()[0]["url"])
            outcome = asyncio.ensure_future(replay.outcome(PATIENCE_S))
            async with wired(transport, url, clock) as rig:
                await act(rig.driver())
                return await outcome
        finally:
            await replay.stop()

    return in_virtual_time(main)


@pytest.mark.parametrize("transport", KINDS)
def test_a_recording_answers_the_same_driver_to_its_end(
    tmp_path: Path, transport: Transport
) -> None:
    path = tmp_path / "frames.jsonl"
    values = recorded(path, transport)
    again: dict[str, float] = {}

    async def act(driver: InstrumentDriver) -> None:
        again.update(await looked_at(driver))

    assert replayed(path, transport, act) is None
    assert again == values


@pytest.mark.parametrize("transport", ["modbus_tcp", "modbus_rtu", "serial"])
def test_a_driver_that_asks_something_else_is_told_the_first_frame_that_differs(
    tmp_path: Path, transport: Transport
) -> None:
    path = tmp_path / "frames.jsonl"
    recorded(path, transport)
    second = [frame for frame in read_recording(path).frames if frame.asked][1]
    rows = path.read_text().splitlines()
    old = second.data.hex(" ")
    rows[second.number] = rows[second.number].replace(old, old[:-2] + "ee")
    path.write_text("\n".join(rows))

    async def act(driver: InstrumentDriver) -> None:
        with pytest.raises(DriverError):
            await looked_at(driver)

    found = replayed(path, transport, act)
    assert found is not None
    assert found.expected is not None
    assert (found.expected.number, found.expected.instrument) == (second.number, NAME)
    assert found.found[2:].startswith(second.data[2:])
    assert str(found).startswith(f"{NAME}: frame {second.number}: byte {len(second.data)} differs")


def test_a_client_that_stops_early_is_told_what_was_still_to_come(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"
    recorded(path, "serial")
    found = replayed(path, "serial", lambda driver: driver.identify())
    assert found is not None
    assert found.expected is not None
    assert found.expected.number > 1
    assert str(found).endswith("found    nothing")


def test_a_client_that_goes_on_after_the_end_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"
    recorded(path, "serial")

    async def act(driver: InstrumentDriver) -> None:
        await looked_at(driver)
        with pytest.raises(DriverError):
            await driver.readings()

    found = replayed(path, "serial", act)
    assert found is not None
    assert found.expected is None
    assert "after its last frame" in str(found)


FRAMES = (
    RecordedFrame(1, NAME, asked=False, t_s=0.0, end_s=0.0, data=b"hello"),
    RecordedFrame(2, NAME, asked=True, t_s=1.0, end_s=1.0, data=b"A?\r"),
    RecordedFrame(3, NAME, asked=False, t_s=1.1, end_s=1.25, data=b"1\r"),
    RecordedFrame(4, NAME, asked=True, t_s=2.0, end_s=2.0, data=b"SET\r"),
    RecordedFrame(5, NAME, asked=True, t_s=2.1, end_s=2.1, data=b"B?\r"),
    RecordedFrame(6, NAME, asked=False, t_s=2.2, end_s=2.2, data=b"2\r"),
)


def wire(frames: Sequence[RecordedFrame] = FRAMES, *, numbered: bool = False) -> ReplayedWire:
    return ReplayedWire(NAME, frames, lambda: None, numbered=numbered, paced=True)


@given(st.lists(st.integers(0, 10), max_size=6))
def test_requests_may_arrive_cut_anywhere_or_together(cuts: list[int]) -> None:
    replayed, sent = wire(), b"A?\rSET\rB?\r"
    edges = [0, *sorted(cuts), len(sent)]
    answers = [a for left, right in pairwise(edges) for a in replayed.receive(sent[left:right])]
    assert [answer.data for answer in answers] == [b"hello", b"1\r", b"2\r"]
    assert [answer.after_s for answer in answers] == pytest.approx([0.0, 0.25, 0.1])
    assert replayed.difference is None
    assert replayed.missing is None


@given(st.binary(min_size=1, max_size=20))
def test_whatever_else_is_sent_is_found_out_and_never_answered(data: bytes) -> None:
    replayed, sent = wire(), b"A?\rSET\rB?\r"
    replayed.receive(data)
    assert (replayed.difference is None) == sent.startswith(data)
    if replayed.difference is not None:
        assert replayed.receive(sent) == []


def test_a_modbus_client_numbers_its_requests_as_it_likes() -> None:
    ask, reply = bytes.fromhex("0001 0000 0002 0103"), bytes.fromhex("0001 0000 0003 0103aa")
    other = bytes.fromhex("0007 0000 0002 0203")  # a late answer to somebody else
    frames = (
        RecordedFrame(1, NAME, asked=True, t_s=0.0, end_s=0.0, data=ask),
        RecordedFrame(2, NAME, asked=False, t_s=0.0, end_s=0.0, data=other + reply),
    )
    replayed = wire(frames, numbered=True)
    (answer,) = replayed.receive(b"\x12\x34" + ask[2:])
    assert answer.data == other + b"\x12\x34" + reply[2:]
    assert replayed.missing is None


HEAD = """{"recording": "frames", "version": 1, "line": "l", "tool": "t", "simulated": true, \
"instruments": []}"""
STRANGER = """{"n": 1, "instrument": "x", "direction": "tx", "t_s": 0, "end_s": 0, "hex": "00"}"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found nothing"),
        ("frames", "line 1: not JSON"),
        ("[1]", "line 1: found"),
        ('{"recording": "frames", "version": 2}', "version 2"),
        ('{"recording": "frames", "version": 1}', "line 1: missing or misplaced key"),
        (f"{HEAD}\n{{}}", "line 2: missing or misplaced key"),
        (f"{HEAD}\n{STRANGER}", "line 2: found 'tx' of 'x'"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_by_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "frames.jsonl"
    path.write_text(text)
    with pytest.raises(RecordingError, match=said) as refused:
        read_recording(path)
    assert str(refused.value).startswith(str(path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nowhere\.jsonl: No such file"):
        read_recording(tmp_path / "nowhere.jsonl")
