"""The functions and exceptions of Modbus in words, from its application protocol 1.1b3."""

from collections.abc import Mapping
from typing import Final

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
