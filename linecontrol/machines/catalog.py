"""All tables by name, for diagrams, walks and checks."""

from typing import Final

from linecontrol.machines.alarm import ALARM
from linecontrol.machines.control_job import LOT
from linecontrol.machines.packml import TOOL
from linecontrol.machines.phase import PHASE
from linecontrol.machines.process_job import JOB
from linecontrol.machines.substrate import NEED, PLACE

CHARTS: Final = (TOOL, PHASE, JOB, LOT, PLACE, NEED, ALARM)
