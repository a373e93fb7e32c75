"""One tool call, whole: arguments, output, diff, timing and approval; the others of the session a key away."""

import json
from time import localtime, strftime, time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input

from tui.app.services import Program
from tui.app.words import call_detail, call_line, duration
from tui.messages import DiffDisplay
from tui.state import CallState, SessionState
from widgets.blocks import GLYPHS
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.output_view import OutputView
from widgets.status_line import Segment, StatusLine

SECTIONS = ("Arguments", "Output", "Diff", "Timing", "Approval")
_WIDTH = 40  # cells of the longest bar in the waterfall


class InspectorScreen(ModalScreen[None]):
    """``refresh_call`` brings it up to date while the call runs."""

    BINDINGS = [
        Binding("escape,q", "close", show=False),
        Binding("tab", "section(1)", show=False, priority=True),
        Binding("shift+tab", "section(-1)", show=False, priority=True),
        Binding("n,right", "call(1)", show=False),
        Binding("p,left", "call(-1)", show=False),
        Binding("c", "copy", show=False),
        Binding("slash", "find", show=False),
        *(Binding(str(number), f"go({number})", show=False) for number in range(1, len(SECTIONS) + 1)),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    InspectorScreen {
        background: $background;
        & > .head { background: $primary-muted; text-style: bold; }
        & > .sections { background: $panel; }
        & > ContentSwitcher { height: 1fr; }
        & > .foot { background: $panel; }
        & > Input, & > Input:focus { display: none; height: 1; border: none; padding: 0 1; background: $boost; }
        & > Input.-open { display: block; }
    }
    """

    def __init__(self, state: SessionState, call_id: str, program: Program) -> None:
        super().__init__()
        self._state = state
        self._call_id = call_id
        self._program = program
        self._section = 0
        self._shown: dict[int, str] = {}
        self._ready = False  # keys, and what a running call does, may come before there is anything to show it in

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        yield StatusLine(classes="sections")
        with ContentSwitcher(initial="section-0"):
            for number, name in enumerate(SECTIONS):
                yield DiffView(id="section-2") if name == "Diff" else OutputView(id=f"section-{number}")
        find = Input(placeholder="Find… enter next, escape closes", compact=True)
        find.cursor_blink = False
        yield find
        yield StatusLine(classes="foot")

    def on_mount(self) -> None:
        self._ready = True
        call = self._call
        if call.ended is not None or _diff(call):
            self._section = 2 if _diff(call) else 1
        hints = (
            "esc closes", "tab, 1-5 sections", "p n calls", "c copies", "/ finds", "w wraps", "s side by side",
        )  # fmt: skip
        self.query_one(".foot", StatusLine).show([Segment(hint, "dim", -number) for number, hint in enumerate(hints)])
        self.refresh_call()
        self._show_section()

    @property
    def _call(self) -> CallState:
        return self._state.calls[self._call_id]

    def refresh_call(self) -> None:
        """Take over what the call is now. Output that only grew is appended, so that what is read stays in place."""
        if not self._ready:
            return
        call = self._call
        calls = list(self._state.calls)
        line = clean(call_line(call.tool, call.arguments))
        where = f"{calls.index(self._call_id) + 1} of {len(calls)}"
        status = "ok" if call.phase == "ok" else call.phase
        glyph = GLYPHS.get(status, "•")  # type: ignore[call-overload]
        self.query_one(".head", StatusLine).show(
            [Segment(f"{glyph} {line}", "", 9)],
            [Segment(call_detail(call, time()), "dim", 5), Segment(where, "dim", 6)],
        )
        texts = (arguments_text(call), output_text(call), "", timing_text(call, self._state), approval_text(call))
        for number, text in enumerate(texts):
            view = self.query_one(f"#section-{number}")
            shown = self._shown.get(number)
            if isinstance(view, DiffView):
                text = _diff(call)
                if text != shown:
                    view.show(text)
            elif isinstance(view, OutputView) and text != shown:
                if shown and text.startswith(shown):
                    view.append(text[len(shown) :])
                else:
                    view.show(text)
            self._shown[number] = text

    def _show_section(self) -> None:
        self.query_one(ContentSwitcher).current = f"section-{self._section}"
        self._view.focus()
        self.query_one(".sections", StatusLine).show(
            [
                Segment(f"{number + 1} {name}", "accent" if number == self._section else "dim", -number)
                for number, name in enumerate(SECTIONS)
            ]
        )

    @property
    def _view(self) -> Widget:
        return self.query_one(f"#section-{self._section}")

    def action_close(self) -> None:
        if not self._ready:
            self.call_after_refresh(self.action_close)
        elif not self._close_find():
            self.dismiss(None)

    def action_find(self) -> None:
        if isinstance(self._view, OutputView):
            field = self.query_one(Input)
            field.add_class("-open")
            field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if isinstance(view := self._view, OutputView):
            view.search(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if isinstance(view := self._view, OutputView):
            view.search_next()

    def _close_find(self) -> bool:
        field = self.query_one(Input)
        if not field.has_class("-open"):
            return False
        field.remove_class("-open")
        field.value = ""
        self._view.focus()
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return (self._ready or action == "close") and super().check_action(action, parameters)

    def action_section(self, step: int) -> None:
        self._close_find()
        self._section = (self._section + step) % len(SECTIONS)
        self._show_section()

    def action_go(self, number: int) -> None:
        self._section = number - 1
        self._show_section()

    def action_call(self, step: int) -> None:
        calls = list(self._state.calls)
        self._call_id = calls[(calls.index(self._call_id) + step) % len(calls)]
        self.refresh_call()

    def action_copy(self) -> None:
        call = self._call
        texts = (call.arguments, output_text(call), _diff(call), timing_text(call, self._state), approval_text(call))
        self._program.copy(texts[self._section])


def arguments_text(call: CallState) -> str:
    """The arguments laid out as JSON, and below, the raw text with its control characters escaped."""
    try:
        laid_out = json.dumps(json.loads(call.arguments or "{}"), indent=2, ensure_ascii=False)
    except ValueError:
        laid_out = "(not JSON)"
    raw = call.arguments
    if not raw.isprintable():
        raw = raw.encode("unicode_escape").decode("ascii")
    return f"{clean(laid_out)}\n\nAs they came:\n{raw}"


def output_text(call: CallState) -> str:
    """What the model was given, or what has come so far."""
    return clean(call.ended.text if call.ended is not None else "".join(call.output))


def timing_text(call: CallState, state: SessionState) -> str:
    """When what happened, and the turn's calls as bars on one scale."""
    moments = (
        ("requested", call.requested_at),
        ("asked", call.asked_at),
        ("decided", call.decided_at),
        ("started", call.started_at),
        ("ended", call.ended_at),
    )
    lines = []
    for name, at in moments:
        if at is not None:
            clock = strftime("%H:%M:%S", localtime(at)) + f".{int(at % 1 * 1000):03}"
            lines.append(f"{name:<10} {clock}  +{duration(at - call.requested_at)}")
    if call.ended is not None:
        lines.append(f"{'ran':<10} {duration(call.ended.duration)}")
    same_turn = [other for other in state.calls.values() if other.turn_id == call.turn_id]
    first = min(other.requested_at for other in same_turn)
    last = max(other.ended_at or time() for other in same_turn)
    scale = _WIDTH / max(last - first, 0.001)
    lines += ["", f"Calls of this turn, over {duration(last - first)}:"]
    for other in same_turn:
        start = int((other.requested_at - first) * scale)
        bar = max(1, int(((other.ended_at or time()) - other.requested_at) * scale))
        mark = "▸" if other.call_id == call.call_id else " "
        lines.append(f"{mark} {other.tool:<10} {' ' * start}{'█' * bar}")
    return clean("\n".join(lines))


def approval_text(call: CallState) -> str:
    """Who allowed it, when and why it was asked."""
    if call.approval is None:
        return "It was not asked about: it ran by the rules, or did not get that far."
    lines = [f"asked because  {call.approval.why}"]
    decision = call.decision
    if decision is None:
        return "\n".join([*lines, "decided        not yet"])
    lines += [
        f"decision       {decision.decision}",
        f"by             {decision.by}",
        f"scope          {decision.scope}",
    ]
    if decision.reason:
        lines.append(f"reason         {decision.reason}")
    lines.append(f"bound to       sha256 {decision.digest}")
    return clean("\n".join(lines))


def _diff(call: CallState) -> str:
    displays = call.ended.display if call.ended is not None else (call.approval.preview if call.approval else ())
    return clean("\n".join(display.diff for display in displays if isinstance(display, DiffDisplay)))
