"""The bipolar supply: current of either sign, lists it runs through itself, off when left."""

import asyncio
import math
from collections.abc import Awaitable, Callable

import pytest

from drivers.core.clock import RealClock
from drivers.core.errors import (
    DeviceFault,
    Garbled,
    LimitExceeded,
    NoReply,
    ReadBackDiffers,
    Refused,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.links.visa import VisaLink
from drivers.instruments.kepco_bop import KepcoBop, Mode
from drivers.instruments.kepco_bop_lists import Step, pulse_reverse
from tests.rigs.wires import TcpDevice

IDENTITY = "KEPCO,BIT 4886 36-12 05/10/2010,H249977,4.04-1.82"
NO_ERROR = '0,"No error"'
PULSES = pulse_reverse(2.0, 0.02, 6.0, 0.001)

Act = Callable[[KepcoBop], Awaitable[None]]


class Supply:
    """Holds what it is told, and queues errors about what it does not know."""

    def __init__(self) -> None:
        self.held = {"VOLT": "0", "CURR": "0", "OUTPUT": "0", "CURR:MODE": "FIXED"}
        self.held["FUNC:MODE"] = "0"
        self.answers = {"*IDN?": IDENTITY, "*TST?": "0", "DIAG:TST?": "0"}
        self.answers |= {"MEAS:VOLT?": "1.25E0", "MEAS:CURR?": "2.0E0"}
        self.points = {"LIST:CURR": 0, "LIST:DWEL": 0}
        self.errors: list[str] = []
        self.heard: list[str] = []
        self.stuck: set[str] = set()
        self.refused: dict[str, str] = {}

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        replies = [self._reply(text) for text in data.decode("ascii").splitlines()]
        return [(0.0, f"{reply}\n".encode()) for reply in replies if reply]

    @property
    def told(self) -> list[str]:
        """What was set, in order."""
        return [text for text in self.heard if not text.endswith("?")]

    def _reply(self, text: str) -> str:
        self.heard.append(text)
        header, _, values = text.removesuffix("?").partition(" ")
        if text == "SYST:ERR?":
            return self.errors.pop(0) if self.errors else NO_ERROR
        if text.endswith(":POIN?"):
            return str(self.points[text.removesuffix(":POIN?")])
        if text.endswith("?"):
            return self.answers.get(text) or self.held[header]
        self._set(header, values)
        return ""

    def _set(self, header: str, values: str) -> None:
        if header in self.refused:
            self.errors.append(self.refused[header])
        elif header == "LIST:CLE":
            self.points = dict.fromkeys(self.points, 0)
        elif header in self.points:
            self.points[header] += len(values.split(","))
        elif header in self.held and header not in self.stuck:
            words = {"VOLT": "0", "FIX": "FIXED"} if header.endswith("MODE") else {}
            self.held[header] = {**words, "CURR": "1"}.get(values, values)
        elif header not in {*self.held, "LIST:COUN", "SYST:BEEP"}:
            self.errors.append('-113,"Undefined header"')


async def with_supply(supply: Supply, act: Act, *, timeout_s: float = 2.0) -> None:
    device = TcpDevice(supply.hear)
    await device.start()
    clock = RealClock()
    resource = f"TCPIP::127.0.0.1::{device.port}::SOCKET"
    link = VisaLink("bench.supply", resource, clock=clock, timeout_s=timeout_s)
    try:
        await act(KepcoBop("plating_cell.rectifier", link, clock=clock))
    finally:
        await link.close()
        await device.stop()


PREPARED = ["FUNC:MODE CURR", "VOLT 5", "CURR 0"]
OFF = ["OUTPUT 0", "CURR:MODE FIX", "CURR 0"]


async def test_it_says_who_it_is() -> None:
    async def act(bop: KepcoBop) -> None:
        assert await bop.identify() == IDENTITY

    await with_supply(Supply(), act)


@pytest.mark.parametrize(
    "identity", ["Keysight,N7744A,1,2", "KEPCO,BIT 4886,H249977,4.04-1.82", "THORLABS,36-12,1,2"]
)
async def test_another_device_is_refused(identity: str) -> None:
    supply = Supply()
    supply.answers["*IDN?"] = identity

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(WrongDevice, match="instead of a Kepco"):
            await bop.identify()

    await with_supply(supply, act)


async def test_a_smaller_supply_limits_itself() -> None:
    supply = Supply()
    supply.answers["*IDN?"] = "KEPCO,BIT 4886 20-10 05/10/2010,H1,4.04-1.82"

    async def act(bop: KepcoBop) -> None:
        await bop.identify()
        with pytest.raises(LimitExceeded, match="-10 to 10"):
            await bop.current_setpoint_a.write(11)
        with pytest.raises(LimitExceeded, match="0 to 20"):
            async with bop.delivering(1, volts_limit=21):
                pytest.fail("the output must not come on")

    await with_supply(supply, act)
    assert supply.told == []


async def test_current_is_delivered_only_between_on_and_off() -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        async with bop.delivering(-2.5, volts_limit=5):
            assert supply.held["CURR"] == "-2.5"
            assert await bop.output_on()
            assert await bop.current_a.value() == 2.0
            await bop.check()
        assert not await bop.output_on()

    await with_supply(supply, act)
    assert supply.told == [*PREPARED, "CURR -2.5", "OUTPUT 1", *OFF]


async def test_pulses_are_a_list_that_the_supply_runs_through_by_itself() -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        async with bop.pulsing(PULSES, volts_limit=5):
            assert await bop.list_runs()
            await bop.check_pulsing()
        assert not await bop.list_runs()

    await with_supply(supply, act)
    lists = ["LIST:CLE", "LIST:CURR 2,-6", "LIST:DWEL 0.02,0.001", "LIST:COUN 0"]
    run = ["OUTPUT 1", "CURR:MODE LIST", "CURR:MODE FIX"]
    assert supply.told == [*PREPARED, *lists, *run, *OFF]


async def test_a_list_that_lost_a_point_is_not_run() -> None:
    supply = Supply()
    hear = supply.hear

    def lose(data: bytes) -> list[tuple[float, bytes]]:
        return hear(data.replace(b"2,-6", b"2"))

    supply.hear = lose  # type: ignore[method-assign] # the wire of this one supply loses a point

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(ReadBackDiffers, match="1 instead of 2"):
            async with bop.pulsing(PULSES, volts_limit=5):
                pytest.fail("the output must not come on")

    await with_supply(supply, act)
    assert "OUTPUT 1" not in supply.told


@pytest.mark.parametrize(
    ("amps", "volts"), [(12.1, 5), (-12.1, 5), (1, 37), (1, -1), (math.nan, 5)]
)
async def test_a_refused_current_never_reaches_the_wire(amps: float, volts: float) -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(LimitExceeded):
            async with bop.delivering(amps, volts):
                pytest.fail("the output must not come on")
        with pytest.raises(LimitExceeded):
            async with bop.pulsing([Step(amps, 0.01), Step(0, 0.01)], volts):
                pytest.fail("the output must not come on")

    await with_supply(supply, act)
    assert supply.heard == []


@pytest.mark.parametrize("setpoint", [36.1, -36.1, math.nan])
async def test_a_refused_voltage_never_reaches_the_wire(setpoint: float) -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(LimitExceeded, match="voltage_setpoint_v"):
            await bop.voltage_setpoint_v.write(setpoint)

    await with_supply(supply, act)
    assert supply.heard == []


async def test_an_output_already_on_is_refused_and_left_alone() -> None:
    supply = Supply()
    supply.held["OUTPUT"] = "1"

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(Refused, match="already on"):
            async with bop.delivering(1, volts_limit=5):
                pytest.fail("must not be reached")

    await with_supply(supply, act)
    assert supply.told == []


async def test_a_cancelled_step_stops_the_list_and_the_output() -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        on = asyncio.Event()

        async def step() -> None:
            async with bop.pulsing(PULSES, volts_limit=5):
                on.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await on.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await with_supply(supply, act)
    assert (supply.held["OUTPUT"], supply.held["CURR:MODE"]) == ("0", "FIXED")


async def test_an_output_that_stays_on_is_told_off_again_and_reported() -> None:
    supply = Supply()
    supply.held["OUTPUT"] = "1"
    supply.stuck = {"OUTPUT"}

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(ReadBackDiffers, match="still on"):
            await bop.make_safe()

    await with_supply(supply, act)
    assert supply.told == OFF * 3


async def test_off_twice_is_off_once_whatever_the_error_queue_holds() -> None:
    supply = Supply()
    supply.errors = ['-221,"Settings conflict"']

    async def act(bop: KepcoBop) -> None:
        await bop.make_safe()
        await bop.make_safe()

    await with_supply(supply, act)
    assert supply.told == OFF * 2


async def test_what_the_supply_complains_about_is_told() -> None:
    supply = Supply()
    supply.errors = ['-113,"Undefined header"']  # of someone before us
    supply.refused["VOLT"] = '-222,"Data out of range"'

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(Rejected, match=r"VOLT 5: -222 Data out of range$"):
            async with bop.delivering(1, volts_limit=5):
                pytest.fail("the output must not come on")

    await with_supply(supply, act)
    assert supply.held["OUTPUT"] == "0"


async def test_a_setting_that_does_not_hold_is_found_out() -> None:
    supply = Supply()
    supply.stuck = {"VOLT", "FUNC:MODE"}

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(ReadBackDiffers, match="set to 5 and reads 0"):
            await bop.voltage_setpoint_v.write_and_verify(5)
        with pytest.raises(ReadBackDiffers, match="CURR is VOLT"):
            await bop.set_mode(Mode.CURR)

    await with_supply(supply, act)


async def test_what_ends_the_delivery_is_a_trip() -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        async with bop.pulsing(PULSES, volts_limit=5):
            supply.answers["MEAS:VOLT?"] = "-4.95"
            with pytest.raises(Tripped, match="contact is lost"):
                await bop.check()
            supply.answers["MEAS:VOLT?"] = "1.0"
            supply.held["CURR:MODE"] = "FIXED"
            with pytest.raises(Tripped, match="list of currents"):
                await bop.check_pulsing()
            supply.held["FUNC:MODE"] = "0"
            with pytest.raises(Tripped, match="holds voltage"):
                await bop.check()
            supply.held["OUTPUT"] = "0"
            with pytest.raises(Tripped, match="output is off"):
                await bop.check()

    await with_supply(supply, act)


async def test_a_failed_self_test_is_told_in_words() -> None:
    supply = Supply()
    supply.answers["*TST?"] = "34"

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(DeviceFault, match="loop back, RAM"):
            await bop.self_test()
        supply.answers["*TST?"] = "0"
        await bop.self_test()
        await bop.beep()

    await with_supply(supply, act)
    assert supply.told == ["SYST:BEEP"]


async def test_the_full_test_needs_a_disconnected_load_and_an_output_that_is_off() -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(Refused, match="load"):
            await bop.full_test(load_disconnected=False)
        supply.held["OUTPUT"] = "1"
        with pytest.raises(Refused, match="already on"):
            await bop.full_test(load_disconnected=True)
        assert "DIAG:TST?" not in supply.heard
        supply.held["OUTPUT"] = "0"
        await bop.full_test(load_disconnected=True)

    await with_supply(supply, act)
    assert supply.told == OFF


async def test_nonsense_is_garbled() -> None:
    supply = Supply()
    supply.answers |= {"MEAS:CURR?": "nan", "MEAS:VOLT?": "lots", "OUTPUT?": "2", "FUNC:MODE?": "2"}
    supply.errors = ["oops"]

    async def act(bop: KepcoBop) -> None:
        for asking in (
            *(bop.current_a.value, bop.voltage_v.value, bop.output_on, bop.mode),
            bop.errors,
        ):
            with pytest.raises(Garbled):
                await asking()

    await with_supply(supply, act)


async def test_a_supply_exchanged_during_silence_is_noticed() -> None:
    supply = Supply()
    hear = supply.hear
    silent = [b"MEAS:CURR?\n"]

    def hear_or_not(data: bytes) -> list[tuple[float, bytes]]:
        return [] if data in silent else hear(data)

    supply.hear = hear_or_not  # type: ignore[method-assign] # this one supply falls silent

    async def act(bop: KepcoBop) -> None:
        with pytest.raises(NoReply):
            await bop.current_a.value()
        silent.clear()
        supply.answers["*IDN?"] = "Keysight,N7744A,1,2"
        with pytest.raises(WrongDevice):
            await bop.current_a.value()

    await with_supply(supply, act, timeout_s=0.1)


async def test_looking_changes_nothing() -> None:
    supply = Supply()

    async def act(bop: KepcoBop) -> None:
        seen = await bop.readings()
        assert [sample.unit for sample in seen.values()] == ["V", "A", "V", "A"]

    await with_supply(supply, act)
    assert supply.told == []
