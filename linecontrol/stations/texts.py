"""What an alarm of a station tells the operator, and what it asks of him."""

from drivers.core.errors import (
    DeviceFault,
    DriverError,
    InterlockOpen,
    LinkLost,
    NotReached,
    Restarted,
    Tripped,
    WrongDevice,
)
from linecontrol.stations.alarms import AlarmText

_ACTIONS: tuple[tuple[type[DriverError], str], ...] = (
    (LinkLost, "Check power and cable of the instrument; then resume or abort the job."),
    (WrongDevice, "Check the address in the line file against the instrument."),
    (Restarted, "Find out why the instrument lost power; then resume or abort the job."),
    (InterlockOpen, "Close what is open and clear the cause at the tool; then resume or abort."),
    (DeviceFault, "Read the fault at the instrument and clear it there; then resume or abort."),
    (Tripped, "Find out at the tool what stopped holding; then resume or abort the job."),
    (NotReached, "Look at the value on the tool page; then resume or abort the job."),
)
_OTHERWISE = "Look at the tool; then resume or abort the job."


def alarm_of(tool: str, error: DriverError | None, reason: str) -> AlarmText:
    """The alarm for a job that broke: one per source and kind of error."""
    source = tool if error is None or not error.source else error.source
    kind = "restart" if error is None else error.code
    action = next((text for cls, text in _ACTIONS if isinstance(error, cls)), _OTHERWISE)
    return AlarmText(f"{source}.{kind}", tool, source, reason, action)
