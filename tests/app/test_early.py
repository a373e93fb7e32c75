"""Words typed while the program still opens are the person's, and stay."""

from pathlib import Path

from tests.app.stage import opened_app
from tests.scripts import text


async def test_words_typed_before_a_session_is_there_stay_behind_its_draft(home: Path) -> None:
    async with opened_app(home, []) as stage:
        await stage.until(lambda: stage.main.session is not None)
        session = stage.session
        stage.pane.show_session(None)
        await stage.type("early words")
        stage.pane.show_session(session, draft="Kept: ")
        assert stage.pane.prompt.value == "Kept: early words"


async def test_what_is_sent_before_a_session_is_there_is_sent_when_it_is(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        session = stage.session
        stage.pane.show_session(None)
        await stage.type("sent early")
        await stage.press("enter")
        await stage.type(" and more")
        assert stage.pane.prompt.value == "sent early and more"
        stage.pane.show_session(session, draft="Kept: ")
        assert stage.pane.prompt.value == "Kept:  and more"
        await stage.rested()
        assert stage.pane.transcript.source_of(stage.pane.transcript.blocks[0]) == "sent early"
