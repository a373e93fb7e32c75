"""What a program wrote, however long: wrapped or not, followed while it grows, searched, copied.

Nothing here costs more for a hundred megabytes than for a screenful, but for time in small steps.
Escape sequences are taken out (see ``clean``); no character of the text is ever read as markup.
"""

from rich.style import Style
from textual.actions import SkipAction
from textual.binding import Binding
from textual.reactive import reactive
from textual.selection import Selection

from widgets.line_view import LineView, Piece, Row
from widgets.long_text import LongText, Place, folded


class OutputView(LineView):
    """Told by ``show``, ``append``, ``search`` and ``search_next``, ``wrap`` and ``follow``."""

    BINDINGS = [
        Binding("w", "toggle_wrap", "Wrap", show=False),
        Binding("f", "toggle_follow", "Follow", show=False),
        Binding("n", "search_next", "Next match", show=False),
        Binding("N,shift+n", "search_next(True)", "Previous match", show=False),
        Binding("g", "scroll_home", "Top", show=False),
        Binding("G,shift+g", "scroll_end", "End", show=False),
    ]
    COMPONENT_CLASSES = {"output--text", "output--match"}
    DEFAULT_CSS = """
    OutputView {
        height: 1fr; width: 1fr; background: $surface; color: $foreground;
        overflow-y: scroll; overflow-x: auto; scrollbar-size-vertical: 1;
        & .output--text { color: $foreground; }
        & .output--match { color: $background; background: $warning; }
    }
    """

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

    # -- what it is told

    def show(self, text: str) -> None:
        """Show another text from now on, from its beginning (or its end, when following)."""
        width = self._text.width
        self._text = LongText()
        self._text.set_width(width)
        self._found = None
        self.scroll_to(0, 0, animate=False)
        self.append(text)

    def append(self, text: str) -> None:
        """More text at the end."""
        self._text.add(text)
        if self.is_mounted and not self._stepping:
            self._step()

    def search(self, query: str) -> bool:
        """Go to the first place of ``query``; False when there is none. An empty one ends the search."""
        self._query, self._found = query, None
        self.refresh()
        return self.search_next()

    def search_next(self, backwards: bool = False) -> bool:
        """Go to the next place of what was searched last, around the end."""
        if not self._query:
            return False
        self._found = self._text.find(self._query, self._found, backwards=backwards)
        if self._found is not None:
            self.follow = False
            y, _ = self._text.row_of(self._found)
            self._tell_extent()
            top, height = self.scroll_offset.y, self.room.height
            if not top <= y < top + height:
                self.scroll_to(y=max(0, y - height // 3), animate=False)
        self.refresh()
        return self._found is not None

    @property
    def text(self) -> str:
        """All that was taken in so far, cleaned."""
        return self._text.text

    @property
    def settled(self) -> bool:
        """Whether all text is taken in and measured."""
        return self._text.settled

    @property
    def line_count(self) -> int:
        """Rows so far; an estimate until ``settled``."""
        return self._text.row_count

    # -- inside

    def on_mount(self) -> None:
        self._step()

    def on_resize(self) -> None:
        self._wrap_again()

    def watch_wrap(self) -> None:
        self._wrap_again()

    def _wrap_again(self) -> None:
        width = self.room.width if self.wrap else 0
        if width == self._text.width or not self.is_mounted:
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
        if not self.is_attached:
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

    def _tell_extent(self) -> None:
        width = 0 if self.wrap else self._text.widest
        sideways = width > self.room.width
        layout = sideways != self.show_horizontal_scrollbar  # a scroll bar comes or goes: that needs a layout
        self.set_extent(width, self._text.row_count, layout=layout)
        if self.follow:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def watch_follow(self, follow: bool) -> None:
        if follow:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.follow and new_value < old_value and round(new_value) < self.max_scroll_y:
            self.follow = False

    def action_toggle_wrap(self) -> None:
        self.wrap = not self.wrap

    def action_toggle_follow(self) -> None:
        self.follow = not self.follow

    def action_search_next(self, backwards: bool = False) -> None:
        if not self._query:
            raise SkipAction  # nothing is searched: the key may mean something else around this
        self.search_next(backwards)

    # -- rows

    def row(self, y: int) -> Row | None:
        if self._text.width and y == self.scroll_offset.y:
            self._text.exact_around(y, self.room.height)
        line = self._text.row(y)
        if line is None:
            return None
        text, continued = line
        style = self.get_component_rich_style("output--text")
        return Row(self._marked(text, style), continued=continued)

    def _marked(self, text: str, style: Style) -> list[Piece]:
        """``text`` with what is searched marked in it."""
        sought = self._query.lower()
        if not sought:
            return [(text, style)]
        match, lower = self.get_component_rich_style("output--match"), folded(text)
        pieces: list[Piece] = []
        at = 0
        while (found := lower.find(sought, at)) >= 0:
            pieces += [(text[at:found], style), (text[found : found + len(sought)], match)]
            at = found + len(sought)
        return [piece for piece in (*pieces, (text[at:], style)) if piece[0]]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        if selection.start is None and selection.end is None:
            return self._text.text, "\n"
        return super().get_selection(selection)
