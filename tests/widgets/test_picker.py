"""The picker: a few letters find, keys choose, and what is late in coming loses nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from widgets.fuzzy import fuzzy
from widgets.picker import Item, Picker, PickerRows

ITEMS = [
    Item("new", "New session", "in this folder", "Sessions", "ctrl+n"),
    Item("close", "Close pane", "the session runs on", "Sessions"),
    Item("right", "Split right", "", "Panes"),
    Item("theme", "Change the theme", "dark or light", "Looks"),
]
SLOTS = [Item(f"s{n}", f"session {n}", hint_key=str(n)) for n in (1, 2, 10, 11)]


class Host(App[None]):
    chosen: list[object]

    def ask(self, items: list[Item[str]], **options: Any) -> Picker[str]:
        self.chosen = []
        picker = Picker("Choose", items, **options)
        self.push_screen(picker, self.chosen.append)
        return picker


async def shown(pilot: Pilot[None], picker: Picker[str]) -> list[str]:
    await pilot.pause()
    return [item.value for item in picker.query_one(PickerRows).items]


async def test_letters_narrow_and_enter_chooses() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.ask(ITEMS)
        assert await shown(pilot, picker) == ["new", "close", "right", "theme"]
        await pilot.press(*"clo")
        assert (await shown(pilot, picker))[0] == "close"
        await pilot.press("enter")
        await pilot.pause()
        assert app.chosen == ["close"]


async def test_items_that_come_after_the_choice_are_nobodys() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.ask(ITEMS)
        await pilot.press("enter")
        await pilot.pause()
        picker.refresh_items(SLOTS, empty="Nothing.")
        await pilot.pause()
        assert app.chosen == ["new"] and app.screen is not picker


async def test_details_and_groups_are_found_behind_the_names() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.ask(ITEMS)
        await pilot.press(*"session")
        assert await shown(pilot, picker) == ["new", "close"]
        await pilot.press("escape")
        await pilot.pause()
        assert app.chosen == [None]


async def test_a_long_name_gives_way_to_what_stands_beside_it_and_a_longer_detail_gives_way_to_it() -> None:
    for beside, cut in (("Codex CLI 2027-01-15 589 B", "o"), ("d" * 60, "d")):
        app = Host()
        async with app.run_test(size=(80, 24)) as pilot:
            picker = app.ask([Item("it", "o" * 60, beside)])
            await shown(pilot, picker)
            row = picker.query_one(PickerRows).render_line(0).text
            assert f"{cut}…" in row and row.count("o" * 36) == 1
            assert (beside in row) == (cut == "o")


async def test_the_highlight_goes_around_the_ends_and_enter_on_nothing_waits() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.ask(ITEMS)
        await pilot.pause()
        await pilot.press("up")
        rows = picker.query_one(PickerRows)
        assert rows.highlighted is not None and rows.highlighted.value == "theme"
        await pilot.press(*"qqq", "enter")
        assert await shown(pilot, picker) == [] and not app.chosen
        assert picker.query_one("#picker-empty").display


async def test_a_number_chooses_as_soon_as_only_one_can_be_meant() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(SLOTS, digit_selects=True)
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
        assert not app.chosen  # 1, 10 or 11
        await pilot.press("0")
        await pilot.pause()
        assert app.chosen == ["s10"]


async def test_items_that_come_late_keep_query_and_highlight() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.ask(ITEMS[:2])
        await pilot.pause()
        await pilot.press("s", "down")
        before = picker.query_one(PickerRows).highlighted
        picker.refresh_items([Item("first", "sessions"), *ITEMS])
        assert "first" in await shown(pilot, picker)
        assert picker.query_one(PickerRows).highlighted == before
        assert picker.query_one(Input).value == "s"


async def test_what_comes_late_and_fits_the_query_better_is_highlighted_unless_one_was_chosen_by_hand() -> None:
    for moved, there in ((False, "late"), (True, "layout")):
        app = Host()
        async with app.run_test(size=(80, 24)) as pilot:
            picker = app.ask([Item("elate", "elaborate"), Item("layout", "layouts are here")])
            await pilot.pause()
            await pilot.press("l", "a", *(["down", "up"] if moved else []))
            before = picker.query_one(PickerRows).highlighted
            assert before is not None
            picker.refresh_items([Item("late", "la"), Item("elate", "elaborate"), Item("layout", "layouts are here")])
            await shown(pilot, picker)
            at = picker.query_one(PickerRows).highlighted
            assert at is not None and at.value == (before.value if moved else there)


async def test_ten_thousand_items_scroll_to_the_highlight_and_keep_within_the_screen() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        picker = app.ask([Item(f"v{n}", f"item {n} [bold]世界\x1b[2J", "x" * 90) for n in range(10_000)])
        await pilot.pause()
        await pilot.press("up")
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert all(strip.cell_length == 40 for strip in strips)
        text = "\n".join(strip.text for strip in strips)
        assert "item 9999 [bold]世界" in text and "\x1b" not in text
        await pilot.press(*"9998", "enter")
        await pilot.pause()
        assert app.chosen == ["v9998"]
        assert picker is not app.screen


@given(st.text(max_size=30), st.text(max_size=8))
def test_what_fuzzy_marks_are_the_letters_of_the_query(text: str, query: str) -> None:
    match = fuzzy(query, text)
    if match is None:
        return
    assert list(match.at) == sorted(set(match.at)) and all(0 <= at < len(text) for at in match.at)
    letters = set("".join(query.lower().split()))
    assert all(text[at].lower() in letters for at in match.at)


def test_whole_words_at_the_start_come_before_scattered_letters() -> None:
    names = ["sandpit list", "a split", "split right", "slow polite"]
    scores = {name: found.score for name in names if (found := fuzzy("split", name))}
    assert sorted(scores, key=lambda name: -scores[name])[:2] == ["split right", "a split"]
    assert fuzzy("right split", "split right") is not None and fuzzy("splitx", "split right") is None
    assert fuzzy("", "anything") is not None
