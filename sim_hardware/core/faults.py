"""What can be wrong with a wire: answers late, lost or with a flipped bit."""

from collections.abc import Mapping
from dataclasses import dataclass

_TOP_BIT = 0x80


@dataclass(slots=True)
class WireFaults:
    """The faults of one port; plain attributes, set by a test or through the back door."""

    delay_s: float = 0.0  # every answer comes this much later
    drop_next: int = 0  # this many answers never arrive
    corrupt_next: int = 0  # this many answers arrive with one bit flipped

    def apply(self, values: Mapping[str, float]) -> None:
        """Set faults by name; KeyError for a name that is not a wire fault, nothing set then."""
        unknown = set(values) - {"delay_s", "drop_next", "corrupt_next"}
        if unknown:
            raise KeyError(f"not a wire fault: {', '.join(sorted(unknown))}")
        self.delay_s = float(values.get("delay_s", self.delay_s))
        self.drop_next = int(values.get("drop_next", self.drop_next))
        self.corrupt_next = int(values.get("corrupt_next", self.corrupt_next))

    def spoil(self, data: bytes, *, position: int | None = None) -> bytes:
        """Return what is left of one answer: all, nothing, or with the top bit of a byte flipped.

        The byte in the middle unless `position` says otherwise. The top bit, because a text
        protocol without a checksum can notice no other.
        """
        if self.drop_next > 0:
            self.drop_next -= 1
            return b""
        if self.corrupt_next > 0 and data:
            self.corrupt_next -= 1
            spoilt = bytearray(data)
            spoilt[len(data) // 2 if position is None else position] ^= _TOP_BIT
            return bytes(spoilt)
        return data
