"""Makes one mistake after the other in a copy of the drivers: `python -m campaigns.mutants`.

Each must make a test of its instrument fail. One that no test notices is a survivor, and the
command ends with 1. The tests must pass without a mistake, or their failing means nothing.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Final

from campaigns.mistakes import ROOT, BadMistake, Mistake, all_mistakes

COPIED: Final = ("drivers", "sim_hardware", "linecontrol", "recipes", "tests", "docs")
SLOWER: Final = ("tests/icd", "tests/contract")
LONGEST_S: Final = 300.0  # a mistake that hangs the tests is noticed too
PASSED, FAILED = 0, 1  # of pytest
WORDS: Final = {True: "caught", False: "survived"}


class CannotRun(Exception):
    """The tests say nothing; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mistake."""

    mistake: Mistake
    caught: bool


class Copy:
    """A copy of the project in which one mistake at a time is made."""

    def __init__(self, at: Path) -> None:
        self._at = at
        self._changes = 0
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        for name in COPIED:
            shutil.copytree(ROOT / name, at / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", at)

    def passes(self, model: str) -> bool:
        """Whether the tests of a model pass; raise CannotRun if they say nothing."""
        units = [str(path) for path in self._at.glob(f"tests/unit/instruments/test_{model}*.py")]
        # What is quick first: most mistakes need no more.
        return self._passes(sorted(units), model) and self._passes(SLOWER, model)

    def catches(self, mistake: Mistake) -> bool:
        """Whether a test fails while the mistake is made."""
        with self._with(mistake):
            return not self.passes(mistake.model)

    def _passes(self, tests: Sequence[str], model: str) -> bool:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--timeout=30"]
        environment = {**os.environ, "PYTHONPATH": str(self._at)}
        try:
            ended = subprocess.run(  # noqa: S603 - our own tests with arguments of our own
                [*command, "-p", "no:cacheprovider", "-k", model, *tests],
                cwd=self._at, env=environment, timeout=LONGEST_S, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        if ended.returncode not in {PASSED, FAILED}:
            raise CannotRun(f"the tests of {model} cannot be run:\n{ended.stdout[-2000:]}")
        return ended.returncode == PASSED

    @contextmanager
    def _with(self, mistake: Mistake) -> Generator[None]:
        path = self._at / mistake.path
        text = path.read_text(encoding="utf-8")
        self._write(path, mistake.made(text))
        try:
            yield
        finally:
            self._write(path, text)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        # What Python has compiled is told by size and whole seconds: each change gets its own.
        self._changes += 1
        seconds = path.stat().st_mtime + self._changes
        os.utime(path, (seconds, seconds))


def main() -> int:
    """Make the mistakes that were asked for; 1 if one survives or the tests say nothing."""
    asked = _arguments()
    try:
        chosen = _chosen(asked.model or [], asked.sample, asked.seed)
        verdicts = _tried(chosen, asked.jobs)
    except (BadMistake, CannotRun) as error:
        print(error, file=sys.stderr)
        return 1
    _print_table(verdicts)
    return 0 if all(verdict.caught for verdict in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m campaigns.mutants", description=__doc__)
    parser.add_argument("--model", action="append", help="only this one; may be given again")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mistakes, chosen by lot")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the lot")
    parser.add_argument("-j", "--jobs", type=int, default=2, metavar="N", help="at a time")
    return parser.parse_args()


def _chosen(names: Sequence[str], sample: int | None, seed: int) -> list[Mistake]:
    known = all_mistakes()
    if unknown := set(names) - set(known):
        raise BadMistake(f"no mistakes are written down for {', '.join(sorted(unknown))}")
    every = [mistake for name in names or known for mistake in known[name]]
    if sample is None or sample >= len(every):
        return every
    return random.Random(seed).sample(every, sample)  # noqa: S311 - a lot, no secret


def _tried(mistakes: Sequence[Mistake], jobs: int) -> list[Verdict]:
    copies: Queue[Copy] = Queue()

    def sound(model: str) -> None:
        copy = copies.get()
        try:
            if not copy.passes(model):
                raise CannotRun(f"the tests of {model} fail without a mistake")
        finally:
            copies.put(copy)

    def verdict(mistake: Mistake) -> Verdict:
        copy = copies.get()
        try:
            caught = copy.catches(mistake)
        finally:
            copies.put(copy)
        print(f"{WORDS[caught]:9} {mistake.model:20} {mistake}", flush=True)
        return Verdict(mistake, caught)

    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        for number in range(jobs):
            copies.put(Copy(Path(place) / str(number)))
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(sound, sorted({mistake.model for mistake in mistakes})))
            return list(pool.map(verdict, mistakes))


def _print_table(verdicts: Sequence[Verdict]) -> None:
    count = Counter((verdict.mistake.model, verdict.caught) for verdict in verdicts)
    print(f"\n{'':20}{'caught':>10}{'survived':>10}")
    for model in sorted({verdict.mistake.model for verdict in verdicts}):
        print(f"{model:20}{count[model, True]:10}{count[model, False]:10}")
    survivors = [verdict.mistake for verdict in verdicts if not verdict.caught]
    print(f"{'all':20}{len(verdicts) - len(survivors):10}{len(survivors):10}")
    for mistake in survivors:
        print(f"survived: {mistake.model}: {mistake}")


if __name__ == "__main__":
    sys.exit(main())
