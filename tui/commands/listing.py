"""``penstock sessions``: what the store holds, read without an engine."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from time import localtime, strftime

from tui.paths import current_folder, store_path, workspace_root
from tui.plain import one_line, write
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


async def _rows(everything: bool) -> list[SessionRow]:
    root = None if everything else str(workspace_root(current_folder()))
    store = await _open()
    try:
        return await store.sessions(workspace=root, archived=None if everything else False)
    finally:
        await store.close()


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
