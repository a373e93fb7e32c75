"""The footer of the workspace: the keys that do something now, the most useful first, and what is to be said.

What is shown is worked out from a few facts about where the person stands; nothing is drawn unless one of them
changed. A click on a hint does what its key does.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from tui.app.keymap import key_label, keys_of
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
    editing: bool = False
    running: bool = False
    asks: bool = False
    queued: bool = False
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
        yield "prompt.send", queue if here.running else "sends"
        if here.running:
            yield "turn.steer", steer
        yield "turn.interrupt", "clears"
        yield "prompt.newline", "new line"


def _transcript(here: Here) -> Iterator[tuple[str, str]]:
    yield "transcript.down", "next"
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
        for number, (name, what) in enumerate(row(here)):
            key = self._key(name)
            if key and key not in shown:
                shown.add(key)
                yield Segment(f"{key_label(key)} {what}", "dim", -number, key=key)

    def _key(self, name: str) -> str:
        """The first key of an action; of what is none, the name itself."""
        keys = keys_of(BY_ID[name], self.keymap) if name in BY_ID else [name]
        return keys[0] if keys else ""

    def _label(self, name: str) -> str:
        key = self._key(name)
        return key_label(key) if key else ""


def key_row(actions: Iterable[Action], keymap: Mapping[str, str]) -> list[Segment]:
    """The key row of a screen over the workspace: an action's first key and its hint; none for one without a key."""
    told = [(keys_of(action, keymap), action.hint) for action in actions if action.hint]
    return [
        Segment(f"{key_label(keys[0])} {hint}", "dim", -number, key=keys[0])
        for number, (keys, hint) in enumerate(told)
        if keys
    ]
