"""What a program wrote: any length of it, searched, wrapped, followed, copied, and harmless."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import process_time

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from widgets.long_text import LongText
from widgets.output_view import OutputView


class Host(App[None]):
    def __init__(self, view: OutputView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


@asynccontextmanager
async def stage(view: OutputView, size: tuple[int, int] = (40, 10)) -> AsyncIterator[Pilot[None]]:
    async with Host(view).run_test(size=size) as pilot:
        view.focus()
        await until(pilot, lambda: view.settled)
        yield pilot


async def until(pilot: Pilot[None], fact: Callable[[], object]) -> None:
    for _ in range(2_000):
        if fact():
            return
        await pilot.pause()
    raise AssertionError("it never came true")


def shown(view: OutputView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def test_long_lines_are_wrapped_or_scrolled_and_copied_as_one() -> None:
    view = OutputView("a" * 50 + "\nb\n")
    async with stage(view) as pilot:
        assert [len(row) for row in shown(view)[:3]] == [39, 11, 1]
        copied = view.get_selection(Selection(Offset(0, 0), Offset(1, 2)))
        assert copied is not None and copied[0] == "a" * 50 + "\nb"
        await pilot.press("w")
        await until(pilot, lambda: len(shown(view)[0]) == 39 and shown(view)[1] == "b")
        assert view.show_horizontal_scrollbar


async def test_searching_goes_to_each_place_and_around() -> None:
    view = OutputView("".join(f"line {n}{' needle' if n in (50, 500) else ''}\n" for n in range(1_000)))
    async with stage(view) as pilot:
        assert view.search("NEEDLE")
        assert any("line 50 needle" in row for row in shown(view))
        await pilot.press("n")
        assert any("line 500 needle" in row for row in shown(view))
        await pilot.press("n")
        assert any("line 50 needle" in row for row in shown(view))
        await pilot.press("N")
        assert any("line 500 needle" in row for row in shown(view))
        assert not view.search("nowhere")
        assert not view.search("")


async def test_following_stays_at_the_end_until_scrolled_up() -> None:
    view = OutputView(follow=True)
    async with stage(view) as pilot:
        for n in range(60):
            view.append(f"row {n}\n")
        await until(pilot, lambda: "row 59" in shown(view))
        await pilot.press("pageup")
        await until(pilot, lambda: not view.follow)
        before = shown(view)
        view.append("more\n" * 50)
        await until(pilot, lambda: view.settled)
        assert shown(view) == before


async def test_ten_megabytes_are_shown_at_once_and_taken_in_by_small_steps() -> None:
    text = "".join(f"{n} some words of output that goes on\n" for n in range(260_000))
    assert len(text) > 9_500_000
    view = OutputView(text)
    async with Host(view).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert shown(view)[0].startswith("0 some words")
        await until(pilot, lambda: view.settled)
        assert view.line_count >= 260_000
        assert view.search("259999 some")
        assert any(row.startswith("259999 some") for row in shown(view))


def test_no_step_takes_long_however_much_is_waiting() -> None:
    text = LongText()
    text.set_width(80)
    text.add("word and word\n" * 800_000)
    slowest = 0.0
    while not text.settled:
        start = process_time()
        text.step()
        slowest = max(slowest, process_time() - start)
    assert slowest < 0.5
    assert text.row_count == 800_000


async def test_a_line_of_megabytes_does_not_freeze_the_view() -> None:
    view = OutputView("x" * 2_000_000)
    async with stage(view) as pilot:
        start = process_time()
        await pilot.press("end")
        await pilot.press("w")
        await until(pilot, lambda: view.settled)
        assert process_time() - start < 4
        assert shown(view)[0].startswith("xxx")


async def test_controls_and_markup_are_not_obeyed() -> None:
    view = OutputView("\x1b[31mred\x1b[0m [bold]b[/] \x1b]52;c;eA==\x07end\x9b2J\r\nnext")
    async with stage(view):
        assert shown(view)[:2] == ["red [bold]b[/] end", "next"]


@given(st.lists(st.text("ab \n世\t👨\u200d\u0301", max_size=40), max_size=8), st.integers(2, 20))
def test_any_pieces_give_the_rows_of_the_whole(pieces: list[str], width: int) -> None:
    parts, whole = LongText(), LongText()
    for text in (parts, whole):
        text.set_width(width)
    for piece in pieces:
        parts.add(piece)
        parts.step()
    whole.add("".join(pieces))
    for text in (parts, whole):
        while not text.settled:
            text.step()
    assert parts.text == whole.text
    assert [parts.row(y) for y in range(parts.row_count)] == [whole.row(y) for y in range(whole.row_count)]
