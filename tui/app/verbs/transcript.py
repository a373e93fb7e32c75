"""The verbs of the transcript."""

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.tabs.layout import DENSITIES, DENSITY_KEY, density_named
from tui.app.verbs.base import Group
from tui.app.verbs.calls import CallVerbs
from tui.errors import UsageError


class TranscriptVerbs(Group):
    """On the focused pane's transcript."""

    def __init__(self, screen: WorkspaceScreen, program: Program, calls: CallVerbs) -> None:
        super().__init__(screen, program)
        self._calls = calls

    async def density(self, rest: str) -> None:
        if rest and rest not in DENSITIES:
            raise UsageError(f"There is no density {rest!r}.", hint=f"There are: {', '.join(DENSITIES)}.")
        now = self._screen.density
        density = density_named(rest) or DENSITIES[(DENSITIES.index(now) + 1) % len(DENSITIES)]
        self._screen.shelf.put(DENSITY_KEY, density)
        for pane in self._screen.panes:
            pane.transcript.set_density("tool", density)
        self._screen.draw_footer(f"tool rows: {density}")

    async def find(self, rest: str) -> None:
        self._screen.focused_pane.open_find(rest)

    find_too = find

    async def inspect(self, rest: str) -> None:
        call = self._screen.focused_pane.selected_call()
        if call is None:
            raise UsageError("No tool was called in this session yet.")
        await self._calls.inspect(self._screen.focused_pane, call)
