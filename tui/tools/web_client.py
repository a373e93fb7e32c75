"""The one HTTP client of the program's tools, and the only place where they dial.

Its network asks the resolver itself, judges every address of a host and dials one that was judged; TLS still checks the
certificate by the host's name. One request has a whole time, and a whole size after decompression, which a bomb
does not get past: it is unpacked piece by piece. No cookie is kept, no proxy or login is taken from the environment,
no redirect is followed here.
"""

import asyncio
import ssl
import sys
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from socket import SOCK_STREAM, getaddrinfo
from typing import Any, Generic, TypeVar, cast
from weakref import WeakValueDictionary

import httpcore
import httpx
from cachetools import TTLCache

from tui.errors import ToolError, ToolTimedOut
from tui.tools.base import Bridge
from tui.tools.web_addresses import AddressRefused, Judge, Place, Resolve, why_refused
from tui.value import value

CONNECTIONS = 20
KEPT_ALIVE = 10
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 20.0
"""How long a server may send nothing."""
TRIED = 4
"""Of a host's judged addresses, how many are dialled before it counts as unreachable."""
CACHE_BYTES = 32_000_000
CACHE_ENTRIES = 256
CACHE_SECONDS = 900.0
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_GZIP, _DEFLATE = 31, 15
_PIECE = 1 << 16

T = TypeVar("T")
_BRIDGE: ContextVar[Bridge] = ContextVar("bridge")
"""Of the call that asks: a connection is made inside of the request that needs it first."""


@value
class Answer:
    """``body`` is unpacked, and empty unless the status is 2xx; ``cut``: there was more than allowed."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    cut: bool


class Network(httpcore.AsyncNetworkBackend):
    """Dials judged addresses. ``own`` is the one host and port that may lead anywhere."""

    def __init__(self, judge: Judge, resolve: Resolve, own: tuple[str, int] | None) -> None:
        self._judge = judge
        self._resolve = resolve
        self._own = own
        self._plain = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """See ``httpcore``. Raises AddressRefused before anything is dialled."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self.judged(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"the name {host} was not found in time") from None
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:TRIED]:
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def judged(self, host: str, port: int) -> list[str]:
        """All addresses of a host, in the resolver's order.

        Raises:
            AddressRefused: one of them must not be dialled; a name that mixes those with others is a trap.
            httpcore.ConnectError: there are none.
        """
        try:
            found = await _BRIDGE.get().run(self._resolve, host, port)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError(f"the name {host} is not known") from None
        if (host, port) != self._own:
            for address in found:
                if what := self._judge(address, port):
                    raise AddressRefused(f"{_led(host, address)} {what}: only public addresses are fetched.")
        return list(dict.fromkeys(found))


def _led(host: str, address: str) -> str:
    return f"{host} is" if host == address else f"{host} leads to {address}, which is"


def addresses_of(host: str, port: int) -> Sequence[str]:
    """All addresses that the system knows of a host. Blocks."""
    return [str(found[4][0]) for found in getaddrinfo(host, port, type=SOCK_STREAM)]


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's own, over a pool whose network is ours.

    The pool of httpcore 1.0.9 counts all connections where it means the idle ones: with 20 of which 10 are to be
    kept it reuses none while it is busy. So it may keep all, and ``trim`` closes those that are too many.
    """

    def __init__(self, network: Network, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust, trust_env=False)
        assert isinstance(self._pool, httpcore.AsyncConnectionPool), "it would be passed by"
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=30.0,
            network_backend=network,
        )

    async def trim(self) -> None:
        """Close the idle connections over those that are kept. An idle one is none that somebody waits for."""
        assert isinstance(self._pool, httpcore.AsyncConnectionPool)
        for connection in [one for one in self._pool.connections if one.is_idle()][KEPT_ALIVE:]:
            await connection.aclose()


class Kept(Generic[T]):
    """What was fetched, for a while: bounded in entries and in bytes. Who asks for what is under way waits for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: TTLCache[str, T] = TTLCache(CACHE_BYTES, CACHE_SECONDS, clock, self._weight)
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: str) -> bool:
        return key in self._held

    @staticmethod
    def _weight(held: Any) -> int:
        """At least an entry's share, so that bytes bound the entries too."""
        return max(CACHE_BYTES // CACHE_ENTRIES, held.weight if hasattr(held, "weight") else sys.getsizeof(held))

    async def get(self, key: str, make: Callable[[], Awaitable[T]]) -> T:
        """What is kept under ``key``, else what ``make`` gives. A failure is kept for nobody."""
        lock = self._under_way.setdefault(key, asyncio.Lock())  # gone when nobody waits for it any more
        async with lock:
            if key not in self._held:
                made = await make()
                if self._weight(made) > CACHE_BYTES:
                    return made
                self._held[key] = made
                return made
            return self._held[key]


class Client:
    """See the module. ``pages`` and ``searches`` are the caches of the two tools."""

    def __init__(
        self,
        *,
        own: tuple[str, int] | None,
        judge: Judge | None = None,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.own = own
        self.pages: Kept[Any] = Kept()
        self.searches: Kept[Any] = Kept()
        self.key = ""
        """Of the search backend, as long as it is taken."""
        self._network = Network(judge or why_refused, resolve or addresses_of, own)
        trust = trust or httpx.create_ssl_context(trust_env=False)
        self._transport = _Transport(self._network, trust)
        self._http = httpx.AsyncClient(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS, pool=None),
            headers={"user-agent": "Penstock", "accept-encoding": "gzip, deflate"},
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def judge(self, place: Place, bridge: Bridge) -> None:
        """Raises AddressRefused where a place leads to what must not be dialled; nothing is dialled."""
        mark = _BRIDGE.set(bridge)
        try:
            await self._network.judged(place.host, place.port)
        except httpcore.ConnectError:
            return
        finally:
            _BRIDGE.reset(mark)

    async def send(
        self,
        method: str,
        url: str,
        *,
        bridge: Bridge,
        seconds: float,
        most: int,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        look: Callable[[Mapping[str, str]], None] | None = None,
    ) -> Answer:
        """One request; ``body`` goes as JSON. ``look`` sees the headers of a 2xx before its body is read.

        Raises:
            ToolError: it is refused, fails or takes longer than ``seconds``; also what ``look`` raises.
        """
        mark = _BRIDGE.set(bridge)
        try:
            async with (
                asyncio.timeout(seconds),
                _told(url),
                self._http.stream(method, url, headers=headers, json=body) as response,
            ):
                if response.is_success and look is not None:
                    look(response.headers)
                data, cut = await _unpacked(response, most) if response.is_success else (b"", False)
            await self._transport.trim()
        except TimeoutError:
            raise ToolTimedOut(f"{_host(url)} did not answer in full within {seconds:g} s.") from None
        finally:
            _BRIDGE.reset(mark)
        return Answer(
            status=response.status_code, reason=response.reason_phrase, headers=response.headers, body=data, cut=cut
        )


def _host(url: str) -> str:
    return httpx.URL(url).host or url[:80]


@asynccontextmanager
async def _told(url: str) -> AsyncIterator[None]:
    """What goes wrong on the way, as a sentence."""
    try:
        yield
    except httpx.InvalidURL as error:
        raise ToolError(f"That is no address: {error}.") from error
    except httpx.TimeoutException as error:
        what = "cannot be reached" if isinstance(error, httpx.ConnectTimeout) else "fell silent"
        raise ToolTimedOut(f"{_host(url)} {what} within the time that is allowed.") from error
    except httpx.ConnectError as error:
        raise ToolError(f"{_host(url)} cannot be reached: {str(error) or 'no connection'}.") from error
    except (httpx.ReadError, httpx.WriteError, httpx.CloseError) as error:
        raise ToolError(f"{_host(url)} broke off the connection.") from error
    except httpx.TransportError as error:
        raise ToolError(f"{_host(url)} does not speak HTTP as it should: {error}.") from error
    except zlib.error as error:
        raise ToolError(f"{_host(url)} sent packed text that cannot be unpacked: {error}.") from error


async def _unpacked(response: httpx.Response, most: int) -> tuple[bytes, bool]:
    """The body, and whether it was cut. No more than a piece over ``most`` is ever held."""
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    whole = bytearray()
    packed = 0
    async for raw in response.aiter_raw(_PIECE):
        packed += len(raw)
        for piece in unpack(raw):
            whole += piece
            if len(whole) > most:
                return bytes(whole[:most]), True
        if packed > most:  # packed text that unpacks to next to nothing, without end
            return bytes(whole), True
    whole += unpack.rest()
    return bytes(whole[:most]), len(whole) > most


class _Plain:
    """What is not packed."""

    def __call__(self, raw: bytes) -> Iterable[bytes]:
        return (raw,)

    def rest(self) -> bytes:
        return b""


class _Inflate:
    """gzip and deflate in pieces; also gzip of several members, and deflate without its header, which some send."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._unpack = zlib.decompressobj(bits)
        self._begun = False

    def __call__(self, raw: bytes) -> Iterable[bytes]:
        while raw:
            if self._unpack.eof:
                if self._bits != _GZIP or not raw.startswith(b"\x1f"):
                    return  # what stands after the end is nobody's
                self._unpack = zlib.decompressobj(self._bits)
            try:
                piece = self._unpack.decompress(raw, _PIECE)
            except zlib.error:
                if self._begun or self._bits != _DEFLATE:
                    raise
                self._unpack = zlib.decompressobj(-_DEFLATE)
                piece = self._unpack.decompress(raw, _PIECE)
            self._begun = True
            raw = self._unpack.unconsumed_tail or self._unpack.unused_data
            yield piece

    def rest(self) -> bytes:
        """What zlib still holds back: some bytes of one match."""
        return self._unpack.flush()


def _unpacker(encoding: str) -> _Plain | _Inflate:
    names = [name for name in encoding.lower().replace(" ", "").split(",") if name not in ("", "identity")]
    if not names:
        return _Plain()
    if len(names) > 1 or names[0] not in _ENCODINGS:
        raise ToolError(f"The answer is packed as {encoding[:40]!r}, which cannot be unpacked here.")
    return _Inflate(_DEFLATE if names[0] == "deflate" else _GZIP)
