"""Each emulator with a protocol of its own, asked over its wire for what its document says."""

import math
import re
import struct
from collections.abc import Awaitable, Callable, Mapping

import pytest

from drivers.core.clock import Clock
from tests.icd.dialect import Dialect
from tests.icd.dialects import DIALECTS
from tests.icd.documents import COMMAND_MODELS, CommandRow, commands
from tests.icd.raw_wires import WAIT_S, RawWire, raw_wire
from tests.icd.replies import fits, number_of
from tests.rigs.instruments import on_bench
from tests.rigs.wires import in_virtual_time

# What must be so before a row can be tried: requests sent first.
FIRST: Mapping[tuple[str, str], tuple[bytes, ...]] = {
    ("kepco_bop", "run_list"): (b"FUNC:MODE CURR",),
    ("tdk_genesys", "set_under_voltage"): (b"PV 10.5",),
    ("tdk_genesys", "set_over_voltage"): (b"PV 0",),
}
# What takes its time before something else is done.
LONGER_S: Mapping[tuple[str, str], float] = {
    ("newport_esp301", "move_to"): 30.0,
    ("oriel_69907", "reset"): 10.0,  # nothing is heard meanwhile
    ("oriel_69907", "start"): 10.0,
    ("oriel_69907", "stop"): 60.0,
}

Talk = Callable[["Desk"], Awaitable[None]]


class Desk:
    """Somebody with the document in hand, in front of one emulator."""

    def __init__(self, model: str, wire: RawWire) -> None:
        self.model, self.wire = model, wire
        self.dialect: Dialect = DIALECTS[model]()
        self.rows = {row.name: row for row in commands(model)}

    def request(self, row: CommandRow, value: float = math.nan) -> bytes:
        return row.packed(value) if self.dialect.binary else row.text(value)

    async def ask(self, row: CommandRow, value: float = math.nan) -> bytes:
        wait_s = LONGER_S.get((self.model, row.name), WAIT_S)
        return await self.dialect.ask(self.wire, self.request(row, value), wait_s)

    async def told(self, row: CommandRow, value: float = math.nan) -> str:
        """Give a command; what the instrument objected."""
        said = await self.ask(row, value)
        objection = await self.dialect.verdict(self.wire, said)
        if not objection:
            reply = row.reply.replace("csr", "u8")
            assert fits(reply, said, binary=self.dialect.binary), (row.name, said)
        return objection

    async def held(self, row: CommandRow) -> float:
        """What a setting holds, as its own question tells."""
        if not row.held_by:
            return math.nan
        question = self.rows[row.held_by]
        said = await self.ask(question)
        return number_of(question.reply, said, binary=self.dialect.binary) * question.scale


def at_desk(model: str, talk: Talk) -> None:
    async def main(clock: Clock) -> None:
        async with on_bench(model, clock) as bench:
            wire = raw_wire(bench.port, clock)
            try:
                await talk(Desk(model, wire))
            finally:
                await wire.close()

    in_virtual_time(main)


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_every_question_is_answered_in_its_form_and_range(model: str) -> None:
    async def talk(desk: Desk) -> None:
        for request in desk.dialect.opening:
            await desk.dialect.ask(desk.wire, request)
        for row in desk.rows.values():
            if row.access != "r":
                continue
            said = await desk.ask(row)
            binary = desk.dialect.binary
            assert fits(row.reply, said, binary=binary), (row.name, said)
            if row.limited:
                value = number_of(row.reply, said, binary=binary) * row.scale
                assert row.low <= value <= row.high, (row.name, value)

    at_desk(model, talk)


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_every_command_is_taken_within_its_limits_and_refused_beyond(model: str) -> None:
    async def talk(desk: Desk) -> None:
        for request in desk.dialect.opening:
            await desk.dialect.ask(desk.wire, request)
        for row in desk.rows.values():
            if row.access != "w":
                continue
            for request in FIRST.get((model, row.name), ()):
                await desk.dialect.ask(desk.wire, request)
            if not row.takes_value:
                objection = await desk.told(row)
                assert re.fullmatch(row.beyond, objection), (row.name, objection)
            elif row.limited:
                await takes_its_range(desk, row)

    at_desk(model, talk)


async def takes_its_range(desk: Desk, row: CommandRow) -> None:
    before = await desk.held(row)
    for value in (row.low, row.high):
        objection = await desk.told(row, value / row.scale)
        assert objection == "", (row.name, value, objection)
        if row.held_by:
            near = (
                pytest.approx(value, rel=0.01, abs=0.0)
                if row.relative
                else pytest.approx(value, abs=row.scale / 2)
            )
            assert await desk.held(row) == near, row.name
    if row.beyond:
        below, above = row.low - row.scale, row.high + row.scale
        if row.relative:
            below, above = row.low / 1.2, row.high * 1.2
        for value in (below, above):
            await refuses(desk, row, value)
    if row.held_by and row.low <= before <= row.high:
        assert await desk.told(row, before / row.scale) == ""


async def refuses(desk: Desk, row: CommandRow, value: float) -> None:
    if value < 0 <= row.low:  # no form of these requests has room for a sign
        return
    held = await desk.held(row)
    try:
        objection = await desk.told(row, value / row.scale)
    except struct.error:
        return  # the frame itself cannot carry it
    expected = "" if row.beyond == "ignored" else row.beyond
    assert re.fullmatch(expected, objection), (row.name, value, objection)
    assert await desk.held(row) == pytest.approx(held, nan_ok=True), (row.name, value)


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_every_published_exchange_is_answered_as_published(model: str) -> None:
    async def talk(desk: Desk) -> None:
        for row in desk.rows.values():
            if row.example is None:
                continue
            request = row.example.request or desk.dialect.wrap(desk.request(row))
            reply = await desk.wire.ask(request)
            assert reply, row.name
            await compare(desk, row, request, reply)

    at_desk(model, talk)


async def compare(desk: Desk, row: CommandRow, request: bytes, reply: bytes) -> None:
    assert row.example is not None
    if row.example.match in {"exact", "reply"}:
        wanted = row.example.reply.split()
        pairs = zip(wanted, reply.hex(" ").split(), strict=True)
        assert all(want in {"..", have} for want, have in pairs), (row.name, reply.hex(" "))
    elif row.example.match == "shape":
        (asked,) = desk.dialect.split(request)
        said = desk.dialect.unwrap(asked, reply)
        assert fits(row.reply, said, binary=desk.dialect.binary), (row.name, said)
        published = desk.dialect.unwrap(asked, bytes.fromhex(row.example.reply))
        assert fits(row.reply, published, binary=desk.dialect.binary), row.name
