"""One wafer goes through the whole method and comes out good."""

from pathlib import Path

import pytest

from linecontrol.journal.chain import faults
from linecontrol.machines.control_job import LotState
from linecontrol.machines.substrate import Need, Place
from linecontrol.model.metrics import Judgement, metrics
from sim_hardware.core.timebase import TimeBase
from tests.rigs.virtual_line import fingerprint, in_virtual_time, virtual_line

pytestmark = pytest.mark.flow


@pytest.mark.timeout(600)
def test_a_lot_goes_from_pad_to_bump_with_every_value_in_its_window(tmp_path: Path) -> None:
    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data") as line:
            lot = await line.lot("reentrant_fill_200um", 3)
            state = line.engine.journal.state
            await line.until(lambda: state.lots[lot].state is LotState.COMPLETED)
            for name in state.lots[lot].wafers:
                wafer = state.wafers[name]
                assert (wafer.place, wafer.need) == (Place.AT_DESTINATION, Need.PROCESSED)
                assert len(wafer.steps_done) == 13
                judged = {
                    key: metrics()[fact.metric].judge(fact.value)
                    for key, fact in wafer.measured.items()
                }
                assert set(judged.values()) <= {Judgement.IN_CONTROL, Judgement.OUT_OF_CONTROL}
                assert {fact.metric for fact in wafer.measured.values()} == set(metrics())
            assert faults(line.engine.journal.records()) == []
            page = (await line.http.get(f"/lots/{lot}/report")).text
            assert "SIMULATED" in page

    in_virtual_time(main)


def short_history(tmp_path: Path, name: str) -> str:
    """Half an hour of three tools; the fingerprint of what the journal says of it."""

    async def main(time: TimeBase) -> str:
        async with virtual_line(time, tmp_path / name) as line:
            await line.lot("straight_film", 2)
            state = line.engine.journal.state
            await line.until(
                lambda: any("expose_film" in w.steps_done for w in state.wafers.values())
            )
            return fingerprint(line.engine.journal.records())

    return in_virtual_time(main)


@pytest.mark.timeout(600)
def test_the_same_seed_gives_the_same_journal_every_time(tmp_path: Path) -> None:
    prints = {short_history(tmp_path, f"run{n}") for n in range(10)}
    assert len(prints) == 1
