"""What the clients tried and what came of it, as a table for a screen and as a page."""

from collections.abc import Sequence
from typing import Final

from oracles.bill import WITHOUT, Pair
from oracles.environments import HERE, REQUIREMENTS
from oracles.running import KINDS, Outcome

PAGE: Final = HERE.parent / "docs" / "oracles.md"
HEAD: Final = """# Other people's clients

Clients that other people wrote, unmodified, each in an environment and a process of its own,
against the emulated instruments. `make oracles` runs them and writes this page. Passing shows that
the bytes on the wire are those the client expects; it does not show that a real instrument behaves
in every way like the emulated one.

Each number is how many things of a kind the client tried, all of them with success unless the
table says otherwise. What an emulated instrument is asked to suffer meanwhile - a pulled cable, a
lost answer, a broken sensor, a mains failure - happens at its end of the wire.
"""


def printed(outcomes: Sequence[Outcome]) -> str:
    """The table, and below it what went wrong."""
    lines = [f"{'instrument':20}{'client':30}{'wire':6}" + "".join(f"{k:>11}" for k in KINDS)]
    for outcome in outcomes:
        pair = outcome.pair
        counts = "".join(f"{_count(outcome, kind):>11}" for kind in KINDS)
        verdict = "passed" if outcome.passed else "FAILED"
        verdict += ", second try" if outcome.alone else ""
        lines.append(
            f"{pair.instrument:20}{pair.client:30}{pair.wire:6}{counts}"
            f"{outcome.seconds:7.1f} s  {verdict}"
        )
    lines.extend(trouble(outcome) for outcome in outcomes if not outcome.passed)
    passed = sum(outcome.passed for outcome in outcomes)
    lines.append(f"{passed} of {len(outcomes)} clients passed")
    return "\n".join(lines)


def page(outcomes: Sequence[Outcome]) -> str:
    """The same as Markdown, without anything that differs from run to run."""
    parts = [HEAD, _summary(outcomes), "## What each of them tried\n"]
    parts.extend(_detail(outcome) for outcome in outcomes)
    parts.append("## Instruments without a client\n")
    parts.extend(f"- `{instrument}`: {why}" for instrument, why in WITHOUT.items())
    parts.append("")
    return "\n".join(parts)


def _summary(outcomes: Sequence[Outcome]) -> str:
    titles = ("instrument", "client", "wire", *KINDS, "")
    rows = [titles, tuple("---" for _ in titles)]
    for outcome in outcomes:
        pair = outcome.pair
        counts = (_count(outcome, kind) for kind in KINDS)
        verdict = "passed" if outcome.passed else "failed"
        rows.append((f"`{pair.instrument}`", _who(pair), pair.wire, *counts, verdict))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def version(package: str) -> str:
    """The client and its version, which its requirement file names first."""
    first = (REQUIREMENTS / f"{package}.txt").read_text().splitlines()[0]
    return " ".join(first.split("=="))


def _who(pair: Pair) -> str:
    return (
        f"our driver, pump of {version(pair.package)}"
        if pair.turned_round
        else version(pair.package)
    )


def _detail(outcome: Outcome) -> str:
    pair = outcome.pair
    lines = [f"### `{pair.instrument}`: {pair.client}, {pair.wire}\n"]
    for kind in KINDS:
        tried = [check for check in outcome.checks if check.kind == kind]
        if tried:
            names = "; ".join(check.name + ("" if check.passed else " (failed)") for check in tried)
            lines.append(f"- {kind}: {names}")
    return "\n".join(lines) + "\n"


def _count(outcome: Outcome, kind: str) -> str:
    tried = [check for check in outcome.checks if check.kind == kind]
    failed = sum(not check.passed for check in tried)
    return f"{len(tried) - failed} of {len(tried)}" if failed else str(len(tried))


def trouble(outcome: Outcome) -> str:
    """What went wrong."""
    lines = [f"\n{outcome.pair.name} over {outcome.pair.wire}:"]
    lines.extend(
        f"  {check.kind}: {check.name}: {check.said}"
        for check in outcome.checks
        if not check.passed
    )
    lines.extend(f"  nothing is tried of {kind}" for kind in outcome.missing())
    if outcome.complaint:
        lines.append("  " + outcome.complaint.replace("\n", "\n  "))
    return "\n".join(lines)
