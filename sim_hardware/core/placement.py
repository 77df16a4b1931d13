"""How a wafer lies in a tool after a person has put it in: never quite where it should."""

import hashlib
from dataclasses import dataclass

FARTHEST_UM, FARTHEST_MDEG = 40.0, 30.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Offset of a wafer from where it belongs."""

    x_um: float
    y_um: float
    theta_mdeg: float


def placed(tool: str, wafer: str, seed: int = 0) -> Placement:
    """With the same seed the same wafer always lies in the same tool in the same way."""
    digest = hashlib.sha256(f"{seed}/{tool}/{wafer}".encode()).digest()

    def share(index: int) -> float:
        word = int.from_bytes(digest[2 * index : 2 * index + 2], "big")
        return 2.0 * word / 0xFFFF - 1.0

    return Placement(FARTHEST_UM * share(0), FARTHEST_UM * share(1), FARTHEST_MDEG * share(2))
