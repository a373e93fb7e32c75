"""Sessions to files and back, from the screen: what ``/export`` and ``/import`` do around the store's own readers.

An export is made from the log in memory, so that it works while the disk fails; imports are read in a thread and
taken in small pieces, so that whatever runs goes on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import localtime, strftime

from tui.app.services import Library
from tui.app.words import PROGRAMS, size
from tui.engine.session import Session
from tui.errors import UsageError
from tui.paths import workspace_root
from tui.store.export import to_json_lines, to_markdown
from tui.store.export_blobs import collect
from tui.store.export_html import to_html
from tui.store.imports.found import USUAL, Candidate, candidates, read_file
from tui.store.imports.taking import Brought, Taking, at_home
from widgets.clean import clean
from widgets.picker import Item, Picker

SHOWN = 2000
"""Files that the list offers: the last changed ones."""


@dataclass(frozen=True, slots=True)
class Import:
    """What came of one file: the session to go to, None where none can be opened, and what is said of it."""

    session_id: str | None
    said: str


async def export(session: Session, path: Path, library: Library, mask: Callable[[str], str]) -> str:
    """Write a session as the file's name wants it: ``.html``, ``.jsonl``, else Markdown. What it lacks, or "".

    Raises:
        UsageError: it cannot be written.
    """
    entries, lacks = session.log.since(0), ""
    match path.suffix.lower():
        case ".html" | ".htm":
            text = await asyncio.to_thread(to_html, entries, mask=mask)
        case ".jsonl":
            blobs = await collect(entries, library.kept, mask)
            lacks = blobs.said()
            lines = to_json_lines(entries, mask=mask, blobs=blobs)
            text = await asyncio.to_thread(lambda: "".join(f"{line}\n" for line in lines))
        case _:
            text = await asyncio.to_thread(to_markdown, entries, mask=mask)
    await asyncio.to_thread(_write, path, text)
    return lacks


async def offered(folder: str) -> Picker[str]:
    """The files of a folder, or of the usual ones, to choose from; dismissed with a path."""
    folders = [place_of(folder, name) for name in ((".",) if folder else USUAL)]
    found = await asyncio.to_thread(candidates, folders)
    items = [Item(str(each.path), clean(each.words) or each.path.name, _detail(each)) for each in found[:SHOWN]]
    where = " and ".join(map(str, folders))
    return Picker("Import a session", items, empty=f"No session of another program in {where}.")


async def bring(path: Path, library: Library, live: frozenset[str], root: Path, cwd: Path) -> Import:
    """Take the sessions of a file, which is one session and those of its sub-agents, as a rule.

    Raises:
        UsageError: it holds none.
        StoreError: the store cannot take it.
    """
    if not await asyncio.to_thread(path.exists):
        raise UsageError(f"{path} is not there.", hint="/import alone lists what there is to import.")
    found = await asyncio.to_thread(read_file, path)
    if found.problem:
        raise UsageError(f"{path}: {found.problem}")
    brought = await Taking(library, at_home(root, cwd, workspace_root), live=live).take(found)
    first = next((each for each in brought if not each.sub_agent), brought[0])
    return Import(first.session_id, _said(first, brought))


def place_of(folder: str | Path, name: str) -> Path:
    """A path as a person writes it, ``~`` and all."""
    return Path(folder, Path(name).expanduser())


def is_folder(path: Path) -> bool:
    return path.is_dir()


def _said(first: Brought, brought: list[Brought]) -> str:
    how = {
        "new": "Imported",
        "more": "Gone on with",
        "there": "It was there already:",
        "beside": "It has gone on since it was imported, and comes beside that:",
        "differs": "It has gone on otherwise here, and nothing was taken:",
        "held": "It is open, and nothing was taken:",
    }[first.what]
    agents = sum(each.sub_agent for each in brought)
    more = f", and {agents} of its sub-agents" if agents else ""
    kept = f" Kept as they are: {'; '.join(first.unread)}." if first.unread else ""
    return clean(f"{how} {first.title}{more}.{kept}")


def _detail(each: Candidate) -> str:
    changed = strftime("%Y-%m-%d", localtime(each.changed_at))
    return f"{PROGRAMS[each.program]} · {changed} · {size(each.size)}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.", hint="/export PATH names another place.") from error
