"""Starts the emulated line unless LINE names another, and says what an armed test will do."""

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from linecontrol.timing import real
from sim_hardware.core.timebase import scaled
from tests.hil.acts import ACTS, RESET, TO_REST
from tests.hil.emulated import SPEED, EmulatedSite, emulated_site
from tests.hil.site import Site, places, wanted
from tests.hil.table import table

HERE = Path(__file__).parent
NOT_TWICE = "LINE names wires of its own, which one process alone can hold: run it without -n"
NOT_ARMED = "moves, heats, energises or sets something: only with ARM=1"


def pytest_configure(config: pytest.Config) -> None:
    """One process only at a line that is there: two would ask its instruments at a time."""
    if not wanted().emulated and config.getoption("numprocesses", None):
        raise pytest.UsageError(NOT_TWICE)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is in this folder; without ARM nothing that acts is run."""
    shared = not wanted().emulated and hasattr(config, "workerinput")
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        item.add_marker(pytest.mark.hil)
        item.add_marker(pytest.mark.timeout(120))
        if shared:
            item.add_marker(pytest.mark.skip(reason=NOT_TWICE))
        if "armed" in item.keywords and not wanted().armed:
            item.add_marker(pytest.mark.skip(reason=NOT_ARMED))


@pytest.fixture(scope="session")
def emulation(tmp_path_factory: pytest.TempPathFactory) -> Generator[EmulatedSite | None]:
    """The line of this session, if it is an emulated one."""
    if not wanted().emulated:
        yield None
        return
    with emulated_site(wanted().file, tmp_path_factory.mktemp("hil")) as found:
        yield found


@pytest.fixture
def site(emulation: EmulatedSite | None, capsys: pytest.CaptureFixture[str]) -> Generator[Site]:
    """The line under test; an emulated one also says whether anything was put in danger."""

    def say(words: str) -> None:
        if emulation is None:
            with capsys.disabled():
                sys.stdout.write(f"\n{words} ")
                sys.stdout.flush()

    if emulation is None:
        yield Site(wanted().file, wanted().endpoints, real(), say)
        return
    yield Site(wanted().file, emulation.endpoints, scaled(str(SPEED)), say)
    assert emulation.hazards() == []


def pytest_report_header() -> list[str]:
    """Which line is under test, and what will be done to it before anything is done."""
    asked = wanted()
    simulated = "SIMULATED" if asked.line.simulated else "REAL"
    armed = "ARMED" if asked.armed else "read-only; ARM=1 lets it act"
    words = [f"hil: {simulated} line {asked.line.name} ({asked.file}), {armed}"]
    if asked.armed and not asked.emulated:
        words += [f"  {place.name}: {ACTS[place.model].says}" for place in places()]
        words += [f"  all that have settings: {RESET}", f"  all tools: {TO_REST}"]
    return words


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was found, where these tests were asked for by name."""
    if not any("hil" in argument for argument in terminalreporter.config.args):
        return
    reports = [
        report
        for outcome in ("passed", "failed", "skipped", "error")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport)
    ]
    if not reports:
        return
    terminalreporter.section("hil")
    for line in table(reports):
        terminalreporter.write_line(line)
