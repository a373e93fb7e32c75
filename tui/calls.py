"""What the list of all tool calls speaks of: its rows, their order, and the filter that a person types.

The store finds rows by a filter and the screen judges calls that are not on disk yet by the same one, so it is a
value here, between the two. ``read_filter`` is pure and never fails: what it cannot use it names in a hint.
"""

import re
import shlex
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from string import ascii_lowercase, ascii_uppercase
from typing import Literal

from tui.value import value

OPEN = ("waiting", "asking", "running")
STATES = (*OPEN, "ok", "error", "denied", "cancelled", "timed_out", "unknown")
STATE_GROUPS: Mapping[str, tuple[str, ...]] = {"open": OPEN, "failed": ("error", "timed_out", "unknown")}
FILTER_WORDS = ("tool", "state", "slower", "bigger", "path", "session", "before", "after")
CallOrder = Literal["time", "duration", "bytes", "cost"]
ORDERS: tuple[CallOrder, ...] = ("time", "duration", "bytes", "cost")

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb|k|mb|m|gb|g)?")
_BYTES = {"b": 1, "k": 1000, "kb": 1000, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9}


@value
class CallRow:
    """One call in the list. Times are UTC epoch seconds, None until then; ``duration`` in seconds, of its run.

    ``line`` says what it did, ``path`` and ``touched`` name the files of its arguments and those that it changed, a
    line each. ``price`` is its share of its step's price in USD: an estimate, None where that is unknown.
    ``id`` is the store's own, which settles the order of equals; 0 for a call that was not read from there.
    """

    id: int
    session_id: str
    call_id: str
    tool: str
    line: str
    path: str
    touched: str
    state: str
    requested_at: float
    started_at: float | None
    ended_at: float | None
    duration: float | None
    bytes: int | None
    price: float | None
    original: str
    title: str
    slot: int
    workspace: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.session_id, self.call_id


@value
class CallFilter:
    """Which calls. Empty: all. ``only`` is one session's id; of ``tools``, ``states`` and ``sessions`` any may match,
    of ``paths`` and ``words`` all must. Everything that is compared is in ASCII lower case."""

    only: str = ""
    tools: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    slower: float | None = None
    bigger: int | None = None
    paths: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    before: float | None = None
    after: float | None = None
    words: tuple[str, ...] = ()

    def matches(self, row: CallRow, now: float) -> bool:
        """Whether a row is wanted; a call that runs is as slow as it has run until ``now``."""
        took = row.duration
        if row.ended_at is None:
            took = None if row.started_at is None else now - row.started_at
        paths = lower(f"{row.path}\n{row.touched}")
        shown = lower(f"{row.tool}\n{row.line}\n{row.path}\n{row.touched}")
        return (
            (not self.only or row.session_id == self.only)
            and (not self.tools or lower(row.tool).startswith(self.tools))
            and (not self.states or row.state in self.states)
            and (self.slower is None or (took is not None and took > self.slower))
            and (self.bigger is None or (row.bytes or 0) > self.bigger)
            and (self.before is None or row.requested_at < self.before)
            and (self.after is None or row.requested_at >= self.after)
            and (not self.sessions or any(_is_session(row, name) for name in self.sessions))
            and all(path in paths for path in self.paths)
            and all(word in shown for word in self.words)
        )


CallKey = tuple[float, int]
"""Where a row stands in an order: what it is ordered by, and the store's own id."""


@value
class CallQuery:
    """Which rows of the store, in which order. ``without``: calls, by session and id, that are left out."""

    filter: CallFilter = CallFilter()
    order: CallOrder = "time"
    descending: bool = True
    without: tuple[tuple[str, str], ...] = ()
    now: float = 0.0

    def key(self, row: CallRow) -> CallKey:
        """A row's place in this order. What is not known stands below everything that is."""
        known = {"time": row.requested_at, "duration": row.duration, "bytes": row.bytes, "cost": row.price}[self.order]
        return (-1 if known is None else known), row.id


@value
class Reading:
    """A filter as it was understood, and sentences about what was not."""

    filter: CallFilter
    hints: tuple[str, ...] = ()


def lower(text: str) -> str:
    """ASCII letters in lower case and nothing else changed: what SQLite's ``lower`` does."""
    return text.translate(_LOWER)


def read_filter(text: str, now: float, *, only: str = "") -> Reading:
    """``tool:shell state:error slower:5s path:src session:api text``, in any order. Times are local."""
    found: dict[str, list[str]] = {name: [] for name in (*FILTER_WORDS, "words")}
    states: list[str] = []
    spans: dict[str, float] = {}
    hints: list[str] = []
    for word in map(lower, _words(text)):
        name, colon, said = word.partition(":")
        if not colon or name not in FILTER_WORDS:
            found["words"].append(word)
            if colon and name.isalpha() and not said.startswith("//"):
                hints.append(f"{name}: is no filter, so it is looked for as text. There are {listed(FILTER_WORDS)}.")
        elif name == "state":
            meant = states_named(said)
            states += meant
            if not meant:
                hints.append(f"state: takes {listed((*STATES, *STATE_GROUPS))}.")
        elif not said:
            hints.append(f"{name}: takes {_TAKES[name]}.")
        elif name in ("tool", "path", "session"):
            found[name].append(said)
        elif (number := _number(name, said, now)) is not None:
            spans[name] = number
        else:
            hints.append(f"{name}: takes {_TAKES[name]}.")
    bigger = spans.get("bigger")
    return Reading(
        filter=CallFilter(
            only=only,
            tools=tuple(found["tool"]),
            states=tuple(dict.fromkeys(states)),
            slower=spans.get("slower"),
            bigger=None if bigger is None else int(bigger),
            paths=tuple(found["path"]),
            sessions=tuple(found["session"]),
            before=spans.get("before"),
            after=spans.get("after"),
            words=tuple(found["words"]),
        ),
        hints=tuple(dict.fromkeys(hints)),
    )


_TAKES = {
    "tool": "the beginning of a tool's name, such as tool:shell",
    "path": "a part of a path, such as path:src",
    "session": "a slot's number or a part of a title, such as session:2",
    "slower": "a time, such as slower:5s or slower:200ms",
    "bigger": "a size, such as bigger:64kb",
    "before": "a time, such as before:14:30, before:2026-11-24 or before:2h",
    "after": "a time, such as after:14:30, after:2026-11-24 or after:2h",
}


def _words(text: str) -> list[str]:
    """Words, those in double quotes whole; a quote that is open, as one is while it is typed, reaches to the end."""
    lexer = shlex.shlex(text + ('"' if text.count('"') % 2 else ""), posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    return [word for word in lexer if word]


def states_named(said: str) -> tuple[str, ...]:
    """The states that begin so: a filter works while it is typed."""
    said = said.replace("-", "_")
    if not said or said in STATES:
        return (said,) if said else ()
    if group := next((states for name, states in STATE_GROUPS.items() if name.startswith(said)), None):
        return group
    return tuple(state for state in STATES if state.startswith(said))


def _number(name: str, said: str, now: float) -> float | None:
    if name == "slower":
        return _span(said)
    if name == "bigger":
        size = _SIZE.fullmatch(said)
        return float(size[1]) * _BYTES[size[2] or "b"] if size and len(said) < 16 else None
    return moment(said, now)


def _span(said: str) -> float | None:
    span = _SPAN.fullmatch(said)
    return float(span[1]) * _SECONDS[span[2] or "s"] if span and len(said) < 16 else None


def moment(said: str, now: float) -> float | None:
    """``2h`` (ago), ``14:30`` (of today), ``today``, ``yesterday``, a date, or a date and a time as ISO 8601."""
    try:
        today = datetime.combine(datetime.fromtimestamp(now).date(), time())
        days = {"today": 0, "yesterday": 1}.get(said)
        if days is not None:
            return (today - timedelta(days=days)).timestamp()
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", said):
            return datetime.combine(today.date(), time.fromisoformat(said.zfill(5))).timestamp()
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}(t\d{2}:\d{2}(:\d{2})?)?", said):
            return datetime.fromisoformat(said.upper()).timestamp()
    except (ValueError, OverflowError, OSError):  # a day that no calendar has
        return None
    span = _span(said) if said[-1:] in ("s", "m", "n", "h", "d") else None
    return None if span is None else now - span


def _is_session(row: CallRow, name: str) -> bool:
    slot = slot_number(name)
    if slot is not None:
        return row.slot == slot
    return name in lower(row.title) or row.session_id.startswith(name)


def slot_number(name: str) -> int | None:
    """The slot that ``session:`` means, or None where it means a title or an id."""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 10 else None


def listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
