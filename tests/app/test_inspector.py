"""The inspector by keyboard: what is run again from there, what is taken from there, and how much it can hold."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.app.stage import AppModels, Stage, opened_app
from tests.app.told import OUTPUT, SESSION, story
from tests.scripts import call, scripted, text
from tui.app.screens.edit_call import EditCall
from tui.app.screens.inspector import InspectorScreen
from tui.app.screens.rules import ConfirmRule
from tui.messages import OutputPiece
from tui.state import CallState
from widgets import ask_bar
from widgets.ask_bar import AskBar
from widgets.diff_view import DiffView
from widgets.fact_tree import FactTree
from widgets.output_view import OutputView
from widgets.status_line import StatusLine

MAKE = {"command": "echo one; touch made"}
SLOW = {"command": "echo begun; sleep 60; touch end"}


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions take keys at once."""
    monkeypatch.setattr(ask_bar, "DEAF_FOR", 0.0)


def inspector(stage: Stage) -> InspectorScreen:
    screen = stage.app.screen
    assert isinstance(screen, InspectorScreen)
    return screen


def said(stage: Stage, where: str = ".notes") -> str:
    return inspector(stage).query_one(where, StatusLine).render().plain  # type: ignore[union-attr]


async def inspect(stage: Stage) -> CallState:
    """Run a turn, saying yes to its questions, and open its last call."""
    await stage.send("Go")
    while not (stage.session.state.turns and not stage.session.running):
        for asked in stage.session.state.asking():
            assert asked.approval is not None
            stage.session.decide(asked.approval.approval_id, "allow")
        await stage.pilot.pause()
    await stage.send("/inspect")
    await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and inspector(stage)._ready)
    return inspector(stage).call


async def test_a_call_is_run_again_asked_about_compared_and_attached(home: Path) -> None:
    models, provider = scripted([call("shell", MAKE)], [text("Done.")])
    async with opened_app(home, models=AppModels(models.providers, window=200_000)) as stage:
        first = await inspect(stage)
        await stage.press("r")
        await stage.until(lambda: inspector(stage).call.original == first.call_id)
        side = inspector(stage).call
        await stage.until(lambda: inspector(stage).query_one(AskBar).has_focus)
        assert side.phase == "asking"
        await stage.press("enter")
        await stage.until(lambda: side.phase == "denied")
        await stage.press("p", "r")
        await stage.until(lambda: inspector(stage).call is not side and inspector(stage).call.phase == "asking")
        side = inspector(stage).call
        await stage.until(lambda: inspector(stage).query_one(AskBar).has_focus)
        await stage.press("y")
        await stage.until(lambda: side.phase == "ok")
        await stage.press("d")
        view = inspector(stage).view
        assert isinstance(view, DiffView)
        await stage.until(lambda: view.lines and "outputs" in view.lines[0].text.lower())
        assert stage.pane.prompt.value == ""
        await stage.press("a")
        await stage.until(lambda: "prompt" in said(stage))
        assert "I ran this again: shell echo one" in stage.pane.prompt.value and "one" in stage.pane.prompt.value
        assert len(provider.requests) == 2  # nothing was sent


async def test_a_call_is_run_with_other_arguments_that_are_checked_first(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        first = await inspect(stage)
        await stage.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, EditCall))
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        assert inspector(stage).call is first
        await stage.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, EditCall))
        await stage.press("end", *(["backspace"] * 9), *"src/valve.py", "ctrl+s")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        await stage.until(lambda: inspector(stage).call.phase == "ok" and inspector(stage).call.original)
        view = inspector(stage).view
        assert isinstance(view, OutputView) and "open_valve" in view.text
        assert await stage.session.side_calls.check("read", '{"pat": 1}') != ""
        assert await stage.session.side_calls.check("read", "{") != ""


async def test_a_running_call_is_followed_and_cancelled(home: Path) -> None:
    async with opened_app(home, [call("shell", SLOW)], [text("Fine.")]) as stage:
        await stage.send("Go")
        await stage.asking()
        asked = stage.session.state.asking()[0]
        await stage.send("/inspect")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and inspector(stage)._ready)
        await stage.press("y")
        await stage.until(lambda: inspector(stage).query_one(AskBar).has_focus)
        await stage.press("y")
        await stage.until(lambda: asked.phase == "running")
        await stage.press("2")
        view = inspector(stage).view
        assert isinstance(view, OutputView)
        await stage.until(lambda: "begun" in view.text)
        await stage.press("x")
        await stage.until(lambda: asked.phase == "cancelled" and not stage.session.running)
        assert stage.session.state.turns[-1].outcome == "done"
        await stage.until(lambda: "The person cancelled this call" in view.text)


async def test_a_call_that_asks_is_edited_from_the_inspector_and_always_shows_the_rule_first(home: Path) -> None:
    write = call("shell", {"command": "python3 -c 1"})
    async with opened_app(home, [write], [text("Done.")]) as stage:
        stage.session.submit("Run")
        await stage.asking()
        stage.app.run_worker(stage.app.verbs.run("transcript.inspect"))
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and inspector(stage)._ready)
        await stage.press("y")
        for key, screen in (("a", ConfirmRule), ("e", EditCall)):
            bar = inspector(stage).query_one(AskBar)
            await stage.until(lambda bar=bar: bar.has_focus and bar.hears)
            await stage.press(key)
            await stage.until(
                lambda screen=screen: isinstance(stage.app.screen, screen) and stage.app.screen.is_mounted
            )
            if screen is ConfirmRule:
                await stage.press("escape")
                await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
                assert stage.session.status == "asking"
        await stage.until(lambda: stage.app.screen.focused is not None)
        await stage.press("end", *"23", "ctrl+s")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        await stage.rested()
        [asked] = stage.session.state.calls.values()
        assert asked.decision is not None and "python3 -c 123" in asked.decision.arguments


async def test_one_goes_from_a_call_to_its_place_in_the_transcript(home: Path) -> None:
    async with opened_app(home, [call("list", {}), call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        last = await inspect(stage)
        await stage.press("p")
        assert inspector(stage).call is not last
        first = inspector(stage).call
        await stage.press("o")
        await stage.until(lambda: stage.app.screen is stage.main and stage.pane.transcript.has_focus)
        assert stage.pane.selected_call() is first


@asynccontextmanager
async def stored(home: Path, pieces: list[bytes] | None = None, call_id: str = "call_shell") -> AsyncIterator[Stage]:
    """A call of a session that does not run here, whose output may be kept in pieces."""
    async with opened_app(home, [text("x")]) as stage:
        kept = [
            OutputPiece(hash=await stage.store.keep(data), size=len(data), lines=data.count(b"\n"))
            for data in pieces or ()
        ]
        told = story(tuple(kept))
        for entry in told.entries:
            stage.store.add(entry)
        await stage.store.settle()
        stage.app.push_screen(InspectorScreen(told.state, call_id, stage.app))
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and inspector(stage)._ready)
        yield stage


async def test_every_tab_of_a_stored_call_says_what_is_known(home: Path) -> None:
    async with stored(home, call_id="call_edit") as stage:
        screen = inspector(stage)
        assert isinstance(screen.view, DiffView) and screen.view.counts == (6, 2)
        await stage.press("5")
        assert isinstance(screen.view, OutputView)
        await stage.until(lambda: "ask edit" in screen.view.text)  # type: ignore[union-attr]
        for fact in ("the mode is ask", "/garden/notes.md", "you", "this session", "what was allowed is not"):
            assert fact in screen.view.text
        await stage.press("n", "n", "n", "5")  # the read, which the policy allowed
        await stage.until(lambda: "the policy, unasked" in screen.view.text)  # type: ignore[union-attr]
        assert "read inside the folder" in screen.view.text
        await stage.press("6")
        await stage.until(lambda: isinstance(screen.view, FactTree) and len(screen.view.shown) > 3)
        assert isinstance(screen.view, FactTree)
        names = [row.split()[2].rstrip(":") for row in screen.view.shown if row.startswith(("▸", "▾"))]
        assert names == ["PartEnded", "ApprovalDecided", "ToolStarted", "ToolEnded"]
        copied: list[str] = []
        stage.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await stage.press("c")
        await stage.until(lambda: copied)
        assert copied[0].count("\n") == 3 and '"kind": "ToolEnded"' in copied[0]


async def test_what_needs_the_session_says_why_it_cannot_be_done(home: Path) -> None:
    async with stored(home) as stage:
        for key in ("r", "e", "x"):
            inspector(stage).note("")
            await stage.press(key)
            await stage.until(lambda: "not open here" in said(stage))
        await stage.press("a")
        await stage.until(lambda: "told of this call already" in said(stage))
        await stage.press("y")
        await stage.until(lambda: "Nothing is asked" in said(stage))


async def test_an_output_in_pieces_is_read_searched_and_saved_whole(home: Path) -> None:
    pieces = [b"".join(b"%d.%d some output\n" % (piece, line) for line in range(2_000)) for piece in range(40)]
    pieces[30] += b"the needle\n"
    async with stored(home, pieces) as stage:
        view = inspector(stage).view
        assert isinstance(view, OutputView)
        await stage.until(lambda: view.settled and view.row(0).text == "0.0 some output")  # type: ignore[union-attr]
        assert "of 80,001" in said(stage, ".tabs")
        await stage.press("slash", *"NEEDLE")
        await stage.until(lambda: said(stage).strip() == "1 of 1 found")
        await stage.until(lambda: any(_row(view, y) == "the needle" for y in range(view.size.height)))
        await stage.press("enter", "w")
        await save(stage, home / "all.txt")
        await stage.until(lambda: "written to" in said(stage))
        assert (home / "all.txt").read_bytes() == b"".join(pieces)
        await save(stage, home / "all.txt")
        await stage.until(lambda: "There is a file" in said(stage))


async def save(stage: Stage, path: Path) -> None:
    await stage.press("W")
    await stage.until(lambda: inspector(stage).query("Input.save.-open"))
    inspector(stage).query_one("Input.save", Input).value = str(path)
    await stage.press("enter")


def _row(view: OutputView, y: int) -> str:
    return view.render_line(y).text.rstrip()


async def test_an_output_whose_piece_is_lost_says_so(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        told = story((OutputPiece(hash="0" * 64, size=100, lines=3),))
        stage.app.push_screen(InspectorScreen(told.state, "call_shell", stage.app))
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and inspector(stage)._ready)
        await stage.until(lambda: "cannot be read" in _row(inspector(stage).view, 0))  # type: ignore[arg-type]
        await stage.press("c")
        await stage.until(lambda: "cannot be read" in said(stage))


async def test_without_an_editor_or_a_terminal_for_it_that_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("PATH", str(home))  # where there is none of the usual ones either
    async with stored(home) as stage:
        await stage.press("v")
        await stage.until(lambda: "No editor is named" in said(stage))
        monkeypatch.setenv("EDITOR", "no-such-editor -w")
        await stage.press("v")
        await stage.until(lambda: "is not there" in said(stage))
        monkeypatch.setenv("EDITOR", f"'{sys.executable}'")
        await stage.press("v")
        await stage.until(lambda: "cannot be given to an editor" in said(stage))


async def test_colours_reach_the_screen_and_nothing_else_of_a_programs_escapes(home: Path) -> None:
    async with stored(home) as stage:
        view = inspector(stage).view
        assert isinstance(view, OutputView)
        await stage.until(lambda: view.settled)
        assert "\x1b" in OUTPUT and "\x1b" not in view.text
        drawn = stage.app.export_screenshot()
        assert "\x1b" not in drawn and "52;c" not in drawn
        assert inspector(stage).state.session_id == SESSION
