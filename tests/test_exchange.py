"""``penstock export`` of many and ``penstock import``: what is written, what is taken, and what is said of it."""

import json
from pathlib import Path

import pytest

from tests.app.person import folder_of
from tests.program import here, penstock
from tests.store.bringing import CLAUDE, CODEX, FILES
from tests.test_listing import OBEYED, session, stored


@pytest.fixture
def folder(home: Path) -> Path:
    return folder_of(home)


def test_the_name_of_the_file_chooses_the_format(folder: Path) -> None:
    stored(session("1aaa", folder))
    for name, begin in (("a.md", "# Valves"), ("a.html", "<!doctype html>"), ("a.jsonl", '{"session":"1aaa"')):
        assert here("export", "1aaa", "-o", name, cwd=folder).code == 0
        assert (folder / name).read_text("utf-8").startswith(begin)
    assert here("export", "1aaa", "-o", "b.txt", "--format", "html", cwd=folder).code == 0
    assert (folder / "b.txt").read_text("utf-8") == (folder / "a.html").read_text("utf-8")


def test_several_sessions_or_all_go_into_a_folder(folder: Path) -> None:
    stored(session("1aaa", folder), session("2bbb", folder, title="Pumps"), session("3ccc", folder.parent))
    done = here("export", "1a", "2b", "-o", "out", "--format", "html", cwd=folder)
    assert (done.code, done.err) == (0, "2 sessions written to out.\n")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["penstock-1aaa.html", "penstock-2bbb.html"]
    assert here("export", "--all", "-o", "all", cwd=folder).err == "3 sessions written to all.\n"
    assert here("export", "1aaa", "-o", "all", "--format", "jsonl", cwd=folder).code == 0
    assert (folder / "all" / "penstock-1aaa.jsonl").exists()
    for arguments in (("1a", "2b"), ("--all",), ()):
        assert here("export", *arguments, cwd=folder).code == 2


def test_files_of_other_programs_are_taken_once_and_opened_like_any_other(folder: Path) -> None:
    done = penstock("import", str(CLAUDE), str(CODEX), cwd=folder)
    assert (done.code, done.err) == (0, "3 sessions imported.\n")
    assert "kept as they are: 1 x answer block server_note; 1 x broken line; " in done.out
    assert here("import", str(FILES), cwd=folder).err == "1 session imported, 3 there already.\n"
    listed = here("sessions", cwd=folder).out  # their folders are not on this machine: they live in this one
    assert "Gate opens at the wrong level" in listed and "Count the trees." in listed


def test_a_dry_run_says_the_same_and_takes_nothing(folder: Path) -> None:
    done = here("import", str(CODEX), "--dry-run", cwd=folder)
    assert done.out.startswith("would come") and done.err == "1 session would be imported.\n"
    assert here("sessions", cwd=folder).out == ""
    rows = [json.loads(line) for line in here("import", str(CODEX), "--json", cwd=folder).out.splitlines()]
    assert [(row["what"], row["program"], row["prompts"]) for row in rows] == [("new", "codex", 4)]


def test_an_export_goes_into_another_home_and_comes_out_the_same(folder: Path, tmp_path: Path) -> None:
    stored(session("1aaa", folder))
    assert here("export", "1aaa", "-o", "one.jsonl", cwd=folder).code == 0
    other = {"PENSTOCK_HOME": str(tmp_path / "other")}
    data = (folder / "one.jsonl").read_bytes()
    done = penstock("import", "one.jsonl", cwd=folder, env=other)
    assert done.code == 0 and done.out.startswith("imported       1aaa  Valves  (1 prompt, 0 calls, penstock)")
    assert penstock("export", "1aaa", "--format", "jsonl", cwd=folder, env=other).out.encode() == data


def test_what_holds_no_session_is_said_and_so_is_what_is_not_there(folder: Path) -> None:
    for name, words in (("README.md", "No session is known in it."), ("none.jsonl", "It cannot be read: No such file")):
        done = here("import", name, cwd=folder)
        assert done.code == 1 and f"penstock: {name}: {words}" in done.err and done.out == ""
    (folder / "odd").mkdir()
    (folder / "odd" / "a.jsonl").write_text("hello\n", "utf-8")
    done = here("import", "odd", cwd=folder)
    assert (done.code, done.err) == (1, "0 sessions imported, 1 file without a session.\n")


def test_what_a_file_says_steers_no_terminal(folder: Path) -> None:
    nasty = CODEX.read_text("utf-8").replace("Count the trees.", r"\u001b]0;owned\u0007\u202e trees")
    (folder / "nasty.jsonl").write_text(nasty, "utf-8")
    done = penstock("import", "nasty.jsonl", cwd=folder)
    assert done.code == 0 and OBEYED.search(done.out + done.err) is None and "owned" in done.out
