"""A text of which only what is looked at is in memory: its pages are fetched when a row of theirs is about to be seen.

Sizes and line ends of all pages are known from the start, so there is a scroll bar, and a line number for every row,
before anything was read. Where lines are wrapped, a page that nobody has seen has only an estimated height.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from widgets.ansi import PLAIN, Ink
from widgets.clean import clean
from widgets.long_text import Line, LongText, Place, folded

KEPT_BYTES = 12_000_000
"""Of pages in memory."""
END_BYTES = 16_384
"""Of a page that are read to know how it ends."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """``size`` in bytes of UTF-8; ``lines`` counts its newlines."""

    size: int
    lines: int


class PageLost(Exception):
    """A page cannot be fetched; the text says why."""


class TextSource(Protocol):
    """Where the pages of a text come from. A page may end inside a line, never inside a character."""

    @property
    def pages(self) -> Sequence[PageSize]: ...

    async def fetch(self, page: int) -> bytes:
        """One page. Raises PageLost, which is shown in the page's place."""
        ...


@dataclass(slots=True)
class _Page:
    size: PageSize
    rows: int
    measured: int = -1  # the width that ``rows`` is exact for
    read: bool = False  # then the following are known
    open_end: bool = False  # its last line goes on in the next page
    ink: Ink = PLAIN  # at its end
    tail: str = ""  # the beginning of an escape sequence that it was cut in


class PagedText:
    """Rows are counted from 0. ``width`` 0 means that lines are not wrapped."""

    def __init__(self, pages: Sequence[PageSize]) -> None:
        self.width = 0
        self.widest = 0
        self._pages = [_Page(size, max(1, size.lines)) for size in pages]
        self._texts: OrderedDict[int, LongText] = OrderedDict()
        self._ends: list[int] | None = None
        self._lines = [0, *accumulate(page.lines for page in pages)]

    def __len__(self) -> int:
        return len(self._pages)

    def has(self, page: int) -> bool:
        return page in self._texts

    def read(self, page: int, data: bytes) -> LongText:
        """What was fetched, as rows. Slow where there are many colours or wide characters: a thread may do it."""
        before = self._pages[page - 1] if page else None
        text = LongText(ink=before.ink if before else PLAIN, goes_on=bool(before and before.open_end))
        text.add((before.tail if before else "") + data.decode("utf-8", "replace"))
        text.finish()
        text.set_width(self.width)
        while not text.settled:
            text.step()
        return text

    def put(self, page: int, data: bytes, text: LongText | None = None) -> None:
        """Take in what was fetched (and ``read``). Those that nobody has looked at for longest leave memory."""
        text = text or self.read(page, data)
        self._note(page, data, text)
        self._texts[page] = text
        self._texts.move_to_end(page)
        self.widest = max(self.widest, text.widest)
        self._measure(page)
        while len(self._texts) > 3 and sum(self._pages[n].size.size for n in self._texts) > KEPT_BYTES:
            self._texts.popitem(last=False)

    def knows_end(self, page: int) -> bool:
        return self._pages[page].read

    def note_end(self, page: int, data: bytes) -> None:
        """Learn how a page ends that need not be seen: what follows goes on in its colours."""
        text = LongText()
        text.add(data[-END_BYTES:].decode("utf-8", "replace"))
        text.finish()
        self._note(page, data, text)

    def _note(self, page: int, data: bytes, text: LongText) -> None:
        state = self._pages[page]
        state.read, state.open_end = True, not data.endswith(b"\n")
        state.ink, state.tail = text.ink, text.held

    def set_width(self, width: int) -> None:
        """Wrap at ``width`` cells from now on; 0: do not wrap."""
        if width == self.width:
            return
        self.width = width
        for number, page in enumerate(self._pages):
            page.rows = max(1, page.size.lines, page.size.size // width if width else 0)
            page.measured = -1
            if number in self._texts:
                self._measure(number)
        self._ends = None

    def _measure(self, page: int) -> None:
        text, state = self._texts[page], self._pages[page]
        text.set_width(self.width)
        while not text.settled:
            text.step()
        state.rows, state.measured = max(1, text.row_count), self.width
        self._ends = None

    # -- rows

    @property
    def row_count(self) -> int:
        """An estimate where lines are wrapped."""
        return self._row_ends()[-1] if self._pages else 0

    def row(self, y: int) -> Line | None:
        """What stands in row ``y``; None where its page is not in memory, or past the end."""
        page, within = self.at(y)
        text = self._texts.get(page)
        if text is None:
            return None
        self._texts.move_to_end(page)
        return text.row(within)

    def at(self, y: int) -> tuple[int, int]:
        """The page of a row, and which row of it; (-1, 0) past the end."""
        page = bisect_right(self._row_ends(), y)
        if y < 0 or page >= len(self._pages):
            return -1, 0
        return page, y - self.first_row(page)

    def first_row(self, page: int) -> int:
        return self._row_ends()[page] - self._pages[page].rows

    def rows_of(self, page: int) -> int:
        return self._pages[page].rows

    def _row_ends(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(page.rows for page in self._pages))
        return self._ends

    def row_of(self, page: int, place: Place) -> int:
        """The row of a place in a page that is in memory."""
        return self.first_row(page) + self._texts[page].row_of(place)[0]

    def line_of(self, y: int) -> int:
        """The number of the line in row ``y``, from 0; an estimate where its page is not in memory."""
        page, within = self.at(y)
        if page < 0:
            return self.line_total
        text = self._texts.get(page)
        if text is not None:
            return self._lines[page] + text.line_of(within)
        return self._lines[page] + self._pages[page].size.lines * within // max(1, self._pages[page].rows)

    @property
    def line_total(self) -> int:
        return self._lines[-1]

    def places(self, page: int, sought: str) -> list[Place]:
        """Where ``sought`` (in lower case) stands in a page that is in memory."""
        text = self._texts[page]
        found: list[Place] = []
        place = text.first(sought)
        while place is not None:
            found.append(place)
            place = text.first(sought, place)
        return found


_CONTROLS = bytes([*range(9), *range(11, 32), 127])
_LOWER = bytes(range(256)).lower()


def searchable(data: bytes) -> bytes:
    """A page as it is searched: clean, letter case aside. Quick where it is ASCII without escape sequences."""
    if data.isascii() and b"\x1b" not in data:
        return data.translate(_LOWER, _CONTROLS)
    return folded(clean(data.decode("utf-8", "replace"))).encode("utf-8", "surrogatepass")
