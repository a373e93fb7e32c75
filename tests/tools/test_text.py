"""A file keeps what it is through a change: encoding, line ends, byte order mark, mode, owner, the link to it.

And a diff says what changes, line by line as the file has them.
"""

import os
import random
import shutil
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.conftest import Bench, needs_rights
from tui import diffs, disk_file
from tui.diffs import DIFF_CHARS, sizes_display
from tui.disk_file import text_of
from tui.errors import ToolError
from tui.tools.edits import EditArgs, WriteArgs, edit_tool, write_tool
from tui.tools.files import ReadArgs, read_tool
from tui.tools.text import changed_lines, diff_display, path_of, read_bytes, read_text, write_bytes

CRUEL = st.text(alphabet=st.sampled_from("ab\n\r\x0b\x0c\x1c\x85\u2028é€🦊 \t+-@"), max_size=60)


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


async def edited(bench: Bench, data: bytes, old: str, new: str) -> bytes:
    file = put(bench.folder / "file", data)
    await read_tool(ReadArgs(path="file"), bench.ctx)
    await edit_tool(EditArgs(path="file", old=old, new=new), bench.ctx)
    return file.read_bytes()


# --- a file as it is


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\ntwo\n", b"one\nTWO\n"),
        (b"one\ntwo", b"one\nTWO"),
        (b"one\r\ntwo\r\n", b"one\r\nTWO\r\n"),
        (b"one\r\ntwo", b"one\r\nTWO"),
        (b"\xef\xbb\xbfone\r\ntwo\r\n", b"\xef\xbb\xbfone\r\nTWO\r\n"),
        (b"\xef\xbb\xbftwo", b"\xef\xbb\xbfTWO"),
        (b"caf\xe9\r\ntwo\r\n", b"caf\xe9\r\nTWO\r\n"),
        (b"one\r\ntwo\nthree\r", b"one\r\nTWO\nthree\r"),
        (b"one\rtwo\r", b"one\rTWO\r"),
        (b"\r\r\ntwo\r\n\r\n", b"\r\r\nTWO\r\n\r\n"),
        ("日本 🦊\ntwo\n\n\n".encode(), "日本 🦊\nTWO\n\n\n".encode()),
        ("日本 two".encode("shift-jis"), "日本 TWO".encode("shift-jis")),
        (b"\x0c\x1c\x85two\xe2\x80\xa8", b"\x0c\x1c\x85TWO\xe2\x80\xa8"),
        (b"\xef\xbb\xbfcaf\xe9 two\r\nx", b"\xef\xbb\xbfcaf\xe9 TWO\r\nx"),
        ("\ufeffone\r\ntwo 🦊\r\n".encode("utf-16-le"), "\ufeffone\r\nTWO 🦊\r\n".encode("utf-16-le")),
        ("\ufeff日本\ntwo".encode("utf-16-be"), "\ufeff日本\nTWO".encode("utf-16-be")),
    ],
)
async def test_an_edit_changes_its_own_bytes_and_no_others(bench: Bench, before: bytes, after: bytes) -> None:
    assert await edited(bench, before, "two", "TWO") == after


async def test_new_lines_take_the_ends_of_the_file(bench: Bench) -> None:
    assert await edited(bench, b"one\r\ntwo\r\n", "one\ntwo", "1\n2\n3") == b"1\r\n2\r\n3\r\n"
    assert await edited(bench, b"one\r\ntwo\r\n", "one\r\ntwo", "1\r\n2") == b"1\r\n2\r\n"


async def test_a_latin_1_file_is_edited_in_latin_1_or_not_at_all(bench: Bench) -> None:
    assert await edited(bench, b"caf\xe9 one", "café", "thé") == b"th\xe9 one"
    with pytest.raises(ToolError, match="latin-1, which lacks '€'"):
        await edited(bench, b"caf\xe9 one", "one", "1 €")
    assert (bench.folder / "file").read_bytes() == b"caf\xe9 one"


async def test_writing_a_whole_file_keeps_its_form_and_leaves_latin_1_only_when_it_must(bench: Bench) -> None:
    for before, content, after in [
        (b"\xef\xbb\xbfa\r\nb\r\n", "1\n2\n", b"\xef\xbb\xbf1\r\n2\r\n"),
        (b"caf\xe9", "tea", b"tea"),
        (b"caf\xe9", "thé €", "thé €".encode()),
        (b"", "a\r\nb\n", b"a\r\nb\n"),
    ]:
        file = put(bench.folder / "file", before)
        await read_tool(ReadArgs(path="file"), bench.ctx)
        await write_tool(WriteArgs(path="file", content=content), bench.ctx)
        assert file.read_bytes() == after


@given(st.binary(max_size=200).filter(lambda data: b"\0" not in data))
def test_what_is_read_is_written_back_to_the_byte(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = put(tmp_path_factory.getbasetemp() / "round", data)
    read = read_text(file)
    assert read.encode(read.text) == data


@given(st.binary(max_size=60), st.sampled_from([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]))
def test_what_begins_like_text_of_another_encoding_is_written_back_too_or_called_binary(
    data: bytes, mark: bytes
) -> None:
    read = text_of(mark + data)
    assert read is None or read.encode(read.text) == mark + data


async def test_utf_16_without_its_mark_is_called_binary(bench: Bench) -> None:
    put(bench.folder / "file", "one two".encode("utf-16-le"))
    with pytest.raises(ToolError, match="is a binary file"):
        await read_tool(ReadArgs(path="file"), bench.ctx)


async def test_half_a_character_is_never_written(bench: Bench) -> None:
    with pytest.raises(ToolError, match="utf-8, which lacks"):
        await write_tool(WriteArgs(path="file", content="\ud800"), bench.ctx)
    assert os.listdir(bench.folder) == []


# --- reading bytes


def test_a_file_that_grew_past_the_limit_is_refused_and_not_read_in_part(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"x" * 11)
    assert read_bytes(file, 11)[0] == b"x" * 11
    with pytest.raises(ToolError, match="has 11 bytes, and 10 is the most"):
        read_bytes(file, 10)


def test_a_file_deleted_while_it_is_open_is_still_read_whole(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"whole")
    with file.open("rb") as held:
        file.unlink()
        with pytest.raises(ToolError, match="cannot be read"):
            read_bytes(file)
        if os.path.exists("/proc/self/fd"):
            assert read_bytes(Path(f"/proc/self/fd/{held.fileno()}"))[0] == b"whole"


# --- writing bytes


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o640, 0o4711])
def test_a_mode_outlives_a_change(tmp_path: Path, mode: int) -> None:
    file = put(tmp_path / "a", b"old")
    file.chmod(mode)
    write_bytes(file, b"new")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_an_owner_outlives_a_change_by_root(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"old")
    os.chown(file, 65534, 65533)
    file.chmod(0o4755)
    write_bytes(file, b"new")
    facts = file.stat()
    assert (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (65534, 65533, 0o4755)


def test_a_new_file_gets_the_mode_that_the_person_chose_for_new_files(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / "sub" / "a", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "sub" / "a").stat().st_mode) == 0o640


def test_the_stamp_is_that_of_what_was_written(tmp_path: Path) -> None:
    stamp = write_bytes(tmp_path / "a", b"12345")
    facts = (tmp_path / "a").stat()
    assert stamp == (facts.st_mtime_ns, facts.st_size) == read_bytes(tmp_path / "a")[1]


def test_a_file_is_replaced_in_one_step_so_that_an_open_reader_keeps_the_old_one(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"old")
    with file.open("rb") as held:
        write_bytes(file, b"new")
        assert held.read() == b"old"
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("fault", ["fsync", "replace", "fchmod"])
def test_a_change_that_fails_half_way_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    file = put(tmp_path / "a", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk_file.os, fault, fail)
    with pytest.raises(ToolError, match="cannot be written: No space left on device"):
        write_bytes(file, b"new")
    assert os.listdir(tmp_path) == ["a"]
    assert file.read_bytes() == b"old"


def test_a_file_with_two_names_is_one_file_after_a_change(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"old")
    file.chmod(0o4755)
    os.link(file, tmp_path / "b")
    for data in (b"longer than before", b"new"):
        stamp = write_bytes(file, data)
        facts = (tmp_path / "b").stat()
        assert ((tmp_path / "b").read_bytes(), facts.st_nlink) == (data, 2)
        assert (stamp, stat.S_IMODE(facts.st_mode)) == ((facts.st_mtime_ns, facts.st_size), 0o4755)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


@pytest.mark.parametrize("fault", ["fsync", "pwrite"])
def test_a_file_with_two_names_is_put_back_when_a_change_fails_half_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    file = put(tmp_path / "a", b"the old bytes")
    os.link(file, tmp_path / "b")
    real, calls = getattr(os, fault), iter(range(10))

    def fail(*arguments: Any) -> int:
        if next(calls) == (0 if fault == "fsync" else 1):
            raise OSError(28, "No space left on device")
        return real(arguments[0], arguments[1][:5], *arguments[2:]) if fault == "pwrite" else real(*arguments)

    monkeypatch.setattr(disk_file.os, fault, fail)
    with pytest.raises(ToolError, match="cannot be written: No space left on device"):
        write_bytes(file, b"something quite new and long")
    assert (tmp_path / "b").read_bytes() == b"the old bytes"


def test_a_file_is_written_only_as_of_the_stamp_that_is_given(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"old")
    stamp = read_bytes(file)[1]
    os.utime(file, ns=(1, 1))
    for as_of, told in ((stamp, "has changed since"), (None, "has come into being")):
        with pytest.raises(ToolError, match=told):
            write_bytes(file, b"new", as_of=as_of)
    with pytest.raises(ToolError, match="has changed since"):
        write_bytes(tmp_path / "gone", b"new", as_of=stamp)
    assert (file.read_bytes(), os.listdir(tmp_path)) == (b"old", ["a"])


@pytest.mark.parametrize("path", ["file/below", "x" * 300, "folder"])
def test_what_cannot_be_written_is_a_sentence(tmp_path: Path, path: str) -> None:
    put(tmp_path / "file", b"x")
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(ToolError, match="cannot be written"):
        write_bytes(tmp_path / path, b"new")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.parametrize("name", ["🦊" * 60, "日本語.txt", "a" * 255])
def test_any_name_that_the_file_system_takes_can_be_written(tmp_path: Path, name: str) -> None:
    write_bytes(tmp_path / name, b"x")
    write_bytes(tmp_path / name, b"y")
    assert {entry: (tmp_path / entry).read_bytes() for entry in os.listdir(tmp_path)} == {name: b"y"}


@needs_rights
def test_a_read_only_file_is_not_replaced_behind_its_owner(tmp_path: Path) -> None:
    file = put(tmp_path / "a", b"old")
    file.chmod(0o444)
    with pytest.raises(ToolError, match="it is read-only"):
        write_bytes(file, b"new")
    assert file.read_bytes() == b"old"


async def test_a_link_stays_a_link_and_what_it_leads_to_is_changed(bench: Bench) -> None:
    real = put(bench.folder / "real", b"one")
    link = bench.folder / "link"
    link.symlink_to("real")
    await read_tool(ReadArgs(path="link"), bench.ctx)
    result = await edit_tool(EditArgs(path="link", old="one", new="two"), bench.ctx)
    assert link.is_symlink()
    assert real.read_bytes() == b"two"
    assert result.paths == (str(real),)


async def test_a_link_to_nothing_makes_the_file_that_it_leads_to(bench: Bench) -> None:
    (bench.folder / "link").symlink_to("later")
    result = await write_tool(WriteArgs(path="link", content="x"), bench.ctx)
    assert result.paths == (str(bench.folder / "later"),)
    assert (bench.folder / "link").is_symlink()


def test_a_path_is_absolute_and_free_of_links_and_dots(bench: Bench) -> None:
    (bench.folder / "sub").mkdir()
    (bench.folder / "link").symlink_to("sub")
    assert path_of("link/../x", bench.ctx) == bench.folder / "x"
    assert path_of("link/x", bench.ctx) == bench.folder / "sub" / "x"
    assert path_of("", bench.ctx) == path_of(".", bench.ctx) == bench.folder


# --- diffs


def patched(tmp_path: Path, old: str, diff: str) -> str:
    """What ``patch``, a judge that knows nothing of us, makes of the old text."""
    source, told, made = tmp_path / "source", tmp_path / "told", tmp_path / "made"
    source.write_bytes(old.encode())
    told.write_bytes(diff.encode() + b"\n")
    run = subprocess.run(
        ["patch", "--binary", "--force", "-o", str(made), str(source), str(told)], capture_output=True, check=False
    )
    assert run.returncode == 0, (run.stdout, old, diff)
    return made.read_bytes().decode()


@given(CRUEL, CRUEL)
def test_a_diff_leads_from_the_old_text_to_the_new(old: str, new: str) -> None:
    diff = diff_display(Path("/w/a"), Path("/w"), old, new).diff
    if old == new:
        assert diff == ""
        return
    assert diff.split("\n")[:2] == ["--- a/a", "+++ b/a"]
    body = [line for line in diff.split("\n")[2:] if not line.startswith(("@@", "\\"))]
    kept, gone, come = ([line[1:] for line in body if line[:1] == sign] for sign in " -+")
    assert len(kept) + len(gone) + len(come) == len(body)
    lines = old.split("\n")
    assert all(line in lines for line in gone)
    assert all(line in new.split("\n") for line in come)
    assert changed_lines(diff_display(Path("/w/a"), Path("/w"), old, new)) == f"+{len(come)} -{len(gone)} lines"


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch program here")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("one\ntwo\nthree\n", "one\n2\nthree\n"),
        ("one", "one\n"),
        ("one\n", "one"),
        ("a\x0cb\u2028c\n", "a\x0cB\u2028c\n"),
        ("a\rb\nend\n", "a\rB\nend\n"),
        ("-- minus\n++ plus\n", "++ plus\n-- more\n"),
        ("".join(f"{n}\n" for n in range(100)), "".join(f"{n}\n" for n in range(100) if n % 30)),
    ],
)
def test_a_diff_is_one_that_other_programs_apply(tmp_path: Path, old: str, new: str) -> None:
    assert patched(tmp_path, old, diff_display(Path("/w/a"), Path("/w"), old, new).diff) == new


def test_a_diff_names_a_new_file_and_a_file_outside_by_its_whole_path() -> None:
    made = diff_display(Path("/w/sub/a"), Path("/w"), None, "x\n")
    assert made.created
    assert made.diff == "--- /dev/null\n+++ b/sub/a\n@@ -0,0 +1 @@\n+x"
    assert "b/etc/a" in diff_display(Path("/etc/a"), Path("/w"), "", "x").diff


def test_lines_that_look_like_a_header_are_counted() -> None:
    display = diff_display(Path("/w/a"), Path("/w"), "-- a\nsame\n", "++ b\n++ c\nsame\n")
    assert changed_lines(display) == "+2 -1 lines"


def lines_of(chance: random.Random, kinds: int, number: int) -> str:
    return "".join(f"{chance.randrange(kinds)}\n" for _ in range(number))


@pytest.mark.parametrize("kinds", [1, 3, 50, 10**9])
def test_the_texts_that_are_hardest_to_compare_take_no_minutes(kinds: int) -> None:
    chance = random.Random(kinds)
    old, new = (lines_of(chance, kinds, 50_000) for _ in range(2))
    parts = ["".join(f"anchor {n}\n{lines_of(chance, 3, 199)}" for n in range(45)) for _ in range(2)]
    began = time.monotonic()
    for before, after in ((old, new), parts, (old[:20_000], new[:20_000])):
        diff_display(Path("/w/a"), Path("/w"), before, after)
    assert time.monotonic() - began < 10


@given(st.lists(st.sampled_from("abcd"), max_size=60), st.lists(st.sampled_from("abcd"), max_size=60))
def test_a_diff_within_a_small_budget_is_still_right(old: list[str], new: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(diffs, "_STRETCH", 6)
        patched.setattr(diffs, "_BUDGET", 20)
        blocks = diffs._equal(old, new)
    at = (0, 0)
    for i, j, size in blocks:
        assert size and i >= at[0] and j >= at[1]
        assert old[i : i + size] == new[j : j + size]
        at = i + size, j + size


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch program here")
def test_a_long_diff_is_one_that_other_programs_apply(tmp_path: Path) -> None:
    chance = random.Random(7)
    lines = [f"{chance.randrange(2000)}\n" for _ in range(3000)]
    changed = [line for line in lines if chance.random() > 0.05]
    changed.insert(1000, "new\n")
    old, new = "".join(lines), "".join(changed)
    assert patched(tmp_path, old, diff_display(Path("/w/a"), Path("/w"), old, new).diff) == new


def test_one_changed_line_of_a_hundred_thousand_is_shown() -> None:
    lines = [f"line {number}\n" for number in range(100_000)]
    old = "".join(lines)
    display = diff_display(Path("/w/a"), Path("/w"), old, old.replace("line 50000\n", "x\n"))
    assert display.diff.split("\n")[2:] == [
        "@@ -49998,7 +49998,7 @@", " line 49997", " line 49998", " line 49999", "-line 50000", "+x", " line 50001",
        " line 50002", " line 50003",
    ]  # fmt: skip


def test_a_file_that_goes_and_one_that_is_no_text_are_told() -> None:
    gone = diff_display(Path("/w/a"), Path("/w"), "x\n", None)
    assert gone.diff == "--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x"
    binary = sizes_display(Path("/w/a"), Path("/w"), 1000, 2, created=False)
    assert changed_lines(binary) == "1,000 bytes become 2"


def test_what_is_too_much_to_compare_is_told_by_its_size() -> None:
    display = diff_display(Path("/w/a"), Path("/w"), "a\n" * 15_000, "b\n" * 15_000)
    assert changed_lines(display) == "15,000 lines become 15,000"
    display = diff_display(Path("/w/a"), Path("/w"), "a" * DIFF_CHARS, "b\nc")
    assert changed_lines(display) == "1 lines become 2"
    assert len(display.diff) < 200
