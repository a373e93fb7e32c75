"""What waits in a session, as its log alone says it: every kind, in the order in which it began to wait."""

import pytest

from tui.app.attention.inbox import Inbox, age, items_of
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    Entry,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    QuestionAnswered,
    QuestionAsked,
    SessionArchived,
    SessionClosed,
    SessionEvent,
    SessionOpened,
    StepStarted,
    ToolStarted,
    TurnEnded,
    TurnPutAway,
)
from tui.messages import ToolCallPart
from tui.state import SessionState, fold
from widgets.tab_strip import Tab

OPENED = SessionOpened(workspace="/w", cwd="/w", title="Valves", model="m", slot=3)
BEGUN = (
    PromptQueued(prompt_id="p", text="Mend it"),
    PromptSubmitted(prompt_id="p", turn_id="t", text="Mend it"),
    StepStarted(step_id="s", turn_id="t", model="m"),
)
FAILED = TurnEnded(turn_id="t", outcome="failed", error="No answer came.", hint="Look at the network.")


def called(number: int, tool: str = "shell") -> tuple[SessionEvent, ...]:
    part = ToolCallPart(call_id=f"c{number}", name=tool, arguments='{"command": "make"}')
    return (
        PartStarted(part_id=f"part{number}", step_id="s", kind="tool_call", name=tool),
        PartEnded(part_id=f"part{number}", part=part),
    )


def approval(number: int) -> ApprovalRequested:
    return ApprovalRequested(
        approval_id=f"a{number}", call_id=f"c{number}", tool="shell", arguments='{"command": "make"}', effect="run",
        digest="d", why="It runs a command.",
    )  # fmt: skip


def state(*events: SessionEvent, session_id: str = "one") -> SessionState:
    """The state after these events, a second apart."""
    all_events = (OPENED, *events)
    return fold(session_id, [Entry(session_id, n, 1000.0 + n, event) for n, event in enumerate(all_events, 1)])


def kinds(found: SessionState) -> list[str]:
    return [item.kind for item in items_of(found)]


def test_a_call_that_asks_waits_with_what_it_would_do() -> None:
    [item] = items_of(state(*BEGUN, *called(1), approval(1)))
    assert (item.id, item.kind, item.call_id, item.slot, item.title) == ("a1", "approval", "c1", 3, "Valves")
    assert "make" in item.what and item.at == 1007.0 and item.asks


def test_an_agents_question_waits_from_when_its_tool_began() -> None:
    asks = QuestionAsked(question_id="q", call_id="c1", text="North\nor south?", options=())
    started = ToolStarted(call_id="c1", turn_id="t", tool="ask_user", arguments="{}")
    [item] = items_of(state(*BEGUN, *called(1, "ask_user"), started, asks))
    assert (item.id, item.kind, item.what, item.at) == ("q", "question", "North or south?", 1007.0)


def test_what_was_answered_waits_no_longer() -> None:
    asks = QuestionAsked(question_id="q", call_id="c1", text="Which?", options=())
    answered = QuestionAnswered(question_id="q", answer="That")
    assert kinds(state(*BEGUN, *called(1), asks, answered)) == []
    denied = ApprovalDecided(call_id="c1", approval_id="a1", decision="deny", by="person")
    assert kinds(state(*BEGUN, *called(1), approval(1), denied)) == []


def test_several_questions_of_one_session_stand_in_the_order_of_their_calls() -> None:
    found = state(*BEGUN, *called(1), *called(2), approval(2), approval(1))
    assert [item.id for item in items_of(found)] == ["a1", "a2"]


def test_a_failed_turn_waits_until_it_is_put_away_or_another_follows() -> None:
    [item] = items_of(state(*BEGUN, FAILED))
    assert (item.id, item.kind, item.what) == ("t", "failed", "No answer came.")
    assert kinds(state(*BEGUN, FAILED, TurnPutAway(turn_id="t"))) == []
    again = PromptSubmitted(prompt_id="p2", turn_id="t2", text="Again")
    assert kinds(state(*BEGUN, FAILED, again)) == []


def test_a_spent_budget_is_told_from_a_failure() -> None:
    spent = TurnEnded(turn_id="t", outcome="failed", error="This session has cost $5.", cause="budget")
    assert kinds(state(*BEGUN, spent)) == ["budget"]


def test_prompts_that_are_held_wait_and_ones_about_to_be_sent_do_not() -> None:
    held = state(*BEGUN, TurnEnded(turn_id="t", outcome="interrupted"), PromptQueued(prompt_id="p2", text="And then"))
    [item] = items_of(held)
    assert (item.kind, item.what) == ("held", "1 prompt: And then")
    assert items_of(held, running=True) == ()


def test_a_failure_with_prompts_behind_it_is_one_thing() -> None:
    assert kinds(state(*BEGUN, PromptQueued(prompt_id="p2", text="Next"), FAILED)) == ["failed"]


@pytest.mark.parametrize("gone", [SessionClosed(), SessionArchived(archived=True)])
def test_a_session_that_was_put_away_waits_for_nobody_unless_it_still_asks(gone: SessionEvent) -> None:
    assert kinds(state(*BEGUN, FAILED, gone)) == []
    assert kinds(state(*BEGUN, *called(1), approval(1), gone)) == ["approval"]


def test_the_inbox_is_oldest_first_over_all_sessions_and_says_when_it_changed() -> None:
    inbox = Inbox()
    failed = state(*BEGUN, FAILED, session_id="b")
    asking = state(*BEGUN, *called(1), approval(1), session_id="a")
    assert inbox.update(asking) and inbox.update(failed)
    assert [item.session_id for item in inbox.items()] == ["b", "a"]
    assert not inbox.update(asking)
    assert inbox.update(state(session_id="b"))
    assert [item.session_id for item in inbox.items()] == ["a"]


def test_a_session_that_was_never_in_memory_is_named_by_its_tab_until_it_is_known() -> None:
    inbox = Inbox()
    tabs = [Tab("a", 1, "Old", "failed"), Tab("b", 2, "Idle"), Tab("c", 3, "Elsewhere", "failed", held=True)]
    assert [(item.kind, item.session_id) for item in inbox.items(tabs)] == [("unread", "a")]
    inbox.update(state(*BEGUN, FAILED, TurnPutAway(turn_id="t"), session_id="a"))
    assert inbox.items(tabs) == []


def test_what_comes_from_outside_is_one_clean_line() -> None:
    nasty = TurnEnded(turn_id="t", outcome="failed", error="[red]boom[/]\x1b[2J\nsecond \u202eline")
    [item] = items_of(state(*BEGUN, nasty))
    assert item.what.startswith("[red]boom[/]") and "\n" not in item.what
    assert all(char.isprintable() for char in item.what)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "now"), (14, "14 s"), (200, "3 min"), (7300, "2 h"), (200_000, "2 d"), (-5, "now")]
)
def test_ages_are_short(seconds: float, said: str) -> None:
    assert age(seconds) == said
