"""An emulated Modbus unit as plain as can be: some registers that hold what was written."""

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from sim_hardware.core.wire import RegisterInstrument, Table


class PlainUnit(RegisterInstrument):
    """Registers at any address; it answers at once, for what is measured is not the unit."""

    turnaround_s: ClassVar[float] = 0.0

    def __init__(self) -> None:
        self._words: dict[int, int] = {}

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Zero where nothing was written."""
        return [self._words.get(address + place, 0) for place in range(count)]

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Keep the words."""
        self._words.update(enumerate(values, start=address))
