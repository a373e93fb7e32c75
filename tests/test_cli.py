"""The command line: help and usage, and every place where the program cannot work is one sentence and harms nothing."""

import os
import pty
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.person import folder_of, says, serving
from tests.program import ROOT, here, in_shell, penstock, settings
from tests.terminal import Terminal
from tests.terminal import penstock as argv
from tests.test_listing import session, stored
from tui.paths import store_path
from tui.store.schema import VERSION

COMMANDS = (("run", "Hi"), ("sessions",), ("sessions", "--all"), ("export", "1"), ("doctor",))


# --- help and usage


def test_the_version_is_one_line(tmp_path: Path) -> None:
    done = penstock("--version", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    name, number = done.out.split()
    assert name == "penstock" and number[0].isdigit()


@pytest.mark.parametrize("arguments", ["--help", "run --help", "sessions --help", "export --help", "doctor --help"])
def test_help_says_what_there_is_and_what_the_exit_codes_mean(tmp_path: Path, arguments: str) -> None:
    done = penstock(*arguments.split(), cwd=tmp_path)
    assert (done.code, done.err) == (0, "") and done.out.startswith("usage: penstock")
    if arguments == "--help":
        assert all(command in done.out for command in ("run", "sessions", "export", "doctor", "--model", "--version"))
        assert "0 done, 1 failed, 2 wrong usage, 130 interrupted" in " ".join(done.out.split())
    assert not (tmp_path / "penstock").exists()


@pytest.mark.parametrize("arguments", ["bogus", "--bogus", "run --bogus", "import", "export a --format x"])
def test_wrong_usage_says_how_it_is_used(home: Path, arguments: str) -> None:
    done = penstock(*arguments.split(), cwd=home)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: penstock") and "error: " in done.err
    assert not store_path().exists()


# --- no terminal


def test_the_workspace_without_a_terminal_says_what_works_without_one(home: Path) -> None:
    done = penstock(cwd=folder_of(home))
    assert done.code == 2
    assert "needs a terminal, and standard input is none" in done.sentence() and "penstock run" in done.sentence()
    done = in_shell('exec "$@" <&- >&-', cwd=folder_of(home))
    assert done.code == 2 and "needs a terminal" in done.sentence()
    assert not store_path().exists()


def test_the_workspace_into_a_pipe_says_so(home: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            argv(), cwd=folder_of(home), stdin=theirs, capture_output=True, timeout=60, check=False,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2 and done.stdout == b""
    assert done.stderr.startswith(b"penstock: The workspace needs a terminal, and standard output is none.")


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_show_a_screen_is_told_so_and_never_touched(home: Path, term: str) -> None:
    with Terminal(argv(), cwd=folder_of(home), env={"TERM": term}) as terminal:
        assert terminal.ended() == 2
        assert (
            terminal.printed.startswith(f"penstock: This terminal (TERM={term}) cannot")
            and "penstock run" in terminal.printed
        )
        assert b"\x1b" not in terminal.raw and terminal.left_behind() == []


# --- folders


@pytest.mark.parametrize("arguments", [("run", "Hi"), ("sessions",)], ids=" ".join)
def test_the_whole_disk_is_refused(arguments: tuple[str, ...]) -> None:
    done = here(*arguments, cwd=Path("/"))
    assert done.code == 2
    assert "whole disk (/)" in done.sentence() and "project" in done.sentence()


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_folder_that_was_deleted_is_said_where_it_matters(home: Path, arguments: tuple[str, ...]) -> None:
    stored(session("1aaa", home))
    gone = folder_of(home, "gone")
    done = in_shell(f'rm -r "{gone}" && exec "$@"', *arguments, cwd=gone)
    match arguments[0], "--all" in arguments:
        case ("export", _) | (_, True):
            assert done.code == 0 and ("1aaa" in done.out or "Valves" in done.out)  # they need no folder
        case ("doctor", _):
            assert done.code == 1 and "!!  workspace    The current folder has been deleted." in done.out
        case _:
            assert done.code == 2 and "The current folder has been deleted. Go to another one" in done.sentence()


def test_nothing_is_written_into_the_folder_so_a_read_only_one_will_do(home: Path) -> None:
    folder = folder_of(home)
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    folder.chmod(0o500)
    try:
        with serving(home, says("Looking.", calls=(("list", {}), ("grep", {"pattern": "valve"}))), says("Done.")):
            assert here("run", "Hi", cwd=folder).code == 0
        assert here("sessions", cwd=folder).code == 0 and here("doctor", cwd=folder).code == 0
    finally:
        folder.chmod(0o700)
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("arguments", COMMANDS[:2], ids=" ".join)
def test_a_home_where_nothing_can_be_written_is_said(home: Path, arguments: tuple[str, ...]) -> None:
    nowhere = {"PENSTOCK_HOME": "", "HOME": "/proc/nowhere", "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    done = penstock(*arguments, cwd=folder_of(home), env=nowhere)
    assert done.code == 1 and "/proc/nowhere" in done.sentence()


# --- stores


@pytest.mark.parametrize("arguments", COMMANDS[:4], ids=" ".join)
def test_a_file_in_the_place_of_the_data_folder_is_said_and_kept(home: Path, arguments: tuple[str, ...]) -> None:
    (home / "penstock").write_text("precious")
    done = here(*arguments, cwd=folder_of(home))
    assert done.code == 1 and str(home / "penstock") in done.sentence()
    assert (home / "penstock").read_text() == "precious"


def a_store(home: Path, kind: str) -> str:
    """Put a store there that cannot be opened, and say which words must tell about it."""
    path = store_path()
    stored(*(session(f"1aaa{number}", home, title="long " * 200) for number in range(20)))
    match kind:
        case "newer":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute(f"PRAGMA user_version = {VERSION + 1}")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return f"format {VERSION + 1}"
        case "truncated":
            os.truncate(path, path.stat().st_size // 2)
            return "is damaged"
        case "overwritten":
            with path.open("r+b") as file:
                file.seek(4096)
                file.write(os.urandom(4096 * 8))
            return "is damaged"
        case "no database":
            path.write_text("Dear diary,\n" * 1000)
            return "is damaged, or is not a database"
        case "of another program":
            path.unlink()
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE theirs (x)")
            return "the database of another program"
        case _:
            path.unlink()
            path.mkdir()
            (path / "file").write_text("precious")
            return "is not a plain file"


def contents(path: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in (path, *path.rglob("*")) if each.is_file()}


DAMAGED = ("truncated", "overwritten", "no database")


@pytest.mark.parametrize("kind", ["newer", "truncated", "overwritten", "no database", "of another program", "a folder"])
def test_a_store_that_cannot_be_opened_is_one_sentence_and_stays_as_it_is(home: Path, kind: str) -> None:
    folder, words = folder_of(home), a_store(home, kind)
    before = contents(store_path())
    for arguments in COMMANDS:
        if kind in DAMAGED and arguments[0] == "run":
            continue
        done = here(*arguments, cwd=folder)
        assert done.code == 1
        assert words in (done.sentence() if arguments[0] != "doctor" else done.out), arguments
        assert contents(store_path()) == before
    if kind in DAMAGED:  # a damaged one never stops a start: it is set aside whole, and another begins
        assert penstock("run", "Hi", cwd=folder).code == 0
        kept = [each for each in store_path().parent.glob("penstock.db.*-*")]
        assert before[store_path()] in [each.read_bytes() for each in kept]
    else:
        assert penstock("run", "Hi", cwd=folder).code == 1
        assert contents(store_path()) == before


# --- settings


def test_wrong_settings_stop_what_would_use_them_with_one_sentence(home: Path) -> None:
    folder, path = folder_of(home), settings(home, "theem = 'x'\n")
    done = penstock("run", "Hi", cwd=folder)
    assert done.code == 2 and str(path) in done.sentence() and "Did you mean theme?" in done.sentence()
    assert here("sessions", cwd=folder).code == 0  # lists what there is all the same


def test_an_error_that_nobody_reads_still_has_its_code(home: Path) -> None:
    done = in_shell('exec "$@" 2>&-', "run", "--allow", "nothing", "Hi", cwd=folder_of(home))
    assert (done.code, done.out, done.err) == (2, "", "")
