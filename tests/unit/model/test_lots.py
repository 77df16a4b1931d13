"""Lots and wafers: ids that fit everywhere, wafers that belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from linecontrol.model.lot import Lot, lot_id, wafers_of
from linecontrol.model.wafer import Wafer, lot_of, wafer_of


def lot(wafers: tuple[Wafer, ...]) -> Lot:
    return Lot(
        id="L0001", flow="a@1", flow_hash="0" * 64, line="pilot_sim", simulated=True, wafers=wafers
    )


@given(number=st.integers(1, 999_999), count=st.integers(1, 25))
def test_every_wafer_id_names_its_lot_and_fits_a_controller(number: int, count: int) -> None:
    wafers = wafers_of(lot_id(number), count)
    assert [wafer.slot for wafer in wafers] == list(range(1, count + 1))
    assert {lot_of(wafer.id) for wafer in wafers} == {lot_id(number)}
    assert all(len(wafer.id) <= 13 for wafer in wafers)


@pytest.mark.parametrize("text", ["", "L0001", "L0001-7", "l0001-07", "L0001-07x"])
def test_what_is_no_wafer_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a wafer id"):
        lot_of(text)


@pytest.mark.parametrize("slot", [0, 26])
def test_a_wafer_sits_in_one_of_25_slots(slot: int) -> None:
    with pytest.raises(ValidationError, match="slot"):
        wafer_of("L0001", slot)


def test_a_lot_holds_its_own_wafers() -> None:
    with pytest.raises(ValidationError, match="wafer of another lot"):
        lot(wafers_of("L0002", 2))


def test_a_slot_holds_one_wafer() -> None:
    with pytest.raises(ValidationError, match="two wafers"):
        lot((wafer_of("L0001", 3), wafer_of("L0001", 3)))


def test_a_lot_has_at_least_one_wafer() -> None:
    with pytest.raises(ValidationError, match="wafers"):
        lot(())
