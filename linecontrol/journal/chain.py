"""The hash chain: every record carries the hash of the one before it.

None can be changed, removed or moved without the next one showing it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

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
        if record.seq != expected:
            found.append(f"record {expected} is missing: the next one is {record.seq}")
        if record.hash != chained(previous, record.seq, record.at, record.body):
            found.append(
                f"record {record.seq} ({record.kind}, {record.at}) is not what was written"
            )
        elif not _labelled(record):
            found.append(
                f"record {record.seq} ({record.kind}, {record.at}) is not what it is said to be"
            )
        previous, expected = record.hash, record.seq + 1
    return found


def _labelled(record: Record) -> bool:
    """Whether kind and tool, which no hash covers, repeat what the text says, which one does."""
    said: Mapping[str, object] = json.loads(record.body)
    return record.kind == said.get("kind") and record.tool == said.get("tool", "")
