"""``penstock backup``, ``redact``, ``prune`` and ``doctor --repair`` as a person gives them, and what they say."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.person import folder_of
from tests.program import Ended, here, kept, settings
from tests.store.keeping import SECRET, rows
from tests.test_listing import session, stored
from tui.events import SessionArchived
from tui.paths import store_path
from tui.store.care.prune import FOLDER
from tui.store.schema import PROJECTIONS
from tui.store.store import Store


@pytest.fixture
def folder(home: Path) -> Path:
    """A project with a few sessions, one of them archived long ago."""
    folder = folder_of(home)
    stored(
        session("1aaa", folder, title=f"Log in with {SECRET}"),
        session("1bbb", folder, SessionArchived(archived=True), title="Old"),
        session("1ccc", folder, title="New", at=1.7e9),
    )
    return folder


def ids(folder: Path) -> set[str]:
    lines = here("sessions", "--all", cwd=folder).out.splitlines()[1:]
    return {line.split()[0] for line in lines}


def damage(name: str) -> None:
    """Spoil the page that the table or index begins with."""
    with closing(sqlite3.connect(store_path())) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    body = bytearray(store_path().read_bytes())
    body[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    store_path().write_bytes(body)


# --- backup


def test_a_backup_is_a_whole_store_while_another_process_writes(folder: Path) -> None:
    async def main() -> Ended:
        store = await Store.open(store_path())
        for entry in session("1ddd", folder):
            store.add(entry)
        await store.settle()
        done = await asyncio.to_thread(here, "backup", "copy/penstock.db", cwd=folder)
        await store.close()
        return done

    (folder / "copy").mkdir()
    done = asyncio.run(main())
    copy = folder / "copy" / "penstock.db"
    assert done.code == 0 and str(copy) in done.out and "sound" in done.out
    assert copy.stat().st_mode & 0o777 == 0o600 and [each.name for each in copy.parent.iterdir()] == ["penstock.db"]
    listed = here("sessions", "--all", cwd=folder, env={"PENSTOCK_HOME": str(copy.parent)}).out
    assert all(name in listed for name in ("1aaa", "1bbb", "1ccc", "1ddd"))


def test_a_backup_replaces_nothing_unasked(folder: Path) -> None:
    (folder / "copy.db").write_text("precious")
    done = here("backup", "copy.db", cwd=folder)
    assert done.code == 2 and "--force" in done.sentence() and (folder / "copy.db").read_text() == "precious"
    assert here("backup", "copy.db", "--force", cwd=folder).code == 0
    assert (folder / "copy.db").read_bytes().startswith(b"SQLite format 3")
    itself = here("backup", str(store_path()), "--force", cwd=folder)
    assert itself.code == 2 and "the store itself" in itself.sentence()
    lost = here("backup", "nowhere/copy.db", cwd=folder)
    assert lost.code == 1 and "cannot be written" in lost.sentence()


# --- redact


def test_a_redaction_is_said_before_it_is_done_and_never_names_the_secret(home: Path, folder: Path) -> None:
    before = rows(store_path())
    done = here("redact", cwd=folder, stdin=f"{SECRET}\n".encode())
    assert done.code == 0 and "1aaa" in done.out and "1ccc" not in done.out
    assert done.out.endswith("Nothing was changed. --yes takes it out.\n")
    assert SECRET not in done.out + done.err and "Log in with [redacted]" in done.out
    assert rows(store_path()) == before
    done = here("redact", "--yes", cwd=folder, stdin=f"{SECRET}\n".encode())
    assert done.code == 0 and "Taken out of" in done.out and SECRET not in done.out
    left = kept(home)
    assert SECRET.encode() not in left and json.dumps(SECRET)[1:-1].encode() not in left
    assert "Log in with [redacted]" in here("export", "1aaa", cwd=folder).out
    assert "redactions noted" in here("doctor", cwd=folder).out
    assert "nowhere" in here("redact", "--yes", cwd=folder, stdin=SECRET.encode()).out


def test_a_search_finds_all_but_the_secret_after_a_redaction(home: Path, folder: Path) -> None:
    stored(session("1ddd", folder, title="the zebracrossing word"))
    assert "1ddd" in here("search", "zebracrossing", cwd=folder).out
    assert here("redact", "--yes", cwd=folder, stdin=b"zebracrossing").code == 0
    assert b"zebracros" not in kept(home)
    assert here("search", "zebracrossing", cwd=folder).out == ""
    assert "1ccc" in here("search", "New", cwd=folder).out


def test_other_files_that_hold_it_are_named_and_left(home: Path, folder: Path) -> None:
    note = home / "penstock" / "memory" / "person.md"
    note.parent.mkdir()
    note.write_text(f"the password is {SECRET}")
    done = here("redact", "--yes", cwd=folder, stdin=SECRET.encode())
    assert str(note) in done.out and "Look into these files" in done.out and SECRET in note.read_text()


def test_what_was_pruned_is_redacted_too(home: Path, folder: Path) -> None:
    stored(session("1eee", folder, SessionArchived(archived=True), title=f"Old {SECRET}"))
    assert here("prune", "--days", "30", "--yes", cwd=folder).code == 0
    done = here("redact", "--yes", cwd=folder, stdin=SECRET.encode())
    assert "(pruned)" in done.out and json.dumps(SECRET)[1:-1].encode() not in kept(home)


@pytest.mark.parametrize(("stdin", "words"), [(b"", "There is no secret"), (b"abc\n", "ordinary text")])
def test_a_secret_that_is_none_is_refused(folder: Path, stdin: bytes, words: str) -> None:
    done = here("redact", "--yes", cwd=folder, stdin=stdin)
    assert done.code == 2 and words in done.sentence()


# --- prune


def test_pruning_is_off_until_somebody_says_what_is_old(home: Path, folder: Path) -> None:
    done = here("prune", cwd=folder)
    assert done.code == 2 and "Pruning is off" in done.sentence() and "[prune]" in done.sentence()
    settings(home, "[prune]\ndays = 30\n")
    assert "1bbb" in here("prune", cwd=folder).out


def test_pruning_says_what_would_go_moves_it_and_brings_it_back(home: Path, folder: Path) -> None:
    said = here("prune", "--days", "30", cwd=folder)
    assert said.code == 0 and "1bbb" in said.out and "1aaa" not in said.out and "--yes moves them" in said.out
    assert ids(folder) == {"1aaa", "1bbb", "1ccc"}
    done = here("prune", "--days", "30", "--yes", cwd=folder)
    assert done.code == 0 and "--undo" in done.out and ids(folder) == {"1aaa", "1ccc"}
    assert len(list((home / "penstock" / FOLDER).iterdir())) == 1
    assert "pruned" in here("doctor", cwd=folder).out
    assert "1 sessions are back" in here("prune", "--undo", cwd=folder).out
    assert ids(folder) == {"1aaa", "1bbb", "1ccc"}
    again = here("prune", "--undo", cwd=folder)
    assert again.code == 1 and "Nothing was pruned" in again.sentence()


def test_an_empty_home_has_nothing_to_look_after(home: Path) -> None:
    folder = folder_of(home)
    for words in (["backup", "x.db"], ["redact", "--yes"], ["prune", "--days", "1"]):
        done = here(*words, cwd=folder, stdin=b"something")
        assert done.code == 1 and "There is no store" in done.sentence()


# --- doctor


def test_a_damaged_store_is_named_repaired_and_kept(home: Path, folder: Path) -> None:
    damage("sqlite_autoindex_entries_1")
    found = here("doctor", cwd=folder)
    assert found.code == 1 and "is damaged" in found.out and "doctor --repair" in found.out
    done = here("doctor", "--repair", cwd=folder)
    assert done.code == 0 and "3 sessions with 22 entries were read" in done.out and "sound, format" in done.out
    assert ids(folder) == {"1aaa", "1bbb", "1ccc"}
    assert len([each for each in (home / "penstock").iterdir() if ".damaged-" in each.name]) >= 1
    assert "nothing to repair" in here("doctor", "--repair", cwd=folder).out


def test_a_store_whose_lists_are_not_what_the_log_says_is_made_again(folder: Path) -> None:
    with closing(sqlite3.connect(store_path())) as connection:
        connection.execute(f"UPDATE {PROJECTIONS[0]} SET seq = 1 WHERE id = '1aaa'")
        connection.commit()
    found = here("doctor", cwd=folder)
    assert found.code == 1 and "1 sessions are not listed as their log says" in found.out
    assert here("doctor", "--repair", cwd=folder).code == 0


def test_json_is_one_finding_a_line(folder: Path) -> None:
    done = here("doctor", "--json", cwd=folder)
    found = [json.loads(line) for line in done.out.splitlines()]
    assert {each["state"] for each in found} <= {"ok", "look"} and {"store", "wal", "clock", "disk", "log"} <= {
        each["name"] for each in found
    }


def test_entries_from_the_future_are_worth_a_look_and_nothing_is_wrong(folder: Path) -> None:
    stored(session("1fff", folder, at=9e9))
    done = here("doctor", cwd=folder)
    assert done.code == 0 and "??  clock" in done.out and "7 entries are from the future" in done.out
