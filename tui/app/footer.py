"""The footer of the workspace: the keys that do something now, the most useful first, and what is to be said.

What is shown is worked out from a few facts about where the person stands; nothing is drawn unless one of them
changed. A click on a hint does what its key does.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from tui.app.keymap import NUMBERED, key_label, keys_of
from tui.app.keys import BY_ID, Action
from tui.value import value
from widgets.status_line import Segment, StatusLine

At = Literal["prompt", "transcript", "queue", "ask", "find"]
COMMON = ("app.palette", "app.help")
REST = ("session.new", "session.pick", "inbox.open")
LONGEST_ANSWER = 14
"""Characters of an answer's words that still make a hint."""


@value
class Here:
    """Where the person stands in the workspace. ``block``: the kind of what the transcript's cursor points at.

    ``answers``: keys and words of what the question takes that has the focus; ``asks``: whether one waits here.
    """

    at: At = "prompt"
    draft: bool = False
    held: bool = False
    editing: bool = False
    running: bool = False
    asks: bool = False
    queued: bool = False
    finding: bool = False
    continuable: bool = False
    steers: bool = False
    panes: int = 1
    zoomed: bool = False
    block: str = ""
    answers: tuple[tuple[str, str], ...] = ()


def row(here: Here) -> Iterator[tuple[str, str]]:
    """(action id, or a key that cannot be changed; what it does), the most useful first."""
    yield from _WHERE[here.at](here)
    if here.running and not here.draft:
        yield "turn.interrupt", "interrupts"
        if here.at == "prompt":
            yield "escape", "twice, too"
    if here.at != "ask" and here.asks:
        yield "session.needy", "the question"
    for name in COMMON:
        yield name, BY_ID[name].hint
    if here.queued and here.at != "queue":
        yield "outbox.focus", "queue"
    if here.zoomed:
        yield "pane.zoom", "all panes"
    elif here.panes > 1:
        yield "pane.next", "pane"
    if here.at == "prompt":
        yield "tab", "transcript"
    for name in REST:
        yield name, BY_ID[name].hint
    if not here.asks:
        yield "session.needy", "needs me"
    if not here.zoomed:
        yield "pane.right", "split"
    yield "app.quit", "quit"


def _prompt(here: Here) -> Iterator[tuple[str, str]]:
    if here.continuable and not here.draft:
        yield "turn.continue", "continue"
    if here.editing:
        yield "prompt.send", "saves"
        yield "turn.interrupt", "leaves it"
    elif here.draft:
        queue, steer = ("steers", "queues") if here.steers else ("queues", "steers")
        if not here.held:  # nothing can be sent to what another program runs
            yield "prompt.send", queue if here.running else "sends"
        if here.running and not here.held:
            yield "turn.steer", steer
        yield "turn.interrupt", "clears"
        yield "prompt.newline", "new line"


def _transcript(here: Here) -> Iterator[tuple[str, str]]:
    yield "transcript.down", "next"
    if here.finding:
        yield "transcript.next_match", "next match"
    if here.block in ("tool", "reasoning"):
        yield "transcript.open", "open"
    if here.block == "tool":
        yield "transcript.look", "inspect"
    if here.block:
        yield "transcript.copy", "copy"
    if here.block == "prompt":
        yield "transcript.rewind", "back"
    if here.block:
        yield "transcript.fork", "fork"
    yield "transcript.end", "end"
    yield "escape", "prompt"


def _queue(here: Here) -> Iterator[tuple[str, str]]:
    yield "queue.edit", "edits"
    yield "queue.withdraw", "takes back"
    yield "queue.leave", "prompt"


def _ask(here: Here) -> Iterator[tuple[str, str]]:
    for key, label in here.answers:
        if len(label) <= LONGEST_ANSWER:
            yield key, label.lower()
    yield "escape", "prompt"


def _find(here: Here) -> Iterator[tuple[str, str]]:
    yield "enter", "next match"
    yield "escape", "closes"


_WHERE = {"prompt": _prompt, "transcript": _transcript, "queue": _queue, "ask": _ask, "find": _find}


class Footer(StatusLine):
    """Told by ``draw`` where the person stands; ``trouble``, ``hangs``, ``waiting`` and ``mouse`` are said until
    they are told otherwise."""

    def __init__(self, keymap: Mapping[str, str], *, id: str) -> None:
        super().__init__(id=id)
        self.keymap = keymap
        self.trouble = ""
        self.hangs = ""
        self.waiting = 0
        self.mouse = True
        self.here = Here()

    def draw(self, here: Here, message: str = "") -> None:
        """``message`` stands before the keys."""
        self.here = here
        trouble = [Segment(told, "bad", 100) for told in (self.trouble, self.hangs) if told]
        said = [Segment(message, "warn", 99)] if message else []
        if not self.mouse:
            key = self._label("app.select_text")
            said.append(Segment(f"the terminal has the mouse; {key or '/mouse'} takes it back", "accent", 97))
        if self.waiting:
            key = self._label("inbox.open")
            told = f"{self.waiting} wait{'s' * (self.waiting == 1)} ({key or '/inbox'})"
            said.append(Segment(told, "warn", 98, key=self._key("inbox.open")))
        self.show([*trouble, *said, *self._hints(here)])

    def _hints(self, here: Here) -> Iterator[Segment]:
        shown: set[str] = set()
        for hint in key_row(row(here), self.keymap):
            if hint.key not in shown:
                shown.add(hint.key)
                yield hint

    def _key(self, name: str) -> str:
        return _first_key(name, self.keymap)

    def _label(self, name: str) -> str:
        key = self._key(name)
        return key_label(key) if key else ""


Told = Action | tuple[str, str] | Segment
"""What stands in a key row: an action (its key and its hint), an action's id or a key that cannot be changed (and what
that does), or something that is said between them."""


def key_row(told: Iterable[Told], keymap: Mapping[str, str]) -> list[Segment]:
    """Keys as they are after rebinding, the most useful first; none for what has no key or no hint. A click presses."""
    made = [(one if isinstance(one, Segment) else _hint(one, keymap)) for one in told]
    return [replace(one, priority=one.priority or -number) for number, one in enumerate(made) if one is not None]


def key_line(*told: tuple[str, str]) -> StatusLine:
    """The key row of a box, whose keys cannot be changed."""
    line = StatusLine(classes="keys")
    line.show(key_row(told, {}))
    return line


def _hint(told: Action | tuple[str, str], keymap: Mapping[str, str]) -> Segment | None:
    name, what = (told.id, told.hint) if isinstance(told, Action) else told
    first = _first_key(name, keymap)
    keys = [first, _first_key(BY_ID[name].twin, keymap) if name in BY_ID and BY_ID[name].twin else ""]
    keys = [key for key in keys if key]
    if not what or not keys:
        return None
    if name in NUMBERED:
        last = keys_of(BY_ID[name], keymap)[-1]
        return Segment(f"{first} to {last} {what}", "dim", key=f"{first} {first} {last}")
    return Segment(f"{' '.join(map(key_label, keys))} {what}", "dim", key=" ".join(keys))


def _first_key(name: str, keymap: Mapping[str, str]) -> str:
    """Of an action; of what is none, the name itself."""
    keys = keys_of(BY_ID[name], keymap) if name in BY_ID else [name]
    return keys[0] if keys else ""
