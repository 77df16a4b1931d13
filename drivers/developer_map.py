"""The developer's own part of its controller's map (docs/icd/click_plc_developer.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Limits, Reading, Setting
from drivers.instruments.click_plc import PlcMap, df, ds

HELD_ALIKE: Final = 0.001  # a single-precision number reads back this close


class Order(IntEnum):
    """Commands that only the developer knows."""

    DRAIN = 120  # chemistry
    FILL = 121  # chemistry
    RINSE = 122  # s; then dry


class Step(IntEnum):
    """Steps of the controller's own sequence."""

    DEVELOP = 1
    RINSE = 2
    DRY = 3


ALARMS: Final[Mapping[int, str]] = {
    17: "low_flow",
    18: "conductivity_out",
    19: "level",
    20: "bath_temperature",
    21: "rinse_resistivity_low",
}

CHEMISTRY: Final[Mapping[str, int]] = {"na2co3": 1, "tmah": 2}


class DeveloperMap(PlcMap):
    """The selected bath, the spray, the camera and the count of seconds under developer."""

    bath_c = Reading(df(1), unit="C")
    conductivity_ms_cm = Reading(df(2), unit="mS/cm")
    spray_bar = Reading(df(3), unit="bar")
    flow_lpm = Reading(df(4), unit="L/min")
    spin_rpm = Reading(df(5), unit="1/min")
    rinse_mohm = Reading(df(6), unit="Mohm.cm")
    breakpoint_s = Reading(df(7), unit="s")
    developed_s = Reading(df(8), unit="s")
    spray_setpoint_bar = Setting(df(101), unit="bar", limits=Limits(0, 4), resolution=HELD_ALIKE)
    develop_setpoint_s = Setting(df(102), unit="s", limits=Limits(1, 1200), resolution=HELD_ALIKE)
    rinse_setpoint_s = Setting(df(103), unit="s", limits=Limits(1, 600), resolution=HELD_ALIKE)
    dry_setpoint_s = Setting(df(104), unit="s", limits=Limits(1, 600), resolution=HELD_ALIKE)
    chemistry = Setting(ds(201), unit="", limits=Limits(1, 2), resolution=0)
