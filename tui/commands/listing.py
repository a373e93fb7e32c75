"""``penstock sessions`` and ``penstock export``: what the store holds, read without an engine."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from time import localtime, strftime

from tui.errors import UsageError
from tui.paths import current_folder, store_path, workspace_root
from tui.plain import holds_unicode, one_line, write
from tui.settings.safety import usual_masks
from tui.store.export import to_json_lines, to_markdown
from tui.store.sessions import SessionRow
from tui.store.store import Store


def list_sessions(options: argparse.Namespace) -> int:
    """Print a line for each session, the last changed first."""
    rows = asyncio.run(_rows(options.all))
    if options.json:
        _print(json.dumps(asdict(row), ensure_ascii=True) for row in rows)
    elif rows:
        _print([f"{'id':<15}  {'slot':>4}  {'state':<8}  {'turns':>5}  {'changed':<16}  title", *map(_line, rows)])
    else:
        elsewhere = "" if options.all else "; --all lists those of other folders"
        where = "" if options.all else " in this folder"
        write(sys.stderr, f"No session yet{where}. `penstock` opens one{elsewhere}.\n")
    return 0


def export_session(options: argparse.Namespace) -> int:
    """Print or write one session.

    Raises:
        UnknownSession: no session's id begins so, or several do.
        UsageError: the file cannot be written.
    """
    lines = asyncio.run(_export(options.id, options.format, bool(options.output) or holds_unicode(sys.stdout)))
    if not options.output:
        _print(lines)
        return 0
    try:
        Path(options.output).write_text("\n".join(lines) + "\n", "utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"Cannot write {options.output}: {error.strerror}.") from error
    return 0


async def _rows(everything: bool) -> list[SessionRow]:
    root = None if everything else str(workspace_root(current_folder()))
    store = await _open()
    try:
        return await store.sessions(workspace=root, archived=None if everything else False)
    finally:
        await store.close()


async def _export(prefix: str, form: str, in_full: bool) -> list[str]:
    mask = usual_masks().mask
    store = await _open()
    try:
        row = await store.find_session(prefix)
        entries = await store.load(row.id)
    finally:
        await store.close()
    if form == "md":
        return [to_markdown(entries, mask=mask).rstrip("\n")]
    return list(to_json_lines(entries, ascii_only=not in_full, mask=mask))


async def _open() -> Store:
    return await Store.open(store_path())


def _line(row: SessionRow) -> str:
    changed = strftime("%Y-%m-%d %H:%M", localtime(row.changed_at))
    status = "cut off" if row.left_open else row.status
    of = f"  (sub-agent of {row.parent_session})" if row.parent_session else ""
    of += f"  (forked from {row.forked_from})" if row.forked_from else ""
    return f"{row.id:<15}  {row.slot:>4}  {status:<8}  {row.turns:>5}  {changed:<16}  {one_line(row.title)}{of}"


def _print(lines: Iterable[str]) -> None:
    write(sys.stdout, "".join(f"{line}\n" for line in lines))
