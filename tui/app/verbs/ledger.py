"""The verbs of the ledger."""

from typing import TYPE_CHECKING

from tui.app.attention.watch import Attention
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.errors import UsageError
from tui.ledger import BY, By

if TYPE_CHECKING:
    from tui.app.screens.ledger import LedgerLook


class LedgerVerbs(Group):
    """How it was looked at is kept while the program runs."""

    def __init__(self, screen: WorkspaceScreen, program: Program, attention: Attention) -> None:
        super().__init__(screen, program)
        self._attention = attention
        self._look: LedgerLook | None = None

    async def open(self, rest: str) -> None:
        """Open it, by what is said; a session that is chosen there is gone to."""
        from tui.app.screens.ledger import LedgerLook, LedgerScreen  # noqa: PLC0415

        look = self._look = self._look or LedgerLook()
        word = rest.strip().lower()
        named: dict[str, By] = {word: each for each in BY for word in (each, f"{each}s")}
        by = named.get(word)
        if word and by is None:
            raise UsageError(f"The ledger has no {word!r}.", hint=f"/ledger {', /ledger '.join(BY)}.")
        look.by = by or look.by
        session_id = await self._program.ask(LedgerScreen(self._program, look, self._attention))
        if session_id is not None:
            await self._screen.show_session(session_id)

    async def usage(self, rest: str) -> None:
        """By its other name."""
        await self.open(rest)
