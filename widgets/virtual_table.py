"""A table of any length of which only a window is held: it asks for rows when they come into sight.

It knows how many rows there are and has those that its owner gave it last; the rest is drawn as dots until it
comes. Memory and painting cost what the window costs, for ten rows and for ten million. Where room is short
columns go, the least important first, before the one that takes what is left becomes too narrow.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip

from widgets.line_view import LineView, Piece, Row
from widgets.status_line import Style

WIDE = 100  # cells from which on two stand between columns
MISSING = "…"
AT = "›"
"""Before the row that the cursor is on, while something else has the focus."""


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in cells; of the column that is ``flex`` the least. The lowest ``priority`` goes first."""

    name: str
    title: str
    width: int
    priority: int = 0
    right: bool = False
    flex: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Text on one line, clean of control characters."""

    text: str
    style: Style = ""
    marks: tuple[tuple[int, int], ...] = ()
    """What stands out in it: where each stretch begins and ends."""


TableRow = Mapping[str, Cell]
"""By the columns' names."""


def fit_columns(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """The columns that have room in ``width`` cells, in their order, and how wide each is."""
    kept = list(columns)
    while True:
        gaps = gap_of(width) * (len(kept) - 1)
        rest = width - gaps - sum(column.width for column in kept if not column.flex)
        least = max((column.width for column in kept if column.flex), default=0)
        if rest >= least or len(kept) < 2:
            return [(column, max(1, rest) if column.flex else column.width) for column in kept]
        kept.remove(min((column for column in kept if not column.flex), key=lambda column: column.priority))


def gap_of(width: int) -> int:
    """Cells between two columns."""
    return 2 if width >= WIDE else 1


class VirtualTable(LineView):
    """Told by ``show`` and ``set_columns``; tells what it wants to be given, and what was chosen."""

    COMPONENT_CLASSES = {f"table--{name}" for name in ("head", "plain", "dim", "good", "warn", "bad", "accent", "at")}
    BINDINGS = [
        Binding("j,down", "move(1)", "Down", show=False, id="table.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="table.up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, id="table.pagedown"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="table.pageup"),
        Binding("g,home", "edge(0)", "Top", show=False, id="table.home"),
        Binding("G,end", "edge(1)", "End", show=False, id="table.end"),
        Binding("enter", "choose", "Open", show=False, id="table.open"),
    ]
    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr; width: 1fr; background: $background; overflow-x: hidden; overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .table--head { color: $text-accent; text-style: bold; background: $surface; }
        & > .table--plain { color: $foreground; }
        & > .table--dim { color: $foreground 60%; }
        & > .table--good { color: $text-success; }
        & > .table--warn { color: $text-warning; text-style: bold; }
        & > .table--bad { color: $text-error; text-style: bold; }
        & > .table--accent { color: $text-accent; }
        & > .table--at { background: $foreground 10%; }
        &:focus > .table--at { color: $block-cursor-foreground; background: $block-cursor-background; }
    }
    """
    ALLOW_SELECT = False

    @dataclass
    class Wanted(Message):
        """Rows ``first`` to ``last`` are in sight now."""

        table: "VirtualTable"
        first: int
        last: int

        @property
        def control(self) -> "VirtualTable":
            return self.table

    @dataclass
    class Moved(Message):
        """The cursor stands on another row."""

        table: "VirtualTable"
        index: int

        @property
        def control(self) -> "VirtualTable":
            return self.table

    @dataclass
    class Chosen(Message):
        table: "VirtualTable"
        index: int

        @property
        def control(self) -> "VirtualTable":
            return self.table

    def __init__(self, columns: Sequence[Column] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._columns: Sequence[Column] = columns
        self._sorted_by, self._arrow = "", ""
        self._total = 0
        self._first = 0
        self._rows: Sequence[TableRow] = ()
        self._empty = ""
        self._cursor = 0
        self._told = (-1, -1)

    # -- what it is told

    @property
    def allow_select(self) -> bool:
        return False

    def set_columns(self, columns: Sequence[Column], *, sorted_by: str = "", descending: bool = True) -> None:
        """Other columns from now on. The title of the one that it is sorted by has an arrow."""
        self._columns = columns
        self._sorted_by, self._arrow = sorted_by, "↓" if descending else "↑"
        self.refresh()

    def show(self, total: int, first: int, rows: Sequence[TableRow], *, empty: str = "") -> None:
        """There are ``total`` rows now, of which ``rows`` are those from ``first`` on. ``empty`` is said for none."""
        self._total, self._first, self._rows, self._empty = total, first, rows, empty
        self._cursor = max(0, min(self._cursor, total - 1))
        self.set_extent(0, total + 1, layout=False)
        self.refresh()

    def shift(self, rows: int) -> None:
        """Rows came (or, below 0, went) above: the cursor, and what is in sight, stay with what they show."""
        self._cursor = max(0, min(self._cursor + rows, self._total - 1))
        self.scroll_to(y=max(0, self.scroll_offset.y + rows), animate=False, immediate=True)
        self.refresh()

    @property
    def cursor(self) -> int:
        """The index of the row that enter opens."""
        return self._cursor

    @property
    def at_top(self) -> bool:
        """Whether it stands at its beginning, where new rows are let in above."""
        return self._cursor == 0 and self.scroll_offset.y == 0

    @property
    def page(self) -> int:
        """Rows in sight: one is the titles'."""
        return max(1, self.room.height - 1)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, and bring that into sight."""
        before, self._cursor = self._cursor, max(0, min(index, self._total - 1))
        if self._cursor != before:
            self.post_message(self.Moved(self, self._cursor))
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + self.page:
            self.scroll_to(y=self._cursor - self.page + 1, animate=False, immediate=True)
        self.refresh()

    # -- moving

    def action_move(self, rows: int) -> None:
        self.move_to(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        self.move_to(self._cursor + pages * max(1, self.page - 1))

    def action_edge(self, end: int) -> None:
        self.move_to(self._total - 1 if end else 0)

    def action_choose(self) -> None:
        if self._total:
            self.post_message(self.Chosen(self, self._cursor))

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or index >= self._total:
            return
        event.stop()
        self.move_to(index)
        if event.chain > 1:
            self.action_choose()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._tell_window()

    def on_resize(self) -> None:
        self.move_to(self._cursor)
        self._tell_window()

    def _tell_window(self) -> None:
        first = self.scroll_offset.y
        window = first, first + self.page - 1
        if window != self._told:
            self._told = window
            self.post_message(self.Wanted(self, *window))

    # -- drawing

    def render_line(self, y: int) -> Strip:
        if y == 0:
            style = self.get_component_rich_style("table--head")
            titles = {c.name: Cell(self._title(c)) for c in self._columns}
            pieces = self._pieces(titles, style)
            return Strip([Segment(*piece) for piece in pieces]).adjust_cell_length(self.room.width, style)
        return super().render_line(y - 1)

    def _title(self, column: Column) -> str:
        return f"{column.title}{self._arrow}" if column.name == self._sorted_by else column.title

    def row(self, y: int) -> Row | None:
        if y >= self._total or y < 0:
            said = self._empty if y == 0 else ""
            return Row([(f" {said}", self.get_component_rich_style("table--dim"))]) if said else None
        at = y - self._first
        if not 0 <= at < len(self._rows):
            return Row([(f" {MISSING}", self.get_component_rich_style("table--dim"))])
        style = self.get_component_rich_style("table--at") if y == self._cursor else None
        mark = AT if style is not None and not self.has_focus else " "  # grounds are not told apart on every terminal
        return Row(self._pieces(self._rows[at], style, mark), fill=style)

    def _match_style(self, style: RichStyle | None) -> RichStyle:
        own = style or self.get_component_rich_style("table--accent")
        return own + RichStyle(bold=True, underline=True)

    def _pieces(self, cells: TableRow, style: RichStyle | None, mark: str = " ") -> list[Piece]:
        """A margin, and each column's cell in exactly its width; all in ``style`` where there is one."""
        width = self.room.width - 2
        plain = style or self.get_component_rich_style("table--plain")
        gap = " " * gap_of(width)
        pieces: list[Piece] = [(mark, plain)]
        for number, (column, cells_wide) in enumerate(fit_columns(self._columns, width)):
            cell = cells.get(column.name, Cell(""))
            own = style or self.get_component_rich_style(f"table--{cell.style or 'plain'}")
            text = fitted(cell.text, cells_wide, right=column.right)
            pieces.append((gap, own) if number else ("", own))
            pieces += _marked(text, cell.marks, own, self._match_style(style)) if cell.marks else [(text, own)]
        return [*pieces, (" ", plain)]


def _marked(text: str, marks: Sequence[tuple[int, int]], plain: RichStyle, match: RichStyle) -> Iterator[Piece]:
    """A cell's text with what stands out in it; what the cell has no room for is cut."""
    at = 0
    for begin, end in marks:
        begin, end = min(begin, len(text)), min(end, len(text))
        yield from ((text[at:begin], plain), (text[begin:end], match))
        at = end
    yield text[at:], plain


def fitted(text: str, cells: int, *, right: bool = False) -> str:
    """``text`` in exactly ``cells`` cells, cut with an ellipsis."""
    length = cell_len(text)
    if length > cells:
        return set_cell_size(text, cells - 1) + "…" if cells > 1 else set_cell_size(text, cells)
    return " " * (cells - length) + text if right else text + " " * (cells - length)
