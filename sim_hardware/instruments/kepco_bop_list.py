"""The list memory of a Kepco BIT 4886 card: levels and dwells of a waveform."""

from collections.abc import Callable, Sequence

from sim_hardware.core.scpi import (
    MISSING_PARAMETER,
    OUT_OF_RANGE,
    PARAMETER_NOT_ALLOWED,
    Handler,
    ScpiError,
)
from sim_hardware.instruments.kepco_bop_output import Step

COMMAND_ERROR = (-100, "Command error")
NUMERIC_ERROR = (-120, "Numeric data error")
SETTINGS_CONFLICT = (-221, "Settings conflict")
TOO_MUCH_DATA = (-223, "Too much data")
ILLEGAL_PARAMETER = (-224, "Illegal parameter value")
NOT_SAME_LENGTH = (-226, "Lists not same length")

MOST_POINTS, SHOWN_POINTS = 1002, 16
SHORTEST_S, LONGEST_S = 0.0005, 10.0
MOST_RUNS, MOST_SKIPPED = 255, 255
ROUNDING = 1e-9  # a value on a limit is inside it

Number = Callable[[str, float, float], float]


class ListMemory:
    """What `LIST` commands write; `run_steps` is what is run.

    `running` tells whether a list is under way, when nothing is taken.
    """

    def __init__(self, most_volts: float, most_amps: float, running: Callable[[], bool]) -> None:
        self._most = {"VOLT": most_volts, "CURR": most_amps}
        self._running = running
        self.clear()

    def clear(self) -> None:
        """Forget levels, dwells and the skipped steps; run once."""
        self.levels: dict[str, list[float]] = {"VOLT": [], "CURR": []}
        self.dwells_s: list[float] = []
        self.runs, self.skipped, self.upwards = 1, 0, True
        self._shown_from = 0

    @property
    def times(self) -> float:
        """How often the list is run; infinite for a count of 0."""
        return float(self.runs) if self.runs else float("inf")

    def run_steps(self, channel: str) -> Sequence[Step]:
        """The steps of a channel; ScpiError -221 if it has none, -226 if dwells do not match."""
        levels = self.levels[channel]
        if not levels:
            raise ScpiError(SETTINGS_CONFLICT)
        dwells_s = self.dwells_s * len(levels) if len(self.dwells_s) == 1 else self.dwells_s
        if len(dwells_s) != len(levels):
            raise ScpiError(NOT_SAME_LENGTH)
        steps = [Step(*pair) for pair in zip(levels, dwells_s, strict=True)]
        return steps if self.upwards else steps[::-1]

    def run_skipped(self) -> int:
        """How many steps are left out after the first run; none downwards."""
        return self.skipped if self.upwards else 0

    def commands(self) -> dict[str, Handler]:
        """The `LIST` part of the command table."""
        root = "[SOURce:]LIST"
        table: dict[str, Handler] = {
            f"{root}:CLEar": self._when_idle(lambda _: self.clear()),
            f"{root}:CURRent[:LEVel]": self._when_idle(self._adder("CURR")),
            f"{root}:VOLTage[:LEVel]": self._when_idle(self._adder("VOLT")),
            f"{root}:DWELl": self._when_idle(self._add_dwells),
            f"{root}:COUNt": self._when_idle(self._set_runs),
            f"{root}:COUNt:SKIP": self._when_idle(self._set_skipped),
            f"{root}:DIRection": self._when_idle(self._set_direction),
            f"{root}:QUERy": self._when_idle(self._set_shown),
            f"{root}:CURRent[:LEVel]?": lambda _: self._shown(self._levels("CURR")),
            f"{root}:VOLTage[:LEVel]?": lambda _: self._shown(self._levels("VOLT")),
            f"{root}:DWELl?": lambda _: self._shown(self.dwells_s),
            f"{root}:CURRent:POINts?": lambda _: str(len(self.levels["CURR"])),
            f"{root}:VOLTage:POINts?": lambda _: str(len(self.levels["VOLT"])),
            f"{root}:DWELl:POINts?": lambda _: str(len(self.dwells_s)),
            f"{root}:COUNt?": lambda _: str(self.runs),
            f"{root}:COUNt:SKIP?": lambda _: str(self.skipped),
            f"{root}:DIRection?": lambda _: "UP" if self.upwards else "DOWN",
            f"{root}:QUERy?": lambda _: str(self._shown_from),
        }
        return table

    def _when_idle(self, handler: Callable[[Sequence[str]], None]) -> Handler:
        def handle(parameters: Sequence[str]) -> None:
            if self._running():
                raise ScpiError(COMMAND_ERROR)
            handler(parameters)

        return handle

    def _adder(self, channel: str) -> Callable[[Sequence[str]], None]:
        other = "VOLT" if channel == "CURR" else "CURR"

        def add(parameters: Sequence[str]) -> None:
            if self.levels[other]:
                raise ScpiError(SETTINGS_CONFLICT)
            most = self._most[channel]
            _extend(self.levels[channel], parameters, -most, most)

        return add

    def _levels(self, channel: str) -> list[float]:
        other = "VOLT" if channel == "CURR" else "CURR"
        if self.levels[other]:
            raise ScpiError(SETTINGS_CONFLICT)
        return self.levels[channel]

    def _add_dwells(self, parameters: Sequence[str]) -> None:
        _extend(self.dwells_s, parameters, SHORTEST_S, LONGEST_S)

    def _set_runs(self, parameters: Sequence[str]) -> None:
        self.runs = int(number(only(parameters), 0, MOST_RUNS))

    def _set_skipped(self, parameters: Sequence[str]) -> None:
        self.skipped = int(number(only(parameters), 0, MOST_SKIPPED))

    def _set_shown(self, parameters: Sequence[str]) -> None:
        self._shown_from = int(number(only(parameters), 0, MOST_POINTS - 1))

    def _set_direction(self, parameters: Sequence[str]) -> None:
        word = only(parameters).upper()
        if word not in {"UP", "DOWN"}:
            raise ScpiError(ILLEGAL_PARAMETER)
        self.upwards = word == "UP"

    def _shown(self, values: Sequence[float]) -> str:
        end = self._shown_from + SHOWN_POINTS
        return ",".join(scientific(value) for value in values[self._shown_from : end])


def _extend(values: list[float], parameters: Sequence[str], low: float, high: float) -> None:
    if not parameters:
        raise ScpiError(MISSING_PARAMETER)
    more = [number(text, low, high) for text in parameters]
    if len(values) + len(more) > MOST_POINTS:
        raise ScpiError(TOO_MUCH_DATA)
    values += more


def only(parameters: Sequence[str]) -> str:
    """The one parameter of a command; ScpiError -109 or -108."""
    if not parameters:
        raise ScpiError(MISSING_PARAMETER)
    if len(parameters) > 1:
        raise ScpiError(PARAMETER_NOT_ALLOWED)
    return parameters[0]


def number(text: str, low: float, high: float) -> float:
    """A number, MIN or MAX within low..high; ScpiError -120 or -222 otherwise."""
    word = text.strip().upper()
    named = {"MIN": low, "MINIMUM": low, "MAX": high, "MAXIMUM": high}
    if word in named:
        return named[word]
    try:
        value = float(word)
    except ValueError:
        raise ScpiError(NUMERIC_ERROR) from None
    if not low - ROUNDING <= value <= high + ROUNDING:
        raise ScpiError(OUT_OF_RANGE)
    return value


def scientific(value: float) -> str:
    """A number as the card prints it, e.g. 2.71000E1."""
    mantissa, _, exponent = f"{value:.5E}".partition("E")
    return f"{mantissa}E{int(exponent)}"
