"""Where a tool controller shows what it knows: the registers that a host may only read."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sim_hardware.core.words import WordOrder, clamped, float_words, int32_words, text_words
from sim_hardware.instruments.click_memory import ClickMemory, dd, df, dh, ds, txt
from sim_hardware.instruments.click_program import PlcProgram
from sim_hardware.instruments.click_recipe import JOB_ID_LENGTH, RECIPE_ECHO_LENGTH

if TYPE_CHECKING:
    from sim_hardware.instruments.click_plc import ClickPlc

MAP_ID, MAP_REV = 0x5742, 1
JOB_ID_ECHO, RECIPE_ECHO = 17, 33
INTERLOCK_WORD, TOOL_WORD = 13, 14
FIRST_ALARM_OF_WORD = (*range(1, 129, 16), *range(201, 265, 16))


def map_controller(memory: ClickMemory, plc: "ClickPlc") -> None:
    """Install the registers that every tool has."""
    engine, mailbox, desk = plc.engine, plc.mailbox, plc.desk
    numbers: dict[int, Callable[[], float]] = {
        1: lambda: MAP_ID,
        2: lambda: MAP_REV,
        3: plc.heartbeat,
        4: lambda: plc.boot_count,
        10: lambda: mailbox.ack_seq,
        11: lambda: mailbox.ack_code,
        12: lambda: mailbox.reject_info,
        20: lambda: engine.state,
        21: lambda: desk.mode,
        22: lambda: desk.state_requested,
        23: lambda: plc.step_no,
        # A timer that is about to fire may have been set a rounding error early.
        24: lambda: int(engine.runner.elapsed_s() + 1e-6),
        25: lambda: engine.runner.length_s,
        26: lambda: engine.blocking_reason,
        30: lambda: engine.alarms.count,
        31: lambda: engine.alarms.first,
        32: lambda: engine.alarms.event_seq,
    }
    memory.live.update({ds(number): _number(of) for number, of in numbers.items()})
    for index, first in enumerate(FIRST_ALARM_OF_WORD, start=1):
        memory.live[dh(index)] = _alarm_word(plc, first)
    memory.live[dh(INTERLOCK_WORD)] = lambda: engine.interlocks.word
    _map_words(memory, txt(JOB_ID_ECHO), 8, lambda: text_words(plc.recipes.job_echo, JOB_ID_LENGTH))
    _map_words(
        memory,
        txt(RECIPE_ECHO),
        4,
        lambda: text_words(plc.recipes.recipe_echo, RECIPE_ECHO_LENGTH),
    )
    _map_words(memory, dd(1), 2, lambda: int32_words(engine.produced, WordOrder.LOW_FIRST))
    _map_words(memory, dd(2), 2, lambda: int32_words(engine.spoilt, WordOrder.LOW_FIRST))


def map_program(memory: ClickMemory, program: PlcProgram) -> None:
    """Install the registers that the tool's own program declares."""
    for number, value in program.process_values.items():
        _map_words(memory, df(number), 2, _real(value))
    for number, word in program.words.items():
        memory.live[ds(number)] = _number(word)
    bits = dict(program.tool_bits)
    memory.live[dh(TOOL_WORD)] = lambda: sum(1 << bit for bit, on in bits.items() if on())


def _number(of: Callable[[], float]) -> Callable[[], int]:
    return lambda: clamped(of())


def _real(of: Callable[[], float]) -> Callable[[], Sequence[int]]:
    return lambda: float_words(of(), WordOrder.LOW_FIRST)


def _alarm_word(plc: "ClickPlc", first: int) -> Callable[[], int]:
    return lambda: plc.engine.alarms.word(first)


def _map_words(
    memory: ClickMemory, first: int, count: int, of: Callable[[], Sequence[int]]
) -> None:
    def nth(index: int) -> Callable[[], int]:
        return lambda: of()[index]

    for index in range(count):
        memory.live[first + index] = nth(index)
