"""Pfeiffer TC 110 drive of a HiPace turbopump, from its manual; gauges can share its bus.

The pump runs while the pumping station (010) and the motor (023) are both on. Switching the station
on also acknowledges an error. Parameters are kept through a mains failure, so a pump that ran
starts again by itself.

Chosen here, not stated by the source: limits and defaults of the parameters; temperatures at which
it warns and stops, and the numbers of those errors; the error of a run-up comes after 700 minutes
below the switch point, also later on; the motor takes its highest current while it accelerates;
control over the serial line is taken by the first command unless 061 locks the choice; the vent
valve opens at once or below the speed of 720, for the time of 721; a remote plug with priority
makes commands `_LOGIC`.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from typing_extensions import override

from sim_hardware.core.clock import LineClock
from sim_hardware.core.turbo_rotor import TurboSurroundings
from sim_hardware.instruments.pfeiffer_tc110_drive import HiPaceDrive
from sim_hardware.instruments.pfeiffer_telegram import (
    LOGIC,
    DataType,
    Parameter,
    PfeifferBus,
    PfeifferError,
    PfeifferNode,
)

RS_485: Final = 2
UNLOCKED: Final = 255
HISTORY: Final = 10

# number: (name, type, factory value, lowest, highest)
SETTINGS: Final = {
    1: ("Heating", DataType.BOOLEAN_OLD, 0, 0, 1),
    2: ("Standby", DataType.BOOLEAN_OLD, 0, 0, 1),
    4: ("RUTimeCtrl", DataType.BOOLEAN_OLD, 1, 0, 1),
    10: ("PumpgStatn", DataType.BOOLEAN_OLD, 0, 0, 1),
    12: ("EnableVent", DataType.BOOLEAN_OLD, 0, 0, 1),
    23: ("MotorPump", DataType.BOOLEAN_OLD, 1, 0, 1),
    25: ("OpMode BKP", DataType.U_SHORT, 0, 0, 3),
    26: ("SpdSetMode", DataType.U_SHORT, 0, 0, 1),
    27: ("GasMode", DataType.U_SHORT, 0, 0, 2),
    30: ("VentMode", DataType.U_SHORT, 0, 0, 2),
    50: ("SealingGas", DataType.BOOLEAN_OLD, 0, 0, 1),
    60: ("CtrlViaInt", DataType.U_SHORT, 1, 1, 255),
    61: ("IntSelLckd", DataType.BOOLEAN_OLD, 0, 0, 1),
    700: ("RUTimeSVal", DataType.U_INTEGER, 8, 1, 120),
    701: ("SpdSwPt1", DataType.U_INTEGER, 80, 50, 97),
    707: ("SpdSVal", DataType.U_REAL, 65.0, 20.0, 100.0),
    717: ("StdbySVal", DataType.U_REAL, 66.7, 20.0, 100.0),
    719: ("SpdSwPt2", DataType.U_INTEGER, 20, 5, 97),
    720: ("VentSpd", DataType.U_SHORT, 50, 40, 98),
    721: ("VentTime", DataType.U_INTEGER, 3600, 6, 3600),
    797: ("RS485Adr", DataType.U_INTEGER, 1, 1, 255),
}
COMMANDS: Final = {1, 2, 10, 12, 23, 25, 26, 27, 30, 50}  # they need the right to control


class PfeifferTc110(PfeifferBus):
    """One drive and its neighbours. The plant calls `recheck` when load or temperatures change."""

    def __init__(
        self,
        clock: LineClock,
        surroundings: TurboSurroundings,
        *,
        address: int = 1,
        nominal_hz: float = 1500.0,
        run_up_s: float = 100.0,
        run_down_s: float = 600.0,
        neighbours: Sequence[PfeifferNode] = (),
    ) -> None:
        self._around = surroundings
        self._values: dict[int, float] = {number: row[2] for number, row in SETTINGS.items()}
        self._values[797] = address
        self.drive = HiPaceDrive(
            clock,
            surroundings,
            self._values,
            nominal_hz=nominal_hz,
            up_hz_s=nominal_hz / run_up_s,
            down_hz_s=nominal_hz / run_down_s,
        )
        self.remote_priority = False  # the plug with the contacts has the say
        self.node = PfeifferNode(address, self._settings() | self._readings())
        super().__init__([self.node, *neighbours])

    def left_running(self) -> None:
        """As the shift before left it: switched on and at speed."""
        self._values[10] = 1
        self.drive.rotor.put_at(self.drive.nominal_hz)
        self.drive.look()

    @override
    def power_cycle(self) -> None:
        super().power_cycle()
        self.drive.mains_failed()

    @override
    def recheck(self) -> None:
        """Look at load and temperatures again."""
        self.drive.look()

    def vent_open(self) -> bool:
        """Whether the vent valve is open now."""
        return self.drive.vent_open()

    def _settings(self) -> dict[int, Parameter]:
        table = {
            number: Parameter(name, kind, self._reader(number), self._storer(number), low, high)
            for number, (name, kind, _, low, high) in SETTINGS.items()
        }
        table[9] = Parameter(
            "ErrorAckn", DataType.BOOLEAN_OLD, lambda: 0, self._acknowledge, low=1, high=1
        )
        return table

    def _readings(self) -> dict[int, Parameter]:
        drive = self.drive
        on_off: dict[int, tuple[str, Callable[[], bool]]] = {
            300: ("RemotePrio", lambda: self.remote_priority),
            302: ("SpdSwPtAtt", drive.switch_point_attained),
            304: ("OvTempElec", drive.electronics_hot),
            305: ("OvTempPump", drive.pump_hot),
            306: ("SetSpdAtt", drive.set_speed_attained),
            307: ("PumpAccel", lambda: drive.rotor.slope() > 0.0),
        }
        whole: dict[int, tuple[str, Callable[[], float]]] = {
            308: ("SetRotSpd", lambda: drive.wanted_hz),
            309: ("ActualSpd", drive.rotor.hz),
            311: ("OpHrsPump", drive.hours),
            315: ("NominalSpd", lambda: drive.nominal_hz),
            316: ("DrvPower", drive.watts),
            326: ("TempElec", self._around.converter_c),
            330: ("TempPmpBot", self._around.motor_c),
            342: ("TempBearng", self._around.bearing_c),
            346: ("TempMotor", self._around.motor_c),
            397: ("SetRotSpd", lambda: drive.wanted_hz * 60.0),
            398: ("ActualSpd", lambda: drive.rotor.hz() * 60.0),
            399: ("NominalSpd", lambda: drive.nominal_hz * 60.0),
        }
        words: dict[int, tuple[str, Callable[[], str]]] = {
            303: ("Error code", drive.message),
            312: ("FW version", lambda: "010300"),
            349: ("ElecName", lambda: "TC 110"),
            354: ("HW version", lambda: "010100"),
        }
        for place in range(HISTORY):
            words[360 + place] = (f"ErrHis{place + 1}", self._remembered(place))
        real: dict[int, tuple[str, Callable[[], float]]] = {
            310: ("DrvCurrent", drive.amps),
            313: ("DrvVoltage", lambda: drive.supply_v),
        }
        return (
            {n: Parameter(row[0], DataType.BOOLEAN_OLD, row[1]) for n, row in on_off.items()}
            | {n: Parameter(row[0], DataType.U_INTEGER, row[1]) for n, row in whole.items()}
            | {n: Parameter(row[0], DataType.STRING, row[1]) for n, row in words.items()}
            | {n: Parameter(row[0], DataType.U_REAL, row[1]) for n, row in real.items()}
        )

    def _remembered(self, place: int) -> Callable[[], str]:
        def entry() -> str:
            history = self.drive.history
            return history[place] if place < len(history) else "000000"

        return entry

    def _reader(self, number: int) -> Callable[[], float]:
        return lambda: self._values[number]

    def _storer(self, number: int) -> Callable[[float], None]:
        return lambda value: self._store(number, value)

    def _store(self, number: int, value: float) -> None:
        if number in COMMANDS:
            self._take_control()
        if number == 60 and self._values[61]:
            raise PfeifferError(LOGIC)
        self._values[number] = value
        if number == 797:
            self.node.address = math.floor(value)
        if number == 10:
            self.drive.station_switched(on=bool(value))
        self.drive.look()

    def _take_control(self) -> None:
        if self.remote_priority:
            raise PfeifferError(LOGIC)
        if self._values[60] not in {RS_485, UNLOCKED}:
            if self._values[61]:
                raise PfeifferError(LOGIC)
            self._values[60] = RS_485

    def _acknowledge(self, _: float) -> None:
        self._take_control()
        self.drive.acknowledge()
