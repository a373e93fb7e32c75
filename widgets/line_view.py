"""What viewers of many lines share: drawing rows on demand, selecting them, copying them.

A row is made when it is about to be seen, so opening is as quick for a million lines as for ten.
Subclasses say how many rows there are and what stands in one; the gutter is drawn but never copied.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from rich.cells import cell_len, chop_cells, get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

Piece = tuple[str, Style]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen. ``continued``: it goes on with the line of the row above (no line end between)."""

    pieces: Sequence[Piece]
    gutter: Sequence[Piece] = ()
    fill: Style | None = None
    continued: bool = False

    @property
    def text(self) -> str:
        """Without the gutter."""
        return "".join(text for text, _ in self.pieces)


class LineView(ScrollView, can_focus=True):
    """Subclasses give ``row`` and call ``set_extent``."""

    BINDINGS = [
        Binding("j,down", "scroll_down", "Down", show=False, id="view.down"),
        Binding("k,up", "scroll_up", "Up", show=False, id="view.up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="view.pagedown"),
        Binding("pageup", "page_up", "Page up", show=False, id="view.pageup"),
        Binding("ctrl+d", "half_page(1)", "Half a page down", show=False, id="view.halfdown"),
        Binding("ctrl+u", "half_page(-1)", "Half a page up", show=False, id="view.halfup"),
        Binding("g,home", "scroll_home", "Top", show=False, id="view.home"),
        Binding("G,end", "scroll_end", "End", show=False, id="view.end"),
    ]
    ALLOW_SELECT = True
    COPY_ROWS = 200_000  # a selection longer than that is copied up to there

    def row(self, y: int) -> Row | None:
        """What stands in row ``y`` of the whole; None past the end."""
        raise NotImplementedError

    @property
    def allow_select(self) -> bool:
        return True

    def action_half_page(self, direction: int) -> None:
        """By half of what is in sight."""
        self.scroll_relative(y=direction * max(1, self.room.height // 2), animate=False)

    @property
    def room(self) -> Size:
        """Cells for rows, without scroll bars."""
        return self.scrollable_content_region.size

    def set_extent(self, width: int, height: int, *, layout: bool = True) -> None:
        """How far there is to scroll. Without ``layout`` only the scroll bars hear of it."""
        size = Size(width, height)
        if size == self.virtual_size:
            return
        if layout:
            self.virtual_size = size
        else:
            self.set_reactive(cast("Reactive[Size]", Widget.virtual_size), size)
            self._scroll_update(size)

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width, base = self.room.width, self.rich_style
        place = scroll_y + y
        row = self.row(place)
        if row is None:
            return Strip.blank(width, base)
        fill = row.fill or base
        gutter = Strip([Segment(text, style) for text, style in row.gutter])
        segments = [Segment(text, style) for text, style in self._selected(row, place)]
        body = Strip(segments).crop_extend(scroll_x, scroll_x + max(0, width - gutter.cell_length), fill)
        first = scroll_x if row.text.isascii() else _index_at(row.text, scroll_x)
        return Strip.join([gutter, body.apply_offsets(first, place)]).adjust_cell_length(width, fill)

    def _selected(self, row: Row, place: int) -> Sequence[Piece]:
        """The row's pieces, with the selection painted over them."""
        span = None if self.text_selection is None else self.text_selection.get_span(place)
        if span is None:
            return row.pieces
        start, end = span[0], len(row.text) if span[1] == -1 else span[1]
        colour = self.screen.get_component_rich_style("screen--selection")
        if not self.screen.get_component_styles("screen--selection").color.a:  # then the text keeps its own
            colour = Style(bgcolor=colour.bgcolor)
        pieces: list[Piece] = []
        at = 0
        for text, style in row.pieces:
            a, b = (min(max(edge - at, 0), len(text)) for edge in (start, end))
            pieces += [
                (part, s) for part, s in ((text[:a], style), (text[a:b], style + colour), (text[b:], style)) if part
            ]
            at += len(text)
        return pieces

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text: wrapped rows joined, gutters left out."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self.virtual_size.height - 1
        out: list[str] = []
        for y in range(first, min(last, first + self.COPY_ROWS) + 1):
            row = self.row(y)
            span = selection.get_span(y)
            if row is None or span is None:
                continue
            if out and not row.continued:
                out.append("\n")
            out.append(row.text[span[0] : None if span[1] == -1 else span[1]])
        return "".join(out), "\n"


def chop(text: str, width: int) -> list[str]:
    """``text`` in rows of at most ``width`` cells; always at least one row."""
    if width < 1:
        return [text]
    return chop_cells(text, max(2, width)) or [""]


def chop_pieces(pieces: Sequence[Piece], width: int) -> list[list[Piece]]:
    """``pieces`` in rows of at most ``width`` cells; always at least one row."""
    width = max(2, width)
    rows: list[list[Piece]] = [[]]
    used = 0
    for text, style in pieces:
        rest = text
        if used:
            room = width - used
            head = chop(rest[: room + 8], room)[0] if room >= 2 or rest[:1].isascii() else ""
            if head and cell_len(head) <= room:
                rows[-1].append((head, style))
                used += cell_len(head)
                rest = rest[len(head) :]
            if not rest:
                continue
            rows.append([])
        chopped = chop(rest, width)
        rows[-1].append((chopped[0], style))
        rows += [[(row, style)] for row in chopped[1:]]
        used = cell_len(chopped[-1])
    return rows


def _index_at(text: str, cells: int) -> int:
    """The index of the character that stands at ``cells``."""
    used = 0
    for index, character in enumerate(text):
        if used >= cells:
            return index
        used += get_character_cell_size(character)
    return len(text)
