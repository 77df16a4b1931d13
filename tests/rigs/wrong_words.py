"""Commands given wrong words, in the process of the test: what they say and how they end."""

import json
import tomllib
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from linecontrol.cli import app
from linecontrol.model.library import shipped
from tests.rigs.virtual_line import free_port

PILOT = shipped() / "lines" / "pilot_sim.toml"
Row = dict[str, Any]


def run(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def one_line(result: Result, status: int = 2) -> str:
    assert result.exit_code == status, result.output
    (line,) = result.stderr.splitlines()
    assert line.isprintable()
    return line


def rows() -> list[Row]:
    """The pilot line, every instrument at an address of its own where nobody is."""
    return [
        {
            "tool": tool["id"],
            "role": item["role"],
            "model": item["model"],
            "transport": item["transport"],
            "url": f"127.0.{number}.{place + 1}:9"
            if item["transport"] == "modbus_tcp"
            else f"/nowhere/{tool['id']}.{item.get('bus', item['role'])}",
            "unit": item.get("unit", 1),
        }
        for number, tool in enumerate(tomllib.loads(PILOT.read_text())["tool"], start=1)
        for place, item in enumerate(tool["instrument"])
    ]


def start(tmp_path: Path, endpoints: object, *more: str | Path, data: str = "data") -> Result:
    path = tmp_path / "endpoints.json"
    path.write_text(endpoints if isinstance(endpoints, str) else json.dumps(endpoints))
    return run(
        "daemon", "--line", PILOT, "--data", tmp_path / data, "--endpoints", path,
        "--port", str(free_port()), *more,
    )  # fmt: skip
