"""The open sessions as the strip shows them: their order, what each last said, and which have news.

A tab outlives its session's stay in memory: what the strip shows of a cold session is what it
last was, and a cold session does not change. Unread is the screen's matter, not the engine's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tui.app.status import tab_of
from tui.state import SessionState
from widgets.tab_strip import Tab


class Tabs:
    """Open sessions in the strip's order."""

    def __init__(self) -> None:
        self._tabs: dict[str, Tab] = {}

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._tabs

    def __len__(self) -> int:
        return len(self._tabs)

    @property
    def ids(self) -> list[str]:
        return list(self._tabs)

    def all(self) -> list[Tab]:
        return list(self._tabs.values())

    def get(self, session_id: str) -> Tab | None:
        return self._tabs.get(session_id)

    def open(self, tab: Tab) -> None:
        """Add a tab at the end, or leave it where it is."""
        self._tabs.setdefault(tab.id, tab)

    def arrange(self, groups: Iterable[Sequence[str]]) -> None:
        """Put them in this order; those of a group are on screen together."""
        ordered: dict[str, Tab] = {}
        for group in groups:
            ids = [session_id for session_id in group if session_id in self._tabs]
            for session_id in ids:
                lead = "[" if len(ids) > 1 and session_id == ids[0] else ""
                tail = "]" if len(ids) > 1 and session_id == ids[-1] else ""
                ordered[session_id] = replace(self._tabs[session_id], lead=lead, tail=tail)
        self._tabs = ordered | {session_id: tab for session_id, tab in self._tabs.items() if session_id not in ordered}

    def close(self, session_id: str) -> None:
        self._tabs.pop(session_id, None)

    def hold(self, session_id: str, pid: int = 0) -> None:
        """Another process has it open: it keeps its place here, and is tried again when it is chosen."""
        if session_id in self._tabs:
            self._tabs[session_id] = replace(self._tabs[session_id], held=True, holder=pid)

    def is_held(self, session_id: str) -> bool:
        return session_id in self._tabs and self._tabs[session_id].held

    def update(self, state: SessionState, *, visible: bool, held_by: int | None = None) -> None:
        """Take over what a session is now. News of a session that is not on screen make it unread."""
        old = self._tabs.get(state.session_id)
        if old is None:
            return
        new = tab_of(state, unread=False)
        news = not visible and (old.unread or new.state != old.state)
        new = replace(new, unread=news, held=held_by is not None, holder=held_by or 0)
        self._tabs[state.session_id] = replace(new, lead=old.lead, tail=old.tail)

    def read(self, session_id: str) -> None:
        """The person sees it now."""
        tab = self._tabs.get(session_id)
        if tab is not None and tab.unread:
            self._tabs[session_id] = replace(tab, unread=False)

    def neighbour(self, session_id: str, step: int) -> str | None:
        """The tab ``step`` places further, around the ends; None where there is no other."""
        ids = self.ids
        if len(ids) < 2:
            return None
        here = ids.index(session_id) if session_id in self._tabs else -1
        return ids[(here + step) % len(ids)]

    def next_needy(self, session_id: str) -> str | None:
        """The next session after this one that waits for the person: asking first, then failed, then unread."""
        ids = self.ids
        here = ids.index(session_id) if session_id in self._tabs else -1
        ring = [self._tabs[i] for i in (*ids[here + 1 :], *ids[: here + 1])]
        asking = (tab.id for tab in ring if tab.state == "asking")
        others = (tab.id for tab in ring if tab.id != session_id and (tab.unread or tab.state in ("failed", "queued")))
        return next(asking, None) or next(others, None)
