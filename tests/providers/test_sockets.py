"""On a real socket: leaving, cancelling and failing close it; a finished answer gives it back to the pool."""

import asyncio
from contextlib import aclosing

import pytest

from tests.faults import Answer, FaultServer, closed_port, html, refusal
from tests.scripts import drain, prompt
from tests.wires import APIS, KEY, adapter, recorded
from tui.errors import (
    AuthFailed,
    ConnectionLost,
    ContextTooLong,
    ModelNotFound,
    OutOfCredit,
    Overloaded,
    ProviderError,
    RateLimited,
    RequestRejected,
    Retryable,
    ServerFailed,
    StreamBroken,
)
from tui.providers.base import Finish, PartChunk, Request

REQUEST = Request(model="neutral-1", messages=(prompt(),))

pytestmark = pytest.mark.parametrize("api", APIS)


async def test_closing_the_stream_closes_the_socket(api: str) -> None:
    async with FaultServer(Answer(body=recorded(api), cut_after=1500, hang=True)) as server:
        provider = adapter(api, server.url)
        async with aclosing(provider.stream(REQUEST)) as stream:
            async for event in stream:
                if isinstance(event, PartChunk):
                    break
        await server.hung_up()
        await provider.aclose()


@pytest.mark.parametrize("answer", [Answer(hang_first=True), Answer(hang=True)], ids=["before headers", "after them"])
async def test_cancelling_while_the_server_is_silent_closes_the_socket(api: str, answer: Answer) -> None:
    async with FaultServer(answer) as server:
        provider = adapter(api, server.url)
        task = asyncio.ensure_future(drain(provider, REQUEST))
        await server.answering.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.hung_up()
        await provider.aclose()


async def test_whole_answers_share_one_connection(api: str) -> None:
    async with FaultServer(Answer(body=recorded(api))) as server:
        provider = adapter(api, server.url)
        for _ in range(3):
            events, error = await drain(provider, REQUEST)
            assert error is None and isinstance(events[-1], Finish)
        assert len(server.asked) == 3
        assert server.closed == 0
        await provider.aclose()
        await server.hung_up()
        assert server.closed == 1


@pytest.mark.parametrize("drip", [1, 13])
async def test_a_dripping_server_is_read_to_the_end(api: str, drip: int) -> None:
    async with FaultServer(Answer(body=recorded(api), chunk=drip)) as server:
        events, error = await drain(adapter(api, server.url), REQUEST)
        assert error is None and isinstance(events[-1], Finish)


async def test_a_body_cut_short_or_reset_is_a_lost_connection_and_a_clean_end_is_a_cut(api: str) -> None:
    half = len(recorded(api)) // 2
    for answer, kind in (
        (Answer(body=recorded(api), cut_after=half), ConnectionLost),
        (Answer(body=recorded(api), cut_after=half, abort=True), ConnectionLost),
        (Answer(body=recorded(api), cut_after=half, clean=True), type(None)),
    ):
        async with FaultServer(answer) as server:
            events, error = await drain(adapter(api, server.url), REQUEST)
            assert type(error) is kind
            assert not any(isinstance(event, Finish) for event in events)


@pytest.mark.parametrize("raw", [b"\x00\x01\x02 nonsense\r\n\r\n", b"SSH-2.0-OpenSSH_9.9\r\n", b""])
async def test_a_server_that_speaks_no_http_is_a_lost_connection(api: str, raw: bytes) -> None:
    async with FaultServer(Answer(raw=raw)) as server:
        _, error = await drain(adapter(api, server.url), REQUEST)
        assert isinstance(error, ConnectionLost)


async def test_nothing_is_retried_here_and_nothing_leaks_the_key(api: str) -> None:
    body = '{"error": {"message": "bad key ' + KEY + '", "type": "server_error"}}'
    for status in (401, 408, 409, 429, 500, 529):
        async with FaultServer(refusal(status, body, retry_after="3600")) as server:
            _, error = await drain(adapter(api, server.url), REQUEST)
            assert isinstance(error, ProviderError)
            assert len(server.asked) == 1
            assert KEY not in error.sentence() and error.status == status


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, '{"error": {"message": "invalid key"}}', AuthFailed, "NEUTRAL_API_KEY"),
        (403, '{"error": {"message": "not yours"}}', AuthFailed, "not yours"),
        (404, '{"error": {"type": "not_found_error", "message": "model: neutral-1"}}', ModelNotFound, "neutral-1"),
        (404, '{"error": {"code": "model_not_found", "message": "The model does not exist"}}', ModelNotFound, "/model"),
        (404, '{"error": "model \\"neutral-1\\" not found, try pulling it first"}', ModelNotFound, "pulling"),
        (404, '{"detail": "Not Found"}', RequestRejected, "base_url"),
        (400, '{"error": {"message": "prompt is too long: 9 tokens > 8 maximum"}}', ContextTooLong, "too long"),
        (400, '{"error": {"code": "context_length_exceeded", "message": "m"}}', ContextTooLong, "Compact"),
        (400, '{"error": {"message": "tools.0: wrong"}}', RequestRejected, "tools.0: wrong"),
        (429, '{"error": {"message": "slow down"}}', RateLimited, "slow down"),
        (429, '{"error": {"code": "insufficient_quota", "message": "no more"}}', OutOfCredit, "billing"),
        (500, "not json at all", ServerFailed, "500"),
        (502, "<html>bad gateway</html>", ServerFailed, "502"),
        (503, "{}", Overloaded, "overloaded"),
        (529, '{"error": {"type": "overloaded_error", "message": "busy"}}', Overloaded, "busy"),
    ],
)  # fmt: skip
async def test_every_refusal_is_a_sentence_to_act_on(
    api: str, status: int, body: str, kind: type[ProviderError], words: str
) -> None:
    async with FaultServer(refusal(status, body)) as server:
        _, error = await drain(adapter(api, server.url), REQUEST)
        assert type(error) is kind
        assert error is not None
        assert words in error.sentence()
        assert "<" not in str(error).replace("<html>", "") or "html" not in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry_after": "7"}, 7.0), ({"retry_after_ms": "1500"}, 1.5), ({}, None)]
)
async def test_the_servers_wish_to_wait_is_passed_on(api: str, headers: dict[str, str], seconds: float | None) -> None:
    async with FaultServer(refusal(429, "{}", **headers)) as server:
        _, error = await drain(adapter(api, server.url), REQUEST)
        assert isinstance(error, RateLimited) and error.retry_after == seconds


async def test_nobody_listening_names_the_address(api: str) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    _, error = await drain(adapter(api, url), REQUEST)
    assert isinstance(error, ConnectionLost)
    assert url in str(error)


async def test_no_dns_names_the_host(api: str) -> None:
    _, error = await drain(adapter(api, "http://no-such-host.invalid"), REQUEST)
    assert isinstance(error, ConnectionLost)
    assert "no-such-host.invalid" in str(error) and "online" in error.hint


async def test_a_scheme_that_is_none_is_rejected_and_not_retried(api: str) -> None:
    _, error = await drain(adapter(api, "gopher://127.0.0.1"), REQUEST)
    assert isinstance(error, RequestRejected) and not isinstance(error, Retryable)


async def test_a_web_page_with_status_200_is_broken(api: str) -> None:
    async with FaultServer(html()) as server:
        _, error = await drain(adapter(api, server.url), REQUEST)
        assert isinstance(error, StreamBroken)


async def test_models_are_listed_or_the_failure_is_ours(api: str) -> None:
    listing = '{"object": "list", "data": [{"id": "one", "object": "model"}, {"id": "two"}], "has_more": false}'
    async with FaultServer(refusal(200, listing), refusal(401, "{}")) as server:
        provider = adapter(api, server.url)
        assert [model.name for model in await provider.models()] == ["one", "two"]
        with pytest.raises(AuthFailed):
            await provider.models()
