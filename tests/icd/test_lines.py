"""Each driver's serial line: speed, bits, parity and stop bits are those of the document."""

import re
from typing import Final

import pytest

from drivers.core.links.serial import SerialSettings
from drivers.instruments import catalog
from tests.icd.documents import FOLDER

# e.g. `**mks_937b**: 9600 8N1`; the Cesar's speed is set at its front, the ESP301 has two
LINE: Final = re.compile(r"\*\*(\w+)\*\*:? (?:(\d+) )?([78])([NEO])([12])(?: \((\d+) over USB\))?")
AS: Final = re.compile(r"\*\*(\w+)\*\*: as (\w+)")
SERIAL: Final = {
    model: vars(kind)["SERIAL"] for model, kind in catalog.MODELS.items() if "SERIAL" in vars(kind)
}


def documented() -> dict[str, re.Match[str]]:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    found = {line[1]: line for line in LINE.finditer(text)}
    return found | {same[1]: found[same[2]] for same in AS.finditer(text)}


@pytest.mark.parametrize("model", sorted(SERIAL))
def test_the_line_is_set_as_documented(model: str) -> None:
    settings = SERIAL[model]
    assert isinstance(settings, SerialSettings)
    line = documented()[model]
    assert (settings.bits, settings.parity, settings.stop_bits) == (
        int(line[3]),
        line[4],
        int(line[5]),
    )
    speeds = {int(speed) for speed in (line[2], line[6]) if speed}
    assert settings.baud in speeds or not speeds


def test_every_serial_instrument_is_there() -> None:
    assert SERIAL.keys() <= documented().keys()
    assert len(SERIAL) >= 24
