"""An independent server of all three formats, `@copilotkit/aimock`, on loopback.

    with running() as peer:
        peer.script({"match": {"userMessage": "hello"}, "response": {"content": "Hi."}})
        ... point an adapter at peer.url ...
        peer.journal()[0]["body"]["messages"]

Others wrote it from the APIs' documentation, so it does not share our misreadings. It needs node, and what
``.ci/peers`` installs.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

PEERS = Path(__file__).resolve().parent.parent / "peers"
PROGRAM = PEERS / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
LISTENING = "listening on "
_FIRST = {"fixtures": [{"match": {"userMessage": "nobody says this"}, "response": {"content": "."}}]}


def missing() -> str:
    """Why it cannot run here, "" where it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not PROGRAM.is_file():
        return "@copilotkit/aimock is not installed: .ci/peers does it, or npm ci --prefix tests/peers"
    return ""


class Aimock:
    """A running server. ``url`` has no path."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        one_shot = httpx.Limits(max_keepalive_connections=0)  # so that open sockets to it are those under test
        self._http = httpx.Client(base_url=f"{url}/__aimock", trust_env=False, timeout=10, limits=one_shot)

    def script(self, *fixtures: dict[str, Any]) -> None:
        """Forget everything, and answer by these from now on; the first that matches counts."""
        self._http.post("/reset").raise_for_status()
        added = self._http.post("/fixtures", json={"fixtures": fixtures})
        assert added.status_code == 200, added.text

    def fail_once(self, status: int, message: str) -> None:
        """Answer the next request with an error, whatever it asks."""
        queued = self._http.post("/error", json={"status": status, "body": {"message": message}})
        assert queued.status_code == 200, queued.text

    def journal(self) -> list[dict[str, Any]]:
        """What it was sent since ``script``, in its own words: bodies as chat completions, keys as ``[REDACTED]``."""
        entries = self._http.get("/journal").json()
        return [entry for entry in entries if not entry["path"].startswith("/__aimock")]

    def close(self) -> None:
        self._http.close()


@contextmanager
def running() -> Iterator[Aimock]:
    """The server for as long as the block runs, on a port that was free."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first.json"
        first.write_text(json.dumps(_FIRST))
        command = ["node", str(PROGRAM), "--port", "0", "--fixtures", str(first), "--strict", "--chunk-size", "7"]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": folder},
        ) as process:
            try:
                peer = Aimock(_address(process))
                yield peer
                peer.close()
            finally:
                process.kill()


def _address(process: "subprocess.Popen[str]") -> str:
    """Read what it says until it says where it listens. Its later words are few, and fit into the pipe."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if LISTENING in line:
            return line.partition(LISTENING)[2].strip()
    raise AssertionError(f"aimock did not start:\n{said}")
