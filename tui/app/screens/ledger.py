"""The ledger: what models cost and used, by day, session, model or tool, over a span of days, with a plot of the days.

Enter goes down: from a day, a model or a tool to its sessions, and from a session to itself. Escape goes up again.
While sessions run it is read anew as they go on; when nothing happens nothing is asked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from time import time
from typing import ClassVar, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.timer import Timer

from tui.app.footer import Told
from tui.app.keys import BY_ID
from tui.app.screens.sheet import TableSheet, own_actions, sheet_bindings
from tui.app.services import Program
from tui.app.words import duration, tokens
from tui.errors import PenstockError
from tui.ledger import By, Ledger, LedgerQuery, LedgerRow, bounds, day_of, midnight
from widgets.bar_plot import Bar, BarPlot
from widgets.clean import clean
from widgets.status_line import Segment, StatusLine
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

SOON = 0.5
"""Seconds after news until the sums are read again: all news of that time at once."""
SPANS: tuple[tuple[str, int], ...] = (("today", 1), ("7 days", 7), ("30 days", 30), ("all days", 0))
_MOST_DAYS = 3_660
TITLES: dict[By, str] = {"day": "day", "session": "session", "model": "model", "tool": "tool"}
ESTIMATE = "~asked: of the requests that asked for calls; ~added: by results to those that read them"


@dataclass(slots=True)
class LedgerLook:
    """How it is looked at; kept by whoever opens it, so that it opens again as it was left."""

    by: By = "day"
    span: int = 2
    tokens: bool = False


class News(Protocol):
    """Who tells that sessions went on. ``tui.app.attention.watch.Attention`` fulfils it."""

    went_on: list[Callable[[], None]]


class LedgerScreen(TableSheet[str]):
    """Dismissed with the session to go to, or None."""

    PLACE = "ledger"
    FILTERS = "Words of the first column"
    BINDINGS: ClassVar = sheet_bindings("ledger")
    DEFAULT_CSS: ClassVar[str] = """
    LedgerScreen > .said { color: $foreground; }
    """

    def __init__(self, program: Program, look: LedgerLook, news: News) -> None:
        super().__init__(program.keymap)
        self._program = program
        self._look = look
        self._news = news
        self._above: list[tuple[LedgerQuery, str]] = []
        """What enter led down from, the outermost first, each with what was chosen there."""
        self._query = LedgerQuery(by=look.by)
        self._found: Ledger | None = None
        self._rows: list[LedgerRow] = []
        self._soon: Timer | None = None
        self._reading = self._stale = False

    def parts(self) -> ComposeResult:
        yield self.filter_field()
        yield BarPlot()
        yield VirtualTable()
        yield StatusLine(classes="said")

    def on_mount(self) -> None:
        self.table.focus()
        self._news.went_on.append(self.news)
        self._begin()

    def on_unmount(self) -> None:
        if self.news in self._news.went_on:
            self._news.went_on.remove(self.news)

    def on_resize(self) -> None:
        if self.is_mounted:
            self._draw()

    @property
    def ledger(self) -> Ledger | None:
        """What is shown, None until it was read."""
        return self._found

    # --- what is summed

    def _begin(self) -> None:
        """Another question: by something else, or of other days."""
        self._found, self._rows = None, []
        self._read()
        self._draw()

    def _span(self) -> LedgerQuery:
        """The query with its span: a day that was gone down into is its own."""
        days = SPANS[self._look.span][1]
        if self._query.since is not None or not days:
            return self._query
        return replace(self._query, since=midnight(time(), days - 1))

    @work(exclusive=True, group="ledger")
    async def _read(self, at: str = "") -> None:
        """``at``: the key of the row that the cursor is to stand on."""
        self._reading = True
        try:
            self._found = await self._program.library.ledger(self._span())
        except PenstockError as error:
            self.notify(error.sentence(), severity="error", markup=False)
            return
        finally:
            self._reading = False
        if self._stale:
            self._stale = False
            self.news()
        self._draw()
        keys = [row.key for row in self._rows]
        if at in keys:
            self.table.move_to(keys.index(at))

    def news(self) -> None:
        """Sessions went on: soon it is read again, once. What is being read is read to its end first."""
        if self._reading:
            self._stale = True
        elif self._soon is None and self.is_attached:
            self._soon = self.set_timer(SOON, self._again)

    def _again(self) -> None:
        self._soon = None
        row = self._chosen()
        self._read(row.key if row is not None else "")

    # --- drawing

    def _draw(self) -> None:
        found, by = self._found, self._query.by
        self._rows = [row for row in found.rows if self.found(row.key, row.title)] if found is not None else []
        table = self.table
        table.set_columns(_columns(by, self.size.width), sorted_by="key" if by == "day" else "cost")
        dearest = max((row.cost or 0.0 for row in self._rows), default=0.0)
        rows = [_cells(row, by, dearest, self._program.root) for row in self._rows]
        table.show(len(rows), 0, rows, empty="Reading…" if found is None else self._nothing())
        self._draw_head()
        self._draw_plot()
        self.line("said").show(*(([], []) if found is None else _sums(found.total, by)))
        self.draw_foot()

    def _nothing(self) -> str:
        return "Nothing matches." if self.filtered else "No model was asked in this time. f looks at other days."

    def _draw_head(self) -> None:
        way = [f"{TITLES[query.by]} {chosen}" for query, chosen in self._above]
        estimated = ", estimated" if self._query.by == "tool" else ""
        place = " › ".join(["Ledger", *way, f"by {TITLES[self._query.by]}{estimated}"])
        span = SPANS[self._look.span][0] if self._query.since is None else ""
        count = "" if self._found is None else f"{len(self._rows):,} row{'s' * (len(self._rows) != 1)}"
        self.draw_head([Segment(place, "", 9, least=20)], [Segment(span, "accent", 5), Segment(count, "dim", 1)])

    def _draw_plot(self) -> None:
        plot = self.query_one(BarPlot)
        found, days = self._found, self._days()
        plot.display = self.size.height >= 16 and len(days) > 1
        if found is None or not days:
            return
        what = "tokens" if self._look.tokens else "cost"
        bars = [Bar(label, _height(row, self._look.tokens)) for label, row in days]
        most = max((bar.value for bar in bars if bar.value is not None), default=0.0)
        top = tokens(round(most)) if self._look.tokens else _usd(most)
        plot.show(bars, f"{what} a day, {top} at the most")

    def _days(self) -> list[tuple[str, LedgerRow | None]]:
        """Every day of the span, also those on which nothing was asked."""
        if self._found is None or not self._found.days:
            return []
        known = {row.key: row for row in self._found.days}
        since = self._span().since
        first = date.fromisoformat(day_of(since) if since is not None else self._found.days[0].key).toordinal()
        last = date.fromisoformat(max(self._found.days[-1].key, day_of(time()) if self._query.since is None else ""))
        ordinals = range(max(first, last.toordinal() - _MOST_DAYS), last.toordinal() + 1)
        names = [date.fromordinal(each).isoformat() for each in ordinals]
        return [(name, known.get(name)) for name in names]

    def keys(self) -> Iterable[Told]:
        return [*own_actions("ledger"), BY_ID["table.open"]]

    # --- its keys

    def refilter(self) -> None:
        self._draw()

    def _by(self, by: By) -> None:
        self._look.by = by if not self._above else self._look.by
        self._query = replace(self._query, by=by)
        self.table.move_to(0)
        self._begin()

    def action_day(self) -> None:
        self._by("day")

    def action_session(self) -> None:
        self._by("session")

    def action_model(self) -> None:
        self._by("model")

    def action_tool(self) -> None:
        self._by("tool")

    def action_span(self) -> None:
        """Other days; a day that was gone down into is left."""
        while self._query.since is not None and self._above:
            self._query = self._above.pop()[0]
        self._look.span = (self._look.span + 1) % len(SPANS)
        self.table.move_to(0)
        self._begin()

    def action_plot(self) -> None:
        self._look.tokens = not self._look.tokens
        self._draw()

    def action_copy(self) -> None:
        row = self._chosen()
        if row is not None:
            cells = _cells(row, self._query.by, 0.0, self._program.root)
            self._program.copy("  ".join(cell.text for name, cell in cells.items() if name != "bar" and cell.text))

    def closed_something(self) -> bool:
        if super().closed_something():
            return True
        if not self._above:
            return False
        self._query, _ = self._above.pop()
        self._begin()
        return True

    def _chosen(self) -> LedgerRow | None:
        return self._rows[self.table.cursor] if 0 <= self.table.cursor < len(self._rows) else None

    @on(VirtualTable.Chosen)
    def _go_down(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        row = self._chosen()
        if row is None:
            return
        if self._query.by == "session":
            self.dismiss(row.key)
            return
        self._above.append((self._query, row.key))
        self._query = _below(self._query, row.key)
        self.table.move_to(0)
        self._begin()


def _below(query: LedgerQuery, key: str) -> LedgerQuery:
    match query.by:
        case "day":
            since, until = bounds(key)
            return replace(query, by="session", since=since, until=until)
        case "model":
            return replace(query, by="session", model=key)
        case _:
            return replace(query, by="session", tool=key)


def _columns(by: By, width: int) -> list[Column]:
    wide = width >= 100
    if by == "tool":
        return [
            Column("key", "tool", 14, 9, flex=True),
            Column("calls", "calls", 7, 8, right=True),
            Column("failed", "failed", 7, 5, right=True),
            Column("duration", "took", 8, 4, right=True),
            Column("asked", "~asked", 10, 8, right=True),
            Column("bar", "", 12 if wide else 8, 2),
            Column("cost", "~added", 10, 9, right=True),
        ]
    return [
        Column("key", TITLES[by], 14 if by == "day" else 24, 9, flex=True),
        Column("requests", "requests", 8, 7, right=True),
        Column("input", "in", 7, 6, right=True),
        Column("cached", "cached", 7, 4, right=True),
        Column("output", "out", 7, 6, right=True),
        Column("reasoning", "reasoned", 8, 1, right=True),
        Column("first", "first token", 11, 1, right=True),
        Column("bar", "", 12 if wide else 8, 2),
        Column("cost", "cost", 10, 9, right=True),
    ]


def _cells(row: LedgerRow, by: By, dearest: float, root: str) -> TableRow:
    cost = _cost(row)
    bar = "█" * round((row.cost or 0.0) / dearest * 8) if dearest else ""
    common = {
        "key": Cell(_name(row, by, root)),
        "bar": Cell(bar or ("▏" if row.cost else ""), "accent"),
        "cost": Cell(cost, "warn" if row.unpriced else ""),
    }
    if by == "tool":
        return {
            **common,
            "calls": Cell(f"{row.calls:,}"),
            "asked": Cell("unknown" if row.asked is None else f"~{_usd(row.asked)}", "dim"),
            "failed": Cell(f"{row.failed:,}" if row.failed else "", "bad"),
            "duration": Cell(duration(row.duration), "dim"),
        }
    return {
        **common,
        "requests": Cell(f"{row.requests:,}" + (" ●" if row.running else ""), "accent" if row.running else ""),
        "input": Cell(tokens(row.input)),
        "cached": Cell(tokens(row.cache_read) if row.cache_read else "", "dim"),
        "output": Cell(tokens(row.output)),
        "reasoning": Cell(tokens(row.reasoning) if row.reasoning else "", "dim"),
        "first": Cell("" if row.first_token is None else duration(row.first_token), "dim"),
    }


def _name(row: LedgerRow, by: By, root: str) -> str:
    if by == "day":
        return f"{row.key} {date.fromisoformat(row.key):%a}"
    if by == "session":
        elsewhere = "" if row.workspace in (root, "") else f"{row.workspace.rpartition('/')[2]}/"
        return clean(f"{elsewhere}{row.slot} {row.title}").replace("\n", " ")
    return clean(row.key).replace("\n", " ") or "(none)"


def _cost(row: LedgerRow) -> str:
    """What is not known is never nothing."""
    if row.cost is None:
        return "unknown" if row.unpriced else ""
    return f"{'~' if row.estimated else ''}{_usd(row.cost)}{'+' if row.unpriced else ''}"


def _usd(usd: float) -> str:
    return f"${usd:.4f}" if 0 < usd < 1 else f"${usd:,.2f}"


def _height(row: LedgerRow | None, of_tokens: bool) -> float | None:
    if row is None:
        return 0.0
    if of_tokens:
        return float(row.input + row.output)
    return row.cost if row.cost is not None else None if row.unpriced else 0.0


def _sums(total: LedgerRow, by: By) -> tuple[list[Segment], list[Segment]]:
    """All of it in a line."""
    cached = f" ({tokens(total.cache_read)} cached)" if total.cache_read else ""
    reasoned = f" ({tokens(total.reasoning)} reasoned)" if total.reasoning else ""
    asked = f"{total.requests:,} request{'s' * (total.requests != 1)}"
    left = [
        Segment(f"All: {_cost(total) or '$0.00'}", "accent", 9),
        Segment(asked, "", 8),
        Segment(f"{tokens(total.input)} in{cached}", "dim", 6),
        Segment(f"{tokens(total.output)} out{reasoned}", "dim", 5),
    ]
    right = []
    if total.unpriced:
        some = "1 request" if total.unpriced == 1 else f"{total.unpriced:,} requests"
        right.append(Segment(f"{some} without a known price", "warn", 7))
    if by == "tool":
        right.insert(0, Segment(ESTIMATE, "dim", 2))
    return left, right
