"""The instruments for gas, vacuum, liquids, lamps and belts on a bench."""

from collections.abc import Mapping
from typing import Final

from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.vat_valve import VatValve
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from sim_hardware.core.clock import LineClock
from sim_hardware.instruments import alicat_mc as sim_alicat_mc
from sim_hardware.instruments import bronkhorst_propar as sim_bronkhorst_propar
from sim_hardware.instruments import hamilton_ph_arc as sim_hamilton_ph_arc
from sim_hardware.instruments import kepco_bop as sim_kepco_bop
from sim_hardware.instruments import leybold_turbovac as sim_leybold_turbovac
from sim_hardware.instruments import mks_937b as sim_mks_937b
from sim_hardware.instruments import oriel_69907 as sim_oriel_69907
from sim_hardware.instruments import pfeiffer_tc110 as sim_pfeiffer_tc110
from sim_hardware.instruments import thermoflex as sim_thermoflex
from sim_hardware.instruments import thyracont_vsr as sim_thyracont_vsr
from sim_hardware.instruments import trinamic_tmcm1110 as sim_trinamic_tmcm1110
from sim_hardware.instruments import vat_valve as sim_vat_valve
from sim_hardware.instruments import xylem_hydrovar as sim_xylem_hydrovar
from sim_hardware.instruments.mks_937b_channels import Kind
from tests.rigs.bench_parts import NAME, Builder, Made, bus, serial, visa, wired
from tests.rigs.wired_to_media import (
    Belt,
    CellInPulses,
    CoolantLoop,
    Electrolyte,
    GasSupply,
    MercuryLamp,
    PumpedPlace,
    ResistBottle,
    ThrottledChamber,
    Vacuum,
    WaterCircuit,
)

GAUGES: Final = (
    Kind.COLD_CATHODE,
    Kind.PIRANI,
    Kind.CONVECTION_PIRANI,
    Kind.MANOMETER,
    Kind.MANOMETER_100_MTORR,
    Kind.PIRANI,
)


def _gauges(clock: LineClock) -> Made:
    place = Vacuum()
    gauges = {number: (place, kind) for number, kind in enumerate(GAUGES, start=1)}
    unit = sim_mks_937b.Mks937b(clock, gauges, combinations={1: (1, 2), 2: (3, 4)})
    return Made(unit, (unit, place))


MEDIA_INSTRUMENTS: Final[Mapping[str, Builder]] = {
    "alicat_mc": Builder("serial", wired(sim_alicat_mc.AlicatMc, GasSupply), serial(AlicatMc)),
    "bronkhorst_propar": Builder(
        "serial",
        wired(sim_bronkhorst_propar.BronkhorstPropar, ResistBottle),
        serial(BronkhorstPropar, unit=128),
        unit=128,
    ),
    "hamilton_ph_arc": Builder(
        "modbus_rtu",
        wired(lambda _, bath: sim_hamilton_ph_arc.HamiltonPhArc(bath), lambda _: Electrolyte()),
        bus(HamiltonPhArc),
    ),
    "kepco_bop": Builder(
        "visa",
        wired(sim_kepco_bop.KepcoBop, CellInPulses),
        visa(lambda link, clock: KepcoBop(NAME, link, clock=clock)),
    ),
    "leybold_turbovac": Builder(
        "serial",
        wired(sim_leybold_turbovac.LeyboldTurbovac, lambda _: PumpedPlace()),
        serial(LeyboldTurbovac, unit=0),
        unit=0,
    ),
    "mks_937b": Builder("serial", _gauges, serial(Mks937b, unit=253), unit=253),
    "oriel_69907": Builder(
        "serial", wired(sim_oriel_69907.Oriel69907, lambda _: MercuryLamp()), serial(Oriel69907)
    ),
    "pfeiffer_tc110": Builder(
        "serial",
        wired(sim_pfeiffer_tc110.PfeifferTc110, lambda _: PumpedPlace()),
        serial(PfeifferTc110),
    ),
    "thermoflex": Builder(
        "serial", wired(sim_thermoflex.Thermoflex, CoolantLoop), serial(Thermoflex)
    ),
    "thyracont_vsr": Builder(
        "serial", wired(sim_thyracont_vsr.ThyracontVsr, lambda _: Vacuum()), serial(ThyracontVsr)
    ),
    "trinamic_tmcm1110": Builder(
        "serial",
        wired(sim_trinamic_tmcm1110.TrinamicTmcm1110, lambda _: Belt()),
        serial(TrinamicTmcm1110),
    ),
    "vat_valve": Builder(
        "serial", wired(sim_vat_valve.VatValve, ThrottledChamber), serial(VatValve)
    ),
    "xylem_hydrovar": Builder(
        "modbus_rtu",
        wired(sim_xylem_hydrovar.XylemHydrovar, lambda _: WaterCircuit()),
        bus(XylemHydrovar),
    ),
}
