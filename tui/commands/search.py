"""``penstock search``: what was ever said, found from the shell, for people and for programs."""

import argparse
import asyncio
import json
import sys
from time import localtime, strftime, time

from tui.errors import UsageError
from tui.paths import store_path
from tui.plain import one_line, plain, write
from tui.searching import Found, SearchQuery, SearchRow, read_search
from tui.settings.safety import usual_masks
from tui.store.store import Store

ALL = 100_000
PAGE = 200


def search_store(options: argparse.Namespace) -> int:
    """Print what is found, a line for each; 1 where nothing is, as grep does.

    Raises:
        UsageError: nothing is asked for, or a filter is none.
        StoreError: there is no store, or it cannot be searched.
    """
    reading = read_search(" ".join(options.words), time())
    if reading.hints and not reading.query.words:
        raise UsageError(reading.hints[0])
    if reading.query.empty:
        raise UsageError("Say what to search for:", hint='penstock search "two words" in:output after:3d')
    for hint in reading.hints:
        write(sys.stderr, plain(f"penstock: {hint}\n"))
    rows, found = asyncio.run(_search(reading.query, options.newest, options.limit or ALL))
    _print(rows, found, as_json=options.json)
    return 0 if rows else 1


async def _search(query: SearchQuery, newest: bool, limit: int) -> tuple[list[SearchRow], Found]:
    store = await Store.open(store_path())
    try:
        found = await store.search.find(query, "newest" if newest else "ranked", limit=limit)
        rows = list(found.late)
        for start in range(0, len(found.ids[:limit]), PAGE):
            ids = found.ids[:limit][start : start + PAGE]
            page = await store.search.rows(ids, query)
            rows += [page[each] for each in ids if each in page]
        return rows, found
    finally:
        await store.close()


def _print(rows: list[SearchRow], found: Found, *, as_json: bool) -> None:
    mask = usual_masks().mask
    if as_json:
        lines = [json.dumps(_facts(row, mask("".join(text for text, _ in row.snippet)))) for row in rows]
    else:
        lines = [_line(row, mask(_marked(row))) for row in rows]
    write(sys.stdout, "".join(f"{plain(line)}\n" for line in lines))
    if found.unindexed:
        write(sys.stderr, f"penstock: some {found.unindexed:,} older entries are not indexed yet.\n")


def _facts(row: SearchRow, text: str) -> dict[str, object]:
    names = ("session_id", "seq", "at", "kind", "place", "call_id", "tool", "title", "slot", "workspace", "archived")
    return {name: getattr(row, name) for name in names} | {
        "text": text,
        "matches": [match for match, is_match in row.snippet if is_match],
    }


def _line(row: SearchRow, text: str) -> str:
    when = strftime("%Y-%m-%d %H:%M", localtime(row.at))
    return f"{row.session_id:<15}  {when}  {row.kind:<9}  {one_line(row.title)[:24]:<24}  {one_line(text)}"


def _marked(row: SearchRow) -> str:
    """Matches stand out on a terminal alone."""
    return "".join(text for text, _ in row.snippet)
