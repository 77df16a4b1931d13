"""A host at the controller of a plant, and the rows of the tool's map that it must answer."""

import csv
import math
from pathlib import Path

from sim_hardware.core.clock import LineClock
from sim_hardware.core.hazards import HazardLog
from sim_hardware.core.plant import Plant, PlantSetup
from sim_hardware.core.words import text_words
from sim_hardware.instruments.click_plc import ClickPlc
from tests.unit.emulators.passing_time import PassingTime
from tests.unit.emulators.plc_bench import Host

ICD = Path(__file__).parents[3] / "docs" / "icd"
NEVER = 32767  # tenths of a second without a heartbeat
DF1, DH14 = 28672, 24589
UNKNOWN_COMMAND = 8


class ToolHost(Host):
    """Orders and waits; the heartbeat is not watched unless a test asks for it."""

    def __init__(self, time: PassingTime, plc: ClickPlc) -> None:
        self.time, self.plc, self.seq = time, plc, 0
        self.put(110, NEVER)

    def value(self, number: int) -> float:
        """DF`number`."""
        return self.real(DF1 + 2 * (number - 1))

    def bit(self, number: int) -> bool:
        """DH14.`number`."""
        return bool(self.word(DH14) >> number & 1)

    def begin(self, job: str = "LOT7.W03") -> None:
        """From Stopped or Complete to Execute."""
        self.take_control()
        assert self.order(1)[0] == 1
        self.time.wait(1.1)
        self.put(36864, *text_words(job, 16))
        assert self.order(100, recipe=1) == (2, 0)
        assert self.order(2)[0] == 1
        self.time.wait(1.1)
        assert self.state == 6

    def ends(self, code: int, *args: int, within_s: float = 600.0) -> float:
        """Give an order, wait until it is done, return how long it took."""
        answer = self.order(code, *args)
        assert answer in {(1, 0), (2, 0)}, answer
        waited_s = 0.0
        while self.ack[1] == 1:
            assert waited_s < within_s
            self.time.wait(0.1)
            waited_s += 0.1
        assert self.ack[1] == 2, self.ack
        return waited_s


def setup(time: PassingTime, tool: str, **capabilities: str | tuple[str, ...]) -> PlantSetup:
    clock: LineClock = time.clock
    return PlantSetup(tool, clock, HazardLog(clock), capabilities)


def hazards(of: PlantSetup) -> list[str]:
    return [hazard.text for hazard in of.hazards.entries]


def rows(tool: str, kind: str) -> list[dict[str, str]]:
    with (ICD / f"click_plc_{tool}.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["type"].startswith(kind)]


def answers_its_map(host: ToolHost, plant: Plant, tool: str) -> None:
    """Every row of the tool's map: readings in range, words, bits, orders known, alarms known."""
    assert plant.instruments["plc"] is host.plc
    for row in rows(tool, "float32"):
        value = host.real(int(row["address"]))
        unseen = row["name"].startswith("mark_") and value == 1000.0
        assert math.isfinite(value)
        assert unseen or float(row["low"]) <= value <= float(row["high"]), row["name"]
    for row in rows(tool, "int16"):
        assert int(row["low"]) <= host.word(int(row["address"])) <= int(row["high"]), row["name"]
    for row in rows(tool, "alarm") + rows(tool, "warning"):
        number = int(row["address"])
        host.plc.raise_alarm(number)
        host.plc.clear_alarm(number)
    host.take_control()
    for row in rows(tool, "command"):
        assert host.order(int(row["address"]))[0] != UNKNOWN_COMMAND, row["name"]
