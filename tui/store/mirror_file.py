"""A session's file in the session log: whole lines at its end, and where it left off, found in the file itself.

    SESSION.jsonl                     what is being written; `tail -F` sees whole lines only
    SESSION.0000004711.jsonl.gz       what came before, compressed, through that seq

Nothing else remembers how far a file reaches. So a crash at any moment costs nothing: half a line is cut off, a file
that was compressed already is taken away, and all goes on after the last seq that stands there. A lock on the file
keeps two programs that had a session one after the other from writing between each other's lines.
"""

import fcntl
import gzip
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

ENDS = ".jsonl"
_PACKED = re.compile(r"\.(\d+)\.jsonl\.gz")
_BLOCK = 64 * 1024


class Reach(NamedTuple):
    """Through which entry a session stands in the log, 0 where it is not there; and its file's size."""

    seq: int = 0
    size: int = 0


def reach(folder: Path, session_id: str) -> Reach:
    """What the files say of themselves.

    Raises:
        OSError: the file cannot be read or mended.
    """
    packed, file = _last_packed(folder, session_id), folder / f"{session_id}{ENDS}"
    with suppress(FileNotFoundError), _held(file, os.O_RDWR) as number:
        found = _mended(number)
        if found > packed:
            return Reach(found, os.fstat(number).st_size)
        file.unlink()  # empty, or compressed as a whole: the end came before it was taken away
    return Reach(packed)


def append(folder: Path, session_id: str, lines: bytes, size: int) -> bool:
    """Whole lines, in one write, to a file of that size. False where it has another: somebody else wrote to it.

    Raises:
        OSError: not all of them could be written, and then none of them stands there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(folder / f"{session_id}{ENDS}", os.O_WRONLY | os.O_APPEND | os.O_CREAT) as number:
        if os.fstat(number).st_size != size:
            return False
        try:
            written = write(number, lines)
            if written < len(lines):
                written += write(number, lines[written:])  # says what stood in the way
            if written < len(lines):
                raise OSError("it takes only a part")
        except OSError:
            os.ftruncate(number, size)
            raise
        return True


def pack(folder: Path, session_id: str, through: int) -> None:
    """Compress what is there, which reaches through a seq; the next line begins a new file. Raises OSError."""
    file = folder / f"{session_id}{ENDS}"
    packed = folder / f"{session_id}.{through:010}{ENDS}.gz"
    part = folder / f"{session_id}.part"
    with _held(file, os.O_RDONLY) as number, os.fdopen(os.dup(number), "rb") as plain:
        made = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(made, "wb") as raw:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw) as gzipped:
                shutil.copyfileobj(plain, gzipped, _BLOCK)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(packed)
        file.unlink()


write = os.write
"""How bytes reach a file, by its number."""


@contextmanager
def _held(file: Path, flags: int) -> Iterator[int]:
    """The file, open, ours alone among all programs that keep the log, and still under its name."""
    while True:
        number = os.open(file, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            if os.fstat(number).st_nlink:  # nobody compressed it meanwhile
                yield number
                return
        finally:
            os.close(number)


def _last_packed(folder: Path, session_id: str) -> int:
    last = 0
    for file in folder.glob(f"{session_id}.*{ENDS}.gz"):
        found = _PACKED.fullmatch(file.name.removeprefix(session_id))
        last = max(last, int(found[1]) if found else 0)
    return last


def _mended(number: int) -> int:
    """The seq of the last whole line; what follows it is cut off. 0 where there is no line.

    Raises:
        OSError: the last line is none of ours.
    """
    end = size = os.fstat(number).st_size
    tail = b""
    while end and tail.count(b"\n") < 2:
        start = max(0, end - _BLOCK)
        tail = os.pread(number, end - start, start) + tail
        end = start
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        os.ftruncate(number, size - (len(tail) - len(whole)))
    if not whole:
        return 0
    try:
        return int(json.loads(whole[whole.rfind(b"\n", 0, -1) + 1 :])["seq"])
    except (ValueError, KeyError, TypeError):
        raise OSError("its last line is not one of the session log") from None
