"""``penstock sessions`` and ``penstock export``: what the store holds, for people and for programs, and nothing raw."""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.app.person import folder_of
from tests.program import ASCII_LOCALES, here, in_shell, penstock
from tui.events import (
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionArchived,
    SessionEvent,
    SessionForked,
    SessionOpened,
    StepEnded,
    StepStarted,
    TurnEnded,
)
from tui.messages import StopReason, TextPart
from tui.paths import store_path
from tui.store.export import from_json_lines
from tui.store.store import Store

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
NASTY = "Grüße 世界\x1b]0;owned\x07\x9b2J\u202e\r\x00 👩\u200d💻"


def session(session_id: str, folder: Path, *more: SessionEvent, title: str = "Valves", at: float = 1e9) -> list[Entry]:
    """A stored session of one turn, in which the model said ``title``."""
    events: tuple[SessionEvent, ...] = (
        SessionOpened(workspace=str(folder), cwd=str(folder), title=title, model="here/m", slot=3),
        PromptSubmitted(prompt_id="p", turn_id="t", text=f"Say {title}"),
        StepStarted(step_id="s", turn_id="t", model="here/m"),
        PartStarted(part_id="x", step_id="s", kind="text"),
        PartEnded(part_id="x", part=TextPart(text=title)),
        StepEnded(step_id="s", stop=StopReason.END),
        TurnEnded(turn_id="t", outcome="done"),
        *more,
    )
    return [Entry(session_id, seq, at + seq, event) for seq, event in enumerate(events, 1)]


def stored(*sessions: Sequence[Entry]) -> None:
    """Write them to the store."""

    async def write() -> None:
        store = await Store.open(store_path())
        for entry in (entry for each in sessions for entry in each):
            store.add(entry)
        await store.close()

    asyncio.run(write())


@pytest.fixture
def folder(home: Path) -> Path:
    return folder_of(home)


def fork(session_id: str, parent: str, folder: Path) -> list[Entry]:
    """A stored fork of a ``session``, at its end, with a turn of its own."""
    events: tuple[SessionEvent, ...] = (
        SessionOpened(workspace=str(folder), cwd=str(folder), title="Valves (fork)", model="here/m", slot=4),
        SessionForked(parent=parent, through_seq=7, slot=3, title="Valves"),
        PromptSubmitted(prompt_id="q", turn_id="u", text="And then?"),
        TurnEnded(turn_id="u", outcome="done"),
    )
    return [Entry(session_id, seq, 2e9 + seq, event) for seq, event in enumerate(events, 8)]


# --- sessions


def test_a_fork_is_listed_as_one_and_exported_with_all_that_it_goes_on_from(folder: Path) -> None:
    stored(
        session("1aaa", folder, PromptSubmitted(prompt_id="o", turn_id="o", text="Later")), fork("2bbb", "1aaa", folder)
    )
    done = penstock("sessions", cwd=folder)
    assert "Valves (fork)  (forked from 1aaa)" in done.out
    exported = penstock("export", "2bbb", cwd=folder).out
    assert "Forked from: `1aaa`, entry 7" in exported
    assert [line for line in exported.splitlines() if line in ("Say Valves", "And then?", "Later")] == [
        "Say Valves",
        "And then?",
    ]
    lines = penstock("export", "2bbb", "--format", "jsonl", cwd=folder).out.splitlines()
    assert [entry.seq for entry in from_json_lines(lines)] == list(range(1, 12))


def test_sessions_are_listed_the_last_changed_first(folder: Path) -> None:
    stored(session("1aaa", folder, title="Old", at=1e9), session("1bbb", folder, title="New", at=1.5e9))
    done = penstock("sessions", cwd=folder)
    assert (done.code, done.err) == (0, "")
    head, first, second = done.out.splitlines()
    assert head.split() == ["id", "slot", "state", "turns", "changed", "title"]
    assert first.split()[:4] == ["1bbb", "3", "idle", "1"] and first.endswith("  New")
    assert second.startswith("1aaa ") and second.endswith("  Old")


def test_a_folder_without_sessions_says_what_to_do_and_nothing_on_standard_output(home: Path, folder: Path) -> None:
    stored(session("1aaa", home))
    done = penstock("sessions", cwd=folder)
    assert (done.code, done.out) == (0, "")
    assert "No session yet in this folder" in done.err and "--all" in done.err


def test_a_store_without_sessions_is_no_error(folder: Path) -> None:
    done = here("sessions", "--all", cwd=folder)
    assert (done.code, done.out) == (0, "") and done.err == "No session yet. `penstock` opens one.\n"


def test_all_lists_those_of_other_folders_and_archived_ones(home: Path, folder: Path) -> None:
    stored(session("1aaa", folder, SessionArchived(archived=True)), session("1bbb", home), session("1ccc", folder))
    assert [line.split()[0] for line in here("sessions", cwd=folder).out.splitlines()] == ["id", "1ccc"]
    listed = here("sessions", "--all", cwd=folder).out.splitlines()
    assert sorted(line.split()[0] for line in listed) == ["1aaa", "1bbb", "1ccc", "id"]


def test_a_folder_inside_a_work_tree_lists_the_work_trees_sessions(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "deep").mkdir()
    stored(session("1aaa", folder))
    assert "1aaa" in here("sessions", cwd=folder / "deep").out


def test_json_is_one_session_a_line_with_what_programs_want_to_know(folder: Path) -> None:
    stored(session("1aaa", folder, title=NASTY), session("1bbb", folder))
    done = here("sessions", "--json", cwd=folder)
    assert done.out.isascii() and OBEYED.search(done.out) is None
    rows = {row["id"]: row for row in map(json.loads, done.out.splitlines())}
    assert rows["1aaa"]["title"] == NASTY and rows["1aaa"]["workspace"] == str(folder)
    assert (rows["1bbb"]["turns"], rows["1bbb"]["status"], rows["1bbb"]["model"]) == (1, "idle", "here/m")
    assert here("sessions", "--json", cwd=folder.parent).out == ""


def test_a_title_that_would_steer_the_terminal_is_shown_on_one_line(folder: Path) -> None:
    stored(session("1aaa", folder, title=f"{NASTY}\nsecond"))
    done = penstock("sessions", cwd=folder)
    assert len(done.out.splitlines()) == 2 and OBEYED.search(done.out) is None
    assert done.out.endswith("Grüße 世界␛]0;owned␇<U+009B>2J<U+202E>␀ 👩\u200d💻 second\n")


# --- export


def test_markdown_is_printed_and_steers_no_terminal(folder: Path) -> None:
    stored(session("1aaa", folder, title=NASTY))
    done = penstock("export", "1aaa", cwd=folder)
    assert (done.code, done.err) == (0, "") and OBEYED.search(done.out) is None
    assert done.out.startswith("# Grüße 世界␛]0;owned␇") and "## Answer (here/m)" in done.out
    assert here("export", "1aaa", "--format", "md", cwd=folder).out == done.out


def test_json_lines_give_the_same_entries_again_and_steer_no_terminal(folder: Path) -> None:
    entries = session("1aaa", folder, title=f"{NASTY} \ud800")
    stored(entries)
    done = penstock("export", "1aaa", "--format", "jsonl", cwd=folder)
    assert OBEYED.search(done.out) is None
    assert list(from_json_lines(done.out.splitlines())) == entries


@pytest.mark.parametrize("form", ["md", "jsonl"])
def test_a_file_gets_what_would_have_been_printed(folder: Path, form: str) -> None:
    stored(session("1aaa", folder, title=NASTY))
    printed = here("export", "1aaa", "--format", form, cwd=folder)
    done = here("export", "1aaa", "--format", form, "-o", "out.txt", cwd=folder)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (folder / "out.txt").read_bytes().decode() == printed.out


@pytest.mark.parametrize("place", ["no/such/folder.md", "README.md/below"])
def test_a_file_that_cannot_be_written_is_said(folder: Path, place: str) -> None:
    stored(session("1aaa", folder))
    done = here("export", "1aaa", "-o", place, cwd=folder)
    assert done.code == 2 and f"Cannot write {place}: " in done.sentence()
    assert (folder / "README.md").read_text().startswith("# Valves")


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(folder: Path) -> None:
    stored(session("1aab", folder, title="One"), session("1aac", folder, title="Two"), session("1aa", folder))
    assert here("export", "1aab", cwd=folder).out.startswith("# One\n")
    assert here("export", "1aac", cwd=folder.parent).out.startswith("# Two\n")  # from any folder
    assert here("export", "1aa", cwd=folder).out.startswith("# Valves\n")  # an id that begins others is still itself
    for prefix, words in (
        ("1a", "Several sessions start with '1a', 1aa and 1aab among them. Type one more letter."),
        ("9", "No session's id starts with '9'. penstock sessions lists them."),
        ("", "No session's id starts with ''."),
        ("%", "No session's id starts with '%'."),
        ("1aa\x1b[2J", r"No session's id starts with '1aa\x1b[2J'."),
    ):
        done = here("export", prefix, cwd=folder)
        assert done.code == 1 and words in done.sentence()


@pytest.mark.parametrize("name", ASCII_LOCALES)
def test_a_locale_without_unicode_still_lists_and_exports_without_loss(home: Path, name: str) -> None:
    folder, env = folder_of(home, "jardin-é"), ASCII_LOCALES[name]
    entries = session("1aaa", folder, title=NASTY)
    stored(entries)
    listed = penstock("sessions", "--all", cwd=folder, env=env)
    assert listed.code == 0 and "Gr??e ??" in listed.out and listed.out.isascii()
    assert "Say Gr??e ??" in penstock("export", "1aaa", cwd=folder, env=env).out
    lines = penstock("export", "1aaa", "--format", "jsonl", cwd=folder, env=env).out
    assert lines.isascii() and list(from_json_lines(lines.splitlines())) == entries


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_names_that_are_no_utf8_are_taken(home: Path) -> None:
    folder = folder_of(home, "odd-\udcff")
    entries = session("1aaa", folder)
    stored(entries)
    done = penstock("sessions", cwd=folder)
    assert done.code == 0 and "1aaa" in done.out
    assert penstock("export", b"\xff", cwd=folder).code == 1
    done = here("export", "1aaa", "--format", "jsonl", cwd=folder)
    assert list(from_json_lines(done.out.splitlines())) == entries


# --- its output


@pytest.mark.parametrize("command", ["sessions", "export 1aaa", "doctor"])
def test_a_reader_that_has_had_enough_ends_it_in_silence(folder: Path, command: str) -> None:
    stored(*(session(f"1aaa{number}", folder, title="long " * 100) for number in range(5)), session("1aaa", folder))
    script = f'"$@" {command} | exec false; wait'
    done = in_shell(script, cwd=folder)
    assert done.err == "" and done.out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["sessions", "export 1aaa", "doctor"])
def test_a_full_disk_under_the_output_is_said(folder: Path, command: str) -> None:
    stored(session("1aaa", folder))
    done = in_shell(f'exec "$@" {command} >/dev/full', cwd=folder)
    assert done.code == 1 and "The output cannot be written: No space left" in done.sentence()
