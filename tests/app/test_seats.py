"""Programs that are open at once in one workspace keep an arrangement each, and no tab of anybody's is forgotten."""

from pathlib import Path

from hypothesis import given

from tests.app.test_arrangement import do, steps
from tui.app.tabs.arrangement import Arrangement
from tui.app.tabs.layout import LAYOUT_KEY, Shelf, layout_key
from tui.app.tabs.seats import MOST, free_seats, open_layout, take_seat
from tui.store.owner import Owner

HERE, THERE = "/w/here", "/w/there"


class Kept:
    """What the store keeps of the screen."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def save_ui(self, workspace: str, key: str, value: str) -> None:
        self.values[key] = value

    async def load_ui(self, workspace: str, key: str) -> str | None:
        return self.values.get(key)

    def begins(self, seat: int, free: list[int], *known: str) -> Arrangement:
        """The arrangement of a program that starts now."""
        shelf = Shelf(self, HERE, dict(self.values), seat=seat)
        open_layout(shelf, free, known)
        return Arrangement.from_text(shelf.get(shelf.layout_key))

    def leaves(self, seat: int, *ids: str) -> None:
        arrangement = Arrangement()
        for session_id in ids:
            arrangement.add(session_id)
        self.values[layout_key(seat)] = arrangement.to_text()


def test_each_program_has_a_seat_of_its_own_that_is_free_when_it_ends(tmp_path: Path) -> None:
    one, two, three = (Owner(tmp_path / "locks") for _ in range(3))
    assert [take_seat(owner, HERE) for owner in (one, two, three)] == [0, 1, 2]
    assert take_seat(Owner(tmp_path / "locks"), THERE) == 0
    one.release_all()
    assert 0 in free_seats(two, HERE) and 1 not in free_seats(three, HERE) and len(free_seats(one, HERE)) == MOST - 1
    assert take_seat(Owner(tmp_path / "locks"), HERE) == 0


def test_a_folder_where_no_lock_can_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("in the way")
    assert take_seat(Owner(tmp_path / "locks"), HERE) == 0


def test_who_comes_second_begins_with_what_the_first_one_has_open_and_changes_none_of_it() -> None:
    kept = Kept()
    kept.leaves(0, "a", "b")
    assert kept.begins(1, [2, 3]).ids == ["a", "b"]
    kept.leaves(1, "b", "c")
    assert kept.begins(1, [2, 3]).ids == ["b", "c"], "what it had when it was here last"
    assert Arrangement.from_text(kept.values[LAYOUT_KEY]).ids == ["a", "b"]


def test_who_is_alone_takes_in_what_the_others_left_but_for_what_was_closed() -> None:
    kept = Kept()
    kept.leaves(0, "a", "b")
    kept.leaves(1, "b", "c", "closed")
    kept.leaves(2, "d")
    assert kept.begins(0, [1], "a", "b", "c", "d").ids == ["a", "b", "c"], "the third one is still there"
    kept.leaves(0, "a", "c")
    assert kept.begins(0, [1, 2], "a", "b", "c", "d").ids == ["a", "c", "d"], "and what was taken in is gone there"
    assert kept.begins(0, [1, 2], "a", "b", "c", "d").ids == ["a", "c", "d"]


@given(mine=steps, theirs=steps)
def test_whatever_two_programs_arranged_both_have_every_tab_in_one_place(
    mine: list[tuple[str, str, str]], theirs: list[tuple[str, str, str]]
) -> None:
    one, other = Arrangement(), Arrangement()
    for arrangement, done in ((one, mine), (other, theirs)):
        for step in done:
            do(arrangement, *step)
    before, front = [list(tab.ids) for tab in one.tabs], one.focused
    wanted = {*one.ids, *other.ids}
    one.take_in(Arrangement.from_text(other.to_text()))
    assert set(one.ids) == wanted and len(one.ids) == len(wanted)
    assert [list(tab.ids) for tab in one.tabs][: len(before)] == before
    assert not front or one.focused == front
    assert Arrangement.from_text(one.to_text()).ids == one.ids
