"""The verbs of worktrees, and what is said when two sessions write one file."""

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.app.words import home_path, one_line
from tui.app.worktree_desk import WorktreeDesk
from tui.engine.changes.touched import Touch
from tui.engine.worktrees.life import Outlook
from tui.errors import PenstockError
from tui.state import SessionState


class WorktreeVerbs(Group):
    """On worktrees of the workspace's repository."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        super().__init__(screen, program)
        screen.workspace.shared = self._tell_shared

    async def new(self, rest: str) -> None:
        """A new session in a worktree of its own. One word after the command names its branch, more its title."""
        trees = self._screen.workspace.worktrees
        outlook = await trees.outlook()
        branch, words = ("", rest) if len(rest.split()) > 1 else (rest.strip(), "")
        if branch:
            await trees.free_branch(branch, 0)  # refused before anything is made
        carry = await self._carry(outlook)
        if carry is not None:
            await self._open(outlook, branch, words, carry)

    async def _carry(self, outlook: Outlook) -> bool | None:
        """Whether changes that no commit has are to be taken along; None where there is to be no worktree."""
        from tui.app.screens.worktree_asks import beginning_list  # noqa: PLC0415

        if not outlook.dirty:
            return False
        answer = await self._program.ask(beginning_list(outlook))
        return None if answer is None else answer == "carry"

    async def _open(self, outlook: Outlook, branch: str, words: str, carry: bool) -> None:
        screen = self._screen
        session = await screen.workspace.new_session(self._model())
        try:
            await screen.workspace.worktrees.give(session, outlook, branch=branch, words=words, carry=carry)
        except PenstockError:
            session.archive()
            screen.workspace.close_session(session)
            raise
        if words:
            session.rename(words)
        await screen.add_session(session)
        if outlook.submodules:
            screen.notify("Its submodules are not checked out: git submodule update --init does it.", markup=False)

    async def list(self, rest: str) -> None:
        from tui.app.screens.worktrees import WorktreesScreen  # noqa: PLC0415

        desk = WorktreeDesk(self._screen.workspace, self._program.library)
        session = self._screen.session
        at = session.state.root if session is not None else ""
        wanted = await self._program.ask(WorktreesScreen(self._program, desk, at))
        if wanted is None:
            return
        if wanted.row is not None:
            await self._screen.add_session(await desk.enter(wanted.row, self._model()))
        else:
            await self._screen.show_session(wanted.session_id)

    def _model(self) -> str:
        session = self._screen.session
        return session.state.model if session is not None else self._program.default_model()

    def _tell_shared(self, state: SessionState, touch: Touch) -> None:
        """Said once for each pair and file; both transcripts have it too."""
        name = touch.path.removeprefix(f"{state.cwd.rstrip('/')}/")
        who = f"Session {state.slot} has written {one_line(home_path(name), 60)}, which session {touch.slot}"
        what = "is at work on" if touch.busy else "changed in its last turn"
        self._screen.notify(f"{who} {what}.", title="Two sessions, one file", severity="warning", markup=False)
