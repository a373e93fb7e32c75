"""Choose one of many by typing a few letters of it: the palette, the models, the sessions.

Only rows on screen are drawn, and a longer query searches only what the shorter one left: ten
thousand items cost about what ten do to draw. Items may arrive late (``refresh_items``) without the
query or the highlighted one being lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from widgets.clean import clean
from widgets.fuzzy import Match, fuzzy
from widgets.line_view import LineView, Piece, Row
from widgets.overlay import Overlay

V = TypeVar("V")

MARGIN, BOX = 2, 80  # rows above the box, and its height at the most, as per cent of what is below them
SHARE, LEAST = 44, 32  # cells of a text, where it and what stands beside it are long
LOOKED_AT = 200  # items that say how the row is shared
AROUND_ROWS = 5  # of the box that are not for the items: its padding, the title, the query


@dataclass(frozen=True, slots=True)
class Item(Generic[V]):
    """One thing to choose. ``hint_key`` is shown at the right: a key that does the same, or a slot's number."""

    value: V
    text: str
    detail: str = ""
    group: str = ""
    hint_key: str = ""


@dataclass(frozen=True, slots=True)
class _Hit:
    item: Item
    match: Match | None = None


class PickerRows(LineView, can_focus=False):
    """The rows under the query: told by ``show_hits`` and ``move``."""

    COMPONENT_CLASSES = {f"rows--{name}" for name in ("text", "detail", "group", "key", "hit", "at", "at-hit")}
    DEFAULT_CSS = """
    PickerRows {
        height: auto; max-height: 100%; width: 1fr; background: $panel; scrollbar-size-vertical: 1;
        & .rows--text { color: $foreground; }
        & .rows--detail { color: $foreground 60%; }
        & .rows--group { color: $text-accent; text-style: bold; }
        & .rows--key { color: $foreground 60%; }
        & .rows--hit { color: $text-accent; text-style: bold underline; }
        & .rows--at { color: $block-cursor-foreground; background: $block-cursor-background; }
        & .rows--at-hit {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold underline;
        }
    }
    """
    ALLOW_SELECT = False

    @dataclass
    class Clicked(Message):
        rows: "PickerRows"

        @property
        def control(self) -> "PickerRows":
            return self.rows

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[_Hit | str] = []  # hits, and the names of groups
        self._at = -1
        self._text_cells = 0
        self._shares: dict[int, int] = {}  # by width
        self._lengths: list[tuple[int, int]] = []  # of texts, and of what stands beside each

    @property
    def allow_select(self) -> bool:
        return False

    @property
    def highlighted(self) -> Item | None:
        entry = self._entries[self._at] if 0 <= self._at < len(self._entries) else None
        return entry.item if isinstance(entry, _Hit) else None

    @property
    def items(self) -> list[Item]:
        """What is shown, from the top."""
        return [entry.item for entry in self._entries if isinstance(entry, _Hit)]

    def show_hits(self, hits: Sequence[_Hit], *, grouped: bool, keep: object = None) -> None:
        """Draw these; the highlight goes to the item with the value ``keep``, else to the first."""
        self._entries = []
        group = ""
        for hit in hits:
            if grouped and hit.item.group != group:
                group = hit.item.group
                if group:
                    self._entries.append(group)
            self._entries.append(hit)
        choices = [i for i, entry in enumerate(self._entries) if isinstance(entry, _Hit)]
        self._at = choices[0] if choices else -1
        if keep is not None:
            kept = (i for i in choices if isinstance(e := self._entries[i], _Hit) and e.item.value == keep)
            self._at = next(kept, self._at)
        self._text_cells = max(12, 1 + max((len(hit.item.text) for hit in hits if hit.item.detail), default=0))
        self._shares = {}
        told = (hit.item for hit in hits[:LOOKED_AT] if hit.item.detail)
        self._lengths = [(len(one.text), len(one.detail) + max(1, len(one.hint_key) + 2)) for one in told]
        self.set_extent(0, len(self._entries))
        self.refresh(layout=True)
        self.call_after_refresh(self.show_highlight)

    def move(self, rows: int) -> None:
        """Move the highlight, over groups, stopping at the ends (a single step goes around them)."""
        choices = [i for i, entry in enumerate(self._entries) if isinstance(entry, _Hit)]
        if not choices:
            return
        here = choices.index(self._at) if self._at in choices else 0
        there = here + rows
        there = there % len(choices) if abs(rows) == 1 else max(0, min(there, len(choices) - 1))
        self._at = choices[there]
        self.show_highlight()
        self.refresh()

    def show_highlight(self) -> None:
        """Scroll to the highlighted row."""
        height = self.room.height
        top = self.scroll_offset.y
        if self._at < top or (self._at == 1 and top == 1):
            self.scroll_to(y=max(0, self._at - (self._at == 1)), animate=False)
        elif height and self._at >= top + height:
            self.scroll_to(y=self._at - height + 1, animate=False)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        index = event.y + self.scroll_offset.y
        if 0 <= index < len(self._entries) and isinstance(self._entries[index], _Hit):
            self._at = index
            self.refresh()
            self.post_message(self.Clicked(self))

    def row(self, y: int) -> Row | None:
        if not 0 <= y < len(self._entries):
            return None
        entry = self._entries[y]
        if isinstance(entry, str):
            return Row([(f" {_one_line(entry)}", self.get_component_rich_style("rows--group"))])
        return self._hit_row(entry, y == self._at)

    def _hit_row(self, hit: _Hit, at: bool) -> Row:
        def style(name: str) -> Style:
            return self.get_component_rich_style("rows--at" if at else f"rows--{name}")

        item, width = hit.item, self.room.width
        key = f" {_one_line(item.hint_key)} " if item.hint_key else " "
        room = max(1, width - 1 - cell_len(key))
        text_cells = room if not item.detail or room < 30 else min(self._text_cells, self._share(width), room)
        pieces: list[Piece] = [(" ", style("text")), *self._text(hit, text_cells, at)]
        detail = _fitted(_one_line(item.detail), room - text_cells - 1) if room - text_cells > 4 else ""
        used = text_cells + (1 + cell_len(detail) if detail else 0)
        if detail:
            pieces.append((" " + detail, style("detail")))
        pieces += [(" " * max(0, room - used), style("text")), (key, style("key"))]
        return Row(pieces, fill=style("text"))

    def _share(self, width: int) -> int:
        """The cells that texts may take, so that as little as can be is cut."""
        if width in self._shares:
            return self._shares[width]
        room = width - 2
        left = room - max((beside for _, beside in self._lengths), default=0)

        def cut(cells: int) -> int:
            return sum((text >= cells) + (beside > room - cells) for text, beside in self._lengths)

        self._shares[width] = min((cells for cells in (SHARE, left) if cells >= LEAST), key=cut)
        return self._shares[width]

    def _text(self, hit: _Hit, cells: int, at: bool) -> list[Piece]:
        """The text in exactly ``cells`` cells, its matching characters marked."""
        plain = self.get_component_rich_style("rows--at" if at else "rows--text")
        marked = self.get_component_rich_style("rows--at-hit" if at else "rows--hit")
        text = _fitted(_one_line(hit.item.text), cells)
        hits = set(hit.match.at) if hit.match is not None else set()
        if not hits:
            return [(text, plain)]
        pieces: list[Piece] = []
        for index, character in enumerate(text):
            style = marked if index in hits and index < len(hit.item.text) else plain
            if pieces and pieces[-1][1] is style:
                pieces[-1] = (pieces[-1][0] + character, style)
            else:
                pieces.append((character, style))
        return pieces


class Picker(Overlay[V | None]):
    """Dismissed with the chosen item's value, or None. Push it with ``push_screen(Picker(...), callback)``."""

    BINDINGS = [
        Binding("escape", "cancel", "Cancel", show=False, id="picker.cancel"),
        Binding("up,ctrl+k,ctrl+p,shift+tab", "move(-1)", "Up", show=False, priority=True, id="picker.up"),
        Binding("down,ctrl+j,ctrl+n,tab", "move(1)", "Down", show=False, priority=True, id="picker.down"),
        Binding("pageup", "move(-10)", "Page up", show=False, id="picker.pageup"),
        Binding("pagedown", "move(10)", "Page down", show=False, id="picker.pagedown"),
    ]
    DEFAULT_CSS = """
    Picker {
        align: center top; background: $background 60%;
        & > Vertical {
            width: 84; max-width: 100%; height: auto; max-height: 80%; margin: 2 2 0 2; padding: 1 0;
            background: $panel; border: none;
        }
        & #picker-title { padding: 0 1; text-style: bold; height: 1; width: 1fr; text-wrap: nowrap; }
        & Input, & Input:focus { border: none; height: 1; padding: 0 1; margin: 0 0 1 0; background: $panel; }
        & #picker-empty { padding: 0 1; color: $foreground 65%; height: auto; width: 1fr; }
    }
    """

    def __init__(
        self,
        title: str,
        items: Sequence[Item[V]],
        *,
        placeholder: str = "Type to filter",
        empty: str = "Nothing here matches.",
        digit_selects: bool = False,
        highlighted: V | None = None,
        name: str | None = None,
        id: str | None = None,
    ) -> None:
        """
        Args:
            empty: the sentence shown when nothing is left.
            digit_selects: a number typed first chooses the item whose ``hint_key`` it is, as soon as only one can be
                meant.
            highlighted: the value to begin at.
        """
        super().__init__(name=name, id=id)
        self._title, self._placeholder, self._empty = title, placeholder, empty
        self._items: Sequence[Item[V]] = items
        self._digit_selects = digit_selects
        self._begin_at = highlighted
        self._searched: tuple[str, list[_Hit]] = ("", [])
        self._moved = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(clean(self._title)), id="picker-title")
            query = Input(placeholder=self._placeholder, id="picker-query")
            query.cursor_blink = False
            yield query
            yield Static(Content(clean(self._empty)), id="picker-empty")
            yield PickerRows()

    def on_resize(self) -> None:
        """The rows scroll in what is left of the box: with a height of their own they would be cut off at its end."""
        rows = self.query_one(PickerRows)
        rows.styles.max_height = max(1, (self.size.height - MARGIN) * BOX // 100 - AROUND_ROWS)
        self.call_after_refresh(rows.show_highlight)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show("", keep=self._begin_at)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key may come before there is a list: then only escape means something."""
        return (self.is_mounted or action == "cancel") and super().check_action(action, parameters)

    # -- what it is told

    def refresh_items(self, items: Sequence[Item[V]], *, empty: str | None = None) -> None:
        """Other items from now on (say, when a slow list arrives); the query stays, and so does the highlight, unless
        nobody moved it and something that came fits the query better."""
        self._items = items
        self._searched = ("", [])
        if empty is not None:
            self._empty = empty
        if self.is_mounted and self.query("#picker-empty"):  # a slow list may come after the choice was made
            self.query_one("#picker-empty", Static).update(Content(clean(self._empty)))
            item = self.query_one(PickerRows).highlighted
            query = self.query_one(Input).value
            self._show(query, keep=None if item is None or (query.strip() and not self._moved) else item.value)

    @property
    def at(self) -> Item[V] | None:
        """The item that is highlighted."""
        return self.query_one(PickerRows).highlighted

    # -- inside

    def _show(self, query: str, keep: V | None = None) -> None:
        hits = self._search(query)
        self.query_one("#picker-empty").display = not hits
        self.query_one(PickerRows).show_hits(hits, grouped=not query.strip(), keep=keep)

    def _search(self, query: str) -> list[_Hit]:
        if not query.strip():
            return [_Hit(item) for item in self._items]
        before, left = self._searched
        pool = [hit.item for hit in left] if before and query.startswith(before) else self._items
        scored: list[tuple[int, int, _Hit]] = []
        for index, item in enumerate(pool):
            score, hit = _judge(query, item)
            if hit is not None:
                scored.append((-score, index, hit))
        self._searched = (query, [hit for _, _, hit in scored])  # in their own order, whatever was typed to get here
        if query.isdigit():  # a slot's number comes before a title that has the digit in it
            scored = [(s - 10_000 * (hit.item.hint_key == query), i, hit) for s, i, hit in scored]
        return [hit for _, _, hit in sorted(scored, key=lambda entry: entry[:2])]

    def _by_digit(self, query: str) -> Item[V] | None:
        """The item that a slot number means, when no longer number could be meant."""
        if not self._digit_selects or not query.isdigit():
            return None
        possible = [item for item in self._items if item.hint_key.startswith(query)]
        return possible[0] if len(possible) == 1 and possible[0].hint_key == query else None

    @on(Input.Changed, "#picker-query")
    def _query_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._moved = False
        item = self._by_digit(event.value)
        if item is not None:
            self.dismiss(item.value)
        else:
            self._show(event.value)

    @on(Input.Submitted, "#picker-query")
    @on(PickerRows.Clicked)
    def _chosen(self, event: Message) -> None:
        event.stop()
        item = self.query_one(PickerRows).highlighted
        if item is not None:
            self.dismiss(item.value)

    def action_move(self, rows: int) -> None:
        self._moved = True
        self.query_one(PickerRows).move(rows)

    def on_click(self, event: events.Click) -> None:
        """Beside the box it closes, and chooses nothing."""
        if event.widget is self:
            event.stop()
            self.action_cancel()

    def action_cancel(self) -> None:
        if self.is_mounted:
            self.dismiss(None)
        else:
            self.call_after_refresh(self.action_cancel)


def _judge(query: str, item: Item) -> tuple[int, _Hit | None]:
    """By its text; else, behind all of those, by its text, detail, group and key together."""
    if match := fuzzy(query, item.text):
        return match.score + 2000, _Hit(item, match)
    if whole := fuzzy(query, f"{item.text} {item.detail} {item.group} {item.hint_key}"):
        within = Match(whole.score, tuple(i for i in whole.at if i < len(item.text)))
        return whole.score, _Hit(item, within)
    return 0, None


def _one_line(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _fitted(text: str, cells: int) -> str:
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, cells - 1) + "…" if cells > 0 else ""
