"""How the commands reach a running daemon, and how they end when something is wrong."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NoReturn, cast
from urllib.parse import quote

import httpx
import typer
from rich.console import Console
from rich.table import Table

from linecontrol.model.faults import one_line

WORK_FAILED: Final = 1
WRONG_INPUT: Final = 2
PATIENCE_S: Final = 60.0  # some answers need every instrument of a tool
PIPED_WIDTH: Final = 200  # columns where nobody looks: what reads on does not wrap
DEFAULT_URL: Final = "http://127.0.0.1:8420"

Daemon = Annotated[
    str, typer.Option("--daemon", envvar="LINECONTROL_DAEMON", help="URL of the daemon.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def wrong_input(lines: Iterable[object]) -> NoReturn:
    """Print one line per fault and end with status 2."""
    for line in lines:
        sys.stderr.write(f"{one_line(str(line))}\n")
    raise typer.Exit(WRONG_INPUT)


_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


class Client:
    """A running daemon; what it refuses ends the command with its own words."""

    def __init__(self, url: str, person: str = "") -> None:
        if not re.match(r"https?://[^/\s]", url):
            wrong_input([f"--daemon: found {url!r}; allowed: a URL such as {DEFAULT_URL}"])
        self._url = url.rstrip("/")
        self._headers = {"X-Person": _sendable(person or _person())}

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON is what it is
        """The answer to a question."""
        return self._answer("GET", path, None)

    def head(self) -> None:
        """Say which line this is, above what is shown of it, and its time: all times are UTC."""
        line = self.get("/line")
        word = "SIMULATED line" if line["simulated"] else "line"
        sys.stdout.write(f"{word} {line['name']}, {_cell(line['now'])} UTC\n")

    def text(self, path: str) -> str:
        """The answer to a question, as text."""
        reply = self._reply("GET", path, None)
        self._require(reply, "text/html")
        return reply.text

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer to a wish."""
        return self._answer("POST", path, body)

    def _answer(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401 - JSON
        reply = self._reply(method, path, body)
        self._require(reply, "application/json")
        return reply.json()

    def _require(self, reply: httpx.Response, kind: str) -> None:
        """End the command if somebody else than a daemon answered."""
        if _kind(reply) != kind:
            found = f"{_kind(reply) or 'nothing'} from {self._url}{reply.request.url.path}"
            wrong_input([f"--daemon: found {found}; allowed: a daemon of this version"])

    def _reply(self, method: str, path: str, body: Mapping[str, object] | None) -> httpx.Response:
        try:
            reply = httpx.request(
                method, self._url + path, json=body, headers=self._headers,
                timeout=PATIENCE_S, trust_env=False,
            )  # fmt: skip
        except httpx.InvalidURL as error:
            found = f"{self._url!r}: {error}"
            wrong_input([f"--daemon: found {found}; allowed: a URL such as {DEFAULT_URL}"])
        except httpx.HTTPError as error:
            wrong_input([f"--daemon {self._url}: {error}; is the daemon running?"])
        if reply.is_success:
            return reply
        if _kind(reply) == "application/problem+json":
            wrong_input([reply.json()["detail"]])
        found = f"status {reply.status_code} from {self._url}{path}"
        wrong_input([f"--daemon: found {found}; allowed: a daemon of this version"])


def show(rows: Any, columns: tuple[str, ...], *, as_json: bool) -> None:  # noqa: ANN401 - JSON
    """Print rows as a table, or as JSON."""
    if as_json:
        print_json(rows)
        return
    table = Table()
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")  # nothing is cut off
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    console = Console()
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    console.print(table)


def print_json(value: Any) -> None:  # noqa: ANN401 - JSON
    """Print JSON on standard output."""
    sys.stdout.write(json.dumps(value, indent=1) + "\n")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict):
        items = cast("Mapping[str, object]", value)
        return ", ".join(f"{key}: {item}" for key, item in items.items())
    if isinstance(value, list):
        return ", ".join(str(item) for item in cast("list[object]", value))
    return str(value)


def named(id_: str) -> str:
    """An id as a part of a path, whatever is in it."""
    return quote(id_, safe="") or "%20"


def _kind(reply: httpx.Response) -> str:
    return str(reply.headers.get("content-type", "")).partition(";")[0].strip()


def _sendable(person: str) -> str:
    """A name as a header carries it: ASCII, and not without end."""
    return person.encode("ascii", "replace").decode()[:80]


def _person() -> str:
    import getpass  # noqa: PLC0415 - rarely needed

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return "unknown"
