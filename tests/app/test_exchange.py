"""Sessions to files and back on screen: the name chooses the format, and what comes in is opened and goes on."""

import shutil
from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.store.bringing import CLAUDE, CODEX
from tui.providers.scripted import text
from tui.store.imports.found import read_bytes
from widgets.picker import Picker

pytestmark = pytest.mark.asyncio


def told(stage: Stage) -> str:
    """What was said beside the sessions."""
    return "\n".join(notice.message for notice in stage.app._notifications)


async def shown(stage: Stage, words: str) -> None:
    await stage.until(lambda: words in stage.app.export_screenshot().replace("&#160;", " "))


async def test_a_page_or_lines_are_written_as_the_files_name_says(home: Path) -> None:
    async with opened_app(home, [text("The answer.")]) as stage:
        await stage.send("The question")
        await stage.rested()
        for name in ("out.html", "out.jsonl"):
            await stage.send(f"/export {name}")
            await stage.until((home / "project" / name).exists)
        page = (home / "project" / "out.html").read_text("utf-8")
        assert page.startswith("<!doctype html>") and "The question" in page and "The answer." in page
        found = read_bytes("out.jsonl", (home / "project" / "out.jsonl").read_bytes())
        assert found.archive is not None
        assert found.archive.sessions == {stage.session.id: stage.session.log.since(0)}


async def test_an_imported_session_is_opened_shown_and_gone_on_with(home: Path) -> None:
    async with opened_app(home, [text("And on it goes.")]) as stage:
        first = stage.session.id
        await stage.send(f"/import {CODEX}")
        await stage.until(lambda: stage.session.id != first)
        await shown(stage, "Heard only on the screen.")
        assert stage.session.state.title == "Count the trees."
        stage.session.change_model("scripted/m")
        before = len(stage.session.state.turns)
        await stage.send("How many in all?")
        await stage.until(lambda: len(stage.session.state.turns) == before + 1 and stage.session.status == "idle")
        await shown(stage, "And on it goes.")


async def test_without_a_file_one_is_chosen_of_those_where_other_programs_keep_theirs(home: Path) -> None:
    folder = home / ".claude" / "projects" / "-home-ada-watermill"
    folder.mkdir(parents=True)
    shutil.copy(CLAUDE, folder)
    shutil.copytree(CLAUDE.with_suffix(""), folder / CLAUDE.stem)
    async with opened_app(home) as stage:
        first = stage.session.id
        await stage.send("/import")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await shown(stage, "The gate opens too late.")
        await stage.press("enter")
        await stage.until(lambda: stage.session.id != first)
        assert stage.session.state.title == "Gate opens at the wrong level"
        assert len(await stage.app.library.sessions(text="pump affected")) == 1  # its sub-agent came along
        await stage.until(lambda: "and 1 of its sub-agents" in told(stage))


@pytest.mark.parametrize("words", ["nowhere.jsonl is not there.", "README.md: No session is known in it."])
async def test_what_cannot_be_imported_is_said(home: Path, words: str) -> None:
    async with opened_app(home) as stage:
        await stage.send(f"/import {words.partition(' ')[0].rstrip(':')}")
        await stage.until(lambda: words in told(stage))
