"""Old archived sessions moved out of the store, into a store of their own beside it, and back.

Nothing goes that a person has not put away: a session is archived and has rested since before the date that was asked
for, or it is the sub-agent of one that goes. What another session goes on from stays. The file that they go to is whole
before the store lets go of them; for 30 days ``undo`` brings them back.
"""

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tui.errors import StoreError
from tui.store.care import swap
from tui.store.care.remake import (
    TRUE_TABLES,
    must_be_sound,
    new_file,
    project_all,
    put,
    reading,
    settle,
    shared_columns,
)
from tui.store.connection import explain
from tui.store.presence import Presence
from tui.store.sessions import SessionRow, list_sessions
from tui.value import value

FOLDER = "pruned"
DAYS_KEPT = 30
_DAY = 86_400.0
_NAME = re.compile(r"(\d{10,})\.db")
_HASH = re.compile(rb"[0-9a-f]{64}")
Row = tuple[Any, ...]


@value
class Terms:
    """Which archived sessions go: those that changed last before ``before`` (epoch seconds), and the oldest of the
    others until all texts take at most ``bytes``. 0: not by this."""

    before: float = 0.0
    bytes: int = 0

    @property
    def off(self) -> bool:
        return not self.before and not self.bytes


@value
class Going:
    """A session that goes, and about how many bytes with it."""

    id: str
    title: str
    changed_at: float
    bytes: int


def preview(path: Path, terms: Terms) -> list[Going]:
    """What ``prune`` would move, the oldest first. Raises StoreError."""
    try:
        with reading(path) as old:
            old.text_factory = str
            return _going(old, terms)
    except sqlite3.Error as error:
        raise explain(error, path) from error


def prune(path: Path, terms: Terms, *, at: float) -> tuple[list[Going], Path | None]:
    """Move them; what went, and the file that holds it now. Files from before the last 30 days go for ever.

    Raises:
        StoreError: another process has the store open, or there is no room for the new files; the store is as it was.
    """

    def work() -> tuple[list[Going], Path | None]:
        going = preview(path, terms)
        if not going:
            return [], None
        names = {each.id.encode() for each in going}
        moved = _free_name(path, at)
        moved.parent.mkdir(mode=0o700, exist_ok=True)
        with reading(path) as old:
            theirs, others = _blobs_of(old, lambda sid: sid in names), _blobs_of(old, lambda sid: sid not in names)
            with new_file(swap.making(moved)) as new:
                _copy(old, new, lambda sid: sid in names, lambda name: name in theirs, screen=False)
                project_all(new)
            must_be_sound(swap.making(moved))
            swap.decide(moved)
            swap.finish(moved)
            with new_file(swap.making(path)) as new:
                _copy(old, new, lambda sid: sid not in names, lambda name: name not in theirs - others, screen=True)
                project_all(new)
        _replace(path)
        for file in kept(path):
            if taken_at(file) < at - DAYS_KEPT * _DAY:
                file.unlink()
        return going, moved

    return _alone(path, work)


def undo(path: Path) -> int:
    """Bring the sessions of the last pruning back, archived as they were; how many.

    One that has come into the store in another way since, by an import, stays as it is there: two that went on
    otherwise make none. The file is kept then, for its 30 days.

    Raises:
        StoreError: there is nothing to undo, or it fails as ``prune`` may.
    """
    files = kept(path)
    if not files:
        raise StoreError(f"Nothing was pruned in the last {DAYS_KEPT} days.")

    def work() -> int:
        there = _names(path)
        file = next((each for each in reversed(files) if _names(each) - there), None)
        if file is None:
            raise StoreError("All that was pruned is in the store already.", hint="penstock sessions lists it.")
        back = _names(file)
        with new_file(swap.making(path)) as new:
            with reading(path) as old:
                _copy(old, new, lambda _: True, lambda _: True, screen=True)
            with reading(file) as old:
                _copy(old, new, lambda sid: sid not in there, lambda _: True, screen=False, anew=True)
            project_all(new)
        _replace(path)
        if not back & there:
            file.unlink()
        return len(back - there)

    return _alone(path, work)


def kept(path: Path) -> list[Path]:
    """The files of earlier prunings, the oldest first."""
    folder = path.parent / FOLDER
    names = os.listdir(folder) if folder.is_dir() else []
    return [folder / name for name in sorted(names) if _NAME.fullmatch(name)]


def taken_at(file: Path) -> float:
    return float(file.stem)


def _going(old: sqlite3.Connection, terms: Terms) -> list[Going]:
    rows = sorted(list_sessions(old, workspace=None, archived=None, text=""), key=lambda row: row.changed_at)
    weights = dict(old.execute("SELECT session_id, sum(length(body)) FROM entries GROUP BY session_id"))
    for size, sid in _blob_weights(old):
        weights[sid] = weights.get(sid, 0) + size
    total, chosen = sum(weights.values()), set[str]()
    for row in rows:
        if not row.archived or row.status not in ("idle", "failed"):
            continue
        if row.changed_at < terms.before or (terms.bytes and total > terms.bytes):
            chosen.add(row.id)
            total -= weights.get(row.id, 0)
    _with_agents(rows, chosen)
    return [
        Going(id=row.id, title=row.title, changed_at=row.changed_at, bytes=weights.get(row.id, 0))
        for row in rows
        if row.id in chosen
    ]


def _with_agents(rows: list[SessionRow], chosen: set[str]) -> None:
    """Sub-agents go with their session, and nothing goes that one that stays was forked from."""
    for _ in rows:
        before = len(chosen)
        chosen |= {row.id for row in rows if row.parent_session in chosen and row.status in ("idle", "failed")}
        if len(chosen) == before:
            break
    ids = {row.id for row in rows}
    while needed := chosen & {row.forked_from for row in rows if row.forked_from and row.id not in chosen}:
        chosen -= needed
        orphans = needed
        while orphans:
            stays = ids - chosen
            orphans = {row.id for row in rows if row.id in chosen and row.parent_session in stays and not row.archived}
            chosen -= orphans  # a sub-agent whose session stays after all stays with it


def _blob_weights(old: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    sizes = dict(old.execute("SELECT hash, length(data) FROM blobs"))
    for sid, body in old.execute(
        "SELECT session_id, body FROM entries WHERE body LIKE '%\"hash\":%' OR body LIKE '%$blob%'"
    ):
        yield sum(sizes.get(name.decode(), 0) for name in set(_HASH.findall(body.encode()))), sid


def _blobs_of(old: sqlite3.Connection, mine: Callable[[bytes], bool]) -> set[bytes]:
    """The blobs that these sessions' rows name, in whatever field."""
    there = {name for (name,) in old.execute("SELECT hash FROM blobs")}
    found: set[bytes] = set()
    for table in ("entries", "scratch", "aside"):
        for sid, body in old.execute(f"SELECT session_id, body FROM {table}"):
            if mine(sid):
                found.update(name for name in _HASH.findall(body) if name in there)
    return found


def _copy(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    mine: Callable[[bytes], bool],
    blob: Callable[[bytes], bool],
    *,
    screen: bool,
    anew: bool = False,
) -> None:
    """Rows of these sessions and these blobs; ``screen``: with the screen's values; ``anew``: behind what is there."""
    for table in TRUE_TABLES:
        columns = shared_columns(old, new, table)
        if not columns or (table in ("ui", "slots") and not screen):
            continue
        order = " ORDER BY rowid" if columns[0] == "rowid" else ""
        if anew:
            columns = [name for name in columns if name not in ("rowid", "id")]
        rows: Iterable[Row] = old.execute(f"SELECT {', '.join(columns)} FROM {table}{order}")
        if table == "blobs":
            rows = (row for row in rows if blob(row[0]))
        elif "session_id" in columns:
            at = columns.index("session_id")
            rows = (row for row in rows if (not row[at] and screen) or (row[at] and mine(row[at])))
        put(new, table, columns, rows)


def _names(file: Path) -> set[bytes]:
    with reading(file) as old:
        return {name for (name,) in old.execute("SELECT DISTINCT session_id FROM entries")}


def _replace(path: Path) -> None:
    must_be_sound(swap.making(path))
    swap.decide(path)
    swap.finish(path)


def _free_name(path: Path, at: float) -> Path:
    number = int(at)
    while (file := path.parent / FOLDER / f"{number}.db").exists():
        number += 1
    return file


def _alone(path: Path, work: Callable[[], Any]) -> Any:
    presence = Presence.alone(path)
    try:
        settle(path)
        return work()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be written: {error.strerror}.", hint="Nothing was changed.") from error
    finally:
        swap.making(path).unlink(missing_ok=True)
        presence.leave()


def age_limit(days: float) -> float:
    """``Terms.before`` for sessions that have rested for so many days; 0 for none."""
    return time.time() - days * _DAY if days else 0.0
