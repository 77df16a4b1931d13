"""Which client drives which instrument, and why some have none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from oracles.stands import Wire


@dataclass(frozen=True, slots=True)
class Pair:
    """One client's script against one emulated instrument on one kind of wire.

    `package` is the name of the requirement file. `turned_round` is our driver against the
    emulated instrument that the package brings.
    """

    instrument: str
    package: str
    wire: Wire = "pty"
    turned_round: bool = False

    @property
    def client(self) -> str:
        """Who drives whom."""
        return f"our driver, {self.package}'s pump" if self.turned_round else self.package

    @property
    def name(self) -> str:
        """How `--only` names it."""
        return f"{self.instrument}/{self.package}"

    @property
    def script(self) -> str:
        """The script that runs in the client's environment."""
        return f"{self.package.replace('-', '_')}_{self.instrument}.py"


PAIRS: Final = (
    Pair("aja_dcxs", "pymeasure"),
    Pair("inficon_sqm160", "pymeasure"),
    Pair("mks_937b", "pymeasure"),
    Pair("leybold_turbovac", "turboctl"),
    Pair("leybold_turbovac", "turboctl", turned_round=True),
    Pair("alicat_mc", "alicat"),
    Pair("alicat_mc", "alicat", "tcp"),
    Pair("click_plc", "clickplc", "tcp"),
    Pair("omron_e5cc", "pylablib"),
    Pair("omron_e5cc", "minimalmodbus"),
    Pair("trinamic_tmcm1640", "pytrinamic"),
    Pair("trinamic_tmcm1640", "pylablib"),
    Pair("bronkhorst_propar", "bronkhorst-propar"),
    Pair("eurotherm_3216", "minimalmodbus"),
    Pair("newport_esp301", "pymeasure"),
    Pair("newport_esp301", "instrumentkit"),
    Pair("thorlabs_sc10", "instrumentkit"),
    Pair("thorlabs_pm100", "pymeasure", "tcp"),
    Pair("julabo_cf31", "julabo"),
    Pair("julabo_cf31", "dvg-devices"),
    Pair("xylem_hydrovar", "dvg-devices"),
    Pair("xylem_hydrovar", "minimalmodbus"),
    Pair("tdk_genesys", "pymeasure"),
    Pair("kepco_bop", "pymeasure", "tcp"),
    Pair("hamilton_ph_arc", "minimalmodbus"),
    Pair("lumel_re72", "pylablib"),
    Pair("lumel_re72", "minimalmodbus"),
    Pair("ae_cesar", "instrumentkit"),
    Pair("sensirion_sfc5500", "sensirion-shdlc"),
    Pair("thyracont_vsr", "pymeasure"),
    Pair("pfeiffer_tc110", "pylablib"),
    Pair("pfeiffer_tc110", "pfeiffer-vacuum-protocol"),
    Pair("thermoflex", "dvg-devices"),
    Pair("watlow_ezzone", "watlow", "tcp"),
    Pair("trinamic_tmcm1110", "pylablib"),
    Pair("trinamic_tmcm1110", "pytrinamic"),
)

WITHOUT: Final[Mapping[str, str]] = {
    "oriel_69907": "No client on the package registry: the two that are known are classes of "
    "laboratory programs, which are not published as packages.",
    "vat_valve": "No client on the package registry: only the protocol pages of the manual and "
    "code in private laboratory programs are public.",
}
"""Instruments that nobody else's client can drive, and why."""
