"""The screens over the workspace: sessions, inspector, palette, help, models; and find, themes, densities."""

import asyncio
from pathlib import Path

from textual.widgets import Static

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import REFERENCE, call, scripted, text
from tui.app.screens.help import HelpScreen
from tui.app.screens.inspector import InspectorScreen
from tui.app.screens.sessions import SessionsScreen
from tui.errors import ConfigError
from tui.providers.models import Offer
from widgets.diff_view import DiffView
from widgets.fact_tree import FactTree
from widgets.output_view import OutputView
from widgets.picker import Picker, PickerRows
from widgets.status_line import StatusLine


def on_top(stage: Stage, kind: type) -> bool:
    return isinstance(stage.app.screen, kind)


def rows(stage: Stage) -> list[str]:
    return [item.text for item in stage.app.screen.query_one(PickerRows).items]


async def test_sessions_are_renamed_archived_and_found_again(home: Path) -> None:
    async with opened_app(home, [text("One.")], [text("Two.")]) as stage:
        await stage.send("The first one")
        await stage.rested()
        first = stage.session
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session is not first)
        await stage.send("The second one")
        await stage.rested()
        await stage.press("ctrl+s")
        await stage.until(lambda: on_top(stage, SessionsScreen))
        await stage.press(*"first")
        await stage.until(lambda: rows(stage) == ["○ The first one"])
        await stage.press("ctrl+r")
        await stage.drawn()
        await stage.press("end", *" indeed", "enter")
        await stage.until(lambda: first.state.title == "The first one indeed")
        await stage.until(lambda: rows(stage) == ["○ The first one indeed"])
        await stage.press("ctrl+x")
        await stage.until(lambda: first.state.archived)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
    async with opened_app(home, [text("Three.")]) as stage:
        await stage.press("ctrl+s")
        await stage.until(lambda: on_top(stage, SessionsScreen))
        await stage.press("ctrl+t", *"first")
        await stage.until(lambda: rows(stage))
        await stage.press("enter")
        await stage.until(lambda: stage.session.state.title == "The first one indeed")


async def test_the_inspector_shows_all_of_a_call(home: Path) -> None:
    edit = [call("read", {"path": "src/valve.py"})], [call("write", {"path": "a\nb.txt", "content": "é\n"})]
    async with opened_app(home, *edit, [text("Done.")]) as stage:
        await stage.send("Go")
        await stage.asking()
        approval = stage.session.state.asking()[0].approval
        assert approval is not None
        stage.session.decide(approval.approval_id, "allow")
        await stage.rested()
        await stage.send("/inspect")
        await stage.until(lambda: on_top(stage, InspectorScreen))
        screen = stage.app.screen
        assert isinstance(screen, InspectorScreen)
        assert isinstance(screen.view, DiffView)
        await stage.press("1")
        await stage.drawn()
        assert isinstance(screen.view, FactTree)
        assert screen.view.shown[0].strip() == "▾ path: 2 lines, 7 characters"
        await stage.press("5")
        await stage.drawn()
        assert "allow" in _plain(screen.view) and "sha256" in _plain(screen.view)
        await stage.press("4")
        await stage.drawn()
        assert "requested" in _plain(screen.view) and "█" in _plain(screen.view)
        await stage.press("p")
        await stage.drawn()
        await stage.press("2")
        await stage.drawn()
        assert "def open_valve" in _plain(screen.view)
        copied: list[str] = []
        stage.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await stage.press("c")
        await stage.until(lambda: copied)
        assert "def open_valve" in copied[0]


def _plain(view: object) -> str:
    assert isinstance(view, OutputView)
    return view.text


async def test_a_row_opens_its_call_and_returns_to_where_it_was(home: Path) -> None:
    async with opened_app(home, [call("list", {})], [text("Done.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.press("tab", "g", "j", "j")
        await stage.until(lambda: stage.pane.transcript.cursor is not None)
        while stage.pane.transcript.block(stage.pane.transcript.cursor or "").kind != "tool":
            await stage.press("k")
        row = stage.pane.transcript.cursor
        await stage.press("i")
        await stage.until(lambda: on_top(stage, InspectorScreen))
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.pane.transcript.has_focus and stage.pane.transcript.cursor == row


async def test_the_palette_runs_what_is_chosen(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        await stage.press("ctrl+p")
        await stage.until(lambda: on_top(stage, Picker))
        await stage.press(*"split down", "enter")
        await stage.until(lambda: len(stage.main.panes) == 2)


async def test_help_is_filtered_and_opens_by_a_question_mark_outside_the_prompt(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        await stage.press("question_mark")
        assert stage.pane.prompt.value == "?"
        await stage.press("ctrl+c", "tab", "question_mark")
        await stage.until(lambda: on_top(stage, HelpScreen))
        await stage.press(*"zoom")
        await stage.drawn()
        shown = str(stage.app.screen.query_one("#help-text", Static).visual)
        assert "f10" in shown and "ctrl+n" not in shown


class ListedModels(AppModels):
    """Offers two models, of which one cannot be reached."""

    async def discover(self) -> tuple[Offer, ...]:
        return (Offer(reference=REFERENCE, provider="scripted"), Offer(reference="other/one", provider="other"))

    async def resolve(self, reference: str):
        if reference.startswith("gone/"):
            raise ConfigError("No provider is called 'gone'.")
        return await super().resolve("scripted/script")


class SlowModels(ListedModels):
    """Servers that take their time."""

    def __init__(self) -> None:
        super().__init__({"scripted": scripted([text("Yes.")])[1]})
        self.answered = asyncio.Event()

    async def discover(self) -> tuple[Offer, ...]:
        await self.answered.wait()
        return await super().discover()


async def test_while_servers_are_asked_for_their_models_the_list_says_so(home: Path) -> None:
    models = SlowModels()
    async with opened_app(home, models=models) as stage:
        await stage.send("/model")
        await stage.until(lambda: on_top(stage, Picker))
        await stage.press(*"other/one")
        empty = stage.app.screen.query_one("#picker-empty", Static)
        await stage.until(lambda: empty.display and "still being asked" in str(empty.visual))
        models.answered.set()
        await stage.until(lambda: rows(stage) == ["other/one"])


async def test_a_model_is_chosen_and_is_the_default_next_time(home: Path) -> None:
    def models() -> ListedModels:
        return ListedModels({"scripted": scripted([text("Yes.")], repeat=True)[1]})

    async with opened_app(home, models=models()) as stage:
        await stage.send("/model")
        await stage.until(lambda: on_top(stage, Picker) and "other/one" in rows(stage))
        await stage.press(*"other", "enter")
        await stage.until(lambda: stage.session.state.model == "other/one")
        await stage.send("/model gone/away")
        await stage.until(lambda: stage.app._notifications)
        assert stage.session.state.model == "other/one"
        await stage.send("Hello")
        await stage.rested()
    async with opened_app(home, models=models()) as stage:
        await stage.press("ctrl+n")
        await stage.until(lambda: not stage.session.state.turns)
        assert stage.session.state.model == "other/one"


async def test_find_goes_from_match_to_match_and_escape_closes_it(home: Path) -> None:
    long = "\n\n".join(f"Paragraph {number}." for number in range(60))
    async with opened_app(home, [text(long)]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.press("ctrl+f", *"graph 7", "enter")
        await stage.until(lambda: not stage.pane.transcript.follow)
        drawn = stage.app.export_screenshot().replace("&#160;", " ")
        assert "Paragraph" in drawn and "aragraph 59" not in drawn
        await stage.press("escape")
        await stage.until(lambda: stage.pane.prompt.has_focus)
        assert not stage.pane.find_bar.display


async def test_the_density_of_all_tool_rows_holds_for_new_ones_and_over_a_restart(home: Path) -> None:
    read = [call("read", {"path": "src/valve.py"})]
    async with opened_app(home, read, [text("Done.")], read, [text("Again.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        assert "litres" not in _screen(stage)
        await stage.send("/density full")
        await stage.until(lambda: _screen(stage).count("litres") > 0)
        once = _screen(stage).count("litres")
        await stage.send("Once more")
        await stage.rested(2)
        await stage.until(lambda: _screen(stage).count("litres") == 2 * once)
        await stage.send("/density huge")
        await stage.until(lambda: stage.app._notifications)
    async with opened_app(home, [text("x")]) as stage:
        await stage.until(lambda: _screen(stage).count("litres") == 2 * once)


async def test_the_density_of_one_row_is_remembered(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "src/valve.py"})], [text("Done.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        row = stage.pane._presenter.row_of(next(iter(stage.session.state.calls)))  # type: ignore[union-attr]
        assert row is not None
        stage.pane.transcript.toggle(row)
        await stage.until(lambda: "litres" in _screen(stage))
    async with opened_app(home, [text("x")]) as stage:
        await stage.until(lambda: "litres" in _screen(stage))
        assert stage.pane.transcript.opened == {row: "summary"}


async def test_a_turn_with_calls_ends_with_what_it_came_to(home: Path) -> None:
    calls = [call("read", {"path": "src/valve.py"}, call_id="a"), call("read", {"path": "nowhere"}, call_id="b")]
    async with opened_app(home, calls, [text("Done.")], [text("Hi.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.until(lambda: "2 calls, 1 failed" in _screen(stage))
        await stage.send("Hello")
        await stage.rested(2)
        await stage.drawn()
        assert _screen(stage).count("calls") == 1


def _screen(stage: Stage) -> str:
    return stage.app.export_screenshot().replace("&#160;", " ")


async def test_a_disk_that_fails_is_said_until_it_works(home: Path) -> None:
    class Failing:
        behind_events, failing_since, error = 12, 1.0, "disk I/O error"

    class Well:
        behind_events, failing_since, error = 0, None, ""

    async with opened_app(home, [text("x")]) as stage:
        footer = stage.main.query_one("#footer", StatusLine)
        tell = stage.store.on_health
        assert tell is not None
        tell(Failing())  # type: ignore[arg-type]
        assert "NOT SAVED: 12 events wait in memory" in footer.render().plain  # type: ignore[union-attr]
        tell(Well())  # type: ignore[arg-type]
        assert "NOT SAVED" not in footer.render().plain  # type: ignore[union-attr]


async def test_an_export_is_written_where_it_says(home: Path) -> None:
    async with opened_app(home, [text("The answer.")]) as stage:
        await stage.send("The question")
        await stage.rested()
        await stage.send("/export out.md")
        path = home / "project" / "out.md"
        await stage.until(path.exists)
        assert "The question" in path.read_text() and "The answer." in path.read_text()


async def test_keys_that_come_before_a_screen_is_drawn_do_no_harm(home: Path) -> None:
    async with opened_app(home, [call("list", {})], [text("Done.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        first = next(iter(stage.session.state.calls))
        for screen in (
            SessionsScreen(stage.main.tabs, stage.app),
            InspectorScreen(stage.session.state, first, stage.app),
        ):
            stage.app.push_screen(screen)
            for action in ("rename", "archive", "move", "tab", "find", "copy", "next"):
                assert not screen.check_action(action, (1,))
            if isinstance(screen, InspectorScreen):
                screen.refresh_call()
                screen.action_close()
            else:
                screen.action_cancel()
            await stage.until(lambda: stage.app.screen is stage.main)
        assert not stage.app._exit
