"""The tabs of one call: arguments, output, diff, timing, approval, raw events; and the other calls a key away.

It reads a state and never changes it: a state in memory that goes on, or one that was folded from the store.
``refresh_call`` brings it up to date while the call runs; only the tab that is shown costs anything.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from time import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input

from tui.app.footer import Told
from tui.app.keymap import way_to
from tui.app.keys import ACTIONS
from tui.app.screens.inspector.paper import StoredOutput
from tui.app.screens.inspector.sheets import approval_sheet, timing_sheet
from tui.app.screens.inspector.subject import (
    argument_facts,
    call_diff,
    event_facts,
    heading,
    output_text,
    outputs_diff,
    reruns,
    settled,
)
from tui.app.screens.sheet import Sheet, own_actions
from tui.app.services import Program
from tui.engine.session import Session
from tui.events import Entry
from tui.state import CallState, SessionState
from widgets.ask_bar import AskBar
from widgets.blocks import GLYPHS
from widgets.diff_view import DiffView
from widgets.fact_tree import FactTree
from widgets.output_view import OutputView
from widgets.status_line import Segment, StatusLine, Style

TABS = ("Arguments", "Output", "Diff", "Timing", "Approval", "Raw")
ARGUMENTS, OUTPUT, DIFF, TIMING, APPROVAL, RAW = range(6)
_COLOURS: dict[str, Style] = {
    "ok": "good", "error": "bad", "denied": "bad", "timed_out": "warn", "cancelled": "warn", "unknown": "warn",
    "asking": "warn", "running": "accent",
}  # fmt: skip
_OWN = {"inspector.tab"}


def own_bindings() -> list[Binding]:
    """A binding for each action of the keys table that is made here."""
    made = [
        Binding(
            action.keys, action.id.removeprefix("inspector."), action.title, show=False, id=action.id,
            priority=action.id in ("inspector.next_tab", "inspector.previous_tab"),
        )
        for action in ACTIONS
        if action.place == "inspector" and action.id not in _OWN
    ]  # fmt: skip
    return [*made, *(Binding(str(n), f"tab({n - 1})", show=False) for n in range(1, len(TABS) + 1))]


class CallScreen(Sheet[tuple[str, str]]):
    """One call at a time. Dismissed with (session, call) to go to in its transcript, or None.

    ``session`` is the live session of ``state``, where there is one: without it there is only what was stored.
    """

    BINDINGS: ClassVar = own_bindings()
    DEFAULT_CSS: ClassVar[str] = """
    CallScreen {
        & > .tabs { background: $panel; }
        & > ContentSwitcher { height: 1fr; }
        & > .notes { background: $surface; display: none; }
        & > .notes.-said { display: block; }
        & > Input, & > Input:focus { display: none; }
        & > Input.-open { display: block; }
    }
    """

    def __init__(self, state: SessionState, call_id: str, program: Program, *, session: Session | None = None) -> None:
        super().__init__(program.keymap)
        self.state = state
        self.call_id = call_id
        self._program = program
        self._session = session
        self._tab = ARGUMENTS
        self._shown: dict[int, object] = {}
        self._stored: list[Entry] | None = None
        self._compared: tuple[str, str] | None = None
        self._beat: Timer | None = None
        self._ready = False  # keys, and what a running call does, may come before there is anything to show it in

    def parts(self) -> ComposeResult:
        yield StatusLine(classes="tabs")
        with ContentSwitcher(initial="tab-0"):
            yield FactTree(id="tab-0")
            yield OutputView(id="tab-1")
            yield DiffView(id="tab-2", highlight=True)
            yield OutputView(id="tab-3")
            yield OutputView(id="tab-4")
            yield FactTree(id="tab-5")
        yield StatusLine(classes="notes")
        for name, hint in (("find", "Find… enter next, shift+n back, escape closes"), ("save", "Write to which file?")):
            field = Input(placeholder=hint, classes=name, compact=True)
            field.cursor_blink = False
            yield field
        bar = AskBar()
        bar.display = False
        yield bar

    def on_mount(self) -> None:
        self._ready = True
        call = self.call
        if call.ended is not None or call_diff(call)[0]:
            self._tab = DIFF if call_diff(call)[0] else OUTPUT
        for number in (OUTPUT, TIMING, APPROVAL):
            self.watch(self.query_one(f"#tab-{number}", OutputView), "scroll_y", self._draw_tabs, init=False)
        self._beat = self.set_interval(self._program.beat, self.refresh_call, pause=True)
        self._show_tab()

    @property
    def call(self) -> CallState:
        return self.state.calls[self.call_id]

    @property
    def view(self) -> Widget:
        """What stands in the tab that is shown."""
        return self.query_one(f"#tab-{self._tab}")

    @property
    def tab_name(self) -> str:
        return TABS[self._tab]

    # --- drawing

    def refresh_call(self) -> None:
        """Take over what the call is now."""
        if not self._ready or not self.is_attached:
            return
        self._draw_head()
        self._fill(self._tab)
        self._draw_tabs()
        self.draw_foot()
        if self._beat is not None:
            (self._beat.resume if self.call.ended is None else self._beat.pause)()

    def _draw_head(self) -> None:
        call, calls = self.call, list(self.state.calls)
        line, (phase, *facts) = heading(call, self.state, time())
        glyph = GLYPHS.get(call.phase, "•")  # type: ignore[call-overload]
        self.draw_head(
            [Segment(f"{glyph} {line}", "", 9, least=20)],
            [
                Segment(phase, _COLOURS.get(call.phase, ""), 8),
                *(Segment(fact, "dim", 5 - number) for number, fact in enumerate(facts)),
                Segment(f"{calls.index(self.call_id) + 1} of {len(calls)}", "dim", 6),
            ],
        )

    def _draw_tabs(self) -> None:
        view = self.view
        right: list[Segment] = []
        if isinstance(view, OutputView):
            top, lines = view.position
            share = 100 * min(1.0, (view.scroll_offset.y + view.room.height) / max(1, view.line_count))
            right = [Segment(f"line {top:,} of {lines:,}  {share:.0f} %", "dim", 5)] if self._tab == OUTPUT else []
            words = [name for name, on in (("wrap", view.wrap), ("follow", view.follow)) if on]
            right += [Segment(" ".join(words), "dim", 4)]
        elif isinstance(view, DiffView):
            added, removed = view.counts
            right = [Segment(f"+{added} -{removed}", "dim", 5)] if added or removed else []
        names = [
            Segment(f"{number + 1} {name}", "accent" if number == self._tab else "dim", 9 if number == self._tab else 8)
            for number, name in enumerate(TABS)
        ]
        self.line("tabs").show(names, right)

    def keys(self) -> Iterable[Told]:
        """Those that do something here and now."""
        return (action for action in own_actions("inspector") if self._applies(action.id))

    def _applies(self, action_id: str) -> bool:
        call = self.call
        match action_id.removeprefix("inspector."):
            case "rerun" | "edit":
                return self._session is not None and call.ended is not None
            case "cancel":
                return self._session is not None and call.ended is None
            case "answer":
                return self._session is not None and call.phase == "asking"
            case "attach":
                return call.aside and call.ended is not None
            case "compare":
                return self.compare_pair() is not None
            case "find" | "follow":
                return self._tab == OUTPUT
            case "side":
                return self._tab == DIFF
            case "wrap":
                return self._tab not in (ARGUMENTS, RAW)
            case _:
                return True

    def _show_tab(self) -> None:
        self.query_one(ContentSwitcher).current = f"tab-{self._tab}"
        self.view.focus()
        self.note("")
        self.refresh_call()
        self.call_after_refresh(self._draw_tabs)  # how much of it is in sight is known once it is laid out

    def note(self, *sentences: str) -> None:
        """Say something under the tab."""
        line = self.line("notes")
        line.set_class(any(sentences), "-said")
        line.show([Segment(sentence, "warn", -n) for n, sentence in enumerate(sentences)])

    # --- what stands in the tabs

    def _fill(self, tab: int) -> None:
        call, view = self.call, self.query_one(f"#tab-{tab}")
        match tab:
            case 0 if isinstance(view, FactTree) and self._is_new(tab, call.arguments):
                view.show(argument_facts(call))
            case 1 if isinstance(view, OutputView):
                self._fill_output(view, call)
            case 2 if isinstance(view, DiffView):
                self._fill_diff(view, call)
            case 3 | 4 if isinstance(view, OutputView):
                text = timing_sheet(call, self.state, time()) if tab == TIMING else approval_sheet(call)
                if self._is_new(tab, text):
                    view.show(text)
            case 5 if isinstance(view, FactTree) and self._is_new(tab, (call.ended is None and self.state.seq)):
                self.run_worker(partial(self._fill_raw, view), group="raw", exclusive=True)
            case _:
                pass

    def _is_new(self, tab: int, what: object) -> bool:
        """Whether a tab shows something else by now; it is taken that it will."""
        key = (self.call_id, what)
        if self._shown.get(tab) == key:
            return False
        self._shown[tab] = key
        return True

    def _fill_output(self, view: OutputView, call: CallState) -> None:
        """Output that only grew is appended, so that what is read stays in place."""
        ended, before = call.ended, self._shown.get(OUTPUT)
        if ended is not None and ended.pieces:
            if self._is_new(OUTPUT, ended.pieces):
                view.open(StoredOutput(ended.pieces, self._program.library))
            return
        text = output_text(call)
        grown = before[1] if isinstance(before, tuple) and before[0] == self.call_id else None
        if not self._is_new(OUTPUT, text):
            return
        if isinstance(grown, str) and grown and text.startswith(grown):
            view.append(text[len(grown) :])
        else:
            view.show(text)

    def _fill_diff(self, view: DiffView, call: CallState) -> None:
        diff, notes = call_diff(call)
        if not diff and self._compared is None and call.original:
            self._compare(self.state.calls[call.original], call)
        if self._compared is not None and self.call_id in self._compared:
            return
        if self._is_new(DIFF, diff):
            view.show(diff, () if diff else ("This call changes no file.",))
        self.note(*notes)

    def _compare(self, one: CallState, two: CallState) -> None:
        """Show what two outputs differ in, in the tab of the diff."""
        self._compared = (one.call_id, two.call_id)
        self._shown.pop(DIFF, None)
        self.run_worker(partial(self._show_compared, settled(one), settled(two)), group="compare", exclusive=True)

    async def _show_compared(self, one: CallState, two: CallState) -> None:
        diff = await asyncio.to_thread(outputs_diff, one, two)
        view = self.query_one(f"#tab-{DIFF}", DiffView)
        view.show(diff, ("The outputs, of the original and of the re-run:" if diff else "The outputs are the same.",))
        if two.ended is None:
            self.note(f"The re-run has not ended yet: {way_to('inspector.compare', self._keymap)} compares again.")
        self._draw_tabs()

    def compare_pair(self) -> tuple[CallState, CallState] | None:
        """The original and the re-run that are compared: of an original the last re-run, of a re-run itself."""
        call = self.call
        if call.original:
            return self.state.calls[call.original], call
        again = reruns(call, self.state)
        return (call, again[-1]) if again else None

    async def entries(self) -> list[Entry]:
        """The session's log."""
        if self._session is not None:
            return self._session.log.since(0)
        if self._stored is None:
            self._stored = await self._program.library.load(self.state.session_id)
        return self._stored

    async def _fill_raw(self, view: FactTree) -> None:
        view.show(event_facts(self.call_id, await self.entries()))

    # --- moving about

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        typing = self._ready and (isinstance(self.focused, Input) or self.query_one(AskBar).has_focus_within)
        if typing and action in ("next_tab", "previous_tab", "right", "left"):
            return False
        return super().check_action(action, parameters)

    def action_close(self) -> None:
        if not self._ready:
            self.call_after_refresh(self.action_close)
        elif not self.close_field():
            self.dismiss(None)

    def action_tab(self, tab: int) -> None:
        self.close_field()
        self._tab = tab
        self._show_tab()

    def action_next_tab(self) -> None:
        self.action_tab((self._tab + 1) % len(TABS))

    def action_previous_tab(self) -> None:
        self.action_tab((self._tab - 1) % len(TABS))

    action_right, action_left = action_next_tab, action_previous_tab

    def action_next(self) -> None:
        self._step(1)

    def action_previous(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        calls = list(self.state.calls)
        self.show_call(calls[(calls.index(self.call_id) + step) % len(calls)])

    def show_call(self, call_id: str) -> None:
        """Another call of the session."""
        self.call_id = call_id
        self._compared = None
        self.note("")
        self.refresh_call()

    def action_jump(self) -> None:
        self.dismiss((self.state.session_id, self.call.original or self.call_id))

    def action_compare(self) -> None:
        pair = self.compare_pair()
        if pair is None:
            self.note(f"Nothing to compare with: {way_to('inspector.rerun', self._keymap)} runs this call again.")
            return
        self._tab = DIFF
        self._show_tab()
        self._compare(*pair)

    # --- how it is shown

    def action_wrap(self) -> None:
        if isinstance(view := self.view, (OutputView, DiffView)):
            view.wrap = not view.wrap
            self._draw_tabs()

    def action_side(self) -> None:
        if isinstance(view := self.view, DiffView):
            view.action_toggle_mode()

    def action_follow(self) -> None:
        if isinstance(view := self.view, OutputView):
            view.follow = not view.follow
            self._draw_tabs()

    # --- fields

    def open_field(self, name: str, value: str = "") -> None:
        self.close_field()
        field = self.query_one(f"Input.{name}", Input)
        field.value = value
        field.add_class("-open")
        field.focus()

    def close_field(self) -> bool:
        """Returns whether one was open."""
        opened = list(self.query("Input.-open").results(Input))
        for field in opened:
            field.remove_class("-open")
            if field.has_class("find") and isinstance(view := self.view, OutputView):
                view.search("")
                self._draw_tabs()
        if opened:
            self.view.focus()
        return bool(opened)

    def action_find(self) -> None:
        if isinstance(self.view, OutputView):
            self.open_field("find")
        else:
            self.note("There is nothing to search in here: 2 is the output.")

    @on(Input.Changed, ".find")
    def _sought(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_class("-open") and isinstance(view := self.view, OutputView):
            view.search(event.value)
            self.note("")

    @on(Input.Submitted, ".find")
    def _next_match(self, event: Input.Submitted) -> None:
        """On to the next place, and from there n and N go on."""
        event.stop()
        if isinstance(view := self.view, OutputView):
            view.search_next()
            view.focus()

    @on(OutputView.Searched)
    def _found(self, event: OutputView.Searched) -> None:
        event.stop()
        done = "" if event.progress >= 1 else f"  searched {100 * event.progress:.0f} %"
        place = f"{event.at:,} of {event.total:,}" if event.at else f"{event.total:,}"
        self.note(f"{place} found{done}" if event.total or event.progress < 1 else "Not found.")
