"""The import contracts hold, and each of them would notice if it were broken."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.trees import PACKAGES, ROOT, TOOLS, project

LINTER = Path(sys.executable).with_name("lint-imports")

# contract -> file that gets one line more, and that line
BREAKS = {
    "drivers_alone": ("drivers/core/points.py", "import linecontrol.model.flow"),
    "emulators_alone": ("sim_hardware/core/wire.py", "import drivers.core.framing"),
    "line_never_emulated": ("linecontrol/timing.py", "import sim_hardware.core.timebase"),
    "line_layers": ("linecontrol/journal/facts.py", "import linecontrol.engine.engine"),
    "driver_layers": ("drivers/core/points.py", "import drivers.instruments.catalog"),
    "physics_pure": ("sim_hardware/physics/wafer.py", "import sim_hardware.core.clock"),
    "tool_drivers_apart": ("drivers/sputter.py", "import drivers.aligner"),
    "instrument_drivers_apart": (
        "drivers/instruments/ae_cesar.py",
        "import drivers.instruments.aja_dcxs",
    ),
    "plants_apart": ("sim_hardware/stripper.py", "import sim_hardware.developer"),
    "emulators_apart": (
        "sim_hardware/instruments/julabo_cf31.py",
        "import sim_hardware.instruments.lumel_re72",
    ),
    "fence_pymodbus": ("drivers/instruments/omron_e5cc.py", "import pymodbus"),
    "fence_serial": ("drivers/instruments/aja_dcxs.py", "import serial"),
    "fence_pyvisa": ("drivers/instruments/thorlabs_pm100.py", "import pyvisa"),
    "fence_transitions": ("linecontrol/machines/packml.py", "import transitions"),
    "fence_database": ("linecontrol/stations/station.py", "import sqlalchemy"),
    "fence_fastapi": ("linecontrol/engine/engine.py", "import fastapi"),
    "fence_uvicorn": ("linecontrol/web/api.py", "import uvicorn"),
    "fence_httpx": ("linecontrol/report/story.py", "import httpx"),
    "fence_terminal": ("linecontrol/app.py", "import rich"),
    "fence_numpy": ("linecontrol/model/metrics.py", "import numpy"),
}


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINTER), "pyproject.toml", "--no-logo", "--no-cache", *options],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@pytest.fixture
def spoilt(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with one line more in one file, for the length of one test."""
    name, line = request.param
    file = copy / name
    before = file.read_text()
    file.write_text(f"{before}\n{line}\n")
    yield copy
    file.write_text(before)


def test_every_contract_is_kept() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_contract_is_shown_to_break() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == set(BREAKS)


@pytest.mark.parametrize(
    ("contract", "spoilt"), BREAKS.items(), ids=list(BREAKS), indirect=["spoilt"]
)
def test_one_forbidden_import_breaks_its_contract(contract: str, spoilt: Path) -> None:
    found = lint(spoilt, "--contract", contract)
    assert found.returncode == 1
    assert "0 kept, 1 broken" in found.stdout


def test_a_part_without_a_place_in_the_layers_is_noticed(copy: Path) -> None:
    newcomer = copy / "linecontrol" / "newcomer.py"
    newcomer.write_text('"""Nobody has said where this belongs."""\n')
    try:
        found = lint(copy, "--contract", "line_layers")
    finally:
        newcomer.unlink()
    assert found.returncode == 1
    assert "newcomer" in found.stdout


@pytest.mark.parametrize("side", ["drivers", "sim_hardware"])
def test_no_tool_is_left_out_of_the_contracts(side: str) -> None:
    contracts = {c["id"]: c for c in project()["tool"]["importlinter"]["contracts"]}
    name = "tool_drivers_apart" if side == "drivers" else "plants_apart"
    assert set(contracts[name]["modules"]) == {f"{side}.{tool}" for tool in TOOLS}
