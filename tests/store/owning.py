"""A process that owns a session: ``python -m tests.store.owning STORE SESSION``, spoken to by lines.

It answers each word on its standard input with one line: ``claim``, ``release``, ``turn`` (writes a turn without an
end), ``heir`` (starts a process of its own that stays, and says its pid).
"""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.store.histories import opened
from tui.errors import StoreError
from tui.events import Entry, PromptSubmitted
from tui.store.store import Store


async def main(path: Path, session_id: str) -> None:
    store = await Store.open(path)
    for line in sys.stdin:
        try:
            said = await obey(store, session_id, line.strip())
        except StoreError as error:
            said = f"{type(error).__name__}: {error}"
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
    await store.close()


async def obey(store: Store, session_id: str, word: str) -> str:
    if word == "claim":
        store.claim(session_id)
    elif word == "release":
        store.release(session_id)
    elif word == "turn":
        store.add(opened(session_id))
        store.add(Entry(session_id, 2, 2.0, PromptSubmitted(prompt_id="p", turn_id="t", text="Go")))
        await store.settle()
    else:
        heir = subprocess.Popen(["sleep", "60"], close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: ASYNC220
        return str(heir.pid)
    return "ok"


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
