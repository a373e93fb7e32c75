"""What a model is sent: all that is sound of what was, in order, and one result for every call."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.conftest import OpenSession
from tests.scripts import called, image, scripted, text
from tests.store.histories import histories
from tui.engine.window.context import history, instructions, title_of
from tui.events import (
    SCRATCH,
    ContextCompacted,
    Entry,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    SideCall,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import ImagePart, Message, PartKind, ReasoningPart, StopReason, TextPart, ToolCallPart, ToolResultPart
from tui.state import Prompt, SessionState, fold

OPENED = SessionOpened(workspace="/w", cwd="/w", title="t", model="m", slot=1)
KINDS: dict[type, PartKind] = {TextPart: "text", ReasoningPart: "reasoning", ToolCallPart: "tool_call"}
SIGNED = ReasoningPart(text="Hm.", provider_data=("anthropic", '{"signature": "s"}'))


def state_of(*events: SessionEvent) -> SessionState:
    return fold("s1", [Entry("s1", seq, float(seq), event) for seq, event in enumerate((OPENED, *events), 1)])


def asked(text: str, turn: str = "turn_1", images: tuple[ImagePart, ...] = ()) -> tuple[SessionEvent, ...]:
    name = f"prompt_{turn}_{text[:9]}"
    return (
        PromptQueued(prompt_id=name, text=text, images=images),
        PromptSubmitted(prompt_id=name, turn_id=turn, text=text, images=images),
    )


def answered(
    *parts: TextPart | ReasoningPart | ToolCallPart, turn: str = "turn_1", step: str = "step_1", cut: bool = False
) -> list[SessionEvent]:
    """One step; ``cut`` is said of its last part."""
    events: list[SessionEvent] = [StepStarted(step_id=step, turn_id=turn, model="m")]
    for number, part in enumerate(parts):
        name = f"part_{step}_{number}"
        events.append(PartStarted(part_id=name, step_id=step, kind=KINDS[type(part)]))
        events.append(PartEnded(part_id=name, part=part, cut=cut and number == len(parts) - 1))
    return [*events, StepEnded(step_id=step, stop=StopReason.CUT if cut else StopReason.END)]


def ended(
    call_id: str, text: str, outcome: ToolOutcome = ToolOutcome.OK, images: tuple[ImagePart, ...] = ()
) -> ToolEnded:
    return ToolEnded(call_id=call_id, outcome=outcome, text=text, images=images)


def user(*parts: TextPart | ImagePart | ToolResultPart) -> Message:
    return Message(role="user", parts=parts)


def agent(*parts: TextPart | ReasoningPart | ToolCallPart) -> Message:
    return Message(role="assistant", parts=parts)


# --- messages


def test_a_conversation_is_sent_in_the_order_in_which_it_was_held() -> None:
    state = state_of(
        *asked("One?"),
        *answered(TextPart(text="One.")),
        TurnEnded(turn_id="turn_1", outcome="done"),
        *asked("Two?", "turn_2"),
        *answered(TextPart(text="Two."), turn="turn_2", step="step_2"),
    )
    assert history(state) == (
        user(TextPart(text="One?")),
        agent(TextPart(text="One.")),
        user(TextPart(text="Two?")),
        agent(TextPart(text="Two.")),
    )


def test_nothing_is_sent_of_what_only_waits() -> None:
    assert history(state_of(PromptQueued(prompt_id="p", text="Later."))) == ()
    assert history(state_of()) == ()


def test_images_stand_beside_the_words_that_they_came_with() -> None:
    assert history(state_of(*asked("See?", images=(image(),)))) == (user(TextPart(text="See?"), image()),)


def test_what_a_provider_wants_back_goes_back_as_it_came() -> None:
    call = replace(called("c", "read", '{"path":  "a"}'), provider_data=("openai", "[1]"))
    state = state_of(*asked("Go"), *answered(SIGNED, call), ended("c", "done"))
    assert history(state)[1] == agent(SIGNED, call)


def test_every_call_of_a_step_is_answered_in_one_message_in_the_order_of_the_calls() -> None:
    calls = [called(name, "read", {}) for name in ("a", "b", "c")]
    state = state_of(
        *asked("Go"),
        *answered(TextPart(text="Look."), *calls),
        ToolStarted(call_id="a", turn_id="turn_1", tool="read", arguments="{}"),
        ended("c", "3"),
        ended("a", "1", images=(image(),)),
        ended("b", "2", ToolOutcome.ERROR),
    )
    assert history(state)[1:] == (
        agent(TextPart(text="Look."), *calls),
        user(
            ToolResultPart(call_id="a", text="1", images=(image(),)),
            ToolResultPart(call_id="b", text="2", is_error=True),
            ToolResultPart(call_id="c", text="3"),
        ),
    )


@pytest.mark.parametrize("outcome", list(ToolOutcome))
def test_only_a_call_that_went_well_is_no_error(outcome: ToolOutcome) -> None:
    state = state_of(*asked("Go"), *answered(called("c", "read", {})), ended("c", "said", outcome))
    result = history(state)[-1].parts[0]
    assert result == ToolResultPart(call_id="c", text="said", is_error=outcome is not ToolOutcome.OK)


def test_a_call_that_still_runs_has_a_result_that_says_so() -> None:
    result = history(state_of(*asked("Go"), *answered(called("c", "read", {}))))[-1].parts[0]
    assert isinstance(result, ToolResultPart)
    assert (result.call_id, result.is_error) == ("c", True)
    assert "not ended" in result.text


def test_what_the_person_ran_again_is_not_told_to_the_model() -> None:
    before = [*asked("Go"), *answered(called("c", "read", {})), ended("c", "first")]
    again = [SideCall(call_id="c2", original="c", tool="read", arguments="{}"), ended("c2", "second")]
    assert history(state_of(*before, *again)) == history(state_of(*before))


def test_a_prompt_that_joined_a_turn_stands_where_it_joined() -> None:
    state = state_of(
        *asked("Go"),
        *answered(called("c", "read", {})),
        ended("c", "x"),
        *asked("Wait!"),
        *answered(TextPart(text="Yes?"), step="step_2"),
    )
    assert [message.role for message in history(state)] == ["user", "assistant", "user", "user", "assistant"]
    assert history(state)[3] == user(TextPart(text="Wait!"))


# --- what was cut


def test_cut_text_is_sent_as_far_as_it_came() -> None:
    state = state_of(*asked("Go"), *answered(SIGNED, TextPart(text="The half of a sen"), cut=True))
    assert history(state)[1] == agent(SIGNED, TextPart(text="The half of a sen"))


@pytest.mark.parametrize(
    "part",
    [
        TextPart(text=""),
        TextPart(text=" \n\t"),
        ReasoningPart(text="Half a thought without its sig"),
    ],
    ids=["nothing", "white space", "reasoning"],
)
def test_what_is_not_sound_when_it_is_cut_is_not_sent(part: TextPart | ReasoningPart) -> None:
    assert history(state_of(*asked("Go"), *answered(TextPart(text="Well"), part, cut=True)))[1:] == (
        agent(TextPart(text="Well")),
    )
    assert history(state_of(*asked("Go"), *answered(part, cut=True))) == (user(TextPart(text="Go")),)


@pytest.mark.parametrize(
    "part",
    [called("", "shell", '{"command": "rm -rf build/imp'), called("c", "shell", '{"command": "ls"}')],
    ids=["half a call", "a whole call in a cut part"],
)
def test_a_cut_call_is_not_sent_and_the_model_reads_that_it_did_not_run(part: ToolCallPart) -> None:
    told = user(TextPart(text="[Your call of shell was cut off before its arguments were whole. It was not run.]"))
    assert history(state_of(*asked("Go"), *answered(TextPart(text="Well"), part, cut=True)))[1:] == (
        agent(TextPart(text="Well")),
        told,
    )
    assert history(state_of(*asked("Go"), *answered(part, cut=True))) == (user(TextPart(text="Go")), told)


def test_a_part_that_still_streams_is_not_sent() -> None:
    state = state_of(
        *asked("Go"),
        StepStarted(step_id="step_1", turn_id="turn_1", model="m"),
        PartStarted(part_id="p", step_id="step_1", kind="text"),
    )
    assert history(state) == (user(TextPart(text="Go")),)


# --- any history at all


@given(histories())
def test_of_any_history_every_call_is_whole_and_has_one_result_right_after_it(entries: list[Entry]) -> None:
    state = fold("s1", entries)
    messages = history(state)
    seen: list[str] = []
    for number, message in enumerate(messages):
        assert message.parts
        calls = [part.call_id for part in message.parts if isinstance(part, ToolCallPart)]
        if message.role == "assistant" and calls:
            following = messages[number + 1]
            assert following.role == "user"
            assert [part.call_id for part in following.parts if isinstance(part, ToolResultPart)] == calls
            assert len(following.parts) == len(calls)
        seen += calls
        assert all(isinstance(p, ToolResultPart) for p in message.parts) or not any(
            isinstance(p, ToolResultPart) for p in message.parts
        )
    assert sorted(seen) == sorted(call.call_id for call in state.calls.values() if not call.original)
    results = [part.call_id for message in messages for part in message.parts if isinstance(part, ToolResultPart)]
    assert results == seen


@given(histories())
def test_a_resumed_session_sends_what_the_live_one_would(entries: list[Entry]) -> None:
    """What a store prunes, the scratch of parts and calls that have ended, was never part of it."""
    state = fold("s1", entries)
    over = {name for name, part in state.parts.items() if part.part} | {
        name for name, call in state.calls.items() if call.ended
    }
    kept = [
        entry
        for entry in entries
        if not isinstance(entry.event, SCRATCH)
        or (getattr(entry.event, "part_id", None) or getattr(entry.event, "call_id", None)) not in over
    ]
    assert history(fold("s1", kept)) == history(state)


# --- compaction


def test_after_a_compaction_the_summary_stands_for_all_up_to_its_mark() -> None:
    first = [*asked("One?"), *answered(TextPart(text="One.")), TurnEnded(turn_id="turn_1", outcome="done")]
    second = [*asked("Two?", "turn_2"), *answered(TextPart(text="Two."), turn="turn_2", step="step_2")]
    mark = ContextCompacted(summary="They counted.", through_seq=len(first) + 1)
    summary = user(TextPart(text="What happened before, in short:\n\nThey counted."))
    rest = (user(TextPart(text="Two?")), agent(TextPart(text="Two.")))
    assert history(state_of(*first, mark)) == (summary,)
    assert history(state_of(*first, mark, *second)) == (summary, *rest)


def test_a_second_compaction_takes_the_place_of_the_first_and_nothing_is_deleted() -> None:
    first = [*asked("One?"), *answered(TextPart(text="One.")), TurnEnded(turn_id="turn_1", outcome="done")]
    marks = [ContextCompacted(summary=text, through_seq=len(first) + 1) for text in ("Old.", "New.")]
    state = state_of(*first, *marks)
    assert [part.text for message in history(state) for part in message.parts if isinstance(part, TextPart)] == [
        "What happened before, in short:\n\nNew."
    ]
    assert [turn.turn_id for turn in state.turns] == ["turn_1"]


# --- instructions and titles


def test_a_session_s_own_instructions_come_before_ours() -> None:
    ours = instructions(state_of())
    assert "/w" in ours
    assert "{" not in ours
    own = fold("s1", [Entry("s1", 1, 1.0, replace(OPENED, system="Speak {Latin}."))])
    assert instructions(own) == "Speak {Latin}."


def test_a_folder_with_braces_in_its_name_is_named_as_it_is() -> None:
    state = fold("s1", [Entry("s1", 1, 1.0, replace(OPENED, cwd="/w/{today}{0}"))])
    assert "/w/{today}{0}" in instructions(state)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Fix the bug", "Fix the bug"),
        ("\n  \n  Fix the bug  \nand that", "Fix the bug"),
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 47 + "…"),
        ("x" * 46 + " " + "y" * 9, "x" * 46 + "…"),
        ("日本語" * 30, ("日本語" * 30)[:47] + "…"),
        ("", ""),
        (" \n\t\n", ""),
    ],
)
def test_a_title_is_the_first_line_that_says_something(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(max_size=200))
def test_a_title_is_short_one_line_and_the_beginning_of_a_line(text: str) -> None:
    title = title_of(text)
    assert len(title) <= 48
    assert len(title.splitlines()) <= 1
    assert title == title.strip()
    assert bool(title) is bool(text.strip())
    assert any(line.strip().startswith(title.removesuffix("…")) for line in (text.splitlines() or [""]))


# --- models that take no images


def test_a_model_that_takes_no_images_is_told_of_them_in_words() -> None:
    call_part = called("c1", "read", {"path": "a.png"})
    read = ended("c1", "[image a.png]", images=(image(),))
    state = state_of(*asked("Look", images=(image(),)), *answered(call_part), read)
    words = "[image (image/png, 70 bytes): this model takes no images]"
    assert history(state, images=False) == (
        user(TextPart(text="Look"), TextPart(text=words)),
        agent(call_part),
        user(ToolResultPart(call_id="c1", text=f"[image a.png]\n{words}")),
    )
    assert user(TextPart(text="Look"), image()) == history(state)[0]


async def test_a_model_that_sees_nothing_is_sent_no_image_and_the_log_keeps_it(session: OpenSession) -> None:
    for sees in (True, False):
        models, provider = scripted([text("A dot.")], sees=sees)
        opened = await session(models)
        opened.submit("Look", (image(),))
        await opened.rest()
        sent = [type(part).__name__ for part in provider.requests[0].messages[0].parts]
        assert sent == (["TextPart", "ImagePart"] if sees else ["TextPart", "TextPart"])
        assert isinstance(opened.state.turns[0].items[0], Prompt) and opened.state.turns[0].items[0].images == (
            image(),
        )
