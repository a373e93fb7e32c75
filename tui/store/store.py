"""The store, as the engine and the screens see it.

``add`` is synchronous and cheap; the writer's task brings it to the disk. Whoever needs to know that something
is there awaits ``settle``. What is loaded includes what still waits in memory: a store that is behind is slow to
remember, never forgetful.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tui.calls import CallKey, CallQuery, CallRow
from tui.errors import StoreDamaged, StoreError
from tui.events import Entry
from tui.ledger import Ledger, LedgerQuery
from tui.store import calls as call_rows
from tui.store import codec, past_calls
from tui.store import sessions as session_rows
from tui.store.arrivals import Arrivals
from tui.store.batch import Setting
from tui.store.codec import weight
from tui.store.connection import Connection, connect_writer, create_file, explain
from tui.store.ledger import Sums, read_ledger, spent
from tui.store.lineage import read_whole
from tui.store.log_rows import fetch_blob, read_all
from tui.store.owner import Owner
from tui.store.presence import Presence
from tui.store.projections import rebuild, storable
from tui.store.query_desk import QueryDesk
from tui.store.readers import Readers
from tui.store.search.desk import Search
from tui.store.sessions import SessionRow
from tui.store.spending import delegated
from tui.store.writer import Health, Writer, WriterLimits

if TYPE_CHECKING:
    from tui.store.mirror import Mirror  # with what it needs to compress: nobody else does

T = TypeVar("T")

__all__ = ["Health", "SessionRow", "Store", "WriterLimits"]

LOCKS = "locks"
"""The folder of the lock files, beside the database."""
_SETTLE_SECONDS = 10.0


class Store:
    """Made by ``open``; must be closed by ``close`` on the same event loop."""

    def __init__(self, path: Path, connection: Connection, limits: WriterLimits) -> None:
        self.path = path
        self.on_health: Callable[[Health], None] | None = None
        """Called when the disk starts to fail, at each failure after that, and when it is well again."""
        self.mirror: Mirror | None = None
        """Who writes the session log. Ends with the store."""
        self._connection = connection
        self._writer = Writer(connection, limits, self._tell, self._committed)
        self._readers = Readers(path)
        self.search = Search(self._readers, self._writer)
        self._owner = Owner(path.parent / LOCKS)
        self._arrivals = Arrivals()
        self._presence: Presence | None = None
        self._leaving: set[str] = set()
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, limits: WriterLimits | None = None) -> "Store":
        """Open the store at ``path``; file and folder are made when they are not there.

        Raises:
            SchemaTooNew: a newer Penstock wrote it; the file was not changed.
            StoreDamaged: it is not a sound SQLite database.
            StoreError: it cannot be made or written.
        """
        presence = Presence.enter(path)
        try:
            create_file(path)
            store = cls(path, await connect_writer(path), limits or WriterLimits())
        except BaseException:
            presence.leave()
            raise
        store._presence = presence
        store._writer.start()
        store.search.indexer.start()
        return store

    # --- writing

    @property
    def health(self) -> Health:
        return self._writer.health

    def add(self, entry: Entry) -> None:
        """Take an entry. It is on disk after at most 100 ms, or when ``settle`` returns.

        Raises:
            StoreError: the store is closed.
        """
        self._writer.add(entry, weight(entry.event))
        if self.mirror is not None:
            self.mirror.added(entry)

    async def drain(self) -> None:
        """Wait while more than 64 MB wait for the disk. Raises StoreError when it is closed before there is room."""
        await self._writer.drain()

    async def settle(self, timeout: float = _SETTLE_SECONDS) -> None:
        """Wait until all that was added before is on disk, also against a power cut.

        Raises:
            StoreError: it is not, after ``timeout`` seconds.
        """
        await self._writer.settle(timeout)

    async def keep(self, data: bytes) -> str:
        """Take bytes that events name by their hash, once, compressed; the hash. Waits as ``drain`` does.

        Raises:
            StoreError: the store is closed.
        """
        blob = await asyncio.to_thread(codec.Blob.of, data)
        self._writer.add(blob, len(blob.data) + 100)
        await self._writer.drain()
        return blob.hash

    async def kept(self, name: str) -> bytes:
        """What ``keep`` gave this hash for.

        Raises:
            StoreDamaged: it is missing, or not what its hash says.
            StoreError: it cannot be read.
        """
        for item in self._writer.waiting():
            if isinstance(item, codec.Blob) and item.hash == name:
                return await asyncio.to_thread(item.raw)
        return await self._readers.run(lambda connection: fetch_blob(connection, name).raw())

    # --- sessions

    async def load(self, session_id: str, *, after: int = 0, through: int | None = None) -> list[Entry]:
        """A session's entries with ``after < seq <= through``, in order; empty for a session that is not there.

        Of a fork they begin with what it goes on from, which are entries of other sessions.

        Raises:
            StoreError: something in it cannot be read; the sentence names it.
        """
        waiting: dict[str, list[Entry]] = {}
        for item in self._writer.waiting():
            if isinstance(item, Entry):
                waiting.setdefault(item.session_id, []).append(item)
        return await self._readers.run(
            partial(read_whole, session_id=session_id, waiting=waiting, after=after, through=through)
        )

    async def arrived(self, after: Mapping[str, int]) -> list[Entry]:
        """What came to the disk in these sessions, each after a seq, from any process. Cheap while nothing did."""
        return await self._readers.run(partial(self._arrivals.read, after=after))

    async def sessions(
        self, *, workspace: str | None = None, archived: bool | None = None, text: str = ""
    ) -> list[SessionRow]:
        """Sessions on disk, the last changed first; ``text``: words that must all be in what is shown of one."""
        rows = await self._readers.run(
            partial(session_rows.list_sessions, workspace=storable(workspace), archived=archived, text=text)
        )
        return [replace(row, status="idle", left_open=True) if self._is_left_open(row) else row for row in rows]

    async def delegated(self, session_id: str) -> dict[str, tuple[float, int]]:
        """See ``tui.store.spending``. What is not on disk yet is not in it: a tenth of a second."""
        return await self._readers.run(partial(delegated, session_id=session_id))

    async def ledger(self, query: LedgerQuery) -> Ledger:
        """What models cost and used. What is not on disk yet is not in it."""
        return await self._readers.run(partial(read_ledger, query=query))

    async def spent(self, since: float) -> Sums:
        """What all requests cost that were sent since a moment, with what waits for the disk."""
        waiting = [item for item in self._writer.waiting() if isinstance(item, Entry)]
        return await self._readers.run(partial(spent, since=since, waiting=waiting))

    def _is_left_open(self, row: SessionRow) -> bool:
        return row.status in ("running", "asking") and self._owner.holder(row.id) is None

    async def calls(
        self,
        query: CallQuery,
        *,
        after: CallKey | None = None,
        before: CallKey | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[CallRow]:
        """A page of all sessions' tool calls on disk; see ``tui.store.calls.list_calls``."""
        read = partial(call_rows.list_calls, query=query, after=after, before=before, offset=offset, limit=limit)
        return await self._readers.run(read)

    async def count_calls(self, query: CallQuery, *, before: CallKey | None = None) -> int:
        """How many tool calls there are on disk, or stand before that key."""
        return await self._readers.run(partial(call_rows.count_calls, query=query, before=before))

    async def ended_calls(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these calls, by session and id, have their end on disk."""
        return await self._readers.run(partial(call_rows.ended_calls, keys=keys)) if keys else set()

    async def calls_mark(self) -> tuple[object, ...]:
        """Something else after any event that came to the disk, from whichever process. Cheap."""
        return await self._readers.run(call_rows.calls_mark)

    async def past_calls(self, tool: str, most: int) -> list[tuple[Mapping[str, Any], str, str]]:
        """Arguments, workspace folder and working folder of a tool's last calls on disk, the newest first."""
        return list(await self._readers.run(partial(past_calls.past_calls, tool=storable(tool), most=most)))

    async def find_session(self, prefix: str) -> SessionRow:
        """The one session whose id starts with ``prefix``. Raises UnknownSession when none or several do."""
        return await self._readers.run(partial(session_rows.find_session, prefix=storable(prefix)))

    async def next_slot(self, workspace: str) -> int:
        """Reserve a number for a new session of the workspace: never given before, by any process.

        Raises:
            StoreError: the disk does not take it within 10 s.
        """
        name = storable(workspace)
        return await self._writer.run(partial(session_rows.next_slot, workspace=name), _SETTLE_SECONDS)

    def claim(self, session_id: str) -> None:
        """Become the session's only owner. Raises SessionHeld, naming the process that has it."""
        self._owner.claim(session_id)
        self._leaving.discard(session_id)

    def release(self, session_id: str) -> None:
        """Let another process have the session, as soon as all that this one added to it is on disk."""
        self._leaving.add(session_id)
        self._let_go()

    def _committed(self) -> None:
        self._let_go()
        self.search.indexer.nudge()
        if self.mirror is not None:
            self.mirror.committed()

    def _let_go(self) -> None:
        """Whoever claims a session reads its log first and goes on counting there: so what waits keeps its lock."""
        if not self._leaving:
            return
        waiting = {item.session_id for item in self._writer.waiting() if isinstance(item, Entry)}
        for session_id in self._leaving - waiting:
            self._owner.release(session_id)
        self._leaving &= waiting

    def holder(self, session_id: str) -> int | None:
        """The pid of the session's owner, 0 when it is unknown, None when there is none."""
        return self._owner.holder(session_id)

    # --- the screen's values

    def save_ui(self, workspace: str, key: str, value: str) -> None:
        """Keep a value of the screen's; it goes to disk with the next batch. Raises StoreError when closed."""
        self._writer.add(Setting(workspace, key, value), len(value) + 100)

    async def load_ui(self, workspace: str, key: str) -> str | None:
        """The value that was saved last, or None."""
        return (await self.ui_values(workspace)).get(key)

    async def ui_values(self, workspace: str) -> dict[str, str]:
        """All values of a workspace."""
        waiting = [item for item in self._writer.waiting() if isinstance(item, Setting) and item.workspace == workspace]
        name = storable(workspace)

        def read(connection: sqlite3.Connection) -> dict[str, str]:
            return dict(connection.execute("SELECT key, value FROM ui WHERE workspace=?", (name,)).fetchall())

        values = await self._readers.run(read)
        return values | {item.key: item.value for item in waiting}

    # --- a person's own SQL

    def query_desk(self) -> QueryDesk:
        """For queries that only read: a thread and a connection of its own. To be closed."""
        return QueryDesk(self.path)

    # --- care

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """``work`` in a reader's thread, on a connection that cannot write, inside one transaction."""
        return await self._readers.run(work)

    async def check(self) -> list[str]:
        """What SQLite finds wrong with the file; empty when it is sound. Reads all of it."""

        def work(connection: sqlite3.Connection) -> list[str]:
            found: list[str] = []
            try:
                found += (line for (line,) in connection.execute("PRAGMA integrity_check"))
            except sqlite3.DatabaseError as error:  # some damage ends the search for damage
                if not isinstance(explain(error), StoreDamaged):
                    raise
                found.append(str(error))
            return [] if found == ["ok"] else found

        return await self._readers.run(work)

    async def change(self, work: Callable[[sqlite3.Connection], T], timeout: float = 60.0) -> T:
        """``work`` by the writer, in a transaction of its own: short, since appends wait for it. Raises StoreError."""
        return await self._writer.run(work, timeout)

    async def rebuild(self, timeout: float = 600.0) -> None:
        """Make the projection tables again from the log."""
        await self._writer.run(lambda connection: rebuild(connection, read_all(connection)), timeout)

    async def close(self) -> None:
        """Write what waits, let go of all sessions, close the file.

        Raises:
            StoreError: something could not be written; everything else is closed all the same.
        """
        if self._closed:
            return
        self._closed = True
        await self.search.indexer.close()
        lost = await self._writer.close()
        if self.mirror is not None:
            await self.mirror.close()
        error = self._writer.health.error
        await self._readers.close()
        try:
            await self._connection.run(lambda raw: raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall())
        except sqlite3.Error:
            pass  # the log holds what is committed; the next start checkpoints it
        finally:
            await self._connection.close()
            self._owner.release_all()
            if self._presence is not None:
                self._presence.leave()
        if lost:
            raise StoreError(f"{lost} events could not be written. {error}".strip())

    def _tell(self, health: Health) -> None:
        if self.on_health is not None:
            self.on_health(health)
