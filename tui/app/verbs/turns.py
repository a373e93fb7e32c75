"""The verbs of turns and of what waits for one."""

from collections.abc import Awaitable, Callable
from time import monotonic

from tui.app.keymap import keys_label
from tui.app.keys import BY_ID
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import TWICE, Group
from tui.errors import UsageError


class TurnVerbs(Group):
    """On the focused session's turn."""

    def __init__(self, screen: WorkspaceScreen, program: Program, leave: Callable[[], Awaitable[None]]) -> None:
        super().__init__(screen, program)
        self._leave = leave
        self._escaped_at = float("-inf")
        self._quit_at = float("-inf")

    async def interrupt(self, rest: str) -> None:
        """The ladder: copy a selection, clear the prompt, interrupt the turn, quit."""
        screen = self._screen
        selected = screen.get_selected_text()
        prompt = screen.focused_pane.prompt
        writing = prompt.has_focus or screen.focused_pane.queue.has_focus  # what stands in the prompt may be from there
        if prompt.has_focus and prompt.selected_text:
            self._program.copy(prompt.selected_text)
        elif selected:
            self._program.copy(selected)
            screen.clear_selection()
        elif writing and screen.focused_pane.cancel_edit():
            pass
        elif writing and prompt.text:
            prompt.value = ""
            prompt.focus()
        elif screen.session is not None and (screen.session.interrupt() or screen.session.cancel_own()):
            self._quit_at = float("-inf")
        elif monotonic() - self._quit_at < TWICE:
            await self._leave()
        else:
            self._quit_at = monotonic()
            screen.draw_footer(f"{keys_label(BY_ID['turn.interrupt'], self._program.keymap, first=True)} again quits")

    async def escape(self) -> None:
        """Close what is open; return to the prompt; while a turn runs, twice within two seconds interrupts."""
        screen = self._screen
        pane = screen.focused_pane
        if pane.close_find() or not pane.prompt.has_focus:
            pane.prompt.focus()
            return
        session = screen.session
        if session is None or not session.running:
            return
        if monotonic() - self._escaped_at < TWICE:
            session.interrupt()
            self._escaped_at = float("-inf")
        else:
            self._escaped_at = monotonic()
            screen.draw_footer("esc again to interrupt")

    async def stop(self, rest: str) -> None:
        session = self._screen.session
        if session is None or not session.interrupt():
            self._screen.notify("No turn is running here.")

    async def continue_(self, rest: str) -> None:
        if self._screen.session is not None:
            self._screen.session.carry_on()
            self._screen.focused_pane.show_end()

    async def steer(self, rest: str) -> None:
        pane = self._screen.focused_pane
        if pane.prompt.value.strip():
            pane.send(pane.prompt.value, steer=not self._program.errands.enter_steers)

    async def retry(self, rest: str) -> None:
        if self._screen.session is not None:
            self._screen.session.retry_now()

    async def unqueue(self, rest: str) -> None:
        pane, session = self._screen.focused_pane, self._screen.session
        if session is None or not session.state.outbox:
            raise UsageError("Nothing is queued here.")
        pane.withdraw(session.state.outbox[-1].prompt_id)

    async def send_queue(self, rest: str) -> None:
        session = self._screen.session
        if session is None or not session.state.outbox:
            raise UsageError("Nothing is queued here.")
        session.resume_queue()

    async def changes(self, rest: str) -> None:
        session = self._screen.session
        if session is None:
            return
        from tui.app.screens.changes import ChangesScreen, changing_turns  # noqa: PLC0415

        if not changing_turns(session):
            raise UsageError("No turn here has changed a file.", hint="What shell commands change is not tracked.")
        await self._program.ask(ChangesScreen(session, self._program.keymap))
