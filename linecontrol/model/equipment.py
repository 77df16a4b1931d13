"""Which instruments each kind of tool is made of, and how each of them is wired."""

from collections.abc import Mapping
from typing import Final, Literal

from linecontrol.model.visits import ToolKind

Transport = Literal["modbus_tcp", "modbus_rtu", "serial", "visa"]

MODELS: Final[Mapping[str, Transport]] = {
    "click_plc": "modbus_tcp",
    "aja_dcxs": "serial",
    "inficon_sqm160": "serial",
    "omron_e5cc": "modbus_rtu",
    "trinamic_tmcm1640": "serial",
    "eurotherm_3216": "modbus_rtu",
    "newport_esp301": "serial",
    "thorlabs_sc10": "serial",
    "thorlabs_pm100": "visa",
    "julabo_cf31": "serial",
    "tdk_genesys": "serial",
    "lumel_re72": "modbus_rtu",
    "ae_cesar": "serial",
    "sensirion_sfc5500": "serial",
    "watlow_ezzone": "modbus_tcp",
    "mks_937b": "serial",
    "leybold_turbovac": "serial",
    "alicat_mc": "serial",
    "bronkhorst_propar": "serial",
    "oriel_69907": "serial",
    "xylem_hydrovar": "modbus_rtu",
    "kepco_bop": "visa",
    "hamilton_ph_arc": "modbus_rtu",
    "thyracont_vsr": "serial",
    "vat_valve": "serial",
    "pfeiffer_tc110": "serial",
    "thermoflex": "serial",
    "trinamic_tmcm1110": "serial",
}

# What the line file may set for an instrument, by its wire and by its model; and to what.
OPTION_VALUES: Final[Mapping[str, tuple[str, ...] | Literal["number", "count"]]] = {
    "timeout_s": "number",
    "baud": "count",
    "bits": "count",
    "parity": ("N", "E", "O"),
    "stop_bits": "count",
    "units_in_parallel": "count",
    "sensor_area_cm2": "number",
    "word_order": ("low_first", "high_first"),
    "units": ("F", "C"),
    "zones": "count",
    "film_um": "number",
}
WIRE_OPTIONS: Final[Mapping[Transport, frozenset[str]]] = {
    "modbus_tcp": frozenset({"timeout_s"}),
    "modbus_rtu": frozenset({"timeout_s", "baud", "bits", "parity", "stop_bits"}),
    "serial": frozenset({"baud", "bits", "parity", "stop_bits"}),
    "visa": frozenset({"timeout_s"}),
}
MODEL_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "aja_dcxs": frozenset({"units_in_parallel"}),
    "thorlabs_pm100": frozenset({"sensor_area_cm2"}),
    "watlow_ezzone": frozenset({"word_order", "units", "zones"}),
    "click_plc": frozenset({"film_um"}),  # how thick the film is on an emulated laminator
}

# By role; where a role can be filled by different models, the line file chooses.
ROLES: Final[Mapping[ToolKind, Mapping[str, tuple[str, ...]]]] = {
    "sputter": {
        "plc": ("click_plc",),
        "dc_supply": ("aja_dcxs",),
        "monitor": ("inficon_sqm160",),
        "gauges": ("mks_937b",),
        "turbo": ("leybold_turbovac",),
        "argon": ("alicat_mc",),
    },
    "laminator": {
        "plc": ("click_plc",),
        "upper_roll": ("omron_e5cc",),
        "lower_roll": ("omron_e5cc",),
    },
    "spin_coater": {
        "plc": ("click_plc",),
        "spindle": ("trinamic_tmcm1640",),
        "hotplate": ("eurotherm_3216",),
        "dispenser": ("bronkhorst_propar",),
    },
    "aligner": {
        "plc": ("click_plc",),
        "stage": ("newport_esp301",),
        "shutter": ("thorlabs_sc10",),
        "dose_meter": ("thorlabs_pm100",),
        "lamp": ("oriel_69907",),
    },
    "developer": {
        "plc": ("click_plc",),
        "carbonate_bath": ("julabo_cf31",),
        "tmah_bath": ("julabo_cf31",),
        "spray_pump": ("xylem_hydrovar",),
    },
    "plating_cell": {
        "plc": ("click_plc",),
        "rectifier": ("tdk_genesys", "kepco_bop"),
        "bath": ("julabo_cf31",),
        "pump": ("xylem_hydrovar",),
        "ph": ("hamilton_ph_arc",),
    },
    "stripper": {
        "plc": ("click_plc",),
        "tank_heater": ("lumel_re72",),
        "spray_pump": ("xylem_hydrovar",),
        "nitrogen": ("alicat_mc",),
    },
    "plasma_etcher": {
        "plc": ("click_plc",),
        "source": ("ae_cesar",),
        "bias": ("ae_cesar",),
        "argon": ("sensirion_sfc5500",),
        "sf6": ("sensirion_sfc5500",),
        "gauge": ("thyracont_vsr",),
        "throttle": ("vat_valve",),
        "turbo": ("pfeiffer_tc110",),
        "chiller": ("thermoflex",),
    },
    "reflow_oven": {
        "plc": ("click_plc",),
        "zones": ("watlow_ezzone",),
        "belt": ("trinamic_tmcm1110",),
        "nitrogen": ("alicat_mc",),
    },
}

# What a model adds to what its tool can do, by the key that a step asks with in its `needs`.
ABLE_BY_MODEL: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "tdk_genesys": {"current": ("direct",)},
    "kepco_bop": {"current": ("direct", "pulse_reverse")},
}
