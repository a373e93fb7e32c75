"""What stands in a new user's way is said in a sentence: a strange store, a wrong key, lost lines."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.person import (
    EMPTY,
    chat,
    folder_of,
    leave,
    on_disk,
    outcomes,
    says,
    send,
    serving,
    start,
)
from tests.faults import Answer, refusal
from tests.terminal import Terminal, penstock


def said_before_the_screen(terminal: Terminal, *words: str, code: int = 1) -> None:
    """It ended with one sentence on a terminal that it never touched."""
    assert terminal.ended() == code
    assert b"\x1b" not in terminal.raw and terminal.left_behind() == []
    assert terminal.printed.startswith("penstock: ") and "Traceback" not in terminal.printed
    for word in words:
        assert word in terminal.printed, terminal.printed


def test_a_store_of_a_newer_program_is_left_alone(home: Path) -> None:
    folder = folder_of(home)
    with start(folder) as terminal:
        assert leave(terminal) == 0
    store = home / "penstock" / "penstock.db"
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = store.read_bytes()
    with Terminal(penstock(), cwd=folder) as terminal:
        said_before_the_screen(terminal, "format 999", "Nothing was changed")
    assert store.read_bytes() == before


def test_a_folder_that_was_deleted_is_said(home: Path) -> None:
    folder = folder_of(home, "gone")
    script = f'rm -r "{folder}"; exec "$@"'
    with Terminal(["/bin/sh", "-c", script, "sh", *penstock()], cwd=folder) as terminal:
        said_before_the_screen(terminal, "current folder has been deleted", "cd", code=2)


def test_a_store_that_cannot_be_made_is_said(home: Path) -> None:
    in_the_way = home / "file"
    in_the_way.write_text("not a folder")
    with Terminal(penstock(), cwd=folder_of(home), env={"PENSTOCK_HOME": str(in_the_way / "kept")}) as terminal:
        said_before_the_screen(terminal, str(in_the_way), "PENSTOCK_HOME")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_home_is_said(home: Path) -> None:
    kept = home / "penstock"
    kept.mkdir(mode=0o500)
    with Terminal(penstock(), cwd=folder_of(home)) as terminal:
        said_before_the_screen(terminal, str(kept), "PENSTOCK_HOME")


def test_the_database_of_another_program_is_said_and_left_alone(home: Path) -> None:
    kept = home / "penstock"
    kept.mkdir(mode=0o700)
    with closing(sqlite3.connect(kept / "penstock.db")) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
        other.commit()
    before = (kept / "penstock.db").read_bytes()
    with Terminal(penstock(), cwd=folder_of(home)) as terminal:
        said_before_the_screen(terminal, "another program", "PENSTOCK_HOME")
    assert (kept / "penstock.db").read_bytes() == before


@pytest.mark.parametrize(("key", "code"), [("wrong", 401), ("", 0)], ids=["refused", "missing"])
def test_a_wrong_or_missing_key_names_its_variable(home: Path, key: str, code: int) -> None:
    answer = refusal(code or 500, '{"error": {"message": "Incorrect API key provided"}}')
    more = 'key_env = "GARDEN_KEY"\nlocal = false'
    with serving(home, answer, more=more) as server, start(folder_of(home), GARDEN_KEY=key) as terminal:
        send(terminal, "Hello")
        terminal.wait_for("GARDEN_KEY")
        terminal.wait_for(lambda: outcomes() == ["failed"])
        assert len(server.asked) == (1 if code else 0)
        terminal.wait_for(EMPTY)
        assert leave(terminal) == 0


def test_a_line_lost_in_mid_stream_is_said_as_cut_and_continue_takes_it_up(home: Path) -> None:
    whole = chat("The first half of it.", " never arrives", " and neither does this")
    lost = Answer(body=whole, cut_after=whole.index(b"never"), abort=True)
    with serving(home, lost, says("And the second half.")) as server, start(folder_of(home)) as terminal:
        send(terminal, "Tell me")
        terminal.wait_for(lambda: outcomes() == ["failed"])
        terminal.wait_for("/continue")
        assert "The first half of it." in terminal.text and "never arrives" not in terminal.text
        send(terminal, "/continue")
        terminal.wait_for("And the second half.")
        assert "The first half of it." in terminal.text
        assert b"The first half of it." in server.asked[1].body
        terminal.wait_for(lambda: outcomes() == ["failed", "done"])
        assert leave(terminal) == 0
    assert on_disk('"cut":true')
