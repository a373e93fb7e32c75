"""Answers that come at the same time as interrupts, other answers and new questions: one of them counts, and is said.

Every order is tried in which a person's key, an interrupt, an answer in the pane and an answer by the engine's own
verbs can meet in one turn of the loop, and with a turn of the loop between any two of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.inbox_stage import ASK, Crowd, crowded
from tests.conftest import LONG
from tests.scripts import call, text
from tui.app.attention.inbox_answers import give
from tui.app.attention.questions import id_of, waiting
from tui.errors import AlreadyDecided
from tui.events import ApprovalDecided, QuestionAnswered, ToolStarted
from tui.messages import ToolResultPart
from tui.providers.base import Request
from tui.providers.scripted import Step

DEEDS = ("key", "interrupt", "elsewhere")
ORDERS = list(permutations(DEEDS))
EXAMPLES = count()


@pytest.fixture(autouse=True)
def always_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question hears at once: the races are between answers, not with the ear."""
    monkeypatch.setattr("widgets.ask_bar.DEAF_FOR", 0.0)


class Race:
    """One asking session, and what is done to it."""

    def __init__(self, crowd: Crowd, name: str) -> None:
        self.crowd, self.session = crowd, crowd[name]
        self.told: list[str] = []

    async def key(self) -> None:
        """The answer's key in the inbox: the message it posts is handled later."""
        self.crowd.bar.press("1" if self.session.state.questions else "y")

    async def interrupt(self) -> None:
        self.session.interrupt()

    async def elsewhere(self) -> None:
        """Another screen's answer."""
        [asked] = waiting(self.session.state) or [None]
        if asked is None:
            self.told.append("closed")
            return
        try:
            if self.session.state.questions:
                self.session.answer(id_of(asked), "south")
            else:
                self.session.decide(id_of(asked), "deny", reason="elsewhere")
        except AlreadyDecided:
            self.told.append("refused")

    def deed(self, name: str) -> Callable[[], Awaitable[None]]:
        return {"key": self.key, "interrupt": self.interrupt, "elsewhere": self.elsewhere}[name]

    def events(self, kind: type) -> list[object]:
        return [entry.event for entry in self.session.log.since(0) if isinstance(entry.event, kind)]

    async def over(self) -> None:
        """Nothing is open any more, and the inbox shows that."""
        await self.crowd.stage.until(lambda: not self.session.running and self.session.status != "asking")
        await self.crowd.stage.until(lambda: self.session.id not in {i.session_id for i in self.crowd.screen.listed})


@pytest.mark.parametrize(
    ("kind", "apart"),
    [
        ("asking", False),
        ("choosing", True),
        pytest.param("asking", True, marks=pytest.mark.long),
        pytest.param("choosing", False, marks=pytest.mark.long),
    ],
)
async def test_in_every_order_one_answer_counts_and_the_list_goes_on(home: Path, kind: str, apart: bool) -> None:
    numbers = count()

    def step(request: Request) -> Step:
        """Asks at every prompt, and rests at every result."""
        if any(isinstance(part, ToolResultPart) for part in request.messages[-1].parts):
            return [text("Then.")]
        path = f"src/new{next(numbers)}.py"
        return [call("write", {"path": path, "content": "x = 1\n"}) if kind == "asking" else ASK]

    async with crowded(home, "failed", more={kind: [step] * 2 * len(ORDERS)}) as crowd:
        await crowd.add(kind)
        await crowd.opened()
        race = Race(crowd, kind)
        for number, order in enumerate(ORDERS):
            await crowd.stage.until(lambda: crowd.kinds() == ["failed", {"asking": "approval"}.get(kind, "question")])
            crowd.screen._select(1)
            await crowd.stage.until(lambda: crowd.bar.request is not None and crowd.selected.kind != "failed")
            for name in order:
                await race.deed(name)()
                if apart:
                    await asyncio.sleep(0)
            await race.over()
            assert crowd.kinds()[0] == "failed" and crowd.selected is not None
            assert len(race.events(ApprovalDecided if kind == "asking" else QuestionAnswered)) == number + 1
            if number < len(ORDERS) - 1:
                race.session.submit("Again")
                await crowd.stage.until(lambda: race.session.status == "asking")
        calls = list(race.session.state.calls.values())
        assert len(race.events(ToolStarted)) <= len(calls) and all(call.ended for call in calls)
        assert crowd["failed"].status == "failed"


@settings(
    max_examples=200 if LONG else 4, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(st.sampled_from(("key", "interrupt", "elsewhere", "later", "down", "rest", "give")), max_size=12))
def test_whatever_is_pressed_and_done_no_answer_reaches_another_question(home: Path, deeds: list[str]) -> None:
    asyncio.run(_any_order(home / f"example-{next(EXAMPLES)}", deeds))


async def _any_order(home: Path, deeds: list[str]) -> None:
    """A key answers what was selected when it was pressed, or nothing; no call runs that was not allowed."""
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        await crowd.answerable()
        race = Race(crowd, "asking")
        allowed = False
        for deed in deeds:
            match deed:
                case "key":
                    item = crowd.screen.selected
                    if item is not None and item.kind == "approval":
                        allowed = True
                    crowd.bar.press("y")
                case "later":
                    crowd.bar.press("z")
                case "down":
                    crowd.screen.query_one("VirtualTable").action_move(1)  # type: ignore[attr-defined]
                case "rest":
                    await crowd.stage.drawn()
                case "give":
                    for item in list(crowd.screen.listed):
                        if item.kind == "question":
                            try:
                                give(crowd["choosing"], item, "option 0", "")
                            except AlreadyDecided:
                                race.told.append("refused")
                case _:
                    await race.deed(deed)()
        await crowd.stage.drawn()
        if not allowed:
            assert race.events(ToolStarted) == []
        answered = [entry.event for entry in crowd["choosing"].log.since(0)]
        given = [event for event in answered if isinstance(event, QuestionAnswered)]
        assert [event.answer for event in given] == (["north"] if "give" in deeds else [])
        for session in crowd.sessions.values():
            session.interrupt()
        await crowd.stage.until(lambda: not any(session.running for session in crowd.sessions.values()))
