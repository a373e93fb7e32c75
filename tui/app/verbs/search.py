"""The verb of the search over everything."""

import asyncio
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.app.verbs.calls import CallVerbs
from tui.searching import SearchRow
from widgets.clean import clean

if TYPE_CHECKING:
    from tui.app.screens.search import SearchLook

DEEPEST = 8
"""Screens that are closed at the most on the way to a session."""


class SearchVerbs(Group):
    """Over any screen. What was searched for is kept while the program runs."""

    def __init__(self, screen: WorkspaceScreen, program: Program, calls: CallVerbs) -> None:
        super().__init__(screen, program)
        self._calls = calls
        self._look: SearchLook | None = None

    async def open(self, rest: str) -> None:
        """Open it, with a text at once; pressed again it closes."""
        from tui.app.screens.search import SearchLook, SearchScreen  # noqa: PLC0415

        stack: list[Screen[Any]] = list(self._screen.app.screen_stack)
        if any(isinstance(screen, SearchScreen) for screen in stack):
            if isinstance(stack[-1], SearchScreen):
                stack[-1].dismiss(None)
            return  # it stands under this one: escape leads back
        look = self._look = self._look or SearchLook()
        look.text = rest or look.text
        row = await self._program.ask(SearchScreen(self._program, look, self._calls.inspect_anywhere))
        if row is not None:
            await self._go(row)

    async def _go(self, row: SearchRow) -> None:
        """To a block's place, with what was found highlighted. What stood under the search is closed, as by escape."""
        app = self._screen.app
        for _ in range(DEEPEST):
            if app.screen is self._screen:
                break
            app.screen.dismiss(None)
            await asyncio.sleep(0)  # whoever had opened it goes on
        await self._screen.show_session(row.session_id)
        pane = self._screen.pane_of(row.session_id)
        if pane is None or row.kind == "title":
            return
        pane.whole()
        if row.call_id and pane.show_call(row.call_id):
            place = pane.transcript.cursor
        else:
            place = f"summary-{row.seq}" if row.kind == "summary" else row.place
        transcript = pane.transcript
        if place is None or place not in transcript.blocks:
            self._screen.notify("The transcript has no row of this: it was run again beside it.", markup=False)
            return
        found = next((clean(text).strip() for text, match in row.snippet if match), "")
        if found:
            pane.open_find(found)
        transcript.focus()
        transcript.cursor = place
        if found:
            transcript.scroll_to_block(place)
            transcript.find(found)
            transcript.next_match()
