"""What the list of worktrees shows, and what it does: worktrees, the sessions in them, and both kept in step.

A worktree that goes tells every session that worked in it, so all of them are opened first: one that another process
holds, or in which a turn runs, keeps it.
"""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from tui.app.services import Library, StoredSession
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.engine.worktrees.facts import Standing, Worktree, standing, standings, worktrees
from tui.engine.worktrees.life import Merged
from tui.errors import PenstockError, SessionBusy, SessionHeld, UsageError
from tui.events import WorktreeEnded, WorktreeMade
from tui.value import value

T = TypeVar("T")


@value
class Occupant:
    """A session that works in a worktree. ``side``: archived, or a sub-agent's."""

    id: str
    slot: int
    title: str
    busy: bool
    side: bool


@value
class TreeRow:
    """``standing`` is None while it is not known; ``here`` is the workspace's own folder."""

    tree: Worktree
    here: bool
    standing: Standing | None = None
    occupants: tuple[Occupant, ...] = ()

    @property
    def occupant(self) -> Occupant | None:
        """The session to go to."""
        return next((one for one in self.occupants if not one.side), None)


class WorktreeDesk:
    """Of one workspace."""

    def __init__(self, workspace: Workspace, library: Library) -> None:
        self._workspace = workspace
        self._library = library
        self.trees = workspace.worktrees

    async def rows(self) -> list[TreeRow]:
        """All worktrees, without their standings. Raises GitFailed or StoreError."""
        await self.trees.outlook()  # says what is wrong in words for a person
        trees = await worktrees(self.trees.root)
        sessions = await self._library.sessions(workspace=str(self._workspace.root))
        await self._tell_vanished(trees, sessions)
        occupants = self._occupants(trees, sessions)
        here = str(self.trees.root)
        rows = [TreeRow(tree=tree, here=_same(tree.path, here), occupants=occupants[tree.path]) for tree in trees]
        return sorted(rows, key=lambda row: (not row.here, row.tree.branch, row.tree.path))

    async def measured(self, rows: list[TreeRow]) -> list[TreeRow]:
        """The same rows, with their standings."""
        found = await standings(self.trees.root, [row.tree for row in rows])
        return [replace(row, standing=found.get(row.tree.path)) for row in rows]

    async def base(self, row: TreeRow) -> str:
        return (row.standing or await standing(self.trees.root, row.tree)).base

    async def _tell_vanished(self, trees: list[Worktree], rows: list[StoredSession]) -> None:
        """Sessions whose worktree was removed by hand, or by a Penstock that died at it, work at home again."""
        for row in rows:
            if any(_within(row.cwd, tree.path) for tree in trees) or await asyncio.to_thread(os.path.lexists, row.cwd):
                continue
            with suppress(SessionHeld):
                session = await self._workspace.open_session(row.id)
                made = session.state.worktree
                if made is None or session.state.worktree_ended is not None or session.busy:
                    continue
                session.log.emit(await self.trees.vanished(made.path, made.branch))

    def _occupants(self, trees: list[Worktree], rows: list[StoredSession]) -> dict[str, tuple[Occupant, ...]]:
        found: dict[str, list[Occupant]] = {tree.path: [] for tree in trees}
        for row in rows:
            home = max((path for path in found if _within(row.cwd, path)), key=len, default=None)
            session = self._workspace.session(row.id)
            if home is not None:
                found[home].append(
                    Occupant(
                        id=row.id,
                        slot=row.slot,
                        title=session.state.title if session is not None else row.title,
                        busy=session is not None and session.busy,
                        side=row.archived or row.parent_session is not None,
                    )
                )
        return {path: tuple(sorted(some, key=lambda one: (one.side, one.slot))) for path, some in found.items()}

    async def enter(self, row: TreeRow, model: str) -> Session:
        """A new session in a worktree that has none."""
        if row.tree.gone:
            raise UsageError("The folder of this worktree is gone.", hint="Remove it in the list; its branch stays.")
        session = await self._workspace.new_session(model)
        if not row.here:
            path, base = _real(row.tree.path), await self.base(row)
            session.log.emit(
                WorktreeMade(
                    path=path,
                    cwd=path,
                    branch=row.tree.branch,
                    base=base,
                    repository=str(self.trees.root),
                )
            )
        return session

    async def commit(self, row: TreeRow, message: str) -> str:
        """Raises SessionBusy while a session works there, and as ``Worktrees.commit``."""
        await self._resting(row)
        return await self._whole(self.trees.commit(row.tree, message), "the commit in a worktree")

    async def merge(self, row: TreeRow) -> Merged:
        """Raises SessionBusy while a session works there, and as ``Worktrees.merge``."""
        await self._resting(row)
        return await self._whole(self.trees.merge(row.tree.path), "the merge of a worktree")

    async def end(self, row: TreeRow, how: Literal["kept", "dropped"], *, force: bool = False) -> WorktreeEnded:
        """Remove it and tell its sessions. Raises SessionBusy or SessionHeld, and as ``Worktrees.end``."""
        return await self._whole(self._end(row, how, force), "the removal of a worktree")

    async def _whole(self, work: Coroutine[Any, Any, T], name: str) -> T:
        """To its end, also when the list is closed meanwhile: git stopped half way leaves half of it done."""
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            try:
                result = await work
            except PenstockError as error:
                if not outcome.done():
                    outcome.set_exception(error)
            else:
                if not outcome.done():
                    outcome.set_result(result)

        self._workspace.spawn_whole(run(), name=name)
        return await outcome

    async def _end(self, row: TreeRow, how: Literal["kept", "dropped"], force: bool) -> WorktreeEnded:
        sessions = await self._resting(row)
        known = [made for session in sessions if (made := session.state.worktree) is not None]
        ours = any(made.branch == row.tree.branch for made in known) and self._is_ours(row.tree)
        ended = await self.trees.end(row.tree.path, how, force=force, ours=ours)
        for session in sessions:
            if session.state.worktree is not None and session.state.worktree_ended is None:
                session.log.emit(ended)
        return ended

    def _is_ours(self, tree: Worktree) -> bool:
        return _within(_real(tree.path), _real(str(self.trees.folder)))

    async def _resting(self, row: TreeRow) -> list[Session]:
        """The sessions that work there, none of which does anything now."""
        sessions = [await self._workspace.open_session(one.id) for one in row.occupants]
        for session in sessions:
            if session.busy or session.state.asking():
                raise SessionBusy(
                    f"Session {session.state.slot} is at work there.", hint="Wait for it, or interrupt it."
                )
        return sessions


def _real(path: str) -> str:
    return os.path.realpath(path)


def _within(path: str, folder: str) -> bool:
    return path == folder or Path(path).is_relative_to(folder)


def _same(path: str, other: str) -> bool:
    return _real(path) == _real(other)
