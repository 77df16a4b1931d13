"""Alarms of the line: raised once, acknowledged by a person, cleared by the world."""

from dataclasses import dataclass

from linecontrol.journal.facts import AlarmMoved
from linecontrol.journal.journal import Journal
from linecontrol.machines.alarm import ALARM, AlarmEvent, AlarmState


@dataclass(frozen=True, slots=True)
class AlarmText:
    """What an alarm says: `source` is the instrument or tool, `action` what to do about it."""

    id: str
    tool: str
    source: str
    text: str
    action: str


class Alarms:
    """The line's alarms; their states live in the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def state(self, alarm: str) -> AlarmState:
        """How the alarm stands; one that was never raised is normal."""
        view = self._journal.state.alarms.get(alarm)
        return AlarmState.NORMAL if view is None else view.last.state

    async def raise_(self, alarm: AlarmText) -> None:
        """Raise it, unless it stands already."""
        state = self.state(alarm.id)
        if AlarmEvent.RAISED not in ALARM.possible(state):
            return
        await self._journal.append(
            AlarmMoved(
                tool=alarm.tool,
                alarm=alarm.id,
                event=AlarmEvent.RAISED,
                state=ALARM.fire(state, AlarmEvent.RAISED),
                source=alarm.source,
                text=alarm.text,
                action=alarm.action,
            )
        )

    async def clear(self, alarm: str) -> None:
        """Say that the condition is gone; nothing happens if it does not stand."""
        if AlarmEvent.CLEARED in ALARM.possible(self.state(alarm)):
            await self._move(alarm, AlarmEvent.CLEARED, by="")

    async def acknowledge(self, alarm: str, by: str) -> None:
        """Note that a person has seen it; raise Unexpected if there is nothing to acknowledge."""
        await self._move(alarm, AlarmEvent.ACKNOWLEDGED, by=by)

    async def _move(self, alarm: str, event: AlarmEvent, *, by: str) -> None:
        state = ALARM.fire(self.state(alarm), event)
        last = self._journal.state.alarms[alarm].last
        await self._journal.append(
            last.model_copy(update={"event": event, "state": state, "by": by})
        )
