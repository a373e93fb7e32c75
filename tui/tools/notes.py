"""Notes that outlive sessions, as Markdown files that a person can read and edit too.

One bullet is one note. Whatever else stands in a file (headings, words between the bullets) is the person's and stays
as it is. A change is one rename under a lock, so that several programs may write; the file is read again under that
lock, so what an editor saved a moment before is kept. Everything here blocks.
"""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.disk_file import TextFile, read_text, write_bytes
from tui.errors import ToolError
from tui.plain import plain
from tui.tools.base import NotesChange, NoteScope

LONGEST = 1000
"""Characters of a note."""
MOST_BYTES = 64 * 1024
"""Bytes of a file to which notes are added."""
LOCK_SECONDS = 5.0
_PAUSE = 0.02
_BULLET = re.compile(r"[-*+] +(?=\S)")
Edit = Callable[[str], str]
"""A file's new text from its old one."""
_TITLES: dict[NoteScope, str] = {"person": "# Notes for you", "project": "# Notes for this project"}


class Notes:
    """``tui.tools.base.Notebook`` over two files, which need not exist."""

    def __init__(self, person: Path, project: Path) -> None:
        self._paths: dict[NoteScope, Path] = {"person": person, "project": project}
        self._known: dict[NoteScope, tuple[tuple[int, ...], tuple[str, ...]]] = {}

    def read(self, scope: NoteScope) -> tuple[str, ...]:
        """All notes, oldest first. A file that has not changed since is not read again."""
        stamp = _stamp(self._paths[scope])
        if stamp is None:
            return ()
        known = self._known.get(scope)
        if known is None or known[0] != stamp:
            known = self._known[scope] = stamp, self._notes(scope)
        return known[1]

    def add(self, scope: NoteScope, text: str, *, dry: bool = False) -> NotesChange:
        """Put a note at the end."""
        note = one_note(text)
        if len(note) > LONGEST:
            raise ToolError(f"A note has {LONGEST:,} characters at most; this one has {len(note):,}. Say it shorter.")

        def changed(old: str) -> str:
            if any(known == note for known, _, _ in _found(old)):
                raise ToolError("That note is there already.")
            start = old if old.strip() else f"{_TITLES[scope]}\n\n"
            end = "" if start.endswith("\n") else "\n"
            return f"{start}{end}- {note}\n"

        return self._change(scope, changed, dry)

    def remove(self, scope: NoteScope, text: str, *, dry: bool = False) -> NotesChange:
        """Take out the note of exactly that text."""
        note = one_note(text)

        def changed(old: str) -> str:
            at = next(((start, end) for known, start, end in _found(old) if known == note), None)
            if at is None:
                raise ToolError(f"There is no such note for the {scope}: give its exact text, as list shows it.")
            return old[: at[0]] + old[at[1] :]

        return self._change(scope, changed, dry)

    def _notes(self, scope: NoteScope) -> tuple[str, ...]:
        file = self._file(scope)
        return () if file is None else tuple(note for note, _, _ in _found(file.text))

    def _change(self, scope: NoteScope, changed: Edit, dry: bool) -> NotesChange:
        path = Path(os.path.realpath(self._paths[scope]))  # a link to where the person keeps such files stays one
        if dry:
            return self._planned(scope, path, changed)[0]
        with _locked(self._paths[scope].parent):
            change, form = self._planned(scope, path, changed)
            as_of = None if change.before is None else form.stamp  # an editor may not know of the lock
            write_bytes(path, form.encode(change.after), as_of=as_of, mode=0o600)
        return change

    def _planned(self, scope: NoteScope, path: Path, changed: Edit) -> tuple[NotesChange, TextFile]:
        file = self._file(scope)
        form = file or TextFile(text="")
        after = changed(form.text)
        size = len(form.encode(after))
        if size > MOST_BYTES and len(after) > len(form.text):
            raise ToolError(
                f"The notes for the {scope} would have {size:,} bytes, and {MOST_BYTES:,} is the most.",
                hint="Remove what is no longer true, or join notes.",
            )
        return NotesChange(path=path, before=None if file is None else file.text, after=after), form

    def _file(self, scope: NoteScope) -> TextFile | None:
        path = self._paths[scope]
        return None if _stamp(path) is None else read_text(path)


def one_note(text: str) -> str:
    """``text`` as a note: on one line, without its own bullet.

    Raises:
        ToolError: nothing is left of it.
    """
    note = _joined(text)
    if not note:
        raise ToolError("The note is empty.")
    return note


def _joined(text: str) -> str:
    return " ".join(plain(text).split()).removeprefix("- ")


def _found(text: str) -> Iterator[tuple[str, int, int]]:
    """Each note, and where its lines begin and end. Lines under a bullet, up to a blank one, belong to it."""
    at, start, note = 0, 0, list[str]()
    for line in text.splitlines(keepends=True):
        bullet = _BULLET.match(line)
        if note and (bullet or not line.strip() or line.startswith("#")):
            yield _joined("".join(note)), start, at
            note = []
        if bullet:
            start, note = at, [line[bullet.end() :]]
        elif note:
            note.append(line)
        at += len(line)
    if note:
        yield _joined("".join(note)), start, at


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when the file does; None where there is none."""
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}.") from error
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The right to change files of the folder, for which other processes wait. Made where it is missing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ToolError(f"Notes cannot be kept in {folder}: {error.strerror}.") from error
    try:
        _wait_for(lock, folder)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int, folder: Path) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ToolError(f"Another program has held the notes in {folder} for {LOCK_SECONDS:g} s.") from None
            time.sleep(_PAUSE)
