"""The map that every tool's controller has: our driver, and the emulator over Modbus TCP."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from drivers.core.clock import Clock
from drivers.core.points import BoundSetting
from drivers.core.registers import declared
from drivers.instruments import click_plc_frames as frames
from drivers.instruments.click_plc import ClickPlc
from tests.contract.instruments.test_verbs import VERBS
from tests.icd.click_desk import CommandDesk, Order
from tests.icd.documents import RegisterRow, records, registers
from tests.icd.raw_wires import RawModbus, Refusal, packed, raw_wire, unpacked
from tests.rigs.instruments import Bench, RegisterTap, at, on_bench
from tests.rigs.wires import in_virtual_time

MAP = "click_plc"
NOT_DECLARED: Mapping[str, str] = {
    "job_id": "text: written by host_control",
    "job_id_echo": "text: read by job_id_echo()",
    "recipe_echo": "text: read by recipe_echo()",
}
ROWS = registers(MAP)
VALUES = [row for row in ROWS if row.type != "text" and row.type not in {"command", "alarm"}]
TEXTS = [row for row in ROWS if row.type == "text"]


def numbered(kind: str) -> dict[int, str]:
    """Names of commands or alarms by number."""
    return {row.address: row.name for row in ROWS if row.type == kind}


def test_every_point_of_the_driver_has_its_row() -> None:
    async def act(bench: Bench) -> None:
        points = declared(bench.the(ClickPlc))
        by_name = {row.name: row for row in VALUES}
        assert set(points) == set(by_name)
        for name, point in points.items():
            row, ref = by_name[name], point.spec.ref
            assert (ref.address, str(ref.kind)) == (row.address, row.type), name
            assert (point.spec.unit, point.spec.scale) == (row.unit, row.scale), name
            if isinstance(point, BoundSetting):
                assert row.access == "rw", name
                assert row.low <= point.limits.low < point.limits.high <= row.high, name

    at(MAP, act)


def test_every_row_is_a_point_or_left_out_for_a_reason() -> None:
    assert {row.name for row in TEXTS} == set(NOT_DECLARED)


def test_commands_and_alarms_have_the_names_of_the_document() -> None:
    assert {int(command): command.name.lower() for command in frames.Command} == numbered("command")
    assert dict(frames.ALARMS) == numbered("alarm")


def test_every_register_that_the_driver_touches_is_documented() -> None:
    readable = {row.address + n for row in VALUES for n in range(row.words)}
    gaps = set(range(30)) | set(range(24576, 24590))  # read as one block with what is documented
    texts = {row.address + n for row in TEXTS for n in range(int(row.high) // 2)}
    writable = {row.address for row in VALUES if row.access == "rw"}
    job_id = {row.address + n for row in TEXTS if row.access == "rw" for n in range(8)}

    async def act(bench: Bench) -> None:
        await bench.driver.readings()
        for verb in VERBS[MAP]:
            await verb(bench)
        assert isinstance(bench.tap, RegisterTap)
        for address, count in bench.tap.reads:
            assert readable | gaps | texts >= set(range(address, address + count)), address
        for address, values in bench.tap.writes:
            assert writable | job_id >= set(range(address, address + len(values))), address

    at(MAP, act)


def over_tcp(talk: Callable[[RawModbus], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        async with on_bench(MAP, clock) as bench:
            wire = raw_wire(bench.port, clock)
            await talk(RawModbus(wire, 1, tcp=True))
            await wire.close()

    in_virtual_time(main)


async def value(modbus: RawModbus, row: RegisterRow) -> float:
    return unpacked(row.type, await modbus.read(row.address, row.words)) * row.scale


def test_the_emulator_shows_every_value_in_its_range() -> None:
    async def talk(modbus: RawModbus) -> None:
        for row in VALUES:
            assert row.low <= await value(modbus, row) <= row.high, row.name
        for row in TEXTS:
            assert len(await modbus.read(row.address, int(row.high) // 2)) > 0

    over_tcp(talk)


def test_the_emulator_takes_every_setting_and_refuses_to_change_a_reading() -> None:
    async def talk(modbus: RawModbus) -> None:
        for row in VALUES:
            before = await modbus.read(row.address, row.words)
            if row.access == "rw":
                for limit in (row.low, row.high):
                    await modbus.write(row.address, packed(row.type, limit))
                    assert await value(modbus, row) == limit, row.name
            else:
                with pytest.raises(Refusal, match="exception 2"):
                    await modbus.write(row.address, before)

    over_tcp(talk)


def test_a_job_id_is_sixteen_characters_low_byte_first() -> None:
    async def talk(modbus: RawModbus) -> None:
        rows = {row.name: row for row in TEXTS}
        words = [ord("L") | ord("O") << 8, *[0x2020] * 7]
        await modbus.write(rows["job_id"].address, words)
        assert await modbus.read(rows["job_id"].address, 8) == words
        with pytest.raises(Refusal, match="exception 2"):
            await modbus.write(rows["job_id_echo"].address, words)
        desk = CommandDesk(modbus)
        await desk.take_control()
        assert await desk.give(Order.RESET) == Order.ACCEPTED
        await desk.wait()
        assert await desk.give(Order.LOAD_RECIPE, recipe=42) == Order.DONE
        echo = await modbus.read(rows["recipe_echo"].address, 4)
        assert echo == [ord("4") | ord("2") << 8, 0x2020, 0x2020, 0x2020]
        await desk.give(Order.START)
        assert await modbus.read(rows["job_id_echo"].address, 8) == words

    over_tcp(talk)


def test_the_emulator_knows_every_command_and_no_other() -> None:
    async def talk(modbus: RawModbus) -> None:
        desk = CommandDesk(modbus)
        await desk.take_control()
        for code in numbered("command"):
            assert await desk.give(code) != Order.UNKNOWN, code
            await desk.wait()
        for code in (0, 11, 102, 199):
            assert await desk.give(code) == Order.UNKNOWN, code

    over_tcp(talk)


def test_a_number_out_of_order_is_told() -> None:
    async def talk(modbus: RawModbus) -> None:
        desk = CommandDesk(modbus)
        await desk.take_control()
        await desk.give(Order.RESET, seq=10)
        assert await desk.give(Order.STOP, seq=9) == Order.BAD_SEQUENCE

    over_tcp(talk)


def test_only_the_columns_that_the_readme_explains_are_there() -> None:
    columns = set(records(MAP)[0])
    assert columns >= {"name", "click", "address", "type", "access", "unit", "low", "high"}
