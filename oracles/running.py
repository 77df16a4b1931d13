"""Runs one client's script in its own process against one emulated instrument, and listens."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from oracles.bill import Pair
from oracles.environments import HERE, python_of
from oracles.stands import Stand, stand

CLIENTS: Final = HERE / "clients"
LONGEST_S: Final = 90.0
KINDS: Final = ("reads", "writes", "limits", "errors", "reconnects")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a client tried."""

    kind: str
    name: str
    passed: bool
    said: str


@dataclass(slots=True)
class Outcome:
    """All that one pair tried; `complaint` says why the script did not come to its end.

    `alone` says that this was a second try, with nothing beside it.
    """

    pair: Pair
    checks: list[Check] = field(default_factory=list[Check])
    complaint: str = ""
    seconds: float = 0.0
    alone: bool = False

    @property
    def passed(self) -> bool:
        """Whether everything that was tried went well, and something of every kind was."""
        went_well = all(check.passed for check in self.checks)
        return not self.complaint and went_well and not self.missing()

    def missing(self) -> Sequence[str]:
        """Kinds of checks that the script has none of."""
        tried = {check.kind for check in self.checks}
        return [kind for kind in KINDS if kind not in tried]


async def run(pair: Pair) -> Outcome:
    """Let the client of a pair try everything; whatever goes wrong is in the outcome."""
    outcome = Outcome(pair)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with stand(pair.instrument, pair.wire) as here:
        command = (str(python_of(pair.package)), str(CLIENTS / pair.script), here.address)
        process = await started(*command)
        complaints = asyncio.create_task(_stderr_of(process))
        try:
            async with asyncio.timeout(LONGEST_S):
                await _listen(process, here, outcome)
                if await process.wait():
                    outcome.complaint = f"ended with {process.returncode}"
        except TimeoutError:
            outcome.complaint = f"not at its end after {LONGEST_S:g} s"
        finally:
            await ended(process)
            said = await complaints
    if outcome.complaint:
        outcome.complaint += f"\n{said}"
    outcome.seconds = loop.time() - began_s
    return outcome


async def started(*command: str) -> Process:
    """A process of an environment; nothing of this one's Python reaches it."""
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_surroundings(), cwd=CLIENTS
    )


async def ended(process: Process) -> None:
    """Nothing of it is left."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def parsed(line: bytes) -> Mapping[str, object] | None:
    """What a script said; None for the chatter of a client."""
    try:
        said: object = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    return {str(key): value for key, value in said.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON has no types


async def _listen(process: Process, here: Stand, outcome: Outcome) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    while line := await process.stdout.readline():
        said = parsed(line)
        if said is None:
            continue
        if "please" in said:
            here.fulfil(str(said["please"]), float(str(said["value"])))
            process.stdin.write(b"done\n")
            await process.stdin.drain()
        elif "check" in said:
            outcome.checks.append(
                Check(str(said["kind"]), str(said["check"]), said["ok"] is True, str(said["said"]))
            )


async def _stderr_of(process: Process) -> str:
    assert process.stderr is not None
    return (await process.stderr.read()).decode(errors="replace").strip()


def _surroundings() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}
