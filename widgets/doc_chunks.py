"""Documents in chunks: what lets a transcript lay out only what is seen.

A `Document` is one block ready to be shown: a list of `Chunk`s, each knowing the offset in the block's source where
it starts, and its rows only once somebody looks. Heights that are not known are estimated; `Document.total` is the
running sum of both, kept up to date without walking the chunks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from widgets.doc_lines import BLANK, Line, Run, expand_tabs, slices, wrap

SLICE = 4_000  # characters of one very long line in a chunk
PIECE_LINES = 16  # lines of code or plain text in a chunk

_START = attrgetter("start")


class Chunk:
    """A stretch of a document that is laid out as one. `gap` is the number of empty rows above it, `counted` the
    number of rows that its document has counted for it."""

    __slots__ = ("_lines", "_stamp", "counted", "gap", "source", "start")

    def __init__(self, source: str, start: int, *, gap: int = 0) -> None:
        self.source = source
        self.start = start
        self.gap = gap
        self.counted = 0
        self._lines: list[Line] | None = None
        self._stamp: object = None

    def stamp(self, width: int) -> object:
        """What the laid out rows depend on, beside the source."""
        return width

    def lay(self, width: int) -> list[Line]:
        """The rows at `width` cells, without the gap."""
        raise NotImplementedError

    def lines(self, width: int) -> list[Line]:
        """The rows at `width` cells, the gap first. Laid out once per width."""
        stamp = self.stamp(width)
        if self._lines is None or self._stamp != stamp:
            self._lines = [BLANK] * self.gap + self.lay(width)
            self._stamp = stamp
        return self._lines

    def height(self, width: int) -> int:
        """The number of rows where known, else a guess from the source's length."""
        if self._lines is not None and self._stamp == self.stamp(width):
            return len(self._lines)
        return self.gap + self.guess(width)

    def guess(self, width: int) -> int:
        """A guess at the number of rows, without laying out."""
        return self.source.count("\n") + len(self.source) // max(8, width) + (not self.source.endswith("\n"))

    def same_as(self, other: Chunk) -> bool:
        """Whether another chunk would show the same rows, so that it can stay in this one's place."""
        return False

    def forget(self) -> None:
        """Drop the rows (what they were made from has changed)."""
        self._lines = None


class PlainChunk(Chunk):
    """Lines of plain text, each wrapped by words behind `prefix`; behind `rest`, if given, after the very first row."""

    __slots__ = ("fill", "prefix", "rest", "style", "words")

    def __init__(
        self,
        source: str,
        start: int,
        *,
        gap: int = 0,
        style: str = "",
        fill: str = "",
        prefix: tuple[Run, ...] = (),
        rest: tuple[Run, ...] | None = None,
        words: bool = True,
    ) -> None:
        super().__init__(source, start, gap=gap)
        self.style = style
        self.fill = fill
        self.prefix = prefix
        self.rest = prefix if rest is None else rest
        self.words = words

    def lay(self, width: int) -> list[Line]:
        """Each line of the source, wrapped."""
        rows: list[Line] = []
        for index, line in enumerate(self.source.removesuffix("\n").split("\n")):
            run = Run(expand_tabs(line), self.style)
            first = self.rest if index else self.prefix
            rows += wrap([run], width, index=index, first=first, rest=self.rest, fill=self.fill, words=self.words)
        return rows


def plain_spans(text: str, *, lines: int = PIECE_LINES) -> list[tuple[int, int]]:
    """Cut plain text into spans of up to `lines` lines and about SLICE characters; very long lines in slices."""
    spans: list[tuple[int, int]] = []
    start = position = count = 0
    total = len(text)
    while position < total:
        end = text.find("\n", position) + 1 or total
        if end - position > 2 * SLICE:
            if position > start:
                spans.append((start, position))
            spans += [(position + begin, position + until) for begin, until in slices(text[position:end], SLICE)]
            start, count = end, 0
        else:
            count += 1
            if count >= lines or end - start > SLICE:
                spans.append((start, end))
                start, count = end, 0
        position = end
    if start < total or not spans:
        spans.append((start, total))
    return spans


class Document:
    """A block's chunks at one width. Subclasses fill `chunks` and call `measure` when they changed them otherwise
    than by `replace`."""

    def __init__(self, chunks: Sequence[Chunk] = ()) -> None:
        self.chunks: list[Chunk] = list(chunks)
        self.width = 0
        self.total = 0
        self.version = 0
        self.measure()

    def set_width(self, width: int) -> None:
        """Lay out for another width from now on."""
        if width != self.width:
            self.width = width
            self.measure()

    def feed(self, text: str) -> None:
        """Append to the source; kinds that cannot grow in place are made anew by their owner."""
        raise NotImplementedError

    def measure(self) -> None:
        """Count all rows again, known and guessed."""
        self.version += 1
        self.total = self._count(self.chunks)

    def _count(self, chunks: Sequence[Chunk]) -> int:
        """Count chunks: what is counted is kept with each, for its height may change behind the total's back."""
        for chunk in chunks:
            chunk.counted = chunk.height(self.width)
        return sum(chunk.counted for chunk in chunks)

    def replace(self, first: int, chunks: Sequence[Chunk]) -> None:
        """Put `chunks` where the chunks from number `first` on were; those that say the same stay."""
        before = self.chunks[first:]
        kept = [old if new.same_as(old) else new for old, new in zip(before, chunks, strict=False)]
        after = [*kept, *chunks[len(kept) :]]
        self.total -= sum(chunk.counted for chunk in before)
        self.total += self._count(after)
        self.chunks[first:] = after
        self.version += 1

    def put_first(self, chunk: Chunk) -> None:
        """Another first chunk, of as many rows."""
        chunk.counted = self.chunks[0].counted
        self.chunks[0] = chunk

    def lines(self, number: int) -> list[Line]:
        """The rows of one chunk, laid out if need be."""
        chunk = self.chunks[number]
        rows = chunk.lines(self.width)
        self.total += len(rows) - chunk.counted
        chunk.counted = len(rows)
        return rows

    def chunk_at(self, offset: int) -> int:
        """The number of the chunk that holds a source offset."""
        return max(0, bisect_right(self.chunks, offset, key=_START) - 1)

    def all_lines(self) -> list[Line]:
        """Every row: for tests and for copying, never for painting."""
        return [line for number in range(len(self.chunks)) for line in self.lines(number)]
