"""Wherever the mark lies, what a model is sent is whole: each later part once, no result without its call."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_context import answered, asked, ended
from tests.scripts import called
from tests.store.histories import histories
from tui.engine.window.condensing import KEPT_TOKENS, plan, request_text, shortened, told
from tui.engine.window.context import history, visible
from tui.engine.window.filling import Beside, estimate, estimated, filling, needed
from tui.events import ContextCompacted, Entry, SessionEvent, SessionOpened, StepEnded, TurnEnded
from tui.messages import Message, StopReason, TextPart, ToolCallPart, ToolResultPart, Usage
from tui.providers import anthropic, openai, openai_chat
from tui.providers.base import Request, ToolSchema
from tui.state import Prompt, SessionState, fold

OPENED = SessionOpened(workspace="/w", cwd="/w", title="t", model="m", slot=1)


def state_of(*events: SessionEvent) -> SessionState:
    return fold("s1", [Entry("s1", seq, float(seq), event) for seq, event in enumerate((OPENED, *events), 1)])


def marked(entries: list[Entry], through: int) -> SessionState:
    last = entries[-1].seq
    mark = Entry("s1", last + 1, 2000.0, ContextCompacted(summary="In short.", through_seq=through))
    return fold("s1", [*entries, mark])


def assert_accepted(messages: tuple[Message, ...]) -> None:
    request = Request(model="m", messages=messages)
    roles = [message["role"] for message in anthropic.body(request, "anthropic")["messages"]]
    assert roles[0] == "user" and all(one != other for one, other in pairwise(roles))
    assert openai.body(request, "openai")["input"]
    assert openai_chat.body(request, "openai", at_openai=True)["messages"]
    for at, message in enumerate(messages):
        wanted = [part.call_id for part in message.parts if isinstance(part, ToolCallPart)]
        results = [part.call_id for part in message.parts if isinstance(part, ToolResultPart)]
        before = messages[at - 1].parts if at else ()
        assert results == [part.call_id for part in before if isinstance(part, ToolCallPart)]
        if wanted:
            assert any(isinstance(part, ToolResultPart) for part in messages[at + 1].parts)


@given(histories(), st.data())
def test_a_mark_anywhere_leaves_a_history_that_every_wire_takes(entries: list[Entry], data: st.DataObject) -> None:
    through = data.draw(st.integers(1, entries[-1].seq))
    state = marked(entries, through)
    messages = history(state)
    assert_accepted(messages)
    first = messages[0].parts[0]
    assert isinstance(first, TextPart) and first.text.endswith("In short.")
    later = [item for turn in state.turns for item in turn.items if item.seq > through]
    seen = [item for _, items in visible(state) for item in items]
    assert [item for item in seen if item.seq > through] == later, "each later part once, in order"
    assert all(isinstance(item, Prompt) for item in seen if item.seq <= through)
    for turn, items in visible(state):
        prompts = [item for item in turn.items if isinstance(item, Prompt)]
        assert isinstance(items[0], Prompt) and items[0] in prompts, "steps are never seen without a prompt"


@given(histories(), st.booleans())
def test_what_a_plan_takes_and_what_it_keeps_are_all_that_is_seen(entries: list[Entry], by_person: bool) -> None:
    state = fold("s1", entries)
    chosen = plan(state, 1000, by_person=by_person)
    if chosen is None:
        return
    after = marked(entries, chosen.through_seq)
    kept = {id(item) for _, items in visible(after) for item in items}
    steps = [item for turn in after.turns for item in turn.items if not isinstance(item, Prompt)]
    assert [item for item in steps if item.seq > chosen.through_seq] == [item for item in steps if id(item) in kept]
    assert chosen.messages and chosen.tokens > 0
    assert_accepted(history(after))
    again = plan(after, 1000, by_person=False)
    assert again is None or again.through_seq > chosen.through_seq


def work(steps: int, size: int = 4000) -> SessionState:
    """One turn that runs, of ``steps`` steps whose results have ``size`` characters."""
    events: list[Any] = [*asked("Count")]
    for number in range(steps):
        call = called(f"c{number}", "read", {"path": f"{number}"})
        events += [*answered(call, step=f"step_{number}"), ended(f"c{number}", "x" * size)]
    return state_of(*events)


def test_of_a_turn_that_runs_the_last_steps_stay() -> None:
    state = work(12)
    chosen = plan(state, None, by_person=False)
    assert chosen is not None
    kept = [item for item in state.turns[0].items if item.seq > chosen.through_seq]
    assert len(kept) == KEPT_TOKENS // (1000 + 20)
    assert kept == state.turns[0].items[-len(kept) :]


def test_a_turn_that_runs_and_is_small_is_left_alone() -> None:
    assert plan(work(2), None, by_person=False) is None
    assert plan(work(2), None, by_person=True) is None


def test_one_huge_last_step_is_taken_too_and_the_prompt_stays() -> None:
    state = work(1, 100_000)
    chosen = plan(state, None, by_person=False)
    assert chosen is not None and chosen.through_seq == state.turns[0].items[-1].seq
    state.compacted = ContextCompacted(summary="In short.", through_seq=chosen.through_seq)
    assert [part.text for message in history(state) for part in message.parts if isinstance(part, TextPart)] == [
        "What happened before, in short:\n\nIn short.",
        "Count",
    ]


# --- the text that is summarised


def long_messages(count: int, size: int) -> list[Message]:
    return [Message(role="user", parts=(TextPart(text=f"<{n}>" + "x" * size),)) for n in range(count)]


@pytest.mark.parametrize("room", [None, 100_000, 20_000, 5000, 2000, 300])
def test_it_fits_and_says_what_was_left_out(room: int | None) -> None:
    found = told(long_messages(20, 10_000), room)
    assert room is None or estimate(found.text) <= room + 30
    whole = room is None or room >= 100_000
    assert bool(found.left_out) != whole
    assert "<0>" in found.text and "<19>" in found.text
    if room == 300:
        assert "did not fit" in found.left_out and "left out here" in found.text


def test_the_summary_before_it_is_never_shortened() -> None:
    before = Message(role="user", parts=(TextPart(text="What happened before" + "s" * 3000),))
    assert "s" * 3000 in told([before, *long_messages(20, 10_000)], 2000).text


def test_a_text_is_shortened_in_its_middle() -> None:
    assert shortened("a" * 10, 10) == "a" * 10
    short = shortened("a" * 50 + "b" * 50, 20)
    assert short.startswith("a" * 10 + "\n[... 80 characters ...]\n") and short.endswith("b" * 10)


def test_what_the_person_asks_for_is_the_last_that_the_model_reads() -> None:
    text = request_text(told(long_messages(1, 3), None), " the names ")
    assert text.endswith("above all: the names")
    assert "<conversation>\n[The person]\n<0>xxx\n</conversation>" in text


# --- what fills it


def test_what_fills_the_context_is_told_by_kind_and_scaled_to_what_the_provider_counted() -> None:
    call = called("c", "read", {"path": "a"})
    step = answered(TextPart(text="y" * 400), call)
    step[-1] = StepEnded(step_id="step_1", stop=StopReason.TOOL_USE, usage=Usage(input_tokens=900, output_tokens=100))
    state = state_of(*asked("z" * 400), *step, ended("c", "x" * 4000))
    tool = ToolSchema(name="read", description="Reads.", parameters="{}")
    beside = Beside(instructions="i" * 400, files=(("/w/AGENTS.md", "a" * 40),), notes="n" * 40, tools=(tool,))
    found = filling(state, beside, 10_000)
    assert needed(state, beside) == 1000 + 1000 + 4, "the count, and the result that came since"
    assert found.counted and found.tokens == pytest.approx(needed(state, beside), abs=10)
    assert found.fraction == pytest.approx(0.2, abs=0.01)
    kinds = [(piece.kind, piece.label) for piece in found.kinds()]
    assert kinds[0] == ("tool results: read", "1")
    assert {kind for kind, _ in kinds} == {
        "tool results: read", "instructions", "AGENTS.md", "notes", "tools on offer", "prompts", "answers", "tool calls"
    }  # fmt: skip
    assert found.biggest(1)[0].block == "part_step_1_1"


def test_without_a_count_it_is_estimated_and_says_so() -> None:
    state = state_of(*asked("z" * 400))
    found = filling(state, Beside(), None)
    assert (found.counted, found.fraction) == (False, None)
    assert found.tokens == estimated(state, Beside()) == 104


def test_after_a_compaction_the_summary_counts_and_what_came_before_does_not() -> None:
    events = [*asked("One"), *answered(TextPart(text="x" * 40_000)), TurnEnded(turn_id="turn_1", outcome="done")]
    state = state_of(*events, ContextCompacted(summary="s" * 400, through_seq=len(events) + 1, after=104))
    assert needed(state, Beside()) == 104
    assert [piece.kind for piece in filling(state, Beside(), None).pieces] == ["summary"]
    later = state_of(
        *events, ContextCompacted(summary="s" * 400, through_seq=len(events) + 1, after=104), *asked("z" * 40, "turn_2")
    )
    assert needed(later, Beside()) == 104 + 14


def test_text_that_is_not_ascii_takes_more_tokens() -> None:
    assert estimate("abcd" * 10) == 10
    assert estimate("水" * 10) == 10
    assert estimate("\ud800") == 1
    assert estimate("") == 0
