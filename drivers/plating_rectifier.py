"""The rectifiers that a plating cell can have, behind the little that plating asks of them."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Protocol

from drivers.core.errors import Refused
from drivers.core.points import Sample
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.kepco_bop_lists import mean_current_a, pulse_reverse
from drivers.instruments.tdk_genesys import TdkGenesys


@dataclass(frozen=True, slots=True)
class Waveform:
    """The current of a plating: steady at `forward_a`, or with pulses of `reverse_a` between.

    `reverse_a` is said without its sign; it flows for `reverse_s` after each `forward_s`.
    """

    forward_a: float
    reverse_a: float = 0.0
    forward_s: float = 0.0
    reverse_s: float = 0.0

    @property
    def reverses(self) -> bool:
        """Whether the current changes its direction."""
        return self.reverse_s > 0

    @property
    def mean_a(self) -> float:
        """The steady current that would carry the same charge."""
        if not self.reverses:
            return self.forward_a
        steps = pulse_reverse(self.forward_a, self.forward_s, self.reverse_a, self.reverse_s)
        return mean_current_a(steps)


class Rectifier(Protocol):
    """One source of current for one cell."""

    can_reverse: ClassVar[bool]

    @property
    def name(self) -> str:
        """Tool and role: the source of its errors."""
        ...

    async def identify(self) -> str:
        """Who it is; raise WrongDevice for another device."""
        ...

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        ...

    async def make_safe(self) -> None:
        """Switch the output off and confirm it."""
        ...

    async def amps(self) -> float:
        """The current now."""
        ...

    async def volts(self) -> float:
        """The voltage now."""
        ...

    async def check(self, waveform: Waveform) -> None:
        """Raise DeviceFault or Tripped unless it delivers `waveform`, below its voltage limit."""
        ...

    def delivering(
        self, waveform: Waveform, volts_limit: float
    ) -> AbstractAsyncContextManager[None]:
        """Deliver inside, never above `volts_limit`; off is confirmed on leaving.

        Raises LimitExceeded or Refused before anything is sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class GenesysRectifier:
    """A supply of one polarity."""

    can_reverse: ClassVar[bool] = False

    supply: TdkGenesys

    @property
    def name(self) -> str:
        """Tool and role."""
        return self.supply.name

    async def identify(self) -> str:
        """As the supply."""
        return await self.supply.identify()

    async def readings(self) -> Mapping[str, Sample]:
        """As the supply."""
        return await self.supply.readings()

    async def make_safe(self) -> None:
        """As the supply."""
        await self.supply.make_safe()

    async def amps(self) -> float:
        """The current now."""
        return await self.supply.current_a.value()

    async def volts(self) -> float:
        """The voltage now."""
        return await self.supply.voltage_v.value()

    async def check(self, waveform: Waveform) -> None:
        """Raise DeviceFault for any fault, Tripped unless it delivers constant current."""
        del waveform  # it knows only one
        await self.supply.check()

    def delivering(
        self, waveform: Waveform, volts_limit: float
    ) -> AbstractAsyncContextManager[None]:
        """As the supply; raise Refused for a current that changes its direction."""
        if waveform.reverses:
            raise Refused("this rectifier cannot reverse its current", source=self.name)
        return self.supply.delivering(waveform.forward_a, volts_limit)


@dataclass(frozen=True, slots=True)
class BipolarRectifier:
    """A supply of both polarities, which keeps the time of pulses by itself."""

    can_reverse: ClassVar[bool] = True

    supply: KepcoBop

    @property
    def name(self) -> str:
        """Tool and role."""
        return self.supply.name

    async def identify(self) -> str:
        """As the supply."""
        return await self.supply.identify()

    async def readings(self) -> Mapping[str, Sample]:
        """As the supply."""
        return await self.supply.readings()

    async def make_safe(self) -> None:
        """As the supply."""
        await self.supply.make_safe()

    async def amps(self) -> float:
        """The current now; between pulses of both directions it is any between them."""
        return await self.supply.current_a.value()

    async def volts(self) -> float:
        """The voltage now."""
        return await self.supply.voltage_v.value()

    async def check(self, waveform: Waveform) -> None:
        """Raise Tripped unless it is on and holds current, and runs its list of pulses."""
        if waveform.reverses:
            await self.supply.check_pulsing()
        else:
            await self.supply.check()

    def delivering(
        self, waveform: Waveform, volts_limit: float
    ) -> AbstractAsyncContextManager[None]:
        """As the supply, steady or as a list of pulses that runs without end."""
        if not waveform.reverses:
            return self.supply.delivering(waveform.forward_a, volts_limit)
        steps = pulse_reverse(
            waveform.forward_a, waveform.forward_s, waveform.reverse_a, waveform.reverse_s
        )
        return self.supply.pulsing(steps, volts_limit)
