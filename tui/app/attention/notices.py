"""What the terminal is told while the person looks elsewhere: the window's title, and notifications.

Pure text: which sequence says it (``sequence``), how a title counts (``title_text``), and ``Notices``, which finds in
the sessions' states what is news and lets at most one notification a second out. Text of sessions goes into no
sequence before it is masked, cleaned and freed of what would end or split one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from tui.app.attention.questions import id_of, waiting
from tui.app.words import one_line
from tui.settings.notify import News, NotifyConfig, Way
from tui.state import SessionState
from widgets.clean import clean
from widgets.tab_strip import Tab

APART = 1.0
"""Seconds between two notifications: what comes meanwhile is told together."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f;]+")
_WORDS: tuple[tuple[News, str, str], ...] = (("asks", "asks", "ask"), ("failed", "failed", "failed"),
                                            ("done", "done", "done"))  # fmt: skip


def plain(text: str, most: int = 80) -> str:
    """``text`` as it may stand in a sequence: one line, no control characters, no semicolon, no blank ends."""
    return one_line(_UNSAFE.sub(" ", clean(text)), most).strip()


def title_sequence(text: str) -> str:
    """Sets the title of window and tab."""
    return f"\x1b]0;{plain(text, 120)}\x07"


def sequence(way: Way, title: str, text: str, *, tmux: bool = False, sure: bool = True) -> str:
    """What tells a terminal. Under tmux it is handed through; not ``sure`` that tmux lets it, the bell goes along."""
    title, text = plain(title), plain(text)
    match way:
        case "off":
            return ""
        case "bell":
            return "\x07"
        case "osc9":
            told = f"\x1b]9;{title}: {text}\x07"
        case "osc777":
            told = f"\x1b]777;notify;{title};{text}\x07"
        case "osc99":
            told = f"\x1b]99;i=penstock:d=0;{title}\x1b\\\x1b]99;i=penstock:p=body;{text}\x1b\\"
    if not tmux:
        return told
    passed = told.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{passed}\x1b\\" + ("" if sure else "\x07")


def title_text(tabs: Iterable[Tab], away: Iterable[str], name: str) -> str:
    """``? 2 ask · 3 run · penstock: garden``. ``away``: sessions that were done while nobody looked."""
    unseen = set(away)
    counts = Counter(_word(tab, tab.id in unseen) for tab in tabs)
    facts = [
        f"{glyph} {counts[word]} {word if counts[word] == 1 or word in ('failed', 'done') else word[:-1]}"
        for word, glyph in (("asks", "?"), ("failed", "✗"), ("runs", "▶"), ("done", "✓"))
        if counts[word]
    ]
    return " · ".join([*facts, f"penstock: {name}"])


def _word(tab: Tab, unseen: bool) -> str:
    if tab.state == "idle":
        return "done" if tab.unread or unseen else ""
    return {"asking": "asks", "running": "runs", "failed": "failed", "queued": ""}[tab.state]


class Later(Protocol):
    """A loop's own ``call_later`` and clock."""

    def time(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], None]) -> object: ...


class Notices:
    """What is news in the sessions. ``send`` is given the text of a notification; ``focused`` is asked before.

    ``since``: when the program began, in UTC epoch seconds. What ended before is no news.
    """

    def __init__(
        self,
        config: NotifyConfig,
        send: Callable[[str], None],
        *,
        loop: Later,
        focused: Callable[[], bool],
        since: float,
        mask: Callable[[str], str] = lambda text: text,
    ) -> None:
        self.config = config
        self._send = send
        self._loop = loop
        self._focused = focused
        self._since = since
        self._mask = mask
        self._asked: dict[str, frozenset[str]] = {}
        self._ended: dict[str, int] = {}
        self._waiting: dict[str, tuple[News, str]] = {}
        self._sent_at = float("-inf")
        self._due = False
        self.away: set[str] = set()
        """Sessions that were done while the terminal had no focus."""

    def update(self, state: SessionState) -> None:
        """Look at what a session is now."""
        news = self._news(state)
        if news is None:
            return
        if news == "done" and not self._focused():
            self.away.add(state.session_id)
        wanted = self.config.when == "always" or (self.config.when == "unfocused" and not self._focused())
        if wanted and news in self.config.on:
            self._waiting[state.session_id] = news, f"{state.slot} {plain(self._mask(state.title), 60)}"

    def _news(self, state: SessionState) -> News | None:
        """The most urgent thing that was not so when it was looked at last."""
        key = state.session_id
        asked = frozenset(id_of(asked) for asked in waiting(state))
        new = asked - self._asked.get(key, frozenset())
        self._asked[key] = asked
        ended = len(state.turns) - (state.turn is not None)
        before = self._ended.setdefault(key, sum((turn.ended_at or 0) < self._since for turn in state.turns))
        self._ended[key] = ended
        if new:
            return "asks"
        if ended <= before or state.parent_call:  # how a sub-agent ended its own agent is told
            return None
        last = state.turns[ended - 1]
        if last.outcome == "failed":
            return "failed"
        took = (last.ended_at or last.started_at) - last.started_at
        return "done" if last.outcome == "done" and state.status == "idle" and took >= self.config.after else None

    def flush(self) -> None:
        """Tell what there is to tell, now or when the last time is long enough ago."""
        if not self._waiting or self._due:
            return
        rest = self._sent_at + APART - self._loop.time()
        if rest > 0:
            self._due = True
            self._loop.call_later(rest, self._flush_late)
            return
        told, self._waiting = together(self._waiting.values()), {}
        self._sent_at = self._loop.time()
        self._send(told)

    def _flush_late(self) -> None:
        self._due = False
        if self._focused() and self.config.when != "always":
            self._waiting.clear()
        self.flush()

    def seen(self) -> None:
        """The terminal has the focus again."""
        self.away.clear()
        if self.config.when != "always":
            self._waiting.clear()


def together(news: Iterable[tuple[News, str]]) -> str:
    """One sentence for all of it: ``2 Fix the login asks``, ``3 sessions ask, 1 done``."""
    found = list(news)
    if len(found) == 1:
        kind, name = found[0]
        return f"{name}: {kind}"
    counts = Counter(kind for kind, _ in found)
    facts = [f"{counts[kind]} {one if counts[kind] == 1 else more}" for kind, one, more in _WORDS if counts[kind]]
    number, _, word = facts[0].partition(" ")
    return ", ".join([f"{number} session{'s'[: number != '1']} {word}", *facts[1:]])
