"""What wants the person's attention, kept up to date for the whole program: the inbox, the title, notifications.

The workspace screen says which sessions changed in a frame; of those whose facts are the same nothing is done. It
writes to the terminal by the driver alone, between frames, and owns no timer but the one of a notification that is due.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any, Protocol

from tui.app.attention.inbox import Inbox, InboxItem
from tui.app.attention.limits import near_item
from tui.app.attention.notices import Notices, sequence, title_sequence, title_text
from tui.app.attention.questions import id_of, waiting
from tui.app.driver import SteadyDriver
from tui.app.screens.workspace import WorkspaceScreen
from tui.engine.purse import Near
from tui.engine.session import Session
from tui.settings.notify import NotifyConfig, Way, chosen_way


class Terminal(Protocol):
    """The app, as far as its terminal goes."""

    @property
    def app_focus(self) -> Any: ...

    @property
    def terminal(self) -> SteadyDriver | None: ...


class Attention:
    """Of one workspace screen."""

    def __init__(self, screen: WorkspaceScreen, terminal: Terminal, config: NotifyConfig) -> None:
        self.inbox = Inbox()
        self.changed: list[Callable[[], None]] = []
        """Called when what waits is something else."""
        self.went_on: list[Callable[[], None]] = []
        """Called when sessions went on, at most once a frame."""
        self._screen = screen
        self._terminal = terminal
        self._config = config
        self._way: Way = chosen_way(config.how, os.environ)[0]
        self._marks: dict[str, object] = {}
        self._title = ""
        self._elsewhere = 0
        self._name = Path(screen.workspace.root).name or "/"
        self._notices: Notices | None = None

    @property
    def way(self) -> Way:
        """How it notifies."""
        return self._way

    def begin(self) -> None:
        """The screen is there, and the loop."""
        self._notices = Notices(
            self._config,
            self._notify,
            loop=asyncio.get_running_loop(),
            focused=lambda: self._terminal.app_focus,
            since=time(),
            mask=self._screen.workspace.kit.masks.mask,
        )
        self._screen.heard = self.hear
        self._screen.workspace.purse.near = self._say_near

    def configure(self, config: NotifyConfig) -> None:
        """Other settings from now on."""
        self._config = config
        self._way = chosen_way(config.how, os.environ)[0]
        if self._notices is not None:
            self._notices.config = config
        if not config.title and self._terminal.terminal is not None:
            self._title = ""
            self._terminal.terminal.show_title(title_sequence(""))
        self._tell_title()

    def items(self) -> list[InboxItem]:
        """All that waits, oldest first."""
        return self.inbox.items(self._screen.tabs.all())

    def hear(self, changed: frozenset[str]) -> None:
        """These sessions changed; none: what is on screen did."""
        workspace, news = self._screen.workspace, False
        for session in workspace.sessions if not changed else map(workspace.session, changed):
            if session is not None and session.held_by is None and self._is_new(session):
                news = self._take(session) or news
        self._tell_title()
        self._tell_elsewhere()
        if self._notices is not None:
            self._notices.flush()
        for listener in [*(self.changed if news else ()), *(self.went_on if changed else ())]:
            listener()

    def settle(self, item_id: str) -> None:
        """A limit that was near was put away, or raised."""
        self.inbox.settle(item_id)
        self._tell_elsewhere()

    def _say_near(self, near: Near) -> None:
        """A limit is nearly reached: once on screen, and in the inbox until it is put away."""
        session = self._screen.workspace.session(near.session_id)
        if session is None:
            return
        item = near_item(near, session)
        self.inbox.add_near(item)
        self._screen.notify(item.what, title="Budget", severity="warning", markup=False, timeout=10)
        self._tell_elsewhere()
        for listener in list(self.changed):
            listener()

    def focused(self) -> None:
        """The terminal has the focus again."""
        if self._notices is not None:
            self._notices.seen()
            self._tell_title()

    def _is_new(self, session: Session) -> bool:
        state = session.state
        last = state.turns[-1] if state.turns else None
        begins = _begins(session)
        mark = (
            state.status, tuple(map(id_of, waiting(state))) if state.open_calls else (), len(state.turns),
            last.outcome if last else "", len(state.outbox), len(state.put_away), state.closed, state.archived,
            state.title, begins,
        )  # fmt: skip
        if begins and self._screen.frame is not None:  # how that goes on is no event
            self._screen.frame.touch(session.id)
        if self._marks.get(session.id) == mark:
            return False
        self._marks[session.id] = mark
        return True

    def _take(self, session: Session) -> bool:
        """Whether what waits in it changed."""
        if self._notices is not None:
            self._notices.update(session.state)
        return self.inbox.update(session.state, running=_begins(session))

    def _tell_title(self) -> None:
        if not self._config.title or self._notices is None:
            return
        title = title_text(self._screen.tabs.all(), self._notices.away, self._name)
        if title != self._title and self._terminal.terminal is not None:
            self._title = title
            self._terminal.terminal.show_title(title_sequence(title))

    def _tell_elsewhere(self) -> None:
        """How much waits in sessions that are not on screen, for the footer."""
        shown = {pane.session.id for pane in self._screen.panes if pane.session is not None and pane.display}
        elsewhere = sum(item.session_id not in shown for item in self.items())
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            self._screen.show_waiting(elsewhere)

    def _notify(self, text: str) -> None:
        terminal = self._terminal.terminal
        if terminal is not None:
            tmux, sure = "TMUX" in os.environ, self._config.how != "auto"
            terminal.tell(sequence(self._way, f"Penstock · {self._name}", text, tmux=tmux, sure=sure))


def _begins(session: Session) -> bool:
    """Whether it goes on at once, although its log says that something waits."""
    return session.running and session.status in ("queued", "failed")
