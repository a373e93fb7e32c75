"""A Markdown document that grows at its end, at a cost that does not depend on its length.

How: the block structure of what is still *open* (the tail) is parsed again at each `feed`; everything that later text
cannot change is frozen as chunks and never looked at again. Open is the last top-level block; of a list only its last
item, of a fence or a table only the lines since the last frozen piece (parsed behind a copy of their opening lines).
A block that stays open for long, such as an endless paragraph, is shown in provisional pieces and parsed as one when
it closes.

The promise, held by tests: fed in any cuts and then `finish`ed, it has the same rows as when it was given at once.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from widgets.doc_chunks import Chunk, Document
from widgets.doc_code import CodeChunk, Fence, code_chunks, unindented
from widgets.doc_flow import FlowChunk, cell_runs, raw_chunks
from widgets.doc_parser import block_parser
from widgets.doc_table import PIECE_ROWS, Table, TableChunk

HOLD = 3_000  # characters after which an open block is shown in provisional pieces
KEEP = 1_000  # of which so many stay in the open piece
LONG = 16_000  # a longer line is not parsed as Markdown

Env = MutableMapping[str, Any]

_DEFINITION = re.compile(r"^ {0,3}(?:[>*+-] *|\d+[.)] *)*\[[^\]\n]+\]:", re.MULTILINE)
_LONG_LINE = re.compile(f"[^\n]{{{LONG},}}")
_SPLIT_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[ \t|:-]+\n")  # what may stand under a table's header
_OPENING = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(slots=True, kw_only=True)
class _Span:
    """A top-level block, or one item of a top-level list: lines `first` to `last` (exclusive) of what was parsed."""

    kind: str
    first: int
    last: int
    number: int | None = None
    opens_list: bool = True
    info: str = ""
    aligns: list[str] = field(default_factory=list)


def _shorten(text: str) -> str:
    """Very long lines cut short: for the block structure only their beginning matters."""
    return text if len(text) < LONG else _LONG_LINE.sub(lambda found: found.group()[:200], text)


def _one_kind_of_line(text: str) -> str:
    """Carriage returns as blanks: the parser would take one alone for the end of a line, and count wrongly for us."""
    return text.replace("\r", " ") if "\r" in text else text


def _spans(text: str) -> list[_Span]:
    """The block structure of `text`."""
    spans: list[_Span] = []
    number: int | None = None
    opens = True
    for token in block_parser().parse(_shorten(text), {}):
        if token.type == "th_open" and spans and token.level == 3:
            spans[-1].aligns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
        if token.map is None or token.level > 1:
            continue
        first, last = token.map
        if token.level == 0 and token.type in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")
            number = None if token.type[0] == "b" else int(start) if start is not None else 1
            opens = True
        elif token.type == "list_item_open" and token.level == 1:
            spans.append(_Span(kind="item", first=first, last=last, number=number, opens_list=opens))
            number = None if number is None else number + 1
            opens = False
        elif token.level == 0 and token.type != "inline":
            kind = token.type if token.type in ("fence", "heading_open", "hr") else "flow"
            kind = "table" if token.type == "table_open" else kind
            spans.append(_Span(kind=kind, first=first, last=last, info=token.info))
    return spans


def _offsets(text: str) -> list[int]:
    """The offset of each line's start, and the text's length."""
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    offsets[-1] = len(text)
    return offsets


@dataclass(slots=True, kw_only=True)
class _Open:
    """What is known about the block that the tail continues."""

    gap: int = 0
    number: int | None = None
    prefix: str = ""  # opening lines of a fence or table whose first pieces are frozen
    fence: Fence | None = None
    table: Table | None = None
    done: int = 0  # lines of the fence, or rows of the table, already frozen


class _Scan:
    """The tail as it stands: its spans, and how to make chunks of them."""

    def __init__(self, tail: str, base: int, state: _Open, style: str, env: Env) -> None:
        self.text = state.prefix + tail
        self.shift = len(state.prefix)
        self.base = base - self.shift
        self.state = state
        self.style = style
        self.env = env
        self.spans = _spans(self.text)
        self.offsets = _offsets(self.text)

    def settled(self) -> int:
        """How many spans no later text can change: those before one whose first two lines are complete."""
        complete = self.text.count("\n")
        ends = (n for n in range(len(self.spans) - 1, 0, -1) if self.spans[n].first + 2 <= complete)
        return next((n for n in ends if not self._reads_otherwise(n)), 0)

    def _reads_otherwise(self, number: int) -> bool:
        """Whether an item of a list would be a table if the list did not begin above it."""
        span = self.spans[number]
        begin, second, end = (self.offsets[span.first + n] for n in range(3))
        rule = span.kind == "item" and _RULE.fullmatch(self.text, second, end) is not None
        return rule and _spans(self.text[begin:end])[0].kind == "table"

    def begin(self, number: int) -> int:
        """Where a span's source begins: at the end of the one before, empty lines and definitions included."""
        return self.offsets[self.spans[number - 1].last] if number else self.shift

    def open_state(self, number: int) -> _Open:
        """What is known about span `number`, should it become the tail's first."""
        if number == 0:
            return self.state
        span, before = self.spans[number], self.spans[number - 1]
        blank = not self.text[self.offsets[span.first - 1] : self.offsets[span.first]].strip()
        apart = {span.kind, before.kind} & {"fence", "table", "hr"} or before.kind == "item" != span.kind
        item_number = span.number
        if self.state.number is not None and not any(other.opens_list for other in self.spans[1 : number + 1]):
            item_number = self.state.number + number
        return _Open(gap=int(bool(blank or apart)), number=item_number if span.kind == "item" else None)

    def chunks(self, number: int, *, final: bool) -> list[Chunk]:
        """One span as chunks. `final`: the source ends here, so whatever is open counts as closed."""
        span, state = self.spans[number], self.open_state(number)
        begin, end = self.begin(number), self.offsets[span.last]
        last = number == len(self.spans) - 1 and not final
        if span.kind == "fence":
            return self._fence(span, state, open_end=last)
        if span.kind == "table":
            return self._table(span, state, open_end=last)
        source = self.text[begin:end]
        if len(source) > LONG and _LONG_LINE.search(source) is not None:
            return raw_chunks(source, self.base + begin, gap=state.gap, style=self.style)
        return [
            FlowChunk(source, self.base + begin, gap=state.gap, number=state.number, style=self.style, env=self.env)
        ]

    def _fence(self, span: _Span, state: _Open, *, open_end: bool) -> list[Chunk]:
        lines = self.offsets
        opening = self.text[lines[span.first] : lines[span.first + 1]]
        closing = self.text[lines[span.last - 1] : lines[span.last]] if span.last > span.first + 1 else ""
        marks = _OPENING.match(opening)
        mark = marks.group(1) if marks else "```"
        shut = re.match(rf" {{0,3}}{mark[0]}{{{len(mark)},}}\s*$", closing) is not None
        begin, end = lines[span.first + 1], lines[span.last - 1] if shut else lines[span.last]
        code, indent = self.text[begin:end], len(opening) - len(opening.lstrip(" "))
        info = span.info.split(maxsplit=1)
        fence = state.fence or Fence(info[0].lower() if info else "", closed=False)
        if not open_end or (shut and closing.endswith("\n")):  # else the line may become another one yet
            fence.close(unindented(code, indent))
        if state.done and not code:  # only the closing line is left
            return []
        label = fence.language if not state.done else ""
        pieces = code_chunks(
            code, self.base + begin, fence, first_line=state.done, gap=state.gap, label=label, indent=indent
        )
        return [*pieces]

    def _table(self, span: _Span, state: _Open, *, open_end: bool) -> list[Chunk]:
        lines = self.offsets
        table = state.table
        if table is None:
            header = _cells(self.text[lines[span.first] : lines[span.first + 1]])
            table = Table(header, span.aligns, cell_runs)
        table.truncate(state.done)
        table.open = open_end
        chunks: list[Chunk] = []
        first_row = span.first + 2
        for row in range(first_row, span.last):
            table.add(_cells(self.text[lines[row] : lines[row + 1]]))
        for row in range(first_row, max(span.last, first_row + 1), PIECE_ROWS):
            until = min(row + PIECE_ROWS, span.last)
            begin = lines[row] if row > first_row or state.done else lines[span.first]
            first = state.done + row - first_row
            source = self.text[begin : lines[max(until, first_row)]]
            gap = 0 if chunks else state.gap
            chunks.append(
                TableChunk(source, self.base + begin, table, first, state.done + max(until - first_row, 0), gap=gap)
            )
        return chunks

    def opening(self) -> str:
        """The lines that tell a parser what the first span is: a fence's first, a table's first two."""
        span = self.spans[0]
        return self.text[self.offsets[span.first] : self.offsets[span.first + (1 if span.kind == "fence" else 2)]]


def _cells(line: str) -> list[str]:
    """The cells of a table's line."""
    cells = [cell.strip().replace("\\|", "|") for cell in _SPLIT_CELLS.split(line.strip())]
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return cells


class MarkdownDoc(Document):
    """See the module. `style` lies under all text (reasoning is dim); `lead` is a chunk above the text."""

    def __init__(self, source: str = "", *, style: str = "", lead: Chunk | None = None) -> None:
        super().__init__([lead] if lead is not None else [])
        self.style = style
        self._env: Env = {"references": {}}
        self._tail = ""
        self._base = 0  # the source offset at which the tail begins
        self._frozen = len(self.chunks)  # chunks that are not touched any more
        self._open = _Open()
        self._held = ""  # what provisional pieces show, up to the tail
        self._held_from = (0, 0, _Open())  # (base, frozen, open) where they begin
        self._alarm = 0
        if source:
            self._tail = _one_kind_of_line(source)
            self.finish(source)

    def feed(self, text: str) -> None:
        """Append `text`."""
        if text:
            self._tail += _one_kind_of_line(text)
            self._grow(final=False)

    def finish(self, source: str) -> None:
        """The end of the stream; reference links are resolved against the whole `source`."""
        if self._held:
            self._unhold()
        self._grow(final=True)
        if _DEFINITION.search(source) is not None:
            self._resolve(source)

    def _resolve(self, source: str) -> None:
        env: Env = {"references": {}}
        block_parser().parse(_shorten(_one_kind_of_line(source)), env)
        if env["references"]:
            self._env["references"].update(env["references"])
            for chunk in self.chunks:
                if isinstance(chunk, FlowChunk) and "[" in chunk.source:
                    chunk.forget()
            self.measure()

    def _grow(self, *, final: bool) -> None:
        """Parse the tail again, freeze what is settled, show the rest as open chunks."""
        scan = _Scan(self._tail, self._base, self._open, self.style, self._env)
        settled = len(scan.spans) if final else scan.settled()
        if self._held and settled and len(self._held) + len(self._tail) >= self._alarm:
            self._alarm = (len(self._held) + len(self._tail)) * 5 // 4
            self._unhold()
            self._grow(final=final)
            return
        chunks: list[Chunk] = []
        frozen = 0
        for number in range(len(scan.spans)):
            chunks += scan.chunks(number, final=final)
            frozen = len(chunks) if number < settled else frozen
        self.replace(self._frozen, chunks)
        if settled and not self._held:
            self._frozen += frozen
            cut = scan.offsets[scan.spans[settled - 1].last]
            self._base = scan.base + cut
            self._tail = scan.text[cut:]
            self._open = scan.open_state(settled) if settled < len(scan.spans) else _Open()
        elif not final and scan.spans:
            self._freeze_inside(scan)

    def _freeze_inside(self, scan: _Scan) -> None:
        """Freeze pieces of one long block that is still open."""
        kind = scan.spans[0].kind
        if len(scan.spans) == 1 and kind in ("fence", "table") and not self._held:
            pieces = self.chunks[self._frozen :]
            if len(pieces) > 1:
                self._freeze_pieces(scan, pieces)
        elif len(self._tail) > HOLD and (self._held or len(scan.spans) == 1):
            self._hold()

    def _freeze_pieces(self, scan: _Scan, pieces: list[Chunk]) -> None:
        state = self._open
        last = pieces[-1]
        self._open = _Open(prefix=state.prefix or scan.opening())
        match last:
            case CodeChunk():
                self._open.fence = last.fence
                body = scan.offsets[scan.spans[0].first + 1]  # empty lines may stand before the fence
                indent = len(self._open.prefix) - len(self._open.prefix.lstrip(" "))
                last.fence.body += unindented(scan.text[body : last.start - scan.base], indent)
                self._open.done = last.first_line
            case TableChunk():
                self._open.table = last.table
                self._open.done = last.first
        self._frozen += len(pieces) - 1
        self._tail = self._tail[last.start - self._base :]
        self._base = last.start

    def _hold(self) -> None:
        """Move the most of a long open block out of the tail, as provisional pieces."""
        if not self._held:
            self._held_from = (self._base, self._frozen, self._open)
            self._alarm = 0
        pieces: list[Chunk] = []
        gap = self._open.gap
        while len(self._tail) > HOLD:
            room = HOLD - KEEP
            cut = self._tail.rfind("\n", KEEP, room) + 1 or self._tail.rfind(" ", KEEP, room) + 1 or room
            pieces.append(FlowChunk(self._tail[:cut], self._base, gap=gap, style=self.style, number=self._open.number))
            self._held += self._tail[:cut]
            self._tail = self._tail[cut:]
            self._base += cut
            self._open = _Open()
            gap = 0
        rest = FlowChunk(self._tail, self._base, style=self.style)
        self.replace(self._frozen, [*pieces, rest])
        self._frozen += len(pieces)

    def _unhold(self) -> None:
        """Take the provisional pieces back into the tail."""
        self._tail = self._held + self._tail
        self._base, self._frozen, self._open = self._held_from
        self._held = ""
