"""Gases, status words and times of the Alicat MC, as its manual numbers them."""

from enum import Enum, auto
from typing import Final

GASES: Final = (
    "Air", "Ar", "CH4", "CO", "CO2", "C2H6", "H2", "He", "N2", "N2O", "Ne", "O2", "C3H8",
    "n-C4H10", "C2H2", "C2H4", "i-C2H10", "Kr", "Xe", "SF6", "C-25", "C-10", "C-8", "C-2",
    "C-75", "A-75", "A-25", "A1025", "Star29", "P-5",
)  # fmt: skip
SCCM_CODE: Final = 12
TIMES: Final = {
    3: ("ms", 0.001), 4: ("s", 1.0), 5: ("m", 60.0), 6: ("h", 3600.0), 7: ("d", 86400.0),
}  # fmt: skip


class StatusWord(Enum):
    """Words at the end of the data frame, in their order."""

    ADC = auto()  # the converter has failed
    EXH = auto()  # the exhaust valve is open
    HLD = auto()  # the valve is held
    LCK = auto()  # the buttons are locked
    MOV = auto()  # mass flow out of range
    OPL = auto()  # over pressure limit
    OVR = auto()  # the totaliser has turned over
    POV = auto()  # pressure out of range
    TMF = auto()  # the totaliser has missed flow
    TOV = auto()  # temperature out of range
    VOV = auto()  # volume flow out of range
