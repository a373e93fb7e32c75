"""A store that cannot be opened stops nobody: the program starts, says what it does, and the sessions are there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.person import EMPTY, folder_of, leave, says, send, serving, start
from tests.program import here, wait_for
from tests.test_listing import session, stored
from tui.paths import store_path
from tui.store.schema import PROJECTIONS


def spoil_head() -> None:
    with closing(sqlite3.connect(store_path())) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    store_path().write_bytes(b"\xaa" * 100 + store_path().read_bytes()[100:])


def spoil_list() -> None:
    """The table of sessions: the store opens, and cannot say what is in it."""
    with closing(sqlite3.connect(store_path())) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (PROJECTIONS[0],)).fetchone()
    body = bytearray(store_path().read_bytes())
    body[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    store_path().write_bytes(body)


def asides(home: Path, word: str) -> list[Path]:
    return [each for each in (home / "penstock").iterdir() if f".{word}-" in each.name and each.name[-1].isdigit()]


@pytest.mark.parametrize("spoil", [pytest.param(spoil_head, marks=pytest.mark.long), spoil_list])
def test_the_program_starts_says_so_and_the_sessions_are_there(home: Path, spoil: object) -> None:
    folder = folder_of(home)
    stored(session("1aaa", folder, title="Pumps of old"), session("1bbb", folder, title="Gates of old"))
    assert callable(spoil)
    spoil()
    with serving(home, says("All new.")):
        terminal = start(folder)
        try:
            terminal.wait_for("penstock.db.damaged-")
            send(terminal, "Begin again")
            terminal.wait_for("All new.")
            terminal.press("ctrl+s")
            terminal.wait_for("Pumps of old")
            terminal.wait_for("Gates of old")
            terminal.press("escape")
            terminal.wait_for(EMPTY)
            assert leave(terminal) == 0
        finally:
            terminal.close()
    assert len(asides(home, "damaged")) == 1 and asides(home, "unread") == []
    listed = here("sessions", cwd=folder).out
    assert all(title in listed for title in ("Pumps of old", "Gates of old"))
    assert "Say Pumps of old" in here("export", "1aaa", cwd=folder).out
    assert here("doctor", cwd=folder).code == 0


def test_a_run_without_a_screen_says_it_on_standard_error_and_goes_on(home: Path) -> None:
    folder = folder_of(home)
    stored(session("1aaa", folder, title="Pumps of old"))
    spoil_head()
    with serving(home, says("All new.")):
        done = here("run", "Begin again", cwd=folder)
    assert (done.code, done.out) == (0, "All new.\n") and "has been set aside" in done.err
    with serving(home, says("More.")):
        wait_for(lambda: not asides(home, "unread") or here("run", "On", cwd=folder).code)
    assert "Pumps of old" in here("sessions", cwd=folder).out


def test_the_store_of_a_newer_penstock_and_of_another_program_are_said_and_left(home: Path) -> None:
    folder = folder_of(home)
    stored(session("1aaa", folder))
    with closing(sqlite3.connect(store_path())) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = store_path().read_bytes()
    done = here("run", "Hello", cwd=folder)
    assert done.code == 1 and "format 999" in done.err and "PENSTOCK_HOME" in done.err
    assert store_path().read_bytes() == before
    store_path().unlink()
    with closing(sqlite3.connect(store_path())) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = store_path().read_bytes()
    done = here("run", "Hello", cwd=folder)
    assert done.code == 1 and "another program" in done.err and "PENSTOCK_HOME" in done.err
    assert store_path().read_bytes() == before
