"""A session that another program runs, on this one's screen: live, only read, and gone on with when that one is gone.

The other program is a workspace over a store of its own on the same file: for the kernel, which keeps the sessions'
locks, that is as good as another process.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app.stage import Stage, opened_app, project
from tests.scripts import REFERENCE, Hold, call, eventually, scripted, text
from tui.app.pane import READ_ONLY
from tui.app.tabs.layout import draft_key
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog
from widgets.prompt import PLACEHOLDER
from widgets.status_line import StatusLine
from widgets.tab_strip import HELD


class Other:
    """A program that runs elsewhere."""

    def __init__(self, store: Store, workspace: Workspace) -> None:
        self.store = store
        self.workspace = workspace

    async def begun(self) -> Session:
        """A session of it with a turn in its middle."""
        session = await self.workspace.new_session(REFERENCE)
        session.submit("Look around")
        return session

    def die(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It writes no more, and the kernel lets go of its locks."""
        monkeypatch.setattr(self.store, "add", lambda entry: None)
        self.store._owner.release_all()


@asynccontextmanager
async def other_program(home: Path, *script: Any) -> AsyncIterator[Other]:
    folder = project(home)
    store = await Store.open(home / "data" / "penstock.db")
    models, _ = scripted(*script)
    try:
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
            yield Other(store, workspace)
    finally:
        await store.close()


def title(stage: Stage) -> str:
    return stage.pane.query_one(".title", StatusLine).render().plain  # type: ignore[union-attr]


def shown(stage: Stage) -> str:
    transcript = stage.pane.transcript
    return "\n".join(transcript.source_of(block) for block in transcript.blocks)


async def test_it_is_shown_live_with_who_runs_it_and_takes_no_prompt(home: Path) -> None:
    hold, end = Hold(), Hold()
    script = [text("The first half."), hold, text("The second half."), end]
    async with other_program(home, script) as other, opened_app(home) as stage:
        theirs = await other.begun()
        await hold.reached()
        await theirs.log.settle()
        await stage.main.show_session(theirs.id)
        await stage.until(lambda: "The first half." in shown(stage))
        pid = stage.store.holder(theirs.id)
        assert f"{HELD} read-only, run by process {pid}" in title(stage)
        assert f"{HELD}{pid}" in stage.main.strip.render().plain  # type: ignore[union-attr]
        assert stage.pane.prompt.placeholder == READ_ONLY
        await stage.send("And me?")
        await stage.until(lambda: any("only be read" in note.message for note in stage.app._notifications))
        assert stage.pane.prompt.value == "And me?", "what was typed stays"
        footer = stage.main.footer.render().plain  # type: ignore[union-attr]
        assert "enter" not in footer and "ctrl+c clears" in footer
        await stage.type("")
        stage.pane.prompt.value = "! touch made"
        await stage.press("enter")
        await stage.drawn()
        assert stage.pane.prompt.value == "! touch made" and stage.session.state.calls == {}
        hold.release()
        await end.reached()
        await theirs.log.settle()
        await stage.until(lambda: "The second half." in shown(stage))
        assert stage.main.tabs.get(theirs.id).state == "running"  # type: ignore[union-attr]
        end.release()
        await theirs.rest()
        await stage.until(lambda: stage.main.tabs.get(theirs.id).state == "idle")  # type: ignore[union-attr]
        assert "/continue" not in stage.main.footer.render().plain  # type: ignore[union-attr]
        assert theirs.state.outbox == []


async def test_what_it_asks_is_asked_there_alone(home: Path) -> None:
    script = [call("shell", {"command": "touch made"})]
    async with other_program(home, script, [text("Ok.")]) as other, opened_app(home) as stage:
        theirs = await other.begun()
        await eventually(theirs.state.asking)
        await theirs.log.settle()
        await stage.main.show_session(theirs.id)
        status = stage.pane.query_one(".status", StatusLine)
        await stage.until(lambda: "asking" in status.render().plain)  # type: ignore[union-attr]
        assert stage.pane.ask_bar.request is None
        assert stage.app.attention.items() == []


async def test_when_its_program_is_gone_it_goes_on_here_and_nothing_typed_is_lost(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold()
    async with (
        other_program(home, [text("Half of it."), hold]) as other,
        opened_app(home, [text("The rest.")]) as stage,
    ):
        theirs = await other.begun()
        await hold.reached()
        other.store.save_ui(str(other.workspace.root), draft_key(theirs.id), "typed there")
        await theirs.log.settle()
        await stage.main.show_session(theirs.id)
        await stage.until(lambda: "Half of it." in shown(stage))
        followed = stage.session
        await stage.type("typed here")
        other.die(monkeypatch)
        await stage.until(lambda: stage.session is not followed)
        assert stage.session.held_by is None and stage.pane.session is stage.session
        assert stage.pane.prompt.placeholder == PLACEHOLDER
        assert HELD not in title(stage) and HELD not in stage.main.strip.render().plain  # type: ignore[union-attr]
        assert any("is gone" in note.message for note in stage.app._notifications)
        assert stage.pane.prompt.value == "typed there\n\ntyped here"
        assert [turn.outcome for turn in stage.session.state.turns] == ["interrupted"]
        stage.pane.prompt.value = ""
        await stage.send("/continue")
        await stage.until(lambda: "The rest." in shown(stage))
        hold.release()


async def test_what_its_program_ran_beside_it_goes_on_here_too_though_nobody_looks(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold()
    async with other_program(home, [text("Half of it."), hold]) as other, opened_app(home) as stage:
        beside = await other.workspace.new_session(REFERENCE)
        theirs = await other.begun()
        await hold.reached()
        await theirs.log.settle()
        for session in (beside, theirs):
            await stage.main.show_session(session.id)
        await stage.until(lambda: "Half of it." in shown(stage))
        assert stage.main.tabs.is_held(beside.id) and stage.workspace.session(beside.id) is None
        other.die(monkeypatch)
        await stage.until(lambda: stage.workspace.session(beside.id) is not None)
        assert stage.store.holder(beside.id) == os.getpid()
        await stage.until(lambda: HELD not in stage.main.strip.render().plain)  # type: ignore[union-attr]
        hold.release()


async def test_a_text_that_was_typed_beside_it_is_still_there_when_it_is_looked_at_again(home: Path) -> None:
    hold = Hold()
    async with other_program(home, [text("Half of it."), hold]) as other, opened_app(home) as stage:
        theirs = await other.begun()
        await hold.reached()
        other.store.save_ui(str(other.workspace.root), draft_key(theirs.id), "typed there")
        await theirs.log.settle()
        mine = stage.session
        await stage.main.show_session(theirs.id)
        await stage.type("typed here")
        await stage.main.show_session(mine.id)
        assert not stage.workspace.following.get(theirs.id)
        await stage.main.show_session(theirs.id)
        assert stage.pane.prompt.value == "typed here"
        await stage.main.show_session(mine.id)
        kept = await other.store.load_ui(str(other.workspace.root), draft_key(theirs.id))
        assert kept == "typed there"
        hold.release()


async def test_its_tab_can_be_closed_which_changes_nothing_there(home: Path) -> None:
    hold = Hold()
    async with other_program(home, [text("Half of it."), hold, text("All.")]) as other, opened_app(home) as stage:
        theirs = await other.begun()
        await hold.reached()
        await theirs.log.settle()
        await stage.main.show_session(theirs.id)
        await stage.main.close_tab(theirs.id)
        assert theirs.id not in stage.main.tabs and not stage.workspace.following.get(theirs.id)
        await stage.until(lambda: not stage.workspace.following.running)
        hold.release()
        await theirs.rest()
        assert theirs.state.turns[-1].outcome == "done" and not theirs.state.closed
