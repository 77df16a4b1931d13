"""The deliberate mistakes as data: per model a file, what is right in it and what is wrong."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = Path(__file__).with_name("mistakes")
FEWEST: Final = 8  # mistakes of an instrument


class BadMistake(ValueError):
    """A mistake that cannot be made: the sentence says which file and why."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong register, scale, checksum or the like: `right` stands once in `path`."""

    model: str
    kind: str
    path: str
    right: str
    wrong: str

    def made(self, text: str) -> str:
        """`text` with the mistake in it; raise BadMistake unless there is one place for it."""
        if (found := text.count(self.right)) != 1:
            raise BadMistake(f"{self.path}: {self.right!r} stands there {found} times")
        if self.right == self.wrong:
            raise BadMistake(f"{self.path}: {self.right!r} is no mistake")
        return text.replace(self.right, self.wrong)

    @override
    def __str__(self) -> str:
        return f"{self.kind} in {self.path}: {self.right!r} -> {self.wrong!r}"


def models() -> tuple[str, ...]:
    """The models for which mistakes are written down."""
    return tuple(sorted(path.stem for path in DATA.glob("*.toml")))


def mistakes_of(model: str) -> tuple[Mistake, ...]:
    """The mistakes of a model, in the order of its file; raise BadMistake for another form."""
    path = DATA / f"{model}.toml"
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    found: list[Mistake] = []
    for file in read["file"]:
        for row in file["mistakes"]:
            if len(row) != 3:
                raise BadMistake(f"{path.name}: {row!r} is not kind, right and wrong")
            kind, right, wrong = (str(field) for field in row)
            found.append(Mistake(model, kind, str(file["path"]), right, wrong))
    return tuple(found)


def all_mistakes() -> Mapping[str, tuple[Mistake, ...]]:
    """The mistakes of every model."""
    return {model: mistakes_of(model) for model in models()}
