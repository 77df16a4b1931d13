"""When a person may reach into a tool, as far as its controller decides."""

from sim_hardware.core.plant import PlantRefuses
from sim_hardware.instruments.click_packml import PackMl

RESTING = frozenset({PackMl.IDLE, PackMl.STOPPED, PackMl.COMPLETE, PackMl.ABORTED, PackMl.HELD})


def keep_out_while(tool: str, dangers: dict[str, bool]) -> None:
    """Raise PlantRefuses with the first danger that is there."""
    for danger, there in dangers.items():
        if there:
            raise PlantRefuses(f"{tool}: {danger}")


def keep_out_at_work(tool: str, state: PackMl) -> None:
    """Raise PlantRefuses unless the controller rests."""
    keep_out_while(tool, {f"the tool is {state.name.lower()}": state not in RESTING})
