"""Recording a provider's bytes, and serving them to the real adapter again.

    Recorder(path, api="anthropic", secrets=(key,))     wraps the network while a session works
    Replay(path)                                         takes the network's place
    transport_of(...)                                    one of them, as ``record`` or ``replay`` in config.toml asks
    recorder_for(recording, api)                         a Recorder, as ``--record`` asks: see ``replaying``

Both are transports of the HTTP client, so what is recorded is what the adapter read, to the byte, and
a replay runs the adapter's own code. Keys never reach the file: authentication and cookie headers are
left out, and the given secrets are struck out of addresses, requests and answers, also where one
arrives in two pieces, or is spelled over many events. An answer that a server compresses, although it
was asked not to, is recorded as it came, with what it holds.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import IO, Protocol

import httpx2

from tui.errors import ConfigError
from tui.ids import new_id
from tui.providers.base import STEP
from tui.providers.masked_events import MaskedEvents, Piece, Strikes
from tui.providers.places import Places, asked_of
from tui.providers.replaying import Recording
from tui.providers.tape import End, Exchange, header_line, read_tape, record_line
from tui.secrets import Masks, MaskStream

_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "set-cookie"}
)


def transport_of(
    name: str,
    api: str,
    *,
    record: str = "",
    replay: str = "",
    secrets: Iterable[str] = (),
    masks: Masks | None = None,
    steps: str = "",
) -> httpx2.AsyncBaseTransport | None:
    """What takes the network's place for provider ``name``: nothing, a Recorder or a Replay.

    Args:
        record: a folder, made where it is missing; each client writes a file of its own there.
        replay: a file from there.

    Raises:
        ConfigError: they cannot be written or read, or the file is of another format.
    """
    if replay:
        found = read_tape(Path(replay)).api
        if found != api:
            raise ConfigError(f"{replay} was recorded with api {found!r}, and provider {name} has {api!r}.")
        return Replay(Path(replay), timed=True)
    if not record:
        return None
    path = Path(record) / tape_name(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Recorder(path, api=api, secrets=secrets, masks=masks, steps=steps)
    except OSError as error:
        hint = f"See record under [providers.{name}] in config.toml."
        raise ConfigError(f"{record} cannot be recorded into: {error.strerror}.", hint=hint) from error


def tape_name(provider: str) -> str:
    """A name for a new file that is nobody else's."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{new_id(provider)}.jsonl"


def recorder_for(
    path: Path, recording: Recording, api: str, *, secrets: Iterable[str] = (), masks: Masks | None = None
) -> "Recorder":
    """A recorder whose file begins to be there with the first answer that is asked for."""
    return Recorder(path, api=api, secrets=secrets, masks=masks, steps=recording.steps, lazily=True)


def private(path: Path) -> IO[str]:
    """Prompts and files will be in it, so nobody else may read it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="\n")


class Recorder(httpx2.AsyncBaseTransport):
    """Passes everything on to ``inner`` and writes it down. An existing file is written over.

    Args:
        api: which adapter the bytes are for; ``Replay`` leaves it to its reader.
        secrets: texts that must not be in the file.
        masks: what else must not, such as the known forms of keys.
        steps: a file that is to say which step's answer is in ``path``.
        lazily: make the file when there is a prompt to write down, and write down nothing before.
    """

    def __init__(
        self,
        path: Path,
        *,
        api: str,
        secrets: Iterable[str] = (),
        masks: Masks | None = None,
        inner: httpx2.AsyncBaseTransport | None = None,
        steps: str = "",
        lazily: bool = False,
    ) -> None:
        self._masks = masks or Masks(known=False)
        self._inner = inner if inner is not None else httpx2.AsyncHTTPTransport()
        self._secrets = tuple(filter(None, secrets))
        self._strikes = Strikes(self._secrets)
        self._exchanges = 0
        self._path, self._api, self._steps = path, api, steps
        self._made: IO[str] | None = None
        if not lazily:
            self._begin()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request on, asking for an answer that is not compressed: it is to be read by people."""
        if self._made is None and request.method == "GET":
            return await self._inner.handle_async_request(request)
        file = self._begin()
        number, began = self._exchanges, time.monotonic()
        self._exchanges += 1
        note_step(self._steps, self._path)
        request.headers["accept-encoding"] = "identity"
        body = await asyncio.to_thread(self._safe, (await request.aread()).decode("utf-8", errors="replace"))
        url, headers = self._safe(str(request.url)), self._safe_headers(request.headers)
        asked = {"method": request.method, "url": url, "headers": headers, "body": body}
        step = {"step": STEP.get()} if STEP.get() else {}
        file.write(record_line(number, 0.0, **step, request=asked))
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.HTTPError:
            file.write(record_line(number, time.monotonic() - began, end="broken"))
            file.flush()
            raise
        answered = {"status": response.status_code, "headers": self._safe_headers(response.headers)}
        file.write(record_line(number, time.monotonic() - began, response=answered))
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        is_stream = "event-stream" in response.headers.get("content-type", "")
        clean = (MaskedEvents if is_stream else _MaskedBody)(self._masks, self._secrets)
        stream = _TapedStream(response.stream, file, number, began, clean)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Close the network and the file."""
        await self._inner.aclose()
        if self._made is not None:
            self._made.close()

    def _begin(self) -> IO[str]:
        if self._made is None:
            self._made = private(self._path)
            self._made.write(header_line(self._api))
        return self._made

    def _safe(self, text: str) -> str:
        return self._masks.mask(self._strikes.whole(text))

    def _safe_headers(self, headers: httpx2.Headers) -> dict[str, str]:
        return {key: self._safe(value) for key, value in headers.items() if key.lower() not in _SECRET_HEADERS}


def note_step(steps: str, path: Path) -> None:
    """Write down which file the answer of the step is in that is being asked for, where anybody wants to know."""
    if steps and STEP.get():
        line = json.dumps({"step": STEP.get(), "tape": str(path.absolute())}) + "\n"
        with os.fdopen(os.open(steps, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
            file.write(line)


class _Clean(Protocol):
    """An answer's bytes on their way to the file."""

    def feed(self, at: float, data: bytes) -> list[Piece]: ...

    def finish(self) -> list[Piece]: ...


class _MaskedBody:
    """An answer that is no event stream, such as a refusal. Each byte is looked at as a character."""

    def __init__(self, masks: Masks, struck: Iterable[str]) -> None:
        self._strikes = Strikes(secret.encode().decode("latin-1") for secret in struck)
        self._stream = MaskStream(masks)
        self._at = 0.0

    def feed(self, at: float, data: bytes) -> list[Piece]:
        self._at = at
        return self._said(self._stream.feed(self._strikes.feed(data.decode("latin-1"))))

    def finish(self) -> list[Piece]:
        return self._said(self._stream.feed(self._strikes.finish()) + self._stream.finish())

    def _said(self, text: str) -> list[Piece]:
        """Of what is not of the answer, a mask alone has characters that are no byte."""
        return [(self._at, text.replace("…", "...").encode("latin-1"))] if text else []


class _TapedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, file: IO[str], number: int, began: float, clean: _Clean) -> None:
        self._inner = inner
        self._file = file
        self._number = number
        self._began = began
        self._clean = clean
        self._end: End | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._inner:
                self._write(self._clean.feed(time.monotonic() - self._began, piece))
                yield piece
        except httpx2.HTTPError:
            self._finish("broken")
            raise
        self._finish("whole")

    async def aclose(self) -> None:
        await self._inner.aclose()
        self._finish("closed")

    def _write(self, pieces: list[Piece]) -> None:
        for at, data in pieces:
            self._file.write(record_line(self._number, at, bytes=data))

    def _finish(self, end: End) -> None:
        if self._end is None and not self._file.closed:
            self._end = end
            self._write(self._clean.finish())
            self._file.write(record_line(self._number, time.monotonic() - self._began, end=end))
            self._file.flush()


class Replay(httpx2.AsyncBaseTransport):
    """Serves a tape: the Nth prompt gets the Nth answer, whatever it asks; a listing of models, any that was recorded.

    ``asked`` are the requests that came. A recording that broke off breaks again at the same byte.

    Args:
        timed: with the pauses of the recording, else as fast as it is read.
        speed: how much faster than it was, where it is timed.
        by_place: a conversation that is as long as a recorded one was gets that one's answer, as often as it asks: so
            that each new session plays the tape from its beginning.

    Raises:
        ConfigError: the file cannot be read.
    """

    def __init__(self, path: Path, *, timed: bool = False, speed: float = 1.0, by_place: bool = False) -> None:
        self.asked: list[httpx2.Request] = []
        self._listings: list[Exchange] = []
        answers: list[Exchange] = []
        for exchange in read_tape(path).exchanges:
            (self._listings if exchange.request.get("method") == "GET" else answers).append(exchange)
        self._places = Places(path.name, answers, by_place=by_place)
        self._speed = speed if timed else 0.0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The next answer of the tape.

        Raises:
            RequestRejected: there is none left.
            ConnectError: the recorded server did not answer either.
        """
        body = await request.aread()
        self.asked.append(request)
        if request.method == "GET" and self._listings:
            exchange = self._listings[-1]
        else:
            exchange = self._places.answer(asked_of(body) if request.method != "GET" else None)
        return played(exchange, request, self._speed)


def played(
    exchange: Exchange, request: httpx2.Request, speed: float, heard: Callable[[float], None] = lambda at: None
) -> httpx2.Response:
    """One answer of a tape. ``heard`` is told the time of each piece before it is read."""
    if not exchange.status:
        raise httpx2.ConnectError("no answer was recorded", request=request)
    framing = ("transfer-encoding", "content-length")
    headers = {key: value for key, value in exchange.headers.items() if key.lower() not in framing}
    return httpx2.Response(exchange.status, headers=headers, stream=_PlayedStream(exchange, speed, heard))


class _PlayedStream(httpx2.AsyncByteStream):
    def __init__(self, exchange: Exchange, speed: float, heard: Callable[[float], None]) -> None:
        self._exchange = exchange
        self._speed = speed
        self._heard = heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        began = asyncio.get_running_loop().time()
        for at, piece in self._exchange.pieces:
            if self._speed:
                await asyncio.sleep(began + at / self._speed - asyncio.get_running_loop().time())
            self._heard(at)
            yield piece
        if self._exchange.end != "whole":
            raise httpx2.ReadError("the recording breaks off here")
