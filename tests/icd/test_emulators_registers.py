"""Each Modbus emulator, asked over its wire for what its document says."""

import struct
from collections.abc import Awaitable, Callable, Mapping

import pytest

from drivers.core.clock import Clock
from tests.icd.documents import REGISTER_MODELS, RegisterRow, registers
from tests.icd.raw_wires import RawModbus, Refusal, framed, packed, raw_wire, unpacked
from tests.rigs.instruments import on_bench
from tests.rigs.wires import in_virtual_time

# What must be so before anything else is written: registers and words.
FIRST: Mapping[str, tuple[tuple[int, tuple[int, ...]], ...]] = {
    "omron_e5cc": ((0, (1,)),),
    "hamilton_ph_arc": ((4287, (48, 0, 16021966 & 0xFFFF, 16021966 >> 16)),),  # the specialist
}
# An output is held only in manual.
BEFORE: Mapping[tuple[str, int], tuple[int, int]] = {
    ("eurotherm_3216", 3): (273, 1),
    ("eurotherm_3216", 32774): (273, 1),
}
# Readings that the instrument lets a host write as well, which no driver of ours does.
ALSO_WRITTEN: Mapping[str, set[int]] = {
    "eurotherm_3216": {4, 23, 32776},
    "lumel_re72": {7010, 7012, 7014, 7016},
    "watlow_ezzone": {2490},
}
NOT_BY_ITSELF = {"command", "server_id", "text"}


class Desk:
    """Somebody with the document in hand, in front of one emulator."""

    def __init__(self, model: str, modbus: RawModbus) -> None:
        self.model, self.modbus = model, modbus
        self.rows = registers(model)

    async def read(self, row: RegisterRow) -> float:
        words = await self.modbus.read(row.record, row.length, row.announced)
        at = row.address - row.record
        return unpacked(row.type, words[at : at + row.words]) * row.scale

    async def prepare(self) -> None:
        """What must be so before anything else is written."""
        for address, words in FIRST.get(self.model, ()):
            if len(words) == 1:
                await self.modbus.write_one(address, words[0])
            else:
                await self.modbus.write(address, words)

    async def write(self, row: RegisterRow, value: float) -> str:
        """Write; what the instrument objected."""
        try:
            await self.put(row, packed(row.type, value / row.scale))
        except Refusal as refusal:
            return str(refusal)
        except struct.error:
            return row.beyond  # the register itself cannot carry it
        return ""

    async def put(self, row: RegisterRow, words: list[int]) -> None:
        if row.words == 1:
            await self.modbus.write_one(row.address, words[0])
        else:
            before = await self.modbus.read(row.record, row.length, row.announced)
            head = before[: row.address - row.record]
            await self.modbus.write(row.record, [*head, *words])


def at_desk(model: str, talk: Callable[[Desk], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        async with on_bench(model, clock) as bench:
            wire = raw_wire(bench.port, clock)
            tcp = model == "watlow_ezzone"
            try:
                await talk(Desk(model, RawModbus(wire, bench.unit, tcp=tcp)))
            finally:
                await wire.close()

    in_virtual_time(main)


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_value_can_be_read_and_is_in_its_range(model: str) -> None:
    async def talk(desk: Desk) -> None:
        for row in desk.rows:
            if "r" in row.access and row.type not in NOT_BY_ITSELF:
                value = await desk.read(row)
                assert row.low <= value <= row.high, (row.name, value)

    at_desk(model, talk)


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_setting_takes_its_range_and_refuses_what_is_beyond(model: str) -> None:
    async def talk(desk: Desk) -> None:
        await desk.prepare()
        for row in desk.rows:
            if row.access == "rw":
                await takes_its_range(desk, row)

    at_desk(model, talk)


async def takes_its_range(desk: Desk, row: RegisterRow) -> None:
    if (needed := BEFORE.get((desk.model, row.address))) is not None:
        await desk.modbus.write_one(*needed)
    before = await desk.read(row)
    for value in (row.low, row.high):
        assert await desk.write(row, value) == "", (row.name, value)
        assert await desk.read(row) == pytest.approx(value, abs=row.scale / 2), row.name
    for value in (row.low - row.scale, row.high + row.scale):
        assert await desk.write(row, value) == row.beyond, (row.name, value)
        assert await desk.read(row) == pytest.approx(row.high, abs=row.scale / 2), row.name
    if row.low <= before <= row.high:
        assert await desk.write(row, before) == ""


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_reading_refuses_to_be_written(model: str) -> None:
    async def talk(desk: Desk) -> None:
        await desk.prepare()
        for row in desk.rows:
            also_written = row.address in ALSO_WRITTEN.get(model, set())
            if row.access == "r" and row.type not in NOT_BY_ITSELF and not also_written:
                value = await desk.read(row)
                assert (await desk.write(row, value)).startswith("exception"), row.name

    at_desk(model, talk)


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_command_word_does_what_the_document_says(model: str) -> None:
    async def talk(desk: Desk) -> None:
        for row in desk.rows:
            if row.type == "command":
                assert row.low == row.high
                assert await desk.write(row, row.low) == row.beyond, row.name

    at_desk(model, talk)


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_it_says_who_it_is_where_the_document_says_so(model: str) -> None:
    async def talk(desk: Desk) -> None:
        known = any(row.type == "server_id" for row in desk.rows)
        if not known:
            with pytest.raises(Refusal, match="exception 1"):
                await desk.modbus.server_id()
            return
        text = (await desk.modbus.server_id()).decode("latin-1")
        assert model.split("_")[1].upper() in text

    at_desk(model, talk)


PUBLISHED = ("hamilton_ph_arc", "omron_e5cc", "xylem_hydrovar")


@pytest.mark.parametrize("model", PUBLISHED)
def test_every_published_frame_is_answered_as_published(model: str) -> None:
    async def main(clock: Clock) -> None:
        async with on_bench(model, clock) as bench:
            wire = raw_wire(bench.port, clock)
            for row in registers(model):
                if row.example is not None:
                    assert framed(row.example.request[:-2]) == row.example.request
                    reply = await wire.ask(row.example.request)
                    assert reply, row.name
                    assert reply.hex(" ") == (row.example.reply or reply.hex(" ")), row.name
            await wire.close()

    in_virtual_time(main)


def test_examples_are_published_for_no_others() -> None:
    published = {m for m in REGISTER_MODELS if any(row.example for row in registers(m))}
    assert published == set(PUBLISHED)


def test_the_name_of_the_measured_value_stands_in_its_registers() -> None:
    async def talk(desk: Desk) -> None:
        (row,) = (row for row in desk.rows if row.type == "text")
        words = await desk.modbus.read(row.record, row.length)
        text = b"".join(word.to_bytes(2, "little") for word in words)
        assert text.rstrip(b"\0 ") == b"pH"

    at_desk("hamilton_ph_arc", talk)


def test_a_record_is_read_whole_or_not_at_all() -> None:
    async def talk(desk: Desk) -> None:
        for row in desk.rows:
            if row.length > row.words:
                with pytest.raises(Refusal, match="exception 2"):
                    await desk.modbus.read(row.address, row.words)

    at_desk("hamilton_ph_arc", talk)
