"""The verb of the inbox: it opens over any screen, and comes back to it."""

import asyncio
from typing import Any

from textual.screen import Screen

from tui.app.attention.watch import Attention
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.app.verbs.calls import CallVerbs

DEEPEST = 16
"""Screens that are closed at the most on the way to a session."""


class InboxVerbs(Group):
    """On all that waits."""

    def __init__(self, screen: WorkspaceScreen, program: Program, attention: Attention, calls: CallVerbs) -> None:
        super().__init__(screen, program)
        self._attention = attention
        self._calls = calls

    async def open(self, rest: str) -> None:
        """Open it; pressed again it closes, and from a call that it shows one comes back to it."""
        from tui.app.screens.inbox import InboxScreen  # noqa: PLC0415
        from tui.app.screens.inspector import InspectorScreen  # noqa: PLC0415

        stack: list[Screen[Any]] = list(self._screen.app.screen_stack)
        if isinstance(stack[-1], InboxScreen):
            stack[-1].dismiss(None)
            return
        if any(isinstance(screen, InboxScreen) for screen in stack):
            if isinstance(stack[-1], InspectorScreen):
                stack[-1].dismiss(None)
            return  # something is being written for a question: escape leaves it
        self._attention.hear(frozenset())
        session_id = await self._program.ask(
            InboxScreen(self._program, self._screen.workspace, self._attention, self._calls.inspect_anywhere)
        )
        if session_id is not None:
            await self._go(session_id)

    async def _go(self, session_id: str) -> None:
        """To a session: what stood under the inbox is closed, as by escape."""
        app = self._screen.app
        for _ in range(DEEPEST):
            if app.screen is self._screen:
                break
            app.screen.dismiss(None)
            await asyncio.sleep(0)  # whoever had opened it goes on
        await self._screen.show_session(session_id)
        pane = self._screen.pane_of(session_id)
        if pane is not None:
            pane.recall_questions()
