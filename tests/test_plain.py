"""What is printed outside the full screen steers no terminal and loses no letter."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import PenstockError
from tui.plain import holds_unicode, one_line, plain, write

TEXTS = st.text(st.characters(exclude_categories=()))
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def stream(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding)


@given(text=TEXTS)
def test_no_control_is_left_and_the_same_text_comes_of_it_again(text: str) -> None:
    assert OBEYED.search(plain(text)) is None
    assert plain(plain(text)) == plain(text)
    assert OBEYED.search(one_line(text)) is None and "\n" not in one_line(text) and "\t" not in one_line(text)


@given(before=TEXTS, after=TEXTS)
def test_text_may_be_printed_in_pieces(before: str, after: str) -> None:
    assert plain(before) + plain(after) == plain(before + after)


@pytest.mark.parametrize("text", ["a\n\tb", "Grüße 世界", "👩\u200d💻 🇩🇪", "a\u00a0b\u3000c\u00ad", "नमस्ते", "שלום"])
def test_letters_and_what_joins_or_spaces_them_stay(text: str) -> None:
    assert plain(text) == text


def test_what_a_terminal_would_obey_is_shown() -> None:
    assert plain("\x1b[2J\x00\x7f\x9b\u202e\r\n\r") == "␛[2J␀␡<U+009B><U+202E>\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
@given(text=TEXTS)
def test_whatever_the_encoding_it_is_written(encoding: str, text: str) -> None:
    write(stream(encoding), text)


def test_a_stream_that_is_closed_takes_everything() -> None:
    write(None, "anything")
    assert not holds_unicode(None)


def test_whether_a_stream_holds_unicode_is_a_question_of_its_encoding() -> None:
    assert holds_unicode(stream("UTF8")) and not holds_unicode(stream("latin-1"))


class Failing(io.StringIO):
    """A stream that fails as told."""

    encoding = "utf-8"

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def flush(self) -> None:
        raise self._error


def test_a_reader_that_has_gone_is_told_from_a_disk_that_is_full() -> None:
    with pytest.raises(BrokenPipeError):
        write(Failing(BrokenPipeError()), "x")
    with pytest.raises(PenstockError, match="cannot be written: No space left"):
        write(Failing(OSError(28, "No space left on device")), "x")
