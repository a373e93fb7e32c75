"""The outbox's verbs: what waits can be changed until it is sent, and then no more."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scripts import Hold, call, eventually, fail, image, scripted, text
from tui.engine.session import Session
from tui.errors import AlreadyDecided, AuthFailed, SessionBusy, UsageError
from tui.events import PromptEdited, PromptSteered
from tui.messages import ImagePart

OpenSession = Callable[..., Awaitable[Session]]


async def test_an_edit_says_all_that_the_prompt_is_and_an_empty_one_is_refused(session: OpenSession) -> None:
    hold = Hold()
    models, provider = scripted([text("one", hold)], [text("two")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    waiting = opened.submit("See this", (image(),))
    opened.edit_queued(waiting, "See that", (image(), image()))
    with pytest.raises(UsageError):
        opened.edit_queued(waiting, "  ")
    (prompt,) = opened.state.outbox
    assert (prompt.text, len(prompt.images)) == ("See that", 2)
    hold.release()
    await opened.rest()
    assert [type(part) for part in provider.requests[1].messages[-1].parts].count(ImagePart) == 2
    with pytest.raises(AlreadyDecided):
        opened.edit_queued(waiting, "Too late")
    with pytest.raises(AlreadyDecided):
        opened.steer_queued(waiting, True)
    with pytest.raises(AlreadyDecided):
        opened.move_queued(waiting, None)


async def test_what_changes_nothing_is_no_event(session: OpenSession) -> None:
    hold = Hold()
    opened = await session(scripted([text("one", hold)], [text("two")])[0])
    opened.submit("First")
    await hold.reached()
    waiting = opened.submit("Second")
    opened.edit_queued(waiting, "Second")
    opened.steer_queued(waiting, False)
    assert not any(isinstance(entry.event, PromptEdited | PromptSteered) for entry in opened.log.since(0))
    hold.release()
    await opened.rest()


async def test_a_prompt_that_was_steered_and_is_not_after_all_waits_for_the_turn(session: OpenSession) -> None:
    hold = Hold()
    models, provider = scripted([hold, call("list", {})], [text("two")], [text("three")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    steered = opened.steer("Second")
    opened.steer_queued(steered, False)
    hold.release()
    await opened.rest()
    assert [len(turn.items) for turn in opened.state.turns] == [3, 2]
    assert len(provider.requests) == 3


@pytest.mark.parametrize("how", ["interrupted", "failed"])
async def test_what_was_steered_into_a_turn_that_ended_otherwise_is_held_as_any_other(
    session: OpenSession, how: str
) -> None:
    hold = Hold()
    models, _ = scripted([hold, fail(AuthFailed("No."))], [text("two")], [text("three")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    opened.submit("Second")
    third = opened.steer("Third")
    if how == "interrupted":
        opened.interrupt()
    else:
        hold.release()
    await opened.rest()
    assert opened.state.turns[-1].outcome == how
    assert [(prompt.text, prompt.steer) for prompt in opened.state.outbox] == [("Second", False), ("Third", False)]
    with pytest.raises(SessionBusy):
        opened.steer_queued(third, True)
    opened.resume_queue()
    await opened.rest()
    assert [len(turn.items) for turn in opened.state.turns[1:]] == [2, 2], "a turn for each of them"


async def test_a_command_of_the_persons_own_is_told_to_no_model_and_ends_once(session: OpenSession) -> None:
    models, provider = scripted([text("one")])
    opened = await session(models)
    call_id = opened.run_own("  echo seen  ")
    await opened.side_calls.ended(call_id)
    await opened.side_calls.rest()
    (own,) = opened.state.calls.values()
    assert own.ended is not None and own.ended.text.startswith("seen")
    assert own.approval is None and own.decision is not None and own.decision.by == "person"
    with pytest.raises(UsageError):
        opened.run_own("   ")
    assert not opened.cancel_own()
    opened.submit("First")
    await opened.rest()
    assert "seen" not in str(provider.requests[0].messages)


async def test_what_is_run_again_of_ones_own_is_asked_about_as_any_call(session: OpenSession) -> None:
    opened = await session(scripted([text("one")])[0])
    own = opened.run_own("touch made")
    await opened.side_calls.rest()
    again = opened.rerun(own)
    await eventually(opened.state.asking)
    assert [asking.call_id for asking in opened.state.asking()] == [again]
    opened.cancel_call(again)
    await opened.side_calls.rest()
