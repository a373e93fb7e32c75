"""The verb that takes sessions of other programs in."""

from pathlib import Path

from tui.app.verbs.base import Group


class ExchangeVerbs(Group):
    """Between this store and files. Writing one is a verb of sessions: ``session.export``."""

    async def import_(self, rest: str) -> None:
        """Take a file, or choose one of a folder's, or of those where other programs keep theirs; and go there."""
        from tui.app import exchanging  # noqa: PLC0415

        screen = self._screen
        path = exchanging.place_of(screen.workspace.cwd, rest.strip()) if rest.strip() else None
        if path is None or exchanging.is_folder(path):
            chosen = await self._program.ask(await exchanging.offered(str(path or "")))
            if chosen is None:
                return
            path = Path(chosen)
        workspace = screen.workspace
        live = frozenset(session.id for session in workspace.sessions)
        came = await exchanging.bring(path, self._program.library, live, workspace.root, workspace.cwd)
        screen.notify(came.said, markup=False)
        if came.session_id is not None:
            await screen.show_session(came.session_id)
