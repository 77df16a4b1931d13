"""A plating cell's own part of its controller's map (docs/icd/click_plc_plating_cell.csv)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from drivers.core.points import Limits, Reading
from drivers.instruments.click_plc import PlcMap, df, dh, ds


class Order(IntEnum):
    """Commands that only a plating cell knows."""

    CLAMP = 120  # 1 clamp, seal and test; 0 release
    PREWET = 121  # s
    CIRCULATION = 122  # 1 pump enabled, 0 not; then the flow in 0.1 L/min
    LOWER = 123
    LIFT = 124
    RINSE = 125  # s


ALARMS: Final[Mapping[int, str]] = {
    17: "level_low",
    18: "flow_low",
    19: "seal_leak",
    20: "contact_spread",
}

CHEMISTRY: Final[Mapping[str, int]] = {"cu": 1, "ni": 2, "snag": 3}
# The window of each bath: outside it the deposit is another one, or none.
PH: Final[Mapping[str, Limits]] = {
    "cu": Limits(0.1, 1.5),
    "ni": Limits(3.5, 4.6),
    "snag": Limits(0.1, 2.0),
}


class PlatingCellMap(PlcMap):
    """Bath, circulation, fixture and the ampere-hour meter."""

    level_pct = Reading(df(1), unit="%")
    flow_lpm = Reading(df(2), unit="L/min")
    conductivity_ms_cm = Reading(df(3), unit="mS/cm")
    contact_spread_pct = Reading(df(4), unit="%")
    seal_drop_kpa = Reading(df(5), unit="kPa")
    n2_lpm = Reading(df(6), unit="L/min")
    charge_c = Reading(df(7), unit="C")
    bath_ah_l = Reading(df(8), unit="Ah/L")
    chemistry = Reading(ds(201), unit="")
    current_permit = Reading(dh(14, 6), unit="")
    sealed = Reading(dh(14, 7), unit="")
