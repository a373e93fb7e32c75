"""One session on the screen: title, transcript, question, queue, prompt and status line.

A pane owns no history. It reads its session's log from a cursor when the frame clock says so,
and tells the widgets; a session that no pane shows costs the screen nothing. What the person does
goes to the session's verbs, or up to the screen as a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.app.keys import COMMANDS, Action
from tui.app.present import Draft, Presenter
from tui.app.questions import answer, id_of, request_of, waiting
from tui.app.status import check_items, pane_status, pane_title, queue_line
from tui.app.welcome import welcome_text
from tui.engine.session import Session
from tui.errors import PenstockError
from tui.events import SCRATCH, ApprovalRequested
from tui.state import CallState
from tui.state import Prompt as SentPrompt
from widgets.ask_bar import AskBar
from widgets.blocks import Block, Density
from widgets.checklist import Checklist
from widgets.prompt import Prompt
from widgets.status_line import StatusLine
from widgets.transcript import Transcript

WELCOME = "welcome"
"""The block that stands in an empty session until something happens in it."""
QUIET_BEFORE_ASKING = 1.0
"""Seconds without a key before a question may take the focus from an empty prompt."""


class Services(Protocol):
    """What a pane needs of the program around it."""

    @property
    def keymap(self) -> Mapping[str, str]: ...

    def default_model(self) -> str: ...

    def window(self, model: str) -> int | None: ...

    def sandbox_name(self) -> str: ...

    async def files_like(self, folder: Path, query: str) -> list[str]: ...

    def copy(self, text: str) -> None: ...

    def follow(self, link: str) -> None: ...

    def keys_of(self, action: Action) -> str: ...


class Pane(Vertical):
    """A place on screen for one session at a time."""

    DEFAULT_CSS = """
    Pane { height: 1fr; width: 1fr; }
    Pane > Transcript { height: 1fr; }
    Pane > .find { display: none; height: 1; border: none; padding: 0 1; background: $boost; }
    Pane > .find.-open { display: block; }
    Pane > .queue { display: none; background: $surface; }
    Pane > .queue.-open { display: block; }
    Pane > .title { background: $panel; }
    Pane.-focused > .title { background: $primary-muted; text-style: bold; }
    """

    @dataclass
    class CommandEntered(Message):
        """A ``/`` command was sent from the prompt."""

        pane: "Pane"
        name: str
        rest: str

    @dataclass
    class DraftChanged(Message):
        """The prompt's text, or the scroll anchor, is worth keeping."""

        pane: "Pane"

    @dataclass
    class Escaped(Message):
        """Escape, with nothing of the pane's own left to close."""

        pane: "Pane"

    @dataclass
    class AskedFurther(Message):
        """ "Always" or "edit" was chosen: a decision that needs another look first."""

        pane: "Pane"
        asked: ApprovalRequested
        value: str

    @dataclass
    class InspectWanted(Message):
        pane: "Pane"
        call: CallState

    def __init__(self, pane_id: str, services: Services) -> None:
        super().__init__(id=pane_id)
        self._services = services
        self.transcript = Transcript()
        self.ask_bar = AskBar()
        self.prompt = Prompt()
        self.find_bar = Input(placeholder="Find… enter next, escape closes", classes="find", compact=True)
        self._title = StatusLine(classes="title")
        self._todo = Checklist()
        self._queue = StatusLine(classes="queue")
        self._status = StatusLine(classes="status")
        self.session: Session | None = None
        self._presenter: Presenter | None = None
        self._cursor = 0
        self._postponed: set[str] = set()
        self._key_at = 0.0
        self._due = ""

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.transcript
        yield self.find_bar
        yield self.ask_bar
        yield self._todo
        yield self._queue
        yield self.prompt
        yield self._status

    def on_mount(self) -> None:
        self.prompt.set_commands([(name, action.title) for name, action in COMMANDS.items()])
        self.find_bar.cursor_blink = False

    # --- what it shows

    def show_session(
        self,
        session: Session | None,
        *,
        draft: str = "",
        anchor: tuple[str, int] | None = None,
        opened: Mapping[str, Density] | None = None,
    ) -> None:
        """Show another session, or none."""
        early = self.prompt.value if self.session is None else ""  # typed before there was a session
        due, self._due = self._due, ""
        self.session, self._cursor = session, 0
        transcript = self.transcript
        transcript.clear()
        self.ask_bar.clear()
        self.prompt.value = draft + early.removeprefix(due)
        if session is None:
            self._presenter = None
            return
        self._presenter = Presenter(session.state)
        entries, sink = session.log.since(0), Draft()
        self._presenter.show(entries, sink)
        transcript.put_all(sink.blocks() or [self._welcome(session)])
        self._cursor = session.state.seq
        if opened:
            transcript.open_blocks(opened)
        if anchor is not None:
            transcript.anchor = anchor
        self.prompt.set_history(
            [item.text for turn in session.state.turns for item in turn.items if isinstance(item, SentPrompt)]
        )
        self.draw()
        if due:
            session.submit(due)

    @property
    def is_behind(self) -> bool:
        """Whether the log has something that the pane has not shown."""
        return self.session is not None and self.session.state.seq > self._cursor

    def advance(self) -> None:
        """Show what the log has that the pane has not. A frame of nothing but text touches the transcript alone."""
        if self.session is None or self._presenter is None:
            return
        entries = self.session.log.since(self._cursor)
        if entries:
            self._cursor = entries[-1].seq
            self._presenter.show(entries, self.transcript)
            if len(self.transcript.blocks) > 1 and self.transcript.blocks[0] == WELCOME:
                self.transcript.remove_block(WELCOME)
            if not all(isinstance(entry.event, SCRATCH) for entry in entries):
                self.draw()

    def draw(self) -> None:
        """Bring title, question, queue and status line up to date."""
        session = self.session
        if session is None:
            return
        state = session.state
        self._title.show(*pane_title(state))
        self._status.show(
            *pane_status(
                state,
                self._services.window(state.model),
                time(),
                mode=session.mode,
                sandbox=self._services.sandbox_name(),
            )
        )
        self._todo.show(check_items(state))
        self._queue.show(*queue_line(state))
        self._queue.set_class(bool(state.outbox), "-open")
        self._draw_question(session)

    def _welcome(self, session: Session) -> Block:
        return Block(id=WELCOME, kind="text", source=welcome_text(session.state, self._services.keys_of))

    def beat(self) -> None:
        """Move elapsed times on."""
        if self._presenter is not None:
            self._presenter.beat(self.transcript)
        self.draw()

    # --- questions

    def _draw_question(self, session: Session) -> None:
        asking = [asked for asked in waiting(session.state) if id_of(asked) not in self._postponed]
        bar = self.ask_bar
        if not asking:
            if bar.request is not None:
                had_focus = self.has_focus_within and not self.transcript.has_focus
                bar.clear()
                if had_focus:
                    self.prompt.focus()
            return
        came = bar.request is None or bar.request.id != id_of(asking[0])
        if came:
            bar.ask(request_of(asking[0], session), 1, len(asking))
        elif bar.request is not None:
            bar.ask(bar.request, 1, len(asking))
        quiet = monotonic() - self._key_at > QUIET_BEFORE_ASKING
        if came and quiet and self.prompt.has_focus and not self.prompt.text:
            self.call_after_refresh(bar.focus)

    def on_key(self) -> None:
        self._key_at = monotonic()

    def on_ask_bar_decided(self, event: AskBar.Decided) -> None:
        event.stop()
        session = self.session
        asked = next((a for a in waiting(session.state) if id_of(a) == event.id), None) if session else None
        if session is None or asked is None:
            self.notify("This question is no longer open.", severity="warning")
        elif event.value == "later":
            self._postponed.add(event.id)
            self.prompt.focus()
        elif isinstance(asked, ApprovalRequested) and event.value in ("always", "edit"):
            self.post_message(self.AskedFurther(self, asked, event.value))
        else:
            try:
                answer(session, asked, event.value, event.reason)
            except PenstockError as error:
                self.notify(error.sentence(), severity="warning", markup=False)
        self.draw()

    def on_ask_bar_left(self, event: AskBar.Left) -> None:
        event.stop()
        self.prompt.focus()

    def recall_questions(self) -> None:
        """Bring back what was put off, and go to it."""
        self._postponed.clear()
        self.draw()
        if self.ask_bar.request is not None:
            self.ask_bar.focus()

    # --- prompt

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        event.stop()
        self.send(event.text)

    def send(self, text: str, *, steer: bool = False) -> None:
        """Send, queue or steer a prompt, or run it as a ``/`` command."""
        session = self.session
        name, _, rest = text[1:].partition(" ") if text.startswith("/") else ("", "", "")
        if name in COMMANDS:
            self.prompt.accept()
            self.post_message(self.CommandEntered(self, name, rest.strip()))
            return
        if session is None:
            self._due = text  # it stays in sight until there is a session to send it to
            return
        try:
            if steer:
                session.steer(text)
            else:
                session.submit(text)
        except PenstockError as error:
            self.notify(error.sentence(), severity="warning", markup=False)
            return
        self.prompt.accept()
        self.transcript.scroll_to_end()
        self.post_message(self.DraftChanged(self))

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        event.stop()
        self.post_message(self.DraftChanged(self))

    def on_prompt_leave_wanted(self, event: Prompt.LeaveWanted) -> None:
        event.stop()
        self.transcript.focus()
        if event.step:
            self.transcript.move_cursor(event.step)

    def on_prompt_escaped(self, event: Prompt.Escaped) -> None:
        event.stop()
        self.post_message(self.Escaped(self))

    def on_prompt_completion_wanted(self, event: Prompt.CompletionWanted) -> None:
        event.stop()
        if self.session is None:
            return
        work = self._complete(Path(self.session.state.cwd), event.query)
        self.run_worker(work, exclusive=True, group="complete")

    async def _complete(self, folder: Path, query: str) -> None:
        found = await self._services.files_like(folder, query)
        self.prompt.show_completions(found, query)

    # --- find

    def open_find(self, query: str = "") -> None:
        self.find_bar.add_class("-open")
        self.find_bar.value = query
        self.find_bar.focus()

    def close_find(self) -> bool:
        """Returns whether it was open."""
        if not self.find_bar.has_class("-open"):
            return False
        self.find_bar.remove_class("-open")
        self.find_bar.value = ""
        self.transcript.clear_find()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self.find_bar:
            self.transcript.find(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self.find_bar:
            event.stop()
            self.transcript.next_match()

    # --- transcript

    def on_transcript_inspect(self, event: Transcript.Inspect) -> None:
        event.stop()
        call = self._presenter.call_of(event.block_id) if self._presenter else None
        if call is not None:
            self.post_message(self.InspectWanted(self, call))

    def selected_call(self) -> CallState | None:
        """The call under the transcript's cursor, else the last one."""
        if self._presenter is None or self.session is None:
            return None
        call = self._presenter.call_of(self.transcript.cursor or "")
        return call or next(reversed(self.session.state.calls.values()), None)

    def show_call(self, call_id: str) -> bool:
        """Go to a call's row in the transcript. Returns whether it has one."""
        row = self._presenter.row_of(call_id) if self._presenter else None
        if row is not None:
            self.transcript.focus()
            self.transcript.cursor = row
        return row is not None

    def on_transcript_link_clicked(self, event: Transcript.LinkClicked) -> None:
        event.stop()
        self._services.follow(event.href)

    def on_transcript_copy_requested(self, event: Transcript.CopyRequested) -> None:
        event.stop()
        self._services.copy(event.text)
