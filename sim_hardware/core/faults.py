"""What can be wrong with a wire: answers late, lost, spoilt or doubled, and requests late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

_TOP_BIT, _LOW_BIT = 0x80, 0x01
_CLOSING = b"\r\n\x7e"  # what ends a frame; a checksum stands before it
NOISE = b"\x00\xff"  # what a line picks up while nobody drives it

Part = tuple[float, bytes]
"""Some bytes of an answer, and the pause before them in seconds."""


@dataclass(slots=True)
class WireFaults:
    """The faults of one port; plain attributes, set by a test or through the back door."""

    delay_s: float = 0.0  # every answer comes this much later
    drop_next: int = 0  # this many answers never arrive
    corrupt_next: int = 0  # this many answers arrive with one bit flipped
    checksum_next: int = 0  # this many answers arrive with a wrong check byte
    truncate_next: int = 0  # this many answers end in their middle
    double_next: int = 0  # this many answers come twice
    stray_next: int = 0  # this many answers have noise before them
    split_s: float = 0.0  # every answer pauses so long in its middle
    silent: int = 0  # 1: everything is heard and done, nothing answered
    echo: int = 0  # 1: what a client sends comes back to it
    late_s: float = 0.0  # every request reaches the instrument this much later
    frozen: int = 0  # 1: a question that was answered before gets the old answer again
    refuse_code: int = 0  # Modbus: every write gets this exception; 0 = none
    busy_next: int = 0  # Modbus: this many requests get exception 6
    unit_next: int = 0  # Modbus: this many answers come from the next unit

    def apply(self, values: Mapping[str, float]) -> None:
        """Set faults by name; KeyError for a name that is not a wire fault, nothing set then."""
        unknown = set(values) - WIRE_FAULTS
        if unknown:
            raise KeyError(f"not a wire fault: {', '.join(sorted(unknown))}")
        self.delay_s = float(values.get("delay_s", self.delay_s))
        self.drop_next = int(values.get("drop_next", self.drop_next))
        self.corrupt_next = int(values.get("corrupt_next", self.corrupt_next))
        self.checksum_next = int(values.get("checksum_next", self.checksum_next))
        self.truncate_next = int(values.get("truncate_next", self.truncate_next))
        self.double_next = int(values.get("double_next", self.double_next))
        self.stray_next = int(values.get("stray_next", self.stray_next))
        self.split_s = float(values.get("split_s", self.split_s))
        self.silent = int(values.get("silent", self.silent))
        self.echo = int(values.get("echo", self.echo))
        self.late_s = float(values.get("late_s", self.late_s))
        self.frozen = int(values.get("frozen", self.frozen))
        self.refuse_code = int(values.get("refuse_code", self.refuse_code))
        self.busy_next = int(values.get("busy_next", self.busy_next))
        self.unit_next = int(values.get("unit_next", self.unit_next))

    def active(self) -> Mapping[str, float]:
        """What is wrong now, by name; empty for a wire that is well."""
        values: dict[str, float] = {
            "delay_s": self.delay_s,
            "drop_next": self.drop_next,
            "corrupt_next": self.corrupt_next,
            "checksum_next": self.checksum_next,
            "truncate_next": self.truncate_next,
            "double_next": self.double_next,
            "stray_next": self.stray_next,
            "split_s": self.split_s,
            "silent": self.silent,
            "echo": self.echo,
            "late_s": self.late_s,
            "frozen": self.frozen,
            "refuse_code": self.refuse_code,
            "busy_next": self.busy_next,
            "unit_next": self.unit_next,
        }
        return {name: value for name, value in values.items() if value}

    def spoil(self, data: bytes, *, position: int | None = None) -> bytes:
        """Return what is left of one answer: all, nothing, or with bits flipped or bytes missing.

        The top bit of the byte in the middle unless `position` says otherwise: a text protocol
        without a checksum can notice no other.
        """
        if self.silent or self.drop_next > 0:
            self.drop_next = max(self.drop_next - 1, 0)
            return b""
        if self.corrupt_next > 0 and data:
            self.corrupt_next -= 1
            data = _flipped(data, len(data) // 2 if position is None else position, _TOP_BIT)
        if self.checksum_next > 0 and data:
            self.checksum_next -= 1
            data = _flipped(data, max(len(data.rstrip(_CLOSING)) - 1, 0), _LOW_BIT)
        if self.truncate_next > 0:
            self.truncate_next -= 1
            data = data[: len(data) // 2]
        return data

    def parts(self, data: bytes, *, position: int | None = None) -> Sequence[Part]:
        """Return how one answer goes out: what is left of it, in one piece or in several."""
        data = self.spoil(data, position=position)
        if not data:
            return ()
        parts: list[Part] = [(0.0, data)]
        if self.split_s > 0.0 and len(data) > 1:
            middle = len(data) // 2
            parts = [(0.0, data[:middle]), (self.split_s, data[middle:])]
        if self.stray_next > 0:
            self.stray_next -= 1
            parts.insert(0, (0.0, NOISE))
        if self.double_next > 0:
            self.double_next -= 1
            parts.append((0.0, data))
        return parts


WIRE_FAULTS = frozenset(field.name for field in fields(WireFaults))


def _flipped(data: bytes, position: int, bit: int) -> bytes:
    spoilt = bytearray(data)
    spoilt[position] ^= bit
    return bytes(spoilt)
