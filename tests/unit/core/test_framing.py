"""Frames: wherever the wire cuts the bytes, the same frames come out."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core.framing import CodecError, Feed, delimited, first_frame, fixed_length


def fed(feed: Feed, pieces: list[bytes]) -> tuple[list[bytes], bytes]:
    frames: list[bytes] = []
    rest = b""
    for piece in pieces:
        more, rest = feed(rest + piece)
        frames += more
    return frames, rest


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(at % (len(data) + 1) for at in cuts)})
    return [data[left:right] for left, right in itertools.pairwise(edges)]


@given(st.binary(max_size=60), st.integers(1, 9), st.lists(st.integers(0, 1000), max_size=8))
def test_frames_of_one_length_do_not_depend_on_where_the_wire_cuts(
    data: bytes, count: int, cuts: list[int]
) -> None:
    frames, rest = fed(fixed_length(count), cut(data, cuts))
    assert (frames, rest) == fixed_length(count)(data)
    assert b"".join(frames) + rest == data
    assert all(len(frame) == count for frame in frames)
    assert len(rest) < count


@given(
    st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"5"]), max_size=30).map(b"".join),
    st.sampled_from([b"\r", b"\r\n", b"\n"]),
    st.lists(st.integers(0, 1000), max_size=8),
)
def test_lines_do_not_depend_on_where_the_wire_cuts(
    data: bytes, terminator: bytes, cuts: list[int]
) -> None:
    frames, rest = fed(delimited(terminator), cut(data, cuts))
    assert (frames, rest) == delimited(terminator)(data)
    assert b"".join(frame + terminator for frame in frames) + rest == data


@given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_follows_the_first_line_stays_as_it_came(lines: list[bytes]) -> None:
    clean = [line.replace(b"\r", b"x") for line in lines]
    data = b"".join(line + b"\r" for line in clean)
    frame, rest = first_frame(delimited(b"\r"), data)
    assert frame == clean[0]
    assert rest == b"".join(line + b"\r" for line in clean[1:])


def test_an_acknowledge_and_the_packet_behind_it_are_read_by_two_feeds() -> None:
    acknowledge, rest = first_frame(fixed_length(1), b"\x06\x0a\x01\x02")
    packet, rest = first_frame(fixed_length(3), rest)
    assert (acknowledge, packet, rest) == (b"\x06", b"\x0a\x01\x02", b"")


def only_digits(buffer: bytes) -> tuple[list[bytes], bytes]:
    frames, rest = delimited(b"\r")(buffer)
    if not all(frame.isdigit() for frame in frames):
        raise CodecError("no digits")
    return frames, rest


def test_a_good_frame_is_not_spoilt_by_nonsense_behind_it() -> None:
    assert first_frame(only_digits, b"12\rnonsense\r") == (b"12", b"nonsense\r")


def test_nonsense_in_front_is_an_error() -> None:
    with pytest.raises(CodecError):
        first_frame(only_digits, b"nonsense\r12\r")


def test_half_a_frame_is_no_frame_yet() -> None:
    assert first_frame(delimited(b"\r\n"), b"12\r") == (None, b"12\r")


def test_a_frame_of_no_bytes_cannot_be_declared() -> None:
    with pytest.raises(CodecError):
        fixed_length(0)
    with pytest.raises(CodecError):
        delimited(b"")
