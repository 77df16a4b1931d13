"""Every instrument model that a line file may name, by the name of its file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.newport_esp301 import NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.vat_valve import VatValve
from drivers.instruments.watlow_ezzone import WatlowEzzone
from drivers.instruments.xylem_hydrovar import XylemHydrovar

MODELS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "ae_cesar": AeCesar,
        "aja_dcxs": AjaDcxs,
        "alicat_mc": AlicatMc,
        "bronkhorst_propar": BronkhorstPropar,
        "click_plc": ClickPlc,
        "eurotherm_3216": Eurotherm3216,
        "hamilton_ph_arc": HamiltonPhArc,
        "inficon_sqm160": InficonSqm160,
        "julabo_cf31": JulaboCf31,
        "kepco_bop": KepcoBop,
        "leybold_turbovac": LeyboldTurbovac,
        "lumel_re72": LumelRe72,
        "mks_937b": Mks937b,
        "newport_esp301": NewportEsp301,
        "omron_e5cc": OmronE5cc,
        "oriel_69907": Oriel69907,
        "pfeiffer_tc110": PfeifferTc110,
        "sensirion_sfc5500": SensirionSfc5500,
        "tdk_genesys": TdkGenesys,
        "thermoflex": Thermoflex,
        "thorlabs_pm100": ThorlabsPm100,
        "thorlabs_sc10": ThorlabsSc10,
        "thyracont_vsr": ThyracontVsr,
        "trinamic_tmcm1110": TrinamicTmcm1110,
        "trinamic_tmcm1640": TrinamicTmcm1640,
        "vat_valve": VatValve,
        "watlow_ezzone": WatlowEzzone,
        "xylem_hydrovar": XylemHydrovar,
    }
)
