"""The canvas of a transcript: the rows in the window, painted, and repainted where they differ.

No layout, no virtual size, no timers: `sync` finds the rows that are in the window now, compares them with those on
the screen and asks for a repaint of the rows that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from widgets.doc_lines import BLANK
from widgets.transcript_entry import Entry
from widgets.transcript_find import Finder
from widgets.transcript_paint import GUTTER, MARGIN, Mark, Painter
from widgets.transcript_select import line_key, selected_mark
from widgets.transcript_view import Row, View


class Canvas(ScrollView, can_focus=True, inherit_bindings=False):
    """See the module. Its owner gives it no border and no padding."""

    @dataclass
    class _BlockMessage(Message):
        transcript: Canvas
        block_id: str

        @property
        def control(self) -> Canvas:
            """The transcript that sent it."""
            return self.transcript

    @dataclass
    class Opened(_BlockMessage, namespace="transcript"):
        """A block was opened or folded by hand: enter or space on it, or a click on a tool's row."""

    @dataclass
    class Inspect(_BlockMessage, namespace="transcript"):
        """The person wants to look into a block."""

    @dataclass
    class Attach(_BlockMessage, namespace="transcript"):
        """What the block's call gave is to go into the prompt."""

    @dataclass
    class Cancel(_BlockMessage, namespace="transcript"):
        """The block's call is to end now."""

    @dataclass
    class _TranscriptMessage(Message):
        transcript: Canvas

        @property
        def control(self) -> Canvas:
            """The transcript that sent it."""
            return self.transcript

    @dataclass
    class Branch(_TranscriptMessage, namespace="transcript"):
        """Another conversation is to go on from where the cursor stands, or from before it (``back``)."""

        back: bool

    @dataclass
    class ReplayWanted(_TranscriptMessage, namespace="transcript"):
        """What is shown is to be seen again as it came, from where the cursor stands on."""

    @dataclass
    class CopyRequested(_TranscriptMessage, namespace="transcript"):
        """Text is to go to the clipboard."""

        text: str

    @dataclass
    class LinkClicked(_TranscriptMessage, namespace="transcript"):
        """A link was clicked; its scheme is http, https, file or mailto."""

        href: str

    @dataclass
    class Pointed(_TranscriptMessage, namespace="transcript"):
        """The cursor shows itself at another block, or hides."""

    @dataclass
    class EarlierWanted(_TranscriptMessage, namespace="transcript"):
        """The reader nears the top. Sent once, until `insert_before` or `all_loaded` answers."""

    @dataclass
    class FollowChanged(_TranscriptMessage, namespace="transcript"):
        """The window began or stopped to follow the end."""

        follow: bool

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.auto_links = False
        self.view = View()
        self.finder = Finder(self.view)
        self.painter = Painter(self)
        self._rows: list[Row] = []
        self._cursor: str | None = None
        self._shown_cursor: str | None = None
        self._following = True
        self._all_loaded = False
        self._asked_earlier = False
        self._thumb: tuple[int, int, int] = (0, 0, 0)
        self._styled_for = ""

    def sync(self) -> None:
        """Bring the screen up to date: find the rows in the window, repaint those that differ."""
        if not self.view.width or not self.view.height:
            return
        before, rows = self._rows, self.view.window()
        cursor = self._cursor if self.has_focus else None
        shown, self._shown_cursor = self._shown_cursor, cursor
        if shown != cursor:
            self.post_message(self.Pointed(self))
        self._rows = rows
        overlaid = bool(self.finder.query) or self.text_selection is not None  # equal rows may be marked differently
        dirty: list[int] = []
        for y in range(max(len(rows), len(before))):
            if y >= len(rows) or y >= len(before):
                dirty.append(y)
                continue
            old, new = before[y], rows[y]
            same = old.line is new.line or old.line == new.line
            if same and overlaid and old[:3] != new[:3]:
                same = False
            if same and shown == cursor and (old.entry is new.entry or cursor is None):
                continue
            if not same or (old.entry.id == shown) != (new.entry.id == cursor):
                dirty.append(y)
        if dirty:
            self.refresh(*_regions(dirty, self.size.width - self.vertical_scrollbar.size.width))
        self._after_sync()

    def _after_sync(self) -> None:
        """The scroll bar, and what the owner is told."""
        view = self.view
        above = view.above(self._rows)
        self._set_scrollbar(above)
        if view.entries and not self._all_loaded and not self._asked_earlier and above < 2 * view.height:
            self._asked_earlier = True
            self.post_message(self.EarlierWanted(self))
        following = view.anchor is None
        if following != self._following:
            self._following = following
            self.post_message(self.FollowChanged(self, following))

    def _set_scrollbar(self, above: int) -> None:
        """The bar always knows where the window is; it is painted anew only when it would look different."""
        bar = self.vertical_scrollbar
        window = self.view.height
        total = max(self.view.total, window) if len(self._rows) >= window else window  # fewer: all of it is seen
        bar.set_reactive(ScrollBar.window_size, window)
        bar.set_reactive(ScrollBar.window_virtual_size, total)
        bar.set_reactive(ScrollBar.position, float(above))
        thumb = _thumb(bar.size.height, window, total, above)
        if thumb != self._thumb:
            self._thumb = thumb
            bar.refresh()

    def _seen(self, entry: Entry) -> bool:
        return any(row.entry is entry for row in self._rows)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        width = max(1, size.width - GUTTER - MARGIN)
        if (width, size.height) != (self.view.width, self.view.height):
            self.view.resize(width, size.height)
            self._rows = []
            self.sync()
        return changed

    def _scroll_update(self, virtual_size: Size) -> None:
        self._refresh_scrollbars()

    def _arrange_scrollbars(self, region: Region) -> Iterable[tuple[Widget, Region]]:
        arranged = list(super()._arrange_scrollbars(region))  # sets the bar from the virtual size, which is not ours
        self._set_scrollbar(self.view.above(self._rows))
        return arranged

    def _get_component_classes(self) -> frozenset[str]:  # type: ignore[override]
        """Nothing while they stand: Textual would style all fifty at each change of focus; the theme alone counts."""
        theme = self.app.theme
        if self._component_styles and theme == self._styled_for:
            return frozenset()
        self._styled_for = theme
        return super()._get_component_classes()

    def notify_style_update(self) -> None:
        """The theme has changed: no strip is as it was."""
        super().notify_style_update()
        self.painter.forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of some rows of the window. They end at the scroll bar: Textual would cut each there."""
        width = self.size.width
        selection = self.text_selection
        shown = width - self.vertical_scrollbar.size.width
        strips = [self._strip(y, shown, selection) for y in crop.line_range]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _strip(self, y: int, width: int, selection: Selection | None) -> Strip:
        if y >= len(self._rows):
            return self.painter.strip(BLANK, width, cursor=False)
        row = self._rows[y]
        marks: list[Mark] = []
        if self.finder.query:
            marks += self.finder.marks(row.line, current=self._is_current(row))
        if selection is not None:
            marks += selected_mark(self.view, row, selection)
        cursor = row.entry.id == self._shown_cursor and row.chunk >= 0
        return self.painter.strip(row.line, width, cursor=cursor, marks=marks)

    def _is_current(self, row: Row) -> bool:
        """Whether a row has the match that was jumped to."""
        place = self.finder.place
        return place is not None and place.block_id == row.entry.id and self.view.place(row) == place

    def render_line(self, y: int) -> Strip:
        """One row with a place in the text behind each cell. Textual asks for it only to find what the mouse is on;
        what is painted comes from `render_lines`."""
        width = self.size.width
        if y >= len(self._rows):
            if not self._rows:
                return Strip.blank(width, Style())
            last = self._rows[-1]
            return self.painter.end_strip(last.line, width, line_key(self.view, last))
        row = self._rows[y]
        return self.painter.hit_strip(row.line, width, line_key(self.view, row))


def _thumb(size: int, window: int, total: int, above: int) -> tuple[int, int, int]:
    """What a scroll bar of ``size`` cells looks like: its size, and where its thumb begins and ends in eighths."""
    if total <= window or not size:
        return size, 0, 0
    length = max(1.0, window * size / total)
    start = int((size - length) * above / (total - window) * 8)
    return size, start, start + ceil(length * 8)


def _regions(rows: Sequence[int], width: int) -> list[Region]:
    """Neighbouring rows as one region each."""
    regions: list[Region] = []
    start = previous = rows[0]
    for y in [*rows[1:], -2]:
        if y != previous + 1:
            regions.append(Region(0, start, width, previous - start + 1))
            start = y
        previous = y
    return regions
