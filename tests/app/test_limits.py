"""Budgets in the inbox: the day's when it stops a session, and one that is nearly reached. `/budget` says and sets."""

from pathlib import Path

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import ScriptedProvider, text
from tui.app.attention.inbox import InboxItem
from tui.app.screens.inbox import InboxScreen
from tui.engine.choice import ModelPlan
from widgets.ask_bar import AskBar

DONE = [text("Done.")]


def models(price: float, steps: int = 6) -> AppModels:
    return AppModels({"scripted": ScriptedProvider([DONE] * steps)}, price=price)


async def opened_inbox(stage: Stage, kind: str) -> InboxItem:
    await stage.until(lambda: any(item.kind == kind for item in stage.app.attention.items()))
    await stage.press("f3")
    await stage.until(lambda: isinstance(stage.app.screen, InboxScreen) and stage.app.screen.selected is not None)
    screen = stage.app.screen
    assert isinstance(screen, InboxScreen) and screen.selected is not None
    assert screen.selected.kind == kind
    return screen.selected


async def answer(stage: Stage, *keys: str) -> None:
    bar = stage.app.screen.query_one(AskBar)
    await stage.until(lambda: bar.request is not None and bar.hears)
    await stage.press(*keys)


def notices(stage: Stage) -> list[str]:
    return [notice.message for notice in stage.app._notifications]


async def spent_day(stage: Stage) -> None:
    """One turn that spends the day's budget, and one that it stops."""
    await stage.send("Go")
    await stage.rested()
    await stage.send("More")
    await stage.rested(2)
    assert stage.session.state.turns[-1].cause == "day"


async def test_the_days_limit_is_raised_from_the_inbox_and_the_session_goes_on(home: Path) -> None:
    async with opened_app(home, models=models(0.6), plan=ModelPlan(day_budget=0.5)) as stage:
        await spent_day(stage)
        await opened_inbox(stage, "day")
        await answer(stage, "r")
        await stage.press(*"0.4", "enter")
        await stage.until(lambda: "0.60 is spent" in _notes(stage))
        await answer(stage, "r")
        await stage.press(*"2.5", "enter")
        await stage.until(lambda: stage.session.state.turns[-1].outcome == "done" and not stage.session.running)
        assert (await stage.workspace.purse.note()).limit == 2.5
        await stage.until(lambda: not stage.app.attention.items())


def _notes(stage: Stage) -> str:
    return stage.app.screen.query_one(".notes").render().plain  # type: ignore[union-attr]


async def test_one_session_may_go_on_and_the_others_stay_stopped(home: Path) -> None:
    async with opened_app(home, models=models(0.6), plan=ModelPlan(day_budget=0.5)) as stage:
        await spent_day(stage)
        await opened_inbox(stage, "day")
        await answer(stage, "s")
        await stage.until(lambda: stage.session.state.turns[-1].outcome == "done" and not stage.session.running)
        other = await stage.workspace.new_session("scripted/script")
        other.submit("Go")
        await stage.until(lambda: other.state.turns and other.state.turns[-1].cause == "day")


async def test_a_limit_that_is_nearly_reached_is_said_and_waits_until_it_is_put_away(home: Path) -> None:
    plan = ModelPlan(budget=1.0, warn=0.5)
    async with opened_app(home, models=models(0.6), plan=plan) as stage:
        await stage.send("Go")
        await stage.rested()
        item = await opened_inbox(stage, "nearly")
        assert item.what == "This session has cost $0.60 of $1.00. Nothing has stopped."
        assert item.what in notices(stage)
        await answer(stage, "x")
        await stage.until(lambda: not stage.app.attention.items())
        assert await stage.store.load_ui(item.session_id, "budget.told") == "1"


async def test_what_is_nearly_reached_is_raised_there_or_gone_when_it_is_raised_elsewhere(home: Path) -> None:
    plan = ModelPlan(budget=1.0, warn=0.5)
    async with opened_app(home, models=models(0.6), plan=plan) as stage:
        await stage.send("Go")
        await stage.rested()
        await opened_inbox(stage, "nearly")
        await answer(stage, "r")
        await stage.press("3", "enter")
        await stage.until(lambda: stage.session.state.budget == 3.0 and not stage.app.attention.items())
        await stage.press("escape")
        await stage.send("More")
        await stage.until(lambda: len(stage.session.state.turns) == 2 and not stage.session.running)
        await stage.send("More still")
        await stage.until(lambda: any(item.kind == "nearly" for item in stage.app.attention.items()))
        await stage.send("/budget 9")
        await stage.until(lambda: stage.session.state.budget == 9.0)
        await stage.send("And more")
        await stage.until(lambda: not stage.app.attention.items())


async def test_budget_day_sets_lifts_and_tells_what_today_may_cost(home: Path) -> None:
    async with opened_app(home, models=models(0.25), plan=ModelPlan(day_budget=1.0)) as stage:
        await stage.send("Go")
        await stage.rested()
        for typed, told in (
            ("/budget day", "Today, all sessions: $0.25 of $1.00."),
            ("/budget day 4", "Today, all sessions: $0.25 of $4.00."),
            ("/budget free", "Today, all sessions: $0.25 of $4.00. It does not stop this session."),
            ("/budget day off", "Today, all sessions: $0.25. /budget day 20 limits that."),
        ):
            await stage.send(typed)
            await stage.until(lambda told=told: told in notices(stage))
