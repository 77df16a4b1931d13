"""What happened to a wafer, in plain sentences, told from the journal and nothing else."""

from collections.abc import Iterable
from datetime import datetime

from linecontrol.journal import facts as f
from linecontrol.journal.chain import Record
from linecontrol.machines.alarm import AlarmEvent
from linecontrol.machines.control_job import LotEvent
from linecontrol.machines.process_job import JobEvent
from linecontrol.machines.substrate import NeedEvent, PlaceEvent
from linecontrol.model.metrics import Judgement, metrics
from linecontrol.report.wording import number, plain, reading, sentence, unit_in_print, with_unit

NO_BREAK = "\N{NO-BREAK SPACE}"


def tell(records: Iterable[Record], wafer: str) -> list[str]:
    """Return one sentence per thing that happened to `wafer`, oldest first, with its time, UTC."""
    teller = _Teller(wafer)
    return [
        f"{_clock_time(record.at)}  {told.replace(NO_BREAK, ' ')}"
        for record in records
        if (told := teller.sentence(f.FACTS.validate_json(record.body)))
    ]


def _clock_time(at: str) -> str:
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S")


class _Teller:
    """Knows which jobs, activities and transfers are the wafer's."""

    def __init__(self, wafer: str) -> None:
        self._wafer = wafer
        self._lot = wafer.rpartition("-")[0]
        self._jobs: set[str] = set()
        self._tool = ""  # where it is being worked on; alarms there are part of its story
        self._phases: dict[str, f.Intent] = {}
        self._carried: dict[str, f.TransferRequested] = {}

    def sentence(self, fact: f.AnyFact) -> str:
        """The sentence for one fact; nothing if it is none of this wafer's business."""
        if isinstance(fact, f.LineOpened):
            word = "simulated " if fact.simulated else ""
            return f"The software took up the {word}line {fact.line}." if self._jobs else ""
        if isinstance(fact, f.LotCreated | f.LotMoved | f.RecipeUsed):
            return self._of_lot(fact)
        if isinstance(fact, f.JobCreated | f.JobMoved | f.Intent | f.Done | f.Failed):
            return self._of_work(fact)
        if isinstance(fact, f.ToolMoved):
            return ""
        if isinstance(fact, f.MadeSafe | f.EvidenceFound | f.LinkChanged | f.AlarmMoved):
            return self._of_tool(fact) if fact.tool == self._tool else ""
        return self._of_wafer(fact)

    def _of_work(self, fact: f.JobCreated | f.JobMoved | f.Intent | f.Done | f.Failed) -> str:
        if isinstance(fact, f.JobCreated | f.JobMoved):
            return self._of_job(fact)
        return self._of_phase(fact)

    def _of_lot(self, fact: f.LotCreated | f.LotMoved | f.RecipeUsed) -> str:
        if fact.lot != self._lot:
            return ""
        match fact:
            case f.LotCreated():
                count = len(fact.wafers)
                return (
                    f"Lot {fact.lot} of {count} wafer{'s' * (count != 1)} was started by {fact.by} "
                    f"on flow {fact.flow}@{fact.revision}."
                )
            case f.LotMoved():
                by = f" by {fact.by}" if fact.by else ""
                told = {LotEvent.PAUSED, LotEvent.RESUMED, LotEvent.ABORTED}
                if fact.event in told:
                    return f"The lot was {fact.event}{by}."
                return ""
            case f.RecipeUsed():
                return ""

    def _of_job(self, fact: f.JobCreated | f.JobMoved) -> str:
        if isinstance(fact, f.JobCreated):
            if fact.wafer != self._wafer:
                return ""
            self._jobs.add(fact.job)
            return f"{fact.tool} was reserved for step {fact.step} (job {fact.job})."
        if fact.job not in self._jobs:
            return ""
        if fact.event is JobEvent.AUTO_STARTED:
            self._tool = fact.tool
            return f"{fact.tool} began job {fact.job}."
        if fact.event in {JobEvent.DEPARTED, JobEvent.ABORTED}:
            self._tool = ""
            ended = "ended well" if fact.event is JobEvent.DEPARTED else "was given up"
            return f"Job {fact.job} on {fact.tool} {ended}."
        return ""

    def _of_phase(self, fact: f.Intent | f.Done | f.Failed) -> str:
        if isinstance(fact, f.Intent):
            if fact.wafer == self._wafer:
                self._phases[fact.activity] = fact
            return ""
        intent = self._phases.pop(fact.activity, None)
        if intent is None:
            return ""
        if isinstance(fact, f.Done):
            values = ", ".join(reading(name, value) for name, value in fact.readings.items())
            return f"{fact.tool} did {intent.phase}" + (f": {values}." if values else ".")
        effect = {"none": "nothing was done to the wafer", "partial": "part of it was done",
                  "unknown": "what it did to the wafer is not known"}[fact.effect]  # fmt: skip
        return f"{fact.tool} failed in {intent.phase}: {fact.message}; {effect} ({fact.code})."

    def _of_transfer(self, fact: f.TransferRequested | f.TransferConfirmed) -> str:
        if isinstance(fact, f.TransferRequested):
            if fact.wafer == self._wafer:
                self._carried[fact.transfer] = fact
            return ""
        request = self._carried.pop(fact.transfer, None)
        if request is None:
            return ""
        return f"{fact.by} carried it from {request.source} to {request.destination}."

    def _of_wafer(
        self,
        fact: f.TransferRequested
        | f.TransferConfirmed
        | f.WaferPlaced
        | f.WaferChanged
        | f.WaferHeld
        | f.WaferReleased
        | f.Measured,
    ) -> str:
        if isinstance(fact, f.TransferRequested | f.TransferConfirmed):
            return self._of_transfer(fact)
        if fact.wafer != self._wafer:
            return ""
        return self._of_wafer_itself(fact)

    def _of_wafer_itself(
        self, fact: f.WaferPlaced | f.WaferChanged | f.WaferHeld | f.WaferReleased | f.Measured
    ) -> str:
        match fact:
            case f.WaferPlaced():
                return f"It lay in the {fact.location}." if fact.event is PlaceEvent.ARRIVED else ""
            case f.WaferChanged():
                finished = fact.event is NeedEvent.FINISHED
                ended = f"With {fact.step} its route was finished." if finished else ""
                return f"It was {fact.need}." if fact.need in _BAD_ENDS else ended
            case f.WaferHeld():
                known = " ".join(sentence(words) for words in fact.evidence)
                return f"It was held on {fact.tool}: {sentence(fact.reason)} {known}".strip()
            case f.WaferReleased():
                return f"{fact.by} decided: {fact.decision}."
            case f.Measured():
                return self._measured(fact)

    @staticmethod
    def _measured(fact: f.Measured) -> str:
        value = with_unit(number(fact.value), unit_in_print(fact.unit))
        said = f"{fact.by} measured {fact.metric} {value} after {fact.step}"
        metric = metrics().get(fact.metric)
        judged = None if metric is None else metric.judge(fact.value)
        if metric is None or judged is Judgement.IN_CONTROL:
            return f"{said}."
        return f"{said}: {plain(str(judged)).upper()}, allowed {metric.allowed}."

    def _of_tool(self, fact: f.MadeSafe | f.EvidenceFound | f.LinkChanged | f.AlarmMoved) -> str:
        match fact:
            case f.MadeSafe():
                left = "; ".join(fact.unconfirmed)
                return f"{fact.tool} was made safe" + (f", except: {left}." if left else ".")
            case f.EvidenceFound():
                return ""
            case f.LinkChanged():
                return f"The link to {fact.instrument} {'came back' if fact.up else 'was lost'}."
            case f.AlarmMoved():
                if fact.event is AlarmEvent.RAISED:
                    return f"Alarm {fact.alarm}: {sentence(fact.text)} {fact.action}"
                return f"Alarm {fact.alarm} was {fact.event}."


_BAD_ENDS = frozenset({"aborted", "stopped", "rejected", "lost", "skipped"})
