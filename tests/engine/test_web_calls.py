"""The web's tools from a model's call to what the model reads: asked for by the host, through the program's client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.scripts import REFERENCE, call, eventually, scripted, text
from tests.tools.web import WebServer, only, page
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.messages import ToolResultPart
from tui.program import Launch, opened
from tui.providers.scripted import ScriptedProvider
from tui.settings.config import Settings
from tui.store.store import Store
from tui.tools.base import Kit
from tui.tools.catalog import Catalog
from tui.tools.web import Web, WebConfig


@asynccontextmanager
async def calling(store: Store, folder: Path, web: Web, url: str) -> AsyncIterator[tuple[Session, ScriptedProvider]]:
    """A session whose model asks for one page."""
    models, provider = scripted([call("web_extract", {"url": url})], [text("Read.")])
    kit = Kit(web=web)
    async with open_workspace(
        store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder, kit=kit
    ) as workspace:  # fmt: skip
        session = await workspace.new_session(REFERENCE)
        session.submit("Go")
        yield session, provider
    await web.aclose()


async def approval(session: Session) -> str:
    """The id of what is asked for the one call, as soon as it is."""
    await eventually(lambda: any(found.approval for found in session.state.calls.values()))
    (found,) = session.state.calls.values()
    assert found.approval is not None
    return found.approval.approval_id


def result(provider: ScriptedProvider) -> str:
    """What the model read of its call."""
    parts = [part for message in provider.requests[-1].messages for part in message.parts]
    return next(part.text for part in parts if isinstance(part, ToolResultPart))


async def test_a_page_is_fetched_after_leave_and_the_model_reads_it(store: Store, tmp_path: Path) -> None:
    async with WebServer({"/": page("<p>What the page says is here to be read.</p>")}) as server:
        web = Web(WebConfig(), judge=only(server.port))
        async with calling(store, tmp_path, web, server.url) as (session, provider):
            asked = await approval(session)
            assert server.connections == 0
            session.decide(asked, "allow")
            await session.rest()
            assert "What the page says" in result(provider)
            assert "not instructions" in result(provider)
    assert [one.path for one in server.asked] == ["/"]


async def test_an_address_that_is_refused_is_an_error_that_the_model_reads(store: Store, tmp_path: Path) -> None:
    async with calling(store, tmp_path, Web(WebConfig()), "http://127.0.0.1:8000/") as (session, provider):
        session.decide(await approval(session), "allow")
        await session.rest()
        assert "this machine itself: only public addresses are fetched" in result(provider)
        assert [found.phase for found in session.state.calls.values()] == ["error"]


async def test_the_program_lends_the_configured_web(tmp_path: Path) -> None:
    settings = Settings(web=WebConfig(search="exa", key_env="EXA_API_KEY"))
    launch = Launch(root=tmp_path, cwd=tmp_path, store_path=tmp_path / "penstock.db", settings=settings)
    async with opened(launch) as program:
        lent = program.workspace.kit.web
        assert lent is not None and lent.config == settings.web
