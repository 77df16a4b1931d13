"""All instruments of a tool at once: one error for all faults, and safety that never waits long."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from drivers.core.errors import DriverError, Effect, LinkLost, Tripped, WrongDevice
from drivers.core.points import Sample
from drivers.procedure.fleet import SafeStep, identify_all, make_all_safe, pulse_all, safe


@dataclass
class Instrument:
    """An instrument that answers, or fails in the way it is told to."""

    name: str
    error: DriverError | None = None
    hangs: bool = False
    safe: bool = False

    async def identify(self) -> str:
        if self.error:
            raise self.error
        return f"model of {self.name}"

    async def readings(self) -> Mapping[str, Sample]:
        return {}

    async def make_safe(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        self.safe = True


async def test_every_instrument_says_who_it_is_by_role() -> None:
    found = await identify_all({"plc": Instrument("t.plc"), "bath": Instrument("t.bath")})
    assert found == {"plc": "model of t.plc", "bath": "model of t.bath"}


async def test_one_error_names_every_instrument_at_fault() -> None:
    wrong = WrongDevice("another answers", source="t.bath")
    lost = LinkLost("no reply", source="t.rectifier")
    tools = {"bath": Instrument("t.bath", wrong), "rectifier": Instrument("t.rectifier", lost)}
    with pytest.raises(LinkLost, match=r"^t.rectifier: no reply; also t.bath: another") as caught:
        await identify_all(tools)
    assert caught.value.effect is Effect.UNKNOWN
    assert caught.value.source == "t.rectifier"


async def test_a_pulse_leaves_the_controller_alone() -> None:
    await pulse_all({"plc": Instrument("t.plc", LinkLost("gone")), "bath": Instrument("t.bath")})
    with pytest.raises(LinkLost, match="gone"):
        await pulse_all({"bath": Instrument("t.bath", LinkLost("gone", source="t.bath"))})


async def test_a_dead_wire_does_not_keep_the_others_from_being_safe() -> None:
    dead, broken, well = (
        Instrument("t.source", hangs=True),
        Instrument("t.bias", Tripped("stays on", source="t.bias")),
        Instrument("t.gas"),
    )
    words = await make_all_safe([safe(dead, 0.01), safe(broken)], [safe(well)])
    assert well.safe
    assert words == [
        "t.source: could not be made safe within 0.01 s",
        "t.bias: stays on",
    ]


async def test_making_safe_never_raises_whatever_goes_wrong() -> None:
    async def surprise() -> None:
        raise ZeroDivisionError("nobody thought of this")

    words = await make_all_safe([SafeStep("t.plc", surprise)])
    assert words == ["t.plc: nobody thought of this"]
