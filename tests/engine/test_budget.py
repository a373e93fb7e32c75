"""What a session may cost: when it stops, what it says then, and how it goes on."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scripts import REFERENCE, ScriptedModels, ScriptedProvider, call, eventually, scripted, text, usage
from tui.engine.budget import dollars, more_than
from tui.engine.choice import ModelPlan
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import UsageError
from tui.events import BudgetChanged
from tui.state import fold
from tui.store.store import Store

Work = Callable[..., Awaitable[Workspace]]
LOOK = [call("read", {"path": "notes.txt"})]
DONE = [text("Done.")]


async def ran(session: Session, prompt: str = "Go") -> Session:
    session.submit(prompt)
    await session.rest()
    return session


async def test_the_step_that_passes_the_limit_is_the_last_and_what_it_called_still_runs(work: Work) -> None:
    models, provider = scripted(LOOK, LOOK, LOOK, DONE, price=0.5)
    session = await (await work(models, plan=ModelPlan(budget=1.0))).new_session(REFERENCE)
    await ran(session)
    turn = session.state.turns[-1]
    assert (len(provider.requests), turn.outcome, turn.cause) == (2, "failed", "budget")
    assert turn.error == "The budget is spent: this session has cost $1.00 of $1.00."
    assert turn.hint == "/budget 2 raises the limit, /budget off lifts it; then /continue."
    assert [call.phase for call in session.state.calls.values()] == ["ok", "ok"]


async def test_a_raised_limit_lets_it_go_on_where_it_stopped(work: Work, store: Store) -> None:
    models, provider = scripted(LOOK, DONE, price=1.0)
    session = await (await work(models, plan=ModelPlan(budget=1.0))).new_session(REFERENCE)
    await ran(session)
    assert session.status == "failed"
    session.change_budget(2.5)
    session.carry_on()
    await session.rest()
    assert (session.state.turns[-1].outcome, len(provider.requests)) == ("done", 2)
    await store.settle()
    assert fold(session.id, await store.load(session.id)).budget == 2.5


async def test_a_prompt_to_a_session_that_has_spent_all_costs_nothing(work: Work) -> None:
    models, provider = scripted(DONE, DONE, price=1.0)
    session = await (await work(models, plan=ModelPlan(budget=1.0))).new_session(REFERENCE)
    await ran(session)
    assert session.state.turns[-1].outcome == "done"  # its answer was whole when the limit was reached
    await ran(session, "More")
    assert (session.state.turns[-1].cause, len(provider.requests)) == ("budget", 1)
    session.change_budget(None)
    session.carry_on()
    await session.rest()
    assert session.state.turns[-1].outcome == "done"


async def test_what_has_no_known_price_does_not_count_and_is_said(work: Work) -> None:
    prices = iter([None, 2.0])
    models, provider = scripted(LOOK, LOOK, DONE)
    models.price = lambda reference, usage: next(prices)  # type: ignore[method-assign]
    session = await (await work(models, plan=ModelPlan(budget=1.0))).new_session(REFERENCE)
    await ran(session)
    assert len(provider.requests) == 2
    assert session.state.turns[-1].error == (
        "The budget is spent: this session has cost $2.00 of $1.00. 1 request without a known price cannot be counted."
    )


async def test_models_of_unknown_price_are_never_stopped_by_a_budget(work: Work) -> None:
    models, provider = scripted(LOOK, LOOK, DONE, price=None)
    session = await ran(await (await work(models, plan=ModelPlan(budget=0.01))).new_session(REFERENCE))
    assert (session.state.turns[-1].outcome, len(provider.requests)) == ("done", 3)


async def test_a_sub_agent_spends_the_budget_of_whom_it_works_for_and_stops_with_it(work: Work) -> None:
    task = call("task", {"prompt": "Look", "title": "Looking", "model": "child/m"})
    parent = ScriptedProvider([[task], DONE])
    child = ScriptedProvider([LOOK, LOOK, LOOK, LOOK, DONE])
    models = ScriptedModels({"scripted": parent, "child": child}, price=0.5)
    workspace = await work(models, plan=ModelPlan(budget=1.2, effort="high"))
    session = await ran(await workspace.new_session(REFERENCE))
    sub = next(each for each in workspace.sessions if each is not session)
    assert (sub.state.budget, sub.state.effort) == (None, "high")
    assert sub.state.turns[-1].cause == "budget"
    assert f"session {session.state.slot}, for which this one works, has cost" in sub.state.turns[-1].error
    assert f"in session {session.state.slot}" in sub.state.turns[-1].hint
    assert len(child.requests) <= 3  # what is on its way to the disk may be one request behind
    await workspace.delegated(session.id)
    assert (session.state.turns[-1].cause, len(parent.requests)) == ("budget", 1)
    assert "its sub-agents included" in session.state.turns[-1].error


async def test_new_sessions_begin_with_the_plan_and_say_so_in_the_log(work: Work) -> None:
    models, provider = scripted(DONE)
    workspace = await work(models, plan=ModelPlan(effort="low", budget=3.0))
    session = await workspace.new_session(REFERENCE)
    assert (session.state.effort, session.state.budget) == ("low", 3.0)
    await ran(session)
    assert provider.requests[0].effort == "low"


@pytest.mark.parametrize("limit", [0.0, -1.0, float("inf"), float("nan")])
async def test_a_limit_that_is_none_is_refused(work: Work, limit: float) -> None:
    session = await (await work(scripted(DONE)[0])).new_session(REFERENCE)
    with pytest.raises(UsageError):
        session.change_budget(limit)
    assert not any(isinstance(entry.event, BudgetChanged) for entry in session.log.since(0))


async def test_what_sub_agents_cost_is_told_once_it_is_on_disk(work: Work, store: Store) -> None:
    task = call("task", {"prompt": "Look", "title": "Looking", "model": "child/m"})
    providers = {"scripted": ScriptedProvider([[task], DONE]), "child": ScriptedProvider([LOOK, DONE])}
    workspace = await work(ScriptedModels(dict(providers), price=0.25))
    session = await ran(await workspace.new_session(REFERENCE))
    await store.settle()
    assert await workspace.delegated(session.id) == (0.5, 0)
    sub = next(each for each in workspace.sessions if each is not session)
    assert await workspace.delegated(sub.id) == (0.0, 0)
    await eventually(lambda: session.state.cost == 0.5)


@pytest.mark.parametrize(
    ("cost", "limit", "wanted"), [(1.0, 1.0, "2"), (5.02, 5.0, "10"), (30.0, 5.0, "36"), (0.004, 0.003, "0.0060")]
)
def test_the_limit_that_is_offered_lets_it_go_on(cost: float, limit: float, wanted: str) -> None:
    assert more_than(cost, limit) == wanted
    assert float(wanted) > cost


def test_amounts_below_a_cent_are_not_called_nothing() -> None:
    assert (dollars(0.0042), dollars(0), dollars(12.3)) == ("$0.0042", "$0.00", "$12.30")


async def test_a_summary_that_spends_the_rest_is_the_last_request(work: Work) -> None:
    long = [text("gate " * 4000), usage(5000, 4000)]
    models, provider = scripted(long, [text("In short."), usage(5000, 10)], DONE, price=0.5, window=10_000)
    session = await (await work(models, plan=ModelPlan(budget=1.0))).new_session(REFERENCE)
    await ran(session)
    await ran(session, "More")
    assert session.state.compacted is not None
    assert (session.state.turns[-1].cause, len(provider.requests)) == ("budget", 2)
