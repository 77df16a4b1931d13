"""The spin coater's own part of its controller's map (docs/icd/click_plc_spin_coater.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Reading
from drivers.instruments.click_plc import PlcMap, df, dh


class Order(IntEnum):
    """Commands that only the spin coater knows."""

    CHUCK_VACUUM = 120  # 1 on, 0 off
    LID = 121  # 1 close, 0 open
    NOZZLE = 122  # 1 over the centre and open, 0 closed and parked
    EDGE_BEAD = 123  # s
    DEGAS = 124  # in 0.1 kPa, s
    TO_PLATE = 125
    TO_CHUCK = 126


ALARMS: Final[Mapping[int, str]] = {
    17: "chuck_vacuum_low",
    18: "cup_exhaust_low",
}


class SpinCoaterMap(PlcMap):
    """Chuck, cup, dispense arm, degas lid and the way to the hotplate."""

    chuck_kpa = Reading(df(1), unit="kPa")
    exhaust_pct = Reading(df(2), unit="%")
    nozzle_mm = Reading(df(3), unit="mm")
    degas_kpa = Reading(df(4), unit="kPa")
    cup_c = Reading(df(5), unit="C")
    humidity_pct = Reading(df(6), unit="%")
    baked_s = Reading(df(7), unit="s")
    on_plate = Reading(dh(14, 6), unit="")
    lid_closed = Reading(dh(14, 7), unit="")
    spindle_permit = Reading(dh(14, 8), unit="")
