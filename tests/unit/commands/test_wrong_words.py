"""Wrong options and addresses: one line, status 2, nothing created."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from linecontrol.model.library import shipped
from tests.rigs.virtual_line import free_port
from tests.rigs.wrong_words import PILOT, Row, one_line, rows, run, start

REAL = shipped() / "lines" / "example_real.toml"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "No such command 'nonsense'; see --help"),
        (("lot", "nonsense"), "No such command 'nonsense'; see --help"),
        (("--nonsense",), "No such option: --nonsense; see --help"),
        (("version", "more"), "unexpected extra argument"),
        (("lot", "show"), "lot: found nothing; allowed: a value, see --help"),
        (("lot", "start", "--wafers", "1"), "--flow: found nothing; allowed: a value"),
        (("lot", "start", "--flow", "x", "--wafers", "0"), "--wafers: found '0'; allowed: 1 to 25"),
        (("lot", "start", "--flow=x", "--wafers=26"), "--wafers: found '26'; allowed: 1 to 25"),
        (("lot", "start", "--flow", "x", "--wafers", "nan"), "--wafers: found 'nan'"),
        (("demo", "--wafers", "1e9"), "--wafers: found '1e9'; allowed: 1 to 25"),
        (("demo", "--seed", "x"), "--seed: found 'x'; allowed: a valid integer"),
        (("demo", "--speed", "nan"), "--speed: found 'nan'; allowed: 0.1 to 20"),
        (("demo", "--speed", "21"), "--speed: found '21'; allowed: 0.1 to 20"),
        (("demo", "--flow", "x"), "--flow: found 'x'; allowed: generic_substrate"),
        (("demo", "--out", str(PILOT)), f"--out: found '{PILOT}': File exists"),
        (("daemon", "--data", "d"), "--line: found nothing"),
        (("daemon", "--line", "x", "--data", "d", "--port", "0"), "--port: found '0'; allowed: 1"),
        (("daemon", "--line", "x", "--data", "d", "--port", "x"), "--port: found 'x'"),
        (("daemon", "--line", "x", "--data", "d", "--speed", "0"), "--speed: found '0'"),
        (("tool", "probe", "oven", "--line", str(REAL)), "tool: found 'oven'; allowed: sputter"),
        (("recipe", "check", "a\0b"), "embedded null byte"),
    ],
)
def test_wrong_words_are_answered_on_one_line(words: Sequence[str], said: str) -> None:
    assert said in one_line(run(*words))


@pytest.mark.parametrize("words", [(), ("lot",), ("tool",), ("recipe",), ("journal",)])
def test_no_words_are_a_wish_for_help(words: Sequence[str]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "Usage" in result.stdout
    assert result.stderr == ""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """The URL of somebody on the network who is no daemon."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>good\nmorning")

        do_POST = do_GET  # noqa: N815 - the library calls it so

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


ASKING: Sequence[tuple[str, ...]] = (
    ("lot", "list"), ("lot", "show", "L0001"), ("lot", "hold", "L0001"), ("tool", "list"),
    ("tool", "show", "sputter"), ("tool", "abort", "sputter"), ("tool", "probe", "sputter"),
    ("alarm", "list"), ("alarm", "ack", "a"), ("why", "L0001-01"),
    ("lot", "start", "--flow", "x", "--wafers", "1"),
)  # fmt: skip


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_whoever_answers_instead_of_a_daemon_is_not_believed(
    stranger: str, words: Sequence[str]
) -> None:
    found = "found text/html" if words[:2] != ("lot", "show") else stranger
    line = one_line(run(*words, "--daemon", stranger))
    assert line.startswith("--daemon: found ")
    assert found in line


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_a_daemon_that_does_not_run_is_said_so(words: Sequence[str]) -> None:
    line = one_line(run(*words, "--daemon", f"http://127.0.0.1:{free_port()}"))
    assert "is the daemon running?" in line


@pytest.mark.parametrize(
    "url", ["", "foo", "ftp://x", "http://", "http://127.0.0.1:x", "http://[::1", "/etc", "a\nb"]
)
def test_what_is_no_url_is_shown_with_one_that_is(url: str) -> None:
    line = one_line(run("lot", "list", "--daemon", url))
    assert line.startswith("--daemon: found ")
    assert "http://127.0.0.1:8420" in line


def with_first(**change: object) -> Callable[[list[Row]], object]:
    return lambda all_rows: [{**all_rows[0], **change}, *all_rows[1:]]


SPOILT: list[tuple[Callable[[list[Row]], object], str]] = [
    (lambda _: "{}", "file: found an object; allowed: a JSON list"),
    (lambda _: "null", "file: found None"),
    (lambda _: "[1]", "endpoint[1]: found 1; allowed: a table"),
    (lambda _: "[" * 100_000, "file: found maximum recursion depth"),
    (lambda r: [*r, r[0]], "endpoint[55]: found sputter.plc again"),
    (with_first(url=""), "endpoint[1].url: found ''"),
    (with_first(url="a\nb"), "endpoint[1].url: found 'a\\nb'; allowed: printable"),
    (with_first(url=7), "endpoint[1].url: found 7; allowed: text in quotes"),
    (with_first(url="127.0.0.1:99999"), "host:port with a port from 1 to 65535"),
    (with_first(unit=-1), "endpoint[1].unit: found -1; allowed: 0 to 254"),
    (with_first(unit="1"), "endpoint[1].unit: found '1'; allowed: a whole number"),
    (with_first(unit=1e400), "endpoint[1].unit: found inf"),
    (with_first(model="aja_dcxs"), "tool.sputter.plc.model: found 'aja_dcxs'"),
    (with_first(transport="pigeon"), "endpoint[1].transport: found 'pigeon'"),
    (with_first(transport="serial"), "tool.sputter.plc.transport: found 'serial'"),
    (with_first(bath_f=77), "endpoint[1].bath_f: found unknown key 'bath_f'"),
    (with_first(tool="oven"), "tool.sputter.plc: found nothing; allowed: an address"),
    (lambda r: [r[0], {**r[1], "url": r[2]["url"]}, *r[2:]], "which sputter.dc_supply has"),
]


@pytest.mark.parametrize(
    ("spoil", "said"),
    SPOILT,
)
def test_a_wrong_address_is_named_before_anything_is_sent(
    tmp_path: Path, spoil: Callable[[list[Row]], object], said: str
) -> None:
    line = one_line(start(tmp_path, spoil(rows())))
    assert said in line
    assert ".json: " in line or "pilot_sim.toml: " in line
    assert not (tmp_path / "data").exists()


def test_every_absent_instrument_has_its_line_with_file_and_key(tmp_path: Path) -> None:
    result = start(tmp_path, rows())
    lines = result.stderr.splitlines()
    assert result.exit_code == 2
    assert len(lines) == len(rows()) == 54
    assert all(line.startswith(f"{tmp_path / 'endpoints.json'}: tool.") for line in lines)
    assert all("allowed: the instrument of that role" in line for line in lines)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("url", ["foo", "a::b", "/dev/null", "USB::1::2"])
def test_no_resource_name_ends_in_a_trace(tmp_path: Path, url: str) -> None:
    found = [{**row, "url": url} if row["role"] == "dose_meter" else row for row in rows()]
    (tmp_path / "endpoints.json").write_text(json.dumps(found))
    result = run("tool", "probe", "aligner", "--line", PILOT, "--endpoints",
                 tmp_path / "endpoints.json")  # fmt: skip
    assert result.exit_code == 2
    assert sum("tool.aligner.dose_meter: cannot open" in x for x in result.stderr.splitlines()) == 1


def test_a_socket_without_a_port_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    url = "TCPIP::x::y::SOCKET"
    found = [{**row, "url": url} if row["role"] == "dose_meter" else row for row in rows()]
    assert f"tool.aligner.dose_meter: {url} has no port" in one_line(start(tmp_path, found))


def test_a_page_of_time_is_not_left_by_a_daemon_that_did_not_start(tmp_path: Path) -> None:
    page = tmp_path / "time.page"
    result = start(tmp_path, "[]", "--lockstep", page)
    assert result.exit_code == 2
    assert not page.exists()
    page.write_text("somebody's own words, longer than nothing")
    assert "is not a page of simulated time" in one_line(start(tmp_path, "[]", "--lockstep", page))
    assert page.read_text().startswith("somebody's own words")
    nowhere = tmp_path / "no" / "page"
    assert "No such file" in one_line(start(tmp_path, "[]", "--lockstep", nowhere))


@pytest.mark.parametrize("host", ["999.1.1.1", "nohost.invalid", "a" * 300, "8.8.8.8"])
def test_an_address_of_somebody_else_cannot_be_served_on(tmp_path: Path, host: str) -> None:
    line = one_line(start(tmp_path, rows(), "--host", host))
    assert line.startswith("--host")
    assert "of this computer" in line
    assert not (tmp_path / "data").exists()
