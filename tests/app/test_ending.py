"""The program ends while something is still on its way to the screen."""

from pathlib import Path

from tests.app.stage import opened_app


async def test_a_session_that_comes_when_the_strip_has_gone_changes_nothing(home: Path) -> None:
    async with opened_app(home, []) as stage:
        stage.app.exit(0)
        await stage.main.query("#tabs").remove()
        stage.main.screen_changed()
        assert stage.app.return_value == 0
