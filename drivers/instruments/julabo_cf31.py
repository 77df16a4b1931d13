"""Julabo CF31 bath circulator, from its interface commands: paced text with no acknowledgement.

The circulator loses what arrives within 250 ms of an OUT command, so that silence is kept on
the link; every OUT is confirmed by the matching IN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    NoReply,
    ReadBackDiffers,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError, delimited
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.waiting import settle

REPLY_TIMEOUT_S = 0.5
GAP_AFTER_OUT_S = 0.25
GAP_AFTER_IN_S = 0.01
FLOW_CONTROL = b"\x11\x13"  # XON and XOFF may stand anywhere between the characters
WITHIN = 0.01
COMMAND_ERRORS = frozenset({-8, -10, -11, -12, -13})
POLL_S = 2.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter such as `SP_00`, asked for with IN; `writable` ones are set with OUT."""

    word: str
    writable: bool = False
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Status:
    """The status number with its text; a negative one is an alarm or a refused command."""

    code: int
    text: str


def lines(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut lines ended by CR LF, without the flow control characters among them."""
    return delimited(b"\r\n")(buffer.translate(None, FLOW_CONTROL))


def decode_status(line: bytes) -> Status:
    """Read e.g. `03 REMOTE START` or `-01 LOW LEVEL ALARM`; raise CodecError otherwise."""
    code, _, text = line.decode("ascii", "replace").strip().partition(" ")
    if not code.isascii() or not code.removeprefix("-").isdecimal():
        raise CodecError(f"{line!r} is no status")
    return Status(int(code), text.strip())


class JulaboCf31:
    """One bath that is heated and cooled, with its pump."""

    MODEL: ClassVar[str] = "Julabo CF31"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=4800, bits=7, parity="E", rtscts=True)

    temperature_c = Reading(Parameter("PV_00"), unit="C")
    heater_pct = Reading(Parameter("PV_01"), unit="%")
    external_c = Reading(Parameter("PV_02"), unit="C")
    safety_sensor_c = Reading(Parameter("PV_03"), unit="C")
    safety_limit_c = Reading(Parameter("PV_04"), unit="C")
    # The baths of this line are aqueous.
    setpoint_c = Setting(
        Parameter("SP_00", writable=True), unit="C", limits=Limits(5, 95), resolution=WITHIN
    )
    high_limit_c = Setting(
        Parameter("SP_03", writable=True), unit="C", limits=Limits(5, 100), resolution=WITHIN
    )
    low_limit_c = Setting(
        Parameter("SP_04", writable=True), unit="C", limits=Limits(0, 95), resolution=WITHIN
    )
    active_setpoint = Setting(
        Parameter("MODE_01", writable=True, decimals=0), unit="", limits=Limits(0, 2), resolution=0
    )
    circulating = Setting(
        Parameter("MODE_05", writable=True, decimals=0), unit="", limits=Limits(0, 1), resolution=0
    )

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return model and firmware; raise WrongDevice for another device.

        The first question after power-up is often lost, so it is asked twice.
        """
        try:
            line = await self._ask("VERSION")
        except NoReply:
            line = await self._ask("VERSION")
        return self._named(line)

    async def read_raw(self, ref: Parameter) -> float:
        """Ask for one number."""
        line = await self._ask(f"IN_{ref.word}")
        try:
            return float(line)
        except ValueError:
            raise self._link.garbled(
                f"{line!r} for {ref.word} is no number", source=self.name
            ) from None

    async def write_raw(self, ref: Parameter, raw: float) -> None:
        """Set one number and read it back; raise Rejected with the reason, or ReadBackDiffers.

        A value that is not held is set once more: the reason for a refusal stands in the status
        only until the next command, and that was the reading back.
        """
        if not ref.writable:
            raise Rejected(f"{ref.word} cannot be set", source=self.name)
        request = f"OUT_{ref.word} {raw:.{ref.decimals}f}\r".encode("ascii")
        await self._link.send(request, gap_s=GAP_AFTER_OUT_S)
        if abs(await self.read_raw(ref) - raw) <= WITHIN:
            return
        await self._link.send(request, gap_s=GAP_AFTER_OUT_S)
        status = await self.status()
        if status.code in COMMAND_ERRORS:
            raise Rejected(f"{ref.word} = {raw:g}: {status.text.lower()}", source=self.name)
        if not abs((held := await self.read_raw(ref)) - raw) <= WITHIN:
            raise ReadBackDiffers(
                f"{ref.word} was set to {raw:g} and reads {held:g}", source=self.name
            )

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. The external sensor is not fitted."""
        points = (
            *(self.temperature_c, self.heater_pct, self.safety_sensor_c, self.safety_limit_c),
            *(self.setpoint_c, self.high_limit_c, self.low_limit_c, self.active_setpoint),
            self.circulating,
        )
        return {point.spec.name: await point.read() for point in points}

    async def status(self) -> Status:
        """The status number and text as the circulator gives them."""
        line = await self._ask("STATUS")
        try:
            return decode_status(line)
        except CodecError as error:
            raise self._link.garbled(str(error), source=self.name) from None

    async def check(self) -> Status:
        """Return the status; raise DeviceFault for an alarm (a command once refused is none)."""
        status = await self.status()
        if status.code < 0 and status.code not in COMMAND_ERRORS:
            raise DeviceFault(f"{status.code:03d} {status.text.lower()}", source=self.name)
        return status

    async def running(self) -> bool:
        """Whether it circulates and regulates; raise DeviceFault for an alarm."""
        await self.check()
        return bool(await self.circulating.value())

    async def start(self) -> None:
        """Circulate and regulate; confirmed by read-back. Raises DeviceFault for an alarm."""
        await self.check()
        await self.circulating.write(1)

    async def stop(self) -> None:
        """Stop circulating and regulating; confirmed by read-back."""
        await self.circulating.write(0)

    async def hold(
        self, celsius: float, *, deadline_s: float, within_c: float = 0.3, dwell_s: float = 30.0
    ) -> float:
        """Regulate at `celsius`; return the temperature once it stayed there for `dwell_s`.

        Raises LimitExceeded before anything is sent, DeviceFault for an alarm on the way, and
        NotReached after `deadline_s`; the circulator goes on regulating in every case.
        """
        # The set-point first: a circulator that starts must not first chase the old one.
        await self.setpoint_c.write(celsius)
        await self.active_setpoint.write(0)
        await self.start()
        return await settle(
            self._healthy_c,
            celsius,
            within=within_c,
            dwell_s=dwell_s,
            deadline_s=deadline_s,
            clock=self.clock,
            what=f"{self.name}.temperature_c",
            poll_s=POLL_S,
        )

    async def make_safe(self) -> None:
        """Leave it as it is: a bath at its temperature, circulating, is its safe state."""

    async def _healthy_c(self) -> float:
        await self.check()
        return await self.temperature_c.value()

    async def _ask(self, command: str) -> bytes:
        return await self._link.exchange(
            f"{command}\r".encode("ascii"), lines, timeout_s=REPLY_TIMEOUT_S, gap_s=GAP_AFTER_IN_S
        )

    async def _recheck(self, talk: Conversation) -> None:
        # After a power-up the first question only wakes the interface.
        try:
            await talk.send(b"VERSION\r")
            line = await talk.receive(lines, timeout_s=REPLY_TIMEOUT_S)
        except NoReply:
            await talk.send(b"VERSION\r")
            line = await talk.receive(lines, timeout_s=REPLY_TIMEOUT_S)
        self._named(line)

    def _named(self, line: bytes) -> str:
        text = line.decode("ascii", "replace").strip()
        if "JULABO" not in text.upper():
            raise WrongDevice(f"{text!r} answers instead of a Julabo", source=self.name)
        return text
