"""The panes of the tab that is shown: which of them shows which session, and what is kept of each as it leaves.

A pane is a place, not a session. When another tab comes to the front its sessions take over the panes that the last
one left, so there are never more panes than the largest tab needs, and a hidden session costs the screen nothing.
"""

import asyncio
from collections.abc import Callable, Iterator

from tui.app.pane import Pane
from tui.app.tabs.arrangement import PaneTab
from tui.app.tabs.layout import (
    Shelf,
    anchor_key,
    anchor_text,
    anchor_value,
    draft_key,
    opened_key,
    opened_text,
    opened_value,
)
from tui.engine.session import Session
from widgets.split import Split


class Panes:
    """Panes in one ``Split``, by the session that stands in them; ``make`` gives a new one by its widget id."""

    def __init__(self, split: Split, make: Callable[[str], Pane], shelf: Shelf) -> None:
        self._split = split
        self._make = make
        self._shelf = shelf
        self._shown: dict[str, Pane] = {}
        self._spare: list[Pane] = []
        self._made = 0
        self._changing = asyncio.Lock()

    def __iter__(self) -> Iterator[Pane]:
        return iter(self._shown.values())

    def get(self, session_id: str) -> Pane | None:
        """The pane where a session stands, which may not have it yet."""
        return self._shown.get(session_id)

    async def show(self, tab: PaneTab) -> None:
        """Show a tab. A session that was on screen keeps its pane; the others' panes are empty until ``fill``."""
        async with self._changing:
            ids = tab.ids
            for session_id in [each for each in self._shown if each not in ids]:
                pane = self._shown.pop(session_id)
                self.keep(pane)
                pane.show_session(None)
                self._spare.append(pane)
            new = []
            for session_id in ids:
                if session_id not in self._shown and not self._spare:
                    new.append(self._new())
                    self._spare.append(new[-1])
                if session_id not in self._shown:
                    self._shown[session_id] = self._spare.pop()
            if new:
                await self._split.mount_all(new)
            self._shown = {session_id: self._shown[session_id] for session_id in ids}
            self._split.show(tab.root, self._shown, focused=tab.focused, zoomed=tab.zoomed)

    def rename(self, old: str, new: str) -> None:
        """Another session stands in this pane from now on: what was typed into it stays."""
        self._shown = {new if key == old else key: pane for key, pane in self._shown.items()}

    def fill(self, session: Session) -> None:
        """Show a session in the pane where it stands, with the draft and the place that were kept of it."""
        pane = self._shown.get(session.id)
        if pane is None or pane.session is session:
            return
        anchor = anchor_value(self._shelf.get(anchor_key(session.id)))
        opened = opened_value(self._shelf.get(opened_key(session.id)))
        if pane.session is not None and pane.session.id == session.id:  # it is run here now: who reads it reads on
            anchor = None if pane.transcript.follow else pane.transcript.anchor
            opened = dict(pane.transcript.opened)
        draft = self._shelf.get(draft_key(session.id, held=session.held_by is not None))
        pane.show_session(session, draft=draft, anchor=anchor, opened=opened)

    def keep(self, pane: Pane) -> None:
        """Keep a pane's draft, scroll anchor and opened blocks now."""
        session = pane.session
        if session is not None:
            self._shelf.put(draft_key(session.id, held=session.held_by is not None), pane.prompt.draft)
            if session.held_by is not None:  # how its owner looks at it is kept there
                return
            anchor = None if pane.transcript.follow else pane.transcript.anchor
            self._shelf.put(anchor_key(session.id), anchor_text(anchor))
            self._shelf.put(opened_key(session.id), opened_text(pane.transcript.opened))

    def _new(self) -> Pane:
        self._made += 1
        return self._make(f"pane-{self._made}")
