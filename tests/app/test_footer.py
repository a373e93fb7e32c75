"""The footer shows what works now: whatever it names is pressed where it is shown, and clicked."""

from pathlib import Path

import pytest
from textual.geometry import Offset

from tests.app.stage import Stage, opened_app
from tests.scripts import call
from tui.app.footer import At, Here, row
from tui.app.keymap import keys_of
from tui.app.keys import BY_ID
from tui.app.screens.help import HelpScreen
from tui.providers.scripted import Hold, text


def footer(stage: Stage) -> str:
    return stage.main.footer.render().plain  # type: ignore[union-attr]


def offered(stage: Stage) -> list[str]:
    return [name for name, _ in row(stage.main.footer.here)]


@pytest.mark.parametrize("at", ["prompt", "transcript", "queue", "ask", "find"])
def test_whatever_is_in_the_row_is_an_action_or_a_key_with_words(at: At) -> None:
    for facts in (Here(at=at), Here(at=at, draft=True, running=True), Here(at=at, block="tool", asks=True, panes=3)):
        for name, what in row(facts):
            assert what
            assert name in BY_ID or name in ("escape", "enter", "tab"), name


async def test_it_follows_the_prompt_the_turn_and_the_queue(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("One."), hold, text("Two.")], [text("Three.")], size=(120, 30)) as stage:
        assert footer(stage).strip().startswith("ctrl+p commands  f1 help  tab transcript")
        await stage.type("Hello")
        await stage.drawn()
        assert footer(stage).strip().startswith("enter sends  ctrl+c clears  ctrl+j new line")
        await stage.press("enter")
        await stage.until(lambda: stage.session.running)
        assert footer(stage).strip().startswith("ctrl+c interrupts  esc twice, too")
        await stage.type("Next")
        await stage.drawn()
        assert footer(stage).strip().startswith("enter queues  ctrl+] steers  ctrl+c clears")
        await stage.press("enter")
        await stage.until(lambda: "alt+q queue" in footer(stage))
        await stage.press("alt+q")
        await stage.until(lambda: footer(stage).strip().startswith("e edits  x takes back  esc prompt"))
        await stage.press("escape")
        hold.release()
        await stage.rested(2)
        assert "interrupts" not in footer(stage) and "queue" not in footer(stage)


async def test_in_the_transcript_it_says_what_can_be_done_with_the_block(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        await stage.send("Read")
        await stage.rested()
        await stage.press("tab", "k", "g")
        await stage.drawn()
        assert "b back" in footer(stage) and "i inspect" not in footer(stage) and "enter open" not in footer(stage)
        await stage.press("j")
        await stage.until(lambda: "enter open  i inspect  c copy" in footer(stage))
        assert "b back" not in footer(stage) and "esc prompt" in footer(stage)
        await stage.press("escape")
        await stage.until(lambda: "i inspect" not in footer(stage))


async def test_a_zoomed_pane_shows_the_way_back_and_panes_the_way_on(home: Path) -> None:
    async with opened_app(home) as stage:
        assert "pane.next" not in offered(stage) and "pane.zoom" not in offered(stage)
        await stage.type("one")
        await stage.press("ctrl+backslash")
        await stage.until(lambda: len(stage.main.panes) == 2)
        await stage.until(lambda: "f9 pane" in footer(stage))
        await stage.press("f10")
        await stage.until(lambda: "f10 all panes" in footer(stage) and "f9 pane" not in footer(stage))


async def test_a_question_says_its_keys_when_it_has_the_focus_and_the_way_to_it_when_not(home: Path) -> None:
    async with opened_app(
        home, [call("shell", {"command": "echo hi > made"})], [text("Done.")], size=(120, 30)
    ) as stage:
        await stage.send("Do it")
        await stage.asking()
        stage.pane.prompt.focus()
        await stage.until(lambda: "ctrl+g the question" in footer(stage))
        await stage.press("ctrl+g")
        await stage.until(lambda: stage.pane.ask_bar.has_focus and footer(stage).strip().startswith("y once"))
        assert "n no" in footer(stage) and "ctrl+g" not in footer(stage)
        await stage.until(lambda: stage.pane.ask_bar.hears)
        await stage.press("n")
        await stage.rested()
        assert not (Path(stage.session.state.cwd) / "made").exists()


async def test_rebound_keys_stand_there_and_a_key_that_was_taken_away_does_not(home: Path) -> None:
    async with opened_app(home, keymap={"app.palette": "ctrl+t", "session.new": ""}) as stage:
        assert "ctrl+t commands" in footer(stage) and " new" not in footer(stage)
        await stage.press("ctrl+n")
        await stage.drawn()
        assert len(stage.main.tabs.all()) == 1
        await stage.press("ctrl+t")
        await stage.until(lambda: stage.app.screen is not stage.main)


async def test_every_key_of_the_row_reaches_its_action_where_it_is_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold()
    ran: list[str] = []

    async def note(action_id: str, rest: str = "") -> None:
        ran.append(action_id)

    async with opened_app(home, [call("read", {"path": "README.md"})], [hold, text("End.")]) as stage:
        await stage.type("kept")
        await stage.press("ctrl+backslash")
        await stage.until(lambda: len(stage.main.panes) == 2)
        await stage.send("Read")
        await stage.until(lambda: stage.session.running and len(stage.pane.transcript.blocks) > 1)
        monkeypatch.setattr(stage.app.verbs, "run", note)
        for focus in (stage.pane.prompt, stage.pane.transcript):
            focus.focus()
            await stage.pilot.pause()
            names = [name for name in offered(stage) if name in BY_ID and BY_ID[name].place == "app"]
            assert {"turn.interrupt", "pane.next", "app.palette", "app.help"} <= {*names}
            for name in names:
                ran.clear()
                await stage.press(keys_of(BY_ID[name], {})[0])
                assert ran == [name]
        monkeypatch.undo()
        hold.release()
        await stage.rested()


async def test_a_click_on_a_hint_does_what_its_key_does(home: Path) -> None:
    async with opened_app(home) as stage:
        at = footer(stage).index("f1 help") + 1  # its own padding
        await stage.pilot.click("#footer", offset=Offset(at + 1, 0))
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main and stage.pane.prompt.has_focus)
