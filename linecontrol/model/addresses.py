"""The endpoints file: where each instrument answers, as the emulated line or a person wrote it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, cast

from pydantic import Field

from linecontrol.model.equipment import Transport
from linecontrol.model.faults import Fault, FaultsFound, Source
from linecontrol.model.frozen import Frozen, Url
from linecontrol.model.validating import validated

ALLOWED = "a JSON list of objects with tool, role, model, transport, url and unit"


class Address(Frozen):
    """Where one instrument answers."""

    tool: str
    role: str
    model: str
    transport: Transport
    url: Url
    unit: Annotated[int, Field(ge=0, le=254)]


class _Addresses(Frozen):
    endpoint: Sequence[Address]


def read_addresses(path: Path) -> Mapping[tuple[str, str], Address]:
    """Addresses by tool and role; raises FaultsFound."""
    rows = validated(_Addresses, {"endpoint": _json(path)}, Source(str(path))).endpoint
    found: dict[tuple[str, str], Address] = {}
    faults: list[Fault] = []
    for place, row in enumerate(rows, start=1):
        if (row.tool, row.role) in found:
            again = f"{row.tool}.{row.role} again"
            faults.append(Fault(str(path), f"endpoint[{place}]", again, "one row of each"))
        found[row.tool, row.role] = row
    if faults:
        raise FaultsFound(faults)
    return found


def _json(path: Path) -> object:
    try:
        value: object = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        words = error.strerror or "an error"
        raise FaultsFound([Fault(str(path), "file", words, "a file that can be read")]) from error
    except (ValueError, RecursionError) as error:
        raise FaultsFound([Fault(str(path), "file", str(error), ALLOWED)]) from error
    if not isinstance(value, list):
        raise FaultsFound([Fault(str(path), "file", _kind(value), ALLOWED)])
    return cast("list[object]", value)


def _kind(value: object) -> str:
    return "an object" if isinstance(value, dict) else f"{value!r}"[:80]
