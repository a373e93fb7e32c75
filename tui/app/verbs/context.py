"""The verbs of the context: what fills it, compacting it, and the system prompt."""

from tui.app.verbs.base import Group
from tui.engine.session import Session
from tui.engine.window.context import usual_instructions
from tui.errors import UsageError


class ContextVerbs(Group):
    """On the focused session's context."""

    async def show(self, rest: str) -> None:
        from tui.app.screens.context import ContextScreen  # noqa: PLC0415

        session, watchers = self._session(), self._screen.watchers
        screen = ContextScreen(self._program, session)
        watchers[session.id] = screen.refresh_filling
        try:
            wanted = await self._program.ask(screen)
        finally:
            watchers.pop(session.id, None)
        if wanted is None:
            return
        if wanted.compact:
            session.compact()
        elif wanted.system:
            await self._edit_system(session)
        else:
            pane = self._screen.pane_of(session.id)
            if pane is not None:
                pane.transcript.focus()
                pane.transcript.cursor = wanted.block

    async def compact(self, rest: str) -> None:
        self._session().compact(rest)

    async def system(self, rest: str) -> None:
        session = self._session()
        if rest.strip():
            session.change_system(rest)
        else:
            await self._edit_system(session)

    async def _edit_system(self, session: Session) -> None:
        from tui.app.screens.edit_text import EditText  # noqa: PLC0415

        state = session.state
        usual = usual_instructions(state)
        said = "What this session's model is told before all else. AGENTS.md files and notes are added to it."
        if not state.system:
            said += " This is the usual one."
        text = await self._program.ask(
            EditText("System prompt of this session", state.system or usual, says=said, empty="the usual one")
        )
        if text is not None:
            session.change_system("" if text.strip() == usual.strip() else text)

    def _session(self) -> Session:
        session = self._screen.session
        if session is None:
            raise UsageError("There is no session here.", hint="/new opens one.")
        return session
