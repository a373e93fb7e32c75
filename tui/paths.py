"""Where things are: the store, config.toml, the folder that we work in and the workspace around it.

Nothing here reads or writes a file's content, and no subprocess runs: a workspace must open at once, also
where git is not installed. Every failure is one sentence that says what to do.

PENSTOCK_HOME names one folder for all that Penstock keeps, the store and config.toml; without
it they are in the platform's folders for data and for configuration.
"""

import os
import re
from hashlib import sha256
from pathlib import Path

from platformdirs import user_config_path, user_data_path

from tui.errors import StoreError, UsageError

NAME = "penstock"
HOME_VARIABLE = "PENSTOCK_HOME"
STORE_FILE = "penstock.db"
CONFIG_FILE = "config.toml"
NOTES_FOLDER = "memory"
RECORDINGS_FOLDER = "recordings"
RECORDED_STEPS = "recorded-steps.jsonl"
"""Which step of a session is in which recording."""
SESSION_LOG_FOLDER = "sessions"
"""Where each session is kept as JSON lines, if config.toml wants it."""
THEMES_FOLDER = "themes"
"""Beside config.toml."""


def current_folder() -> Path:
    """The folder that Penstock was started in, symlinks resolved.

    Raises:
        UsageError: it has been deleted, or may not be entered.
    """
    try:
        return Path(os.path.realpath(os.getcwd()))
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        why = "has been deleted" if gone else f"cannot be entered: {error.strerror}"
        raise UsageError(f"The current folder {why}.", hint="Go to another one (cd) and start again.") from error


def workspace_root(folder: Path) -> Path:
    """What groups sessions: the real path of the git work tree around ``folder``, else of ``folder`` itself.

    Raises:
        UsageError: it would be the whole disk.
    """
    folder = Path(os.path.realpath(folder))
    root = next((place for place in (folder, *folder.parents) if os.path.exists(place / ".git")), folder)
    if root == Path(root.anchor):
        raise UsageError(
            f"The workspace would be the whole disk ({root}), where agents read without asking.",
            hint="Start Penstock in a project's folder.",
        )
    return root


def data_folder() -> Path:
    """The folder of the store, which may not exist yet.

    Raises:
        UsageError: there is no home folder to put it in.
    """
    return _home() or _absolute(user_data_path(NAME, appauthor=False))


def store_path() -> Path:
    """The store's file. Raises UsageError like ``data_folder``."""
    return data_folder() / STORE_FILE


def config_path() -> Path:
    """The person's config.toml, which may not exist. Raises UsageError like ``data_folder``."""
    return (_home() or _absolute(user_config_path(NAME, appauthor=False))) / CONFIG_FILE


def notes_paths(root: Path) -> tuple[Path, Path]:
    """The files of the notes for the person and for the workspace ``root``. Raises UsageError like ``data_folder``."""
    folder = data_folder() / NOTES_FOLDER
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", root.name)[:40].strip("-.") or "folder"
    known = sha256(os.fsencode(root)).hexdigest()[:10]  # two projects may have the same name
    return folder / "person.md", folder / "projects" / f"{name}-{known}.md"


def make_data_folder() -> Path:
    """The data folder, made where it is missing (readable by its owner alone) and known to be writable.

    Raises:
        StoreError: it cannot be made or written to.
        UsageError: see ``data_folder``.
    """
    folder = data_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise _unwritable(folder, "a file stands in its place") from error
    except OSError as error:
        raise _unwritable(folder, error.strerror or str(error)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(folder, "it is not writable")
    return folder


def _home() -> Path | None:
    """The folder that PENSTOCK_HOME names, or None."""
    named = os.environ.get(HOME_VARIABLE, "")
    if not named:
        return None
    folder = Path(os.path.expanduser(named))
    return folder if folder.is_absolute() else current_folder() / folder


def _absolute(path: Path) -> Path:
    if not path.is_absolute():  # no HOME, and no entry in the password database
        raise UsageError("There is no home folder to keep sessions in.", hint=f"Set HOME, or {HOME_VARIABLE}.")
    return path


def _unwritable(folder: Path, why: str) -> StoreError:
    return StoreError(
        f"Sessions cannot be kept in {folder}: {why}.", hint=f"Set {HOME_VARIABLE} to a folder that you may write to."
    )
