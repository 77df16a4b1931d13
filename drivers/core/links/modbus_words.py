"""The functions and exceptions of Modbus in words, from its application protocol 1.1b3."""

from collections.abc import Mapping, Sequence
from typing import Final

from drivers.core.framing import CodecError

FUNCTIONS: Final[Mapping[int, str]] = {
    1: "read coils",
    2: "read discrete inputs",
    3: "read holding registers",
    4: "read input registers",
    5: "write single coil",
    6: "write single register",
    16: "write multiple registers",
    17: "report server id",
}
REASONS: Final[Mapping[int, str]] = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge, still busy with it",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}
WITHOUT_ADDRESS: Final = frozenset({17})


def refusal(function: int, address: int, code: int) -> str:
    """What a device refused, where, and why: a sentence for a person."""
    what = FUNCTIONS.get(function, f"function {function}")
    where = "" if function in WITHOUT_ADDRESS else f" at {address}"
    return f"{what}{where}: {REASONS.get(code, 'unknown reason')} (exception {code})"


def as_words(values: Sequence[int]) -> list[int]:
    """Return register values; raise CodecError for one that does not fit into a register."""
    for value in values:
        if not 0 <= value <= 0xFFFF:
            raise CodecError(f"{value} does not fit into a register")
    return list(values)


def rtu_length(head: bytes) -> int | None:
    """Return how long a reply is that begins like this; None while that cannot be told."""
    if head[1] & 0x80:
        return 5
    if head[1] in {5, 6, 15, 16}:
        return 8
    return 3 + head[2] + 2 if len(head) > 2 else None
