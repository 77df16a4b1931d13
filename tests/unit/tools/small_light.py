"""A small lamp made by hand, its supply, the meter that sees it, and the enclosure around it."""

import asyncio
import math
from dataclasses import dataclass, field

from typing_extensions import override

from tests.unit.instruments.small_plc import SmallPlc

TOOL_WORD, BLADE_BIT, PERMIT_BIT = 24589, 6, 7
WARM_UP_S = 200.0
WATTS_FOR_MW = 0.0225 / 1000  # of the meter, for each watt of the lamp


@dataclass
class Light:
    """What is true of the lamp."""

    burns: bool = True
    lit_at_s: float = -1e6
    watts: float = 1000.0
    gone: list[str] = field(default_factory=list[str])  # what was done to it

    @property
    def meter_w(self) -> float:
        if not self.burns:
            return 0.0
        warm = 1 - 0.5 * math.exp(-(asyncio.get_running_loop().time() - self.lit_at_s) / WARM_UP_S)
        return WATTS_FOR_MW * self.watts * warm


class Supply:
    """A supply of the larger model."""

    def __init__(self, light: Light) -> None:
        self.light = light
        self.hours = 300
        self.strikes_after = 0  # attempts that fail before
        self.events = 0x80
        self.actual_part = 1.0
        self.values = {"A-PRESET": 20.0, "P-PRESET": 1000.0, "A-LIM": 50.0, "P-LIM": 1000.0}

    def hear(self, data: bytes) -> bytes:
        lines = data.decode().split("\r")[:-1]
        return b"".join(f"{self._answer(line)}\r".encode() for line in lines)

    def _answer(self, line: str) -> str:
        light = self.light
        if line.endswith("?"):
            return self._told(line[:-1])
        if line in {"START", "STOP", "RST"}:
            light.gone.append(line)
        if line == "START":
            self._strike()
        elif line == "STOP":
            light.burns = False
        elif "=" in line:
            word, value = line.split("=")
            self.values[word] = float(value)
            if word == "P-PRESET":
                light.watts = float(value)
        return "ESR00"

    def _strike(self) -> None:
        if self.strikes_after:
            self.strikes_after -= 1
            return
        self.light.burns, self.light.lit_at_s = True, asyncio.get_running_loop().time()

    def _told(self, word: str) -> str:
        actual = self.light.watts * self.actual_part if self.light.burns else 0.0
        if word == "ESR":
            events, self.events = self.events, 0
            return f"ESR{events:02X}"
        return {
            "IDN": "Newport 69920",
            "STB": f"STB{0x21 | 0x80 * self.light.burns:02X}",
            "LAMP HRS": f"{self.hours}",
            "WATTS": f"{actual:.0f}",
            "AMPS": "20.0",
            "VOLTS": "50.0",
            **{key: f"{value:g}" for key, value in self.values.items()},
        }[word]


class Head:
    """A power meter that looks at the lamp."""

    def __init__(self, light: Light) -> None:
        self.light = light
        self.wavelength = "365"

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        replies = [self._reply(text) for text in data.decode("ascii").splitlines()]
        return [(0.0, f"{reply}\n".encode()) for reply in replies if reply]

    def _reply(self, text: str) -> str:
        if text.startswith("SENSE:CORR:WAV "):
            self.wavelength = text.split()[1]
            return ""
        return {
            "*IDN?": "Thorlabs,PM100D,P0012345,2.8.0",
            "SYST:SENSOR:IDN?": "S120VC,1907291,13-AUG-2025,1,2,33",
            "SENS:CORR:WAV? MIN": "200",
            "SENS:CORR:WAV? MAX": "1100",
            "SENSE:CORR:WAV?": self.wavelength,
            "MEAS:POW?": f"{self.light.meter_w:.6E}",
            "SYST:ERR?": '+0,"No error"',
        }[text]


class EnclosurePlc(SmallPlc):
    """A controller that looks at blade and enclosure."""

    def __init__(self, light: Light) -> None:
        super().__init__(state=6)
        self.light = light
        self.blade_open = False
        self.closed = True

    @override
    def _beat(self) -> None:
        super()._beat()
        self.words[TOOL_WORD] = self.blade_open << BLADE_BIT | self.closed << PERMIT_BIT
