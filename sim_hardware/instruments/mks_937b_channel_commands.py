"""Commands of an MKS 937B controller that are about one gauge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sim_hardware.instruments.mks_937b_channels import (
    HIGHEST_DEGAS_TORR,
    Channel,
    Kind,
    State,
)
from sim_hardware.instruments.mks_937b_values import Code, Nak, Scale, one_of, only_query, within

CHANNELS: Final = 6
INPUTS: Final = {"A1": 1, "A2": 2, "B1": 3, "B2": 4, "C1": 5, "C2": 6}
CONTROL_ON_TORR: Final = 5e-3
CONTROL_OFF_SHARE: Final = 1.5

Handler = Callable[[int, str | None], str]  # number in the command; value of a setting


class ChannelCommands:
    """Handlers by command name; `combinations` names the channels behind PC1 and PC2."""

    def __init__(
        self,
        channels: Mapping[int, Channel],
        scale: Scale,
        combinations: Mapping[int, Sequence[int]],
    ) -> None:
        self._channels, self._scale, self._combinations = channels, scale, combinations
        self._control: dict[int, tuple[int, float, float]] = {}  # by channel: other, on, off
        self.calibration_enabled = True
        self.table: dict[str, Handler] = {
            "PR": self._pressure,
            "PC": self._combined,
            "CP": self._power,
            "T": self._status,
            "PRO": self._protection,
            "TDC": self._start_delay,
            "DG": self._degas,
            "CSE": self._controlled_by,
            "CSP": self._control_on,
            "CHP": self._control_off,
            "VAC": self._calibrate_at_base,
            "ATM": self._calibrate_at_atmosphere,
            "RNG": self._manometer_range,
        }

    def recheck(self) -> None:
        """Look at all pressures again: gauges are held off by others and protect themselves."""
        for number, channel in self._channels.items():
            self._follow_control(number, channel)
            channel.recheck()

    def all_pressures(self, argument: str | None) -> str:
        """Readings of all inputs."""
        only_query(argument)
        found = (self._channels.get(number) for number in range(1, CHANNELS + 1))
        return " ".join(
            self._scale.printed(each.reading()) if each else "NOGAUGE" for each in found
        )

    def _channel(self, number: int) -> Channel:
        if not 1 <= number <= CHANNELS:
            raise Nak(Code.INVALID_CHANNEL)
        if number not in self._channels:
            raise Nak(Code.NO_GAUGE)
        return self._channels[number]

    def _ion_gauge(self, number: int) -> Channel:
        channel = self._channel(number)
        if not channel.kind.ion:
            raise Nak(Code.NOT_ION_GAUGE)
        return channel

    def _pressure(self, number: int, argument: str | None) -> str:
        only_query(argument)
        return self._scale.printed(self._channel(number).reading())

    def _combined(self, number: int, argument: str | None) -> str:
        only_query(argument)
        if number not in {1, 2}:
            raise Nak(Code.INVALID_CHANNEL)
        members = self._combinations.get(number)
        if not members:
            raise Nak(Code.COMBINATION_DISABLED)
        readings = [self._channel(member).reading() for member in members]
        best = next((each for each in readings if isinstance(each, float)), readings[-1])
        return self._scale.printed(best)

    def _power(self, number: int, argument: str | None) -> str:
        channel = self._channel(number)
        if argument is not None:
            channel.switch(on=one_of(argument, "ON", "OFF") == "ON")
        return "ON" if channel.powered else "OFF"

    def _status(self, number: int, argument: str | None) -> str:
        only_query(argument)
        if number in range(1, CHANNELS, 2) and number not in self._channels:
            return State.NO_GAUGE.letter
        return self._ion_gauge(number).state().letter

    def _degas(self, number: int, argument: str | None) -> str:
        channel = self._channel(number)
        if channel.kind is not Kind.HOT_CATHODE:
            raise Nak(Code.NOT_HOT_CATHODE)
        if argument is not None:
            on = one_of(argument, "ON", "OFF") == "ON"
            if not on and not channel.degassing:
                raise Nak(Code.NOT_IN_DEGAS)
            burning = channel.state() in {State.GOOD, State.DEGAS}
            if on and not (burning and channel.torr() <= HIGHEST_DEGAS_TORR):
                raise Nak(Code.TOO_HIGH_FOR_DEGAS)
            channel.degassing = on
        return "ON" if channel.degassing else "OFF"

    def _protection(self, number: int, argument: str | None) -> str:
        channel = self._ion_gauge(number)
        if argument is not None:
            channel.protect_torr = self._scale.torr(argument, 1e-5, 1e-2)
        return self._scale.printed(channel.protect_torr)

    def _start_delay(self, number: int, argument: str | None) -> str:
        channel = self._channel(number)
        if channel.kind is not Kind.COLD_CATHODE:
            raise Nak(Code.NOT_COLD_CATHODE)
        if argument is not None:
            channel.start_delay_s = within(argument, 3.0, 300.0)
        return f"{channel.start_delay_s:.0f}"

    def _follow_control(self, number: int, channel: Channel) -> None:
        if number not in self._control:
            channel.held_off = False
            return
        other, on_torr, off_torr = self._control[number]
        torr = self._channels[other].comparable_torr()
        if torr is None or torr >= off_torr:
            channel.held_off = True
        elif torr <= on_torr and channel.held_off:
            channel.held_off = False
            channel.start()

    def _controlled_by(self, number: int, argument: str | None) -> str:
        self._ion_gauge(number)
        if argument is not None:
            chosen = one_of(argument, *INPUTS, "OFF")
            if chosen != "OFF" and self._channel(INPUTS[chosen]).kind.ion:
                raise Nak(Code.WRONG_GAUGE)
            self._control.pop(number, None)
            if chosen != "OFF":
                off_torr = CONTROL_ON_TORR * CONTROL_OFF_SHARE
                self._control[number] = INPUTS[chosen], CONTROL_ON_TORR, off_torr
        other = self._control[number][0] if number in self._control else 0
        return next((name for name, each in INPUTS.items() if each == other), "OFF")

    def _control_on(self, number: int, argument: str | None) -> str:
        other, on_torr, _ = self._controlling(number)
        if argument is not None:
            on_torr = self._scale.torr(argument, 5e-4, 1e-2)
            self._control[number] = other, on_torr, on_torr * CONTROL_OFF_SHARE
        return self._scale.printed(on_torr)

    def _control_off(self, number: int, argument: str | None) -> str:
        other, on_torr, off_torr = self._controlling(number)
        if argument is not None:
            off_torr = self._scale.torr(argument, on_torr, 1.5e-2)
            self._control[number] = other, on_torr, off_torr
        return self._scale.printed(off_torr)

    def _controlling(self, number: int) -> tuple[int, float, float]:
        self._ion_gauge(number)
        if number not in self._control:
            raise Nak(Code.WRONG_GAUGE)
        return self._control[number]

    def _calibrate_at_base(self, number: int, argument: str | None) -> str:
        if self._channel(number).kind.ion:
            raise Nak(Code.WRONG_GAUGE)
        return self._calibrated(argument)

    def _calibrate_at_atmosphere(self, number: int, argument: str | None) -> str:
        if self._channel(number).kind not in {Kind.PIRANI, Kind.CONVECTION_PIRANI}:
            raise Nak(Code.NOT_PIRANI)
        return self._calibrated(argument)

    def _calibrated(self, argument: str | None) -> str:
        if argument is None:
            raise Nak(Code.QUERY_BYTE)
        if not self.calibration_enabled:
            raise Nak(Code.CALIBRATION_DISABLED)
        return "OK"

    def _manometer_range(self, number: int, argument: str | None) -> str:
        only_query(argument)
        full_scale_torr = self._channel(number).kind.full_scale_torr
        if full_scale_torr is None:
            raise Nak(Code.NOT_MANOMETER)
        return f"{full_scale_torr:.4g}"
