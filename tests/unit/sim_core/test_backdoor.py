"""The back door answers JSON lines over a real socket and survives nonsense."""

import asyncio
import json
from collections.abc import Mapping, Sequence

from typing_extensions import override

from sim_hardware.core.backdoor import BackDoor, Line
from sim_hardware.core.hazards import Hazard
from sim_hardware.core.injection import FaultOrder
from sim_hardware.core.timebase import TimeBase
from tests.unit.sim_core.helpers import in_virtual_time


class SmallLine(Line):
    """One tool with one instrument."""

    def __init__(self) -> None:
        self.done: list[object] = []

    @override
    def state(self) -> Mapping[str, object]:
        return {"plating_cell": {"bath_c": 25.0}}

    @override
    def wafer(self, wafer: str) -> Mapping[str, object]:
        return {"W01": {"copper_um": 1.5}}[wafer]

    @override
    def hazards(self) -> Sequence[Hazard]:
        return [Hazard(3.0, "plating_cell", "current without flow")]

    @override
    def clear_hazards(self) -> None:
        self.done.append("clear")

    @override
    def set_faults(self, tool: str, role: str, values: Mapping[str, float]) -> None:
        self.done.append((tool, role, dict(values)))

    @override
    def unplug(self, tool: str, role: str) -> None:
        self.done.append(("unplug", tool, role))

    @override
    def plug(self, tool: str, role: str) -> None:
        self.done.append(("plug", tool, role))

    @override
    def inject(self, order: FaultOrder) -> None:
        self.done.append(("inject", order))

    @override
    def heal(self, order: FaultOrder) -> None:
        self.done.append(("heal", order))

    @override
    def faults(self) -> Sequence[Mapping[str, object]]:
        return [{"name": "silence", "tool": "plating_cell"}]

    @override
    def now_s(self) -> float:
        return 12.5


def _conversation(line: Line, requests: Sequence[bytes]) -> list[dict[str, object]]:
    async def main(_: TimeBase) -> list[dict[str, object]]:
        door = BackDoor(line)
        await door.start()
        reader, writer = await asyncio.open_connection(door.host, door.port)
        writer.write(b"".join(requests))
        replies: list[dict[str, object]] = [json.loads(await reader.readline()) for _ in requests]
        writer.close()
        await door.stop()
        return replies

    return in_virtual_time(main)


def _request(number: int, do: str, **more: object) -> bytes:
    return json.dumps({"id": number, "do": do, **more}).encode() + b"\n"


def test_what_the_plants_know_is_shown() -> None:
    replies = _conversation(
        SmallLine(),
        [
            _request(1, "state"),
            _request(2, "wafer", wafer="W01"),
            _request(3, "hazards"),
            _request(4, "time"),
        ],
    )
    assert replies == [
        {"id": 1, "ok": {"plating_cell": {"bath_c": 25.0}}},
        {"id": 2, "ok": {"copper_um": 1.5}},
        {
            "id": 3,
            "ok": [{"at_s": 3.0, "tool": "plating_cell", "text": "current without flow"}],
        },
        {"id": 4, "ok": {"now_s": 12.5}},
    ]


def test_faults_are_set_and_wires_pulled_where_the_request_says() -> None:
    line = SmallLine()
    where = {"tool": "plating_cell", "role": "bath"}
    replies = _conversation(
        line,
        [
            _request(1, "fault", **where, set={"delay_s": 2, "heater_open": True}),
            _request(2, "unplug", **where),
            _request(3, "plug", **where),
            _request(4, "clear_hazards"),
        ],
    )
    assert replies == [{"id": number, "ok": None} for number in (1, 2, 3, 4)]
    assert line.done == [
        ("plating_cell", "bath", {"delay_s": 2.0, "heater_open": 1.0}),
        ("unplug", "plating_cell", "bath"),
        ("plug", "plating_cell", "bath"),
        "clear",
    ]


def test_a_fault_of_the_catalogue_is_ordered_for_a_time_and_healed() -> None:
    line = SmallLine()
    what = {"fault": "silence", "tool": "plating_cell", "role": "bath"}
    replies = _conversation(
        line,
        [
            _request(1, "inject", **what, at_s=5, for_s=10),
            _request(2, "faults"),
            _request(3, "heal", **what),
        ],
    )
    assert [reply.get("ok") for reply in replies] == [
        None, [{"name": "silence", "tool": "plating_cell"}], None,
    ]  # fmt: skip
    assert line.done == [
        ("inject", FaultOrder("silence", "plating_cell", "bath", 5.0, 10.0)),
        ("heal", FaultOrder("silence", "plating_cell", "bath")),
    ]


def test_what_cannot_be_done_is_answered_with_an_error_and_the_next_request_works() -> None:
    replies = _conversation(
        SmallLine(),
        [
            _request(1, "wafer", wafer="W99"),
            _request(2, "explode"),
            _request(3, "fault", tool="plating_cell", role="bath", set={"delay_s": "soon"}),
            b"nonsense\n",
            b"[1]\n",
            _request(6, "time"),
        ],
    )
    assert [sorted(reply) for reply in replies] == [
        ["error", "id"],
        ["error", "id"],
        ["error", "id"],
        ["error", "id"],
        ["error", "id"],
        ["id", "ok"],
    ]
