"""Finding by a few letters: which texts match, how well, and where.

Every word of the query must be found. As a whole is better than letter by letter; at the start of a
word is better than inside one; early and short is better than late and long.
"""

from dataclasses import dataclass
from itertools import pairwise

_WHOLE, _AT_WORD, _AT_START, _RUN = 1000, 300, 200, 15


@dataclass(frozen=True, slots=True)
class Match:
    """``score``: higher is better. ``at``: indices of the characters that matched, in order."""

    score: int
    at: tuple[int, ...]


def fuzzy(query: str, text: str) -> Match | None:
    """How ``text`` matches ``query``, letter case aside; None when it does not. An empty query matches all alike."""
    folded = text.lower()
    if len(folded) != len(text):  # a few capitals fold to two characters: indices would be off
        folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    score, at = 0, set[int]()
    for word in query.lower().split():
        found = _whole(word, folded, text) or _letters(word, folded, text)
        if found is None:
            return None
        score += found.score
        at.update(found.at)
    return Match(score - len(text) // 8 if at else 0, tuple(sorted(at)))


def _starts_word(text: str, index: int) -> bool:
    if index == 0:
        return True
    before, here = text[index - 1], text[index]
    return not before.isalnum() or (here.isupper() and before.islower())


def _whole(word: str, folded: str, text: str) -> Match | None:
    first = index = folded.find(word)
    if first < 0:
        return None
    while index >= 0 and not _starts_word(text, index):
        index = folded.find(word, index + 1)
    start = index if index >= 0 else first
    score = _WHOLE + (_AT_WORD if index >= 0 else 0) + (_AT_START if start == 0 else 0) - min(start, 50)
    return Match(score, tuple(range(start, start + len(word))))


def _letters(word: str, folded: str, text: str) -> Match | None:
    end = -1
    for letter in word:  # forwards: is it there at all, and where does it end soonest
        end = folded.find(letter, end + 1)
        if end < 0:
            return None
    at: list[int] = []
    for letter in reversed(word):  # backwards from there: the tightest run that ends so
        end = folded.rfind(letter, 0, end + 1)
        at.append(end)
        end -= 1
    at.reverse()
    runs = sum(1 for a, b in pairwise(at) if b == a + 1)
    starts = sum(1 for index in at if _starts_word(text, index))
    return Match(_RUN * (runs + 2 * starts) - (at[-1] - at[0]) - min(at[0], 50), tuple(at))
