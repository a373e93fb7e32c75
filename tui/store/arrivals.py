"""What came into sessions that another process runs, for whoever shows them as they grow.

Nothing tells one process that another has written. ``data_version`` changes for a connection when any other one has
committed, and asking it reads one page that is in memory: so four questions a second cost nothing worth naming, and
rows are looked for only when there may be some.
"""

import sqlite3
from collections.abc import Mapping

from tui.events import Entry
from tui.store.log_rows import read_log


class Arrivals:
    """Remembers, for each of the store's connections, what there was nothing new after."""

    def __init__(self) -> None:
        self._quiet: dict[int, tuple[int, dict[str, int]]] = {}  # by id: they live as long as the store

    def read(self, connection: sqlite3.Connection, after: Mapping[str, int]) -> list[Entry]:
        """The entries of these sessions' own rows, each after a seq, in order by session.

        Raises:
            StoreError: one cannot be read; the sentence names it.
        """
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        asked = dict(after)
        if self._quiet.get(id(connection)) == (version, asked):
            return []
        found = [entry for session_id, seq in asked.items() for entry in read_log(connection, session_id, after=seq)]
        if not found:
            self._quiet[id(connection)] = (version, asked)
        return found
