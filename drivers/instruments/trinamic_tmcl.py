"""The exchange with one Trinamic module, from the TMCL firmware manuals: command, reply, name."""

from drivers.core.errors import Rejected, WrongDevice
from drivers.core.framing import CodecError, fixed_length
from drivers.core.links.serial import Conversation, SerialLink
from drivers.instruments.trinamic_tmcl_frames import (
    LENGTH,
    OK,
    OK_IN_EEPROM,
    REFUSALS,
    WRONG_CHECKSUM,
    Command,
    decode,
    decode_version,
    encode,
    reply_to,
)

REPLY_TIMEOUT_S = 0.5
CHECKSUM_ATTEMPTS = 3


class Tmcl:
    """One module at `address`; `kind` is what its version begins with, e.g. `1640`."""

    def __init__(
        self, name: str, link: SerialLink, *, address: int, kind: str, gap_s: float = 0.0
    ) -> None:
        self._name, self._link = name, link
        self._address, self._kind, self._gap_s = address, kind, gap_s
        link.on_suspect(self._recheck)

    async def version(self) -> str:
        """Module and firmware, e.g. `1640V208`; raise WrongDevice for another module."""
        request = encode(self._address, Command.VERSION, 0, 0)
        frame = await self._link.exchange(
            request, fixed_length(LENGTH), timeout_s=REPLY_TIMEOUT_S, gap_s=self._gap_s
        )
        return self._named(frame)

    async def command(self, command: Command, kind: int, value: int, *, bank: int = 0) -> int:
        """Send one command and return the value of its reply.

        A request that was damaged on the wire is sent again. Raises Rejected with the reason.
        """
        request = encode(self._address, command, kind, value, motor=bank)
        feed, status = reply_to(self._address, command), WRONG_CHECKSUM
        for _ in range(CHECKSUM_ATTEMPTS):
            frame = await self._link.exchange(
                request, feed, timeout_s=REPLY_TIMEOUT_S, gap_s=self._gap_s
            )
            reply = decode(frame)
            if reply.status in {OK, OK_IN_EEPROM}:
                return reply.value
            if (status := reply.status) != WRONG_CHECKSUM:
                break
        words = REFUSALS.get(status, f"status {status}")
        raise Rejected(f"{command.name} {kind} {value}: {words}", source=self._name)

    async def _recheck(self, talk: Conversation) -> None:
        await talk.send(encode(self._address, Command.VERSION, 0, 0))
        self._named(await talk.receive(fixed_length(LENGTH), timeout_s=REPLY_TIMEOUT_S))

    def _named(self, frame: bytes) -> str:
        try:
            text = decode_version(frame)
        except CodecError as error:
            raise WrongDevice(str(error), source=self._name) from None
        if not text.startswith(self._kind):
            raise WrongDevice(f"{text!r} answers instead of a TMCM-{self._kind}", source=self._name)
        return text
