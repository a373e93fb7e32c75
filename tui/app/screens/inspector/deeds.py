"""What a person does with a call: run it again, cancel it, answer for it, and take parts of it elsewhere.

All goes by the session's own verbs, so a re-run is judged and asked about like any call. Where the session does not
run in this program, the verbs that need it say so.
"""

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.widgets import Input

from tui.app.attention.questions import answer, id_of, request_of, waiting
from tui.app.keymap import way_to
from tui.app.screens.edit_call import EditCall
from tui.app.screens.inspector.paper import Chunks, StoredOutput, of_text, read_in_editor, save_new
from tui.app.screens.inspector.screen import APPROVAL, ARGUMENTS, DIFF, OUTPUT, TIMING, CallScreen
from tui.app.screens.inspector.subject import event_lines, output_text
from tui.app.words import own_output, size
from tui.engine.session import Session
from tui.errors import PenstockError, UsageError
from tui.events import ApprovalRequested
from widgets.ask_bar import AskBar
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.output_view import OutputView
from widgets.paged_text import PageLost

COPIED = 4_000_000
"""Bytes that are copied at most."""


class InspectorScreen(CallScreen):
    """See ``CallScreen``; the question about the call that is shown stands at the bottom."""

    BINDINGS: ClassVar = []

    def refresh_call(self) -> None:
        super().refresh_call()
        if self._ready and self.is_attached:
            self._draw_question()

    # --- running it again

    def _live(self) -> Session:
        """Raises UsageError where the session does not run here."""
        if self._session is None:
            pick = way_to("session.pick", self._keymap)
            raise UsageError("This session is not open here.", hint=f"Open it from the list of sessions ({pick}).")
        return self._session

    def action_rerun(self) -> None:
        self._run_again(None)

    @work
    async def action_edit(self) -> None:
        try:
            session = self._live()
        except UsageError as error:
            self.note(error.sentence())
            return
        call = self.call

        async def check(arguments: str) -> str:
            return await session.side_calls.check(call.tool, arguments)

        arguments = await self.app.push_screen_wait(EditCall(f"Run {call.tool} again", call.arguments, check))
        if arguments is not None:
            self._run_again(arguments)

    def _run_again(self, arguments: str | None) -> None:
        try:
            side = self._live().rerun(self.call_id, arguments)
        except PenstockError as error:
            self.note(error.sentence())
            return
        self._tab = OUTPUT
        self.show_call(side)
        self._show_tab()

    def action_cancel(self) -> None:
        try:
            done = self._live().cancel_call(self.call_id)
        except PenstockError as error:
            self.note(error.sentence())
            return
        if not done:
            self.note("This call does not run.")

    @work
    async def action_attach(self) -> None:
        """The result into the prompt, for the person to edit and to send."""
        call = self.call
        if not call.aside:
            self.note("The model has been told of this call already: only what you ran is attached.")
        elif call.ended is None:
            self.note("It has not ended yet.")
        else:
            self.note(await self._program.attach(self.state.session_id, own_output(call)))

    # --- the question

    def _draw_question(self) -> None:
        bar = self.query_one(AskBar)
        asked = next((asked for asked in waiting(self.state) if asked.call_id == self.call_id), None)
        if asked is None or self._session is None:
            if bar.request is not None:
                focused = bar.has_focus_within or bar.has_focus
                bar.clear()
                if focused:
                    self.view.focus()
            return
        came = bar.request is None or bar.request.id != id_of(asked)
        bar.ask(request_of(asked, self._session))
        if came and self.call.original:  # the person has just asked for it, and looks here
            self.call_after_refresh(bar.focus)

    def action_answer(self) -> None:
        bar = self.query_one(AskBar)
        if bar.request is None:
            self.note("Nothing is asked about this call.")
        else:
            bar.focus()

    @on(AskBar.Decided)
    def _decided(self, event: AskBar.Decided) -> None:
        event.stop()
        asked = next((asked for asked in waiting(self.state) if id_of(asked) == event.id), None)
        if event.value == "later" or asked is None or self._session is None:
            self.view.focus()
            return
        if isinstance(asked, ApprovalRequested) and event.value in ("always", "edit"):
            self._decide_further(self._session, asked, event.value)
            return
        try:
            answer(self._session, asked, event.value, event.reason)
        except PenstockError as error:
            self.note(error.sentence())
        self.refresh_call()

    @work
    async def _decide_further(self, session: Session, asked: ApprovalRequested, value: str) -> None:
        """What needs another look first; where nothing comes of it the question stays."""
        try:
            await self._program.decide_further(session, asked, value)
        except PenstockError as error:
            self.note(error.sentence())
        self.refresh_call()
        if (bar := self.query_one(AskBar)).request is not None:
            bar.focus()

    @on(AskBar.Left)
    def _left(self, event: AskBar.Left) -> None:
        event.stop()
        self.view.focus()

    # --- parts of it, elsewhere

    async def _part(self) -> tuple[str, int, Chunks]:
        """The part in the tab that is shown: how its file ends, its size, and itself."""
        call, view = self.call, self.view
        if self._tab == OUTPUT and call.ended is not None and call.ended.pieces:
            whole = StoredOutput(call.ended.pieces, self._program.library)
            return "output.txt", call.ended.output_bytes, whole.chunks()
        match self._tab:
            case tab if tab == ARGUMENTS:
                name, text = "arguments.json", call.arguments
            case tab if tab == OUTPUT:
                name, text = "output.txt", output_text(call)
            case tab if tab == DIFF and isinstance(view, DiffView):
                name, text = "diff.patch", view.source
            case tab if tab in (TIMING, APPROVAL) and isinstance(view, OutputView):
                name, text = f"{self.tab_name.lower()}.txt", view.text
            case _:
                name, text = "events.jsonl", event_lines(self.call_id, await self.entries())
        return name, len(text), of_text(text)

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        name, length, chunks = await self._part()
        if length > COPIED:
            saves = way_to("inspector.save", self._keymap)
            self.note(f"{size(length)} are too much for a clipboard: {saves} writes {name}.")
            return
        try:
            data = b"".join([chunk async for chunk in chunks])
        except PageLost as error:
            self.note(f"It cannot be read: {error}")
            return
        self._program.copy(data.decode("utf-8", "replace"))

    @work
    async def action_save(self) -> None:
        name, _, _ = await self._part()
        self.open_field("save", f"{clean(self.call.tool)}-{self.call_id[-6:]}-{name}")

    @on(Input.Submitted, ".save")
    def _save(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._write(Path(self.state.cwd, Path(event.value.strip()).expanduser()))

    @work(exclusive=True, group="save")
    async def _write(self, path: Path) -> None:
        _, _, chunks = await self._part()
        try:
            written = await save_new(path, chunks)
        except UsageError as error:
            self.note(error.sentence())
            return
        self.close_field()
        self.note(f"{size(written)} written to {path}")

    @work(exclusive=True, group="editor")
    async def action_editor(self) -> None:
        name, _, chunks = await self._part()
        try:
            await read_in_editor(self.app, name, chunks)
        except UsageError as error:
            self.note(error.sentence())
