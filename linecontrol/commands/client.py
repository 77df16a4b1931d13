"""How the commands reach a running daemon, and how they end when something is wrong."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NoReturn, cast

import httpx
import typer
from rich.console import Console
from rich.table import Table

WORK_FAILED: Final = 1
WRONG_INPUT: Final = 2
DEFAULT_URL: Final = "http://127.0.0.1:8420"

Daemon = Annotated[
    str, typer.Option("--daemon", envvar="LINECONTROL_DAEMON", help="URL of the daemon.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def wrong_input(lines: Iterable[object]) -> NoReturn:
    """Print one line per fault and end with status 2."""
    for line in lines:
        sys.stderr.write(f"{line}\n")
    raise typer.Exit(WRONG_INPUT)


class Client:
    """A running daemon; what it refuses ends the command with its own words."""

    def __init__(self, url: str, person: str = "") -> None:
        headers = {"X-Person": person or _person()}
        self._url = url
        self._http = httpx.Client(base_url=url, headers=headers, timeout=60.0, trust_env=False)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON is what it is
        """The answer to a question."""
        return self._answer("GET", path, None)

    def text(self, path: str) -> str:
        """The answer to a question, as text."""
        return self._reply("GET", path, None).text

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer to a wish."""
        return self._answer("POST", path, body)

    def _answer(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401 - JSON
        return self._reply(method, path, body).json()

    def _reply(self, method: str, path: str, body: Mapping[str, object] | None) -> httpx.Response:
        try:
            reply = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            wrong_input([f"--daemon {self._url}: {error}; is the daemon running?"])
        if reply.is_success:
            return reply
        wrong_input([reply.json()["detail"] if _is_problem(reply) else reply.text])


def show(rows: Any, columns: tuple[str, ...], *, as_json: bool) -> None:  # noqa: ANN401 - JSON
    """Print rows as a table, or as JSON."""
    if as_json:
        print_json(rows)
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    Console().print(table)


def print_json(value: Any) -> None:  # noqa: ANN401 - JSON
    """Print JSON on standard output."""
    sys.stdout.write(json.dumps(value, indent=1) + "\n")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        items = cast("Mapping[str, object]", value)
        return ", ".join(f"{key}: {item}" for key, item in items.items())
    if isinstance(value, list):
        return ", ".join(str(item) for item in cast("list[object]", value))
    return str(value)


def _is_problem(reply: httpx.Response) -> bool:
    return str(reply.headers.get("content-type", "")).startswith("application/problem+json")


def _person() -> str:
    import getpass  # noqa: PLC0415 - rarely needed

    return getpass.getuser()
