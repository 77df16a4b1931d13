"""Which time the daemon lives in: the real one, or a simulated one if a simulation is installed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final, Protocol, cast

from drivers.core.clock import Clock, RealClock

GROUP: Final = "linecontrol.clocks"
_OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "lockstep": ("--lockstep", "a page file, or the name of a new one"),
    "scaled": ("--speed", "0.1 to 20"),
}


class TimeBase(Protocol):
    """A kind of time: a loop to run everything on, and the clock to hand out."""

    @property
    def mode(self) -> str:
        """Its name: real, scaled, virtual or lockstep."""
        ...

    @property
    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Makes the event loop."""
        ...

    @property
    def clock(self) -> Clock:
        """What tells the time and waits."""
        ...


@dataclass(frozen=True, slots=True)
class RealTime:
    """The computer's own time."""

    mode: str
    loop_factory: Callable[[], asyncio.AbstractEventLoop]
    clock: Clock


class NoSuchTime(ValueError):
    """That kind of time cannot be had; the sentence says why."""


def real() -> TimeBase:
    """The only time a real line runs in."""
    return RealTime("real", asyncio.new_event_loop, RealClock())


def simulated(kind: str, argument: str) -> TimeBase:
    """A time of a simulation: `scaled` with a speed, `lockstep` with a page file, `virtual`."""
    found = [point for point in entry_points(group=GROUP) if point.name == kind]
    if not found:
        raise NoSuchTime(f"{kind} time needs the simulation: install linecontrol[sim]")
    make = cast("Callable[[str], TimeBase]", found[0].load())
    try:
        return make(argument)
    except (OSError, ValueError) as error:
        words = (isinstance(error, OSError) and error.strerror) or str(error)
        option, allowed = _OPTIONS.get(kind, (kind, "nothing"))
        raise NoSuchTime(f"{option}: found {argument!r}: {words}; allowed: {allowed}") from error


def chosen(speed: float | None, lockstep: str) -> TimeBase:
    """The time that the options of a command ask for."""
    if lockstep:
        return simulated("lockstep", lockstep)
    return real() if speed is None else simulated("scaled", f"{speed:g}")
