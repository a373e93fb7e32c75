"""The parts of an answer while they grow: their text is their chunks, also where a character came in two halves."""

from hypothesis import given
from hypothesis import strategies as st

from tui.messages import TextPart
from tui.providers.wire import Parts


def grown(*chunks: str) -> tuple[list[str], str]:
    """The chunks that go out, and the text of the closed part."""
    parts = Parts()
    parts.open(0, "text")
    out = [parts.grow(0, chunk).text for chunk in chunks]
    closed = parts.close(0).part
    assert isinstance(closed, TextPart)
    return out, closed.text


def cut_by_units(text: str, size: int) -> list[str]:
    """The pieces of ``size`` characters each, as a server written in JavaScript counts them."""
    raw = text.encode("utf-16-le")
    return [raw[at : at + 2 * size].decode("utf-16-le", "surrogatepass") for at in range(0, len(raw), 2 * size)]


def test_a_character_that_comes_in_two_halves_is_one() -> None:
    assert grown("a\ud83d", "\udcbb b") == (["a", "💻 b"], "a💻 b")
    assert grown("\ud83d", "", "\udcbb") == (["", "", "💻"], "💻")
    assert grown("\ud83d\udc69\u200d\ud83d", "\udcbb")[0][1] == "💻"


def test_a_half_that_stays_alone_is_kept_as_it_came() -> None:
    assert grown("\ud83d", "x")[1] == "\ud83dx"
    assert grown("\udcbb", "x")[1] == "\udcbbx"


@given(st.text(), st.integers(1, 5))
def test_a_text_cut_between_any_units_is_the_text_again(text: str, size: int) -> None:
    out, whole = grown(*cut_by_units(text, size))
    assert "".join(out) == whole == text
