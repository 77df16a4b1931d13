"""Declared points: one named signal of an instrument with its address, unit and limits."""

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Generic, Protocol, Self, TypeVar, overload

from drivers.core.clock import Clock
from drivers.core.errors import LimitExceeded, ReadBackDiffers

RefT = TypeVar("RefT")
RefT_contra = TypeVar("RefT_contra", contravariant=True)


class Quality(StrEnum):
    """Whether a value may be used to decide."""

    GOOD = auto()
    STALE = auto()
    BAD = auto()  # the device itself says that the value is not valid


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one point as it was read. `at_s` is the clock's monotonic time."""

    value: float
    unit: str
    at_s: float
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True)
class Limits:
    """The closed range in which a setting may be written; NaN is outside every range."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class PointHost(Protocol[RefT_contra]):
    """An instrument that can read and write raw values at references of its own kind."""

    @property
    def name(self) -> str:
        """Tool and role, e.g. `plating_cell.rectifier`."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock that dates every sample."""
        ...

    async def read_raw(self, ref: RefT_contra) -> float:
        """Read the number that the device holds at `ref`."""
        ...

    async def write_raw(self, ref: RefT_contra, raw: float) -> None:
        """Send the number to the device at `ref`."""
        ...


@dataclass(frozen=True, slots=True)
class PointSpec(Generic[RefT]):
    """What a point is: its name, where the device keeps it, and value = raw * scale in `unit`."""

    name: str
    ref: RefT
    unit: str
    scale: float


@dataclass(frozen=True, slots=True)
class BoundReading(Generic[RefT]):
    """A reading of one instrument; `await read()` is the only I/O."""

    spec: PointSpec[RefT]
    host: PointHost[RefT]

    @property
    def name(self) -> str:
        """Instrument and point, e.g. `plating_cell.bath.temperature_c`."""
        return f"{self.host.name}.{self.spec.name}"

    async def read(self) -> Sample:
        """Ask the device now; return the value with unit, quality and time."""
        raw = await self.host.read_raw(self.spec.ref)
        return Sample(raw * self.spec.scale, self.spec.unit, self.host.clock.monotonic())

    async def value(self) -> float:
        """Ask the device now; return only the number."""
        return (await self.host.read_raw(self.spec.ref)) * self.spec.scale


@dataclass(frozen=True, slots=True)
class BoundSetting(BoundReading[RefT]):
    """A setting of one instrument: what a reading can, and `write` within `limits`."""

    limits: Limits
    resolution: float

    async def write(self, value: float) -> None:
        """Send `value`; raise LimitExceeded before anything is sent if it is out of limits."""
        if value not in self.limits:
            low, high, unit = self.limits.low, self.limits.high, self.spec.unit
            raise LimitExceeded(
                f"{self.spec.name} = {value:g} {unit} is outside {low:g} to {high:g} {unit}",
                source=self.host.name,
            )
        await self.host.write_raw(self.spec.ref, value / self.spec.scale)

    async def write_and_verify(self, value: float) -> None:
        """Send `value` and read it back; raise ReadBackDiffers if the device holds another."""
        await self.write(value)
        held = await self.value()
        if not abs(held - value) <= self.resolution:
            raise ReadBackDiffers(
                f"{self.spec.name} was set to {value:g} and reads {held:g} {self.spec.unit}",
                source=self.host.name,
            )


class Reading(Generic[RefT]):
    """Declares a signal that can be read: value = raw * scale, in `unit`."""

    def __init__(self, ref: RefT, *, unit: str, scale: float = 1.0) -> None:
        self.spec = PointSpec("", ref, unit, scale)

    def __set_name__(self, owner: type, name: str) -> None:
        self.spec = replace(self.spec, name=name)

    @overload
    def __get__(self, host: None, owner: type) -> Self: ...
    @overload
    def __get__(self, host: PointHost[RefT], owner: type) -> BoundReading[RefT]: ...
    def __get__(self, host: PointHost[RefT] | None, owner: type) -> Self | BoundReading[RefT]:
        return self if host is None else BoundReading(self.spec, host)


class Setting(Generic[RefT]):
    """Declares a signal that can be read and written, within `limits`.

    `resolution` is the largest difference between what was written and what is read back
    that is still the same value; one raw count unless given.
    """

    def __init__(
        self,
        ref: RefT,
        *,
        unit: str,
        limits: Limits,
        scale: float = 1.0,
        resolution: float | None = None,
    ) -> None:
        self.spec = PointSpec("", ref, unit, scale)
        self.limits = limits
        self.resolution = scale if resolution is None else resolution

    def __set_name__(self, owner: type, name: str) -> None:
        self.spec = replace(self.spec, name=name)

    @overload
    def __get__(self, host: None, owner: type) -> Self: ...
    @overload
    def __get__(self, host: PointHost[RefT], owner: type) -> BoundSetting[RefT]: ...
    def __get__(self, host: PointHost[RefT] | None, owner: type) -> Self | BoundSetting[RefT]:
        if host is None:
            return self
        return BoundSetting(self.spec, host, self.limits, self.resolution)
