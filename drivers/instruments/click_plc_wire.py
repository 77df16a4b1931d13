"""Talking to a CLICK controller over Modbus TCP: who it is, whether it lives, its values."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    Garbled,
    LinkLost,
    Refused,
    Restarted,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.modbus import ModbusLink
from drivers.core.points import PointHost, Sample
from drivers.core.registers import (
    Register,
    WordOrder,
    declared,
    decode,
    encode,
    float32_from,
    float32_to,
    runs,
    text_from,
)
from drivers.instruments import click_plc_frames as frames
from drivers.instruments.click_plc_frames import Head, Status, df, dh, ds, txt

HEARTBEAT_STALE_S = 1.5


class ClickWire:
    """One controller: what can be read and written, without commands."""

    MODEL: ClassVar[str] = "AutomationDirect CLICK"
    TRANSPORT: ClassVar[str] = "modbus_tcp"

    def __init__(self, name: str, link: ModbusLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._boot_count: int | None = None
        self._heartbeat = -1
        self._heartbeat_moved_s = 0.0
        link.on_suspect(unit, self._recheck, name)

    async def identify(self) -> str:
        """Return map and boot count, and take this boot as the one we talk to.

        Raises WrongDevice if the map is another.
        """
        head = await self._read_head()
        self._boot_count = head.boot_count
        self._heartbeat, self._heartbeat_moved_s = head.heartbeat, self.clock.monotonic()
        return f"{self.MODEL}, map {head.map_id:#06x} revision {head.map_rev}"

    async def status(self) -> Status:
        """All that the controller says of itself, in two reads.

        Raises WrongDevice for another map, Restarted if it was powered up since `identify`, and
        LinkLost if its heartbeat stands still.
        """
        header = await self._link.read_holding(self.unit, ds(1).address, frames.HEADER_WORDS)
        alarm_block = await self._link.read_holding(
            self.unit, dh(1).address, frames.ALARM_BLOCK_WORDS
        )
        try:
            status = frames.decode_status(header, alarm_block, self.clock.monotonic())
        except CodecError as error:
            raise Garbled(str(error), source=self.name) from None
        self._same_and_alive(status.head)
        return status

    async def look(self) -> Status:
        """The `status`, asked for once more if a reply was lost: looking twice does nothing."""
        try:
            return await self.status()
        except LinkLost:
            return await self.status()

    async def readings(self) -> Mapping[str, Sample]:
        """Every declared point once, in as few reads as there are blocks; changes nothing."""
        return await self.sampled(self)

    async def sampled(self, host: PointHost[Register]) -> Mapping[str, Sample]:
        """Every point that `host` declares, in as few reads as there are blocks."""
        points = declared(host)
        values = await self.read_many([point.spec.ref for point in points.values()])
        at_s = self.clock.monotonic()
        return {
            name: Sample(values[point.spec.ref] * point.spec.scale, point.spec.unit, at_s)
            for name, point in points.items()
        }

    async def read_raw(self, ref: Register) -> float:
        """Read one number."""
        return decode(ref, await self._link.read_holding(self.unit, ref.address, ref.words))

    async def write_raw(self, ref: Register, raw: float) -> None:
        """Write one number; raise Refused if its register cannot hold it."""
        try:
            words = encode(ref, raw)
        except CodecError as error:
            raise Refused(str(error), source=self.name) from None
        await self._link.write_registers(self.unit, ref.address, words)

    async def read_many(self, refs: Sequence[Register]) -> Mapping[Register, float]:
        """Read many numbers in as few reads as there are blocks."""
        words: dict[int, int] = {}
        for address, count in runs(refs):
            block = await self._link.read_holding(self.unit, address, count)
            words.update(enumerate(block, start=address))
        return {
            ref: decode(ref, [words[ref.address + place] for place in range(ref.words)])
            for ref in refs
        }

    async def read_float(self, number: int) -> float:
        """The value of DF `number`."""
        return await self.read_raw(df(number))

    async def read_floats(self, first: int, count: int) -> list[float]:
        """The values of `count` DF registers from `first` on, read as one."""
        words = await self._link.read_holding(self.unit, df(first).address, 2 * count)
        pairs = zip(words[::2], words[1::2], strict=True)
        return [float32_from(pair, WordOrder.LOW_FIRST) for pair in pairs]

    async def write_floats(self, first: int, values: Sequence[float]) -> None:
        """Write DF registers from `first` on as one; raise Refused for what is no number."""
        words: list[int] = []
        for value in values:
            if not abs(value) <= float("1e30"):
                raise Refused(f"{value!r} cannot be a set-point", source=self.name)
            words += float32_to(value, WordOrder.LOW_FIRST)
        await self._link.write_registers(self.unit, df(first).address, words)

    async def read_word(self, number: int) -> int:
        """The value of DS `number`."""
        return int(await self.read_raw(ds(number)))

    async def write_word(self, number: int, value: int) -> None:
        """Write DS `number`; raise Refused if it does not fit in 16 bits."""
        await self.write_raw(ds(number), value)

    async def job_id_echo(self) -> str:
        """The job that runs or ran last, as the controller took it over at Start."""
        return text_from(await self._link.read_holding(self.unit, txt(17), 8))

    async def recipe_echo(self) -> str:
        """The recipe loaded last."""
        return text_from(await self._link.read_holding(self.unit, txt(33), 4))

    async def head(self) -> Head:
        """Who it is and what became of the last command, in one read; raises as `status`."""
        head = await self._read_head()
        self._same_and_alive(head)
        return head

    async def _read_head(self) -> Head:
        words = await self._link.read_holding(self.unit, ds(1).address, frames.HEAD_WORDS)
        try:
            head = frames.decode_head(words)
        except CodecError as error:
            raise Garbled(str(error), source=self.name) from None
        self._refuse_another(head)
        return head

    async def _recheck(self) -> None:
        # Only that it is the same kind of controller: a restart is told by the next status.
        await self._read_head()

    def _refuse_another(self, head: Head) -> None:
        if (head.map_id, head.map_rev) != (frames.MAP_ID, frames.MAP_REV):
            raise WrongDevice(
                f"map {head.map_id:#06x} revision {head.map_rev} instead of "
                f"{frames.MAP_ID:#06x} revision {frames.MAP_REV}",
                source=self.name,
            )

    def _same_and_alive(self, head: Head) -> None:
        self._refuse_another(head)
        if self._boot_count is not None and head.boot_count != self._boot_count:
            raise Restarted(
                f"powered up since: boot {head.boot_count}, not {self._boot_count}",
                source=self.name,
            )
        now_s = self.clock.monotonic()
        if head.heartbeat != self._heartbeat:
            self._heartbeat, self._heartbeat_moved_s = head.heartbeat, now_s
        elif now_s - self._heartbeat_moved_s > HEARTBEAT_STALE_S:
            raise LinkLost("controller heartbeat stopped", source=self.name)
