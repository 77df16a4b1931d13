"""A Hydrovar made by hand: registers that do what is asked for at once, on a real bus."""

from collections.abc import Awaitable, Callable

from drivers.core.clock import Clock
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialSettings
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.instruments.xylem_hydrovar_frames import (
    Mode,
)
from tests.rigs.wires import PtyDevice
from tests.unit.instruments.register_bank import RegisterBank, over_bus

START, PRESSURE, FREQUENCY, ENABLE, TEMPERATURE = 0x31, 0x32, 0x33, 0x61, 0x85
MODE, HIGHEST, LOWEST, ERROR_RESET = 0x8B, 0x9D, 0x9E, 0xD3
SOURCE_1, SOURCE_2, SWITCH, REQUIRED, ACTUATOR = 0xE5, 0xE6, 0xE7, 0xE8, 0xEA
TEST_RUN, ADDRESS, ERRORS, STATUS = 0xF9, 0x10D, 0x12D, 0x1C1
TERMINAL, ON, RUNNING, ERROR = 1 << 4, 1 << 5, 1 << 6, 1 << 2
ILLEGAL_VALUE = 3

Act = Callable[[XylemHydrovar, PtyDevice], Awaitable[None]]


def drive(*, coasts: bool = True) -> RegisterBank:
    """A drive that reaches what is asked for at once, and coasts for one look at its status."""
    zeros = (
        *(START, PRESSURE, FREQUENCY, 0x37, ENABLE, 0x87, 0x88, MODE),
        *(SOURCE_1, SWITCH, REQUIRED, ACTUATOR, ERRORS, ERRORS + 1),
    )
    bank = RegisterBank(dict.fromkeys(zeros, 0))
    bank.words |= {SOURCE_2: 1, ERROR_RESET: 1, TEST_RUN: 100, ADDRESS: 1, STATUS: TERMINAL}
    bank.words |= {HIGHEST: 500, LOWEST: 200, TEMPERATURE: 31}

    def obey(address: int) -> None:
        if (address, bank.words[START]) == (START, 1):
            bank.words[STATUS] |= ON | RUNNING
            source, shown = (
                (ACTUATOR, FREQUENCY) if bank.words[MODE] == Mode.ACTUATOR else (REQUIRED, PRESSURE)
            )
            bank.words[shown] = bank.words[source]
        elif address == START:
            bank.words[STATUS] &= ~ON

    def look() -> None:
        looked_before = [pdu for pdu in bank.asked[-2:-1] if pdu[0] == 3]
        if coasts and looked_before and not bank.words[STATUS] & ON:
            bank.words[STATUS] &= ~RUNNING

    bank.after_writing, bank.before_reading = obey, look
    return bank


def with_drive(bank: RegisterBank, act: Act, settings: SerialSettings | None = None) -> None:
    async def main(link: ModbusLink, clock: Clock, device: PtyDevice) -> None:
        await act(XylemHydrovar("spin_coater.pump", link, clock=clock), device)

    over_bus({1: bank}, settings or XylemHydrovar.SERIAL, main)


def frames(device: PtyDevice) -> list[str]:
    return [data.hex(" ") for data in device.requests]
