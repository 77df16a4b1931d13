"""The lamp burns behind a closed enclosure at the recipe's power, and its light is waited for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.aligner_lamp import Lamp
from drivers.aligner_light import Meter
from drivers.aligner_map import AlignerMap
from drivers.core.clock import Clock
from drivers.core.errors import InterlockOpen, NotReached, Refused, Tripped
from drivers.core.links.visa import VisaLink
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from tests.rigs.wires import TcpDevice, in_virtual_time
from tests.unit.tools.bench import bench
from tests.unit.tools.small_light import EnclosurePlc, Head, Light, Supply

NEW_H, NM = 1400.0, 365.0


@dataclass
class Rig:
    """A lamp and what is at the far end of its wires."""

    clock: Clock
    light: Light
    supply: Supply
    plc: EnclosurePlc
    lamp: Lamp


def with_lamp(act: Callable[[Rig], Awaitable[None]]) -> None:
    async def main(clock: Clock) -> None:
        light = Light()
        supply, plc, device = Supply(light), EnclosurePlc(light), TcpDevice(Head(light).hear)
        await device.start()
        link = VisaLink("meter", f"TCPIP::127.0.0.1::{device.port}::SOCKET", clock=clock)
        try:
            async with bench(clock) as wires:
                oriel = await wires.serial(
                    "aligner.lamp", supply, lambda n, k, c: Oriel69907(n, k, clock=c)
                )
                await oriel.identify()
                meter = Meter(ThorlabsPm100("aligner.dose_meter", link, clock=clock), 1.0, clock)
                lamp = Lamp(oriel, meter, AlignerMap(await wires.plc(plc)))
                await act(Rig(clock, light, supply, plc, lamp))
        finally:
            await link.close()
            await device.stop()

    in_virtual_time(main)


def test_a_lamp_that_burns_goes_on_and_costs_no_time() -> None:
    async def act(rig: Rig) -> None:
        assert await rig.lamp.burn(1000.0, NEW_H, NM) == 300
        assert rig.light.gone == []
        assert rig.clock.monotonic() < 5.0

    with_lamp(act)


def test_a_dark_lamp_is_lit_in_a_closed_enclosure_and_its_light_is_waited_for() -> None:
    async def act(rig: Rig) -> None:
        rig.light.burns = False
        await rig.lamp.burn(1000.0, NEW_H, NM)
        assert rig.light.gone == ["START"]
        assert rig.light.meter_w == pytest.approx(0.0225, rel=0.02)
        assert rig.clock.monotonic() > 400.0

    with_lamp(act)


def test_a_lamp_is_never_struck_with_the_enclosure_open() -> None:
    async def act(rig: Rig) -> None:
        rig.light.burns, rig.plc.closed = False, False
        with pytest.raises(InterlockOpen, match="enclosure is closed"):
            await rig.lamp.burn(1000.0, NEW_H, NM)
        assert rig.light.gone == []

    with_lamp(act)


def test_a_lamp_that_is_too_hot_to_strike_is_struck_again_later() -> None:
    async def act(rig: Rig) -> None:
        rig.light.burns, rig.supply.strikes_after = False, 3
        await rig.lamp.burn(1000.0, NEW_H, NM)
        assert rig.light.gone.count("START") == 4
        assert rig.light.burns

    with_lamp(act)


def test_a_lamp_that_does_not_light_is_off_afterwards() -> None:
    async def act(rig: Rig) -> None:
        rig.light.burns, rig.supply.strikes_after = False, 99
        with pytest.raises(NotReached, match="did not light"):
            await rig.lamp.burn(1000.0, NEW_H, NM)
        assert rig.light.gone[-1] == "STOP"

    with_lamp(act)


def test_an_old_lamp_is_refused() -> None:
    async def act(rig: Rig) -> None:
        rig.supply.hours = 1401
        with pytest.raises(Refused, match="1401 h, more than 1400 h: change it"):
            await rig.lamp.burn(1000.0, NEW_H, NM)

    with_lamp(act)


def test_another_power_than_the_recipes_is_set_and_waited_for() -> None:
    async def act(rig: Rig) -> None:
        await rig.lamp.burn(900.0, NEW_H, NM)
        assert rig.light.watts == 900.0
        assert rig.clock.monotonic() > 100.0

    with_lamp(act)


def test_a_lamp_that_does_not_burn_at_its_power_is_not_exposed_by() -> None:
    async def act(rig: Rig) -> None:
        rig.supply.actual_part = 0.9
        with pytest.raises(Tripped, match="900 W instead of 1000 W"):
            await rig.lamp.burn(1000.0, NEW_H, NM)

    with_lamp(act)


def test_a_lamp_that_goes_out_is_noticed() -> None:
    async def act(rig: Rig) -> None:
        await rig.lamp.look()
        rig.light.burns = False
        with pytest.raises(Tripped, match="the lamp is out"):
            await rig.lamp.look()

    with_lamp(act)


@pytest.mark.parametrize(("blade_open", "burns"), [(True, False), (False, True)])
def test_only_light_on_the_wafer_puts_the_lamp_out(blade_open: bool, burns: bool) -> None:
    async def act(rig: Rig) -> None:
        rig.plc.blade_open = blade_open
        await rig.lamp.dark_if_lit()
        assert rig.light.burns is burns

    with_lamp(act)
