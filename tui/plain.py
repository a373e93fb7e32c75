"""What is printed outside the full screen: text that steers no terminal, in whatever encoding a stream has.

Answers, tool output, titles and paths come from outside, and a terminal obeys what it is sent. Here nothing is
thrown away silently: ESC is shown as ``␛``, a control that has no picture by its number, ``<U+202E>``. Only carriage
returns go. Whatever joins or spaces letters (zero-width joiners, no-break spaces) is text and stays.
"""

import os
import re
from codecs import lookup
from contextlib import suppress
from typing import TextIO

from tui.errors import PenstockError

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls reorder what is read
    "\U000e0000-\U000e007f]"  # tags: text that nobody sees
)


def plain(text: str) -> str:
    """``text`` with tab and newline as its only control characters."""
    return _OBEYED.sub(_shown, text)


def one_line(text: str) -> str:
    """``text`` on one line, for a place in a table or a sentence."""
    return " ".join(plain(text).split())


def holds_unicode(stream: TextIO | None) -> bool:
    """Whether every character can be written to ``stream``."""
    try:
        return stream is not None and lookup(stream.encoding or "ascii").name.startswith("utf")
    except LookupError:
        return False


def write(stream: TextIO | None, text: str) -> None:
    """Write and flush ``text``; ``?`` stands for what the encoding cannot hold. A stream that is closed takes all.

    Raises:
        BrokenPipeError: nobody reads any more. What is written after that goes nowhere.
        PenstockError: it cannot be written, the disk being full, say.
    """
    if stream is None:
        return
    encoding = stream.encoding or "ascii"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as error:
        with suppress(OSError):  # else Python would try once more at its exit, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise PenstockError(f"The output cannot be written: {error.strerror}.") from error


def _shown(match: re.Match[str]) -> str:
    number = ord(match[0])
    if match[0] == "\r":
        return ""
    if number < 0x20:
        return chr(0x2400 + number)
    return "\u2421" if number == 0x7F else f"<U+{number:04X}>"
