"""Another model in the middle of a turn, over real wires: what was said and done goes along, what is sealed stays."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.providers.aimock import Aimock, missing, running
from tests.scripts import eventually, image
from tui.engine.choice import ModelPlan
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.workspace import open_workspace
from tui.events import ModelChanged
from tui.messages import ImagePart
from tui.providers.models import Directory, ProviderConfig
from tui.providers.tape import read_tape
from tui.store.store import Store
from tui.tools.catalog import Catalog

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

APIS = ("anthropic", "openai", "openai-chat")
SUFFIX = {"anthropic": "", "openai": "/v1", "openai-chat": "/v1"}
PAIRS = [(one, other) for one in APIS for other in APIS]
FIRST, SECOND = "first-1", "second-1"
THOUGHT = "The notes should say it."
LOOK: dict[str, Any] = {
    "match": {"model": FIRST, "hasToolResult": False},
    "response": {
        "content": "I read the notes.",
        "reasoning": THOUGHT,
        "toolCalls": [{"id": "call_a", "name": "read", "arguments": {"path": "notes.txt"}}],
    },
}
ANSWER: dict[str, Any] = {"match": {"model": SECOND}, "response": {"content": "At noon."}}
Open = Callable[..., Awaitable[Session]]


@pytest.fixture(scope="module")
def server() -> Iterator[Aimock]:
    with running() as started:
        yield started


@pytest.fixture
def peer(server: Aimock) -> Aimock:
    server.script()
    return server


@pytest_asyncio.fixture
async def open_two(peer: Aimock, tmp_path: Path) -> AsyncIterator[Open]:
    """``await open_two("anthropic", "openai")``: a session on one/first-1, with two/second-1 in reserve, on tape."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("the valve opens at noon\n")
    async with AsyncExitStack() as stack:
        store = await Store.open(tmp_path / "data" / "penstock.db")
        stack.push_async_callback(store.close)

        async def open_(one: str, other: str, *, images: bool = True, fallback: tuple[str, ...] = ()) -> Session:
            apis = {"one": one, "two": other}
            configs = [
                ProviderConfig(
                    name=name,
                    api=api,  # type: ignore[arg-type]
                    base_url=peer.url + SUFFIX[api],
                    local=True,
                    images=images or name == "one",
                    record=str(tmp_path / "tapes" / name),
                )
                for name, api in apis.items()
            ]
            models = Directory(configs)
            stack.push_async_callback(models.aclose)
            workspace = await stack.enter_async_context(
                open_workspace(
                    store=store,
                    models=models,
                    toolbox=Catalog(),
                    root=folder,
                    cwd=folder,
                    limits=Limits(retries=0),
                    plan=ModelPlan(fallback=fallback),
                )
            )
            return await workspace.new_session(f"one/{FIRST}")

        yield open_


def sent_to(tmp_path: Path, name: str) -> str:
    """The first body that went to a provider, as it went."""
    (tape,) = sorted((tmp_path / "tapes" / name).iterdir())
    return read_tape(tape).exchanges[0].request["body"]


def said(session: Session) -> list[str]:
    return [part.text for step in session.state.steps.values() for part in step.parts if part.kind == "text"]


@pytest.mark.parametrize(("one", "other"), PAIRS)
async def test_the_next_model_gets_words_calls_and_results_and_nothing_that_was_sealed_for_the_first(
    one: str, other: str, peer: Aimock, open_two: Open, tmp_path: Path
) -> None:
    busy = {"error": {"message": "come back later", "type": "overloaded_error"}, "status": 529}
    peer.script(LOOK, {"match": {"model": FIRST, "hasToolResult": True}, "response": busy}, ANSWER)
    session = await open_two(one, other, fallback=(f"two/{SECOND}",))
    session.submit("When?")
    await session.rest()
    assert session.state.turns[-1].outcome == "done", session.state.turns[-1].error
    assert said(session) == ["I read the notes.", "At noon."]
    (changed,) = [entry.event for entry in session.log.since(0) if isinstance(entry.event, ModelChanged)]
    assert (changed.model, "come back later" in changed.reason) == (f"two/{SECOND}", True)
    body = sent_to(tmp_path, "two")
    assert "I read the notes." in body and "the valve opens at noon" in body and "call_a" in body
    assert THOUGHT not in body
    assert not {"signature", "encrypted_content", "reasoning_content"} & keys_of(json.loads(body))


async def test_images_become_words_for_a_model_that_takes_none(peer: Aimock, open_two: Open, tmp_path: Path) -> None:
    peer.script({"match": {"model": FIRST}, "response": {"content": "A pixel."}}, ANSWER)
    session = await open_two("anthropic", "openai-chat", images=False)
    picture: ImagePart = image()
    session.submit("What is this?", (picture,))
    await session.rest()
    assert picture.data in sent_to(tmp_path, "one")
    session.change_model(f"two/{SECOND}")
    session.submit("And now?")
    await session.rest()
    assert session.state.turns[-1].outcome == "done", session.state.turns[-1].error
    body = sent_to(tmp_path, "two")
    assert picture.data not in body and "this model takes no images" in body


@pytest.mark.parametrize("api", APIS)
async def test_a_name_that_does_not_exist_says_what_to_do_and_the_next_choice_goes_on(
    api: str, peer: Aimock, open_two: Open
) -> None:
    unknown = {"error": {"message": f"model: {FIRST}", "type": "not_found_error", "code": "model_not_found"}}
    peer.script({"match": {"model": FIRST}, "response": {**unknown, "status": 404}}, ANSWER)
    session = await open_two(api, api)
    session.submit("When?")
    await session.rest()
    turn = session.state.turns[-1]
    assert (turn.outcome, turn.cause, turn.hint) == (
        "failed",
        "provider",
        "Choose another with /model; /continue then goes on.",
    )
    assert FIRST in turn.error
    session.change_model(f"two/{SECOND}")
    session.carry_on()
    await session.rest()
    assert said(session) == ["At noon."]
    await eventually(lambda: session.status == "idle")


def keys_of(value: Any) -> set[str]:
    """Every key of a JSON value, however deep."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()
