"""Moving about in a transcript: the window, the block cursor, keys and mouse.

It changes where the window stands and which block is pointed at, never what the blocks are: that is `Transcript`.
"""

from __future__ import annotations

from itertools import islice

from textual import events
from textual.actions import SkipAction
from textual.scrollbar import ScrollTo

from widgets.transcript_canvas import Canvas
from widgets.transcript_paint import GUTTER
from widgets.transcript_view import Place

WHEEL_ROWS = 3

Anchor = tuple[str, int]


class Moves(Canvas, can_focus=True, inherit_bindings=False):
    """See the module."""

    def toggle(self, block_id: str) -> None:
        """The next density of one block. What is above it on screen stays where it is."""
        if self._rows and self.view.anchor is None:
            self.view.anchor = self.view.place(self._rows[0])
        self.view.toggle(self.view.by_id[block_id])
        rows = self.view.window()
        if rows and self.view.is_last(rows[-1]):
            self.view.anchor = None
        self.sync()

    # -- find

    def find(self, query: str) -> int:
        """Highlight a text wherever it is; the number of matches."""
        count = self.finder.search(query)
        self.refresh()
        return count

    def next_match(self) -> bool:
        """Go to the next match, opening its block if it is folded. False if there is none."""
        return self._go_to_match(1)

    def previous_match(self) -> bool:
        """Go to the match before."""
        return self._go_to_match(-1)

    def clear_find(self) -> None:
        """Highlight nothing."""
        self.finder.search("")
        self.refresh()

    def _go_to_match(self, delta: int) -> bool:
        match = self.finder.step(delta)
        while match is not None and match.block_id not in self.view.by_id:
            self.finder.refresh()
            match = self.finder.step(delta)
        if match is None:
            return False
        entry = self.view.by_id[match.block_id]
        if match.offset >= 0 and entry.kind in ("tool", "reasoning") and self.view.density(entry) != "full":
            entry.density = "full"
            self.view.forget(entry)
        self.show_place(self.finder.locate(match))
        self.refresh()
        return True

    def copy_block(self, block_id: str) -> str:
        """What copying a block gives: its source, or its title where it has none."""
        block = self.view.by_id[block_id].block
        return block.source or block.title

    # -- the window

    @property
    def follow(self) -> bool:
        """Whether the window stays at the end as it grows."""
        return self.view.anchor is None

    @follow.setter
    def follow(self, follow: bool) -> None:
        if follow:
            self.view.anchor = None
        elif self._rows and self.view.anchor is None:
            self.view.anchor = self.view.place(self._rows[0])
        self.sync()

    @property
    def anchor(self) -> Anchor | None:  # pyright: ignore[reportIncompatibleMethodOverride] (not Textual's anchor())
        """Where the window stands: (block, offset in its source, roughly), None for the end. To be kept and set."""
        if self.view.anchor is None or not self._rows:
            return None
        return self.view.offset_of(self.view.anchor)

    @anchor.setter
    def anchor(self, anchor: Anchor | None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        if anchor is None or anchor[0] not in self.view.by_id:
            self.view.anchor = None
        else:
            self.view.anchor = self.view.place_of(*anchor)
        self.sync()

    def scroll_to_end(self) -> None:
        """Go to the end and follow it."""
        self.view.anchor = None
        self.sync()

    def scroll_to_block(self, block_id: str, line: int = 0) -> None:
        """Put row `line` of a block at the top. Raises KeyError for an unknown block."""
        entry = self.view.by_id[block_id]
        place = self.view.resolve(Place(block_id))
        row = next(islice(self.view.forward(*place), line, None), None) if line else None
        self.view.anchor = self.view.place(row) if row is not None and row.entry is entry else Place(block_id)
        self.sync()

    def scroll_rows(self, delta: int) -> None:
        """Move the window by rows; reaching the bottom follows the end."""
        self.view.scroll(self._rows, delta)
        self.sync()

    def show_place(self, place: Place) -> None:
        """Bring a place into the window, at about a third of its height if it is not in it yet."""
        if any(row.chunk >= 0 and self.view.place(row) == place for row in self._rows):
            return
        above = list(islice(self.view.backward(*self.view.resolve(place)), self.view.height // 3))
        self.view.anchor = self.view.place(above[-1]) if above else place
        self.sync()

    # -- the cursor

    @property
    def cursor(self) -> str | None:
        """The block that is pointed at."""
        return self._cursor

    @cursor.setter
    def cursor(self, block_id: str | None) -> None:
        self._cursor = block_id if block_id in self.view.by_id else None
        if self._cursor is not None:
            self._reveal(self._cursor)
        self.sync()

    def forget_unseen(self) -> None:
        """Point at nothing where what is pointed at is out of sight: the next step begins with what is seen."""
        if not any(row.entry.id == self._cursor for row in self._rows):
            self.cursor = None

    def move_cursor(self, delta: int) -> None:
        """Point at the next block (or the one before) and show it. At first: at one that is seen."""
        entries = self.view.entries
        if not entries:
            return
        if self._cursor is None:
            seen = [row.entry.id for row in self._rows if row.chunk >= 0]
            self.cursor = (seen[-1] if self.follow or delta < 0 else seen[0]) if seen else entries[-1].id
            return
        index = self.view.by_id[self._cursor].index + delta
        self.cursor = entries[min(max(index, 0), len(entries) - 1)].id

    def _reveal(self, block_id: str) -> None:
        """Scroll so that a block is seen whole, or from its top if it is too high."""
        entry = self.view.by_id[block_id]
        seen = [row for row in self._rows if row.entry is entry]
        start = self.view.resolve(Place(block_id))
        rows = list(islice(self.view.forward(*start), self.view.height + 1))
        block_rows = [row for row in rows if row.entry is entry]
        if seen and seen[0].chunk == block_rows[0].chunk and len(seen) >= min(len(block_rows), self.view.height):
            return
        shown_from = self._rows[0].entry.index if self._rows else 0
        if entry.index <= shown_from or len(block_rows) > self.view.height:
            self.view.anchor = Place(block_id)
        elif len(rows) == len(block_rows) and entry.index == len(self.view.entries) - 1:
            self.view.anchor = None
        else:
            end = (entry.index + 1, -1, 0)
            above = list(islice(self.view.backward(*end), self.view.height))
            self.view.anchor = self.view.place(above[-1])

    def _step(self, delta: int) -> None:
        """To the next block; through a block that is higher than the window row by row."""
        if self._cursor is not None and self._rows:
            edge = self._rows[-1] if delta > 0 else self._rows[0]
            inside = edge.entry.id == self._cursor
            if inside and not (self.view.ends_block(edge) if delta > 0 else self.view.begins_block(edge)):
                self.scroll_rows(delta)
                return
        self.move_cursor(delta)

    # -- keys

    def action_down(self) -> None:
        """To the next block."""
        self._step(1)

    def action_up(self) -> None:
        """To the block before."""
        self._step(-1)

    def action_page(self, direction: int) -> None:
        """By a window, keeping a row in sight."""
        self.scroll_rows(direction * max(1, self.view.height - 1))

    def action_half_page(self, direction: int) -> None:
        """By half a window."""
        self.scroll_rows(direction * max(1, self.view.height // 2))

    def action_home(self) -> None:
        """To the first row."""
        if self.view.entries:
            self.view.anchor = Place(self.view.entries[0].id)
            self._cursor = self.view.entries[0].id if self._cursor else None
            self.sync()

    def action_end(self) -> None:
        """To the end, following it."""
        if self._cursor and self.view.entries:
            self._cursor = self.view.entries[-1].id
        self.scroll_to_end()

    def action_open(self) -> None:
        """Open or fold the block that is pointed at."""
        if self._cursor is None:
            raise SkipAction
        self._open(self._cursor)

    def _open(self, block_id: str) -> None:
        if self.view.by_id[block_id].kind in ("tool", "reasoning"):
            self.toggle(block_id)
        self.post_message(self.Opened(self, block_id))

    def action_copy(self) -> None:
        """Copy the selection, or else the block that is pointed at."""
        text = self.screen.get_selected_text()
        if not text:
            if self._cursor is None:
                raise SkipAction
            text = self.copy_block(self._cursor)
        self.post_message(self.CopyRequested(self, text))

    def action_inspect(self) -> None:
        """Look into the block that is pointed at."""
        if self._cursor is None:
            raise SkipAction
        self.post_message(self.Inspect(self, self._cursor))

    def action_attach(self) -> None:
        """Have what the block's call gave put into the prompt."""
        if self._cursor is None:
            raise SkipAction
        self.post_message(self.Attach(self, self._cursor))

    def action_cancel(self) -> None:
        """Have the block's call ended."""
        if self._cursor is None:
            raise SkipAction
        self.post_message(self.Cancel(self, self._cursor))

    def action_branch(self, back: bool) -> None:
        """Have another conversation go on from here, or from before the prompt here."""
        self.post_message(self.Branch(self, back))

    def action_replay(self) -> None:
        """Have it all seen again from here on."""
        self.post_message(self.ReplayWanted(self))

    def action_match(self, direction: int) -> None:
        """To the next match, or the one before."""
        if not (self.next_match() if direction > 0 else self.previous_match()):
            raise SkipAction

    # -- mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.prevent_default().stop()
        self.scroll_rows(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.prevent_default().stop()
        self.scroll_rows(-WHEEL_ROWS)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Dragging a selection beyond the edge scrolls."""
        if event.button == 1 and self.text_selection is not None:
            if event.y <= 0 and event.delta_y <= 0:
                self.scroll_rows(-1)
            elif event.y >= self.view.height - 1 and event.delta_y >= 0:
                self.scroll_rows(1)

    def on_scroll_to(self, message: ScrollTo) -> None:
        """The scroll bar is dragged; `y` is a row of the estimate."""
        message.prevent_default().stop()
        if message.y is not None:
            self.view.scroll_to_estimate(message.y)
            self.sync()

    def on_scroll_up(self, event: events.Event) -> None:
        """A click above the scroll bar's thumb."""
        event.prevent_default().stop()
        self.action_page(-1)

    def on_scroll_down(self, event: events.Event) -> None:
        """A click below the scroll bar's thumb."""
        event.prevent_default().stop()
        self.action_page(1)

    def on_click(self, event: events.Click) -> None:
        """Follow a link; open a tool or reasoning by its row; else point at the block."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= len(self._rows) or event.button != 1:
            return
        row = self._rows[offset.y]
        if row.chunk < 0 or self.text_selection is not None:
            return
        if href := self.painter.href_at(row.line, offset.x - GUTTER):
            self.post_message(self.LinkClicked(self, href))
            return
        self.cursor = row.entry.id
        if event.chain == 1 and row.entry.kind in ("tool", "reasoning") and self.view.is_handle(row):
            self._open(row.entry.id)

    def watch_has_focus(self, value: bool) -> None:
        """The cursor shows itself, or hides."""
        super().watch_has_focus(value)
        self.sync()
