"""What a search speaks of: the query that a person types, and the rows that it finds.

The store searches by it and the screen and the command line show it, so it is a value here, between them.
``read_search`` is pure and never fails: what it cannot use it names in a hint. Nothing that is typed reaches the
index as syntax: words are compared as words, and every other character parts them.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

from tui.calls import STATE_GROUPS, STATES, listed, lower, moment, states_named
from tui.value import value

Kind = Literal["prompt", "answer", "reasoning", "arguments", "output", "summary", "title"]
KINDS: tuple[Kind, ...] = ("prompt", "answer", "reasoning", "arguments", "output", "summary", "title")
SEARCH_WORDS = ("in", "model", "tool", "state", "session", "before", "after", "path", "has")
SearchOrder = Literal["ranked", "newest"]
MOST_WORDS = 32
"""Words of a query that are looked for."""


@value
class Word:
    """One word, or the words of a phrase in their order. ``prefix``: the last one may go on."""

    text: str
    prefix: bool = False


@value
class SearchQuery:
    """Which blocks. Every word must be in a block and none of ``without``; of the same filter any value may hold,
    of ``paths`` all must. Texts of filters are in ASCII lower case. Times are UTC epoch seconds."""

    words: tuple[Word, ...] = ()
    without: tuple[Word, ...] = ()
    kinds: tuple[Kind, ...] = ()
    models: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    before: float | None = None
    after: float | None = None
    image: bool = False

    @property
    def empty(self) -> bool:
        """Nothing is looked for: it finds nothing."""
        return self == SearchQuery()

    @property
    def calls_only(self) -> bool:
        """Only what belongs to tool calls can be meant."""
        return bool(self.tools or self.states or self.paths)


@value
class SearchReading:
    """A query as it was understood, and sentences about what was not."""

    query: SearchQuery
    hints: tuple[str, ...] = ()


@value
class SearchRow:
    """One block that was found.

    ``place`` is what the transcript knows it by: a prompt's, part's or call's id, "" for a title. ``snippet`` is the
    text around the first match, in pieces, with whether each is one. ``call_id`` is "" for what is no call's.
    """

    session_id: str
    seq: int
    at: float
    kind: Kind
    place: str
    call_id: str
    tool: str
    title: str
    slot: int
    workspace: str
    archived: bool
    snippet: tuple[tuple[str, bool], ...]


@value
class Found:
    """What a search came to: ids of blocks in their order, whose rows are read a page at a time.

    ``late``: rows that are in memory alone, the newest first; they stand before all others. ``more``: there are older
    ones behind the last id. ``ranked``: how many were compared, 0 where they stand newest first, which they also do
    where the words are too ``common`` to rank by. ``unindexed``: about how many entries no search sees yet.
    """

    ids: tuple[int, ...] = ()
    late: tuple[SearchRow, ...] = ()
    more: bool = False
    ranked: int = 0
    common: bool = False
    unindexed: int = 0

    @property
    def count(self) -> int:
        return len(self.late) + len(self.ids)


def read_search(text: str, now: float) -> SearchReading:
    """``pipe "two words" pref* -not in:output tool:shell after:3d``, in any order. Times are local."""
    reader = _Reader(now)
    for found in _TERM.finditer(text.replace("\x00", " ")):
        reader.take(found)
    query = SearchQuery(
        words=tuple(reader.words[:MOST_WORDS]),
        without=tuple(reader.without[:MOST_WORDS]),
        kinds=tuple(dict.fromkeys(reader.kinds)),
        states=tuple(dict.fromkeys(reader.states)),
        models=tuple(reader.said["model"]),
        tools=tuple(reader.said["tool"]),
        sessions=tuple(reader.said["session"]),
        paths=tuple(reader.said["path"]),
        before=reader.times.get("before"),
        after=reader.times.get("after"),
        image=reader.image,
    )
    if max(len(reader.words), len(reader.without)) > MOST_WORDS:
        reader.hints.append(f"The first {MOST_WORDS} words are looked for.")
    return SearchReading(query=query, hints=tuple(dict.fromkeys(reader.hints)))


def has_words(text: str) -> bool:
    """Whether there is anything in it that an index of words holds: a letter or a digit."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


_TERM = re.compile(r'(-?)(?:([A-Za-z]+):(?!//))?(?:"([^"]*)(?:"|$)(\*?)|([^\s"]+))')
"""A word, or one in quotes; an open quote, as one is while it is typed, reaches to the end."""
_TAKES: Mapping[str, str] = {
    "in": listed(KINDS),
    "state": listed((*STATES, *STATE_GROUPS)),
    "has": "image: has:image",
    "model": "a part of a model's name, such as model:opus",
    "tool": "the beginning of a tool's name, such as tool:shell",
    "session": "a slot's number, a part of a title or the beginning of an id, such as session:2",
    "path": "a part of a path, such as path:src",
    "before": "a time, such as before:2026-11-24, before:14:30 or before:2h",
    "after": "a time, such as after:2026-11-24, after:3d or after:2h",
}


class _Reader:
    """Takes a query's terms one after the other."""

    def __init__(self, now: float) -> None:
        self._now = now
        self.words: list[Word] = []
        self.without: list[Word] = []
        self.kinds: list[Kind] = []
        self.states: list[str] = []
        self.said: dict[str, list[str]] = {name: [] for name in ("model", "tool", "session", "path")}
        self.times: dict[str, float] = {}
        self.image = False
        self.hints: list[str] = []

    def take(self, found: re.Match[str]) -> None:
        minus, name, quoted, star, bare = found.groups()
        name = (name or "").lower()
        if not name and bare and bare.endswith(":") and lower(bare[:-1]) in SEARCH_WORDS:
            self.hints.append(f"{lower(bare)} takes {_TAKES[lower(bare[:-1])]}.")
        elif name in SEARCH_WORDS:
            self._filter(name, quoted if bare is None else bare, negated=bool(minus))
        elif name:
            self.hints.append(f"{name}: is no filter, so it is looked for as text. There are {listed(SEARCH_WORDS)}.")
            self._word(bool(minus), f"{name}:{quoted or bare or ''}", bool(star))
        else:
            self._word(bool(minus), quoted if bare is None else bare, bool(star))

    def _word(self, minus: bool, text: str, star: bool) -> None:
        prefix = star or text.endswith("*")
        if has_words(text):
            (self.without if minus else self.words).append(Word(text=text, prefix=prefix))
        elif text.strip():
            self.hints.append(f"{text.strip()} has no letter or digit, and only words are looked for.")

    def _filter(self, name: str, said: str, *, negated: bool) -> None:
        said = lower(said)
        if negated:
            self.hints.append(f"-{name}: no filter can be turned around; -word leaves out what has a word.")
        elif not self._take(name, said):
            self.hints.append(f"{name}: takes {_TAKES[name]}.")

    def _take(self, name: str, said: str) -> bool:
        if name == "in":
            kinds: list[Kind] = [kind for kind in KINDS if said and kind.startswith(said)]
            self.kinds += kinds
            return bool(kinds)
        if name == "state":
            states = states_named(said)
            self.states += states
            return bool(states)
        if name == "has":
            self.image = self.image or (bool(said) and "images".startswith(said))
            return bool(said) and "images".startswith(said)
        if name in self.said:
            self.said[name] += [said] if said.strip() else []
            return bool(said.strip())
        at = moment(said, self._now)
        if at is not None:
            self.times[name] = at
        return at is not None
