"""The one HTTP client of the program's tools, and the only place where they dial.

Its network asks the resolver itself, judges every address of a host and dials one that was judged; TLS still checks the
certificate by the host's name. One request has a whole time, and a whole size after decompression, which a bomb
does not get past: it is unpacked piece by piece. No cookie is kept, no proxy or login is taken from the environment,
no redirect is followed here.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from socket import SOCK_STREAM, getaddrinfo
from typing import Any, cast

import httpcore
import httpx

from tui.errors import ToolError, ToolTimedOut
from tui.tools.base import Bridge
from tui.tools.web_addresses import AddressRefused, Judge, Place, Resolve, why_refused
from tui.tools.web_cache import Kept
from tui.tools.web_unpack import PIECE, unpacker
from tui.value import value

CONNECTIONS = 20
KEPT_ALIVE = 10
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 20.0
"""How long a server may send nothing."""
TRIED = 4
"""Of a host's judged addresses, how many are dialled before it counts as unreachable."""
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

    async def trim(self, busy: int) -> None:
        """Close what is too many: connections over those of ``busy`` requests and those that are kept idle."""
        assert isinstance(self._pool, httpcore.AsyncConnectionPool)
        over = len(self._pool.connections) - busy - KEPT_ALIVE
        idle = [one for one in self._pool.connections if one.is_idle()] if over > 0 else []
        for connection in idle[-over:]:  # the first are those that a waiting request may have just been given
            await connection.aclose()


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
        self._busy = 0
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
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._network.judged(place.host, place.port)
        except (httpcore.ConnectError, TimeoutError):
            return  # nobody knows where it leads, so nobody goes there
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
        self._busy += 1
        try:
            async with (
                asyncio.timeout(seconds),
                _told(url),
                self._http.stream(method, url, headers=headers, json=body) as response,
            ):
                if response.is_success and look is not None:
                    look(response.headers)
                data, cut = await _unpacked(response, most) if response.is_success else (b"", False)
            await self._transport.trim(self._busy - 1)
        except TimeoutError:
            raise ToolTimedOut(f"{_host(url)} did not answer in full within {seconds:g} s.") from None
        finally:
            self._busy -= 1
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
    unpack = unpacker(response.headers.get("content-encoding", ""))
    whole = bytearray()
    packed = 0
    async for raw in response.aiter_raw(PIECE):
        packed += len(raw)
        for piece in unpack(raw):
            whole += piece
            if len(whole) > most:
                return bytes(whole[:most]), True
        if packed > most:  # packed text that unpacks to next to nothing, without end
            return bytes(whole), True
    whole += unpack.rest()
    return bytes(whole[:most]), len(whole) > most
