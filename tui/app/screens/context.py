"""What fills the context window: a bar of it, each kind of thing, and the single things that take most room.

It is what the next request would hold. It stays up to date while it is open; compacting and the system prompt are a
key away.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.widgets import Static

from tui.app.history.context_blocks import near_path
from tui.app.screens.sheet import TableSheet, sheet_bindings
from tui.app.services import Program
from tui.app.status import session_title
from tui.app.words import call_line, one_line, size, tokens
from tui.engine.session import Session
from tui.engine.window.filling import FILES, INSTRUCTIONS, SUMMARY, TOOLS, Filling, Piece
from tui.value import value
from widgets.clean import clean
from widgets.meter import EMPTY, FULL, meter_level, meter_text
from widgets.status_line import Segment, StatusLine
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

SINGLE = 30
"""Single things that are listed."""
BAR = 16
COLUMNS = (
    Column("what", "What the next request holds", 24, priority=9, flex=True),
    Column("things", "Things", 6, priority=2, right=True),
    Column("tokens", "Tokens", 8, priority=8, right=True),
    Column("share", "Share", 5, priority=6, right=True),
    Column("bar", "", BAR, priority=4),
)


@value
class Wanted:
    """What the person wants when the screen closes: to compact, to edit the system prompt, to go to a block."""

    compact: bool = False
    system: bool = False
    block: str = ""


class ContextScreen(TableSheet[Wanted]):
    """Dismissed with what is wanted, or None."""

    PLACE = "context"
    FILTERS = "Words of what fills the window"
    BINDINGS: ClassVar = sheet_bindings("context")
    DEFAULT_CSS: ClassVar[str] = """
    ContextScreen {
        & > .window { height: 1; padding: 0 1; color: $text-accent; }
        & > .window.-warn { color: $text-warning; }
        & > .window.-bad { color: $text-error; }
    }
    """

    def __init__(self, program: Program, session: Session) -> None:
        super().__init__(program.keymap)
        self._program = program
        self._session = session
        self._filling: Filling | None = None
        self._pieces: list[Piece | None] = []
        self._drawn: tuple[object, ...] = ()

    def parts(self) -> ComposeResult:
        yield Static(classes="window")
        yield self.filter_field()
        yield VirtualTable(COLUMNS)
        yield StatusLine(classes="where")
        yield StatusLine(classes="said")

    def on_mount(self) -> None:
        self.table.focus()
        self.draw_foot()
        self.refresh_filling()
        self.run_worker(self._read_instructions(), group="instructions")

    def on_resize(self, event: events.Resize) -> None:
        self._draw_window()

    async def _read_instructions(self) -> None:
        """A session that has had no turn has not read its files yet."""
        await self._session.read_instructions()
        self.refresh_filling()

    def refresh_filling(self) -> None:
        """Look again, if something has changed that counts."""
        state = self._session.state
        window = self._program.window(state.model)
        now = (
            *(len(state.parts), len(state.open_calls), state.turn is None, state.context_tokens),
            *(state.compacting, state.instructions, state.system, state.model, window),
        )
        if now == self._drawn or not self.is_mounted:
            return
        self._drawn = now
        self._filling = self._session.filling(window)
        self.refilter()
        self._draw_window()
        self._draw_head()
        self._draw_said()

    def refilter(self) -> None:
        found, cwd = self._filling, self._session.state.cwd
        if found is None:
            return
        single = [(piece, single_row(piece, found, cwd)) for piece in found.biggest(SINGLE) if piece.kind != TOOLS]
        listed = [*self._matching((piece, kind_row(piece, found)) for piece in found.kinds())]
        if single := self._matching(single):
            listed += [(None, {"what": Cell("Single things, largest first", "accent")}), *single]
        self._pieces = [piece for piece, _ in listed]
        empty = "Nothing here matches." if self.filtered else "Nothing yet."
        self.table.show(len(listed), 0, [row for _, row in listed], empty=empty)
        self._draw_where()

    def _matching(self, rows: Iterable[tuple[Piece, TableRow]]) -> list[tuple[Piece | None, TableRow]]:
        return [(piece, row) for piece, row in rows if self.found(piece.kind, row["what"].text)]

    def _draw_head(self) -> None:
        found, state = self._filling, self._session.state
        assert found is not None
        if found.window:
            full = f"{tokens(found.tokens)} of {tokens(found.window)} tokens · {found.fraction or 0:.0%}"
        else:
            full = f"{tokens(found.tokens)} tokens, window unknown"
        self.draw_head(
            [Segment("Context", "", 9), Segment(one_line(clean(session_title(state)), 60), "dim", 3, least=10)],
            [Segment(full, meter_level(found.fraction) if found.window else "dim", 8)],
        )

    def _draw_window(self) -> None:
        """The window as a bar over the whole width; without one there is nothing to draw."""
        found = self._filling
        if found is None:
            return
        bar = self.query_one(".window", Static)
        level = meter_level(found.fraction)
        bar.set_class(level == "warn", "-warn")
        bar.set_class(level == "bad", "-bad")
        width = max(0, self.size.width - 2)
        bar.display = bool(found.window)
        bar.update(meter_text(found.fraction, width))

    def _draw_said(self) -> None:
        found, state = self._filling, self._session.state
        assert found is not None
        if state.compacting is not None:
            text = "It is being compacted now: the model writes a summary."
        elif not found.window:
            text = "It is compacted only when you ask: the model's window is not known."
        elif self._session.compact_at:
            text = f"It is compacted by itself at {self._session.compact_at:.0%}; nothing is deleted by that."
        else:
            text = "It is compacted only when you ask ([context] compact_at is 0)."
        count = "the sum as the provider counted last" if found.counted else "all estimated: nothing was counted yet"
        self.line("said").show([Segment(text, "dim", 5, least=20)], [Segment(count, "dim", 1)])

    @on(VirtualTable.Moved)
    def _draw_where(self) -> None:
        """What the row is about, in full."""
        piece = self._at
        text = "" if piece is None else about(piece, self._session)
        self.line("where").show([Segment(text, "", 9, least=20)])

    @property
    def _at(self) -> Piece | None:
        at = self.table.cursor
        return self._pieces[at] if at < len(self._pieces) else None

    # --- its keys

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        piece = self._at
        if piece is not None and piece.block:
            self.dismiss(Wanted(block=piece.block))
        elif piece is not None and piece.kind == INSTRUCTIONS:
            self.action_system()

    def action_open(self) -> None:
        self.table.action_choose()

    def action_compact(self) -> None:
        self.dismiss(Wanted(compact=True))

    def action_system(self) -> None:
        self.dismiss(Wanted(system=True))


def kind_row(piece: Piece, found: Filling) -> TableRow:
    return {"what": Cell(one_line(clean(piece.kind), 60)), "things": Cell(piece.label, "dim"), **_room(piece, found)}


def single_row(piece: Piece, found: Filling, cwd: str) -> TableRow:
    label = near_path(piece.label, cwd) if piece.kind == FILES else _label(piece, 100)
    text = label if piece.kind in (label, SUMMARY) else f"{piece.kind}: {label}"
    return {"what": Cell(f"  {text}", "dim" if not piece.block else ""), **_room(piece, found)}


def about(piece: Piece, session: Session) -> str:
    """A row's piece in one sentence."""
    state = session.state
    if piece.kind == INSTRUCTIONS:
        return "The system prompt of this session: your own." if state.system else "The usual system prompt."
    if piece.kind == FILES:
        read = [file for file in state.instructions if not file.problem]
        return "AGENTS.md: " + " · ".join(f"{near_path(file.path, state.cwd)} {size(file.size)}" for file in read)
    return f"{clean(piece.kind)}: {_label(piece, 300)}" if piece.block else clean(piece.kind)


def _label(piece: Piece, most: int) -> str:
    return one_line(clean(call_line(piece.tool, piece.label) if piece.tool else piece.label), most)


def _room(piece: Piece, found: Filling) -> dict[str, Cell]:
    whole = found.window or found.tokens
    share = piece.tokens / whole if whole else 0.0
    return {
        "tokens": Cell(tokens(piece.tokens)),
        "share": Cell(f"{share:.0%}" if share >= 0.005 else "<1%", "dim"),
        "bar": Cell(_bar(share), "accent"),
    }


def _bar(share: float) -> str:
    filled = max(1, round(min(1.0, share) * BAR))
    return FULL * filled + EMPTY * (BAR - filled)
