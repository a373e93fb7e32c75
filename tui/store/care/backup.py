"""A copy of the store in one file, made while the program runs.

SQLite copies some pages at a time and lets writers in between; what is written meanwhile through another connection
makes it begin again, so that a busy store's copy may go over it a few times and is then finished in one go. The copy
stands under its name only when it is whole, checked and on the disk.
"""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from tui.errors import StoreError, UsageError
from tui.store import schema
from tui.store.care.remake import must_be_sound
from tui.store.care.swap import sync_folder
from tui.store.connection import explain

PAGES = 500
"""Copied at once: two megabytes."""
PATIENCE = 20.0
"""Seconds after which the rest is copied in one go. Readers and writers go on under WAL all the same."""


def backup(path: Path, target: Path, *, force: bool = False) -> int:
    """Copy the store at ``path`` to ``target``; its size in bytes.

    Raises:
        UsageError: there is such a file already, and ``force`` does not say that it may go, or the target is the store.
        StoreError: the store cannot be read, or the copy not be written; there is none then.
    """
    if not path.exists():
        raise StoreError(f"There is no store at {path} yet.")
    if target.exists() and (os.path.samefile(path, target) or target.is_dir()):
        raise UsageError(f"{target} is {'a folder' if target.is_dir() else 'the store itself'}.", hint=_ANOTHER)
    if os.path.lexists(target) and not force:
        raise UsageError(f"{target} is there already.", hint="--force replaces it.")
    draft = target.with_name(f".{target.name}.part")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        _copy(path, draft)
        must_be_sound(draft)
        _sync(draft)
        os.replace(draft, target)
        sync_folder(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.", hint=_ANOTHER) from error
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


_ANOTHER = "Name another file."


def _copy(path: Path, draft: Path) -> None:
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    until = time.monotonic() + PATIENCE

    def pace(status: int, left: int, total: int) -> None:
        if time.monotonic() > until:
            raise TimeoutError

    with closing(sqlite3.connect(uri, uri=True)) as old, closing(sqlite3.connect(draft)) as new:
        schema.check(old)
        try:
            old.backup(new, pages=PAGES, progress=pace, sleep=0.005)
        except TimeoutError:
            old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, whatever the store's own is


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
