"""The last wall stands once: Textual keeps filtered rows by the filter's identity, and with a new one filters all."""

from pathlib import Path

from tests.app.stage import opened_app
from widgets.clean import CleanFilter


async def test_rows_that_did_not_change_are_not_filtered_again(home: Path) -> None:
    async with opened_app(home, []) as stage:
        first, second = stage.app.get_line_filters(), stage.app.get_line_filters()
        assert isinstance(first[-1], CleanFilter)
        assert all(one is other for one, other in zip(first, second, strict=True))
