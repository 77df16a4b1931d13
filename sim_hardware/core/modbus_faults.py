"""What can be wrong with the units of a Modbus wire, in the words of the protocol."""

from sim_hardware.core.faults import WireFaults

BUSY = 6
HIGHEST_UNIT = 247

Question = tuple[int, int, int, int]
"""Unit, function, address and count."""


class UnitFaults:
    """Refusals, frozen values and wrong unit numbers of one port, as its faults say."""

    def __init__(self, faults: WireFaults) -> None:
        self._faults = faults
        self._said: dict[Question, list[int]] = {}

    def refusal(self, *, writing: bool) -> int:
        """The exception that this request gets; 0 if it is served."""
        if self._faults.busy_next > 0:
            self._faults.busy_next -= 1
            return BUSY
        return self._faults.refuse_code if writing else 0

    def words(self, question: Question, words: list[int]) -> list[int]:
        """`words`, or what was answered to the same question before the values froze."""
        if self._faults.frozen:
            return self._said.get(question, words)
        self._said[question] = words
        return words

    def signature(self, unit: int) -> int:
        """The number under which a unit answers."""
        if self._faults.unit_next <= 0:
            return unit
        self._faults.unit_next -= 1
        return unit % HIGHEST_UNIT + 1
