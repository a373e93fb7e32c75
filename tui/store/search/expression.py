"""A query as the index's own language: every word quoted, every filter that can be one as tags.

What tags cannot say (a moment inside a day, the state of a call, a path) is a condition on the entry and its call
beside them. Tags only narrow: they may never leave out what the condition would let through.
"""

import sqlite3
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tui.calls import slot_number
from tui.searching import KINDS, SearchQuery, Word
from tui.store.projections import storable
from tui.store.search.texts import (
    IMAGE_TAG,
    day_of,
    day_tag,
    kind_tag,
    month_of,
    month_tag,
    tag,
)

MOST_SESSIONS = 200
"""Sessions that are named to the index one by one; where more are meant, each entry is looked at."""
MOST_DAYS = 45
MOST_MONTHS = 240
_DAY = 86_400.0
Names = Collection[tuple[str, str]]


class Condition(NamedTuple):
    """SQL about ``e``, an entry, with its values. ``calls``: it looks at the entry's tool call."""

    sql: str
    values: tuple[object, ...]
    calls: bool
    sessions: Collection[str] | None
    query: SearchQuery

    def holds(self, session_id: str, at: float) -> bool:
        """For an entry that is not on disk yet; of its call nothing is known."""
        query = self.query
        return (
            not self.calls
            and (query.after is None or at >= query.after)
            and (query.before is None or at < query.before)
            and (self.sessions is None or session_id in self.sessions)
        )


class Asked(NamedTuple):
    """``match`` is None where nothing can be found. ``phrases``: what it is made of, each by itself."""

    match: str | None
    condition: Condition | None
    phrases: Sequence[str]


def asked(connection: sqlite3.Connection, query: SearchQuery, names: Names, now: float) -> Asked:
    """What the index is asked. ``names``: (kind, name) of all models and tools."""
    sessions = _sessions(connection, query)
    groups = [_kinds(query), *_named(query, names)]
    if sessions is not None and len(sessions) <= MOST_SESSIONS:
        groups.append([tag("s", session_id) for session_id in sessions])
    if query.image:
        groups.append([IMAGE_TAG])
    if query.empty or any(not group for group in groups):
        return Asked(None, None, ())
    until = _until(connection, now) if query.after is not None else now
    within, beyond = _times(query, until)
    if within:
        groups.append(within)
    tags = [group for group in groups if len(group) < len(KINDS) or not query.words or group is not groups[0]]
    words = [phrase(word) for word in query.words]
    wanted = [f"text : ({' AND '.join(words)})"] if words else []
    wanted += [f"tags : ({' OR '.join(group)})" for group in tags]
    unwanted = [f"text : ({' OR '.join(map(phrase, query.without))})"] if query.without else []
    unwanted += [f"tags : ({' OR '.join(beyond)})"] if beyond else []
    match = " AND ".join(wanted)
    if unwanted:
        match = f"({match}) NOT ({' OR '.join(unwanted)})"
    words = [f"text : ({word})" for word in words]
    return Asked(match, _condition(query, sessions), [*words, *wanted[bool(words) :], *unwanted])


def phrase(word: Word) -> str:
    """A word or phrase in quotes: nothing in it is syntax."""
    return f'"{storable(word.text).replace(chr(34), chr(34) * 2)}"' + (" *" if word.prefix else "")


def any_word(words: Sequence[Word]) -> str:
    """What marks any of them in a text."""
    return " OR ".join(map(phrase, words))


def _kinds(query: SearchQuery) -> list[str]:
    kinds = query.kinds or KINDS
    return [kind_tag(kind) for kind in kinds if not query.calls_only or kind in ("arguments", "output")]


def _named(query: SearchQuery, names: Names) -> list[list[str]]:
    """Models by a part of their names, tools by the beginning."""
    groups = []
    if query.models:
        groups.append([tag("m", n) for kind, n in names if kind == "model" and any(m in n for m in query.models)])
    if query.tools:
        groups.append([tag("t", n) for kind, n in names if kind == "tool" and n.startswith(query.tools)])
    return groups


def _sessions(connection: sqlite3.Connection, query: SearchQuery) -> list[str] | None:
    """The sessions that are meant, None for all."""
    if not query.sessions:
        return None
    found: dict[str, None] = {}
    for name in query.sessions:
        slot = slot_number(name)
        rows = connection.execute(
            "SELECT id FROM p_sessions WHERE slot = ?1 OR (?1 IS NULL AND instr(lower(title), ?2)) OR"
            " substr(id, 1, length(?2)) = ?2",
            (slot, name),
        )
        found |= dict.fromkeys(session_id for (session_id,) in rows)
    return list(found)


def _until(connection: sqlite3.Connection, now: float) -> float:
    """No entry is later: of a clock that went wrong neither."""
    (last,) = connection.execute("SELECT max(changed_at) FROM p_sessions").fetchone()
    return max(now + 2 * _DAY, (last or 0.0) + 2 * _DAY)


def _times(query: SearchQuery, until: float) -> tuple[list[str], list[str]]:
    """Tags of which one must be there, and tags of which none may be; either may be empty."""
    after, before = query.after, query.before
    if after is not None:
        end = until if before is None else min(before, until)
        days, months = range(day_of(after), day_of(end) + 1), range(month_of(after), month_of(end) + 1)
        if len(days) <= MOST_DAYS:
            return ([day_tag(day) for day in days] or ["never"]), []
        return ([month_tag(month) for month in months] if len(months) <= MOST_MONTHS else []), []
    if before is not None:
        days, months = range(day_of(before) + 1, day_of(until) + 1), range(month_of(before) + 1, month_of(until) + 1)
        if len(days) <= MOST_DAYS:
            return [], [day_tag(day) for day in days]
        return [], [month_tag(month) for month in months[:MOST_MONTHS]]
    return [], []


def _condition(query: SearchQuery, sessions: Sequence[str] | None) -> Condition | None:
    sql, values = list[str](), list[object]()
    if query.after is not None:
        sql, values = [*sql, "e.at >= ?"], [*values, query.after]
    if query.before is not None:
        sql, values = [*sql, "e.at < ?"], [*values, query.before]
    if sessions is not None and len(sessions) > MOST_SESSIONS:
        sql.append(f"e.session_id IN ({', '.join('?' for _ in sessions)})")
        values += sessions
    calls = bool(query.states or query.paths)
    if calls:
        call, said = _call(query)
        sql, values = [*sql, call], [*values, *said]
    return Condition(" AND ".join(sql), tuple(values), calls, sessions, query) if sql else None


def _call(query: SearchQuery) -> tuple[str, list[object]]:
    """The call of an entry is named in its body."""
    name = "coalesce(json_extract(e.body, '$.part.call_id'), json_extract(e.body, '$.call_id'))"
    sql, values = list[str](), list[object]()
    if query.states:
        sql.append(f"c.state IN ({', '.join('?' for _ in query.states)})")
        values += query.states
    for path in query.paths:
        sql.append("(instr(lower(c.path), ?) OR instr(lower(c.touched), ?))")
        values += [path, path]
    exists = (
        f"EXISTS (SELECT 1 FROM p_tool_calls c WHERE c.session_id = e.session_id AND c.call_id = {name}"
        f" AND {' AND '.join(sql)})"
    )
    return f"CASE WHEN json_valid(e.body) THEN {exists} END", values
