"""Looks at every tool that is at rest: alarms of its controller, links lost and found."""

from collections.abc import Mapping
from contextlib import suppress

from drivers.core.clock import Clock, sleep
from drivers.core.errors import DriverError, LinkLost, Restarted
from linecontrol.journal.facts import LinkChanged
from linecontrol.journal.journal import Journal
from linecontrol.stations.alarms import Alarms, AlarmText
from linecontrol.stations.station import Station
from linecontrol.stations.texts import alarm_of

REST_S = 5.0  # between two looks at a tool at rest; one at work is watched by its station


async def watch_line(
    stations: Mapping[str, Station], journal: Journal, alarms: Alarms, clock: Clock
) -> None:
    """Look until cancelled. Nothing is changed at the tools."""
    while True:
        for tool, station in stations.items():
            if not station.busy or station.held:
                await _look(tool, station, journal, alarms)
        await sleep(clock, REST_S)


async def _look(tool: str, station: Station, journal: Journal, alarms: Alarms) -> None:
    try:
        condition = await station.driver.condition()
    except LinkLost as error:
        await _link(journal, tool, error.source or tool, up=False)
        await alarms.raise_(alarm_of(tool, error, str(error)))
        return
    except DriverError as error:
        await alarms.raise_(alarm_of(tool, error, str(error)))
        if isinstance(error, Restarted) and not station.held:
            with suppress(DriverError):  # said once; nothing of a tool at rest hangs on it
                await station.driver.identify()
        return
    await _link(journal, tool, f"{tool}.plc", up=True)
    standing = {f"{tool}.alarm_{number}": name for number, name in condition.alarms.items()}
    for alarm, name in standing.items():
        text = f"{tool}: {name.replace('_', ' ')}"
        await alarms.raise_(
            AlarmText(alarm, tool, tool, text, "Go to the tool and clear the cause there.")
        )
    if not station.held:
        for alarm, view in list(journal.state.alarms.items()):
            if view.last.tool == tool and alarm not in standing:
                await alarms.clear(alarm)


async def _link(journal: Journal, tool: str, instrument: str, *, up: bool) -> None:
    if journal.state.links.get(instrument, True) is not up:
        await journal.append(LinkChanged(tool=tool, instrument=instrument, up=up))
