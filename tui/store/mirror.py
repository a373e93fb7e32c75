"""The session log: each session as readable JSON lines in a file of its own, for other programs to follow.

It is written behind the store, by one thread that has a connection of its own: half a second after the first commit
that it has not seen, at once when a turn is interrupted, and at the end. So ten quick turns are one or two writes, an
idle program has no timer, and a full disk or a folder that hangs costs sessions nothing: it is said once, and what is
missing comes when it can. Only what is on disk is written: a line that a reader has seen is never taken back.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from tui.errors import StoreError
from tui.events import Entry, PartDelta, ToolOutput, TurnEnded
from tui.store import mirror_file
from tui.store.connection import explain, open_reader
from tui.store.export import Mask, to_json_lines
from tui.store.log_rows import first_entries
from tui.store.mirror_file import Reach

PAUSE = 0.5
"""Seconds for which commits are gathered."""
REST = 30.0
"""Seconds after a failure before a commit makes it try again."""
LAST_WORDS = 5.0
"""Seconds that the end of the program waits for the folder."""
PIECE = 200
"""Entries that are read and written at once."""


class Mirror:
    """One for a store. ``say`` is called on the loop that made it."""

    def __init__(
        self, store: Path, folder: Path, *, mask: Mask, most_bytes: int = 0, say: Callable[[str], None]
    ) -> None:
        """``most_bytes``: of a file before it is compressed; 0 for never."""
        self._store = store
        self._folder = folder
        self._mask = mask
        self._most_bytes = most_bytes
        self._tell = partial(asyncio.get_running_loop().call_soon_threadsafe, say)
        self._changed = threading.Condition()
        self._wanted: dict[str, int] = {}
        self._hurried: set[str] = set()
        self._committed = self._closing = False
        self._reached: dict[str, Reach] = {}
        self._rests_until = 0.0
        self._failing = False
        self._thread: threading.Thread | None = None

    # --- on the loop: nothing here waits for the disk

    def added(self, entry: Entry) -> None:
        """The store took an entry."""
        event = entry.event
        if isinstance(event, PartDelta | ToolOutput):  # their end has all of them
            return
        with self._changed:
            self._wanted[entry.session_id] = entry.seq
            if isinstance(event, TurnEnded) and event.outcome == "interrupted":
                self._hurried.add(entry.session_id)

    def committed(self) -> None:
        """Something reached the disk."""
        if not self._wanted:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="session log", daemon=True)
            self._thread.start()
        with self._changed:
            self._committed = True
            self._changed.notify()

    async def close(self) -> None:
        """Write what is on disk and not in the log yet, and end. A folder that hangs is not waited for."""
        self.committed()
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, LAST_WORDS)

    # --- in the thread

    def _run(self) -> None:
        going = True
        while going:
            going = self._wait()
            if not going or time.monotonic() >= self._rests_until:
                self._write_all()

    def _wait(self) -> bool:
        """Until there is something to write; whether more may come."""
        with self._changed:
            while not (self._closing or (self._committed and self._wanted)):
                self._changed.wait()
            due = time.monotonic() + PAUSE
            while not (self._closing or self._hurried) and (left := due - time.monotonic()) > 0:
                self._changed.wait(left)
            self._committed = False
            return not self._closing

    def _write_all(self) -> None:
        with self._changed:
            wanted = dict(self._wanted)
        try:
            with closing(open_reader(self._store)) as connection:
                for session_id, seq in wanted.items():
                    self._write(connection, session_id, seq)
        except (OSError, StoreError, sqlite3.Error) as error:
            self._reached.clear()  # the files tell
            self._rests_until = time.monotonic() + REST
            self._say(f"The session log in {self._folder} is not written: {_why(error)}. It is tried again.", True)
        else:
            self._say(f"The session log in {self._folder} is written again.", False)

    def _write(self, connection: sqlite3.Connection, session_id: str, seq: int) -> None:
        reached = self._reached.pop(session_id, None) or mirror_file.reach(self._folder, session_id)
        while entries := first_entries(connection, session_id, PIECE, after=reached.seq):
            lines = "".join(f"{line}\n" for line in to_json_lines(entries, mask=self._mask)).encode()
            if not mirror_file.append(self._folder, session_id, lines, reached.size):
                reached = mirror_file.reach(self._folder, session_id)
                continue
            reached = Reach(entries[-1].seq, reached.size + len(lines))
            if self._most_bytes and reached.size > self._most_bytes:
                mirror_file.pack(self._folder, session_id, reached.seq)
                reached = Reach(reached.seq)
        self._reached[session_id] = reached
        with self._changed:
            if self._wanted[session_id] <= reached.seq:
                del self._wanted[session_id]
                self._hurried.discard(session_id)

    def _say(self, sentence: str, failing: bool) -> None:
        if failing != self._failing:
            self._failing = failing
            with suppress(RuntimeError):  # the loop is closed: nobody listens
                self._tell(sentence)


def _why(error: Exception) -> str:
    if isinstance(error, sqlite3.Error):
        error = explain(error)
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.rstrip(".") or type(error).__name__
