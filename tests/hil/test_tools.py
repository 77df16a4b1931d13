"""What holds for every tool of the line under test, all its instruments together."""

from functools import partial

import pytest

from drivers.core.recording import UNIT_AT
from drivers.core.tool import Job
from linecontrol.commands.probing import Connected, probed
from tests.hil.acts import TO_REST
from tests.hil.site import Site, wanted

TOOLS = [tool.id for tool in wanted().line.tools]
JOB = Job(id="HIL", wafer="none", recipe="none", report=lambda _: None)

READING = {1, 2, 3, 4, 17}  # the functions of Modbus that change nothing


def heard_functions(tool: Connected) -> set[int]:
    """The functions of every Modbus request from now on."""
    functions: set[int] = set()
    for (transport, _), (link, _) in tool.pool.links().items():
        place = UNIT_AT.get(transport)
        if place is not None:
            link.trace.follow(partial(_note, functions, place + 1))
    return functions


def _note(functions: set[int], place: int, _at_s: float, direction: str, data: bytes) -> None:
    if direction == "tx":
        functions.add(data[place])


@pytest.mark.parametrize("tool", TOOLS)
def test_a_probe_finds_every_instrument_and_reads_all_of_it(site: Site, tool: str) -> None:
    async def act(found: Connected) -> None:
        functions = heard_functions(found)
        seen = await probed(found)
        roles = {point.role for point in found.endpoints}
        assert set(seen["identities"]) == roles
        assert {name.split(".")[0] for name in seen["points"]} == roles
        assert seen["interlocks"]
        await found.driver.pulse()
        assert functions <= READING

    site.at_tool(tool, act)


@pytest.mark.parametrize("tool", TOOLS)
def test_its_controller_knows_its_state_and_nothing_of_a_job_that_never_was(
    site: Site, tool: str
) -> None:
    async def act(found: Connected) -> None:
        condition = await found.driver.condition()
        assert condition.state
        assert condition.interlocks == await found.driver.interlocks()
        evidence = await found.driver.evidence("NEVER")
        assert evidence.delivered == {}
        assert evidence.words

    site.at_tool(tool, act)


@pytest.mark.armed
@pytest.mark.parametrize("tool", TOOLS)
def test_it_is_taken_under_control_and_brought_to_rest(site: Site, tool: str) -> None:
    site.say(f"{tool}: {TO_REST}")

    async def act(found: Connected) -> None:
        async with found.driver.controlling(JOB):
            held = await found.driver.condition()
        assert held.state in {"idle", "execute"}
        assert list(await found.driver.make_safe()) == []
        assert (await found.driver.condition()).state not in {"execute", "starting"}

    site.at_tool(tool, act)
