"""The Alicat MC: lines of its primer, set-points it must echo, and a valve closed when left."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.clock import Clock
from drivers.core.errors import (
    DeviceFault,
    Effect,
    Garbled,
    InterlockOpen,
    LimitExceeded,
    NotReached,
    ReadBackDiffers,
    Rejected,
    Tripped,
    WrongDevice,
)
from drivers.core.framing import CodecError
from drivers.core.links.serial import SerialLink
from drivers.core.points import Quality
from drivers.instruments.alicat_mc import AlicatMc
from drivers.instruments.alicat_mc_frames import (
    MEANINGS,
    ControlPoint,
    Gas,
    Line,
    Setpoint,
    Word,
    decode,
    decode_firmware,
    decode_first,
    decode_line,
    decode_register,
    decode_setpoint,
    encode,
    letter,
    replies_of,
)
from tests.unit.instruments.scripted_wire import Script, cut_into, talking

PUBLISHED = b"A +014.70 +025.00 +005.50 +005.50 005.50 N2     "
FIRMWARE = "A   8v17.0-R23 Mar  8 2018,15:20:27"
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
VALUE = st.integers(-99_999, 99_999).map(lambda count: count / 100)


def say(command: str, reply: str) -> Script:
    return [(f"A{command}\r".encode(), f"{reply}\r".encode())]


def line(flow: float = 0, setpoint: float = 0, *words: str, total: str = "") -> str:
    tail = " ".join(("N2", *words))
    return f"A +014.70 +025.00 {flow:+07.2f} {flow:+07.2f} {setpoint:06.2f} {total}{tail}"


def ask(flow: float = 0, setpoint: float = 0, *words: str) -> Script:
    return say("", line(flow, setpoint, *words))


def put(setpoint: float, *words: str) -> Script:
    return say(f"S{setpoint:.2f}", line(0, setpoint, *words))


MASS = say("R122", "A   122 = 37")
IN_SCCM = say("LS", "A 5.50 5.50 12 SCCM")
IN_SLPM = say("LS", "A 5.50 5.50 7 SLPM")
STARTED: Script = [*MASS, *say("C", line()), *put(50)]
CLOSED = put(0)


def controller(link: SerialLink, clock: Clock) -> AlicatMc:
    return AlicatMc("sputter.mfc_ar", link, clock=clock)


@pytest.mark.parametrize(
    ("command", "frame"),
    [
        *[("", b"A\r"), ("S5.50", b"AS5.50\r"), ("R122", b"AR122\r"), ("W122=37", b"AW122=37\r")],
        *[("$$W46=1", b"A$$W46=1\r"), ("$$R46", b"A$$R46\r"), ("HP", b"AHP\r"), ("HC", b"AHC\r")],
        *[("C", b"AC\r"), ("VE", b"AVE\r"), ("$$L", b"A$$L\r"), ("$$U", b"A$$U\r")],
        *[("T", b"AT\r"), ("LS", b"ALS\r"), ("SR 50.0 4", b"ASR 50.0 4\r")],
    ],
)
def test_requests_are_the_lines_of_the_primer(command: str, frame: bytes) -> None:
    assert encode(1, command) == frame


def test_replies_of_the_primer_are_read() -> None:
    assert decode_line(decode(PUBLISHED)) == Line(
        14.7, 25, 5.5, 5.5, 5.5, total=None, gas="N2", words=frozenset()
    )
    assert decode_register(decode(b"A   122 = 37")) == (122, 37)
    assert decode_register(decode(b"A   046 = 1")) == (46, 1)
    assert decode_setpoint(decode(b"A 5.50 5.50 12 SCCM")) == Setpoint(5.5, 5.5, "SCCM")
    assert decode_setpoint(decode(b"A 5.50 6.00")) == Setpoint(5.5, 6, "")
    assert decode(b"?") == "?"


def test_every_word_of_status_is_read_and_has_a_meaning() -> None:
    read = decode_line(line(5, 5, *Word, total="00012.34 ")[1:])
    assert read.words == frozenset(Word) == frozenset(MEANINGS)
    assert read.total == 12.34


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+014.70 +025.00 +005.50 +005.50 N2",  # a meter
        "+014.70 +025.00 +005.50 +005.50 005.50",  # no gas
        "+014.70 N2 +025.00 +005.50 +005.50 005.50",
        "+014.70 +025.00 +005.50 +005.50 005.50 N2 XYZ",
    ],
)
def test_another_line_is_no_data_line(text: str) -> None:
    with pytest.raises(CodecError):
        decode_line(text)


@given(VALUE, VALUE, st.one_of(st.none(), VALUE), st.sets(st.sampled_from(list(Word))))
def test_a_data_line_is_read_as_it_was_written(
    flow: float, setpoint: float, total: float | None, words: set[Word]
) -> None:
    tail = "" if total is None else f"{total:+.2f} "
    text = f"14.70 25.00 {flow:+.2f} {flow:.2f} {setpoint:+.2f} {tail}Ar {' '.join(words)}"
    assert decode_line(text) == Line(
        14.7, 25, flow, flow, setpoint, total=total, gas="Ar", words=frozenset(words)
    )


@given(st.integers(1, 26), PRINTABLE, st.lists(st.integers(0, 200)))
def test_lines_are_found_however_they_are_cut(unit: int, text: str, cuts: list[int]) -> None:
    frame = encode(unit, text)
    assert cut_into(replies_of(unit), frame + b"?\r" + frame, cuts) == [
        frame[:-1],
        b"?",
        frame[:-1],
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_a_codec_error(noise: bytes) -> None:
    for stream in (noise, b"A" + noise + b"\r"):
        try:
            lines, rest = replies_of(1)(stream)
        except CodecError:
            continue
        assert b"\r".join([*lines, rest]) == stream


@given(st.binary(max_size=60))
def test_any_text_is_understood_or_a_codec_error(noise: bytes) -> None:
    for decoder in (decode_line, decode_register, decode_setpoint, decode_first, decode_firmware):
        try:
            decoder(decode(noise))
        except CodecError:
            continue


@pytest.mark.parametrize("unit", [0, 27, -1])
def test_only_twenty_six_units_have_a_letter(unit: int) -> None:
    with pytest.raises(CodecError, match="no letter"):
        letter(unit)


async def test_a_controller_is_known_by_its_firmware_and_its_line() -> None:
    script = [*say("VE", FIRMWARE), *ask(), *MASS, *IN_SCCM]
    async with talking(controller, script) as mfc:
        assert await mfc.identify() == "Alicat 8v17.0-R23 N2"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (say("VE", "?"), "names no firmware"),
        (say("VE", "A BASIS 2"), "names no firmware"),
        (
            [*say("VE", FIRMWARE), *say("", "A +014.70 +025.00 +005.50 +005.50 N2")],
            "not those of a controller",
        ),
        ([*say("VE", FIRMWARE), *ask(), *MASS, *say("LS", "A 1 1 9 SCFH")], "SCFH"),
    ],
)
async def test_another_device_is_not_accepted(script: Script, words: str) -> None:
    async with talking(controller, script) as mfc:
        with pytest.raises(WrongDevice, match=words):
            await mfc.identify()


async def test_a_controller_in_litres_is_set_and_read_in_sccm() -> None:
    script = [*say("VE", FIRMWARE), *ask(), *MASS, *IN_SLPM]
    script = [*script, *ask(5.5, 5.5), *MASS, *put(12)]
    async with talking(controller, script) as mfc:
        await mfc.identify()
        assert await mfc.flow_sccm.value() == 5500
        await mfc.setpoint_sccm.write(12_000)


async def test_an_old_firmware_that_does_not_name_its_unit_is_taken_at_sccm() -> None:
    script = [*say("VE", "A GP07R100"), *ask(), *MASS, *say("LS", "?"), *ask(5.5)]
    async with talking(controller, script) as mfc:
        await mfc.identify()
        assert await mfc.flow_sccm.value() == 5.5


async def test_a_setpoint_must_be_echoed() -> None:
    refused = say("S60.00", line(0, 50))
    script = [*MASS, *put(50), *MASS, *refused, *say("LS", "A 0.00 50.00")]
    async with talking(controller, script) as mfc:
        await mfc.setpoint_sccm.write(50)
        with pytest.raises(ReadBackDiffers, match=r"set to 60.00 and is 50"):
            await mfc.setpoint_sccm.write(60)


async def test_a_setpoint_on_its_way_along_a_ramp_is_taken() -> None:
    script = [*MASS, *say("S60.00", line(0, 3)), *say("LS", "A 3.00 60.00 12 SCCM")]
    async with talking(controller, script) as mfc:
        await mfc.setpoint_sccm.write(60)


async def test_a_flow_is_not_set_while_a_pressure_is_regulated() -> None:
    async with talking(controller, say("R122", "A   122 = 34")) as mfc:
        with pytest.raises(InterlockOpen, match="absolute_pressure") as refusal:
            await mfc.setpoint_sccm.write(60)
        assert refusal.value.effect is Effect.NONE


async def test_what_is_regulated_changes_at_a_setpoint_of_nothing() -> None:
    script = [
        *say("R122", "A   122 = 38"),
        *[*put(0), *say("W122=37", "A   122 = 37"), *IN_SCCM],
        *MASS,
        *[*MASS, *put(0), *say("W122=39", "A   122 = 37")],
    ]
    async with talking(controller, script) as mfc:
        await mfc.regulate(ControlPoint.MASS_FLOW)
        await mfc.regulate(ControlPoint.MASS_FLOW)  # nothing to do
        with pytest.raises(ReadBackDiffers, match="regulates mass_flow"):
            await mfc.regulate(ControlPoint.DIFFERENTIAL_PRESSURE)


async def test_a_control_point_nobody_knows_is_not_believed() -> None:
    async with talking(controller, say("R122", "A   122 = 99")) as mfc:
        with pytest.raises(Garbled, match="no control point"):
            await mfc.control_point()


async def test_a_gas_is_read_back_from_the_low_bits() -> None:
    asked = say("$$W46=1", "A   046 = 1")
    script = [*asked, *say("$$R46", "A   046 = 513"), *asked, *say("$$R46", "A   046 = 8")]
    async with talking(controller, script) as mfc:
        await mfc.select_gas(Gas.AR)
        with pytest.raises(ReadBackDiffers, match="set to 1 and is 8"):
            await mfc.select_gas(Gas.AR)


async def test_a_ramp_is_confirmed() -> None:
    script = [
        *say("SR 50.0 4", "A 50.0 12 4 SCCM/s"),
        *say("SR 20.0 4", "A 50.0 12 4 SCCM/s"),
    ]
    async with talking(controller, script) as mfc:
        await mfc.limit_ramp(50)
        with pytest.raises(ReadBackDiffers, match="ramp was set to 20"):
            await mfc.limit_ramp(20)


async def test_a_valve_is_held_and_released_when_the_status_says_so() -> None:
    script = [
        *say("HP", line(0, 0, "HLD")),
        *say("HC", line(0, 0, "HLD")),
        *say("C", line()),
        *say("C", line(0, 0, "HLD")),
    ]
    async with talking(controller, script) as mfc:
        await mfc.hold_valve()
        await mfc.hold_closed()
        await mfc.release_valve()
        with pytest.raises(ReadBackDiffers, match="HLD is in its status"):
            await mfc.release_valve()


async def test_buttons_are_locked_and_unlocked() -> None:
    script = [
        *[*say("$$L", line()), *ask(0, 0, "LCK")],
        *[*say("$$U", line()), *ask()],
        *[*say("$$L", line()), *ask()],
    ]
    async with talking(controller, script) as mfc:
        await mfc.lock_buttons(locked=True)
        await mfc.lock_buttons(locked=False)
        with pytest.raises(ReadBackDiffers, match="LCK is not in its status"):
            await mfc.lock_buttons(locked=True)


async def test_a_total_is_there_only_with_a_totaliser() -> None:
    with_total = line(total="00000.00 ")
    script = [
        *[*say("T", with_total), *say("", with_total)],
        *[*say("T", line()), *ask()],
    ]
    async with talking(controller, script) as mfc:
        await mfc.reset_total()
        assert await mfc.total_scc.value() == 0
        with pytest.raises(Rejected, match="no totaliser"):
            await mfc.reset_total()
        with pytest.raises(Rejected, match="no totaliser"):
            await mfc.total_scc.read()


async def test_gas_flows_inside_and_the_valve_is_closed_afterwards() -> None:
    flows = [step for sccm in (20, 49.7, 50, 50.2) for step in ask(sccm, 50)]
    async with (
        talking(controller, [*STARTED, *flows, *CLOSED]) as mfc,
        mfc.flowing(50, within_sccm=0.5, dwell_s=0.4, deadline_s=5),
    ):
        pass


async def test_a_cancelled_step_closes_the_valve() -> None:
    async with talking(controller, [*STARTED, *ask(50, 50), *CLOSED]) as mfc:
        flows = asyncio.Event()

        async def step() -> None:
            async with mfc.flowing(50, within_sccm=0.5, dwell_s=0, deadline_s=5):
                flows.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(step())
        await flows.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_bottle_that_is_empty_closes_the_valve() -> None:
    empty = [step for _ in range(6) for step in ask(3, 50)]
    async with talking(controller, [*STARTED, *empty, *CLOSED]) as mfc:
        with pytest.raises(NotReached, match="flow_sccm"):
            async with mfc.flowing(50, within_sccm=0.5, dwell_s=1, deadline_s=1):
                pytest.fail("must not be reached")


@pytest.mark.parametrize(
    ("word", "words"),
    [("ADC", "converter"), ("MOV", "mass flow over range"), ("OPL", "overpressure")],
)
async def test_a_fault_on_the_way_ends_the_step(word: str, words: str) -> None:
    async with talking(controller, [*STARTED, *ask(50, 50, word), *CLOSED]) as mfc:
        with pytest.raises(DeviceFault, match=words) as fault:
            async with mfc.flowing(50, within_sccm=0.5, dwell_s=1, deadline_s=5):
                pytest.fail("must not be reached")
        assert fault.value.effect is Effect.PARTIAL


@pytest.mark.parametrize(("word", "words"), [("HLD", "held"), ("EXH", "exhaust")])
async def test_a_valve_that_somebody_overrides_is_a_trip(word: str, words: str) -> None:
    async with talking(controller, ask(50, 50, word)) as mfc:
        with pytest.raises(Tripped, match=words):
            await mfc.check()


async def test_a_note_is_no_fault() -> None:
    async with talking(controller, ask(50, 50, "LCK", "OVR", "TMF")) as mfc:
        assert (await mfc.check()).words == {Word.LCK, Word.OVR, Word.TMF}


async def test_closing_lets_go_of_a_valve_that_is_held_open() -> None:
    async with talking(controller, [*put(0, "HLD"), *say("C", line())]) as mfc:
        await mfc.make_safe()


async def test_closing_is_insisted_on() -> None:
    refused = [*say("S0.00", line(50, 50)), *say("LS", "A 50.00 50.00")]
    async with talking(controller, [*refused, *CLOSED]) as mfc:
        await mfc.make_safe()


async def test_making_it_safe_twice_is_closing_it_twice() -> None:
    async with talking(controller, [*CLOSED, *CLOSED]) as mfc:
        await mfc.make_safe()
        await mfc.make_safe()


OUT_OF_LIMITS: list[Callable[[AlicatMc, float], Awaitable[object]]] = [
    lambda mfc, sccm: mfc.setpoint_sccm.write(sccm),
    lambda mfc, sccm: mfc.flow(sccm, within_sccm=1, dwell_s=1, deadline_s=1),
    lambda mfc, sccm: mfc.limit_ramp(sccm),
]


@pytest.mark.parametrize("act", OUT_OF_LIMITS)
@pytest.mark.parametrize("sccm", [-1, 600_001, float("nan")])
async def test_a_refused_flow_never_reaches_the_wire(
    act: Callable[[AlicatMc, float], Awaitable[object]], sccm: float
) -> None:
    async with talking(controller, []) as mfc:
        with pytest.raises(LimitExceeded):
            await act(mfc, sccm)
        with pytest.raises(LimitExceeded) as refusal:
            async with mfc.flowing(sccm, within_sccm=1, dwell_s=1, deadline_s=1):
                pytest.fail("must not be reached")
        assert refusal.value.effect is Effect.NONE


async def test_a_refused_command_is_a_rejection() -> None:
    async with talking(controller, [*MASS, *say("S900.00", "?")]) as mfc:
        with pytest.raises(Rejected, match=r"'S900.00' is refused") as refusal:
            await mfc.setpoint_sccm.write(900)
        assert refusal.value.effect is Effect.NONE


async def test_after_the_line_of_another_unit_the_controller_is_identified_again() -> None:
    foreign = (b"A\r", b"B" + PUBLISHED[1:] + b"\r")
    async with talking(controller, [foreign, *say("VE", FIRMWARE), *ask(7)]) as mfc:
        with pytest.raises(Garbled, match="not from unit A") as nonsense:
            await mfc.flow_sccm.value()
        assert nonsense.value.effect is Effect.UNKNOWN
        assert await mfc.flow_sccm.value() == 7


async def test_a_look_at_everything_is_one_line() -> None:
    script = [*say("", line(5, 6, "MOV", total="00012.34 ")), *ask(5, 6), *ask(5, 6, "ADC")]
    async with talking(controller, script) as mfc:
        seen, without_total, broken = [await mfc.readings() for _ in range(3)]
    assert {name: round(sample.value, 3) for name, sample in seen.items()} == {
        "pressure_kpa": 101.353,
        "temperature_c": 25,
        "volumetric_ccm": 5,
        "flow_sccm": 5,
        "setpoint_sccm": 6,
        "total_scc": 12.34,
    }
    assert [name for name, sample in seen.items() if sample.quality is Quality.BAD] == ["flow_sccm"]
    assert without_total.keys() == seen.keys() - {"total_scc"}
    assert {sample.quality for sample in broken.values()} == {Quality.BAD}
