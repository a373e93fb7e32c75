"""A store with many tool calls: their rows alone, written at once, since a log of 100,000 calls takes minutes.

Forty sessions take turns; one call in a hundred failed, a few are slow, and some changed a file.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

SESSIONS = 40
BEGAN = 1_790_000_000.0
_TOOLS = ("read", "grep", "shell", "edit")
_LINES = {"read": "src/valve{0}.py", "grep": "litres{0}  in src", "shell": "make test-{0}", "edit": "src/pipe{0}.py"}


def write_calls(path: Path, count: int, *, workspace: str, seed: int = 7) -> None:
    """``count`` calls, a second from one to the next, into the store at ``path``, which must have its tables."""
    random = Random(seed)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO p_sessions (id, workspace, cwd, title, model, slot, opened_at, changed_at, seq)"
            " VALUES (?,?,?,?,'offline/tour',?,?,?,?)",
            [
                (f"made{number:02}", workspace, workspace, f"Canal {number}", number + 1, BEGAN, BEGAN + count, 1)
                for number in range(SESSIONS)
            ],
        )
        connection.executemany(
            "INSERT INTO p_tool_calls (session_id, call_id, seq, tool, requested_at, started_at, ended_at, outcome,"
            " state, duration, chars, output_bytes, line, path, touched, price) VALUES"
            " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (_call(number, random) for number in range(count)),
        )


def _call(number: int, random: Random) -> tuple[object, ...]:
    tool = random.choice(_TOOLS)
    at, took = BEGAN + number, round(random.expovariate(2), 3)
    outcome = "error" if number % 100 == 99 else "ok"
    line, size = _LINES[tool].format(number % 500), random.randrange(50, 60_000)
    path = line if tool in ("read", "edit") else ""
    times = (at, at + 0.01, at + 0.01 + took)
    facts = (outcome, outcome, took, size, size, line, path, path if tool == "edit" else "", random.random() / 100)
    return (f"made{number % SESSIONS:02}", f"call{number}", number, tool, *times, *facts)
