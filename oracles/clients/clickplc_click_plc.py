"""clickplc's ClickPLC against the emulated tool controller."""

import asyncio
import sys

from clickplc import ClickPLC
from pymodbus.client import AsyncModbusTcpClient
from saying import Raising, errors, in_turn, limits, near, please, reads, reconnects, until, writes

MAP_ID, HEARTBEAT, BOOT_COUNT, ACK_SEQ, ACK_CODE, STATE = (
    "ds1",
    "ds3",
    "ds4",
    "ds10",
    "ds11",
    "ds20",
)
STOPPED, RESETTING, IDLE = 2, 15, 4
DONE, UNKNOWN = 2, 8

host, _, port = sys.argv[1].rpartition(":")
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def now(work):
    """Wait for what the client began."""
    return loop.run_until_complete(work)


async def opened():
    """A controller as a user of the client opens it; its port cannot be said, so it is put in."""
    made = ClickPLC(host, timeout=1)
    made.client = AsyncModbusTcpClient(host, port=int(port), timeout=1)
    return made


plc = now(opened())
sequence = 0


def get(address):
    """Read."""
    return now(plc.get(address))


def put(address, value):
    """Write and read back."""
    now(plc.set(address, value))
    return get(address)


def command(code, *arguments, mode=1):
    """Give a command by the mailbox: arguments first, the sequence number alone and last."""
    global sequence  # noqa: PLW0603 - one desk, one counter
    sequence += 1
    now(plc.set("ds101", [code, mode, 0, *arguments, *[0] * (6 - len(arguments)), 1, 30, 1]))
    now(plc.set("ds100", sequence))
    until(lambda: get(ACK_SEQ), sequence, within_s=2)
    return until(lambda: get(ACK_CODE), lambda code: code != 1, within_s=3)


reads("identity and revision of the map", lambda: (get(MAP_ID), get("ds2") > 0), (0x5742, True))
reads("state and mode", lambda: (get(STATE), get("ds21") in range(5)), (STOPPED, True))
reads("process values as floats", lambda: get("df1-df2"),
      lambda found: near(21.5, 1e-4)(found["df1"]) and near(3, 1e-4)(found["df2"]))  # fmt: skip
reads("interlocks in bits", lambda: get("dh13") & 1, 1)
reads("counters as long numbers", lambda: get("dd1"), 0)
beat = get(HEARTBEAT)
reads("its heart beats", lambda: until(lambda: get(HEARTBEAT) != beat, True), True)
reads("more registers than one telegram holds", lambda: len(get("ds1-ds200")), 200)
reads("inputs", lambda: get("x001-x016"), lambda found: len(found) == 16)
writes("a set-point as a float", lambda: put("df101", 4.25), near(4.25, 1e-6))
writes("a word", lambda: put("ds201", 2), 2)
writes("the name of a job as text", lambda: put("txt1", "LOT7-W03        ") and get("txt1-txt16"),
       {"txt1-txt16": "LOT7-W03        "})  # fmt: skip
writes("Reset is done", lambda: command(1), DONE)
reads("and leads to Idle", lambda: until(lambda: get(STATE), IDLE, within_s=5), IDLE)
writes("a command of the tool", lambda: command(120), DONE)
writes("one that takes its time", lambda: command(121), DONE)
writes("the same number again does nothing", lambda: (now(plc.set("ds100", sequence)), get(ACK_SEQ),
       get(ACK_CODE))[1:], lambda found: found == (sequence, DONE))  # fmt: skip
limits("a set-point beyond its range is kept until a recipe is loaded with it",
       lambda: (put("df101", 99.0), command(100))[1] not in {1, DONE}, True)  # fmt: skip
limits("a number behind the last one is refused", lambda: (now(plc.set("ds100", 1)),
       until(lambda: get(ACK_CODE), 7))[1], 7)  # fmt: skip
limits("the client refuses a text for a number", lambda: put("df101", "much"), Raising(ValueError))
limits("and an input above 816", lambda: get("x901"), Raising(ValueError))
now(plc.set("ds112", 0))
now(plc.set("ds112", 1))
sequence = get(ACK_SEQ)
errors("an unknown command", lambda: command(99), UNKNOWN)
# the client says nothing of a refused write: the register shows what came of it
errors("a state cannot be written", lambda: put(STATE, 6) != 6, True)
please("alarm", 17)
errors("an alarm shows in its bit and first of all", lambda: (get("dh2") & 1, get("ds31"),
       get("ds30") > 0), (1, 17, True))  # fmt: skip
please("unplug")
errors("a pulled cable is noticed", lambda: get(MAP_ID), Raising(Exception))
please("plug")
plc = now(opened())
reconnects("a new session after that", lambda: get(MAP_ID), 0x5742)
boots = get(BOOT_COUNT)
please("power_cycle")
plc = now(opened())
reconnects("a mains failure is counted", lambda: until(lambda: get(BOOT_COUNT), boots + 1),
           boots + 1)  # fmt: skip
reconnects("and the sequence begins anew", in_turn(lambda: get(ACK_SEQ)), 0)
