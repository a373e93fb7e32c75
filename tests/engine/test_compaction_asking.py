"""How a summary is asked for: again after a wait that is seen, of a fallback, in time, and for what it may cost."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_compaction import LONG, SUMMARY, compacted, failure, of, opened, say, words
from tests.scripts import (
    AuthFailed,
    Hold,
    ScriptedModels,
    ScriptedProvider,
    ServerFailed,
    cut,
    eventually,
    fail,
    scripted,
    text,
    usage,
)
from tui.app.status import pane_status
from tui.engine.choice import ModelPlan
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.window import compaction
from tui.engine.window.context import history
from tui.events import CompactionStarted, ModelChanged, StepRetried, SummaryKept
from tui.state import fold
from tui.store.store import Store

OTHER = "other/two"


def two(first: ScriptedProvider, second: ScriptedProvider) -> ScriptedModels:
    return ScriptedModels({"scripted": first, "other": second}, price=0.25)


def doing(session: Session, now: float) -> str:
    left, _ = pane_status(session.state, None, now, mode="ask")
    return str(left[0].text)


async def waiting(session: Session) -> StepRetried:
    """The session waits to ask for its summary again."""
    await eventually(lambda: session.state.compaction_retry)
    assert session.state.compaction_retry is not None
    return session.state.compaction_retry[0]


async def test_that_it_waits_to_ask_again_is_said_with_the_reason_and_the_seconds(store: Store, tmp_path: Path) -> None:
    models, _ = scripted([text(LONG)], [fail(ServerFailed("Busy."))], [text(SUMMARY)])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.compact()
        retry = await waiting(session)
        (started,) = of(session, CompactionStarted)
        assert (retry.step_id, retry.attempt, retry.reason) == (started.compaction_id, 1, "Busy.")
        assert session.state.compaction_retry is not None
        at = session.state.compaction_retry[1]
        assert "compacting: retry 1 in" in doing(session, at)
        assert doing(session, at + retry.wait + 1).endswith("compacting: retry 1")
        session.retry_now()
        await session.rest()
        assert session.state.compaction_retry is None and words(history(session.state)).endswith(SUMMARY)
        await store.settle()
        assert fold(session.id, await store.load(session.id)) == session.state
        rows = await store.read(lambda db: db.execute("SELECT retries FROM p_usage ORDER BY seq").fetchall())
        assert rows == [(0,), (1,)]


async def test_a_wait_ends_with_an_interrupt(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text(LONG)], [fail(ServerFailed("Busy."))])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.compact()
        await waiting(session)
        assert session.interrupt()
        await session.rest()
        assert failure(session) == "It was interrupted."
        assert (session.state.compaction_retry is not None, session.status, len(provider.requests)) == (True, "idle", 2)
        assert "idle" in doing(session, 0.0)


@pytest.mark.parametrize("how", [[fail(AuthFailed("No key.", status=401))], [text("The per"), cut()]])
async def test_where_its_model_fails_for_good_a_fallback_writes_the_summary(
    store: Store, tmp_path: Path, how: list[Any]
) -> None:
    first, second = ScriptedProvider([[text(LONG)], how]), ScriptedProvider([[text(SUMMARY)], [text("Two.")]])
    async with opened(store, tmp_path, two(first, second), plan=ModelPlan(fallback=(OTHER,))) as session:
        await say(session, "First")
        await compacted(session)
        (changed,) = of(session, ModelChanged)
        assert changed.model == OTHER and "scripted/script failed" in changed.reason
        assert [event.model for event in of(session, SummaryKept)] == [OTHER]
        assert words(history(session.state)).endswith(SUMMARY)
        await say(session, "Second")
        assert len(second.requests) == 2, "it is the session's model now, as after a step"
        await store.settle()
        rows = await store.read(lambda db: db.execute("SELECT model FROM p_usage ORDER BY seq").fetchall())
        assert rows == [("scripted/script",), (OTHER,), (OTHER,)]


async def test_where_no_model_answers_the_chosen_one_is_the_model_again(store: Store, tmp_path: Path) -> None:
    refused = [fail(AuthFailed("No key.", status=401))]
    first, second = ScriptedProvider([[text(LONG)], refused]), ScriptedProvider([refused])
    async with opened(store, tmp_path, two(first, second), plan=ModelPlan(fallback=(OTHER,))) as session:
        await say(session, "First")
        await compacted(session)
        assert "scripted/script failed: No key. other/two failed: No key." in failure(session)
        assert session.state.model == "scripted/script"


@pytest.mark.parametrize("how", ["silent", "busy"])
async def test_one_that_nobody_asked_for_holds_a_turn_up_for_so_long_and_no_longer(
    store: Store, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "LONGEST", 0.2 / Limits().request)

    def step(request: Any) -> list[Any]:
        if request.tools == ():
            return [text("The person"), Hold()] if how == "silent" else [fail(ServerFailed("Busy."))]
        return [text(LONG), usage(11_000, 10)]

    models, provider = scripted(*[step] * 3, window=12_000)
    async with opened(store, tmp_path, models) as session:
        await say(session, "First", "Second")
        assert failure(session).startswith("No summary came within 0.2 s. It is tried again")
        assert len(provider.requests) == 3 and provider.endings[1] != "done"


# --- the budget


async def test_one_that_would_pass_the_budget_is_not_sent_and_says_what_it_would_cost(
    store: Store, tmp_path: Path
) -> None:
    models, provider = scripted([text(LONG)], [text(SUMMARY)], price=0.6)
    async with opened(store, tmp_path, models) as session:
        session.change_budget(1.0)
        await say(session, "First")
        await compacted(session)
        assert len(provider.requests) == 1
        assert failure(session) == (
            "The budget does not reach for some $0.60 more: this session has cost $0.60 of $1.00."
            " /budget 2 raises the limit, /budget off lifts it; then /compact."
        )
        assert (session.state.cost, session.state.unpriced_steps) == (0.6, 0)
        session.change_budget(2.0)
        await compacted(session)
        assert words(history(session.state)).endswith(SUMMARY)


async def test_one_is_not_sent_when_the_budget_is_spent(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text(LONG)], [text(SUMMARY)], price=1.0)
    async with opened(store, tmp_path, models) as session:
        session.change_budget(1.0)
        await say(session, "First")
        await compacted(session)
        assert len(provider.requests) == 1
        assert failure(session).startswith("The budget is spent: this session has cost $1.00 of $1.00.")
