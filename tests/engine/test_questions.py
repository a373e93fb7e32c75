"""An agent's questions: one answer, by the person, or none; and nothing that is asked stays open."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.engine.test_break import assert_whole
from tests.scripts import REFERENCE, ScriptedModels, call, eventually, scripted, text
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import AlreadyDecided, UsageError
from tui.events import QuestionAnswered, QuestionAsked, ToolOutcome
from tui.messages import ToolResultPart
from tui.providers.scripted import ScriptedProvider
from tui.state import fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

OpenSession = Callable[..., Awaitable[Session]]
COLOUR = call("ask_user", {"question": "Which colour?", "options": ["red", "blue"]})


async def asked(opened: Session) -> str:
    """The id of the first open question."""
    await eventually(lambda: opened.state.questions)
    return next(iter(opened.state.questions))


def answers(opened: Session) -> list[str | None]:
    return [entry.event.answer for entry in opened.log.since(0) if isinstance(entry.event, QuestionAnswered)]


def told(provider: ScriptedProvider, at: int = -1) -> list[ToolResultPart]:
    return [part for part in provider.requests[at].messages[-1].parts if isinstance(part, ToolResultPart)]


async def start(session: OpenSession, *steps: list) -> tuple[Session, ScriptedProvider]:
    models, provider = scripted(*steps, [text("Done.")])
    opened = await session(models)
    opened.submit("Go")
    return opened, provider


async def test_the_model_gets_the_answer_in_the_persons_own_words(session: OpenSession, store: Store) -> None:
    opened, provider = await start(session, [COLOUR])
    question = await asked(opened)
    assert opened.status == "asking"
    assert opened.state.questions[question].options == ("red", "blue")
    opened.answer(question, "a warm green")
    await opened.rest()
    (result,) = told(provider)
    assert (result.text, result.is_error) == ("The person answers: a warm green", False)
    (only,) = opened.state.calls.values()
    assert only.approval is None, "a question asks the person by itself"
    await store.settle()
    assert_whole(await store.load(opened.id))
    assert fold(opened.id, await store.load(opened.id)) == opened.state


async def test_the_first_answer_counts_and_later_ones_are_refused(session: OpenSession) -> None:
    opened, provider = await start(session, [COLOUR])
    question = await asked(opened)
    opened.answer(question, "red")
    for late in ("blue", None):
        with pytest.raises(AlreadyDecided, match="no longer open"):
            opened.answer(question, late)
    await opened.rest()
    with pytest.raises(AlreadyDecided):
        opened.answer(question, "blue")
    assert answers(opened) == ["red"]
    assert "red" in told(provider)[0].text


async def test_an_empty_answer_is_refused_and_the_question_stays(session: OpenSession) -> None:
    opened, _ = await start(session, [COLOUR])
    question = await asked(opened)
    with pytest.raises(UsageError, match="empty"):
        opened.answer(question, " \n")
    assert question in opened.state.questions
    opened.answer(question, "red")
    await opened.rest()


async def test_the_person_may_choose_not_to_answer_and_the_turn_goes_on(session: OpenSession) -> None:
    opened, provider = await start(session, [COLOUR])
    opened.answer(await asked(opened), None)
    await opened.rest()
    (result,) = told(provider)
    assert "chose not to answer" in result.text
    assert not result.is_error
    assert opened.state.turns[-1].outcome == "done"


async def test_two_questions_of_one_step_are_answered_each_for_itself(session: OpenSession) -> None:
    opened, provider = await start(session, [COLOUR, call("ask_user", {"question": "How many?"})])
    await eventually(lambda: len(opened.state.questions) == 2)
    asked_for = opened.state.questions
    first, second = sorted(asked_for, key=lambda question: asked_for[question].text == "How many?")
    opened.answer(second, "three")
    assert list(opened.state.questions) == [first]
    opened.answer(first, "red")
    await opened.rest()
    assert [result.text.rpartition(" ")[2] for result in told(provider)] == ["red", "three"]


async def test_an_interrupt_withdraws_the_question_and_a_late_answer_is_refused(session: OpenSession) -> None:
    opened, _ = await start(session, [COLOUR])
    question = await asked(opened)
    opened.interrupt()
    await opened.rest()
    with pytest.raises(AlreadyDecided):
        opened.answer(question, "red")
    assert answers(opened) == [None]
    (only,) = opened.state.calls.values()
    assert only.phase == ToolOutcome.CANCELLED
    assert_whole(opened.log.since(0))


@pytest.mark.parametrize("first", ["answer", "interrupt"])
async def test_an_answer_and_an_interrupt_at_the_same_instant_leave_one_end(session: OpenSession, first: str) -> None:
    opened, provider = await start(session, [COLOUR])
    question = await asked(opened)
    if first == "answer":
        opened.answer(question, "red")
        opened.interrupt()
    else:
        opened.interrupt()
        opened.answer(question, "red")  # the turn has not been told yet: the answer counts, the turn ends all the same
    await opened.rest()
    assert answers(opened) == ["red"]
    assert not opened.state.questions
    assert opened.state.turns[-1].outcome == "interrupted"
    assert len(provider.requests) == 1
    assert_whole(opened.log.since(0))


async def test_many_who_answer_at_once_are_one_answer(session: OpenSession) -> None:
    opened, _ = await start(session, [COLOUR])
    question = await asked(opened)

    async def answer(text: str) -> bool:
        await asyncio.sleep(0)
        try:
            opened.answer(question, text)
        except AlreadyDecided:
            return False
        return True

    assert sum(await asyncio.gather(*(answer(f"answer {number}") for number in range(20)))) == 1
    await opened.rest()
    assert len(answers(opened)) == 1


async def test_a_question_that_a_crash_left_is_withdrawn_and_its_answer_refused(store: Store, tmp_path: Path) -> None:
    def workspace(models: ScriptedModels):
        return open_workspace(store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path)

    async with workspace(scripted([COLOUR])[0]) as before:
        session = await before.new_session(REFERENCE)
        session.submit("Go")
        question = await asked(session)
        session.log.emit = lambda event: None  # type: ignore[method-assign,assignment,return-value]
        # nothing reaches the log any more: so a killed process leaves it
    async with workspace(scripted([text("Hello.")])[0]) as after:
        again = await after.open_session(session.id)
        assert again.status == "idle"
        assert answers(again) == [None]
        with pytest.raises(AlreadyDecided):
            again.answer(question, "red")
        assert_whole(again.log.since(0))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"question": "Which?", "options": ["x"] * 9}, "at most 8"),
        ({"question": "Which?", "options": ["same", "same"]}, "a text of its own"),
        ({"question": "Which?", "options": [" "]}, "a text of its own"),
        ({"question": "Which?", "options": ["x" * 121]}, "120 characters at most"),
        ({"question": "  "}, "empty"),
        ({"question": "x" * 4001}, "at most 4000"),
    ],
    ids=["nine options", "twice the same", "an empty option", "a long option", "no question", "a long question"],
)
async def test_what_cannot_be_asked_is_an_error_at_once(session: OpenSession, arguments: dict, why: str) -> None:
    opened, provider = await start(session, [call("ask_user", arguments)])
    await opened.rest()
    (result,) = told(provider)
    assert result.is_error
    assert why in result.text
    assert not [entry for entry in opened.log.since(0) if isinstance(entry.event, QuestionAsked)]


async def test_where_nobody_can_be_asked_the_model_is_told_at_once(store: Store, tmp_path: Path) -> None:
    models, provider = scripted([COLOUR], [text("Then red.")])
    async with open_workspace(
        store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path, attended=False
    ) as workspace:
        session = await workspace.new_session(REFERENCE)
        session.submit("Go")
        await session.rest()
    (result,) = told(provider)
    assert result.is_error
    assert "Nobody can be asked" in result.text
    assert session.state.turns[-1].outcome == "done"


async def test_a_session_that_asks_is_not_cold(work: Callable[..., Awaitable[Workspace]]) -> None:
    workspace = await work(scripted([COLOUR], [text("Done.")])[0])
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    question = await asked(session)
    workspace.show([])
    assert session.id in workspace._live
    session.answer(question, "red")
    await session.rest()
