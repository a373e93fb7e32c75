"""Selection in a transcript: from Textual's offsets to text, and back to rows.

Textual describes a selection by two offsets (x, y) that only need an order. Here x is a character of a logical line
and y a number made of (block, chunk, logical line), so that a selection stays on its text while the transcript
scrolls, grows and re-wraps, and wrapped rows are joined when they are copied.
"""

from __future__ import annotations

from textual.selection import Selection

from widgets.doc_lines import Line
from widgets.doc_table import SUBROW
from widgets.transcript_entry import Entry
from widgets.transcript_paint import SELECTED, Mark
from widgets.transcript_view import Row, View

_BLOCK = 84  # bits below the block's ordinal: 61 of the chunk's start, 23 of the line
_CHUNK = 23


def line_key(view: View, row: Row) -> int:
    """The y of a row's logical line."""
    start = view.document(row.entry).chunks[row.chunk].start if row.chunk >= 0 else -2
    return block_key(row.entry) | (start + 2) << _CHUNK | (row.line.index + 1)


def block_key(entry: Entry) -> int:
    """The least y of a block."""
    return entry.ordinal << _BLOCK


def selected_mark(view: View, row: Row, selection: Selection) -> list[Mark]:
    """The part of a row that is selected."""
    if not row.line.runs:
        return []
    span = selection.get_span(line_key(view, row))
    if span is None:
        return []
    start, end = span[0] - row.line.at, span[1] - row.line.at if span[1] != -1 else 1 << 60
    return [(max(0, start), end, SELECTED)] if end > max(0, start) else []


def selected_text(view: View, selection: Selection) -> str:
    """The text under a selection: whole blocks as their source, parts as they are shown, wrapped rows joined."""
    parts: list[str] = []
    for entry in view.entries:
        low, high = block_key(entry), block_key(entry) + (1 << _BLOCK)
        if (selection.start is not None and selection.start.y >= high) or (
            selection.end is not None and selection.end.y < low
        ):
            continue
        inside_start = selection.start is None or selection.start.y < low
        inside_end = selection.end is None or selection.end.y >= high
        if inside_start and inside_end and entry.head.source:
            parts.append(entry.block.source)
        else:
            text = _part(view, entry, selection)
            if text:
                parts.append(text)
    return "\n\n".join(parts)


def _part(view: View, entry: Entry, selection: Selection) -> str:
    """The selected text of one block as it is shown."""
    document = view.document(entry)
    pieces: list[str] = []
    last: Line | None = None
    for number in range(len(document.chunks)):
        for place, line in enumerate(document.lines(number)):
            span = selection.get_span(line_key(view, Row(entry, number, place, line)))
            if span is None:
                continue
            end = span[1] - line.at if span[1] != -1 else len(line.text)
            text = line.text[max(0, span[0] - line.at) : max(0, end)]
            if last is not None:
                joined = line.joined and line.at < SUBROW
                pieces.append(line.logical[last.end : line.at] if joined and last.logical == line.logical else "\n")
            elif span[0] <= line.at and not text and line.index < 0:
                continue
            if not line.joined and span[0] <= line.at and text:
                pieces.append(_mark_text(line))
            pieces.append(text)
            last = line
    return "\n".join(part.rstrip() for part in "".join(pieces).split("\n")).strip("\n")


def _mark_text(line: Line) -> str:
    """A list item's bullet or number, in front of its text."""
    if not any(run.style == "bullet" for run in line.prefix):
        return ""
    return "".join("- " if run.text[:1] in "•◦▪" else run.text for run in line.prefix)
