"""A diff as a person decides on it: every line and every character, numbered rightly, in both ways of drawing it."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from widgets.diff_view import DiffLine, DiffView, parse_diff
from widgets.literal import literal

DIFF = """\
--- a/x.py
+++ b/x.py
@@ -8,4 +8,5 @@ class X:
 context
-old line
+new line
+added
 more
 last
"""


class Host(App[None]):
    def __init__(self, view: DiffView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


@asynccontextmanager
async def stage(view: DiffView, size: tuple[int, int] = (80, 14)) -> AsyncIterator[Pilot[None]]:
    async with Host(view).run_test(size=size) as pilot:
        view.focus()
        await pilot.pause()
        yield pilot


def shown(view: DiffView) -> list[str]:
    strips = [view.render_line(y) for y in range(view.size.height)]
    assert all(strip.cell_length == view.room.width for strip in strips)
    return [strip.text.rstrip() for strip in strips]


async def test_unified_has_both_numbers_and_a_sign() -> None:
    view = DiffView(DIFF)
    async with stage(view):
        rows = shown(view)
        assert rows[3] == " 8  8   context"[: len(rows[3])] and "context" in rows[3]
        assert rows[4].split() == ["9", "-", "old", "line"]
        assert rows[5].split() == ["9", "+", "new", "line"]
        assert rows[6].split() == ["10", "+", "added"]
        assert view.counts == (2, 1)


async def test_side_by_side_pairs_what_was_replaced_and_narrow_falls_back() -> None:
    view = DiffView(DIFF)
    async with stage(view) as pilot:
        await pilot.press("s")
        rows = shown(view)
        left, _, right = rows[4].partition("│")
        assert "- old line" in left and "+ new line" in right
        left, _, right = rows[5].partition("│")
        assert not left.strip() and "+ added" in right
        await pilot.resize_terminal(50, 14)
        await pilot.pause()
        assert not any("│" in row for row in shown(view))


async def test_copying_gives_the_new_text_without_numbers() -> None:
    view = DiffView(DIFF)
    async with stage(view) as pilot:
        for _ in range(2):
            copied = view.get_selection(Selection(Offset(0, 5), Offset(99, 6)))
            assert copied is not None
            assert copied[0].split("\n")[-1] in ("added", "more")
            await pilot.press("s")


async def test_a_wrapped_line_keeps_its_sign_to_its_first_row() -> None:
    view = DiffView("@@ -1,0 +1,1 @@\n+" + "word " * 40 + "\n", wrap=True)
    async with stage(view):
        rows = shown(view)
        assert sum("+ word" in row for row in rows) == 1
        assert "".join("".join(row.split()) for row in rows[1:]).removeprefix("1+") == "word" * 40


async def test_no_character_hides_in_a_diff() -> None:
    view = DiffView("@@ -1,0 +1,1 @@\n+a\u202eb\x1b[2K\u200b\ttab\n")
    async with stage(view):
        assert "a\\u202eb\\x1b[2K\\u200b\\ttab" in shown(view)[1]


def test_removed_lines_that_look_like_headers_are_lines() -> None:
    lines = list(parse_diff("--- a\n+++ b\n@@ -1,2 +1,1 @@\n--- x\n-@@ -1 +1 @@\n+++ y\n"))
    assert [line.kind for line in lines] == ["file", "file", "hunk", "remove", "remove", "add"]


TEXT = st.lists(st.text("ab+-@ \\", max_size=6), max_size=12)


@given(TEXT, TEXT)
def test_any_diff_is_read_back_into_both_texts_with_their_numbers(old: list[str], new: list[str]) -> None:
    diff = "\n".join(difflib.unified_diff(old, new, "a", "b", lineterm="", n=99))
    lines = [line for line in parse_diff(diff) if line.kind not in ("file", "hunk")]
    if old == new:
        assert not lines
        return
    assert [line.text for line in lines if line.old] == old
    assert [line.text for line in lines if line.new] == new
    assert [line.old for line in lines if line.old] == list(range(1, len(old) + 1))
    assert all(isinstance(line, DiffLine) for line in lines)


@given(st.text(max_size=60))
def test_literal_leaves_nothing_out_and_shows_nothing_raw(text: str) -> None:
    pieces = list(literal(text))
    back = "".join(piece.encode("ascii").decode("unicode_escape") if hidden else piece for piece, hidden in pieces)
    assert back == text
    assert all(piece.isprintable() or piece == "\ufe0f" for piece, _ in pieces)


TWO = (
    DIFF
    + """\
--- /dev/null
+++ b/notes.txt
@@ -0,0 +1,1 @@
+import this
--- a/y.py
+++ b/y.py
@@ -1,2 +1,2 @@
-def f():  # was
+def g(x="\x1b[2J\ttab"):
     return 1
"""
)


async def test_code_is_highlighted_by_the_names_of_the_files_and_no_character_is_lost() -> None:
    plain, view = DiffView(TWO), DiffView(TWO, highlight=True)
    async with stage(plain, (80, 30)):
        expected = shown(plain)
    async with stage(view, (80, 30)) as pilot:
        assert shown(view) == expected
        keyword = view.get_component_rich_style("diff--code-keyword", partial=True).color
        bold = {
            segment.text
            for y in range(view.size.height)
            for segment in view.render_line(y)
            if segment.style and segment.style.color == keyword and segment.style.bold
        }
        assert {"class", "def", "return"} & bold == {"def", "return"}
        assert "import" not in bold  # notes.txt is no program
        await pilot.press("s")
        assert any("def" in row and "│" in row for row in shown(view))


async def test_one_goes_from_file_to_file() -> None:
    view = DiffView(TWO)
    async with stage(view, (80, 6)) as pilot:
        await pilot.press("]")
        assert shown(view)[0] == "--- /dev/null"
        await pilot.press("]")
        assert shown(view)[0] == "--- a/y.py"
        await pilot.press("[", "[")
        assert shown(view)[0] == "--- a/x.py"
