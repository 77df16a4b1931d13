"""Newport ESP301 motion controller of an alignment stage, from its command manual.

The controller never answers a command: what it objected to is waiting in its error queue,
which is therefore emptied after every command.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import ClassVar

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    LimitExceeded,
    ReadBackDiffers,
    Rejected,
    WrongDevice,
)
from drivers.core.framing import CodecError, delimited
from drivers.core.links.serial import Conversation, SerialLink, SerialSettings
from drivers.core.points import Limits, Reading, Sample, Setting
from drivers.core.shielded import insist, to_the_end
from drivers.core.waiting import until

REPLY_TIMEOUT_S = 1.0
POLL_S = 0.1
STOP_DEADLINE_S = 5.0
QUEUE_DEPTH = 10
PER_AXIS = 100  # errors from here on are axis * 100 + kind
CONTROLLER_FAULTS = frozenset({4, 8})  # emergency stop, cable interlock
AXIS_FAULTS = frozenset({2, 3, 4, 5, 8, 9, 29})  # of the drive itself, not of our command
POSITION_WITHIN = 0.005  # mm and degrees


class Axis(IntEnum):
    """The stage's axes: two in mm, the rotation in degrees."""

    X = 1
    Y = 2
    THETA = 3


TRAVEL: Mapping[Axis, Limits] = {
    Axis.X: Limits(-12.5, 12.5),
    Axis.Y: Limits(-12.5, 12.5),
    Axis.THETA: Limits(-10.0, 10.0),
}


@dataclass(frozen=True, slots=True)
class AxisValue:
    """A value of one axis: asked by `query`, set by `command` if there is one."""

    query: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class QueuedError:
    """One entry of the error queue."""

    code: int
    text: str

    @property
    def fault(self) -> bool:
        """Whether the controller or a drive failed, rather than refused a command."""
        if self.code < PER_AXIS:
            return self.code in CONTROLLER_FAULTS
        return self.code % PER_AXIS in AXIS_FAULTS


def decode_error(line: bytes) -> QueuedError:
    """Read the answer to `TB?`: code, timestamp and text; raise CodecError for another shape."""
    fields = line.decode("ascii", "replace").split(",", 2)
    if len(fields) != 3 or not fields[0].strip().isdecimal():
        raise CodecError(f"{line!r} is no error message")
    return QueuedError(int(fields[0]), fields[2].strip())


class NewportEsp301:
    """The three axes of one stage."""

    MODEL: ClassVar[str] = "Newport ESP301"
    TRANSPORT: ClassVar[str] = "serial"
    SERIAL: ClassVar[SerialSettings] = SerialSettings(baud=921600)

    x_mm = Reading(AxisValue("1TP"), unit="mm")
    y_mm = Reading(AxisValue("2TP"), unit="mm")
    theta_deg = Reading(AxisValue("3TP"), unit="deg")
    x_velocity_mm_s = Setting(
        AxisValue("1VA?", "1VA"), unit="mm/s", limits=Limits(0.01, 10), resolution=0.001
    )
    y_velocity_mm_s = Setting(
        AxisValue("2VA?", "2VA"), unit="mm/s", limits=Limits(0.01, 10), resolution=0.001
    )
    theta_velocity_deg_s = Setting(
        AxisValue("3VA?", "3VA"), unit="deg/s", limits=Limits(0.01, 10), resolution=0.001
    )

    def __init__(self, name: str, link: SerialLink, *, clock: Clock, unit: int = 1) -> None:
        self.name = name
        self.clock = clock
        self.unit = unit
        self._link = link
        self._powered: set[Axis] = set()
        link.on_suspect(self._recheck)

    async def identify(self) -> str:
        """Return model and firmware; raise WrongDevice. Old entries of the error queue go."""
        async with self._link.conversation() as talk:
            version = self._named(await self._line(talk, "VE?"))
            await self._queued(talk)
        return version

    async def read_raw(self, ref: AxisValue) -> float:
        """Ask for one number of one axis."""
        return await self._number(ref.query)

    async def write_raw(self, ref: AxisValue, raw: float) -> None:
        """Set one number of one axis; raise Rejected with the controller's reason."""
        await self._do(f"{ref.command}{raw:.4f}")

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        points = (
            *(self.x_mm, self.y_mm, self.theta_deg),
            *(self.x_velocity_mm_s, self.y_velocity_mm_s, self.theta_velocity_deg_s),
        )
        return {point.spec.name: await point.read() for point in points}

    async def position(self, axis: Axis) -> float:
        """Where the axis is, in mm or degrees."""
        return await self._number(f"{axis}TP")

    async def motor_on(self, axis: Axis) -> bool:
        """Whether the motor of the axis is powered."""
        return await self._number(f"{axis}MO?") == 1

    async def power(self, axis: Axis) -> None:
        """Switch the motor of the axis on and read back that it is."""
        await self._do(f"{axis}MO")
        if not await self.motor_on(axis):
            raise ReadBackDiffers(f"motor {axis.name} stays off", source=self.name)
        self._powered.add(axis)

    async def release(self, axis: Axis) -> None:
        """Switch the motor of the axis off and read back that it is."""
        self._powered.discard(axis)
        await self._do(f"{axis}MF")
        if await self.motor_on(axis):
            raise ReadBackDiffers(f"motor {axis.name} stays on", source=self.name)

    async def home(self, axis: Axis, *, deadline_s: float) -> None:
        """Search the home mark of the axis; raise NotReached after `deadline_s`."""
        await self._travel(axis, f"{axis}OR4", deadline_s)

    async def move_to(self, axis: Axis, position: float, *, deadline_s: float) -> float:
        """Move the axis to `position` in mm or degrees; return where it came to rest.

        Raises LimitExceeded before anything is sent, Rejected, DeviceFault, NotReached after
        `deadline_s`; the axis is stopped whenever the move does not end well.
        """
        if position not in TRAVEL[axis]:
            low, high = TRAVEL[axis].low, TRAVEL[axis].high
            raise LimitExceeded(
                f"{axis.name} = {position:g} is outside {low:g} to {high:g}", source=self.name
            )
        await self._refuse_lost_power(axis)
        await self._travel(axis, f"{axis}PA{position:.4f}", deadline_s)
        reached = await self.position(axis)
        if not abs(reached - position) <= POSITION_WITHIN:
            raise ReadBackDiffers(
                f"{axis.name} was sent to {position:g} and is at {reached:g}", source=self.name
            )
        return reached

    async def stop(self, axis: Axis) -> None:
        """Stop the axis and wait until it is at rest."""
        await self._do(f"{axis}ST")
        await self._at_rest(axis, STOP_DEADLINE_S)

    async def abort(self) -> None:
        """Stop every axis at once, as hard as the drives can."""
        await self._do("AB")

    async def make_safe(self) -> None:
        """Stop every axis and wait until all are at rest; the motors keep holding."""
        for axis in Axis:
            await insist(partial(self.stop, axis))

    async def check(self) -> None:
        """Raise DeviceFault or Rejected for whatever waits in the error queue."""
        async with self._link.conversation() as talk:
            self._raise_queued("on its own", await self._queued(talk))

    async def _travel(self, axis: Axis, command: str, deadline_s: float) -> None:
        try:
            await self._do(command)
            await self._at_rest(axis, deadline_s)
            await self.check()
        except BaseException:
            await to_the_end(self.stop(axis))
            raise

    async def _at_rest(self, axis: Axis, deadline_s: float) -> None:
        async def done() -> bool:
            return await self._number(f"{axis}MD?") == 1

        what = f"{self.name} axis {axis.name} at rest"
        await until(done, deadline_s=deadline_s, clock=self.clock, what=what, poll_s=POLL_S)

    async def _refuse_lost_power(self, axis: Axis) -> None:
        if axis in self._powered and not await self.motor_on(axis):
            self._powered.discard(axis)
            raise DeviceFault(
                f"motor {axis.name} lost its power; the stage must be homed again",
                source=self.name,
            )

    async def _do(self, command: str) -> None:
        async with self._link.conversation() as talk:
            await talk.send(f"{command}\r".encode("ascii"))
            self._raise_queued(command, await self._queued(talk))

    async def _queued(self, talk: Conversation) -> list[QueuedError]:
        errors: list[QueuedError] = []
        for _ in range(QUEUE_DEPTH + 1):
            line = await self._line(talk, "TB?")
            try:
                error = decode_error(line)
            except CodecError as nonsense:
                raise self._link.garbled(str(nonsense), source=self.name) from None
            if error.code == 0:
                break
            errors.append(error)
        return errors

    def _raise_queued(self, command: str, errors: list[QueuedError]) -> None:
        words = ", ".join(f"{error.code} {error.text}" for error in errors)
        if any(error.fault for error in errors):
            raise DeviceFault(f"{command}: {words}", source=self.name)
        if errors:
            raise Rejected(f"{command}: {words}", source=self.name)

    async def _number(self, query: str) -> float:
        async with self._link.conversation() as talk:
            line = await self._line(talk, query)
        try:
            return float(line)
        except ValueError:
            raise self._link.garbled(
                f"{line!r} for {query} is no number", source=self.name
            ) from None

    async def _line(self, talk: Conversation, query: str) -> bytes:
        await talk.send(f"{query}\r".encode("ascii"))
        return await talk.receive(delimited(b"\r\n"), timeout_s=REPLY_TIMEOUT_S)

    async def _recheck(self, talk: Conversation) -> None:
        self._named(await self._line(talk, "VE?"))

    def _named(self, line: bytes) -> str:
        text = line.decode("ascii", "replace").strip()
        if not text.startswith("ESP30"):
            raise WrongDevice(f"{text!r} answers instead of an ESP301", source=self.name)
        return text
