"""Some lines of a text file that is too large to read whole: no more of it is held than is shown.

Lines are counted on the way to the first that is wanted, which takes a second for some gigabytes, and there is an end
to it. How many lines follow is not known: counting them would mean reading the rest.
"""

import os
from pathlib import Path
from time import monotonic

from tui.disk_file import mark_of, open_regular
from tui.errors import ToolError
from tui.value import value

CHUNK = 1 << 20
SECONDS = 20.0
"""A search for a line that takes longer is given up: a slow disk, or a line very far down."""


@value
class Range:
    """``lines`` from the asked one on, cut and marked where they are long; ``more``: others follow."""

    lines: list[str]
    more: bool


def size_of(path: Path) -> int:
    """In bytes; 0 for what cannot be told. Raises nothing: whoever reads the file says what is wrong with it."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def read_range(path: Path, offset: int, limit: int, *, width: int, most: int) -> Range:
    """``limit`` lines from line ``offset`` (the first is 1), of ``width`` bytes each and ``most`` in all at the most.

    Raises:
        ToolError: it cannot be read, is no text, or has no such line.
    """
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            return _Reader(path, offset, limit, width, most).read(file.fileno())
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}.") from error


class _Reader:
    """Where it is in the file: ``_number`` is the line that ``_line`` is the beginning of."""

    def __init__(self, path: Path, offset: int, limit: int, width: int, most: int) -> None:
        self._path = path
        self._offset = offset
        self._limit = limit
        self._width = width
        self._room = most
        self._number = 1
        self._line = bytearray()
        self._over = 0
        self._lines: list[tuple[bytes, int]] = []

    def read(self, handle: int) -> Range:
        deadline = monotonic() + SECONDS
        chunk = os.read(handle, CHUNK)
        size = os.fstat(handle).st_size
        mark, encoding = mark_of(chunk)
        if b"\0" in chunk[:8192] and encoding == "utf-8":
            raise ToolError(f"{self._path} is a binary file of {size:,} bytes.")
        if encoding != "utf-8":
            raise ToolError(f"{self._path} has {size:,} bytes of {encoding}: too many to read; convert it first.")
        chunk = chunk[len(mark) :]
        while chunk:
            rest = self._take(chunk)
            chunk = os.read(handle, CHUNK) if rest is None else rest
            if rest is not None:
                return self._range(more=bool(chunk or os.read(handle, 1)))
            if monotonic() > deadline:
                raise ToolError(f"Line {self._offset:,} was not reached within {SECONDS:g} s. Use a tool such as sed.")
        if self._line or self._over:
            self._end_line()
        if not self._lines:
            raise ToolError(f"The file has {self._number - 1:,} lines; there is no line {self._offset:,}.")
        return self._range(more=False)

    def _take(self, chunk: bytes) -> bytes | None:
        """Go on by a chunk. What is left of it when enough is read, else None."""
        at = 0
        if self._number < self._offset:
            ends = chunk.count(b"\n")
            if self._number + ends < self._offset:
                self._number += ends
                tail = len(chunk) - chunk.rfind(b"\n") - 1
                self._over = tail if ends else self._over + tail  # so that a last line without an end counts
                return None
            while self._number < self._offset:
                at = chunk.index(b"\n", at) + 1
                self._number += 1
            self._over = 0
        while (end := chunk.find(b"\n", at)) >= 0:
            self._add(chunk[at:end])
            self._end_line()
            at = end + 1
            if len(self._lines) >= self._limit or self._room <= 0:
                return chunk[at:]
        self._add(chunk[at:])
        return None

    def _add(self, piece: bytes) -> None:
        room = self._width - len(self._line)
        self._line += piece[:room]
        self._over += max(0, len(piece) - room)

    def _end_line(self) -> None:
        if self._number >= self._offset:
            self._lines.append((bytes(self._line), self._over))
            self._room -= len(self._line) + 1
        self._number += 1
        self._line.clear()
        self._over = 0

    def _range(self, *, more: bool) -> Range:
        try:
            for line, over in self._lines:
                if not over:
                    line.decode("utf-8")
            encoding = "utf-8"
        except UnicodeDecodeError:
            encoding = "latin-1"
        lines = []
        for line, over in self._lines:
            text = line.decode(encoding, "ignore")  # a cut may go through a character
            lines.append(f"{text} [... {over:,} more bytes]" if over else text.removesuffix("\r"))
        return Range(lines=lines, more=more)
