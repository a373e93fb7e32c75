"""``glob`` and ``grep``: every line there is, the same with ripgrep and without, and always an end."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.conftest import Bench, needs_rights
from tui.errors import ToolError
from tui.tools import finder, search
from tui.tools.ripgrep import candidates, widened
from tui.tools.search import MAX_FILES, MAX_LINES, GlobArgs, GrepArgs, glob_tool, grep, grep_tool

RIPGREP = shutil.which("rg")
needs_ripgrep = pytest.mark.skipif(RIPGREP is None, reason="ripgrep is not installed")
both_ways = pytest.mark.parametrize("way", ["python", pytest.param("ripgrep", marks=needs_ripgrep)])

TREE: dict[str, bytes] = {
    "a.py": b"def one():\n    return {1: 'x'}\n",
    "b.txt": "naïve café\n日本語 🦊\nＫ \u212a \u0130 \u0131 \u017f\n".encode(),
    "sub/c.py": b"class Two:\r\n    x = a[0]\r\n\r\nend",
    "sub/deep/er/d.md": b"\xef\xbb\xbf# Title\nfoo{2} foo{ {}\n",
    "sub/latin": b"caf\xe9 b\xe2\x82c\n",
    "sub/mac": b"one\rtwo\rthree\n",
    "late-nul": b"one\n" * 30_000 + b"\0",
    "early-nul": b"\0one\n",
    "utf16": "one\n".encode("utf-16"),
    "no-end": b"one\n\none",
    "empty": b"",
    "long": b"x" * 20_000 + b"one\n",
    ".hidden/e": b"one\n",
    ".gitignore": b"a.py\n",
    ".git/config": b"one\n",
    "sub-2/z": b"one\n",
    "sub.a/z": b"one\n",
    "日本/🦊": b"one\n",
    "new\nline": b"one\n",
    "a:1:b": b"one\n",
}
PATTERNS = (
    "one", "^one", "one$", "^$", "^", "$", ".", "o.e", "b.c", "b..c", "one.two", "^two", "def", r"def \w+\(", "{",
    "foo{", "foo{2}", "o{1,2}", "{}", r"\{\}", "return {", "x'}", "[^a]", "[0]", r"a\[0\]", "[]a]", r"\bone\b", r"\d",
    r"\s$", r"^\s*$", "é", "caf.$", "日本", ".语|語", "(one|two)", "(?:one)+?", "a*+a", "o++", "(?=one)", "(?i)ONE",
    "(?#x)one",
    "(?P<n>o)ne", r"(o)n\w|\1", "# Title", "^# T", r"\Aone", r"one\Z", "x{400}one", r"\t", r"\x6fne", "k", "s", "i",
    "-e", "--", "\\.", "o{,2}n", "�", "one\n", r"\u65e5", "a|", "#", "~", "&&", r"\/", "12}",
)  # fmt: skip


def plant(folder: Path, tree: dict[str, bytes]) -> None:
    for name, data in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def expected(tree: dict[str, bytes], pattern: str, *, ignore_case: bool = False) -> list[str]:
    """What a reader of the promise would write down."""
    found = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    lines = []
    for name in sorted(tree, key=lambda name: name.split("/")):
        data = tree[name].removeprefix(b"\xef\xbb\xbf")
        if b"\0" in data or name.startswith(".git/") or not data:
            continue
        for number, line in enumerate(data.removesuffix(b"\n").split(b"\n"), 1):
            text = line.removesuffix(b"\r").decode("utf-8", "replace")
            if found.search(text):
                text = text if len(text) <= finder.MAX_COLUMNS else f"{text[: finder.MAX_COLUMNS]} [...]"
                lines.append(f"{name}:{number}:{text}".replace("new\nline", r"new\x0aline"))
    return lines


async def quickly(bench: Bench, pattern: str, way: str, *, ignore_case: bool = False) -> list[str]:
    """The lines as ``grep`` finds them, without the start of its own process for each of many patterns."""
    wide = widened(pattern, ignore_case=ignore_case) if way == "ripgrep" else None
    names = await candidates(str(RIPGREP), wide, bench.folder, bench.ctx) if wide else None
    query = {"pattern": pattern, "ignore_case": ignore_case, "glob": "", "names": names}
    return finder.answer({"find": "lines", "place": str(bench.folder), "most": MAX_LINES, **query})["lines"]


async def lines_of(bench: Bench, pattern: str, way: str, *, ignore_case: bool = False, glob: str = "") -> list[str]:
    args = GrepArgs(pattern=pattern, ignore_case=ignore_case, glob=glob)
    ripgrep = RIPGREP if way == "ripgrep" else None
    return (await grep(args, bench.folder, bench.ctx, is_folder=True, ripgrep=ripgrep)).lines


# --- the lines


@both_ways
async def test_every_line_is_found_in_the_order_of_the_paths(bench: Bench, way: str) -> None:
    plant(bench.folder, TREE)
    for pattern in PATTERNS:
        assert await quickly(bench, pattern, way) == expected(TREE, pattern), pattern


@both_ways
@pytest.mark.parametrize("pattern", ["ONE", "k", "S", "I", "é", "日", "[k]", "title$", "ſ"])
async def test_upper_and_lower_case_are_the_same_when_asked_in_every_script(
    bench: Bench, way: str, pattern: str
) -> None:
    plant(bench.folder, TREE)
    assert await lines_of(bench, pattern, way, ignore_case=True) == expected(TREE, pattern, ignore_case=True)


TEXTS = st.lists(
    st.sampled_from(
        [b"a", b"b", b"\n", b"\r", b"\r\n", b" ", b"{", b"}", b"1", b"\xc3\xa9", b"\xe9", b"\xe2\x82", b"_"]
    ),
    max_size=12,
).map(b"".join)
PIECES = st.lists(
    st.sampled_from(["a", "b", ".", "^", "$", "*", "+", "?", "{", "}", "{1}", "{0,1}", "(", ")", "(?:", "|",
                     "[ab]", "[^a]", r"\w", r"\s", r"\S", r"\b", r"\B", r"\d", r"\.", r"\{", "é", "1", " ", "_", ",",
                     "(?=", "(?!"]),
    min_size=1, max_size=6,
).map("".join)  # fmt: skip


def compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


@needs_ripgrep
@settings(max_examples=25)
@given(texts=st.lists(TEXTS, min_size=1, max_size=8), pattern=PIECES.filter(compiles), ignore_case=st.booleans())
async def test_ripgrep_and_python_give_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, texts: list[bytes], pattern: str, ignore_case: bool
) -> None:
    bench = Bench(tmp_path_factory.mktemp("both"))
    plant(bench.folder, {f"{number}": text for number, text in enumerate(texts)})
    found = await quickly(bench, pattern, "ripgrep", ignore_case=ignore_case)
    assert found == await quickly(bench, pattern, "python", ignore_case=ignore_case)


def test_common_patterns_do_profit_from_ripgrep_and_strange_ones_go_without() -> None:
    for pattern in ("one", r"def f\(", "x = {}", "{", r"\bclass \w+:", "[A-Z]+_KEY", "(a|b)+?", "日本", "^import os$"):
        assert widened(pattern, ignore_case=False), pattern
    for pattern in ("a*+", "a{2}+", "(?=a)", "(?i)a", r"(a)\1", "a\nb", r"\x41", "o{,2}", "x" * 5000):
        assert widened(pattern, ignore_case=False) is None, pattern


@both_ways
async def test_a_link_out_of_the_folder_is_not_followed(
    bench: Bench, way: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("one\n")
    (bench.folder / "folder").symlink_to(outside)
    (bench.folder / "file").symlink_to(outside / "secret")
    (bench.folder / "up").symlink_to(bench.folder)
    assert await lines_of(bench, "one", way) == []


@both_ways
async def test_pipes_devices_and_loops_are_passed_by(bench: Bench, way: str) -> None:
    os.mkfifo(bench.folder / "fifo")
    (bench.folder / "zero").symlink_to("/dev/zero")
    (bench.folder / "loop").symlink_to("loop")
    (bench.folder / "z").write_text("one\n")
    assert await lines_of(bench, "one", way) == ["z:1:one"]


@both_ways
async def test_very_many_lines_are_cut_at_the_same_place_and_it_is_said(
    bench: Bench, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(bench.folder, {f"{number:03}/x": b"one\n" * 7 for number in range(200)} | {"a": b"one\n" * 30_000})
    monkeypatch.setattr(search.shutil, "which", lambda _: RIPGREP if way == "ripgrep" else None)
    lines = (await grep_tool(GrepArgs(pattern="one"), bench.ctx)).text.split("\n")
    assert lines[:-1] == [f"{n // 7:03}/x:{n % 7 + 1}:one" for n in range(MAX_LINES)]
    assert lines[-1].startswith("[cut after 500 lines")
    plant(bench.folder, {"b": b"two\n" * MAX_LINES})
    assert "[cut" not in (await grep_tool(GrepArgs(pattern="two"), bench.ctx)).text


@both_ways
async def test_so_many_files_that_their_names_fill_an_argument_are_searched(bench: Bench, way: str) -> None:
    plant(bench.folder, {f"{'日' * 60}{number:04}": b"one\n" for number in range(400)})
    assert len(await lines_of(bench, "one", way)) == 400


@both_ways
async def test_a_name_that_is_no_utf8_does_not_hide_its_lines(bench: Bench, way: str) -> None:
    (bench.folder / os.fsdecode(b"caf\xe9")).write_text("one\n")
    assert await lines_of(bench, "one", way) == [f"{os.fsdecode(b'caf' + bytes([0xE9]))}:1:one"]


@needs_rights
@both_ways
async def test_what_may_not_be_read_hides_nothing_else(bench: Bench, way: str) -> None:
    plant(bench.folder, {"a": b"one\n", "b/c": b"one\n", "d": b"one\n"})
    (bench.folder / "a").chmod(0)
    (bench.folder / "b").chmod(0)
    try:
        assert await lines_of(bench, "one", way) == ["d:1:one"]
    finally:
        (bench.folder / "b").chmod(0o700)


async def test_one_file_is_searched_by_its_path(bench: Bench) -> None:
    plant(bench.folder, {"sub/a": b"one\ntwo\n", "sub/b": b"one\n"})
    assert (await grep_tool(GrepArgs(pattern="one", path="sub/a"), bench.ctx)).text == "a:1:one"
    assert (await grep_tool(GrepArgs(pattern="zzz", path="sub/a"), bench.ctx)).text == "No line matches."


@both_ways
async def test_a_match_at_the_end_of_a_line_of_a_megabyte_is_found_and_the_line_is_cut(bench: Bench, way: str) -> None:
    plant(bench.folder, {"a": b"x" * 1_000_000 + b"one\n"})
    assert await lines_of(bench, "one$", way) == [f"a:1:{'x' * finder.MAX_COLUMNS} [...]"]


async def test_what_cannot_be_searched_is_refused_instead_of_found_empty(bench: Bench) -> None:
    os.mkfifo(bench.folder / "fifo")
    with (bench.folder / "huge").open("wb") as file:
        file.truncate(finder.MAX_FILE_BYTES + 1)
    for path, told in [
        ("missing", "is not there"),
        ("fifo", "neither a file nor a folder"),
        ("huge", "has over 5,000"),
    ]:
        with pytest.raises(ToolError, match=told):
            await grep_tool(GrepArgs(pattern="x", path=path), bench.ctx)


@pytest.mark.parametrize("pattern", ["(", "[", "a{2}{3}", "a{99999999999}", "(" * 5000, "*", r"\1", "(?P<a>x)(?P<a>y)"])
async def test_a_pattern_that_is_none_is_a_sentence_for_the_model(bench: Bench, pattern: str) -> None:
    plant(bench.folder, {"a": b"x"})
    with pytest.raises(ToolError, match="pattern cannot be used"):
        await grep_tool(GrepArgs(pattern=pattern), bench.ctx)


async def test_a_pattern_longer_than_an_argument_may_be_is_refused(bench: Bench) -> None:
    with pytest.raises(ToolError, match="cannot be started"):
        await grep_tool(GrepArgs(pattern="x" * 3_000_000), bench.ctx)


async def test_a_pattern_that_would_run_for_ever_is_stopped_and_holds_nothing_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(bench.folder, {"a": b"a" * 60 + b"!\n"})
    monkeypatch.setattr(search, "SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(ToolError, match=r"took over 0\.5 s and was stopped"):
        await grep_tool(GrepArgs(pattern="(a+)+$"), bench.ctx)
    await bench.finish()
    assert time.monotonic() - began < 5


# --- what is not looked at

DEEP: dict[str, bytes] = dict.fromkeys(
    (
        "src/a.py", "node_modules/m/b.py", "node_modules/m/node_modules/n/c.py", "sub/.venv/d.py", "__pycache__/e.py",
        "src/__pycache__/f.py", ".git/g.py", ".github/h.py", "build/i.py", "target/j.py", "sub/venv",
    ),
    b"one\n",
)  # fmt: skip
PASSED_BY = "[not searched: .git/, .venv/, __pycache__/, node_modules/; everything=true searches them]"


async def told(bench: Bench, way: str, monkeypatch: pytest.MonkeyPatch, **args: Any) -> list[str]:
    with monkeypatch.context() as patched:
        patched.setattr(search.shutil, "which", lambda _: RIPGREP if way == "ripgrep" else None)
        return (await grep_tool(GrepArgs(**{"pattern": "one", **args}), bench.ctx)).text.split("\n")


@both_ways
async def test_folders_of_dependencies_and_caches_are_passed_by_and_named(
    bench: Bench, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(bench.folder, DEEP)
    found = [f"{name}:1:one" for name in (".github/h.py", "build/i.py", "src/a.py", "sub/venv", "target/j.py")]
    assert await told(bench, way, monkeypatch) == [*found, PASSED_BY]
    assert await told(bench, way, monkeypatch, pattern="two") == ["No line matches.", PASSED_BY]
    names = sorted(DEEP, key=lambda name: name.split("/"))
    assert await told(bench, way, monkeypatch, everything=True) == [f"{name}:1:one" for name in names]


@both_ways
@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({"path": "node_modules"}, ["m/b.py", "m/node_modules/n/c.py"]),
        ({"path": "node_modules/m"}, ["b.py", "node_modules/n/c.py"]),
        ({"path": ".git"}, ["g.py"]),
        ({"path": "sub/.venv/d.py"}, ["d.py"]),
        ({"glob": "**/.venv/*.py"}, ["sub/.venv/d.py"]),
    ],
)
async def test_who_names_such_a_folder_means_it(
    bench: Bench, way: str, monkeypatch: pytest.MonkeyPatch, args: dict[str, str], names: list[str]
) -> None:
    plant(bench.folder, DEEP)
    assert await told(bench, way, monkeypatch, **args) == [f"{name}:1:one" for name in names]


async def test_files_are_found_by_name_in_the_same_folders(bench: Bench) -> None:
    plant(bench.folder, DEEP)
    *found, last = await glob_(bench, "**/*.py")
    assert (sorted(found), last) == ([".github/h.py", "build/i.py", "src/a.py", "target/j.py"], PASSED_BY)
    assert await glob_(bench, "node_modules/**/c.py") == ["node_modules/m/node_modules/n/c.py"]
    args = GlobArgs(pattern="**/*.py", everything=True)
    assert len((await glob_tool(args, bench.ctx)).text.split("\n")) == len(DEEP) - 1


@both_ways
async def test_files_too_large_to_search_are_named(bench: Bench, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(bench.folder, {"a": b"one\n"})
    for number in range(12):
        with (bench.folder / f"big{number:02}.log").open("wb") as file:
            file.truncate(finder.MAX_FILE_BYTES + 1)
    first, last = await told(bench, way, monkeypatch)
    named = ", ".join(f"big{number:02}.log" for number in range(10))
    assert (first, last) == ("a:1:one", f"[not searched, over 5,000,000 bytes: {named} and 2 more]")
    assert await told(bench, way, monkeypatch, glob="a") == ["a:1:one"]


def test_what_is_passed_by_is_looked_for_in_a_part_of_a_huge_tree_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(bench.folder, {f"{number:03}/.venv/x": b"" for number in range(100)} | {"zz/node_modules/x": b""})
    monkeypatch.setattr(finder, "_PASSED_BY", 50)
    seen: list[str] = []
    entries = finder._entries
    monkeypatch.setattr(finder, "_entries", lambda place, prefix: seen.append(prefix) or entries(place, prefix))
    told = finder.passed_by(str(bench.folder), finder.SKIPPED, None, False)
    assert (told["folders"], len(seen) < 60) == ([], True)
    monkeypatch.setattr(finder, "_PASSED_BY", 150)
    assert finder.passed_by(str(bench.folder), finder.SKIPPED, None, False)["folders"] == [".venv"]


# --- globs


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("*.py", ["a.py", "sub/c.py"]),
        ("**/*.py", ["a.py", "sub/c.py"]),
        ("sub/*.py", ["sub/c.py"]),
        ("sub/**/*.md", ["sub/deep/er/d.md"]),
        ("sub/**", ["sub/c.py", "sub/deep/er/d.md"]),
        ("*.{py,md}", ["a.py", "sub/c.py", "sub/deep/er/d.md"]),
        ("[!a].py", ["sub/c.py"]),
        ("?.md", ["sub/deep/er/d.md"]),
        ("./a.py", ["a.py"]),
        ("*.PY", []),
    ],
)
async def test_a_glob_limits_the_search_to_the_names_that_it_means(bench: Bench, glob: str, names: list[str]) -> None:
    plant(bench.folder, dict.fromkeys(("a.py", "sub/c.py", "sub/deep/er/d.md"), b"one\n"))
    assert await lines_of(bench, "one", "python", glob=glob) == [f"{name}:1:one" for name in names]


async def glob_(bench: Bench, pattern: str, path: str = ".") -> list[str]:
    return (await glob_tool(GlobArgs(pattern=pattern, path=path), bench.ctx)).text.split("\n")


async def test_files_are_found_by_name_the_newest_first(bench: Bench) -> None:
    plant(bench.folder, dict.fromkeys(("old.py", "new.py", "sub/mid.py", "other.txt", ".hid/y.py"), b""))
    for age, name in enumerate(("new.py", "sub/mid.py", ".hid/y.py", "old.py")):
        os.utime(bench.folder / name, (10_000 - age, 10_000 - age))
    assert await glob_(bench, "**/*.py") == ["new.py", "sub/mid.py", ".hid/y.py", "old.py"]
    assert await glob_(bench, "*.py") == ["new.py", "old.py"]
    assert await glob_(bench, "*.py", "sub") == ["mid.py"]
    assert await glob_(bench, "*.rs") == ["No file matches."]


@pytest.mark.parametrize(
    "pattern", [".", "**x", "a\0b", "*" * 300, "x" * 5000, "**/**", "[", "[!]", "{", "{a,b", "}", "[z-a]"]
)
async def test_no_pattern_makes_the_search_fall_over(bench: Bench, pattern: str) -> None:
    plant(bench.folder, {"a/b": b""})
    try:
        await glob_(bench, pattern)
    except ToolError as error:
        assert str(error).startswith(("The pattern cannot be used", "The search cannot be started"))


@pytest.mark.parametrize("pattern", ["../*", "sub/../../x", "/etc/*", "/etc/passwd"])
async def test_a_pattern_does_not_lead_out_of_its_folder(bench: Bench, pattern: str) -> None:
    with pytest.raises(ToolError, match=r"relative to path and holds no '\.\.'"):
        await glob_(bench, pattern)


async def test_a_glob_does_not_look_through_a_link_out_of_the_folder(bench: Bench, tmp_path: Path) -> None:
    plant(tmp_path / "outside", {"secret": b""})
    (bench.folder / "link").symlink_to(tmp_path / "outside")
    (bench.folder / "loop").symlink_to(bench.folder)
    assert await glob_(bench, "link/*") == ["No file matches."]
    assert await glob_(bench, "**/*") == ["No file matches."]


async def test_very_many_files_are_cut_and_counted(bench: Bench) -> None:
    for number in range(MAX_FILES + 5):
        (bench.folder / f"{number}").touch()
    lines = await glob_(bench, "*")
    assert len(lines) == MAX_FILES + 1
    assert lines[-1] == "[5 more]"


async def test_a_name_with_a_line_break_cannot_pretend_to_be_two(bench: Bench) -> None:
    plant(bench.folder, {"a\nsrc:1:fake": b"one\n"})
    assert await glob_(bench, "*") == [r"a\x0asrc:1:fake"]


async def test_a_folder_is_needed_to_find_files_in(bench: Bench) -> None:
    plant(bench.folder, {"a": b""})
    with pytest.raises(ToolError, match="is not a folder"):
        await glob_(bench, "*", "a")


@pytest.mark.long
async def test_a_tree_deeper_than_the_stack_of_python_is_walked_to_its_bottom(bench: Bench) -> None:
    deep = "d/" * 1200
    os.makedirs(bench.folder / deep[:800])
    os.makedirs(bench.folder / deep[:1600])
    os.makedirs(bench.folder / deep)
    try:
        (bench.folder / deep / "z").write_text("one\n")
        assert await glob_(bench, "**/z") == [f"{deep}z"]
        assert await lines_of(bench, "one", "python") == [f"{deep}z:1:one"]
    finally:
        subprocess.run(["rm", "-rf", bench.folder / "d"], check=True)  # noqa: ASYNC221 - Python's own would recurse
