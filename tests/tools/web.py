"""A web for the tools' tests: a server on loopback with pages by path, and a Web that may dial it and nothing else."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.tools.conftest import Bench
from tui.tools.base import Kit, ToolContext
from tui.tools.web import Web, WebConfig
from tui.tools.web_addresses import why_refused


@dataclass(slots=True)
class Asked:
    """A request that came. ``headers`` by their names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Page:
    """An answer. ``drip``: bytes in one write, for ever again where ``endless``; ``hang``: nothing after the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    hang: bool = False
    raw: bytes | None = None


def page(text: str, kind: str = "text/html; charset=utf-8", **more: Any) -> Page:
    return Page(body=text.encode(), headers={"content-type": kind}, **more)


def onward(location: str, status: int = 302) -> Page:
    return Page(status=status, headers={"location": location})


class WebServer:
    """Serves ``pages`` by path; any other is 404. ``most_open`` is the most connections that were open at once."""

    def __init__(self, pages: dict[str, Page] | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.pages = pages or {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.answering = asyncio.Event()
        """Set when an answer has begun, or hangs."""
        self.gate: asyncio.Event | None = None
        """Where it is set to one, no answer goes out before it is set."""
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._busy: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def __aenter__(self) -> "WebServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        if self.gate is not None:
            self.gate.set()
        for writer in self._busy.values():
            writer.close()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy[task] = writer
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            self.open -= 1
            self._busy.pop(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(Asked(method, path, headers, body))
        if self.gate is not None:
            await self.gate.wait()
        answer = self.pages.get(path) or self.pages.get(urlsplit(path).path) or Page(status=404)
        return await self._send(answer, reader, writer)

    async def _send(self, answer: Page, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if answer.raw is not None:
            writer.write(answer.raw)
        else:
            length = [] if answer.endless or answer.hang else [f"content-length: {len(answer.body)}"]
            lines = [f"HTTP/1.1 {answer.status} Said", *(f"{name}: {text}" for name, text in answer.headers.items())]
            writer.write("\r\n".join([*lines, *length, "", ""]).encode("latin-1") + answer.body)
        await writer.drain()
        self.answering.set()
        while answer.endless:
            writer.write(answer.body or b"x")
            await writer.drain()
            await asyncio.sleep(0.01)
        if answer.hang:
            await reader.read()
        return answer.raw is None and not answer.hang


def only(*ports: int) -> Callable[[str, int], str]:
    """A judge that lets loopback through at these ports; all else as it is judged for everybody."""
    return lambda address, port: "" if address == "127.0.0.1" and port in ports else why_refused(address, port)


class Names:
    """A resolver that a test writes: a host's answers in order, the last one again and again. ``asked``: the hosts."""

    def __init__(self, known: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._known = {host: list(answers) for host, answers in known.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self._known:
            raise OSError(f"nobody is called {host}")
        answers = self._known[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def lending(bench: Bench, web: Web) -> ToolContext:
    """A call's context that lends ``web``."""
    return replace(bench.ctx, kit=Kit(web=web))


@asynccontextmanager
async def browsing(
    bench: Bench, *servers: WebServer, config: WebConfig | None = None, **more: Any
) -> AsyncIterator[ToolContext]:
    """A context whose web may dial these servers."""
    more.setdefault("judge", only(*(server.port for server in servers)))
    web = Web(config or WebConfig(), **more)
    try:
        yield lending(bench, web)
    finally:
        await web.aclose()
