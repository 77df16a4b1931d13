"""The power meter: its head, its wavelength, its error queue, and the dose made of its samples."""

import math
from collections.abc import Awaitable, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import RealClock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    LimitExceeded,
    NoReply,
    ReadBackDiffers,
    Refused,
    Rejected,
    WrongDevice,
)
from drivers.core.links.visa import VisaLink
from drivers.core.points import Quality
from drivers.instruments.thorlabs_pm100 import DoseIntegrator, ThorlabsPm100
from tests.rigs.wires import TcpDevice

IDENTITY = "Thorlabs,PM100D,P0012345,2.8.0"
S120VC = "S120VC,1907291,13-AUG-2025,1,2,33"
ANSWERS = {
    "*IDN?": IDENTITY,
    "SYST:SENSOR:IDN?": S120VC,
    "SENS:CORR:WAV? MIN": "2.000000E+02",
    "SENS:CORR:WAV? MAX": "1.100000E+03",
    "SENSE:CORR:WAV?": "6.350000E+02",
    "MEAS:POW?": "1.25000E-03",
}

Act = Callable[[ThorlabsPm100], Awaitable[None]]


class Meter:
    """Answers what it is asked and queues errors about what it does not know."""

    def __init__(self, answers: Mapping[str, str] = ANSWERS) -> None:
        self.answers = dict(answers)
        self.errors: list[str] = []
        self.heard: list[str] = []
        self.highest_nm = math.inf

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        replies = [self._reply(text) for text in data.decode("ascii").splitlines()]
        return [(0.0, f"{reply}\n".encode()) for reply in replies if reply]

    def _reply(self, text: str) -> str:
        self.heard.append(text)
        if text == "SYST:ERR?":
            return self.errors.pop(0) if self.errors else '+0,"No error"'
        if text.startswith("SENSE:CORR:WAV "):
            self.answers["SENSE:CORR:WAV?"] = str(min(float(text.split()[1]), self.highest_nm))
            return ""
        if text not in self.answers:
            self.errors.append('-113,"Undefined header"')
        return self.answers.get(text, "")


async def with_meter(meter: Meter, act: Act, *, timeout_s: float = 2.0) -> None:
    device = TcpDevice(meter.hear)
    await device.start()
    clock = RealClock()
    resource = f"TCPIP::127.0.0.1::{device.port}::SOCKET"
    link = VisaLink("bench.meter", resource, clock=clock, timeout_s=timeout_s)
    try:
        await act(ThorlabsPm100("aligner.dose_meter", link, clock=clock))
    finally:
        await link.close()
        await device.stop()


async def test_it_says_who_it_is_and_what_head_it_has() -> None:
    async def act(meter: ThorlabsPm100) -> None:
        assert await meter.identify() == IDENTITY
        sensor = await meter.sensor()
        assert (sensor.name, sensor.serial) == ("S120VC", "1907291")
        assert (sensor.measures_power, sensor.measures_energy) == (True, False)
        assert sensor.wavelength_settable

    await with_meter(Meter(), act)


async def test_another_device_is_refused() -> None:
    async def act(meter: ThorlabsPm100) -> None:
        with pytest.raises(WrongDevice, match=r"aligner\.dose_meter: 'Keysight"):
            await meter.identify()

    await with_meter(Meter({"*IDN?": "Keysight,N7744A,1,2"}), act)


async def test_a_wavelength_is_set_and_read_back_without_an_error_left() -> None:
    meter = Meter()
    meter.errors = ['-222,"Data out of range"']  # of someone before us

    async def act(pm100: ThorlabsPm100) -> None:
        await pm100.set_wavelength(365.0)
        assert await pm100.wavelength_nm.value() == 365.0

    await with_meter(meter, act)
    assert "SENSE:CORR:WAV 365" in meter.heard
    assert meter.errors == []


@pytest.mark.parametrize("asked_nm", [199.0, 1101.0, math.nan, -5.0])
async def test_a_wavelength_the_head_cannot_see_is_never_sent(asked_nm: float) -> None:
    meter = Meter()

    async def act(pm100: ThorlabsPm100) -> None:
        with pytest.raises(LimitExceeded, match="wavelength_nm"):
            await pm100.set_wavelength(asked_nm)

    await with_meter(meter, act)
    assert not [text for text in meter.heard if text.startswith("SENSE:CORR:WAV ")]


async def test_a_wavelength_that_the_meter_cuts_is_found_out() -> None:
    meter = Meter()
    meter.highest_nm = 400.0

    async def act(pm100: ThorlabsPm100) -> None:
        with pytest.raises(ReadBackDiffers, match="set to 405 and reads 400"):
            await pm100.set_wavelength(405.0)

    await with_meter(meter, act)


async def test_a_thermal_head_has_no_wavelength_to_set() -> None:
    async def act(pm100: ThorlabsPm100) -> None:
        with pytest.raises(Refused, match="S302C is not corrected"):
            await pm100.set_wavelength(365.0)

    await with_meter(Meter(ANSWERS | {"SYST:SENSOR:IDN?": '"S302C","1",1-JAN-2020,2,0,257'}), act)


async def test_what_the_meter_complains_about_is_told() -> None:
    meter = Meter()
    heard = meter.hear

    def complain(data: bytes) -> list[tuple[float, bytes]]:
        if data.startswith(b"SENSE:CORR:WAV "):
            meter.errors += ['-221,"Settings conflict"', '-310,"System error"']
        return heard(data)

    device = TcpDevice(complain)
    await device.start()
    clock = RealClock()
    link = VisaLink("bench", f"TCPIP::127.0.0.1::{device.port}::SOCKET", clock=clock)
    pm100 = ThorlabsPm100("aligner.dose_meter", link, clock=clock)
    with pytest.raises(Rejected, match="-221 Settings conflict; -310 System error"):
        await pm100.set_wavelength(365.0)
    await link.close()
    await device.stop()


async def test_over_range_is_no_power() -> None:
    async def act(pm100: ThorlabsPm100) -> None:
        assert (await pm100.readings())["power_w"].quality is Quality.BAD
        with pytest.raises(DeviceFault, match="has no value"):
            await pm100.power_w.read()

    await with_meter(Meter(ANSWERS | {"MEAS:POW?": "9.90000E+37"}), act)


async def test_looking_changes_nothing() -> None:
    meter = Meter()

    async def act(pm100: ThorlabsPm100) -> None:
        readings = await pm100.readings()
        assert readings["power_w"].value == 1.25e-3
        assert readings["wavelength_nm"].value == 635.0
        await pm100.make_safe()

    await with_meter(meter, act)
    assert all(text.endswith("?") for text in meter.heard)


async def test_nonsense_is_garbled() -> None:
    answers = {"MEAS:POW?": "lots", "SYST:SENSOR:IDN?": "S120VC"}

    async def act(pm100: ThorlabsPm100) -> None:
        with pytest.raises(Garbled, match="'lots' for MEAS:POW"):
            await pm100.power_w.read()
        with pytest.raises(Garbled, match="describes no sensor"):
            await pm100.sensor()

    await with_meter(Meter(ANSWERS | answers), act)


async def test_a_meter_exchanged_during_silence_is_noticed() -> None:
    meter = Meter()

    async def act(pm100: ThorlabsPm100) -> None:
        del meter.answers["MEAS:POW?"]
        with pytest.raises(NoReply):
            await pm100.power_w.read()
        meter.answers |= {"MEAS:POW?": "1", "*IDN?": "Keysight,N7744A,1,2"}
        with pytest.raises(WrongDevice):
            await pm100.power_w.read()

    await with_meter(meter, act, timeout_s=0.1)


SAMPLES = st.lists(
    st.tuples(st.floats(0.001, 10), st.floats(0, 1)), min_size=2, max_size=20
)  # seconds since the sample before, watts


def integrated(samples: list[tuple[float, float]], area_cm2: float = 1.0) -> DoseIntegrator:
    integrator, at_s = DoseIntegrator(area_cm2), 0.0
    for step_s, power_w in samples:
        at_s += step_s
        integrator = integrator.add(at_s, power_w)
    return integrator


@given(SAMPLES, st.floats(0.01, 100))
def test_the_dose_lies_between_that_of_the_least_and_the_greatest_power(
    samples: list[tuple[float, float]], area_cm2: float
) -> None:
    seconds = sum(step_s for step_s, _ in samples[1:])
    powers = [power_w for _, power_w in samples]
    dose = integrated(samples, area_cm2).dose_mj_cm2
    least, greatest = (1000 * power * seconds / area_cm2 for power in (min(powers), max(powers)))
    assert least * (1 - 1e-9) - 1e-9 <= dose <= greatest * (1 + 1e-9) + 1e-9


@given(SAMPLES)
def test_twice_the_area_gets_half_the_dose(samples: list[tuple[float, float]]) -> None:
    assert math.isclose(
        integrated(samples, 1.0).dose_mj_cm2,
        2 * integrated(samples, 2.0).dose_mj_cm2,
        abs_tol=1e-300,  # below it floats lose their digits
    )


@given(SAMPLES)
def test_the_dose_never_falls(samples: list[tuple[float, float]]) -> None:
    doses = [integrated(samples[:count]).dose_mj_cm2 for count in range(1, len(samples) + 1)]
    assert doses == sorted(doses)
    assert doses[0] == 0.0


def test_a_rising_power_gives_the_area_under_its_line() -> None:
    assert integrated([(0.5, 0.0), (2.0, 0.010)], 2.0).dose_mj_cm2 == 5.0


@pytest.mark.parametrize(
    ("at_s", "power_w"), [(0.9, 1.0), (2.0, math.nan), (math.nan, 1.0), (2.0, math.inf)]
)
def test_a_sample_that_makes_no_sense_is_not_integrated(at_s: float, power_w: float) -> None:
    with pytest.raises(ValueError, match="cannot follow"):
        DoseIntegrator(1.0).add(1.0, 1.0).add(at_s, power_w)


@pytest.mark.parametrize("area_cm2", [0.0, -1.0, math.nan, math.inf])
def test_an_area_that_is_none_receives_no_dose(area_cm2: float) -> None:
    with pytest.raises(ValueError, match="receives no dose"):
        DoseIntegrator(area_cm2)
