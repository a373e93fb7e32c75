"""The transcript in an app: streaming without layout, scrolling by anchor, keys, mouse, find, selection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Offset, Region
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.selection import Selection

from widgets.blocks import Block
from widgets.transcript import Transcript


class Stage(App[None]):
    CSS = "Transcript { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Transcript()

    def on_event_heard(self, message: Message) -> None:
        self.heard.append(message)

    def on_transcript_opened(self, message: Transcript.Opened) -> None:
        self.heard.append(message)

    on_transcript_inspect = on_transcript_copy_requested = on_transcript_link_clicked = on_event_heard
    on_transcript_earlier_wanted = on_transcript_follow_changed = on_event_heard

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.heard if isinstance(message, kind)]


@asynccontextmanager
async def stage(width: int = 60, height: int = 20) -> AsyncIterator[tuple[Stage, Transcript, Pilot[None]]]:
    app = Stage()
    async with app.run_test(size=(width, height)) as pilot:
        transcript = app.query_one(Transcript)
        transcript.focus()
        await pilot.pause()
        yield app, transcript, pilot


async def until(pilot: Pilot[None], fact: Callable[[], object]) -> None:
    for _ in range(200):
        if fact():
            return
        await pilot.pause()
    raise AssertionError("it never came true")


def shown(transcript: Transcript) -> list[str]:
    width, height = transcript.size
    strips = transcript.render_lines(Region(0, 0, width, height))
    assert len(strips) == height
    to_the_bar = width - transcript.vertical_scrollbar.size.width
    assert all(strip.cell_length == to_the_bar for strip in strips)
    return [strip.text.rstrip() for strip in strips]


def text(number: int, lines: int = 3) -> Block:
    return Block(id=f"b{number}", kind="text", source="\n".join(f"block {number} line {n}" for n in range(lines)))


async def test_a_block_is_shown_behind_its_gutter() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put(Block(id="a", kind="text", source="Hello **world**"))
        assert shown(transcript)[0] == "  Hello world"
        transcript.put(Block(id="b", kind="text", source="next"))
        assert shown(transcript)[1:3] == ["", "  next"]


async def test_streaming_asks_for_no_layout_and_repaints_only_changed_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put_all([text(n) for n in range(30)])
        transcript.put(Block(id="s", kind="text", streaming=True))
        await pilot.pause()
        layouts: list[object] = []
        repaints: list[int] = []
        original, refresh = Screen._refresh_layout, Transcript.refresh
        monkeypatch.setattr(Screen, "_refresh_layout", lambda *a, **k: (layouts.append(a), original(*a, **k))[1])

        def count(self: Transcript, *regions: Region, **options: bool) -> Transcript:
            assert regions and not options.get("layout")
            repaints.append(sum(region.height for region in regions))
            return refresh(self, *regions, **options)

        monkeypatch.setattr(Transcript, "refresh", count)
        for number in range(120):
            transcript.grow("s", f"word{number} " + ("\n\n" if number % 20 == 19 else ""))
            await pilot.pause()
        monkeypatch.undo()
        assert not layouts
        assert min(repaints) == 1
        assert sorted(repaints)[len(repaints) // 2] <= 2  # most words change one row
        assert any("word119" in row for row in shown(transcript))


async def test_streaming_never_lays_out_nor_gives_the_transcript_a_size_to_scroll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put_all([text(n) for n in range(50)])
        transcript.put(Block(id="s", kind="text", streaming=True))
        transcript.put(Block(id="t", kind="tool", title="shell", status="running", streaming=True))
        transcript.set_density("all", "full")
        await pilot.pause()
        layouts: list[object] = []
        original = Screen._refresh_layout
        monkeypatch.setattr(Screen, "_refresh_layout", lambda *a, **k: (layouts.append(a), original(*a, **k))[1])
        size = transcript.virtual_size
        for number in range(40):
            transcript.grow("s", "".join(f"{OPEN[number % len(OPEN)]}{number} of many words " for _ in range(9)))
            transcript.grow("t", f"row {number}\n")
            transcript.mark("t", detail=f"{number} s")
            transcript.scroll_rows(-3 if number % 3 else 4)
            await pilot.pause()
        transcript.finish("s")
        transcript.put(text(99))
        await pilot.pause()
        assert not layouts
        assert transcript.virtual_size == size


OPEN = ("\n\n- ", " ", "\n\n```py\n", "\n```\n\n", "\n\n| a | b |\n|---|---|\n| c |", "\n\n> ")


async def test_ten_thousand_blocks_open_without_laying_out_what_is_not_seen() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put_all([text(n) for n in range(10_000)])
        assert shown(transcript)[-1] == "  block 9999 line 2"
        assert sum(entry.document is not None for entry in transcript.view.entries) < 20
        for _ in range(1_000):
            transcript.scroll_rows(-17)
        assert sum(entry.document is not None for entry in transcript.view.entries) <= 256


async def test_a_reader_who_has_scrolled_up_stays_on_the_text_whatever_happens() -> None:
    random = Random(7)
    async with stage(60, 20) as (_, transcript, pilot):
        transcript.put_all([Block(id=f"b{n}", kind="text", source=f"marker{n} " + "word " * 60) for n in range(60)])
        transcript.put(Block(id="s", kind="text", streaming=True))
        transcript.put_all([Block(id=f"t{n}", kind="tool", title="x", source="y\n" * 9) for n in range(5)])
        transcript.scroll_to_block("b30", line=1)
        assert "marker30" in shown(transcript)[0]
        for step in range(120):
            match random.randrange(7):
                case 0:
                    transcript.grow("s", "more words " * random.randrange(20))
                case 1:
                    transcript.put(Block(id=f"n{step}", kind="prompt", source="a prompt"))
                case 2:
                    transcript.insert_before(transcript.blocks[0], [text(1000 + step, 5)])
                case 3:
                    await pilot.resize_terminal(random.randrange(24, 90), random.randrange(5, 30))
                    await pilot.pause()
                case 4:
                    transcript.view.toggle(transcript.view.by_id[f"t{random.randrange(5)}"])
                    transcript.sync()
                case 5:
                    transcript.put(Block(id=f"b{random.randrange(10)}", kind="text", source="shorter"))
                case _:
                    transcript.set_density("all", random.choice(["line", "summary", "full"]))
            assert "marker30" in shown(transcript)[0]
        assert not transcript.follow


async def test_growing_an_anchored_block_keeps_its_line_in_place() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put(Block(id="s", kind="text", streaming=True))
        for n in range(80):
            transcript.grow("s", f"- item {n}\n")
        transcript.scroll_rows(-30)
        first = shown(transcript)[0]
        for n in range(80, 200):
            transcript.grow("s", f"- item {n} and more of it\n")
            assert shown(transcript)[0] == first
        transcript.finish("s")
        assert shown(transcript)[0] == first


async def test_end_follows_and_scrolling_up_leaves() -> None:
    async with stage() as (app, transcript, pilot):
        transcript.put_all([text(n) for n in range(20)])
        assert transcript.follow
        await pilot.press("pageup")
        assert not transcript.follow
        before = shown(transcript)
        transcript.put(text(99))
        assert shown(transcript) == before
        await pilot.press("end")
        assert transcript.follow
        assert shown(transcript)[-1] == "  block 99 line 2"
        await until(pilot, lambda: len(app.of(Transcript.FollowChanged)) == 2)
        transcript.scroll_rows(-3)
        transcript.scroll_rows(3)
        assert transcript.follow


async def test_the_anchor_can_be_kept_and_set_again_at_another_width() -> None:
    source = "\n\n".join(f"para{n} " + "word " * 30 for n in range(40))
    async with stage(60) as (_, transcript, _pilot):
        transcript.put(Block(id="a", kind="text", source=source))
        transcript.scroll_to_block("a", line=60)
        anchor = transcript.anchor
        first = shown(transcript)[0]
        transcript.scroll_to_end()
        assert transcript.anchor is None
        transcript.anchor = anchor
        assert shown(transcript)[0] == first
    async with stage(90) as (_, other, _pilot):
        other.put(Block(id="a", kind="text", source=source))
        other.anchor = anchor
        assert anchor is not None
        para = source[: anchor[1] + 1].count("\n\n")
        assert any(f"para{para}" in row or f"para{para + 1}" in row for row in shown(other)[:5])


async def test_earlier_history_is_asked_for_once_until_it_comes() -> None:
    async with stage() as (app, transcript, pilot):
        transcript.put_all([text(n) for n in range(100)])
        await pilot.pause()
        assert not app.of(Transcript.EarlierWanted)
        await pilot.press("g")
        await until(pilot, lambda: app.of(Transcript.EarlierWanted))
        await pilot.press("j", "j")
        assert len(app.of(Transcript.EarlierWanted)) == 1
        first = shown(transcript)[0]
        transcript.insert_before("b0", [text(n) for n in range(200, 300)])
        assert shown(transcript)[0] == first
        await pilot.press("g")
        await until(pilot, lambda: len(app.of(Transcript.EarlierWanted)) == 2)
        transcript.all_loaded = True
        await pilot.press("G", "g")
        assert len(app.of(Transcript.EarlierWanted)) == 2


async def test_tool_rows_open_by_key_and_by_click() -> None:
    async with stage() as (app, transcript, pilot):
        body = "".join(f"out {n}\n" for n in range(30))
        transcript.put(Block(id="t", kind="tool", title="shell make", status="ok", detail="1 s", source=body))
        assert shown(transcript)[0].startswith("  ✓ shell make") and shown(transcript)[0].endswith("1 s")
        assert shown(transcript)[1] == ""
        await pilot.press("j", "enter")
        assert shown(transcript)[1].endswith("│ out 0")
        assert "22 more lines" in shown(transcript)[9]
        await pilot.click(Transcript, offset=(6, 9))
        assert transcript.view.density(transcript.view.entries[0]) == "full"
        assert shown(transcript)[18].endswith("out 17")
        await pilot.click(Transcript, offset=(6, 0))
        assert shown(transcript)[1] == ""
        assert len(app.of(Transcript.Opened)) == 3


async def test_a_tool_that_streams_into_its_open_row_shows_what_comes() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put(Block(id="t", kind="tool", title="shell", status="running", streaming=True))
        transcript.set_density("tool", "full")
        for n in range(100):
            transcript.grow("t", f"line {n}\n")
        assert shown(transcript)[-1].endswith("│ line 99")
        transcript.mark("t", status="ok", detail="3 s")
        transcript.finish("t")
        assert shown(transcript)[-1].endswith("│ line 99")
        assert transcript.source_of("t").count("\n") == 100
        transcript.set_density("tool", "summary")
        assert "92 more lines" in shown(transcript)[9]


async def test_a_tool_is_opened_while_an_answer_has_begun_with_nothing_yet() -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put(Block(id="t", kind="tool", title="read x", source="body\n"))
        transcript.put(Block(id="s", kind="text", streaming=True))
        transcript.cursor = "t"
        await pilot.press("enter")
        assert shown(transcript)[1].endswith("│ body")


async def test_marking_changes_a_row_in_place() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put(Block(id="t", kind="tool", title="read x", status="running", source="body\n"))
        transcript.toggle("t")
        transcript.mark("t", status="error", detail="failed")
        rows = shown(transcript)
        assert rows[0].startswith("  ✗ read x") and rows[0].endswith("failed")
        assert rows[1].endswith("│ body")
        transcript.mark("t", folded=True)
        assert shown(transcript)[1] == ""


async def test_reasoning_is_one_line_that_counts_its_words_and_opens() -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put(Block(id="r", kind="reasoning", streaming=True))
        for piece in ("I th", "ink tha", "t this ", " is it"):
            transcript.grow("r", piece)
        assert "thinking … 6 words" in shown(transcript)[0]
        transcript.finish("r")
        assert "thought for 6 words" in shown(transcript)[0]
        await pilot.press("j", "space")
        assert shown(transcript)[1] == "▌ I think that this  is it"


async def test_find_counts_in_sources_and_opens_what_it_jumps_to() -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put_all([text(n) for n in range(50)])
        body = "".join(f"out {n}\n" for n in range(60)) + "the needle\n"
        transcript.put(Block(id="t", kind="tool", title="shell", source=body))
        transcript.put_all([text(n) for n in range(60, 90)])
        assert transcript.find("NEEDLE") == 1
        assert not any("needle" in row for row in shown(transcript))
        assert transcript.next_match()
        assert any("needle" in row for row in shown(transcript))
        assert transcript.find("block 7 line 1") == 1
        await pilot.press("n")
        assert any("block 7 line 1" in row for row in shown(transcript))
        assert transcript.find("no such text") == 0
        assert not transcript.next_match()
        transcript.clear_find()


async def test_a_match_cut_by_a_wrap_is_highlighted_on_both_rows() -> None:
    async with stage(30) as (_, transcript, _pilot):
        transcript.put(Block(id="a", kind="text", source="some words and then a needle in it"))
        plain = [list(strip) for strip in transcript.render_lines(Region(0, 0, 30, 2))]
        assert transcript.find("then a needle") == 1
        marked = [list(strip) for strip in transcript.render_lines(Region(0, 0, 30, 2))]
        assert all(len(after) > len(before) for before, after in zip(plain, marked, strict=True))


async def test_selected_text_joins_wrapped_rows_and_gives_whole_blocks_as_source() -> None:
    async with stage(30, 40) as (_, transcript, _pilot):
        transcript.put(Block(id="a", kind="text", source="first words of a **long** paragraph that wraps"))
        transcript.put(Block(id="b", kind="text", source="# whole\n\n- *block*"))
        transcript.put(Block(id="c", kind="text", source="- item one\n- item two"))
        start, end = offset_at(transcript, 8, 0), offset_at(transcript, 7, 8)
        rows = shown(transcript)
        assert rows[8] == "  • item two", rows
        selected = transcript.get_selection(Selection(start, end))
        assert selected is not None
        assert selected[0] == ("words of a long paragraph that wraps\n\n# whole\n\n- *block*\n\n- item one\n- ite")
        everything = transcript.get_selection(Selection(None, None))
        assert everything is not None and everything[0].startswith("first words of a **long**")


def offset_at(transcript: Transcript, x: int, y: int) -> Offset:
    """The place in the text that Textual finds under a cell."""
    _, offset = transcript.screen.get_widget_and_offset_at(x, y)
    assert offset is not None
    return offset


async def test_selected_text_can_still_be_read() -> None:
    async with stage() as (app, transcript, pilot):
        transcript.put(Block(id="a", kind="text", source="alpha `beta` gamma\n\n```py\nx = 1\n```"))
        await pilot.pause()
        app.screen.selections = {transcript: Selection(None, None)}
        await pilot.pause()
        for strip in transcript.render_lines(Region(0, 0, 60, 5)):
            for segment in strip:
                assert segment.style is not None
                assert not segment.text.strip() or segment.style.color != segment.style.bgcolor


async def test_dragging_selects_and_copies_by_key() -> None:
    async with stage() as (app, transcript, pilot):
        transcript.put(Block(id="a", kind="text", source="alpha beta gamma"))
        await pilot.pause()
        await pilot.mouse_down(Transcript, offset=(8, 0))
        await pilot.hover(Transcript, offset=(11, 0))
        await pilot.mouse_up(Transcript, offset=(11, 0))
        assert app.screen.get_selected_text() == "beta"
        await pilot.press("c")
        await until(pilot, lambda: app.of(Transcript.CopyRequested))
        assert getattr(app.of(Transcript.CopyRequested)[0], "text", "") == "beta"


async def test_links_are_clicked_and_blocks_copied_and_inspected() -> None:
    async with stage() as (app, transcript, pilot):
        transcript.put(Block(id="a", kind="text", source="see [docs](https://docs.example) now"))
        await pilot.pause()
        await pilot.click(Transcript, offset=(7, 0))
        await until(pilot, lambda: app.of(Transcript.LinkClicked))
        assert getattr(app.of(Transcript.LinkClicked)[0], "href", "") == "https://docs.example"
        await pilot.press("j", "c", "i")
        await until(pilot, lambda: app.of(Transcript.Inspect) and app.of(Transcript.CopyRequested))
        assert getattr(app.of(Transcript.CopyRequested)[0], "text", "").startswith("see [docs]")


async def test_the_cursor_walks_over_blocks_and_through_high_ones() -> None:
    async with stage(60, 10) as (_, transcript, pilot):
        transcript.put_all([text(0), text(1, 40), text(2)])
        await pilot.press("g")
        await pilot.press("j")
        assert transcript.cursor == "b0"
        await pilot.press("j")
        assert transcript.cursor == "b1" and "block 1 line 0" in "".join(shown(transcript)[:2])
        for _ in range(45):
            await pilot.press("down")
        assert transcript.cursor == "b2" and transcript.follow
        assert shown(transcript)[-1].startswith("▌ block 2")
        await pilot.press("k")
        assert transcript.cursor == "b1"


async def test_no_frame_is_larger_than_the_pane_however_small() -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put(Block(id="p", kind="prompt", source="世界 hello " * 9))
        transcript.put(
            Block(
                id="a", kind="text", source="# 世界\n\n| a | b |\n|--|--|\n| 👨‍👩‍👧 | x |\n\n```py\nx\n```\n- a\n  - b"
            )
        )
        transcript.put(Block(id="t", kind="tool", title="a very long title " * 9, detail="1 s", status="ok"))
        transcript.put(Block(id="d", kind="divider", title="compacted"))
        transcript.put(Block(id="n", kind="notice", title="cut", source="because", status="cut"))
        for size in [(1, 1), (2, 2), (4, 3), (10, 5), (300, 80), (40, 10)]:
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: transcript.size == size)
            shown(transcript)


async def test_controls_in_a_block_are_not_painted_and_markup_is_text() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put(Block(id="a", kind="prompt", source="[@click=app.quit]x[/] \x1b[2J \x9b1m"))
        row = shown(transcript)[0]
        assert "[@click=app.quit]x[/]" in row
        assert "\x1b" not in row and "\x9b" not in row


async def test_the_scroll_bar_shows_where_the_window_is_and_moves_it() -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put_all([text(n) for n in range(200)])
        await pilot.pause()
        bar = transcript.vertical_scrollbar
        assert bar.window_virtual_size == 800 and bar.position == 780
        transcript.scroll_to_block("b100")
        assert abs(bar.position - 400) < 10
        transcript.view.scroll_to_estimate(200.0)
        transcript.sync()
        assert any("block 50" in row for row in shown(transcript))


async def test_the_scroll_bar_has_no_thumb_while_all_is_seen() -> None:
    async with stage(60, 20) as (_, transcript, _pilot):
        transcript.put_all([Block(id=f"t{n}", kind="tool", title=f"read {n}") for n in range(19)])  # no gaps between
        bar = transcript.vertical_scrollbar
        assert bar.window_virtual_size == bar.window_size == 20
        transcript.put(text(1))
        assert bar.window_virtual_size > 20


async def test_a_theme_change_keeps_the_place_and_changes_the_colours() -> None:
    async with stage() as (app, transcript, pilot):
        transcript.put_all([text(n) for n in range(50)])
        transcript.scroll_to_block("b20")
        before, rows = transcript.render_lines(Region(0, 0, 60, 5)), shown(transcript)
        app.theme = "textual-light"
        await pilot.pause()
        after = transcript.render_lines(Region(0, 0, 60, 5))
        assert shown(transcript) == rows
        assert [list(strip) for strip in before] != [list(strip) for strip in after]


async def test_blocks_can_be_taken_out_from_under_the_reader() -> None:
    async with stage() as (_, transcript, _pilot):
        transcript.put_all([text(n) for n in range(30)])
        transcript.scroll_to_block("b10")
        transcript.remove_block("b10")
        assert any("block 11 line 0" in row for row in shown(transcript)[:2])
        transcript.clear()
        assert shown(transcript) == [""] * 20
        assert list(transcript.blocks) == []


async def test_the_scroll_bar_is_painted_only_when_it_would_look_different(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as (_, transcript, pilot):
        transcript.put_all([text(n) for n in range(2_000)])
        transcript.put(Block(id="live", kind="text", source="", streaming=True))
        await pilot.pause()
        bar = transcript.vertical_scrollbar
        painted: list[int] = []
        monkeypatch.setattr(bar, "refresh", lambda *regions, **options: painted.append(1))
        for _ in range(40):
            transcript.grow("live", "one more row\n\n")
        assert len(painted) <= 4
        assert bar.position == transcript.view.total - transcript.view.height  # and yet it knows the place
