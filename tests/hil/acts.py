"""What each instrument is made to do when a site is armed, and how that is announced.

Small, short, and what an empty tool allows without its controller's permits; whatever needs a
permit is only brought to its safe state. What must not be stopped between wafers goes on.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from drivers.core.errors import InterlockOpen
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.newport_esp301 import Axis, NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.watlow_ezzone import WatlowEzzone
from drivers.procedure.fleet import Instrument

DriverT = TypeVar("DriverT")

DWELL_S: Final = 2.0
DEADLINE_S: Final = 60.0
WARMER_C: Final = 1.0  # than it is: a small step up
LAMP_NM: Final = 365.0
STEP_MM: Final = 1.0
RESET: Final = "every setting is written as it is"
TO_REST: Final = "the CONTROLLER is brought to where phases may run, then everything is made safe"
JOB: Final = "NEVER STARTED"


@dataclass(frozen=True)
class Act:
    """A sentence that says what will happen, and what makes it happen."""

    says: str
    do: Callable[[Instrument], Awaitable[None]]


def _the(kind: type[DriverT], instrument: Instrument) -> DriverT:
    assert isinstance(instrument, kind)
    return instrument


async def _hold_controller(instrument: Instrument) -> None:
    plc = _the(ClickPlc, instrument)
    state = (await plc.look()).state
    async with plc.host_control(JOB):
        assert await plc.job_id_echo() != JOB  # nothing was started under this name
    assert (await plc.look()).state is state


async def _make_safe(instrument: Instrument) -> None:
    await instrument.make_safe()
    await instrument.make_safe()


async def _warm(instrument: Instrument) -> None:
    assert isinstance(instrument, (OmronE5cc, Eurotherm3216, LumelRe72))
    wanted_c = await instrument.temperature_c.value() + WARMER_C
    try:
        held_c = await instrument.hold(
            wanted_c, deadline_s=DEADLINE_S, within_c=2 * WARMER_C, dwell_s=DWELL_S
        )
    finally:
        await instrument.make_safe()
    assert abs(held_c - wanted_c) <= 2 * WARMER_C


async def _warm_zones(instrument: Instrument) -> None:
    oven = _the(WatlowEzzone, instrument)
    profile_c = [celsius + WARMER_C for celsius in await oven.temperatures_c()]
    try:
        await oven.hold(profile_c, deadline_s=DEADLINE_S, within_c=3 * WARMER_C, dwell_s=DWELL_S)
    finally:
        await oven.make_safe()


async def _circulate(instrument: Instrument) -> None:
    bath = _the(JulaboCf31, instrument)
    ran, set_c = await bath.running(), await bath.setpoint_c.value()
    try:
        now_c = await bath.temperature_c.value()
        await bath.hold(now_c, deadline_s=DEADLINE_S, within_c=WARMER_C, dwell_s=DWELL_S)
        assert await bath.running()
    finally:
        await bath.setpoint_c.write_and_verify(set_c)
        if not ran:
            await bath.stop()


async def _chill(instrument: Instrument) -> None:
    chiller = _the(Thermoflex, instrument)
    if not await chiller.switched_on():
        await chiller.start()
    await chiller.check()


async def _step(instrument: Instrument) -> None:
    stage = _the(NewportEsp301, instrument)
    await stage.power(Axis.X)
    await stage.home(Axis.X, deadline_s=DEADLINE_S)
    came_mm = await stage.move_to(Axis.X, STEP_MM, deadline_s=DEADLINE_S)
    assert abs(came_mm - STEP_MM) < 0.01
    await stage.make_safe()


async def _blink(instrument: Instrument) -> None:
    shutter = _the(ThorlabsSc10, instrument)
    try:
        assert abs(await shutter.expose(0.5) - 0.5) < 0.5
    except InterlockOpen:  # without the controller's permit it must stay shut
        assert await shutter.closed.value() == 1
    await shutter.make_safe()


async def _tune(instrument: Instrument) -> None:
    meter = _the(ThorlabsPm100, instrument)
    await meter.set_wavelength(LAMP_NM)
    assert await meter.wavelength_nm.value() == LAMP_NM


async def _zero(instrument: Instrument) -> None:
    monitor = _the(InficonSqm160, instrument)
    await monitor.zero()
    assert abs(await monitor.deposited_nm()) < 1.0


async def _look(instrument: Instrument) -> None:
    assert await instrument.readings()


_WARM: Final = Act("HEATS for a moment: regulates 1 C above what it reads, then off", _warm)
ACTS: Final[Mapping[str, Act]] = {
    "ae_cesar": Act("switches its RF off", _make_safe),
    "aja_dcxs": Act("switches its DC output off", _make_safe),
    "alicat_mc": Act("closes its valve", _make_safe),
    "bronkhorst_propar": Act("closes its valve", _make_safe),
    "click_plc": Act("takes control with a heartbeat and gives it back", _hold_controller),
    "eurotherm_3216": _WARM,
    "hamilton_ph_arc": Act("falls back to the user's level", _make_safe),
    "inficon_sqm160": Act("forgets the thickness that it has counted", _zero),
    "julabo_cf31": Act("CIRCULATES its bath, at the temperature that it has", _circulate),
    "kepco_bop": Act("switches its output off", _make_safe),
    "leybold_turbovac": Act("nothing: it goes on turning or standing", _look),
    "lumel_re72": _WARM,
    "mks_937b": Act("nothing: it only looks", _make_safe),
    "newport_esp301": Act("MOVES axis X: home, then 1 mm", _step),
    "omron_e5cc": _WARM,
    "oriel_69907": Act("nothing: a lamp that burns goes on burning", _look),
    "pfeiffer_tc110": Act("nothing: it goes on turning or standing", _look),
    "sensirion_sfc5500": Act("closes its valve", _make_safe),
    "tdk_genesys": Act("switches its output off", _make_safe),
    "thermoflex": Act("RUNS: is started if it stands, and goes on", _chill),
    "thorlabs_pm100": Act(f"is set to {LAMP_NM:g} nm", _tune),
    "thorlabs_sc10": Act("OPENS for half a second, if its interlock lets it", _blink),
    "thyracont_vsr": Act("nothing: it only looks", _make_safe),
    "trinamic_tmcm1110": Act("stops its motor", _make_safe),
    "trinamic_tmcm1640": Act("stops its spindle", _make_safe),
    "vat_valve": Act("CLOSES its plate", _make_safe),
    "watlow_ezzone": Act(
        "HEATS for a moment: 1 C above what each zone reads, then off", _warm_zones
    ),
    "xylem_hydrovar": Act("stops its pump", _make_safe),
}
