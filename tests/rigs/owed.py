"""Who owes whom an answer on a bench: what was sent, what was answered, what has arrived."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from drivers.core.links.base import Direction
from sim_hardware.core.faults import WireFaults
from sim_hardware.core.unasked import SpeaksUnasked
from sim_hardware.core.wire import Answer, RegisterInstrument, StreamInstrument, Table
from tests.rigs.instruments import Bench, ByteTap


@dataclass
class Account:
    """What passed at the instrument's end of the wire; one answer can be made late.

    The answer to the request number `late` from now on comes `by_s` late; 0 is none.
    """

    faults: WireFaults
    by_s: float = 0.0
    late: int = 0
    heard: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    requests: list[bytes] = field(default_factory=list[bytes])

    def arm(self, number: int, by_s: float) -> None:
        """Delay the answer to the request `number` from now on, 1 being the next."""
        self.by_s, self.late = by_s, len(self.requests) + number

    def open(self, request: bytes) -> None:
        """A request arrived; its answer is about to be made."""
        self.requests.append(request)
        self.faults.delay_s = self.by_s if len(self.requests) == self.late else 0.0

    def close(self, length: int, answers: int) -> None:
        """A request of `length`, in bytes or on a bus in requests, was answered so many times."""
        before = self.heard[-1][0] if self.heard else 0
        self.heard.append((before + length, answers))


class Answering(SpeaksUnasked):
    """Keeps the account of a stream instrument."""

    def __init__(self, inner: StreamInstrument, account: Account) -> None:
        super().__init__()
        self._inner, self._account = inner, account
        if isinstance(inner, SpeaksUnasked):
            inner.unasked = self._pass_on

    @override
    def receive(self, data: bytes) -> Sequence[Answer]:
        self._account.open(data)
        answers = self._inner.receive(data)
        self._account.close(len(data), len(answers))
        return answers

    def _pass_on(self, answer: Answer) -> None:
        self._account.close(0, 1)
        self.unasked(answer)


class Registering(RegisterInstrument):
    """Keeps the account of a unit on a bus."""

    def __init__(self, inner: RegisterInstrument, account: Account) -> None:
        self._inner, self._account = inner, account

    @override
    def read(self, table: Table, address: int, count: int) -> list[int]:
        self._note(f"read {table} {address} {count}")
        return self._inner.read(table, address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self._note(f"write {table} {address} {list(values)}")
        self._inner.write(table, address, values)

    @override
    def as_sent(self, reply: bytes) -> bytes:
        return self._inner.as_sent(reply)

    @override
    def server_id(self) -> bytes:
        self._note("server id")
        return self._inner.server_id()

    def _note(self, request: str) -> None:
        self._account.open(request.encode())
        self._account.close(1, 1)


@dataclass
class Ledger:
    """What passed at the driver's end of the wire, and from that who was not waited for."""

    account: Account
    in_bytes: bool
    passed: list[tuple[float, Direction, bytes]] = field(
        default_factory=list[tuple[float, Direction, bytes]]
    )

    def note(self, at_s: float, direction: Direction, data: bytes) -> None:
        self.passed.append((at_s, direction, data))

    async def sent_by(self, step: Callable[[], Awaitable[object]]) -> frozenset[bytes]:
        """What a step sends."""
        before = len(self.passed)
        await step()
        return frozenset(data for _, way, data in self.passed[before:] if way == "tx")

    def start_over(self) -> None:
        """Nothing is owed from here on, whatever was lost."""
        self.passed.clear()
        self.account.heard.clear()

    def impatient(self, timeout_s: float) -> list[bytes]:
        """The requests sent while an answer was owed that had not been waited for."""
        found: list[bytes] = []
        sent = came = 0
        last_s = -timeout_s
        for at_s, direction, data in self.passed:
            if direction == "rx":
                came += 1
                continue
            owed = sum(n for upto, n in self.account.heard if upto <= sent) - came
            if owed > 0 and at_s - last_s < timeout_s * 0.99:
                found.append(data)
            sent += len(data) if self.in_bytes else 1
            last_s = at_s
        return found


def audited(bench: Bench) -> Ledger:
    """Keep the books of a bench from now on."""
    account = Account(bench.port.faults)
    tap = bench.tap
    if isinstance(tap, ByteTap):
        inner = Answering(tap.inner, account)
        inner.unasked = tap.unasked
        tap.inner = inner
    else:
        tap.inner = Registering(tap.inner, account)
    ledger = Ledger(account, isinstance(tap, ByteTap))
    bench.link.trace.follow(ledger.note)
    return ledger
