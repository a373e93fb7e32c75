"""What a store is like, for ``penstock doctor``: read only, also from a file that is damaged.

Each fact is asked for by itself, so that damage in one place hides no other.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tui.store import schema
from tui.store.care.prune import FOLDER
from tui.store.care.remake import reading
from tui.store.care.swap import KEPT, WAITING
from tui.store.owner import Owner
from tui.value import value

THOROUGH_BYTES = 300_000_000
"""Up to this size the indexes are compared with what they index as well."""
AHEAD = 3600.0
"""Seconds by which an entry may be ahead of the clock."""
_HASH = re.compile(rb"[0-9a-f]{64}")
_SESSIONS = schema.PROJECTIONS[0]


@value
class Facts:
    """``damage`` is what SQLite said, empty for a sound file. ``stale`` are sessions whose list or rows are not what
    the log says; ``unnamed`` are blobs that nothing names, and their bytes."""

    version: int = 0
    sessions: int = 0
    entries: int = 0
    damage: str = ""
    stale: int = 0
    ownerless: int = 0
    ended_scratch: int = 0
    unnamed: int = 0
    unnamed_bytes: int = 0
    missing: int = 0
    future: int = 0
    redactions: int = 0
    aside: int = 0


def facts_of(path: Path, now: float) -> Facts:
    """Raises sqlite3.Error where the file cannot even be opened."""
    with reading(path) as old:
        (version,) = old.execute("PRAGMA user_version").fetchone()
        damage = _damage(old, path)
        found: dict[str, int] = {}
        for name, ask in _ASKED.items():
            with suppress(sqlite3.Error):
                (found[name],) = old.execute(ask, (now + AHEAD,) if "?" in ask else ()).fetchone()
        with suppress(sqlite3.Error):
            found["unnamed"], found["unnamed_bytes"], found["missing"] = _blobs(old)
    return Facts(version=version, damage=damage, **found)


_ASKED = {
    "sessions": f"SELECT count(*) FROM {_SESSIONS}",
    "entries": "SELECT count(*) FROM entries",
    "stale": f"""SELECT count(*) FROM (SELECT session_id, max(seq) AS top FROM entries GROUP BY session_id) e
        FULL JOIN {_SESSIONS} s ON s.id = e.session_id WHERE s.seq IS NOT e.top"""
    if sqlite3.sqlite_version_info >= (3, 39)
    else f"""SELECT count(*) FROM (SELECT session_id, max(seq) AS top FROM entries GROUP BY session_id) e
        LEFT JOIN {_SESSIONS} s ON s.id = e.session_id WHERE s.seq IS NOT e.top""",
    "ownerless": """SELECT count(*) FROM scratch c
        WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.session_id = c.session_id)""",
    "ended_scratch": """SELECT count(*) FROM scratch c WHERE EXISTS (SELECT 1 FROM entries e
        WHERE e.session_id = c.session_id AND e.kind IN ('PartEnded', 'ToolEnded')
        AND coalesce(json_extract(e.body, '$.part_id'), json_extract(e.body, '$.call_id')) = c.owner)""",
    "future": "SELECT count(*) FROM entries WHERE at > ?",
    "redactions": "SELECT count(*) FROM redactions",
    "aside": "SELECT count(*) FROM aside",
}


def _damage(old: sqlite3.Connection, path: Path) -> str:
    check = "integrity_check" if path.stat().st_size <= THOROUGH_BYTES else "quick_check"
    try:
        (first,) = old.execute(f"PRAGMA {check}(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    said = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    return "" if said == "ok" else said


def _blobs(old: sqlite3.Connection) -> tuple[int, int, int]:
    """Blobs that nothing names, their bytes, and long texts that are named and not there."""
    there = dict(old.execute("SELECT hash, length(data) FROM blobs"))
    named: set[bytes] = set()
    wanted: set[bytes] = set()
    for table in ("entries", "scratch"):
        for (body,) in old.execute(f"SELECT body FROM {table}"):
            found = _HASH.findall(body) if there or b'"$blob"' in body else ()
            named.update(found)
            if b'{"$blob":"' in body:
                wanted.update(re.findall(rb'\{"\$blob":"([0-9a-f]{64})"', body))
    unnamed = there.keys() - named
    return len(unnamed), sum(there[name] for name in unnamed), len(wanted - there.keys())


def locks(folder: Path) -> tuple[int, int]:
    """Sessions that a process runs now, and lock files that a dead one left. Seats are locked, too: no sessions."""
    owner, held, left = Owner(folder), 0, 0
    for name in _names(folder, lambda name: name.endswith(".lock") and not name.startswith("seat-")):
        running = owner.holder(name.removesuffix(".lock")) is not None
        held, left = held + running, left + (not running)
    return held, left


def beside(path: Path) -> Iterator[tuple[str, int, int]]:
    """What care has left beside the store: sort, number and bytes."""
    for sort, start in (("damaged", f".{KEPT}-"), ("unread", f".{WAITING}-")):
        names = _names(path.parent, lambda name, start=start: name.startswith(f"{path.name}{start}"))
        files = [name for name in names if name.rpartition("-")[2].isdigit()]
        if files:
            yield sort, len(files), sum((path.parent / name).stat().st_size for name in names)
    pruned = [path.parent / FOLDER / name for name in _names(path.parent / FOLDER, lambda name: name.endswith(".db"))]
    if pruned:
        yield "pruned", len(pruned), sum(each.stat().st_size for each in pruned)


def _names(folder: Path, wanted: Callable[[str], bool]) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if wanted(name))
    except OSError:
        return []
