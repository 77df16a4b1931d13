"""Endpoints: one link for one wire, and no wire that two instruments see differently."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from drivers.core.clock import RealClock
from drivers.core.endpoints import Endpoint, LinkPool, Option, Transport
from drivers.core.errors import LinkLost, Refused
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.links.visa import VisaLink

PLAIN: Mapping[str, Option] = MappingProxyType({})


def endpoint(
    transport: Transport, url: str, role: str = "meter", options: Mapping[str, Option] = PLAIN
) -> Endpoint:
    return Endpoint("bench", role, "model", transport, url, options=options)


async def test_two_units_of_one_bus_share_its_link() -> None:
    pool = LinkPool(RealClock())
    settings = SerialSettings(9600, parity="E")
    one = await pool.link(endpoint("modbus_rtu", "/dev/bus", "one"), settings)
    two = await pool.link(endpoint("modbus_rtu", "/dev/bus", "two"), settings)
    other = await pool.link(endpoint("modbus_rtu", "/dev/other", "one"), settings)
    assert isinstance(one, ModbusLink)
    assert one is two
    assert one is not other
    assert one.name == "bench.rtu_bus"
    await pool.close()


async def test_every_transport_has_its_link() -> None:
    pool = LinkPool(RealClock())
    serial = await pool.link(endpoint("serial", "/dev/one"), SerialSettings())
    tcp = await pool.link(endpoint("modbus_tcp", "127.0.0.1:5020"))
    visa = await pool.link(
        endpoint("visa", "TCPIP::127.0.0.1::5025::SOCKET", options={"timeout_s": 0.5})
    )
    assert isinstance(serial, SerialLink)
    assert isinstance(tcp, ModbusLink)
    assert isinstance(visa, VisaLink)
    assert (serial.name, visa.timeout_s) == ("bench.meter", 0.5)
    await pool.close()


async def test_instruments_that_disagree_about_their_line_are_refused() -> None:
    pool = LinkPool(RealClock())
    await pool.link(endpoint("modbus_rtu", "/dev/bus"), SerialSettings(9600, parity="E"))
    with pytest.raises(Refused, match="/dev/bus is already"):
        await pool.link(endpoint("modbus_rtu", "/dev/bus"), SerialSettings(9600, stop_bits=2))
    await pool.close()


async def test_an_instrument_may_be_set_to_the_line_of_the_others() -> None:
    pool = LinkPool(RealClock())
    one = await pool.link(endpoint("modbus_rtu", "/dev/bus"), SerialSettings(9600, parity="E"))
    two = await pool.link(
        endpoint("modbus_rtu", "/dev/bus", options={"parity": "E", "stop_bits": 1, "baud": 9600}),
        SerialSettings(19200, stop_bits=2),
    )
    assert one is two
    await pool.close()


@pytest.mark.parametrize(
    ("transport", "url", "options"),
    [
        ("modbus_tcp", "plc:http", {}),
        ("modbus_tcp", ":502", {}),
        ("modbus_tcp", "plc:502", {"timeout_s": "1"}),
        ("modbus_tcp", "plc:502", {"timeout_s": float("nan")}),
        ("serial", "/dev/one", {"parity": "M"}),
        ("serial", "/dev/one", {"baud": 0}),
        ("serial", "/dev/one", {"bits": True}),
    ],
)
async def test_an_endpoint_that_makes_no_sense_is_refused(
    transport: Transport, url: str, options: Mapping[str, Option]
) -> None:
    with pytest.raises(Refused, match=r"bench\.meter"):
        await LinkPool(RealClock()).link(
            endpoint(transport, url, options=options), SerialSettings()
        )


async def test_a_line_without_settings_is_refused() -> None:
    with pytest.raises(Refused, match="needs line settings"):
        await LinkPool(RealClock()).link(endpoint("serial", "/dev/one"))


async def test_a_closed_pool_leaves_no_link_in_use() -> None:
    pool = LinkPool(RealClock())
    link = await pool.link(endpoint("modbus_tcp", "127.0.0.1:1"))
    assert isinstance(link, ModbusLink)
    await pool.close()
    with pytest.raises(LinkLost, match="is closed"):
        await link.read_holding(1, 0, 1)
