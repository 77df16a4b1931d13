"""An emulator that is given a wrong line, option or address says so and leaves nothing behind."""

import re
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from sim_hardware.__main__ import main

PILOT = Path(__file__).parents[3] / "recipes" / "lines" / "pilot_sim.toml"
SETTING = re.compile(r"([a-z_]+) = ")
WRONG = (
    "nan", "-1", "1e300", '""', "true", "[]", "[1]", "{}", "{ x = 1 }", "1979-05-27",
    '"\\n"', '"\\u001b[31m"',
)  # fmt: skip
# What the emulator does not read, and what may be any word.
FREE = {"schema_version", "slots"}
WORDS = {"name", "id", "bus"}


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything goes that an emulator makes: only the line file may be left of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def line_file(folder: Path, *changes: tuple[str, str]) -> Path:
    text = PILOT.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "pilot_sim.toml"
    path.write_text(text)
    return path


def said(
    capsys: pytest.CaptureFixture[str], path: Path, *options: str, left: Sequence[str] = ()
) -> list[str]:
    """The faults of an emulator that did not start."""
    before = {file.name for file in path.parent.iterdir()} | set(left)
    try:
        status: object = main(["--line", str(path), *options])
    except SystemExit as end:  # the parser's own way
        status = end.code
    assert status == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert lines
    assert all(line.isprintable() for line in lines)
    assert {file.name for file in path.parent.iterdir()} == before
    return lines


def test_every_key_with_a_value_of_the_wrong_kind_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = PILOT.read_text().splitlines()
    seen: set[str] = set()
    path = tmp_path / "pilot_sim.toml"
    for number, line in enumerate(lines):
        match = SETTING.match(line)
        if match is None or match[1] in seen | FREE:
            continue
        seen.add(key := match[1])
        for wrong in WRONG:
            if (key in WORDS and wrong[1:2] == "\\") or (key, wrong) in {
                ("simulated", "true"), ("options", "{}"), ("capabilities", "{}"),
                ("options", "{ x = 1 }"),
            }:  # fmt: skip
                continue
            path.write_text("\n".join([*lines[:number], f"{key} = {wrong}", *lines[number + 1 :]]))
            faults = said(capsys, path)
            assert any(f"{key}: found" in f or f"{key}.x: found" in f for f in faults), (key, wrong)
            assert all(fault.startswith(f"{path}: ") for fault in faults)
            assert all("allowed: " in fault for fault in faults)
    assert seen >= {"id", "kind", "role", "model", "transport", "url", "unit", "bus", "options"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("simulated = true", "simulated = false")], "simulated: found false; allowed: true"),
        ([('kind = "sputter"', 'kind = "oven"')], "tool.sputter.kind: found 'oven'"),
        ([('id = "laminator"', 'id = "sputter"')], "tool.id: found 'sputter' again"),
        ([('role = "monitor"', 'role = "plc"')], "tool.sputter.role: found 'plc' again"),
        ([('role = "monitor"', 'role = "clock"')], "tool.sputter.role: found 'clock'"),
        ([('model = "aja_dcxs"', 'model = "dcxs"')], "tool.sputter.dc_supply.model: found 'dcxs'"),
        ([('"serial"', '"visa"'), ('"serial"', '"modbus_rtu"')], "monitor.transport: found"),
        ([('bath = "cu"', 'bath = "gold"')], "found bath = 'gold'; allowed: cu, ni, snag"),
        ([("units_in_parallel = 14", "units_in_parallel = nan")], "found units_in_parallel = nan"),
        ([("unit = 2\n", "unit = 1\n")], "tool.laminator.lower_roll.unit: found 1"),
        (
            [
                ('\nurl = "auto"', '\nurl = "127.0.0.1:7"'),
                ('\nurl = "auto"', '\nurl = "127.0.0.1:7"'),
            ],
            "tool.sputter.dc_supply.url: found '127.0.0.1:7'",
        ),
        ([('\nurl = "auto"', '\nurl = "127.0.0.1:65536"')], "allowed: HOST:PORT with a port up to"),
        ([('\nurl = "auto"', '\nurl = "here"')], "tool.sputter.plc.url: found 'here'"),
        (
            [('\nurl = "auto"', '\nurl = "no.invalid:5"')],
            "tool.sputter.plc.url: found 'no.invalid:5'",
        ),
    ],
)
def test_what_cannot_be_emulated_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: Sequence[tuple[str, str]],
    words: str,
) -> None:
    faults = said(capsys, line_file(tmp_path, *changes))
    assert any(words in fault for fault in faults), faults


def serial_at(folder: Path, url: str) -> Path:
    """The line with the supply of the sputter at a name of its own."""
    old = 'model = "aja_dcxs"\ntransport = "serial"\nurl = "auto"'
    return line_file(folder, (old, old.replace('"auto"', f'"{url}"')))


def test_a_file_in_the_place_of_a_serial_port_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "thesis.tex"
    precious.write_text("chapter one")
    (fault,) = said(capsys, serial_at(tmp_path, str(precious)))
    assert f"tool.sputter.dc_supply.url: found '{precious}': File exists" in fault
    assert precious.read_text() == "chapter one"


def test_a_directory_that_is_not_there_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fault,) = said(capsys, serial_at(tmp_path, f"{tmp_path}/no/such/port"))
    assert "No such file or directory" in fault


def test_a_port_that_somebody_has_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path = line_file(tmp_path, ('\nurl = "auto"', f'\nurl = "127.0.0.1:{port}"'))
        (fault,) = said(capsys, path)
        assert f"tool.sputter.plc.url: found '127.0.0.1:{port}': Address already in use" in fault
        (fault,) = said(capsys, line_file(tmp_path), "--backdoor", str(port))
        assert fault == f"--backdoor: found {port}: Address already in use; allowed: a free port"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense; see --help"),
        (["--speed", "x"], "--speed: found 'x'; allowed: 0.1 to 20"),
        (["--speed", "nan"], "--speed: found 'nan'"),
        (["--speed", "0"], "--speed: found '0'"),
        (["--speed", "21"], "--speed: found '21'"),
        (["--speed", "2", "--lockstep", "p"], "not allowed with argument"),
        (["--seed", "x"], "argument --seed: invalid int value: 'x'"),
        (["--backdoor", "65536"], "--backdoor: found 65536; allowed: 0 to 65535"),
        (["--backdoor", "-1"], "--backdoor: found -1"),
        (["--endpoints", "."], "--endpoints: found '.'; allowed: a file"),
        (["--endpoints", "no/where.json"], "--endpoints: found 'no/where.json'"),
        (["--lockstep", "."], "--lockstep: found '.': Is a directory"),
        (["--lockstep", "no/page"], "--lockstep: found 'no/page': No such file"),
        (["--lockstep", "pilot_sim.toml"], "is not a page of simulated time"),
        (["--lockstep", "page", "--backdoor", "-1"], "--backdoor: found -1"),
        (["--operator", "here"], "--operator: found 'here'; allowed: http://HOST:PORT"),
        (["--start-lot", "flow:3"], "--start-lot: found no --operator"),
        (["--operator", "http://h:1", "--start-lot", "flow"], "--start-lot: found 'flow'"),
        (["--operator", "http://h:1", "--start-lot", "flow:26"], "with 1 to 25 wafers"),
    ],
)
def test_a_wrong_option_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: Sequence[str], words: str
) -> None:
    (fault,) = said(capsys, line_file(tmp_path), *options)
    assert words in fault


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"a = \n", b"a = " + b"[" * 100_000])
def test_a_file_that_is_no_line_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    path = tmp_path / "pilot_sim.toml"
    path.write_bytes(data)
    (fault,) = said(capsys, path)
    assert fault.startswith(f"{path}: ")


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fault,) = said(capsys, tmp_path / "none.toml")
    assert "No such file or directory" in fault
