"""``list`` and ``read``: true to what is there, and never hung, flooded or fooled by it."""

import base64
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import image
from tests.tools.conftest import Bench, needs_rights
from tui.disk_file import MAX_BYTES
from tui.errors import ToolError
from tui.messages import TextDisplay
from tui.tools import ranges
from tui.tools.base import ToolContext, resolve
from tui.tools.files import MAX_CHARS, MAX_ENTRIES, MAX_LINE, ListArgs, ReadArgs, list_tool, read_tool
from tui.tools.ranges import read_range

STRANGE = ("日本語", "🦊 fox.txt", "with space", "-rf", "*", "quote'\"", "e\u0301.txt", "tab\there")


async def read(ctx: ToolContext, path: str | Path, offset: int = 1, limit: int = 2000) -> str:
    return (await read_tool(ReadArgs(path=str(path), offset=offset, limit=limit), ctx)).text


# --- read


async def test_lines_are_numbered_and_the_file_is_remembered_as_read(bench: Bench) -> None:
    file = bench.folder / "a.py"
    file.write_text("one\n\nthree")
    result = await read_tool(ReadArgs(path="a.py"), bench.ctx)
    assert result.text == "1  one\n2  \n3  three"
    assert result.display == (TextDisplay(text="one\n\nthree", language="python", title=str(file)),)
    assert bench.files.seen(file) == (file.stat().st_mtime_ns, file.stat().st_size)


async def test_reading_on_from_where_a_part_ended_gives_every_line_once(bench: Bench) -> None:
    (bench.folder / "a").write_text("".join(f"line {number}\n" for number in range(1, 26)))
    got, offset = [], 1
    for _ in range(3):
        lines = (await read(bench.ctx, "a", offset, 10)).split("\n")
        got += [line.split("  ", 1)[1] for line in lines if not line.startswith("[")]
        if lines[-1].startswith("["):
            offset = int(lines[-1].rpartition("=")[2].rstrip("]"))
    assert got == [f"line {number}" for number in range(1, 26)]


async def test_a_line_beyond_the_end_says_how_many_there_are(bench: Bench) -> None:
    (bench.folder / "a").write_text("one\ntwo\n")
    with pytest.raises(ToolError, match="has 2 lines; there is no line 3"):
        await read(bench.ctx, "a", 3)


async def test_an_empty_file_is_said_to_be_empty(bench: Bench) -> None:
    (bench.folder / "a").write_bytes(b"")
    assert await read(bench.ctx, "a") == "(an empty file)"


async def test_a_line_of_a_megabyte_is_cut_and_says_so_to_both_readers(bench: Bench) -> None:
    (bench.folder / "a").write_text("x" * 1_000_000 + "\nend\n")
    result = await read_tool(ReadArgs(path="a"), bench.ctx)
    assert result.text == f"1  {'x' * MAX_LINE} [... {1_000_000 - MAX_LINE:,} more characters]\n2  end"
    shown = result.display[0]
    assert isinstance(shown, TextDisplay)
    assert len(shown.text) < MAX_LINE + 100


async def test_what_one_call_gives_is_bounded_and_can_be_read_on(bench: Bench) -> None:
    (bench.folder / "a").write_text(f"{'x' * 1500}\n" * 2000)
    text = await read(bench.ctx, "a")
    assert len(text) <= MAX_CHARS + 10_000
    shown = text.count("x" * 1500)
    assert text.endswith(f"[{2000 - shown:,} more lines: read on with offset={shown + 1}]")
    assert (await read(bench.ctx, "a", shown + 1, 1)).startswith(f"{shown + 1}  x")


async def test_a_binary_file_is_refused_with_its_size(bench: Bench) -> None:
    (bench.folder / "a").write_bytes(b"\x7fELF\0\0" * 100)
    with pytest.raises(ToolError, match="binary file of 600 bytes"):
        await read(bench.ctx, "a")
    assert bench.files.seen(bench.folder / "a") is None


@pytest.mark.parametrize("name", STRANGE)
async def test_a_file_is_read_whatever_its_name(bench: Bench, name: str) -> None:
    (bench.folder / name).write_text("inside\n")
    assert await read(bench.ctx, name) == "1  inside"
    assert name in (await list_tool(ListArgs(), bench.ctx)).text


async def test_a_name_that_is_no_utf8_is_listed_without_a_fall(bench: Bench) -> None:
    (bench.folder / os.fsdecode(b"caf\xe9")).write_text("x")
    text = (await list_tool(ListArgs(), bench.ctx)).text
    assert await read(bench.ctx, text.partition("  ")[0]) == "1  x"


@pytest.mark.parametrize(
    "path",
    ["a\0b", "~no-such-person-here/a", "\ud800", "loop", "loop/deeper", "missing", "x" * 5000, "file/inside", "."],
)
async def test_a_path_that_leads_nowhere_is_a_sentence_for_the_model(bench: Bench, path: str) -> None:
    (bench.folder / "loop").symlink_to("loop")
    (bench.folder / "file").write_text("x")
    with pytest.raises(ToolError, match=r"not a usable path|cannot be read|is a folder"):
        await read(bench.ctx, path)


async def test_a_folder_is_said_to_be_one(bench: Bench) -> None:
    with pytest.raises(ToolError, match="is a folder: list it instead"):
        await read(bench.ctx, ".")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty", "/dev/random"])
async def test_a_device_is_not_read(ctx: ToolContext, device: str) -> None:
    with pytest.raises(ToolError, match=r"not a regular file|cannot be read"):
        await read(ctx, device)


@pytest.mark.parametrize("name", ["fifo", "fifo.png"])
async def test_a_pipe_without_a_writer_keeps_nobody_waiting(bench: Bench, name: str) -> None:
    os.mkfifo(bench.folder / name)
    with pytest.raises(ToolError, match="not a regular file"):
        await read(bench.ctx, name)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no /proc here")
async def test_files_of_the_kernel_are_read_or_refused_in_a_sentence(ctx: ToolContext) -> None:
    assert "Name:" in await read(ctx, "/proc/self/status")
    with pytest.raises(ToolError, match="cannot be read"):
        await read(ctx, "/proc/self/mem")


# --- very large files


def large(bench: Bench, data: bytes, size: int = MAX_BYTES + 1) -> Path:
    """A file that begins with ``data`` and is longer than what is read whole, mostly a hole."""
    file = bench.folder / "a"
    with file.open("wb") as opened:
        opened.write(data)
        opened.truncate(max(size, len(data)))
    return file


async def test_a_binary_file_of_a_terabyte_is_refused_before_it_is_read(bench: Bench) -> None:
    large(bench, b"", 10**12)
    with pytest.raises(ToolError, match=r"binary file of 1,000,000,000,000 bytes"):
        await read(bench.ctx, "a")


@pytest.mark.parametrize("size", [2 * 10**8, pytest.param(2 * 10**9, marks=pytest.mark.long)])
async def test_lines_of_a_file_of_gigabytes_are_read_without_the_rest_of_it(bench: Bench, size: int) -> None:
    """Its last lines are far down: all that is before them is passed by."""
    file = large(bench, b"".join(b"line %d\n" % number for number in range(1, 20_001)), size)
    with file.open("r+b") as opened:
        opened.seek(0, os.SEEK_END)
        opened.write(b"\nnear the end\nlast")
    tracemalloc.start()
    try:
        assert await read(bench.ctx, "a", 1, 2) == (
            f"1  line 1\n2  line 2\n[more lines, in a file of {size + 18:,} bytes: read on with offset=3]"
        )
        assert (await read(bench.ctx, "a", 19_999, 1)).startswith("19999  line 19999\n[more lines")
        assert await read(bench.ctx, "a", 20_002, 5) == "20002  near the end\n20003  last"
        with pytest.raises(ToolError, match="has 20,003 lines; there is no line 20,004"):
            await read(bench.ctx, "a", 20_004)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert bench.files.seen(file) is None


async def test_reading_on_through_a_large_file_gives_every_line_once(bench: Bench) -> None:
    lines = [f"{number} {'é' * (number % 50)}" for number in range(400_000)]
    large(bench, "\r\n".join(lines).encode())
    got: list[str] = []
    for offset in (1, 200_001, 399_990):
        text = await read(bench.ctx, "a", offset, 9)
        shown = [line.split("  ", 1)[1] for line in text.split("\n") if not line.startswith("[")]
        assert shown == lines[offset - 1 : offset + 8]
        got += shown
    assert (await read(bench.ctx, "a", 400_000)) == f"400000  {lines[-1]}"


@given(data=st.text(alphabet="ab\né\r", max_size=60), offset=st.integers(1, 8), limit=st.integers(1, 8))
def test_a_range_is_what_reading_it_all_would_have_shown(
    tmp_path_factory: pytest.TempPathFactory, data: str, offset: int, limit: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "range"
    file.write_bytes(data.encode())
    lines = data.split("\n")
    if not lines[-1]:
        lines.pop()
    wanted = [line.removesuffix("\r") for line in lines[offset - 1 : offset - 1 + limit]]
    for chunk in (3, 1000):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(ranges, "CHUNK", chunk)
            if wanted:
                found = read_range(file, offset, limit, width=1000, most=10_000)
                assert (found.lines, found.more) == (wanted, len(lines) > offset - 1 + limit)
            else:
                with pytest.raises(ToolError, match=f"has {len(lines):,} lines; there is no line {offset}"):
                    read_range(file, offset, limit, width=1000, most=10_000)


async def test_a_line_of_a_gigabyte_is_cut_and_latin_1_is_read(bench: Bench) -> None:
    large(bench, b"caf\xe9\n" + b"x" * (MAX_BYTES * 2) + b"\nend\n")
    assert await read(bench.ctx, "a", 1, 3) == (
        f"1  café\n2  {'x' * MAX_LINE} [... {MAX_BYTES * 2 - MAX_LINE:,} more bytes]\n3  end"
    )


async def test_what_a_large_file_gives_is_bounded_in_characters_too(bench: Bench) -> None:
    large(bench, (b"y" * 1500 + b"\n") * 15_000)
    text = await read(bench.ctx, "a", 1, 10_000)
    assert len(text) < MAX_CHARS + 10_000
    assert text.endswith(f"read on with offset={text.count('y' * 1500) + 1}]")


async def test_a_line_too_far_down_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    large(bench, b"x\n" * MAX_BYTES)
    monkeypatch.setattr(ranges, "SECONDS", -1.0)
    with pytest.raises(ToolError, match="was not reached within"):
        await read(bench.ctx, "a", 9_000_000)


async def test_a_large_file_of_utf_16_is_refused_and_a_large_one_with_a_mark_read_without_it(bench: Bench) -> None:
    large(bench, "x\n".encode("utf-16"))
    with pytest.raises(ToolError, match="bytes of utf-16-le: too many to read"):
        await read(bench.ctx, "a")
    large(bench, b"\xef\xbb\xbfone\n" + b"two\n" * 3000)
    assert (
        await read(bench.ctx, "a", 1, 1) == "1  one\n[more lines, in a file of 20,000,001 bytes: read on with offset=2]"
    )


# --- what cannot be read


@needs_rights
async def test_an_unreadable_file_is_said_to_be_one(bench: Bench) -> None:
    (bench.folder / "a").write_text("x")
    (bench.folder / "a").chmod(0)
    with pytest.raises(ToolError, match="Permission denied"):
        await read(bench.ctx, "a")


async def test_a_link_is_read_as_what_it_leads_to_and_remembered_as_that(bench: Bench) -> None:
    (bench.folder / "real").write_text("x\n")
    (bench.folder / "link").symlink_to("real")
    await read(bench.ctx, "link")
    assert bench.files.seen(bench.folder / "real") is not None
    assert bench.files.seen(bench.folder / "link") is None


async def test_a_path_from_the_home_folder_is_followed(home: Path, ctx: ToolContext) -> None:
    (home / "notes").write_text("mine\n")
    assert await read(ctx, "~/notes") == "1  mine"
    assert resolve("~/notes", ctx.cwd) == (home / "notes").resolve()


# --- images


async def test_an_image_is_given_as_an_image(bench: Bench) -> None:
    data = base64.b64decode(image().data)
    (bench.folder / "dot.PNG").write_bytes(data)
    result = await read_tool(ReadArgs(path="dot.PNG"), bench.ctx)
    assert result.images == (image(),)
    assert result.text == f"[image dot.PNG, {len(data)} bytes]"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.png", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("a.jpg", b"GIF89a rest", "image/gif"),
        ("a.gif", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
async def test_an_image_is_what_its_bytes_say_it_is(bench: Bench, name: str, data: bytes, kind: str) -> None:
    (bench.folder / name).write_bytes(data)
    assert (await read_tool(ReadArgs(path=name), bench.ctx)).images[0].media_type == kind


@pytest.mark.parametrize("data", [b"", b"just text", b"\x89PN", b"RIFF1234WAVE"])
async def test_a_file_that_is_only_called_an_image_is_never_sent_as_one(bench: Bench, data: bytes) -> None:
    """A provider refuses such an image, and with it every later request of the session."""
    (bench.folder / "a.png").write_bytes(data)
    with pytest.raises(ToolError, match="is no png, jpeg, gif or webp image"):
        await read(bench.ctx, "a.png")


# --- list


async def list_(ctx: ToolContext, path: str | Path = ".", depth: int = 1) -> str:
    return (await list_tool(ListArgs(path=str(path), depth=depth), ctx)).text


async def test_a_folder_is_listed_in_order_with_sizes_links_and_levels(bench: Bench) -> None:
    (bench.folder / "b" / "deep" / "er").mkdir(parents=True)
    (bench.folder / "b" / "x").write_text("12345")
    (bench.folder / "a").write_text("")
    (bench.folder / "c").symlink_to("/nowhere")
    assert await list_(bench.ctx) == "a  0 B\nb/\nc -> /nowhere"
    assert await list_(bench.ctx, depth=2) == "a  0 B\nb/\nb/deep/\nb/x  5 B\nc -> /nowhere"


async def test_what_git_keeps_and_dependencies_are_named_but_not_listed(bench: Bench) -> None:
    (bench.folder / ".git" / "objects").mkdir(parents=True)
    (bench.folder / "node_modules" / "m").mkdir(parents=True)
    assert await list_(bench.ctx, depth=3) == ".git/\nnode_modules/"
    assert await list_(bench.ctx, "node_modules") == "m/"


async def test_a_link_back_up_ends_no_listing_in_a_circle(bench: Bench) -> None:
    (bench.folder / "a").mkdir()
    (bench.folder / "a" / "up").symlink_to(bench.folder)
    assert await list_(bench.ctx, depth=5) == f"a/\na/up -> {bench.folder}"


async def test_an_empty_folder_is_said_to_be_empty(ctx: ToolContext) -> None:
    assert await list_(ctx) == "(an empty folder)"


@pytest.mark.parametrize(("extra", "told"), [(0, False), (1, True)])
async def test_a_listing_says_when_it_was_cut_and_only_then(bench: Bench, extra: int, told: bool) -> None:
    for number in range(MAX_ENTRIES + extra):
        (bench.folder / f"{number:05}").touch()
    lines = (await list_(bench.ctx)).split("\n")
    assert len([line for line in lines if line.endswith(" B")]) == MAX_ENTRIES
    assert lines[-1].startswith("[cut") is told


async def test_a_file_in_place_of_a_folder_is_said_to_be_one(bench: Bench) -> None:
    (bench.folder / "a").write_text("x")
    with pytest.raises(ToolError, match="is a file: read it instead"):
        await list_(bench.ctx, "a")
    with pytest.raises(ToolError, match="cannot be listed"):
        await list_(bench.ctx, "missing")


async def test_a_file_that_vanishes_while_it_is_listed_spoils_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (bench.folder / name).write_text("x")
    (bench.folder / "l").symlink_to("a")
    scan = os.scandir

    class Vanishing:
        """A listing after which two of its names are deleted."""

        def __init__(self, place: Path) -> None:
            self._entries = list(scan(place))
            for name in "bl":
                (bench.folder / name).unlink(missing_ok=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self._entries

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(os, "scandir", Vanishing)
    assert await list_(bench.ctx) == "a  1 B\nc  1 B"


@needs_rights
async def test_a_folder_that_may_not_be_read_is_named_with_the_reason(bench: Bench) -> None:
    (bench.folder / "a").mkdir(mode=0)
    assert "a/ (Permission denied)" in await list_(bench.ctx, depth=2)
