"""The window onto a list of blocks: where it stands, and which rows are in it.

The position is an *anchor*, a place in the text (block, source offset of the chunk, logical line, character), never a
row number in a virtual height. So nothing above the window needs to be measured, and the window stays on the same
text whatever is added, folded or re-wrapped around it. No anchor means: at the end, following it.

Knows nothing of Textual: it can be driven by a test.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple

from widgets.blocks import Block, Density, Kind
from widgets.doc_chunks import Document
from widgets.doc_lines import BLANK, Line
from widgets.doc_table import SUBROW
from widgets.transcript_entry import Entry
from widgets.transcript_text import find_text, flat, read_at

KEPT_DOCUMENTS = 256
FIRST_ORDINAL = 1 << 32  # of the first block; blocks put in above count down from it


def docs():
    """What makes documents, Markdown and highlighting with it: loaded with the first block, after the first frame."""
    from widgets import transcript_docs  # noqa: PLC0415

    return transcript_docs


class Row(NamedTuple):
    """One row in the window. `chunk` is -1 for the empty row above a block."""

    entry: Entry
    chunk: int
    row: int
    line: Line


class Place(NamedTuple):
    """A place in the text that means the same at every width."""

    block_id: str
    start: int = -2  # source offset of the chunk; -2: the empty row above the block
    logical: int = -1  # number of the logical line
    at: int = 0


class View:
    """The blocks, the window's size and position. `height` and `width` are in cells, of text only."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.by_id: dict[str, Entry] = {}
        self.width = 0
        self.height = 0
        self.anchor: Place | None = None
        self.total = 0  # rows of everything, known and guessed
        self.densities: dict[Kind, Density] = {"tool": "line", "reasoning": "line"}
        self._kept: OrderedDict[str, Entry] = OrderedDict()
        self._read: tuple[Place, str] | None = None  # the anchor as last shown, and the text that stood there

    # -- the list

    def append(self, blocks: Sequence[Block]) -> None:
        """Add blocks at the end."""
        ordinal = self.entries[-1].ordinal + 1 if self.entries else FIRST_ORDINAL
        for number, block in enumerate(blocks):
            entry = Entry(block)
            entry.index = len(self.entries)
            entry.ordinal = ordinal + number
            self.entries.append(entry)
            self.by_id[block.id] = entry
            self._count(entry)

    def insert(self, index: int, blocks: Sequence[Block]) -> None:
        """Put blocks in before the one at `index`."""
        below = self.entries[index]
        if self.anchor == Place(below.id) and not self.gap(index):  # there will be an empty row above it
            row = next(self.forward(index, -1, 0), None)
            self.anchor = self.place(row) if row is not None else self.anchor
        fresh = [Entry(block) for block in blocks]
        self.entries[index:index] = fresh
        first = self.entries[index + len(fresh)].ordinal - len(fresh)
        for number, entry in enumerate(fresh):
            entry.ordinal = first + number
            self.by_id[entry.id] = entry
        if index:  # in the middle: everything above moves down in number
            for number, entry in enumerate(self.entries[:index]):
                entry.ordinal = first - index + number
        self._renumber(index)
        for entry in fresh:
            self._count(entry)

    def remove(self, entry: Entry) -> None:
        """Take a block out; a window that stood on it stands on the next."""
        if self.anchor is not None and self.anchor.block_id == entry.id:
            after = self.entries[entry.index + 1 :][:1]
            self.anchor = Place(after[0].id) if after else None
        del self.entries[entry.index]
        del self.by_id[entry.id]
        self._kept.pop(entry.id, None)
        self.total -= entry.height
        self._renumber(entry.index)

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.by_id.clear()
        self._kept.clear()
        self.anchor = None
        self.total = 0

    def _renumber(self, start: int) -> None:
        for index, entry in enumerate(self.entries[start:], start):
            entry.index = index

    # -- documents and heights

    def density(self, entry: Entry) -> Density:
        """How much of a block is shown."""
        if entry.density is not None:
            return entry.density
        if entry.head.folded:
            return "line"
        usual = self.densities.get(entry.kind, "full")
        return "summary" if entry.head.opened and usual == "line" else usual

    def document(self, entry: Entry) -> Document:
        """The block's document, made on first sight and kept for a while."""
        document = entry.document
        if document is None:
            words = entry.count_words() if entry.kind == "reasoning" else 0
            document = entry.document = docs().make_document(entry.block, self.density(entry), words)
            self._keep(entry)
        if document.width != self.width:
            document.set_width(self.width)
        return document

    def _keep(self, entry: Entry) -> None:
        self._kept[entry.id] = entry
        self._kept.move_to_end(entry.id)
        while len(self._kept) > KEPT_DOCUMENTS:
            _, oldest = self._kept.popitem(last=False)
            if oldest.streaming:
                self._kept[oldest.id] = oldest
                break
            oldest.document = None

    def forget(self, entry: Entry) -> None:
        """The block looks different from now on: make its document anew when it is seen."""
        entry.document = None
        self._count(entry)

    def touch(self, rows: Sequence[Row]) -> None:
        """These rows have just been shown: count their blocks exactly, keep their documents longest."""
        seen: Entry | None = None
        for row in rows:
            if row.entry is not seen:
                seen = row.entry
                self._count(seen)
                if seen.id in self._kept:
                    self._kept.move_to_end(seen.id)

    def _count(self, entry: Entry) -> None:
        """Bring the block's height into the total."""
        if entry.document is not None:
            height = entry.document.total
        elif entry.kind in ("tool", "reasoning", "divider"):
            height = 1
        else:
            length = len(entry.head.source)
            height = 1 + entry.head.source.count("\n") + length // max(8, self.width)
        height += 1
        self.total += height - entry.height
        entry.height = height

    def resize(self, width: int, height: int) -> None:
        """Another size of window; heights are guessed anew, what is seen is laid out when it is asked for."""
        self.height = height
        if width != self.width:
            self.width = width
            for entry in self.entries:
                if entry.document is not None:
                    entry.document.set_width(width)
                self._count(entry)

    # -- walking

    def gap(self, index: int) -> int:
        """Empty rows above a block: one, but none between two tools' rows that are both closed."""
        if index == 0:
            return 0
        both = self.entries[index - 1], self.entries[index]
        return 0 if all(entry.kind == "tool" and self.density(entry) == "line" for entry in both) else 1

    def forward(self, index: int, chunk: int, row: int) -> Iterator[Row]:
        """The rows from a place on, downwards."""
        for number in range(index, len(self.entries)):
            entry = self.entries[number]
            if chunk < 0:
                if row < self.gap(number):
                    yield Row(entry, -1, 0, BLANK)
                chunk = row = 0
            document = self.document(entry)
            while chunk < len(document.chunks):
                lines = document.lines(chunk)
                for place in range(row, len(lines)):
                    yield Row(entry, chunk, place, lines[place])
                chunk, row = chunk + 1, 0
            chunk, row = -1, 0

    def backward(self, index: int, chunk: int, row: int) -> Iterator[Row]:
        """The rows above a place, upwards."""
        if index < len(self.entries):
            yield from self._above(index, chunk, row)
        for number in range(min(index, len(self.entries)) - 1, -1, -1):
            yield from self._above(number, 1 << 60, 0)

    def _above(self, index: int, chunk: int, row: int) -> Iterator[Row]:
        if chunk < 0:
            return
        entry = self.entries[index]
        document = self.document(entry)
        if chunk >= len(document.chunks):
            chunk, row = len(document.chunks), 0
        while True:
            if row:
                lines = document.lines(chunk)
                for place in range(min(row, len(lines)) - 1, -1, -1):
                    yield Row(entry, chunk, place, lines[place])
            chunk -= 1
            if chunk < 0:
                break
            row = len(document.lines(chunk))
        if self.gap(index):
            yield Row(entry, -1, 0, BLANK)

    def end(self) -> tuple[int, int, int]:
        """The place after the last row."""
        return len(self.entries), -1, 0

    # -- the window

    def window(self) -> list[Row]:
        """The rows that are seen, at most `height`."""
        if self.anchor is None:
            rows = list(islice(self.backward(*self.end()), self.height))
            rows.reverse()
        else:
            self._keep_place(self.anchor)
            place = self.resolve(self.anchor)
            rows = list(islice(self.forward(*place), self.height))
            if rows:
                self._read = self.anchor, read_at(rows[0].line, self.anchor.logical, self.anchor.at)
            if len(rows) < self.height:
                above = list(islice(self.backward(*place), self.height - len(rows)))
                above.reverse()
                rows = above + rows
        self.touch(rows)
        return rows

    def _keep_place(self, anchor: Place) -> None:
        """Stand on the same text again where its chunk is gone: a long block is cut anew when it closes."""
        entry = self.by_id.get(anchor.block_id)
        if entry is None or anchor.start < 0 or self._read is None or self._read[0] != anchor:
            return
        document = self.document(entry)
        number = document.chunk_at(anchor.start)
        if not document.chunks or (start := document.chunks[number].start) == anchor.start:
            return
        near = anchor.start - start + anchor.at % SUBROW
        found = find_text(self._read[1], document.lines(number), near)
        self.anchor = Place(entry.id, start, *found) if found else self.place_of(entry.id, start + near)

    def place(self, row: Row) -> Place:
        """A row's place in the text."""
        if row.chunk < 0:
            return Place(row.entry.id)
        start = self.document(row.entry).chunks[row.chunk].start
        return Place(row.entry.id, start, row.line.index, row.line.at)

    def resolve(self, place: Place) -> tuple[int, int, int]:
        """Where a place is now: (index of the block, chunk, row)."""
        entry = self.by_id.get(place.block_id)
        if entry is None:
            return 0, -1, 0
        if place.start == -2:
            return (entry.index, -1, 0) if self.gap(entry.index) else (entry.index, 0, 0)
        document = self.document(entry)
        chunk = document.chunk_at(place.start)
        lines = document.lines(chunk) if document.chunks else []
        wanted = (place.logical, place.at)
        if document.chunks and document.chunks[chunk].start != place.start:
            wanted = (1 << 60, 0) if document.chunks[chunk].start < place.start else (-1, 0)
        row = next((n for n in range(len(lines) - 1, -1, -1) if (lines[n].index, lines[n].at) <= wanted), 0)
        return entry.index, chunk, row

    def scroll(self, rows: Sequence[Row], delta: int) -> None:
        """Move the window, which now shows `rows`, by `delta` rows. Reaching the bottom follows the end."""
        if not rows or not delta:
            return
        first = (rows[0].entry.index, rows[0].chunk, rows[0].row)
        if delta < 0:
            above = list(islice(self.backward(*first), -delta))
            if len(rows) < self.height or not above:
                return
            self.anchor = self.place(above[-1])
            return
        below = list(islice(self.forward(*first), delta + self.height + 1))
        if len(below) <= delta + self.height:
            self.anchor = None
        else:
            self.anchor = self.place(below[delta])

    def is_last(self, row: Row) -> bool:
        """Whether a row is the very last."""
        return row.entry.index == len(self.entries) - 1 and self.ends_block(row)

    def ends_block(self, row: Row) -> bool:
        """Whether a row is its block's last."""
        chunks = self.document(row.entry).chunks
        if not chunks:  # nothing has come yet: all there is is the empty row above
            return True
        return row.chunk == len(chunks) - 1 and row.row == len(self.document(row.entry).lines(row.chunk)) - 1

    def begins_block(self, row: Row) -> bool:
        """Whether a row is its block's first, or the empty one above it."""
        return row.chunk < 0 or (row.chunk == 0 and row.row == 0)

    def is_handle(self, row: Row) -> bool:
        """Whether a row is the one by which its block opens: the first, or the one that says there is more."""
        return isinstance(self.document(row.entry).chunks[row.chunk], docs().RowChunk)

    def offset_of(self, place: Place) -> tuple[str, int]:
        """A place as (block, offset), the offset being the chunk's plus the characters shown before the row."""
        if place.start < 0:
            return place.block_id, place.start
        entry = self.by_id[place.block_id]
        document = self.document(entry)
        number = document.chunk_at(place.start)
        offset = 0
        for start, line in flat(document.lines(number)):
            if (line.index, line.at) > (place.logical, place.at):
                break
            offset = start
        after = document.chunks[number + 1].start if number + 1 < len(document.chunks) else 1 << 60
        return place.block_id, min(place.start + offset, after - 1)

    def place_of(self, block_id: str, offset: int) -> Place:
        """The row at an offset that `offset_of` gave. Raises KeyError for an unknown block."""
        document = self.document(self.by_id[block_id])
        if offset == -2 or not document.chunks:
            return Place(block_id)
        number = document.chunk_at(offset)
        start = document.chunks[number].start
        found = Place(block_id, start)
        for shown, line in flat(document.lines(number)):
            if shown > offset - start and found.logical >= 0:
                break
            if line.index >= 0:
                found = Place(block_id, start, line.index, line.at)
        return found

    def scroll_to_estimate(self, y: float) -> None:
        """Go to a row of the estimate, as the scroll bar shows it."""
        if y >= self.total - self.height - 1:
            self.anchor = None
            return
        left = max(0, int(y))
        for entry in self.entries:
            if left < entry.height:
                start = (entry.index, -1, 0)
                if left > self.height and entry.document is None:
                    self.document(entry)
                chunks = self.document(entry).chunks
                number = 0
                while number < len(chunks) - 1 and left >= (height := chunks[number].height(self.width)):
                    left -= height
                    number += 1
                start = (entry.index, number, min(left, max(0, len(self.document(entry).lines(number)) - 1)))
                row = next(self.forward(*start), None)
                self.anchor = self.place(row) if row is not None else None
                return
            left -= entry.height
        self.anchor = None

    def above(self, rows: Sequence[Row]) -> int:
        """A guess at the number of rows above the window."""
        if not rows:
            return 0
        if self.anchor is None:
            return max(0, self.total - self.height)
        first = rows[0]
        count = sum(entry.height for entry in islice(self.entries, first.entry.index))
        if first.chunk > 0:
            chunks = self.document(first.entry).chunks
            count += sum(chunk.height(self.width) for chunk in islice(chunks, first.chunk))
        return count + max(0, first.row)

    # -- changes of one block

    def grow(self, entry: Entry, text: str) -> None:
        """Append to a block; its document, if there is one, grows in place."""
        entry.grow(text)
        if entry.document is None:
            return
        known = docs()
        match entry.document:
            case known.ReasoningDoc() as document:
                document.count(entry.count_words(), streaming=True)
                if document.opened:
                    document.feed(text)
            case document if entry.kind in ("text", "tool"):
                document.feed(text)
            case _:
                entry.document = None

    def finish(self, entry: Entry, source: str | None) -> None:
        """A block has stopped growing. Its document is kept where the text is the one that was streamed."""
        grown = entry.block.source
        entry.change(streaming=False)
        if source is not None and source != grown:
            entry.change(source=source)
            self.forget(entry)
            return
        known = docs()
        match entry.document:
            case known.ReasoningDoc() as document:
                document.count(entry.count_words(), streaming=False)
                if document.opened:
                    document.finish(grown)
            case known.MarkdownDoc() as document:
                document.finish(grown)
            case _:
                entry.document = None
        self._count(entry)

    def mark(self, entry: Entry, **changes: Any) -> None:
        """Change fields of a block; the body of a tool is not made anew for a change of its row."""
        streaming = entry.streaming
        entry.change(**changes)
        if "folded" in changes:
            opened: Density = "summary" if entry.kind == "tool" else "full"
            entry.density = "line" if changes["folded"] else opened
        if isinstance(entry.document, docs().ToolDoc) and changes.keys() <= {"title", "status", "detail", "meta"}:
            entry.document.set_row(entry.head)
        elif streaming and not entry.streaming and changes.keys() <= {"streaming", "status", "meta"}:
            self.finish(entry, None)
        elif not changes.keys() <= {"meta"}:
            self.forget(entry)

    def put(self, entry: Entry, block: Block) -> None:
        """Another state of a block."""
        entry.block = block
        self.forget(entry)

    def set_density(self, kind: Kind | Literal["all"], density: Density) -> None:
        """How much to show of all blocks of a kind, those set by hand included."""
        kinds: list[Kind] = ["tool", "reasoning"] if kind == "all" else [kind]
        for each in kinds:
            self.densities[each] = density
        for entry in self.entries:
            if entry.kind in kinds:
                entry.density = density if entry.head.folded else None
                self.forget(entry)

    def open(self, entry: Entry, density: Density) -> None:
        """Set the density of one block."""
        entry.density = density
        self.forget(entry)

    def toggle(self, entry: Entry) -> None:
        """The next density of one block: a line, some of it, all of it."""
        match self.density(entry), entry.kind:
            case "line", "tool":
                entry.density = "summary"
            case "line", _:
                entry.density = "full"
            case "summary", _ if isinstance(entry.document, docs().ToolDoc) and len(entry.document.chunks) > 2:
                entry.density = "full"
            case _:
                entry.density = "line"
        self.forget(entry)
