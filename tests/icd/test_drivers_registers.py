"""Each Modbus driver: every point it declares, and every register it touches, is documented."""

from collections.abc import Mapping
from typing import cast

import pytest

from drivers.core.points import BoundReading, BoundSetting, PointHost
from drivers.core.registers import Kind, Register, declared
from drivers.instruments.watlow_ezzone import ZONE_STEP, WatlowEzzone, ZoneRegister, celsius_to
from tests.contract.instruments.test_verbs import VERBS
from tests.icd.documents import REGISTER_MODELS, RegisterRow, registers
from tests.rigs.instruments import Bench, RegisterTap, at

# Rows that no driver declares, and why.
NOT_DECLARED: Mapping[tuple[str, str], str] = {
    ("eurotherm_3216", "target_setpoint_c_whole"): "read by identify; the mirror is declared",
    **{
        ("eurotherm_3216", f"{name}_whole"): "the mirror in floating point is declared"
        for name in (
            "temperature_c", "manual_output_pct", "output_pct", "working_setpoint_c",
            "ramp_rate", "error_c",
        )
    },
    ("eurotherm_3216", "ramp_rate"): "the plate is not ramped",
    ("eurotherm_3216", "error_c"): "the difference of two other readings",
    ("eurotherm_3216", "program_status"): "no program is run",
    ("lumel_re72", "temperature_c"): "the same in floating point is declared",
    ("lumel_re72", "working_setpoint_c"): "the same in floating point is declared",
    **{
        ("lumel_re72", f"setpoint_{n}_float_c"): "the same as a whole number is declared"
        for n in range(1, 5)
    },
    ("watlow_ezzone", "output_pct"): "heat and cool are declared",
    ("xylem_hydrovar", "errors"): "faults() puts them in words",
    ("xylem_hydrovar", "nominal_current_a"): "nominal_current_a() reads what is announced wrongly",
    **{
        ("hamilton_ph_arc", f"{group}_{kind}"): "errors() and warnings() put them in words"
        for group in ("measurement", "calibration", "interface", "hardware")
        for kind in ("warnings", "errors")
    },
    **{
        ("hamilton_ph_arc", f"calibration_{point}_{what}"): "calibration() reads the record"
        for point in (1, 2, 6)
        for what in ("status", "unit", "ph")
    },
    **{
        ("hamilton_ph_arc", name): "measure_ph() and measure_temperature() tell it"
        for name in ("ph_unit", "temperature_c_unit", "available_units", "name_of_pmc1")
    },
    **{
        ("hamilton_ph_arc", f"{value}_{end}"): "fixed, so checked and not shown"
        for value, ends in (
            ("device_address", ("lowest", "highest")),
            ("moving_average", ("unit", "lowest", "highest")),
        )
        for end in ends
    },
}  # fmt: skip
# Settings whose closer limits are in the instrument at run time.
ASKED_AT_RUN_TIME: Mapping[tuple[str, str], str] = {
    ("xylem_hydrovar", "min_frequency_hz"): "the drive refuses what is above its highest frequency",
    ("xylem_hydrovar", "actuator_hz"): "turning() asks for the lowest and highest frequency",
}
ZONE_TYPES = {"word": "uint16", "number": "float32_low_first", "temperature": "float32_low_first"}


def points_of(bench: Bench) -> list[BoundReading[object]]:
    driver = bench.driver
    host = driver.zones[0] if isinstance(driver, WatlowEzzone) else driver
    return list(declared(cast("PointHost[object]", host)).values())


def place(point: BoundReading[object]) -> tuple[int, str]:
    """Address and type, in the words of the documents."""
    ref = point.spec.ref
    if isinstance(ref, ZoneRegister):
        return ref.number, ZONE_TYPES[ref.kind]
    assert isinstance(ref, Register)
    return ref.address, str(ref.kind) if ref.bit is None else f"bit{ref.bit}"


def known_as(row: RegisterRow) -> str:
    """The type as a driver calls it: 32 bits are read with a sign where the highest is not used."""
    signed = row.type.startswith("uint32") and row.high < 1 << 31
    return row.type.removeprefix("u") if signed else row.type


def in_unit_of(row: RegisterRow, point: BoundReading[object], value: float) -> float:
    """A value of the driver in the unit of the document."""
    if (point.spec.unit, row.unit) == ("C", "F"):
        return celsius_to(value, "F")
    assert point.spec.unit == row.unit
    return value


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_point_has_a_row_of_its_place_type_unit_and_scale(model: str) -> None:
    rows = {(row.address, known_as(row)): row for row in registers(model)}

    async def act(bench: Bench) -> None:
        for point in points_of(bench):
            row = rows[place(point)]
            assert point.spec.scale == row.scale, point.name
            in_unit_of(row, point, 0.0)
            if isinstance(point, BoundSetting):
                assert row.access == "rw", point.name
                low = in_unit_of(row, point, point.limits.low)
                high = in_unit_of(row, point, point.limits.high)
                if (model, point.spec.name) in ASKED_AT_RUN_TIME:
                    continue
                assert row.low <= low <= high <= row.high, point.name

    at(model, act)


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_row_is_a_point_or_left_out_for_a_reason(model: str) -> None:
    async def act(bench: Bench) -> None:
        points = {place(point) for point in points_of(bench)}
        left_out = {
            row.name
            for row in registers(model)
            if "r" in row.access
            and row.type != "server_id"
            and (row.address, known_as(row)) not in points
        }
        assert left_out == {name for of, name in NOT_DECLARED if of == model}

    at(model, act)


@pytest.mark.parametrize("model", REGISTER_MODELS)
def test_every_register_that_is_touched_is_documented(model: str) -> None:
    rows = registers(model)
    readable = {
        start + n
        for row in rows
        if "r" in row.access
        for start, words in ((row.address, row.words), (row.record, row.length))
        for n in range(words)
    }
    settings = {(row.record, row.last_written) for row in rows if "w" in row.access}
    orders = {(row.address, round(row.low)) for row in rows if row.type == "command"}

    async def look(bench: Bench) -> None:
        assert isinstance(bench.tap, RegisterTap)
        for address, count in bench.tap.reads:
            first = in_first_zone(model, address)
            assert readable.issuperset(range(first, first + count)), address
        for address, values in bench.tap.writes:
            first = in_first_zone(model, address)
            known = (first, len(values)) in settings or (first, *values) in orders
            assert known, (address, values)

    async def work(bench: Bench) -> None:
        await bench.driver.readings()
        for verb in VERBS[model]:
            await verb(bench)
        await bench.driver.make_safe()
        await look(bench)

    at(model, work)


def test_the_two_ways_to_name_a_type_are_one() -> None:
    known = {known_as(row) for model in REGISTER_MODELS for row in registers(model)}
    by_other_means = {
        "command", "server_id", "text", "uint32_low_first", "uint32_high_first",
        "int32_high_first_announced_double", "uint32_high_first_announced_double",
    }  # fmt: skip
    assert known - by_other_means <= {str(kind) for kind in Kind}


def in_first_zone(model: str, address: int) -> int:
    """The address as the document has it, which shows one zone."""
    return address % ZONE_STEP if model == "watlow_ezzone" else address
