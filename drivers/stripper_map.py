"""The stripper's own part of its controller's map (docs/icd/click_plc_stripper.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Limits, Reading, Setting
from drivers.instruments.click_plc import PlcMap, df

HELD_ALIKE: Final = 0.001  # a single-precision number reads back this close


class Order(IntEnum):
    """Commands that only the stripper knows."""

    AGITATE = 120  # %
    DRAIN = 121
    LIFT_AND_RINSE = 122


class Step(IntEnum):
    """Steps of the controller's own sequence."""

    STRIP = 1
    SECOND = 2
    RINSE = 3
    DRY = 4


ALARMS: Final[Mapping[int, str]] = {
    17: "solvent_level",
    18: "flash_temperature",
    19: "vapour",
    20: "n2_low_dry",
    21: "heater_over_temperature",
}


class StripperMap(PlcMap):
    """Tank, vapour, dry and the count of seconds in solvent."""

    tank_c = Reading(df(1), unit="C")
    level_pct = Reading(df(2), unit="%")
    spray_bar = Reading(df(3), unit="bar")
    n2_lpm = Reading(df(4), unit="L/min")
    vapour_c = Reading(df(5), unit="C")
    immersed_s = Reading(df(6), unit="s")
    strip_setpoint_s = Setting(df(101), unit="s", limits=Limits(1, 7200), resolution=HELD_ALIKE)
    second_setpoint_s = Setting(df(102), unit="s", limits=Limits(1, 3600), resolution=HELD_ALIKE)
    rinse_setpoint_s = Setting(df(103), unit="s", limits=Limits(1, 3600), resolution=HELD_ALIKE)
    dry_setpoint_s = Setting(df(104), unit="s", limits=Limits(1, 3600), resolution=HELD_ALIKE)
    agitation_setpoint_pct = Setting(
        df(105), unit="%", limits=Limits(0, 100), resolution=HELD_ALIKE
    )
