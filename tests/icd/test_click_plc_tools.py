"""What each tool adds to its controller's map: the driver's part, and the plant over Modbus TCP."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from typing import Final

import pytest

from drivers import (
    aligner_map,
    developer_map,
    laminator_map,
    plasma_etcher_map,
    plating_cell_map,
    reflow_oven_map,
    spin_coater_map,
    sputter_map,
    stripper_map,
)
from drivers.core.clock import Clock
from drivers.core.points import BoundSetting
from drivers.core.registers import declared
from drivers.instruments.click_plc import ClickPlc, PlcMap
from sim_hardware.catalog import PLANTS
from sim_hardware.core.clock import LineClock
from sim_hardware.core.hazards import HazardLog
from sim_hardware.core.modbus_server import ModbusTcpPort
from sim_hardware.core.plant import PlantSetup
from sim_hardware.instruments.click_packml import WatchdogAction
from sim_hardware.instruments.click_plc import ClickPlc as Controller
from tests.icd.click_desk import CommandDesk, Order
from tests.icd.documents import TOOLS, RegisterRow, records, registers
from tests.icd.raw_wires import RawModbus, Refusal, packed, raw_wire, unpacked
from tests.rigs.instruments import Bench, at
from tests.rigs.wires import in_virtual_time

MAPS: Final[Mapping[str, type[PlcMap]]] = {
    "aligner": aligner_map.AlignerMap,
    "developer": developer_map.DeveloperMap,
    "laminator": laminator_map.LaminatorMap,
    "plasma_etcher": plasma_etcher_map.PlasmaEtcherMap,
    "plating_cell": plating_cell_map.PlatingCellMap,
    "reflow_oven": reflow_oven_map.ReflowOvenMap,
    "spin_coater": spin_coater_map.SpinCoaterMap,
    "sputter": sputter_map.SputterMap,
    "stripper": stripper_map.StripperMap,
}
ORDERS: Final[Mapping[str, type[IntEnum]]] = {
    "aligner": aligner_map.Order,
    "developer": developer_map.Order,
    "plasma_etcher": plasma_etcher_map.Order,
    "plating_cell": plating_cell_map.Order,
    "reflow_oven": reflow_oven_map.Order,
    "spin_coater": spin_coater_map.Order,
    "sputter": sputter_map.Order,
    "stripper": stripper_map.Order,
}
STEPS: Final[Mapping[str, type[IntEnum]]] = {
    "developer": developer_map.Step,
    "laminator": laminator_map.Step,
    "stripper": stripper_map.Step,
}
ALARMS: Final[Mapping[str, Mapping[int, str]]] = {
    "aligner": aligner_map.ALARMS,
    "developer": developer_map.ALARMS,
    "laminator": laminator_map.ALARMS,
    "plasma_etcher": plasma_etcher_map.ALARMS,
    "plating_cell": plating_cell_map.ALARMS,
    "reflow_oven": reflow_oven_map.ALARMS,
    "spin_coater": spin_coater_map.ALARMS,
    "sputter": sputter_map.ALARMS,
    "stripper": stripper_map.ALARMS,
}
# Commands that no driver gives, and why.
NOT_GIVEN: Final[Mapping[str, Mapping[str, str]]] = {
    "laminator": {"purge_film": "a person's, at the panel", "jog": "a person's, at the panel"},
}
# Readings that may stand outside their range, as their own row says.
OUTSIDE: Final[Mapping[str, frozenset[str]]] = {
    "aligner": frozenset({"mark_x_um", "mark_y_um", "mark_theta_mdeg"}),  # 1000 when not seen
}
CAPABILITIES: Final[Mapping[str, Mapping[str, str | tuple[str, ...]]]] = {
    "developer": {"chemistry": ("na2co3", "tmah")},
    "plating_cell": {"bath": "cu"},
}
LISTED: Final = frozenset({"command", "alarm", "warning", "step", "rule"})
BEYOND: Final = 1.0


def values_of(tool: str) -> list[RegisterRow]:
    return [row for row in registers(f"click_plc_{tool}") if row.type not in LISTED]


def numbered(tool: str, kind: str) -> dict[int, str]:
    rows = registers(f"click_plc_{tool}")
    return {row.address: row.name for row in rows if row.type == kind}


def test_every_tool_has_a_map_a_plant_and_a_driver() -> None:
    assert set(TOOLS) == set(MAPS) == set(PLANTS) == set(ALARMS)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_point_has_its_row_and_every_row_its_point(tool: str) -> None:
    async def act(bench: Bench) -> None:
        points = declared(MAPS[tool](bench.the(ClickPlc)))
        rows = {row.name: row for row in values_of(tool)}
        assert set(points) == set(rows)
        for name, point in points.items():
            row, ref = rows[name], point.spec.ref
            kind = str(ref.kind) if ref.bit is None else f"bit{ref.bit}"
            assert (ref.address, kind) == (row.address, row.type), name
            assert (point.spec.unit, point.spec.scale) == (row.unit, row.scale), name
            assert isinstance(point, BoundSetting) == (row.access == "rw"), name
            if isinstance(point, BoundSetting):
                assert row.low <= point.limits.low < point.limits.high <= row.high, name

    at("click_plc", act)


@pytest.mark.parametrize("tool", TOOLS)
def test_orders_steps_and_alarms_have_the_numbers_of_the_document(tool: str) -> None:
    orders = {int(order): order.name.lower() for order in ORDERS.get(tool, ())}
    left_out = {name for name in numbered(tool, "command").values() if name not in orders.values()}
    assert left_out == set(NOT_GIVEN.get(tool, {}))
    assert orders.items() <= numbered(tool, "command").items()
    steps = {int(step): f"step_{step.name.lower()}" for step in STEPS.get(tool, ())}
    assert steps == numbered(tool, "step")
    assert dict(ALARMS[tool]) == numbered(tool, "alarm")


def at_plant(tool: str, talk: Callable[[RawModbus, Controller], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        line = LineClock(asyncio.get_running_loop())
        hazards = HazardLog(line)
        setup = PlantSetup(tool, line, hazards, CAPABILITIES.get(tool, {}))
        controller = PLANTS[tool](setup).instruments["plc"]
        assert isinstance(controller, Controller)
        port = ModbusTcpPort({1: controller}, line, clock, name=f"{tool}.plc")
        await port.start()
        wire = raw_wire(port, clock)
        await talk(RawModbus(wire, 1, tcp=True), controller)
        await wire.close()
        await port.stop()
        assert hazards.entries == []

    in_virtual_time(main)


async def value(modbus: RawModbus, row: RegisterRow) -> float:
    return unpacked(row.type, await modbus.read(row.address, row.words)) * row.scale


@pytest.mark.parametrize("tool", TOOLS)
def test_the_plant_shows_every_value_in_its_range(tool: str) -> None:
    async def talk(modbus: RawModbus, controller: Controller) -> None:
        del controller
        for row in values_of(tool):
            shown = await value(modbus, row)
            assert math.isfinite(shown), row.name
            if row.name not in OUTSIDE.get(tool, frozenset()):
                assert row.low <= shown <= row.high, (row.name, shown)

    at_plant(tool, talk)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_plant_refuses_to_have_a_reading_written(tool: str) -> None:
    async def talk(modbus: RawModbus, controller: Controller) -> None:
        del controller
        for row in values_of(tool):
            if row.access == "r":
                with pytest.raises(Refusal, match="exception 2"):
                    await modbus.write(row.address, [0] * row.words)

    at_plant(tool, talk)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_recipe_takes_every_set_point_in_its_range_and_none_beyond(tool: str) -> None:
    async def talk(modbus: RawModbus, controller: Controller) -> None:
        del controller
        desk = CommandDesk(modbus)
        await desk.take_control()
        await desk.give(Order.RESET)
        await asyncio.sleep(5.0)
        for row in values_of(tool):
            if row.access == "rw":
                await takes_its_range(desk, modbus, row)

    at_plant(tool, talk)


async def takes_its_range(desk: CommandDesk, modbus: RawModbus, row: RegisterRow) -> None:
    before = await modbus.read(row.address, row.words)
    for limit in (row.low, row.high):
        await modbus.write(row.address, packed(row.type, limit))
        assert await value(modbus, row) == pytest.approx(limit, rel=1e-6)
        assert await desk.give(Order.LOAD_RECIPE, recipe=7) == Order.DONE, (row.name, limit)
    for wrong in (row.low - BEYOND, row.high + BEYOND):
        await modbus.write(row.address, packed(row.type, wrong))
        ack = await desk.give(Order.LOAD_RECIPE, recipe=7)
        assert ack == Order.REJECTED_RECIPE, (row.name, wrong)
        assert desk.info == number_of(row)
    await modbus.write(row.address, before)


def number_of(row: RegisterRow) -> int:
    """The number of the DF or DS register, which a refused recipe names."""
    return (row.address - 28672) // 2 + 1 if row.address >= 28672 else row.address + 1


@pytest.mark.parametrize("tool", TOOLS)
def test_the_plant_knows_every_command_and_no_other(tool: str) -> None:
    async def talk(modbus: RawModbus, controller: Controller) -> None:
        del controller
        desk = CommandDesk(modbus)
        await desk.take_control()
        known = numbered(tool, "command")
        for code in range(119, 140):
            ack = await desk.give(code)
            assert (ack == Order.UNKNOWN) == (code not in known), code

    at_plant(tool, talk)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_plant_has_the_alarms_of_the_document_and_no_other(tool: str) -> None:
    async def talk(modbus: RawModbus, controller: Controller) -> None:
        known = {*range(1, 17), *numbered(tool, "alarm"), *numbered(tool, "warning")}
        for number in (*range(1, 129), *range(201, 265)):
            try:
                controller.raise_alarm(number)
            except ValueError:
                assert number not in known
        words = await modbus.read(24576, 12)
        shown = {16 * at + bit for at in range(12) for bit in range(16) if words[at] >> bit & 1}
        assert {at + 1 if at < 128 else at + 201 - 128 for at in shown} == known

    at_plant(tool, talk)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_plant_has_the_steps_and_the_watchdog_of_the_document(tool: str) -> None:
    async def talk(modbus: RawModbus, controller: Controller) -> None:
        del modbus
        program = controller._program  # pyright: ignore[reportPrivateUsage] - told nowhere else
        assert {step.number for step in program.own_sequence} == set(numbered(tool, "step"))
        rules = {line["name"]: line["meaning"] for line in records(f"click_plc_{tool}")}
        wanted = WatchdogAction[rules["watchdog_action"].split(":")[0].upper()]
        assert program.watchdog_action is wanted

    at_plant(tool, talk)
