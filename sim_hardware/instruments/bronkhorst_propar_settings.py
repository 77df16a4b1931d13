"""What a Bronkhorst instrument keeps without power: limits, modes, names; and what they alarm."""

from collections.abc import Callable
from typing import Final

from sim_hardware.instruments.bronkhorst_propar_messages import Kind, Parameter, Value

FULL: Final = 32000
ABSOLUTE_ALARM, RESPONSE_ALARM, POWER_ALARM = 1, 2, 3
MINIMUM_BIT, MAXIMUM_BIT, POWER_OR_RESPONSE_BIT = 4, 8, 32


class Settings:
    """Numbers and texts that only have to be kept; `changed` is called after a number was set."""

    def __init__(self, capacity_g_min: float, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.numbers: dict[str, float] = {
            "capacity": capacity_g_min,
            **dict.fromkeys(("fluid", "slope", "io", "counter_output"), 0.0),
            **dict.fromkeys(("counter_setpoint_mode", "counter_setpoint"), 0.0),
            **dict.fromkeys(("alarm_max", "alarm_min", "alarm_mode", "alarm_delay"), 0.0),
            **dict.fromkeys(("alarm_setpoint_mode", "alarm_setpoint"), 0.0),
            "alarm_reset": 15.0,
        }
        self.texts = {
            "fluid": "", "unit": "", "counter_unit": "g", "tag": "USERTAG",
            "type": "DMFC", "model": "M14-ABD-22-0-S", "serial": "", "firmware": "V2.20",
        }  # fmt: skip

    def table(self) -> dict[tuple[int, int], Parameter]:
        """The parameters that are nothing else."""
        return {
            (1, 2): self._number("slope", Kind.INT16, 30000),
            (1, 13): self._capacity(),
            (1, 16): self._number("fluid", Kind.INT8, 7),
            (1, 17): self._text("fluid", 10),
            (1, 31): self._text("unit", 7, secured=True),
            (97, 1): self._number("alarm_max", Kind.INT16, FULL),
            (97, 2): self._number("alarm_min", Kind.INT16, FULL),
            (97, 3): self._number("alarm_mode", Kind.INT8, POWER_ALARM),
            (97, 5): self._number("alarm_setpoint_mode", Kind.INT8, 1),
            (97, 6): self._number("alarm_setpoint", Kind.INT16, FULL),
            (97, 7): self._number("alarm_delay", Kind.INT8, 255),
            (97, 9): self._number("alarm_reset", Kind.INT8, 15),
            (104, 4): self._number("counter_output", Kind.INT8, 2),
            (104, 5): self._number("counter_setpoint_mode", Kind.INT8, 1),
            (104, 6): self._number("counter_setpoint", Kind.INT16, FULL),
            (104, 7): self._text("counter_unit", 4),
            (113, 1): self._fixed("type"),
            (113, 2): self._fixed("model"),
            (113, 3): self._fixed("serial"),
            (113, 5): self._fixed("firmware"),
            (113, 6): self._text("tag", 16),
            (114, 11): self._number("io", Kind.INT8, 255, secured=True),
        }

    def alarms(self, measured: float, setpoint: float) -> int:
        """Bits of the limits that are passed."""
        low, high, response = self.numbers["alarm_min"], self.numbers["alarm_max"], 0
        mode = self.numbers["alarm_mode"]
        if mode not in {ABSOLUTE_ALARM, RESPONSE_ALARM}:
            return 0
        if mode == RESPONSE_ALARM:
            low, high, response = setpoint - low, setpoint + high, POWER_OR_RESPONSE_BIT
        if measured < low:
            return MINIMUM_BIT | response
        return MAXIMUM_BIT | response if measured > high else 0

    def _number(self, name: str, kind: Kind, high: float, *, secured: bool = False) -> Parameter:
        return Parameter(
            kind, lambda: self.numbers[name], self._keeper(name), high=high, secured=secured
        )

    def _capacity(self) -> Parameter:
        return Parameter(
            Kind.INT32, lambda: self.numbers["capacity"], self._keeper("capacity"),
            low=1e-3, high=1e9, real=True, secured=True,
        )  # fmt: skip

    def _keeper(self, name: str) -> Callable[[float], None]:
        def keep(value: float) -> None:
            self.numbers[name] = value
            self._changed()

        return keep

    def _fixed(self, name: str) -> Parameter:
        return Parameter(Kind.TEXT, lambda: self.texts[name])

    def _text(self, name: str, longest: int, *, secured: bool = False) -> Parameter:
        def keep(text: str) -> None:
            self.texts[name] = text

        return Parameter(
            Kind.TEXT, lambda: self.texts[name], write_text=keep, high=longest, secured=secured
        )


def byte(
    read: Callable[[], Value],
    write: Callable[[float], None] | None = None,
    *,
    high: float = 255.0,
    allowed: frozenset[int] | None = None,
) -> Parameter:
    """A number of 8 bits."""
    return Parameter(Kind.INT8, read, write, high=high, allowed=allowed)


def word(read: Callable[[], Value], write: Callable[[float], None] | None = None) -> Parameter:
    """A number of 16 bits, 32000 being all."""
    return Parameter(Kind.INT16, read, write, high=FULL)


def real(
    read: Callable[[], Value], write: Callable[[float], None] | None = None, *, high: float = 0.0
) -> Parameter:
    """A float."""
    return Parameter(Kind.INT32, read, write, high=high, real=True)
