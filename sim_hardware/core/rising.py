"""Where a rising function reaches a value: how a supply finds its working point."""

from collections.abc import Callable

_HALVINGS = 48


def reached(reads: Callable[[float], float], goal: float, highest: float) -> float:
    """Largest argument in 0..`highest` at which rising `reads` does not exceed `goal`."""
    if reads(highest) <= goal:
        return highest
    low, high = 0.0, highest
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if reads(middle) <= goal:
            low = middle
        else:
            high = middle
    return low
