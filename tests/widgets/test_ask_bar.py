"""The ask bar never takes a yes by accident, and shows all that is decided on, however small the pane."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input, Static

from widgets.ask_bar import CHOICES, DEAF_FOR, AskBar, AskRequest, Choice, Preview, default_choice

DIFF = "--- a/x.py\n+++ b/x.py\n@@ -1,1 +1,2 @@\n-old = 1\n+new = 1\n+more = 2\n"
REQUEST = AskRequest("7", "Edit x.py", "It writes.", diff=DIFF)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Stage:
    app: App[None]
    bar: AskBar
    pilot: Pilot[None]
    clock: Clock
    heard: list[Message] = field(default_factory=list)

    @property
    def decided(self) -> list[tuple[str, str, str]]:
        return [(m.id, m.value, m.reason) for m in self.heard if isinstance(m, AskBar.Decided)]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def wait_out(self) -> None:
        self.clock.now += DEAF_FOR


class Host(App[None]):
    CSS = "#above { height: 1fr; }"

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.clock = clock
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Static("above", id="above")
        yield AskBar(clock=self.clock)

    def keep(self, message: Message) -> None:
        self.heard.append(message)

    on_ask_bar_decided = on_ask_bar_left = keep


@asynccontextmanager
async def stage(request: AskRequest = REQUEST, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    clock = Clock()
    app = Host(clock)
    async with app.run_test(size=size) as pilot:
        bar = app.query_one(AskBar)
        bar.ask(request)
        bar.focus()
        await pilot.pause()
        yield Stage(app, bar, pilot, clock, app.heard)


def screen(app: App[None]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in app.screen._compositor.render_strips()]


async def test_what_is_typed_in_the_first_half_second_decides_nothing() -> None:
    async with stage() as s:
        await s.press("y", "enter", "a", "n", "r", "z")
        assert not s.heard and s.bar.highlighted is not None and s.bar.highlighted.key == "n"
        s.clock.now += DEAF_FOR * 0.9
        await s.press("y")
        assert not s.heard
        s.wait_out()
        await s.press("y")
        assert s.decided == [("7", "once", "")]


async def test_enter_alone_never_approves() -> None:
    async with stage() as s:
        s.wait_out()
        await s.press("enter")
        assert s.decided == [("7", "no", "")]
    assert all(CHOICES[default_choice(CHOICES[:n])].value == "no" for n in range(5, len(CHOICES) + 1))


async def test_another_question_and_the_focus_coming_back_begin_the_half_second_anew() -> None:
    async with stage() as s:
        s.wait_out()
        s.bar.ask(AskRequest("8", "Another"), 1, 2)
        await s.press("y")
        assert not s.heard
        s.wait_out()
        s.app.set_focus(None)
        s.bar.focus()
        await s.pilot.pause()
        await s.press("y")
        assert not s.heard
        s.wait_out()
        s.bar.ask(AskRequest("8", "Another"), 1, 3)  # the same one: only the count is new
        await s.press("y", "y", "s")
        assert s.decided == [("8", "once", "")]  # and no second key answers again


async def test_keys_do_nothing_without_the_focus() -> None:
    async with stage() as s:
        s.wait_out()
        s.app.set_focus(None)
        await s.press("y", "enter")
        assert not s.heard


@pytest.mark.parametrize("choice", [choice for choice in CHOICES if choice.key != "r"])
async def test_each_key_gives_its_answer(choice: object) -> None:
    async with stage() as s:
        s.wait_out()
        await s.press(getattr(choice, "key", ""))
        assert s.decided == [("7", getattr(choice, "value", ""), "")]


async def test_a_no_may_have_a_reason_and_escape_goes_back_to_the_answers() -> None:
    async with stage() as s:
        s.wait_out()
        await s.press("r")
        assert s.app.query_one(Input).has_focus
        await s.press("escape")
        assert s.bar.has_focus and not s.heard
        s.wait_out()
        await s.press("r", *"yes y", "enter")
        assert s.decided == [("7", "no", "yes y")]


async def test_escape_leaves_the_question_open() -> None:
    async with stage() as s:
        s.wait_out()
        await s.press("escape")
        assert [type(m) for m in s.heard] == [AskBar.Left]
        assert s.bar.request == REQUEST and s.bar.display


async def test_arrows_move_the_highlight_and_enter_takes_it() -> None:
    async with stage() as s:
        s.wait_out()
        await s.press("right", "right", "left", "left", "left", "enter")
        assert s.decided == [("7", "edit", "")]


async def test_the_preview_scrolls_while_the_answers_keep_the_keys() -> None:
    async with stage(AskRequest("1", "Run", body=tuple(f"line {n}" for n in range(99)))) as s:
        s.wait_out()
        await s.press("pagedown", "down")
        assert s.app.query_one(Preview).scroll_offset.y == 9
        assert s.bar.has_focus and not s.heard


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12), (30, 10), (24, 8)])
async def test_all_answers_and_some_of_the_text_are_in_sight_at_any_size(size: tuple[int, int]) -> None:
    async with stage(AskRequest("1", "Run a command", "Why", body=("rm -rf build",) * 50), size) as s:
        rows = screen(s.app)
        choices = "".join(rows[-3:])
        assert all(f" {choice.key} " in choices for choice in CHOICES), rows
        assert any("Run a command" in row for row in rows) and any("rm -rf" in row for row in rows)
        assert all(len(row) == size[0] for row in rows)


async def test_what_would_not_be_seen_is_spelled_out() -> None:
    async with stage(AskRequest("1", "Run", body=("rm \x1b[2K old\u202egnp.exe \\x1b a\u200bb",))) as s:
        shown = "\n".join(screen(s.app))
        assert "rm \\x1b[2K old\\u202egnp.exe \\x1b a\\u200bb" in shown
        assert "\x1b" not in shown and "\u202e" not in shown


async def test_markup_in_a_question_is_text() -> None:
    async with stage(AskRequest("1", "[@click=app.quit]x[/]", "[bold]why[/]", body=("[red]b[/]",))) as s:
        shown = "\n".join(screen(s.app))
        assert "[@click=app.quit]x[/]" in shown and "[bold]why[/]" in shown and "[red]b[/]" in shown


async def test_cleared_it_is_gone() -> None:
    async with stage() as s:
        s.wait_out()
        s.bar.clear()
        await s.press("y")
        assert not s.bar.display and not s.heard


async def test_a_screen_about_one_question_passes_its_keys_on_and_no_others() -> None:
    async with stage() as s:
        s.bar.ask(REQUEST)
        s.bar.screen.set_focus(None)
        assert s.bar.press("y") and not s.bar.press("enter") and not s.bar.press("j")
        await s.pilot.pause()
        assert s.decided == []  # it has just come: the key was meant for something else
        s.wait_out()
        assert s.bar.press("y")
        await s.pilot.pause()
        assert s.decided == [("7", "once", "")]


async def test_without_a_hint_for_text_r_is_an_answer_like_any_other() -> None:
    async with stage() as s:
        s.bar.ask(AskRequest("8", "It failed", choices=(Choice("r", "go on", "go on"),), text_hint=""))
        s.wait_out()
        assert s.bar.press("r")
        await s.pilot.pause()
        assert s.decided == [("8", "go on", "")] and not s.bar.has_class("-reason")
