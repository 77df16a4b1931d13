"""The instruments for heat, films, light, motion and gas on a bench, and a tool's controller."""

from collections.abc import Mapping
from typing import Final

from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.newport_esp301 import NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.watlow_ezzone import WatlowEzzone
from sim_hardware.core.clock import LineClock
from sim_hardware.core.thermal import ThermalBody
from sim_hardware.instruments import (
    ae_cesar as sim_ae_cesar,
)
from sim_hardware.instruments import (
    aja_dcxs as sim_aja_dcxs,
)
from sim_hardware.instruments import (
    click_plc as sim_click_plc,
)
from sim_hardware.instruments import (
    eurotherm_3216 as sim_eurotherm_3216,
)
from sim_hardware.instruments import (
    inficon_sqm160 as sim_inficon_sqm160,
)
from sim_hardware.instruments import (
    julabo_cf31 as sim_julabo_cf31,
)
from sim_hardware.instruments import (
    lumel_re72 as sim_lumel_re72,
)
from sim_hardware.instruments import (
    newport_esp301 as sim_newport_esp301,
)
from sim_hardware.instruments import (
    omron_e5cc as sim_omron_e5cc,
)
from sim_hardware.instruments import (
    sensirion_sfc5500 as sim_sensirion_sfc5500,
)
from sim_hardware.instruments import (
    tdk_genesys as sim_tdk_genesys,
)
from sim_hardware.instruments import (
    thorlabs_pm100 as sim_thorlabs_pm100,
)
from sim_hardware.instruments import (
    thorlabs_sc10 as sim_thorlabs_sc10,
)
from sim_hardware.instruments import (
    trinamic_tmcm1640 as sim_trinamic_tmcm1640,
)
from sim_hardware.instruments import (
    watlow_ezzone as sim_watlow_ezzone,
)
from tests.rigs.bench_parts import NAME, Builder, Made, bus, network, serial, visa, wired
from tests.rigs.wired_to import (
    Blade,
    Electrode,
    GasBottle,
    Lamp,
    Magnetrons,
    PlatingBath,
    SensorHead,
    Shaft,
    SmallTool,
    StageTable,
)

AMBIENT_C: Final = 22.0
FACTORY_C: Final = 43.0 / 1.8  # 75 F, the set-point a Watlow controller is delivered with: at rest


def _body(clock: LineClock, *, cools: bool = False) -> ThermalBody:
    return ThermalBody(clock, AMBIENT_C, AMBIENT_C, 30.0, cools=cools)


def _gas(clock: LineClock) -> Made:
    bottle = GasBottle()
    unit = sim_sensirion_sfc5500.SensirionSfc5500(clock, bottle, address=0)
    return Made(sim_sensirion_sfc5500.ShdlcBus([unit]), (unit, bottle))


def _oven(clock: LineClock) -> Made:
    bodies = [ThermalBody(clock, FACTORY_C, FACTORY_C, 30.0) for _ in range(2)]
    unit = sim_watlow_ezzone.WatlowEzzone(clock, bodies)
    return Made(unit, (unit, *bodies))


TOOL_INSTRUMENTS: Final[Mapping[str, Builder]] = {
    "ae_cesar": Builder(
        "serial", wired(sim_ae_cesar.AeCesar, lambda _: Electrode()), serial(AeCesar)
    ),
    "aja_dcxs": Builder(
        "serial", wired(sim_aja_dcxs.AjaDcxs, lambda _: Magnetrons()), serial(AjaDcxs)
    ),
    "click_plc": Builder(
        "modbus_tcp",
        wired(sim_click_plc.ClickPlc, lambda _: SmallTool()),
        network(lambda link, clock: ClickPlc(NAME, link, clock=clock)),
    ),
    "eurotherm_3216": Builder(
        "modbus_rtu", wired(sim_eurotherm_3216.Eurotherm3216, _body), bus(Eurotherm3216)
    ),
    "inficon_sqm160": Builder(
        "serial",
        wired(
            lambda clock, head: sim_inficon_sqm160.InficonSqm160(clock, {1: head}),
            lambda _: SensorHead(),
        ),
        serial(InficonSqm160),
    ),
    "julabo_cf31": Builder(
        "serial",
        wired(sim_julabo_cf31.JulaboCf31, lambda clock: _body(clock, cools=True)),
        serial(JulaboCf31),
    ),
    "lumel_re72": Builder("modbus_rtu", wired(sim_lumel_re72.LumelRe72, _body), bus(LumelRe72)),
    "newport_esp301": Builder(
        "serial",
        wired(sim_newport_esp301.NewportEsp301, lambda _: StageTable()),
        serial(NewportEsp301),
    ),
    "omron_e5cc": Builder("modbus_rtu", wired(sim_omron_e5cc.OmronE5cc, _body), bus(OmronE5cc)),
    "sensirion_sfc5500": Builder("serial", _gas, serial(SensirionSfc5500, unit=0), unit=0),
    "tdk_genesys": Builder(
        "serial",
        wired(sim_tdk_genesys.TdkGenesys, lambda _: PlatingBath()),
        serial(TdkGenesys, unit=6),
        unit=6,
    ),
    "thorlabs_pm100": Builder(
        "visa",
        wired(lambda _, lamp: sim_thorlabs_pm100.ThorlabsPm100(lamp), lambda _: Lamp()),
        visa(lambda link, clock: ThorlabsPm100(NAME, link, clock=clock)),
    ),
    "thorlabs_sc10": Builder(
        "serial", wired(sim_thorlabs_sc10.ThorlabsSc10, lambda _: Blade()), serial(ThorlabsSc10)
    ),
    "trinamic_tmcm1640": Builder(
        "serial",
        wired(sim_trinamic_tmcm1640.TrinamicTmcm1640, lambda _: Shaft()),
        serial(TrinamicTmcm1640),
    ),
    "watlow_ezzone": Builder(
        "modbus_tcp",
        _oven,
        network(lambda link, clock: WatlowEzzone(NAME, link, clock=clock, zones=2)),
    ),
}
