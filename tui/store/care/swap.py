"""A new file takes the store's place: decided by one rename, and then gone through with by whoever comes next.

A store is three files, and no system call replaces three. So the new file is made under one name and, when it is
whole and on the disk, renamed to another, ``.ready``. From then on the old one counts no more: ``finish`` takes its
write-ahead log away (SQLite would play it into the new file) and puts the new file in its place. A process that dies
before the rename has changed nothing; one that dies after it leaves the rest to the next that opens the store.
"""

import os
from pathlib import Path

BESIDE = ("", "-wal", "-shm")
"""What the names of a store's files end with."""

KEPT, WAITING = "damaged", "unread"
"""Parts of the names of damaged stores that were read, and of those whose sessions have not been brought over yet."""


def making(path: Path) -> Path:
    """Where the new file is made: whatever stands there is half, and may be removed."""
    return path.with_name(f"{path.name}.making")


def ready(path: Path) -> Path:
    """Where it waits for its place: whatever stands there is whole."""
    return path.with_name(f"{path.name}.ready")


def decide(path: Path) -> None:
    """The file that was made is the store from now on. Raises OSError; the old store is whole then."""
    descriptor = os.open(making(path), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(making(path), ready(path))
    sync_folder(path)


def finish(path: Path) -> bool:
    """Go through with what was decided; whether there was anything. Only for who has the store alone."""
    if not ready(path).exists():
        return False
    for end in BESIDE[1:]:
        path.with_name(path.name + end).unlink(missing_ok=True)
    os.replace(ready(path), path)
    sync_folder(path)
    return True


def unread(path: Path) -> list[Path]:
    """Files that were set aside and have not been read to their end, the oldest first."""
    try:
        names = os.listdir(path.parent)
    except OSError:
        return []
    start = f"{path.name}.{WAITING}-"
    return [path.with_name(name) for name in sorted(names) if name.startswith(start) and name[len(start) :].isdigit()]


def sync_folder(path: Path) -> None:
    """Names in the folder of ``path`` are on the disk."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
