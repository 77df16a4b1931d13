"""A wafer as it is before one visit, and a site whose flow is that visit alone."""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

from linecontrol.model.library import shipped
from linecontrol.model.visits import VisitName
from sim_hardware.physics import (
    aligner,
    developer,
    laminator,
    plasma_etcher,
    plating_cell,
    spin_coater,
    sputter,
    stripper,
)
from sim_hardware.physics import route as nominal
from sim_hardware.physics.wafer import Wafer

_R: Final = nominal.Route()
_LIGHT, _DEVELOP = _R.exposures, _R.developments


def _metal(w: Wafer) -> Wafer:
    s = _R.sputtering
    w = sputter.preclean(w, s.preclean_w, s.preclean_s)
    w = sputter.deposit(w, "TiW", s.barrier, s.barrier_s)
    return sputter.deposit(w, "Cu", s.seed, s.seed_s)


def _plate(number: int) -> Callable[[Wafer], Wafer]:
    step = nominal.NOMINAL_PLATING[number]
    cell = plating_cell.Cell(step.bath_c, _R.shield, 1.0, _R.bath_ah_l)

    def plated(w: Wafer) -> Wafer:
        amps = plating_cell.amps_for(w, step.a_dm2)
        return plating_cell.plate(w, step.metal, amps, step.minutes * 60.0, cell)

    return plated


def _etch(w: Wafer) -> Wafer:
    for step in nominal.NOMINAL_ETCHING:
        plasma = step.plasma()
        clear_s = plasma_etcher.endpoint_s(plasma_etcher.clearing_s(w, step.film, plasma))
        w = plasma_etcher.etch(w, clear_s * (1.0 + step.over), plasma)
    return w


_MADE: Final[tuple[tuple[VisitName, Callable[[Wafer], Wafer]], ...]] = (
    ("deposit_ubm", _metal),
    (
        "laminate_film",
        lambda w: laminator.laminate(w, 122.0, 0.035, nominal.NOMINAL_NIP).visited(
            "laminate_film", 0.0
        ),
    ),
    ("expose_film", lambda w: aligner.expose(w, 300.0, _LIGHT.mask, 1800.0)),
    (
        "develop_film",
        lambda w: developer.develop_film(w, _DEVELOP.spray_s, _DEVELOP.spray),
    ),
    ("coat_liquid", lambda w: spin_coater.coat(w, nominal.NOMINAL_COATING)),
    ("flood_expose", lambda w: aligner.expose(w, 1200.0, None, 1800.0)),
    ("develop_liquid", lambda w: developer.develop_liquid(w, 140.0, 23.0, 2.38)),
    ("plate_cu", _plate(0)),
    ("plate_ni", _plate(1)),
    ("plate_snag", _plate(2)),
    ("strip", lambda w: stripper.strip(w, _R.strip_s, _R.strip_tank)),
    ("etch_ubm", _etch),
)


def wafer_before(visit: VisitName, name: str) -> Wafer:
    """A wafer that has had every nominal visit before this one."""
    wafer = Wafer(name)
    for made, step in _MADE:
        if made == visit:
            return wafer
        wafer = step(wafer)
    return wafer


def site_of(folder: Path, *visits: VisitName) -> tuple[Path, str]:
    """A copy of the shipped recipes with a development flow of these visits; its folder and name.

    Nobody measures in it and nobody waits: what is wanted is the tool at work.
    """
    shutil.copytree(shipped() / "steps", folder / "steps")
    (folder / "flows").mkdir()
    text = (shipped() / "flows" / "reentrant_fill_200um.toml").read_text()
    steps = [step for step in tomllib.loads(text)["step"] if step["visit"] in visits]
    head = (
        'schema_version = 1\nname = "part"\ntitle = "Part of the route"\nrevision = 1\n'
        'substrate = "silicon"\npitch_um = 200.0\nmask_cd_um = 102.0\n'
    )
    (folder / "flows" / "part.toml").write_text(head + "".join(_step(step) for step in steps))
    return folder, "part"


def _step(step: dict[str, object]) -> str:
    kept = {key: step[key] for key in ("id", "visit", "tool", "recipe")}
    lines = [f'{key} = "{value}"' for key, value in kept.items()]
    needs = step.get("needs")
    if needs is not None:
        wanted = cast("dict[str, str]", needs)
        pairs = ", ".join(f'{key} = "{value}"' for key, value in wanted.items())
        lines.append(f"needs = {{ {pairs} }}")
    return "\n[[step]]\n" + "\n".join(lines) + "\n"
