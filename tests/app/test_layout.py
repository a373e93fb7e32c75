"""What is kept of the screen comes back as it was, or not at all."""

import pytest

from tui.app.tabs.layout import NAMED_KEY, Named, Shelf, anchor_text, anchor_value
from tui.errors import UsageError


class Nowhere:
    def save_ui(self, workspace: str, key: str, value: str) -> None: ...

    async def load_ui(self, workspace: str, key: str) -> str | None:
        return None


def test_anchors_survive_their_text() -> None:
    assert anchor_value(anchor_text(("part_1", 7))) == ("part_1", 7)
    assert anchor_value(anchor_text(None)) is None
    assert anchor_value("{") is None


def test_a_value_that_did_not_change_is_not_written_again() -> None:
    written: list[tuple[str, str, str]] = []

    class Keeper(Nowhere):
        def save_ui(self, workspace: str, key: str, value: str) -> None:
            written.append((workspace, key, value))

    shelf = Shelf(Keeper(), "/w", {"a": "1"})
    shelf.put("a", "1")
    shelf.put("a", "2")
    shelf.put("a", "2")
    assert written == [("/w", "a", "2")]
    assert shelf.get("a") == "2"


def test_layouts_are_kept_by_name_until_they_are_forgotten() -> None:
    shelf = Shelf(Nowhere(), "/w", {})
    Named(shelf).put("review", "{}")
    Named(shelf).put("eight at once", '{"tabs":[],"front":0}')
    assert Named(shelf).names == ["eight at once", "review"]
    Named(shelf).remove("review")
    with pytest.raises(UsageError, match="No layout is called 'review'"):
        Named(shelf).get("review")
    assert Named(shelf).get("eight at once") == '{"tabs":[],"front":0}'


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null"])
def test_a_value_that_holds_no_layouts_counts_as_none(text: str) -> None:
    assert Named(Shelf(Nowhere(), "/w", {NAMED_KEY: text})).names == []
