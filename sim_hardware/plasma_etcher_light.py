"""Optical emission of the plasma etcher: how long the watched film still burns at each site."""

from typing import Final

import numpy as np

from sim_hardware.physics.plasma_etcher import M, Plasma, emission, pattern, rate_nm_min
from sim_hardware.physics.sites import Mask, Sites, uniform
from sim_hardware.physics.stripper import film_share
from sim_hardware.physics.wafer import Wafer

# Which films a line shows: copper by its own light, the others by the fluorine that they use up.
FILMS: Final = {1: frozenset({"Cu"}), 2: frozenset({"TiW", "Ti"})}
BRIGHTEST_PCT: Final = 150.0


class EmissionLine:
    """One line of the spectrum; `settle` is called whenever the wafer was brought up to date.

    A site that has just cleared fades over the residence time of the gas, so it is remembered how
    long ago that was.
    """

    def __init__(self, films: frozenset[str]) -> None:
        self._films = films
        self._left_s = uniform(-np.inf)

    def forget(self) -> None:
        """Another wafer lies in the chamber."""
        self._left_s = uniform(-np.inf)

    def settle(self, wafer: Wafer, plasma: Plasma, passed_s: float) -> None:
        """`wafer` is as it is now, `passed_s` after the last call."""
        burning, left_s = _burning(wafer, self._films, plasma)
        self._left_s = np.where(burning, left_s, self._left_s - passed_s)

    def pct(self, wafer: Wafer, plasma: Plasma, passed_s: float) -> float:
        """Light, 100 % at the reference power; `wafer` is as it was `passed_s` ago."""
        burning, left_s = _burning(wafer, self._films, plasma)
        left_s = np.where(burning, left_s, self._left_s) - passed_s
        light = 100.0 * plasma.watts / M.watts * emission(left_s, 0.0)
        return min(light, BRIGHTEST_PCT)


def _burning(wafer: Wafer, films: frozenset[str], plasma: Plasma) -> tuple[Mask, Sites]:
    """Where one of `films` is the topmost, and how long it lasts there; -inf if not etched."""
    bare = film_share(wafer) < 1.0
    burning, left_s = bare & ~bare, uniform(-np.inf)
    for name in reversed(tuple(wafer.layers)):
        here = bare & (wafer.layer_nm(name) > 0.0)
        bare = bare & ~here
        if name in films:
            nm_s = rate_nm_min(name, plasma) / 60.0 * pattern(plasma)
            lasts_s = uniform(-np.inf)
            np.divide(wafer.layer_nm(name), nm_s, out=lasts_s, where=nm_s > 0.0)
            burning, left_s = burning | here, np.where(here, lasts_s, left_s)
    return burning, left_s
