"""What a program wrote, however long: wrapped or not, followed while it grows, searched, copied, in its own colours.

Nothing here costs more for a hundred megabytes than for a screenful, but for time in small steps: a text is shown as
it is taken in (``show``, ``append``), or its pages are fetched when they are about to be seen (``open``).
Of escape sequences only colours are kept (see ``ansi``); no character of the text is ever read as markup.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from rich.style import Style
from textual.actions import SkipAction
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection

from widgets.ansi import style_of
from widgets.line_view import LineView, Piece, Row
from widgets.long_text import Line, LongText, Place, folded
from widgets.output_search import MemoryField, PagedField, Search
from widgets.paged_text import PagedText, PageLost, TextSource

MAX_COPIED = 4_000_000
"""Bytes of a paged text that may be copied whole."""


class OutputView(LineView):
    """Told by ``show``, ``append`` and ``open``, ``search`` and ``search_next``, ``wrap`` and ``follow``."""

    BINDINGS = [
        Binding("w", "toggle_wrap", "Wrap", show=False, id="view.wrap"),
        Binding("f", "toggle_follow", "Follow", show=False, id="view.follow"),
        Binding("n", "search_next", "Next match", show=False, id="view.match"),
        Binding("N", "search_next(True)", "Previous match", show=False, id="view.previous_match"),
    ]
    COMPONENT_CLASSES = {"output--text", "output--match", "output--absent"}
    DEFAULT_CSS = """
    OutputView {
        height: 1fr; width: 1fr; background: $surface; color: $foreground;
        overflow-y: scroll; overflow-x: auto; scrollbar-size-vertical: 1;
        & .output--text { color: $foreground; }
        & .output--match { color: $background; background: $warning; }
        & .output--absent { color: $foreground 50%; }
    }
    """

    class Searched(Message):
        """More is known of a search: ``at`` of ``total`` places (0: none yet), ``progress`` from 0 to 1."""

        def __init__(self, view: "OutputView", at: int, total: int, progress: float) -> None:
            super().__init__()
            self.view, self.at, self.total, self.progress = view, at, total, progress

        @property
        def control(self) -> "OutputView":
            return self.view

    wrap: reactive[bool] = reactive(True, init=False)
    follow: reactive[bool] = reactive(False, init=False)
    """Stay at the end while text comes. Scrolling up leaves it; reaching the end does not turn it on by itself."""

    def __init__(
        self,
        text: str = "",
        *,
        wrap: bool = True,
        follow: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.set_reactive(OutputView.wrap, wrap)
        self.set_reactive(OutputView.follow, follow)
        self._text = LongText()
        self._text.add(text)
        self._query = ""
        self._found: Place | None = None
        self._stepping = False
        self._paged: PagedText | None = None
        self._source: TextSource | None = None
        self._failed: dict[int, str] = {}
        self._wanted: list[int] = []
        self._search: Search | None = None

    # -- what it is told

    def show(self, text: str) -> None:
        """Show another text from now on, from its beginning (or its end, when following)."""
        width = self.room.width if self.wrap and self.is_mounted else self._text.width
        self._text = LongText()
        self._text.set_width(width)
        self._paged = self._source = None
        self._forget_search()
        self.scroll_to(0, 0, animate=False)
        self.append(text)

    def open(self, source: TextSource) -> None:
        """Show a text whose pages ``source`` gives, from its beginning (or its end, when following)."""
        self._text = LongText()
        self._paged, self._source = PagedText(source.pages), source
        self._failed.clear()
        self._wanted.clear()
        self._forget_search()
        self.scroll_to(0, 0, animate=False)
        if self.is_mounted:
            self._paged.set_width(self.room.width if self.wrap else 0)
            self._tell_extent()
            self.refresh()

    def append(self, text: str) -> None:
        """More text at the end."""
        self._text.add(text)
        if self.is_mounted and not self._stepping:
            self._step()

    def search(self, query: str) -> bool:
        """Go to the first place of ``query``; False when there is none, or it must be fetched first.

        An empty one ends the search. ``Searched`` tells how many there are.
        """
        self._forget_search()
        self._query = query
        self.refresh()
        if query:
            field = MemoryField(self._text) if self._paged is None else self._field()
            self._search = Search(field, query, self._tell_search)
            self.run_worker(self._search.scan, group="scan", exclusive=True)
        return self.search_next()

    def search_next(self, backwards: bool = False) -> bool:
        """Go to the next place of what was searched last, around the end."""
        if not self._query:
            return False
        if self._paged is not None:
            self.run_worker(partial(self._go, backwards), group="search", exclusive=True)
            return False
        self._found = self._text.find(self._query, self._found, backwards=backwards)
        if self._found is not None:
            self._show_row(self._text.row_of(self._found)[0])
            self._tell_search()
        self.refresh()
        return self._found is not None

    @property
    def text(self) -> str:
        """All that was taken in so far, cleaned."""
        return self._text.text

    @property
    def settled(self) -> bool:
        """Whether all text is taken in and measured; of a paged one, whether all that is seen is there."""
        return not self._wanted if self._paged is not None else self._text.settled

    @property
    def line_count(self) -> int:
        """Rows so far; an estimate until ``settled``."""
        return self._rows.row_count

    @property
    def position(self) -> tuple[int, int]:
        """The number of the topmost line, from 1, and of all lines."""
        rows = self._rows
        return min(rows.line_of(self.scroll_offset.y) + 1, rows.line_total), rows.line_total

    @property
    def _rows(self) -> LongText | PagedText:
        return self._text if self._paged is None else self._paged

    # -- inside

    def on_mount(self) -> None:
        self._step()

    def on_resize(self) -> None:
        self._wrap_again()

    def watch_wrap(self) -> None:
        self._wrap_again()

    def _wrap_again(self) -> None:
        width = self.room.width if self.wrap else 0
        if width == self._rows.width or not self.is_mounted:
            return
        if self._paged is not None:
            page, within = self._paged.at(self.scroll_offset.y)
            share = within / self._paged.rows_of(page) if page >= 0 else 0.0
            self._paged.set_width(width)
            self._tell_extent()
            if page >= 0 and not self.follow:
                y = self._paged.first_row(page) + int(share * self._paged.rows_of(page))
                self.scroll_to(y=y, animate=False)
            self.refresh()
            return
        top = self._text.place_of(self.scroll_offset.y)
        self._text.set_width(width)
        self._tell_extent()
        if top is not None and not self.follow:
            self.scroll_to(y=self._text.row_of(top)[0], animate=False)
        self.refresh()
        if not self._stepping:
            self._step()

    def _step(self) -> None:
        """Take in a little more, and come back for the rest after whatever waits to be served."""
        self._stepping = False
        if not self.is_attached or self._paged is not None:
            return
        top = self._text.place_of(self.scroll_offset.y)
        before = 0 if top is None else self._text.row_of(top)[0]
        self._text.step()
        moved = 0 if top is None else self._text.row_of(top)[0] - before
        self._tell_extent()
        if moved and not self.follow:  # rows above turned out to be more, or fewer: what is seen stays in place
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False)
        self.refresh()
        if not self._text.settled:
            self._stepping = True
            self.call_after_refresh(self._step)
        elif self._search is not None:  # there is more to count
            at, self._search = self._search.at, Search(MemoryField(self._text), self._query, self._tell_search)
            self._search.at = at
            self.run_worker(self._search.scan, group="scan", exclusive=True)

    def _tell_extent(self) -> None:
        width = 0 if self.wrap else self._rows.widest
        sideways = width > self.room.width
        layout = sideways != self.show_horizontal_scrollbar  # a scroll bar comes or goes: that needs a layout
        self.set_extent(width, self._rows.row_count, layout=layout)
        if self.follow:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def watch_follow(self, follow: bool) -> None:
        if follow:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.follow and new_value < old_value and round(new_value) < self.max_scroll_y:
            self.follow = False

    def action_scroll_home(self) -> None:
        self.scroll_to(y=0, animate=False)  # not past all the pages between

    def action_scroll_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_toggle_wrap(self) -> None:
        self.wrap = not self.wrap

    def action_toggle_follow(self) -> None:
        self.follow = not self.follow

    def action_search_next(self, backwards: bool = False) -> None:
        if not self._query:
            raise SkipAction  # nothing is searched: the key may mean something else around this
        self.search_next(backwards)

    # -- pages

    def _field(self) -> PagedField:
        assert self._paged is not None and self._source is not None
        return PagedField(self._paged, self._source, self._load)

    def _want(self, page: int) -> None:
        """Have a page fetched; those that are wanted are fetched one after the other, unless out of sight by then."""
        if page in self._wanted or page in self._failed:
            return
        self._wanted.append(page)
        if len(self._wanted) == 1:
            self.run_worker(self._fetch_wanted, group="pages")

    async def _fetch_wanted(self) -> None:
        while self._wanted and self._paged is not None:
            page = self._wanted[0]
            if page in self._seen():
                await self._load(page)
            self._wanted.pop(0)
            self.refresh()

    def _seen(self) -> range:
        """The pages of the rows on screen."""
        assert self._paged is not None
        top, last = self.scroll_offset.y, self._paged.row_count - 1
        first, end = self._paged.at(min(top, last))[0], self._paged.at(min(top + self.room.height, last))[0]
        return range(max(0, first), end + 1)

    async def _load(self, page: int) -> bool:
        """Bring a page into memory. What is seen stays in place although rows above turn out to be more, or fewer."""
        paged, source = self._paged, self._source
        if paged is None or source is None or paged.has(page):
            return paged is not None
        if page and not paged.knows_end(page - 1):
            with suppress(PageLost):
                paged.note_end(page - 1, await source.fetch(page - 1))
        try:
            data = await source.fetch(page)
        except PageLost as error:
            self._failed[page] = f"This part of the output cannot be read: {error}"
            return False
        quick = data.isascii() and b"\x1b" not in data
        text = paged.read(page, data) if quick else await asyncio.to_thread(paged.read, page, data)
        if paged is not self._paged:
            return False
        y, at_end = self.scroll_offset.y, self.scroll_offset.y >= self.max_scroll_y > 0
        top, within = paged.at(y)
        rows = paged.rows_of(top) if top >= 0 else 1
        paged.put(page, data, text)
        self._tell_extent()
        if at_end:
            self.scroll_to(y=self.max_scroll_y, animate=False)
        elif top >= 0:
            within = within * paged.rows_of(top) // rows if top == page else within
            if paged.first_row(top) + within != y:
                self.scroll_to(y=paged.first_row(top) + within, animate=False)
        self.refresh()
        return True

    async def _go(self, backwards: bool) -> None:
        search = self._search
        try:
            row = await search.step(backwards=backwards) if search is not None else None
        except PageLost as error:
            self.notify(f"Searched as far as it can be read: {error}", severity="warning", markup=False)
            return
        if row is not None and search is self._search:
            self._show_row(row)
        self._tell_search()

    # -- the search

    def _show_row(self, y: int) -> None:
        self.follow = False
        self._tell_extent()
        top, height = self.scroll_offset.y, self.room.height
        if not top <= y < top + height:
            self.scroll_to(y=max(0, y - height // 3), animate=False)
        self.refresh()

    def _forget_search(self) -> None:
        self._found = self._search = None
        self._query = ""
        self.workers.cancel_group(self, "scan")
        self.workers.cancel_group(self, "search")

    def _tell_search(self) -> None:
        search = self._search
        if search is None:
            return
        at, found = search.ordinal, self._found
        if found is not None and self._paged is None:
            before = sum(self._text.count(n, search.sought) for n in range(found.slice))
            at = before + self._text.count(found.slice, search.sought, found.start) + 1
        self.post_message(self.Searched(self, at, search.total, search.progress))

    # -- rows

    def row(self, y: int) -> Row | None:
        style = self.get_component_rich_style("output--text")
        if self._paged is not None:
            return self._paged_row(self._paged, y, style)
        if self._text.width and y == self.scroll_offset.y:
            self._text.exact_around(y, self.room.height)
        line = self._text.row(y)
        return None if line is None else Row(self._pieces(line, style), continued=line[1])

    def _paged_row(self, paged: PagedText, y: int, style: Style) -> Row | None:
        page, within = paged.at(y)
        if page < 0:
            return None
        line = paged.row(y)
        if line is not None:
            return Row(self._pieces(line, style), continued=line[1])
        if paged.has(page):
            return Row([])
        absent = self.get_component_rich_style("output--absent")
        self._want(page)
        told = self._failed.get(page, "…")
        return Row([(told if not within or told == "…" else "", absent)])

    def _pieces(self, line: Line, style: Style) -> list[Piece]:
        """A row in its colours, with what is searched marked in it."""
        text, _, spans = line
        pieces: list[Piece] = []
        at = 0
        for start, end, ink in spans:
            pieces += [(text[at:start], style), (text[start:end], style + style_of(ink))]
            at = end
        pieces = [piece for piece in (*pieces, (text[at:], style)) if piece[0]] or [("", style)]
        return _marked(pieces, text, self._query.lower(), self.get_component_rich_style("output--match"))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        if selection.start is None and selection.end is None and self._paged is None:
            return self._text.text, "\n"
        return super().get_selection(selection)


def _marked(pieces: Sequence[Piece], text: str, sought: str, match: Style) -> list[Piece]:
    """``pieces`` of ``text`` with every place of ``sought`` (in lower case) painted over."""
    lower = folded(text)
    if not sought or sought not in lower:
        return list(pieces)
    made: list[Piece] = []
    at, found = 0, lower.find(sought)
    for piece, style in pieces:
        end = at + len(piece)
        while at < end:
            if found < 0 or found >= end:
                made.append((text[at:end], style))
                at = end
            elif at < found:
                made.append((text[at:found], style))
                at = found
            else:
                stop = min(end, found + len(sought))
                made.append((text[at:stop], match))
                at = stop
                if stop == found + len(sought):
                    found = lower.find(sought, stop)
    return made
