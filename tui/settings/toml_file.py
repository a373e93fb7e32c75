"""A TOML file of the person's, changed as nobody else changes it meanwhile: their comments and order stay.

The new text is judged before it takes the old one's place, and takes it whole or not at all. A link to where a person
keeps such files stays one, and the file's mode is kept; a new one is for its owner alone. Other programs that write
here take no lock: where the file is not what was read any more, the change is made again on what it is now.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui.errors import ConfigError

TRIES = 3


def rewrite(path: Path, change: Callable[[Any, str], bool], check: Callable[[str], None], *, head: str = "") -> bool:
    """Change the file in place; whether there was anything to change.

    ``change`` is given the tomlkit document and its text and says whether it changed it; ``check`` raises ConfigError
    for a new text that does not say what was meant. ``head`` begins a file that was not there.

    Raises:
        ConfigError: it cannot be read, changed or written.
    """
    path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path):
            for _ in range(TRIES):
                done = _try(path, change, check, head)
                if done is not None:
                    return done
        raise ConfigError(f"{path} is being changed by another program.", hint="Try again.")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    except (UnicodeError, ValueError) as error:  # also tomlkit's own
        raise ConfigError(f"{path} cannot be changed: {error}.") from error


def _try(path: Path, change: Callable[[Any, str], bool], check: Callable[[str], None], head: str) -> bool | None:
    """None where the file was changed by somebody else meanwhile."""
    import tomlkit  # noqa: PLC0415

    before = _bytes(path)
    text = head if before is None else before.decode("utf-8-sig")
    document = tomlkit.parse(text)
    if not change(document, text):
        return False
    changed = tomlkit.dumps(document)
    check(changed)
    return True if _replace(path, changed, before) else None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for other writers of ours, in this process and in others."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _replace(path: Path, text: str, before: bytes | None) -> bool:
    """All of it or nothing: a crash leaves the old file. False where that is not ``before`` any more."""
    mode = os.stat(path).st_mode & 0o777 if before is not None else 0o600
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        if _bytes(path) != before:
            os.unlink(name)
            return False
        os.replace(name, path)
    except BaseException:
        if os.path.exists(name):
            os.unlink(name)
        raise
    return True
