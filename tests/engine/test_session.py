"""What a person can do to a session, and what comes of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.scripts import (
    Hold,
    Overloaded,
    StopReason,
    call,
    cut,
    eventually,
    fail,
    finish,
    pause,
    reasoning,
    scripted,
    text,
)
from tui.engine.session import CONTINUE, Session
from tui.engine.stream import Limits
from tui.engine.workspace import Workspace
from tui.errors import AlreadyDecided, ContextTooLong, RateLimited, UsageError
from tui.events import StepRetried
from tui.messages import TextPart, ToolResultPart
from tui.store.store import Store

OpenSession = Callable[..., Awaitable[Session]]
QUICK = Limits(first_event=0.05, first_event_local=0.05, idle=0.05, request=5, retries=2, retry_cap=0.02)


def answer(session: Session) -> str:
    """All text of the last step."""
    step = list(session.state.steps.values())[-1]
    return "".join(part.text for part in step.parts if part.kind == "text")


async def test_a_prompt_is_answered_and_titles_the_session(session: OpenSession) -> None:
    models, provider = scripted([reasoning("hm"), text("Hello there.")])
    opened = await session(models)
    opened.submit("Say hello\nplease")
    await opened.rest()
    assert answer(opened) == "Hello there."
    assert opened.state.title == "Say hello"
    assert (opened.status, provider.endings) == ("idle", ["finished"])


async def test_an_empty_prompt_is_refused(session: OpenSession) -> None:
    opened = await session(scripted([text("x")])[0])
    with pytest.raises(UsageError):
        opened.submit("  \n ")


async def test_calls_of_a_step_run_at_once_and_their_results_go_back_in_order(session: OpenSession) -> None:
    models, provider = scripted(
        [call("read", {"path": "notes.txt"}), call("list", {}), call("fly", {}), call("read", '{"path": ')],
        [text("Done.")],
    )
    opened = await session(models)
    opened.submit("Go")
    await opened.rest()
    results = [part for part in provider.requests[1].messages[-1].parts if isinstance(part, ToolResultPart)]
    assert [result.is_error for result in results] == [False, False, True, True]
    assert "1  one" in results[0].text
    assert "no tool named 'fly'" in results[2].text
    assert "not JSON" in results[3].text
    assert [c.phase for c in opened.state.calls.values()] == ["ok", "ok", "error", "error"]


async def test_a_denied_call_does_not_run_and_the_model_reads_the_reason(session: OpenSession) -> None:
    models, provider = scripted([call("shell", {"command": "echo hi > made"})], [text("Fine.")])
    opened = await session(models)
    opened.submit("Go")
    await eventually(opened.state.asking)
    approval = opened.state.asking()[0].approval
    assert approval is not None
    assert opened.status == "asking"
    opened.decide(approval.approval_id, "deny", reason="Use write instead.")
    await opened.rest()
    result = provider.requests[1].messages[-1].parts[0]
    assert isinstance(result, ToolResultPart)
    assert "Use write instead." in result.text
    assert not (Path(opened.state.cwd) / "made").exists()


async def test_a_yes_counts_once_and_a_second_answer_is_refused(session: OpenSession) -> None:
    models, _ = scripted([call("shell", {"command": "echo hi > made"})], [text("Fine.")])
    opened = await session(models)
    opened.submit("Go")
    await eventually(opened.state.asking)
    approval = opened.state.asking()[0].approval
    assert approval is not None
    opened.decide(approval.approval_id, "allow")
    with pytest.raises(AlreadyDecided):
        opened.decide(approval.approval_id, "deny")
    await opened.rest()
    assert (Path(opened.state.cwd) / "made").read_text() == "hi\n"


async def test_allowed_for_the_session_is_not_asked_again_and_only_for_that_command(session: OpenSession) -> None:
    same = call("shell", {"command": "echo hi >> made"})
    models, _ = scripted([same], [same], [call("shell", {"command": "echo ho >> made"})], [text("Fine.")])
    opened = await session(models)
    opened.submit("Go")
    await eventually(opened.state.asking)
    approval = opened.state.asking()[0].approval
    assert approval is not None
    assert approval.pattern == "echo hi >> made"
    opened.decide(approval.approval_id, "allow", scope="session")
    await eventually(lambda: len(opened.state.calls) == 3 and opened.state.asking())
    assert [c.phase for c in opened.state.calls.values()] == ["ok", "ok", "asking"]
    opened.interrupt()
    await opened.rest()


async def test_an_edit_shows_its_diff_before_it_happens(session: OpenSession) -> None:
    edit = call("edit", {"path": "notes.txt", "old": "two", "new": "2"})
    models, _ = scripted([call("read", {"path": "notes.txt"})], [edit], [text("Done.")])
    opened = await session(models)
    opened.submit("Go")
    await eventually(opened.state.asking)
    approval = opened.state.asking()[0].approval
    assert approval is not None
    assert "-two\n+2" in getattr(approval.preview[0], "diff", "")
    assert (Path(opened.state.cwd) / "notes.txt").read_text() == "one\ntwo\n"
    opened.decide(approval.approval_id, "allow")
    await opened.rest()
    assert (Path(opened.state.cwd) / "notes.txt").read_text() == "one\n2\n"


async def test_interrupting_a_question_ends_it_and_later_answers_are_refused(session: OpenSession) -> None:
    models, provider = scripted([call("shell", {"command": "touch made"})])
    opened = await session(models)
    opened.submit("Go")
    await eventually(opened.state.asking)
    approval = opened.state.asking()[0].approval
    assert approval is not None
    assert opened.interrupt()
    await opened.rest()
    assert opened.state.turns[-1].outcome == "interrupted"
    assert [c.phase for c in opened.state.calls.values()] == ["cancelled"]
    with pytest.raises(AlreadyDecided):
        opened.decide(approval.approval_id, "allow")
    assert len(provider.requests) == 1


async def test_a_prompt_sent_while_a_turn_runs_is_queued_and_sent_after_it(session: OpenSession, store: Store) -> None:
    hold = Hold()
    models, provider = scripted([text("one", hold)], [text("two")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    opened.submit("Second")
    assert [p.text for p in opened.state.outbox] == ["Second"]
    await store.settle()
    kept = await store.load(opened.id)
    assert [type(entry.event).__name__ for entry in kept][-1] == "PromptQueued"
    hold.release()
    await opened.rest()
    assert [turn.outcome for turn in opened.state.turns] == ["done", "done"]
    assert len(provider.requests) == 2
    assert not opened.state.outbox


async def test_an_interrupt_holds_the_queue_until_it_is_sent(session: OpenSession) -> None:
    hold = Hold()
    models, provider = scripted([text("one ", hold, "more")], [text("two")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    queued = opened.submit("Second")
    opened.interrupt()
    await opened.rest()
    assert provider.endings == ["closed"]
    assert (opened.status, answer(opened)) == ("queued", "one ")
    opened.edit_queued(queued, "Second, changed")
    opened.resume_queue()
    await opened.rest()
    assert provider.requests[1].messages[-1].parts == (TextPart(text="Second, changed"),)
    with pytest.raises(AlreadyDecided):
        opened.withdraw(queued)


async def test_a_steered_prompt_joins_the_running_turn_at_its_next_step(session: OpenSession) -> None:
    hold = Hold()
    models, provider = scripted([text("one", hold)], [text("two")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    opened.steer("And this")
    hold.release()
    await opened.rest()
    assert len(opened.state.turns) == 1
    assert provider.requests[1].messages[-1].parts == (TextPart(text="And this"),)


async def test_a_prompt_right_after_an_interrupt_is_not_lost(session: OpenSession) -> None:
    hold = Hold()
    models, _ = scripted([text("one", hold)], [text("two")])
    opened = await session(models)
    opened.submit("First")
    await hold.reached()
    opened.interrupt()
    opened.submit("Second")
    await eventually(lambda: len(opened.state.turns) == 2 and opened.state.turns[1].outcome)
    assert [turn.outcome for turn in opened.state.turns] == ["interrupted", "done"]


async def test_an_interrupt_before_the_turns_first_step_leaves_a_session_that_works(session: OpenSession) -> None:
    models, _ = scripted([text("one")], [text("two")])
    opened = await session(models)
    opened.submit("First")
    opened.interrupt()
    await eventually(lambda: not opened.running)
    opened.resume_queue()
    await opened.rest()
    assert opened.state.turns[-1].outcome == "done"


async def test_a_stream_without_its_end_is_kept_as_cut_and_continued(session: OpenSession) -> None:
    models, provider = scripted([text("half of "), call("shell", '{"command": "tr', cut())], [text("the rest")])
    opened = await session(models)
    opened.submit("Go")
    await opened.rest()
    turn = opened.state.turns[-1]
    assert (turn.outcome, opened.status, opened.state.calls) == ("failed", "failed", {})
    assert "/continue" in turn.hint
    assert answer(opened) == "half of "
    opened.carry_on()
    await opened.rest()
    assert answer(opened) == "the rest"
    assert [part for m in provider.requests[1].messages for part in m.parts][-3:] == [
        TextPart(text="half of "),
        TextPart(text="[Your call of shell was cut off before its arguments were whole. It was not run.]"),
        TextPart(text=CONTINUE),
    ]


async def test_a_refused_request_is_tried_again_in_the_open_before_anything_was_shown(session: OpenSession) -> None:
    models, provider = scripted([fail(RateLimited("Slow down.", status=429))], [text("Now.")])
    opened = await session(models, QUICK)
    opened.submit("Go")
    await opened.rest()
    step = list(opened.state.steps.values())[-1]
    assert [retry.reason for retry in step.retries] == ["Slow down."]
    assert answer(opened) == "Now."
    assert len(provider.requests) == 2


async def test_nothing_is_tried_again_once_text_was_shown(session: OpenSession) -> None:
    models, provider = scripted([text("Some"), fail(Overloaded("Busy."))])
    opened = await session(models, QUICK)
    opened.submit("Go")
    await opened.rest()
    assert (opened.state.turns[-1].error, answer(opened), len(provider.requests)) == ("Busy.", "Some", 1)


async def test_a_wait_that_the_server_wants_too_long_is_told_instead(session: OpenSession) -> None:
    models, provider = scripted([fail(RateLimited("Come back.", retry_after=3600))])
    opened = await session(models)
    opened.submit("Go")
    await opened.rest()
    assert opened.state.turns[-1].error == "Come back."
    assert len(provider.requests) == 1


async def test_a_retrys_wait_ends_at_once_on_request(session: OpenSession) -> None:
    models, _ = scripted([fail(RateLimited("Slow down.", retry_after=25))], [text("Now.")])
    opened = await session(models)
    opened.submit("Go")
    await eventually(lambda: any(isinstance(e.event, StepRetried) for e in opened.log.since(0)))
    await asyncio.sleep(0)
    opened.retry_now()
    await opened.rest()
    assert answer(opened) == "Now."


@pytest.mark.parametrize(
    ("script", "stage"),
    [
        ([pause(60)], "first event"),
        ([text("some ", Hold())], "idle"),
    ],
)
async def test_each_limit_ends_the_step_and_keeps_what_came(session: OpenSession, script: list, stage: str) -> None:
    models, provider = scripted(script)
    opened = await session(models, QUICK)
    opened.submit("Go")
    await opened.rest()
    assert stage in opened.state.turns[-1].error
    assert provider.endings == ["closed"]
    assert answer(opened) == ("some " if stage == "idle" else "")


async def test_the_whole_request_has_a_limit_too(session: OpenSession) -> None:
    endless = [text(*(f"{n} " for n in range(100_000)))]
    models, provider = scripted(endless, rate=500)
    opened = await session(models, Limits(request=0.1))
    opened.submit("Go")
    await opened.rest()
    assert "whole request" in opened.state.turns[-1].error
    assert provider.endings == ["closed"]
    assert answer(opened).startswith("0 1 2 ")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ([text("long"), finish(StopReason.MAX_TOKENS)], "length limit"),
        ([text("no"), finish(StopReason.REFUSAL)], "declined"),
        ([fail(ContextTooLong("It no longer fits."))], "no longer fits"),
    ],
)
async def test_every_end_that_is_no_answer_is_a_sentence(session: OpenSession, step: list, words: str) -> None:
    opened = await session(scripted(step)[0])
    opened.submit("Go")
    await opened.rest()
    assert words in opened.state.turns[-1].error


async def test_a_pause_asks_again_with_the_same_history(session: OpenSession) -> None:
    models, provider = scripted([text("a"), finish(StopReason.PAUSE)], [text("b")])
    opened = await session(models)
    opened.submit("Go")
    await opened.rest()
    assert (len(provider.requests), opened.state.turns[-1].outcome) == (2, "done")


async def test_a_cold_session_leaves_memory_and_comes_back_as_it_was(
    work: Callable[..., Awaitable[Workspace]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.engine.workspace.COLD_SESSIONS", 1)
    models, _ = scripted([text("Hello.")], repeat=True)
    workspace = await work(models)
    ids = []
    for _ in range(3):
        opened = await workspace.new_session("scripted/script")
        opened.submit("Go")
        await opened.rest()
        await eventually(lambda opened=opened: not opened.running)
        ids.append(opened.id)
    before = workspace.session(ids[0])
    assert before is not None
    workspace.show([ids[2]])
    assert [workspace.session(i) is not None for i in ids].count(True) == 2
    again = await workspace.open_session(ids[0])
    assert again is not before
    assert again.state == before.state


async def test_a_hidden_session_goes_on(work: Callable[..., Awaitable[Workspace]]) -> None:
    hold = Hold()
    models, _ = scripted([text("one", hold, " two")])
    workspace = await work(models)
    opened = await workspace.new_session("scripted/script")
    opened.submit("Go")
    await hold.reached()
    workspace.show([])
    assert workspace.session(opened.id) is opened
    hold.release()
    await opened.rest()
    assert answer(opened) == "one two"


async def test_arguments_that_do_not_fit_are_told_by_name(session: OpenSession) -> None:
    models, _ = scripted([call("read", {"file": "notes.txt"})], [text("Oh.")])
    opened = await session(models)
    opened.submit("Go")
    await opened.rest()
    ended = next(iter(opened.state.calls.values())).ended
    assert ended is not None
    assert "path: Field required" in ended.text
    assert json.loads(next(iter(opened.state.calls.values())).arguments) == {"file": "notes.txt"}
