"""What a turn did to files is kept before it happens, shown, undone and done again; nobody else's work is lost."""

import asyncio
import os
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.engine.filing import Filing
from tests.scripts import eventually
from tests.store.test_faults import pages
from tui.engine.changes import checkpoints
from tui.engine.changes.checkpoints import FILE_LIMIT
from tui.errors import SessionBusy, StoreError, ToolError
from tui.events import Entry, FileRestored, FileWritten, PromptSubmitted
from tui.store.store import Store
from tui.tools.edits import EditArgs, MultiEditArgs, OneEdit, WriteArgs, edit_tool, multi_edit_tool, write_tool
from tui.tools.files import ReadArgs, read_tool

needs_rights = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path.resolve() / "project"
    made.mkdir()
    return made


@pytest.fixture
def filing(store: Store, folder: Path) -> Filing:
    return Filing(store, folder)


# --- kept


async def test_what_a_file_was_is_on_disk_before_the_file_is_touched(store: Store, filing: Filing) -> None:
    file = filing.folder / "file"
    file.write_text("old")
    file.chmod(0o640)
    await read_tool(ReadArgs(path="file"), filing.context("t1"))
    await filing.points.before_write("t1", "call", file)
    on_disk = await store.read(
        lambda connection: connection.execute("SELECT count(*) FROM entries WHERE kind = 'FileKept'").fetchone()[0]
    )
    kept = filing.kept()[0]
    assert (on_disk, kept.size, kept.mode, file.read_text()) == (1, 3, 0o640, "old")
    assert await store.kept(kept.blob) == b"old"


async def test_only_what_was_there_before_a_turns_first_change_is_kept(filing: Filing) -> None:
    (filing.folder / "file").write_text("old")
    for content in ("one", "two", "three"):
        await filing.write("t1", content)
    await filing.write("t2", "four")
    assert [(kept.turn_id, kept.blob) for kept in filing.kept()] == [
        ("t1", sha256(b"old").hexdigest()),
        ("t2", sha256(b"three").hexdigest()),
    ]
    assert filing.file("t1").left == sha256(b"three").hexdigest()


async def test_two_calls_of_a_turn_at_one_file_keep_it_once_and_lose_neither_change(filing: Filing) -> None:
    file = filing.folder / "file"
    file.write_text("a b c d e")
    await read_tool(ReadArgs(path="file"), filing.context("t1"))
    edits = [
        edit_tool(EditArgs(path="file", old=letter, new=letter.upper()), filing.context("t1", letter))
        for letter in "abcde"
    ]
    await asyncio.gather(*edits)
    assert file.read_text() == "A B C D E"
    assert len(filing.kept()) == 1
    assert filing.file("t1").left == sha256(b"A B C D E").hexdigest()


async def test_of_two_calls_that_make_one_file_the_second_is_told(filing: Filing) -> None:
    made = await asyncio.gather(
        *(write_tool(WriteArgs(path="file", content=name), filing.context("t1", name)) for name in "ab"),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in made] == ["ToolResult", "ToolResult"]
    assert (filing.folder / "file").read_text() == "b"
    assert await filing.undo("t1") == [(True, "It is gone again.")]
    assert os.listdir(filing.folder) == []


@pytest.mark.parametrize("limit", ["FILE_LIMIT", "TURN_LIMIT"])
async def test_a_file_too_large_to_keep_is_changed_all_the_same_and_the_log_says_so(
    filing: Filing, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(checkpoints, limit, 10)
    for name, content in (("a", "123456"), ("b", "x" * 11)):
        (filing.folder / name).write_text(content)
    await filing.turn("t1", a="A", b="B")
    assert [bool(kept.skipped) for kept in filing.kept()] == [False, True]
    skipped = (await filing.points.changes("t1"))[1]
    assert (skipped.state, skipped.forced) == ("skipped", False)
    assert "not kept" in skipped.refusal or "no more were kept" in skipped.refusal
    assert "bytes become" in skipped.diff.diff
    assert [done for done, _ in await filing.undo("t1", force=True)] == [True, False]
    assert [(filing.folder / name).read_text() for name in "ab"] == ["123456", "B"]


async def test_when_the_disk_is_full_nothing_is_written(store: Store, folder: Path) -> None:
    class Impatient:
        """The store, asked for a fifth of a second."""

        def add(self, entry: Entry) -> None:
            store.add(entry)

        async def drain(self) -> None:
            await store.drain()

        async def settle(self) -> None:
            await store.settle(0.2)

    old = random.Random(1).randbytes(300_000).hex()
    (folder / "file").write_text(old)
    filing = Filing(store, folder, journal=Impatient())
    await store.settle()
    await pages(store, 0)
    with pytest.raises(StoreError):
        await filing.write("t1", "new")
    assert (folder / "file").read_text() == old
    await pages(store, 100_000)
    await store.settle()


async def test_a_change_that_was_interrupted_is_whole_and_recorded(filing: Filing) -> None:
    hold, file = asyncio.Event(), filing.folder / "file"
    file.write_text("old")
    ctx = filing.context("t1")
    await read_tool(ReadArgs(path="file"), ctx)
    after = filing.points.after_write

    async def slow(*what: object) -> None:
        await hold.wait()
        await after(*what)  # type: ignore[arg-type]

    filing.points.after_write = slow  # type: ignore[method-assign]
    writing = asyncio.ensure_future(write_tool(WriteArgs(path="file", content="new"), filing.context("t1")))
    await eventually(lambda: file.read_text() == "new")
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    second = asyncio.ensure_future(write_tool(WriteArgs(path="file", content="newer"), filing.context("t1")))
    hold.set()
    await second  # waited for the first, whose file it knows
    await asyncio.gather(*filing.left)
    assert [entry.event.digest for entry in filing.log.since(0) if isinstance(entry.event, FileWritten)] == [
        sha256(text.encode()).hexdigest() for text in ("new", "newer")
    ]


# --- shown


async def test_all_that_a_turn_did_is_one_list_of_diffs(filing: Filing) -> None:
    (filing.folder / "changed").write_text("one\ntwo\n")
    (filing.folder / "binary").write_text("text")
    await filing.turn("t1", changed="one\n2\n", made="x\n", binary="b", removed="r", same="s")
    (filing.folder / "binary").write_bytes(b"\0\1")
    (filing.folder / "removed").unlink()
    changes = {Path(change.path).name: change for change in await filing.points.changes("t1")}
    assert {name: (change.state, change.others) for name, change in changes.items()} == {
        "binary": ("changed", True),
        "changed": ("changed", False),
        "made": ("created", False),
        "removed": ("same", False),
        "same": ("created", False),
    }
    assert changes["changed"].diff.diff.endswith("@@ -1,2 +1,2 @@\n one\n-two\n+2")
    assert changes["made"].diff.created
    assert changes["binary"].diff.diff.endswith("4 bytes become 2: not compared @@")
    assert await filing.points.changes("t9") == ()


async def test_an_undone_change_still_shows_what_it_was(filing: Filing) -> None:
    (filing.folder / "file").write_text("one\n")
    await filing.turn("t1", file="two\n")
    shown = (await filing.points.changes("t1"))[0].diff
    await filing.undo("t1")
    change = (await filing.points.changes("t1"))[0]
    assert (change.state, change.diff, change.refusal) == ("undone", shown, "It was undone already.")


# --- undone


async def test_a_turn_is_undone_whole_or_a_file_at_a_time(filing: Filing) -> None:
    (filing.folder / "a").write_text("a")
    (filing.folder / "b").write_bytes(b"\xef\xbb\xbfb\r\n")
    os.chmod(filing.folder / "b", 0o755)
    await filing.turn("t1", a="A", b="B\n", **{"sub/c": "C"})
    assert await filing.undo("t1", "a") == [(True, "It is as it was before the turn.")]
    assert [(filing.folder / name).read_text("utf-8-sig") for name in ("a", "b", "sub/c")] == ["a", "B\n", "C"]
    assert await filing.undo("t1") == [
        (False, "It was undone already."),
        (True, "It is as it was before the turn."),
        (True, "It is gone again."),
    ]
    assert (filing.folder / "b").read_bytes() == b"\xef\xbb\xbfb\r\n"
    assert (filing.folder / "b").stat().st_mode & 0o777 == 0o755
    assert not (filing.folder / "sub" / "c").exists()
    assert await filing.undo("t1", "elsewhere") == [(False, "This turn did not change it.")]


async def test_an_undo_is_taken_back_and_done_again(filing: Filing) -> None:
    (filing.folder / "a").write_text("a")
    await filing.turn("t1", a="A", b="B")
    assert [told for _, told in await filing.redo("t1")] == []
    for _ in range(2):
        assert [done for done, _ in await filing.undo("t1")] == [True, True]
        assert sorted(os.listdir(filing.folder)) == ["a"]
        assert await filing.redo("t1") == [(True, "It is as the turn left it.")] * 2
        assert [(filing.folder / name).read_text() for name in "ab"] == ["A", "B"]
    assert [change.state for change in await filing.points.changes("t1")] == ["changed", "created"]
    await filing.undo("t1")
    (filing.folder / "a").write_text("theirs")
    assert (await filing.redo("t1"))[0] == (False, "Somebody else has changed it since it was undone.")
    assert (filing.folder / "a").read_text() == "theirs"


async def test_what_others_changed_since_is_not_undone_unless_the_person_insists_and_is_kept_then(
    store: Store, filing: Filing
) -> None:
    (filing.folder / "file").write_text("old")
    await filing.turn("t1", file="new")
    (filing.folder / "file").write_text("theirs")
    change = (await filing.points.changes("t1"))[0]
    assert (change.others, change.refusal, change.forced) == (True, "Somebody else has changed it since.", True)
    assert await filing.undo("t1") == [(False, "Somebody else has changed it since.")]
    assert (filing.folder / "file").read_text() == "theirs"
    assert await filing.undo("t1", "file", force=True) == [(True, "It is as it was before the turn.")]
    assert (filing.folder / "file").read_text() == "old"
    restored = next(entry.event for entry in filing.log.since(0) if isinstance(entry.event, FileRestored))
    assert await store.kept(restored.replaced) == b"theirs"
    await filing.redo("t1")
    assert (filing.folder / "file").read_text() == "theirs"


async def test_what_others_changed_while_the_turn_ran_is_kept_and_not_lost_by_an_undo(
    store: Store, filing: Filing
) -> None:
    (filing.folder / "file").write_text("old")
    await filing.write("t1", "new")
    (filing.folder / "file").write_text("theirs")
    await filing.write("t1", "newer")
    assert await filing.undo("t1") == [(False, "Somebody else has changed it while the turn ran.")]
    assert await store.kept(filing.file("t1").between[0].blob) == b"theirs"
    assert (await filing.undo("t1", force=True))[0][0]
    assert (filing.folder / "file").read_text() == "old"


async def test_of_two_turns_at_one_file_the_later_is_undone_first(filing: Filing) -> None:
    (filing.folder / "file").write_text("old")
    await filing.turn("t1", file="one")
    await filing.turn("t2", file="two")
    assert await filing.undo("t1") == [(False, "A later turn has changed it too: undo that one first.")]
    assert (filing.folder / "file").read_text() == "two"
    for turn, left in (("t2", "one"), ("t1", "old")):
        assert await filing.undo(turn) == [(True, "It is as it was before the turn.")]
        assert (filing.folder / "file").read_text() == left


async def test_a_deleted_file_comes_back_with_its_mode_when_the_person_insists(filing: Filing) -> None:
    file = filing.folder / "file"
    file.write_text("old")
    file.chmod(0o701)
    await filing.turn("t1", file="new")
    file.unlink()
    assert await filing.undo("t1") == [(False, "Somebody else has deleted it since.")]
    assert (await filing.undo("t1", force=True))[0][0]
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("old", 0o701)


async def test_a_running_turn_is_not_undone(filing: Filing) -> None:
    filing.log.emit(PromptSubmitted(prompt_id="p", turn_id="t1", text="Go"))
    await filing.write("t1", "new")
    with pytest.raises(SessionBusy, match="still runs"):
        await filing.undo("t1")
    assert (filing.folder / "file").read_text() == "new"


def into_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def into_a_link(file: Path) -> None:
    file.unlink()
    (file.parent / "other").write_text("new")
    file.symlink_to("other")


def into_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize(
    ("turned", "told"),
    [
        (into_a_folder, "It is a folder now."),
        (into_a_link, "It is no regular file now."),
        (into_a_pipe, "It is no regular file now."),
    ],
)
async def test_what_is_no_file_any_more_is_never_written_over(
    filing: Filing, turned: Callable[[Path], None], told: str
) -> None:
    file = filing.folder / "file"
    file.write_text("old")
    await filing.turn("t1", file="new")
    turned(file)
    before = sorted(os.listdir(filing.folder))
    change = (await filing.points.changes("t1"))[0]
    assert (change.others, change.refusal, change.forced) == (True, told, False)
    assert await filing.undo("t1", force=True) == [(False, told)]
    assert sorted(os.listdir(filing.folder)) == before


async def test_a_folder_that_became_a_link_leads_no_undo_out_of_the_workspace(filing: Filing, tmp_path: Path) -> None:
    await filing.turn("t1", **{"sub/file": "new"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("new")
    (filing.folder / "sub" / "file").unlink()
    (filing.folder / "sub").rmdir()
    (filing.folder / "sub").symlink_to(tmp_path / "outside")
    assert await filing.undo("t1", force=True) == [(False, "A link in its path leads elsewhere now.")]
    assert (tmp_path / "outside" / "file").read_text() == "new"


async def test_a_change_through_a_link_is_undone_where_it_happened(filing: Filing) -> None:
    real, link = filing.folder / "real", filing.folder / "link"
    real.write_text("old")
    link.symlink_to("real")
    await filing.turn("t1", link="new")
    assert [change.path for change in await filing.points.changes("t1")] == [str(real)]
    await filing.undo("t1")
    assert (link.is_symlink(), real.read_text()) == (True, "old")


@needs_rights
async def test_what_may_not_be_written_is_told_and_the_rest_is_undone(filing: Filing) -> None:
    for name in "ab":
        (filing.folder / name).write_text(name)
    await filing.turn("t1", a="A", b="B")
    (filing.folder / "a").chmod(0o400)
    (first, told), second = await filing.undo("t1")
    assert (first, "read-only" in told, second[0]) == (False, True, True)
    assert [(filing.folder / name).read_text() for name in "ab"] == ["A", "b"]


async def test_a_full_disk_undoes_nothing_and_says_so(filing: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    (filing.folder / "file").write_text("old")
    await filing.turn("t1", file="new")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        (done, told), *_ = await filing.undo("t1")
    assert (done, "No space left" in told) == (False, True)
    assert (filing.folder / "file").read_text() == "new"
    assert (await filing.undo("t1"))[0][0]


async def test_a_file_that_grew_beyond_what_is_kept_is_left_alone(filing: Filing) -> None:
    (filing.folder / "file").write_text("old")
    await filing.turn("t1", file="new")
    with (filing.folder / "file").open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    (done, told), *_ = await filing.undo("t1", force=True)
    assert (done, "too large to be kept" in told) == (False, True)
    assert (filing.folder / "file").stat().st_size == FILE_LIMIT + 1


async def test_an_undo_sends_the_agent_back_to_read(filing: Filing) -> None:
    (filing.folder / "file").write_text("old")
    await filing.turn("t1", file="newer")
    await filing.undo("t1")
    with pytest.raises(ToolError, match="has changed since it was read"):
        await write_tool(WriteArgs(path="file", content="x"), filing.context("t2"))


async def test_several_edits_in_one_call_are_one_change_to_undo(filing: Filing) -> None:
    (filing.folder / "file").write_text("a b")
    ctx = filing.context("t1")
    await read_tool(ReadArgs(path="file"), ctx)
    await multi_edit_tool(MultiEditArgs(path="file", edits=[OneEdit(old="a", new="A"), OneEdit(old="b", new="B")]), ctx)
    assert (filing.folder / "file").read_text() == "A B"
    assert len(filing.kept()) == 1
    await filing.undo("t1")
    assert (filing.folder / "file").read_text() == "a b"
