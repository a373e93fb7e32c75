"""The verb of replays: a session from any of its entries on, as it went."""

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.app.verbs.calls import CallVerbs
from tui.errors import UsageError


class ReplayVerbs(Group):
    """On the focused session, which goes on meanwhile."""

    def __init__(self, screen: WorkspaceScreen, program: Program, calls: CallVerbs) -> None:
        super().__init__(screen, program)
        self._calls = calls

    async def open(self, rest: str) -> None:
        pane, session = self._screen.focused_pane, self._screen.session
        if session is None or not session.state.turns:
            raise UsageError("Nothing has been said here yet.", hint="/sessions goes to another session.")
        if rest.strip() and not rest.strip().isdigit():
            raise UsageError(
                f"{rest.strip()!r} is no entry's number.", hint="/replay 40, or /replay for its beginning."
            )
        point = int(rest) if rest.strip() else pane.pointed_entry() or 0
        from tui.app.screens.replay import ReplayScreen  # noqa: PLC0415

        replay = ReplayScreen(self._program, session.id, session.log.since, point, self._calls.inspect_anywhere)
        fork = await self._program.ask(replay)
        if fork is not None:
            child = await self._screen.workspace.fork(session.id, fork)
            await self._screen.add_session(child)
            self._screen.notify(f"Session {session.state.slot} is untouched; this fork goes on after entry {fork}.")
