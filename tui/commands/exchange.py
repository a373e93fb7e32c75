"""``penstock export`` and ``penstock import``: sessions to files and back, without an engine."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tui.errors import UsageError
from tui.paths import current_folder, store_path, workspace_root
from tui.plain import holds_unicode, one_line, write
from tui.secrets import Masks
from tui.settings.safety import usual_masks
from tui.store.export import to_json_lines, to_markdown
from tui.store.export_blobs import collect
from tui.store.export_html import to_html
from tui.store.imports.found import Found, files_in, read_bytes, read_file
from tui.store.imports.taking import Brought, Taking, at_home
from tui.store.store import Store

FORMATS = {".html": "html", ".htm": "html", ".jsonl": "jsonl"}
"""What the end of a file's name says; Markdown otherwise."""
_SAID = {
    "new": "imported",
    "more": "gone on",
    "there": "there already",
    "beside": "imported",
    "differs": "not taken",
    "held": "not taken",
}
_WHY = {
    "beside": "the file has gone on since it was imported: this is the whole of it, beside the earlier one",
    "differs": "it has gone on otherwise in this store; nothing was overwritten",
    "held": "it is open in a Penstock; close it there first",
}


def export_sessions(options: argparse.Namespace) -> int:
    """Print one session, or write one to a file or any number into a folder.

    Raises:
        UnknownSession: no session's id begins so, or several do.
        UsageError: there is nowhere to write it, or it cannot be written.
    """
    if not options.id and not options.all:
        raise UsageError("No session is named.", hint="penstock export ID, or --all -o FOLDER.")
    if (options.all or len(options.id) > 1) and not options.output:
        raise UsageError("Several sessions go into a folder.", hint="Name one with -o FOLDER.")
    into = Path(options.output or ".")
    single = len(options.id) == 1 and not options.all and not (options.output and into.is_dir())
    return asyncio.run(_export(options, None if single else _folder(into)))


def import_sessions(options: argparse.Namespace) -> int:
    """Take the sessions of files into the store, or with ``--dry-run`` say what would come."""
    paths = [[None] if name == "-" else files_in(Path(name)) for name in options.files]
    named = {name for name in options.files if not Path(name).is_dir()}
    return asyncio.run(_import(options, [path for each in paths for path in each], named))


# --- out


async def _export(options: argparse.Namespace, folder: Path | None) -> int:
    masks, output = usual_masks(), options.output
    form = options.format or FORMATS.get(Path(output).suffix.lower(), "md")
    store = await Store.open(store_path())
    try:
        rows = await store.sessions() if options.all else [await store.find_session(name) for name in options.id]
        if folder is None:
            text = await _exported(store, rows[0].id, form, masks, bool(output) or holds_unicode(sys.stdout))
            _write(Path(output), text) if output else write(sys.stdout, text)
            return 0
        for row in rows:
            _write(folder / f"penstock-{row.id}.{form}", await _exported(store, row.id, form, masks, True))
        write(sys.stderr, f"{_count(len(rows), 'session')} written to {one_line(str(folder))}.\n")
    finally:
        await store.close()
    return 0


async def _exported(store: Store, session_id: str, form: str, masks: Masks, in_full: bool) -> str:
    entries = await store.load(session_id)
    if form == "html":
        page = to_html(entries, mask=masks.mask)
        return page if in_full else page.encode("ascii", "xmlcharrefreplace").decode()
    if form == "md":
        return to_markdown(entries, mask=masks.mask)
    blobs = await collect(entries, store.kept, masks.mask)
    if blobs.said():
        write(sys.stderr, f"penstock: {session_id}: {blobs.said()}\n")
    lines = to_json_lines(entries, ascii_only=not in_full, mask=masks.mask, blobs=blobs)
    return "".join(f"{line}\n" for line in lines)


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {path}: {error.strerror}.") from error
    return path


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.") from error


# --- in


async def _import(options: argparse.Namespace, paths: list[Path | None], named: set[str]) -> int:
    cwd = current_folder()
    home = at_home(workspace_root(cwd), cwd, workspace_root)
    store = await Store.open(store_path())
    brought: list[Brought] = []
    odd: list[Found] = []
    try:
        taking = Taking(store, home, dry=options.dry_run)
        for path in paths:
            found = await asyncio.to_thread(read_file, path) if path else read_bytes("-", sys.stdin.buffer.read())
            came = await taking.take(found)
            _tell(came, options)
            brought += came
            odd += [found] if found.problem else []
    finally:
        await store.close()
    refused = [found for found in odd if found.name in named]
    for found in refused:
        write(sys.stderr, f"penstock: {one_line(found.name)}: {found.problem}\n")
    if not options.json:
        write(sys.stderr, _summed(brought, len(odd) - len(refused), options.dry_run))
    return 1 if refused or not brought else 0


def _tell(brought: Iterable[Brought], options: argparse.Namespace) -> None:
    for each in brought:
        if options.json:
            write(sys.stdout, json.dumps(asdict(each)) + "\n")
            continue
        said = "would come" if options.dry_run and each.what in ("new", "more", "beside") else _SAID[each.what]
        facts = f"{_count(each.prompts, 'prompt')}, {_count(each.calls, 'call')}, {each.program}"
        facts += ", sub-agent" if each.sub_agent else ""
        write(sys.stdout, f"{said:<13}  {each.session_id}  {one_line(each.title)}  ({facts})\n")
        if each.what in _WHY:
            write(sys.stdout, f"{'':<13}  {_WHY[each.what]}\n")
        if each.unread:
            write(sys.stdout, f"{'':<13}  kept as they are: {one_line('; '.join(each.unread))}\n")


def _summed(brought: list[Brought], odd: int, dry: bool) -> str:
    came = sum(each.what in ("new", "more", "beside") for each in brought)
    there = sum(each.what == "there" for each in brought)
    refused = len(brought) - came - there
    told = [f"{_count(came, 'session')} {'would be ' if dry else ''}imported"]
    told += [f"{there} there already"] if there else []
    told += [f"{refused} not taken"] if refused else []
    told += [f"{_count(odd, 'file')} without a session"] if odd else []
    return f"{', '.join(told)}.\n"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
