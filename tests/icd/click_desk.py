"""A host that knows a CLICK controller by the numbers of docs/icd/click_plc.csv alone."""

from typing import ClassVar

from tests.icd.documents import registers
from tests.icd.raw_wires import RawModbus

ADDRESS = {row.name: row.address for row in registers("click_plc") if row.type != "command"}


class Order:
    """Codes of commands, and of what became of them."""

    RESET: ClassVar[int] = 1
    START: ClassVar[int] = 2
    STOP: ClassVar[int] = 3
    LOAD_RECIPE: ClassVar[int] = 100
    ACCEPTED: ClassVar[int] = 1
    DONE: ClassVar[int] = 2
    REJECTED_RECIPE: ClassVar[int] = 6
    BAD_SEQUENCE: ClassVar[int] = 7
    UNKNOWN: ClassVar[int] = 8


class CommandDesk:
    """Gives commands in the two parts that the document asks for."""

    def __init__(self, modbus: RawModbus) -> None:
        self._modbus, self._seq = modbus, 0
        self.info = 0

    async def take_control(self) -> None:
        """Ask for remote control, with a watchdog that never barks."""
        await self._modbus.write_one(ADDRESS["hb_timeout"], 32767)
        await self._modbus.write_one(ADDRESS["remote_request"], 1)

    async def give(self, code: int, *, recipe: int = 0, seq: int | None = None) -> int:
        """Give a command; its ack_code. `info` is then its reject_info."""
        self._seq = self._seq + 1 if seq is None else seq
        await self._modbus.write(ADDRESS["cmd_code"], [code, 0, recipe, *[0] * 6])
        await self._modbus.write_one(ADDRESS["host_seq"], self._seq)
        ack_seq, ack_code, self.info = await self._modbus.read(ADDRESS["ack_seq"], 3)
        assert ack_seq == self._seq or ack_code == Order.BAD_SEQUENCE
        return ack_code

    async def wait(self) -> None:
        """Let the states that pass by themselves pass."""
        for _ in range(40):
            await self._modbus.read(ADDRESS["state_current"], 1)
