"""Which model a step is asked of: what falls back on another one, what does not, and how it is said."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.engine.test_break import assert_whole
from tests.scripts import (
    REFERENCE,
    AuthFailed,
    ConnectionLost,
    Hold,
    Overloaded,
    RateLimited,
    ScriptedModels,
    ScriptedProvider,
    ServerFailed,
    call,
    cut,
    eventually,
    fail,
    text,
)
from tui.engine.choice import ModelPlan
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.workspace import Workspace
from tui.errors import (
    ContextTooLong,
    ModelNotFound,
    OutOfCredit,
    ProviderError,
    RequestRejected,
    StreamBroken,
    StreamTimedOut,
)
from tui.events import ModelChanged, StepStarted
from tui.state import TurnState, fold
from tui.store.store import Store

Work = Callable[..., Awaitable[Workspace]]
SPARE, LAST = "spare/m", "last/m"
PLAN = ModelPlan(fallback=(SPARE, LAST))
ONCE = Limits(retries=0)
BUSY = fail(Overloaded("It is overloaded (529).", status=529))


def models(first: list[Any], spare: list[Any] | None = None, last: list[Any] | None = None) -> ScriptedModels:
    """The session's model and those behind it; a list is what its requests are answered with."""
    scripts = {"scripted": first, "spare": spare, "last": last}
    return ScriptedModels({name: ScriptedProvider(steps) for name, steps in scripts.items() if steps is not None})


async def turn_of(work: Work, known: ScriptedModels, limits: Limits = ONCE) -> tuple[Session, TurnState]:
    workspace = await work(known, limits, plan=PLAN)
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await session.rest()
    assert_whole(session.log.since(0))
    return session, session.state.turns[-1]


def changes(session: Session) -> list[ModelChanged]:
    return [entry.event for entry in session.log.since(0) if isinstance(entry.event, ModelChanged)]


def asked(session: Session) -> list[str]:
    return [entry.event.model for entry in session.log.since(0) if isinstance(entry.event, StepStarted)]


@pytest.mark.parametrize(
    "error",
    [
        Overloaded("Busy."),
        RateLimited("Slow down.", retry_after=900),
        ServerFailed("Broken."),
        ConnectionLost("Nothing answers."),
        StreamTimedOut("first event", 60),
        StreamBroken("A login page."),
        AuthFailed("The key is refused."),
        ModelNotFound("No such model."),
        OutOfCredit("No money."),
    ],
)
async def test_the_next_model_goes_on_with_the_turn_and_that_is_said(
    work: Work, store: Store, error: ProviderError
) -> None:
    known = models([[fail(error)]], [[text("I go on.")]])
    session, turn = await turn_of(work, known)
    assert (turn.outcome, session.state.model, asked(session)) == ("done", SPARE, [REFERENCE, SPARE])
    (said,) = changes(session)
    assert said.model == SPARE
    assert said.reason == f"{REFERENCE} failed: {str(error).rstrip('.')}"
    assert len(session.state.turns) == 1
    await store.settle()
    again = fold(session.id, await store.load(session.id))
    assert (again.model, again.turns[-1].outcome) == (SPARE, "done")


@pytest.mark.parametrize("error", [RequestRejected("Wrong."), ContextTooLong("Too long.")])
async def test_what_every_model_would_reject_is_told_at_once(work: Work, error: ProviderError) -> None:
    session, turn = await turn_of(work, models([[fail(error)]], [[text("Never.")]]))
    assert (turn.outcome, turn.error, turn.cause) == ("failed", str(error), "provider")
    assert (session.state.model, changes(session)) == (REFERENCE, [])


@pytest.mark.parametrize("shown", [[text("Half an "), BUSY], [text("Half an "), cut()]])
async def test_an_answer_that_was_shown_in_part_is_no_other_models_to_finish(work: Work, shown: list[Any]) -> None:
    session, turn = await turn_of(work, models([shown], [[text("Never.")]]))
    assert (turn.outcome, turn.cause, changes(session)) == ("failed", "provider", [])


async def test_the_retries_come_first_and_are_counted_in_what_is_said(work: Work) -> None:
    limits = Limits(retries=2, retry_cap=0.01)
    session, turn = await turn_of(work, models([[BUSY]] * 3, [[text("Here.")]]), limits)
    assert turn.outcome == "done"
    assert changes(session)[0].reason == f"{REFERENCE} failed 3 times: It is overloaded (529)"


async def test_a_later_step_of_the_turn_falls_back_too_with_all_that_was_done(work: Work) -> None:
    known = models([[call("read", {"path": "notes.txt"})], [BUSY]], [[text("It says one, two.")]])
    session, turn = await turn_of(work, known)
    assert (turn.outcome, asked(session)) == ("done", [REFERENCE, REFERENCE, SPARE])
    spare = known.providers["spare"]
    assert isinstance(spare, ScriptedProvider)
    roles = [message.role for message in spare.requests[0].messages]
    assert roles == ["user", "assistant", "user"]


async def test_when_all_fail_each_reason_is_told_and_the_chosen_model_is_back(work: Work) -> None:
    known = models([[BUSY]], [[fail(AuthFailed("No key."))]], [[fail(ServerFailed("Broken."))]])
    session, turn = await turn_of(work, known)
    assert (turn.outcome, turn.cause, session.state.model) == ("failed", "provider", REFERENCE)
    assert turn.error == (
        f"No model answered. {REFERENCE} failed: It is overloaded (529). {SPARE} failed: No key. {LAST} failed: Broken."
    )
    assert f"{REFERENCE} is the model again" in turn.hint
    assert asked(session) == [REFERENCE, SPARE, LAST]


async def test_a_fallback_that_nobody_knows_is_passed_over(work: Work) -> None:
    session, turn = await turn_of(work, models([[BUSY]], None, [[text("Here.")]]))
    assert (turn.outcome, session.state.model, asked(session)) == ("done", LAST, [REFERENCE, LAST])
    assert changes(session)[1].reason.startswith(f"{SPARE} failed: ")


async def test_each_is_tried_once_in_a_turn_and_again_in_the_next(work: Work) -> None:
    known = models([[BUSY]], [[call("read", {"path": "notes.txt"})], [BUSY], [text("Now.")]], [[BUSY]])
    session, turn = await turn_of(work, known)
    assert (turn.outcome, asked(session)) == ("failed", [REFERENCE, SPARE, SPARE, LAST])
    session.change_model(SPARE)
    session.carry_on()
    await session.rest()
    assert session.state.turns[-1].outcome == "done"


async def test_without_a_list_nothing_changes(work: Work) -> None:
    session = await (await work(models([[BUSY]], [[text("Never.")]]), ONCE)).new_session(REFERENCE)
    session.submit("Go")
    await session.rest()
    turn = session.state.turns[-1]
    assert (turn.error, turn.cause, changes(session)) == ("It is overloaded (529).", "provider", [])


async def test_another_model_chosen_in_a_wait_is_asked_at_once_and_by_the_same_turn(work: Work) -> None:
    known = models([[BUSY]] * 5, [[text("At once.")]])
    workspace = await work(known, Limits(retries=4, retry_cap=600))
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await eventually(lambda: any(step.retries for step in session.state.steps.values()))
    session.change_model(SPARE)
    await session.rest()
    assert (session.state.turns[-1].outcome, asked(session)) == ("done", [REFERENCE, SPARE])
    assert [change.reason for change in changes(session)] == [""]


async def test_a_model_chosen_while_an_answer_streams_is_asked_from_the_next_step_on(work: Work) -> None:
    hold = Hold()
    known = models([[text("I look. ", hold), call("read", {"path": "notes.txt"})]], [[text("Two lines.")]])
    session = await (await work(known)).new_session(REFERENCE)
    session.submit("Go")
    await hold.reached()
    session.change_model(SPARE)
    hold.release()
    await session.rest()
    assert (session.state.turns[-1].outcome, asked(session)) == ("done", [REFERENCE, SPARE])


async def test_an_interrupt_while_the_fallback_answers_ends_the_turn_once(work: Work) -> None:
    hold = Hold()
    workspace = await work(models([[BUSY]], [[text("Long ", hold)]]), ONCE, plan=PLAN)
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await hold.reached()
    assert session.interrupt()
    await session.rest()
    assert_whole(session.log.since(0))
    assert (session.state.turns[-1].outcome, session.state.model) == ("interrupted", SPARE)
