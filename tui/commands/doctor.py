"""``penstock doctor``: versions, folders, the store and the terminal, each with what to do when it is not well."""

import asyncio
import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tui.errors import PenstockError
from tui.paths import HOME_VARIABLE, config_path, current_folder, data_folder, store_path, workspace_root
from tui.plain import holds_unicode, one_line, write
from tui.providers.models import BUILT_IN
from tui.settings.config import read_settings
from tui.settings.notify import chosen_way
from tui.settings.own_commands import OwnCommands
from tui.settings.safety import sandbox_of
from tui.store.store import Store

_PACKAGES = ("penstock", "textual", "anthropic", "openai", "httpx", "aiosqlite")
_FIXED_WAL_RESET = (3, 51, 3)


def examine() -> int:
    """Print what was found. Returns 1 when something needs attention."""
    troubles = 0
    for name, text, trouble in (
        *_versions(),
        *_folders(),
        *_commands(),
        *asyncio.run(_store()),
        *asyncio.run(_sandbox()),
        *_models(),
        *_terminal(),
    ):
        troubles += trouble
        write(sys.stdout, f"{'!!' if trouble else 'ok'}  {name:<12} {one_line(text)}\n")
    if troubles:
        write(sys.stdout, f"\n{troubles} need attention (marked !!).\n")
    return 1 if troubles else 0


Finding = tuple[str, str, bool]


def _versions() -> Iterator[Finding]:
    yield "python", f"{platform.python_version()} on {platform.platform()}", False
    for package in _PACKAGES:
        try:
            yield package, version(package), False
        except PackageNotFoundError:
            yield package, "is not installed: install Penstock again", True
    note = "" if sqlite3.sqlite_version_info >= _FIXED_WAL_RESET else " (before 3.51.3: one checkpointer only, as here)"
    yield "sqlite", f"{sqlite3.sqlite_version}{note}", False


def _folders() -> Iterator[Finding]:
    for name, find in (
        ("workspace", lambda: workspace_root(current_folder())),
        ("data", data_folder),
        ("config", config_path),
    ):
        try:
            yield name, str(find()), False
        except PenstockError as error:
            yield name, error.sentence(), True
    try:
        read_settings(config_path())
    except PenstockError as error:
        yield "settings", error.sentence(), True


async def _store() -> list[Finding]:
    try:
        path = store_path()
        if not _exists(path):
            return [_place(path)]
        found = [_permissions(path)] if _is_file(path) else []
        store = await Store.open(path)
    except PenstockError as error:
        return [("store", error.sentence(), True)]
    except OSError as error:
        return [("store", f"cannot be looked at: {error.strerror}: {error.filename}", True)]
    try:
        damage = await store.check()
        sessions = await store.sessions()
    except PenstockError as error:
        return [*found, ("store", error.sentence(), True)]
    finally:
        await store.close()
    size = f"{path.stat().st_size / 1e6:.1f} MB, {len(sessions)} sessions"
    if damage:
        return [*found, ("store", f"is damaged: {damage[0]}. Copy {path} before anything else.", True)]
    return [*found, ("store", f"{path}, {size}, sound", False)]


def _commands() -> Iterator[Finding]:
    """The person's and the project's own commands: how many, and which cannot be used."""
    try:
        own = OwnCommands(config_path().parent, workspace_root(current_folder())).all()
    except PenstockError:
        return  # said of the folders
    well = [f"/{each.name} ({each.whose})" for each in own if not each.problem]
    if well:
        yield "commands", ", ".join(well), False
    for each in own:
        if each.problem:
            yield "commands", each.problem, True


def _exists(path: Path) -> bool:
    return os.path.lexists(path)  # also a link to nowhere


def _is_file(path: Path) -> bool:
    return path.is_file()


def _place(path: Path) -> Finding:
    """Whether a store that is not there yet can be made."""
    there = next(folder for folder in path.parents if _exists(folder))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "is not writable" if there.is_dir() else "is not a folder"
        return "store", f"cannot be made: {there} {why}. Set {HOME_VARIABLE} to a folder that you may write to.", True
    return "store", f"{path} is made at the first start", False


def _permissions(path: Path) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return "privacy", f"others may read {path} (mode {mode:o}): chmod 600 {path}", True
    return "privacy", f"only you can read the store (mode {mode:o})", False


async def _sandbox() -> list[Finding]:
    """Which one works, and what to do where none does."""
    try:
        sandbox = sandbox_of(read_settings(config_path()))
    except PenstockError:
        return []  # told above
    await sandbox.ready()
    sandbox.close()
    better = f" ({sandbox.why})" if sandbox.works and sandbox.why else ""
    if sandbox.works or sandbox.kind == "none":
        return [("sandbox", f"{sandbox.name}{better}", False)]
    advice = "Commands run with all your rights. Install bubblewrap (apt install bubblewrap, dnf install bubblewrap)"
    return [("sandbox", f'{sandbox.name}. {advice}, or set kind = "none" in [sandbox] to accept it.', True)]


def _models() -> Iterator[Finding]:
    names = [config.key_env for config in BUILT_IN if config.key_env and os.environ.get(config.key_env)]
    yield "keys", f"{', '.join(names)} set" if names else "none set: the scripted tour answers", False


def _terminal() -> Iterator[Finding]:
    columns, lines = shutil.get_terminal_size()
    seen = f"TERM={os.environ.get('TERM', '')} COLORTERM={os.environ.get('COLORTERM', '')} {columns}x{lines}"
    yield "terminal", seen, False
    way, why = chosen_way("auto", os.environ)
    through = ", handed through by tmux where allow-passthrough is on, with the bell" if "TMUX" in os.environ else ""
    yield "notify", f"{way} ({why}){through if way != 'bell' else ''}", False
    if holds_unicode(sys.stdout):
        yield "encoding", sys.stdout.encoding, False
    else:
        yield "encoding", "is not UTF-8: set LANG=C.UTF-8", True
