"""A damaged store is replaced by what can be read of it, and kept beside it under a name with the date.

``repair`` is what ``penstock doctor --repair`` does while nobody has the store open. ``set_aside`` is what a start
does that meets a store too damaged to open: it makes room for a new one, and ``merge`` brings the sessions over.
"""

import os
import shutil
import time
from pathlib import Path

from tui.errors import StoreError
from tui.store.care import swap
from tui.store.care.remake import must_be_sound
from tui.store.care.salvage import Salvaged, salvage
from tui.store.care.swap import KEPT, WAITING
from tui.store.presence import Presence


def repair(path: Path) -> tuple[Salvaged, Path]:
    """Returns what was read, and where the damaged file is kept now.

    Raises:
        StoreError: another process has the store open, or the new file could not be written; nothing was changed.
    """
    presence = Presence.alone(path)
    try:
        found = salvage(path, swap.making(path))
        must_be_sound(swap.making(path))
        kept = _keep(path, KEPT)
        swap.decide(path)
        swap.finish(path)
        return found, kept
    except OSError as error:
        raise StoreError(
            f"The new file cannot be written: {error.strerror}.",
            hint="Nothing was changed. Free some space, and retry.",
        ) from error
    finally:
        presence.leave()


def set_aside(path: Path) -> Path:
    """Move the store away, under a name that says that it is to be read; where it is now.

    Raises:
        StoreError: another process has the store open, or its folder cannot be written.
    """
    presence = Presence.alone(path)
    try:
        kept = _keep(path, WAITING)
        for end in swap.BESIDE:  # the file first: SQLite throws a log away that it finds beside an empty file
            path.with_name(path.name + end).unlink(missing_ok=True)
        swap.sync_folder(path)
        return kept
    except OSError as error:
        raise StoreError(f"{path} is damaged, and cannot be moved away: {error.strerror}.") from error
    finally:
        presence.leave()


def was_read(kept: Path) -> Path:
    """Name a file that was set aside as one that is kept only; its new name."""
    named = kept.with_name(kept.name.replace(f".{WAITING}-", f".{KEPT}-"))
    for end in ("-wal", "-shm", ""):  # the file last: it says that there is something to read
        if (old := kept.with_name(kept.name + end)).exists():
            os.replace(old, named.with_name(named.name + end))
    return named


def _keep(path: Path, word: str) -> Path:
    """The store's files under other names as well, which cost no space where the disk can do that."""
    stamp = int(time.strftime("%Y%m%d%H%M%S"))
    while (kept := path.with_name(f"{path.name}.{word}-{stamp}")).exists():
        stamp += 1
    for end in reversed(swap.BESIDE):
        if (old := path.with_name(path.name + end)).exists():
            new = kept.with_name(kept.name + end)
            try:
                os.link(old, new)
            except OSError:
                shutil.copy2(old, new)
    swap.sync_folder(path)
    return kept
