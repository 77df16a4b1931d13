"""A master on the bus of an emulated TURBOVAC: telegrams, replies taken apart, and pauses kept."""

from dataclasses import dataclass

from sim_hardware.instruments.leybold_turbovac import (
    Control,
    LeyboldTurbovac,
    Status,
    block_check,
)
from tests.rigs.hand_clock import HandClock, say


@dataclass(frozen=True)
class Reply:
    """A reply taken apart; its frame is checked."""

    raw: bytes

    def __post_init__(self) -> None:
        assert len(self.raw) == 24
        assert self.raw[:2] == b"\x02\x16"
        assert block_check(self.raw) == 0

    @property
    def access(self) -> tuple[int, int, int]:
        word = int.from_bytes(self.raw[3:5], "big")
        return word >> 12, word & 0x7FF, int.from_bytes(self.raw[7:11], "big")

    @property
    def status(self) -> Status:
        return Status(int.from_bytes(self.raw[11:13], "big"))

    @property
    def hz(self) -> int:
        return int.from_bytes(self.raw[13:15], "big")


START, STOP = Control.COMMAND | Control.ON, Control.COMMAND
NOTHING = Control(0)
RESET = Control.COMMAND | Control.RESET


def telegram(
    control: Control = NOTHING, access: int = 0, number: int = 0, value: int = 0, index: int = 0,
    setpoint_hz: int = 0, address: int = 0,
) -> bytes:  # fmt: skip
    head = bytes([2, 22, address]) + (access << 12 | number).to_bytes(2, "big")
    head += bytes([0, index]) + (value & 0xFFFFFFFF).to_bytes(4, "big")
    head += int(control).to_bytes(2, "big") + setpoint_hz.to_bytes(2, "big") + bytes(8)
    return head + bytes([block_check(head)])


class Talk:
    """A master that keeps its pauses."""

    def __init__(self, time: HandClock, unit: LeyboldTurbovac) -> None:
        self.time, self.unit = time, unit

    def __call__(self, control: Control = NOTHING, *, setpoint_hz: int = 0) -> Reply:
        return self._said(telegram(control, setpoint_hz=setpoint_hz))

    def access(self, access: int, number: int, value: int = 0, index: int = 0) -> tuple[int, int]:
        code, told, result = self._said(telegram(NOTHING, access, number, value, index)).access
        assert told == number
        return code, result

    def read(self, number: int) -> int:
        return self.access(1, number)[1]

    def hold(self, control: Control, seconds: int) -> Reply:
        """Repeat a control word every five seconds."""
        for _ in range(seconds // 5):
            self(control)
            self.time.pass_s(4.975)
        return self(control)

    def _said(self, data: bytes) -> Reply:
        reply = say(self.unit, data)
        self.time.pass_s(0.025)
        return Reply(reply)
