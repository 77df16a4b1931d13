"""Every emulated instrument in its smallest world, and what may be done to it while it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from oracles.worlds import (
    BeltShaft,
    Blade,
    Bottle,
    Chamber,
    ChilledWater,
    Circuit,
    Crystal,
    Electrode,
    GasPipe,
    Guns,
    Lamp,
    Liquid,
    PlatingCell,
    PulsedCell,
    Resist,
    SmallestTool,
    Spindle,
    Switchboard,
    Table3,
    TurboPlace,
    small_mass,
)
from sim_hardware.core.clock import LineClock
from sim_hardware.core.wire import RegisterInstrument, StreamInstrument
from sim_hardware.core.words import WordOrder
from sim_hardware.instruments.ae_cesar import AeCesar
from sim_hardware.instruments.aja_dcxs import AjaDcxs
from sim_hardware.instruments.alicat_mc import AlicatMc
from sim_hardware.instruments.alicat_mc_tables import StatusWord
from sim_hardware.instruments.bronkhorst_propar import BronkhorstPropar
from sim_hardware.instruments.click_plc import ClickPlc
from sim_hardware.instruments.eurotherm_3216 import Eurotherm3216
from sim_hardware.instruments.hamilton_ph_arc import HamiltonPhArc, MeasurementError
from sim_hardware.instruments.inficon_sqm160 import InficonSqm160
from sim_hardware.instruments.julabo_cf31 import JulaboCf31
from sim_hardware.instruments.kepco_bop import KepcoBop
from sim_hardware.instruments.leybold_turbovac import LeyboldTurbovac
from sim_hardware.instruments.lumel_re72 import LumelRe72
from sim_hardware.instruments.mks_937b import Mks937b
from sim_hardware.instruments.mks_937b_channels import Kind
from sim_hardware.instruments.newport_esp301 import NewportEsp301
from sim_hardware.instruments.omron_e5cc import OmronE5cc
from sim_hardware.instruments.pfeiffer_tc110 import PfeifferTc110
from sim_hardware.instruments.sensirion_sfc5500 import SensirionSfc5500, ShdlcBus
from sim_hardware.instruments.tdk_genesys import TdkGenesys
from sim_hardware.instruments.thermoflex import StatusBit, Thermoflex
from sim_hardware.instruments.thorlabs_pm100 import ThorlabsPm100
from sim_hardware.instruments.thorlabs_sc10 import ThorlabsSc10
from sim_hardware.instruments.thyracont_vsr import ThyracontVsr
from sim_hardware.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from sim_hardware.instruments.trinamic_tmcm1110_ends import Travel
from sim_hardware.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from sim_hardware.instruments.watlow_ezzone import Units, WatlowEzzone
from sim_hardware.instruments.xylem_hydrovar import XylemHydrovar

Wishes = Mapping[str, Callable[[float], None]]


@dataclass(frozen=True)
class Model:
    """What answers on a wire: one stream, or the units of a bus."""

    answers: StreamInstrument | Mapping[int, RegisterInstrument]
    wishes: Wishes = field(default_factory=dict[str, Callable[[float], None]])


def _aja_dcxs(clock: LineClock) -> Model:
    guns = Guns()
    unit = AjaDcxs(clock, guns)

    def interlock(value: float) -> None:
        guns.interlock_closed = bool(value)
        unit.recheck()

    return Model(unit, {"interlock": interlock})


def _inficon_sqm160(clock: LineClock) -> Model:
    crystal = Crystal(clock)

    def kill(_: float) -> None:
        crystal.alive = False

    return Model(InficonSqm160(clock, {1: crystal}), {"kill_crystal": kill})


def _mks_937b(clock: LineClock) -> Model:
    chamber = Chamber(1.5e-6 * 1.333224)
    heads = {
        1: (chamber, Kind.COLD_CATHODE),
        2: (chamber, Kind.PIRANI),
        4: (chamber, Kind.MANOMETER),
        5: (chamber, Kind.CONVECTION_PIRANI),
    }
    unit = Mks937b(clock, heads, combinations={1: (1, 2)})

    def pressure(mbar: float) -> None:
        chamber.pressure_mbar = mbar
        unit.recheck()

    return Model(unit, {"mbar": pressure})


def _leybold_turbovac(clock: LineClock) -> Model:
    place = TurboPlace()
    unit = LeyboldTurbovac(clock, place, run_up_s=2.0, run_down_s=2.0)

    def bearing(celsius: float) -> None:
        place.bearing = celsius
        unit.recheck()

    return Model(unit, {"bearing_c": bearing, "trip": lambda code: unit.drive.trip(int(code))})


def _alicat_mc(clock: LineClock) -> Model:
    unit = AlicatMc(clock, GasPipe(clock), gas="Ar")
    return Model(unit, {"over": lambda _: unit.faults.add(StatusWord.MOV)})


def _click_plc(clock: LineClock) -> Model:
    unit = ClickPlc(clock, SmallestTool(Switchboard()))
    return Model({1: unit}, {"alarm": lambda number: unit.raise_alarm(int(number))})


def _omron_e5cc(clock: LineClock) -> Model:
    upper = OmronE5cc(clock, small_mass(clock))
    lower = OmronE5cc(clock, small_mass(clock))
    return Model(
        {1: upper, 2: lower},
        {"break_sensor": lambda value: upper.break_sensor(broken=bool(value))},
    )


def _trinamic_tmcm1640(clock: LineClock) -> Model:
    spindle = Spindle()
    unit = TrinamicTmcm1640(clock, spindle)

    def allow(value: float) -> None:
        spindle.allowed = bool(value)
        unit.recheck()

    return Model(unit, {"allow": allow})


def _bronkhorst_propar(clock: LineClock) -> Model:
    unit = BronkhorstPropar(clock, Resist(clock))

    def fault(value: float) -> None:
        unit.errors = bool(value)

    return Model(unit, {"fault": fault})


def _eurotherm_3216(clock: LineClock) -> Model:
    unit = Eurotherm3216(clock, small_mass(clock))
    return Model({1: unit}, {"break_sensor": lambda value: unit.break_sensor(broken=bool(value))})


def _newport_esp301(clock: LineClock) -> Model:
    unit = NewportEsp301(clock, Table3())
    return Model(unit, {"amplifier_fault": lambda axis: unit.trip(int(axis), 2)})


def _thorlabs_sc10(clock: LineClock) -> Model:
    blade = Blade()
    unit = ThorlabsSc10(clock, blade)

    def interlock(value: float) -> None:
        blade.tripped = not value
        unit.recheck()

    return Model(unit, {"interlock": interlock})


def _thorlabs_pm100(_: LineClock) -> Model:
    lamp = Lamp()
    unit = ThorlabsPm100(lamp)

    def light(watts: float) -> None:
        lamp.watts = watts

    def head(value: float) -> None:
        unit.head_unplugged = not value

    return Model(unit, {"watts": light, "head": head})


def _julabo_cf31(clock: LineClock) -> Model:
    unit = JulaboCf31(clock, small_mass(clock, cools=True))

    def panel(value: float) -> None:
        unit.remote = not value

    return Model(unit, {"panel": panel})


def _xylem_hydrovar(clock: LineClock) -> Model:
    circuit = Circuit()
    unit = XylemHydrovar(clock, circuit)

    def water(value: float) -> None:
        circuit.wet = bool(value)
        unit.recheck()

    return Model({1: unit}, {"water": water})


def _tdk_genesys(clock: LineClock) -> Model:
    load = PlatingCell(0.2)
    unit = TdkGenesys(clock, load, rated_volts=40.0, rated_amps=38.0)

    def enable(value: float) -> None:
        load.closed = bool(value)
        unit.recheck()

    return Model(unit, {"enable": enable})


def _kepco_bop(clock: LineClock) -> Model:
    load = PulsedCell(0.5)
    unit = KepcoBop(clock, load)

    def ohms(value: float) -> None:
        load.ohms = value
        unit.recheck()

    return Model(unit, {"ohms": ohms})


def _hamilton_ph_arc(_: LineClock) -> Model:
    liquid = Liquid()
    unit = HamiltonPhArc(liquid)

    def acidity(value: float) -> None:
        liquid.acidity = value

    def celsius(value: float) -> None:
        liquid.celsius = value

    def glass(_: float) -> None:
        unit.errors.measurement |= MeasurementError.GLASS_HIGH

    return Model({1: unit}, {"ph": acidity, "celsius": celsius, "glass_broken": glass})


def _lumel_re72(clock: LineClock) -> Model:
    unit = LumelRe72(clock, small_mass(clock))
    return Model({1: unit}, {"break_sensor": lambda value: unit.break_sensor(broken=bool(value))})


def _ae_cesar(clock: LineClock) -> Model:
    electrode = Electrode()
    unit = AeCesar(clock, electrode)

    def interlock(value: float) -> None:
        electrode.closed = bool(value)
        unit.recheck()

    return Model(unit, {"interlock": interlock})


def _sensirion_sfc5500(clock: LineClock) -> Model:
    bottle = Bottle()
    first = SensirionSfc5500(clock, bottle, address=0)
    second = SensirionSfc5500(clock, Bottle(), address=1, serial="87654321")

    def gas(value: float) -> None:
        bottle.full = bool(value)
        first.recheck()

    return Model(ShdlcBus([first, second]), {"gas": gas})


def _thyracont_vsr(clock: LineClock) -> Model:
    chamber = Chamber(973.4)
    unit = ThyracontVsr(clock, chamber)

    def pressure(mbar: float) -> None:
        chamber.pressure_mbar = mbar
        unit.recheck()

    return Model(unit, {"mbar": pressure})


def _pfeiffer_tc110(clock: LineClock) -> Model:
    unit = PfeifferTc110(clock, TurboPlace(), run_up_s=2.0, run_down_s=2.0)
    return Model(unit, {"trip": lambda number: unit.drive.trip(int(number))})


def _thermoflex(clock: LineClock) -> Model:
    unit = Thermoflex(clock, ChilledWater(clock))

    def low_level(_: float) -> None:
        unit.faults.add(StatusBit.LOW_LEVEL)
        unit.recheck()

    return Model(unit, {"low_level": low_level})


def _watlow_ezzone(clock: LineClock) -> Model:
    masses = [small_mass(clock) for _ in range(2)]
    # the client takes the gateway's order of words and its unit for granted, not the factory's
    unit = WatlowEzzone(clock, masses, word_order=WordOrder.HIGH_FIRST, units=Units.CELSIUS)
    return Model({1: unit}, {"open_sensor": lambda zone: unit.break_sensor(int(zone), broken=True)})


def _trinamic_tmcm1110(clock: LineClock) -> Model:
    unit = TrinamicTmcm1110(clock, BeltShaft(), travel=Travel(-100.0, 300.0))
    return Model(unit)


MODELS: Final[Mapping[str, Callable[[LineClock], Model]]] = {
    "ae_cesar": _ae_cesar,
    "aja_dcxs": _aja_dcxs,
    "alicat_mc": _alicat_mc,
    "bronkhorst_propar": _bronkhorst_propar,
    "click_plc": _click_plc,
    "eurotherm_3216": _eurotherm_3216,
    "hamilton_ph_arc": _hamilton_ph_arc,
    "inficon_sqm160": _inficon_sqm160,
    "julabo_cf31": _julabo_cf31,
    "kepco_bop": _kepco_bop,
    "leybold_turbovac": _leybold_turbovac,
    "lumel_re72": _lumel_re72,
    "mks_937b": _mks_937b,
    "newport_esp301": _newport_esp301,
    "omron_e5cc": _omron_e5cc,
    "pfeiffer_tc110": _pfeiffer_tc110,
    "sensirion_sfc5500": _sensirion_sfc5500,
    "tdk_genesys": _tdk_genesys,
    "thermoflex": _thermoflex,
    "thorlabs_pm100": _thorlabs_pm100,
    "thorlabs_sc10": _thorlabs_sc10,
    "thyracont_vsr": _thyracont_vsr,
    "trinamic_tmcm1110": _trinamic_tmcm1110,
    "trinamic_tmcm1640": _trinamic_tmcm1640,
    "watlow_ezzone": _watlow_ezzone,
    "xylem_hydrovar": _xylem_hydrovar,
}
