"""Snippets: some words around the first match of a block, with all matches in them marked.

The index holds no text, so the block's is looked up, and the few that are shown are marked by the very tokenizer that
made the index, in a table in memory: what was found and what is marked can never be two things.
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing

from tui.searching import Word
from tui.store.projections import storable
from tui.store.search.expression import any_word
from tui.store.search.tables import TOKENIZER

BEFORE = 100
AFTER = 400
"""Characters of a long text around its first match that are looked at."""
TOKENS = 30
_PLAIN = 200
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
Snippet = tuple[tuple[str, bool], ...]


def snippets(texts: Sequence[str], words: Sequence[Word]) -> list[Snippet]:
    """One for each text: its pieces in order, and which are matches."""
    if not words:
        return [((_line(text[:_PLAIN]), False),) for text in texts]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.execute(f"CREATE VIRTUAL TABLE t USING fts5(text, tokenize='{TOKENIZER}')")
        windows = [_window(text, words) for text in texts]
        memory.executemany("INSERT INTO t (rowid, text) VALUES (?,?)", enumerate(windows))
        found = memory.execute(
            f"SELECT rowid, snippet(t, 0, '{_OPEN}', '{_CLOSE}', '…', {TOKENS}) FROM t WHERE t MATCH ?",
            (any_word(words),),
        )
        marked = dict(found.fetchall())
    return [_pieces(marked.get(number, window[:_PLAIN])) for number, window in enumerate(windows)]


def _window(text: str, words: Sequence[Word]) -> str:
    """A text, or what stands around the first match of a long one as far as that is seen without a tokenizer."""
    text = storable(text).replace(_OPEN, " ").replace(_CLOSE, " ")
    if len(text) <= BEFORE + AFTER:
        return text
    at = min((place for word in words if (place := _first(text, word)) is not None), default=None)
    if at is None:
        return text
    start = max(0, at - BEFORE)
    start = max(start, text.rfind(" ", 0, start + 20) + 1) if start else 0
    return ("… " if start else "") + text[min(start, at) : at + AFTER]


def _first(text: str, word: Word) -> int | None:
    parts = re.findall(r"\w+", word.text.replace("_", " "))
    pattern = r"[\W_]+".join(map(re.escape, parts))
    end = "" if word.prefix else r"(?![^\W_])"
    found = re.search(rf"(?<![^\W_]){pattern}{end}", text, re.IGNORECASE) if parts else None
    return None if found is None else found.start()


def _pieces(marked: str) -> Snippet:
    pieces: list[tuple[str, bool]] = []
    for number, part in enumerate(marked.split(_OPEN)):
        match, close, rest = part.partition(_CLOSE)
        if number and close:
            pieces += [(_line(match), True)]
        else:
            rest = part
        pieces += [(_line(rest), False)]
    return tuple(piece for piece in pieces if piece[0])


def _line(text: str) -> str:
    """On one line; a space stays at either end."""
    return re.sub(r"\s+", " ", text)
