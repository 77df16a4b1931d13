"""The catalogue of faults is read strictly, and everything in it can be set and mended."""

from pathlib import Path

import pytest

from sim_hardware.core.fault_catalogue import (
    LEVELS,
    CatalogueError,
    Where,
    read_catalogue,
    shipped_faults,
)

WELL = """schema_version = 1
level = "wire"

[[fault]]
name = "late"
text = "Every answer comes late."
set = { delay_s = 3.0 }
heal = { delay_s = 0 }
for_s = 5
expect = { retry = "none", alarms = ["{tool}.*"], action = "safe", wafer = ["held"] }

[[fault.at]]
transports = ["serial"]

[[fault.at]]
models = ["click_plc"]
set = { delay_s = 9.0 }
expect = { wafer = ["aborted"] }
"""


def written(folder: Path, text: str) -> Path:
    (folder / "wire.toml").write_text(text)
    return folder


def test_the_most_special_place_decides(tmp_path: Path) -> None:
    fault = read_catalogue(written(tmp_path, WELL))["late"]
    serial = fault.place(Where("sputter", "monitor", "inficon_sqm160", "serial"))
    plc = fault.place(Where("sputter", "plc", "click_plc", "modbus_tcp"))
    assert serial is not None
    assert plc is not None
    assert (serial.values, serial.expect.wafer) == ({"delay_s": 3.0}, ("held",))
    assert (plc.values, plc.expect.wafer) == ({"delay_s": 9.0}, ("aborted",))
    assert plc.expect.alarms == serial.expect.alarms
    assert fault.place(Where("aligner", "dose_meter", "thorlabs_pm100", "visa")) is None


def test_what_is_no_instrument_is_only_meant_when_it_is_named(tmp_path: Path) -> None:
    text = WELL.replace('transports = ["serial"]', "")
    fault = read_catalogue(written(tmp_path, text))["late"]
    assert fault.place(Where("sputter", "mains")) is None
    named = text.replace('models = ["click_plc"]', 'roles = ["mains"]')
    assert read_catalogue(written(tmp_path, named))["late"].place(Where("sputter", "mains"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("schema_version = 1", "schema_version = 2", "schema_version: found 2"),
        ('level = "wire"', 'level = "cable"', "level: found 'cable'"),
        ("delay_s = 3.0", 'delay_s = "3"', "late.set.delay_s: found '3'"),
        ("for_s = 5", "for_s = 0", "late.for_s: found 0"),
        ("for_s = 5", "lasts_s = 5", "late.lasts_s: found it"),
        ('retry = "none"', 'retry = "twice"', "retry: found 'twice'"),
        ('wafer = ["held"]', 'wafer = ["lost"]', "wafer: found ['lost']"),
        ('alarms = ["{tool}.*"], ', "", "alarms: found none"),
        ('transports = ["serial"]', "transports = [1]", "transports: found [1]"),
        ('transports = ["serial"]', 'wires = ["serial"]', "wires: found it"),
        ("set = { delay_s = 3.0 }\n", "", "set: found nothing"),
        ('name = "late"\n', "", "name: found nothing"),
        ("[[fault]]", "[[fault", "file: found"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_key(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert old in WELL
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(written(tmp_path, WELL.replace(old, new, 1)))
    assert any(named in fault and "wire.toml" in fault for fault in caught.value.faults)


def test_a_fault_is_there_once(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text(WELL)
    with pytest.raises(CatalogueError, match="late: found it again"):
        read_catalogue(written(tmp_path, WELL))
    with pytest.raises(CatalogueError, match="found no"):
        read_catalogue(tmp_path / "nowhere")


def test_the_shipped_catalogue_has_every_level_and_says_what_each_fault_is() -> None:
    faults = shipped_faults().values()
    assert {fault.level for fault in faults} == set(LEVELS)
    for fault in faults:
        assert fault.text.endswith("."), fault.name
        assert fault.places, fault.name
