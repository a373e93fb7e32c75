"""Sessions side by side as figures: how fast, how many calls, how dear; their answers, their files, and one promoted.

A row for each session. The final answer of the one under the cursor stands below, as far as it has come. It follows
what happens: ``refresh_rows`` is called when one of them changed, and once a second while one runs.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import time
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Static

from tui.app.comparing import (
    PHASE_STYLES,
    Measures,
    compared_turns,
    cost_text,
    final_answer,
    measures,
    rate_text,
)
from tui.app.footer import Told
from tui.app.keymap import takes_back
from tui.app.screens.difference import DifferenceScreen, answer_page, file_pages
from tui.app.screens.sheet import TableSheet, own_actions, sheet_bindings
from tui.app.services import Program
from tui.app.words import duration, one_line, tokens
from tui.engine.changes.versions import Version
from tui.errors import PenstockError
from tui.state import Prompt, SessionState
from tui.value import value
from widgets.blocks import Block
from widgets.clean import clean
from widgets.status_line import Segment, StatusLine, Style
from widgets.transcript import Transcript
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

UNKNOWN = "–"
"""A figure that there is not, or not yet."""
ANSWER = "answer"
"""The block that the answer is."""


@value
class Deed:
    """What the person wants: to ``go`` to a session, or to ``promote`` it."""

    kind: Literal["go", "promote"]
    session_id: str


Files = Callable[[SessionState], Awaitable[dict[str, Version]]]


class CompareScreen(TableSheet[Deed]):
    """``states`` in the order of their slots; ``files`` reads what one of them made of files."""

    PLACE = "compare"
    FILTERS = "Words of session, model or state"
    BINDINGS: ClassVar = sheet_bindings("compare")
    DEFAULT_CSS: ClassVar[str] = """
    CompareScreen {
        & > VirtualTable { height: auto; max-height: 50%; }
        & > .answer-head { background: $panel; }
        & > Transcript { height: 1fr; }
        & > .said { display: none; height: auto; max-height: 5; padding: 0 1; }
        & > .said.-said { display: block; }
        & > .said.-asks { color: $text-warning; text-style: bold; }
    }
    """

    def __init__(self, program: Program, states: Sequence[SessionState], files: Files) -> None:
        super().__init__(program.keymap)
        self._program = program
        self._states = list(states)
        self._listed = self._states
        self._files = files
        self._last = self._states[0]
        self._marked: list[str] = []
        self._asked = ""
        self._shown: tuple[str, str] = ("", "")
        self._beat: Timer | None = None

    def parts(self) -> ComposeResult:
        yield self.filter_field()
        yield VirtualTable()
        yield StatusLine(classes="answer-head")
        yield Transcript()
        yield Static(classes="said", markup=False)

    def on_mount(self) -> None:
        self.table.focus()
        self.table.styles.height = len(self._states) + 1
        self._beat = self.set_interval(1.0, self.refresh_rows, pause=True)
        self.refresh_rows()

    def on_resize(self) -> None:
        if self.is_mounted:
            self.refresh_rows()

    # --- drawing

    def refresh_rows(self) -> None:
        """Take over what the sessions are now."""
        if not self.is_mounted or not self.is_attached:
            return
        now = time()
        found = [measures(state, now) for state in self._states]
        every = [(state, self._row(state, one)) for state, one in zip(self._states, found, strict=True)]
        rows = [(state, row) for state, row in every if self.found(*(row[name].text for name in _SEARCHED))]
        self._listed = [state for state, _ in rows]
        self.table.set_columns(_COLUMNS)
        self.table.show(len(rows), 0, [row for _, row in rows], empty="No session here matches.")
        running = sum(one.phase in ("running", "asking", "waiting") for one in found)
        count = f"{len(every)} sessions" + (f", {running} not done" if running else "")
        self.draw_head([Segment(f"Compared: {self._prompt()}", "", 9, least=16)], [Segment(count, "dim", 8)])
        self._show_answer()
        self.draw_foot()
        if self._beat is not None:
            (self._beat.resume if running else self._beat.pause)()

    def refilter(self) -> None:
        self.refresh_rows()

    def _prompt(self) -> str:
        for state in self._states:
            for turn in compared_turns(state):
                for item in turn.items:
                    if isinstance(item, Prompt):
                        return one_line(clean(item.text), 200)
        return ""

    def _row(self, state: SessionState, found: Measures) -> TableRow:
        phase = "archived" if state.archived else found.phase
        style: Style = "dim" if state.archived else PHASE_STYLES[found.phase]
        label = one_line(name_of(state), 60)
        failed = f" !{found.failed}" if found.failed else ""
        return {
            "mark": Cell("[x]" if state.session_id in self._marked else "[ ]", "accent"),
            "label": Cell(f"{state.slot} {label}{' (promoted)' if is_promoted(state) else ''}"),
            "model": Cell(clean(state.model), "dim"),
            "effort": Cell(state.effort or "usual", "dim"),
            "phase": Cell(phase, style),
            "first": Cell(_seconds(found.first_token)),
            "rate": Cell(rate_text(found) or UNKNOWN),
            "took": Cell(_seconds(found.seconds)),
            "calls": Cell(f"{found.calls}{failed}", "bad" if failed else ""),
            "files": Cell(str(found.files)),
            "tokens": Cell(f"{tokens(found.input_tokens)}/{tokens(found.output_tokens)}", "dim"),
            "cost": Cell(cost_text(state, found).removeprefix("cost ") or UNKNOWN),
        }

    def _show_answer(self) -> None:
        state = self._current
        text = clean(final_answer(state))
        turns = compared_turns(state)
        wrong = one_line(clean(f"{turns[-1].error} {turns[-1].hint}"), 300) if turns and turns[-1].error else ""
        self.line("answer-head").show(
            [Segment(name_of(state), "accent", 9, least=12), Segment(wrong, "bad", 5, least=20)],
            [Segment("its final answer", "dim", 1)],
        )
        shown, answer = self._shown, self.query_one(Transcript)
        if shown != (state.session_id, text) or not answer.blocks:
            self._shown = (state.session_id, text)
            if text and shown[0] == state.session_id and shown[1] and text.startswith(shown[1]):
                answer.grow(ANSWER, text.removeprefix(shown[1]))
            else:
                nothing = Block(id=ANSWER, kind="notice", source="No answer yet.", status="waiting")
                answer.clear()
                answer.put_all([Block(id=ANSWER, kind="text", source=text, streaming=True) if text else nothing])
                answer.anchor = ANSWER, 0

    def keys(self) -> Iterable[Told]:
        if self._asked:
            return [("compare.yes", "promotes"), ("compare.no", "keeps all")]
        return own_actions("compare")

    def _say(self, sentence: str, *, asks: bool = False) -> None:
        said = self.query_one(".said", Static)
        said.update(clean(sentence))
        said.set_class(bool(sentence), "-said")
        said.set_class(asks, "-asks")

    def on_transcript_link_clicked(self, event: Transcript.LinkClicked) -> None:
        event.stop()
        self._program.follow(event.href)

    def on_transcript_copy_requested(self, event: Transcript.CopyRequested) -> None:
        event.stop()
        self._program.copy(event.text)

    # --- which ones

    @property
    def _current(self) -> SessionState:
        """Where nothing is left by the filter, what stood there last."""
        if self._listed:
            self._last = self._listed[min(self.table.cursor, len(self._listed) - 1)]
        return self._last

    def pair(self) -> tuple[SessionState, SessionState]:
        """The two marked ones; else the marked one and the one under the cursor; else that and the first other one."""
        every = [state.session_id for state in self._states]
        two = list(dict.fromkeys([*self._marked, self._current.session_id, *every]))[:2]
        one, other = (state for state in self._states if state.session_id in two)
        return one, other

    def action_mark(self) -> None:
        chosen = self._current.session_id
        if chosen in self._marked:
            self._marked.remove(chosen)
        else:
            self._marked = [*self._marked, chosen][-2:]
        self.refresh_rows()

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self._show_answer()

    # --- what they differ in

    def action_answers(self) -> None:
        one, other = self.pair()
        names = name_of(one), name_of(other)
        page = answer_page(final_answer(one), final_answer(other), names)
        self.app.push_screen(
            DifferenceScreen(f"Answers: {names[0]}, {names[1]}", [page], self._program.keymap, words=True)
        )

    @work(exclusive=True, group="files")
    async def action_files(self) -> None:
        one, other = self.pair()
        names = name_of(one), name_of(other)
        try:
            pages = file_pages(await self._files(one), await self._files(other), names)
        except PenstockError as error:
            self._say(error.sentence())
            return
        if pages:
            self.app.push_screen(DifferenceScreen(f"Files: {names[0]}, {names[1]}", pages, self._program.keymap))
        else:
            self._say(f"Neither {names[0]} nor {names[1]} changed a file. (What commands changed is not known.)")

    # --- one of them

    @on(VirtualTable.Chosen)
    def _entered(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        if not self._asked:
            self.dismiss(Deed(kind="go", session_id=self._current.session_id))

    def action_promote(self) -> None:
        chosen = self._current
        others = [state for state in self._states if state is not chosen and not state.archived]
        if chosen.archived:
            self._say(f"It is archived: {takes_back(self._keymap)} takes it back first.")
            return
        if not others:
            self._say("There is no other one left to archive.")
            return
        self._asked = chosen.session_id
        self._say(promote_question(chosen, others), asks=True)
        self.draw_foot()

    def action_yes(self) -> None:
        if self._asked:
            self.dismiss(Deed(kind="promote", session_id=self._asked))

    def action_no(self) -> None:
        self._asked = ""
        self._say("")
        self.draw_foot()

    def closed_something(self) -> bool:
        if not self._asked:
            return super().closed_something()
        self.action_no()
        return True


_SEARCHED = ("label", "model", "effort", "phase")
_COLUMNS = (
    Column("mark", "", 3, 12),
    Column("label", "session", 16, flex=True),
    Column("model", "model", 26, 1),
    Column("effort", "effort", 6, 2),
    Column("phase", "state", 11, 11),
    Column("first", "first", 6, 8, right=True),
    Column("rate", "speed", 10, 9, right=True),
    Column("took", "took", 6, 6, right=True),
    Column("calls", "calls", 6, 7, right=True),
    Column("files", "files", 5, 4, right=True),
    Column("tokens", "in/out", 12, 3, right=True),
    Column("cost", "cost", 8, 10, right=True),
)


def name_of(state: SessionState) -> str:
    """What tells it from the others: its label in the group, else its title."""
    return clean(state.group.label if state.group is not None else f"{state.slot} {state.title}").replace("\n", " ")


def is_promoted(state: SessionState) -> bool:
    return state.group is not None and state.group.promoted


def promote_question(chosen: SessionState, others: Sequence[SessionState]) -> str:
    """Names what happens to whom."""
    names = ", ".join(name_of(state) for state in others)
    running = [name_of(state) for state in others if state.status in ("running", "asking")]
    stops = ""
    if running:
        stops = f" {', '.join(running)} still run{'s' if len(running) == 1 else ''} and will be interrupted."
    return f"Go on with {name_of(chosen)}, and archive {names}? Nothing is deleted.{stops}"


def _seconds(seconds: float | None) -> str:
    return UNKNOWN if seconds is None else duration(seconds)
