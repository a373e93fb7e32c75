"""A tree of values: folded and opened by keyboard, nothing of it hidden, nothing of it slow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import process_time

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from widgets.fact_tree import Fact, FactTree

VALUE = {"path": "a.py", "edits": [{"old": "x", "new": "y\nz\n"}, {}], "deep": {"n": 1.5, "ok": True, "no": None}}


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield FactTree()


@asynccontextmanager
async def stage(*facts: Fact, size: tuple[int, int] = (60, 12)) -> AsyncIterator[tuple[Pilot[None], FactTree]]:
    async with Host().run_test(size=size) as pilot:
        tree = pilot.app.query_one(FactTree)
        tree.show(facts)
        tree.focus()
        await pilot.pause()
        yield pilot, tree


def rows(tree: FactTree) -> list[str]:
    return [row.strip() for row in tree.shown]


async def test_branches_open_and_fold_by_keyboard() -> None:
    async with stage(Fact("arguments", VALUE)) as (pilot, tree):
        assert rows(tree) == ["▸ arguments: {3 fields}"]
        await pilot.press("right", "right", "down", "space")
        assert rows(tree)[:4] == ["▾ arguments: {3 fields}", 'path: "a.py"', "▾ edits: [2 items]", "▸ 0: {2 fields}"]
        assert rows(tree)[4] == "1: {}"
        await pilot.press("left", "left")
        assert "▸ edits: [2 items]" in rows(tree)
        assert tree.cursor is not None and tree.cursor.name == "arguments"
        await pilot.press("plus", "plus", "plus")
        assert {"n: 1.5", "ok: true", "no: null"} <= {*rows(tree)}
        await pilot.press("minus")
        assert rows(tree) == ["▸ arguments: {3 fields}"]


async def test_a_text_of_several_lines_opens_to_them() -> None:
    async with stage(Fact("content", "one\ntwo\nthree")) as (pilot, tree):
        assert rows(tree) == ["▸ content: one… 3 lines, 13 characters"]
        await pilot.press("space")
        assert rows(tree) == ["▾ content: 3 lines, 13 characters", "one", "two", "three"]


async def test_what_would_not_be_seen_is_spelled_out() -> None:
    async with stage(Fact("a\u202eb", "x\x1b[2J\u200by [bold]")) as (_, tree):
        assert rows(tree) == ['a\\u202eb: "x\\x1b[2J\\u200by [bold]"']


async def test_what_was_open_stays_open_when_the_values_change() -> None:
    async with stage(Fact("a", {"b": {"c": 1}}), Fact("z", {"y": 1}, open=True)) as (pilot, tree):
        await pilot.press("space", "down", "space")
        tree.show([Fact("a", {"b": {"c": 2}}), Fact("z", {"y": 1}, open=True)])
        assert rows(tree) == ["▾ a: {1 fields}", "▾ b: {1 fields}", "c: 2", "▾ z: {1 fields}", "y: 1"]


async def test_ten_megabytes_open_like_a_small_value() -> None:
    big = {"line": "x" * 10_000_000, "lines": "word\n" * 2_000_000, "list": list(range(200_000))}
    async with stage(Fact("arguments", big, open=True)) as (pilot, tree):
        began = process_time()
        await pilot.press("down", "space", "end", "space", "home", "down", "down")
        await pilot.press("plus")
        assert process_time() - began < 3
        assert len(tree.shown) > 10_000 or tree.virtual_size.height > 10_000
