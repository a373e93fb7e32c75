"""The queue: what waits is in sight, keys say what is wanted, and the focus never stays where nothing is."""

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from tui.app.keys import ACTIONS
from widgets.queue_list import QueueItem, QueueList, State


class Host(App[None]):
    CSS = "QueueList { dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[object] = []

    def compose(self) -> ComposeResult:
        yield Input()
        yield QueueList()

    @property
    def queue(self) -> QueueList:
        return self.query_one(QueueList)

    @property
    def rows(self) -> list[str]:
        return str(self.queue.render()).splitlines()

    def on_queue_list_wanted(self, event: QueueList.Wanted) -> None:
        assert event.control is self.queue
        self.said.append((event.deed, event.id))

    def on_queue_list_left(self) -> None:
        self.said.append("left")


def waiting(count: int, state: State = "queued") -> list[QueueItem]:
    return [QueueItem(f"p{n}", f"Prompt number {n}", state) for n in range(1, count + 1)]


async def test_nothing_is_shown_while_nothing_waits() -> None:
    app = Host()
    async with app.run_test() as pilot:
        assert not app.queue.display
        app.queue.show(waiting(1))
        await pilot.pause()
        assert app.queue.display and app.queue.size.height == 2
        app.queue.show([])
        assert not app.queue.display


async def test_four_are_in_sight_and_the_rest_is_counted() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(7))
        await pilot.pause()
        assert [row.strip().split("  ")[0] for row in app.rows[:4]] == [f"{n} Prompt number {n}" for n in range(1, 5)]
        assert app.rows[4].strip() == "+3 more"
        assert app.queue.size.height == 5


async def test_the_chosen_one_is_always_in_sight() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(9))
        app.queue.focus()
        await pilot.press("j", "j", "j", "j", "j")
        assert app.queue.chosen is not None and app.queue.chosen.id == "p6"
        assert any(row.startswith("▸ 6 ") for row in app.rows)
        await pilot.press("G")
        assert any(row.startswith("▸ 9 ") for row in app.rows)
        await pilot.press("g", "k")
        assert app.rows[0].startswith("▸ 1 ")


async def test_keys_say_what_is_wanted_with_the_chosen_one() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(3))
        app.queue.focus()
        await pilot.press("j", "J", "K", "e", "enter", "s", "x", "delete", "alt+up", "alt+down", "escape", "tab")
        deeds = ["down", "up", "edit", "edit", "steer", "withdraw", "withdraw", "up", "down"]
        assert app.said == [*((deed, "p2") for deed in deeds), "left", "left"]


async def test_enter_sends_a_queue_that_is_held() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(2, "held"))
        app.queue.focus()
        await pilot.press("enter")
        assert app.said == [("send", "p1")]
        assert "enter sends" in app.rows[-1]


async def test_the_choice_follows_its_prompt_when_the_order_changes() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(3))
        app.queue.focus()
        await pilot.press("j")
        first, second, third = app.queue.items
        app.queue.show([second, first, third])
        assert app.queue.chosen == second
        app.queue.show([first, third])
        assert app.queue.chosen == first


async def test_an_empty_queue_gives_its_focus_away() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(1))
        app.queue.focus()
        await pilot.pause()
        app.queue.show([])
        await pilot.pause()
        assert app.said == ["left"]


async def test_a_click_chooses_and_a_double_click_edits() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.queue.show(waiting(3))
        await pilot.pause()
        await pilot.click(QueueList, offset=(5, 1))
        assert app.queue.chosen is not None and app.queue.chosen.id == "p2"
        assert app.queue.has_focus
        await pilot.click(QueueList, offset=(5, 2), times=2)
        assert app.said == [("edit", "p3")]


@pytest.mark.parametrize("width", [20, 40, 80])
async def test_every_row_fits_its_width(width: int) -> None:
    app = Host()
    async with app.run_test(size=(width, 24)) as pilot:
        app.queue.show(
            [QueueItem("a", "世界 " * 60, "steers"), QueueItem("b", "x\n\x1b[2J[bold]y[/]" * 9)], "alt+q edits"
        )
        app.queue.focus()
        await pilot.pause()
        assert all(line.cell_length <= app.queue.content_size.width for line in app.queue.render().split("\n"))  # type: ignore[union-attr]
        assert "\x1b" not in "".join(app.rows)


def test_its_bindings_are_those_of_the_table() -> None:
    bound = {binding.id: binding.key for binding in QueueList.BINDINGS if isinstance(binding, Binding)}
    assert bound == {action.id: action.keys for action in ACTIONS if action.place == "queue"}
