"""A person at a terminal: a folder to work in, a model on loopback that answers as told, and what the store holds.

The program is configured as a person would do it, by config.toml, and speaks to a FaultServer in a thread of its own:
the SDK, the socket and the stream are real, and a silent server (``hang``) keeps a turn in its middle for as long as
a test needs.
"""

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.faults import Answer, FaultServer
from tests.terminal import Terminal, penstock

EMPTY = "Message…"
"""What an empty prompt says."""
DEAF = 0.7
"""Seconds: a question ignores keys for a little less than this after it came up."""
INTERRUPTED = "Interrupted."


def folder_of(home: Path, name: str = "garden") -> Path:
    """A small project."""
    folder = home / name
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text("# Valves\n\nOpens and closes the valves of a garden.\n")
    return folder


def start(folder: Path, *arguments: str, columns: int = 100, rows: int = 30, **env: str) -> Terminal:
    """The program, open and ready for a prompt."""
    terminal = Terminal(penstock(*arguments), cwd=folder, columns=columns, rows=rows, env=env)
    try:
        terminal.wait_for(EMPTY)
    except BaseException:
        terminal.close()
        raise
    return terminal


def send(terminal: Terminal, prompt: str) -> None:
    terminal.type(prompt)
    terminal.press("enter")


def leave(terminal: Terminal) -> int:
    """Quit, also while something runs; the exit code. The terminal is as it was."""
    terminal.press("ctrl+q")
    terminal.wait_for(lambda: not terminal.full_screen or "Sessions are running" in terminal.text)
    if terminal.full_screen:
        send(terminal, "Quit")
    code = terminal.ended()
    assert terminal.left_behind() == []
    return code


# --- a model that answers as told


def chat(*texts: str, calls: tuple[tuple[str, dict[str, Any]], ...] = ()) -> bytes:
    """A whole answer as chat completions streams it: ``texts`` as chunks, then calls as (tool, arguments)."""
    deltas: list[dict[str, Any]] = [{"content": text} for text in texts]
    for index, (name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": json.dumps(arguments)}
        deltas.append({"tool_calls": [{"index": index, "id": f"call_{index}", "function": function}]})
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"}]})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


def says(*texts: str, calls: tuple[tuple[str, dict[str, Any]], ...] = (), **how: Any) -> Answer:
    """An answer of the server; ``how`` as in ``Answer``."""
    return Answer(body=chat(*texts, calls=calls), **how)


def hangs_after(*texts: str) -> Answer:
    """Says ``texts`` and then nothing more, for ever: the turn stays in its middle."""
    whole = chat(*texts)
    return Answer(body=whole, cut_after=len(whole) - len(chat()), hang=True)


@contextmanager
def serving(home: Path, *answers: Answer, more: str = "") -> Iterator[FaultServer]:
    """A server on loopback, and a config.toml that makes it the model. ``more``: lines for its provider table."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="model", daemon=True)
    thread.start()
    server = FaultServer(*answers)
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
        configure(home, server.url, more)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def configure(home: Path, url: str, more: str = "") -> None:
    kept = home / "penstock"
    kept.mkdir(mode=0o700, exist_ok=True)
    table = f'[providers.here]\napi = "openai-chat"\nbase_url = "{url}/v1"\nmodels = ["m"]\n{more}\n'
    (kept / "config.toml").write_text(f'model = "here/m"\n[limits]\nretries = 0\n{table}')


# --- what is on disk


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the store, read beside the program; none while there is no store yet."""
    path = Path(os.environ["PENSTOCK_HOME"]) / "penstock.db"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        return []


def on_disk(text: str) -> bool:
    """Whether an event holds ``text`` (without what JSON escapes)."""
    found = rows("SELECT body FROM entries UNION ALL SELECT body FROM scratch")
    return any(text in body for (body,) in found)


def outcomes() -> list[str | None]:
    """How the turns ended, in their order; None for one that runs."""
    return [outcome for (outcome,) in rows("SELECT outcome FROM turns ORDER BY started_at")]
