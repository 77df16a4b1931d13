"""What a VAT throttle valve says of itself, and whether it may be moved: from its RS-232 manual."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    InterlockOpen,
    ReadBackDiffers,
    Refused,
    Rejected,
    Restarted,
    Tripped,
    WrongDevice,
)
from drivers.core.links.serial import Conversation, SerialLink
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.registers import declared
from drivers.core.waiting import until
from drivers.instruments.vat_valve_frames import (
    UNKNOWN_POSITION,
    Access,
    Assembly,
    DeviceStatus,
    Mode,
    Ranges,
    decode_assembly,
    decode_count,
    decode_errors,
    decode_pressure,
    decode_status,
    decode_warnings,
)
from drivers.instruments.vat_valve_wire import VatWire

MOVING_TIME_S = 20.0  # far above the 2 s of a stroke
POSITION_SCALE, PRESSURE_SCALE = 0.1, 1e-4  # % a count, in the ranges 1000 and 1000000
STANDARD = Ranges(1000, 1_000_000)
INTERLOCKS: Mapping[Mode, str] = {
    Mode.INTERLOCK_OPEN: "held open by its interlock input",
    Mode.INTERLOCK_CLOSED: "held closed by its interlock input",
    Mode.POWER_FAILURE: "in power failure",
    Mode.SAFETY: "in safety mode",
}
STARTING = frozenset({Mode.INITIALISING, Mode.SYNCHRONISING})


class Kind(StrEnum):
    """What a value counts."""

    POSITION = "position"
    PRESSURE = "pressure"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Value:
    """A number: the header that asks for it, its length, and the header that sets it."""

    query: str
    length: int
    kind: Kind = Kind.PLAIN
    command: str = ""


class VatState:
    """The values and states of one valve."""

    position_pct = Reading(Value("A:", 6, Kind.POSITION), unit="%", scale=POSITION_SCALE)
    pressure_pct = Reading(Value("P:", 8, Kind.PRESSURE), unit="%", scale=PRESSURE_SCALE)
    setpoint_counts = Reading(Value("i:38", 8), unit="")
    speed_pct = Setting(
        Value("i:68", 8, command="V:"), unit="%", scale=0.1, limits=Limits(0.1, 100)
    )
    throttle_cycles = Reading(Value("i:70", 10), unit="")
    isolation_cycles = Reading(Value("i:71", 10), unit="")
    power_ups = Reading(Value("i:72", 10), unit="")

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self.wire = VatWire(name, link)
        self._serial = ""
        self._power_ups: float | None = None
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return firmware and serial number, and take over the ranges; raise WrongDevice.

        Raises Restarted if the valve lost power since it was last identified here.
        """
        try:
            hardware = await self.wire.ask("i:80")
            firmware = (await self.wire.ask("i:82")).strip()
            self._serial = (await self.wire.ask("i:83")).strip()
        except Rejected as error:
            raise WrongDevice(f"does not answer as a valve: {error}", source=self.name) from error
        if len(hardware) != 8 or not hardware.isalnum() or not firmware:
            raise WrongDevice(f"{hardware!r} and {firmware!r} are no valve's", source=self.name)
        self.wire.forget_ranges()
        await self.wire.ranges()
        known, self._power_ups = self._power_ups, await self.power_ups.value()
        if known is not None and known != self._power_ups:
            raise Restarted("lost power since it was last identified", source=self.name)
        return f"{firmware} {self._serial}".rstrip()

    async def read_raw(self, ref: Value) -> float:
        """Ask for one number, as counts of the standard ranges.

        Raises DeviceFault for a position that the valve does not know.
        """
        text = await self.wire.ask(ref.query)
        with self.wire.understood():
            if ref.kind is Kind.PRESSURE:
                count = decode_pressure(text)
            else:
                count = decode_count(text, ref.length)
        match ref.kind:
            case Kind.PLAIN:
                return count
            case Kind.PRESSURE:
                return count * STANDARD.pressure / (await self.wire.ranges()).pressure
            case Kind.POSITION:
                if count == UNKNOWN_POSITION:
                    raise DeviceFault("does not know its position", source=self.name)
                return count * STANDARD.position / (await self.wire.ranges()).position

    async def write_raw(self, ref: Value, raw: float) -> None:
        """Set one number; raise Rejected with the valve's reason."""
        if not ref.command:
            raise Refused(f"{ref.query} cannot be set", source=self.name)
        await self.take_control()
        await self.wire.set(ref.command, f"{round(raw):06d}")

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing. An unknown position is left out."""
        points = dict(declared(self))
        if (await self.assembly()).position == UNKNOWN_POSITION:
            del points[self.position_pct.spec.name]
        return {name: await point.read() for name, point in points.items()}

    async def status(self) -> DeviceStatus:
        """Access, control mode, options and warnings."""
        text = await self.wire.ask("i:30")
        with self.wire.understood():
            return decode_status(text)

    async def assembly(self) -> Assembly:
        """Position, pressure and state at one moment, in counts."""
        text = await self.wire.ask("i:76")
        with self.wire.understood():
            return decode_assembly(text)

    async def warnings(self) -> tuple[str, ...]:
        """What the valve warns of, in words."""
        text = await self.wire.ask("i:51")
        with self.wire.understood():
            return decode_warnings(text)

    async def check(self) -> None:
        """Raise DeviceFault in a fatal error, Tripped if it is not free to move."""
        await self.trip_in((await self.status()).mode)

    async def grant(self, access: Access) -> None:
        """Say who may move the valve; confirmed by read-back."""
        await self.wire.set("c:01", f"0{access}")
        if (held := (await self.status()).access) is not access:
            raise ReadBackDiffers(f"access is {held.name.lower()}", source=self.name)

    async def take_control(self) -> None:
        """Be free to move, in remote operation; waits while the valve synchronises.

        Raises DeviceFault, InterlockOpen, NotReached, Rejected, ReadBackDiffers.
        """
        status = await self.status()
        if status.mode in STARTING:
            what = f"{self.name} has synchronised"
            await until(self._synchronised, deadline_s=MOVING_TIME_S, clock=self.clock, what=what)
            status = await self.status()
        await self._refuse_fatal(status.mode)
        if status.mode in INTERLOCKS:
            raise InterlockOpen(INTERLOCKS[status.mode], source=self.name)
        if status.access is Access.LOCAL:
            await self.grant(Access.REMOTE)

    async def confirm_mode(self, mode: Mode) -> None:
        """Raise ReadBackDiffers in another mode, or as `trip_in` where that says why."""
        if (held := (await self.status()).mode) is not mode:
            await self.trip_in(held)
            raise ReadBackDiffers(f"is in {held.name}, not in {mode.name}", source=self.name)

    async def trip_in(self, mode: Mode) -> None:
        """Raise what a mode means in which the valve does not follow: DeviceFault or Tripped."""
        await self._refuse_fatal(mode)
        if mode in INTERLOCKS:
            raise Tripped(INTERLOCKS[mode], source=self.name)

    async def _synchronised(self) -> bool:
        return (await self.status()).mode not in STARTING

    async def _refuse_fatal(self, mode: Mode) -> None:
        if mode is Mode.ERROR:
            number, errors = await self.wire.ask("i:50"), await self.wire.ask("i:52")
            with self.wire.understood():
                words = (f"fatal error {number}", *decode_errors(errors))
            raise DeviceFault(", ".join(words), source=self.name)

    async def _recheck(self, talk: Conversation) -> None:
        serial = (await self.wire.say_in(talk, "i:83")).strip()
        if self._serial not in {"", serial}:
            raise WrongDevice(f"{serial} answers instead of {self._serial}", source=self.name)
