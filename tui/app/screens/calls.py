"""All tool calls, of one session or of every session: filtered as you type, sorted, live while sessions run.

Rows come from the store a window at a time (``tui.app.history.calls_feed``); the table draws what is in sight. Enter
opens one call, o goes to its place in the transcript.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from time import localtime, strftime, time

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Input

from tui.app.footer import Told
from tui.app.history.calls_feed import CallsFeed
from tui.app.keys import BY_ID
from tui.app.screens.sheet import TableSheet, own_actions, sheet_bindings
from tui.app.services import Program
from tui.app.words import duration, size
from tui.calls import ORDERS, CallOrder, CallRow, Reading, read_filter
from tui.errors import PenstockError
from tui.state import SessionState
from tui.value import value
from widgets.blocks import GLYPHS
from widgets.clean import clean
from widgets.status_line import Segment, Style
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

BEAT = 0.25
"""Seconds between two looks at what runs and whether the store has news, while the list is on screen."""
ROOMY = 100
"""Cells from which on a row says the date and the time, and the session's title in more than a word."""
WIDE = 140
_SORTED_BY: dict[CallOrder, tuple[str, str]] = {
    "time": ("newest first", "oldest first"),
    "duration": ("slowest first", "quickest first"),
    "bytes": ("biggest first", "smallest first"),
    "cost": ("dearest first, estimated", "cheapest first, estimated"),
}
_STYLES: dict[str, Style] = {
    "ok": "dim",
    "waiting": "dim",
    "running": "accent",
    "asking": "warn",
    "error": "bad",
    "timed_out": "bad",
    "unknown": "bad",
}


@dataclass(slots=True)
class Look:
    """How the list is looked at; kept by whoever opens it, so that it opens again as it was left."""

    every_session: bool = True
    order: CallOrder = "time"
    descending: bool = True
    text: str = ""


@value
class Place:
    """Where the person wants to go: a call in its session's transcript."""

    session_id: str
    call_id: str


class CallsScreen(TableSheet[Place]):
    """Dismissed with a place to go to, or None. ``inspect`` shows one call and returns, when that is closed,
    the session and the call to go to, or None.

    ``session`` is the session that "this session" means, where there is one; ``states`` gives those in memory.
    """

    PLACE = "calls"
    FILTERS = "/ filters: tool:shell state:error slower:5s path:src session:2 text"
    BINDINGS = sheet_bindings("calls")
    DEFAULT_CSS = """
    CallsScreen > .filter { display: block; }
    """

    def __init__(
        self,
        program: Program,
        states: Callable[[], Iterable[SessionState]],
        session: SessionState | None,
        look: Look,
        inspect: Callable[[str, str], Awaitable[tuple[str, str] | None]],
    ) -> None:
        super().__init__(program.keymap)
        self._program = program
        self._session = session
        self._look = look
        self._inspect = inspect
        self._feed = CallsFeed(program.library, states, time)
        self._reading = Reading(filter=read_filter("", 0.0).filter)
        self._mark: tuple[object, ...] = ()
        self._drawn: tuple[int, list[tuple[str, str]]] = (0, [])
        """The calls that the table was given last, from which index on."""
        self._searching = False
        self._stale = False
        self._busy = False

    def parts(self) -> ComposeResult:
        field = self.filter_field()
        field.value = self._look.text
        yield field
        yield VirtualTable()

    def on_mount(self) -> None:
        self.table.focus()
        self._begin()
        self.set_interval(BEAT, self._beat)

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show()

    # --- what is listed

    def _begin(self) -> None:
        """Another list: the filter, the order or the sessions changed."""
        look = self._look
        only = "" if look.every_session or self._session is None else self._session.session_id
        self._reading = read_filter(look.text, time(), only=only)
        self._searching = True
        self._list()
        self._show_facts()

    @work(exclusive=True, group="calls")
    async def _list(self) -> None:
        """From its beginning. What still ran for the list before is cancelled, in the store too."""
        look, self._busy = self._look, False
        try:
            await self._feed.begin(self._reading.filter, look.order, look.descending)
            self._searching = False
            self._drawn = (0, [])
            self.table.move_to(0)
            self._show()
            await self._feed.count()
            self._show()
        except PenstockError as error:
            self._fail(error)

    @on(VirtualTable.Wanted)
    def _wanted(self, event: VirtualTable.Wanted) -> None:
        event.stop()
        self._keep_up()

    def _beat(self) -> None:
        """Open calls go on; the store is asked whether it has news."""
        if not self._searching and self._feed.look():
            self._show()
        self._stale = True
        self._keep_up()

    def _keep_up(self) -> None:
        if self._feed.counted and not self._busy and not self._searching:
            self._busy = True
            self._load()

    @work(group="calls")
    async def _load(self) -> None:
        """Bring what is in sight, and news, until there is nothing more to bring."""
        try:
            while True:
                if self._stale:
                    self._stale = False
                    mark = await self._program.library.calls_mark()
                    if mark != self._mark:
                        self._mark = mark
                        await self._feed.refresh()
                        self._show()
                table = self.table
                first = table.scroll_offset.y
                if await self._feed.reach(first, first + table.page - 1):
                    self._show()
                elif not self._stale:
                    return
        except PenstockError as error:
            self._fail(error)
        finally:
            self._busy = False

    def _fail(self, error: PenstockError) -> None:
        self._searching, self._feed.counted = False, True
        self.notify(error.sentence(), severity="error", markup=False)

    # --- drawing

    def _show(self) -> None:
        """Give the table what is held. The reader stays at the call where the cursor is, or else at the top."""
        feed, table = self._feed, self.table
        roomy = self.size.width >= ROOMY
        table.set_columns(
            _columns(self.size.width, self._look.order, sessions=not self._reading.filter.only),
            sorted_by=self._look.order,
            descending=self._look.descending,
        )
        now = time()
        rows = [*feed.pinned, *feed.rows] if not feed.first else feed.rows
        first = len(feed.pinned) + feed.first if feed.first else 0
        cells = [_cells(row, now, roomy=roomy, root=self._program.root) for row in rows]
        moved = self._moved()
        self._drawn = first, [row.key for row in rows]
        table.show(feed.total, first, cells, empty=self._empty())
        if moved:
            table.shift(moved)
        self._show_facts()

    def _moved(self) -> int:
        """How many rows further down the call stands that the cursor is at."""
        (first, keys), cursor = self._drawn, self.table.cursor
        if self.table.at_top or not 0 <= cursor - first < len(keys):
            return 0
        index = self._feed.index_of(keys[cursor - first])
        return 0 if index is None else index - cursor

    def _empty(self) -> str:
        if self._searching:
            return "Searching…"
        return "No call matches." if self._look.text else "No tool was called yet."

    def _show_facts(self) -> None:
        look, feed = self._look, self._feed
        whose = "all sessions"
        if self._reading.filter.only and self._session is not None:
            whose = f"{self._session.slot} {clean(self._session.title)}"
        plus = "" if feed.counted else "+"
        count = "searching…" if self._searching else f"{feed.total:,}{plus} call{'s' * (feed.total != 1)}"
        self.draw_head(
            [Segment(f"Tool calls of {whose}", "", 9, least=20)],
            [Segment(_SORTED_BY[look.order][not look.descending], "dim", 5), Segment(count, "", 6)],
        )
        self.draw_foot()

    def keys(self) -> Iterable[Told]:
        return [*self._wrong(), *own_actions("calls"), BY_ID["table.open"]]

    def filter_keys(self) -> Iterable[Told]:
        return [*self._wrong(), ("enter", "to the list"), ("calls.close", "too")]

    def _wrong(self) -> list[Segment]:
        return [Segment(hint, "warn", 99, least=20) for hint in self._reading.hints[:1]]

    # --- its keys

    def refilter(self) -> None:
        text = self.query_one(Input).value
        if text != self._look.text:
            self._look.text = text
            self._begin()

    def action_sort(self) -> None:
        self._look.order = ORDERS[(ORDERS.index(self._look.order) + 1) % len(ORDERS)]
        self._begin()

    def action_reverse(self) -> None:
        self._look.descending = not self._look.descending
        self._begin()

    def action_scope(self) -> None:
        if self._session is not None:
            self._look.every_session = not self._look.every_session
            self._begin()

    def closed_something(self) -> bool:
        """What was typed stays: the list opens with it again."""
        if not isinstance(self.focused, Input):
            return False
        self.table.focus()
        return True

    def _chosen(self) -> CallRow | None:
        return self._feed.row(self.table.cursor)

    @on(VirtualTable.Chosen)
    def _open_row(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.action_inspect()

    @work
    async def action_inspect(self) -> None:
        row = self._chosen()
        if row is not None:
            try:
                place = await self._inspect(row.session_id, row.call_id)
            except PenstockError as error:
                self.notify(error.sentence(), severity="warning", markup=False)
                return
            if place is not None:
                self.dismiss(Place(session_id=place[0], call_id=place[1]))

    def action_jump(self) -> None:
        row = self._chosen()
        if row is not None:
            self.dismiss(Place(session_id=row.session_id, call_id=row.call_id))

    def action_copy(self) -> None:
        row = self._chosen()
        if row is not None:
            self._program.copy(f"{row.tool} {row.line}")


def _columns(width: int, order: CallOrder, *, sessions: bool) -> list[Column]:
    """What it is sorted by stays longest."""
    roomy = width >= ROOMY
    session = Column("session", "session", 24 if width >= WIDE else 16 if roomy else 12, 3)
    columns = [
        Column("time", "time", 12 if roomy else 8, 7),
        *([session] if sessions else []),
        Column("tool", "tool", 11 if roomy else 9, 8),
        Column("line", "what it did", 22, flex=True),
        Column("state", "state", 11, 9),
        Column("duration", "took", 7, 6, right=True),
        Column("bytes", "bytes", 8, 2, right=True),
        Column("cost", "~cost", 8, 1, right=True),
    ]
    return [replace(column, priority=10) if column.name == order else column for column in columns]


def _cells(row: CallRow, now: float, *, roomy: bool, root: str) -> TableRow:
    style = _STYLES.get(row.state, "")
    glyph = GLYPHS.get(row.state, "•")  # type: ignore[call-overload]
    ran = row.duration
    if row.ended_at is None:
        ran = None if row.started_at is None else now - row.started_at
    elsewhere = "" if row.workspace == root else f"{row.workspace.rpartition('/')[2]}/"
    again = "↻ " if row.original else ""
    return {
        "time": Cell(_moment(row.requested_at, now, roomy=roomy), "dim"),
        "session": Cell(clean(f"{elsewhere}{row.slot} {row.title}").replace("\n", " "), "dim"),
        "tool": Cell(clean(row.tool).replace("\n", " ")),
        "line": Cell(again + clean(row.line).replace("\n", " "), "bad" if style == "bad" else ""),
        "state": Cell(f"{glyph} {row.state.replace('_', ' ')}", style),
        "duration": Cell("" if ran is None or row.started_at is None else duration(ran)),
        "bytes": Cell("" if row.bytes is None or row.started_at is None else size(row.bytes)),
        "cost": Cell(_cost(row), "dim"),
    }


def _cost(row: CallRow) -> str:
    """What it shares of its step's price. A call that the person ran again was asked of no model."""
    if row.original:
        return ""
    return "unknown" if row.price is None else f"~${row.price:.4f}" if row.price < 1 else f"~${row.price:.2f}"


def _moment(at: float, now: float, *, roomy: bool) -> str:
    """The time of today, else the day, with the time where there is room."""
    then, today = localtime(at), localtime(now)
    clock = strftime("%H:%M:%S", then)
    if then[:3] == today[:3]:
        return clock
    if then[0] == today[0]:
        return strftime("%b %d %H:%M" if roomy else "%b %d", then)
    return strftime("%Y-%m-%d" if roomy else "%Y-%m", then)
