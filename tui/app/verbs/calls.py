"""The verbs of tool calls: the list of all, and one of them."""

from typing import TYPE_CHECKING

from tui.app.pane import Pane
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.tabs.layout import draft_key
from tui.app.verbs.base import Group
from tui.errors import UsageError
from tui.state import CallState, SessionState, fold

if TYPE_CHECKING:
    from tui.app.screens.calls import Look


class CallVerbs(Group):
    """On all calls, or on one."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        super().__init__(screen, program)
        self._look: Look | None = None

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
        before = watchers.get(state.session_id)  # of one that stands under this one
        watchers[state.session_id] = inspector.refresh_call
        try:
            return await self._program.ask(inspector)
        finally:
            watchers.pop(state.session_id, None)
            if before is not None:
                watchers[state.session_id] = before

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
        kept = pane.prompt.draft
        pane.prompt.draft = f"{kept.rstrip()}\n\n{text}" if kept.strip() else text
        screen.keep(pane)
        return "It stands in the prompt, for you to edit and send."

    async def list(self, rest: str) -> None:
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
