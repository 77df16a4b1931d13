"""Commands of an MKS 937B controller that are about one of its twelve relays."""

from collections.abc import Callable, Mapping
from typing import Final

from sim_hardware.instruments.mks_937b_channels import Channel, Relay
from sim_hardware.instruments.mks_937b_values import Code, Nak, Scale, one_of, only_query

RELAYS: Final = 12
FACTORY_TORR: Final = 1.0
FACTORY_ION_TORR: Final = 1e-5

Handler = Callable[[int, str | None], str]  # number in the command; value of a setting


class RelayCommands:
    """Handlers by command name; relays 2n-1 and 2n belong to channel n for good."""

    def __init__(self, channels: Mapping[int, Channel], scale: Scale) -> None:
        self._channels, self._scale = channels, scale
        self._relays = {number: self._factory(number) for number in range(1, RELAYS + 1)}
        self.table: dict[str, Handler] = {
            "SP": self._setpoint,
            "SH": self._reset_value,
            "SD": self._direction,
            "EN": self._enable,
            "SS": self._status,
        }

    def recheck(self) -> None:
        """Compare all pressures again."""
        for number, relay in self._relays.items():
            channel = self._of(number)
            relay.recheck(channel.comparable_torr() if channel else None)

    def energised(self, number: int) -> bool:
        """Whether a relay is energised."""
        return self._relays[number].energised

    def energised_all(self) -> frozenset[int]:
        """Every relay that is energised."""
        return frozenset(number for number, relay in self._relays.items() if relay.energised)

    def switch_at_torr(self, channel: int) -> frozenset[float]:
        """Pressures at which the two relays of a channel may switch."""
        both = (self._relays[2 * channel - 1], self._relays[2 * channel])
        return frozenset(
            torr
            for relay in both
            if relay.mode == "ENABLE"
            for torr in (relay.setpoint_torr, relay.reset_torr)
        )

    def drop(self) -> None:
        """All relays fall, as without mains."""
        for relay in self._relays.values():
            relay.energised = False

    def _of(self, number: int) -> Channel | None:
        return self._channels.get((number + 1) // 2)

    def _factory(self, number: int) -> Relay:
        channel = self._of(number)
        relay = Relay(0.0, 0.0)
        relay.move(FACTORY_ION_TORR if channel and channel.kind.ion else FACTORY_TORR, above=False)
        return relay

    def _relay(self, number: int) -> Relay:
        if number not in self._relays:
            raise Nak(Code.INVALID_CHANNEL)
        return self._relays[number]

    def _setpoint(self, number: int, argument: str | None) -> str:
        relay = self._relay(number)
        if argument is not None:
            channel = self._of(number)
            if channel is None:
                raise Nak(Code.NO_GAUGE)
            torr = self._scale.torr(argument, *channel.kind.setpoints_torr)
            relay.move(torr, above=relay.above)
        return self._scale.printed(relay.setpoint_torr)

    def _reset_value(self, number: int, argument: str | None) -> str:
        relay = self._relay(number)
        if argument is not None:
            low = 0.0 if relay.above else relay.setpoint_torr
            high = relay.setpoint_torr if relay.above else 10.0 * relay.setpoint_torr
            relay.reset_torr = self._scale.torr(argument, low, high)
        return self._scale.printed(relay.reset_torr)

    def _direction(self, number: int, argument: str | None) -> str:
        relay = self._relay(number)
        if argument is not None:
            above = one_of(argument, "ABOVE", "BELOW") == "ABOVE"
            channel = self._of(number)
            if above and channel and channel.kind.ion:
                raise Nak(Code.DIRECTION_FIXED)
            relay.move(relay.setpoint_torr, above=above)
        return "ABOVE" if relay.above else "BELOW"

    def _enable(self, number: int, argument: str | None) -> str:
        relay = self._relay(number)
        if argument is not None:
            relay.mode = one_of(argument, "SET", "ENABLE", "CLEAR")
        return relay.mode

    def _status(self, number: int, argument: str | None) -> str:
        only_query(argument)
        return "SET" if self._relay(number).energised else "CLEAR"
