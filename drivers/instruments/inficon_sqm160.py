"""INFICON SQM-160 quartz monitor: rate and thickness, from its serial protocol.

The monitor forgets the thickness when it loses power and says so exactly once: that flag is
asked only where somebody acts on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import DeviceFault, Rejected, Restarted, WrongDevice
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Reading, Sample
from drivers.instruments.inficon_sqm160_frames import Answer, decode, encode, replies

REPLY_TIMEOUT_S = 0.5
NM_PER_ANGSTROM = 0.1
NM_PER_KILOANGSTROM = 100.0
REFUSALS: Mapping[str, str] = {"C": "unknown command", "D": "problem with the data"}


@dataclass(frozen=True, slots=True)
class Message:
    """The message whose answer is one number."""

    text: str


class InficonSqm160:
    """One SQM-160 with one crystal, on channel 1."""

    MODEL: ClassVar[str] = "INFICON SQM-160"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=19200)

    rate_nm_s = Reading(Message("M"), unit="nm/s", scale=NM_PER_ANGSTROM)
    thickness_nm = Reading(Message("O"), unit="nm", scale=NM_PER_KILOANGSTROM)
    crystal_rate_nm_s = Reading(Message("L1?"), unit="nm/s", scale=NM_PER_ANGSTROM)
    crystal_thickness_nm = Reading(Message("N1"), unit="nm", scale=NM_PER_KILOANGSTROM)
    frequency_hz = Reading(Message("P1"), unit="Hz")
    crystal_life_pct = Reading(Message("R1"), unit="%")
    channels = Reading(Message("J"), unit="")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._identity = ""
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return the firmware name, e.g. `MON Ver 4.13`.

        Raises WrongDevice for another device, and Restarted if the monitor lost power since it
        was last identified here; the first time, the flag of its last power-up is taken as read.
        """
        known = self._identity
        self._identity = self._named(await self._ask("@"))
        restarted = await self._power_up_flag()
        if known and restarted:
            raise self._restart()
        return self._identity

    async def read_raw(self, ref: Message) -> float:
        """Ask for one number, in the monitor's own unit."""
        text = await self._ask(ref.text)
        try:
            return float(text)
        except ValueError:
            raise self._link.garbled(
                f"{text!r} for {ref.text!r} is no number", source=self.name
            ) from None

    async def write_raw(self, ref: Message, raw: float) -> None:
        """Raise Rejected: the monitor has no setting that this line uses."""
        raise Rejected(f"{ref.text} cannot be set to {raw:g}", source=self.name)

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing and leaves the power-up flag unread."""
        points = (
            *(self.rate_nm_s, self.thickness_nm, self.crystal_rate_nm_s),
            *(self.crystal_thickness_nm, self.frequency_hz, self.crystal_life_pct, self.channels),
        )
        return {point.spec.name: await point.read() for point in points}

    async def check(self) -> None:
        """Raise Restarted if the thickness was lost, DeviceFault if the crystal has failed."""
        if await self._power_up_flag():
            raise self._restart()
        if await self.frequency_hz.value() <= 0 or await self.crystal_life_pct.value() <= 0:
            raise DeviceFault("the crystal has failed; change it", source=self.name)

    async def deposited_nm(self) -> float:
        """The thickness in nm since `zero`, after `check`: raises where it cannot be trusted."""
        await self.check()
        return await self.thickness_nm.value()

    async def zero(self) -> None:
        """Count thickness and time from nothing; clear an old power-up flag first."""
        await self._power_up_flag()
        await self._ask("S")
        await self._ask("T")

    async def make_safe(self) -> None:
        """Nothing to do: the monitor only measures."""

    async def _power_up_flag(self) -> bool:
        return (await self._ask("Y")).strip() == "1"

    def _restart(self) -> Restarted:
        return Restarted("lost power; the thickness it had counted is gone", source=self.name)

    async def _ask(self, message: str) -> str:
        reply = await self._link.exchange(encode(message), replies, timeout_s=REPLY_TIMEOUT_S)
        return self._accepted(decode(reply), message)

    async def _recheck(self, talk: Conversation) -> None:
        await talk.send(encode("@"))
        reply = decode(await talk.receive(replies, timeout_s=REPLY_TIMEOUT_S))
        self._named(self._accepted(reply, "@"))

    def _accepted(self, answer: Answer, message: str) -> str:
        if answer.status != "A":
            words = REFUSALS.get(answer.status, f"status {answer.status}")
            raise Rejected(f"{message!r}: {words}", source=self.name)
        return answer.text

    def _named(self, text: str) -> str:
        if not text.startswith("MON"):
            raise WrongDevice(f"{text!r} answers instead of an SQM-160", source=self.name)
        return text
