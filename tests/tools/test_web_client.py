"""The one client: judged addresses are dialled, nothing gets past time or size, connections are few and kept."""

import asyncio
import gzip
import ssl
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import pytest

from tests.scripts import eventually
from tests.tools.conftest import Bench
from tests.tools.web import Names, Page, WebServer, browsing, only, page
from tui.engine.calls.bridge import Threads
from tui.errors import ToolError, ToolTimedOut
from tui.tools import web_cache, web_client
from tui.tools.base import ToolContext
from tui.tools.web import Web, WebConfig
from tui.tools.web_addresses import AddressRefused
from tui.tools.web_cache import Kept
from tui.tools.web_client import Answer, Client

ROOT = Path(__file__).resolve().parents[2]


async def get(ctx: ToolContext, url: str, *, seconds: float = 10.0, most: int = 1_000_000) -> Answer:
    assert ctx.kit.web is not None
    client = await ctx.kit.web.client(ctx.bridge)
    return await client.send("GET", url, bridge=ctx.bridge, seconds=seconds, most=most)


# --- who is dialled


async def test_the_address_that_was_judged_is_dialled_under_the_name_that_was_asked_for(bench: Bench) -> None:
    async with WebServer({"/": page("hello")}) as server:
        names = Names({"site.example": [["127.0.0.1"]]})
        async with browsing(bench, server, resolve=names) as ctx:
            answer = await get(ctx, f"http://site.example:{server.port}/")
    assert answer.body == b"hello"
    assert server.asked[0].headers["host"] == f"site.example:{server.port}"


async def test_a_name_that_means_another_machine_when_asked_again_is_judged_again(bench: Bench) -> None:
    """First it leads where nobody listens, then to a server: whichever is dialled is the one that was judged."""
    async with WebServer({"/": page("secret")}) as server:
        names = Names({"rebind.example": [["127.0.0.2"], ["127.0.0.1"]]})
        judged: list[str] = []

        def judge(address: str, port: int) -> str:
            judged.append(address)
            return "" if address == "127.0.0.2" else "this machine itself"

        async with browsing(bench, judge=judge, resolve=names) as ctx:
            with pytest.raises(ToolError):  # nobody answers there
                await get(ctx, f"http://rebind.example:{server.port}/", seconds=0.2)
            assert names.asked == ["rebind.example"] and server.connections == 0
            with pytest.raises(AddressRefused):
                await get(ctx, f"http://rebind.example:{server.port}/")
    assert judged == ["127.0.0.2", "127.0.0.1"] and server.connections == 0


async def test_the_next_judged_address_is_dialled_where_the_first_does_not_answer(bench: Bench) -> None:
    async with WebServer({"/": page("hello")}) as server:
        names = Names({"site.example": [["127.0.0.2", "127.0.0.1"]]})
        async with browsing(bench, judge=lambda address, port: "", resolve=names) as ctx:
            assert (await get(ctx, f"http://site.example:{server.port}/")).body == b"hello"


async def test_a_name_that_is_not_known_is_said_to_be(bench: Bench) -> None:
    async with browsing(bench, resolve=Names({})) as ctx:
        with pytest.raises(ToolError, match=r"nowhere\.example cannot be reached: .*not known"):
            await get(ctx, "http://nowhere.example/")


async def test_only_the_configured_origin_may_be_private(bench: Bench) -> None:
    async with (
        WebServer({"/": page("own")}) as own,
        WebServer({"/": page("other")}) as other,
        browsing(bench, judge=None, config=WebConfig(search="searxng", base_url=own.url)) as ctx,
    ):
        assert (await get(ctx, own.url)).body == b"own"
        for url in (other.url, f"http://localhost:{own.port}/", f"http://[::1]:{own.port}/"):
            with pytest.raises(AddressRefused):
                await get(ctx, url)
    assert other.connections == 0


async def test_a_proxy_of_the_environment_is_not_used(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with WebServer({"/": page("hello")}) as server, WebServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        (Path.home() / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
        async with browsing(bench, server) as ctx:
            assert (await get(ctx, server.url)).body == b"hello"
    assert proxy.connections == 0
    assert "authorization" not in server.asked[0].headers


async def test_no_cookie_is_kept(bench: Bench) -> None:
    async with (
        WebServer({"/": Page(headers={"set-cookie": "who=me; Path=/"})}) as server,
        browsing(bench, server) as ctx,
    ):
        await get(ctx, server.url)
        await get(ctx, server.url)
    assert len(server.asked) == 2 and "cookie" not in server.asked[1].headers


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of its own for site.example, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=site.example", "-addext", "subjectAltName=DNS:site.example", "-keyout", "key", "-out", "cert"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl makes no certificate here")
    both = folder / "both.pem"
    both.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return both


async def test_a_certificate_is_checked_by_the_name_although_an_address_is_dialled(
    bench: Bench, certificate: Path
) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    asked: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: asked.append(name)
    names = Names({"site.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})
    trust = ssl.create_default_context(cafile=str(certificate))
    async with WebServer({"/": page("hello")}, tls=serving) as server:
        async with browsing(bench, server, resolve=names, trust=trust) as ctx:
            assert (await get(ctx, f"https://site.example:{server.port}/")).body == b"hello"
            with pytest.raises(ToolError, match=r"(?i)other\.example cannot be reached.*certificate"):
                await get(ctx, f"https://other.example:{server.port}/")
        async with browsing(bench, server, resolve=names) as ctx:
            with pytest.raises(ToolError, match=r"(?i)certificate"):
                await get(ctx, f"https://site.example:{server.port}/")
    assert asked[:2] == ["site.example", "other.example"]
    assert len(server.asked) == 1


# --- size


def bomb(size: int) -> bytes:
    return gzip.compress(bytes(size), 9)


async def test_a_bomb_stops_at_the_cap_and_takes_no_memory_to_speak_of(bench: Bench) -> None:
    packed = bomb(200_000_000)
    async with (
        WebServer({"/": Page(packed, headers={"content-encoding": "gzip"})}) as server,
        browsing(bench, server) as ctx,
    ):
        await get(ctx, f"{server.url}/else")
        tracemalloc.start()
        answer = await get(ctx, server.url, most=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(answer.body) == 1_000_000 and answer.cut
    assert peak < 8_000_000


async def test_a_body_without_end_stops_at_the_cap(bench: Bench) -> None:
    async with WebServer({"/": Page(b"x" * 60_000, endless=True)}) as server:
        async with browsing(bench, server) as ctx:
            answer = await get(ctx, server.url, most=500_000)
        await eventually(lambda: server.open == 0)
    assert len(answer.body) == 500_000 and answer.cut


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"some words " * 50_000)),
        ("x-gzip", gzip.compress(b"some words " * 25_000) + gzip.compress(b"some words " * 25_000)),
        ("GZIP", gzip.compress(b"some words " * 50_000) + b"trailing"),
        ("deflate", zlib.compress(b"some words " * 50_000)),
        ("deflate", zlib.compress(b"some words " * 50_000)[2:-4]),
        ("identity", b"some words " * 50_000),
        ("", b"some words " * 50_000),
    ],
    ids=["gzip", "two members", "trailing", "deflate", "bare deflate", "identity", "plain"],
)
async def test_what_is_packed_is_unpacked_whole(bench: Bench, encoding: str, packed: bytes) -> None:
    async with (
        WebServer({"/": Page(packed, headers={"content-encoding": encoding})}) as server,
        browsing(bench, server) as ctx,
    ):
        answer = await get(ctx, server.url)
    assert answer.body == b"some words " * 50_000 and not answer.cut


@pytest.mark.parametrize(
    ("encoding", "packed", "words"),
    [
        ("br", b"x", "packed as 'br'"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "packed as"),
        ("gzip", b"no gzip at all", "cannot be unpacked"),
        ("deflate", b"\xff\xff\xff\xff", "cannot be unpacked"),
    ],
    ids=["brotli", "twice", "no gzip", "no deflate"],
)
async def test_what_cannot_be_unpacked_is_said(bench: Bench, encoding: str, packed: bytes, words: str) -> None:
    async with (
        WebServer({"/": Page(packed, headers={"content-encoding": encoding})}) as server,
        browsing(bench, server) as ctx,
    ):
        with pytest.raises(ToolError, match=words):
            await get(ctx, server.url)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n" + b"x-much: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x-many: y\r\n" * 20_000 + b"\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
    ids=["a header without end", "headers without end", "not http", "cut", "bad chunk", "nothing"],
)
async def test_an_answer_that_is_no_sound_http_is_a_sentence(bench: Bench, raw: bytes) -> None:
    async with WebServer({"/": Page(raw=raw)}) as server, browsing(bench, server) as ctx:
        with pytest.raises(ToolError, match=r"127\.0\.0\.1 (does not speak HTTP|broke off)"):
            await get(ctx, server.url)


# --- time


@pytest.mark.parametrize(
    "answer", [Page(hang=True), Page(b"x" * 10, hang=True), Page(b"x", endless=True)], ids=["hung", "half", "drip"]
)
async def test_a_server_that_does_not_come_to_an_end_is_left_at_the_time_limit(bench: Bench, answer: Page) -> None:
    async with WebServer({"/": answer}) as server:
        async with browsing(bench, server) as ctx:
            with pytest.raises(ToolTimedOut, match="in full within"):
                await get(ctx, server.url, seconds=0.2)
        await eventually(lambda: server.open == 0)


async def test_a_server_that_falls_silent_is_left_before_that(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_client, "SILENT_SECONDS", 0.1)
    async with WebServer({"/": Page(hang=True)}) as server, browsing(bench, server) as ctx:
        with pytest.raises(ToolTimedOut, match="fell silent"):
            await get(ctx, server.url)


async def test_a_resolver_that_hangs_is_left_at_the_time_limit(bench: Bench) -> None:
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hung(host: str, port: int) -> list[str]:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)
        return []

    async with browsing(bench, resolve=hung) as ctx:
        with pytest.raises(ToolTimedOut):
            await get(ctx, "http://slow.example/", seconds=0.1)
        release.set()


async def test_cancelling_closes_the_socket(bench: Bench) -> None:
    async with WebServer({"/": Page(b"x", endless=True)}) as server, browsing(bench, server) as ctx:
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(get(ctx, server.url))
            await server.answering.wait()
            asking.cancel()
        await eventually(lambda: server.open == 0)
        server.pages["/"] = page("still here")
        assert (await get(ctx, server.url)).body == b"still here"


# --- the pool and the caches


async def test_sixty_calls_share_twenty_connections_of_which_ten_are_kept(bench: Bench) -> None:
    async with WebServer({"/": page("hello")}) as server, browsing(bench, server) as ctx:
        server.gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(get(ctx, f"{server.url}/?{number}")) for number in range(60)]
            await eventually(lambda: len(server.asked) == 20)
            server.gate.set()
        assert {call.result().body for call in calls} == {b"hello"}
        assert server.most_open == 20 and server.connections == 20 and len(server.asked) == 60
        await eventually(lambda: server.open == 10)
        connections = server.connections
        for _ in range(5):
            await get(ctx, server.url)
        assert server.connections == connections


async def test_all_sessions_get_the_same_client_and_closing_closes_its_sockets(bench: Bench) -> None:
    async with WebServer({"/": page("hello")}) as server:
        web, bridge = Web(WebConfig(), judge=only(server.port)), Threads()
        first, second = await asyncio.gather(web.client(bridge), web.client(bridge))
        assert first is second and isinstance(first, Client)
        await first.send("GET", server.url, bridge=bridge, seconds=5, most=100)
        assert server.open == 1
        await web.aclose()
        await eventually(lambda: server.open == 0)
        await bridge.close()


async def test_a_web_that_nobody_used_closes_without_a_client() -> None:
    await Web(WebConfig()).aclose()


def test_starting_the_program_loads_no_http_library() -> None:
    code = (
        "import sys, tui.program, tui.tools.web\n"
        "tui.tools.web.Web(tui.tools.web.WebConfig())\n"
        "print(*{name.partition('.')[0] for name in sys.modules} & {'httpx', 'httpcore', 'trafilatura', 'lxml'})"
        "\nprint('tui.tools.web_addresses' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.split("\n")[:2] == ["", "False"]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_what_is_kept_is_kept_for_its_time_and_no_longer() -> None:
    clock, made = Clock(), list[int]()
    kept: Kept[int] = Kept(clock)

    async def make() -> int:
        made.append(len(made))
        return made[-1]

    assert [await kept.get("a", make), await kept.get("a", make), await kept.get("b", make)] == [0, 0, 1]
    clock.now += web_cache.CACHE_SECONDS - 1
    assert await kept.get("a", make) == 0
    clock.now += 2
    assert await kept.get("a", make) == 2


async def test_entries_and_bytes_that_are_kept_are_bounded() -> None:
    kept: Kept[bytes] = Kept()

    async def put(key: str, size: int) -> bytes:
        async def make() -> bytes:
            return bytes(size)

        return await kept.get(key, make)

    for number in range(web_cache.CACHE_ENTRIES + 50):
        await put(f"{number}", 1)
    assert len(kept) == web_cache.CACHE_ENTRIES
    await put("large", web_cache.CACHE_BYTES // 2)
    assert len(kept) <= web_cache.CACHE_ENTRIES // 2
    assert len(await put("too large", web_cache.CACHE_BYTES + 1)) == web_cache.CACHE_BYTES + 1
    assert "too large" not in kept and "large" in kept


async def test_who_asks_for_what_is_under_way_waits_for_it_and_a_failure_is_for_its_own_caller() -> None:
    kept: Kept[str] = Kept()
    go, made = asyncio.Event(), list[str]()

    async def make(name: str, fails: bool) -> str:
        made.append(name)
        await go.wait()
        if fails:
            raise ToolError("no")
        return name

    async with asyncio.TaskGroup() as group:
        first = group.create_task(kept.get("a", lambda: make("first", False)))
        second = group.create_task(kept.get("a", lambda: make("second", False)))
        await eventually(lambda: made == ["first"])
        go.set()
    assert (first.result(), second.result(), made) == ("first", "first", ["first"])
    with pytest.raises(ToolError):
        await kept.get("b", lambda: make("fails", True))
    assert await kept.get("b", lambda: make("works", False)) == "works"


async def test_a_caller_that_is_cancelled_leaves_the_fetch_to_the_next() -> None:
    kept: Kept[str] = Kept()
    go, made = asyncio.Event(), list[str]()

    async def make(name: str) -> str:
        made.append(name)
        await go.wait()
        return name

    async with asyncio.TaskGroup() as group:
        first = group.create_task(kept.get("a", lambda: make("first")))
        await eventually(lambda: made == ["first"])
        second = group.create_task(kept.get("a", lambda: make("second")))
        first.cancel()
        await eventually(lambda: made == ["first", "second"])
        go.set()
    assert second.result() == "second"
