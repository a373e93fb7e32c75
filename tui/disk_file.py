"""One file on disk, read and written whole: its encoding, line ends, byte order mark, mode and links survive a change.

Both the tools that change files and the engine that undoes what they changed come here, so that there is one way
to write a file, and one lock for each file that this process is about to change. A change is one rename: a file is
the old one or the new one, never half. The exception is a file with more than one name (a hard link), which a rename
would tear apart: it is written in place, and put back as it was when that fails.
"""

import asyncio
import os
import secrets
import stat
from binascii import b2a_base64
from contextlib import suppress
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from tui.errors import ToolError
from tui.messages import ImagePart
from tui.value import value

MAX_BYTES = 20_000_000
"""The largest file that is read whole."""
MAX_IMAGE = 5_000_000
IMAGE_NAMES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF87a": "image/gif", b"GIF89a": "image/gif",
}  # fmt: skip
Stamp = tuple[int, int]
"""mtime in ns, and size."""
_UTF_8 = b"\xef\xbb\xbf"
_MARKS = {_UTF_8: "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()


@value
class Whatever:
    """In place of a stamp: the file may have changed, or be new, or be gone."""


WHATEVER: Final = Whatever()


def lock_of(path: Path) -> asyncio.Lock:
    """The lock of whoever changes the file, from before it is read until after it is written."""
    lock = _locks.get(path)
    if lock is None:
        lock = _locks[path] = asyncio.Lock()
    return lock


# --- bytes


def read_bytes(path: Path, most: int = MAX_BYTES) -> tuple[bytes, Stamp]:
    """A regular file's bytes and its stamp. Opens no device and nothing that could block.

    Raises:
        ToolError: it is missing, too large, not a regular file, or cannot be read.
    """
    try:
        handle = open_regular(path)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(handle)
            data = file.read(most + 1) if facts.st_size <= most else None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}.") from error
    if data is None or len(data) > most:  # files of the kernel do not know their size, and a log may just have grown
        size = f"{facts.st_size:,}" if facts.st_size > most else f"over {most:,}"
        raise ToolError(f"{path} has {size} bytes, and {most:,} is the most that is read at once.")
    return data, (facts.st_mtime_ns, facts.st_size)


def read_image(path: Path) -> tuple[ImagePart, int]:
    """An image, by what is in the file and not by its name, and the size of the file.

    Raises:
        ToolError: it is none that models take, too large, or cannot be read.
    """
    data, _ = read_bytes(path, MAX_IMAGE)
    kind = image_kind(data)
    if kind is None:  # a provider would refuse it now, and with it every later request of the session
        raise ToolError(f"{path} is no png, jpeg, gif or webp image, whatever its name says.")
    return ImagePart(media_type=kind, data=b2a_base64(data, newline=False).decode("ascii")), len(data)


def image_kind(data: bytes) -> str | None:
    """An image's media type by its first bytes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _IMAGES.items() if data.startswith(signature)), None)


def open_regular(path: Path) -> int:
    """A handle of a regular file, to read. Raises ToolError for what is none, else OSError."""
    _must_be_regular(path, os.stat(path))
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _must_be_regular(path, os.fstat(handle))
    except ToolError:
        os.close(handle)
        raise
    return handle


def _must_be_regular(path: Path, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise ToolError(f"{path} is a folder: list it instead.")
    if not stat.S_ISREG(facts.st_mode):
        raise ToolError(f"{path} is not a regular file.")


def write_bytes(
    path: Path, data: bytes, *, as_of: Stamp | Whatever | None = WHATEVER, mode: int | None = None
) -> Stamp:
    """Put ``data`` in the file's place in one step, keeping its mode and owner; the new stamp.

    The stamp is that of what was written, so that whoever writes right after us is noticed. ``as_of`` is the stamp
    that the old file must have still, None where there must be no file; ``mode`` is that of a new file.

    Raises:
        ToolError: it cannot be written, or is no longer as it was; the old file is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        old = os.stat(path) if os.path.lexists(path) else None
        _must_be_as_of(path, old, as_of)
        if old is not None and not os.access(path, os.W_OK):  # a rename would not ask
            raise ToolError(f"{path} cannot be written: it is read-only.")
        if old is not None and stat.S_ISREG(old.st_mode) and old.st_nlink > 1:
            return _overwrite(path, data, old)
        return _replace(path, data, old, as_of, mode)
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}.") from error


def remove_file(path: Path, as_of: Stamp | Whatever | None) -> None:
    """Take a file away. Raises as ``write_bytes``."""
    try:
        _must_be_as_of(path, os.stat(path), as_of)
        os.unlink(path)
    except OSError as error:
        raise ToolError(f"{path} cannot be removed: {error.strerror}.") from error


def _must_be_as_of(path: Path, old: os.stat_result | None, as_of: Stamp | Whatever | None) -> None:
    if isinstance(as_of, Whatever):
        return
    if as_of is None and old is not None:
        raise ToolError(f"{path.name} has come into being meanwhile: read it first.")
    if as_of is not None and (old is None or (old.st_mtime_ns, old.st_size) != as_of):
        raise ToolError(f"{path.name} has changed since it was read: read it again.")


def _replace(
    path: Path, data: bytes, old: os.stat_result | None, as_of: Stamp | Whatever | None, mode: int | None
) -> Stamp:
    draft = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}")
    private = old is not None or mode is not None
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if private else 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            _dress(handle, old, mode)
            os.fsync(handle)
            facts = os.fstat(handle)
        if not isinstance(as_of, Whatever):  # a large file takes its time
            _must_be_as_of(path, os.stat(path) if os.path.lexists(path) else None, as_of)
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise
    return facts.st_mtime_ns, facts.st_size


def _dress(handle: int, old: os.stat_result | None, mode: int | None) -> None:
    """Give a draft the mode, and where we may the owner, of the file that it replaces; ``mode`` where there is none."""
    if old is None and mode is not None:
        os.fchmod(handle, mode)
    if old is not None:
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _overwrite(path: Path, data: bytes, old: os.stat_result) -> Stamp:
    """Write in place, so that all names go on meaning one file. A full disk puts the old bytes back."""
    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        before = file.read(MAX_BYTES + 1) or b""
        try:
            _fill(handle, data)
        except BaseException:
            if len(before) <= MAX_BYTES:
                with suppress(OSError):
                    _fill(handle, before)
            raise
        with suppress(PermissionError):
            os.fchmod(handle, stat.S_IMODE(old.st_mode))  # writing takes a set-user bit away
        facts = os.fstat(handle)
    return facts.st_mtime_ns, facts.st_size


def _fill(handle: int, data: bytes) -> None:
    at = 0
    while at < len(data):
        at += os.pwrite(handle, memoryview(data)[at:], at)
    os.ftruncate(handle, len(data))
    os.fsync(handle)


# --- text


@value
class TextFile:
    """A file's text with ``\\n`` line ends, and what it takes to write it back as it was.

    ``mark`` is its byte order mark. ``crlf``: all its lines end so; where only some do, the text has them as they are.
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    crlf: bool = False
    stamp: Stamp = (0, 0)

    def encode(self, text: str) -> bytes:
        """``text`` as this file's bytes.

        Raises:
            ToolError: its encoding lacks a character.
        """
        if self.crlf:
            text = text.replace("\n", "\r\n")
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise ToolError(f"The file is {self.encoding}, which lacks {error.object[error.start]!r}.") from error


def read_text(path: Path) -> TextFile:
    """A text file: UTF-8, UTF-16 with its mark, else latin-1. Raises ToolError also when it is binary."""
    data, stamp = read_bytes(path)
    file = text_of(data, stamp)
    if file is None:
        raise ToolError(f"{path} is a binary file of {len(data):,} bytes.")
    return file


def text_of(data: bytes, stamp: Stamp = (0, 0)) -> TextFile | None:
    """A file's bytes as text, None where they are binary."""
    mark, encoding = mark_of(data)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        mark = mark if mark == _UTF_8 else b""
        text, encoding = data[len(mark) :].decode("latin-1"), "latin-1"
    if "\0" in text[:8192]:
        return None
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    text = text.replace("\r\n", "\n") if crlf else text
    return TextFile(text=text, encoding=encoding, mark=mark, crlf=crlf, stamp=stamp)


def mark_of(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that the bytes begin with, and the encoding that it tells; ``(b"", "utf-8")`` for none."""
    return next(((mark, encoding) for mark, encoding in _MARKS.items() if data.startswith(mark)), (b"", "utf-8"))
