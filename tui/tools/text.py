"""Text files as they are: their encoding, line ends and byte order mark survive a change; and their diffs."""

import difflib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tui.errors import ToolError
from tui.messages import DiffDisplay
from tui.tools.base import ToolContext, resolve

MAX_BYTES = 20_000_000
"""The largest file that is read as text."""
DIFF_LINES = 20_000
"""Above this many lines a diff would take seconds: only the sizes are told."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file's text with ``\\n`` line ends, and what it takes to write it back as it was."""

    text: str
    encoding: str = "utf-8"
    bom: bool = False
    crlf: bool = False
    stamp: tuple[int, int] = (0, 0)

    def encode(self, text: str) -> bytes:
        """``text`` as this file's bytes.

        Raises:
            ToolError: its encoding lacks a character.
        """
        if self.crlf:
            text = text.replace("\n", "\r\n")
        try:
            return (_BOM if self.bom else b"") + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise ToolError(f"The file is {self.encoding}, which lacks {error.object[error.start]!r}.") from error


def path_of(path: str, ctx: ToolContext) -> Path:
    """Raises ToolError for a text that is no path."""
    try:
        return resolve(path, ctx.cwd)
    except (ValueError, OSError) as error:
        raise ToolError(f"{path!r} is not a usable path: {error}.") from error


def read_bytes(path: Path, most: int = MAX_BYTES) -> tuple[bytes, tuple[int, int]]:
    """A regular file's bytes and its stamp (mtime in ns, size). Opens nothing that could block.

    Raises:
        ToolError: it is missing, too large, not a regular file, or may not be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if stat.S_ISDIR(facts.st_mode):
            raise ToolError(f"{path} is a folder: list it instead.")
        if not stat.S_ISREG(facts.st_mode):
            raise ToolError(f"{path} is not a regular file.")
        if facts.st_size > most:
            raise ToolError(f"{path} has {facts.st_size:,} bytes, and {most:,} is the most that is read at once.")
        return file.read(most + 1), (facts.st_mtime_ns, facts.st_size)


def read_text(path: Path) -> TextFile:
    """A text file. Raises ToolError also when it is binary."""
    data, stamp = read_bytes(path)
    if b"\0" in data[:8192]:
        raise ToolError(f"{path} is a binary file of {len(data):,} bytes.")
    bom = data.startswith(_BOM)
    data = data.removeprefix(_BOM)
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "latin-1"
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    return TextFile(
        text=text.replace("\r\n", "\n") if crlf else text, encoding=encoding, bom=bom, crlf=crlf, stamp=stamp
    )


def write_bytes(path: Path, data: bytes) -> tuple[int, int]:
    """Put ``data`` in the file's place in one step, keeping its mode; the new stamp.

    Raises:
        ToolError: it cannot be written; the old file is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
        handle, draft = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            os.chmod(draft, mode)
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise
        facts = path.stat()
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}.") from error
    return facts.st_mtime_ns, facts.st_size


def diff_display(path: Path, cwd: Path, old: str | None, new: str) -> DiffDisplay:
    """The change from ``old`` (None: no file) to ``new``, three lines of context around each part of it."""
    name = str(path.relative_to(cwd) if path.is_relative_to(cwd) else path.relative_to(path.anchor))
    before, after = (old or "").splitlines(keepends=True), new.splitlines(keepends=True)
    if len(before) + len(after) > DIFF_LINES:
        told = f"--- {name}\n+++ {name}\n@@ {len(before):,} lines become {len(after):,}: too many to compare @@"
        return DiffDisplay(path=str(path), diff=told, created=old is None)
    lines = difflib.unified_diff(before, after, "/dev/null" if old is None else f"a/{name}", f"b/{name}")
    diff = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return DiffDisplay(path=str(path), diff=diff.rstrip("\n"), created=old is None)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
