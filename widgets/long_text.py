"""A text of any length, and which of its lines stands in which row.

It is taken in slices: ``add`` costs nothing, and each ``step`` cleans and counts about a megabyte, so
that a hundred of them never hold the screen up. When lines are wrapped, a slice that nobody has seen
yet only has an estimated height; it becomes exact when it is looked at or when ``step`` gets to it.
"""

from bisect import bisect_right
from collections import OrderedDict, deque
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import cell_len

from widgets.ansi import PLAIN, AnsiReader, Ink, Inked, Span, joined, within
from widgets.line_view import chop

SLICE = 64 * 1024  # characters; a line longer than that is shown in pieces
STEP = 16  # slices for each step
LAID = 48  # slices whose rows are kept ready

Line = tuple[str, bool, tuple[Span, ...]]  # a row's text, whether it goes on with the line above, and its colours


@dataclass(slots=True)
class _Slice:
    inked: Inked
    lines: int  # exact
    widest: int  # cells, of its longest line
    rows: int  # exact when ``measured`` is the present width
    measured: int = 0

    @property
    def text(self) -> str:
        return self.inked.text


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: a slice, and from which to which character of it."""

    slice: int
    start: int
    end: int


class LongText:
    """Rows are counted from 0. ``width`` 0 means that lines are not wrapped.

    ``ink`` is what the text begins in; ``goes_on``: its first line began before it.
    """

    def __init__(self, *, ink: Ink = PLAIN, goes_on: bool = False) -> None:
        self._slices: list[_Slice] = []
        self._waiting: deque[str] = deque()
        self._waiting_at = 0
        self._reader = AnsiReader(ink)
        self._goes_on = goes_on
        self._ends: list[int] | None = None  # row after the last of each slice
        self._laid: OrderedDict[int, list[Line]] = OrderedDict()
        self._to_measure = 0
        self.width = 0

    # -- taking in

    def add(self, text: str) -> None:
        """More text at the end. It shows after the next ``step``."""
        if text:
            self._waiting.append(text)

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to ``step`` for."""
        return not self._waiting and (not self.width or self._to_measure >= len(self._slices))

    def step(self) -> None:
        """Take in, and measure, about a megabyte."""
        for _ in range(STEP):
            if not self._waiting:
                break
            self._take(self._reader.read(self._next_piece()))
        if self.width:
            end = min(len(self._slices), self._to_measure + STEP)
            for index in range(self._to_measure, end):
                self._measure(index)
            self._to_measure = end

    def _next_piece(self) -> str:
        head, at = self._waiting[0], self._waiting_at
        end = at + SLICE
        if end < len(head):
            line_end = head.rfind("\n", at, end)
            end = line_end + 1 if line_end >= 0 else end
        if end >= len(head):
            self._waiting.popleft()
            self._waiting_at = 0
        else:
            self._waiting_at = end
        return head if at == 0 and end >= len(head) else head[at:end]

    def finish(self) -> None:
        """Take in all that waits: for texts that are known to be short."""
        while self._waiting:
            self._take(self._reader.read(self._next_piece()))

    @property
    def ink(self) -> Ink:
        """What the text ends in."""
        return self._reader.ink

    @property
    def held(self) -> str:
        """The beginning of an escape sequence that the text was cut in."""
        return self._reader.held

    def _take(self, text: Inked) -> None:
        """Join ``text`` to the last slice while that is short, else begin another."""
        if not text.text:
            return
        last = self._slices[-1] if self._slices else None
        if last is not None and len(last.text) + len(text.text) <= SLICE:
            text = joined(last.inked, text)
            self._forget_from(len(self._slices) - 1)
            self._slices.pop()
        elif last is not None and not last.text.endswith("\n") and len(last.text) < SLICE:
            open_at = last.text.rfind("\n") + 1  # its open line goes on in the next slice
            if len(last.text) - open_at + len(text.text) <= 2 * SLICE:
                self._forget_from(len(self._slices) - 1)
                self._slices.pop()
                if open_at:
                    self._slices.append(_sliced(last.inked.cut(0, open_at)))
                text = joined(last.inked.cut(open_at, len(last.text)), text)
        self._slices.append(_sliced(text))
        self._ends = None

    def _forget_from(self, index: int) -> None:
        self._to_measure = min(self._to_measure, index)
        self._laid.pop(index, None)

    # -- rows

    def set_width(self, width: int) -> None:
        """Wrap at ``width`` cells from now on; 0: do not wrap."""
        if width == self.width:
            return
        self.width = width
        self._laid.clear()
        self._to_measure = 0
        self._ends = None
        for part in self._slices:
            part.measured = 0
            part.rows = part.lines if not width else max(part.lines, len(part.text) // width)

    @property
    def row_count(self) -> int:
        """So far; an estimate until ``settled``."""
        return self._row_ends()[-1] if self._slices else 0

    @property
    def widest(self) -> int:
        """Cells of the longest line."""
        return max((part.widest for part in self._slices), default=0)

    def row(self, y: int) -> Line | None:
        """What stands in row ``y``."""
        ends = self._row_ends()
        index = bisect_right(ends, y)
        if y < 0 or index >= len(ends):
            return None
        rows = self._lay(index)
        within = y - (ends[index] - self._slices[index].rows)
        return rows[within] if within < len(rows) else None

    def exact_around(self, y: int, height: int) -> None:
        """Measure the slices that stand in rows ``y`` to ``y + height``, so that no gap shows."""
        if not self.width:
            return
        index = bisect_right(self._row_ends(), y)
        end = y + height
        while index < len(self._slices):
            self._measure(index)
            if self._row_ends()[index] >= end:
                break
            index += 1

    def _row_ends(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(part.rows for part in self._slices))
        return self._ends

    def _measure(self, index: int) -> None:
        part = self._slices[index]
        if part.measured != self.width:
            rows = len(self._lay(index))
            part.measured = self.width
            if rows != part.rows:
                part.rows = rows
                self._ends = None

    def _lay(self, index: int) -> list[Line]:
        rows = self._laid.get(index)
        if rows is None:
            part = self._slices[index]
            goes_on = not self._slices[index - 1].text.endswith("\n") if index else self._goes_on
            rows = self._laid[index] = _rows(part.inked, self.width, goes_on)
            if len(self._laid) > LAID:
                self._laid.popitem(last=False)
        else:
            self._laid.move_to_end(index)
        return rows

    # -- searching and taking out

    def find(self, query: str, after: Place | None = None, *, backwards: bool = False) -> Place | None:
        """The next place of ``query`` (letter case aside) after ``after``, around the end, in what is taken in."""
        sought = query.lower()
        count = len(self._slices)
        if not sought or not count:
            return None
        at = after.slice if after is not None else (count - 1 if backwards else 0)
        for turn in range(count + 1):
            index = (at - turn) % count if backwards else (at + turn) % count
            text = folded(self._slices[index].text)
            if backwards:
                limit = after.start if after is not None and turn == 0 else len(text)
                start = text.rfind(sought, 0, limit)
            else:
                start = text.find(sought, after.end if after is not None and turn == 0 else 0)
            if start >= 0:
                return Place(index, start, start + len(sought))
        return None

    def first(self, sought: str, after: Place | None = None) -> Place | None:
        """The next place of ``sought`` (in lower case) after another, None at the end."""
        for index in range(after.slice if after is not None else 0, len(self._slices)):
            text = folded(self._slices[index].text)
            start = text.find(sought, after.end if after is not None and index == after.slice else 0)
            if start >= 0:
                return Place(index, start, start + len(sought))
        return None

    def row_of(self, place: Place) -> tuple[int, int]:
        """(row, character in the row) of a place's start."""
        index = min(place.slice, len(self._slices) - 1)
        if self.width:
            self._measure(index)
        part = self._slices[index]
        first = self._row_ends()[index] - part.rows
        line_start = part.text.rfind("\n", 0, place.start) + 1
        line = part.text.count("\n", 0, line_start)
        column = len(part.text[line_start : place.start].expandtabs())
        rows = self._lay(index)
        row = _row_of_line(rows, line)
        while row + 1 < len(rows) and rows[row + 1][1] and column >= len(rows[row][0]):
            column -= len(rows[row][0])
            row += 1
        return first + row, column

    def place_of(self, y: int) -> Place | None:
        """The start of the line that stands in row ``y``: it stays the same when rows are measured or wrapped anew."""
        ends = self._row_ends()
        index = bisect_right(ends, y)
        if y < 0 or index >= len(ends):
            return None
        part, rows = self._slices[index], self._lay(index)
        within = y - (ends[index] - part.rows)
        line = sum(not row[1] for row in rows[1 : within + 1])
        start = 0
        for _ in range(line):
            start = part.text.find("\n", start) + 1
        return Place(index, start, start)

    def line_of(self, y: int) -> int:
        """The number of the line in row ``y``, from 0."""
        place = self.place_of(y)
        if place is None:
            return 0
        before = sum(part.text.count("\n") for part in self._slices[: place.slice])
        return before + self._slices[place.slice].text.count("\n", 0, place.start)

    @property
    def line_total(self) -> int:
        """Lines so far."""
        ends = sum(part.text.count("\n") for part in self._slices)
        return ends + bool(self._slices and not self._slices[-1].text.endswith("\n"))

    @property
    def stretches(self) -> int:
        """How many pieces there are to search."""
        return len(self._slices)

    def count(self, stretch: int, sought: str, before: int | None = None) -> int:
        """How often ``sought`` (in lower case) stands in a piece, up to a character of it."""
        return folded(self._slices[stretch].text)[:before].count(sought)

    @property
    def text(self) -> str:
        """All that is taken in."""
        return "".join(part.text for part in self._slices)


def folded(text: str) -> str:
    """``text`` in lower case, character by character: indices stay what they were."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _sliced(inked: Inked) -> _Slice:
    text = inked.text
    lines = text.count("\n") + (not text.endswith("\n"))
    longest = max(text.split("\n"), key=len)
    widest = cell_len(longest.expandtabs()) if not longest.isascii() or "\t" in longest else len(longest)
    return _Slice(inked, lines, widest, lines)


def _rows(inked: Inked, width: int, goes_on: bool) -> list[Line]:
    """The rows of a slice. ``goes_on``: its first line began in the slice before."""
    lines = inked.text.removesuffix("\n").split("\n")
    rows: list[Line] = []
    at = 0
    inks = _InkReader(inked.spans)
    for number, line in enumerate(lines):
        spans = inks.until(at, at + len(line))
        at += len(line) + 1
        shown = line
        if "\t" in line:
            shown, spans = _expanded(line, spans)
        first = goes_on and number == 0
        if not width or (len(shown) <= width and shown.isascii()):
            rows.append((shown, first, spans))
        else:
            begin = 0
            for part, piece in enumerate(_chopped(shown, width)):
                rows.append((piece, first or part > 0, within(spans, begin, begin + len(piece)) if spans else ()))
                begin += len(piece)
    return rows


def _chopped(line: str, width: int) -> list[str]:
    if line.isascii():
        return [line[at : at + width] for at in range(0, len(line), width)] or [""]
    return chop(line, width)


class _InkReader:
    """Spans of one line after the other, read once."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self._spans = spans
        self._next = 0

    def until(self, start: int, end: int) -> tuple[Span, ...]:
        """The spans of a line, counted from its first character. Lines come in order."""
        spans, first = self._spans, self._next
        while first < len(spans) and spans[first][1] <= start:
            first += 1
        last = first
        while last < len(spans) and spans[last][0] < end:
            last += 1
        self._next = first
        return within(spans[first:last], start, end) if last > first else ()


def _expanded(line: str, spans: tuple[Span, ...]) -> tuple[str, tuple[Span, ...]]:
    """A line with blanks for its tabs."""
    if not spans:
        return line.expandtabs(), ()
    return line.expandtabs(), tuple(
        (len(line[:start].expandtabs()), len(line[:end].expandtabs()), ink) for start, end, ink in spans
    )


def _row_of_line(rows: list[Line], line: int) -> int:
    seen = -1
    for index, (_, continued, _) in enumerate(rows):
        seen += not continued or index == 0
        if seen == line:
            return index
    return len(rows) - 1
