"""File names for the prompt's ``@``: a bounded walk of the session's folder, in a thread."""

import asyncio
import os
from pathlib import Path

MAX_ENTRIES = 20_000
"""Names looked at before the walk gives up: a home folder must not stall anybody."""
MAX_FOUND = 30
_SKIPPED = {".git", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".pytest_cache", "target", "dist"}


async def files_like(folder: Path, query: str) -> list[str]:
    """Paths under ``folder`` that contain ``query``, relative to it; those whose name starts with it come first."""
    return await asyncio.to_thread(_search, folder, query.casefold())


def _search(folder: Path, query: str) -> list[str]:
    found: list[str] = []
    seen = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in (*sorted(files), *(f"{name}/" for name in folders)):
            seen += 1
            path = os.path.relpath(os.path.join(parent, name), folder) + ("/" if name.endswith("/") else "")
            if query in path.casefold():
                found.append(path)
        if seen > MAX_ENTRIES or (not query and found):
            break
    found.sort(key=lambda path: (not os.path.basename(path.rstrip("/")).casefold().startswith(query), len(path), path))
    return found[:MAX_FOUND]
