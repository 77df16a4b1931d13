"""Waveforms and self-tests of the Kepco BOP, from the operator manual of its BIT 4886 card.

A waveform is a list of currents, each with the time for which it is held; the supply runs through
it by itself, again and again.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from drivers.core.framing import CodecError
from drivers.core.points import Limits

LONGEST_COMMAND = 253
MOST_STEPS = 1002
DWELL_S = Limits(0.0005, 10)
TEST_BITS: Mapping[int, str] = {
    512: "quarter scale voltage read-back",
    256: "quarter scale voltage",
    128: "lowest voltage",
    64: "highest voltage",
    32: "loop back",
    16: "digital potentiometer",
    8: "optical buffer",
    4: "flash",
    2: "RAM",
    1: "ROM",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One current and how long it is held."""

    amps: float
    dwell_s: float


def pulse_reverse(
    forward_a: float, forward_s: float, reverse_a: float, reverse_s: float
) -> tuple[Step, Step]:
    """Plate at `forward_a`, then strip at `reverse_a`, which is said without its sign."""
    return Step(forward_a, forward_s), Step(-reverse_a, reverse_s)


def mean_current_a(steps: Sequence[Step]) -> float:
    """The current that moves the same charge as `steps` in the same time."""
    return sum(step.amps * step.dwell_s for step in steps) / sum(step.dwell_s for step in steps)


def objection(steps: Sequence[Step], amps: Limits) -> str:
    """Why the supply cannot run through `steps`; empty if it can. NaN it never can."""
    if not 1 <= len(steps) <= MOST_STEPS:
        return f"{len(steps)} steps are not 1 to {MOST_STEPS}"
    for step in steps:
        if step.amps not in amps:
            return f"{step.amps:g} A is outside {amps.low:g} to {amps.high:g} A"
        if step.dwell_s not in DWELL_S:
            return f"{step.dwell_s:g} s is outside {DWELL_S.low:g} to {DWELL_S.high:g} s"
    return ""


def commands(header: str, values: Iterable[float]) -> list[str]:
    """The fewest commands that hand over `values` in order, none longer than the card can take.

    Raises CodecError for a value that is no number.
    """
    found: list[str] = []
    for value in values:
        if not math.isfinite(value):
            raise CodecError(f"{value!r} is no number")
        text = f"{value:g}"
        if found and len(found[-1]) + 1 + len(text) <= LONGEST_COMMAND:
            found[-1] += f",{text}"
        else:
            found.append(f"{header} {text}")
    return found


def failures_in(register: int) -> tuple[str, ...]:
    """The tests that failed, in words."""
    return tuple(words for bit, words in TEST_BITS.items() if register & bit)
