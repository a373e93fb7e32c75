"""Providers by name: what is on offer, with which key and header it is asked, and what is known of its models."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults import Answer, FaultServer, closed_port, refusal
from tests.scripts import drain, prompt
from tests.wires import APIS, KEY, recorded
from tui.errors import AuthFailed, ConfigError
from tui.messages import Usage
from tui.providers import models
from tui.providers.base import Finish, Request
from tui.providers.models import BUILT_IN, TOUR, Directory, ProviderConfig, read_key
from tui.providers.tour import tour

ROOT = Path(__file__).resolve().parent.parent.parent
SPENT = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
SUFFIX = {"anthropic": "", "openai": "/v1", "openai-chat": "/v1"}
NOWHERE = f"http://127.0.0.1:{closed_port()}/v1"
LISTING = json.dumps({"object": "list", "data": [{"id": "small", "object": "model"}, {"id": "large"}]})
SILENT_LOCALS = tuple(
    ProviderConfig(name=config.name, api=config.api, base_url=NOWHERE, local=True)
    for config in BUILT_IN
    if config.local
)
"""The built-in local servers moved to a port where nobody listens: one may really run on this machine."""

MakeDirectory = Callable[..., Directory]


@pytest_asyncio.fixture
async def directory() -> AsyncIterator[MakeDirectory]:
    """``directory(config, ...)`` knows these, closed at the end."""
    made: list[Directory] = []

    def make(*configs: ProviderConfig) -> Directory:
        made.append(Directory((*SILENT_LOCALS, *configs)))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


def config(api: str, server: FaultServer | str, name: str = "work", **options: object) -> ProviderConfig:
    url = server if isinstance(server, str) else server.url + SUFFIX[api]
    return ProviderConfig(name=name, api=api, base_url=url, **options)  # type: ignore[arg-type]


async def ask(known: Directory, reference: str = "work/large") -> object:
    """One request; the error or the last event."""
    provider, name = await known.resolve(reference)
    events, error = await drain(provider, Request(model=name, messages=(prompt(),)))
    return error or events[-1]


# --- finding them


@pytest.mark.parametrize("reference", ["", "work", "work/", "nobody/large", "/large", "offline/", "WORK/large"])
async def test_a_name_that_leads_nowhere_says_what_there_is(directory: MakeDirectory, reference: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await directory(config("openai", NOWHERE)).resolve(reference)
    assert repr(reference) in str(caught.value)
    assert "work" in caught.value.hint and "offline" in caught.value.hint


async def test_a_models_name_may_hold_slashes(directory: MakeDirectory) -> None:
    _, name = await directory(config("openai-chat", NOWHERE)).resolve("work/maker/large:7b")
    assert name == "maker/large:7b"


async def test_the_tour_is_always_there(directory: MakeDirectory) -> None:
    provider, name = await directory().resolve(TOUR)
    assert (provider.name, name) == ("offline", "tour")
    assert (await tour().models())[0].title.endswith("no model")


@pytest.mark.parametrize("api", APIS)
async def test_one_client_serves_all_however_many_ask_at_once(directory: MakeDirectory, api: str) -> None:
    async with FaultServer(Answer(body=recorded(api))) as server:
        known = directory(config(api, server, local=True))
        found = await asyncio.gather(*(known.resolve(f"work/{i}") for i in range(8)))
        assert len({id(provider) for provider, _ in found}) == 1
        assert (await known.resolve("work/x"))[0] is found[0][0]
        for _ in range(3):
            assert isinstance(await ask(known), Finish)
        assert server.closed == 0  # one socket, used again
        await known.aclose()
        await server.hung_up()
        assert server.closed == 1


async def test_after_closing_it_can_be_asked_again(directory: MakeDirectory) -> None:
    async with FaultServer(Answer(body=recorded("openai"))) as server:
        known = directory(config("openai", server, local=True))
        first, _ = await known.resolve("work/x")
        await known.aclose()
        assert isinstance(await ask(known), Finish)
        assert (await known.resolve("work/x"))[0] is not first


async def test_a_configured_provider_wins_over_a_built_in_one(directory: MakeDirectory) -> None:
    async with FaultServer(Answer(body=recorded("openai-chat"))) as server:
        known = directory(config("openai-chat", server, name="openai", local=True))
        assert isinstance(await ask(known, "openai/x"), Finish)
        assert server.asked[0].path == "/v1/chat/completions"


# --- keys and headers


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("header", ["bearer", "x-api-key"])
async def test_the_key_travels_in_the_header_that_was_chosen_and_in_no_other(
    directory: MakeDirectory, monkeypatch: pytest.MonkeyPatch, api: str, header: str
) -> None:
    monkeypatch.setenv("WORK_KEY", f"  {KEY}\n")
    async with FaultServer(Answer(body=recorded(api)), refusal(200, LISTING)) as server:
        known = directory(config(api, server, key_env="WORK_KEY", header=header))
        assert isinstance(await ask(known), Finish)
        provider, _ = await known.resolve("work/x")
        assert [model.name for model in await provider.models()] == ["small", "large"]
    assert len(server.asked) == 2
    for asked in server.asked:
        sent = {"bearer": asked.header("authorization"), "x-api-key": asked.header("x-api-key")}
        assert sent.pop(header) == (f"Bearer {KEY}" if header == "bearer" else KEY)
        assert list(sent.values()) == [None]
        assert asked.head.count(KEY) == 1 and KEY.encode() not in asked.body


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("header", ["bearer", "x-api-key"])
async def test_a_server_that_needs_no_key_is_sent_none(directory: MakeDirectory, api: str, header: str) -> None:
    async with FaultServer(Answer(body=recorded(api)), refusal(200, LISTING)) as server:
        known = directory(config(api, server, header=header, local=True))
        assert isinstance(await ask(known), Finish)
        provider, _ = await known.resolve("work/x")
        assert len(await provider.models()) == 2
    for asked in server.asked:
        assert asked.header("authorization") is None
        assert not asked.header("x-api-key")


async def test_a_missing_key_names_its_variable_and_works_once_it_is_there(
    directory: MakeDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FaultServer(Answer(body=recorded("anthropic"))) as server:
        known = directory(config("anthropic", server, key_env="WORK_KEY"))
        with pytest.raises(AuthFailed) as caught:
            await known.resolve("work/x")
        assert "WORK_KEY" in caught.value.hint
        monkeypatch.setenv("WORK_KEY", KEY)
        assert isinstance(await ask(known), Finish)
        assert server.asked[0].header("authorization") == f"Bearer {KEY}"


async def test_a_key_that_changed_is_used_from_the_next_request_on(
    directory: MakeDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FaultServer(Answer(body=recorded("openai"))) as server:
        known = directory(config("openai", server, key_env="WORK_KEY"))
        for key in ("sk-old", "sk-new"):
            monkeypatch.setenv("WORK_KEY", key)
            assert isinstance(await ask(known), Finish)
        assert [asked.header("authorization") for asked in server.asked] == ["Bearer sk-old", "Bearer sk-new"]


async def test_a_refused_key_is_asked_of_its_command_again(directory: MakeDirectory, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("sk-expired\nsecond line\n")
    async with FaultServer(refusal(401, "{}"), Answer(body=recorded("openai"))) as server:
        known = directory(config("openai", server, key_command=("cat", str(key_file))))
        assert isinstance(await ask(known), AuthFailed)
        key_file.write_text("sk-fresh\n")
        assert isinstance(await ask(known), Finish)
        key_file.unlink()  # a key that works is not asked for again
        assert isinstance(await ask(known), Finish)
    sent = [asked.header("authorization") for asked in server.asked]
    assert sent == ["Bearer sk-expired", "Bearer sk-fresh", "Bearer sk-fresh"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/no/such/program",), "cannot be started"),
        (("sh", "-c", "echo key; exit 3"), "code 3"),
        (("sh", "-c", "echo; echo later"), "gave no key"),
        (("sh", "-c", "printf 'sk-\\342\\200\\234quoted'"), "no key has"),
        (("sleep", "60"), "within 0.2 s"),
    ],
)
async def test_a_key_command_that_fails_says_how(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr(models, "KEY_COMMAND_SECONDS", 0.2)
    with pytest.raises(AuthFailed) as caught:
        await read_key(ProviderConfig(name="work", api="openai", key_command=command))
    assert words in str(caught.value)
    assert "work" in caught.value.sentence() and "sk-" not in caught.value.sentence()


@pytest.mark.parametrize("key", ["sk-“curly”", "sk-one\nsk-two", "sk-tab\tbed"])
async def test_a_key_with_characters_that_no_key_has_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("WORK_KEY", key)
    with pytest.raises(AuthFailed) as caught:
        await read_key(ProviderConfig(name="work", api="openai", key_env="WORK_KEY"))
    assert "WORK_KEY" in caught.value.hint and "sk-" not in caught.value.sentence()


# --- what is on offer


async def test_servers_that_answer_are_offered_and_the_others_are_not(directory: MakeDirectory) -> None:
    async with FaultServer(refusal(200, LISTING)) as one, FaultServer(refusal(200, LISTING)) as two:
        known = directory(
            config("openai-chat", one, name="ollama", local=True),
            config("openai", two, name="work", models=("huge", "large")),
            config("openai", NOWHERE, name="gone", local=True),
            config("anthropic", NOWHERE, name="named", models=("hidden",)),
            config("openai", two, name="locked", key_env="NO_SUCH_KEY", models=("never",)),
        )
        offers = await known.discover(timeout=10)  # how long one may take is not the point here
    assert [offer.reference for offer in offers] == [
        "offline/tour",
        "ollama/large",
        "ollama/small",
        "work/large",
        "work/small",
        "work/huge",
        "named/hidden",
    ]
    details = {offer.reference: offer.detail for offer in offers}
    assert "no model" in details["offline/tour"]
    assert details["ollama/small"] == "on this machine"
    assert details["work/huge"] == "window unknown"


async def test_a_server_that_hangs_costs_a_third_of_a_second(directory: MakeDirectory) -> None:
    async with FaultServer(Answer(hang_first=True)) as hung:
        known = directory(config("openai-chat", hung, name="ollama", local=True))
        await known.resolve("ollama/x")  # so that the SDK's import is not what is measured
        began = time.monotonic()
        offers = await known.discover()
        took = time.monotonic() - began
        await hung.hung_up()
    assert [offer.reference for offer in offers] == ["offline/tour"]
    assert 0.29 <= took < 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"<html>hello</html>", headers={"content-type": "text/html"}),
        refusal(200, "[]"),
        refusal(200, '{"data": null}'),
        refusal(200, '{"data": [{"object": "model"}, 7]}'),
        refusal(500, "no"),
        refusal(401, "{}"),
        Answer(raw=b"SSH-2.0-OpenSSH_9.9\r\n"),
    ],
    ids=["a page", "a list", "null", "odd entries", "500", "401", "no http"],
)
@pytest.mark.parametrize("api", APIS)
async def test_a_server_that_lists_nonsense_is_not_offered_and_breaks_nothing(
    directory: MakeDirectory, api: str, answer: Answer
) -> None:
    async with FaultServer(answer) as server:
        offers = await directory(config(api, server, local=True)).discover()
    assert [offer.reference for offer in offers] == ["offline/tour"]


# --- prices and windows


def test_models_see_unless_the_configuration_says_that_they_do_not() -> None:
    blind = Directory([ProviderConfig(name="work", api="openai-chat", images=False)])
    assert [blind.sees(reference) for reference in ("anthropic/x", "ollama/y", "work/z", "offline/tour")] == [
        True, True, False, True
    ]  # fmt: skip


def test_a_known_model_has_a_price_and_a_window() -> None:
    known = Directory()
    price = known.price("anthropic/claude-sonnet-4-5", SPENT)
    assert price is not None and price > 1
    assert (known.window("anthropic/claude-sonnet-4-5") or 0) >= 200_000
    half = Usage(input_tokens=1_000_000, output_tokens=1_000_000, cache_read_tokens=900_000)
    cached = known.price("anthropic/claude-sonnet-4-5", half)
    assert cached is not None and 0 < cached < price


@pytest.mark.parametrize(
    "reference",
    [
        "anthropic/claude-of-tomorrow",
        "openai/no-such-model",
        "ollama/gpt-4o",
        "work/gpt-4o",
        "local/gpt-4o",
        "free/phi-4-reasoning:free",
        "offline/tour",
        "nobody/gpt-4o",
        "",
    ],
)
def test_an_unknown_price_is_none_and_never_zero(reference: str) -> None:
    known = Directory(
        (
            ProviderConfig(name="work", api="openai", base_url="https://llm.example.org/v1"),
            ProviderConfig(name="local", api="openai", base_url="https://api.openai.com/v1", local=True),
            ProviderConfig(name="free", api="openai", base_url="https://models.azure.com"),
        )
    )
    assert known.price(reference, SPENT) is None
    assert known.price(reference, Usage()) is None


@pytest.mark.parametrize("reference", ["openai/no-such-model", "work/gpt-4o", "offline/tour", "nobody/x", ""])
def test_an_unknown_window_is_none(reference: str) -> None:
    known = Directory((ProviderConfig(name="work", api="openai", base_url="https://llm.example.org/v1"),))
    assert known.window(reference) is None


def test_another_name_for_a_makers_address_has_the_makers_prices() -> None:
    known = Directory((ProviderConfig(name="mine", api="anthropic", key_env="MY_KEY"),))
    assert known.price("mine/claude-sonnet-4-5", SPENT) == Directory().price("anthropic/claude-sonnet-4-5", SPENT)


# --- what is loaded when


@pytest.mark.parametrize(
    ("code", "loaded", "absent"),
    [
        ("", "", "anthropic openai httpx2 genai_prices"),
        ("asyncio.run(known.resolve('offline/tour')); known.price('offline/tour', Usage())", "",
         "anthropic openai httpx2 genai_prices"),
        ("asyncio.run(known.resolve('vllm/x')); known.price('vllm/x', Usage())", "openai httpx2",
         "anthropic genai_prices"),
        ("known.price('openai/gpt-4o', Usage())", "genai_prices", "anthropic openai"),
    ],
    ids=["at first", "for the tour", "for a local server", "for a price"],
)  # fmt: skip
def test_only_what_is_needed_is_loaded(code: str, loaded: str, absent: str) -> None:
    lines = [
        "import asyncio, sys",
        "from tui.messages import Usage",
        "from tui.providers.models import Directory",
        "known = Directory()",
        code,
        "print(*sys.modules)",
    ]
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ)
    )
    assert run.returncode == 0, run.stderr
    found = set(run.stdout.split())
    assert set(loaded.split()) <= found
    assert not set(absent.split()) & found
