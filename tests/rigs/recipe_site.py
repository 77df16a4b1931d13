"""A copy of the shipped recipes in a folder of its own, so that a test may spoil one file."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from linecontrol.model.check import check_flows, check_lines, check_recipes
from linecontrol.model.faults import Fault

SHIPPED = Path(__file__).parents[2] / "recipes"


@dataclass(frozen=True)
class RecipeSite:
    """Flows, steps and lines of one site. Every edit must change something."""

    root: Path

    @classmethod
    def copy_to(cls, root: Path) -> "RecipeSite":
        for folder in ("flows", "steps", "lines"):
            shutil.copytree(SHIPPED / folder, root / folder)
        return cls(root)

    def file(self, name: str) -> Path:
        return next(self.root.rglob(f"{name}.toml"))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first `old` in the file of that name."""
        path = self.file(name)
        text = path.read_text()
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new, 1))

    def line_number(self, name: str, text: str) -> int:
        """The line on which `text` first stands."""
        lines = self.file(name).read_text().splitlines()
        return next(number for number, line in enumerate(lines, start=1) if text in line)

    def drop_step(self, flow: str, step: str) -> None:
        """Take a whole step out of a flow."""
        path = self.file(flow)
        head, *steps = path.read_text().split("[[step]]")
        kept = [text for text in steps if f'id = "{step}"' not in text]
        assert len(kept) == len(steps) - 1
        path.write_text("[[step]]".join([head, *kept]))

    def move_step(self, flow: str, step: str, before: str) -> None:
        """Put a step of a flow in front of another one."""
        path = self.file(flow)
        head, *steps = path.read_text().split("[[step]]")
        steps = [text.rstrip("\n") + "\n\n" for text in steps]
        moved = next(text for text in steps if f'id = "{step}"' in text)
        steps.remove(moved)
        place = next(at for at, text in enumerate(steps) if f'id = "{before}"' in text)
        steps.insert(place, moved)
        path.write_text("[[step]]".join([head, *steps]))

    def flow_faults(self, name: str) -> list[Fault]:
        return check_flows([self.file(name)])

    def recipe_faults(self, name: str) -> list[Fault]:
        return check_recipes([self.file(name)])

    def line_faults(self, name: str) -> list[Fault]:
        return check_lines([self.file(name)])
