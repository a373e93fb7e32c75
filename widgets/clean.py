"""Cleaning of text that comes from outside: models, tools, files, the web.

A terminal obeys what it is sent, and Textual passes text on as it is. So text is cleaned once when it comes in
(`clean`, or `Cleaner` for a stream, which holds back a sequence cut between two chunks), and once more when it is
painted (`CleanFilter`, the last wall).

What goes: C0 controls but tab and newline, DEL, C1 controls, bidirectional controls (they reorder what a person is
asked to approve), tag characters (invisible text), and whole escape sequences: CSI, OSC, DCS, SOS, PM, APC, charset
and two-character ones. `\\r\\n` becomes `\\n`; a carriage return alone goes. Nothing here reads text as markup.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0000-\U000e007f"
_SUSPECT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_TAGS}]")
_PAINT = re.compile(f"[\x00-\x08\x0a-\x1f\x7f-\x9f{_BIDI}{_TAGS}]")

MAX_SEQUENCE = 4096  # an escape string longer than this is taken for text whose introducer goes

_STRING_BODY = f"[^\x07\x18\x1a\x1b\x9c]{{0,{MAX_SEQUENCE}}}"
_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    f"|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f]){_STRING_BODY}(?:\x07|\x1b\\\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    "|\x1b[ -/]+[0-~]?"  # charset designations and the like
    "|\x1b[0-Z\\\\^-~]"  # two-character sequences
)
_INTRODUCERS = ("\x1bP", "\x1bX", "\x1b^", "\x1b_")
_OPEN = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,256}[ -/]{0,16}$"
    f"|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f]){_STRING_BODY}\x1b?$"
    "|\x1b[ -/]{0,16}$"
    "|\r$"
)


def clean(text: str) -> str:
    """`text` without anything that a terminal would obey. Clean text is returned as it is, after one search."""
    if _SUSPECT.search(text) is None:
        return text
    text = _SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return _SUSPECT.sub("", text)


class Cleaner:
    """`clean` for a stream: whatever the cuts between chunks, the joined results equal `clean` of the whole.

    One exception: an escape string that is longer than MAX_SEQUENCE or never ends gives up its text.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, chunk: str) -> str:
        """The part of the text so far that can be judged."""
        return clean(self.judged(chunk))

    def judged(self, chunk: str) -> str:
        """``feed`` before the cleaning."""
        text = self._held + chunk
        self._held = ""
        if _SUSPECT.search(text) is None:
            return text
        begin = self._open_at(text)
        if begin < len(text):
            self._held = text[begin:]
            text = text[:begin]
        return text

    @property
    def held(self) -> str:
        """The beginning of a sequence that the text so far was cut in."""
        return self._held

    @staticmethod
    def _open_at(text: str) -> int:
        """Where a sequence begins that the text's end leaves open; the text's length if there is none."""
        position = max(0, len(text) - MAX_SEQUENCE - 300)  # what begins before that is not held, however it goes on
        while (found := _SUSPECT.search(text, position)) is not None:
            start = found.start()
            whole = _SEQUENCE.match(text, start)
            bare = whole is not None and whole.group() in _INTRODUCERS  # its string may still come to an end
            ended = whole is not None and not bare and (whole.end() < len(text) or _ended(whole.group()))
            if not ended and _OPEN.match(text, start) is not None:
                return start
            position = max(whole.end() if whole is not None else 0, start + 1)
        return len(text)

    def flush(self) -> str:
        """What was held back, at the end of the stream."""
        held, self._held = self._held, ""
        return clean(held)


def _ended(sequence: str) -> bool:
    """Whether a matched sequence has its final character (rather than having been cut by the end of the text)."""
    body = sequence[1:]
    if sequence[0] == "\x9b" or body[:1] == "[":
        parameters = body if sequence[0] == "\x9b" else body[1:]
        return bool(parameters) and "@" <= parameters[-1] <= "~"
    return not (sequence[0] == "\x1b" and " " <= body[-1:] <= "/")


class CleanFilter(LineFilter):
    """The last wall, for `App.get_line_filters()`: drops from painted rows whatever a terminal would obey."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, those with something to drop replaced. Control segments (Rich's own) pass."""
        search = _PAINT.search
        if not any(search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment if segment.control else Segment(_PAINT.sub("", segment.text), segment.style) for segment in segments
        ]
