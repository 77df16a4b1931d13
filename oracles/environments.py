"""An environment for each client package, made when it is missing or its list has changed."""

import asyncio
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
REQUIREMENTS: Final = HERE / "requirements"
ENVIRONMENTS: Final = HERE / ".environments"
AT_ONCE: Final = 2


class CannotInstall(Exception):
    """An environment could not be made; the text says what the installer said."""


def python_of(client: str) -> Path:
    """The Python that has the client and what it needs, and nothing else."""
    return ENVIRONMENTS / client / "bin" / "python"


def wanted(client: str) -> str:
    """What the environment is to hold, and for which Python."""
    listed = (REQUIREMENTS / f"{client}.txt").read_text()
    return f"# {sys.version}\n{listed}"


def is_ready(client: str) -> bool:
    """Whether the environment is there and holds what its list says."""
    mark = ENVIRONMENTS / client / "holds.txt"
    return mark.exists() and mark.read_text() == wanted(client)


async def prepare(clients: Iterable[str]) -> None:
    """Make the environments that are missing; CannotInstall names the first that cannot be made."""
    gate = asyncio.Semaphore(AT_ONCE)
    missing = [client for client in dict.fromkeys(clients) if not is_ready(client)]
    await asyncio.gather(*(_made(client, gate) for client in missing))


async def _made(client: str, gate: asyncio.Semaphore) -> None:
    async with gate:
        folder = ENVIRONMENTS / client
        shutil.rmtree(folder, ignore_errors=True)
        await _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        # The lists are whole: what the resolver would add is named in them, with its version.
        await _run(
            *(sys.executable, "-m", "pip", "--python", str(python_of(client)), "install"),
            *("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"),
            *("--no-compile", "--requirement", str(REQUIREMENTS / f"{client}.txt")),
        )
        (folder / "holds.txt").write_text(wanted(client))


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise CannotInstall(f"{' '.join(command[1:])}: {said.decode().strip()}")
