"""Thorlabs PM100USB / PM100D power meter with a photodiode head, from its SCPI command reference.

LF ends lines both ways. The head tells its six fields; a photodiode cannot measure energy.

Chosen here, not stated by the source: the energy query without a pyroelectric head is refused
with -221 and not answered; six digits after the point; the dark reading is zero; settings have
their reset values after power-up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from sim_hardware.core.scpi import (
    MISSING_PARAMETER,
    PARAMETER_NOT_ALLOWED,
    Handler,
    ScpiError,
    ScpiInstrument,
    decimal,
)

IDENTITY = "Thorlabs,PM100D,P0012345,2.4.0"
SETTINGS_CONFLICT = (-221, "Settings conflict")
POWER, ENERGY, RESPONSE, WAVELENGTH_SETTABLE = 1, 2, 16, 32
LONGEST_INTEGRATION_S = 3600.0


@dataclass(frozen=True, slots=True)
class Head:
    """A sensor head as it describes itself, and the wavelengths it is calibrated for."""

    name: str = "S170C"
    serial: str = "11040303"
    calibrated: str = "20-JAN-2026"
    kind: int = 1
    subtype: int = 2
    flags: int = POWER | WAVELENGTH_SETTABLE
    shortest_nm: float = 350.0
    longest_nm: float = 1100.0
    highest_w: float = 0.150

    @property
    def fields(self) -> str:
        """The answer to the sensor's identity query."""
        return (
            f"{self.name},{self.serial},{self.calibrated},{self.kind},{self.subtype},{self.flags}"
        )


class Light(Protocol):
    """What falls on the head."""

    def light_w(self) -> float:
        """Radiant power on the head now."""
        ...


class ThorlabsPm100(ScpiInstrument):
    """One meter with one head; `head_unplugged` is a fault."""

    def __init__(self, light: Light, *, head: Head | None = None) -> None:
        self._light = light
        self.head = Head() if head is None else head
        self.head_unplugged = False
        self.wavelength_nm = 635.0
        self.auto_range = True
        self.averages = 1
        self._configured = "POW"
        self._held = 0.0
        super().__init__(IDENTITY, self._commands())

    @override
    def reset(self) -> None:
        """Back to what the meter has at delivery."""
        self.wavelength_nm = 635.0
        self.auto_range, self.averages = True, 1
        self._configured, self._held = "POW", 0.0

    def power_w(self) -> float:
        """What the display shows: the head saturates."""
        return min(self._light.light_w(), self.head.highest_w)

    def _commands(self) -> dict[str, Handler]:
        wavelength = "[SENSe]:CORRection:WAVelength"
        return {
            "SYSTem:SENSor:IDN?": self._sensor,
            f"{wavelength}?": self._wavelength,
            wavelength: self._set_wavelength,
            "[SENSe]:AVERage[:COUNt]?": lambda _: str(self.averages),
            "[SENSe]:AVERage[:COUNt]": self._set_averages,
            "[SENSe]:POWer[:DC]:RANGe:AUTO?": lambda _: str(int(self.auto_range)),
            "[SENSe]:POWer[:DC]:RANGe:AUTO": self._set_auto_range,
            "[SENSe]:POWer[:DC]:UNIT?": lambda _: "W",
            "MEASure[:SCALar][:POWer]?": lambda _: self._measure("POW"),
            "MEASure[:SCALar]:ENERgy?": lambda _: self._measure("ENER"),
            "CONFigure[:SCALar][:POWer]": lambda _: self._configure("POW"),
            "CONFigure[:SCALar]:ENERgy": lambda _: self._configure("ENER"),
            "CONFigure?": lambda _: self._configured,
            "INITiate[:IMMediate]": lambda _: self._initiate(),
            "FETCh?": lambda _: _number(self._held),
            "READ?": lambda _: self._measure(self._configured),
        }

    def _sensor(self, _: Sequence[str]) -> str:
        return "no sensor,,,0,0,0" if self.head_unplugged else self.head.fields

    def _wavelength(self, parameters: Sequence[str]) -> str:
        if not parameters:
            return _number(self.wavelength_nm)
        return _number(self._nanometres(parameters))

    def _set_wavelength(self, parameters: Sequence[str]) -> None:
        self.wavelength_nm = self._nanometres(parameters)

    def _nanometres(self, parameters: Sequence[str]) -> float:
        return decimal(
            _only(parameters), self.head.shortest_nm, self.head.longest_nm, default=635.0
        )

    def _set_averages(self, parameters: Sequence[str]) -> None:
        self.averages = int(decimal(_only(parameters), 1, 3000, default=1))

    def _set_auto_range(self, parameters: Sequence[str]) -> None:
        word = {"ON": "1", "OFF": "0"}.get(_only(parameters).upper(), parameters[0])
        self.auto_range = decimal(word, 0, 1) != 0

    def _measure(self, quantity: str) -> str:
        self._configure(quantity)
        self._initiate()
        return _number(self._held)

    def _configure(self, quantity: str) -> None:
        if quantity == "ENER" and not self.head.flags & ENERGY:
            raise ScpiError(SETTINGS_CONFLICT)
        self._configured = quantity

    def _initiate(self) -> None:
        self._held = 0.0 if self.head_unplugged else self.power_w()


def _only(parameters: Sequence[str]) -> str:
    """The one parameter that a command takes."""
    if not parameters:
        raise ScpiError(MISSING_PARAMETER)
    if len(parameters) > 1:
        raise ScpiError(PARAMETER_NOT_ALLOWED)
    return parameters[0]


def _number(value: float) -> str:
    return f"{value:.6E}"
