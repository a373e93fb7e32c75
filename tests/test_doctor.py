"""``penstock doctor``: 0 and all lines ``ok`` when well, 1 and a ``!!`` line with what to do when not."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.person import folder_of
from tests.program import ASCII_LOCALES, Ended, here, penstock, settings
from tests.test_listing import session, stored
from tui.paths import store_path
from tui.store.owner import Owner
from tui.store.store import LOCKS


def lines(done: Ended) -> dict[str, tuple[str, str]]:
    """name -> (mark, text)"""
    found = (line.split(None, 2) for line in done.out.splitlines() if line[:2] in ("ok", "!!"))
    return {name: (mark, text) for mark, name, text in found}


def troubles(done: Ended) -> dict[str, str]:
    return {name: text for name, (mark, text) in lines(done).items() if mark == "!!"}


def test_where_all_is_well_every_line_is_ok_and_nothing_is_made(home: Path) -> None:
    folder = folder_of(home)
    done = penstock("doctor", cwd=folder)
    assert (done.code, done.err, troubles(done)) == (0, "", {})
    found = lines(done)
    assert found["workspace"][1] == str(folder) and found["store"][1] == f"{store_path()} is made at the first start"
    assert found["config"][1].endswith("config.toml") and "tour answers" in found["keys"][1]
    assert {"python", "penstock", "textual", "sqlite", "terminal", "encoding"} <= set(found)
    assert not (home / "penstock").exists()


def test_a_store_is_looked_through(home: Path) -> None:
    folder = folder_of(home)
    stored(session("1aaa", folder), session("1bbb", folder))
    done = here("doctor", cwd=folder)
    assert done.code == 0
    assert "2 sessions, sound" in lines(done)["store"][1] and "only you can read" in lines(done)["privacy"][1]


def test_sessions_that_run_now_are_counted_and_what_a_dead_process_left_is_told_apart(home: Path) -> None:
    folder = folder_of(home)
    stored(session("1aaa", folder))
    owner = Owner(store_path().parent / LOCKS)
    for name in ("1aaa", "seat-0123456789abcdef-0"):
        owner.claim(name)
    (store_path().parent / LOCKS / "1bbb.lock").touch()
    said = lines(here("doctor", cwd=folder))["locks"][1]
    assert said.startswith("sessions that a process runs now: 1; ") and said.endswith("left by one that died: 1")


def test_keys_are_named_and_never_shown(home: Path) -> None:
    done = penstock("doctor", cwd=folder_of(home), env={"ANTHROPIC_API_KEY": "sk-neutral-0123456789"})
    assert lines(done)["keys"] == ("ok", "ANTHROPIC_API_KEY set")
    assert "sk-neutral" not in done.out


def test_the_way_of_notifications_that_the_terminal_is_known_for_is_named(home: Path) -> None:
    folder = folder_of(home)
    assert lines(here("doctor", cwd=folder, env={"TERM_PROGRAM": "WezTerm"}))["notify"] == ("ok", "osc777 (WezTerm)")
    in_tmux = {"TERM_PROGRAM": "tmux", "TMUX": "x", "KITTY_WINDOW_ID": "1"}
    assert lines(here("doctor", cwd=folder, env=in_tmux))["notify"][1].startswith(
        "osc99 (kitty), handed through by tmux"
    )


def test_wrong_settings_are_named(home: Path) -> None:
    settings(home, "theem = 'x'\n")
    done = here("doctor", cwd=folder_of(home))
    assert done.code == 1 and "1 need" in done.out.splitlines()[-1]
    assert "Did you mean theme?" in troubles(done)["settings"]


def test_a_damaged_page_is_found_and_the_store_is_not_changed(home: Path) -> None:
    folder = folder_of(home)
    stored(*(session(f"1aaa{number}", folder, title=f"title {number} " * 50) for number in range(40)))
    with closing(sqlite3.connect(store_path())) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sessions_by_workspace'"
        ).fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray(store_path().read_bytes())
    body[(root - 1) * 4096 + 8 : root * 4096] = b"\xff" * (4096 - 8)
    store_path().write_bytes(body)
    done = here("doctor", cwd=folder)
    assert done.code == 1 and "damaged" in troubles(done)["store"]
    with closing(sqlite3.connect(store_path())) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (280,)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("garbage", "is damaged, or is not a database"),
        ("newer", "has format 99"),
        ("of another program", "the database of another program"),
        ("a folder", "is not a plain file"),
        ("a link to nowhere", "is not a plain file"),
    ],
)
def test_a_store_that_cannot_be_opened_is_named(home: Path, kind: str, words: str) -> None:
    folder, path = folder_of(home), store_path()
    path.parent.mkdir()
    match kind:
        case "garbage":
            path.write_bytes(b"\x00\x01garbage" * 1000)
        case "newer":
            stored(session("1aaa", folder))
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA user_version = 99")
        case "of another program":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE theirs (x)")
        case "a folder":
            path.mkdir()
        case _:
            path.symlink_to(home / "nowhere")
    done = here("doctor", cwd=folder)
    assert done.code == 1 and words in troubles(done)["store"]


def test_a_file_in_the_place_of_the_data_folder_is_named(home: Path) -> None:
    (home / "penstock").write_text("precious")
    done = here("doctor", cwd=folder_of(home))
    assert done.code == 1 and f"{home / 'penstock'} is not a folder" in troubles(done)["store"]
    assert "PENSTOCK_HOME" in troubles(done)["store"] and (home / "penstock").read_text() == "precious"


def test_the_whole_disk_is_no_workspace() -> None:
    done = here("doctor", cwd=Path("/"))
    assert done.code == 1 and "whole disk" in troubles(done)["workspace"]


@pytest.mark.parametrize("name", ASCII_LOCALES)
def test_a_locale_without_unicode_is_named_and_everything_else_is_still_said(home: Path, name: str) -> None:
    done = penstock("doctor", cwd=folder_of(home, "jardin-é"), env=ASCII_LOCALES[name])
    assert done.code == 1 and list(troubles(done)) == ["encoding"] and "UTF-8" in troubles(done)["encoding"]
    assert done.out.isascii() and "jardin-?" in lines(done)["workspace"][1]
