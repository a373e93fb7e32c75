"""``penstock doctor``: versions, folders, the store and the terminal, each with what to do when it is not well."""

import asyncio
import json as _json
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from tui.commands.doctor_store import Finding, State, look_at_store, mend_store
from tui.errors import PenstockError
from tui.paths import config_path, current_folder, data_folder, workspace_root
from tui.plain import holds_unicode, one_line, write
from tui.providers.models import BUILT_IN, ProviderConfig
from tui.settings.config import read_settings
from tui.settings.notify import chosen_way
from tui.settings.own_commands import OwnCommands
from tui.settings.safety import sandbox_of

_PACKAGES = ("penstock", "textual", "anthropic", "openai", "httpx", "aiosqlite")
_FIXED_WAL_RESET = (3, 51, 3)
_WAL_RESET = (
    " (before 3.51.3 a file may rarely be damaged when two connections checkpoint at once; Penstock has one that does:"
    " let no other program write to the store)"
)
_MARKS = {"ok": "ok", "look": "??", "wrong": "!!"}


def examine(*, json: bool = False, repair: bool = False) -> int:
    """Print what was found, after a repair where that is wanted. Returns 1 when something is wrong."""
    states: list[State] = []
    for name, text, state in _findings(repair):
        states.append(state)
        line = _json.dumps({"name": name, "state": state, "text": text}) if json else _line(name, text, state)
        write(sys.stdout, f"{line}\n")
    wrong = states.count("wrong")
    if wrong and not json:
        write(sys.stdout, f"\n{wrong} need{'s' if wrong == 1 else ''} attention (marked !!).\n")
    return 1 if wrong else 0


def _line(name: str, text: str, state: State) -> str:
    return f"{_MARKS[state]}  {name:<12} {one_line(text)}"


def _findings(repair: bool) -> Iterator[Finding]:
    yield from _versions()
    yield from _folders()
    yield from _commands()
    if repair:
        yield mend_store()
    yield from look_at_store()
    yield from asyncio.run(_sandbox())
    yield from _models()
    yield from _terminal()


def _versions() -> Iterator[Finding]:
    yield "python", f"{platform.python_version()} on {platform.platform()}", "ok"
    for package in _PACKAGES:
        try:
            yield package, version(package), "ok"
        except PackageNotFoundError:
            yield package, "is not installed: install Penstock again", "wrong"
    note = "" if sqlite3.sqlite_version_info >= _FIXED_WAL_RESET else _WAL_RESET
    yield "sqlite", f"{sqlite3.sqlite_version}{note}", "ok"


def _folders() -> Iterator[Finding]:
    for name, find in (
        ("workspace", lambda: workspace_root(current_folder())),
        ("data", data_folder),
        ("config", config_path),
    ):
        try:
            yield name, str(find()), "ok"
        except PenstockError as error:
            yield name, error.sentence(), "wrong"
    try:
        read_settings(config_path())
    except PenstockError as error:
        yield "settings", error.sentence(), "wrong"


def _commands() -> Iterator[Finding]:
    """The person's and the project's own commands: how many, and which cannot be used."""
    try:
        own = OwnCommands(config_path().parent, workspace_root(current_folder())).all()
    except PenstockError:
        return  # said of the folders
    well = [f"/{each.name} ({each.whose})" for each in own if not each.problem]
    if well:
        yield "commands", ", ".join(well), "ok"
    for each in own:
        if each.problem:
            yield "commands", each.problem, "wrong"


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
        return [("sandbox", f"{sandbox.name}{better}", "ok")]
    advice = "Commands run with all your rights. Install bubblewrap (apt install bubblewrap, dnf install bubblewrap)"
    return [("sandbox", f'{sandbox.name}. {advice}, or set kind = "none" in [sandbox] to accept it.', "wrong")]


def _models() -> Iterator[Finding]:
    """Keys by name, never by value."""
    names = [config.key_env for config in BUILT_IN if config.key_env and os.environ.get(config.key_env)]
    try:
        own = [
            f"{config.name} ({_source(config)})" for config in read_settings(config_path()).providers if _source(config)
        ]
    except PenstockError:
        own = []  # said of the folders
    found = [*(f"{name} set" for name in names), *own] if own else [f"{', '.join(names)} set"] if names else []
    yield "keys", ", ".join(found) or "none set: the scripted tour answers", "ok"


def _source(config: ProviderConfig) -> str:
    if config.key_env:
        return f"{config.key_env}{'' if os.environ.get(config.key_env) else ' is not set'}"
    return "by command" if config.key_command else "in the keyring" if config.keyring else ""


def _terminal() -> Iterator[Finding]:
    columns, lines = shutil.get_terminal_size()
    seen = f"TERM={os.environ.get('TERM', '')} COLORTERM={os.environ.get('COLORTERM', '')} {columns}x{lines}"
    yield "terminal", f"{seen}, {_colours()}", "ok"
    if sys.stdout is not None and sys.stdout.isatty() and (columns < 80 or lines < 24):
        yield "terminal", f"{columns}x{lines} is small: 80x24 shows everything", "look"
    way, why = chosen_way("auto", os.environ)
    through = ", handed through by tmux where allow-passthrough is on, with the bell" if "TMUX" in os.environ else ""
    yield "notify", f"{way} ({why}){through if way != 'bell' else ''}", "ok"
    if sys.stdout is not None and holds_unicode(sys.stdout):
        yield "encoding", sys.stdout.encoding, "ok"
    else:
        yield "encoding", "is not UTF-8: set LANG=C.UTF-8", "wrong"


def _colours() -> str:
    if os.environ.get("NO_COLOR"):
        return "no colours (NO_COLOR is set)"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "all colours"
    if "256" in os.environ.get("TERM", ""):
        return "256 colours (COLORTERM=truecolor gives all, where the terminal has them)"
    return "few colours (COLORTERM=truecolor gives all, where the terminal has them)"
