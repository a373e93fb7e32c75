"""Own commands on screen: offered, sent as prompts, and a project's shown before it is sent."""

from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import text


@pytest.fixture
def commands(home: Path) -> Path:
    folder = home / "project" / ".penstock" / "commands"
    folder.mkdir(parents=True)
    (folder / "tidy.md").write_text("---\ndescription: Tidy [bold]up[/]\n---\nTidy up $1, please.")
    (folder / "new.md").write_text("never used")
    mine = home / "config" / "commands"
    mine.mkdir(parents=True)
    (mine / "greet.md").write_text("Say hello to $ARGUMENTS.")
    return mine


def offered(stage: Stage) -> dict[str, str]:
    popup = stage.pane.prompt._popup
    return {item.value: item.detail for item in popup.items} if popup is not None else {}


async def test_own_commands_are_offered_with_whose_they_are(home: Path, commands: Path) -> None:
    async with opened_app(home, [text("Yes.")], config=commands.parent) as stage:
        await stage.type("/")
        await stage.until(lambda: "tidy" in offered(stage))
        assert offered(stage)["tidy"] == "Tidy [bold]up[/] (the project's)"
        assert offered(stage)["greet"].endswith("(yours)")
        assert offered(stage)["new"].endswith("(your file of that name is not used)")


async def test_the_persons_command_is_sent_as_the_prompt_that_it_makes(home: Path, commands: Path) -> None:
    async with opened_app(home, [text("Yes.")], [text("Yes.")], config=commands.parent) as stage:
        await stage.send("/greet the whole world")
        await stage.rested()
        assert stage.session.state.turns[0].items[0].text == "Say hello to the whole world."  # type: ignore[union-attr]
        assert stage.pane.prompt.value == ""
        (commands / "greet.md").write_text("Greet them otherwise.")
        await stage.send("/greet")
        await stage.rested(2)
        assert stage.session.state.turns[1].items[0].text == "Greet them otherwise."  # type: ignore[union-attr]


async def test_a_projects_command_is_shown_and_enter_sends_it(home: Path, commands: Path) -> None:
    async with opened_app(home, [text("Yes.")], config=commands.parent) as stage:
        await stage.send("/tidy kitchen")
        await stage.until(lambda: stage.pane.prompt.value == "Tidy up kitchen, please.")
        assert not stage.session.state.turns
        said = " ".join(segment.plain for segment in (*stage.pane._note._left, *stage.pane._note._right))
        assert "the project's /tidy says this" in said and "enter sends it" in said
        await stage.press("enter")
        await stage.rested()
        assert stage.session.state.turns[0].items[0].text == "Tidy up kitchen, please."  # type: ignore[union-attr]


async def test_a_built_in_command_is_never_overridden(home: Path, commands: Path) -> None:
    async with opened_app(home, [text("Yes.")], config=commands.parent) as stage:
        before = stage.session
        await stage.send("/new")
        await stage.until(lambda: stage.main.session not in (None, before))
        assert not stage.session.state.turns and not before.state.turns


async def test_the_palette_begins_an_own_command(home: Path, commands: Path) -> None:
    async with opened_app(home, [text("Yes.")], config=commands.parent) as stage:
        await stage.press("ctrl+p")
        await stage.until(lambda: stage.app.screen is not stage.main)
        await stage.press(*"/greet", "enter")
        await stage.until(lambda: stage.pane.prompt.value == "/greet ")
        assert stage.pane.prompt.has_focus


async def test_a_text_that_is_no_command_is_sent_as_it_stands(home: Path, commands: Path) -> None:
    async with opened_app(home, [text("Yes.")], [text("Yes.")], config=commands.parent) as stage:
        for number, said in enumerate(("/etc/hosts is wrong", "/nobody knows this"), 1):
            await stage.send(said)
            await stage.rested(number)
            assert stage.session.state.turns[-1].items[0].text == said  # type: ignore[union-attr]


async def test_a_broken_file_is_said_when_it_is_used(home: Path, commands: Path) -> None:
    (commands / "bad.md").write_text("---\nmodel: x\n---\nx")
    async with opened_app(home, [text("Yes.")], config=commands.parent) as stage:
        await stage.send("/bad")
        await stage.until(lambda: any("bad.md line 2" in note.message for note in stage.app._notifications))
        assert stage.pane.prompt.value == "/bad" and not stage.session.state.turns
