"""Calibration of a Hamilton pH Arc sensor: two buffers, a product value, and how it went."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol

LEAST_APART_PH = 1.0
COLDEST_C, HOTTEST_C = 5.0, 50.0
FURTHEST_PH = 0.5  # a buffer this far from the reading is no standard


class ProcessLiquid(Protocol):
    """What the sensor stands in."""

    def ph(self) -> float:
        """PH of the liquid at the glass now."""
        ...

    def temperature_c(self) -> float:
        """Its temperature now."""
        ...


class CalibrationStatus(IntFlag):
    """Status of the last calibration; the bits of point 2 follow those of point 1 by eight."""

    TOO_CLOSE_1 = 1 << 0
    NO_STANDARD_1 = 1 << 1
    TOO_COLD_1 = 1 << 2
    TOO_HOT_1 = 1 << 3
    TEMPERATURE_UNSTABLE_1 = 1 << 4
    TOO_LOW_1 = 1 << 5
    TOO_HIGH_1 = 1 << 6
    UNSTABLE_1 = 1 << 7
    TOO_CLOSE_2 = 1 << 8
    UNSTABLE_2 = 1 << 15
    PRODUCT_OUT_OF_CALIBRATION_RANGE = 1 << 24
    PRODUCT_OUT_OF_RANGE = 1 << 25
    PRODUCT_ACTIVE = 1 << 26
    PRODUCT_INITIAL = 1 << 27
    PRODUCT_ASSIGNED = 1 << 28


POINT_2_SHIFT = 8
FAILURES = (1 << 16) - 1


@dataclass
class Point:
    """The last successful calibration at one point: buffer and what was read in it."""

    buffer_ph: float
    read_ph: float


class Calibration:
    """What turns the potential of the glass into a pH; `unstable` makes every attempt fail."""

    def __init__(self, liquid: ProcessLiquid) -> None:
        self._liquid = liquid
        self.drift_ph = self.gain_error = 0.0  # faults: the glass has aged since it was calibrated
        self.unstable = False  # fault: the reading drifts during a calibration
        self.recall()

    def recall(self) -> None:
        """Back to the calibration of the factory."""
        self.points = {1: Point(7.0, 7.0), 2: Point(4.01, 4.01)}
        self.product_ph = 0.0
        self.status = CalibrationStatus(0)

    def ph(self) -> float:
        """The calibrated reading."""
        first, second = self.points[1], self.points[2]
        slope = (first.buffer_ph - second.buffer_ph) / (first.read_ph - second.read_ph)
        return first.buffer_ph + slope * (self._raw_ph() - first.read_ph)

    def calibrate(self, point: int, buffer_ph: float) -> bool:
        """Take the reading as that of a buffer; a failure changes the status only."""
        shift = 0 if point == 1 else POINT_2_SHIFT
        failure = self._failure(point, buffer_ph) << shift
        kept = self.status & ~CalibrationStatus(FAILURES)
        self.status = kept | CalibrationStatus(failure)
        if not failure:
            self.points[point] = Point(buffer_ph, self._raw_ph())
        return not failure

    def _raw_ph(self) -> float:
        ph = self._liquid.ph()
        return ph + self.drift_ph + self.gain_error * (ph - 7.0)

    def _failure(self, point: int, buffer_ph: float) -> int:
        other = self.points[3 - point]
        celsius = self._liquid.temperature_c()
        away_ph = buffer_ph - self.ph()
        too_close = (
            min(abs(buffer_ph - other.buffer_ph), abs(self._raw_ph() - other.read_ph))
            < LEAST_APART_PH
        )
        found: dict[CalibrationStatus, Callable[[], bool]] = {
            CalibrationStatus.TOO_CLOSE_1: lambda: too_close,
            CalibrationStatus.NO_STANDARD_1: lambda: not abs(away_ph) <= FURTHEST_PH,
            CalibrationStatus.TOO_COLD_1: lambda: celsius < COLDEST_C,
            CalibrationStatus.TOO_HOT_1: lambda: celsius > HOTTEST_C,
            CalibrationStatus.UNSTABLE_1: lambda: self.unstable,
        }
        return sum(int(bit) for bit, holds in found.items() if holds())
