"""Text as it really is: what would not be seen, or would move the rest about, is spelled out.

A person who approves a command must see every character of it. So control characters, bidirectional
marks, joiners, fillers and odd spaces become visible escapes (``\\x1b``, ``\\u202e``). An escape that
was spelled out here is told apart from the same characters typed by somebody, so that nothing can pass for it.
"""

import re
import unicodedata
from collections.abc import Iterator

_ORDINARY = re.compile(r"[ -~]*")  # printable ASCII: nearly every line, judged by one match
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE0F)))  # variation selectors, but for FE0F: it makes an emoji colourful
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def is_hidden(character: str) -> bool:
    """Whether ``character`` would not show as itself."""
    if " " <= character <= "~":
        return False
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _INVISIBLE


def spell(character: str) -> str:
    """The escape for ``character``, as Python would write it."""
    code = ord(character)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def literal(text: str) -> Iterator[tuple[str, bool]]:
    """``text``, one line, in pieces: (characters as they are, False) or (an escape, True). Nothing is left out."""
    if _ORDINARY.fullmatch(text):
        if text:
            yield text, False
        return
    plain = 0
    for index, character in enumerate(text):
        if is_hidden(character):
            if plain < index:
                yield text[plain:index], False
            yield spell(character), True
            plain = index + 1
    if plain < len(text):
        yield text[plain:], False


def escaped(text: str) -> str:
    """``text`` of any number of lines with what would not be seen spelled out; tabs and newlines stay."""
    return "".join(spell(c) if c not in "\n\t" and is_hidden(c) else c for c in text)
