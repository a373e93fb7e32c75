"""What whole screens have in common: a head, their parts, a row of keys made from the table; lists are filtered.

A screen over the workspace is a ``Sheet``; one with a list is a ``TableSheet``, with ``/`` as a filter of its rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from tui.app.action import Action, Place
from tui.app.footer import Told, key_row
from tui.app.keys import ACTIONS
from widgets.overlay import Overlay
from widgets.status_line import Segment, StatusLine
from widgets.virtual_table import VirtualTable

V = TypeVar("V")
_TAKEN = {"focus": "swap"}
"""What every screen of Textual means something else by."""


@cache
def own_actions(place: str) -> tuple[Action, ...]:
    """The rows of the keys table that are a screen's own."""
    return tuple(action for action in ACTIONS if action.place == place)


def sheet_bindings(place: Place, *, first: Iterable[str] = ()) -> list[Binding]:
    """A binding for each: what is called ``place.word`` there is ``word`` on the screen. ``first``: with priority."""
    early = frozenset(first)
    return [
        Binding(one.keys, word_of(one), one.title, show=False, id=one.id, priority=one.id in early)
        for one in own_actions(place)
    ]


def word_of(action: Action) -> str:
    word = action.id.partition(".")[2]
    return _TAKEN.get(word, word)


class Sheet(Overlay[V]):
    """``PLACE`` is where its keys work; ``parts`` is what stands between head and keys."""

    PLACE: ClassVar[str] = ""
    DEFAULT_CSS: ClassVar[str] = """
    Sheet {
        background: $background;
        & > .head { background: $primary-muted; text-style: bold; }
        & > .where, & > .said { background: $surface; }
        & > .foot { background: $panel; }
        & > Input, & > Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    }
    """

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        yield from self.parts()
        yield StatusLine(classes="foot")

    def parts(self) -> ComposeResult:
        yield from ()

    def keys(self) -> Iterable[Told]:
        """What the key row shows, the most useful first."""
        return own_actions(self.PLACE)

    # --- drawing

    def line(self, name: str) -> StatusLine:
        """One of its rows, by its class."""
        return self.query_one(f".{name}", StatusLine)

    def draw_head(self, left: Sequence[Segment], right: Sequence[Segment] = ()) -> None:
        self.line("head").show(left, right)

    def draw_foot(self) -> None:
        self.line("foot").show(key_row(self.keys(), self._keymap))

    # --- its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key may come before there are parts: then only closing means something. In a field, keys are typed."""
        if action != "close":
            typing = self.is_mounted and isinstance(self.focused, Input)
            if not self.is_mounted or (typing and any(word_of(one) == action for one in own_actions(self.PLACE))):
                return False
        return super().check_action(action, parameters)

    def action_close(self) -> None:
        """Leave what is open on it, or else itself."""
        if not self.is_mounted:
            self.call_after_refresh(self.action_close)
        elif not self.closed_something():
            self.dismiss(None)

    def closed_something(self) -> bool:
        """Close what stands open on the screen; False when nothing does."""
        return False


class TableSheet(Sheet[V]):
    """With one ``VirtualTable``. ``FILTERS`` is said in the empty field; ``refilter`` draws what is left."""

    FILTERS: ClassVar[str] = ""
    DEFAULT_CSS: ClassVar[str] = """
    TableSheet {
        & > .filter { display: none; }
        & > .filter.-open { display: block; }
    }
    """

    def filter_field(self) -> Input:
        field = Input(placeholder=self.FILTERS, classes="filter")
        field.cursor_blink = False
        return field

    @property
    def table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    @property
    def _filter(self) -> Input:
        return self.query_one(".filter", Input)

    @property
    def filtered(self) -> bool:
        """Whether something was typed into the filter."""
        return bool(self._filter.value.strip())

    def found(self, *texts: str) -> bool:
        """Whether all words of the filter are in these texts."""
        whole = " ".join(texts).casefold()
        return all(word in whole for word in self._filter.value.casefold().split())

    def refilter(self) -> None:
        """The filter says something else now."""

    def draw_foot(self) -> None:
        told = self.filter_keys() if self.focused is not None and self.focused.has_class("filter") else self.keys()
        self.line("foot").show(key_row(told, self._keymap))

    def filter_keys(self) -> Iterable[Told]:
        """What the key row shows while the filter is typed."""
        close = next(one.id for one in own_actions(self.PLACE) if word_of(one) == "close")
        return ("enter", "to the list"), (close, "shows all")

    def on_descendant_focus(self) -> None:
        if self.is_mounted:
            self.draw_foot()

    def on_key(self, event: events.Key) -> None:
        """The list moves also while the filter is typed."""
        if event.key in ("up", "down", "pageup", "pagedown") and self._filter.has_focus:
            event.stop()
            rows = self.table.page if event.key.startswith("page") else 1
            self.table.action_move(-rows if event.key.endswith("up") else rows)

    @on(Input.Changed, ".filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        event.stop()
        self.refilter()

    @on(Input.Submitted, ".filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        self._filter.set_class(self.filtered, "-open")
        self.table.focus()

    def action_filter(self) -> None:
        self._filter.add_class("-open")
        self._filter.focus()

    def closed_something(self) -> bool:
        field = self._filter
        if not (field.value or field.has_focus):
            return False
        field.value = ""
        field.remove_class("-open")
        self.table.focus()
        return True
