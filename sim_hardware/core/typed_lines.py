"""What a host types, cut into lines at carriage returns, for the ASCII instruments."""


class TypedLines:
    """Cuts a stream into lines; line feeds and idle XON/XOFF bytes are white space.

    A line longer than `longest` is noise and is cut short, so garbage cannot fill memory.
    """

    def __init__(self, longest: int = 120) -> None:
        self._longest = longest
        self._line = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; return the lines they completed, without terminators."""
        lines: list[str] = []
        for byte in data:
            if byte == 0x0D:
                lines.append(self._line.decode("latin-1"))
                self._line.clear()
            elif byte not in {0x0A, 0x11, 0x13} and len(self._line) < self._longest:
                self._line.append(byte)
        return lines

    def forget(self) -> None:
        """Lose a line that is not finished."""
        self._line.clear()
