"""Each driver with a protocol of its own: all that it sends is in the document, and means that."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import cast

import pytest

from drivers.core.errors import DeviceFault, DriverError, Rejected
from drivers.core.points import BoundReading, BoundSetting, PointHost
from drivers.core.registers import declared
from drivers.instruments.aja_dcxs import AjaDcxs
from tests.contract.instruments.test_verbs import VERBS
from tests.icd.dialects import DIALECTS
from tests.icd.documents import COMMAND_MODELS, CommandRow, commands
from tests.rigs.instruments import Bench, ByteTap, at

# The driver's unit for what the document has in another: how many of the former the latter is.
UNITS: Mapping[tuple[str, str], float] = {
    ("A/s", "nm/s"): 0.1,
    ("kA", "nm"): 100.0,
    ("ms", "s"): 0.001,
    ("1/255", "%"): 100 / 255,
    ("psia", "kPa"): 6.89475729,
    ("ccm", "cm3/min"): 1.0,
}
# Points whose scale the driver learns from the instrument.
SCALE_IS_ASKED: Mapping[str, str] = {
    "thermoflex": "the decimals come with every value",
    "vat_valve": "the ranges of position and pressure are asked",
}
# Points that the instrument on the bench has no answer for.
WITHOUT_VALUE: Mapping[tuple[str, str], str] = {
    ("alicat_mc", "total_scc"): "this unit has no totaliser",
}
# Limits of a point that may be wider than the document's, because a closer one is found out.
ASKED_AT_RUN_TIME: Mapping[tuple[str, str], str] = {
    ("alicat_mc", "setpoint_sccm"): "a smaller one refuses what is above its full scale",
    **{
        ("mks_937b", f"relay_{n}_mbar"): "the controller refuses what the gauge does not reach"
        for n in range(1, 13)
    },
    **{
        ("oriel_69907", name): "identify takes over the rating of the model"
        for name in ("current_preset_a", "power_preset_w", "current_limit_a", "power_limit_w")
    },
    ("thorlabs_pm100", "wavelength_nm"): "set_wavelength asks for the range of the head",
    ("sensirion_sfc5500", "setpoint_sccm"): "identify takes over the full scale",
}
# Published requests that no verb of the driver sends.
NOT_SENT: Mapping[tuple[str, str], str] = {
    ("aja_dcxs", "switch_on"): "the fault is asked for before the output",
    ("ae_cesar", "control_mode"): "host control is taken, not asked for",
    ("trinamic_tmcm1640", "example_acceleration"): "another acceleration",
    ("tdk_genesys", "empty_line"): "nothing to be said with it",
    ("leybold_turbovac", "set_setpoint"): "the speed is set before the pump is started",
    ("thyracont_vsr", "set_transition"): "the driver names the pressures of the transition",
}


def points_of(bench: Bench) -> list[BoundReading[object]]:
    return list(declared(cast("PointHost[object]", bench.driver)).values())


def sent_by(bench: Bench, since: int = 0) -> bytes:
    assert isinstance(bench.tap, ByteTap)
    return b"".join(bench.tap.pieces[since:])


def requests_of(bench: Bench, since: int = 0) -> list[bytes]:
    return DIALECTS[bench.model]().split(sent_by(bench, since))


def rows_for(model: str, request: bytes) -> list[CommandRow]:
    """The rows of which `request` may be one."""
    binary = DIALECTS[model].binary
    return [row for row in commands(model) if row.pattern(binary=binary).fullmatch(request)]


async def everything(bench: Bench) -> None:
    """All that a driver can be made to send: verbs, points, limits."""
    for point in points_of(bench):
        with suppress(DeviceFault, Rejected):  # a gauge that is off has no value
            await point.read()
        if isinstance(point, BoundSetting):
            held = await point.value()
            for value in (point.limits.low, point.limits.high, held):
                with suppress(DriverError):
                    await point.write(value)
    if bench.model == "aja_dcxs":
        supply = bench.the(AjaDcxs)
        await supply.setpoint_counts.write(5)
        await supply.name_material("ALongNam")
    await bench.driver.readings()
    await bench.driver.make_safe()


def after_everything(model: str, look: Callable[[Bench], Awaitable[None]]) -> None:
    async def act(bench: Bench) -> None:
        await everything(bench)
        await look(bench)

    at(model, act)
    for verb in VERBS[model]:

        async def act_verb(bench: Bench, verb: Callable[[Bench], Awaitable[None]] = verb) -> None:
            await verb(bench)
            await look(bench)

        at(model, act_verb)


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_every_request_of_the_driver_is_in_the_document(model: str) -> None:
    async def look(bench: Bench) -> None:
        requests = requests_of(bench)
        assert len(requests) > 2
        for request in requests:
            assert rows_for(model, request), request

    after_everything(model, look)


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_every_point_asks_for_its_row_in_its_unit_and_scale(model: str) -> None:
    async def act(bench: Bench) -> None:
        for point in points_of(bench):
            if (model, point.spec.name) in WITHOUT_VALUE:
                continue
            since = bench.tap.requests
            with suppress(DeviceFault, Rejected):
                await point.read()
            asked = [
                row
                for request in requests_of(bench, since)
                for row in rows_for(model, request)
                if row.access == "r"
            ]
            assert asked, point.name
            agreeing = [
                row for row in asked if agrees(point, row, scale_is_asked=model in SCALE_IS_ASKED)
            ]
            assert agreeing, (point.name, point.spec.unit, [row.unit for row in asked])

    at(model, act)


def agrees(point: BoundReading[object], row: CommandRow, *, scale_is_asked: bool) -> bool:
    """Whether unit and scale are those of the row, in one unit or another."""
    factor = UNITS.get((row.unit, point.spec.unit))
    if factor is None:
        factor = 1.0 if point.spec.unit in row.unit.split(" or ") else 0.0
    return factor > 0 and (scale_is_asked or point.spec.scale == pytest.approx(row.scale * factor))


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_every_setting_stays_within_the_limits_of_its_row(model: str) -> None:
    async def act(bench: Bench) -> None:
        for point in points_of(bench):
            bare = point.spec.name
            if not isinstance(point, BoundSetting) or (model, bare) in ASKED_AT_RUN_TIME:
                continue
            since = bench.tap.requests
            with suppress(DriverError):
                await point.write(point.limits.low)
            rows = [
                row
                for request in requests_of(bench, since)
                for row in rows_for(model, request)
                if row.takes_value and row.limited
            ]
            if rows:
                assert any(inside(point, row) for row in rows), point.name

    at(model, act)


def inside(setting: BoundSetting[object], row: CommandRow) -> bool:
    factor = UNITS.get((row.unit, setting.spec.unit), 1.0)
    low, high = row.low * factor, row.high * factor
    return low <= setting.limits.low and setting.limits.high <= high * (1 + 1e-9)


@pytest.mark.parametrize("model", COMMAND_MODELS)
def test_the_driver_sends_what_was_published_byte_for_byte(model: str) -> None:
    traffic: list[list[bytes]] = []

    async def look(bench: Bench) -> None:
        traffic.append(requests_of(bench))

    after_everything(model, look)
    dialect = DIALECTS[model]()
    unsent: set[str] = set()
    for row in commands(model):
        if row.example is not None and row.example.request:
            published = dialect.split(row.example.request)
            assert b"".join(dialect.wrap(request) for request in published) == row.example.request
            if not any(follow_each_other(published, stream) for stream in traffic):
                unsent.add(row.name)
    assert unsent == {name for of, name in NOT_SENT if of == model}


def follow_each_other(few: list[bytes], many: list[bytes]) -> bool:
    starts = range(len(many) - len(few) + 1)
    return any(many[at : at + len(few)] == few for at in starts)
