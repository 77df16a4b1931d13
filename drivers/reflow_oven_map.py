"""The reflow oven's own part of its controller's map (docs/icd/click_plc_reflow_oven.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Reading
from drivers.instruments.click_plc import PlcMap, df, dh


class Order(IntEnum):
    """Commands that only the reflow oven knows."""

    BELT_PERMIT = 120  # 1 the motor may turn, 0 it may not
    NITROGEN_VALVE = 121  # 1 open, 0 closed
    FORMIC = 122  # in 0.01 vol%; 0 is off
    LOAD = 123


ALARMS: Final[Mapping[int, str]] = {
    17: "zone_over_temperature",
    18: "oxygen_high",
    19: "belt_stopped",
    20: "formic_high",
}


class ReflowOvenMap(PlcMap):
    """Belt, atmosphere, where the wafer is and what the profile logger saw of it."""

    belt_m_min = Reading(df(1), unit="m/min")
    oxygen_ppm = Reading(df(2), unit="ppm")
    nitrogen_lpm = Reading(df(3), unit="L/min")
    formic_pct = Reading(df(4), unit="vol%")
    exit_c = Reading(df(5), unit="C")
    position_m = Reading(df(6), unit="m")
    peak_c = Reading(df(7), unit="C")
    above_liquidus_s = Reading(df(8), unit="s")
    wafer_inside = Reading(dh(14, 6), unit="")
    at_exit = Reading(dh(14, 7), unit="")
