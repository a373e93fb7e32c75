"""What fills the context window: a bar of it, each kind of thing, and the single things that take most room.

It is what the next request would hold. It stays up to date while it is open; compacting and the system prompt are a
key away.
"""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.app.footer import key_row
from tui.app.history.context_blocks import near_path
from tui.app.keys import ACTIONS
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


class ContextScreen(ModalScreen[Wanted | None]):
    """Dismissed with what is wanted, or None."""

    BINDINGS: ClassVar = [
        Binding(action.keys, action.id.replace("fills.", "fills_"), show=False, id=action.id)
        for action in ACTIONS
        if action.place == "context"
    ]
    DEFAULT_CSS: ClassVar[str] = """
    ContextScreen {
        background: $background;
        & > .head { background: $primary-muted; text-style: bold; }
        & > .window { height: 1; padding: 0 1; color: $text-accent; }
        & > .window.-warn { color: $text-warning; }
        & > .window.-bad { color: $text-error; }
        & > .where, & > .said { background: $surface; }
        & > .foot { background: $panel; }
    }
    """

    def __init__(self, program: Program, session: Session) -> None:
        super().__init__()
        self._program = program
        self._session = session
        self._filling: Filling | None = None
        self._pieces: list[Piece | None] = []
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        yield Static(classes="window")
        yield VirtualTable(COLUMNS)
        yield StatusLine(classes="where")
        yield StatusLine(classes="said")
        yield StatusLine(classes="foot")

    def on_mount(self) -> None:
        self._table.focus()
        hints = [action for action in ACTIONS if action.place == "context" and action.hint]
        self.query_one(".foot", StatusLine).show(key_row(hints, self._program.keymap))
        self.refresh_filling()
        self.run_worker(self._read_instructions(), group="instructions")

    def on_resize(self, event: events.Resize) -> None:
        self._draw_window()

    async def _read_instructions(self) -> None:
        """A session that has had no turn has not read its files yet."""
        await self._session.read_instructions()
        self.refresh_filling()

    @property
    def _table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

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
        self._filling = found = self._session.filling(window)
        kinds, single = found.kinds(), [piece for piece in found.biggest(SINGLE) if piece.kind != TOOLS]
        self._pieces = [*kinds, None, *single] if single else list(kinds)
        rows = [kind_row(piece, found) for piece in kinds]
        if single:
            rows += [{"what": Cell("Single things, largest first", "accent")}]
            rows += [single_row(piece, found, state.cwd) for piece in single]
        self._table.show(len(rows), 0, rows, empty="Nothing yet.")
        self._draw_window()
        self._draw_head()
        self._draw_said()
        self._draw_where()

    def _draw_head(self) -> None:
        found, state = self._filling, self._session.state
        assert found is not None
        if found.window:
            full = f"{tokens(found.tokens)} of {tokens(found.window)} tokens · {found.fraction or 0:.0%}"
        else:
            full = f"{tokens(found.tokens)} tokens, window unknown"
        self.query_one(".head", StatusLine).show(
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
        self.query_one(".said", StatusLine).show([Segment(text, "dim", 5, least=20)], [Segment(count, "dim", 1)])

    @on(VirtualTable.Moved)
    def _draw_where(self) -> None:
        """What the row is about, in full."""
        piece = self._at
        text = "" if piece is None else about(piece, self._session)
        self.query_one(".where", StatusLine).show([Segment(text, "", 9, least=20)])

    @property
    def _at(self) -> Piece | None:
        at = self._table.cursor
        return self._pieces[at] if at < len(self._pieces) else None

    # --- its keys

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        piece = self._at
        if piece is not None and piece.block:
            self.dismiss(Wanted(block=piece.block))
        elif piece is not None and piece.kind == INSTRUCTIONS:
            self.action_fills_system()

    def action_fills_open(self) -> None:
        self._table.action_choose()

    def action_fills_compact(self) -> None:
        self.dismiss(Wanted(compact=True))

    def action_fills_system(self) -> None:
        self.dismiss(Wanted(system=True))

    def action_fills_close(self) -> None:
        self.dismiss(None)


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
