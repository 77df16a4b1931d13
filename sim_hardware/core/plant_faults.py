"""Faults of a plant by role and name: what can be broken from outside, and how."""

from collections.abc import Callable, Mapping
from typing import Protocol

Fault = Callable[[float], None]
FaultTable = Mapping[str, Mapping[str, Fault]]

# What the contacts of the interlock word are called; 1 opens the contact, 0 closes it.
CONTACTS = {
    "emergency_stop": 0,
    "door": 1,
    "guard": 2,
    "n2": 3,
    "cda": 4,
    "exhaust": 5,
    "chemical": 6,
    "leak": 7,
    "vacuum": 8,
    "water": 9,
    "high_temperature": 10,
    "over_level": 11,
}


class Controller(Protocol):
    """What of a tool's controller can be broken."""

    def set_interlock(self, bit: int, *, well: bool) -> None:
        """An interlock contact opened or closed."""
        ...

    def halt(self) -> None:
        """The program stops scanning."""
        ...

    def run(self) -> None:
        """The program scans again."""
        ...

    def power_cycle(self) -> None:
        """The controller loses its supply."""
        ...


def controller_faults(plc: Controller) -> Mapping[str, Fault]:
    """The contacts by name, `halted`, and `power_cycle` (1: once, now)."""

    def contact(bit: int) -> Fault:
        return lambda value: plc.set_interlock(bit, well=not value)

    def halted(value: float) -> None:
        if value:
            plc.halt()
        else:
            plc.run()

    def power_cycle(value: float) -> None:
        if value:
            plc.power_cycle()

    contacts = {name: contact(bit) for name, bit in CONTACTS.items()}
    return {**contacts, "halted": halted, "power_cycle": power_cycle}


def apply_faults(table: FaultTable, role: str, values: Mapping[str, float]) -> None:
    """Set faults of one role; those of the controller are known under every role.

    KeyError for an unknown name, and nothing is set then.
    """
    known = {**table["plc"], **table.get(role, {})}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise KeyError(f"{role} has no fault {', '.join(unknown)}; it has {', '.join(known)}")
    for name, value in values.items():
        known[name](value)
