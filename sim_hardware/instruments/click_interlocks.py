"""The interlock word of a tool controller: contacts, what opening them means, and new openings."""

from sim_hardware.instruments.click_packml import Reaction
from sim_hardware.instruments.click_program import PlcProgram

EMERGENCY_STOP, DOORS, GUARD = 0, 1, 2
BIT_COUNT = 12
ENCLOSURE = frozenset({DOORS, GUARD})  # matter only while energised

COMMON_ALARM = {0: 1, 1: 4, 2: 4, 3: 5, 4: 6, 5: 7, 7: 8, 8: 13, 10: 10, 11: 9}


class Interlocks:
    """Contacts set from outside together with the bits that the program computes."""

    def __init__(self, program: PlcProgram) -> None:
        self._program = program
        self._contacts_open: set[int] = set()
        self._known_open: frozenset[int] = frozenset()

    @property
    def open_bits(self) -> frozenset[int]:
        """Bits that are open now."""
        return self._program.interlocks() | self._contacts_open

    @property
    def word(self) -> int:
        """The word as the host reads it, 1 = well."""
        return sum(1 << bit for bit in range(BIT_COUNT) if bit not in self.open_bits)

    def set(self, bit: int, *, well: bool) -> None:
        """A contact changed; ValueError for a bit that the word does not have."""
        if bit not in range(BIT_COUNT):
            raise ValueError(f"there is no interlock bit {bit}")
        if well:
            self._contacts_open.discard(bit)
        else:
            self._contacts_open.add(bit)

    def changes(self) -> tuple[frozenset[int], frozenset[int]]:
        """Bits that opened and bits that closed since the last call."""
        now = self.open_bits
        opened, closed = now - self._known_open, self._known_open - now
        self._known_open = now
        return opened, closed

    def alarm_of(self, bit: int) -> int | None:
        """The alarm that opening this bit raises, if it has one."""
        return self._program.interlock_alarms.get(bit, COMMON_ALARM.get(bit))

    def reaction_to(self, bit: int) -> Reaction:
        """What opening this bit does while a job runs."""
        return self._program.interlock_reactions.get(bit, Reaction.ABORT)
