"""What a person may ask over HTTP: refusals are RFC 9457 problems, and they change nothing."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from linecontrol.machines.alarm import AlarmState
from linecontrol.machines.control_job import LotState
from linecontrol.machines.substrate import Need
from sim_hardware.core.timebase import TimeBase
from tests.rigs.prepared import site_of
from tests.rigs.virtual_line import VirtualLine, in_virtual_time, virtual_line

FLOW = "reentrant_fill_200um"
WAFER = "L0001-01"

# what is asked, its body, the status, and words of the detail
UNKNOWN = [
    ("GET", "/lots/L0099", None, "lot: found 'L0099'; allowed: L0001"),
    ("GET", "/lots/L0099/report", None, "lot: found 'L0099'"),
    ("POST", "/lots/L0099/hold", None, "lot: found 'L0099'"),
    ("POST", "/lots/L0099/resume", None, "lot: found 'L0099'"),
    ("POST", "/lots/L0099/abort", None, "lot: found 'L0099'"),
    ("GET", "/wafers/W1", None, f"wafer: found 'W1'; allowed: {WAFER}"),
    ("GET", "/wafers/W1/story", None, "wafer: found 'W1'"),
    ("GET", "/wafers/W1/measurements", None, "wafer: found 'W1'"),
    ("GET", "/tools/oven", None, "tool: found 'oven'; allowed: sputter, laminator"),
    ("POST", "/tools/oven/abort", None, "tool: found 'oven'"),
    ("GET", "/transfers/T9", None, "transfer: found 'T9'"),
    ("POST", "/transfers/T9/confirm", None, "transfer: found 'T9'"),
    ("POST", "/alarms/none/acknowledge", None, "alarm: found 'none'; allowed: none yet"),
    ("POST", "/lots", {"flow": "nope", "wafers": 1}, f"allowed: generic_substrate, {FLOW}"),
    ("GET", "/nowhere", None, "GET /nowhere: found nothing there"),
    ("GET", "/lots/a%2Fb", None, "found nothing there"),
]
WRONG: list[tuple[str, object, str]] = [
    ("/lots", None, "body"),
    ("/lots", [], "body: found"),
    ("/lots", {}, "flow: found nothing; allowed: a value"),
    ("/lots", {"flow": FLOW}, "wafers: found nothing"),
    ("/lots", {"flow": FLOW, "wafers": 0}, "wafers: found 0; allowed: 1 to 25"),
    ("/lots", {"flow": FLOW, "wafers": 26}, "wafers: found 26; allowed: 1 to 25"),
    ("/lots", {"flow": FLOW, "wafers": -1}, "wafers: found -1"),
    ("/lots", {"flow": FLOW, "wafers": 10**30}, "wafers: found"),
    ("/lots", {"flow": FLOW, "wafers": "3"}, "wafers: found '3'; allowed: a valid integer"),
    ("/lots", {"flow": FLOW, "wafers": 1.5}, "wafers: found '1.5'"),
    ("/lots", {"flow": FLOW, "wafers": True}, "wafers: found 'True'"),
    ("/lots", {"flow": 7, "wafers": 1}, "flow: found '7'; allowed: a valid string"),
    ("/lots", {"flow": FLOW, "wafer": 1, "wafers": 1}, "wafer: found an unknown key"),
    (f"/wafers/{WAFER}/measurements", {}, "step: found nothing"),
    (
        f"/wafers/{WAFER}/measurements",
        {"step": "deposit_ubm", "values": {"rs_mohm_sq": 70.0}, "gauge": "bench"},
        f"step: found 'deposit_ubm'; allowed: a step {WAFER} has had (none)",
    ),
]


def problem(reply: httpx.Response, status: int) -> str:
    """The detail of a problem, which must have the form of RFC 9457 and stand on one line."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = cast("dict[str, Any]", reply.json())
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == status
    detail = str(body["detail"])
    assert detail
    assert "\n" not in detail
    return detail


def on_a_line(tmp_path: Path, talk: Callable[[VirtualLine], Awaitable[None]]) -> None:
    """Talk to a line with one lot that nobody carries."""

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", operator=False) as line:
            await line.lot(FLOW, 1)
            await line.until(lambda: bool(line.engine.journal.state.open_transfers()))
            await talk(line)

    in_virtual_time(main)


def records(line: VirtualLine) -> int:
    return len(line.engine.journal.records())


def test_what_does_not_exist_is_a_problem_with_the_names_that_do(tmp_path: Path) -> None:
    async def talk(line: VirtualLine) -> None:
        before = records(line)
        for method, path, body, words in UNKNOWN:
            reply = await line.http.request(method, path, json=body)
            assert words in problem(reply, 404), path
        assert records(line) == before

    on_a_line(tmp_path, talk)


def test_a_wrong_body_is_a_problem_that_names_the_key_and_creates_nothing(tmp_path: Path) -> None:
    async def talk(line: VirtualLine) -> None:
        before = records(line)
        for path, body, words in WRONG:
            reply = await line.http.post(path, json=body)
            assert words in problem(reply, 422), (path, body)
        for text in (b"", b"{", b'{"flow": "x", "wafers": NaN}', b"\xff\xfe", b"[" * 5000):
            headers = {"content-type": "application/json"}
            reply = await line.http.post("/lots", content=text, headers=headers)
            assert "body" in problem(reply, 422) or "wafers" in problem(reply, 422)
        assert records(line) == before
        assert len(line.engine.journal.state.lots) == 1

    on_a_line(tmp_path, talk)


def test_numbers_of_a_question_are_checked_too(tmp_path: Path) -> None:
    async def talk(line: VirtualLine) -> None:
        assert "after" in problem(await line.http.get("/events?after=-1"), 422)
        assert "after" in problem(await line.http.get("/events?after=x"), 422)
        reply = await line.http.get("/events", headers={"Last-Event-ID": "x"})
        assert "Last-Event-ID" in problem(reply, 422)
        reply = await line.http.post("/lots/L0001/hold", headers={"X-Person": "x" * 81})
        assert "X-Person" in problem(reply, 422)

    on_a_line(tmp_path, talk)


def test_a_lot_is_held_taken_up_and_given_up_and_nothing_of_that_twice(tmp_path: Path) -> None:
    async def talk(line: VirtualLine) -> None:
        state = line.engine.journal.state
        assert "is executing: there is nothing to resume" in problem(
            await line.post("/lots/L0001/resume"), 409
        )
        assert (await line.post("/lots/L0001/hold")).json()["state"] == "paused"
        before = records(line)
        assert "is paused: it cannot be paused" in problem(await line.post("/lots/L0001/hold"), 409)
        assert records(line) == before
        assert (await line.post("/lots/L0001/resume")).json()["state"] == "executing"
        assert (await line.post("/lots/L0001/abort")).is_success
        assert state.lots["L0001"].state is LotState.COMPLETED
        for verb in ("hold", "abort", "resume"):
            detail = problem(await line.post(f"/lots/L0001/{verb}"), 409)
            assert detail.startswith("lot L0001 is completed")
        assert "sputter has no job" in problem(await line.post("/tools/sputter/abort"), 409)

    on_a_line(tmp_path, talk)


def test_a_wafer_that_nobody_carried_cannot_be_confirmed(tmp_path: Path) -> None:
    async def talk(line: VirtualLine) -> None:
        (transfer,) = line.engine.journal.state.open_transfers()
        before = records(line)
        reply = await line.post(f"/transfers/{transfer.request.transfer}/confirm")
        assert "sputter sees no wafer" in problem(reply, 409)
        assert records(line) == before

    on_a_line(tmp_path, talk)


@pytest.mark.timeout(120)
def test_an_alarm_is_acknowledged_once_and_a_broken_job_given_up(tmp_path: Path) -> None:
    recipes, flow = site_of(tmp_path / "site", "deposit_ubm")

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            state = line.engine.journal.state
            lot = await line.lot(flow, 1)
            await line.until(
                lambda: any(v.intent.phase == "preclean" for v in state.open_intents())
            )
            line.plants.unplug("sputter", "dc_supply")
            await line.until(lambda: state.wafers[WAFER].held is not None)
            (alarm,) = [view.last for view in state.alarms.values() if view.standing]
            shown = (await line.http.get("/alarms")).json()
            assert [item["id"] for item in shown] == [alarm.alarm]
            acknowledge = f"/alarms/{alarm.alarm}/acknowledge"
            assert (await line.post(acknowledge)).json()["state"] == AlarmState.ACKNOWLEDGED
            assert "nobody has to acknowledge" in problem(await line.post(acknowledge), 409)
            detail = problem(await line.post(f"/lots/{lot}/resume"), 409)
            assert detail.startswith(f"sputter was not resumed, lot {lot} is as it was: ")
            held = (await line.http.get("/tools/sputter")).json()
            assert "sputter.dc_supply" in held["unreachable"]
            line.plants.plug("sputter", "dc_supply")
            await line.seconds(30.0)
            assert (await line.post("/tools/sputter/abort")).is_success
            await line.until(lambda: state.lots[lot].state is LotState.COMPLETED)
            assert state.wafers[WAFER].need is Need.ABORTED
            told = (await line.http.get(f"/wafers/{WAFER}/story")).json()
            assert any("It was held on sputter" in sentence for sentence in told)

    in_virtual_time(main)


def test_a_measured_value_is_one_of_its_step_and_a_number(tmp_path: Path) -> None:
    recipes, flow = site_of(tmp_path / "site", "deposit_ubm")

    async def main(time: TimeBase) -> None:
        async with virtual_line(time, tmp_path / "data", recipes=recipes) as line:
            state = line.engine.journal.state
            lot = await line.lot(flow, 1)
            await line.until(lambda: state.lots[lot].state is LotState.COMPLETED)
            path, before = f"/wafers/{WAFER}/measurements", records(line)

            async def entered(text: str) -> httpx.Response:
                body = f'{{"step": "deposit_ubm", "gauge": "bench", "values": {text}}}'
                headers = {"content-type": "application/json"}
                return await line.http.post(path, content=body.encode(), headers=headers)

            for values, words in (
                ('{"bump_um": 100.0}', "found 'bump_um'; allowed after deposit_ubm: rs_mohm_sq"),
                ("{}", "values: found ''"),
                ('{"rs_mohm_sq": NaN}', "a finite number"),
                ('{"rs_mohm_sq": "70"}', "values.rs_mohm_sq: found '70'; allowed: a valid number"),
            ):
                assert words in problem(await entered(values), 422), values
            assert records(line) == before
            assert (await entered('{"rs_mohm_sq": 70.5}')).status_code == 201
            (value,) = (await line.http.get(path)).json()
            assert json.dumps(value["value"]) == "70.5"

    in_virtual_time(main)
