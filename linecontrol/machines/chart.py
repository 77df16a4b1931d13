"""State machines as tables: the one file that knows the library behind them.

A table is a fact about a standard: rows of event, source and destination, numbered as the
standard numbers them. Nothing here acts. Four habits of the library are shut out: a refused
move that returns False, an invalid trigger that returns True when queued, jumps to any state,
and callbacks found by their name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from transitions import Machine, MachineError

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)


class Unexpected(Exception):
    """The event does not belong in this state; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Row(Generic[StateT, EventT]):
    """One move; `number` is the standard's own, 0 where the standard has none."""

    event: EventT
    source: StateT
    dest: StateT
    number: int = 0


class _Subject:
    """What the library moves; it holds one state for the length of one call."""

    state: str


class Chart(Generic[StateT, EventT]):
    """One table; the state of a subject lives in the journal and is passed in."""

    def __init__(self, name: str, initial: StateT, rows: Sequence[Row[StateT, EventT]]) -> None:
        self.name, self.initial, self.rows = name, initial, tuple(rows)
        self.states = type(initial)
        self._dest = {(row.event, row.source): row for row in self.rows}
        if len(self._dest) != len(self.rows):
            raise ValueError(f"{name}: an event leads to two places from one state")
        self._subject = _Subject()
        self._machine = Machine(
            model=self._subject,
            states=[state.value for state in self.states],
            transitions=[
                {"trigger": row.event.value, "source": row.source.value, "dest": row.dest.value}
                for row in self.rows
            ],
            initial=initial.value,
            auto_transitions=False,
        )

    def fire(self, state: StateT, event: EventT) -> StateT:
        """Return the state after `event`; raise Unexpected if the table has no such row."""
        self._machine.set_state(state.value, self._subject)
        try:
            moved = self._machine.events[event.value].trigger(self._subject)
        except (MachineError, KeyError) as error:
            raise Unexpected(f"{self.name}: {event} is not possible in {state}") from error
        if not moved:
            raise Unexpected(f"{self.name}: {event} was refused in {state}")
        return self.states(self._subject.state)

    def row(self, state: StateT, event: EventT) -> Row[StateT, EventT]:
        """Return the row that `event` takes in `state`; raise Unexpected if there is none."""
        try:
            return self._dest[event, state]
        except KeyError:
            raise Unexpected(f"{self.name}: {event} is not possible in {state}") from None

    def possible(self, state: StateT) -> tuple[EventT, ...]:
        """The events that have a row in `state`, in the order of the table."""
        return tuple(row.event for row in self.rows if row.source == state)
