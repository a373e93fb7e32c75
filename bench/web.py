"""Sixty small fetches, twenty at once, by the program's pooled client, against a client made for each.

The server is a process of its own on loopback, plain and then over TLS with a certificate made for the run. The
yardstick, on the same server, is an ``httpx.AsyncClient`` with its defaults for each call, as many programs do it: most
of its time is the reading of all certificates that the system trusts.
"""

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Figure, figure
from bench.terminal import python

NAMES = ("web_fetch", "web_fetch_tls")
CALLS, WIDE = 60, 20
_HTML = b"<html><body><p>" + b"A small page. " * 100 + b"</p></body></html>"

Fetch = Callable[[str], Awaitable[bytes]]


def measure(*, repeats: int = 5) -> dict[str, Figure]:
    """Milliseconds of a whole round of calls."""
    with tempfile.TemporaryDirectory() as folder:
        pem = _certificate(Path(folder))
        with _server() as url:
            figures = {"web_fetch": asyncio.run(_compared(url, pem, repeats))}
        with _server(str(pem)) as url:
            figures["web_fetch_tls"] = asyncio.run(_compared(url, pem, repeats))
    return figures


async def _compared(url: str, pem: Path, repeats: int) -> Figure:
    import httpx

    from tui.engine.calls.bridge import Threads
    from tui.tools.web import Web, WebConfig

    def trust() -> ssl.SSLContext:
        """What httpx trusts by itself, and the certificate of the run."""
        known = httpx.create_ssl_context()
        known.load_verify_locations(pem)
        return known

    bridge = Threads()
    web = Web(WebConfig(), judge=lambda address, port: "", trust=trust())
    client = await web.client(bridge)

    async def pooled(url: str) -> bytes:
        return (await client.send("GET", url, bridge=bridge, seconds=30, most=1_000_000)).body

    async def alone(url: str) -> bytes:
        async with httpx.AsyncClient(verify=trust()) as each:
            return (await each.get(url)).content

    ours, theirs = list[float](), list[float]()
    for number in range(repeats + 1):  # the first round warms both up
        took = [await _round(fetch, url) for fetch in (pooled, alone)]
        if number:
            ours.append(took[0])
            theirs.append(took[1])
    await web.aclose()
    await bridge.close()
    return figure(ours, "ms", theirs)


async def _round(fetch: Fetch, url: str) -> float:
    gate = asyncio.Semaphore(WIDE)

    async def one(number: int) -> None:
        async with gate:
            assert await fetch(f"{url}/{number}") == _HTML

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(CALLS):
            group.create_task(one(number))
    return 1000 * (time.perf_counter() - began)


def _certificate(folder: Path) -> Path:
    both = folder / "both.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "cert"]
    subprocess.run([*made, *named], cwd=folder, capture_output=True, check=True)
    both.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return both


@contextmanager
def _server(*pem: str) -> Iterator[str]:
    """In a process of its own; its address."""
    child = subprocess.Popen(python("-m", "bench.web", "serve", *pem), stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield f"http{'s' if pem else ''}://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.terminate()
        child.wait()


async def _serve(pem: str) -> None:
    tls = None
    if pem:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=tls, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(_HTML)}\r\n\r\n".encode()
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(head + _HTML)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(_serve("".join(sys.argv[2:])))
    else:
        print(json.dumps(measure(repeats=3), indent=2))
