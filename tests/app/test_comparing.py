"""The figures of sessions that are compared, from logs whose times are known."""

from tui.app.comparing import compared_turns, final_answer, group_title, measures, rate_text
from tui.app.status import pane_title
from tui.events import (
    Entry,
    FileKept,
    GroupJoined,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    SessionRenamed,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import StopReason, TextPart, ToolCallPart, Usage
from tui.state import SessionState, fold

OPENED = SessionOpened(workspace="/w", cwd="/w", title="t", model="maker/sonnet", slot=3)
GROUP = GroupJoined(group="g", label="sonnet high", prompt_id="p2")
COUNTED = Usage(input_tokens=1_000, output_tokens=120)


def told(*said: tuple[float, SessionEvent]) -> SessionState:
    """A session that was told these events, at those times."""
    entries = [Entry("s", number, at, event) for number, (at, event) in enumerate(((0.0, OPENED), *said), 1)]
    return fold("s", entries)


def prompted(at: float, prompt: str, turn: str) -> tuple[tuple[float, SessionEvent], ...]:
    return (
        (at, PromptQueued(prompt_id=prompt, text=prompt)),
        (at, PromptSubmitted(prompt_id=prompt, turn_id=turn, text=prompt)),
    )


def step(at: float, turn: str, content: str, ended: StepEnded) -> tuple[tuple[float, SessionEvent], ...]:
    """A step that says ``content`` a second after ``at``, and ends a second later."""
    part = f"part-{ended.step_id}"
    return (
        (at, StepStarted(step_id=ended.step_id, turn_id=turn, model="maker/sonnet")),
        (at + 1, PartStarted(part_id=part, step_id=ended.step_id, kind="text")),
        (at + 2, PartEnded(part_id=part, part=TextPart(text=content))),
        (at + 2, ended),
    )


def ends(step_id: str, *, usage: Usage = COUNTED, price: float | None = 0.25) -> StepEnded:
    return StepEnded(step_id=step_id, stop=StopReason.END, usage=usage, first_token=1.0, duration=3.0, price=price)


EARLIER = (
    *prompted(1, "p1", "t1"),
    *step(2, "t1", "Long ago.", ends("s1")),
    (9, TurnEnded(turn_id="t1", outcome="done")),
)
ASKED = (*EARLIER, *prompted(10, "p2", "t2"), (10, GROUP))


def test_what_counts_begins_with_the_groups_prompt() -> None:
    state = told(*ASKED, *step(11, "t2", "Now.", ends("s2")), (15, TurnEnded(turn_id="t2", outcome="done")))
    assert [turn.turn_id for turn in compared_turns(state)] == ["t2"]
    found = measures(state, 99.0)
    assert (found.phase, found.first_token, found.rate, found.estimated) == ("done", 1.0, 60.0, False)
    assert (found.seconds, found.input_tokens, found.output_tokens, found.cost) == (5.0, 1_000, 120, 0.25)
    assert final_answer(state) == "Now."


def test_a_session_without_a_group_is_measured_by_its_last_turn() -> None:
    state = told(*EARLIER)
    assert measures(state, 99.0).phase == "done" and final_answer(state) == "Long ago."
    assert measures(told(), 99.0).phase == "idle" and final_answer(told()) == ""


def test_while_it_streams_the_rate_is_estimated_and_the_time_goes_on() -> None:
    started = (11.0, StepStarted(step_id="s2", turn_id="t2", model="maker/sonnet"))
    waiting = measures(told(*ASKED, started), 12.0)
    assert (waiting.phase, waiting.first_token, waiting.rate, waiting.seconds) == ("running", None, None, 2.0)
    part = (12.5, PartStarted(part_id="x", step_id="s2", kind="text"))
    streaming = told(*ASKED, started, part, (13.0, PartDelta(part_id="x", text="0123" * 30)))
    found = measures(streaming, 14.5)
    assert (found.first_token, found.rate, found.estimated) == (1.5, 15.0, True)
    assert rate_text(found) == "~15 tok/s"
    assert rate_text(measures(streaming, 12.5)) == ""  # over no time there is no rate


def test_a_prompt_that_still_waits_is_waiting_whatever_the_session_did_before() -> None:
    state = told(*EARLIER, (10, PromptQueued(prompt_id="p2", text="p2")), (10, GROUP))
    found = measures(state, 12.0)
    assert (found.phase, found.seconds, found.cost, compared_turns(state)) == ("waiting", None, 0.0, [])


def test_unknown_prices_and_counts_are_unknown_and_never_nothing() -> None:
    state = told(*ASKED, *step(11, "t2", "x" * 80, ends("s2", usage=Usage(), price=None)))
    found = measures(state, 14.0)
    assert (found.rate, found.estimated, found.unpriced) == (10.0, True, 1)
    texts = [segment.plain for segment in group_title(state, 14.0)[1]]
    assert texts == ["first 1.0 s", "~10 tok/s", "", "cost unknown"]


def test_a_session_that_had_a_title_before_it_was_asked_beside_others_keeps_it_in_sight() -> None:
    asked = told(*ASKED)
    label = asked.group.label if asked.group is not None else ""
    for title, shown in (("Valves", True), (f"{label}: a prompt", False)):
        state = told(*ASKED, (11, SessionRenamed(title=title)))
        assert (title in [segment.plain for segment in group_title(state, 14.0)[0]]) is shown


def test_calls_failed_calls_and_files_are_those_of_the_turn() -> None:
    calls = (
        *((12.0, PartStarted(part_id=f"c{n}", step_id="s2", kind="tool_call", name="edit")) for n in (1, 2)),
        *((12.0, PartEnded(part_id=f"c{n}", part=ToolCallPart(call_id=f"c{n}", name="edit", arguments="{}")))
          for n in (1, 2)),
        (12.0, ToolStarted(call_id="c1", turn_id="t2", tool="edit", arguments="{}")),
        (12.0, FileKept(turn_id="t2", call_id="c1", path="/w/a.py")),
        (12.0, FileKept(turn_id="t1", call_id="c0", path="/w/b.py")),
        (12.0, ToolEnded(call_id="c1", outcome=ToolOutcome.OK, text="")),
        (12.0, ToolEnded(call_id="c2", outcome=ToolOutcome.ERROR, text="")),
    )  # fmt: skip
    state = told(*ASKED, (11.0, StepStarted(step_id="s2", turn_id="t2", model="maker/sonnet")), *calls)
    found = measures(state, 14.0)
    assert (found.calls, found.failed, found.files) == (2, 1, 1)
    assert "2 calls, 1 failed" in [segment.plain for segment in pane_title(state, 14.0)[1]]


def test_the_title_of_a_promoted_session_is_an_ordinary_one_again() -> None:
    state = told(*ASKED)
    assert "sonnet high" in [segment.plain for segment in pane_title(state, 14.0)[0]]
    chosen = told(*ASKED, (11, GroupJoined(group="g", label="sonnet high", prompt_id="p2", promoted=True)))
    assert [segment.plain for segment in pane_title(chosen, 14.0)[0]] == ["3", "t"]
