"""One session on the screen: title, transcript, question, and the desk below them; see ``tui.app.prompt.desk``.

A pane owns no history. It reads its session's log from a cursor when the frame clock says so,
and tells the widgets; a session that no pane shows costs the screen nothing. What the person does
goes to the session's verbs, or up to the screen as a message.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic, time
from typing import cast

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input

from tui.app.attention.questions import answer, id_of, request_of, waiting
from tui.app.footer import At, Here
from tui.app.history.past import Past, recent
from tui.app.history.present import Draft, Presenter
from tui.app.history.welcome import welcome_text
from tui.app.keys import COMMANDS, about
from tui.app.prompt.desk import Desk, Writing
from tui.app.prompt.desk import Services as Services
from tui.app.status import can_continue, check_items, pane_status, pane_title
from tui.engine.session import Session
from tui.errors import PenstockError
from tui.events import SCRATCH, ApprovalRequested
from tui.state import CallState
from tui.state import Prompt as SentPrompt
from widgets.ask_bar import AskBar
from widgets.blocks import Block, Density
from widgets.checklist import Checklist
from widgets.prompt import PLACEHOLDER, Prompt
from widgets.status_line import StatusLine
from widgets.transcript import Transcript

WELCOME = "welcome"
READ_ONLY = "Read-only here: another program runs it. / commands"
"""What an empty prompt says."""
"""The block that stands in an empty session until something happens in it."""
PAST_REST = 0.002
"""Seconds that are left to others between two pieces of the past."""
PAGES = {"pageup": -1, "pagedown": 1}
QUIET_BEFORE_ASKING = 1.0
"""Seconds without a key before a question may take the focus from an empty prompt."""


class Pane(Desk):
    """A place on screen for one session at a time."""

    DEFAULT_CSS = """
    Pane { height: 1fr; width: 1fr; }
    Pane > Transcript { height: 1fr; }
    Pane > .find { display: none; height: 1; border: none; padding: 0 1; background: $boost; }
    Pane > .find.-open { display: block; }
    Pane > .note { display: none; background: $surface; }
    Pane > .note.-open { display: block; }
    Pane > .title { background: $panel; }
    Pane.-focused > .title { background: $primary-muted; text-style: bold; }
    """

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

    @dataclass
    class AttachWanted(Message):
        """The output of a call that no model was told of is to go into the draft."""

        pane: "Pane"
        call: CallState

    def __init__(self, pane_id: str, services: Services) -> None:
        super().__init__(pane_id, services)
        self.transcript = Transcript()
        self.ask_bar = AskBar()
        self.find_bar = Input(placeholder="Find… enter next, escape closes", classes="find", compact=True)
        self._title = StatusLine(classes="title")
        self._todo = Checklist()
        self._status = StatusLine(classes="status")
        self._presenter: Presenter | None = None
        self._past: Past | None = None
        self._cursor = 0
        self._postponed: set[str] = set()
        self._key_at = 0.0

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.transcript
        yield self.find_bar
        yield self.ask_bar
        yield self._todo
        yield self.queue
        yield self._note
        yield self.prompt
        yield self._status

    def on_mount(self) -> None:
        self.prompt.set_commands([(name, about(action)) for name, action in COMMANDS.items()])
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
        self.session, self._cursor, self._past = session, 0, None
        self._writing = Writing()
        self.prompt.take_back()
        transcript = self.transcript
        transcript.clear()
        self.ask_bar.clear()
        kept = draft + early.removeprefix(due)
        if not early or kept != early:  # what is being typed is left alone, and so is what is offered for it
            self.prompt.value = kept
        if session is None:
            self._presenter = None
            self._show_nothing()
            return
        self._present(session, anchor, opened or {})
        self.prompt.set_history(
            [item.text for turn in session.state.turns for item in turn.items if isinstance(item, SentPrompt)]
        )
        self.draw()
        if due:
            self.send(due, steer=self._services.errands.enter_steers)

    def _present(self, session: Session, anchor: tuple[str, int] | None, opened: Mapping[str, Density]) -> None:
        """Show a session's end, and of a long one what came before it while nothing else is to be done."""
        presenter = self._presenter = Presenter(session.state)
        entries, sink = session.log.since(0), Draft()
        cut = recent(entries)
        presenter.show(entries[cut:], sink)
        transcript, blocks = self.transcript, sink.blocks() or [self._welcome(session)]
        transcript.put_all(blocks)
        self._cursor = session.state.seq
        transcript.open_blocks(opened)
        if cut:
            self._past = Past(entries[:cut], presenter, transcript, before=blocks[0].id, opened=opened)
            self.run_worker(self._present_past(self._past), group="past", exclusive=True)
        if anchor is not None:
            if anchor[0] not in transcript.blocks:
                self.whole()
            transcript.anchor = anchor

    async def _present_past(self, past: Past) -> None:
        while self._past is past:
            if not past.step():
                self._past = None
            await asyncio.sleep(PAST_REST)

    def whole(self) -> None:
        """Have all of the session in the transcript now."""
        past, self._past = self._past, None
        if past is not None:
            past.finish()

    def _show_nothing(self) -> None:
        for line in (self._title, self._status):
            line.show([])
        self.queue.show([])
        self._todo.show([])

    def say_why_empty(self, text: str) -> None:
        """Why there is no session here, in place of one."""
        self.transcript.put_all([Block(id=WELCOME, kind="notice", source=text, status="waiting")])

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
        self.prompt.placeholder = READ_ONLY if session.held_by is not None else PLACEHOLDER
        self._title.show(*pane_title(state, time(), session.held_by))
        self._status.show(
            *pane_status(
                state,
                self._services.window(state.model),
                time(),
                mode=session.mode,
                sandbox=self._services.sandbox_name(),
                below=not self.transcript.follow,
            )
        )
        self._todo.show(check_items(state))
        self.draw_desk(session)
        self._draw_question(session)

    def on_transcript_follow_changed(self, event: Transcript.FollowChanged) -> None:
        event.stop()
        self.draw()

    def _welcome(self, session: Session) -> Block:
        return Block(id=WELCOME, kind="text", source=welcome_text(session.state, self._services.keys_of))

    def beat(self) -> None:
        """Move elapsed times on."""
        if self._presenter is not None:
            self._presenter.beat(self.transcript)
        self.draw()

    # --- questions

    def _draw_question(self, session: Session) -> None:
        ours = session.held_by is None
        asking = [asked for asked in waiting(session.state) if ours and id_of(asked) not in self._postponed]
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

    def on_key(self, event: events.Key) -> None:
        self._key_at = monotonic()
        if event.key in PAGES and self.prompt.has_focus:  # the prompt has no pages: the transcript's are meant
            event.stop()
            self.transcript.action_page(PAGES[event.key])

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

    def here(self, *, panes: int, zoomed: bool) -> Here:
        """Where the person stands, for the footer."""
        state, bar, pointed = self.session and self.session.state, self.ask_bar, self.pointed()
        ours = self.session is None or self.session.held_by is None
        places = {"transcript": self.transcript, "queue": self.queue, "ask": bar, "find": self.find_bar}
        at = next((at for at, widget in places.items() if widget.has_focus or widget.has_focus_within), "prompt")
        asked = bar.request if bar.has_focus else None
        return Here(
            at=cast("At", at),
            draft=at in ("prompt", "queue") and bool(self.prompt.text),
            held=not ours,
            editing=bool(self._writing.editing),
            running=self.session is not None and self.session.running,
            asks=ours and bool(state and state.asking()),
            queued=bool(self.queue.items),
            finding=self.find_bar.has_class("-open"),
            continuable=ours and state is not None and can_continue(state),
            steers=self._services.errands.enter_steers,
            panes=panes,
            zoomed=zoomed,
            block=self.transcript.block(pointed).kind if pointed else "",
            answers=tuple((choice.key, choice.label) for choice in asked.choices) if asked else (),
        )

    def show_end(self) -> None:
        self.transcript.scroll_to_end()

    def on_prompt_leave_wanted(self, event: Prompt.LeaveWanted) -> None:
        event.stop()
        self.transcript.focus()
        self.transcript.forget_unseen()
        if event.step:
            self.transcript.move_cursor(event.step)

    # --- find

    def open_find(self, query: str = "") -> None:
        self.whole()
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

    def on_transcript_attach(self, event: Transcript.Attach) -> None:
        event.stop()
        call = self._presenter.call_of(event.block_id) if self._presenter else None
        if call is not None:
            self.post_message(self.AttachWanted(self, call))

    def on_transcript_cancel(self, event: Transcript.Cancel) -> None:
        event.stop()
        call = self._presenter.call_of(event.block_id) if self._presenter else None
        if call is not None and (self.session is None or not self.session.cancel_call(call.call_id)):
            self.notify("This call does not run.", markup=False)

    def on_transcript_branch(self, event: Transcript.Branch) -> None:
        event.stop()
        self.post_message(self.CommandEntered(self, "rewind" if event.back else "fork", ""))

    def on_transcript_replay_wanted(self, event: Transcript.ReplayWanted) -> None:
        event.stop()
        self.post_message(self.CommandEntered(self, "replay", ""))

    def pointed(self) -> str:
        """The block under the transcript's cursor while that is seen, else ""."""
        return (self.transcript.cursor or "") if self.transcript.has_focus else ""

    def pointed_entry(self) -> int | None:
        """The log's entry up to which the transcript's cursor reaches; None where it points nowhere."""
        blocks, pointed = self.transcript.blocks, self.pointed()
        if self._presenter is None or pointed not in blocks:
            return None
        for block_id in reversed(blocks[: blocks.index(pointed) + 1]):
            if (point := self._presenter.point_of(block_id)) is not None:
                return point
        return None

    def selected_call(self) -> CallState | None:
        """The call under the transcript's cursor, else the last one."""
        if self._presenter is None or self.session is None:
            return None
        call = self._presenter.call_of(self.transcript.cursor or "")
        return call or next(reversed(self.session.state.calls.values()), None)

    def show_call(self, call_id: str) -> bool:
        """Go to a call's row in the transcript. Returns whether it has one."""
        self.whole()
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
