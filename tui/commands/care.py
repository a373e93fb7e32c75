"""``penstock backup``, ``redact`` and ``prune``: what a person does with the store, said before it is done."""

import argparse
import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator
from getpass import getpass
from pathlib import Path

from tui.errors import StoreError, UsageError
from tui.paths import config_path, data_folder, store_path
from tui.plain import one_line, write
from tui.settings.config import read_settings
from tui.store.care import backup as backups
from tui.store.care import prune as pruning
from tui.store.care import redact as redaction
from tui.store.care import swap
from tui.store.care.spelling import Spelling
from tui.store.connection import explain
from tui.store.store import Store

MOST_SECRET = 100_000
SHOWN = 40


def back_up(options: argparse.Namespace) -> int:
    """Copy the store to a file."""
    target = Path(options.file).absolute()
    size = backups.backup(store_path(), target, force=options.force)
    _say(f"{target}: {_megabytes(size)}, sound, and readable by you alone.")
    return 0


# --- redact


def redact_secret(options: argparse.Namespace) -> int:
    """Say where the secret stands and, where that is wanted, take it out.

    Raises:
        UsageError: no secret was given, or one too short.
        StoreError: there is no store, or it cannot be redacted now.
    """
    path = _existing()
    secret, typed = _secret()
    spelling = Spelling(secret)
    found = {file: _looked(file, secret) for file in (path, *pruning.kept(path))}
    for line in _places(found, spelling):
        _say(line)
    others = [file for file in _other_files(path) if redaction.still_in(file, spelling)]
    total = sum(each.total for each in found.values())
    if total and (options.yes or (typed and _agreed())):
        for file, each in found.items():
            if each.total:
                redaction.redact(file, secret, at=time.time())
        _say(f"Taken out of {total} places. The store's files hold it no more, and a note says when and how much.")
    elif total:
        _say("Nothing was changed. --yes takes it out.")
    for file in others:
        _say(f"Left as it is, and holds it too: {one_line(str(file))}")
    if others:
        _say("Look into these files yourself. What is compressed, backups elsewhere and git are not looked into.")
    return 0


def _secret() -> tuple[str, bool]:
    """What is to be redacted, and whether a person typed it."""
    if sys.stdin is None:
        raise UsageError("There is no secret: standard input is closed.")
    typed = sys.stdin.isatty()
    if typed:
        text = getpass("The secret, which is not shown: ")
    else:
        text = sys.stdin.buffer.read(MOST_SECRET + 1).decode("utf-8", "replace")
        if len(text) > MOST_SECRET:
            raise UsageError(f"Standard input holds more than {MOST_SECRET:,} characters.")
        text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise UsageError("There is no secret.", hint="Type it, or give it on standard input: never as an argument.")
    return text, typed


def _agreed() -> bool:
    write(sys.stdout, "This cannot be undone. Type yes to take it out: ")
    return sys.stdin.readline().strip().casefold() == "yes"


def _looked(file: Path, secret: str) -> redaction.Found:
    try:
        return redaction.look(file, secret)
    except sqlite3.Error as error:
        raise explain(error, file) from error


def _places(found: dict[Path, redaction.Found], spelling: Spelling) -> Iterator[str]:
    total = sum(each.total for each in found.values())
    if not total:
        yield "It stands nowhere in the store."
        return
    yield f"It stands in {total} places:"
    for file, each in found.items():
        titles = asyncio.run(_titles(file)) if each.total else {}
        for session_id, places in sorted(each.places.items()):
            title = spelling.cover(titles.get(session_id, "").encode("utf-8", "replace"))[0].decode("utf-8", "replace")
            where = f"{session_id}  {one_line(title)}" if session_id else "drafts, layouts and files kept"
            pruned = "  (pruned)" if file.parent.name == pruning.FOLDER else ""
            yield f"{places:>6}  {where}{pruned}"


async def _titles(file: Path) -> dict[str, str]:
    store = await Store.open(file)
    try:
        return {row.id: row.title for row in await store.sessions()}
    finally:
        await store.close()


def _other_files(path: Path) -> Iterator[Path]:
    """Everything that Penstock keeps besides the stores themselves."""
    stores = {file.with_name(file.name + end) for file in (path, *pruning.kept(path)) for end in swap.BESIDE}
    for folder in {data_folder(), config_path().parent}:
        yield from sorted(
            file for file in folder.rglob("*") if file.is_file() and not file.is_symlink() and file not in stores
        )


# --- prune


def prune_sessions(options: argparse.Namespace) -> int:
    """Say which sessions would go and, with ``--yes``, move them; ``--undo`` brings the last ones back.

    Raises:
        UsageError: nothing says what is old.
        StoreError: there is no store, or it is open somewhere.
    """
    path = _existing()
    asyncio.run(_titles(path))  # of this version, from here on
    if options.undo:
        _say(f"{pruning.undo(path)} sessions are back, archived as they were.")
        return 0
    settings = read_settings(config_path()).prune
    days = settings.days if options.days is None else options.days
    size = settings.size if options.size is None else options.size
    terms = pruning.Terms(before=pruning.age_limit(days), bytes=size * 1_000_000)
    if terms.off:
        raise UsageError(
            "Pruning is off.", hint="--days 180 or --size 2000 says what may go, as do days and size in [prune]."
        )
    if not options.yes or options.dry_run:
        going = pruning.preview(path, terms)
        _tell(going)
        _say("Nothing was moved. --yes moves them." if going else "No archived session is so old.")
        return 0
    going, moved = pruning.prune(path, terms, at=time.time())
    _tell(going)
    if moved is None:
        _say("No archived session is so old.")
    else:
        _say(f"Moved to {moved}. For {pruning.DAYS_KEPT} days, penstock prune --undo brings them back.")
    return 0


def _tell(going: list[pruning.Going]) -> None:
    for each in going[:SHOWN]:
        day = time.strftime("%Y-%m-%d", time.localtime(each.changed_at))
        _say(f"{each.id:<15}  {day}  {_megabytes(each.bytes):>9}  {one_line(each.title)}")
    if len(going) > SHOWN:
        _say(f"and {len(going) - SHOWN} more.")
    if going:
        _say(f"{len(going)} sessions, {_megabytes(sum(each.bytes for each in going))}.")


def _existing() -> Path:
    path = store_path()
    if not path.exists():
        raise StoreError(f"There is no store at {path} yet.")
    return path


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _say(text: str) -> None:
    write(sys.stdout, f"{text}\n")
