"""A server that misbehaves byte by byte, on loopback, and tells when its client hung up.

    async with FaultServer(Answer(body=recorded, cut_after=120)) as server:
        ... point a provider at server.url ...
        await server.hung_up()          # the client's side of the socket is closed

Plain asyncio, HTTP/1.1 with chunked bodies, one answer a request (the last one repeats).
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

EVENT_STREAM = {"content-type": "text/event-stream; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server does with one request.

    ``cut_after``: bytes of the body after which the connection ends; ``abort``: by a reset, else as an
    HTTP body that is over (``clean``) or by closing the socket in mid-body. ``chunk``: bytes in one
    write, with ``gap`` seconds after each. ``hang``: silence for ever after the body (``hang_first``:
    even before the status line).
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(EVENT_STREAM))
    cut_after: int | None = None
    clean: bool = False
    abort: bool = False
    chunk: int = 0
    gap: float = 0.0
    hang: bool = False
    hang_first: bool = False
    raw: bytes | None = None
    """Sent instead of an HTTP answer."""


def html(status: int = 200) -> Answer:
    """What a captive portal or a misplaced proxy says."""
    page = b"<!doctype html><html><body><h1>Welcome</h1></body></html>"
    return Answer(status=status, body=page, headers={"content-type": "text/html"})


def refusal(status: int, body: str, **headers: str) -> Answer:
    """An API's JSON error; header names with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=body.encode(), headers={"content-type": "application/json", **named})


@dataclass(slots=True)
class Asked:
    """A request that came. ``head`` is its request line and headers, as text."""

    head: str
    body: bytes

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    def header(self, name: str) -> str | None:
        """A header's value; None if it was not sent."""
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


class FaultServer:
    """Serves ``answers`` in order. ``asked`` are the requests, ``closed`` counts sockets that the client closed."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []
        self.closed = 0
        self.url = ""
        self.answering = asyncio.Event()
        """Set when the body of an answer has been written as far as it goes."""
        self._hung_up = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._busy: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "FaultServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def hung_up(self, within: float = 5.0) -> None:
        """Return when a client closed its socket; TimeoutError if none does."""
        async with asyncio.timeout(within):
            await self._hung_up.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            with suppress(ConnectionError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._busy.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. False: the connection is over."""
        asked = await _read_request(reader)
        if asked is None:
            self._note_hang_up()
            return False
        answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
        self.asked.append(asked)
        if answer.hang_first:
            self.answering.set()
            return await self._wait_for_hang_up(reader)
        whole = await self._send(answer, writer, reader)
        self.answering.set()
        if answer.hang:
            return await self._wait_for_hang_up(reader)
        if answer.abort:
            writer.transport.abort()
        return whole

    async def _send(self, answer: Answer, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> bool:
        if answer.raw is not None:
            writer.write(answer.raw)
            await writer.drain()
            return False
        lines = [f"HTTP/1.1 {answer.status} Status", *(f"{key}: {value}" for key, value in answer.headers.items())]
        writer.write("\r\n".join([*lines, "transfer-encoding: chunked", "", ""]).encode())
        body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
        size = answer.chunk or len(body) or 1
        for start in range(0, len(body), size):
            piece = body[start : start + size]
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            if answer.gap:
                await asyncio.sleep(answer.gap)
            if reader.at_eof():
                self._note_hang_up()
                return False
        whole = not answer.hang and not answer.abort and (answer.cut_after is None or answer.clean)
        if whole:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return whole

    async def _wait_for_hang_up(self, reader: asyncio.StreamReader) -> bool:
        with suppress(ConnectionError):
            while await reader.read(4096):
                pass
        self._note_hang_up()
        return False

    def _note_hang_up(self) -> None:
        self.closed += 1
        self._hung_up.set()


async def _read_request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    asked = Asked(head, b"")
    asked.body = await reader.readexactly(int(asked.header("content-length") or 0))
    return asked


def closed_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
