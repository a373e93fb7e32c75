"""Everything that waits for the person, oldest first, answered one after the other with the keys of the pane.

The list has the focus and the keys of the answers work from it, with the same half second in which nothing is heard
after another question came into sight; tab goes into the question itself. What is put off stays open and stands last
for as long as the screen is open. News never move the selection: only an answer, or the end of what was selected, does.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from time import time
from typing import ClassVar, Protocol

from textual import events, on, work
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Static

from tui.app.attention.inbox import InboxItem, age
from tui.app.attention.inbox_answers import give, place_of, request_for, running_lines
from tui.app.attention.limits import answer_limit
from tui.app.footer import Told
from tui.app.keymap import way_to
from tui.app.keys import BY_ID
from tui.app.screens.sheet import TableSheet, own_actions, sheet_bindings
from tui.app.services import Program
from tui.engine.workspace import Workspace
from tui.errors import PenstockError
from widgets.ask_bar import AskBar, AskRequest, Choice
from widgets.status_line import Segment, StatusLine, Style
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

BEAT = 5.0
"""Seconds between two looks at how long things have waited, while an agent stands still for them."""
ROOMY = 100
NONE = "Nothing that waits matches."
SCROLLED = 4
"""Rows by which one key moves what is asked about."""
_KINDS: dict[str, tuple[str, Style]] = {
    "approval": ("? allow", "warn"),
    "question": ("? asks", "warn"),
    "failed": ("✗ failed", "bad"),
    "budget": ("$ budget", "bad"),
    "day": ("$ day", "bad"),
    "nearly": ("$ nearly", "warn"),
    "held": ("‖ held", "accent"),
    "unread": ("…", "dim"),
}
_LATER = (Choice("z", "later", "later"),)


class Desk(Protocol):
    """Where what waits is known. ``tui.app.attention.watch.Attention`` fulfils it."""

    changed: list[Callable[[], None]]

    def items(self) -> list[InboxItem]: ...

    def hear(self, changed: frozenset[str]) -> None: ...

    def settle(self, item_id: str) -> None: ...


class InboxScreen(TableSheet[str]):
    """Dismissed with the session to go to, or None. ``inspect`` shows one call and returns where to go then."""

    PLACE = "inbox"
    FILTERS = "Words of session, kind or what is asked"
    BINDINGS: ClassVar = sheet_bindings("inbox")
    DEFAULT_CSS: ClassVar[str] = """
    InboxScreen {
        & > VirtualTable { height: 2; }
        & > Static { height: 1fr; padding: 1 2; display: none; }
        & > AskBar { height: 1fr; max-height: 100%; }
        & > AskBar > Preview { height: 1fr; }
        & > .notes { background: $surface; display: none; }
        & > .notes.-said { display: block; }
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
        super().__init__(program.keymap)
        self._program = program
        self._workspace = workspace
        self._desk = desk
        self._inspect = inspect
        self._all: list[InboxItem] = []
        self._items: list[InboxItem] = []
        self._at: InboxItem | None = None
        self._later: list[str] = []
        self._answered: set[str] = set()
        """Those that were answered from here: no news when they go."""
        self._under_way: set[str] = set()
        self._read_for: set[str] = set()
        self._beat: Timer | None = None

    def parts(self) -> ComposeResult:
        yield self.filter_field()
        yield VirtualTable()
        yield Static(markup=False)
        bar = AskBar()
        bar.display = False
        yield bar
        yield StatusLine(classes="notes")

    def on_mount(self) -> None:
        self.table.focus()
        self._beat = self.set_interval(BEAT, self._draw, pause=True)
        self._desk.changed.append(self.take)
        self._read([item.session_id for item in self._desk.items() if item.kind == "unread"])
        self.take()

    def on_unmount(self) -> None:
        if self.take in self._desk.changed:
            self._desk.changed.remove(self.take)

    def on_resize(self) -> None:
        if self.table.is_mounted:
            self._draw()

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
        if not self.is_attached or not self.table.is_mounted:
            return
        place = self._place()
        items = self._desk.items()
        rank = {item_id: number for number, item_id in enumerate(self._later, 1)}
        self._all = sorted(items, key=lambda item: rank.get(item.id, 0))
        self._items = [item for item in self._all if self.found(item.title, item.what, *_KINDS[item.kind][:1])]
        ids = [item.id for item in self._items]
        if self._at is not None and self._at.id not in ids:
            gone = all(item.id != self._at.id for item in items)
            if gone and self._at.id not in self._answered and self._at.kind != "unread":
                self.note(f"{place_of(self._at)}: that was answered elsewhere, or is over.")
            self._at = None
        if self._at is None and self._items:
            self._at = self._items[min(place, len(self._items) - 1)]
        elif self._at is not None:
            self._at = self._items[ids.index(self._at.id)]
        self._draw()

    def refilter(self) -> None:
        self.take()

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
        if event.index == self.table.cursor != self._place():
            self.note("")
            self._select(event.index)

    # --- drawing

    def _draw(self) -> None:
        now, items, table = time(), self._items, self.table
        self.set_class(not self._all, "-empty")
        table.styles.height = min(max(2, len(items) + 1), max(3, self.size.height * 2 // 5))
        table.set_columns(_columns(self.size.width))
        table.show(len(items), 0, [_row(item, now, item.id in self._later) for item in items], empty=NONE)
        table.move_to(self._place())
        self._draw_head(now)
        self._draw_bar()
        self.draw_foot()
        if self._beat is not None:
            (self._beat.resume if self._is_lively() else self._beat.pause)()

    def _is_lively(self) -> bool:
        """Whether something shown moves on by itself: how long is waited, or, where nothing waits, what runs."""
        if not self._all:
            return any(session.busy for session in self._workspace.sessions)
        return any(item.asks for item in self._all)

    def _draw_head(self, now: float) -> None:
        count, shown = len(self._all), len(self._items)
        facts = [Segment(f"oldest {age(now - self._all[0].at)}", "dim", 1)] if count else []
        if shown < count:
            facts.insert(0, Segment(f"{shown} shown", "warn", 3))
        title = f"Inbox · {count} wait{'s' * (count == 1)} for you" if count else "Inbox"
        put_off = sum(item.id in self._later for item in self._all)
        if put_off:
            facts.insert(0, Segment(f"{put_off} put off", "dim", 2))
        self.draw_head([Segment(title, "", 9)], facts)
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
            self.table.focus()

    def keys(self) -> Iterable[Told]:
        item = self._at
        if item is None:
            return [BY_ID["inbox.close"]]
        return [one for one in own_actions("inbox") if one.id != "inbox.inspect" or item.call_id]

    def note(self, sentence: str) -> None:
        """Say something above the footer; "" for nothing."""
        line = self.line("notes")
        line.set_class(bool(sentence), "-said")
        line.show([Segment(sentence, "warn", 1)])

    # --- answering

    def on_key(self, event: events.Key) -> None:
        """The keys of the answers work from the list too."""
        bar = self._bar
        if self.table.has_focus and bar.request is not None and bar.press(event.key):
            event.stop()
            event.prevent_default()

    @on(AskBar.Decided)
    async def _decided(self, event: AskBar.Decided) -> None:
        event.stop()
        self.table.focus()
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
        closes = way_to("inbox.close", self._keymap)
        self.note("" if following else f"It stays open. All that is left was put off: {closes} closes.")

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
            further = None
            if item.kind in ("day", "nearly"):
                await answer_limit(session, self._workspace.purse, item, value, text, self._desk.settle)
            else:
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
        self.table.focus()

    # --- its own keys

    def action_go(self) -> None:
        if self._at is not None:
            self.dismiss(self._at.session_id)

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.action_go()

    @work(exclusive=True, group="inspect")
    async def action_inspect(self) -> None:
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

    def action_swap(self) -> None:
        (self.table if self._bar.has_focus_within or self._bar.request is None else self._bar).focus()

    def action_lower(self) -> None:
        self._bar.scroll_text(SCROLLED)

    def action_higher(self) -> None:
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
