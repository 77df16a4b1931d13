"""The laminator's own part of its controller's map (docs/icd/click_plc_laminator.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Limits, Reading, Setting
from drivers.instruments.click_plc import PlcMap, df, ds

HELD_ALIKE: Final = 0.001  # a single-precision number reads back this close


class Step(IntEnum):
    """Steps of the controller's own sequence."""

    EVACUATE = 1
    LAMINATE = 2
    TRIM = 3
    VENT = 4


ALARMS: Final[Mapping[int, str]] = {
    17: "film_break",
    18: "roll_not_at_temperature",
    19: "nip_pressure_low",
    20: "misfeed",
}

FILM_MATERIAL: Final[Mapping[str, int]] = {
    "negative_dry_film": 1,
    "negative_dry_film_opaque": 2,
}


class LaminatorMap(PlcMap):
    """Rolls, film and chamber."""

    upper_roll_c = Reading(df(1), unit="C")
    lower_roll_c = Reading(df(2), unit="C")
    nip_bar = Reading(df(3), unit="bar")
    belt_m_min = Reading(df(4), unit="m/min")
    tension_n = Reading(df(5), unit="N")
    film_um = Reading(df(6), unit="um")
    film_left_m = Reading(df(7), unit="m")
    vacuum_kpa = Reading(df(8), unit="kPa")
    preheat_c = Reading(df(9), unit="C")
    nip_setpoint_bar = Setting(df(101), unit="bar", limits=Limits(0.5, 6), resolution=HELD_ALIKE)
    belt_setpoint_m_min = Setting(
        df(102), unit="m/min", limits=Limits(0.1, 4), resolution=HELD_ALIKE
    )
    vacuum_setpoint_kpa = Setting(
        df(103), unit="kPa", limits=Limits(0.5, 101.3), resolution=HELD_ALIKE
    )
    preheat_setpoint_c = Setting(df(104), unit="C", limits=Limits(20, 80), resolution=HELD_ALIKE)
    film_material = Reading(ds(202), unit="")
