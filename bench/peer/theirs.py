"""Drives the other program's SessionDB, inside its environment: ``python theirs.py ASKED.json``. Prints one JSON line.

Each writer is a thread on one shared SessionDB, the quicker of the two ways that it has. Its index is filled by a
trigger with each message, so what is acknowledged can be found: one search at the end shows that it is.
"""

import importlib
import json
import sys
import tempfile
import threading
import time
from pathlib import Path


def main() -> None:
    asked = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    session_db = importlib.import_module("hermes_state").SessionDB
    with tempfile.TemporaryDirectory() as folder:
        database = session_db(Path(folder) / "state.db")
        database._conn.execute(f"PRAGMA synchronous = {asked['mode']}")
        for number in range(len(asked["texts"])):
            database.create_session(f"session{number}", "cli")

        def write(number: int, texts: list[str]) -> None:
            for place, text in enumerate(texts):
                database.append_message(f"session{number}", "assistant" if place % 2 else "user", text)

        threads = [threading.Thread(target=write, args=each) for each in enumerate(asked["texts"])]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        acknowledged = time.perf_counter() - began
        hits = database.search_messages(asked["last"], limit=50)
        found = time.perf_counter() - began
        assert len(hits) == len(threads), hits
        rows = database._conn.execute("SELECT count(*) FROM messages").fetchone()[0]
        database.close()
    print(json.dumps({"acknowledged": acknowledged, "found": found, "rows": rows}))


if __name__ == "__main__":
    main()
