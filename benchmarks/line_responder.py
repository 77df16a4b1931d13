"""A device on a pseudo-terminal that takes the time a real line would; a process of its own.

A pseudo-terminal delivers at once. So from the arrival of a request this waits as long as the
request, the device's own silence and the reply take on the wire, and then writes the reply.
"""

import json
import os
import pty
import select
import sys
import time
import tty

SPIN_S = 0.0015  # the end of a wait that is left to no timer
STDIN = 0


def main(request_bytes: str, reply_hex: str, answer_after_s: str, silence_s: str) -> None:
    """Answer requests of so many bytes until stdin ends; then say how many silences were broken.

    `silence_s` is what the line must be silent between a reply and the next request.
    """
    master, slave = pty.openpty()
    tty.setraw(slave)
    print(json.dumps({"path": os.ttyname(slave)}), flush=True)
    answers, too_short = _serve(
        master,
        int(request_bytes),
        bytes.fromhex(reply_hex),
        answer_after_s=float(answer_after_s),
        silence_s=float(silence_s),
    )
    print(json.dumps({"answers": answers, "too_short": too_short}), flush=True)


def _serve(
    master: int, request_bytes: int, reply: bytes, *, answer_after_s: float, silence_s: float
) -> tuple[int, int]:
    waiting = select.poll()
    waiting.register(master, select.POLLIN)
    waiting.register(STDIN, select.POLLIN)
    heard, answers, too_short, over_s = 0, 0, 0, 0.0
    while STDIN not in {descriptor for descriptor, _ in waiting.poll()}:
        arrived_s = time.perf_counter()
        too_short += heard == 0 and arrived_s - over_s < silence_s
        heard += len(os.read(master, 4096))
        if heard < request_bytes:
            continue
        over_s = arrived_s + answer_after_s
        _wait_until(over_s)
        os.write(master, reply)
        heard, answers = 0, answers + 1
    return answers, too_short


def _wait_until(at_s: float) -> None:
    left_s = at_s - time.perf_counter() - SPIN_S
    if left_s > 0:
        select.select([], [], [], left_s)
    while time.perf_counter() < at_s:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
