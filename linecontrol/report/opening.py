"""The dimensions of one opening and its bump: as measured, or nominal where nobody measured.

All lengths in um. The recess height is not measured on the line: it follows from the width.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from drivers.setpoints import PlatingCellSetpoints, SputterSetpoints
from linecontrol.model.flow import Flow
from linecontrol.model.metrics import metrics
from linecontrol.model.recipe import Recipe
from linecontrol.model.visits import VisitName

HEIGHT_PER_WIDTH: Final = 11.1 / 7.13  # of the recess of the nominal process
PROFILE_POWER: Final = 1.5  # gives the recess 0.6 of the area of its bounding box
FLAT_COAT_UM: Final = 10.0  # liquid resist on top of the dry film
_FARADAY_C_MOL: Final = 96_485.0
# Molar mass (g/mol), electrons per atom, density (g/cm3).
_DEPOSITS: Final = {"cu": (63.55, 2, 8.96), "ni": (58.69, 2, 8.91), "snag": (118.4, 2, 7.36)}
_LARGEST_UM: Final = 2000.0  # what is larger is a slip of the pen and would only spoil the picture


@dataclass(frozen=True, slots=True)
class Length:
    """A dimension and whether it was measured on this wafer."""

    value: float
    measured: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening with its resist, metal and bump; every length in um."""

    pitch: float
    mask_cd: float
    ubm: Length
    film: Length
    wall_cd: Length
    recess: Length
    height: float
    fill: float  # of the recess by the coat, 0 to 1
    floor: Length
    foot: Length
    copper: Length  # layers as they grow in a straight opening
    nickel: Length
    plated: Length
    mushroom: Length
    pad_cd: Length
    undercut: Length
    solder_loss: Length
    bump: Length
    filled: bool  # whether the flow fills the recess at all

    @property
    def radius(self) -> float:
        """Half the opening between the straight walls."""
        return self.wall_cd.value / 2

    def recess_at(self, y: float) -> float:
        """How far the recess reaches behind the wall at `y` above the floor."""
        if not 0 <= y < self.height:
            return 0.0
        risen: float = (y / self.height) ** PROFILE_POWER
        return self.recess.value * (1 - risen)

    def metal_at(self, y: float) -> float:
        """Half the width of what is plated at `y`: the foot is what the plug leaves open."""
        return self.radius + min(self.foot.value, self.recess_at(y))

    @property
    def spread(self) -> float:
        """How much thinner the first layers are because they also cover the foot."""
        share = self.radius / max(self.radius + self.foot.value, 1e-9)
        return share * share

    @property
    def copper_top(self) -> float:
        """Top of the copper."""
        return self.copper.value * self.spread

    @property
    def stud_top(self) -> float:
        """Top of the nickel, where the solder begins."""
        return self.copper_top + self.nickel.value * self.spread


def opening_of(
    flow: Flow, recipes: Mapping[str, Recipe], last: Callable[[str], float | None]
) -> Opening:
    """The opening of one wafer; `recipes` by step id, `last` gives the measured value of a metric.

    A value that cannot be (not a number, less than nothing) counts as not measured.
    """
    given = _Lengths(last)
    film, recess = given.of("film_um"), given.of("recess_um")
    undercut_nm = given.of("undercut_nm")
    filled = flow.first("coat_liquid") is not None
    return Opening(
        pitch=flow.pitch_um,
        mask_cd=flow.mask_cd_um,
        ubm=Length(_ubm_um(flow, recipes), measured=False),
        film=film,
        wall_cd=given.of("wall_cd_um"),
        recess=recess,
        height=min(recess.value * HEIGHT_PER_WIDTH, film.value / 2),
        fill=min(given.of("fill").value, 1.0),
        floor=given.of("floor_um"),
        foot=_foot(given, recess) if filled else recess,
        copper=Length(_plated_um(flow, recipes, "plate_cu"), measured=False),
        nickel=Length(_plated_um(flow, recipes, "plate_ni"), measured=False),
        plated=given.of("plated_um"),
        mushroom=given.of("mushroom_um"),
        pad_cd=given.of("pad_cd_um"),
        undercut=Length(undercut_nm.value / 1000, measured=undercut_nm.measured),
        solder_loss=given.of("solder_loss_um"),
        bump=given.of("bump_um"),
        filled=filled,
    )


@dataclass(frozen=True, slots=True)
class _Lengths:
    last: Callable[[str], float | None]

    def of(self, metric: str) -> Length:
        """The measured value, else the target of the metric."""
        value = self.last(metric)
        if value is None or not isfinite(value) or not 0 <= value <= _LARGEST_UM:
            return Length(metrics()[metric].target, measured=False)
        return Length(value, measured=True)


def _foot(given: _Lengths, recess: Length) -> Length:
    """The foot as measured, else what the measured fill leaves of the recess, else nominal."""
    foot, fill = given.of("foot_um"), given.of("residual_fill")
    if not foot.measured and fill.measured:
        return Length(recess.value * (1 - min(fill.value, 1.0)), measured=recess.measured)
    return Length(min(foot.value, recess.value), measured=foot.measured)


def _ubm_um(flow: Flow, recipes: Mapping[str, Recipe]) -> float:
    step = flow.first("deposit_ubm")
    recipe = None if step is None else recipes.get(step.id)
    if recipe is None or not isinstance(recipe.setpoints, SputterSetpoints):
        return 0.5
    return (recipe.setpoints.barrier_nm + recipe.setpoints.seed_nm) / 1000


def _plated_um(flow: Flow, recipes: Mapping[str, Recipe], visit: VisitName) -> float:
    """What the charge of the recipe deposits on the area it declares, every electron counted."""
    step = flow.first(visit)
    recipe = None if step is None else recipes.get(step.id)
    if recipe is None or not isinstance(recipe.setpoints, PlatingCellSetpoints):
        return 0.0
    molar_g, electrons, density = _DEPOSITS[recipe.setpoints.bath]
    volume_cm3 = recipe.setpoints.charge_c * molar_g / (electrons * _FARADAY_C_MOL * density)
    return volume_cm3 / (recipe.setpoints.open_area_dm2 * 100) * 1e4
