"""Compaction in two phases: a failure in any of them leaves what the model sees as it was, and no prompt is lost."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_break import Breaker, assert_whole
from tests.engine.test_killed import killed
from tests.scripts import (
    REFERENCE,
    AuthFailed,
    Hold,
    ScriptedModels,
    ServerFailed,
    StopReason,
    call,
    cut,
    eventually,
    fail,
    finish,
    reasoning,
    scripted,
    text,
    usage,
)
from tui.engine.choice import ModelPlan
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.window.compaction import ContextRules
from tui.engine.window.context import history
from tui.engine.workspace import open_workspace
from tui.errors import ContextTooLong, StoreError, UsageError
from tui.events import CompactionFailed, CompactionStarted, ContextCompacted, PromptQueued
from tui.messages import Message, TextPart, ToolCallPart, ToolResultPart
from tui.secrets import Masks
from tui.state import fold
from tui.store.store import Store
from tui.tools.base import Kit
from tui.tools.catalog import Catalog

SUMMARY = "The person counts gates. There are two."
BUG: Any = object()
"""No word of a script: the provider fails inside."""
LONG = "gate " * 20_000
"""Some 25,000 tokens."""


@asynccontextmanager
async def opened(
    store: Store,
    folder: Path,
    models: ScriptedModels,
    rules: ContextRules | None = None,
    plan: ModelPlan | None = None,
    **limits: Any,
) -> AsyncIterator[Session]:
    async with open_workspace(
        store=store,
        models=models,
        toolbox=Catalog(),
        root=folder,
        cwd=folder,
        context=rules,
        plan=plan,
        limits=Limits(**limits) if limits else None,
    ) as workspace:
        yield await workspace.new_session(REFERENCE)


async def say(session: Session, *prompts: str) -> None:
    for prompt in prompts:
        session.submit(prompt)
        await session.rest()
        assert session.state.turns[-1].outcome == "done"


async def compacted(session: Session, wish: str = "") -> None:
    session.compact(wish)
    await session.rest()


def of(session: Session, kind: type) -> list[Any]:
    return [entry.event for entry in session.log.since(0) if isinstance(entry.event, kind)]


def words(messages: tuple[Message, ...]) -> str:
    return "\n".join(part.text for message in messages for part in message.parts if isinstance(part, TextPart))


def failure(session: Session) -> str:
    (failed,) = of(session, CompactionFailed)
    return failed.reason


async def test_a_summary_takes_the_place_of_what_came_before_and_nothing_is_deleted(
    store: Store, tmp_path: Path
) -> None:
    models, provider = scripted(
        [reasoning("Hm."), text("One gate."), usage(1000, 10)],
        [text(LONG), usage(26_000, 10)],
        [text(SUMMARY), usage(26_500, 20)],
        [text("Two.")],
        price=0.25,
    )
    async with opened(store, tmp_path, models) as session:
        await say(session, "How many gates?", "And now?")
        before = session.log.since(0)
        await compacted(session, "keep the gates' names")
        request = provider.requests[2]
        assert (len(request.messages), request.tools) == (1, ())
        for told in ("How many gates?", "One gate.", LONG.strip(), "keep the gates' names"):
            assert told in words(request.messages)
        assert "Hm." not in words(request.messages)
        assert words(history(session.state)) == f"What happened before, in short:\n\n{SUMMARY}"
        assert session.log.since(0)[: len(before)] == before
        (mark,) = of(session, ContextCompacted)
        assert mark.before >= 26_000 > 4000 > mark.after == session.state.context_tokens
        await say(session, "And?")
        assert words(provider.requests[3].messages).endswith(f"{SUMMARY}\nAnd?")
        assert session.state.usage.output_tokens == 40
        await store.settle()
        entries = await store.load(session.id)
        assert_whole(entries)
        assert fold(session.id, entries) == session.state
        (row,) = await store.sessions(workspace=str(tmp_path))
        assert (row.cost, row.unpriced) == (session.state.cost, session.state.unpriced_steps) == (1.0, 0)
        assert row.input_tokens == session.state.usage.input_tokens


async def test_small_turns_at_the_end_stay_word_for_word(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text(LONG)], [text("Two.")], [text("Three.")], [text(SUMMARY)])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First", "Second", "Third")
        await compacted(session)
        assert words(history(session.state)) == "\n".join(
            (f"What happened before, in short:\n\n{SUMMARY}", "Second", "Two.", "Third", "Three.")
        )
        asked = words(provider.requests[3].messages)
        assert "First" in asked and "Second" not in asked


async def test_a_second_compaction_goes_on_from_the_first_summary(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text(LONG)], [text(SUMMARY)], [text(LONG)], [text("Both.")])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        await compacted(session)
        await say(session, "Second")
        await compacted(session)
        asked = words(provider.requests[3].messages)
        assert SUMMARY in asked and "Second" in asked and "First" not in asked
        assert words(history(session.state)) == "What happened before, in short:\n\nBoth."


async def test_there_has_to_be_something_to_compact(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text("Hi.")], [text(SUMMARY)])
    async with opened(store, tmp_path, models) as session:
        with pytest.raises(UsageError, match="nothing to compact"):
            session.compact()
        await say(session, "Hello")
        await compacted(session)
        with pytest.raises(UsageError, match="nothing to compact"):
            session.compact()
        assert len(provider.requests) == 2


# --- failures


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([fail(AuthFailed("No key."))], "No key."),
        ([text("The person"), fail(ServerFailed("Gone."))], "Gone."),
        ([text("The person wants"), cut()], "without its closing event"),
        ([text("The person wants"), finish(StopReason.MAX_TOKENS)], "cut before its end"),
        ([finish(StopReason.REFUSAL)], "declined"),
        ([text("  \n")], "empty"),
        ([call("read", {"path": "a"})], "empty"),
        ([BUG], "failed inside"),
    ],
)
async def test_what_is_no_summary_changes_nothing_and_a_prompt_that_waits_goes_on(
    store: Store, tmp_path: Path, answer: list[Any], told: str
) -> None:
    hold = Hold()
    models, provider = scripted([text(LONG)], [hold, *answer], [text("Still here.")])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        before = history(session.state)
        session.compact()
        session.submit("Second")
        await hold.reached()
        assert (session.status, session.state.turn) == ("running", None)
        hold.release()
        await session.rest()
        assert told in failure(session)
        assert (session.state.compacting, session.state.compacted) == (None, None)
        assert history(session.state)[: len(before)] == before
        assert words(history(session.state)).endswith("Second\nStill here.")
        assert len(provider.requests) == 3


async def test_what_a_failed_summary_cost_is_counted(store: Store, tmp_path: Path) -> None:
    models, _ = scripted(
        [text(LONG)], [text("Half"), usage(500, 5), finish(StopReason.MAX_TOKENS)], [fail(AuthFailed("No."))], price=0.5
    )
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        await compacted(session)
        await compacted(session)
        await store.settle()
        (row,) = await store.sessions(workspace=str(tmp_path))
        state = session.state
        assert (row.cost, row.unpriced, row.input_tokens) == (
            state.cost,
            state.unpriced_steps,
            state.usage.input_tokens,
        )


async def test_a_request_that_may_work_later_is_tried_again(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text(LONG)], [fail(ServerFailed("Busy."))], [text(SUMMARY)])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.compact()
        await eventually(lambda: len(provider.endings) == 2)
        await eventually(lambda: session.retry_now() or not session.running)
        assert words(history(session.state)).endswith(SUMMARY)


async def test_an_interrupt_ends_it_and_holds_what_waits(store: Store, tmp_path: Path) -> None:
    hold = Hold()
    models, provider = scripted([text(LONG)], [text("Half", hold)], [text("Second answer.")])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.compact()
        session.submit("Second")
        await hold.reached()
        with pytest.raises(UsageError, match="already"):
            session.compact()
        assert session.interrupt()
        await session.rest()
        assert failure(session) == "It was interrupted."
        assert provider.endings[1] == "closed"
        assert [prompt.text for prompt in session.state.outbox] == ["Second"]
        assert session.status == "queued"
        session.resume_queue()
        await session.rest()
        assert words(history(session.state)).startswith("First")


async def test_an_interrupt_before_it_began_forgets_it(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([text(LONG)])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.compact()
        session.interrupt()
        await session.rest()
        assert (of(session, CompactionStarted), len(provider.requests)) == ([], 1)


async def test_a_summary_that_cannot_be_stored_changes_nothing(store: Store, tmp_path: Path) -> None:
    models, _ = scripted([text(LONG)], [text(SUMMARY)], [text("Go on.")])
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        settle = session.log.settle

        async def full() -> None:
            raise StoreError("The disk is full.")

        session.log.settle = full  # type: ignore[method-assign]
        await compacted(session)
        session.log.settle = settle  # type: ignore[method-assign]
        assert failure(session) == "The disk is full."
        assert words(history(session.state)).startswith("First")
        await say(session, "Second")


@pytest.mark.parametrize("place", ["started", "kept", "compacted"])
async def test_after_a_kill_the_model_sees_either_all_or_the_summary(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    session_id = await killed("tests.engine.compaction_victim", place, tmp_path / "penstock.db", folder)
    store = await Store.open(tmp_path / "penstock.db")
    models, provider = scripted([text("I see.")])
    try:
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
            session = await workspace.open_session(session_id)
            assert (session.state.compacting, session.status) == (None, "queued")
            assert [prompt.text for prompt in session.state.outbox] == ["It waits"]
            session.resume_queue()
            await session.rest()
            seen = words(provider.requests[0].messages)
            assert seen.startswith("What happened before" if place == "compacted" else "Count the gates")
            assert seen.endswith("It waits")
            ends = [*of(session, ContextCompacted), *of(session, CompactionFailed)]
            assert len(ends) == 1 and (place == "compacted") == isinstance(ends[0], ContextCompacted)
            await store.settle()
            entries = await store.load(session_id)
            assert_whole(entries)
            assert fold(session_id, entries) == session.state
    finally:
        await store.close()


# --- the threshold


def reads(number: int) -> list[Any]:
    return [text(f"Look {number}."), call("read", {"path": "long.txt"})]


def is_summary(request: Any) -> bool:
    return request.tools == ()


async def test_at_the_threshold_it_happens_between_two_steps_of_a_turn(store: Store, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("gate\n" * 200)
    counts = iter((2000, 6000, 10_000, 3000))
    asked = []

    def step(request: Any) -> list[Any]:
        asked.append(is_summary(request))
        if is_summary(request):
            return [text(SUMMARY)]
        number = asked.count(False)
        return [*(reads(number) if number < 4 else [text("Done.")]), usage(next(counts), 100)]

    models, provider = scripted(*[step] * 5, window=12_000)
    async with opened(store, tmp_path, models) as session:
        await say(session, "Count the gates in long.txt")
        assert asked == [False, False, False, True, False]
        (started,) = of(session, CompactionStarted)
        (mark,) = of(session, ContextCompacted)
        assert (started.by, started.model) == ("threshold", REFERENCE)
        last = provider.requests[4].messages
        assert words(last[:2]) == f"What happened before, in short:\n\n{SUMMARY}\nCount the gates in long.txt"
        calls = [part for message in last for part in message.parts if isinstance(part, ToolCallPart)]
        answers = [part for message in last for part in message.parts if isinstance(part, ToolResultPart)]
        assert [part.call_id for part in calls] == [part.call_id for part in answers]
        assert mark.after < mark.before
        await store.settle()
        assert_whole(await store.load(session.id))


@pytest.mark.parametrize(("window", "at"), [(None, 0.85), (12_000, 0.0)])
async def test_it_never_happens_by_itself_where_the_window_is_unknown_or_the_person_said_never(
    store: Store, tmp_path: Path, window: int | None, at: float
) -> None:
    models, provider = scripted([text("One."), usage(50_000, 1)], [text("Two."), usage(50_000, 1)], window=window)
    async with opened(store, tmp_path, models, ContextRules(compact_at=at)) as session:
        await say(session, "First", "Second")
        assert len(provider.requests) == 2


async def test_a_failure_at_the_threshold_is_said_and_not_tried_again_before_the_context_has_grown(
    store: Store, tmp_path: Path
) -> None:
    counts = iter((9000, 9100, 9200, 9900, 9950))
    asked = []

    def step(request: Any) -> list[Any]:
        asked.append(is_summary(request))
        return [text(" ")] if is_summary(request) else [text(LONG[:4000]), usage(next(counts), 0)]

    models, _ = scripted(*[step] * 7, window=10_000)
    async with opened(store, tmp_path, models) as session:
        await say(session, "One", "Two", "Three", "Four", "Five")
        assert asked == [False, True, False, False, False, True, False]
        failed = of(session, CompactionFailed)
        assert [event.reason for event in failed] == [
            "The summary was empty. It is tried again when the context has grown."
        ] * 2


async def test_the_person_may_ask_for_it_while_a_turn_runs(store: Store, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("gate\n" * 20)
    hold = Hold()
    models, provider = scripted(
        [text(LONG)], [text("Look.", hold), call("read", {"path": "long.txt"})], [text(SUMMARY)], [text("Twenty.")]
    )
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.submit("Second")
        await hold.reached()
        session.compact()
        hold.release()
        await session.rest()
        assert [is_summary(request) for request in provider.requests] == [False, False, True, False]
        assert words(provider.requests[3].messages).split("\n")[2:] == [SUMMARY, "Second", "Look."]


@pytest.mark.parametrize("how", ["interrupt", "error"])
async def test_a_turn_broken_at_any_event_around_a_compaction_is_whole(store: Store, tmp_path: Path, how: str) -> None:
    (tmp_path / "long.txt").write_text("gate\n" * 2000)
    ends = set()
    for left in range(1, 80):
        counts = iter((9000, 3000, 3000))

        def step(request: Any, counts: Any = counts) -> list[Any]:
            if is_summary(request):
                return [text(SUMMARY)]
            used = next(counts)
            return [*(reads(1) if used == 9000 else [text("Done.")]), usage(used, 10)]

        async with opened(store, tmp_path, scripted(*[step] * 4, window=10_000)[0]) as session:

            def error() -> None:
                raise RuntimeError("broken on purpose")

            session.log.emit(PromptQueued(prompt_id="p", text="Count the gates"))
            breaker = Breaker(session, left, session.interrupt if how == "interrupt" else error)  # type: ignore[arg-type]
            session.resume_queue()
            await eventually(lambda session=session: not session.running and session.state.turns)
            await store.settle()
            entries = await store.load(session.id)
            assert_whole(entries)
            assert fold(session.id, entries) == session.state
            began = [event.compaction_id for event in of(session, CompactionStarted)]
            over = [event.compaction_id for kind in (ContextCompacted, CompactionFailed) for event in of(session, kind)]
            assert began == over
            ends |= {type(entry.event) for entry in entries}
            if not breaker.broken:
                assert left > 10 and {ContextCompacted, CompactionFailed} <= ends
                return
    raise AssertionError("the turn had more events than were broken")


# --- too long


def overflow(limit: int) -> Callable[[Any], list[Any]]:
    """A model that takes at most ``limit`` characters of words."""

    def step(request: Any) -> list[Any]:
        if len(words(request.messages)) > limit:
            return [fail(ContextTooLong("The history no longer fits."))]
        return [text(SUMMARY if is_summary(request) else "It fits.")]

    return step


async def test_when_the_model_says_too_long_it_is_compacted_and_asked_again(store: Store, tmp_path: Path) -> None:
    step = overflow(60_000)
    models, provider = scripted([text(LONG)], *[step] * 6, window=None)
    async with opened(store, tmp_path, models) as session:
        await say(session, "First", "Second")
        note = "(Not all was read for this summary. Texts over 8,000 characters were read in part.)"
        assert words(history(session.state)).endswith(f"{SUMMARY}\n\n{note}\nSecond\nIt fits.")
        (started,) = of(session, CompactionStarted)
        assert started.by == "overflow"
        assert len(provider.requests) > 3


async def test_when_nothing_can_be_made_shorter_the_turn_fails_with_what_the_model_said(
    store: Store, tmp_path: Path
) -> None:
    models, provider = scripted(*[overflow(0)] * 2)
    async with opened(store, tmp_path, models) as session:
        session.submit("First")
        await session.rest()
        assert session.state.turns[-1].error == "The history no longer fits."
        assert len(provider.requests) == 1


async def test_a_summary_that_does_not_fit_however_short_fails_and_so_does_the_turn(
    store: Store, tmp_path: Path
) -> None:
    models, provider = scripted([text(LONG)], *[overflow(0)] * 6)
    async with opened(store, tmp_path, models) as session:
        await say(session, "First")
        session.submit("Second")
        await session.rest()
        assert session.state.turns[-1].outcome == "failed"
        assert "no longer fits" in failure(session)
        assert len(provider.requests) == 7


async def test_what_is_secret_is_masked_in_what_is_summarised(store: Store, tmp_path: Path) -> None:
    key = "sk-ant-" + "a1B2" * 12
    models, provider = scripted([text(f"{LONG} {key}")], [text(SUMMARY)])
    async with open_workspace(
        store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path, kit=Kit(masks=Masks())
    ) as workspace:
        session = await workspace.new_session(REFERENCE)
        await say(session, "First")
        await compacted(session)
        assert key not in words(provider.requests[1].messages)
