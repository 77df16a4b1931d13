"""The hash chain: every record carries the hash of the one before it.

None can be changed, removed or moved without the next one showing it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple, cast

GENESIS = "0" * 64  # the hash before the first record


class Record(NamedTuple):
    """One fact as it is stored: a row of the table, column by column.

    `seq` counts from 1 without gaps, `at` is ISO 8601 UTC.
    """

    seq: int
    at: str
    kind: str
    tool: str
    body: str
    hash: str


def chained(previous: str, seq: int, at: str, body: str) -> str:
    """Return the hash of a record: SHA-256 over the one before, its number, time and text."""
    return hashlib.sha256(f"{previous}\n{seq}\n{at}\n{body}".encode()).hexdigest()


def faults(records: Iterable[Record]) -> list[str]:
    """Return a sentence for each break in the chain; nothing when the journal is whole."""
    found: list[str] = []
    previous, expected = GENESIS, 1
    for record in records:
        if record.seq != expected:  # whether this one follows is then not known
            found.append(_gap(expected, record.seq))
        elif record.hash != chained(previous, record.seq, record.at, record.body):
            found.append(
                f"record {record.seq} ({record.kind}, {record.at}) is not what was written: "
                "it or the one before it was changed or moved"
            )
        elif (record.kind, record.tool) != _said(record.body):
            found.append(f"record {record.seq} ({record.kind}, {record.at}) has another heading")
        previous, expected = record.hash, record.seq + 1
    return found


def _gap(first: int, found: int) -> str:
    if found < first:
        return f"record {found} stands where record {first} should"
    last = found - 1
    return (
        f"record {first} is missing" if first == last else f"records {first} to {last} are missing"
    )


def _said(body: str) -> tuple[str, str]:
    """Kind and tool as the text has them, which the hash covers."""
    try:
        fact = cast("dict[str, object]", json.loads(body))
    except ValueError:
        return "", ""
    return str(fact.get("kind", "")), str(fact.get("tool", ""))
