"""What was asked for a summary is paid for, whatever came of it: counted, and once."""

from pathlib import Path

import pytest

from tests.engine.test_compaction import LONG, failure, opened, say
from tests.scripts import AuthFailed, Hold, cut, fail, scripted, text, usage
from tui.store.store import Store


@pytest.mark.parametrize("how", ["cut", "interrupted", "refused"])
async def test_a_request_for_a_summary_that_broke_off_is_counted(store: Store, tmp_path: Path, how: str) -> None:
    hold = Hold()
    refused = fail(AuthFailed("No key.", status=401))
    ends = {"cut": [text("Half"), cut()], "interrupted": [text("Half"), hold], "refused": [refused]}
    models, _ = scripted([text(LONG), usage(26_000, 10)], ends[how], price=0.25)
    async with opened(store, tmp_path, models) as session:
        await say(session, "How many gates?")
        session.compact()
        if how == "interrupted":
            await hold.reached()
            session.interrupt()
        await session.rest()
        assert failure(session)
        unknown = int(how != "refused")
        assert (session.state.cost, session.state.unpriced_steps) == (0.25, unknown)
        await store.settle()
        (row,) = await store.sessions()
        assert (row.cost, row.unpriced) == (0.25, unknown)
