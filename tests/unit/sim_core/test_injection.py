"""Faults of the catalogue on an emulated line: now, later, for a while, and seen meanwhile."""

import asyncio
from typing import cast

import pytest

from linecontrol.model.library import shipped
from sim_hardware.core.backdoor import BackDoor
from sim_hardware.core.clock import LineClock
from sim_hardware.core.fault_catalogue import shipped_faults
from sim_hardware.core.injection import FaultOrder, read_order
from sim_hardware.core.layout import read_layout
from sim_hardware.core.timebase import TimeBase
from sim_hardware.line import EmulatedLine
from tests.rigs.virtual_line import in_virtual_time, plants_alone

PILOT = shipped() / "lines" / "pilot_sim.toml"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("late_reply@sputter.turbo", FaultOrder("late_reply", "sputter", "turbo")),
        ("power_dip@sputter+120", FaultOrder("power_dip", "sputter", at_s=120.0)),
        ("echo@a.b+1.5:30", FaultOrder("echo", "a", "b", 1.5, 30.0)),
        ("echo@a:30", FaultOrder("echo", "a", for_s=30.0)),
    ],
)
def test_an_order_is_read_from_one_word(text: str, order: FaultOrder) -> None:
    assert read_order(text) == order


@pytest.mark.parametrize("text", ["", "echo", "echo@", "echo@a+", "echo@a.b.c", "echo@a+soon"])
def test_an_order_that_makes_no_sense_says_what_would(text: str) -> None:
    with pytest.raises(ValueError, match="NAME@TOOL"):
        read_order(text)


def faults_of(line: EmulatedLine, tool: str) -> list[dict[str, object]]:
    state = cast("dict[str, object]", line.state()[tool])
    return cast("list[dict[str, object]]", state["faults"])


def wires_of(line: EmulatedLine, tool: str) -> object:
    return cast("dict[str, object]", line.state()[tool])["wires"]


def test_a_fault_waits_for_its_time_lasts_and_is_gone() -> None:
    async def main(time: TimeBase) -> None:
        async with plants_alone(time) as line:
            line.inject(FaultOrder("late_reply", "sputter", "turbo", at_s=10.0, for_s=5.0))
            (waiting,) = faults_of(line, "sputter")
            assert (waiting["active"], waiting["from_s"], waiting["until_s"]) == (False, 10.0, 15.0)
            assert wires_of(line, "sputter") == {}
            await asyncio.sleep(12.0)
            assert [each["active"] for each in line.faults()] == [True]
            assert wires_of(line, "sputter") == {"turbo": {"delay_s": 3.0}}
            assert faults_of(line, "laminator") == []
            await asyncio.sleep(5.0)
            assert line.faults() == []
            assert wires_of(line, "sputter") == {}

    in_virtual_time(main)


def test_a_fault_is_mended_or_forgotten_before_its_time() -> None:
    async def main(time: TimeBase) -> None:
        async with plants_alone(time) as line:
            line.inject(FaultOrder("silence", "laminator", "plc"))
            line.inject(FaultOrder("silence", "sputter", "plc", at_s=5.0))
            line.heal(FaultOrder("silence", "laminator"))
            line.heal(FaultOrder("silence", "sputter"))
            await asyncio.sleep(10.0)
            assert line.faults() == []
            assert wires_of(line, "laminator") == wires_of(line, "sputter") == {}
            with pytest.raises(KeyError, match="silence is not at work at sputter"):
                line.heal(FaultOrder("silence", "sputter"))

    in_virtual_time(main)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (FaultOrder("warp", "sputter"), "no fault is called warp"),
        (FaultOrder("silence", "oven"), "there is no tool oven"),
        (FaultOrder("silence", "sputter", "pump"), "silence can be at sputter in plc, dc_supply"),
        (FaultOrder("silence", "sputter"), "found no role"),
        (FaultOrder("lamp_aged", "sputter"), "no role; found no role"),
    ],
)
def test_a_fault_that_cannot_be_there_is_refused_with_what_could(
    order: FaultOrder, said: str
) -> None:
    async def main(time: TimeBase) -> None:
        async with plants_alone(time) as line:
            with pytest.raises(KeyError) as caught:
                line.inject(order)
            assert said in str(caught.value)
            assert line.faults() == []

    in_virtual_time(main)


def test_without_a_role_the_only_place_is_meant() -> None:
    async def main(time: TimeBase) -> None:
        async with plants_alone(time) as line:
            line.inject(FaultOrder("lamp_aged", "aligner"))
            assert [each["role"] for each in line.faults()] == ["lamp"]

    in_virtual_time(main)


def test_everything_in_the_catalogue_can_be_set_and_mended_where_it_applies() -> None:
    async def main(time: TimeBase) -> int:
        clock = LineClock(asyncio.get_running_loop())
        line = EmulatedLine(read_layout(PILOT), clock, time.ledger)
        await line.start()
        tried = 0
        for tool in line.layout.tools:
            roles = [spec.role for spec in tool.instruments] + ["plant", "mains"]
            for name in shipped_faults():
                for role in roles:
                    order = FaultOrder(name, tool.id, role)
                    try:
                        line.inject(order)
                    except KeyError as error:
                        assert f"{name} can be at {tool.id} in" in str(error)  # noqa: PT017 - not every one raises
                        continue
                    tried += 1
                    line.heal(order)
        assert line.faults() == []
        await line.stop()
        return tried

    assert in_virtual_time(main) > 500


def test_an_instrument_that_was_switched_off_comes_back_without_its_memory() -> None:
    async def main(time: TimeBase) -> None:
        async with plants_alone(time) as line:
            line.inject(FaultOrder("reboot", "sputter", "plc"))
            (plc,) = [e for e in line.endpoints() if (e["tool"], e["role"]) == ("sputter", "plc")]
            host, _, port = str(plc["url"]).rpartition(":")
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(host, int(port))
            await asyncio.sleep(3.0)
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()

    in_virtual_time(main)


def test_the_back_door_sets_shows_and_mends() -> None:
    async def main(time: TimeBase) -> None:
        async with plants_alone(time) as line:
            door = BackDoor(line)
            asked = {"fault": "silence", "tool": "sputter", "role": "turbo"}
            door.answer({"do": "inject", **asked, "at_s": 2, "for_s": 9})
            (shown,) = cast("list[dict[str, object]]", door.answer({"do": "faults"}))
            assert (shown["fault"], shown["role"], shown["until_s"]) == ("silence", "turbo", 11.0)
            door.answer({"do": "heal", **asked})
            assert door.answer({"do": "faults"}) == []
            with pytest.raises(ValueError, match="at_s is not a number of seconds"):
                door.answer({"do": "inject", **asked, "at_s": "soon"})

    in_virtual_time(main)
