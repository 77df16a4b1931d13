"""The aligner's own part of its controller's map (docs/icd/click_plc_aligner.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Reading
from drivers.instruments.click_plc import PlcMap, df, dh, ds


class Order(IntEnum):
    """Commands that only the aligner knows."""

    CHUCK_VACUUM = 120  # 1 on, 0 off
    LOAD_RETICLE = 121  # number; 0 is none
    GAP = 122  # in 0.1 um; 0 is fully open


ALARMS: Final[Mapping[int, str]] = {
    17: "chuck_vacuum_low",
    18: "lamp_off",
    19: "marks_not_found",
}


class AlignerMap(PlcMap):
    """Marks, gap, lamp, chuck and reticle."""

    mark_x_um = Reading(df(1), unit="um")
    mark_y_um = Reading(df(2), unit="um")
    mark_theta_mdeg = Reading(df(3), unit="0.001 deg")
    gap_um = Reading(df(4), unit="um")
    enclosure_c = Reading(df(5), unit="C")
    lamp_house_c = Reading(df(6), unit="C")
    chuck_kpa = Reading(df(7), unit="kPa")
    reticle_loaded = Reading(ds(201), unit="")
    shutter_open = Reading(dh(14, 6), unit="")
    exposure_permit = Reading(dh(14, 7), unit="")
