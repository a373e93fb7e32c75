"""What is kept of the screen comes back as it was, or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from tui.app.layout import Layout, Shelf, anchor_text, anchor_value

_IDS = st.text("abcdefgh0123456789-", min_size=1, max_size=12)
_SPLITS = st.recursive(
    _IDS, lambda inner: st.tuples(st.sampled_from("xy"), st.floats(0, 1), inner, inner).map(list), max_leaves=6
)


@given(st.lists(_IDS), st.dictionaries(_IDS, _IDS), _SPLITS, _IDS)
def test_a_layout_survives_its_text(tabs: list[str], panes: dict[str, str], split: object, focused: str) -> None:
    layout = Layout(tabs, panes, split, focused)
    assert Layout.from_text(layout.to_text()) == layout


@given(st.one_of(st.none(), st.text(), st.sampled_from(["[]", "7", '{"tabs": 3}', '{"panes": []}', "null"])))
def test_a_text_that_is_no_layout_gives_an_empty_one_or_a_sound_one(text: str | None) -> None:
    layout = Layout.from_text(text)
    assert Layout.from_text(layout.to_text()) == layout


def test_anchors_survive_their_text() -> None:
    assert anchor_value(anchor_text(("part_1", 7))) == ("part_1", 7)
    assert anchor_value(anchor_text(None)) is None
    assert anchor_value("{") is None


def test_a_value_that_did_not_change_is_not_written_again() -> None:
    written: list[tuple[str, str, str]] = []

    class Keeper:
        def save_ui(self, workspace: str, key: str, value: str) -> None:
            written.append((workspace, key, value))

    shelf = Shelf(Keeper(), "/w", {"a": "1"})
    shelf.put("a", "1")
    shelf.put("a", "2")
    shelf.put("a", "2")
    assert written == [("/w", "a", "2")]
    assert shelf.get("a") == "2"
