"""The verbs of sessions: opening, choosing, naming, closing them."""

from time import time

from tui.app.decisions import Decisions
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.status import glance
from tui.app.verbs.base import Group
from tui.errors import UsageError
from tui.settings.config import MODEL_KEY


class SessionVerbs(Group):
    """On the focused session, or to another one."""

    def __init__(self, screen: WorkspaceScreen, program: Program, decisions: Decisions) -> None:
        super().__init__(screen, program)
        self._decisions = decisions

    async def new(self, rest: str) -> None:
        screen = self._screen
        model = screen.session.state.model if screen.session else ""
        if await screen.open_new(model=model) is not None and rest:
            screen.focused_pane.send(rest)

    async def slot(self, rest: str) -> None:
        """Go to the session with that number."""
        found = next((tab.id for tab in self._screen.tabs.all() if str(tab.slot) == rest.strip()), None)
        if found is None:
            raise UsageError(f"No open session has the number {rest or '?'}.", hint="/go 3 goes to session 3.")
        await self._screen.show_session(found)

    async def next(self, rest: str) -> None:
        await self._go(1)

    async def previous(self, rest: str) -> None:
        await self._go(-1)

    async def _go(self, step: int) -> None:
        session = self._screen.session
        other = self._screen.tabs.neighbour(session.id if session else "", step)
        if other is not None:
            await self._screen.show_session(other)

    async def pick(self, rest: str) -> None:
        screen = self._screen
        from tui.app.screens.sessions import SessionsScreen  # noqa: PLC0415

        sessions = SessionsScreen(screen.tabs, self._program, rest, glance=self._glance)
        with screen.watched(sessions.follow):
            picked = await self._program.ask(sessions)
        if picked is not None:
            await screen.show_session(picked)

    def _glance(self, session_id: str) -> str | None:
        session, tab = self._screen.workspace.session(session_id), self._screen.tabs.get(session_id)
        return glance(session.state, time(), unread=tab is not None and tab.unread) if session is not None else None

    async def needy(self, rest: str) -> None:
        screen = self._screen
        needy = screen.tabs.next_needy(screen.session.id if screen.session else "")
        if needy is None:
            screen.notify("No session waits for you.")
            return
        await screen.show_session(needy)
        pane = screen.pane_of(needy)
        if pane is not None:
            pane.recall_questions()

    async def rename(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            if not rest:
                raise UsageError("Write the new title after the command:", hint="/rename Fix the login page")
            session.rename(rest)

    async def archive(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            session.archive()
            await self._screen.close_tab(session.id)
            self._screen.notify(f"Archived. {self._way('session.pick')} finds it among the archived sessions.")

    async def close(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            await self._screen.close_tab(session.id)

    async def model(self, rest: str) -> None:
        session = self._screen.session
        model = rest or await self._program.pick_model(session.state.model if session else "")
        if model and session is not None:
            await self._program.check_model(model)
            session.change_model(model)
            self._screen.shelf.put(MODEL_KEY, model)
            self._program.forget_wanted()

    async def mode(self, rest: str) -> None:
        if self._screen.session is not None:
            await self._decisions.mode(self._screen.session, rest)

    async def rules(self, rest: str) -> None:
        if self._screen.session is not None:
            await self._decisions.rules(self._screen.session)

    async def export(self, rest: str) -> None:
        session = self._screen.session
        if session is not None:
            path = await self._program.export(session, rest)
            self._screen.notify(f"Written to {path}", markup=False)
