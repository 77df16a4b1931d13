"""Whether a reply has the form that its row states, and the number that it carries."""

import re
import struct
from typing import Final

NUMBER: Final = re.compile(rb"[-+]?\d+(\.\d+)?([Ee][-+]?\d+)?")
FORMS: Final = {
    "u8": ">B", "u16le": "<H", "u16be": ">H", "i16be": ">h", "u32be": ">I", "i32be": ">i",
    "f32be": ">f",
}  # fmt: skip
ANY: Final = ".."  # any byte


def fits(reply: str, said: bytes, *, binary: bool) -> bool:
    """Whether a reply has the form that its row states."""
    if not binary:
        return re.fullmatch(reply.encode("latin-1"), said, re.DOTALL) is not None
    if reply.startswith("text "):
        return re.fullmatch(reply[5:].encode(), said.rstrip(b"\0")) is not None
    if reply == "u8+":
        return len(said) > 0
    return len(said) == sum(_size(word) for word in reply.split()) and all(
        said[at] == literal for at, literal in _literals(reply)
    )


def number_of(reply: str, said: bytes, *, binary: bool) -> float:
    """The first number that a reply carries, or the one of its group `value`."""
    if not binary:
        if "(?P<value>" in reply:
            form = re.fullmatch(reply.encode("latin-1"), said, re.DOTALL)
            assert form is not None, said
            said = form["value"]
        found = NUMBER.search(said)
        assert found is not None, said
        return float(found[0])
    at = 0
    for word in reply.split():
        if word in FORMS:
            (value,) = struct.unpack_from(FORMS[word], said, at)
            return float(value)
        at += _size(word)
    raise ValueError(f"{reply!r} carries no number")


def _size(word: str) -> int:
    return struct.calcsize(FORMS[word]) if word in FORMS else 1


def _literals(reply: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    for word in reply.split():
        if word.isdecimal():
            found.append((at, int(word)))
        at += _size(word)
    return found
