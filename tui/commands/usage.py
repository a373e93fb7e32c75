"""``penstock usage``: what models cost and used, by day, session, model or tool, for people and for programs."""

import argparse
import asyncio
import csv
import io
import json
import sys
from dataclasses import asdict
from time import time
from typing import Any

from tui.errors import UsageError
from tui.ledger import By, Ledger, LedgerQuery, LedgerRow, read_moment
from tui.paths import store_path
from tui.plain import one_line, plain, write
from tui.settings.safety import usual_masks
from tui.store.store import Store

_NAMES: tuple[str, ...] = (
    "key", "title", "slot", "workspace", "requests", "running", "unpriced", "sessions", "calls", "failed", "input",
    "output", "cache_read", "cache_write", "reasoning", "cost", "asked", "estimated", "first_token", "duration", "last",
)  # fmt: skip


def print_usage(options: argparse.Namespace) -> int:
    """Print the ledger: a table with its sum, one JSON object, or comma-separated values.

    Raises:
        UsageError: a time is none, or the span ends before it begins.
        StoreError: there is no store, or it cannot be read.
    """
    now = time()
    since = read_moment(options.since, now) if options.since else None
    until = read_moment(options.until, now, end=True) if options.until else None
    if since is not None and until is not None and until <= since:
        raise UsageError("--until is before --since.", hint="penstock usage --since 2026-11-01 --until 2026-11-07")
    query = LedgerQuery(by=options.by, since=since, until=until)
    found = asyncio.run(_read(query))
    if options.json:
        whole = {"by": query.by, "since": since, "until": until, "total": asdict(found.total)}
        told = json.dumps({**whole, "rows": [_facts(row) for row in found.rows]}) + "\n"
    else:
        told = _csv(found) if options.csv else _table(found, query.by)
    write(sys.stdout, told if options.csv and not sys.stdout.isatty() else plain(told))
    return 0


async def _read(query: LedgerQuery) -> Ledger:
    store = await Store.open(store_path())
    try:
        return await store.ledger(query)
    finally:
        await store.close()


def _facts(row: LedgerRow) -> dict[str, Any]:
    facts = asdict(row)
    kept: dict[str, Any] = {name: facts[name] for name in _NAMES}
    return kept | {"title": usual_masks().mask(row.title)}


def _csv(found: Ledger) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, _NAMES)
    rows.writeheader()
    rows.writerows(map(_facts, found.rows))
    return text.getvalue()


def _table(found: Ledger, by: By) -> str:
    head = [by, *(("calls", "failed", "seconds", "~asked", "~added") if by == "tool" else _HEAD)]
    mask = usual_masks().mask
    rows = [[one_line(mask(_name(row, by)))[:40], *_cells(row, by)] for row in found.rows]
    if by != "tool":
        rows.append(["all", *_cells(found.total, by)])
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) if not at else cell.rjust(width) for at, (cell, width) in enumerate(pairs)).rstrip()
        for pairs in (list(zip(row, widths, strict=True)) for row in [head, *rows])
    ]
    return "\n".join([*lines, *_notes(found, by)]) + "\n"


_HEAD = ("requests", "input", "cached", "output", "reasoning", "cost")


def _name(row: LedgerRow, by: By) -> str:
    return f"{row.key}  {row.title}" if by == "session" else row.key or "(none)"


def _cells(row: LedgerRow, by: By) -> list[str]:
    cost = "unknown" if row.cost is None and (row.unpriced or row.estimated) else f"{row.cost or 0.0:.4f}"
    if by == "tool":
        asked = "unknown" if row.asked is None else f"{row.asked:.4f}"
        return [f"{row.calls:,}", f"{row.failed:,}", f"{row.duration:.1f}", asked, cost]
    cost += "+" if row.unpriced and row.cost is not None else ""
    numbers = (row.requests, row.input, row.cache_read, row.output, row.reasoning)
    return [*(f"{number:,}" for number in numbers), cost]


def _notes(found: Ledger, by: By) -> list[str]:
    notes = []
    if by == "tool":
        notes.append(
            "Estimates in USD: ~asked is what calls share of the requests that asked for them,"
            " ~added what their results added to the requests that read them first."
        )
    else:
        notes.append("cost is in USD, at the prices of the day.")
    if found.total.unpriced:
        some = "1 request has" if found.total.unpriced == 1 else f"{found.total.unpriced:,} requests have"
        notes.append(f"{some} no known price and cannot be counted.")
    return notes
