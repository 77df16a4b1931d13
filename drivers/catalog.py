"""Every kind of tool that a line file may name, and how one is put together from its endpoints."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeVar, cast

from drivers.aligner import Aligner
from drivers.core.clock import Clock
from drivers.core.endpoints import Endpoint, Link, LinkPool
from drivers.core.errors import Refused
from drivers.core.links.modbus import ModbusLink
from drivers.core.links.serial import SerialLink, SerialSettings
from drivers.core.links.visa import VisaLink
from drivers.core.tool import Setpoints, ToolDriver
from drivers.developer import Developer
from drivers.instruments.ae_cesar import AeCesar
from drivers.instruments.aja_dcxs import AjaDcxs
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.bronkhorst_propar import BronkhorstPropar
from drivers.instruments.catalog import MODELS
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.eurotherm_3216 import Eurotherm3216
from drivers.instruments.hamilton_ph_arc import HamiltonPhArc
from drivers.instruments.inficon_sqm160 import InficonSqm160
from drivers.instruments.julabo_cf31 import JulaboCf31
from drivers.instruments.kepco_bop import KepcoBop
from drivers.instruments.leybold_turbovac import LeyboldTurbovac
from drivers.instruments.lumel_re72 import LumelRe72
from drivers.instruments.mks_937b import Mks937b
from drivers.instruments.newport_esp301 import NewportEsp301
from drivers.instruments.omron_e5cc import OmronE5cc
from drivers.instruments.oriel_69907 import Oriel69907
from drivers.instruments.pfeiffer_tc110 import PfeifferTc110
from drivers.instruments.sensirion_sfc5500 import SensirionSfc5500
from drivers.instruments.tdk_genesys import TdkGenesys
from drivers.instruments.thermoflex import Thermoflex
from drivers.instruments.thorlabs_pm100 import ThorlabsPm100
from drivers.instruments.thorlabs_sc10 import ThorlabsSc10
from drivers.instruments.thyracont_vsr import ThyracontVsr
from drivers.instruments.trinamic_tmcm1110 import TrinamicTmcm1110
from drivers.instruments.trinamic_tmcm1640 import TrinamicTmcm1640
from drivers.instruments.vat_valve import VatValve
from drivers.instruments.watlow_ezzone import MOST_ZONES, WatlowEzzone
from drivers.instruments.xylem_hydrovar import XylemHydrovar
from drivers.laminator import Laminator
from drivers.plasma_etcher import PlasmaEtcher
from drivers.plating_cell import PlatingCell
from drivers.plating_rectifier import BipolarRectifier, GenesysRectifier, Rectifier
from drivers.reflow_oven import ReflowOven
from drivers.spin_coater import SpinCoater
from drivers.sputter import Sputter
from drivers.stripper import Stripper

__all__ = ["TOOLS", "build"]

TOOLS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "sputter": Sputter,
        "laminator": Laminator,
        "spin_coater": SpinCoater,
        "aligner": Aligner,
        "developer": Developer,
        "plating_cell": PlatingCell,
        "stripper": Stripper,
        "plasma_etcher": PlasmaEtcher,
        "reflow_oven": ReflowOven,
    }
)

# Where the line file may choose among models, beside the one of the tool's roles.
ALTERNATIVES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {PlatingCell.kind: PlatingCell.alternatives}
)

MadeT_co = TypeVar("MadeT_co", covariant=True)
LinkT_contra = TypeVar("LinkT_contra", SerialLink, ModbusLink, VisaLink, contravariant=True)
LinkT = TypeVar("LinkT", SerialLink, ModbusLink, VisaLink)
MadeT = TypeVar("MadeT")
MadeSetpointsT = TypeVar("MadeSetpointsT", bound=Setpoints)


class Model(Protocol[LinkT_contra, MadeT_co]):
    """How an instrument is made from its link."""

    def __call__(
        self, name: str, link: LinkT_contra, *, clock: Clock, unit: int = ...
    ) -> MadeT_co: ...


async def build(
    kind: str, name: str, endpoints: Sequence[Endpoint], pool: LinkPool, clock: Clock
) -> ToolDriver[Setpoints]:
    """Put one tool together; nothing is sent yet.

    Raises Refused that names whatever is missing, too many, of another model or on a wire that
    the model does not have.
    """
    if kind not in BUILDERS:
        known = ", ".join(BUILDERS)
        raise Refused(f"{kind!r} is no kind of tool; there are {known}", source=name)
    maker, roles = BUILDERS[kind]
    others = ALTERNATIVES.get(kind, {})
    return await maker(_Bench(name, roles, others, endpoints, pool, clock))


class _Bench:
    """The endpoints of one tool, by role, and the instruments made from them."""

    def __init__(
        self,
        tool: str,
        roles: Mapping[str, str],
        alternatives: Mapping[str, tuple[str, ...]],
        endpoints: Sequence[Endpoint],
        pool: LinkPool,
        clock: Clock,
    ) -> None:
        self.tool, self.clock = tool, clock
        self._pool = pool
        self._endpoints = {endpoint.role: endpoint for endpoint in endpoints}
        if faults := _faults(roles, alternatives, endpoints):
            raise Refused("; ".join(faults), source=tool)

    async def plc(self) -> ClickPlc:
        """The tool's controller."""
        return await self.modbus("plc", ClickPlc)

    async def serial(
        self, role: str, settings: SerialSettings, model: Model[SerialLink, MadeT]
    ) -> MadeT:
        """An instrument on a serial wire of its own or one shared by several."""
        return self._made(role, model, await self.link(role, SerialLink, settings))

    async def modbus(
        self, role: str, model: Model[ModbusLink, MadeT], settings: SerialSettings | None = None
    ) -> MadeT:
        """An instrument on Modbus; `settings` for RTU."""
        return self._made(role, model, await self.link(role, ModbusLink, settings))

    async def visa(self, role: str, model: Model[VisaLink, MadeT]) -> MadeT:
        """An instrument behind VISA."""
        return self._made(role, model, await self.link(role, VisaLink))

    async def link(
        self, role: str, wanted: type[LinkT], settings: SerialSettings | None = None
    ) -> LinkT:
        """The link of a role; raise Refused if its transport is another."""
        endpoint = self._endpoints[role]
        link: Link = await self._pool.link(endpoint, settings)
        if not isinstance(link, wanted):
            raise Refused(
                f"{endpoint.model} cannot be reached over {endpoint.transport}",
                source=endpoint.name,
            )
        return link

    def model(self, role: str) -> str:
        """Which of the models that may fill a role does."""
        return self._endpoints[role].model

    def unit(self, role: str) -> int:
        """The address of a role on its wire."""
        return self._endpoints[role].unit

    def named(self, role: str) -> str:
        """Tool and role: the source of the instrument's errors."""
        return self._endpoints[role].name

    def number(self, role: str, option: str, usual: float) -> float:
        """An option that is a number; raise Refused for anything else."""
        value = self._endpoints[role].options.get(option, usual)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(f"{option} = {value!r} is no number", source=self.named(role))
        return value

    def count(self, role: str, option: str, usual: int) -> int:
        """An option that is a whole number of at least 1; raise Refused for anything else."""
        value = self.number(role, option, usual)
        if not isinstance(value, int) or value < 1:
            raise Refused(f"{option} = {value!r} is no count", source=self.named(role))
        return value

    def word(self, role: str, option: str, usual: str, allowed: Sequence[str]) -> str:
        """An option that is one of a few words; raise Refused for anything else."""
        value = self._endpoints[role].options.get(option, usual)
        if not isinstance(value, str) or value not in allowed:
            words = ", ".join(allowed)
            raise Refused(f"{option} = {value!r} is none of {words}", source=self.named(role))
        return value

    def _made(self, role: str, model: Model[LinkT, MadeT], link: LinkT) -> MadeT:
        return model(self.named(role), link, clock=self.clock, unit=self.unit(role))


def _faults(
    roles: Mapping[str, str],
    alternatives: Mapping[str, tuple[str, ...]],
    endpoints: Sequence[Endpoint],
) -> list[str]:
    """Everything that keeps `endpoints` from being the instruments of one tool."""
    models = {role: (model, *alternatives.get(role, ())) for role, model in roles.items()}
    given = [endpoint.role for endpoint in endpoints]
    faults = [
        f"{role} ({' or '.join(fitting)}) is missing"
        for role, fitting in models.items()
        if role not in given
    ]
    faults += [
        f"{role} is given {given.count(role)} times" for role in roles if given.count(role) > 1
    ]
    for endpoint in endpoints:
        if endpoint.role not in roles:
            faults.append(f"there is no role {endpoint.role}")
        elif endpoint.model not in MODELS:
            faults.append(f"{endpoint.role} is an unknown model {endpoint.model}")
        elif endpoint.model not in models[endpoint.role]:
            wanted = " or ".join(models[endpoint.role])
            faults.append(f"{endpoint.role} is {endpoint.model} instead of {wanted}")
    return faults


async def _sputter(bench: _Bench) -> ToolDriver[Setpoints]:
    supply = AjaDcxs(
        bench.named("dc_supply"),
        await bench.link("dc_supply", SerialLink, AjaDcxs.SERIAL),
        clock=bench.clock,
        unit=bench.unit("dc_supply"),
        units_in_parallel=bench.count("dc_supply", "units_in_parallel", 1),
    )
    return _any_setpoints(
        Sputter(
            name=bench.tool,
            plc=await bench.plc(),
            dc_supply=supply,
            monitor=await bench.serial("monitor", InficonSqm160.SERIAL, InficonSqm160),
            gauges=await bench.serial("gauges", Mks937b.SERIAL, Mks937b),
            turbo=await bench.serial("turbo", LeyboldTurbovac.SERIAL, LeyboldTurbovac),
            argon=await bench.serial("argon", AlicatMc.SERIAL, AlicatMc),
            clock=bench.clock,
        )
    )


async def _laminator(bench: _Bench) -> ToolDriver[Setpoints]:
    return _any_setpoints(
        Laminator(
            name=bench.tool,
            plc=await bench.plc(),
            upper_roll=await bench.modbus("upper_roll", OmronE5cc, OmronE5cc.SERIAL),
            lower_roll=await bench.modbus("lower_roll", OmronE5cc, OmronE5cc.SERIAL),
            clock=bench.clock,
        )
    )


async def _spin_coater(bench: _Bench) -> ToolDriver[Setpoints]:
    return _any_setpoints(
        SpinCoater(
            name=bench.tool,
            plc=await bench.plc(),
            spindle=await bench.serial("spindle", TrinamicTmcm1640.SERIAL, TrinamicTmcm1640),
            hotplate=await bench.modbus("hotplate", Eurotherm3216, Eurotherm3216.SERIAL),
            dispenser=await bench.serial("dispenser", BronkhorstPropar.SERIAL, BronkhorstPropar),
            clock=bench.clock,
        )
    )


async def _aligner(bench: _Bench) -> ToolDriver[Setpoints]:
    meter = ThorlabsPm100(
        bench.named("dose_meter"),
        await bench.link("dose_meter", VisaLink),
        clock=bench.clock,
        unit=bench.unit("dose_meter"),
    )
    area_cm2 = bench.number("dose_meter", "sensor_area_cm2", 1.0)
    if not 0 < area_cm2 < float("inf"):
        raise Refused(f"sensor_area_cm2 = {area_cm2:g} is no area", source=meter.name)
    return _any_setpoints(
        Aligner(
            name=bench.tool,
            plc=await bench.plc(),
            stage=await bench.serial("stage", NewportEsp301.SERIAL, NewportEsp301),
            shutter=await bench.serial("shutter", ThorlabsSc10.SERIAL, ThorlabsSc10),
            dose_meter=meter,
            lamp=await bench.serial("lamp", Oriel69907.SERIAL, Oriel69907),
            clock=bench.clock,
            sensor_area_cm2=float(area_cm2),
        )
    )


async def _developer(bench: _Bench) -> ToolDriver[Setpoints]:
    return _any_setpoints(
        Developer(
            name=bench.tool,
            plc=await bench.plc(),
            carbonate_bath=await bench.serial("carbonate_bath", JulaboCf31.SERIAL, JulaboCf31),
            tmah_bath=await bench.serial("tmah_bath", JulaboCf31.SERIAL, JulaboCf31),
            spray_pump=await bench.modbus("spray_pump", XylemHydrovar, XylemHydrovar.SERIAL),
            clock=bench.clock,
        )
    )


async def _plating_cell(bench: _Bench) -> ToolDriver[Setpoints]:
    return _any_setpoints(
        PlatingCell(
            name=bench.tool,
            plc=await bench.plc(),
            rectifier=await _rectifier(bench),
            bath=await bench.serial("bath", JulaboCf31.SERIAL, JulaboCf31),
            pump=await bench.modbus("pump", XylemHydrovar, XylemHydrovar.SERIAL),
            ph=await bench.modbus("ph", HamiltonPhArc, HamiltonPhArc.SERIAL),
            clock=bench.clock,
        )
    )


async def _rectifier(bench: _Bench) -> Rectifier:
    if bench.model("rectifier") == "kepco_bop":
        return BipolarRectifier(await bench.visa("rectifier", KepcoBop))
    return GenesysRectifier(await bench.serial("rectifier", TdkGenesys.SERIAL, TdkGenesys))


async def _stripper(bench: _Bench) -> ToolDriver[Setpoints]:
    return _any_setpoints(
        Stripper(
            name=bench.tool,
            plc=await bench.plc(),
            tank_heater=await bench.modbus("tank_heater", LumelRe72, LumelRe72.SERIAL),
            spray_pump=await bench.modbus("spray_pump", XylemHydrovar, XylemHydrovar.SERIAL),
            nitrogen=await bench.serial("nitrogen", AlicatMc.SERIAL, AlicatMc),
            clock=bench.clock,
        )
    )


async def _plasma_etcher(bench: _Bench) -> ToolDriver[Setpoints]:
    return _any_setpoints(
        PlasmaEtcher(
            name=bench.tool,
            plc=await bench.plc(),
            source=await bench.serial("source", AeCesar.SERIAL, AeCesar),
            bias=await bench.serial("bias", AeCesar.SERIAL, AeCesar),
            argon=await bench.serial("argon", SensirionSfc5500.SERIAL, SensirionSfc5500),
            sf6=await bench.serial("sf6", SensirionSfc5500.SERIAL, SensirionSfc5500),
            gauge=await bench.serial("gauge", ThyracontVsr.SERIAL, ThyracontVsr),
            throttle=await bench.serial("throttle", VatValve.SERIAL, VatValve),
            turbo=await bench.serial("turbo", PfeifferTc110.SERIAL, PfeifferTc110),
            chiller=await bench.serial("chiller", Thermoflex.SERIAL, Thermoflex),
            clock=bench.clock,
        )
    )


async def _reflow_oven(bench: _Bench) -> ToolDriver[Setpoints]:
    order = bench.word("zones", "word_order", "low_first", ("low_first", "high_first"))
    units = bench.word("zones", "units", "F", ("F", "C"))
    zones = WatlowEzzone(
        bench.named("zones"),
        await bench.link("zones", ModbusLink),
        clock=bench.clock,
        unit=bench.unit("zones"),
        word_order=cast("Literal['low_first', 'high_first']", order),
        units=cast("Literal['F', 'C']", units),
        zones=bench.count("zones", "zones", MOST_ZONES),
    )
    return _any_setpoints(
        ReflowOven(
            name=bench.tool,
            plc=await bench.plc(),
            zones=zones,
            belt=await bench.serial("belt", TrinamicTmcm1110.SERIAL, TrinamicTmcm1110),
            nitrogen=await bench.serial("nitrogen", AlicatMc.SERIAL, AlicatMc),
            clock=bench.clock,
        )
    )


def _any_setpoints(tool: ToolDriver[MadeSetpointsT]) -> ToolDriver[Setpoints]:
    # A recipe says which kind of tool it is for: a station never gives a tool another's.
    return cast("ToolDriver[Setpoints]", tool)


BUILDERS: Final[
    Mapping[str, tuple[Callable[[_Bench], Awaitable[ToolDriver[Setpoints]]], Mapping[str, str]]]
] = MappingProxyType(
    {
        "sputter": (_sputter, Sputter.roles),
        "laminator": (_laminator, Laminator.roles),
        "spin_coater": (_spin_coater, SpinCoater.roles),
        "aligner": (_aligner, Aligner.roles),
        "developer": (_developer, Developer.roles),
        "plating_cell": (_plating_cell, PlatingCell.roles),
        "stripper": (_stripper, Stripper.roles),
        "plasma_etcher": (_plasma_etcher, PlasmaEtcher.roles),
        "reflow_oven": (_reflow_oven, ReflowOven.roles),
    }
)
