"""Files of other programs become sessions like any other: whole, and such that every API goes on with them."""

import json
from pathlib import Path

import pytest

from tests.engine.test_break import assert_taken
from tests.store.bringing import CLAUDE, CODEX, FILES, OLD_CODEX, bring, dumped
from tests.store.conftest import OpenStore
from tui.calls import CallQuery
from tui.engine.window.context import history
from tui.messages import DiffDisplay, Message, TodoItem, ToolResultPart, Usage
from tui.providers import anthropic
from tui.providers.base import Request
from tui.state import Prompt, SessionState, StepState, fold
from tui.store.imports.found import candidates, read_bytes
from tui.store.store import Store

pytestmark = pytest.mark.asyncio


async def state_of(store: Store, session_id: str) -> SessionState:
    return fold(session_id, await store.load(session_id))


async def brought(store: Store, *paths: Path) -> list[SessionState]:
    """The sessions that these files became, as they are folded from the disk."""
    return [await state_of(store, each.session_id) for each in await bring(store, *paths)]


def prompts(state: SessionState) -> list[str]:
    return [item.text for turn in state.turns for item in turn.items if isinstance(item, Prompt)]


def steps(state: SessionState) -> list[StepState]:
    return [item for turn in state.turns for item in turn.items if isinstance(item, StepState)]


async def test_every_imported_session_is_at_rest_and_every_wire_format_goes_on_with_it(open_store: OpenStore) -> None:
    for state in await brought(await open_store(), FILES):
        assert state.turn is None and not state.open_calls and state.status in ("idle", "failed")
        assert all(step.ended is not None for step in steps(state))
        assert state.turns and all(turn.outcome is not None for turn in state.turns)
        assert_taken(state)


async def test_a_claude_code_session_keeps_its_turns_calls_results_images_and_usage(open_store: OpenStore) -> None:
    state, child = await brought(await open_store(), CLAUDE)
    assert (state.title, state.model) == ("Gate opens at the wrong level", "anthropic/claude-sonnet-4-5")
    assert prompts(state)[1:] == ["Leave the cache alone. What is left?", "Then mend the test.", "Again."]
    first = state.turns[0].items[0]
    assert isinstance(first, Prompt) and [image.media_type for image in first.images] == ["image/png"]
    assert [turn.outcome for turn in state.turns] == ["interrupted", "done", "failed", "done"]
    assert "529" in state.turns[2].error
    answered = steps(state)[0]
    assert [part.kind for part in answered.parts] == ["reasoning", "text", "tool_call"]
    assert answered.ended is not None and answered.ended.usage == Usage(
        input_tokens=1012, output_tokens=40, cache_read_tokens=900, cache_write_tokens=100
    )
    outcomes = {call.call_id: call.ended.outcome for call in state.calls.values() if call.ended is not None}
    assert outcomes == {
        "toolu_read": "ok", "toolu_edit": "ok", "toolu_todo": "ok", "toolu_task": "ok", "toolu_bash": "error",
        "toolu_rm": "denied", "toolu_last": "unknown",
    }  # fmt: skip
    edit = state.calls["toolu_edit"].ended
    assert edit is not None and edit.paths == ("/home/ada/watermill/gate.py",)
    (shown,) = edit.display
    assert isinstance(shown, DiffDisplay) and "-LEVEL = 40\n+LEVEL = 35\n" in shown.diff
    assert state.todo == (TodoItem(text="Lower the level", status="done"),)
    assert child.parent_call == (state.session_id, "toolu_task") and prompts(child) == ["Is the pump affected?"]


async def test_a_summary_stands_for_what_was_compacted_and_the_rest_goes_to_the_model(open_store: OpenStore) -> None:
    state = (await brought(await open_store(), CLAUDE))[0]
    assert state.compacted is not None and "The level was lowered to 35." in state.compacted.summary
    assert state.compacted.before == 15500
    sent = json.dumps(anthropic.body(Request(model="m", messages=_history(state)), "anthropic")["messages"])
    assert "The level was lowered" in sent and "Then mend the test." in sent and "opens too late" not in sent


async def test_reasoning_goes_back_to_the_model_that_sealed_it(open_store: OpenStore) -> None:
    state = (await brought(await open_store(), CLAUDE))[0]
    state.compacted = None
    for model, sealed in (("claude-sonnet-4-5", True), ("another", False)):
        body = anthropic.body(Request(model=model, messages=_history(state)), "anthropic")
        assert ("c2lnbmF0dXJl" in json.dumps(body)) is sealed


async def test_what_was_not_understood_is_counted_said_and_kept_as_it_stands(open_store: OpenStore) -> None:
    state = (await brought(await open_store(), CLAUDE))[0]
    told = state.imported
    assert told is not None and (told.branch, told.cwd, told.version) == ("sluice", "/home/ada/watermill", "2.0.14")
    assert set(told.unread) == {
        "1 x file-history-snapshot", "1 x note of the program's own", "1 x system turn_duration",
        "1 x answer block server_note", "1 x queue-operation", "1 x broken line",
    }  # fmt: skip
    lines = CLAUDE.read_text("utf-8").splitlines()
    assert told.records == len(lines) and len(told.raw.splitlines()) == 6
    assert set(told.raw.splitlines()) <= set(lines) and '"body": {"x": 1}' in told.raw


async def test_a_codex_session_keeps_its_turns_calls_patches_and_usage(open_store: OpenStore) -> None:
    (state,) = await brought(await open_store(), CODEX)
    assert (state.title, state.model) == ("Count the trees.", "openai/gpt-5.2-codex")
    assert prompts(state) == ["Count the trees.", "Note it down.", "And the pears?", "Said only on the screen."]
    assert [turn.outcome for turn in state.turns] == ["done", "done", "interrupted", "done"]
    first, second = steps(state)[:2]
    assert [part.kind for part in first.parts] == ["reasoning", "tool_call", "tool_call"]
    assert [part.text for part in second.parts] == ["There are 48 trees."]
    assert first.ended is not None and first.ended.usage == Usage(
        input_tokens=1000, output_tokens=100, cache_read_tokens=600, reasoning_tokens=40
    )
    listed, patched = state.calls["call_ls"].ended, state.calls["call_patch"].ended
    assert listed is not None and (listed.outcome, listed.duration) == ("error", 0.2)
    assert listed.text == "ls: nowhere: No such file\n"
    assert patched is not None and [d.path for d in patched.display if isinstance(d, DiffDisplay)] == [
        "/home/ada/orchard/count.txt",
        "/home/ada/orchard/index.md",
    ]
    assert patched.paths == ("/home/ada/orchard/count.txt", "/home/ada/orchard/index.md")
    assert state.compacted is not None and state.compacted.summary == "48 trees were counted and noted."
    assert steps(state)[-1].parts[0].text == "Heard only on the screen."
    assert state.imported is not None and "1 x event thread_rolled_back" in state.imported.unread


async def test_a_codex_file_of_the_first_format_is_read_as_well(open_store: OpenStore) -> None:
    (state,) = await brought(await open_store(), OLD_CODEX)
    ended = state.calls["call_old"].ended
    assert ended is not None and ended.text == "README" and prompts(state) == ["Which files are here?"]
    assert state.imported is not None and (state.imported.unread, state.imported.branch) == ((), "main")


async def test_calls_stand_in_the_list_of_all_calls_and_sessions_in_theirs(open_store: OpenStore) -> None:
    store = await open_store()
    await bring(store, FILES)
    assert await store.count_calls(CallQuery()) == 14
    rows = {row.title: row for row in await store.sessions(workspace="/w")}
    assert len({row.slot for row in rows.values()}) == len(rows) == 4
    assert rows["Count the trees."].cost == 0.0 and rows["Count the trees."].unpriced > 0


async def test_the_same_file_is_never_taken_twice(open_store: OpenStore) -> None:
    store = await open_store()
    first = await bring(store, FILES)
    before = await dumped(store)
    again = await bring(store, FILES)
    assert [each.what for each in again] == ["there"] * len(first)
    assert [each.session_id for each in again] == [each.session_id for each in first]
    assert await dumped(store) == before


async def test_a_dry_run_says_what_would_come_and_takes_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    told = await bring(store, FILES, dry=True)
    assert [each.what for each in told] == ["new"] * 4 and await store.sessions() == []
    assert [each.session_id for each in await bring(store, FILES)] == [each.session_id for each in told]


async def test_a_file_that_has_gone_on_comes_beside_what_was_taken_before(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store, file = await open_store(), tmp_path / CODEX.name
    lines = CODEX.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-2]), "utf-8")
    (old,) = await bring(store, file)
    file.write_text("".join(lines), "utf-8")
    (new,) = await bring(store, file)
    assert (new.what, new.session_id != old.session_id) == ("beside", True)
    assert [each.what for each in await bring(store, file)] == ["there"]
    assert len(prompts(await state_of(store, new.session_id))) == 4


async def test_an_import_that_was_cut_short_is_finished_the_next_time(open_store: OpenStore, tmp_path: Path) -> None:
    store = await open_store()
    (whole,) = await bring(store, CODEX)
    entries = await store.load(whole.session_id)
    other = await open_store(tmp_path / "other" / "penstock.db")
    for entry in entries[:9]:
        other.add(entry)
    await other.settle()
    (again,) = await bring(other, CODEX)
    assert again.what == "more" and await other.load(whole.session_id) == entries


async def test_a_session_that_went_on_here_is_left_as_it_is(open_store: OpenStore) -> None:
    store = await open_store()
    (once,) = await bring(store, CODEX)
    entries = await store.load(once.session_id)
    store.add(type(entries[-1])(once.session_id, entries[-1].seq + 1, entries[-1].at, entries[-2].event))
    await store.settle()
    assert [each.what for each in await bring(store, CODEX)] == ["there"]
    assert len(await store.load(once.session_id)) == len(entries) + 1


async def test_files_to_choose_from_are_listed_with_their_first_words() -> None:
    listed = {each.words: each.program for each in candidates([FILES])}
    assert listed == {
        "The gate opens too late. Look at gate.py, please.": "claude-code",
        "Count the trees.": "codex",
        "Which files are here?": "codex",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "It is empty."),
        (b"\n\n", "It is empty."),
        (b"hello\n", "No session is known in it."),
        (b'{"type": "user"}\n[]\n', "No session is known in it."),
        (b'{"type": "summary", "leafUuid": "u", "summary": "Only a title"}\n', "Nothing in it can be read"),
        (b'{"type":"session_meta","payload":{"id":"x"}}\n', "Nothing in it can be read"),
    ],
)
async def test_a_file_without_a_session_says_so(data: bytes, problem: str) -> None:
    assert read_bytes("odd", data).problem.startswith(problem)


def _history(state: SessionState) -> tuple[Message, ...]:

    messages = history(state)
    assert any(isinstance(part, ToolResultPart) for message in messages for part in message.parts)
    return messages
