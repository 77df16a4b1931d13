"""MKS 937B vacuum gauge controller, from the serial chapter of its manual.

9600 8N1. `@`, three digits of address, command, `?` or `!` and a value, `;FF`; the answer is `ACK`
and a value or `NAK` and a code behind the unit's own address, also when 254 was called. Another
address is met with silence. Pressures can be words. Relays 2n-1 and 2n belong to channel n.

Chosen here, not stated by the source: commands are upper case, values in any case; a channel
without gauge is NAK 151 (`N` for its ion gauge status); setpoints follow the pressure unit; all
settings survive a mains failure, an ion gauge waits again; `VAC` and `ATM` change no reading; a
new baud rate is noted and the wire keeps its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import Answer, StreamInstrument
from sim_hardware.instruments.mks_937b_channel_commands import ChannelCommands
from sim_hardware.instruments.mks_937b_channels import Channel, Kind, VacuumGauge
from sim_hardware.instruments.mks_937b_relay_commands import RelayCommands
from sim_hardware.instruments.mks_937b_values import (
    UNITS,
    Code,
    Nak,
    Scale,
    one_of,
    only_query,
    within,
)

TURNAROUND_S: Final = 0.010
END: Final = b";FF"
LONGEST: Final = 60
ANYBODY: Final = 254
BAUDS: Final = ("9600", "19200", "38400", "57600", "115200")


class Mks937b(StreamInstrument):
    """A controller with gauges at inputs 1..6; ion gauges sit at odd inputs.

    `combinations` names the channels behind PC1 and PC2, best first. The plant calls `recheck`
    when a pressure has changed, and asks `relay`; `switched` is called when a relay has switched.
    """

    def __init__(
        self,
        clock: LineClock,
        gauges: Mapping[int, tuple[VacuumGauge, Kind]],
        *,
        address: int = 253,
        combinations: Mapping[int, Sequence[int]] | None = None,
        switched: Callable[[], None] = lambda: None,
    ) -> None:
        if any(kind.ion and not number % 2 for number, (_, kind) in gauges.items()):
            raise ValueError("an ion gauge sits at input 1, 3 or 5")
        self.channels = {
            number: Channel(clock, gauge, kind) for number, (gauge, kind) in gauges.items()
        }
        self.address, self.serial, self.baud = address, "0101123456", BAUDS[0]
        self.set_locked = False  # the lock at the front panel
        self._scale = Scale()
        self.gauges = ChannelCommands(self.channels, self._scale, combinations or {})
        self._relays = RelayCommands(self.channels, self._scale)
        self._switched, self._were_energised = switched, frozenset[int]()
        self._numbered = self.gauges.table | self._relays.table
        self._buffer = bytearray()
        self._plain: dict[str, Callable[[str | None], str]] = {
            "PRZ": self.gauges.all_pressures,
            "U": self._pressure_unit,
            "BR": self._baud_rate,
            "AD": self._own_address,
            "SN": lambda argument: _fixed(argument, self.serial),
            "MD": lambda argument: _fixed(argument, "937B"),
            "FV": lambda argument: _fixed(argument, "1.21"),
        }

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        answers: list[Answer] = []
        for byte in data:
            if byte == ord("@"):
                self._buffer = bytearray(b"@")
            elif self._buffer and len(self._buffer) < LONGEST:
                self._buffer.append(byte)
                if self._buffer.endswith(END):
                    message = self._buffer[1 : -len(END)].decode("latin-1")
                    self._buffer.clear()
                    answers += self._answer(message)
        return answers

    @override
    def power_cycle(self) -> None:
        self._buffer.clear()
        self._relays.drop()
        for channel in self.channels.values():
            channel.start()
        self._tell()

    def recheck(self) -> None:
        """Look at all pressures again: gauges protect themselves, relays switch."""
        self.gauges.recheck()
        self._relays.recheck()
        self._tell()

    def switch_at_torr(self, number: int) -> frozenset[float]:
        """Pressures at an input at which a relay or the gauge itself may switch."""
        channel = self.channels[number]
        own = {channel.protect_torr} if channel.kind.ion else set[float]()
        return self._relays.switch_at_torr(number) | own

    def relay(self, number: int) -> bool:
        """Whether relay 1..12 is energised now."""
        self.recheck()
        return self._relays.energised(number)

    def _tell(self) -> None:
        energised = self._relays.energised_all()
        if energised != self._were_energised:
            self._were_energised = energised
            self._switched()

    def _answer(self, message: str) -> list[Answer]:
        digits, body = message[:3], message[3:]
        if not (len(digits) == 3 and digits.isascii() and digits.isdigit()):
            return []
        if int(digits) not in {self.address, ANYBODY}:
            return []
        name = f"@{self.address:03d}"  # as it was before this command
        self.recheck()
        try:
            text = f"ACK{self._obey(body)}"
        except Nak as refusal:
            text = f"NAK{int(refusal.code)}"
        self.recheck()
        return [Answer(f"{name}{text}".encode("latin-1") + END, TURNAROUND_S)]

    def _obey(self, body: str) -> str:
        command, mark, value = _split(body)
        if not mark or (mark == "?" and value):
            raise Nak(Code.QUERY_BYTE)
        argument = value if mark == "!" else None
        name = command.rstrip("0123456789")
        known = command in self._plain or (name in self._numbered and command != name)
        if not known:
            raise Nak(Code.UNRECOGNISED)
        if argument is not None and self.set_locked:
            raise Nak(Code.SET_LOCKED)
        if command in self._plain:
            return self._plain[command](argument)
        return self._numbered[name](int(command[len(name) :]), argument)

    def _pressure_unit(self, argument: str | None) -> str:
        if argument is None:
            return self._scale.unit
        self._scale.unit = one_of(argument, *UNITS)
        return argument

    def _baud_rate(self, argument: str | None) -> str:
        if argument is not None:
            self.baud = one_of(argument, *BAUDS)
        return self.baud

    def _own_address(self, argument: str | None) -> str:
        if argument is not None:
            self.address = int(within(argument, 1, ANYBODY - 1))
        return f"{self.address:03d}"


def _split(body: str) -> tuple[str, str, str]:
    """Command, mark and value; the mark is empty when there is none."""
    places = [place for place in (body.find("?"), body.find("!")) if place >= 0]
    if not places:
        return body, "", ""
    place = min(places)
    return body[:place], body[place], body[place + 1 :]


def _fixed(argument: str | None, text: str) -> str:
    only_query(argument)
    return text
