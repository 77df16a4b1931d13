"""What holds for every instrument: our driver against its emulator over a real wire."""

import asyncio
import math
from contextlib import suppress
from typing import cast

import pytest

from drivers.core.errors import DeviceFault, DriverError, LinkLost, Rejected
from drivers.core.points import BoundReading, PointHost
from drivers.core.registers import declared
from drivers.instruments import catalog
from drivers.instruments.watlow_ezzone import WatlowEzzone
from sim_hardware.core.timebase import scaled
from tests.rigs.instruments import MODELS, NAME, TIMEOUT_S, Bench, RegisterTap, at, on_bench

pytestmark = pytest.mark.contract

# A VISA query blocks a thread, and simulated time stands still meanwhile: no answer can be late.
VISA = ("kepco_bop", "thorlabs_pm100")
STREAMED = tuple(model for model in MODELS if model not in VISA)
PATIENCE = 10  # attempts: a serial line may still be busy with what is late
FAST = 5.0  # times real time


def points_of(bench: Bench) -> list[BoundReading[object]]:
    driver = bench.driver
    host = driver.zones[0] if isinstance(driver, WatlowEzzone) else driver
    points = declared(cast("PointHost[object]", host))
    return [point for name, point in points.items() if name != "plc_heartbeat"]  # it moves


async def valued(bench: Bench) -> dict[str, float]:
    """What every point holds; a gauge that is off has no value."""
    held: dict[str, float] = {}
    for point in points_of(bench):
        with suppress(DeviceFault, Rejected):
            held[point.name] = await point.value()
    return held


def test_every_model_of_the_catalogue_stands_on_the_bench() -> None:
    assert set(MODELS) == set(catalog.MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_it_says_who_it_is_and_reads_everything(model: str) -> None:
    async def act(bench: Bench) -> None:
        assert await bench.driver.identify()
        samples = await bench.driver.readings()
        assert samples
        for sample in samples.values():
            assert math.isfinite(sample.value)
            assert sample.at_s <= bench.clock.monotonic()

    at(model, act)


@pytest.mark.parametrize("model", MODELS)
def test_looking_changes_nothing(model: str) -> None:
    async def act(bench: Bench) -> None:
        first = await bench.driver.readings()
        second = await bench.driver.readings()
        assert {name: sample.unit for name, sample in first.items()} == {
            name: sample.unit for name, sample in second.items()
        }
        if isinstance(bench.tap, RegisterTap):
            assert bench.tap.writes == []

    at(model, act)


@pytest.mark.parametrize("model", MODELS)
def test_making_safe_what_is_at_rest_succeeds(model: str) -> None:
    async def act(bench: Bench) -> None:
        await bench.driver.make_safe()
        await bench.driver.make_safe()

    at(model, act)


async def time_out_of(bench: Bench, point: BoundReading[object]) -> float:
    """How long the driver waits for this instrument."""
    bench.port.faults.drop_next = 100
    before_s = bench.clock.monotonic()
    with pytest.raises(LinkLost):
        await point.value()
    after_s = bench.clock.monotonic()
    bench.port.faults.drop_next = 0
    await until_answered(point)
    return after_s - before_s


async def until_answered(point: BoundReading[object]) -> float:
    """The first value that the driver gives; it may say a few times that it has none."""
    for _ in range(PATIENCE):
        try:
            return await point.value()
        except DriverError:
            await asyncio.sleep(0.1)
    return await point.value()


@pytest.mark.parametrize("model", STREAMED)
def test_a_lost_cable_is_named_and_a_mended_one_is_used_again(model: str) -> None:
    async def act(bench: Bench) -> None:
        held = await bench.driver.readings()
        bench.port.unplug()
        for _ in range(2):
            with pytest.raises(LinkLost, match=NAME.replace(".", r"\.")) as lost:
                await bench.driver.readings()
            assert lost.value.source == NAME
        bench.port.plug()
        await asyncio.sleep(2.0)
        assert (await bench.driver.readings()).keys() == held.keys()
        await bench.driver.make_safe()

    at(model, act)


@pytest.mark.parametrize("model", STREAMED)
def test_a_spoilt_reply_is_no_value(model: str) -> None:
    async def act(bench: Bench) -> None:
        held_by_all = await valued(bench)
        point = next(point for point in points_of(bench) if point.name in held_by_all)
        held = held_by_all[point.name]
        bench.port.faults.corrupt_next = 1
        with pytest.raises(DriverError):
            await point.value()
        assert await until_answered(point) == pytest.approx(held, abs=0.02)

    at(model, act)


VISA_POINTS = {
    "kepco_bop": ("current_a", "current_setpoint_a"),
    "thorlabs_pm100": ("power_w", "wavelength_nm"),
}


@pytest.mark.parametrize("model", VISA)
def test_a_late_visa_reply_and_a_lost_cable_are_survived(model: str) -> None:
    base = scaled(str(FAST))

    async def main() -> None:
        async with on_bench(model, base.clock) as bench:
            await bench.driver.identify()
            points = {point.spec.name: point for point in points_of(bench)}
            late, other = (points[name] for name in VISA_POINTS[model])
            held = await other.value(), await late.value()
            bench.port.faults.delay_s = TIMEOUT_S * FAST * 1.2  # VISA waits in real seconds
            with pytest.raises(LinkLost, match="no reply"):
                await late.value()
            bench.port.faults.delay_s = 0.0
            assert await other.value() == held[0]
            bench.port.unplug()
            with pytest.raises(LinkLost) as lost:
                await late.value()
            assert lost.value.source == NAME
            bench.port.plug()
            assert await late.value() == held[1]

    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        runner.run(main())
