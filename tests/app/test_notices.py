"""The title and the notifications: what is news, what is said of it, how seldom, and that no text breaks out."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.test_inbox_items import BEGUN, FAILED, approval, called, state
from tui.app.attention.notices import Notices, sequence, title_sequence, title_text, together
from tui.events import TurnEnded
from tui.settings.notify import NEWS, NotifyConfig, Way, chosen_way
from widgets.tab_strip import Tab

DONE = TurnEnded(turn_id="t", outcome="done")


class Clock:
    """A loop's clock that a test moves, with what is due on it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> object:
        self.due.append((self.now + delay, callback))
        return None

    def move(self, seconds: float) -> None:
        self.now += seconds
        ripe = [callback for at, callback in self.due if at <= self.now]
        self.due = [pair for pair in self.due if pair[0] > self.now]
        for callback in ripe:
            callback()


class Desk:
    """Notices over a clock, with what they sent."""

    def __init__(self, *, focused: bool = False, mask: Callable[[str], str] = str, **config: Any) -> None:
        self.clock, self.sent, self.focused = Clock(), list[str](), focused
        config = {"after": 0.0, **config}
        self.notices = Notices(
            NotifyConfig(**config), self.sent.append, loop=self.clock, focused=lambda: self.focused, since=500.0,
            mask=mask,
        )  # fmt: skip

    def sees(self, *states: Any) -> None:
        for each in states:
            self.notices.update(each)
        self.notices.flush()


def asking(session_id: str = "one") -> Any:
    return state(*BEGUN, *called(1), approval(1), session_id=session_id)


def ended(outcome: TurnEnded, session_id: str = "one") -> Any:
    return state(*BEGUN, outcome, session_id=session_id)


def test_asks_done_and_failed_are_news_once() -> None:
    desk = Desk()
    for news, word in ((asking("a"), "asks"), (ended(DONE, "b"), "done"), (ended(FAILED, "c"), "failed")):
        desk.sees(news, news)
        assert desk.sent == [f"3 Valves: {word}"]
        desk.clock.move(2)
        desk.sees(news)
        assert len(desk.sent) == 1
        desk.sent.clear()


def test_nothing_is_said_to_someone_who_looks() -> None:
    desk = Desk(focused=True)
    desk.sees(asking())
    assert desk.sent == [] and desk.clock.due == []


def test_a_terminal_that_reports_no_focus_is_told_always_where_that_is_set() -> None:
    desk = Desk(focused=True, when="always")
    desk.sees(asking())
    assert desk.sent == ["3 Valves: asks"]


@pytest.mark.parametrize("config", [{"when": "never"}, {"on": ("done", "failed")}])
def test_what_is_not_wanted_is_not_said(config: dict[str, Any]) -> None:
    desk = Desk(**config)
    desk.sees(asking())
    assert desk.sent == []


def test_a_short_turn_is_no_news_and_a_long_one_is() -> None:
    desk = Desk(after=2.5)
    desk.sees(ended(DONE))  # two seconds
    assert desk.sent == []
    longer = ended(DONE, "two")
    longer.turns[0].ended_at += 1.0
    desk.sees(longer)
    assert desk.sent == ["3 Valves: done"]


def test_what_ended_before_the_program_began_is_no_news() -> None:
    desk = Desk()
    old = ended(FAILED)
    old.turns[0].ended_at = 400.0
    desk.sees(old)
    assert desk.sent == []


def test_an_interrupt_and_a_sub_agents_end_are_no_news() -> None:
    desk = Desk()
    sub = ended(FAILED, "sub")
    sub.parent_call = ("parent", "call")
    desk.sees(ended(TurnEnded(turn_id="t", outcome="interrupted")), sub)
    assert desk.sent == []


def test_what_comes_together_is_one_notification_and_what_comes_soon_after_waits_a_second() -> None:
    desk = Desk()
    desk.sees(asking("a"), asking("b"), asking("c"))
    assert desk.sent == ["3 sessions ask"]
    desk.sees(asking("d"))
    desk.sees(ended(FAILED, "e"))
    assert len(desk.sent) == 1 and len(desk.clock.due) == 1
    desk.clock.move(1.0)
    assert desk.sent[1:] == ["1 session asks, 1 failed"]
    assert desk.clock.due == []


def test_what_waits_to_be_said_is_not_said_to_someone_who_came_back() -> None:
    desk = Desk()
    desk.sees(asking("a"))
    desk.sees(asking("b"))
    desk.focused = True
    desk.notices.seen()
    desk.clock.move(1.0)
    assert desk.sent == ["3 Valves: asks"]


def test_titles_are_masked() -> None:
    desk = Desk(mask=lambda text: text.replace("Valves", "[masked]"))
    desk.sees(asking())
    assert desk.sent == ["3 [masked]: asks"]


def test_what_was_done_while_nobody_looked_stands_in_the_title_until_someone_does() -> None:
    desk = Desk(when="never")
    desk.sees(ended(DONE))
    assert desk.notices.away == {"one"}
    desk.notices.seen()
    assert desk.notices.away == set()


def test_a_title_counts_the_most_urgent_first() -> None:
    tabs = [
        Tab("a", 1, "A", "asking"), Tab("b", 2, "B", "asking"), Tab("c", 3, "C", "running"), Tab("d", 4, "D", "failed"),
        Tab("e", 5, "E", "idle", unread=True), Tab("f", 6, "F", "idle"), Tab("g", 7, "G", "queued"),
    ]  # fmt: skip
    assert title_text(tabs, (), "garden") == "? 2 ask · ✗ 1 failed · ▶ 1 runs · ✓ 1 done · penstock: garden"
    assert title_text(tabs[5:], ["f"], "garden") == "✓ 1 done · penstock: garden"
    assert title_text([], (), "garden") == "penstock: garden"


WAYS: tuple[Way, ...] = ("osc9", "osc777", "osc99", "bell", "off")
_FORMS = {
    "osc9": r"\x1b\]9;[^\x00-\x1f;]*\x07",
    "osc777": r"\x1b\]777;notify;[^\x00-\x1f;]*;[^\x00-\x1f;]*\x07",
    "osc99": r"\x1b\]99;i=penstock:d=0;[^\x00-\x1f;]*\x1b\\\x1b\]99;i=penstock:p=body;[^\x00-\x1f;]*\x1b\\",
    "bell": r"\x07",
    "off": "",
}


@given(st.sampled_from(WAYS), st.text(), st.text())
def test_no_text_breaks_out_of_a_sequence(way: Way, title: str, text: str) -> None:
    assert re.fullmatch(_FORMS[way], sequence(way, title, text))
    if way in ("osc9", "osc777", "osc99"):
        passed = sequence(way, title, text, tmux=True)
        inside = passed.removeprefix("\x1bPtmux;").removesuffix("\x1b\\")
        assert len(passed) - len(inside) == 9 and re.fullmatch(_FORMS[way], inside.replace("\x1b\x1b", "\x1b"))
        assert sequence(way, title, text, tmux=True, sure=False) == passed + "\x07"


@given(st.text())
def test_no_text_breaks_out_of_a_title(text: str) -> None:
    assert re.fullmatch(r"\x1b\]0;[^\x00-\x1f\x7f-\x9f;]*\x07", title_sequence(text))


@pytest.mark.parametrize(
    ("env", "way"),
    [
        ({"KITTY_WINDOW_ID": "1", "TERM": "xterm-kitty"}, "osc99"),
        ({"TERM_PROGRAM": "WezTerm"}, "osc777"),
        ({"TERM_PROGRAM": "ghostty"}, "osc777"),
        ({"TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, "bell"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, "osc99"),
        ({"TERM": "screen", "STY": "1.pts", "KITTY_WINDOW_ID": "1"}, "bell"),
        ({}, "bell"),
    ],
)
def test_a_terminal_is_known_by_its_name(env: dict[str, str], way: Way) -> None:
    assert chosen_way("auto", env)[0] == way
    assert chosen_way("osc9", env)[0] == "osc9"


def test_one_piece_of_news_is_named_and_several_are_counted() -> None:
    assert together([("done", "2 Fix the login")]) == "2 Fix the login: done"
    assert together([(news, "x") for news in NEWS]) == "1 session asks, 1 failed, 1 done"
    assert together([("done", "x"), ("done", "y")]) == "2 sessions done"
