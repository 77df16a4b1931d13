"""`pytest.approx` with types that a strict checker can read."""

from collections.abc import Mapping, Sequence

import pytest


def near(
    expected: float | Sequence[float] | Mapping[str, float],
    *,
    rel: float | None = None,
    within: float | None = None,
) -> object:
    """Compares equal to what is close, by pytest's own rules."""
    # pytest publishes approx without types for its arguments.
    return pytest.approx(expected, rel=rel, abs=within)  # pyright: ignore[reportUnknownMemberType]
