"""What registers hold: every number and text comes back as it went, or is refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.framing import CodecError
from drivers.core.registers import (
    Kind,
    Register,
    WordOrder,
    bits_of,
    decode,
    encode,
    float32_from,
    float32_to,
    int16_from,
    int16_to,
    int32_from,
    int32_to,
    runs,
    text_from,
    text_to,
)

WORDS = st.integers(0, 0xFFFF)
ORDERS = st.sampled_from(WordOrder)
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=16)
REGISTERS = st.builds(Register, st.integers(0, 300), st.sampled_from(Kind))


def test_the_halves_of_100_lie_as_each_maker_chose() -> None:
    assert float32_to(100.0, WordOrder.HIGH_FIRST) == [0x42C8, 0x0000]
    assert float32_to(100.0, WordOrder.LOW_FIRST) == [0x0000, 0x42C8]
    assert int32_to(0x12345678, WordOrder.LOW_FIRST) == [0x5678, 0x1234]
    assert text_to("AB", 4) == [0x4241, 0x2020]


@given(st.floats(width=32, allow_nan=False), ORDERS)
def test_a_float_comes_back(value: float, order: WordOrder) -> None:
    assert float32_from(float32_to(value, order), order) == value


@given(st.integers(-(2**31), 2**31 - 1), ORDERS)
def test_a_long_integer_comes_back(value: int, order: WordOrder) -> None:
    assert int32_from(int32_to(value, order), order) == value


@given(st.integers(-32768, 32767))
def test_a_short_integer_comes_back(value: int) -> None:
    assert int16_from(int16_to(value)) == value


@given(PRINTABLE)
def test_a_text_comes_back_without_its_padding(text: str) -> None:
    assert text_from(text_to(text, 16)) == text.rstrip()


@given(st.lists(WORDS, max_size=8))
def test_any_registers_are_some_text(words: list[int]) -> None:
    assert len(text_from(words)) <= 2 * len(words)


@pytest.mark.parametrize("text", ["12345678901234567", "ä", "a\nb"])
def test_a_text_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        text_to(text, 16)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e39])
def test_what_no_register_can_hold_is_refused(kind: Kind, value: float) -> None:
    with pytest.raises(CodecError):
        encode(Register(0, kind), value)


def test_a_single_bit_can_be_read_but_not_written() -> None:
    assert decode(Register(0, Kind.UINT16, 6), [0x0040]) == 1
    assert decode(Register(0, Kind.UINT16, 5), [0x0040]) == 0
    with pytest.raises(CodecError):
        encode(Register(0, Kind.UINT16, 6), 1)


@given(st.sampled_from(Kind), st.integers(0, 32767))
def test_a_whole_number_comes_back_from_every_kind(kind: Kind, value: int) -> None:
    register = Register(7, kind)
    words = encode(register, value)
    assert len(words) == register.words
    assert decode(register, words) == value


@given(st.sampled_from(Kind), st.lists(WORDS, max_size=4))
def test_the_wrong_number_of_registers_is_refused(kind: Kind, words: list[int]) -> None:
    register = Register(0, kind)
    if len(words) == register.words:
        decode(register, words)
        return
    with pytest.raises(CodecError):
        decode(register, words)


@given(st.lists(WORDS, max_size=8))
def test_the_bits_set_are_those_of_the_number(words: list[int]) -> None:
    data = struct.pack(f"<{len(words)}H", *words)
    assert sum(1 << bit for bit in bits_of(words)) == int.from_bytes(data, "little")


@given(st.lists(REGISTERS, max_size=40))
def test_reads_cover_what_is_asked_and_nothing_else(registers: list[Register]) -> None:
    asked = {register.address + n for register in registers for n in range(register.words)}
    reads = runs(registers, longest=10)
    covered = [address + n for address, count in reads for n in range(count)]
    assert sorted(covered) == sorted(asked)
    assert all(1 <= count <= 10 for _, count in reads)
