"""A reply that comes too late is never taken for the answer to another request.

The reply to every request that a driver sends is delayed past its time-out in turn. After each,
every value read must be the one that the instrument holds, and nothing but a question who it is
may have been sent while an answer was still owed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import pytest

from drivers.core.errors import DriverError, LinkLost
from drivers.core.links.visa import VisaLink
from drivers.core.points import BoundReading, BoundSetting
from sim_hardware.core.timebase import scaled
from tests.contract.instruments.test_every_instrument import (
    FAST,
    STREAMED,
    VISA,
    points_of,
    time_out_of,
    until_answered,
    valued,
)
from tests.contract.instruments.test_verbs import VERBS
from tests.rigs.instruments import MODELS, Bench, at, on_bench
from tests.rigs.owed import Ledger, audited

pytestmark = pytest.mark.contract

# After the time-out: at once, while the line is drained, with the answer to the question who it
# is, long after.
MOMENTS_S = (0.003, 0.03, 0.06, 0.4)
CALM_S = 2.0  # until nothing is owed any more
LOOKED_AT = 3  # points after each late reply

# Their answers say to which request they belong, by number or by name.
NAMED = ("click_plc", "pfeiffer_tc110", "sensirion_sfc5500", "thyracont_vsr", "watlow_ezzone")

ORDER_LATE_S = 0.06
SESSION_S = 0.2  # real seconds

Step = Callable[[], Awaitable[object]]
Verb = Callable[[Bench], Awaitable[None]]


@dataclass(frozen=True)
class Late:
    """A request by its place among those of a step."""

    step: Step
    number: int


def steps_of(bench: Bench, held: Mapping[str, float]) -> Iterator[Step]:
    """What can be asked and set without changing anything, and making safe what is safe."""
    yield bench.driver.make_safe
    yield bench.driver.identify
    yield bench.driver.readings
    for point in points_of(bench):
        if point.name in held:
            yield point.value
            if isinstance(point, BoundSetting) and held[point.name] in point.limits:
                yield partial(point.write, held[point.name])


async def requests_of(bench: Bench, ledger: Ledger, held: Mapping[str, float]) -> list[Late]:
    """Where each different request is sent first."""
    requests = ledger.account.requests
    seen: set[bytes] = set()
    found: list[Late] = []
    for step in steps_of(bench, held):
        before = len(requests)
        with suppress(DriverError):
            await step()
        for number, request in enumerate(requests[before:], start=1):
            if request not in seen:
                seen.add(request)
                found.append(Late(step, number))
    return found


async def asked_who(bench: Bench, ledger: Ledger, point: BoundReading[object]) -> frozenset[bytes]:
    """What is sent to find out who is there, by itself and after a reply was lost."""
    itself = await ledger.sent_by(bench.driver.identify)
    plain = await ledger.sent_by(point.value)
    bench.port.faults.drop_next = 1
    with pytest.raises(LinkLost):
        await point.value()
    after_loss = await ledger.sent_by(partial(until_answered, point))
    ledger.start_over()
    return itself | (after_loss - plain)


async def held_still(bench: Bench, held: Mapping[str, float], first: int) -> None:
    """A few points, from another one on each time, have the values that they had."""
    points = [point for point in points_of(bench) if point.name in held]
    for place in range(first, first + LOOKED_AT):
        point: BoundReading[object] = points[place % len(points)]
        assert await until_answered(point) == pytest.approx(held[point.name], rel=1e-3, abs=0.02)


async def given_up(step: Step) -> bool:
    """Whether a step ended because a reply did not come in time."""
    try:
        await step()
    except LinkLost:
        return True
    return False


@pytest.mark.parametrize("model", STREAMED)
@pytest.mark.parametrize("late_s", MOMENTS_S)
def test_no_late_reply_is_taken_for_another_answer(model: str, late_s: float) -> None:
    async def act(bench: Bench) -> None:
        await bench.driver.make_safe()
        held = await valued(bench)
        point = next(point for point in points_of(bench) if point.name in held)
        timeout_s = await time_out_of(bench, point)
        ledger = audited(bench)
        found = await requests_of(bench, ledger, held)
        who = await asked_who(bench, ledger, point)
        lost = 0
        for first, late in enumerate(found):
            ledger.account.arm(late.number, timeout_s + late_s)
            lost += await given_up(late.step)
            await held_still(bench, held, first)
            await asyncio.sleep(CALM_S)
        assert 2 * lost >= len(found)  # an order without an answer cannot be late
        if model not in NAMED:
            assert set(ledger.impatient(timeout_s)) <= who

    at(model, act)


@pytest.mark.parametrize("model", [model for model in STREAMED if model not in NAMED])
def test_no_late_reply_to_an_order_is_taken_for_another_answer(model: str) -> None:
    for verb in VERBS[model]:
        orders: list[int] = []

        async def list_orders(bench: Bench, verb: Verb = verb, orders: list[int] = orders) -> None:
            ledger = audited(bench)
            looks = {bare(model, request) for request in await everything_asked(bench, ledger)}
            before = len(ledger.account.requests)
            await verb(bench)
            for number, request in enumerate(ledger.account.requests[before:], start=1):
                if bare(model, request) not in looks:
                    looks.add(bare(model, request))
                    orders.append(number)

        at(model, list_orders)
        for number in orders:
            at(model, partial(late_order, verb=verb, number=number))


async def everything_asked(bench: Bench, ledger: Ledger) -> list[bytes]:
    """All that is sent to look and to make safe what is safe."""
    for step in (bench.driver.make_safe, bench.driver.identify, bench.driver.readings):
        await step()
    return list(ledger.account.requests)


def bare(model: str, request: bytes) -> bytes:
    """A request without what counts on from one to the next."""
    return request[3:] if model == "bronkhorst_propar" else request


async def late_order(bench: Bench, *, verb: Verb, number: int) -> None:
    """The reply to one order is late: whatever becomes of the verb, the books are in order."""
    point = next(iter(points_of(bench)))
    timeout_s = await time_out_of(bench, point)
    ledger = audited(bench)
    await everything_asked(bench, ledger)
    who = await asked_who(bench, ledger, point)
    ledger.account.arm(number, timeout_s + ORDER_LATE_S)
    with suppress(DriverError, AssertionError, pytest.fail.Exception):
        await verb(bench)  # that it may fail is no fault: what it takes for an answer would be
    await asyncio.sleep(CALM_S)
    with suppress(DriverError):  # a verb may leave it with what it cannot be made safe from
        await bench.driver.make_safe()
    assert set(ledger.impatient(timeout_s)) <= who


@pytest.mark.parametrize("model", VISA)
def test_no_late_reply_on_a_session_is_taken_for_another_answer(model: str) -> None:
    base = scaled(str(FAST))

    async def main() -> None:
        async with on_bench(model, base.clock) as bench:
            assert isinstance(bench.link, VisaLink)
            bench.link.timeout_s = SESSION_S
            await bench.driver.identify()
            held = await valued(bench)
            ledger = audited(bench)
            for first, late in enumerate(await requests_of(bench, ledger, held)):
                ledger.account.arm(late.number, SESSION_S * FAST * 1.5)  # VISA waits really
                await given_up(late.step)
                await held_still(bench, held, first)

    with asyncio.Runner(loop_factory=base.loop_factory) as runner:
        runner.run(main())


def test_every_instrument_is_tried() -> None:
    assert {*STREAMED, *VISA} == set(MODELS)
