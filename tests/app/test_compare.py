"""One prompt to several sessions on the screen: chosen, sent, watched side by side, compared, one promoted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.widgets import OptionList, Static

from tests.app.stage import AppModels, Stage, opened_app
from tests.engine.repositories import repository
from tests.scripts import REFERENCE, Hold, call, scripted, text, usage
from tui.app.comparing import measures
from tui.app.screens.broadcast import CHOICE_KEY, BroadcastScreen, Target, choice_text, choice_value
from tui.app.screens.compare import ANSWER, CompareScreen
from tui.app.screens.difference import DifferenceScreen
from tui.engine.session import Session
from tui.messages import Usage
from tui.providers.models import Offer
from tui.providers.scripted import ScriptedProvider
from widgets.diff_view import DiffView
from widgets.picker import Picker, PickerRows
from widgets.prompt import Prompt
from widgets.status_line import StatusLine
from widgets.transcript import Transcript
from widgets.virtual_table import VirtualTable

RED, BLUE = "red/one", "blue/two"


class Priced(AppModels):
    """Models of which one has a price."""

    def price(self, reference: str, usage: Usage) -> float | None:
        return 0.002 * usage.output_tokens if reference == RED else None

    async def discover(self) -> tuple[Offer, ...]:
        return tuple(Offer(reference=name, provider=name.partition("/")[0], detail="") for name in (RED, BLUE))


def line_of(screen: BroadcastScreen | CompareScreen | DifferenceScreen, which: str) -> str:
    return screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


def cells(screen: BroadcastScreen | CompareScreen, name: str) -> list[str]:
    return [row[name].text for row in screen.query_one(VirtualTable)._rows]


def answer_of(screen: CompareScreen) -> str:
    return screen.query_one(Transcript).source_of(ANSWER)


def chosen(*models: str) -> str:
    return choice_text([Target(model=model) for model in models])


@asynccontextmanager
async def town(home: Path, red: list, blue: list, *, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Stage]:
    """Two models, each with its script of steps, beside the one that new sessions have."""
    providers = {"red": ScriptedProvider(red), "blue": ScriptedProvider(blue), "scripted": scripted(repeat=True)[1]}
    async with opened_app(home, models=Priced(dict(providers)), size=size) as stage:
        stage.main.shelf.put(CHOICE_KEY, chosen(RED, BLUE))
        yield stage


async def choosing(stage: Stage, prompt: str = "") -> BroadcastScreen:
    await stage.send(f"/broadcast {prompt}".strip())
    await stage.until(lambda: isinstance(stage.app.screen, BroadcastScreen))
    screen = stage.app.screen
    assert isinstance(screen, BroadcastScreen)
    return screen


async def sent(stage: Stage, prompt: str = "Go", count: int = 2) -> list[Session]:
    """The prompt goes to the fresh ones; they are on screen."""
    await choosing(stage, prompt)
    await stage.press("enter")
    await stage.until(lambda: len(members(stage)) == count and len(stage.main.panes) == count)
    return members(stage)


def members(stage: Stage) -> list[Session]:
    found = [session for session in stage.workspace.sessions if session.state.group is not None]
    return sorted(found, key=lambda session: session.state.slot)


async def compared(stage: Stage) -> CompareScreen:
    await stage.send("/compare")
    await stage.until(lambda: isinstance(stage.app.screen, CompareScreen))
    screen = stage.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


async def both_done(stage: Stage) -> None:
    await stage.until(lambda: all(measures(s.state, 0.0).phase == "done" for s in members(stage)))


async def test_two_models_stream_side_by_side_and_each_pane_says_how_it_does(home: Path) -> None:
    holds = [Hold(), Hold()]
    red = [[text("I am red", holds[0]), usage(900, 100)]]
    blue = [[text("I am blue", holds[1]), usage(900, 50)]]
    async with town(home, red, blue) as stage:
        await sent(stage, "Who are you?")
        await stage.until(lambda: all(session.state.parts for session in members(stage)))
        titles = [pane.query_one(".title", StatusLine) for pane in stage.main.panes]
        assert ["one" in title.render().plain for title in titles] == [True, False]  # type: ignore[union-attr]
        assert all("first 0.0 s" in title.render().plain for title in titles)  # type: ignore[union-attr]
        for hold in holds:
            hold.release()
        await both_done(stage)
        assert "$0.20" in titles[0].render().plain  # type: ignore[union-attr]
        assert "cost unknown" in titles[1].render().plain  # type: ignore[union-attr]


async def test_what_it_may_cost_is_said_before_and_unknown_is_not_nothing(home: Path) -> None:
    async with town(home, [], []) as stage:
        screen = await choosing(stage, "Go")
        costs = cells(screen, "cost")
        assert costs[0].startswith("$") and "–" in costs[0] and costs[1] == "unknown"
        assert "2 chosen" in line_of(screen, ".head") and "and 1 unknown" in line_of(screen, ".head")
        assert "write into one folder" in line_of(screen, ".said")
        await stage.press("space")
        assert "1 chosen" in line_of(screen, ".head") and "cost unknown" in line_of(screen, ".head")
        assert line_of(screen, ".said").strip() == ""


async def test_closing_it_keeps_the_prompt_and_the_choice_and_sends_nothing(home: Path) -> None:
    async with town(home, [], []) as stage:
        await stage.type("What I had begun")
        stage.app.run_action_by_id("compare.send")
        await stage.until(lambda: isinstance(stage.app.screen, BroadcastScreen))
        screen = stage.app.screen
        assert isinstance(screen, BroadcastScreen) and isinstance(screen.focused, VirtualTable)
        await stage.press("e", "j", "d", "tab", *" more")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.pane.prompt.value == "What I had begun more"
        assert choice_value(stage.main.shelf.get(CHOICE_KEY)) == [Target(model=RED, effort="low")]
        assert len(stage.workspace.sessions) == 1


async def test_a_model_is_added_from_the_list_as_often_as_one_likes(home: Path) -> None:
    async with town(home, [], []) as stage:
        screen = await choosing(stage, "Go")
        for _ in range(2):
            await stage.press("a")
            await stage.until(lambda: isinstance(stage.app.screen, Picker))
            await stage.until(lambda: len(stage.app.screen.query_one(PickerRows).items) == 2)
            await stage.press("down", "up", "enter")
            await stage.until(lambda: stage.app.screen is screen)
        assert [target.model for target in screen.targets if not target.session_id] == [RED, BLUE, RED, RED]
        await stage.press("escape")


async def test_without_a_prompt_or_anybody_chosen_nothing_is_sent(home: Path) -> None:
    async with town(home, [], []) as stage:
        screen = await choosing(stage)
        assert isinstance(screen.focused, Prompt)
        await stage.press("ctrl+s")
        assert "no prompt yet" in line_of(screen, ".said")
        await stage.press("G", "o", "enter", "space", "j", "space", "enter")
        assert stage.app.screen is screen and "Nobody is chosen" in line_of(screen, ".said")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.pane.prompt.value == "Go" and not members(stage)


async def test_a_marked_busy_session_queues_it_and_that_is_said(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("First", hold)], [text("Second")]) as stage:
        await stage.send("Begin")
        await hold.reached()
        screen = await choosing(stage, "And then")
        await stage.press("space", "j", "space")  # not the fresh one but the open one
        assert "running: waits" in cells(screen, "state")
        assert "is busy" in line_of(screen, ".said")
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session.state.outbox)
        assert [prompt.text for prompt in stage.session.state.outbox] == ["And then"]
        hold.release()
        await stage.rested(2)
        assert measures(stage.session.state, 0.0).phase == "done"


async def test_in_a_repository_each_may_have_a_worktree_of_its_own(home: Path) -> None:
    folder = repository(home / "project")
    async with town(home, [[text("Red.")]], [[text("Blue.")]]) as stage:
        screen = await choosing(stage, "Go")
        assert cells(screen, "place")[:2] == ["this folder", "this folder"]
        assert "w: a worktree each" in line_of(screen, ".said")
        await stage.press("w", "j", "w")
        assert cells(screen, "place")[:2] == ["own tree", "own tree"]
        assert "copy of what is not committed" in line_of(screen, ".said")
        await stage.press("enter")
        await stage.until(lambda: len(members(stage)) == 2)
        await both_done(stage)
        places = {Path(session.state.cwd) for session in members(stage)}
        assert len(places) == 2 and folder not in places
        assert all((place / "src" / "valve.py").is_file() for place in places)  # nobody had committed it


async def test_one_that_asks_and_one_that_fails_do_not_stop_the_other(home: Path) -> None:
    red = [[call("shell", {"command": "make all && touch x"})], [text("Made.")]]
    async with town(home, red, [[text("Blue is done.")]]) as stage:
        first, second = await sent(stage)
        await stage.until(lambda: first.state.asking() and second.state.turns and second.state.turns[0].outcome)
        screen = await compared(stage)
        assert cells(screen, "phase") == ["asking", "done"]
        asked = first.state.asking()[0].approval
        assert asked is not None
        first.decide(asked.approval_id, "deny")
        await stage.until(lambda: cells(screen, "phase") == ["done", "done"])  # it follows what happens
        assert cells(screen, "calls")[0].startswith("1")
        await stage.press("escape")


async def test_the_answer_under_the_cursor_grows_as_it_comes(home: Path) -> None:
    holds = [Hold(), Hold()]
    red = [[text("The valve ", holds[0], "opens ", holds[1], "too far.")]]
    async with town(home, red, [[text("Done.")]]) as stage:
        first, _ = await sent(stage)
        screen = await compared(stage)
        await stage.until(lambda: answer_of(screen) == "The valve ")
        holds[0].release()
        await stage.until(lambda: answer_of(screen) == "The valve opens ")
        holds[1].release()
        await stage.until(lambda: measures(first.state, 0.0).phase == "done")
        await stage.until(lambda: answer_of(screen) == "The valve opens too far.")
        await stage.press("escape")


async def test_answers_and_files_of_two_are_compared(home: Path) -> None:
    def writes(name: str, hold: Hold) -> list:
        steps = [[text("Hm", hold), call("read", {"path": "plan.txt"})]]
        steps.append([call("write", {"path": "plan.txt", "content": f"water\n{name} valve\n"})])
        return [*steps, [text(f"The {name} valve opens too far.")]]

    holds = [Hold(), Hold()]
    async with town(home, writes("red", holds[0]), writes("blue", holds[1])) as stage:
        sessions = await sent(stage)
        for session, hold in zip(sessions, holds, strict=True):
            session.change_mode("accept-edits")
            hold.release()
            await stage.until(lambda session=session: measures(session.state, 0.0).phase == "done")
        screen = await compared(stage)
        assert answer_of(screen) == "The red valve opens too far."
        await stage.press("j")
        await stage.until(lambda: answer_of(screen) == "The blue valve opens too far.")
        await stage.press("d")
        shown = await difference(stage)
        assert "-The red valve opens" in shown.query_one(DiffView).source
        assert {run.style for runs in shown.query_one(DiffView)._words.values() for run in runs if run.style} == {
            "word-add",
            "word-remove",
        }
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is screen)
        await stage.press("f")
        shown = await difference(stage)
        assert [str(option.prompt) for option in shown.query_one(OptionList).options] == [" ~ plan.txt"]
        assert "-red valve\n+blue valve" in shown.query_one(DiffView).source.replace("\n-water\n", "\n")
        await stage.press("v")
        assert "+++ b/plan.txt" in shown.query_one(DiffView).source and "before → one" in line_of(shown, ".said")
        await stage.press("escape", "escape")
        await stage.until(lambda: stage.app.screen is stage.main)


async def difference(stage: Stage) -> DifferenceScreen:
    await stage.until(lambda: isinstance(stage.app.screen, DifferenceScreen))
    screen = stage.app.screen
    assert isinstance(screen, DifferenceScreen)
    return screen


async def test_promoting_asks_once_naming_what_runs_and_archives_the_others(home: Path) -> None:
    hold = Hold()
    async with town(home, [[text("Done.")]], [[text("Still", hold)]]) as stage:
        first, second = await sent(stage)
        await hold.reached()
        await stage.until(lambda: measures(first.state, 0.0).phase == "done")
        screen = await compared(stage)
        await stage.press("p")
        question = str(screen.query_one(".said", Static).render())
        assert "archive two" in question and "two still runs and will be interrupted" in question
        await stage.press("enter")  # is no answer
        await stage.press("escape")  # is no
        assert stage.app.screen is screen and not screen.query_one(".said").has_class("-said")
        await stage.press("p", "y")
        await stage.until(lambda: stage.app.screen is stage.main and second.id not in stage.main.tabs)
        assert second.state.archived and not first.state.archived
        assert stage.session is first
        rows = await stage.store.sessions(archived=True)
        assert [row.id for row in rows] == [second.id]
        screen = await compared(stage)  # the comparison is still there
        assert cells(screen, "phase") == ["done", "archived"]
        await stage.press("j", "p")
        assert "takes it back first" in str(screen.query_one(".said", Static).render())
        await stage.press("escape")


async def test_a_restart_finds_the_group_with_all_of_its_figures(home: Path) -> None:
    async with town(home, [[text("Red."), usage(900, 100)]], [[text("Blue.")]]) as stage:
        await sent(stage)
        await both_done(stage)
        figures = [measures(session.state, 0.0) for session in members(stage)]
        members(stage)[1].archive()
        await stage.main.close_tab(members(stage)[1].id)
    async with opened_app(home) as stage:
        await stage.until(lambda: stage.session.state.group is not None)
        screen = await compared(stage)
        assert [measures(state, 0.0) for state in screen._states] == figures
        assert [state.archived for state in screen._states] == [False, True]
        await stage.press("escape")


async def test_a_session_without_a_group_is_compared_with_one_that_is_picked(home: Path) -> None:
    async with opened_app(home, [text("One.")], [text("Two.")]) as stage:
        await stage.send("First")
        await stage.rested()
        await stage.press("ctrl+n")
        await stage.until(lambda: not stage.session.state.turns)
        await stage.send("Second")
        await stage.rested()
        await stage.send("/compare")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, CompareScreen))
        screen = stage.app.screen
        assert isinstance(screen, CompareScreen)
        assert sorted(state.slot for state in screen._states) == [1, 2]
        await stage.press("j", "enter")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.session.state.slot == 1


def test_a_choice_that_cannot_be_read_is_none() -> None:
    kept = [Target(model=REFERENCE, effort="high", worktree=True, marked=False), Target(model=RED)]
    assert choice_value(choice_text(kept)) == kept
    for broken in ("", "[", "[1]", '[["m"]]', '{"a": 1}', '[["", "", true, true]]'):
        assert choice_value(broken) == []
