"""How the report writes numbers, units, times and the names of metrics and readings."""

import re
from datetime import datetime, timedelta
from math import ceil, isfinite, log10
from typing import Final

from linecontrol.model.metrics import Metric

NOT_THERE: Final = "\N{EN DASH}"  # stands where there is no value
_UNITS: Final = {
    "1": "",
    "um": "µm",
    "C": "°C",
    "mohm": "mΩ",
    "mohm/sq": "mΩ/sq",
    "mJ/cm2": "mJ/cm²",
    "g/mil2": "g/mil²",
}
_SUFFIXES: Final = {
    "_mj_cm2": "mJ/cm²", "_mw_cm2": "mW/cm²", "_a_dm2": "A/dm²", "_wt_pct": "wt%",
    "_m_min": "m/min", "_nm_s": "nm/s", "_kg_cm2": "kg/cm²", "_rpm_s": "rpm/s",
    "_um": "µm", "_nm": "nm", "_mm": "mm", "_m": "m", "_pct": "%", "_ppm": "ppm",
    "_mbar": "mbar", "_bar": "bar", "_kpa": "kPa", "_mtorr": "mTorr", "_torr": "Torr",
    "_ml": "ml", "_lpm": "l/min", "_sccm": "sccm", "_rpm": "rpm", "_kv": "kV", "_mv": "mV",
    "_v": "V", "_ma": "mA", "_a": "A", "_kw": "kW", "_w": "W", "_n": "N", "_s": "s",
    "_min": "min", "_h": "h", "_hz": "Hz", "_g": "g", "_mohm": "mΩ", "_ah": "Ah", "_as": "As",
}  # fmt: skip
_MOMENT: Final = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[+-]\d\d:\d\d)?"
METRIC_WORDS: Final = {
    "rs_mohm_sq": "Sheet resistance",
    "thickness_nu_pct": "Thickness non-uniformity",
    "bow_um": "Change of bow",
    "contact_mohm": "Contact resistance",
    "film_um": "Dry film thickness",
    "voids": "Voids under the film",
    "adhesion": "Adhesion",
    "dose_mj_cm2": "Exposure dose",
    "overlay_um": "Overlay error",
    "wall_cd_um": "Opening between the walls",
    "recess_um": "Recess width",
    "breakpoint_pct": "Breakpoint",
    "scum_um": "Film left on the floor",
    "floor_um": "Liquid resist on the floor",
    "fill": "Recess filled by the coat",
    "floor_scum_um": "Liquid resist left on the floor",
    "residual_fill": "Recess still filled",
    "foot_um": "Foot left open",
    "plated_um": "Plated height",
    "plated_nu_pct": "Height non-uniformity",
    "silver_wt_pct": "Silver in the solder",
    "mushroom_um": "Mushroom overhang",
    "missing_bumps": "Missing bumps",
    "residue_pct": "Resist residue",
    "pad_cd_um": "UBM pad width",
    "undercut_nm": "Undercut of the pad",
    "ubm_left_nm": "UBM left between pads",
    "passivation_loss_nm": "Passivation lost",
    "solder_loss_um": "Solder lost",
    "peak_c": "Peak temperature",
    "above_liquidus_s": "Time above liquidus",
    "bump_um": "Bump height",
    "coplanarity_um": "Coplanarity",
    "imc_um": "Intermetallic layer",
    "void_pct": "Voids in the bumps",
    "shear_g_mil2": "Shear strength",
    "gap_um": "Gap between bumps",
}


def sentence(words: str) -> str:
    """Words that end as a sentence ends."""
    return words if words.endswith((".", "!", "?")) or not words else f"{words}."


def plain(name: str) -> str:
    """A name of the software as words: `deposit_ubm` is read `deposit ubm`."""
    return name.replace("_", " ")


def unit_in_print(unit: str) -> str:
    """A unit as it is printed; nothing for a bare number."""
    return _UNITS.get(unit, unit)


def number(value: float, digits: int = 4) -> str:
    """A value with so many significant digits, with a true minus and powers of ten."""
    if not isfinite(value):
        return "not a number"
    text = f"{value:.{digits}g}"
    mantissa, _, power = text.partition("e")
    if power:
        raised = f"{int(power)}".translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
        text = f"{mantissa} \N{MULTIPLICATION SIGN} 10{raised}"
    return text.replace("-", "\N{MINUS SIGN}")


def with_unit(value: str, unit: str) -> str:
    """A printed value and its printed unit, kept on one line."""
    return f"{value}\N{NO-BREAK SPACE}{unit}" if unit else value


def measured_value(metric: Metric, value: float) -> str:
    """A value as fine as its gauge, and finer where rounding would move it over a limit."""
    if not isfinite(value):
        return "not a number"
    decimals = _decimals(metric)
    while decimals < 6 and metric.judge(round(value, decimals)) != metric.judge(value):
        decimals += 1
    text = f"{value:.{decimals}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _decimals(metric: Metric) -> int:
    """As many as the window has, and one more if the gauge resolves it."""
    window = (metric.target, metric.control_low, metric.control_high, metric.spec_low,
              metric.spec_high)  # fmt: skip
    of_window = max(len(f"{v:g}".partition(".")[2]) for v in window if v is not None)
    of_gauge = ceil(-log10(metric.gauge_sigma)) if metric.gauge_sigma else 0
    return max(of_window, min(of_gauge, of_window + 1))


def in_print(words: str) -> str:
    """Sentences of the software as they are printed: µm, and times without a zone."""
    words = re.sub(r"(?<=[0-9]) um\b", "\N{NO-BREAK SPACE}µm", words)
    return re.sub(_MOMENT, "\\1\N{NO-BREAK SPACE}\\2", words)


def limits(low: float | None, high: float | None) -> str:
    """Two limits in print; the unit stands elsewhere."""
    if low is not None and low == high:
        return number(low)
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    if high is not None:
        return f"≤ {number(high)}"
    return "" if low is None else f"≥ {number(low)}"


def reading(name: str, value: float) -> str:
    """A reading of a phase: its name in words, the value, the unit its name ends in."""
    words, unit = _split(name)
    return f"{words} {with_unit(number(value), unit)}"


def _split(name: str) -> tuple[str, str]:
    if name.endswith("_c"):  # the ending stands for a temperature, and for a charge
        charge = "charge" in name or "delivered" in name
        return plain(name[:-2]), "C" if charge else "°C"
    for suffix, unit in _SUFFIXES.items():
        if name.endswith(suffix):
            return plain(name.removesuffix(suffix)), unit
    return plain(name), ""


def day_and_time(at: datetime) -> str:
    """Date and time to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def duration(span: timedelta) -> str:
    """A span in the two units that matter."""
    seconds = span.total_seconds()
    if seconds < 0:
        return f"\N{MINUS SIGN}{duration(-span)}"
    if seconds < 9.95:
        return with_unit(f"{seconds:.1f}", "s")
    whole = round(seconds)
    minutes, rest_s = divmod(whole, 60)
    hours, rest_min = divmod(minutes, 60)
    days, rest_h = divmod(hours, 24)
    for big, big_unit, small, small_unit in (
        (days, "d", rest_h, "h"),
        (hours, "h", rest_min, "min"),
        (minutes, "min", rest_s, "s"),
    ):
        if big:
            return f"{big} {big_unit} {small:02d} {small_unit}".replace(" ", "\N{NO-BREAK SPACE}")
    return with_unit(f"{whole}", "s")
