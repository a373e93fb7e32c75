"""What a program wrote: any length of it, searched, wrapped, followed, copied, and harmless."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from time import process_time

from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from widgets.long_text import LongText
from widgets.output_view import OutputView
from widgets.paged_text import PageLost, PageSize


class Host(App[None]):
    def __init__(self, view: OutputView) -> None:
        super().__init__()
        self.view = view
        self.told: list[tuple[int, int, float]] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_output_view_searched(self, event: OutputView.Searched) -> None:
        self.told.append((event.at, event.total, event.progress))


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


async def test_colours_of_a_program_are_kept_where_they_belong() -> None:
    view = OutputView("\x1b[31mred\t\x1b[1mbold\x1b[0m plain \x1b[7m" + "r" * 60 + "\n")
    async with stage(view):
        first, second = ({seg.text: seg.style or Style() for seg in view.render_line(y)} for y in range(2))
        red, bold = first["red     "], first["bold"]
        assert red.color == Color.from_ansi(1) and not red.bold
        assert bold.color == Color.from_ansi(1) and bold.bold
        assert next(style for text, style in first.items() if "plain" in text).color != Color.from_ansi(1)
        assert next(iter(second.values())).reverse  # a wrapped line goes on in its colour


class Pages:
    """A source in memory that notes what was fetched; ``lost`` pages cannot be."""

    def __init__(self, *texts: str, lost: tuple[int, ...] = ()) -> None:
        self._data = [text.encode() for text in texts]
        self._lost = lost
        self.fetched: list[int] = []

    @property
    def pages(self) -> list[PageSize]:
        return [PageSize(len(data), data.count(b"\n")) for data in self._data]

    async def fetch(self, page: int) -> bytes:
        self.fetched.append(page)
        if page in self._lost:
            raise PageLost("the disk is wet")
        return self._data[page]


def numbered(pages: int, lines: int = 1000) -> list[str]:
    return ["".join(f"page {page} line {line}\n" for line in range(lines)) for page in range(pages)]


async def opened(pilot: Pilot[None], view: OutputView, source: Pages) -> None:
    view.open(source)
    await until(pilot, lambda: view.settled and not any(row == "…" for row in shown(view)))


async def test_of_a_paged_text_only_what_is_seen_is_fetched() -> None:
    source, view = Pages(*numbered(40)), OutputView()
    async with stage(view) as pilot:
        await opened(pilot, view, source)
        assert shown(view)[0] == "page 0 line 0" and source.fetched == [0]
        assert view.position == (1, 40_000)
        await pilot.press("end")
        await until(pilot, lambda: "page 39 line 999" in shown(view))
        assert set(source.fetched) == {0, 38, 39}  # 38: in which colour 39 begins
        assert view.position[0] == 40_000 - view.room.height + 1


async def test_the_rows_of_a_paged_text_are_those_of_the_whole() -> None:
    whole = "".join(f"{n} {'世界 word ' * (n % 9)}\n" for n in range(400)) + "no end"
    cuts = [0, 333, 334, 2_000, 9_000, len(whole)]
    view, other = OutputView(), OutputView(whole)
    async with stage(other):
        expected = [other.row(y).text for y in range(other.line_count)]  # type: ignore[union-attr]
    async with stage(view) as pilot:
        source = Pages(*(whole[a:b] for a, b in pairwise(cuts)))
        await opened(pilot, view, source)
        for page in range(5):
            assert view._paged is not None
            view.scroll_to(y=view._paged.first_row(page), animate=False)
            await until(pilot, lambda: view.settled and "…" not in shown(view))
        rows = [view.row(y).text for y in range(view.line_count)]  # type: ignore[union-attr]
        assert "".join(rows) == "".join(expected)
        assert "…" not in rows


async def test_searching_a_paged_text_counts_all_of_it_and_goes_from_page_to_page() -> None:
    texts = numbered(20)
    texts[5] += "a needle\n"
    texts[9] = texts[9].replace("line 700\n", "line 700 NEEDLE needle\n") + "cut in the nee"
    texts[10] = "dle\n" + texts[10]
    view = OutputView()
    async with stage(view) as pilot:
        assert isinstance(pilot.app, Host)
        told = pilot.app.told
        await opened(pilot, view, Pages(*texts))
        view.search("Needle")
        await until(pilot, lambda: told and told[-1][1:] == (4, 1.0) and view.settled)
        assert any("a needle" in row for row in shown(view))
        await pilot.press("n")
        await until(pilot, lambda: any("line 700" in row for row in shown(view)) and told[-1][0] == 2)
        await pilot.press("n")
        await until(pilot, lambda: told[-1][0] == 3)
        await pilot.press("n")
        await until(pilot, lambda: told[-1][0] == 4 and any("cut in the nee" in row for row in shown(view)))
        await pilot.press("n")
        await until(pilot, lambda: told[-1][0] == 1 and any("a needle" in row for row in shown(view)))
        await pilot.press("N")
        await until(pilot, lambda: told[-1][0] == 4)


async def test_a_page_that_is_lost_says_so_in_its_place_and_no_more() -> None:
    source, view = Pages(*numbered(3, 4), lost=(1,)), OutputView()
    async with stage(view, (80, 14)) as pilot:
        view.open(source)
        await until(pilot, lambda: "page 2 line 3" in shown(view))
        assert [row for row in shown(view) if row][3:6] == [
            "page 0 line 3",
            "This part of the output cannot be read: the disk is wet",
            "page 2 line 0",
        ]


async def test_wrapping_a_paged_text_anew_keeps_the_place() -> None:
    source, view = Pages(*("".join(f"{p}.{n} {'word ' * 20}\n" for n in range(200)) for p in range(30))), OutputView()
    async with stage(view) as pilot:
        await opened(pilot, view, source)
        view.scroll_to(y=view._rows.row_count // 2, animate=False)
        await until(pilot, lambda: view.settled and "…" not in shown(view))
        page = source.fetched[-1]
        await pilot.press("w")
        await until(pilot, lambda: view.settled and "…" not in shown(view))
        assert any(row.startswith(f"{page}.") for row in shown(view))


async def test_memory_stays_small_however_much_is_looked_at() -> None:
    view = OutputView()
    async with stage(view) as pilot:
        source = Pages(*[("x" * 99 + "\n") * 10_000] * 40)
        await opened(pilot, view, source)
        for page in range(40):
            view.scroll_to(y=page * 30_000, animate=False)
            await until(pilot, lambda: view.settled and "…" not in shown(view))
        assert view._paged is not None
        assert sum(view._paged.has(page) for page in range(40)) <= 13
