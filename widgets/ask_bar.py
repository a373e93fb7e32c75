"""The question whether something may happen, with the exact text of what would happen.

It never takes a yes by accident: the highlighted answer is no, keys act only while it has the
focus, and all that is typed in the first half second after it came up or got the focus is ignored.
It blocks nothing: escape leaves it, and it waits.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, Static

from widgets.clean import clean
from widgets.diff_view import DiffView

DEAF_FOR = 0.5  # seconds
PREVIEW_ROWS = 12
LEAST_ROWS = 3  # of the text that is asked about: before it gets fewer, what stands below goes out of sight
TIGHT_BELOW = 12  # rows of what it stands in
NO_KEY, REASON_KEY = "n", "r"

_SCROLL = {"up": (0, -1), "down": (0, 1), "pageup": (0, -8), "pagedown": (0, 8)}
_MOVES = {"left": -1, "shift+tab": -1, "right": 1, "tab": 1}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: the key that gives it, what the person reads, what the asker gets."""

    key: str
    label: str
    value: str


CHOICES = (
    Choice("y", "once", "once"),
    Choice("s", "this session", "session"),
    Choice("a", "always", "always"),
    Choice("e", "edit", "edit"),
    Choice("n", "no", "no"),
    Choice("r", "no, with a reason", "no"),
    Choice("z", "later", "later"),
)


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What is asked. ``body`` are lines of exact text, ``diff`` a unified diff.

    ``r`` among the choices opens a field for text, which ``text_hint`` stands in; without a hint it is a choice like
    any other. ``default`` is the key of the choice that is highlighted first; "": no, or without a no the last.
    """

    id: str
    title: str
    why: str = ""
    body: tuple[str, ...] = ()
    diff: str = ""
    choices: tuple[Choice, ...] = CHOICES
    text_hint: str = "Why not? The agent reads this. enter sends, escape goes back"
    default: str = ""


class Preview(DiffView, can_focus=False):
    """The exact text. It gives way where room is short, so that the answers are always in sight."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        height = min(PREVIEW_ROWS, super().get_content_height(container, viewport, width))
        if container.height and isinstance(self.parent, Widget):
            others = [w for w in self.parent.children if w is not self and w.display]
            width = container.width + self.styles.margin.width
            taken = sum(w.get_content_height(container, viewport, width - w.styles.gutter.width) for w in others)
            whole, above, below = _rows_around(self.parent)
            room = (whole or container.height) - above - taken  # the container is the bar itself at times
            height = min(height, max(1, room - below, min(LEAST_ROWS, room)), max(1, container.height - taken))
        return height


def _rows_around(bar: Widget) -> tuple[int, int, int]:
    """Rows of what the bar stands in, and those that what is above and below it needs: of what is as high as there is
    room, one."""
    rows = [0, 0]
    if not isinstance(bar.parent, Widget):
        return 0, 0, 0
    around = [widget for widget in bar.parent.children if widget.display]
    for widget in around:
        if widget is not bar:
            flexible = widget.styles.height is not None and widget.styles.height.is_fraction
            rows[bar in around[: around.index(widget)]] += 1 if flexible else max(1, widget.outer_size.height)
    return bar.parent.size.height, rows[0], rows[1]


class AskBar(Vertical, can_focus=True, can_focus_children=True):
    """Told by ``ask`` and ``clear``; hidden while nothing is asked."""

    DEFAULT_CSS = """
    AskBar {
        display: none; height: auto; max-height: 80%; width: 1fr; padding: 0;
        background: $surface; border-left: outer $warning;
        & > Static { height: auto; width: 1fr; padding: 0 1; }
        & > #ask-title { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #ask-choices { padding: 0; text-wrap: nowrap; }
        &.-tight { max-height: 100%; }
        &.-tight > #ask-why, & > #ask-why.-none { display: none; }
        & > #ask-why { color: $foreground 70%; }
        & > Preview { height: auto; background: $background; margin: 0 1; }
        & > Input {
            display: none; height: 1; border: none; padding: 0 1; background: $background;
            &:focus { border: none; }
        }
        &.-reason > Input { display: block; }
        &:focus-within, &:focus { border-left: outer $accent; background-tint: $foreground 4%; }
    }
    """
    ALLOW_SELECT = False

    @dataclass
    class Decided(Message):
        """An answer was given: ``value`` of the choice, and the reason typed for it (else empty)."""

        bar: "AskBar"
        id: str
        value: str
        reason: str = ""

        @property
        def control(self) -> "AskBar":
            return self.bar

    @dataclass
    class Left(Message):
        """Escape: the question stays open, the focus should go elsewhere."""

        bar: "AskBar"

        @property
        def control(self) -> "AskBar":
            return self.bar

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._clock = clock
        self._request: AskRequest | None = None
        self._number, self._of = 1, 1
        self._at = 0
        self._hears_from = 0.0
        self._answered = False  # a second key must not answer again while the first is under way

    def compose(self) -> ComposeResult:
        yield Static(id="ask-title")
        yield Static(id="ask-why")
        yield Preview(wrap=True, id="ask-preview")  # not focusable: scrolled from here, so that answers always work
        yield Static(id="ask-choices")
        reason = Input(id="ask-reason")
        reason.cursor_blink = False
        yield reason

    @property
    def request(self) -> AskRequest | None:
        """What is asked now."""
        return self._request

    @property
    def highlighted(self) -> Choice | None:
        return self._request.choices[self._at] if self._request and self._request.choices else None

    def ask(self, request: AskRequest, number: int = 1, of: int = 1) -> None:
        """Ask; ``number`` of ``of`` that wait. The same request again changes the count alone."""
        again = self._request == request
        self._request, self._number, self._of = request, number, of
        self._answered = False
        if not again:
            self._at = default_choice(request.choices, request.default)
            self._go_deaf()
            if self.is_mounted:
                self._close_reason()
                self._fill()
        self.display = True
        if self.is_mounted:
            self._draw_title()

    def clear(self) -> None:
        """Nothing is asked any more."""
        self._request = None
        if self.is_mounted:
            self._close_reason()
        self.display = False

    def on_mount(self) -> None:
        if self._request is not None:
            self._fill()
            self._draw_title()

    # -- drawing

    def _fill(self) -> None:
        request = self._request
        if request is None:
            return
        preview, why = self.query_one(Preview), self.query_one("#ask-why", Static)
        preview.show(request.diff, [line for text in request.body for line in text.split("\n")])
        preview.display = bool(request.diff or request.body)
        why.update(Content(clean(request.why)))
        why.set_class(not request.why, "-none")
        field = self.query_one(Input)
        field.value, field.placeholder = "", request.text_hint
        self._draw_choices()

    def _draw_title(self) -> None:
        request = self._request
        if request is None:
            return
        parts: list[tuple[str, str]] = [("? ", "bold $text-warning"), (clean(request.title), "bold")]
        if self._of > 1:
            parts.append((f"   {self._number} of {self._of}", "$foreground 65%"))
        self.query_one("#ask-title", Static).update(Content.assemble(*parts))

    def _draw_choices(self) -> None:
        request = self._request
        if request is None:
            return
        room = self.content_size.width or 1000  # not laid out yet: one row
        rows = _in_rows([_drawn(choice, i, i == self._at) for i, choice in enumerate(request.choices)], room)
        if len(rows) > 2:  # a narrow pane: only the highlighted one says what it means
            rows = _in_rows([_drawn(c, i, i == self._at, i != self._at) for i, c in enumerate(request.choices)], room)
        self.query_one("#ask-choices", Static).update(Content("\n").join(rows))

    def on_resize(self) -> None:
        parent = self.parent
        self.set_class(isinstance(parent, Widget) and parent.size.height < TIGHT_BELOW, "-tight")
        self._draw_choices()

    # -- answering

    def _go_deaf(self) -> None:
        self._hears_from = self._clock() + DEAF_FOR

    @property
    def hears(self) -> bool:
        """Whether keys act: false for half a second after it came up or got the focus."""
        return self._clock() >= self._hears_from

    def on_focus(self) -> None:
        self._go_deaf()

    def on_key(self, event: events.Key) -> None:
        request = self._request
        if event.key == "escape" and self.query_one(Input).has_focus:
            event.stop()
            self._close_reason()
        if request is None or not self.has_focus:
            return
        keys = {choice.key for choice in request.choices}
        if event.key not in {"enter", "escape", *keys, *_SCROLL, *_MOVES}:
            return
        event.stop()
        event.prevent_default()
        if self.hears:
            self._take(event.key, request)

    def press(self, key: str) -> bool:
        """A key of one of the answers, pressed on a screen that is about this question alone. Whether it is one."""
        request = self._request
        if request is None or all(choice.key != key for choice in request.choices):
            return False
        if self.hears:
            self._take(key, request)
        return True

    def scroll_text(self, rows: int) -> None:
        """Move what is asked about by some rows."""
        self.query_one(Preview).scroll_relative(0, rows, animate=False)

    def _take(self, key: str, request: AskRequest) -> None:
        if key == "escape":
            self.post_message(self.Left(self))
        elif key in _SCROLL:
            self.query_one(Preview).scroll_relative(0, _SCROLL[key][1], animate=False)
        elif key in _MOVES and request.choices:
            self._at = (self._at + _MOVES[key]) % len(request.choices)
            self._draw_choices()
        elif key == "enter" and request.choices:
            self._choose(self._at)
        else:
            index = next((i for i, choice in enumerate(request.choices) if choice.key == key), None)
            if index is not None:
                self._choose(index)

    def _choose(self, index: int) -> None:
        request = self._request
        if request is None:
            return
        self._at = index
        choice = request.choices[index]
        self._draw_choices()
        if choice.key == REASON_KEY and request.text_hint:
            self.add_class("-reason")
            self.query_one(Input).focus()
        else:
            self._answer(request, choice)

    def _answer(self, request: AskRequest, choice: Choice, reason: str = "") -> None:
        if not self._answered:
            self._answered = True
            self.post_message(self.Decided(self, request.id, choice.value, reason))

    def _close_reason(self) -> None:
        if self.has_class("-reason"):
            if self.query_one(Input).has_focus:
                self.focus()
            self.remove_class("-reason")

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("choice")
        if isinstance(index, int) and self.hears and self._request is not None and index < len(self._request.choices):
            event.stop()
            self._choose(index)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        request = self._request
        if request is not None and self.has_class("-reason"):
            self._close_reason()
            self._answer(request, request.choices[self._at], event.value.strip())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        if isinstance(event.widget, Input) and not event.widget.value:
            self.remove_class("-reason")


def _drawn(choice: Choice, index: int, at: bool, short: bool = False) -> Content:
    ground = "$block-cursor-foreground on $block-cursor-background" if at else ""
    label = " " if short else f" {choice.label} "
    parts = (f" {choice.key}", f"bold {ground or '$text-accent'}"), (label, ground or "$foreground 85%")
    return Content.assemble(*parts).stylize(Style.from_meta({"choice": index}))


def _in_rows(parts: list[Content], width: int) -> list[Content]:
    """``parts`` side by side in rows of ``width`` cells; none is torn apart."""
    rows: list[Content] = []
    for part in parts:
        if rows and rows[-1].cell_length + part.cell_length <= width:
            rows[-1] += part
        else:
            rows.append(part)
    return rows


def default_choice(choices: tuple[Choice, ...], key: str = "") -> int:
    """The answer that is highlighted first: the one of ``key``, else no; without a no, the last."""
    return next((i for i, choice in enumerate(choices) if choice.key == (key or NO_KEY)), max(0, len(choices) - 1))
