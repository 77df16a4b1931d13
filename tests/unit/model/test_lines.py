"""Line files: every role of every tool, once, by its model, at an address of its own."""

import pytest

from linecontrol.model.loading import load_line
from tests.rigs.recipe_site import RecipeSite

SIM, REAL = "pilot_sim", "example_real"


def test_an_unknown_role_is_answered_with_the_nearest_one(site: RecipeSite) -> None:
    site.edit(SIM, 'role = "monitor"', 'role = "monitr"')
    unknown, missing = site.line_faults(SIM)
    assert (unknown.key, unknown.found) == ("tool.sputter.role", "'monitr'")
    assert unknown.allowed.startswith("monitor (nearest)")
    assert unknown.line == site.line_number(SIM, "monitr")
    assert (missing.key, missing.found) == ("tool.sputter", "no 'monitor'")


def test_a_role_twice_is_refused(site: RecipeSite) -> None:
    site.edit(SIM, 'role = "lower_roll"', 'role = "upper_roll"')
    assert [fault.found for fault in site.line_faults(SIM)][:2] == [
        "'upper_roll' again",
        "no 'lower_roll'",
    ]


def test_an_unknown_model_is_refused(site: RecipeSite) -> None:
    site.edit(SIM, 'model = "inficon_sqm160"', 'model = "inficon_sqm161"')
    (fault,) = site.line_faults(SIM)
    assert (fault.key, fault.found) == ("tool.sputter.monitor.model", "'inficon_sqm161'")
    assert fault.allowed.startswith("inficon_sqm160 (nearest)")


def test_a_role_is_played_by_its_own_model(site: RecipeSite) -> None:
    site.edit(SIM, 'model = "inficon_sqm160"', 'model = "aja_dcxs"')
    (fault,) = site.line_faults(SIM)
    assert (fault.found, fault.allowed) == ("'aja_dcxs'", "'inficon_sqm160'")


def test_a_model_speaks_its_own_transport(site: RecipeSite) -> None:
    site.edit(SIM, 'transport = "modbus_rtu"', 'transport = "serial"')
    (fault,) = site.line_faults(SIM)
    assert (fault.key, fault.found) == ("tool.laminator.upper_roll.transport", "'serial'")
    assert fault.allowed == "'modbus_rtu'"


def test_an_unknown_transport_is_refused(site: RecipeSite) -> None:
    site.edit(SIM, 'transport = "modbus_rtu"', 'transport = "pigeon"')
    (fault,) = site.line_faults(SIM)
    assert fault.key == "tool[2].instrument[2].transport"
    assert fault.found == "'pigeon'"
    assert "'modbus_rtu'" in fault.allowed
    assert fault.line == site.line_number(SIM, "pigeon")


def test_two_tools_at_one_address_are_refused(site: RecipeSite) -> None:
    site.edit(REAL, "192.168.10.12:502", "192.168.10.11:502")
    (fault,) = site.line_faults(REAL)
    assert fault.key == "tool.laminator.plc.url"
    assert fault.found == "'192.168.10.11:502', which tool.sputter.plc has"


def test_two_instruments_on_one_wire_without_a_bus_are_refused(site: RecipeSite) -> None:
    site.edit(REAL, "sputter_monitor", "sputter_dc_supply")
    (fault,) = site.line_faults(REAL)
    assert fault.key == "tool.sputter.monitor.url"
    assert "tool.sputter.dc_supply has" in fault.found


@pytest.mark.parametrize("line", [SIM, REAL])
def test_two_units_of_one_number_on_a_bus_are_refused(site: RecipeSite, line: str) -> None:
    site.edit(line, 'unit = 2\nbus = "rolls"', 'unit = 1\nbus = "rolls"')
    (fault,) = site.line_faults(line)
    assert fault.key == "tool.laminator.lower_roll.unit"
    assert fault.found.startswith("1 on")
    assert fault.found.endswith("which tool.laminator.upper_roll has")


def test_a_bus_is_one_wire(site: RecipeSite) -> None:
    site.edit(REAL, 'laminator_rolls"\nunit = 2', 'laminator_other"\nunit = 2')
    (fault,) = site.line_faults(REAL)
    assert fault.key == "tool.laminator.lower_roll.url"
    assert "laminator_rolls" in fault.allowed


def test_a_real_line_says_every_address(site: RecipeSite) -> None:
    site.edit(REAL, "192.168.10.11:502", "auto")
    (fault,) = site.line_faults(REAL)
    assert (fault.key, fault.found) == ("tool.sputter.plc.url", "'auto'")
    assert fault.allowed == "host:port: the line is real"


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("192.168.10.11:502", "192.168.10.11", "host:port"),
        ("/dev/serial/by-id/sputter_dc_supply", "ttyS0", "/dev/... or COMn"),
        ("USB0::0x1313::0x8072::P2001234::INSTR", "USB0", "a VISA resource name"),
    ],
)
def test_an_address_has_the_form_of_its_transport(
    site: RecipeSite, old: str, new: str, allowed: str
) -> None:
    site.edit(REAL, old, new)
    (fault,) = site.line_faults(REAL)
    assert fault.found == repr(new)
    assert fault.allowed.startswith(allowed)


def test_a_rack_and_a_tool_have_names_of_their_own(site: RecipeSite) -> None:
    site.edit(SIM, 'id = "wip"', 'id = "sputter"')
    (fault,) = site.line_faults(SIM)
    assert (fault.key, fault.found) == ("rack[1].id", "'sputter' again")
    assert fault.line == site.line_number(SIM, "[[rack]]") + 1


def test_whether_a_line_is_simulated_is_never_guessed(site: RecipeSite) -> None:
    site.edit(SIM, "simulated = true\n", "")
    (fault,) = site.line_faults(SIM)
    assert (fault.key, fault.found) == ("simulated", "nothing")


def test_a_tool_offers_what_it_lists_and_nothing_else(site: RecipeSite) -> None:
    line = load_line(site.file(SIM)).model
    (developer,) = line.able("developer", {"chemistry": "tmah"})
    assert developer.offers({"chemistry": "na2co3"})
    assert not developer.offers({"chemistry": "koh"})
    assert not developer.offers({"bath": "cu"})
    (copper,) = line.able("plating_cell", {"bath": "cu"})
    assert copper.id == "plating_cu"
