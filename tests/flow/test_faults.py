"""A fixed sample of the fault campaign: what the line makes of faults in mid-step."""

from functools import cache

import pytest

from campaigns.campaign import tried
from campaigns.cases import Case, place_of
from campaigns.judge import Verdict
from linecontrol.model.visits import VisitName

pytestmark = pytest.mark.flow

# visit, tool, role, phase, fault: each level, each kind of wire, the quick tools
SAMPLE: tuple[tuple[VisitName, str, str, str, str], ...] = (
    ("laminate_film", "laminator", "upper_roll", "evacuate", "late_reply"),
    ("laminate_film", "laminator", "lower_roll", "heat_rolls", "wrong_unit"),
    ("laminate_film", "laminator", "upper_roll", "heat_rolls", "local_echo"),
    ("laminate_film", "laminator", "plc", "heat_rolls", "silence"),
    ("laminate_film", "laminator", "plc", "evacuate", "reboot"),
    ("laminate_film", "laminator", "plc", "laminate", "halted"),
    ("laminate_film", "laminator", "plc", "laminate", "film_broken"),
    ("laminate_film", "laminator", "plc", "evacuate", "refused_command"),
    ("laminate_film", "laminator", "plc", "laminate", "emergency_stop"),
    ("laminate_film", "laminator", "mains", "evacuate", "power_dip"),
    ("expose_film", "aligner", "dose_meter", "expose", "late_reply"),
    ("expose_film", "aligner", "dose_meter", "align", "half_open"),
    ("expose_film", "aligner", "stage", "align", "doubled"),
    ("expose_film", "aligner", "stage", "load_reticle", "stray_bytes"),
    ("expose_film", "aligner", "shutter", "expose", "truncated"),
    ("expose_film", "aligner", "lamp", "align", "late_command"),
    ("expose_film", "aligner", "plc", "expose", "door_open"),
    ("develop_film", "developer", "carbonate_bath", "develop", "split_frame"),
    ("develop_film", "developer", "spray_pump", "develop", "latched_fault"),
    ("develop_film", "developer", "plc", "develop", "clogged_nozzle"),
    ("deposit_ubm", "sputter", "dc_supply", "deposit_seed", "arc"),
    ("deposit_ubm", "sputter", "turbo", "deposit_seed", "wrong_checksum"),
    ("deposit_ubm", "sputter", "monitor", "deposit_barrier", "stuck_reading"),
)


@cache
def cases() -> tuple[Case, ...]:
    return tuple(Case(*row) for row in SAMPLE)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_fault_is_met_as_the_catalogue_asks(case: Case) -> None:
    result = tried(case)
    assert (result.verdict, result.findings) == (Verdict.OK, ())
    assert result.disposition in place_of(case).expect.wafer
