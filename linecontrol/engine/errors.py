"""Why a wish was not granted; the web layer turns each into its status."""

from collections.abc import Iterable

SHOWN = 12


class EngineError(Exception):
    """The wish changed nothing; the sentence says why."""


class NotFound(EngineError):
    """What was named does not exist."""

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> "NotFound":
        """That there is no `what` of this name, and the names of the newest that there are."""
        names = list(known)
        shown = ", ".join(names[-SHOWN:]) or "none yet"
        more = "..., " if len(names) > SHOWN else ""
        return cls(f"{what}: found {name!r}; allowed: {more}{shown}")


class Conflict(EngineError):
    """It exists, but not in a state in which this is possible."""


class Unacceptable(EngineError):
    """The wish itself is wrong."""
