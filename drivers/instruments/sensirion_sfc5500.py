"""Sensirion SFC5500 mass flow controller on an RS-485 bus, from its SHDLC command description."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Garbled, LimitExceeded, LinkLost, Rejected, WrongDevice
from drivers.core.framing import CodecError
from drivers.core.links.base import owned
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import settle
from drivers.instruments.sensirion_sfc5500_frames import (
    PHYSICAL,
    REFUSALS,
    Command,
    DeviceStatus,
    decode,
    decode_number,
    decode_status,
    decode_text,
    encode,
    encode_flow,
    reply_to,
)

REPLY_TIMEOUT_S = 0.2
GAS_TEXT = 0x11
FULL_SCALE = 0x14
PRODUCT_NAME = 0x01
SERIAL_NUMBER = 0x03
KEEP_FLAGS = 0x00
POLL_S = 0.2

DecodedT = TypeVar("DecodedT")


@dataclass(frozen=True, slots=True)
class Flow:
    """A number: the command and data that ask for it; `SETPOINT` can also be set."""

    command: Command
    question: bytes


class SensirionSfc5500:
    """One controller at address `unit`; its flows are in sccm of its calibrated gas.

    The bus needs no new identification after a time-out: every reply names its unit and command.
    """

    MODEL: ClassVar[str] = "Sensirion SFC5500"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=115200)

    flow_sccm = Reading(Flow(Command.READ_FLOW, bytes((PHYSICAL,))), unit="sccm")
    setpoint_sccm = Setting(
        Flow(Command.SETPOINT, bytes((PHYSICAL,))),
        unit="sccm",
        limits=Limits(0, 1000),
        resolution=0.01,
    )
    full_scale_sccm = Reading(Flow(Command.CALIBRATION, bytes((FULL_SCALE,))), unit="sccm")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._full_scale_sccm = self.setpoint_sccm.limits.high

    async def identify(self) -> str:
        """Return product, serial number and gas; raise WrongDevice for another product.

        Takes over the full scale of the active calibration as the highest set-point.
        """
        product = await self._text(Command.INFORMATION, PRODUCT_NAME)
        if not product.upper().startswith("SFC5"):
            raise WrongDevice(f"{product!r} answers instead of an SFC5500", source=self.name)
        serial = await self._text(Command.INFORMATION, SERIAL_NUMBER)
        self._full_scale_sccm = await self.full_scale_sccm.value()
        return f"{product} {serial} {await self.gas()}"

    async def read_raw(self, ref: Flow) -> float:
        """Ask for one number."""
        return self._decoded(decode_number, await self._exchange(ref.command, ref.question))

    async def write_raw(self, ref: Flow, raw: float) -> None:
        """Set one number; raise LimitExceeded above full scale, Rejected with the reason."""
        if ref.command is not Command.SETPOINT:
            raise Rejected(f"{ref.command.name} cannot be set", source=self.name)
        if not raw <= self._full_scale_sccm:
            raise LimitExceeded(
                f"{raw:g} sccm is above the full scale of {self._full_scale_sccm:g} sccm",
                source=self.name,
            )
        await self._exchange(ref.command, encode_flow(raw))

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        points = (self.flow_sccm, self.setpoint_sccm, self.full_scale_sccm)
        return {point.spec.name: await point.read() for point in points}

    async def gas(self) -> str:
        """The name of the gas of the active calibration."""
        return await self._text(Command.CALIBRATION, GAS_TEXT)

    async def status(self) -> DeviceStatus:
        """The status flags, which stay as they are."""
        data = await self._exchange(Command.STATUS, bytes((KEEP_FLAGS,)))
        return self._decoded(decode_status, data)

    async def check(self) -> None:
        """Raise DeviceFault for a status flag or an error at start-up."""
        status = await self.status()
        if status.flags or status.boot_error:
            raise DeviceFault(
                f"status {status.flags:#010x}, start-up error {status.boot_error}",
                source=self.name,
            )

    async def flow(
        self, sccm: float, *, within_sccm: float, dwell_s: float, deadline_s: float
    ) -> float:
        """Regulate at `sccm`; return the flow once it stayed within `within_sccm`.

        Raises LimitExceeded before anything is sent, Rejected, or NotReached.
        """
        await self.setpoint_sccm.write_and_verify(sccm)
        return await settle(
            self.flow_sccm.value,
            sccm,
            within=within_sccm,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.flow_sccm",
            poll_s=POLL_S,
        )

    @asynccontextmanager
    async def flowing(
        self, sccm: float, *, within_sccm: float, dwell_s: float, deadline_s: float
    ) -> AsyncGenerator[None]:
        """Hold `sccm` inside; the valve is closed on leaving. Errors as `flow`."""
        try:
            await self.flow(sccm, within_sccm=within_sccm, dwell_s=dwell_s, deadline_s=deadline_s)
            yield
        finally:
            await to_the_end(self.close())

    async def close(self) -> None:
        """Ask for no flow, read back that this is the set-point."""
        await insist(self._close)

    async def make_safe(self) -> None:
        """Close: a set-point of 0, read back."""
        await self.close()

    async def _close(self) -> None:
        await self.setpoint_sccm.write_and_verify(0)

    async def _text(self, command: Command, item: int) -> str:
        return decode_text(await self._exchange(command, bytes((item,))))

    async def _exchange(self, command: Command, data: bytes) -> bytes:
        try:
            frame = await self._link.exchange(
                encode(self.unit, command, data),
                reply_to(self.unit, command),
                timeout_s=REPLY_TIMEOUT_S,
            )
        except LinkLost as error:  # the bus may carry another instrument's name
            raise owned(error, self._link.name, self.name) from error
        reply = decode(frame)
        if reply.error:
            words = REFUSALS.get(reply.error, "no reason known")
            raise Rejected(f"{command.name}: {words} (code {reply.error:#04x})", source=self.name)
        return reply.data

    def _decoded(self, decoder: Callable[[bytes], DecodedT], data: bytes) -> DecodedT:
        try:
            return decoder(data)
        except CodecError as error:
            raise Garbled(str(error), source=self.name) from None
