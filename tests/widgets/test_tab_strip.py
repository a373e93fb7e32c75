"""The strip of tabs: every state is seen, the active tab is in sight, and nothing is laid out."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from widgets.tab_strip import GLYPHS, State, Tab, TabStrip, window

STATES: tuple[State, ...] = ("idle", "running", "asking", "queued", "failed")


class Host(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.selected: list[str] = []

    def compose(self) -> ComposeResult:
        yield TabStrip()

    def on_tab_strip_selected(self, event: TabStrip.Selected) -> None:
        assert event.control is self.query_one(TabStrip)
        self.selected.append(event.id)


def tabs(count: int, title: str = "A title of some length") -> list[Tab]:
    return [Tab(f"t{i}", i + 1, f"{title} {i}") for i in range(count)]


def drawn(strip: TabStrip) -> str:
    return strip.render_line(0).text


async def test_each_state_has_its_glyph() -> None:
    async with Host().run_test(size=(100, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs([Tab(state, i + 1, state, state) for i, state in enumerate(STATES)])
        assert all(f"{i + 1} {GLYPHS[state]} {state}" in drawn(strip) for i, state in enumerate(STATES))
        strip.set_tabs([Tab("a", 1, "x", unread=True), Tab("b", 2, "y", held=True)])
        assert "x •" in drawn(strip) and "y ⊘" in drawn(strip)


async def test_titles_shrink_before_a_tab_scrolls_out_of_sight() -> None:
    async with Host().run_test(size=(80, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs(tabs(5))
        text = drawn(strip)
        assert all(f" {i} ○ A ti" in text for i in range(1, 6)) and "…" in text and "›" not in text


async def test_the_active_tab_is_in_sight_with_arrows_where_more_are() -> None:
    async with Host().run_test(size=(40, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs(tabs(12))
        for active in (0, 11, 6, 5, 0):
            strip.active = f"t{active}"
            text = drawn(strip)
            assert f" {active + 1} ○" in text
            assert ("‹" in text) == (" 1 ○" not in text)
            assert ("›" in text) == (" 12 ○" not in text)


@given(st.lists(st.integers(5, 30), min_size=1, max_size=20), st.data())
def test_the_window_holds_the_active_tab_and_fits(widths: list[int], data: st.DataObject) -> None:
    active = data.draw(st.integers(0, len(widths) - 1))
    first, last = window(widths, active, data.draw(st.integers(0, 30)), 40)
    assert 0 <= first <= active < last <= len(widths)
    assert last - first == 1 or sum(widths[first:last]) <= 38


@given(st.text(max_size=60), st.integers(6, 32))
def test_a_tab_is_as_wide_as_it_says(title: str, room: int) -> None:
    tab = Tab("a", 3, title)
    assert cell_len(f" 3 ○ {tab.short_title(room)} ") == tab.width(room)
    assert cell_len(tab.short_title(room)) <= room


async def test_a_click_selects_the_tab_under_it_also_after_wide_characters() -> None:
    async with Host().run_test(size=(80, 3)) as pilot:
        assert isinstance(pilot.app, Host)
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs([Tab("a", 1, "運河👍"), Tab("b", 2, "second")])
        await pilot.pause()
        await pilot.click(TabStrip, offset=(cell_len(" 1 ○ 運河👍 ") - 1, 0))
        await pilot.click(TabStrip, offset=(cell_len(" 1 ○ 運河👍 "), 0))
        assert pilot.app.selected == ["a", "b"]


async def test_a_middle_click_does_nothing() -> None:
    async with Host().run_test(size=(80, 3)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.query_one(TabStrip).set_tabs(tabs(2))
        await pilot.pause()
        await pilot.click(TabStrip, offset=(3, 0), button=2)
        assert pilot.app.selected == []


async def test_a_changed_state_lays_nothing_out() -> None:
    async with Host().run_test(size=(80, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs(tabs(3))
        await pilot.pause()
        before = (strip._layout_updates, pilot.app.screen._layout_updates)
        strip.set_tabs([Tab("t0", 1, "A title of some length 0", "running"), *tabs(3)[1:]])
        strip.active = "t1"
        await pilot.pause()
        assert "▶" in drawn(strip)
        assert (strip._layout_updates, pilot.app.screen._layout_updates) == before
        assert not strip._layout_required


async def test_a_title_is_never_markup() -> None:
    async with Host().run_test(size=(80, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs([Tab("a", 1, "[red]x[/] \x1b[2J")])
        assert "[red]x[/]" in drawn(strip) and "\x1b" not in drawn(strip)


async def test_entries_that_are_on_screen_together_stand_in_brackets_that_take_no_room() -> None:
    plain = [Tab(str(n), n, "valves") for n in range(1, 4)]
    paired = [replace(plain[0], lead="["), replace(plain[1], tail="]"), plain[2]]
    async with Host().run_test(size=(100, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs(plain)
        before = drawn(strip)
        strip.set_tabs(paired)
        assert drawn(strip).startswith("[1 ○ valves  2 ○ valves] 3 ○ valves")
        assert [tab.width(20) for tab in paired] == [tab.width(20) for tab in plain]
        assert len(drawn(strip)) == len(before)


async def test_what_was_done_unseen_has_a_glyph_of_its_own() -> None:
    async with Host().run_test(size=(100, 3)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.set_tabs([Tab("a", 1, "valves", unread=True), Tab("b", 2, "pumps", "failed", unread=True)])
        assert drawn(strip).startswith(" 1 ✓ valves •  2 ✗ pumps •")
