"""The verb of the query panel."""

import json
from typing import TYPE_CHECKING

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group

if TYPE_CHECKING:
    from tui.app.screens.query import QueryLook

HISTORY_KEY = "queries"


class QueryVerbs(Group):
    """What was asked before is kept with the screen's values."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        super().__init__(screen, program)
        self._look: QueryLook | None = None

    async def open(self, rest: str) -> None:
        """With a query, that is run at once."""
        from tui.app.screens.query import QueryLook, QueryScreen  # noqa: PLC0415

        look = self._look = self._look or QueryLook(history=self._kept())
        look.text = rest or look.text
        before = list(look.history)
        mask = self._screen.workspace.kit.masks.mask
        screen = QueryScreen(self._program, self._program.library.query_desk(), look, mask, run=bool(rest))
        try:
            await self._program.ask(screen)
        finally:
            if look.history != before:
                self._screen.shelf.put(HISTORY_KEY, json.dumps(look.history))

    def _kept(self) -> list[str]:
        try:
            found = json.loads(self._screen.shelf.get(HISTORY_KEY) or "[]")
            return [sql for sql in found if isinstance(sql, str)]
        except (ValueError, TypeError):
            return []
