"""Faults of the plasma etcher's instruments by role and name."""

from collections.abc import Mapping

from sim_hardware.core.plant_faults import Fault, FaultTable
from sim_hardware.instruments.ae_cesar import AeCesar
from sim_hardware.instruments.sensirion_sfc5500 import SensirionSfc5500
from sim_hardware.instruments.thyracont_vsr import Fault as GaugeError
from sim_hardware.plasma_etcher_chuck import ChillerWater
from sim_hardware.plasma_etcher_discharge import Discharge, GasFeed, RfFeed
from sim_hardware.plasma_etcher_pumps import GaugePlace, Throttle, TurboPump


def instrument_faults(
    discharge: Discharge,
    gauge: GaugePlace,
    throttle: Throttle,
    turbo: TurboPump,
    water: ChillerWater,
) -> FaultTable:
    """Everything but the controller's and the chamber's."""
    return {
        "source": _generator_faults(discharge.source, discharge.source_feed),
        "bias": _generator_faults(discharge.bias, discharge.bias_feed),
        "argon": _gas_faults(discharge.argon, discharge.argon_feed),
        "sf6": _gas_faults(discharge.sf6, discharge.sf6_feed),
        "gauge": _gauge_faults(gauge),
        "throttle": _throttle_faults(throttle),
        "turbo": {"trip": turbo.trip, "bearing_c": turbo.heat},
        "chiller": {
            "level_low": water.lose_level,
            "overload": water.overload,
            "flow_lpm": water.flow,
            "sensor_offset_c": water.mislead,
        },
    }


def _generator_faults(generator: AeCesar, feed: RfFeed) -> Mapping[str, Fault]:
    def reflect(share: float) -> None:
        feed.reflected_share = share

    def heat(value: float) -> None:
        generator.rf.overtemperature = bool(value)

    def trip(bits: float) -> None:
        generator.rf.fault_bits = int(bits)

    return {"reflected_share": reflect, "overtemperature": heat, "fault_bits": trip}


def _gas_faults(controller: SensirionSfc5500, feed: GasFeed) -> Mapping[str, Fault]:
    def empty(value: float) -> None:
        feed.bottle_ok = not value

    def stick(value: float) -> None:
        controller.stuck = bool(value)

    return {"supply_low": empty, "valve_stuck": stick}


def _gauge_faults(place: GaugePlace) -> Mapping[str, Fault]:
    def fail(value: float) -> None:
        place.gauge.fault = GaugeError.SENSOR if value else None

    def foul(share: float) -> None:
        place.share = share

    def stick(stuck: float) -> None:
        place.stuck_mbar = place.mbar() if stuck else None

    return {"sensor_failed": fail, "reading_share": foul, "stuck": stick}


def _throttle_faults(throttle: Throttle) -> Mapping[str, Fault]:
    def stick(stuck: float) -> None:
        throttle.valve.plate.stuck = bool(stuck)

    def drift(mtorr: float) -> None:
        throttle.offset_mtorr = mtorr

    def fail(number: float) -> None:
        throttle.valve.error_number = int(number)

    def go_local(value: float) -> None:
        if value:
            throttle.valve.take_local()

    return {
        "stuck": stick,
        "sensor_offset_mtorr": drift,
        "error_number": fail,
        "local": go_local,
    }
