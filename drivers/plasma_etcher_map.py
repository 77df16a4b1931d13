"""The plasma etcher's own part of its controller's map (docs/icd/click_plc_plasma_etcher.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Limits, Reading, Setting
from drivers.instruments.click_plc import PlcMap, df, dh, ds


class Order(IntEnum):
    """Commands that only the plasma etcher knows."""

    PUMP_DOWN = 120
    HIGH_VACUUM = 121  # gate to the turbopump: 1 open, 0 closed
    VENT = 122
    HELIUM = 123  # in 0.1 Torr; 0 is off
    CLAMP = 124  # 1 clamp, 0 de-chuck


class Line(IntEnum):
    """The emission lines whose fall is the end-point of a film."""

    NONE = 0
    COPPER = 1
    FLUORINE = 2  # shown inverted


ALARMS: Final[Mapping[int, str]] = {
    17: "pressure_band",
    18: "helium_flow",
    19: "wafer_hot",
    20: "water_low",
}


class PlasmaEtcherMap(PlcMap):
    """Chamber, helium, temperatures and the emission of the film being etched."""

    chamber_mtorr = Reading(df(1), unit="mTorr")
    helium_torr = Reading(df(2), unit="Torr")
    chuck_c = Reading(df(3), unit="C")
    emission_pct = Reading(df(4), unit="%")
    wafer_c = Reading(df(5), unit="C")
    helium_sccm = Reading(df(6), unit="sccm")
    rf_s = Reading(df(7), unit="s")
    rf_hours_h = Reading(df(8), unit="h")
    line_selected = Setting(ds(201), unit="", limits=Limits(0, 9), resolution=0)
    rf_permit = Reading(dh(14, 6), unit="")
