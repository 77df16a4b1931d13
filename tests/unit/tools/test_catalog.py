"""Tools put together from endpoints: what is missing or wrong is named before anything is sent."""

from collections.abc import Mapping

import pytest

from drivers.aligner import Aligner
from drivers.catalog import BUILDERS, TOOLS, build
from drivers.core.clock import RealClock
from drivers.core.endpoints import Endpoint, LinkPool, Option, Transport
from drivers.core.errors import Refused
from drivers.instruments.catalog import MODELS
from drivers.plating_cell import PlatingCell
from drivers.sputter import Sputter

ON_WIRE: Mapping[str, Transport] = {
    "click_plc": "modbus_tcp",
    "omron_e5cc": "modbus_rtu",
    "eurotherm_3216": "modbus_rtu",
    "lumel_re72": "modbus_rtu",
    "watlow_ezzone": "modbus_tcp",
    "thorlabs_pm100": "visa",
    "xylem_hydrovar": "modbus_rtu",
    "hamilton_ph_arc": "modbus_rtu",
    "kepco_bop": "visa",
}
URLS: Mapping[Transport, str] = {
    "modbus_tcp": "127.0.0.1:502",
    "modbus_rtu": "/dev/tty",
    "serial": "/dev/tty",
    "visa": "TCPIP::127.0.0.1::5025::SOCKET",
}


def endpoints(kind: str, options: Mapping[str, Option] | None = None) -> list[Endpoint]:
    made: list[Endpoint] = []
    for number, (role, model) in enumerate(BUILDERS[kind][1].items(), start=1):
        transport = ON_WIRE.get(model, "serial")
        url = URLS[transport] + ("" if transport in {"modbus_tcp", "visa"} else str(number))
        made.append(Endpoint("t", role, model, transport, url, number, options or {}))
    return made


@pytest.mark.parametrize("kind", sorted(TOOLS))
async def test_every_kind_of_tool_can_be_put_together(kind: str) -> None:
    clock = RealClock()
    pool = LinkPool(clock)
    tool = await build(kind, "t", endpoints(kind), pool, clock)
    await pool.close()
    assert isinstance(tool, TOOLS[kind])
    assert tool.kind == kind
    assert set(tool.roles.values()) <= set(MODELS)


async def test_options_reach_the_instruments_that_have_them() -> None:
    clock = RealClock()
    pool = LinkPool(clock)
    options: Mapping[str, Option] = {"units_in_parallel": 10, "sensor_area_cm2": 0.7854}
    sputter = await build("sputter", "t", endpoints("sputter", options), pool, clock)
    aligner = await build("aligner", "t", endpoints("aligner", options), LinkPool(clock), clock)
    await pool.close()
    assert isinstance(sputter, Sputter)
    assert sputter.dc_supply.limits_w.high == 10_000
    assert isinstance(aligner, Aligner)
    assert aligner.sensor_area_cm2 == 0.7854


async def test_everything_that_is_wrong_is_named_at_once() -> None:
    clock = RealClock()
    plc, supply, *_ = endpoints("sputter")
    odd = Endpoint("t", "pump", "click_plc", "modbus_tcp", "127.0.0.1:502")
    other = Endpoint("t", supply.role, "tdk_genesys", "serial", "/dev/tty9")
    with pytest.raises(Refused) as caught:
        await build("sputter", "t", [plc, other, odd], LinkPool(clock), clock)
    for words in (
        "monitor (inficon_sqm160) is missing",
        "there is no role pump",
        "dc_supply is tdk_genesys instead of aja_dcxs",
    ):
        assert words in str(caught.value)


async def test_an_unknown_kind_of_tool_is_refused() -> None:
    clock = RealClock()
    with pytest.raises(Refused, match="no kind of tool"):
        await build("toaster", "t", [], LinkPool(clock), clock)


async def test_a_model_on_a_wire_that_it_does_not_have_is_refused() -> None:
    clock = RealClock()
    plc, *others = endpoints("plating_cell")
    wrong = Endpoint("t", "plc", plc.model, "visa", URLS["visa"])
    with pytest.raises(Refused, match="cannot be reached over visa"):
        await build("plating_cell", "t", [wrong, *others], LinkPool(clock), clock)


@pytest.mark.parametrize("value", [0, 2.5, "ten", True])
async def test_an_option_that_makes_no_sense_is_refused(value: Option) -> None:
    clock = RealClock()
    given = endpoints("sputter", {"units_in_parallel": value})
    with pytest.raises(Refused, match="units_in_parallel"):
        await build("sputter", "t", given, LinkPool(clock), clock)


@pytest.mark.parametrize(("model", "reverses"), [("tdk_genesys", False), ("kepco_bop", True)])
async def test_the_line_file_chooses_a_cells_rectifier(model: str, *, reverses: bool) -> None:
    clock = RealClock()
    pool = LinkPool(clock)
    others = [e for e in endpoints("plating_cell") if e.role != "rectifier"]
    transport = ON_WIRE.get(model, "serial")
    chosen = Endpoint("t", "rectifier", model, transport, URLS[transport])
    cell = await build("plating_cell", "t", [*others, chosen], pool, clock)
    await pool.close()
    assert isinstance(cell, PlatingCell)
    assert cell.rectifier.can_reverse is reverses


async def test_another_model_than_those_that_may_fill_a_role_is_refused() -> None:
    clock = RealClock()
    others = [e for e in endpoints("plating_cell") if e.role != "rectifier"]
    other = Endpoint("t", "rectifier", "aja_dcxs", "serial", "/dev/tty9")
    with pytest.raises(Refused, match="aja_dcxs instead of tdk_genesys or kepco_bop"):
        await build("plating_cell", "t", [*others, other], LinkPool(clock), clock)
