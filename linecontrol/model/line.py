"""A line: which tools stand there, and at which address each of their instruments answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from linecontrol.model.equipment import ABLE_BY_MODEL, Transport
from linecontrol.model.frozen import Frozen, Name, SchemaVersion, Url
from linecontrol.model.visits import ToolKind

AUTO: Final = "auto"  # the emulated line chooses the address


class Instrument(Frozen):
    """One instrument of a tool. Instruments of a tool that share a wire name it by `bus`."""

    role: Name
    model: str
    transport: Transport
    url: Url
    unit: Annotated[int, Field(ge=0, le=254)] = 1
    bus: Name | None = None
    options: Mapping[str, bool | int | float | str] = Field(
        default_factory=dict[str, bool | int | float | str]
    )


class Tool(Frozen):
    """One station. `capabilities` says what is special about it, e.g. which bath it holds.

    What its instruments' models add, e.g. a current that can be reversed, need not be said.
    """

    id: Name
    kind: ToolKind
    capabilities: Mapping[str, str | Sequence[str]] = Field(
        default_factory=dict[str, str | Sequence[str]]
    )
    instruments: Annotated[
        Sequence[Instrument], Field(min_length=1, alias="instrument"), AfterValidator(tuple)
    ]

    @property
    def abilities(self) -> frozenset[tuple[str, str]]:
        """What it can do, as a step asks for it: every key with every value it has of it."""
        said = {
            (key, value)
            for key, values in self.capabilities.items()
            for value in ((values,) if isinstance(values, str) else values)
        }
        built = {
            (key, value)
            for instrument in self.instruments
            for key, values in ABLE_BY_MODEL.get(instrument.model, {}).items()
            for value in values
        }
        return frozenset(said | built)

    def offers(self, needs: Mapping[str, str]) -> bool:
        """Whether it can do what a step needs."""
        return self.abilities.issuperset(needs.items())

    def choices(self, key: str) -> tuple[str, ...]:
        """What it can be asked for under `key`; nothing if it says nothing of that."""
        return tuple(sorted(value for name, value in self.abilities if name == key))


class Rack(Frozen):
    """A place where wafers wait between tools."""

    id: Name
    slots: Annotated[int, Field(ge=1, le=1000)]


class Line(Frozen):
    """Every station of one line. A simulated line is never mixed with a real one."""

    schema_version: SchemaVersion
    name: Name
    simulated: bool
    tools: Annotated[Sequence[Tool], Field(min_length=1, alias="tool"), AfterValidator(tuple)]
    racks: Annotated[Sequence[Rack], Field(min_length=1, alias="rack"), AfterValidator(tuple)]

    def able(self, kind: ToolKind, needs: Mapping[str, str]) -> tuple[Tool, ...]:
        """The stations that can run a step of that kind with these needs."""
        return tuple(tool for tool in self.tools if tool.kind == kind and tool.offers(needs))
