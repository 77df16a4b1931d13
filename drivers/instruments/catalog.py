"""Every instrument model that a line file may name, by the name of its file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.newport_esp301 import NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.watlow_ezzone import WatlowEzzone

MODELS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "ae_cesar": AeCesar,
        "aja_dcxs": AjaDcxs,
        "click_plc": ClickPlc,
        "eurotherm_3216": Eurotherm3216,
        "inficon_sqm160": InficonSqm160,
        "julabo_cf31": JulaboCf31,
        "lumel_re72": LumelRe72,
        "newport_esp301": NewportEsp301,
        "omron_e5cc": OmronE5cc,
        "sensirion_sfc5500": SensirionSfc5500,
        "tdk_genesys": TdkGenesys,
        "thorlabs_pm100": ThorlabsPm100,
        "thorlabs_sc10": ThorlabsSc10,
        "trinamic_tmcm1640": TrinamicTmcm1640,
        "watlow_ezzone": WatlowEzzone,
    }
)
