"""Everything that was ever said, searched as one types: a row for each block that is found, best or newest first.

Each key asks the store anew and cancels what was asked before. Ids come at once, up to a thousand, rows a window at a
time. Enter goes to a block's place in its session; a call's result opens in the inspector, and escape comes back here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import localtime, strftime, time
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Input

from tui.app.screens.sheet import TableSheet, sheet_bindings
from tui.app.services import Program
from tui.app.words import duration
from tui.errors import PenstockError
from tui.searching import Found, SearchOrder, SearchReading, SearchRow, read_search
from widgets.clean import clean
from widgets.status_line import Segment
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

WINDOW = 100
"""Rows that are read around what is in sight."""
ROOMY = 100
GLYPHS = {
    "prompt": "▌", "answer": "•", "reasoning": "~", "arguments": "→", "output": "←", "summary": "≡", "title": "#",
}  # fmt: skip
_COLUMNS = (
    Column("kind", "what", 11, 8),
    Column("session", "session", 14, 6),
    Column("at", "when", 9, 7, right=True),
    Column("text", "found", 20, 9, flex=True),
)
_WIDE = (_COLUMNS[0], Column("session", "session", 26, 6), Column("at", "when", 9, 7, right=True), _COLUMNS[3])
_HELP = "All that was ever said, in every session: type what you look for."


@dataclass(slots=True)
class SearchLook:
    """What is searched for; kept by whoever opens it, so that it opens again as it was left."""

    text: str = ""
    order: SearchOrder = "ranked"
    cursor: int = 0


class SearchScreen(TableSheet[SearchRow]):
    """Dismissed with a row to go to, or None. ``inspect`` shows one call and returns, when that is closed, the session
    and the call to go to, or None."""

    PLACE = "search"
    FILTERS = 'words, "a phrase", pref*, -not, in:output tool:shell state:error session:2 after:3d path:src has:image'
    BINDINGS = sheet_bindings("search", first=("search.order",))
    DEFAULT_CSS: ClassVar[str] = """
    SearchScreen > .filter { display: block; }
    """

    def __init__(
        self,
        program: Program,
        look: SearchLook,
        inspect: Callable[[str, str], Awaitable[tuple[str, str] | None]],
    ) -> None:
        super().__init__(program.keymap)
        self._program = program
        self._look = look
        self._inspect = inspect
        self._reading: SearchReading = read_search("", 0.0)
        self.hits = Found()
        self._rows: dict[int, SearchRow] = {}
        self._first = 0
        self.searching = False

    def parts(self) -> ComposeResult:
        field = self.filter_field()
        field.value = self._look.text
        yield field
        yield VirtualTable()

    def on_mount(self) -> None:
        self._filter.focus()
        self._begin(self._look.cursor)

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show()

    # --- what is found

    def refilter(self) -> None:
        if self._filter.value != self._look.text:
            self._look.text = self._filter.value
            self._begin()

    def _begin(self, cursor: int = 0) -> None:
        """Another search: what ran for the one before is cancelled, in the store too."""
        self._reading = read_search(self._look.text, time())
        self.searching = not self._reading.query.empty
        self._search(cursor)
        self._facts()

    @work(exclusive=True, group="search")
    async def _search(self, cursor: int) -> None:
        query, search = self._reading.query, self._program.library.search
        try:
            found = Found() if query.empty else await search.find(query, self._look.order)
            first = max(0, cursor - WINDOW // 2)
            rows = await search.rows(self._ids(found, first), query)
        except PenstockError as error:
            self.searching = False
            self.notify(error.sentence(), severity="error", markup=False)
            self._facts()
            return
        self.hits, self._rows, self._first, self.searching = found, rows, first, False
        self._show()
        self.table.move_to(min(cursor, max(0, found.count - 1)))

    @staticmethod
    def _ids(found: Found, first: int) -> Sequence[int]:
        """Of the rows from ``first`` on."""
        start = max(0, first - len(found.late))
        return found.ids[start : start + WINDOW]

    @on(VirtualTable.Wanted)
    def _wanted(self, event: VirtualTable.Wanted) -> None:
        event.stop()
        last = min(event.last, self.hits.count - 1)
        if not self.searching and any(self.row(index) is None for index in (event.first, last) if index >= 0):
            self._load(max(0, event.first - WINDOW // 3))

    @work(exclusive=True, group="rows")
    async def _load(self, first: int) -> None:
        found: Found = self.hits
        try:
            rows = await self._program.library.search.rows(self._ids(found, first), self._reading.query)
        except PenstockError as error:
            self.notify(error.sentence(), severity="error", markup=False)
            return
        if found is self.hits:
            self._rows, self._first = rows, first
            self._show()

    def row(self, index: int) -> SearchRow | None:
        """The row at that place, where it is held."""
        found: Found = self.hits
        if 0 <= index < len(found.late):
            return found.late[index]
        at = index - len(found.late)
        return self._rows.get(found.ids[at]) if 0 <= at < len(found.ids) else None

    # --- drawing

    def _show(self) -> None:
        found: Found = self.hits
        roomy, now = self.size.width >= ROOMY, time()
        self.table.set_columns(_WIDE if roomy else _COLUMNS)
        first = self._first if self._first > len(found.late) else 0
        end = min(found.count, self._first + WINDOW + len(found.late))
        rows = [self.row(index) for index in range(first, end)]
        cells = [_cells(row, now, root=self._program.root) if row is not None else _GONE for row in rows]
        self.table.show(found.count, first, cells, empty=self._empty())
        self._facts()

    def _empty(self) -> str:
        if self._reading.query.empty:
            return _HELP
        return "Nothing was said that matches."

    def _facts(self) -> None:
        found: Found = self.hits
        count = f"{found.count:,}{'+' * found.more} found"
        right = [Segment("searching…" if self.searching else "" if self._reading.query.empty else count, "", 6)]
        if found.unindexed:
            right.insert(0, Segment(f"some {found.unindexed:,} older entries are still being indexed", "warn", 4))
        self.draw_head([Segment("Search", "", 9), Segment(self._how(found), "dim", 5)], right)
        self.draw_foot()

    def _how(self, found: Found) -> str:
        if self._look.order == "newest":
            return "newest first"
        if found.common:
            return "newest first: these words are too common to rank by"
        return f"best first among the newest {found.ranked:,}" if found.more else "best first"

    def keys(self):
        hints = [Segment(hint, "warn", 99, least=20) for hint in self._reading.hints[:1]]
        return [*hints, ("enter", "opens"), *super().keys()]

    def filter_keys(self):
        hints = [Segment(hint, "warn", 99, least=20) for hint in self._reading.hints[:1]]
        return [*hints, ("enter", "opens"), ("down", "moves"), ("search.order", "best or newest"), ("escape", "closes")]

    # --- its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return True if action == "order" and self.is_mounted else super().check_action(action, parameters)

    @on(Input.Submitted, ".filter")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        event.prevent_default()
        if self.hits.count and not self.searching:
            self._open()
        else:
            self.table.focus()

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self._open()

    def _open(self) -> None:
        row = self._at_cursor()
        if row is not None and row.kind == "output":
            self.action_inspect()
        elif row is not None:
            self.dismiss(row)

    def _at_cursor(self) -> SearchRow | None:
        self._look.cursor = self.table.cursor
        return self.row(self.table.cursor)

    def action_go(self) -> None:
        row = self._at_cursor()
        if row is not None:
            self.dismiss(row)

    @work
    async def action_inspect(self) -> None:
        row = self._at_cursor()
        if row is None or not row.call_id:
            return
        try:
            place = await self._inspect(row.session_id, row.call_id)
        except PenstockError as error:
            self.notify(error.sentence(), severity="warning", markup=False)
            return
        if place is not None:
            self.dismiss(row)

    def action_order(self) -> None:
        self._look.order = "newest" if self._look.order == "ranked" else "ranked"
        self._begin()

    def closed_something(self) -> bool:
        """Nothing: what was typed is kept for the next time."""
        self._look.cursor = self.table.cursor
        return False


_GONE: TableRow = {"text": Cell("(it is not in the store any more)", "dim")}


def _cells(row: SearchRow, now: float, *, root: str) -> TableRow:
    elsewhere = "" if row.workspace == root else f"{row.workspace.rpartition('/')[2]}/"
    title = clean(f"{elsewhere}{row.slot} {row.title}").replace("\n", " ")
    text, marks = (f"{clean(row.tool)}  " if row.tool else ""), list[tuple[int, int]]()
    for piece, match in row.snippet:
        start = len(text)
        text += clean(piece).replace("\n", " ")
        marks += [(start, len(text))] if match else []
    return {
        "kind": Cell(f"{GLYPHS[row.kind]} {row.kind}", "accent" if row.kind == "prompt" else "dim"),
        "session": Cell(f"{title} (archived)" if row.archived else title, "dim"),
        "at": Cell(_age(row.at, now), "dim"),
        "text": Cell(text, marks=tuple(marks)),
    }


def _age(at: float, now: float) -> str:
    passed = max(0.0, now - at)
    if passed < 10:
        return "now"
    if passed < 86_400:
        return duration(passed)
    return f"{int(passed // 86_400)} d" if passed < 100 * 86_400 else strftime("%b %Y", localtime(at))
