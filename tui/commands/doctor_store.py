"""What ``penstock doctor`` says of the store, and its ``--repair``."""

import asyncio
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tui.errors import PenstockError, StoreDamaged
from tui.paths import HOME_VARIABLE, store_path
from tui.store.care.facts import Facts, beside, facts_of, locks
from tui.store.care.repair import repair
from tui.store.schema import VERSION
from tui.store.store import LOCKS, Store

State = Literal["ok", "look", "wrong"]
Finding = tuple[str, str, State]

WAL_MOST = 64_000_000
LITTLE, LEAST = 1_000_000_000, 100_000_000
"""Bytes that are free: what is worth a look, and what is wrong."""
_REPAIR = "Close Penstock, and run penstock doctor --repair: the old file is kept"
_LEFT = {
    "damaged": "of stores that were damaged: kept, and read already; remove them when you miss nothing",
    "unread": "of damaged stores that the next start of penstock reads",
    "pruned": "of pruned sessions: penstock prune --undo brings the last ones back",
}


def look_at_store() -> list[Finding]:
    """Each fact with what to do; never raises for what is wrong with the store."""
    try:
        path = store_path()
    except PenstockError as error:
        return [("store", error.sentence(), "wrong")]
    try:
        if not os.path.lexists(path):
            return [_place(path)]
        found = list(_privacy(path)) if path.is_file() else []
        asyncio.run(_opened(path))
        facts = facts_of(path, time.time())
    except StoreDamaged as error:
        return [("store", f"{error} {_REPAIR}.", "wrong")]
    except PenstockError as error:
        return [("store", error.sentence(), "wrong")]
    except sqlite3.Error as error:
        return [("store", f"{path} cannot be read: {error}. {_REPAIR}.", "wrong")]
    except OSError as error:
        return [("store", f"cannot be looked at: {error.strerror}: {error.filename}", "wrong")]
    return [*found, _soundness(path, facts), *_contents(facts), *_around(path)]


def mend_store() -> Finding:
    """Repair the store where it needs it. Raises PenstockError where that cannot be done."""
    path = store_path()
    if not os.path.lexists(path):
        return "repair", "there is no store yet, and nothing to repair", "ok"
    try:
        asyncio.run(_opened(path))
        facts = facts_of(path, time.time())
        if not (facts.damage or facts.stale or facts.missing):
            return "repair", "the store is sound: nothing to repair", "ok"
    except (StoreDamaged, sqlite3.Error):
        pass
    found, kept = repair(path)
    return "repair", f"{found.sentence()} The old file is kept as {kept}.", "look" if _lost(found.lost) else "ok"


def _lost(lost: int | None) -> bool:
    return lost is None or lost > 0


async def _opened(path: Path) -> None:
    """Opened as the program does it, which says best what is wrong."""
    await (await Store.open(path)).close()


def _place(path: Path) -> Finding:
    """Whether a store that is not there yet can be made."""
    there = next(folder for folder in path.parents if os.path.lexists(folder))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "is not writable" if there.is_dir() else "is not a folder"
        advice = f"Set {HOME_VARIABLE} to a folder that you may write to."
        return "store", f"cannot be made: {there} {why}. {advice}", "wrong"
    return "store", f"{path} is made at the first start", "ok"


def _privacy(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield "privacy", f"others may read {path} (mode {mode:o}): chmod 600 {path}", "wrong"
    else:
        yield "privacy", f"only you can read the store (mode {mode:o})", "ok"
    folder = stat.S_IMODE(path.parent.stat().st_mode)
    if folder & 0o022:
        yield "privacy", f"others may write to {path.parent} (mode {folder:o}): chmod 700 {path.parent}", "wrong"
    owner = path.stat().st_uid
    if owner != os.geteuid():
        yield "privacy", f"{path} belongs to user {owner}: chown it to yours", "wrong"


def _soundness(path: Path, facts: Facts) -> Finding:
    size = f"{path.stat().st_size / 1e6:.1f} MB, {facts.sessions} sessions"
    if facts.damage:
        return "store", f"{path} is damaged: {facts.damage}. {_REPAIR}.", "wrong"
    if facts.missing:
        return "store", f"{path}: {facts.missing} long texts are missing. {_REPAIR}.", "wrong"
    if facts.stale:
        return "store", f"{path}: {facts.stale} sessions are not listed as their log says. {_REPAIR}.", "wrong"
    return "store", f"{path}, {size}, sound, format {facts.version} of {VERSION}", "ok"


def _contents(facts: Facts) -> Iterator[Finding]:
    said = f"{facts.entries} entries"
    extra = [
        (facts.ownerless + facts.ended_scratch, "streamed pieces that nothing needs any more"),
        (facts.unnamed, f"long texts ({facts.unnamed_bytes / 1e6:.1f} MB) that nothing names"),
        (facts.aside, "entries that a repair put aside (table aside)"),
        (facts.redactions, "redactions noted"),
    ]
    yield "log", ", ".join([said, *(f"{count} {what}" for count, what in extra if count)]), "ok"
    if facts.future:
        text = f"{facts.future} entries are from the future: is this machine's clock right? It says {time.ctime()}"
        yield "clock", text, "look"
    else:
        yield "clock", f"{time.strftime('%Y-%m-%d %H:%M:%S %z')}, and nothing is stored from after that", "ok"


def _around(path: Path) -> Iterator[Finding]:
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.is_file() else 0
    text = f"the write-ahead log has {size / 1e6:.1f} MB"
    if size > WAL_MOST:
        yield "wal", f"{text}: end what keeps reading the store, such as an open sqlite3, and it is cut back", "look"
    else:
        yield "wal", text, "ok"
    held, left = locks(path.parent / LOCKS)
    if held or left:
        text = f"sessions that a process runs now: {held}"
        yield "locks", f"{text}; lock files that nothing needs, left by one that died: {left}", "ok"
    for sort, count, size in beside(path):
        files = "file" if count == 1 else "files"
        yield sort, f"{count} {files} ({size / 1e6:.1f} MB) {_LEFT[sort]}", "look" if sort == "unread" else "ok"
    free = shutil.disk_usage(path.parent).free
    state: State = "wrong" if free < LEAST else "look" if free < max(LITTLE, 2 * path.stat().st_size) else "ok"
    advice = ": free some, for writing stops when it is full" if state != "ok" else ""
    yield "disk", f"{free / 1e9:.1f} GB are free beside the store{advice}", state
