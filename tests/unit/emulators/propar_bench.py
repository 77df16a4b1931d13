"""A host's side of ProPar, and a pump to dispense with, for the emulated mini CORI-FLOW."""

import struct

from sim_hardware.core.lagging_flow import LaggingFlow
from sim_hardware.instruments.bronkhorst_propar import BronkhorstPropar
from sim_hardware.instruments.bronkhorst_propar_messages import Status
from tests.rigs.hand_clock import HandClock, say

Address = tuple[int, int]


class Resist:
    """A pump whose flow follows with a lag of 0.2 s, and that notes what it is told."""

    def __init__(self, time: HandClock) -> None:
        self.flow = LaggingFlow(time.line, 0.2)
        self.told: list[tuple[float, float]] = []

    def flow_g_s(self) -> float:
        return self.flow.value()

    def passed_g(self) -> float:
        return self.flow.passed()

    def passes_in_s(self, grams: float) -> float:
        return self.flow.passes_in_s(grams)

    def temperature_c(self) -> float:
        return 21.5

    def pressure_kpa(self) -> float:
        return 150.0

    def on_flow(self, wanted_g_s: float, per_s: float) -> None:
        self.told.append((wanted_g_s, per_s))
        self.flow.aim(wanted_g_s, per_s)


def controller(time: HandClock) -> tuple[BronkhorstPropar, Resist]:
    resist = Resist(time)
    return BronkhorstPropar(time.line, resist), resist


def telegram(data: bytes, sequence: int = 1, node: int = 0x80) -> bytes:
    body = bytes([sequence, node, len(data)]) + data
    return b"\x10\x02" + body.replace(b"\x10", b"\x10\x10") + b"\x10\x03"


def asked(unit: BronkhorstPropar, data: bytes) -> bytes:
    """Data of the answer, whose frame is checked."""
    answer = say(unit, telegram(data))
    assert (answer[:2], answer[-2:]) == (b"\x10\x02", b"\x10\x03")
    body = answer[2:-2].replace(b"\x10\x10", b"\x10")
    assert body[:3] == bytes([1, 0x80, len(body) - 3])
    return body[3:]


def got(unit: BronkhorstPropar, address: Address) -> int:
    answer = asked(unit, bytes([4, *address, *address]))
    assert answer[:3] == bytes([2, *address])
    return int.from_bytes(answer[3:], "big")


def real(unit: BronkhorstPropar, address: Address) -> float:
    value: float = struct.unpack(">f", got(unit, address).to_bytes(4, "big"))[0]
    return value


def put(unit: BronkhorstPropar, address: Address, value: float) -> Status:
    sizes = {0x00: 1, 0x20: 2, 0x40: 4}
    data = (
        struct.pack(">f", value)
        if address[1] & 0x60 == 0x40 and address[0] != 114
        else int(value).to_bytes(sizes[address[1] & 0x60], "big")
    )
    answer = asked(unit, bytes([1, *address]) + data)
    assert answer[0] == 0
    return Status(answer[1])
