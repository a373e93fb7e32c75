"""What all sessions may cost in a day, and what is said before a limit is reached."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripts import REFERENCE, Hold, ScriptedModels, ScriptedProvider, call, eventually, scripted, text
from tui.engine.choice import ModelPlan
from tui.engine.purse import DAY, KEY, Near
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.ledger import midnight
from tui.store.store import Store
from tui.tools.catalog import Catalog

Work = Callable[..., Awaitable[Workspace]]
LOOK = [call("read", {"path": "notes.txt"})]
DONE = [text("Done.")]


async def ran(session: Session, prompt: str = "Go") -> Session:
    session.submit(prompt)
    await session.rest()
    return session


async def test_sessions_share_the_day_and_the_next_request_of_any_of_them_is_stopped(work: Work) -> None:
    models, provider = scripted(DONE, DONE, DONE, price=0.5)
    workspace = await work(models, plan=ModelPlan(day_budget=1.0))
    for _ in range(2):
        assert (await ran(await workspace.new_session(REFERENCE))).status == "idle"
    third = await ran(await workspace.new_session(REFERENCE))
    turn = third.state.turns[-1]
    assert (turn.cause, len(provider.requests)) == ("day", 2)
    assert turn.error == "The day's budget is spent: all sessions have cost $1.00 of $1.00 today."
    assert turn.hint.startswith("/budget day 2 raises it for today, /budget free lets this session go on today")


async def test_eight_sessions_near_the_limit_pass_it_with_one_request_at_the_most(work: Work, store: Store) -> None:
    models, provider = scripted(lambda request: LOOK, repeat=True, price=0.3)
    workspace = await work(models, plan=ModelPlan(day_budget=2.0))
    sessions = [await workspace.new_session(REFERENCE) for _ in range(8)]
    await asyncio.gather(*map(ran, sessions))
    assert {session.state.turns[-1].cause for session in sessions} == {"day"}
    cost, unpriced = await store.spent(0.0)
    assert cost == pytest.approx(0.3 * len(provider.requests)) and unpriced == 0
    assert 2.0 <= cost <= 2.0 + 0.3 + 1e-9


async def test_sub_agents_that_run_at_once_pass_their_parents_limit_with_one_request_at_the_most(work: Work) -> None:
    tasks = [call("task", {"prompt": f"Look {n}", "title": f"{n}", "model": "child/m"}) for n in range(6)]
    parent = ScriptedProvider([tasks, DONE])
    child = ScriptedProvider([lambda request: LOOK], repeat=True)
    workspace = await work(ScriptedModels({"scripted": parent, "child": child}, price=0.25), plan=ModelPlan(budget=1.6))
    session = await ran(await workspace.new_session(REFERENCE))
    below, _ = await workspace.delegated(session.id)
    assert session.state.turns[-1].cause == "budget"
    assert 1.6 <= session.state.cost + below <= 1.6 + 0.25 + 1e-9


async def test_far_from_the_limit_nobody_waits_for_anybody(work: Work) -> None:
    hold = Hold()
    models, provider = scripted(lambda request: [text("A"), hold], repeat=True, price=0.01)
    workspace = await work(models, plan=ModelPlan(day_budget=100.0))
    sessions = [await workspace.new_session(REFERENCE) for _ in range(4)]
    for session in sessions:
        session.submit("Go")
    await eventually(lambda: len(provider.requests) == 4)
    hold.release()
    for session in sessions:
        await session.rest()


async def test_who_waits_near_the_limit_can_be_interrupted(work: Work) -> None:
    hold = Hold()
    models, provider = scripted([text("A"), hold], DONE, price=0.8)
    workspace = await work(models, plan=ModelPlan(day_budget=1.0))
    first, second = [await workspace.new_session(REFERENCE) for _ in range(2)]
    first.submit("Go")
    await eventually(lambda: len(provider.requests) == 1)
    second.submit("Go")
    await eventually(lambda: second.state.turn is not None)
    second.interrupt()
    await second.rest()
    assert (second.state.turns[-1].outcome, len(provider.requests)) == ("interrupted", 1)
    hold.release()
    await first.rest()
    assert first.state.turns[-1].outcome == "done"


async def test_what_is_raised_or_freed_for_today_outlives_the_program_and_ends_with_the_day(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()

    async def opened_day(deed: Callable[[Workspace, Session], Awaitable[None]], expected: str) -> None:
        models, _ = scripted(DONE, price=1.0)
        place: dict[str, Any] = {"root": tmp_path / "project", "cwd": tmp_path / "project"}
        plan = ModelPlan(day_budget=1.0)
        async with open_workspace(store=store, models=models, toolbox=Catalog(), plan=plan, **place) as workspace:
            session = await workspace.new_session(REFERENCE)
            await deed(workspace, session)
            await ran(session)
            assert session.state.turns[-1].cause == expected

    async def nothing(workspace: Workspace, session: Session) -> None: ...

    async def frees(workspace: Workspace, session: Session) -> None:
        await workspace.purse.free(session.id)

    async def raises(workspace: Workspace, session: Session) -> None:
        await workspace.purse.limit_today(4.0)

    await opened_day(nothing, "")
    await opened_day(nothing, "day")
    await opened_day(frees, "")
    await opened_day(nothing, "day")
    await opened_day(raises, "")
    await opened_day(nothing, "")
    await opened_day(nothing, "day")
    kept = await store.load_ui("", KEY) or ""
    store.save_ui("", KEY, kept.replace('"limit": 4.0', '"limit": 0.0'))
    await opened_day(nothing, "")  # 0: lifted
    store.save_ui("", KEY, kept.replace('"limit": 4.0', '"limit": 90.0').replace('"day": "2', '"day": "1'))
    await opened_day(nothing, "day")
    store.save_ui("", KEY, "[3]")
    await opened_day(nothing, "day")


async def test_what_another_program_has_spent_today_counts_and_yesterday_does_not(store: Store, work: Work) -> None:
    models, _ = scripted(DONE, DONE, price=0.6)
    mine = await work(models, plan=ModelPlan(day_budget=0.5))
    other_store = await Store.open(store.path)
    place: dict[str, Any] = {"root": mine.root, "cwd": mine.cwd}
    async with open_workspace(store=other_store, models=models, toolbox=Catalog(), **place) as other:
        await ran(await other.new_session(REFERENCE))
    await other_store.close()
    assert (await ran(await mine.new_session(REFERENCE))).state.turns[-1].cause == "day"

    def to_yesterday(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE p_usage SET started_at = started_at - 90000")

    await store.change(to_yesterday)
    assert await mine.purse.sum_of_today() == (0.0, 0)
    assert (await ran(await mine.new_session(REFERENCE))).status == "idle"


async def test_a_limit_that_is_nearly_reached_is_said_once_and_stops_nothing(work: Work, store: Store) -> None:
    models, provider = scripted(LOOK, LOOK, LOOK, LOOK, DONE, price=0.2)
    workspace = await work(models, plan=ModelPlan(budget=1.2, day_budget=5.0, warn=0.6))
    told: list[Near] = []
    workspace.purse.near = told.append
    session = await ran(await workspace.new_session(REFERENCE))
    assert (session.state.turns[-1].outcome, len(provider.requests)) == ("done", 5)
    (near,) = told
    assert (near.of, near.session_id, near.limit) == (session.id, session.id, 1.2)
    assert near.spent == pytest.approx(0.8)


async def test_what_was_put_away_is_not_said_again_by_the_next_program(work: Work) -> None:
    models, _ = scripted(lambda request: DONE, repeat=True, price=0.9)
    for puts_away, expected in ((False, [DAY]), (True, [DAY]), (False, [])):
        workspace = await work(models, plan=ModelPlan(day_budget=100.0, warn=0.005))
        told: list[Near] = []
        workspace.purse.near = told.append
        await ran(await workspace.new_session(REFERENCE))
        await ran(await workspace.new_session(REFERENCE))
        assert [near.of for near in told] == expected
        if puts_away:
            await workspace.purse.put_away(told[0])


async def test_requests_of_unknown_price_never_wait_and_are_said(work: Work) -> None:
    prices = {"scripted/script": 1.5, "free/m": None}
    providers = {"scripted": ScriptedProvider([DONE, DONE]), "free": ScriptedProvider([DONE])}
    models = ScriptedModels(dict(providers))
    models.price = lambda reference, usage: prices[reference]  # type: ignore[method-assign]
    workspace = await work(models, plan=ModelPlan(day_budget=1.0))
    await ran(await workspace.new_session("free/m"))
    await ran(await workspace.new_session(REFERENCE))
    last = await ran(await workspace.new_session(REFERENCE))
    assert last.state.turns[-1].error.endswith("today. 1 request without a known price cannot be counted.")


def test_a_day_begins_at_midnight_of_where_the_person_is() -> None:
    noon = 1_800_000_000.0
    assert 0 <= noon - midnight(noon) < 86_400 and midnight(midnight(noon)) == midnight(noon)
    assert midnight(noon, 1) < midnight(noon) < midnight(noon, -1)
