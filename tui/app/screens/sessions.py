"""All sessions: open ones by their slot, earlier ones of this workspace, archived ones and other folders on demand.

One look at it shows what every open session does, and it follows them while it is open.
"""

from collections.abc import Callable
from time import monotonic, time
from typing import Any, ClassVar

from textual import on, work
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input

from tui.app.footer import key_row
from tui.app.keymap import screen_bindings
from tui.app.keys import BY_ID
from tui.app.services import Program, StoredSession
from tui.app.status import bare_title, marked_title
from tui.app.tabs.strip import Tabs
from tui.app.words import duration, home_path, money, one_line
from tui.errors import PenstockError
from widgets.clean import clean
from widgets.picker import Item, Picker, PickerRows
from widgets.status_line import StatusLine

LOOK_EVERY = 0.25
"""Seconds between two looks at what the open sessions do."""
VERBS = {"sessions.rename": "rename", "sessions.archive": "archive", "sessions.all": "toggle_all"}


class SessionsScreen(Picker[str]):
    """Dismissed with the id of the session to go to, or None. A digit typed first chooses that slot."""

    BINDINGS: ClassVar = screen_bindings(VERBS, first=VERBS)
    DEFAULT_CSS = """
    SessionsScreen {
        & > Vertical { width: 110; }
        & #session-title { display: none; margin: 1 0 0 0; background: $background; }
        & #session-title.-open { display: block; }
        & .keys { background: $panel; margin: 1 0 0 0; }
    }
    """

    def __init__(
        self, tabs: Tabs, program: Program, query: str = "", *, glance: Callable[[str], str | None] = lambda _: None
    ) -> None:
        """``glance``: what a session (by id) does now, None for one that is not in memory."""
        self._tabs = tabs
        self._glance = glance
        self._looked_at = 0.0
        self._looking: Timer | None = None
        self._program = program
        self._query = query
        self._rows: dict[str, StoredSession] = {}
        self._all = False
        self._renaming = ""
        super().__init__("Sessions", self._open_items(), digit_selects=True, empty="No session matches.")

    def on_mount(self) -> None:
        title = Input(placeholder="New title; enter renames, escape goes back", id="session-title")
        title.cursor_blink = False
        keys = StatusLine(classes="keys")
        self.query_one(Vertical).mount(title, keys)
        keys.show(key_row([("enter", "opens"), *(BY_ID[name] for name in VERBS)], self._program.keymap))
        if self._query:
            self.query_one("#picker-query", Input).value = self._query
        self._load()

    @work(exclusive=True, group="rows")
    async def _load(self) -> None:
        """The store's rows, after the open tabs are on screen already."""
        try:
            rows: list[Any] = await self._program.library.sessions(
                workspace=None if self._all else self._program.root, archived=None if self._all else False
            )
        except PenstockError as error:
            self.notify(error.sentence(), severity="error", markup=False)
            return
        self._rows = {row.id: row for row in rows}
        self._show_items()

    def _open_items(self) -> list[Item[str]]:
        items = []
        for tab in self._tabs.all():
            row = self._rows.get(tab.id)
            detail = f"{tab.state}{'  unread' if tab.unread else ''}"
            text = f"{tab.glyph} {tab.clean_title}"
            now = self._glance(tab.id) or (_facts(row, detail) if row else detail)
            items.append(Item(tab.id, text, now, "Open", str(tab.slot)))
        return items

    def follow(self) -> None:
        """Something changed in a session: look again, four times a second at the most."""
        if self._looking is None and self.is_mounted:
            wait = max(0.01, LOOK_EVERY - (monotonic() - self._looked_at))
            self._looking = self.set_timer(wait, self._look_again)

    def _look_again(self) -> None:
        self._looking, self._looked_at = None, monotonic()
        self._show_items()

    def _show_items(self) -> None:
        stored = (self._stored_item(row) for row in self._rows.values() if row.id not in self._tabs)
        self.refresh_items([*self._open_items(), *stored])

    def _stored_item(self, row: StoredSession) -> Item[str]:
        group = "Archived" if row.archived else "Earlier" if row.workspace == self._program.root else "Other folders"
        where = "" if row.workspace == self._program.root else home_path(row.cwd)
        title = marked_title(row.title, agent=bool(row.parent_session), fork=bool(row.forked_from))
        return Item(row.id, one_line(clean(title), 60), _facts(row, where), group)

    # --- its own keys

    def action_toggle_all(self) -> None:
        self._all = not self._all
        self._load()

    def action_rename(self) -> None:
        chosen = self.query_one(PickerRows).highlighted
        if chosen is not None:
            self._renaming = str(chosen.value)
            field = self.query_one("#session-title", Input)
            field.add_class("-open")
            row = self._rows.get(self._renaming)
            field.value = clean(row.title if row is not None else bare_title(chosen.text.partition(" ")[2]))
            field.focus()

    @on(Input.Submitted, "#session-title")
    async def _renamed(self, event: Input.Submitted) -> None:
        event.stop()
        await self._do(self._program.rename(self._renaming, event.value))
        self._close_title()

    @work
    async def action_archive(self) -> None:
        chosen = self.query_one(PickerRows).highlighted
        if chosen is not None:
            row = self._rows.get(str(chosen.value))
            await self._do(self._program.archive(str(chosen.value), not (row is not None and row.archived)))

    def action_cancel(self) -> None:
        if self.query("#session-title.-open"):  # it may not be there yet
            self._close_title()
        else:
            super().action_cancel()

    async def _do(self, change: Any) -> None:
        try:
            await change
        except PenstockError as error:
            self.notify(error.sentence(), severity="warning", markup=False)
        self._load()

    def _close_title(self) -> None:
        self.query_one("#session-title", Input).remove_class("-open")
        self.query_one("#picker-query", Input).focus()


def _facts(row: StoredSession, first: str) -> str:
    """One row's facts: turns, model, age, cost."""
    cost = "" if row.model.startswith("offline/") else money(row.cost, row.unpriced)
    facts = (first, f"{row.turns} turn{'s' * (row.turns != 1)}", row.model, _ago(row.changed_at), cost)
    return "  ".join(fact for fact in facts if fact)


def _ago(at: float) -> str:
    passed = max(0.0, time() - at)
    if passed < 10:
        return "just now"
    if passed < 86_400:
        return f"{duration(passed)} ago"
    return f"{int(passed // 86_400)} d ago"
