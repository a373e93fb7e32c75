"""Text files as they are: their encoding, line ends and byte order mark survive a change; and their diffs."""

import difflib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from tui.errors import ToolError
from tui.messages import DiffDisplay
from tui.tools.base import ToolContext, resolve
from tui.value import value

MAX_BYTES = 20_000_000
"""The largest file that is read as text."""
DIFF_LINES = 20_000
DIFF_CHARS = 4_000_000
"""Above either, a diff would take seconds or fill the log: only the sizes are told."""
_BOM = b"\xef\xbb\xbf"
_NOT_COMPARED = ": too many to compare @@"


@value
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
    """A regular file's bytes and its stamp (mtime in ns, size). Opens no device and nothing that could block.

    Raises:
        ToolError: it is missing, too large, not a regular file, or cannot be read.
    """
    try:
        _must_be_regular(path, os.stat(path))
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(handle)
            _must_be_regular(path, facts)
            data = file.read(most + 1) if facts.st_size <= most else None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}.") from error
    if data is None or len(data) > most:  # files of the kernel do not know their size, and a log may just have grown
        size = f"{facts.st_size:,}" if facts.st_size > most else f"over {most:,}"
        raise ToolError(f"{path} has {size} bytes, and {most:,} is the most that is read at once.")
    return data, (facts.st_mtime_ns, facts.st_size)


def _must_be_regular(path: Path, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise ToolError(f"{path} is a folder: list it instead.")
    if not stat.S_ISREG(facts.st_mode):
        raise ToolError(f"{path} is not a regular file.")


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
    """Put ``data`` in the file's place in one step, keeping its mode and owner; the new stamp.

    The stamp is that of what was written, so that whoever writes right after us is noticed.

    Raises:
        ToolError: it cannot be written; the old file is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        old = os.stat(path) if os.path.lexists(path) else None
        if old is not None and not os.access(path, os.W_OK):  # a rename would not ask
            raise ToolError(f"{path} cannot be written: it is read-only.")
        draft = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if old else 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                _dress(handle, old)
                os.fsync(handle)
                facts = os.fstat(handle)
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}.") from error
    return facts.st_mtime_ns, facts.st_size


def _dress(handle: int, old: os.stat_result | None) -> None:
    """Give a draft the mode, and where we may the owner, of the file that it replaces."""
    if old is not None:
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))


def changed_lines(display: DiffDisplay) -> str:
    """``+2 -1 lines``, or the diff's own sentence where nothing was compared."""
    rest = display.diff.partition("\n@@")[2]
    if "\n" not in rest and rest.endswith(_NOT_COMPARED):
        return rest.partition(":")[0].strip()
    lines = rest.split("\n")
    return f"+{sum(line.startswith('+') for line in lines)} -{sum(line.startswith('-') for line in lines)} lines"


def diff_display(path: Path, cwd: Path, old: str | None, new: str) -> DiffDisplay:
    """The change from ``old`` (None: no file) to ``new``, three lines of context around each part of it."""
    name = str(path.relative_to(cwd) if path.is_relative_to(cwd) else path.relative_to(path.anchor))
    before, after = _split(old or ""), _split(new)
    if len(before) + len(after) > DIFF_LINES or len(old or "") + len(new) > DIFF_CHARS:
        told = f"--- {name}\n+++ {name}\n@@ {len(before):,} lines become {len(after):,}{_NOT_COMPARED}"
        return DiffDisplay(path=str(path), diff=told, created=old is None)
    lines = difflib.unified_diff(before, after, "/dev/null" if old is None else f"a/{name}", f"b/{name}")
    diff = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return DiffDisplay(path=str(path), diff=diff.rstrip("\n"), created=old is None)


def _split(text: str) -> list[str]:
    """Lines with their ends. Only a newline ends one: a form feed or a lone CR is part of its line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
