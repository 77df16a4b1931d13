"""What is wrong with an input file: which file, key and claim, what was found, what is allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from linecontrol.model.toml_lines import Path, lines_of


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, for the person who wrote the file. `claim` is the claim it breaks."""

    file: str
    key: str
    found: str
    allowed: str
    claim: int | None = None
    line: int | None = None

    @override
    def __str__(self) -> str:
        """Everything on one line, the place first, as compilers do."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        claim = "" if self.claim is None else f" (claim {self.claim})"
        return one_line(f"{place}: {self.key}: found {self.found}; allowed: {self.allowed}{claim}")


class FaultsFound(ValueError):
    """A file that can't be used, with every fault that was found in it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model was read from, so that a fault can name the line."""

    file: str
    lines: Mapping[Path, int] = field(default_factory=dict[Path, int])

    @classmethod
    def of(cls, file: str, text: str) -> "Source":
        """The source of a TOML text."""
        return cls(file, lines_of(text))

    def line_of(self, path: Path) -> int | None:
        """The line of the key, else of the table that should hold it, else None."""
        for length in range(len(path), 0, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None

    def fault(
        self, path: Path, found: str, allowed: str, *, key: str = "", claim: int | None = None
    ) -> Fault:
        """A fault at `path`; `key` where people call the place otherwise than the path."""
        return Fault(
            self.file, key or dotted(path), found, allowed, claim=claim, line=self.line_of(path)
        )


def one_line(text: str) -> str:
    """The text with whatever would end the line, or speak to the terminal, written as an escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def dotted(path: Path) -> str:
    """A path as people write it: `step[3].recipe`, counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "file"
