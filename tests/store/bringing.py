"""Words for tests of importing: the fixtures under ``imports/``, a home for sessions, and a taking into a store."""

from pathlib import Path

from tui.events import Entry
from tui.store.imports.found import Found, files_in, read_file
from tui.store.imports.taking import Brought, Taking
from tui.store.store import Store

FILES = Path(__file__).parent / "imports"
CLAUDE = FILES / "claude" / "5f0e8a52-11aa-4c7e-9d10-00000000c0de.jsonl"
CODEX = FILES / "codex" / "rollout-2026-04-05T10-00-00-019c0a11-7d20-7c31-8e55-0000000c0dec.jsonl"
OLD_CODEX = FILES / "codex" / "rollout-2025-05-06T07-08-09-0ld0-1.jsonl"


def at_w(folder: str) -> tuple[str, str]:
    """Every imported session lives in ``/w``."""
    return "/w", "/w"


async def bring(store: Store, *paths: Path, dry: bool = False) -> list[Brought]:
    """All that these files hold, taken into the store."""
    taking = Taking(store, at_w, dry=dry)
    return [each for path in paths for file in files_in(path) for each in await taking.take(read_file(file))]


async def take(store: Store, found: Found) -> list[Brought]:
    return await Taking(store, at_w).take(found)


async def dumped(store: Store) -> list[Entry]:
    """Every entry of every session."""
    rows = await store.sessions()
    return [entry for row in sorted(rows, key=lambda row: row.id) for entry in await store.load(row.id)]
