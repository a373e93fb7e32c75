"""A session as a file: JSON lines give the same entries again, Markdown holds all that a person would look for."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.histories import EVENTS, deltas, histories, opened, values
from tui.errors import StoreDamaged, StoreError
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    ContextCompacted,
    Entry,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    SessionEvent,
    SessionRenamed,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import ImagePart, Part, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.state import fold
from tui.store.export import from_json_lines, to_json_lines, to_markdown

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def log(*events: SessionEvent) -> list[Entry]:
    """A session in which these happened."""
    return [opened(), *(Entry("s1", seq, float(seq), event) for seq, event in enumerate(events, 2))]


def turn(*parts: Part, prompt: str = "Go", outcome: Any = "done", cut: bool = False, **ended: Any) -> list[Entry]:
    """One whole turn with one step of these parts."""
    events: list[SessionEvent] = [
        PromptQueued(prompt_id="p", text=prompt),
        PromptSubmitted(prompt_id="p", turn_id="t", text=prompt),
        StepStarted(step_id="s", turn_id="t", model="here/m"),
    ]
    for number, part in enumerate(parts):
        kind = "tool_call" if isinstance(part, ToolCallPart) else "text"
        kind = "reasoning" if isinstance(part, ReasoningPart) else kind
        events.append(PartStarted(part_id=f"part{number}", step_id="s", kind=kind))  # type: ignore[arg-type]
        events.append(PartEnded(part_id=f"part{number}", part=part, cut=cut))
    events.append(StepEnded(step_id="s", stop=StopReason.END, usage=Usage(input_tokens=7, output_tokens=3), price=0.5))
    return log(*events, TurnEnded(turn_id="t", outcome=outcome, **ended))


# --- JSON lines


@pytest.mark.parametrize("ascii_only", [False, True])
@given(data=st.data())
def test_any_events_come_back_from_json_lines_as_they_were(ascii_only: bool, data: Any) -> None:
    events = data.draw(st.lists(st.sampled_from(EVENTS).flatmap(values), max_size=4))
    entries = [Entry("s\u20281", seq, seq / 8, event) for seq, event in enumerate(events, 1)]
    lines = list(to_json_lines(entries, ascii_only=ascii_only))
    assert all(line.isprintable() and (line.isascii() or not ascii_only) for line in lines)
    assert list(from_json_lines("\n".join(lines).encode().decode().splitlines())) == entries


@given(entries=histories())
def test_the_fold_of_what_was_exported_is_the_fold_of_what_there_was(entries: list[Entry]) -> None:
    assert fold("s1", from_json_lines(to_json_lines(entries))) == fold("s1", entries)


def test_a_line_says_whose_it_is_and_when_in_words_that_other_programs_read() -> None:
    (line,) = to_json_lines(log()[:1])
    row = json.loads(line)
    assert list(row) == ["session", "seq", "at", "kind", "version", "event"]
    assert (row["session"], row["seq"], row["kind"], row["event"]["slot"]) == ("s1", 1, "SessionOpened", 1)


def test_letters_of_every_script_are_readable_in_the_file_and_what_cannot_be_seen_is_escaped() -> None:
    (line,) = to_json_lines([Entry("s1", 1, 1.0, SessionRenamed(title="Grüße 世界\x1b\x7f\x9b\u202e\U000e0041"))])
    assert r'"Grüße 世界\u001b\u007f\u009b\u202e\udb40\udc41"' in line


def test_a_long_text_stands_in_the_file_in_full() -> None:
    text = "ä" * 100_000
    (line,) = to_json_lines([Entry("s1", 1, 1.0, PromptQueued(prompt_id="p", text=text))])
    assert text in line


def test_empty_lines_are_passed_over_and_others_that_are_not_ours_are_named_by_number() -> None:
    (line,) = to_json_lines(log())
    assert len(list(from_json_lines(["", line, "  \n", line + "\r\n"]))) == 2
    for odd in ("{", "[]", "3", "null", '{"session": "s"}', line[:-9]):
        with pytest.raises(StoreDamaged, match="Line 2"):
            list(from_json_lines([line, odd]))


def test_an_event_of_a_newer_program_is_refused_by_name() -> None:
    (line,) = to_json_lines(log())
    with pytest.raises(StoreError, match="kind SessionSung"):
        list(from_json_lines([line.replace("SessionOpened", "SessionSung")]))


# --- Markdown


@given(entries=histories())
def test_any_history_can_be_read_and_holds_nothing_that_a_terminal_would_obey(entries: list[Entry]) -> None:
    text = to_markdown(entries)
    assert OBEYED.search(text) is None
    assert text.startswith("# ") and text.endswith("\n")
    text.encode()


def test_no_session_at_all_is_an_empty_page() -> None:
    assert to_markdown([]).startswith("# Session\n")


def test_a_turn_is_a_prompt_reasoning_and_an_answer_under_what_is_known_of_the_session() -> None:
    entries = turn(ReasoningPart(text="I think."), TextPart(text="**Yes.**"), prompt="Is it?")
    text = to_markdown(entries)
    assert "## Prompt\n\nIs it?\n\n## Answer (here/m)\n\n<details><summary>Reasoning</summary>\n\nI think." in text
    assert text.endswith("**Yes.**\n")
    assert "- Folder: `/w`" in text and "- Tokens: 7 in, 3 out; cost: $0.5000" in text


def test_an_unknown_price_is_not_zero() -> None:
    unpriced = [
        StepStarted(step_id="s2", turn_id="t2", model="m"),
        StepEnded(step_id="s2", stop=StopReason.END, usage=Usage(input_tokens=1)),
    ]
    prompt = PromptSubmitted(prompt_id="p2", turn_id="t2", text="More")
    assert "cost: unknown" in to_markdown(log(prompt, *unpriced))


def test_a_call_shows_its_arguments_its_result_and_what_the_person_said() -> None:
    asked: dict[str, Any] = {"approval_id": "a", "call_id": "c"}
    call = ToolCallPart(call_id="c", name="shell", arguments='{"command": "ls"}')
    entries = turn(call)[:-1]
    more: tuple[SessionEvent, ...] = (
        ApprovalRequested(**asked, tool="shell", arguments=call.arguments, effect="run", why="w", digest="d"),
        ApprovalDecided(**asked, decision="allow", by="person", reason="go on\nthen"),
        ToolStarted(call_id="c", turn_id="t", tool="shell", arguments=call.arguments),
        ToolEnded(call_id="c", outcome=ToolOutcome.ERROR, text="```\na fence\n````\n"),
    )
    entries += [Entry("s1", len(entries) + seq, 9.0, event) for seq, event in enumerate(more, 1)]
    text = to_markdown(entries)
    assert '### Call: shell, error\n\n```json\n{"command": "ls"}\n```' in text
    assert "*The person said allow: go on then.*" in text
    assert "`````\n```\na fence\n````\n`````" in text


def test_what_was_cut_interrupted_or_failed_is_said() -> None:
    assert "half an answer\n\n*[cut]*\n\n*Interrupted.*" in to_markdown(
        turn(TextPart(text="half an answer"), outcome="interrupted", cut=True)
    )
    failed = turn(TextPart(text="x"), outcome="failed", error="No\nanswer.", hint="Ask again.")
    assert "**Failed:** No answer. Ask again." in to_markdown(failed)
    half = turn(ToolCallPart(call_id="", name="shell", arguments='{"comm'), cut=True)
    assert '### Call of shell\n\n```json\n{"comm\n```\n\n*[cut]*' in to_markdown(half)


def test_text_that_still_streams_a_prompt_that_waits_and_images_are_there() -> None:
    started = PartStarted(part_id="part_1", step_id="s", kind="text")
    entries = [*turn()[:4], Entry("s1", 5, 5.0, started), *deltas(2, after=5)]
    assert "token1 token2" in to_markdown(entries)
    assert "## Waiting prompt\n\nLater" in to_markdown(log(PromptQueued(prompt_id="p", text="Later")))
    image = ImagePart(media_type="image/png", data="AAAA")
    shown = PromptSubmitted(prompt_id="p", turn_id="t", text="See", images=(image,))
    assert "See\n\n*[image, image/png]*" in to_markdown(log(shown))


def test_a_compaction_stands_where_the_view_changed_and_what_it_summed_up_before_it() -> None:
    first = turn(TextPart(text="Two gates."), prompt="How many gates?")
    mark = ContextCompacted(summary="There are `two` gates.", through_seq=len(first), before=9000, after=300)
    prompt = PromptSubmitted(prompt_id="q", turn_id="u", text="And now?")
    again = replace(mark, summary="Still two.", before=0)
    seqs = range(len(first) + 1, len(first) + 4)
    later = [Entry("s1", seq, 9.0, event) for seq, event in zip(seqs, (mark, prompt, again), strict=True)]
    page = to_markdown([*first, *later])
    places = [
        page.index(words)
        for words in (
            "How many gates?",
            "Two gates.",
            f"in place of all up to entry {len(first)}, 9,000 tokens to 300.",
            "There are `two` gates.",
            "And now?",
            "Still two.",
        )
    ]
    assert places == sorted(places) and page.count("## Context compacted") == 2


def test_a_title_stays_on_its_line_and_controls_are_shown() -> None:
    text = to_markdown(log(SessionRenamed(title="One\n## Two\x1b[31m"), PromptQueued(prompt_id="p", text="a\r\nb\x07")))
    assert text.startswith("# One ## Two␛[31m\n")
    assert "a\nb␇" in text
