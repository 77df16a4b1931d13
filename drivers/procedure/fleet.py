"""All instruments of one tool at once: who they are, what they read, and how all become safe."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from drivers.core.errors import DriverError, Effect
from drivers.core.links.base import asked_for
from drivers.core.points import Sample
from drivers.core.tool import Condition, Evidence
from drivers.instruments.click_plc import ClickPlc, PlcMap
from drivers.instruments.click_plc_frames import ALARMS

SAFE_S: Final = 5.0  # for one instrument: a dead wire must not keep the others from being safe
PLC: Final = "plc"
ALSO: Final = "; also "  # between the sentences of an error that names several instruments
WAFER_PRESENT_BIT: Final = 0
DANGER: Final[Mapping[Effect, int]] = {Effect.NONE: 0, Effect.PARTIAL: 1, Effect.UNKNOWN: 2}

AnswerT = TypeVar("AnswerT")
Counting = Callable[[], Awaitable[tuple[Mapping[str, float], Sequence[str]]]]


class Instrument(Protocol):
    """What every instrument of a tool can do."""

    @property
    def name(self) -> str:
        """Tool and role, e.g. `plating_cell.rectifier`."""
        ...

    async def identify(self) -> str:
        """Who it is; raise WrongDevice for another device."""
        ...

    async def readings(self) -> Mapping[str, Sample]:
        """Every point once, by name; changes nothing."""
        ...

    async def make_safe(self) -> None:
        """Bring it to its safe state and confirm that."""
        ...


Fleet = Mapping[str, Instrument]


@dataclass(frozen=True, slots=True)
class SafeStep:
    """One act towards the safe state of a tool, and how long it may take at most."""

    source: str
    act: Callable[[], Awaitable[None]]
    longest_s: float = SAFE_S


def safe(instrument: Instrument, longest_s: float = SAFE_S) -> SafeStep:
    """The step that makes one instrument safe."""
    return SafeStep(instrument.name, instrument.make_safe, longest_s)


async def identify_all(fleet: Fleet) -> Mapping[str, str]:
    """Ask every instrument who it is, by role.

    Raises one error that names every instrument at fault, of the most dangerous class among
    them: WrongDevice, LinkLost, Restarted.
    """
    return await _every({role: tool.identify() for role, tool in fleet.items()})


async def pulse_all(fleet: Fleet) -> None:
    """Ask every instrument but the controller for a sign of life; errors as `identify_all`."""
    await _every({role: tool.identify() for role, tool in fleet.items() if role != PLC})


async def snapshot_all(fleet: Fleet, plc_map: PlcMap) -> Mapping[str, Sample]:
    """Read everything once, by `role.point`; changes nothing. Errors as `identify_all`."""
    found = await _every({role: tool.readings() for role, tool in fleet.items()})
    own = await plc_map.readings()
    return {
        f"{role}.{point}": sample for role, read in found.items() for point, sample in read.items()
    } | {f"{PLC}.{point}": sample for point, sample in own.items()}


async def make_all_safe(*stages: Sequence[SafeStep]) -> list[str]:
    """Run the stages one after the other, the steps of a stage at the same time; never raises.

    Returns a sentence for every step that could not be confirmed.
    """
    words: list[str] = []
    for stage in stages:
        found = await asyncio.gather(*(_unconfirmed(step) for step in stage))
        words += [sentence for sentence in found if sentence]
    return words


async def condition_of(plc: ClickPlc, own_alarms: Mapping[int, str]) -> Condition:
    """One look at a controller; `own_alarms` names the alarms that only this tool has."""
    status = await plc.look()
    names = {**ALARMS, **own_alarms}
    return Condition(
        state=status.state.name.lower(),
        wafer_present=WAFER_PRESENT_BIT in status.tool_bits,
        alarms={number: names.get(number, str(number)) for number in sorted(status.alarms)},
        interlocks=status.interlocks,
    )


async def interlocks_of(plc: ClickPlc) -> Mapping[str, bool]:
    """Every permissive of a controller by name; True is well."""
    return (await plc.look()).interlocks


async def evidence_of(plc: ClickPlc, job_id: str, count: Counting) -> Evidence:
    """What the hardware knows of `job_id`; `count` is only asked if the controller holds that job.

    `count` returns the doses by phase, and sentences.
    """
    echo = await plc.job_id_echo()
    if echo != job_id:
        said = f"{plc.name}: holds job {echo!r}, not {job_id!r}; nothing can be counted for it"
        return Evidence(job_id, echo, {}, (said,))
    delivered, words = await count()
    return Evidence(job_id, echo, dict(delivered), tuple(words))


async def _every(asked: Mapping[str, Coroutine[object, object, AnswerT]]) -> dict[str, AnswerT]:
    """Ask all at the same time; raise one error for all that failed."""
    named = (_for(role, question) for role, question in asked.items())
    answers = await asyncio.gather(*named, return_exceptions=True)
    good: dict[str, AnswerT] = {}
    errors: list[DriverError] = []
    for role, answer in zip(asked, answers, strict=True):
        if isinstance(answer, DriverError):
            errors.append(answer)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            good[role] = answer
    if errors:
        raise _one_of(errors)
    return good


async def _for(role: str, question: Coroutine[object, object, AnswerT]) -> AnswerT:
    """Ask with the role known to the wires; a task of its own keeps it from the others."""
    asked_for.set(role)
    return await question


def _one_of(errors: Sequence[DriverError]) -> DriverError:
    worst = max(errors, key=lambda error: DANGER[error.effect])
    others = [str(error) for error in errors if error is not worst]
    if not others:
        return worst
    own = str(worst).removeprefix(f"{worst.source}: ")
    return type(worst)(ALSO.join([own, *others]), source=worst.source)


async def _unconfirmed(step: SafeStep) -> str:
    try:
        async with asyncio.timeout(step.longest_s):
            await step.act()
    except TimeoutError:
        return f"{step.source}: could not be made safe within {step.longest_s:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, the others must still become safe
        words = str(error)
        return words if words.startswith(step.source) else f"{step.source}: {words}"
    return ""
