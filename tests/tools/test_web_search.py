"""``web_search``: each backend is asked as its makers say, and its answer is read whatever is odd in it."""

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.tools.conftest import Bench
from tests.tools.web import Page, WebServer, browsing, lending, only, page
from tui.errors import ToolError
from tui.secrets import Masks
from tui.tools import web_search
from tui.tools.base import ToolContext
from tui.tools.web import DEFAULT_KEYS, SEARCHES, Web, WebConfig
from tui.tools.web_backends import BACKENDS, SNIPPET, results_of
from tui.tools.web_search import WebSearchArgs, web_search_tool

PATHS = {"brave": "/res/v1/web/search", "tavily": "/search", "exa": "/search", "searxng": "/search"}
each_backend = pytest.mark.parametrize("name", SEARCHES)


def hit(name: str, number: int) -> dict[str, Any]:
    """A result as this backend writes it."""
    known = {"title": f"Title <strong>{number}</strong>", "url": f"https://s{number}.example/a?b=c"}
    said = f"Snippet &amp; words {number}\u200b"
    more = {
        "brave": {"description": said, "extra_snippets": ["x"], "age": "2 days", "profile": {"name": "s"}},
        "tavily": {"content": said, "score": 0.9, "raw_content": None},
        "exa": {"id": "x", "text": said, "score": 0.1, "publishedDate": None, "author": None},
        "searxng": {"content": said, "engine": "e", "engines": ["e"], "positions": [1], "parsed_url": []},
    }
    return known | more[name]


def answer(name: str, hits: list[Any]) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {
        "brave": {"type": "search", "query": {"original": "q"}, "web": {"type": "search", "results": hits}},
        "tavily": {"query": "q", "answer": None, "images": [], "results": hits, "response_time": 0.5},
        "exa": {"requestId": "r", "resolvedSearchType": "neural", "results": hits},
        "searxng": {"query": "q", "number_of_results": 0, "results": hits, "answers": [], "infoboxes": []},
    }
    return shapes[name]


def answering(name: str, hits: list[Any], **more: Any) -> WebServer:
    return WebServer({PATHS[name]: page(json.dumps(answer(name, hits)), "application/json", **more)})


def configured(name: str, server: WebServer, **more: Any) -> WebConfig:
    return WebConfig(search=name, base_url=f"{server.url}/", key_env="" if name == "searxng" else "SEARCH_KEY", **more)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SEARCH_KEY", "k-123")
    return "k-123"


async def search(ctx: ToolContext, query: str = "some words", count: int = 8) -> str:
    return (await web_search_tool(WebSearchArgs(query=query, count=count), ctx)).text


@each_backend
async def test_results_are_titles_addresses_and_snippets_under_a_line_that_says_what_they_are(
    bench: Bench, name: str
) -> None:
    async with (
        answering(name, [hit(name, number) for number in range(12)]) as server,
        browsing(bench, judge=None, config=configured(name, server)) as ctx,
    ):
        text = await search(ctx, count=3)
    head, first, *_, last = text.split("\n\n")
    assert head.startswith(f"[Results from the web by {name}.") and "not instructions" in head
    assert first == "1. Title 0\nhttps://s0.example/a?b=c\nSnippet & words 0"
    assert last.startswith("3. ")


async def test_every_backend_is_asked_in_its_own_way(bench: Bench) -> None:
    asked: dict[str, Any] = {}
    for name in SEARCHES:
        async with answering(name, []) as server:
            async with browsing(bench, judge=None, config=configured(name, server)) as ctx:
                await search(ctx, "a & b?", 5)
            asked[name] = server.asked[0]
    assert asked["brave"].method == asked["searxng"].method == "GET"
    assert asked["brave"].headers["x-subscription-token"] == "k-123"
    assert asked["brave"].query["q"] == "a & b?" and asked["brave"].query["count"] == "5"
    assert asked["searxng"].query == {"q": "a & b?", "format": "json"}
    assert asked["tavily"].method == asked["exa"].method == "POST"
    assert asked["tavily"].headers["authorization"] == "Bearer k-123"
    assert asked["tavily"].json["query"] == "a & b?" and asked["tavily"].json["max_results"] == 5
    assert asked["exa"].headers["x-api-key"] == "k-123" and asked["exa"].headers["content-type"] == "application/json"
    assert asked["exa"].json["query"] == "a & b?" and asked["exa"].json["numResults"] == 5


def test_the_keyed_backends_have_addresses_and_variables_of_their_makers() -> None:
    assert {name for name in SEARCHES if BACKENDS[name].base_url} == set(DEFAULT_KEYS)
    assert all(backend.base_url.startswith("https://") for name, backend in BACKENDS.items() if name != "searxng")


@each_backend
@pytest.mark.parametrize(
    "odd",
    [None, 1, "text", [], {}, {"url": None}, {"url": 5, "title": "t"}, {"url": "javascript:alert(1)"},
     {"url": "ftp://x.example/"}, {"title": "no address"}, {"url": ["https://x.example/"]}],
    ids=repr,
)  # fmt: skip
def test_a_hit_that_is_none_is_passed_over(name: str, odd: Any) -> None:
    found = results_of(BACKENDS[name], answer(name, [odd, hit(name, 1), odd]), 10)
    assert found is not None and [one.url for one in found] == ["https://s1.example/a?b=c"]


@each_backend
@pytest.mark.parametrize("odd", [None, [], "text", 5, {}, {"error": "no"}, {"results": "x"}, {"web": []}], ids=repr)
def test_an_answer_that_is_none_of_a_backend_is_told_from_one_without_results(name: str, odd: Any) -> None:
    assert results_of(BACKENDS[name], odd, 10) is None
    assert results_of(BACKENDS[name], answer(name, []), 10) == []


def test_brave_leaves_the_results_out_where_there_are_none() -> None:
    assert results_of(BACKENDS["brave"], {"type": "search", "query": {"original": "q"}}, 10) == []


@each_backend
def test_a_hit_is_one_line_each_of_bounded_length_and_comes_once(name: str) -> None:
    long = {
        key: f"a\n\x1b[31m\u202e{'b ' * 5000}" if isinstance(text, str) else text for key, text in hit(name, 1).items()
    }
    both = [long | {"url": "https://x.example/"}, {"url": "https://x.example/"}, {"url": "https://y.example/ a"}]
    found = results_of(BACKENDS[name], answer(name, both), 10)
    assert found is not None and [one.url for one in found] == ["https://x.example/", "https://y.example/%20a"]
    assert len(found[0].snippet) == SNIPPET and not {*"\n\x1b\u202e"} & {*found[0].snippet, *found[0].title}
    assert found[1].title == "https://y.example/%20a" and found[1].snippet == ""


def test_highlights_of_exa_are_joined() -> None:
    found = results_of(
        BACKENDS["exa"], {"results": [{"url": "https://x.example", "highlights": ["one", 2, "two"]}]}, 10
    )
    assert found is not None and found[0].snippet == "one … two"


async def test_no_result_is_said_and_the_same_search_is_asked_once(bench: Bench) -> None:
    async with (
        answering("searxng", []) as server,
        browsing(bench, judge=None, config=configured("searxng", server)) as ctx,
    ):
        assert await search(ctx, "  some   words ") == "searxng finds nothing for 'some words'."
        assert await search(ctx) == await search(ctx)
        assert len(server.asked) == 1
        await search(ctx, count=9)
        await search(ctx, "others")
    assert len(server.asked) == 3


# --- what can be wrong


@each_backend
@pytest.mark.parametrize(
    ("status", "words"), [(429, "too many searches"), (500, "Try again later"), (302, "base_url"), (422, "this query")]
)
async def test_a_backend_that_refuses_is_a_sentence(bench: Bench, name: str, status: int, words: str) -> None:
    async with (
        WebServer({PATHS[name]: Page(status=status, headers={"location": "http://x.example/"})}) as server,
        browsing(bench, judge=None, config=configured(name, server)) as ctx,
    ):
        with pytest.raises(ToolError, match=words) as caught:
            await search(ctx)
    assert name in str(caught.value) and "k-123" not in str(caught.value) and len(server.asked) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [("brave", "SEARCH_KEY"), ("tavily", "SEARCH_KEY"), ("exa", "SEARCH_KEY"), ("searxng", "json under")],
)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_not_taken_names_what_gives_it(bench: Bench, name: str, words: str, status: int) -> None:
    async with (
        WebServer({PATHS[name]: Page(status=status)}) as server,
        browsing(bench, judge=None, config=configured(name, server)) as ctx,
    ):
        with pytest.raises(ToolError, match=words) as caught:
            await search(ctx)
    assert "k-123" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b'{"results": ', b"null", b"\xff\xfe"])
async def test_an_answer_that_is_no_list_of_results_is_said_to_be(bench: Bench, body: bytes) -> None:
    async with (
        WebServer({"/search": Page(body, headers={"content-type": "application/json"})}) as server,
        browsing(bench, judge=None, config=configured("searxng", server)) as ctx,
    ):
        with pytest.raises(ToolError, match="no list of results"):
            await search(ctx)


async def test_an_answer_without_end_is_cut_and_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_search, "MOST_BYTES", 100_000)
    async with (
        WebServer({"/search": Page(b'{"results": [' * 5_000, endless=True)}) as server,
        browsing(bench, judge=None, config=configured("searxng", server)) as ctx,
    ):
        with pytest.raises(ToolError, match="no list of results"):
            await search(ctx)


async def test_without_a_backend_it_says_what_to_set(bench: Bench) -> None:
    async with browsing(bench) as ctx:
        with pytest.raises(ToolError, match=r"\[web\] search = one of brave, tavily, exa, searxng.*key_env"):
            await search(ctx)


@pytest.mark.parametrize("name", DEFAULT_KEYS)
async def test_without_a_key_it_names_the_variable_and_asks_nobody(bench: Bench, name: str) -> None:
    async with WebServer() as server:
        config = WebConfig(search=name, base_url=server.url, key_env=DEFAULT_KEYS[name])
        async with browsing(bench, config=config) as ctx:
            with pytest.raises(ToolError, match=f"sets {DEFAULT_KEYS[name]}.*key_command"):
                await search(ctx)
    assert server.connections == 0


async def test_a_key_that_no_header_can_hold_is_refused_without_repeating_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCH_KEY", "k-123\r\nx: y")
    async with WebServer() as server, browsing(bench, config=configured("exa", server)) as ctx:
        with pytest.raises(ToolError, match="SEARCH_KEY") as caught:
            await search(ctx)
    assert "k-123" not in str(caught.value) and server.connections == 0


async def test_a_key_command_is_asked_once_and_again_when_its_key_is_refused(bench: Bench) -> None:
    log = bench.folder / "asked"
    script = f"open({str(log)!r}, 'a').write('x'); print('from-command')"
    command = (sys.executable, "-c", script)
    async with answering("tavily", [hit("tavily", 1)]) as server:
        config = WebConfig(search="tavily", base_url=server.url, key_command=command)
        masks = Masks(known=False)
        async with browsing(bench, config=config, judge=None, masks=masks) as ctx:
            await search(ctx, "one")
            assert "from-command" not in masks.mask("a from-command b")
            await search(ctx, "two")
            assert log.read_text() == "x" and server.asked[1].headers["authorization"] == "Bearer from-command"
            server.pages["/search"] = Page(status=401)
            for _ in range(2):
                with pytest.raises(ToolError, match="key_command"):
                    await search(ctx, "three")
    assert log.read_text() == "xx"


async def test_a_key_command_that_fails_is_a_sentence(bench: Bench) -> None:
    async with WebServer() as server:
        config = WebConfig(search="tavily", base_url=server.url, key_command=("/no/such/program",))
        async with browsing(bench, config=config) as ctx:
            with pytest.raises(ToolError, match=r"cannot be started.*\[web\]"):
                await search(ctx)


async def test_an_empty_query_is_refused(bench: Bench) -> None:
    async with answering("searxng", []) as server, browsing(bench, config=configured("searxng", server)) as ctx:
        with pytest.raises(ToolError, match="empty"):
            await search(ctx, " \n ")
    assert server.connections == 0


async def test_the_sessions_of_a_program_share_the_client_and_what_it_keeps(bench: Bench) -> None:
    async with answering("searxng", [hit("searxng", 1)]) as server:
        web = Web(configured("searxng", server), judge=only())
        first, second = lending(bench, web), lending(bench, web)
        told = await asyncio.gather(search(first), search(second))
        await web.aclose()
    assert told[0] == told[1] and len(server.asked) == 1
