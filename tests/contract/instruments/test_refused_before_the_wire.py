"""What must not be asked for never reaches the wire."""

import math
from collections.abc import Awaitable, Callable, Sequence

import pytest

from drivers.core.errors import Effect, Refused
from drivers.instruments.ae_cesar import AeCesar, Regulation
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.newport_esp301 import Axis, NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.watlow_ezzone import WatlowEzzone
from tests.contract.instruments.refusals_of_media import MEDIA_ASKED
from tests.rigs.instruments import MODELS, NAME, Bench, at

pytestmark = pytest.mark.contract

Ask = Callable[[Bench, float], Awaitable[object]]


async def _deliver_rf(bench: Bench, value: float) -> None:
    async with bench.the(AeCesar).delivering(value):
        pass


async def _deliver_bias(bench: Bench, value: float) -> None:
    async with bench.the(AeCesar).delivering(value, regulation=Regulation.EXTERNAL):
        pass


async def _deliver_dc(bench: Bench, value: float) -> None:
    async with bench.the(AjaDcxs).delivering(value, 1):
        pass


async def _deliver_to_gun(bench: Bench, value: float) -> None:
    del value
    async with bench.the(AjaDcxs).delivering(100, 5):
        pass


async def _control(bench: Bench, value: float) -> None:
    async with bench.the(ClickPlc).host_control(f"{value} is far too long for a job"):
        pass


async def _deliver_current(bench: Bench, value: float) -> None:
    async with bench.the(TdkGenesys).delivering(value, 5.0):
        pass


async def _deliver_below(bench: Bench, value: float) -> None:
    async with bench.the(TdkGenesys).delivering(1.0, value):
        pass


async def _let_flow(bench: Bench, value: float) -> None:
    mfc = bench.the(SensirionSfc5500)
    await mfc.flow(value, within_sccm=1, dwell_s=1, deadline_s=5)


async def _spin(bench: Bench, value: float) -> None:
    await bench.the(TrinamicTmcm1640).spin(value, 1000, dwell_s=1, deadline_s=9)


async def _heat(bench: Bench, value: float) -> None:
    await bench.the(WatlowEzzone).set_profile([100.0, value])


# model: what is asked for with a number that is too high, one that is too low, and with none
ASKED: dict[str, Sequence[tuple[Ask, float, float]]] = {
    "ae_cesar": [(_deliver_rf, 1201, -1), (_deliver_bias, 1001, -1)],
    "aja_dcxs": [(_deliver_dc, 1001, -1), (_deliver_to_gun, 0, 0)],
    "click_plc": [
        (_control, 1, 1),
        (lambda bench, value: bench.the(ClickPlc).hb_timeout.write(value), 40000, 0),
        (lambda bench, value: bench.the(ClickPlc).command(120, int(value)), 40000, -40000),
    ],
    "eurotherm_3216": [
        (lambda bench, value: bench.the(Eurotherm3216).hold(value, deadline_s=9), 251, -1)
    ],
    "julabo_cf31": [(lambda bench, value: bench.the(JulaboCf31).hold(value, deadline_s=9), 96, 4)],
    "lumel_re72": [(lambda bench, value: bench.the(LumelRe72).hold(value, deadline_s=9), 301, -51)],
    "newport_esp301": [
        (
            lambda bench, value: bench.the(NewportEsp301).move_to(Axis.X, value, deadline_s=9),
            12.6,
            -12.6,
        )
    ],
    "omron_e5cc": [(lambda bench, value: bench.the(OmronE5cc).hold(value, deadline_s=9), 251, -1)],
    "sensirion_sfc5500": [(_let_flow, 501, -1)],
    "tdk_genesys": [(_deliver_current, 331, -1), (_deliver_below, 11, -1)],
    "thorlabs_pm100": [
        (lambda bench, value: bench.the(ThorlabsPm100).set_wavelength(value), 30_000, 100)
    ],
    "thorlabs_sc10": [(lambda bench, value: bench.the(ThorlabsSc10).expose(value), 1000, 0.0001)],
    "trinamic_tmcm1640": [(_spin, 4001, -1)],
    "watlow_ezzone": [(_heat, 301, -1)],
    **MEDIA_ASKED,
}
NUMBERLESS = {_deliver_to_gun, _control}


def test_only_the_monitor_that_cannot_be_set_is_left_out() -> None:
    assert set(MODELS) - set(ASKED) == {"inficon_sqm160"}


@pytest.mark.parametrize("model", sorted(ASKED))
def test_a_value_out_of_limits_never_reaches_the_wire(model: str) -> None:
    async def act(bench: Bench) -> None:
        for ask, high, low in ASKED[model]:
            for value in (high, low):
                await refused(bench, ask, value)

    at(model, act)


@pytest.mark.parametrize("model", sorted(set(ASKED) - {"click_plc"}))
def test_what_is_no_number_never_reaches_the_wire(model: str) -> None:
    async def act(bench: Bench) -> None:
        for ask, _, _ in ASKED[model]:
            for value in (math.nan, math.inf):
                if ask not in NUMBERLESS:
                    await refused(bench, ask, value)

    at(model, act)


async def refused(bench: Bench, ask: Ask, value: float) -> None:
    heard = bench.tap.requests
    with pytest.raises(Refused) as refusal:
        await ask(bench, value)
    assert bench.tap.requests == heard
    assert refusal.value.effect is Effect.NONE
    assert refusal.value.source.startswith(NAME)
