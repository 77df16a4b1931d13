"""The sputter's own part of its controller's map (docs/icd/click_plc_sputter.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Reading
from drivers.instruments.click_plc import PlcMap, df, dh


class Order(IntEnum):
    """Commands that only the sputter knows."""

    PUMP_LOCK = 120
    VENT_LOCK = 121
    GAS = 122  # 1 the argon's shut-off valve open, 0 closed
    PRECLEAN = 123  # W, s
    TO_CHAMBER = 124


ALARMS: Final[Mapping[int, str]] = {
    17: "pressure_high",
    18: "water_low",
    19: "lock_not_at_base",
    20: "turbo_not_at_speed",
}


class SputterMap(PlcMap):
    """Pressures, pre-clean and where the wafer is."""

    chamber_mbar = Reading(df(1), unit="mbar")
    lock_mbar = Reading(df(2), unit="mbar")
    process_mtorr = Reading(df(3), unit="mTorr")
    water_lpm = Reading(df(4), unit="L/min")
    chuck_c = Reading(df(5), unit="C")
    preclean_left_s = Reading(df(6), unit="s")
    preclean_w = Reading(df(7), unit="W")
    preclean_done_s = Reading(df(8), unit="s")
    plasma_permit = Reading(dh(14, 6), unit="")
    lock_at_base = Reading(dh(14, 7), unit="")
    wafer_in_chamber = Reading(dh(14, 8), unit="")
