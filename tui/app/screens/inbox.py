"""Everything that waits for the person, oldest first, answered one after the other with the keys of the pane.

The list has the focus and the keys of the answers work from it, with the same half second in which nothing is heard
after another question came into sight; tab goes into the question itself. What is put off stays open and stands last
for as long as the screen is open. News never move the selection: only an answer, or the end of what was selected, does.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from time import time
from typing import ClassVar, Protocol

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.app.attention.inbox import InboxItem, age
from tui.app.attention.inbox_answers import give, place_of, request_for, running_lines
from tui.app.footer import key_row
from tui.app.keys import ACTIONS
from tui.app.services import Program
from tui.engine.workspace import Workspace
from tui.errors import PenstockError
from widgets.ask_bar import AskBar, AskRequest, Choice
from widgets.status_line import Segment, StatusLine, Style
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

BEAT = 5.0
"""Seconds between two looks at how long things have waited, while an agent stands still for them."""
ROOMY = 100
SCROLLED = 4
"""Rows by which one key moves what is asked about."""
_KINDS: dict[str, tuple[str, Style]] = {
    "approval": ("? allow", "warn"),
    "question": ("? asks", "warn"),
    "failed": ("✗ failed", "bad"),
    "budget": ("$ budget", "bad"),
    "held": ("‖ held", "accent"),
    "unread": ("…", "dim"),
}
_LATER = (Choice("z", "later", "later"),)


class Desk(Protocol):
    """Where what waits is known. ``tui.app.attention.watch.Attention`` fulfils it."""

    changed: list[Callable[[], None]]

    def items(self) -> list[InboxItem]: ...

    def hear(self, changed: frozenset[str]) -> None: ...


class InboxScreen(ModalScreen[str | None]):
    """Dismissed with the session to go to, or None. ``inspect`` shows one call and returns where to go then."""

    BINDINGS: ClassVar = [
        Binding(action.keys, action.id.replace("inbox.", "inbox_"), show=False, id=action.id)
        for action in ACTIONS
        if action.place == "inbox"
    ]
    DEFAULT_CSS: ClassVar[str] = """
    InboxScreen {
        background: $background;
        & > .head { background: $primary-muted; text-style: bold; }
        & > VirtualTable { height: 2; }
        & > Static { height: 1fr; padding: 1 2; display: none; }
        & > AskBar { height: 1fr; max-height: 100%; }
        & > AskBar > Preview { height: 1fr; }
        & > .notes { background: $surface; display: none; }
        & > .notes.-said { display: block; }
        & > .foot { background: $panel; }
        &.-empty > Static { display: block; }
        &.-empty > VirtualTable { display: none; }
    }
    """

    def __init__(
        self,
        program: Program,
        workspace: Workspace,
        desk: Desk,
        inspect: Callable[[str, str], Awaitable[tuple[str, str] | None]],
    ) -> None:
        super().__init__()
        self._program = program
        self._workspace = workspace
        self._desk = desk
        self._inspect = inspect
        self._items: list[InboxItem] = []
        self._at: InboxItem | None = None
        self._later: list[str] = []
        self._answered: set[str] = set()
        """Those that were answered from here: no news when they go."""
        self._under_way: set[str] = set()
        self._read_for: set[str] = set()
        self._beat: Timer | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        yield VirtualTable()
        yield Static(markup=False)
        bar = AskBar()
        bar.display = False
        yield bar
        yield StatusLine(classes="notes")
        yield StatusLine(classes="foot")

    def on_mount(self) -> None:
        self._table.focus()
        self._beat = self.set_interval(BEAT, self._draw, pause=True)
        self._desk.changed.append(self.take)
        self._read([item.session_id for item in self._desk.items() if item.kind == "unread"])
        self.take()

    def on_unmount(self) -> None:
        if self.take in self._desk.changed:
            self._desk.changed.remove(self.take)

    def on_resize(self) -> None:
        if self._table.is_mounted:
            self._draw()

    @property
    def _table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    @property
    def _bar(self) -> AskBar:
        return self.query_one(AskBar)

    @property
    def selected(self) -> InboxItem | None:
        """What the question below the list is about."""
        return self._at

    @property
    def listed(self) -> list[InboxItem]:
        """What is shown, in its order."""
        return self._items

    @work
    async def _read(self, session_ids: Sequence[str]) -> None:
        """Sessions that wait and are not in memory are read now."""
        for session_id in session_ids:
            try:
                await self._workspace.open_session(session_id)
            except PenstockError as error:
                self.note(error.sentence())
        self._desk.hear(frozenset(session_ids))
        self.take()

    # --- what waits

    def take(self) -> None:
        """Take over what waits now. The selection stays where it is, or where it was if that is gone."""
        if not self.is_attached or not self._table.is_mounted:
            return
        place = self._place()
        items = self._desk.items()
        rank = {item_id: number for number, item_id in enumerate(self._later, 1)}
        self._items = sorted(items, key=lambda item: rank.get(item.id, 0))
        ids = [item.id for item in self._items]
        if self._at is not None and self._at.id not in ids:
            if self._at.id not in self._answered and self._at.kind != "unread":
                self.note(f"{place_of(self._at)}: that was answered elsewhere, or is over.")
            self._at = None
        if self._at is None and self._items:
            self._at = self._items[min(place, len(self._items) - 1)]
        elif self._at is not None:
            self._at = self._items[ids.index(self._at.id)]
        self._draw()

    def _place(self) -> int:
        ids = [item.id for item in self._items]
        return ids.index(self._at.id) if self._at is not None and self._at.id in ids else 0

    def _select(self, index: int) -> None:
        if 0 <= index < len(self._items):
            self._at = self._items[index]
            self._draw()

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        if event.index == self._table.cursor != self._place():
            self.note("")
            self._select(event.index)

    # --- drawing

    def _draw(self) -> None:
        now, items, table = time(), self._items, self._table
        self.set_class(not items, "-empty")
        table.styles.height = min(len(items) + 1, max(3, self.size.height * 2 // 5))
        table.set_columns(_columns(self.size.width))
        table.show(len(items), 0, [_row(item, now, item.id in self._later) for item in items])
        table.move_to(self._place())
        self._draw_head(now)
        self._draw_bar()
        self._draw_foot()
        if self._beat is not None:
            (self._beat.resume if any(item.asks for item in items) else self._beat.pause)()

    def _draw_head(self, now: float) -> None:
        count = len(self._items)
        facts = [Segment(f"oldest {age(now - self._items[0].at)}", "dim", 1)] if self._items else []
        title = f"Inbox · {count} wait{'s' * (count == 1)} for you" if count else "Inbox"
        put_off = sum(item.id in self._later for item in self._items)
        if put_off:
            facts.insert(0, Segment(f"{put_off} put off", "dim", 2))
        self.query_one(".head", StatusLine).show([Segment(title, "", 9)], facts)
        if not count:
            lines = running_lines(self._workspace.sessions)
            self.query_one(Static).update("\n".join(["Nothing waits for you.", *lines]))

    def _draw_bar(self) -> None:
        bar, item = self._bar, self._at
        if item is None:
            self._clear_bar()
            return
        session = self._workspace.session(item.session_id)
        request = request_for(item, session) if session is not None else None
        if session is None and item.id not in self._read_for:  # it left memory since
            self._read_for.add(item.id)
            self._read([item.session_id])
        if request is None:
            request = AskRequest(id=item.id, title="it is being read", choices=_LATER, default="z")
        request = replace(request, title=f"{place_of(item)} · {request.title}")
        bar.ask(request, self._place() + 1, len(self._items))

    def _clear_bar(self) -> None:
        bar = self._bar
        if bar.request is not None:
            bar.clear()
            self._table.focus()

    def _draw_foot(self) -> None:
        item = self._at
        hints = [
            action
            for action in ACTIONS
            if action.place == "inbox" and action.hint and (item is not None or action.id == "inbox.close")
        ]
        useful = [a for a in hints if a.id != "inbox.inspect" or (item is not None and item.call_id)]
        self.query_one(".foot", StatusLine).show(key_row(useful, self._program.keymap))

    def note(self, sentence: str) -> None:
        """Say something above the footer; "" for nothing."""
        line = self.query_one(".notes", StatusLine)
        line.set_class(bool(sentence), "-said")
        line.show([Segment(sentence, "warn", 1)])

    # --- answering

    def on_key(self, event: events.Key) -> None:
        """The keys of the answers work from the list too."""
        bar = self._bar
        if self._table.has_focus and bar.request is not None and bar.press(event.key):
            event.stop()
            event.prevent_default()

    @on(AskBar.Decided)
    async def _decided(self, event: AskBar.Decided) -> None:
        event.stop()
        self._table.focus()
        item = next((item for item in self._items if item.id == event.id), None)
        if item is None:
            self.take()
        elif event.value == "later":
            self._put_off(item)
        else:
            self.note("")
            self._answer(item, event.value, event.reason)

    def _put_off(self, item: InboxItem) -> None:
        """It stays open, and stands last; what stood behind it comes."""
        place = self._place()
        following = [each for each in self._items[place + 1 :] if each.id not in self._later]
        self._later = [*(each for each in self._later if each != item.id), item.id]
        if following:
            self._at = following[0]
        elif len(self._items) > 1:
            self._at = self._items[(place + 1) % len(self._items)]
        self.take()
        self.note("" if following else "It stays open. All that is left was put off: esc closes.")

    @work
    async def _answer(self, item: InboxItem, value: str, text: str) -> None:
        """Give the answer. What cannot be done is said, and the list goes on."""
        if item.id in self._under_way:  # a second key, before the first had its effect
            return
        self._under_way.add(item.id)
        self._answered.add(item.id)
        try:
            session = self._workspace.session(item.session_id)
            if session is None or not item.asks:  # one that is cold and is to run something is not cold
                session = await self._workspace.open_session(item.session_id)
            further = give(session, item, value, text)
            if further is not None:
                await self._program.decide_further(session, further, value)
        except PenstockError as error:
            self.note(error.sentence())
        finally:
            self._under_way.discard(item.id)
        self._desk.hear(frozenset({item.session_id}))
        self.take()
        if any(each.id == item.id for each in self._items):
            self._answered.discard(item.id)

    @on(AskBar.Left)
    def _left(self, event: AskBar.Left) -> None:
        event.stop()
        self._table.focus()

    # --- its own keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action.startswith("inbox_") and action != "inbox_close" and isinstance(self.focused, Input):
            return False
        return super().check_action(action, parameters)

    def action_inbox_close(self) -> None:
        self.dismiss(None)

    def action_inbox_go(self) -> None:
        if self._at is not None:
            self.dismiss(self._at.session_id)

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.action_inbox_go()

    @work(exclusive=True, group="inspect")
    async def action_inbox_inspect(self) -> None:
        """The call whole; it comes back here, unless the person goes on to its transcript."""
        item = self._at
        if item is None or not item.call_id:
            return
        try:
            place = await self._inspect(item.session_id, item.call_id)
        except PenstockError as error:
            self.note(error.sentence())
            return
        if place is not None:
            self.dismiss(place[0])
        else:
            self.take()

    def action_inbox_focus(self) -> None:
        (self._table if self._bar.has_focus_within or self._bar.request is None else self._bar).focus()

    def action_inbox_lower(self) -> None:
        self._bar.scroll_text(SCROLLED)

    def action_inbox_higher(self) -> None:
        self._bar.scroll_text(-SCROLLED)


def _columns(width: int) -> list[Column]:
    wide = width >= ROOMY
    return [
        Column("slot", "", 3, 8, right=True),
        Column("kind", "", 8, 9),
        Column("title", "Session", 28 if wide else 18, 7),
        Column("what", "What", 20, 6, flex=True),
        Column("age", "Waits", 6, 5, right=True),
    ]


def _row(item: InboxItem, now: float, put_off: bool) -> TableRow:
    word, style = _KINDS[item.kind]
    quiet: Style = "dim" if put_off else ""
    return {
        "slot": Cell(str(item.slot), "dim"),
        "kind": Cell(word, "dim" if put_off else style),
        "title": Cell(item.title, quiet),
        "what": Cell(item.what, quiet),
        "age": Cell("later" if put_off else age(now - item.at) if item.at else "", "dim"),
    }
