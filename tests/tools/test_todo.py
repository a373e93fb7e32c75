"""The checklist: what the agent says of it, what counts, and that reading it costs nothing."""

from types import MemberDescriptorType
from typing import Any

import pytest

from tui.events import (
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SideCall,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
)
from tui.messages import TodoDisplay, TodoItem, ToolCallPart
from tui.state import SessionState, fold
from tui.tools.base import ToolContext
from tui.tools.todo import TodoArgs, todo_tool

PLAN = [{"text": "Read", "status": "done"}, {"text": "Write", "status": "doing"}, {"text": "Test"}]
ITEMS = (TodoItem(text="Read", status="done"), TodoItem(text="Write", status="doing"), TodoItem(text="Test"))


def checklist(*texts: str) -> tuple[TodoDisplay, ...]:
    return (TodoDisplay(items=tuple(TodoItem(text=text) for text in texts)),)


def log_of(*events: Any) -> list[Entry]:
    """A session in the middle of a turn, with a call ``c`` of ``todo``, and then ``events``."""
    part = ToolCallPart(call_id="c", name="todo", arguments="{}")
    begin = (
        PromptSubmitted(prompt_id="p", turn_id="t", text="Go"),
        StepStarted(step_id="s", turn_id="t", model="m"),
        PartStarted(part_id="a", step_id="s", kind="tool_call", name="todo"),
        PartEnded(part_id="a", part=part),
    )
    return [Entry("one", seq, float(seq), event) for seq, event in enumerate((*begin, *events), 1)]


def ended(call_id: str, *texts: str, outcome: ToolOutcome = ToolOutcome.OK) -> ToolEnded:
    return ToolEnded(call_id=call_id, outcome=outcome, text="", display=checklist(*texts))


# --- the tool


async def test_the_whole_list_is_set_and_summed_up(ctx: ToolContext) -> None:
    result = await todo_tool(TodoArgs.model_validate({"items": PLAN}), ctx)
    assert result.display == (TodoDisplay(items=ITEMS),)
    assert result.text == "The checklist is set: 1 of 3 done, now: Write."


async def test_an_empty_list_clears_it(ctx: ToolContext) -> None:
    result = await todo_tool(TodoArgs(items=[]), ctx)
    assert result.display == (TodoDisplay(items=()),)
    assert "empty" in result.text


async def test_an_item_stands_on_one_line(ctx: ToolContext) -> None:
    result = await todo_tool(TodoArgs.model_validate({"items": [{"text": "one\n  two"}]}), ctx)
    assert result.display == checklist("one two")


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([{"text": "x"}] * 101, "at most 100"),
        ([{"text": "x" * 301}], "at most 300"),
        ([{"text": ""}], "at least 1"),
        ([{"text": "x", "status": "begun"}], "'open', 'doing' or 'done'"),
        ([{"text": "x", "by": "me"}], "by"),
        ("x", "valid list"),
    ],
    ids=["too many", "too long", "no text", "no status of ours", "a field more", "no list"],
)
def test_a_list_over_the_limits_is_refused_with_the_limit(items: Any, why: str) -> None:
    TodoArgs.model_validate({"items": [{"text": "x" * 300}] * 100})
    with pytest.raises(ValueError, match=why):
        TodoArgs.model_validate({"items": items})


# --- what counts


def test_only_what_a_real_call_ended_well_with_counts() -> None:
    state = fold("one", log_of(ended("c", "real"), ended("nobody", "made up")))
    assert state.todo == checklist("real")[0].items
    assert fold("one", log_of(ended("c", "wrong", outcome=ToolOutcome.ERROR))).todo == ()
    assert fold("one", log_of(ToolStarted(call_id="c", turn_id="t", tool="todo", arguments="{}"))).todo == ()


def test_what_the_person_runs_again_is_not_the_agents_list() -> None:
    again = SideCall(call_id="d", original="c", tool="todo", arguments="{}")
    state = fold("one", log_of(ended("c", "the agent's"), again, ended("d", "the person's")))
    assert state.todo == checklist("the agent's")[0].items


def test_reading_it_walks_no_history() -> None:
    assert isinstance(vars(SessionState)["todo"], MemberDescriptorType), "a slot: no code runs when it is read"
