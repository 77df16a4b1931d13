"""Faults of the catalogue at work: set at a time of the line's clock, mended at another."""

import asyncio
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sim_hardware.core.clock import LineClock
from sim_hardware.core.fault_catalogue import Catalogue, CataloguedFault, Where

SetFaults = Callable[[str, str, Mapping[str, float]], None]
_ORDER: Final = re.compile(
    r"(?P<name>\w+)@(?P<tool>\w+)(?:\.(?P<role>\w+))?(?:\+(?P<at>[0-9.]+))?(?::(?P<lasts>[0-9.]+))?"
)
ORDER_FORM: Final = (
    "NAME@TOOL, NAME@TOOL.ROLE, and after it +SECONDS until it comes, :SECONDS it lasts"
)


@dataclass(frozen=True, slots=True)
class FaultOrder:
    """A fault that somebody asks for: `at_s` from now, for `for_s` or as the catalogue says."""

    name: str
    tool: str
    role: str = ""
    at_s: float = 0.0
    for_s: float | None = None


@dataclass(slots=True)
class Injected:
    """One fault of one place: waiting until `from_s`, then active until `until_s`."""

    name: str
    tool: str
    role: str
    from_s: float
    until_s: float
    heal: Mapping[str, float]
    active: bool = False
    timer: asyncio.TimerHandle | None = None


def read_order(text: str) -> FaultOrder:
    """What `--fault` says; ValueError for anything else."""
    found = _ORDER.fullmatch(text)
    if found is None:
        raise ValueError(f"found {text!r}; allowed: {ORDER_FORM}")
    at_s, lasts = float(found["at"] or 0.0), found["lasts"]
    return FaultOrder(
        found["name"], found["tool"], found["role"] or "", at_s, None if not lasts else float(lasts)
    )


class Injector:
    """Sets and mends faults of one line. `places` are its tools' places, by tool."""

    def __init__(
        self,
        clock: LineClock,
        catalogue: Catalogue,
        places: Mapping[str, Sequence[Where]],
        set_faults: SetFaults,
    ) -> None:
        self._clock, self._catalogue, self._places = clock, catalogue, places
        self._set_faults = set_faults
        self._known: list[Injected] = []

    def inject(self, order: FaultOrder) -> Injected:
        """Set a fault now or later; KeyError if there is none such, or not in that place."""
        fault = self._fault(order.name)
        where = self._where(order)
        place = fault.place(where)
        assert place is not None  # as the place was chosen
        from_s = self._clock.now_s() + order.at_s
        lasts_s = fault.for_s if order.for_s is None else order.for_s
        injected = Injected(
            order.name, order.tool, where.role, from_s, from_s + lasts_s, place.heal
        )

        def begin() -> None:
            injected.active = True
            self._set_faults(injected.tool, injected.role, place.values)
            injected.timer = None
            if math.isfinite(injected.until_s):
                injected.timer = self._clock.at(injected.until_s, lambda: self._mend(injected))

        if order.at_s > 0.0:
            injected.timer = self._clock.at(from_s, begin)
        else:
            begin()
        self._known.append(injected)
        return injected

    def heal(self, order: FaultOrder) -> None:
        """Mend a fault, or forget one that waits; KeyError if there is none such at work."""
        found = [
            each
            for each in self._known
            if (each.name, each.tool) == (order.name, order.tool) and order.role in {"", each.role}
        ]
        if not found:
            raise KeyError(f"{order.name} is not at work at {order.tool}")
        for injected in found:
            self._mend(injected)

    def forget(self) -> None:
        """Nothing more comes or goes by itself."""
        for injected in self._known:
            if injected.timer is not None:
                injected.timer.cancel()
        self._known.clear()

    def shown(self, tool: str = "") -> list[dict[str, object]]:
        """What is at work or waits, of one tool or of all; times of the line's clock."""
        return [
            {
                "fault": each.name,
                "tool": each.tool,
                "role": each.role,
                "active": each.active,
                "from_s": each.from_s,
                "until_s": each.until_s if math.isfinite(each.until_s) else None,
            }
            for each in self._known
            if tool in {"", each.tool}
        ]

    def _mend(self, injected: Injected) -> None:
        if injected.timer is not None:
            injected.timer.cancel()
        self._known.remove(injected)
        if injected.active and injected.heal:
            self._set_faults(injected.tool, injected.role, injected.heal)

    def _fault(self, name: str) -> CataloguedFault:
        if name not in self._catalogue:
            raise KeyError(f"no fault is called {name}; there are {', '.join(self._catalogue)}")
        return self._catalogue[name]

    def _where(self, order: FaultOrder) -> Where:
        """The place that is meant; without a role the only one where the fault can be."""
        if order.tool not in self._places:
            raise KeyError(f"there is no tool {order.tool}; there are {', '.join(self._places)}")
        fault = self._fault(order.name)
        fitting = [where for where in self._places[order.tool] if fault.place(where) is not None]
        named = [where for where in fitting if order.role in {"", where.role}]
        if len(named) != 1:
            roles = ", ".join(where.role for where in fitting) or "no role"
            said = f"{order.name} can be at {order.tool} in {roles}"
            raise KeyError(f"{said}; found {order.role or 'no role'}")
        return named[0]
