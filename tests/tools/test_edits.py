"""``write`` and ``edit`` change what was meant and nothing else, and never what somebody else changed meanwhile."""

import asyncio
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.conftest import Bench
from tui.errors import StoreError, ToolError
from tui.messages import DiffDisplay
from tui.tools import edits as edits_room
from tui.tools.base import ToolResult
from tui.tools.edits import (
    EditArgs,
    MultiEditArgs,
    OneEdit,
    WriteArgs,
    edit_tool,
    multi_edit_tool,
    preview_edit,
    preview_write,
    write_tool,
)
from tui.tools.files import ReadArgs, read_tool


async def read(bench: Bench, path: str) -> None:
    await read_tool(ReadArgs(path=path), bench.ctx)


async def edit(bench: Bench, old: str, new: str, *, path: str = "file", every: bool = False) -> ToolResult:
    return await edit_tool(EditArgs(path=path, old=old, new=new, all=every), bench.ctx)


async def write(bench: Bench, content: str, path: str = "file") -> ToolResult:
    return await write_tool(WriteArgs(path=path, content=content), bench.ctx)


def touch_later(file: Path, text: str) -> None:
    """Write as another program would, a millisecond later by the file's own clock."""
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))


# --- one change


async def test_an_edit_replaces_the_text_and_says_what_it_did(bench: Bench) -> None:
    file = bench.folder / "file"
    file.write_text("one\ntwo\nthree\n")
    await read(bench, "file")
    result = await edit(bench, "two\nthree", "2")
    assert file.read_text() == "one\n2\n"
    assert result.text == f"Changed {file} (+1 -2 lines)."
    assert result.paths == (str(file),)
    assert result.display == (
        DiffDisplay(path=str(file), diff="--- a/file\n+++ b/file\n@@ -1,3 +1,2 @@\n one\n-two\n-three\n+2"),
    )


async def test_a_preview_is_the_diff_that_the_change_then_makes_and_touches_nothing(bench: Bench) -> None:
    file = bench.folder / "file"
    file.write_text("one\ntwo\n")
    await read(bench, "file")
    for args in (EditArgs(path="file", old="two", new="2"), WriteArgs(path="file", content="all new\n")):
        before = (file.read_text(), file.stat().st_mtime_ns)
        if isinstance(args, EditArgs):
            shown = await preview_edit(args, bench.ctx)
            assert (file.read_text(), file.stat().st_mtime_ns) == before
            made = await edit_tool(args, bench.ctx)
        else:
            shown = await preview_write(args, bench.ctx)
            assert (file.read_text(), file.stat().st_mtime_ns) == before
            made = await write_tool(args, bench.ctx)
        assert shown == made.display


async def test_a_new_file_is_made_with_its_folders_and_shown_as_new(bench: Bench) -> None:
    shown = await preview_write(WriteArgs(path="a/b/c.txt", content="x\n"), bench.ctx)
    assert os.listdir(bench.folder) == []
    result = await write(bench, "x\n", "a/b/c.txt")
    assert (bench.folder / "a/b/c.txt").read_text() == "x\n"
    assert result.display == shown
    assert isinstance(shown[0], DiffDisplay)
    assert shown[0].created
    assert result.text.startswith("Created ")


async def test_an_empty_file_can_be_made_and_filled(bench: Bench) -> None:
    assert (await write(bench, "")).text.endswith("(+0 -0 lines).")
    await write(bench, "x")
    assert (bench.folder / "file").read_text() == "x"


async def test_one_change_after_the_other_needs_no_reading_between(bench: Bench) -> None:
    await write(bench, "a b c")
    for old, new in (("a", "1"), ("b", "2"), ("c", "3")):
        await edit(bench, old, new)
    assert (bench.folder / "file").read_text() == "1 2 3"


@pytest.mark.parametrize("name", ["日本語/メモ.md", "🦊.txt", "with space", "-rf", "a;b|c"])
async def test_a_file_is_changed_whatever_its_name(bench: Bench, name: str) -> None:
    await write(bench, "old 🦊\n", name)
    result = await edit(bench, "🦊", "狐", path=name)
    assert (bench.folder / name).read_text() == "old 狐\n"
    assert name in result.text


async def test_a_dollar_or_a_backslash_in_the_new_text_means_itself(bench: Bench) -> None:
    await write(bench, "x")
    await edit(bench, "x", r"\1 $0 \n {}")
    assert (bench.folder / "file").read_text() == r"\1 $0 \n {}"


async def test_a_line_of_a_megabyte_is_edited_in_place(bench: Bench) -> None:
    (bench.folder / "file").write_text("x" * 1_000_000 + "HERE" + "y" * 1_000_000)
    await read(bench, "file")
    await edit(bench, "HERE", "THERE")
    assert (bench.folder / "file").read_text() == "x" * 1_000_000 + "THERE" + "y" * 1_000_000


# --- what does not match once


async def test_text_that_is_there_twice_is_not_changed_and_its_places_are_told(bench: Bench) -> None:
    await write(bench, "a\nb\na\n")
    with pytest.raises(ToolError, match=r"more than once, in lines 1, 3\. Give more"):
        await edit(bench, "a", "x")
    assert (bench.folder / "file").read_text() == "a\nb\na\n"
    await edit(bench, "a", "x", every=True)
    assert (bench.folder / "file").read_text() == "x\nb\nx\n"


async def test_matches_that_overlap_are_more_than_one(bench: Bench) -> None:
    await write(bench, "f(1);\n\n\nend")
    with pytest.raises(ToolError, match="more than once"):
        await edit(bench, "\n\n", "\n")


async def test_only_the_first_places_of_very_many_are_told(bench: Bench) -> None:
    await write(bench, "a\n" * 100)
    with pytest.raises(ToolError, match="lines 1, 2, 3, 4, 5, 6, 7, 8 and more"):
        await edit(bench, "a", "x")


async def test_text_that_is_nearly_there_is_pointed_at(bench: Bench) -> None:
    await write(bench, "def f():\n\treturn  1\n")
    with pytest.raises(ToolError, match=r"not in file\. Line 2 is close: 'return  1'\. White space counts"):
        await edit(bench, "    return 1\n", "    return 2\n")
    with pytest.raises(ToolError, match="Read the file again"):
        await edit(bench, "nowhere", "x")
    with pytest.raises(ToolError, match="Read the file again"):
        await edit(bench, " \n \n", "x")


async def test_a_change_into_the_same_is_refused(bench: Bench) -> None:
    await write(bench, "a")
    with pytest.raises(ToolError, match="nothing would change"):
        await edit(bench, "a", "a")


@given(
    text=st.text(alphabet="ab\n", max_size=30), old=st.text(alphabet="ab\n", min_size=1, max_size=3), new=st.text("xy")
)
async def test_an_edit_happens_where_the_text_stands_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, text: str, old: str, new: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    ctx = Bench(folder).ctx
    file = folder / "once"
    file.write_text(text)
    await read_tool(ReadArgs(path="once"), ctx)
    places = [at for at in range(len(text)) if text.startswith(old, at)]
    if len(places) == 1:
        await edit_tool(EditArgs(path="once", old=old, new=new), ctx)
        assert file.read_text() == text[: places[0]] + new + text[places[0] + len(old) :]
    else:
        with pytest.raises(ToolError):
            await edit_tool(EditArgs(path="once", old=old, new=new), ctx)
        assert file.read_text() == text


# --- several changes at once


async def edits(bench: Bench, *changes: tuple[str, str] | OneEdit, path: str = "file") -> ToolResult:
    parts = [change if isinstance(change, OneEdit) else OneEdit(old=change[0], new=change[1]) for change in changes]
    return await multi_edit_tool(MultiEditArgs(path=path, edits=parts), bench.ctx)


async def test_several_edits_happen_in_order_each_in_what_the_one_before_left(bench: Bench) -> None:
    await write(bench, "a\nb\nc\nb\n")
    args = MultiEditArgs(path="file", edits=[OneEdit(old="a", new="x y"), OneEdit(old="y\nb", new="z")])
    shown = await preview_edit(args, bench.ctx)
    assert (bench.folder / "file").read_text() == "a\nb\nc\nb\n"
    result = await multi_edit_tool(args, bench.ctx)
    assert (bench.folder / "file").read_text() == "x z\nc\nb\n"
    assert (result.display, result.text) == (shown, f"Changed {bench.folder / 'file'} (+1 -2 lines).")
    await edits(bench, OneEdit(old="z", new="Z", all=True), ("c", "C"))
    assert (bench.folder / "file").read_text() == "x Z\nC\nb\n"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("a", "1"), ("nowhere", "x")], r"Edit 2 of 2: The old text is not in file\..*Nothing was changed\."),
        ([("b", "1"), ("a", "2")], r"Edit 1 of 2: The old text is in file more than once, in lines 2, 4\..*"),
        ([("a", "1"), ("a", "2")], r"Edit 2 of 2: The old text is not in file"),
        ([("a", "1"), ("c", "c")], r"Edit 2 of 2: The old and the new text are the same"),
        ([("a", "1"), ("1", "a")], r"These edits undo each other: nothing would change\."),
    ],
)
async def test_of_several_edits_all_happen_or_none_and_the_one_at_fault_is_named(
    bench: Bench, changes: list[tuple[str, str]], told: str
) -> None:
    await write(bench, "a\nb\nc\nb\n")
    before = (bench.folder / "file").stat()
    with pytest.raises(ToolError, match=told):
        await edits(bench, *changes)
    with pytest.raises(ToolError, match=told):
        parts = [OneEdit(old=old, new=new) for old, new in changes]
        await preview_edit(MultiEditArgs(path="file", edits=parts), bench.ctx)
    after = (bench.folder / "file").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


async def test_several_edits_keep_a_files_form_and_its_being_read(bench: Bench) -> None:
    (bench.folder / "file").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    with pytest.raises(ToolError, match="read it first"):
        await edits(bench, ("one", "1"))
    await read(bench, "file")
    await edits(bench, ("one\ntwo", "1\n2"), ("2", "2\n3"))
    assert (bench.folder / "file").read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n3\r\n"
    touch_later(bench.folder / "file", "x")
    with pytest.raises(ToolError, match="has changed since it was read"):
        await edits(bench, ("x", "y"))


async def test_no_edit_at_all_is_no_argument(bench: Bench) -> None:
    for parts in ([], [{"old": "", "new": "x"}], [{"old": "a"}], "a"):
        with pytest.raises(ValueError, match="validation error"):
            MultiEditArgs.model_validate({"path": "file", "edits": parts})


# --- two at once, and somebody else between


async def test_edits_of_one_file_at_once_all_happen(bench: Bench) -> None:
    await write(bench, "a b c d e f")
    await asyncio.gather(*(edit(bench, letter, letter.upper()) for letter in "abcdef"))
    assert (bench.folder / "file").read_text() == "A B C D E F"


async def test_who_changes_a_file_while_it_is_being_kept_is_not_overwritten(bench: Bench) -> None:
    await write(bench, "ours")

    async def keep(path: Path) -> None:
        touch_later(path, "theirs")

    ctx = replace(bench.ctx, before_write=keep)
    with pytest.raises(ToolError, match="has changed since it was read: read it again"):
        await edit_tool(EditArgs(path="file", old="ours", new="x"), ctx)
    assert (bench.folder / "file").read_text() == "theirs"
    assert os.listdir(bench.folder) == ["file"]


async def test_a_file_that_comes_into_being_while_it_is_being_kept_is_not_overwritten(bench: Bench) -> None:
    async def keep(path: Path) -> None:
        path.write_text("theirs")  # noqa: ASYNC240 - nobody waits for it

    with pytest.raises(ToolError, match="has come into being meanwhile"):
        await write_tool(WriteArgs(path="new", content="x"), replace(bench.ctx, before_write=keep))
    assert (bench.folder / "new").read_text() == "theirs"


async def test_a_file_that_cannot_be_kept_is_not_changed(bench: Bench) -> None:
    await write(bench, "old")

    async def keep(path: Path) -> None:
        raise StoreError("The disk is full.")

    for _ in range(2):  # and it is not locked for ever
        with pytest.raises(StoreError):
            await write_tool(WriteArgs(path="file", content="x"), replace(bench.ctx, before_write=keep))
    assert (bench.folder / "file").read_text() == "old"
    await write(bench, "new")


async def test_a_disk_that_hangs_holds_up_neither_the_call_nor_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(bench, "old")
    hung = threading.Event()

    def hang(*_: object, **__: object) -> tuple[int, int]:
        hung.wait(30)
        raise ToolError("It was never written.")

    try:
        with monkeypatch.context() as patched:
            patched.setattr(edits_room, "write_bytes", hang)
            patched.setattr(edits_room, "SECONDS", 0.1)
            with pytest.raises(ToolError, match=r"was not written within 0\.1 s, and may be later"):
                await write(bench, "new")
        await write(bench, "newer")
    finally:
        hung.set()
    assert (bench.folder / "file").read_text() == "newer"


# --- large


async def test_ten_megabytes_are_written_and_compared_in_a_moment(bench: Bench) -> None:
    began = time.monotonic()
    content = "".join(f"{number} {'x' * 90}\n" for number in range(100_000))
    await write(bench, content)
    changed = content.replace("500 ", "five hundred ", 1)
    result = await write(bench, changed)
    assert result.text.endswith("(+1 -1 lines).")
    assert (bench.folder / "file").read_text() == changed
    result = await write(bench, content[::-1])
    assert result.text.endswith("lines become 100,001).")
    assert time.monotonic() - began < 10


# --- what was not read, or moved on


async def test_a_file_that_was_not_read_is_neither_edited_nor_overwritten(bench: Bench) -> None:
    (bench.folder / "file").write_text("precious")
    for change in (edit(bench, "precious", "x"), write(bench, "x")):
        with pytest.raises(ToolError, match="was not read in this session: read it first"):
            await change
    with pytest.raises(ToolError, match="read it first"):
        await preview_write(WriteArgs(path="file", content="x"), bench.ctx)
    assert (bench.folder / "file").read_text() == "precious"


async def test_a_file_that_changed_since_it_was_read_is_left_to_whoever_changed_it(bench: Bench) -> None:
    file = bench.folder / "file"
    file.write_text("one")
    await read(bench, "file")
    touch_later(file, "two")
    for change in (edit(bench, "two", "x"), write(bench, "x")):
        with pytest.raises(ToolError, match="has changed since it was read: read it again"):
            await change
    assert file.read_text() == "two"
    await read(bench, "file")
    await edit(bench, "two", "x")
    assert file.read_text() == "x"


async def test_a_change_right_after_our_own_is_noticed(bench: Bench) -> None:
    await write(bench, "ours")
    touch_later(bench.folder / "file", "them")
    with pytest.raises(ToolError, match="has changed since"):
        await edit(bench, "them", "x")


async def test_a_file_that_came_into_being_after_the_preview_is_not_overwritten(bench: Bench) -> None:
    args = WriteArgs(path="file", content="ours")
    await preview_write(args, bench.ctx)
    (bench.folder / "file").write_text("theirs")
    with pytest.raises(ToolError, match="read it first"):
        await write_tool(args, bench.ctx)
    assert (bench.folder / "file").read_text() == "theirs"


async def test_a_deleted_file_is_written_anew_but_not_edited(bench: Bench) -> None:
    await write(bench, "one")
    (bench.folder / "file").unlink()
    with pytest.raises(ToolError, match="cannot be read"):
        await edit(bench, "one", "two")
    assert (await write(bench, "again")).text.startswith("Created ")


async def test_reading_a_link_allows_changing_what_it_leads_to_and_nothing_else(bench: Bench) -> None:
    for name in ("one", "two"):
        (bench.folder / name).write_text(name)
    link = bench.folder / "link"
    link.symlink_to("one")
    await read(bench, "link")
    link.unlink()
    link.symlink_to("two")
    with pytest.raises(ToolError, match="read it first"):
        await edit(bench, "two", "x", path="link")
    await edit(bench, "one", "x", path="one")
    assert (bench.folder / "two").read_text() == "two"


# --- what is no text file


@pytest.mark.parametrize("path", ["folder", "fifo", "/dev/null", "binary", "loop", "a\0b", "file/below"])
async def test_what_is_no_text_file_is_neither_written_nor_edited(bench: Bench, path: str) -> None:
    (bench.folder / "folder").mkdir()
    os.mkfifo(bench.folder / "fifo")
    (bench.folder / "binary").write_bytes(b"\0\1\2")
    (bench.folder / "loop").symlink_to("loop")
    (bench.folder / "file").write_text("x")
    before = sorted(os.listdir(bench.folder))
    with pytest.raises(ToolError):
        await edit(bench, "x", "y", path=path)
    with pytest.raises(ToolError):
        await write(bench, "y", path=path)
    assert sorted(os.listdir(bench.folder)) == before
    assert (bench.folder / "binary").read_bytes() == b"\0\1\2"
