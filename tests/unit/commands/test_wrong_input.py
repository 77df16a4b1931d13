"""Wrong input of every kind: one clear line per fault, status 2, and nothing half-created."""

import json
import shutil
import socket
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linecontrol.cli import app
from linecontrol.model.library import shipped

PILOT = shipped() / "lines" / "pilot_sim.toml"
REAL = shipped() / "lines" / "example_real.toml"
RECIPE = shipped() / "steps" / "plating_cell" / "cu_5um.toml"
FLOW = shipped() / "flows" / "reentrant_fill_200um.toml"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def said(result: Result) -> Sequence[str]:
    return result.stderr.splitlines()


def spoilt(tmp_path: Path, source: Path, old: str, new: str) -> Path:
    text = source.read_text()
    assert old in text
    copy = tmp_path / source.name
    copy.write_text(text.replace(old, new, 1))
    return copy


def test_a_recipe_with_an_unknown_key_is_refused_by_file_and_key(tmp_path: Path) -> None:
    path = spoilt(tmp_path, RECIPE, "bath_c", "bath_f")
    result = run("recipe", "check", path)
    assert result.exit_code == 2
    assert any(str(path) in line and "bath_f" in line for line in said(result))
    assert any("bath_c" in line for line in said(result))  # what is missing instead


def test_a_recipe_with_text_for_a_number_is_refused(tmp_path: Path) -> None:
    path = spoilt(tmp_path, RECIPE, "bath_c = 25.0", 'bath_c = "25 C"')
    result = run("recipe", "check", path)
    assert result.exit_code == 2
    assert "bath_c" in said(result)[0]
    assert "'25 C'" in said(result)[0]


def test_a_flow_with_a_missing_recipe_is_refused(tmp_path: Path) -> None:
    shutil.copytree(shipped() / "steps", tmp_path / "steps")
    (tmp_path / "flows").mkdir()
    path = spoilt(tmp_path / "flows", FLOW, "ubm_tiw200_cu300@1", "ubm_tiw200_cu301@1")
    result = run("flow", "check", path)
    assert result.exit_code == 2
    assert "ubm_tiw200_cu301" in result.stderr


@pytest.mark.parametrize("file", sorted((shipped() / "flows").glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_flow_is_in_order(file: Path) -> None:
    result = run("flow", "check", file)
    assert (result.exit_code, result.stderr) == (0, "")


def daemon(tmp_path: Path, line: Path, *more: str | Path) -> Result:
    return run("daemon", "--line", line, "--data", tmp_path / "data", "--port", "18420", *more)


def test_two_instruments_on_one_address_are_named(tmp_path: Path) -> None:
    text = REAL.read_text()
    urls = [line.split('"')[1] for line in text.splitlines() if line.startswith("url")]
    path = spoilt(tmp_path, REAL, urls[1], urls[0])
    result = daemon(tmp_path, path)
    assert result.exit_code == 2
    assert urls[0] in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_line_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = daemon(tmp_path, tmp_path / "nowhere.toml")
    assert result.exit_code == 2
    assert "nowhere.toml" in said(result)[0]


def test_a_simulated_line_without_addresses_asks_for_them(tmp_path: Path) -> None:
    result = daemon(tmp_path, PILOT)
    assert result.exit_code == 2
    assert "--endpoints" in said(result)[0]
    assert not (tmp_path / "data").exists()


def test_a_real_line_never_runs_in_simulated_time(tmp_path: Path) -> None:
    result = daemon(tmp_path, REAL, "--speed", "5")
    assert result.exit_code == 2
    assert "simulated" in said(result)[0]


def dead_endpoints(tmp_path: Path) -> Path:
    """Addresses of every instrument of the pilot line, where nobody answers."""
    rows = [
        {
            "tool": tool["id"],
            "role": item["role"],
            "model": item["model"],
            "transport": item["transport"],
            "url": f"127.0.0.{port}:{1 + number}"
            if item["transport"] == "modbus_tcp"
            else str(tmp_path / f"{tool['id']}.{item.get('bus', item['role'])}"),
            "unit": item.get("unit", 1),
        }
        for port, tool in enumerate(tomllib.loads(PILOT.read_text())["tool"], start=1)
        for number, item in enumerate(tool["instrument"])
    ]
    path = tmp_path / "endpoints.json"
    path.write_text(json.dumps(rows))
    return path


def test_absent_hardware_is_listed_instrument_by_instrument(tmp_path: Path) -> None:
    result = daemon(tmp_path, PILOT, "--endpoints", dead_endpoints(tmp_path))
    assert result.exit_code == 2
    assert "sputter.plc" in result.stderr
    assert "reflow_oven.zones" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_in_use_is_found_out_before_anything_is_created(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run(
            "daemon", "--line", PILOT, "--data", tmp_path / "data", "--port", port,
            "--endpoints", dead_endpoints(tmp_path),
        )  # fmt: skip
    assert result.exit_code == 2
    assert port in said(result)[0]
    assert not (tmp_path / "data").exists()


def test_a_command_without_a_daemon_says_so() -> None:
    result = run("lot", "list", "--daemon", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "is the daemon running?" in said(result)[0]


def test_a_demonstration_of_an_unknown_flow_lists_the_known_ones(tmp_path: Path) -> None:
    result = run("demo", "--flow", "reentrant", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "reentrant_fill_200um" in said(result)[0]
    assert not (tmp_path / "out").exists()


def test_a_journal_that_is_not_there_is_not_created(tmp_path: Path) -> None:
    result = run("journal", "verify", "--data", tmp_path)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
