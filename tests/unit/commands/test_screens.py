"""What the commands print of a line at work: the words that somebody needs at night."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linecontrol.cli import app
from sim_hardware.core.timebase import TimeBase
from tests.rigs.prepared import site_of
from tests.rigs.virtual_line import VirtualLine, in_virtual_time, virtual_line

WAFER = "L0001-01"
Screen = Callable[..., Awaitable[str]]
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def with_screen(tmp_path: Path, look: Callable[[VirtualLine, Screen], Awaitable[None]]) -> None:
    """A line with a lot of two wafers at the sputter, and somebody at a terminal beside it."""
    recipes, flow = site_of(tmp_path / "site", "deposit_ubm")

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            url = str(line.http.base_url)

            async def screen(*words: str | Path, status: int = 0, wire: bool = False) -> str:
                asked = [*map(str, words), "--daemon", url]
                # Another process, which our time does not know; it stands still meanwhile, but
                # not where the daemon has to ask an instrument.
                with ThreadPoolExecutor(1) as pool:
                    if wire:
                        running = pool.submit(CliRunner().invoke, app, asked)
                        result = await asyncio.wrap_future(running)
                    else:
                        loop = asyncio.get_running_loop()
                        result = await loop.run_in_executor(pool, CliRunner().invoke, app, asked)
                assert result.exit_code == status, result.output
                assert result.exception is None or isinstance(result.exception, SystemExit)
                return result.stdout if status == 0 else result.stderr

            await line.lot(flow, 2)
            state = line.engine.journal.state
            await line.until(
                lambda: any(v.intent.phase == "preclean" for v in state.open_intents())
            )
            await look(line, screen)

    in_virtual_time(main)


async def broken(line: VirtualLine) -> None:
    line.plants.unplug("sputter", "dc_supply")
    await line.until(lambda: line.engine.journal.state.wafers[WAFER].held is not None)


@pytest.mark.timeout(120)
def test_every_screen_says_that_the_line_is_simulated_and_what_time_it_is(tmp_path: Path) -> None:
    async def look(_line: VirtualLine, screen: Screen) -> None:
        for words in (
            ("lot", "list"), ("lot", "show", "L0001"), ("tool", "list"), ("alarm", "list"),
            ("why", WAFER),
        ):  # fmt: skip
            first = (await screen(*words)).splitlines()[0]
            assert first.startswith("SIMULATED line pilot_sim, ")
            assert MOMENT.search(first)
            assert first.endswith("UTC")
        assert "no alarm stands" in await screen("alarm", "list")
        assert "preclean" in await screen("tool", "list")
        assert not (await screen("lot", "list", "--json")).startswith("SIMULATED")

    with_screen(tmp_path, look)


@pytest.mark.timeout(120)
def test_a_held_wafer_is_shown_with_the_reason_the_evidence_and_what_to_do(tmp_path: Path) -> None:
    async def look(line: VirtualLine, screen: Screen) -> None:
        await broken(line)
        shown = await screen("lot", "show", "L0001")
        assert f"{WAFER} held on sputter: sputter.dc_supply: no reply" in shown
        assert "what the hardware says: " in shown
        assert "lot resume L0001, or tool abort sputter" in shown
        alarms = await screen("alarm", "list")
        assert "sputter.dc_supply.DRV-301" in alarms
        assert "Check power and cable of the instrument; then resume or abort the job." in alarms
        assert MOMENT.search(alarms.splitlines()[-2])
        assert "…" not in alarms
        story = await screen("why", WAFER)
        assert re.search(r"no reply in \S+ s\. Check power and cable", story)
        assert re.search(r"did pump_lock: lock .* mbar, turbo", story)
        assert "ss" not in re.findall(r"no reply in \S+ s\w?", story)
        assert "acknowledged" in await screen("alarm", "ack", "sputter.dc_supply.DRV-301")
        refused = await screen("lot", "resume", "L0001", status=2, wire=True)
        assert refused.startswith("sputter was not resumed, lot L0001 is as it was: ")
        assert len(refused.splitlines()) == 1
        line.plants.plug("sputter", "dc_supply")
        await line.seconds(30.0)
        assert "sputter" in await screen("tool", "abort", "sputter", wire=True)

    with_screen(tmp_path, look)


@pytest.mark.timeout(120)
def test_a_tool_out_of_reach_is_never_said_to_be_well(tmp_path: Path) -> None:
    async def look(line: VirtualLine, screen: Screen) -> None:
        line.plants.unplug("reflow_oven", "plc")
        await line.seconds(5.0)
        shown = await screen("tool", "show", "reflow_oven", wire=True)
        assert "not reachable: reflow_oven.plc" in shown
        assert "interlocks: NOT KNOWN" in shown
        line.plants.plug("reflow_oven", "plc")
        await line.seconds(60.0)

    with_screen(tmp_path, look)


@pytest.mark.timeout(120)
def test_a_lot_that_was_given_up_does_not_look_like_one_that_is_through(tmp_path: Path) -> None:
    async def look(line: VirtualLine, screen: Screen) -> None:
        await screen("lot", "abort", "L0001", wire=True)
        await line.seconds(600.0)
        assert "completed, not all steps done" in await screen("lot", "list")

    with_screen(tmp_path, look)


@pytest.mark.timeout(120)
def test_what_is_asked_wrongly_is_answered_on_one_line(tmp_path: Path) -> None:
    async def look(line: VirtualLine, screen: Screen) -> None:
        before = len(line.engine.journal.records())
        report = tmp_path / "L0001.html"
        cases: list[tuple[tuple[str | Path, ...], str]] = [
            (("lot", "show", "L0009"), "lot: found 'L0009'; allowed: L0001"),
            (("lot", "hold", " "), "lot: found ' '"),
            (("lot", "abort", "../tools"), "found nothing there"),
            (("why", "nobody"), f"wafer: found 'nobody'; allowed: {WAFER}"),
            (("why", "L0001-01/story?x=1#y"), "found nothing there"),
            (("tool", "show", "ofen"), "tool: found 'ofen'; allowed: sputter"),
            (("tool", "abort", "ofen"), "tool: found 'ofen'"),
            (("alarm", "ack", "x"), "alarm: found 'x'"),
            (("lot", "start", "--flow", "x", "--wafers", "1"), "flow: found 'x'; allowed: part"),
            (("report", "L0009", "--out", report), "lot: found 'L0009'"),
            (("report", "L0001", "--out", tmp_path), f"--out: found '{tmp_path}'"),
            (("report", "L0001", "--out", tmp_path / "no" / "x.html"), "No such file"),
            (("lot", "resume", "L0001"), "lot L0001 is executing: there is nothing to resume"),
        ]
        for words, expected in cases:
            said = await screen(*words, status=2)
            assert expected in said, words
            assert len(said.splitlines()) == 1
        assert not report.exists()
        assert len(line.engine.journal.records()) == before

    with_screen(tmp_path, look)
