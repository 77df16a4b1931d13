"""Alarms and warnings of a tool controller: latched bits, the first one, and a change counter."""

COMMON_ALARMS = frozenset(range(1, 17))
FIRST_WARNING = 201
COUNTER_WRAP = 0x8000


class AlarmBook:
    """Alarms 1..128 stay latched until acknowledged; warnings 201..264 follow their cause."""

    def __init__(self, known: frozenset[int]) -> None:
        self._known = COMMON_ALARMS | known
        self._latched: list[int] = []  # in the order in which they came
        self._standing: set[int] = set()
        self.event_seq = 0

    @property
    def first(self) -> int:
        """The alarm that came first of those latched; 0 if none. Warnings stop nothing."""
        return next((each for each in self._latched if each < FIRST_WARNING), 0)

    @property
    def count(self) -> int:
        """Alarms and warnings shown now."""
        return len(self._latched)

    def shown(self, number: int) -> bool:
        """Whether this alarm or warning is shown now."""
        return number in self._latched

    def raise_(self, number: int, *, standing: bool) -> None:
        """Show an alarm or a warning; ValueError for a number that the tool does not have."""
        if number not in self._known:
            raise ValueError(f"alarm {number} is not one of this tool's")
        if standing:
            self._standing.add(number)
        if number not in self._latched:
            self._latched.append(number)
            self._changed()

    def clear(self, number: int) -> None:
        """The cause of `number` is gone."""
        self._standing.discard(number)
        if number >= FIRST_WARNING and number in self._latched:
            self._latched.remove(number)
            self._changed()

    def acknowledge(self) -> None:
        """Reset or Clear: forget the alarms whose cause is gone."""
        kept = [n for n in self._latched if n in self._standing or n >= FIRST_WARNING]
        if kept != self._latched:
            self._latched = kept
            self._changed()

    def word(self, first_number: int) -> int:
        """Sixteen alarm bits; bit 0 is alarm `first_number`."""
        return sum(1 << n - first_number for n in self._latched if 0 <= n - first_number < 16)

    def _changed(self) -> None:
        self.event_seq = (self.event_seq + 1) % COUNTER_WRAP
