"""The oven's belt: its motor commissioned, turned at a speed, and compared with its encoder."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from drivers.core.clock import Clock
from drivers.core.errors import LinkLost, Restarted, Tripped
from drivers.core.waiting import settle
from drivers.instruments.click_plc import ClickPlc
from drivers.instruments.trinamic_tmcm1110 import Direction, TrinamicTmcm1110
from drivers.reflow_oven_map import Order, ReflowOvenMap

FULL_STEPS_PER_M: Final = 40_000  # motor, gear and drum
MICROSTEPS_LOG2: Final = 4
MICROSTEPS_PER_M: Final = FULL_STEPS_PER_M * 2**MICROSTEPS_LOG2
PULSE_DIVISOR_LOG2: Final = 4  # 2 m/min are 1400 units of speed, 0.2 m/min are 140
RAMP_DIVISOR_LOG2: Final = 9  # with the acceleration: at speed in a quarter of a second
ACCELERATION_INTERNAL: Final = 500
SPEED_INTERNAL: Final = 2047
RUN_CURRENT_PCT: Final = 80.0
HOLD_CURRENT_PCT: Final = 20.0
AT_SPEED_S: Final = 30.0
AGAIN_S: Final = 4.0  # a wafer inside is lost after 5 s: longer there is nothing to hope for
DWELL_S: Final = 1.0
ENCODER_S: Final = 60.0
ENCODER_WITHIN: Final = 0.02  # motor and belt further apart: it slips
SPEED_WITHIN: Final = 0.03
MOVING_M_MIN: Final = 0.05
CLEARING_M_MIN: Final = 0.7  # for a wafer whose belt has stood still
ORDER_S: Final = 10.0


def microsteps_s(m_min: float) -> float:
    """A belt speed as the motor turns for it."""
    return m_min / 60 * MICROSTEPS_PER_M


def m_min(microsteps_s: float) -> float:
    """A speed of the motor as the belt's."""
    return microsteps_s / MICROSTEPS_PER_M * 60


@dataclass(frozen=True)
class Belt:
    """Motor, the controller's permit for it, and the controller's encoder."""

    plc: ClickPlc
    motor: TrinamicTmcm1110
    clock: Clock

    async def run(self, asked_m_min: float) -> float:
        """Turn at a speed and go on so; return what the encoder sees once both agree.

        A motor that was restarted is commissioned again. Raises NotReached if motor or belt do
        not come to the speed.
        """
        await self.plc.perform(Order.BELT_PERMIT, 1, deadline_s=ORDER_S)
        await self._turn(asked_m_min, AT_SPEED_S)
        return await settle(
            ReflowOvenMap(self.plc).belt_m_min.value,
            asked_m_min,
            within=ENCODER_WITHIN * asked_m_min,
            dwell_s=DWELL_S,
            deadline_s=ENCODER_S,
            clock=self.clock,
            what=f"{self.plc.name}: the belt's encoder",
        )

    async def check(self, asked_m_min: float) -> bool:
        """Whether the motor has kept its speed; one that lost power is set going again at once.

        A wafer above liquidus cannot wait for anybody. Raises NotReached for a motor that does not
        come back to its speed.
        """
        try:
            await self.motor.check()
            turning_m_min = m_min(await self.motor.actual_microsteps_s())
        except Restarted:
            turning_m_min = 0.0
        if abs(turning_m_min - asked_m_min) <= SPEED_WITHIN * asked_m_min:
            return True
        await self._turn(asked_m_min, AGAIN_S)
        return False

    async def refuse_slip(self, asked_m_min: float, encoder_m_min: float) -> None:
        """Raise Tripped if the belt does not move as its motor does."""
        if not abs(encoder_m_min - asked_m_min) <= SPEED_WITHIN * asked_m_min:
            raise Tripped(
                f"the belt moves at {encoder_m_min:.3f} of {asked_m_min:g} m/min",
                source=self.motor.name,
            )

    async def keep_clearing(self) -> None:
        """Set a motor that stands going again, so that what lies on the belt comes out.

        One that turns, at whatever speed, is left alone.
        """
        if await self.motor_turns():
            return
        with suppress(LinkLost):  # the controller keeps the permit that it has
            await self.plc.command(Order.BELT_PERMIT, 1)
        await self._turn(CLEARING_M_MIN, AGAIN_S)

    async def motor_turns(self) -> bool:
        """Whether the motor carries the belt on."""
        return m_min(await self.motor.actual_microsteps_s()) >= MOVING_M_MIN

    async def _turn(self, asked_m_min: float, deadline_s: float) -> None:
        try:
            await self._commission()
        except Restarted:
            await self._commission()
        await self.motor.run(
            microsteps_s(asked_m_min), Direction.RIGHT, dwell_s=DWELL_S, deadline_s=deadline_s
        )

    async def _commission(self) -> None:
        """Everything that the motor's speed follows from; it is lost with the power."""
        await self.motor.check()
        motor = self.motor
        for setting, value in (
            (motor.microstep_resolution_log2, MICROSTEPS_LOG2),
            (motor.pulse_divisor_log2, PULSE_DIVISOR_LOG2),
            (motor.ramp_divisor_log2, RAMP_DIVISOR_LOG2),
            (motor.max_speed_internal, SPEED_INTERNAL),
            (motor.max_acceleration_internal, ACCELERATION_INTERNAL),
            (motor.run_current_pct, RUN_CURRENT_PCT),
            (motor.hold_current_pct, HOLD_CURRENT_PCT),
        ):
            await setting.write_and_verify(value)
