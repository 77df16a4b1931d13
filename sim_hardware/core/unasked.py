"""Instruments that also speak without being asked: banners, service requests, late answers."""

from collections.abc import Callable

from sim_hardware.core.wire import Answer, StreamInstrument


def _unheard(answer: Answer) -> None:
    """Nobody is connected."""


class SpeaksUnasked(StreamInstrument):
    """A stream instrument with a mouth; a port that carries such bytes sets `unasked`."""

    def __init__(self) -> None:
        self.unasked: Callable[[Answer], None] = _unheard
