"""Whether the terminal is dark or light: what it says when it is asked, and what can be known before.

It is asked for its background by OSC 11, and for word of later changes by mode 2031; what it answers comes among the
keys and is taken out before Textual reads them, which would type it into the prompt. A terminal that does not know
the question says nothing, and nobody waits for it.
"""

import os
import re
from collections.abc import Iterable, Mapping
from time import monotonic

from textual._xterm_parser import XTermParser
from textual.message import Message

from tui.app.long_keys import BEGUN, shortened

ASK = "\x1b]11;?\x1b\\"
FOLLOW, NO_MORE = "\x1b[?2031h", "\x1b[?2031l"
DEAF_TERMS = ("linux",)
"""Would print the question."""
EXPECTED = 3.0
"""Seconds in which an answer is expected."""
HELD = 0.1
"""Seconds for which the beginning of an answer waits for its rest; then it was something else."""
_DARKEST = 0.5
_ESCAPE = "\x1b"
_ANSWER = re.compile(r"\x1b(?:\]11;(?P<colour>[^\x07\x1b\x9c]{0,64})(?:\x07|\x1b\\|\x9c)|\[\?997;(?P<mode>[12])n)")
_BEGUN = re.compile(
    r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b\x9c]{0,64}\x1b?)?)?)?|\[(?:\?(?:9(?:9(?:7(?:;[12]?)?)?)?)?)?|" + BEGUN + r")?\Z"
)
_COLOUR = re.compile(r"rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})", re.IGNORECASE)


class GroundTold(Message):
    """The terminal has said how its background is."""

    def __init__(self, dark: bool) -> None:
        super().__init__()
        self.dark = dark


class AnswerParser(XTermParser):
    """Textual's, with those answers taken out of what it reads, however they are cut."""

    expected_until = 0.0
    """By the monotonic clock: until then an escape at the end of what was read may begin an answer."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._begun = ""
        self._held_at = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        if not data:  # the end
            yield from super().feed(data)
            return
        text = shortened(self._begun + data)
        for found in _ANSWER.finditer(text):
            dark = is_dark(found["colour"]) if found["mode"] is None else found["mode"] == "1"
            if dark is not None:
                yield GroundTold(dark)
        rest = _ANSWER.sub("", text)
        begun = _BEGUN.search(rest)
        alone = begun is not None and begun[0] == _ESCAPE and monotonic() > self.expected_until
        self._begun = begun[0] if begun and not alone else ""
        self._held_at = monotonic()
        if rest := rest.removesuffix(self._begun):
            yield from super().feed(rest)

    def tick(self) -> Iterable[Message]:
        if self._begun and monotonic() - self._held_at >= HELD:
            begun, self._begun = self._begun, ""
            yield from super().feed(begun)
        yield from super().tick()


def is_dark(colour: str | None) -> bool | None:
    """Of a colour as a terminal writes it, ``rgb:1414/1818/1d1d``; None where it is none."""
    found = _COLOUR.match(colour or "")
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return 0.299 * red + 0.587 * green + 0.114 * blue < _DARKEST


def dark_by(environ: Mapping[str, str]) -> bool | None:
    """What COLORFGBG says, as some terminals set it: ``15;0``, foreground first. None where it says nothing."""
    last = environ.get("COLORFGBG", "").rpartition(";")[2]
    return int(last) in (0, 1, 2, 3, 4, 5, 6, 8) if last.isascii() and last.isdigit() else None


def terminal_name(environ: Mapping[str, str] | None = None) -> str:
    """Tells one terminal from another: what one of them said holds for itself alone."""
    found = os.environ if environ is None else environ
    return f"{found.get('TERM_PROGRAM', '')} {found.get('TERM', '')}".strip()
