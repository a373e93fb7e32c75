"""Rebound keys work in every place, the old ones do not, and what is wrong with a keymap is said on the screen."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import call
from tui.app.prompt.outbox import queue_keys
from tui.app.screens.calls import CallsScreen
from tui.app.screens.help import HelpScreen
from tui.app.screens.inspector.screen import CallScreen
from tui.providers.scripted import Hold, text
from widgets.picker import Picker
from widgets.queue_list import KEYS

Opening = Callable[[Stage], Awaitable[None]]


async def opened(stage: Stage, action: str) -> None:
    stage.app.run_action_by_id(action)
    await stage.until(lambda: stage.app.screen is not stage.main and stage.app.screen.focused)


CLOSES = [
    ("context.show", "fills.close"), ("calls.list", "calls.close"), ("inbox.open", "inbox.close"),
    ("compare.send", "broadcast.close"), ("app.settings", "settings.close"), ("app.help", "help.close"),
    ("app.palette", "picker.cancel"), ("session.pick", "picker.cancel"), ("transcript.inspect", "inspector.close"),
]  # fmt: skip


async def test_every_screen_is_closed_by_the_key_that_it_was_given(home: Path) -> None:
    keymap = {close: "ctrl+t" for _, close in CLOSES} | {"sessions.all": "f11"}
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")], keymap=keymap) as stage:
        await stage.send("Read")
        await stage.rested()
        assert not stage.app._notifications, [note.message for note in stage.app._notifications]
        for action, close in CLOSES:
            await opened(stage, action)
            screen = stage.app.screen
            if action == "compare.send":
                await stage.press("tab")  # out of its prompt, where escape is a part of typing
            await stage.press("escape")
            await stage.drawn()
            assert stage.app.screen is screen, f"escape is no longer {close}"
            await stage.press("ctrl+t")
            await stage.until(lambda: stage.app.screen is stage.main and stage.pane.prompt.has_focus)


async def test_letters_of_the_transcript_and_of_lists_go_where_they_were_sent(home: Path) -> None:
    keymap = {"transcript.look": "L", "table.down": "m", "inspector.close": "Q", "view.down": "m", "app.help": "f11"}
    async with opened_app(
        home, [call("list", {}), call("read", {"path": "README.md"})], [text("Done.")], keymap=keymap
    ) as stage:
        await stage.send("Read")
        await stage.rested()
        await stage.press("tab", "g", "j", "j", "i")
        await stage.until(lambda: stage.pane.selected_call() is not None)
        assert stage.app.screen is stage.main, "i does nothing now"
        await stage.press("L")
        await stage.until(lambda: isinstance(stage.app.screen, CallScreen) and stage.app.screen._ready)
        await stage.press("Q")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.press("f5")
        await stage.until(lambda: isinstance(stage.app.screen, CallsScreen) and stage.app.screen._feed.total == 2)
        table = stage.app.screen.query_one("VirtualTable")
        await stage.press("j")
        assert table.cursor == 0  # type: ignore[attr-defined]
        await stage.press("m")
        await stage.until(lambda: table.cursor == 1)  # type: ignore[attr-defined]
        await stage.press("f11")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))


async def test_the_queue_is_worked_and_described_by_its_new_keys(home: Path) -> None:
    hold = Hold()
    keymap = {"outbox.focus": "f11", "queue.withdraw": "t", "queue.edit": "E"}
    async with opened_app(home, [text("One."), hold, text("Two.")], keymap=keymap) as stage:
        await stage.send("Go")
        await stage.until(lambda: stage.session.running)
        await stage.send("Queued")
        await stage.until(lambda: stage.session.state.outbox)
        await stage.press("f11")
        await stage.until(lambda: stage.pane.queue.has_focus)
        assert "t take back" in stage.pane.queue.render().plain  # type: ignore[union-attr]
        await stage.press("x", "t")
        await stage.until(lambda: not stage.session.state.outbox and stage.pane.prompt.text == "Queued")
        hold.release()
        await stage.rested()
    assert queue_keys({}) == KEYS


@pytest.mark.parametrize(
    ("keymap", "said"),
    [
        ({"session.new": "ctrl+s"}, "ctrl+s to both session.new and session.pick"),
        ({"ask.no": "x"}, "cannot change ask.no"),
        ({"session.new": "ctrl+nn"}, "'ctrl+nn' is no key"),
    ],
)
async def test_what_is_wrong_with_the_keys_is_said_and_the_rest_works(
    home: Path, keymap: dict[str, str], said: str
) -> None:
    async with opened_app(home, keymap=keymap | {"app.palette": "ctrl+t"}) as stage:
        await stage.until(lambda: any(said in note.message for note in stage.app._notifications))
        await stage.press("ctrl+t")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
