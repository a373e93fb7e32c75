"""What the actions of the keys table do on the workspace screen.

``Verbs.run("session.new")`` calls ``session_new``: one method for each action of the place "app", which
a test holds equal to the table. ``rest`` is what follows a ``/`` command.
"""

from time import monotonic
from typing import TYPE_CHECKING

from tui.app.decisions import Decisions
from tui.app.keys import BY_ID
from tui.app.layout import DENSITIES, DENSITY_KEY, THEME_KEY, density_named, draft_key
from tui.app.pane import Pane
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.config import MODEL_KEY
from tui.errors import PenstockError, UsageError
from tui.state import CallState, SessionState, fold

if TYPE_CHECKING:
    from tui.app.screens.calls import Look

TWICE = 2.0
"""Seconds in which a second escape or ctrl+c counts as the second."""
STEP_CELLS = 4


class Verbs:
    """The verbs of one workspace screen."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        self._screen = screen
        self._program = program
        self.decisions = Decisions(screen, program)
        self._escaped_at = float("-inf")
        self._quit_at = float("-inf")
        self._look: Look | None = None

    async def run(self, action_id: str, rest: str = "") -> None:
        """Run an action. What it cannot do it says on screen."""
        try:
            await getattr(self, action_id.replace(".", "_"))(rest)
        except PenstockError as error:
            self._screen.notify(error.sentence(), severity="warning", markup=False)

    # --- sessions

    async def session_new(self, rest: str) -> None:
        screen = self._screen
        model = screen.session.state.model if screen.session else ""
        pane = screen.focused_pane
        await screen.open_new(pane, model=model)
        if rest:
            pane.send(rest)
        screen.focus_prompt(pane.id or "")

    async def session_next(self, rest: str) -> None:
        await self._go(1)

    async def session_previous(self, rest: str) -> None:
        await self._go(-1)

    async def _go(self, step: int) -> None:
        session = self._screen.session
        other = self._screen.tabs.neighbour(session.id if session else "", step)
        if other is not None:
            await self._screen.show_session(other)

    async def session_pick(self, rest: str) -> None:
        screen = self._screen
        from tui.app.screens.sessions import SessionsScreen  # noqa: PLC0415

        picked = await self._program.ask(SessionsScreen(screen.tabs, self._program, rest))
        if picked is not None:
            await screen.show_session(picked)

    async def session_needy(self, rest: str) -> None:
        screen = self._screen
        needy = screen.tabs.next_needy(screen.session.id if screen.session else "")
        if needy is None:
            screen.notify("No session waits for you.")
            return
        await screen.show_session(needy)
        pane = screen.pane_of(needy)
        if pane is not None:
            pane.recall_questions()

    async def session_rename(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            if not rest:
                raise UsageError("Write the new title after the command:", hint="/rename Fix the login page")
            session.rename(rest)

    async def session_archive(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            session.archive()
            await self._screen.close_tab(session.id)
            self._screen.notify("Archived. ctrl+s finds it among the archived sessions.")

    async def session_close(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            await self._screen.close_tab(session.id)

    async def session_model(self, rest: str) -> None:
        session = self._screen.session
        model = rest or await self._program.pick_model(session.state.model if session else "")
        if model and session is not None:
            await self._program.check_model(model)
            session.change_model(model)
            self._screen.shelf.put(MODEL_KEY, model)
            self._program.forget_wanted()

    async def session_mode(self, rest: str) -> None:
        if self._screen.session is not None:
            await self.decisions.mode(self._screen.session, rest)

    async def session_rules(self, rest: str) -> None:
        if self._screen.session is not None:
            await self.decisions.rules(self._screen.session)

    async def session_export(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            path = await self._program.export(session, rest)
            self._screen.notify(f"Written to {path}", markup=False)

    # --- panes

    async def pane_right(self, rest: str) -> None:
        await self._screen.split_pane("right")

    async def pane_down(self, rest: str) -> None:
        await self._screen.split_pane("down")

    async def pane_next(self, rest: str) -> None:
        split = self._screen.split
        panes = split.panes
        here = panes.index(split.focused_pane) if split.focused_pane in panes else -1
        self._screen.focus_prompt(panes[(here + 1) % len(panes)])

    async def pane_zoom(self, rest: str) -> None:
        split = self._screen.split
        split.zoom(None if split.zoomed else split.focused_pane)

    async def pane_close(self, rest: str) -> None:
        await self._screen.close_pane(self._screen.focused_pane)

    async def pane_wider(self, rest: str) -> None:
        self._resize(STEP_CELLS, "x")

    async def pane_narrower(self, rest: str) -> None:
        self._resize(-STEP_CELLS, "x")

    async def pane_taller(self, rest: str) -> None:
        self._resize(STEP_CELLS // 2, "y")

    async def pane_shorter(self, rest: str) -> None:
        self._resize(-STEP_CELLS // 2, "y")

    def _resize(self, cells: int, axis) -> None:
        self._screen.split.resize(self._screen.split.focused_pane, cells, axis)

    # --- the turn

    async def turn_interrupt(self, rest: str) -> None:
        """The ladder: copy a selection, clear the prompt, interrupt the turn, quit."""
        screen = self._screen
        selected = screen.get_selected_text()
        prompt = screen.focused_pane.prompt
        if prompt.has_focus and prompt.selected_text:
            self._program.copy(prompt.selected_text)
        elif selected:
            self._program.copy(selected)
            screen.clear_selection()
        elif prompt.has_focus and prompt.text:
            prompt.value = ""
        elif screen.session is not None and screen.session.interrupt():
            self._quit_at = float("-inf")
        elif monotonic() - self._quit_at < TWICE:
            await self.app_quit("")
        else:
            self._quit_at = monotonic()
            screen.draw_footer("ctrl+c again quits")

    async def turn_stop(self, rest: str) -> None:
        session = self._screen.session
        if session is None or not session.interrupt():
            self._screen.notify("No turn is running here.")

    async def turn_continue(self, rest: str) -> None:
        if self._screen.session is not None:
            self._screen.session.carry_on()

    async def turn_steer(self, rest: str) -> None:
        pane = self._screen.focused_pane
        if pane.prompt.value.strip():
            pane.send(pane.prompt.value, steer=True)

    async def turn_retry(self, rest: str) -> None:
        if self._screen.session is not None:
            self._screen.session.retry_now()

    async def turn_unqueue(self, rest: str) -> None:
        pane, session = self._screen.focused_pane, self._screen.session
        if session is None or not session.state.outbox:
            raise UsageError("Nothing is queued here.")
        prompt = session.withdraw(session.state.outbox[-1].prompt_id)
        kept = pane.prompt.value
        pane.prompt.value = f"{prompt.text}\n\n{kept}" if kept.strip() else prompt.text

    async def turn_send_queue(self, rest: str) -> None:
        session = self._screen.session
        if session is None or not session.state.outbox:
            raise UsageError("Nothing is queued here.")
        session.resume_queue()

    async def turn_changes(self, rest: str) -> None:
        session = self._screen.session
        if session is None:
            return
        from tui.app.screens.changes import ChangesScreen, changing_turns  # noqa: PLC0415

        if not changing_turns(session):
            raise UsageError("No turn here has changed a file.", hint="What shell commands change is not tracked.")
        await self._program.ask(ChangesScreen(session))

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

    # --- the transcript

    async def transcript_density(self, rest: str) -> None:
        if rest and rest not in DENSITIES:
            raise UsageError(f"There is no density {rest!r}.", hint=f"There are: {', '.join(DENSITIES)}.")
        now = self._screen.density
        density = density_named(rest) or DENSITIES[(DENSITIES.index(now) + 1) % len(DENSITIES)]
        self._screen.shelf.put(DENSITY_KEY, density)
        for pane in self._screen.panes:
            pane.transcript.set_density("tool", density)
        self._screen.draw_footer(f"tool rows: {density}")

    async def transcript_find(self, rest: str) -> None:
        self._screen.focused_pane.open_find(rest)

    async def transcript_inspect(self, rest: str) -> None:
        call = self._screen.focused_pane.selected_call()
        if call is None:
            raise UsageError("No tool was called in this session yet.")
        await self.inspect(self._screen.focused_pane, call)

    async def inspect(self, pane: Pane, call: CallState) -> None:
        if pane.session is not None:
            place = await self._inspect_in(pane.session.state, call.call_id)
            if place is not None:
                await self.go_to_call(*place)

    async def _inspect_in(self, state: SessionState, call_id: str) -> tuple[str, str] | None:
        """One call; it follows what happens to it where its session runs here. Returns the call to go to, or None."""
        watchers, workspace = self._screen.watchers, self._screen.workspace
        from tui.app.screens.inspector import InspectorScreen  # noqa: PLC0415

        session = workspace.session(state.session_id)
        if session is not None:
            session = await workspace.open_session(session.id)  # a cold one that is to run something is not cold
        inspector = InspectorScreen(state, call_id, self._program, session=session)
        watchers[state.session_id] = inspector.refresh_call
        try:
            return await self._program.ask(inspector)
        finally:
            watchers.pop(state.session_id, None)

    async def go_to_call(self, session_id: str, call_id: str) -> None:
        """To a call's place in its transcript, from wherever one is."""
        await self._screen.show_session(session_id)
        pane = self._screen.pane_of(session_id)
        if pane is not None and not pane.show_call(call_id):
            self._screen.notify("The transcript has no row of this call: it was run again beside it.")

    def attach(self, session_id: str, text: str) -> str:
        """Put text into a session's draft, behind what is there."""
        screen = self._screen
        pane = screen.pane_of(session_id)
        if pane is None:
            kept = screen.shelf.get(draft_key(session_id))
            screen.shelf.put(draft_key(session_id), f"{kept.rstrip()}\n\n{text}" if kept.strip() else text)
            return "It stands in the session's prompt, for you to edit and send."
        kept = pane.prompt.value
        pane.prompt.value = f"{kept.rstrip()}\n\n{text}" if kept.strip() else text
        screen.keep(pane)
        return "It stands in the prompt, for you to edit and send."

    # --- all calls

    async def calls_list(self, rest: str) -> None:
        from tui.app.screens.calls import CallsScreen, Look  # noqa: PLC0415

        screen, workspace = self._screen, self._screen.workspace
        look = self._look = self._look or Look()
        look.text = rest or look.text
        session = screen.session.state if screen.session is not None else None
        place = await self._program.ask(
            CallsScreen(
                self._program, lambda: [s.state for s in workspace.sessions], session, look, self.inspect_anywhere
            )
        )
        if place is not None:
            await self.go_to_call(place.session_id, place.call_id)

    async def inspect_anywhere(self, session_id: str, call_id: str) -> tuple[str, str] | None:
        """A call of any session: where that is not in memory it is read, and stays whosever it is.

        Returns the call to go to, or None.
        """
        session = self._screen.workspace.session(session_id)
        state = session.state if session else fold(session_id, await self._program.library.load(session_id))
        if call_id not in state.calls:
            raise UsageError("The store does not have this call any more.")
        return await self._inspect_in(state, call_id)

    # --- the program

    async def app_palette(self, rest: str) -> None:
        from tui.app.screens.lists import command_list  # noqa: PLC0415

        picked = await self._program.ask(command_list(self._program.keys_of))
        if picked is not None:
            await self.run(str(picked))

    async def app_help(self, rest: str) -> None:
        from tui.app.screens.help import HelpScreen  # noqa: PLC0415

        await self._program.ask(HelpScreen(self._program))

    async def app_theme(self, rest: str) -> None:
        self._screen.shelf.put(THEME_KEY, self._program.next_theme(rest))

    async def app_suspend(self, rest: str) -> None:
        self._program.suspend_to_shell()

    async def app_quit(self, rest: str) -> None:
        running = [tab for tab in self._screen.tabs.all() if tab.state in ("running", "asking")]
        if running:
            from tui.app.screens.lists import leave_list  # noqa: PLC0415

            if await self._program.ask(leave_list(len(running))) != "quit":
                return
        self._screen.keep_all()
        self._program.leave()


def missing() -> list[str]:
    """Actions of the program without a verb: must be none."""
    return [a.id for a in BY_ID.values() if a.place == "app" and not hasattr(Verbs, a.id.replace(".", "_"))]
