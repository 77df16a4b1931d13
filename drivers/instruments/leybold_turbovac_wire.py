"""The telegrams of one TURBOVAC on its line: parameters, process data and the order it is under.

A telegram with the command bit takes control, one without it gives control back: 10 s later
(parameter 182), as after a silence of that length, parameter 179 decides. So the order is sent
with every telegram from the first command on, and no command bit before that.
"""

from dataclasses import dataclass, replace

from drivers.core.errors import LinkLost, ReadBackDiffers, Refused, Rejected
from drivers.core.framing import CodecError
from drivers.core.links.base import owned
from drivers.core.links.serial import Conversation, SerialLink
from drivers.instruments.leybold_turbovac_frames import (
    REFUSALS,
    Access,
    Control,
    Reply,
    Request,
    Response,
    Status,
    decode,
    encode,
    reply_to,
    value_of,
)

REPLY_TIMEOUT_S = 0.3
RESPONSE_DELAY_S = 0.01  # parameter 180: the pump answers, and may be asked, no sooner
WORD = 0xFFFF
WRONG_ACCESS = (Response.ERROR, 5)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter by number; a field of it by index. Only 16-bit ones are written here."""

    number: int
    index: int | None = None
    signed: bool = False
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """The process data of one telegram."""

    status: Status
    frequency_hz: float
    converter_c: float
    current_a: float
    voltage_v: float


class UssWire:
    """What one pump is told and asked."""

    def __init__(self, name: str, link: SerialLink, unit: int) -> None:
        self.order = Control(0)
        self._name, self._link, self._unit = name, link, unit

    async def read(self, ref: Parameter) -> float:
        """The value of one parameter; raise Rejected with the pump's reason.

        The first field may be asked for without its index, and must be where a pump keeps only one.
        """
        reply = await self._exchange(self._reading(ref))
        if ref.index == 0 and (reply.response, reply.value) == WRONG_ACCESS:
            reply = await self._exchange(self._reading(replace(ref, index=None)))
        return self._value(self._accepted(reply), signed=ref.signed)

    async def read_in(self, talk: Conversation, ref: Parameter) -> float:
        """The same within a conversation."""
        request = self._reading(ref)
        await talk.send(encode(request))
        frame = await talk.receive(reply_to(request), timeout_s=REPLY_TIMEOUT_S)
        return self._value(self._accepted(decode(frame)), signed=ref.signed)

    async def write(self, ref: Parameter, value: int) -> None:
        """Write one parameter; raise Rejected, or ReadBackDiffers if another value was taken."""
        if not ref.writable:
            raise Refused(f"parameter {ref.number} is not written here", source=self._name)
        access = Access.WRITE_16 if ref.index is None else Access.WRITE_FIELD_16
        reply = await self._exchange(
            Request(
                self._unit, access, ref.number, ref.index or 0, value & WORD, control=self.order
            )
        )
        if (held := self._value(self._accepted(reply), signed=ref.signed)) != value:
            raise ReadBackDiffers(
                f"parameter {ref.number} was set to {value} and is {held:g}", source=self._name
            )

    async def command(self, order: Control) -> None:
        """Give an order; it stands in every later telegram, even if this one gets lost."""
        self.order = order | Control.COMMAND
        await self.condition()

    async def condition(self) -> Condition:
        """Status and process data; what a command changes shows in the telegram after it."""
        reply = self._accepted(await self._exchange(Request(self._unit, control=self.order)))
        return Condition(
            status=reply.status,
            frequency_hz=float(reply.frequency_hz),
            converter_c=float(reply.converter_c),
            current_a=reply.current_da / 10,
            voltage_v=float(reply.voltage_v),
        )

    def _reading(self, ref: Parameter) -> Request:
        access = Access.READ if ref.index is None else Access.READ_FIELD
        return Request(self._unit, access, ref.number, ref.index or 0, control=self.order)

    async def _exchange(self, request: Request) -> Reply:
        try:
            frame = await self._link.exchange(
                encode(request),
                reply_to(request),
                timeout_s=REPLY_TIMEOUT_S,
                gap_s=RESPONSE_DELAY_S,
            )
        except LinkLost as error:  # the bus may carry another instrument's name
            raise owned(error, self._link.name, self._name) from error
        return decode(frame)

    def _accepted(self, reply: Reply) -> Reply:
        if reply.response == Response.NO_WRITE_ACCESS:
            raise Rejected(f"parameter {reply.number}: no right to write", source=self._name)
        if reply.response == Response.ERROR:
            words = REFUSALS.get(reply.value, "no reason known")
            said = f"parameter {reply.number}: {words} (code {reply.value})"
            raise Rejected(said, source=self._name)
        return reply

    def _value(self, reply: Reply, *, signed: bool) -> float:
        try:
            return float(value_of(reply, signed=signed))
        except CodecError as error:
            raise self._link.garbled(str(error), source=self._name) from None
