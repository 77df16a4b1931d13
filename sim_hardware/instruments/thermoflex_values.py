"""Values of a ThermoFlex on the wire: a qualifier byte, then an integer in its unit."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Unit(IntEnum):
    """Units of measure, the low half of the qualifier."""

    NONE = 0
    CELSIUS = 1
    FAHRENHEIT = 2
    LPM = 3
    GPM = 4
    PSI = 6
    BAR = 7
    MEGOHM = 8
    KPA = 11


# unit: (what one C, lpm or kPa is in it, what is added)
_SCALES: Final = {
    Unit.FAHRENHEIT: (1.8, 32.0),
    Unit.GPM: (1 / 3.785412, 0.0),
    Unit.PSI: (1 / 6.894757, 0.0),
    Unit.BAR: (0.01, 0.0),
}
TEMPERATURE_DIGITS, FLOW_DIGITS, PRESSURE_DIGITS = 1, 1, 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """How a kind of value is coded; the chiller reckons in C, lpm and kPa."""

    unit: Unit
    digits: int

    def shown(self, value: float) -> float:
        """The value in the unit of the wire."""
        scale, offset = _SCALES.get(self.unit, (1.0, 0.0))
        return value * scale + offset

    def coded(self, value: float) -> bytes:
        """Qualifier and integer; what does not fit in two bytes is cut."""
        number = round(self.shown(value) * 10.0**self.digits)
        number = min(max(number, -0x8000), 0x7FFF)
        return bytes([self.digits << 4 | self.unit]) + number.to_bytes(2, "big", signed=True)

    def decoded(self, data: bytes) -> float:
        """The value of an integer without qualifier."""
        scale, offset = _SCALES.get(self.unit, (1.0, 0.0))
        number = int.from_bytes(data, "big", signed=True)
        return (number / 10.0**self.digits - offset) / scale
