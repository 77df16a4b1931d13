"""What can go wrong between us and an instrument, and what it did to the world."""

from enum import StrEnum, auto
from typing import ClassVar


class Effect(StrEnum):
    """What the failed call did to the physical world."""

    NONE = auto()  # nothing happened; trying again is safe
    PARTIAL = auto()  # it started and was stopped; the wafer is not as planned
    UNKNOWN = auto()  # look before you touch anything


class DriverError(Exception):
    """A call to an instrument failed; a class that does not say more is dangerous.

    `source` names the instrument or tool at fault, e.g. `sputter.dc_supply`; the sentence
    starts with it.
    """

    code: ClassVar[str] = "DRV-000"
    effect: ClassVar[Effect] = Effect.UNKNOWN

    def __init__(self, message: str, *, source: str = "") -> None:
        super().__init__(f"{source}: {message}" if source else message)
        self.source = source


class Refused(DriverError):
    """We said no before anything was sent."""

    code = "DRV-100"
    effect = Effect.NONE


class LimitExceeded(Refused):
    """A value outside the declared limits was asked for."""

    code = "DRV-101"


class InterlockOpen(Refused):
    """A permissive that must hold does not."""

    code = "DRV-102"


class WrongDevice(Refused):
    """What answers at this address is not what the line file says."""

    code = "DRV-103"


class Rejected(DriverError):
    """The device understood and said no."""

    code = "DRV-200"
    effect = Effect.NONE


class LinkLost(DriverError):
    """The wire is gone: the device may or may not have acted."""

    code = "DRV-300"


class NoReply(LinkLost):
    """The device did not answer in time; a late answer may still come."""

    code = "DRV-301"


class Garbled(LinkLost):
    """What came back is not a legal frame of the protocol."""

    code = "DRV-302"


class Tripped(DriverError):
    """Something that must keep holding stopped holding on the way."""

    code = "DRV-400"
    effect = Effect.PARTIAL


class NotReached(DriverError):
    """A value did not get where it was sent before its deadline."""

    code = "DRV-401"
    effect = Effect.PARTIAL


class ReadBackDiffers(DriverError):
    """A setting was written and the device reports another value."""

    code = "DRV-402"
    effect = Effect.PARTIAL


class DeviceFault(DriverError):
    """The device itself is in alarm."""

    code = "DRV-500"
    effect = Effect.PARTIAL


class Restarted(DeviceFault):
    """The device was power-cycled since we last spoke; what it held in memory is gone."""

    code = "DRV-501"
